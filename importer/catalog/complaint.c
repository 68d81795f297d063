/* The one table of complaints: names, weights and advice. */
#include "catalog/complaint.h"

#include <assert.h>

static const struct complaint_definition complaint_table[COMPLAINT_CODE_COUNT] = {
	[COMPLAINT_ID_MISSING] = {"id_missing", SEVERITY_ERROR, "give every record an id that is not empty and never changes"},
	[COMPLAINT_ID_TOO_LONG] = {"id_too_long", SEVERITY_ERROR, "shorten the id to at most 512 bytes"},
	[COMPLAINT_REQUIRED_MISSING] = {"required_missing", SEVERITY_ERROR,
                                        "fill the field in the feed, or do not mark it as required in the dialect"},
	[COMPLAINT_RECORD_LIMIT] = {"record_limit", SEVERITY_ERROR, "make the record smaller: see the limit that the text names"},
	[COMPLAINT_DUPLICATE] = {"duplicate", SEVERITY_ERROR,
                                 "name every SKU once in a feed; one of them was taken, as the job's policy 'duplicates' says"},
	[COMPLAINT_DUPLICATE_CONFLICTING] =
		{"duplicate_conflicting", SEVERITY_ERROR,
                 "give different SKUs different ids; one of them was taken, as the job's policy 'duplicates' says, although the others say something else"},
	[COMPLAINT_FOREIGN] = {"foreign", SEVERITY_ERROR,
                               "another job brings this item: set id_prefix or take_over, or use a catalog of its own"},
	[COMPLAINT_RECORD_UNUSED] = {"record_unused", SEVERITY_NOTE, "add a rule for such records to the dialect, if they matter"},
	[COMPLAINT_NEW_SKIPPED] = {"new_skipped", SEVERITY_NOTE, "the job's mode or scope adds no items; another job has to"},
	[COMPLAINT_NUMBER_INVALID] = {"number_invalid", SEVERITY_WARNING,
                                      "write a plain number, such as 1290.50, with the currency apart"},
	[COMPLAINT_NUMBER_TOO_LARGE] = {"number_too_large", SEVERITY_WARNING,
                                        "the number is beyond what can be stored; correct it in the feed"},
	[COMPLAINT_NUMBER_ROUNDED] = {"number_rounded", SEVERITY_WARNING, "write at most six decimals"},
	[COMPLAINT_NUMBER_NEGATIVE] = {"number_negative", SEVERITY_WARNING,
                                       "leave the value out instead of writing a negative one"},
	[COMPLAINT_CURRENCY_UNKNOWN] = {"currency_unknown", SEVERITY_WARNING,
                                        "write the ISO 4217 code of the currency, such as EUR"},
	[COMPLAINT_WORD_UNKNOWN] = {"word_unknown", SEVERITY_WARNING,
                                    "use a word that the format knows, or map this one in a dialect of your own"},
	[COMPLAINT_BOOL_INVALID] = {"bool_invalid", SEVERITY_WARNING, "write true or false"},
	[COMPLAINT_DATE_INVALID] = {"date_invalid", SEVERITY_WARNING,
                                    "write dates as RFC 3339 has them: 2026-01-31T08:00:00+01:00"},
	[COMPLAINT_URL_INVALID] = {"url_invalid", SEVERITY_WARNING,
                                   "write the whole address, beginning with https:// and the host"},
	[COMPLAINT_TEXT_TOO_LONG] = {"text_too_long", SEVERITY_WARNING, "shorten the text; it was left out, not cut"},
	[COMPLAINT_LIST_TOO_LONG] = {"list_too_long", SEVERITY_WARNING, "shorten the list; what is beyond the limit was left out"},
	[COMPLAINT_OLD_PRICE_NOT_GREATER] = {"old_price_not_greater", SEVERITY_WARNING,
                                             "give an old price only where it is greater than the price"},
	[COMPLAINT_CATEGORY_PARENT_MISSING] = {"category_parent_missing", SEVERITY_WARNING,
                                               "declare the parent category in the feed too"},
	[COMPLAINT_CATEGORY_LOOP] = {"category_loop", SEVERITY_WARNING, "a category is its own ancestor; correct its parent"},
	[COMPLAINT_CATEGORY_UNDECLARED] = {"category_undeclared", SEVERITY_WARNING, "declare the category that the item names"},
	[COMPLAINT_PRODUCT_NOT_STATED] = {"product_not_stated", SEVERITY_WARNING,
                                          "the feed has no record for the product that this SKU names; it was made from its SKUs"},
	[COMPLAINT_BYTE_UNDEFINED] = {"byte_undefined", SEVERITY_WARNING,
                                      "the feed is not in the encoding that it declares; correct one of them"},
	[COMPLAINT_MARKUP_MENDED] = {"markup_mended", SEVERITY_WARNING,
                                     "escape '&' as '&amp;' and drop control characters in the feed"},
	[COMPLAINT_KEY_REPEATED] = {"key_repeated", SEVERITY_WARNING, "name every key once in an object; the last one was taken"},
	[COMPLAINT_ROW_LENGTH] = {"row_length", SEVERITY_WARNING, "give every row as many cells as the header has"},
	[COMPLAINT_CELL_INVALID] = {"cell_invalid", SEVERITY_WARNING,
                                    "quote the cell as RFC 4180 has it, and write whole JSON into it"},
	[COMPLAINT_ITEM_NOT_STATED] = {"item_not_stated", SEVERITY_WARNING, "the feed adds to an item that it does not have"},
	[COMPLAINT_CHILD_NOT_STATED] = {"child_not_stated", SEVERITY_WARNING,
                                        "the feed has no record for the SKU that this product lists"},
	[COMPLAINT_FIELD_UNKNOWN] = {"field_unknown", SEVERITY_WARNING, "define the custom field, or set unknown_fields: create"},
	[COMPLAINT_FIELD_MISSING] = {"field_missing", SEVERITY_WARNING,
                                     "give every item the custom field, or do not require it where it is defined"},
	[COMPLAINT_FIELD_VALUE_UNKNOWN] = {"field_value_unknown", SEVERITY_WARNING,
                                           "use a value that the custom field's definition lists, or add this one there"},
	[COMPLAINT_VALUE_COMPOUND] = {"value_compound", SEVERITY_WARNING,
                                      "map what is in the object, not the object itself, or say json: true"},
	[COMPLAINT_NUMBER_AMBIGUOUS] = {"number_ambiguous", SEVERITY_NOTE,
                                        "state the decimal sign in the job: decimal_sign: ',' or '.'"},
	[COMPLAINT_PRICE_ZERO] = {"price_zero", SEVERITY_NOTE, "leave the price out where there is none"},
	[COMPLAINT_CURRENCY_MISSING] = {"currency_missing", SEVERITY_NOTE,
                                        "state the currency in the feed, or default_currency in the job"},
	[COMPLAINT_GTIN_INVALID] = {"gtin_invalid", SEVERITY_NOTE, "a GTIN has 8, 12, 13 or 14 digits, the last one a check digit"},
};

const struct complaint_definition *complaint_definition(enum complaint_code code)
{
	assert((unsigned)code < COMPLAINT_CODE_COUNT);
	return &complaint_table[code];
}

const char *complaint_severity_name(enum complaint_severity severity)
{
	static const char *const names[] = {[SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};

	assert((unsigned)severity < sizeof(names) / sizeof(names[0]));
	return names[severity];
}

enum complaint_code complaint_find(struct slice name)
{
	enum complaint_code code = 0;

	while (code < COMPLAINT_CODE_COUNT && !slice_equal_text(name, complaint_table[code].name))
		code++;
	return code;
}

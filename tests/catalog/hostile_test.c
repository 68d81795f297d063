/* Batches that a hostile reader would send, made by hand: one or more for each check of the decoder. */
#include "base/limits.h"
#include "catalog/batch_format.h"
#include "catalog_tests.h"
#include "raw_batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* `expected` is part of the message; NULL = the batch is fine. */
static void check_batch(const struct buffer *bytes, const char *expected, size_t row)
{
	struct error err = ERROR_INIT;
	const int entries = decode_copy(buffer_slice(bytes), &err);

	if (expected == NULL && entries < 0)
		fail_msg("row %zu is refused: %s", row, err.message);
	if (expected != NULL && entries >= 0)
		fail_msg("row %zu is read; expected: %s", row, expected);
	if (expected != NULL && strstr(err.message, expected) == NULL)
		fail_msg("row %zu: '%s'; expected: %s", row, err.message, expected);
}

#define SKU_STATED(...)                                                                  \
	{                                                                                \
		.kind = ITEM_SKU, .record = 1, .fields = { ID, PRODUCT_ID, __VA_ARGS__ } \
	}
#define PRODUCT_STATED(...)                                                      \
	{                                                                        \
		.kind = ITEM_PRODUCT, .record = 1, .fields = { ID, __VA_ARGS__ } \
	}
#define CATEGORY_STATED(...)                                                      \
	{                                                                         \
		.kind = ITEM_CATEGORY, .record = 1, .fields = { ID, __VA_ARGS__ } \
	}

static const struct {
	struct raw_entry entry;
	const char *expected;
} statement_cases[] = {
	{SKU_STATED(NUMBER(FIELD_PRICE, 5)), NULL},
	/* type, kind, action, link */
	{{.type = 5, .record = 1}, "its type is unknown"},
	{{.type = 255, .record = 1}, "its type is unknown"},
	{{.kind = ITEM_KIND_COUNT, .record = 1, .fields = {ID}}, "kind or action"},
	{{.kind = ITEM_PRODUCT, .detail = 4, .record = 1, .fields = {ID}}, "kind or action"},
	{{.kind = ITEM_SKU, .link = 5, .record = 1, .fields = {ID, PRODUCT_ID}}, "product link"},
	{{.kind = ITEM_PRODUCT, .link = 1, .record = 1, .fields = {ID}}, "product link"},
	{{.kind = ITEM_CATEGORY, .link = 3, .record = 1, .fields = {ID}}, "product link"},
	{{.kind = ITEM_SKU, .link = 3, .record = 1, .fields = {ID, PRODUCT_ID}}, NULL},
	{{.kind = ITEM_PRODUCT, .record = UINT64_C(1) << 63, .fields = {ID}}, "record or offset"},
	{{.kind = ITEM_PRODUCT, .record = INT64_MAX, .stream_offset = INT64_MAX, .fields = {ID}}, NULL},
	{{.kind = ITEM_PRODUCT, .stream_offset = UINT64_MAX, .fields = {ID}}, "record or offset"},
	/* field ids, their order, their heads */
	{PRODUCT_STATED(VALUE(FIELD_COUNT, "x")), "unknown or not in rising order"},
	{PRODUCT_STATED(VALUE(255, "x")), "unknown or not in rising order"},
	{PRODUCT_STATED(VALUE(FIELD_ID, "7")), "unknown or not in rising order"},
	{PRODUCT_STATED(VALUE(FIELD_URL, "u"), VALUE(FIELD_NAME, "n")), "unknown or not in rising order"},
	{PRODUCT_STATED({.field = FIELD_NAME, .presence = 3}), "head is not in order"},
	{PRODUCT_STATED({.field = FIELD_NAME, .presence = 1, .zero = 1}), "head is not in order"},
	{PRODUCT_STATED(VALUE(FIELD_GTIN, "96385074")), "a product has no field 'gtin'"},
	{CATEGORY_STATED(NUMBER(FIELD_PRICE, 1)), "a category has no field 'price'"},
	{SKU_STATED(NUMBER(FIELD_POSITION, 1)), NULL},
	{SKU_STATED(VALUE(FIELD_CHILDREN, "[]")), "a sku has no field 'children'"},
	{PRODUCT_STATED(VALUE(FIELD_REFERENCE, "1")), "a product has no field 'reference'"},
	{CATEGORY_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{}")), "a category has no field 'custom_fields'"},
	{{.kind = ITEM_SKU, .fields = {ID, VALUE(FIELD_PARENT_ID, "1"), PRODUCT_ID}}, "a sku has no field 'parent_id'"},
	/* presence and what comes with it */
	{PRODUCT_STATED(EMPTY(FIELD_NAME)), NULL},
	{PRODUCT_STATED(EMPTY(FIELD_PRICE), EMPTY(FIELD_IMAGES)), NULL},
	{PRODUCT_STATED({.field = FIELD_NAME, .presence = PRESENCE_EMPTY, .text = SLICE("n")}), "'name' has text"},
	{PRODUCT_STATED({.field = FIELD_PRICE, .presence = PRESENCE_VALUE, .text = SLICE("n"), .has_integer = true}),
         "'price' has text"},
	{PRODUCT_STATED({.field = FIELD_PRICE, .presence = PRESENCE_EMPTY, .has_integer = true}), "do not use up"},
	{PRODUCT_STATED({.field = FIELD_NAME, .presence = PRESENCE_VALUE, .text = SLICE("n"), .has_integer = true}),
         "do not use up"},
	{PRODUCT_STATED({.field = FIELD_PRICE, .presence = PRESENCE_VALUE}), "fewer integers"},
	{PRODUCT_STATED({.field = FIELD_NAME, .presence = PRESENCE_VALUE}), "'name' has a value without bytes"},
	/* what every statement has */
	{{.kind = ITEM_PRODUCT, .fields = {VALUE(FIELD_NAME, "n")}}, "no id"},
	{{.kind = ITEM_PRODUCT, .fields = {EMPTY(FIELD_ID)}}, "no id"},
	{{.kind = ITEM_SKU, .fields = {ID}}, "no product"},
	{{.kind = ITEM_SKU, .fields = {ID, EMPTY(FIELD_PRODUCT_ID)}}, "no product"},
	{{.kind = ITEM_SKU, .link = PRODUCT_LINK_GROUP, .fields = {ID, VALUE(FIELD_PRODUCT_ID, "8")}}, NULL},
	{{.kind = ITEM_SKU, .link = PRODUCT_LINK_SELF, .fields = {ID, VALUE(FIELD_PRODUCT_ID, "8")}}, "has another id"},
	{{.kind = ITEM_SKU, .link = PRODUCT_LINK_LISTED, .fields = {ID, PRODUCT_ID}}, NULL},
	{{.kind = ITEM_SKU, .link = PRODUCT_LINK_LISTED, .fields = {ID, VALUE(FIELD_PRODUCT_ID, "8")}}, "has another id"},
	/* parts */
	{{.kind = ITEM_SKU, .detail = STATEMENT_PART, .fields = {ID}}, NULL},
	{{.kind = ITEM_SKU,
          .detail = STATEMENT_PART,
          .fields = {ID, VALUE(FIELD_IMAGES, "[\"a\"]"), VALUE(FIELD_STOCKS, "[]"), NUMBER(FIELD_POSITION, -1),
                     VALUE(FIELD_TEXTS, "[]")}},
         NULL},
	{{.kind = ITEM_PRODUCT, .detail = STATEMENT_PART, .fields = {ID, VALUE(FIELD_CATEGORIES, "[\"a\"]")}}, NULL},
	{{.kind = ITEM_PRODUCT, .detail = STATEMENT_PART, .fields = {ID, VALUE(FIELD_PRICES, "[]")}},
         "a product has no field 'prices'"},
	{{.kind = ITEM_CATEGORY, .detail = STATEMENT_PART, .fields = {ID}}, "a category has no parts"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_PART, .link = 1, .fields = {ID}}, "a part names a product"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_PART}, "a part has no item"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_PART, .fields = {EMPTY(FIELD_ID)}}, "a part has no item"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_PART, .fields = {ID, PRODUCT_ID}}, "a part has field 'product_id'"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_PART, .fields = {ID, EMPTY(FIELD_NAME)}}, "a part has field 'name'"},
	{{.kind = ITEM_PRODUCT, .detail = STATEMENT_PART, .fields = {ID, VALUE(FIELD_CHILDREN, "[]")}},
         "a part has field 'children'"},
	{{.kind = ITEM_CATEGORY, .detail = STATEMENT_DERIVED, .fields = {ID}}, NULL},
	{{.kind = ITEM_PRODUCT, .detail = STATEMENT_DERIVED, .fields = {ID}}, "only a category"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_DERIVED, .fields = {ID, PRODUCT_ID}}, "only a category"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_REJECTED}, NULL},
	{{.kind = ITEM_SKU, .detail = STATEMENT_REJECTED, .fields = {ID}}, NULL},
	{{.kind = ITEM_SKU, .detail = STATEMENT_REJECTED, .fields = {EMPTY(FIELD_ID)}}, "more than its id"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_REJECTED, .fields = {ID, PRODUCT_ID}}, "more than its id"},
	{{.kind = ITEM_SKU, .detail = STATEMENT_REJECTED, .fields = {EMPTY(FIELD_NAME)}}, "more than its id"},
	/* ids */
	{{.kind = ITEM_PRODUCT, .fields = {VALUE(FIELD_ID, " 7")}}, "'id' has white space"},
	{{.kind = ITEM_PRODUCT, .fields = {VALUE(FIELD_ID, "7\n")}}, "'id' has white space"},
	{{.kind = ITEM_PRODUCT, .fields = {VALUE(FIELD_ID, "7\u00A0")}}, "'id' has white space"},
	{{.kind = ITEM_PRODUCT, .fields = {VALUE(FIELD_ID, "7 8")}}, NULL},
	{CATEGORY_STATED(VALUE(FIELD_PARENT_ID, "\u30001")), "'parent_id' has white space"},
	{{.kind = ITEM_SKU, .link = 1, .fields = {ID, VALUE(FIELD_PRODUCT_ID, "\t1")}}, "'product_id' has white space"},
	/* text */
	{PRODUCT_STATED(VALUE(FIELD_NAME, "a\0b")), "NUL"},
	{PRODUCT_STATED(VALUE(FIELD_NAME, "a\xFF")), "not UTF-8"},
	{PRODUCT_STATED(VALUE(FIELD_NAME, "a\xC0\x80")), "not UTF-8"},
	{PRODUCT_STATED(VALUE(FIELD_NAME, "a\xED\xA0\x80")), "not UTF-8"},
	{PRODUCT_STATED(VALUE(FIELD_NAME, "a\xC3")), "not UTF-8"},
	{PRODUCT_STATED(VALUE(FIELD_NAME, "a\xC3"), VALUE(FIELD_URL, "\xA9")), "'name' is not UTF-8"},
	{PRODUCT_STATED(VALUE(FIELD_TAGS, "[\"\xC3\"]")), "'tags' is not UTF-8"},
	{PRODUCT_STATED(VALUE(FIELD_URL, "\xA9"), VALUE(FIELD_IMAGES, "[]")), "'url' is not UTF-8"},
	{PRODUCT_STATED(VALUE(FIELD_NAME, "\u00E9"), VALUE(FIELD_URL, "\u00E9")), NULL},
	/* words */
	{PRODUCT_STATED(VALUE(FIELD_CURRENCY, "EUR")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_CURRENCY, "eur")), "'currency' is not three"},
	{PRODUCT_STATED(VALUE(FIELD_CURRENCY, "EU")), "'currency' is not three"},
	{PRODUCT_STATED(VALUE(FIELD_CURRENCY, "EU1")), "'currency' is not three"},
	{PRODUCT_STATED(VALUE(FIELD_CURRENCY, "EURO")), "'currency' is too long"},
	{PRODUCT_STATED(VALUE(FIELD_AVAILABILITY, "on_order")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_AVAILABILITY, "in stock")), "'availability' is not a word"},
	{SKU_STATED(VALUE(FIELD_CONDITION, "used")), NULL},
	{SKU_STATED(VALUE(FIELD_CONDITION, "worn")), "'condition' is not a word"},
	{SKU_STATED(VALUE(FIELD_STATUS, "hidden")), NULL},
	{SKU_STATED(VALUE(FIELD_STATUS, "active")), "'status' is not 'hidden'"},
	/* integers */
	{SKU_STATED(NUMBER(FIELD_PRICE, 0)), NULL},
	{SKU_STATED(NUMBER(FIELD_PRICE, FIELD_INTEGER_MAX)), NULL},
	{SKU_STATED(NUMBER(FIELD_PRICE, FIELD_INTEGER_MAX + 1)), "'price' is out of range"},
	{SKU_STATED(NUMBER(FIELD_PRICE, -1)), "'price' is out of range"},
	{SKU_STATED(NUMBER(FIELD_PRICE, INT64_MIN)), "'price' is out of range"},
	{SKU_STATED(NUMBER(FIELD_OLD_PRICE, -1)), "'old_price' is out of range"},
	{SKU_STATED(NUMBER(FIELD_OLD_PRICE, INT64_MAX)), "'old_price' is out of range"},
	{SKU_STATED(NUMBER(FIELD_WEIGHT, -1)), "'weight' is out of range"},
	{SKU_STATED(NUMBER(FIELD_WEIGHT, FIELD_INTEGER_MAX + 1)), "'weight' is out of range"},
	{SKU_STATED(NUMBER(FIELD_QUANTITY, -FIELD_INTEGER_MAX)), NULL},
	{SKU_STATED(NUMBER(FIELD_QUANTITY, -FIELD_INTEGER_MAX - 1)), "'quantity' is out of range"},
	{SKU_STATED(NUMBER(FIELD_QUANTITY, FIELD_INTEGER_MAX + 1)), "'quantity' is out of range"},
	{CATEGORY_STATED(NUMBER(FIELD_POSITION, -FIELD_INTEGER_MAX)), NULL},
	{CATEGORY_STATED(NUMBER(FIELD_POSITION, FIELD_INTEGER_MAX + 1)), "'position' is out of range"},
	{CATEGORY_STATED(NUMBER(FIELD_POSITION, INT64_MIN)), "'position' is out of range"},
	/* JSON */
	{PRODUCT_STATED(VALUE(FIELD_IMAGES, "[\"a\",\"b\"]")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_IMAGES, "{}")), "'images' is not a JSON array"},
	{PRODUCT_STATED(VALUE(FIELD_IMAGES, "[\"a\"")), "'images' is not a JSON array"},
	{PRODUCT_STATED(VALUE(FIELD_IMAGES, "[] ]")), "'images' is not a JSON array"},
	{PRODUCT_STATED(VALUE(FIELD_ATTRIBUTES, "text")), "'attributes' is not a JSON array"},
	{SKU_STATED(VALUE(FIELD_STOCKS, "null")), "'stocks' is not a JSON array"},
	{SKU_STATED(VALUE(FIELD_PRICES, "[1,]")), "'prices' is not a JSON array"},
	{PRODUCT_STATED(VALUE(FIELD_TAGS, "[\"\\uD800\"]")), "'tags' is not a JSON array"},
	{PRODUCT_STATED(VALUE(FIELD_EXTRA, "{\"a\":\"b\"}")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_EXTRA, "[]")), "'extra' is not a JSON object"},
	{PRODUCT_STATED(VALUE(FIELD_EXTRA, "{\"a\":}")), "'extra' is not a JSON object"},
	{PRODUCT_STATED(VALUE(FIELD_TAGS, "[\"a\\u0000\"]")), "'tags' has a NUL"},
	{PRODUCT_STATED(VALUE(FIELD_TAGS, "[\"a\\\\\\u0000\"]")), "'tags' has a NUL"},
	{PRODUCT_STATED(VALUE(FIELD_TAGS, "[\"a\\\\u0000\"]")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_EXTRA, "{\"\\u0000\":1}")), "'extra' has a NUL"},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[ \"1\" ,\n\"\\u0416\\uD83D\\uDED2\\n\\\"x\" ]")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[]")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[1]")), "not a list of ids"},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[\"1\",null]")), "not a list of ids"},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[[\"1\"]]")), "not a list of ids"},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[\"\"]")), "not a list of ids"},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[\" 1\"]")), "not a list of ids"},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[\"1\\n\"]")), "not a list of ids"},
	{PRODUCT_STATED(VALUE(FIELD_CATEGORIES, "[\"\\u00A01\"]")), "not a list of ids"},
	{PRODUCT_STATED(VALUE(FIELD_CHILDREN, "[\"1\", \"2\"]")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_CHILDREN, "[1]")), "'children' is not a list of ids"},
	{PRODUCT_STATED(VALUE(FIELD_CHILDREN, "{}")), "'children' is not a JSON array"},
	{SKU_STATED(VALUE(FIELD_REFERENCE, "a b")), NULL},
	{SKU_STATED(VALUE(FIELD_REFERENCE, " a")), "'reference' has white space"},
	/* texts in other languages */
	{SKU_STATED(VALUE(FIELD_TEXTS, "[ ]")), NULL},
	{CATEGORY_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\",\"value\":\"\\u00DC\"},"
                                            "\n{ \"value\" : \"v\" , \"language\" : \"pt-BR\" , \"field\" : \"description\" } ]")),
         NULL},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[\"name\"]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[[]]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{}]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\"}]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\",\"value\":\"\"}]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"\",\"value\":\"v\"}]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de \",\"value\":\"v\"}]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\",\"value\":1}]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\",\"value\":{}}]")), "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\",\"value\":\"v\",\"x\":\"y\"}]")),
         "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"field\":\"name\",\"language\":\"de\",\"value\":\"v\"}]")),
         "not a list of texts"},
	{SKU_STATED(VALUE(FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\",\"value\":\"v\"},null]")), "not a list of texts"},
	/* custom fields */
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{}")), NULL},
	{PRODUCT_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{ \"a b\" : \"text \\\"}\" , \"n\":-1.5e3,\"t\": true , \"f\":false}")), NULL},
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "[]")), "'custom_fields' is not a JSON object"},
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{\"a\":null}")), "not a bag of ids"},
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{\"a\":\"\"}")), "not a bag of ids"},
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{\"a\":[1]}")), "not a bag of ids"},
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{\"a\":{}}")), "not a bag of ids"},
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{\"\":1}")), "not a bag of ids"},
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{\" a\":1}")), "not a bag of ids"},
	{SKU_STATED(VALUE(FIELD_CUSTOM_FIELDS, "{\"a\":\"\\u0000\"}")), "'custom_fields' has a NUL"},
};

static void statement_that_breaks_a_rule_is_refused(void **state)
{
	struct buffer bytes;

	(void)state;
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	for (size_t i = 0; i < COUNT_OF(statement_cases); i++) {
		raw_batch(&bytes, &statement_cases[i].entry, 1);
		check_batch(&bytes, statement_cases[i].expected, i);
	}
	buffer_release(&bytes);
}

#define COMPLAINT_TEXTS(id, name, words)                      \
	{                                                     \
		VALUE(0, id), VALUE(1, name), VALUE(2, words) \
	}

#define DEFINITION(id, label, words, value, values)                             \
	{                                                                       \
		.type = BATCH_FIELD, .kind = ITEM_SKU, .detail = 1, .fields = { \
			VALUE(0, id),                                           \
			VALUE(1, label),                                        \
			VALUE(2, words),                                        \
			VALUE(3, value),                                        \
			VALUE(4, values)                                        \
		}                                                               \
	}

static const struct {
	struct raw_entry entry;
	const char *expected;
} other_cases[] = {
	{{.type = BATCH_COMPLAINT, .fields = COMPLAINT_TEXTS("7", "price", "?")}, NULL},
	{{.type = BATCH_COMPLAINT, .fields = COMPLAINT_TEXTS("", "", "")}, NULL},
	{{.type = BATCH_COMPLAINT, .kind = ITEM_KIND_COUNT, .fields = COMPLAINT_TEXTS("", "", "")}, "kind or code"},
	{{.type = BATCH_COMPLAINT, .detail = COMPLAINT_CODE_COUNT, .fields = COMPLAINT_TEXTS("", "", "")}, "kind or code"},
	{{.type = BATCH_COMPLAINT, .link = 1, .fields = COMPLAINT_TEXTS("", "", "")}, "head is not in order"},
	{{.type = BATCH_COMPLAINT, .fields = {VALUE(0, ""), VALUE(1, "")}}, "head is not in order"},
	{{.type = BATCH_COMPLAINT, .fields = {VALUE(0, ""), VALUE(1, ""), VALUE(2, ""), VALUE(3, "")}}, "head is not in order"},
	{{.type = BATCH_COMPLAINT, .fields = {VALUE(0, ""), VALUE(2, ""), VALUE(1, "")}}, "head is not in order"},
	{{.type = BATCH_COMPLAINT, .fields = {EMPTY(0), VALUE(1, ""), VALUE(2, "")}}, "head is not in order"},
	{{.type = BATCH_COMPLAINT, .fields = {VALUE(0, ""), {.field = 1, .presence = 2, .zero = 9}, VALUE(2, "")}},
         "head is not in order"},
	{{.type = BATCH_COMPLAINT, .fields = {VALUE(0, ""), {.field = 1, .presence = 2, .has_integer = true}, VALUE(2, "")}},
         "do not use up"},
	{{.type = BATCH_COMPLAINT, .fields = COMPLAINT_TEXTS("7 ", "", "")}, "complaint's id"},
	{{.type = BATCH_COMPLAINT, .fields = COMPLAINT_TEXTS("7", "\xC3", "\xA9")}, "not UTF-8"},
	{{.type = BATCH_COMPLAINT, .fields = COMPLAINT_TEXTS("7", "", "a\0b")}, "NUL"},
	{{.type = BATCH_COMPLAINT, .fields = COMPLAINT_TEXTS("7", "", "\x80")}, "not UTF-8"},
	{{.type = BATCH_COMPLAINT, .record = UINT64_MAX, .fields = COMPLAINT_TEXTS("", "", "")}, "record or offset"},
	{{.type = BATCH_RECORD_END, .record = 1}, NULL},
	{{.type = BATCH_RECORD_END, .record = 1, .detail = 1}, NULL},
	{{.type = BATCH_RECORD_END, .record = 1, .detail = 2}, "record's end is not in order"},
	{{.type = BATCH_RECORD_END, .record = 1, .kind = 1}, "record's end is not in order"},
	{{.type = BATCH_RECORD_END, .record = 1, .link = 1}, "record's end is not in order"},
	{{.type = BATCH_RECORD_END, .record = 1, .stream_offset = 1}, "record's end is not in order"},
	{{.type = BATCH_RECORD_END, .record = 1, .fields = {VALUE(0, "")}}, "record's end is not in order"},
	{{.type = BATCH_RECORD_END, .record = 0}, "order of records"},
	{{.type = BATCH_RECORD_END, .record = UINT64_MAX}, "record or offset"},
	{DEFINITION("color", "Colour", "enum", "\"red\"", "{\"red\":\"Red\"}"), NULL},
	{DEFINITION("a b", "", "unicode", "", ""), NULL},
	{DEFINITION("a", "", "bool", "true", "{}"), NULL},
	{DEFINITION("a", "", "int", " 5 ", ""), "default that is no JSON value"},
	{DEFINITION("a", "", "int", "5 6", ""), "default that is no JSON value"},
	{DEFINITION("a", "", "int", "null", ""), "default that is no JSON value"},
	{DEFINITION("a", "", "int", "[5]", ""), "default that is no JSON value"},
	{DEFINITION("a", "", "unicode", "\"\\u0000\"", ""), "default that is no JSON value"},
	{DEFINITION("a", "", "unicode", "word", ""), "default that is no JSON value"},
	{DEFINITION("a", "", "text", "", ""), "unknown type"},
	{DEFINITION("a", "", "", "", ""), "unknown type"},
	{DEFINITION("", "", "int", "", ""), "an id that is none"},
	{DEFINITION("a ", "", "int", "", ""), "an id that is none"},
	{DEFINITION("\xC3", "", "int", "", ""), "an id that is none"},
	{DEFINITION("a", "\xC3", "int", "", ""), "not UTF-8"},
	{DEFINITION("a", "", "enum", "", "[]"), "values that are no JSON object"},
	{DEFINITION("a", "", "enum", "", "{\"\\u0000\":1}"), "values that are no JSON object"},
	{{.type = BATCH_FIELD, .kind = ITEM_CATEGORY, .fields = {VALUE(0, "a")}}, "of no kind that has them"},
	{{.type = BATCH_FIELD, .kind = ITEM_KIND_COUNT, .fields = {VALUE(0, "a")}}, "of no kind that has them"},
	{{.type = BATCH_FIELD, .kind = ITEM_SKU, .detail = 2, .fields = {VALUE(0, "a")}}, "of no kind that has them"},
	{{.type = BATCH_FIELD, .kind = ITEM_SKU, .fields = {VALUE(0, "a")}}, "head is not in order"},
	{{.type = BATCH_FIELD,
          .kind = ITEM_SKU,
          .link = 1,
          .fields = {VALUE(0, "a"), VALUE(1, ""), VALUE(2, "int"), VALUE(3, ""), VALUE(4, "")}},
         "head is not in order"},
	{{.type = BATCH_FIELD, .kind = ITEM_SKU, .fields = {VALUE(0, "a"), VALUE(1, ""), VALUE(2, "int"), VALUE(3, ""), EMPTY(4)}},
         "head is not in order"},
};

static void complaint_record_end_or_definition_that_breaks_a_rule_is_refused(void **state)
{
	struct buffer bytes;

	(void)state;
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	for (size_t i = 0; i < COUNT_OF(other_cases); i++) {
		raw_batch(&bytes, &other_cases[i].entry, 1);
		check_batch(&bytes, other_cases[i].expected, i);
	}
	buffer_release(&bytes);
}

#define SKU_OF(number)                                                                                             \
	{                                                                                                          \
		.kind = ITEM_SKU, .record = (number), .stream_offset = 10 * (number), .fields = { ID, PRODUCT_ID } \
	}
#define PRODUCT_OF(number)                                                                                 \
	{                                                                                                  \
		.kind = ITEM_PRODUCT, .record = (number), .stream_offset = 10 * (number), .fields = { ID } \
	}
#define CATEGORY_OF(number)                                                                                 \
	{                                                                                                   \
		.kind = ITEM_CATEGORY, .record = (number), .stream_offset = 10 * (number), .fields = { ID } \
	}
#define PART_OF(number)                                                                                                          \
	{                                                                                                                        \
		.kind = ITEM_SKU, .detail = STATEMENT_PART, .record = (number), .stream_offset = 10 * (number), .fields = { ID } \
	}
#define FIELD_OF(number)                                                                                               \
	{                                                                                                              \
		.type = BATCH_FIELD, .kind = ITEM_SKU, .record = (number), .stream_offset = 10 * (number), .fields = { \
			VALUE(0, "a"),                                                                                 \
			VALUE(1, ""),                                                                                  \
			VALUE(2, "int"),                                                                               \
			VALUE(3, ""),                                                                                  \
			VALUE(4, "")                                                                                   \
		}                                                                                                      \
	}
#define COMPLAINT_OF(number)                                                                 \
	{                                                                                    \
		.type = BATCH_COMPLAINT, .record = (number), .stream_offset = 10 * (number), \
		.fields = COMPLAINT_TEXTS("7", "", "")                                       \
	}
#define END_OF(number)                                       \
	{                                                    \
		.type = BATCH_RECORD_END, .record = (number) \
	}

static const struct {
	struct raw_entry entries[4];
	size_t count;
	const char *expected;
} order_cases[] = {
	{{SKU_OF(1), PRODUCT_OF(1), CATEGORY_OF(1), END_OF(1)}, 4, NULL},
	{{SKU_OF(1), COMPLAINT_OF(1), PRODUCT_OF(1), END_OF(1)}, 4, NULL},
	{{SKU_OF(1), SKU_OF(1), PRODUCT_OF(1)}, 3, NULL},
	{{CATEGORY_OF(1), CATEGORY_OF(1)}, 2, NULL},
	{{PRODUCT_OF(1), SKU_OF(1)}, 2, "SKU statement stands behind"},
	{{CATEGORY_OF(1), SKU_OF(1)}, 2, "SKU statement stands behind"},
	{{COMPLAINT_OF(1), SKU_OF(1)}, 2, "SKU statement stands behind"},
	{{SKU_OF(1), PRODUCT_OF(1), SKU_OF(1)}, 3, "SKU statement stands behind"},
	{{PRODUCT_OF(1), END_OF(1), SKU_OF(1)}, 3, "SKU statement stands behind"},
	{{PRODUCT_OF(1), SKU_OF(2)}, 2, NULL},
	{{SKU_OF(1), PRODUCT_OF(1), PART_OF(1), PART_OF(1)}, 4, NULL},
	{{SKU_OF(1), FIELD_OF(1), PRODUCT_OF(1)}, 3, NULL},
	{{PART_OF(1), SKU_OF(1)}, 2, "SKU statement stands behind"},
	{{FIELD_OF(1), SKU_OF(1)}, 2, "SKU statement stands behind"},
	/* Categories may be counted apart from the records behind them. */
	{{CATEGORY_OF(1), {.kind = ITEM_SKU, .record = 1, .stream_offset = 99, .fields = {ID, PRODUCT_ID}}}, 2, NULL},
	{{END_OF(1), END_OF(2), END_OF(2), END_OF(7)}, 4, NULL},
	{{END_OF(2), END_OF(1)}, 2, "order of records"},
	{{END_OF(5), SKU_OF(6), END_OF(4)}, 3, "order of records"},
};

static void entry_out_of_order_is_refused(void **state)
{
	struct buffer bytes;

	(void)state;
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	for (size_t i = 0; i < COUNT_OF(order_cases); i++) {
		raw_batch(&bytes, order_cases[i].entries, order_cases[i].count);
		check_batch(&bytes, order_cases[i].expected, i);
	}
	buffer_release(&bytes);
}

static void check_length(enum item_kind kind, enum field_id field, size_t size, const char *expected)
{
	const enum field_type type = field_definition(field)->type;
	char *const text = malloc(size);
	struct raw_entry entry = {.kind = kind, .link = kind == ITEM_SKU ? PRODUCT_LINK_GROUP : 0};
	struct buffer bytes;
	unsigned count = 0;

	assert_non_null(text);
	memset(text, type == FIELD_TYPE_TEXT ? 'x' : ' ', size);
	if (type != FIELD_TYPE_TEXT) {
		text[0] = type == FIELD_TYPE_ARRAY ? '[' : '{';
		text[size - 1] = type == FIELD_TYPE_ARRAY ? ']' : '}';
	}
	if (field != FIELD_ID)
		entry.fields[count++] = (struct raw_field)ID;
	if (kind == ITEM_SKU && field != FIELD_PRODUCT_ID)
		entry.fields[count++] = (struct raw_field)PRODUCT_ID;
	entry.fields[count] = (struct raw_field){.field = field, .presence = PRESENCE_VALUE, .text = {text, size}};
	if (kind == ITEM_SKU && field == FIELD_ID) {
		entry.fields[1] = (struct raw_field)PRODUCT_ID;
		entry.fields[0] = (struct raw_field){.field = field, .presence = PRESENCE_VALUE, .text = {text, size}};
	}
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	raw_batch(&bytes, &entry, 1);
	check_batch(&bytes, expected, field);
	buffer_release(&bytes);
	free(text);
}

static void text_may_be_as_long_as_its_limit_and_not_longer(void **state)
{
	(void)state;
	for (enum field_id field = 0; field < FIELD_COUNT; field++) {
		const struct field_definition *const definition = field_definition(field);
		const enum item_kind kind = field_belongs(field, ITEM_SKU)       ? ITEM_SKU
		                            : field_belongs(field, ITEM_PRODUCT) ? ITEM_PRODUCT
		                                                                 : ITEM_CATEGORY;

		if (definition->type == FIELD_TYPE_INTEGER || definition->max_bytes < 100)
			continue;
		check_length(kind, field, definition->max_bytes, NULL);
		check_length(kind, field, definition->max_bytes + 1, "is too long");
	}
}

static void check_id_list(enum field_id field, const char *id, unsigned count, const char *expected)
{
	struct raw_entry entry = {.kind = ITEM_PRODUCT, .fields = {ID}};
	struct buffer list;
	struct buffer bytes;

	buffer_init(&list, LIMIT_BATCH_BYTES);
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	for (unsigned i = 0; i < count; i++)
		(void)buffer_append_format(&list, "%c\"%s\"", i == 0 ? '[' : ',', id);
	(void)buffer_append_byte(&list, ']');
	entry.fields[1] = (struct raw_field){.field = field, .presence = PRESENCE_VALUE, .text = buffer_slice(&list)};
	raw_batch(&bytes, &entry, 1);
	check_batch(&bytes, expected, count);
	buffer_release(&list);
	buffer_release(&bytes);
}

static void id_list_has_limits_of_its_own(void **state)
{
	char id[6 * (LIMIT_ID_BYTES + 2) + 1];

	(void)state;
	check_id_list(FIELD_CATEGORIES, "1", LIMIT_CATEGORIES_PER_ITEM, NULL);
	check_id_list(FIELD_CATEGORIES, "1", LIMIT_CATEGORIES_PER_ITEM + 1, "not a list of ids");
	check_id_list(FIELD_CHILDREN, "1", LIMIT_LIST_ITEMS, NULL);
	check_id_list(FIELD_CHILDREN, "1", LIMIT_LIST_ITEMS + 1, "not a list of ids");
	memset(id, 'x', sizeof(id));
	id[LIMIT_ID_BYTES] = '\0';
	check_id_list(FIELD_CATEGORIES, id, 1, NULL);
	id[LIMIT_ID_BYTES] = 'x';
	id[LIMIT_ID_BYTES + 1] = '\0';
	check_id_list(FIELD_CATEGORIES, id, 1, "not a list of ids");
	/* It is the id that counts, not how it is escaped. */
	for (size_t i = 0; i < LIMIT_ID_BYTES; i++)
		memcpy(id + 6 * i, "\\u0041", 7);
	check_id_list(FIELD_CATEGORIES, id, 1, NULL);
	memcpy(id + 6 * (size_t)LIMIT_ID_BYTES, "\\u0041", 7);
	check_id_list(FIELD_CATEGORIES, id, 1, "not a list of ids");
	for (size_t i = 0; i < LIMIT_ID_BYTES + 2; i++)
		memcpy(id + 6 * i, "\\u0041", 7);
	check_id_list(FIELD_CATEGORIES, id, 1, "not a list of ids");
	/* A last character that reaches over the limit. */
	memset(id, 'x', LIMIT_ID_BYTES - 1);
	memcpy(id + LIMIT_ID_BYTES - 1, "\\uD83D\\uDED2", 13);
	check_id_list(FIELD_CATEGORIES, id, 1, "not a list of ids");
}

static void complaint_text_may_be_as_long_as_its_limit_and_not_longer(void **state)
{
	static const unsigned limits[] = {LIMIT_ID_BYTES, COMPLAINT_FIELD_MAX, COMPLAINT_TEXT_MAX};
	char text[LIMIT_ID_BYTES + 1];
	struct buffer bytes;

	(void)state;
	memset(text, 'x', sizeof(text));
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	for (unsigned i = 0; i < COUNT_OF(limits); i++) {
		struct raw_entry entry = {.type = BATCH_COMPLAINT, .fields = COMPLAINT_TEXTS("", "", "")};

		entry.fields[i].text = (struct slice){text, limits[i]};
		raw_batch(&bytes, &entry, 1);
		check_batch(&bytes, NULL, i);
		entry.fields[i].text.size++;
		raw_batch(&bytes, &entry, 1);
		check_batch(&bytes, "too long", i);
	}
	buffer_release(&bytes);
}

/* Two entries with every kind of part; the first begins behind the batch's head. */
static void sample_batch(struct buffer *bytes)
{
	static const struct raw_entry entries[] = {
		{.kind = ITEM_SKU,
	         .record = 1,
	         .stream_offset = 77,
	         .fields = {ID, PRODUCT_ID, VALUE(FIELD_NAME, "Anch\u00F6rs"), NUMBER(FIELD_PRICE, 12500000)}},
		END_OF(1),
	};

	raw_batch(bytes, entries, COUNT_OF(entries));
}

#define ENTRY_AT sizeof(struct batch_head)
#define FIELD_AT (ENTRY_AT + sizeof(struct batch_entry_head))

static const struct {
	size_t at;
	size_t width;
	uint64_t value;
	const char *expected;
} patch_cases[] = {
	{offsetof(struct batch_head, magic), 4, 0, "does not begin as one"},
	{offsetof(struct batch_head, version), 4, 3, "has version 3 instead of 2"},
	{offsetof(struct batch_head, size), 8, 24, "says it has 24 bytes"},
	{offsetof(struct batch_head, size), 8, UINT64_MAX, "says it has"},
	{offsetof(struct batch_head, entries), 4, 1, "bytes behind its last entry"},
	{offsetof(struct batch_head, entries), 4, 0, "bytes behind its last entry"},
	{offsetof(struct batch_head, entries), 4, 3, "its head does not fit"},
	{offsetof(struct batch_head, entries), 4, UINT32_MAX, "its head does not fit"},
	{offsetof(struct batch_head, zero), 4, 1, "head is not in order"},
	{ENTRY_AT + offsetof(struct batch_entry_head, size), 4, 0, "do not make up its size"},
	{ENTRY_AT + offsetof(struct batch_entry_head, size), 4, 32, "do not make up its size"},
	{ENTRY_AT + offsetof(struct batch_entry_head, size), 4, UINT32_MAX, "it does not fit"},
	{ENTRY_AT + offsetof(struct batch_entry_head, field_count), 2, 3, "do not make up its size"},
	{ENTRY_AT + offsetof(struct batch_entry_head, field_count), 2, UINT16_MAX, "do not make up its size"},
	{ENTRY_AT + offsetof(struct batch_entry_head, integer_count), 2, 0, "do not make up its size"},
	{ENTRY_AT + offsetof(struct batch_entry_head, integer_count), 2, UINT16_MAX, "do not make up its size"},
	{ENTRY_AT + offsetof(struct batch_entry_head, text_size), 4, UINT32_MAX, "do not make up its size"},
	{ENTRY_AT + offsetof(struct batch_entry_head, text_size), 4, 8, "do not make up its size"},
	{ENTRY_AT + offsetof(struct batch_entry_head, text_size), 4, 9, "not zero"},
	{ENTRY_AT + offsetof(struct batch_entry_head, text_size), 4, 11, "NUL"},
	{FIELD_AT + 2 * sizeof(struct batch_field_head) + offsetof(struct batch_field_head, text_size), 4, 7, "do not use up"},
	{FIELD_AT + offsetof(struct batch_field_head, text_size), 4, 100, "reaches beyond its entry"},
	{FIELD_AT + offsetof(struct batch_field_head, text_size), 4, UINT32_MAX, "reaches beyond its entry"},
	{FIELD_AT + 4 * 8 + 8 + 15, 1, 'x', "not zero"},
};

static void size_or_count_that_lies_is_refused(void **state)
{
	struct buffer bytes;

	(void)state;
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	for (size_t i = 0; i < COUNT_OF(patch_cases); i++) {
		sample_batch(&bytes);
		check_batch(&bytes, NULL, i);
		memcpy(bytes.data + patch_cases[i].at, &patch_cases[i].value, patch_cases[i].width);
		check_batch(&bytes, patch_cases[i].expected, i);
	}
	buffer_release(&bytes);
}

static void batch_too_short_too_long_or_not_aligned_is_refused(void **state)
{
	_Alignas(8) char space[64] = {0};
	struct batch_decoder decoder;
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t size = 0; size < sizeof(struct batch_head); size++) {
		assert_int_equal(batch_decoder_init(&decoder, (struct slice){space, size}, &err), -1);
		assert_non_null(strstr(err.message, "too short"));
	}
	assert_int_equal(batch_decoder_init(&decoder, (struct slice){NULL, 0}, &err), -1);
	assert_int_equal(batch_decoder_init(&decoder, (struct slice){space, LIMIT_BATCH_BYTES + 1}, &err), -1);
	assert_non_null(strstr(err.message, "more than"));
	for (size_t shift = 1; shift < 8; shift++) {
		assert_int_equal(batch_decoder_init(&decoder, (struct slice){space + shift, 32}, &err), -1);
		assert_non_null(strstr(err.message, "not aligned"));
	}
	assert_int_equal(err.code, ERROR_READER);
}

static void decoder_stays_at_an_entry_that_it_refused(void **state)
{
	struct raw_entry entries[] = {SKU_OF(1), SKU_OF(2)};
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;
	struct buffer bytes;

	(void)state;
	entries[1].kind = 9;
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	raw_batch(&bytes, entries, COUNT_OF(entries));
	assert_int_equal(batch_decoder_init(&decoder, buffer_slice(&bytes), &err), 0);
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_ENTRY);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(batch_decoder_next(&decoder, &entry, &err), -1);
		assert_int_equal(err.code, ERROR_READER);
		assert_non_null(strstr(err.message, "batch entry at byte 80: its kind or action is unknown"));
	}
	buffer_release(&bytes);
}

int hostile_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statement_that_breaks_a_rule_is_refused),
		cmocka_unit_test(complaint_record_end_or_definition_that_breaks_a_rule_is_refused),
		cmocka_unit_test(entry_out_of_order_is_refused),
		cmocka_unit_test(text_may_be_as_long_as_its_limit_and_not_longer),
		cmocka_unit_test(id_list_has_limits_of_its_own),
		cmocka_unit_test(complaint_text_may_be_as_long_as_its_limit_and_not_longer),
		cmocka_unit_test(size_or_count_that_lies_is_refused),
		cmocka_unit_test(batch_too_short_too_long_or_not_aligned_is_refused),
		cmocka_unit_test(decoder_stays_at_an_entry_that_it_refused),
	};

	return cmocka_run_group_tests_name("catalog hostile batches", tests, NULL, NULL);
}

/* The rules for the content of fields, as the decoder of batches demands them. */
#include "catalog/batch_check.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "catalog/batch_json.h"
#include "catalog/field_table.h"
#include "catalog/values.h"

#include <string.h>

static int refuse(enum field_id field, const char *reason, struct error *err)
{
	return error_set(err, ERROR_READER, "field '%s' %s", field_table[field].name, reason);
}

bool batch_id_is_valid(struct slice id)
{
	return id.size > 0 && id.size <= LIMIT_ID_BYTES && slice_trim(id).size == id.size;
}

int batch_check_integer(enum field_id field, int64_t value, struct error *err)
{
	if (value < field_table[field].minimum || value > field_table[field].maximum)
		return refuse(field, "is out of range", err);
	return 0;
}

static bool is_currency_code(struct slice text)
{
	if (text.size != 3)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < 'A' || text.data[i] > 'Z')
			return false;
	return true;
}

static int check_json(enum field_id field, struct slice text, char first, struct error *err)
{
	if (!json_is_well_formed(text, first))
		return refuse(field, first == '[' ? "is not a JSON array" : "is not a JSON object", err);
	if (batch_json_has_nul(text))
		return refuse(field, "has a NUL", err);
	switch (field) {
	case FIELD_CATEGORIES:
		return batch_json_is_id_list(text, LIMIT_CATEGORIES_PER_ITEM) ? 0 : refuse(field, "is not a list of ids", err);
	case FIELD_CHILDREN:
		return batch_json_is_id_list(text, LIMIT_LIST_ITEMS) ? 0 : refuse(field, "is not a list of ids", err);
	case FIELD_TEXTS:
		return batch_json_is_text_list(text) ? 0 : refuse(field, "is not a list of texts with field and language", err);
	case FIELD_CUSTOM_FIELDS:
		return batch_json_is_field_bag(text) ? 0 : refuse(field, "is not a bag of ids with one value each", err);
	default:
		return 0;
	}
}

/* Text of the fields that have a form of their own. */
static int check_plain(enum field_id field, struct slice text, struct error *err)
{
	switch (field) {
	case FIELD_ID:
	case FIELD_PARENT_ID:
	case FIELD_PRODUCT_ID:
	case FIELD_REFERENCE:
		return batch_id_is_valid(text) ? 0 : refuse(field, "has white space around it", err);
	case FIELD_CURRENCY:
		return is_currency_code(text) ? 0 : refuse(field, "is not three capital letters", err);
	case FIELD_AVAILABILITY:
		return availability_is_canonical(text) ? 0 : refuse(field, "is not a word of its table", err);
	case FIELD_CONDITION:
		return condition_is_canonical(text) ? 0 : refuse(field, "is not a word of its table", err);
	case FIELD_STATUS:
		return slice_equal_text(text, "hidden") ? 0 : refuse(field, "is not 'hidden'", err);
	default:
		return 0;
	}
}

int batch_check_text(enum field_id field, struct slice text, struct error *err)
{
	if (text.size > field_table[field].max_bytes)
		return refuse(field, "is too long", err);
	switch (field_table[field].type) {
	case FIELD_TYPE_ARRAY:
		return check_json(field, text, '[', err);
	case FIELD_TYPE_OBJECT:
		return check_json(field, text, '{', err);
	case FIELD_TYPE_TEXT:
		return check_plain(field, text, err);
	case FIELD_TYPE_INTEGER:
		break;
	}
	return refuse(field, "is a number and has text", err);
}

static bool is_value_type(struct slice word)
{
	static const char *const words[] = {"unicode", "int", "float", "bool", "enum", "date"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_equal_text(word, words[i]))
			return true;
	return false;
}

int batch_check_definition(const struct field_statement *field, struct error *err)
{
	const char *reason = NULL;

	if (!batch_id_is_valid(field->field_id) || !utf8_is_valid(field->field_id))
		reason = "has an id that is none";
	else if (field->name.size > field_table[FIELD_NAME].max_bytes || !utf8_is_valid(field->name))
		reason = "has a name that is too long or not UTF-8";
	else if (!is_value_type(field->value_type))
		reason = "has an unknown type";
	else if (field->default_value.size > field_table[FIELD_CUSTOM_FIELDS].max_bytes ||
	         (field->default_value.size > 0 && !batch_json_is_scalar(field->default_value)))
		reason = "has a default that is no JSON value";
	else if (field->enum_values.size > field_table[FIELD_CUSTOM_FIELDS].max_bytes ||
	         (field->enum_values.size > 0 &&
	          (!json_is_valid(field->enum_values, '{') || batch_json_has_nul(field->enum_values))))
		reason = "has values that are no JSON object";
	return reason == NULL ? 0 : error_set(err, ERROR_READER, "a custom field %s", reason);
}

/* The tables of fields, kinds and complaints. */
#include "catalog_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void kind_has_a_name_and_a_plural(void **state)
{
	(void)state;
	assert_string_equal(item_kind_name(ITEM_CATEGORY), "category");
	assert_string_equal(item_kind_name(ITEM_PRODUCT), "product");
	assert_string_equal(item_kind_name(ITEM_SKU), "sku");
	assert_string_equal(item_kind_plural(ITEM_CATEGORY), "categories");
	assert_string_equal(item_kind_plural(ITEM_PRODUCT), "products");
	assert_string_equal(item_kind_plural(ITEM_SKU), "skus");
}

#define C (1u << ITEM_CATEGORY)
#define P (1u << ITEM_PRODUCT)
#define S (1u << ITEM_SKU)

static const struct {
	const char *name;
	const char *column;
	enum field_type type;
	uint32_t max_bytes;
	unsigned kinds;
} expected_fields[] = {
	{"id", "id", FIELD_TYPE_TEXT, 512, C | P | S},
	{"parent_id", "parent_id", FIELD_TYPE_TEXT, 512, C},
	{"product_id", "product_id", FIELD_TYPE_TEXT, 512, S},
	{"name", "name", FIELD_TYPE_TEXT, 10000, C | P | S},
	{"description", "description", FIELD_TYPE_TEXT, 1048576, P | S},
	{"url", "url", FIELD_TYPE_TEXT, 8192, C | P | S},
	{"brand", "brand", FIELD_TYPE_TEXT, 1000, P | S},
	{"price", "price_micros", FIELD_TYPE_INTEGER, 0, P | S},
	{"old_price", "old_price_micros", FIELD_TYPE_INTEGER, 0, P | S},
	{"currency", "currency", FIELD_TYPE_TEXT, 3, P | S},
	{"availability", "availability", FIELD_TYPE_TEXT, 32, P | S},
	{"quantity", "quantity_micros", FIELD_TYPE_INTEGER, 0, P | S},
	{"condition", "condition", FIELD_TYPE_TEXT, 32, S},
	{"gtin", "gtin", FIELD_TYPE_TEXT, 1000, S},
	{"mpn", "mpn", FIELD_TYPE_TEXT, 1000, S},
	{"merchant_sku", "merchant_sku", FIELD_TYPE_TEXT, 1000, S},
	{"images", "images", FIELD_TYPE_ARRAY, 1048576, P | S},
	{"attributes", "attributes", FIELD_TYPE_ARRAY, 1048576, P | S},
	{"tags", "tags", FIELD_TYPE_ARRAY, 1048576, P | S},
	{"weight", "weight_g", FIELD_TYPE_INTEGER, 0, S},
	{"status", "status", FIELD_TYPE_TEXT, 32, P | S},
	{"categories", "categories", FIELD_TYPE_ARRAY, 1048576, P | S},
	{"prices", "prices", FIELD_TYPE_ARRAY, 1048576, S},
	{"stocks", "stocks", FIELD_TYPE_ARRAY, 1048576, S},
	{"position", "position", FIELD_TYPE_INTEGER, 0, C | P | S},
	{"extra", "extra", FIELD_TYPE_OBJECT, 1048576, C | P | S},
	{"texts", "texts", FIELD_TYPE_ARRAY, 1048576, C | P | S},
	{"custom_fields", "custom_fields", FIELD_TYPE_OBJECT, 1048576, P | S},
	{"children", "children", FIELD_TYPE_ARRAY, 1048576, P},
	{"reference", "reference", FIELD_TYPE_TEXT, 512, S},
};

static void field_table_says_name_column_type_limit_and_kinds(void **state)
{
	(void)state;
	assert_int_equal(sizeof(expected_fields) / sizeof(expected_fields[0]), FIELD_COUNT);
	for (enum field_id field = 0; field < FIELD_COUNT; field++) {
		const struct field_definition *definition = field_definition(field);

		assert_string_equal(definition->name, expected_fields[field].name);
		assert_string_equal(definition->column, expected_fields[field].column);
		assert_int_equal(definition->type, expected_fields[field].type);
		assert_int_equal(definition->max_bytes, expected_fields[field].max_bytes);
		assert_int_equal(definition->kinds, expected_fields[field].kinds);
		for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++)
			assert_int_equal(field_belongs(field, kind), (expected_fields[field].kinds >> kind & 1) != 0);
	}
}

static void field_is_found_by_its_whole_name_only(void **state)
{
	(void)state;
	for (enum field_id field = 0; field < FIELD_COUNT; field++)
		assert_int_equal(field_find(slice_from(field_definition(field)->name)), field);
	assert_int_equal(field_find(slice_from("")), FIELD_COUNT);
	assert_int_equal(field_find(slice_from("pric")), FIELD_COUNT);
	assert_int_equal(field_find(slice_from("prices ")), FIELD_COUNT);
	assert_int_equal(field_find(slice_from("price_micros")), FIELD_COUNT);
	assert_int_equal(field_find(slice_from("Price")), FIELD_COUNT);
}

static void field_of_integers_has_a_range_where_negative_makes_sense_or_not(void **state)
{
	(void)state;
	for (enum field_id field = 0; field < FIELD_COUNT; field++) {
		const struct field_definition *definition = field_definition(field);
		const bool may_be_negative = field == FIELD_QUANTITY || field == FIELD_POSITION;

		if (definition->type != FIELD_TYPE_INTEGER)
			continue;
		assert_true(definition->maximum == INT64_C(9000000000000000000));
		assert_true(definition->minimum == (may_be_negative ? INT64_C(-9000000000000000000) : 0));
	}
}

static void complaint_has_a_name_of_its_own_and_advice(void **state)
{
	(void)state;
	for (enum complaint_code code = 0; code < COMPLAINT_CODE_COUNT; code++) {
		const struct complaint_definition *definition = complaint_definition(code);

		assert_non_null(definition->name);
		assert_non_null(definition->advice);
		assert_true(strlen(definition->advice) > 10);
		assert_int_equal(strspn(definition->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(definition->name));
		assert_int_equal(complaint_find(slice_from(definition->name)), code);
	}
	assert_int_equal(complaint_find(slice_from("")), COMPLAINT_CODE_COUNT);
	assert_int_equal(complaint_find(slice_from("number")), COMPLAINT_CODE_COUNT);
	assert_int_equal(complaint_find(slice_from("number_invalid2")), COMPLAINT_CODE_COUNT);
}

static void complaint_weighs_what_its_group_weighs(void **state)
{
	(void)state;
	for (enum complaint_code code = 0; code < COMPLAINT_CODE_COUNT; code++) {
		enum complaint_severity expected = SEVERITY_NOTE;

		if (code <= COMPLAINT_FOREIGN)
			expected = SEVERITY_ERROR;
		else if (code < COMPLAINT_NUMBER_AMBIGUOUS)
			expected = SEVERITY_WARNING;
		assert_int_equal(complaint_definition(code)->severity, expected);
	}
	assert_string_equal(complaint_definition(COMPLAINT_NUMBER_INVALID)->name, "number_invalid");
	assert_string_equal(complaint_definition(COMPLAINT_GTIN_INVALID)->name, "gtin_invalid");
	assert_string_equal(complaint_severity_name(SEVERITY_NOTE), "note");
	assert_string_equal(complaint_severity_name(SEVERITY_WARNING), "warning");
	assert_string_equal(complaint_severity_name(SEVERITY_ERROR), "error");
}

static void statement_begins_with_everything_absent(void **state)
{
	struct statement statement;

	(void)state;
	memset(&statement, 0xA5, sizeof(statement));
	statement_init(&statement, ITEM_SKU, STATEMENT_DERIVED);
	assert_int_equal(statement.kind, ITEM_SKU);
	assert_int_equal(statement.action, STATEMENT_DERIVED);
	assert_int_equal(statement.product_link, PRODUCT_LINK_SELF);
	assert_true(statement.record == 0 && statement.stream_offset == 0);
	for (enum field_id field = 0; field < FIELD_COUNT; field++) {
		assert_int_equal(statement.fields[field].presence, PRESENCE_ABSENT);
		assert_true(slice_is_empty(statement_text(&statement, field)));
	}
}

static void statement_text_is_that_of_a_present_value_only(void **state)
{
	struct statement statement;

	(void)state;
	statement_init(&statement, ITEM_SKU, STATEMENT_STATED);
	statement.fields[FIELD_NAME] = (struct field_value){.presence = PRESENCE_EMPTY, .text = SLICE("left over")};
	assert_true(slice_is_empty(statement_text(&statement, FIELD_NAME)));
	statement.fields[FIELD_NAME].presence = PRESENCE_VALUE;
	assert_true(slice_equal_text(statement_text(&statement, FIELD_NAME), "left over"));
}

static void part_has_lists_that_its_item_has_too(void **state)
{
	const uint64_t fields = statement_part_fields();

	(void)state;
	for (enum field_id field = 0; field < FIELD_COUNT; field++) {
		if ((fields & UINT64_C(1) << field) == 0)
			continue;
		assert_int_equal(field_definition(field)->type, FIELD_TYPE_ARRAY);
		assert_true(field_belongs(field, ITEM_SKU));
	}
	assert_true((fields & UINT64_C(1) << FIELD_IMAGES) != 0);
	assert_true((fields & UINT64_C(1) << FIELD_CHILDREN) == 0);
}

int table_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kind_has_a_name_and_a_plural),
		cmocka_unit_test(field_table_says_name_column_type_limit_and_kinds),
		cmocka_unit_test(field_is_found_by_its_whole_name_only),
		cmocka_unit_test(field_of_integers_has_a_range_where_negative_makes_sense_or_not),
		cmocka_unit_test(complaint_has_a_name_of_its_own_and_advice),
		cmocka_unit_test(complaint_weighs_what_its_group_weighs),
		cmocka_unit_test(statement_begins_with_everything_absent),
		cmocka_unit_test(statement_text_is_that_of_a_present_value_only),
		cmocka_unit_test(part_has_lists_that_its_item_has_too),
	};

	return cmocka_run_group_tests_name("catalog tables", tests, NULL, NULL);
}

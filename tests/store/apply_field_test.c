/* Texts in other languages, custom fields and their definitions. */
#include "apply_support.h"
#include "apply_tests.h"

#include <stdio.h>
#include <string.h>

#define TEXT(field, language, value) "{\"field\":\"" field "\",\"language\":\"" language "\",\"value\":\"" value "\"}"
#define TEXTS "SELECT entity, item_id, field, language, value FROM text ORDER BY entity, item_id, field, language"

static void run(struct world *world, const struct feed *feed, enum apply_missing missing, struct run_result *ret_result)
{
	feed_run(world, feed, &(struct run_options){.missing = missing}, ret_result);
}

static void sku_with(struct feed *feed, const char *id, enum field_id field, const char *json)
{
	statement_set(feed, feed_sku(feed, id, "p", PRODUCT_LINK_NAMED, id), field, json);
}

static void texts_stand_and_go_with_their_item(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	sku_with(&feed, "a", FIELD_TEXTS,
	         "[" TEXT("name", "de", "Anker") "," TEXT("name", "fr", "Ancre") "," TEXT("name", "de", "zwei") "]");
	statement_set(&feed, feed_product(&feed, "p", "P"), FIELD_TEXTS, "[" TEXT("description", "de", "Text") "]");
	statement_set(&feed, feed_category(&feed, "c", NULL, "C"), FIELD_TEXTS, "[" TEXT("name", "de", "K") "]");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, TEXTS,
	             "category|c|name|de|K\nproduct|p|description|de|Text\nsku|a|name|de|Anker\nsku|a|name|fr|Ancre");
	/* Another language of the same item, brought by somebody else, stays. */
	world_execute(
		&world,
		"INSERT INTO text (catalog, entity, item_id, field, language, value) VALUES ('main', 'sku', 'a', 'name', 'it', 'Ancora')");
	feed_release(&feed);

	feed_init(&feed);
	sku_with(&feed, "a", FIELD_TEXTS, "[" TEXT("name", "de", "Anker 2") "]");
	(void)feed_product(&feed, "p", "P");
	(void)feed_category(&feed, "c", NULL, "C");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 1 updated 1");
	assert_counts(&result, ITEM_PRODUCT, "stated 1 updated 1");
	assert_counts(&result, ITEM_CATEGORY, "stated 1 updated 1");
	assert_query(&world, TEXTS, "sku|a|name|de|Anker 2\nsku|a|name|it|Ancora");
	assert_query(&world, "SELECT before, after FROM change WHERE kind = 'category'",
	             "{\"texts\":[" TEXT("name", "de", "K") "]}|{\"texts\":null}");
	assert_query(&world, "SELECT texts FROM sku_now", "{\"de\":{\"name\":\"Anker 2\"},\"it\":{\"name\":\"Ancora\"}}");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 1 unchanged 1");
	feed_release(&feed);

	feed_init(&feed);
	run(&world, &feed, APPLY_MISSING_DELETE, &result);
	assert_query(&world, TEXTS, "sku|a|name|it|Ancora");
	feed_release(&feed);
	world_close(&world);
}

/* Whatever is in the words, the view gives JSON. */
static void texts_are_quoted_in_the_view(void **state)
{
	static const char word[] = "q\"b\\s\x01\x1f\t\n\r/\xC3\xA9[]*";
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	sku_with(&feed, "a", FIELD_TEXTS,
	         "[" TEXT("na\\\"me", "d\\\\e", "q\\\"b\\\\s\\u0001\\u001f\\t\\n\\r/\xC3\xA9[]*") "," TEXT("plain", "d\\\\e",
	                                                                                                   "x") "]");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, "SELECT json_valid(texts), json_extract(texts, '$.\"d\\\\e\".plain') FROM sku_now", "1|x");
	assert_query(&world, "SELECT value FROM sku_now, json_tree(texts) WHERE type = 'text' AND key LIKE 'na%'", word);
	assert_query(&world, "SELECT f.key FROM sku_now, json_each(texts) l, json_each(l.value) f ORDER BY 1", "na\"me\nplain");
	feed_release(&feed);
	world_close(&world);
}

static void definition_is_written_when_it_differs(void **state)
{
	struct field_statement *field;
	struct run_result result;
	struct world world;
	struct feed feed;
	const char *const fields =
		"SELECT entity, field_id, name, value_type, required, default_value, enum_values FROM field ORDER BY 1, 2";

	(void)state;
	world_open(&world);
	feed_init(&feed);
	field = feed_field(&feed, ITEM_SKU, "color", "enum");
	field->name = feed_text(&feed, "Colour");
	field->is_required = true;
	field->default_value = feed_text(&feed, "\"red\"");
	field->enum_values = feed_text(&feed, "{\"red\":\"Red\"}");
	(void)feed_field(&feed, ITEM_SKU, "color", "int");
	(void)feed_field(&feed, ITEM_PRODUCT, "color", "unicode");
	feed_run(&world, &feed, &(struct run_options){.is_dry = true}, &result);
	assert_query(&world, "SELECT count(*) FROM field", "0");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, fields, "product|color|-|unicode|0|-|-\nsku|color|Colour|enum|1|\"red\"|{\"red\":\"Red\"}");
	assert_string_not_equal(result.digest, "00000000000000000000000000000000");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_string_equal(result.digest, "00000000000000000000000000000000");
	assert_query(&world, "SELECT is_clean FROM job_memory", "1");
	/* A person's change is undone by a feed that is read again, and makes it be read. */
	world_execute(&world, "UPDATE field SET name = 'Mine' WHERE entity = 'sku'");
	assert_query(&world, "SELECT is_clean FROM job_memory", "0");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, "SELECT name FROM field WHERE entity = 'sku'", "Colour");
	feed_release(&feed);
	world_close(&world);
}

static void field_that_nobody_defines_is_a_complaint_each(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	sku_with(&feed, "a", FIELD_CUSTOM_FIELDS, "{\"color\":\"red\",\"size\":5}");
	sku_with(&feed, "b", FIELD_CUSTOM_FIELDS, "{\"color\":\"blue\"}");
	statement_set(&feed, feed_product(&feed, "p", "P"), FIELD_CUSTOM_FIELDS, "{\"color\":\"any\"}");
	/* Defined behind its items. */
	(void)feed_field(&feed, ITEM_SKU, "size", "int");
	for (int round = 0; round < 2; round++) {
		run(&world, &feed, APPLY_MISSING_MARK, &result);
		assert_complaints(&result, "field_unknown 2");
	}
	assert_query(&world, "SELECT kind, item_id, field, record FROM complaint WHERE run_id = 2 ORDER BY kind",
	             "product|p|color|3\nsku|a|color|1");
	assert_query(&world, "SELECT sku_id, custom_fields FROM sku ORDER BY sku_id",
	             "a|{\"color\":\"red\",\"size\":5}\nb|{\"color\":\"blue\"}");
	assert_query(&world, "SELECT custom_fields FROM product", "{\"color\":\"any\"}");
	assert_query(&world, "SELECT count(*) FROM field", "1");
	feed_release(&feed);
	world_close(&world);
}

static void field_is_made_from_its_values_where_the_job_says_so(void **state)
{
	static const struct {
		const char *first;
		const char *second;
		const char *type;
	} rows[] = {
		{"1", "2", "int"},         {"1", "1.5", "float"},    {"1.5", "1", "float"},     {"2e3", "-1e2", "float"},
		{"true", "false", "bool"}, {"true", "1", "unicode"}, {"\"x\"", "1", "unicode"}, {"\"1\"", "\"2\"", "unicode"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		char bag[64];
		struct run_result result;
		struct world world;
		struct feed feed;

		world_open(&world);
		feed_init(&feed);
		(void)snprintf(bag, sizeof(bag), "{\"x/y\":%s}", rows[row].first);
		sku_with(&feed, "a", FIELD_CUSTOM_FIELDS, bag);
		(void)snprintf(bag, sizeof(bag), "{\"x/y\":%s}", rows[row].second);
		sku_with(&feed, "b", FIELD_CUSTOM_FIELDS, bag);
		for (int round = 0; round < 2; round++) {
			feed_run(&world, &feed, &(struct run_options){.policy = {.creates_fields = true}}, &result);
			assert_complaints(&result, "product_not_stated 1");
			assert_query(&world, "SELECT field_id, name FROM field", "x/y|x/y");
			assert_query(&world, "SELECT value_type FROM field", rows[row].type);
		}
		assert_string_equal(result.digest, "00000000000000000000000000000000");
		feed_release(&feed);
		world_close(&world);
	}
}

static void field_that_is_required_or_enumerated_is_checked(void **state)
{
	struct field_statement *field;
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	sku_with(&feed, "a", FIELD_CUSTOM_FIELDS, "{\"color\":\"red\"}");
	sku_with(&feed, "b", FIELD_CUSTOM_FIELDS, "{\"color\":\"mauve\"}");
	sku_with(&feed, "c", FIELD_NAME, "c");
	(void)feed_product(&feed, "p", "P");
	field = feed_field(&feed, ITEM_SKU, "color", "enum");
	field->is_required = true;
	field->enum_values = feed_text(&feed, "{\"red\":\"Red\",\"blue\":\"Blue\"}");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_complaints(&result, "field_missing 1 field_value_unknown 1");
	assert_query(&world, "SELECT code, kind, item_id, field, text FROM complaint ORDER BY code",
	             "field_missing|sku|c|color|-\nfield_value_unknown|sku|b|color|mauve");
	/* A bag that a person has broken does no harm. */
	world_execute(&world, "UPDATE sku_data SET custom_fields = 'no bag' WHERE sku_id = 'a'");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_complaints(&result, "field_missing 1 field_value_unknown 1");
	feed_release(&feed);
	world_close(&world);
}

static void fields_beyond_the_limit_end_the_run(void **state)
{
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct apply *apply;
	struct world world;
	struct feed feed;
	int result = 0;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	for (int index = 0; index <= 10000; index++) {
		char id[16];
		char bag[64];

		(void)snprintf(id, sizeof(id), "s%d", index);
		(void)snprintf(bag, sizeof(bag), "{\"f%d\":1}", index);
		sku_with(&feed, id, FIELD_CUSTOM_FIELDS, bag);
	}
	ticket = world_ticket(&world, NULL, NULL);
	assert_int_equal(
		apply_begin(world.store, &ticket, &(struct apply_policy){.missing = APPLY_MISSING_KEEP}, NULL, &apply, &err), 0);
	for (size_t index = 0; index < feed.count && result == 0; index++)
		result = apply_entry(apply, feed.entries[index], &err);
	assert_int_equal(result, -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	apply_rollback(apply);
	feed_release(&feed);
	world_close(&world);
}

int apply_field_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_stand_and_go_with_their_item),
		cmocka_unit_test(texts_are_quoted_in_the_view),
		cmocka_unit_test(definition_is_written_when_it_differs),
		cmocka_unit_test(field_that_nobody_defines_is_a_complaint_each),
		cmocka_unit_test(field_is_made_from_its_values_where_the_job_says_so),
		cmocka_unit_test(field_that_is_required_or_enumerated_is_checked),
		cmocka_unit_test(fields_beyond_the_limit_end_the_run),
	};

	return cmocka_run_group_tests_name("apply_field", tests, NULL, NULL);
}

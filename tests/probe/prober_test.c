/* Whole probes of small feeds: what is the record, which figures, which guesses. */
#include "probe_tests.h"

#include "base/bytes.h"
#include "base/json.h"
#include "probe/dialect_text.h"
#include "probe/guess.h"
#include "probe/prober.h"
#include "probe/show.h"
#include "probe/summary.h"
#include "probe/yaml_text.h"

#include <stdio.h>
#include <string.h>

struct probed {
	struct arena arena;
	struct probe_report report;
	struct guess guess;
	struct error err;
	int result;
};

struct block_source {
	struct byte_block block;
	struct slice all;
};

static int rewind_block(void *context, struct error *err)
{
	struct block_source *source = context;

	(void)err;
	source->block.rest = source->all;
	return 0;
}

static void probe_bytes(const char *text, size_t piece_max, struct probed *probed)
{
	struct block_source block = {.block = {.rest = slice_from(text), .piece_max = piece_max}, .all = slice_from(text)};
	const struct prober_source source = {
		.bytes = byte_source_block(&block.block), .rewind = rewind_block, .rewind_context = &block};
	const struct feed_options options = {.piece_max = piece_max};
	struct dialect_set *set = NULL;
	struct config_problems problems;

	memset(probed, 0, sizeof(*probed));
	probed->err.byte = -1;
	arena_init(&probed->arena, (size_t)64 << 20);
	config_problems_init(&problems);
	assert_int_equal(dialect_set_compile(&(struct dialect_texts){.count = 0}, &set, &problems, &probed->err), 0);
	probed->result = probe_read(&source, &options, set, &probed->arena, &probed->report, &probed->err);
	dialect_set_free(set);
	config_problems_release(&problems);
	if (probed->result == 0 && probed->report.has_records)
		guess_make(&probed->report, &probed->guess);
}

static void probed_release(struct probed *probed)
{
	arena_release(&probed->arena);
}

static const struct probe_field *field_at(const struct probed *probed, const char *full)
{
	for (uint32_t i = 0; i < probed->report.field_count; i++) {
		if (slice_equal_text(probed->report.fields[i].full, full))
			return &probed->report.fields[i];
	}
	fail_msg("no field '%s'", full);
	return NULL;
}

static const char shop[] =
	"<shop><name>S</name><groups><group id='1'>Lamps</group><group id='2'>Chairs</group></groups><goods>"
	"<good nr='A1'><title>Lamp</title><cost>12,50</cost><group>1</group><ean>4006381333931</ean><pic>https://s.example/1.jpg</pic>"
	"<pic>https://s.example/2.jpg</pic><param name='Colour'>red</param><param name='Size'>L</param></good>"
	"<good nr='A2'><title>Desk lamp</title><cost>20</cost><group>1</group><ean/></good>"
	"<good nr='A3'><title>Chair</title><cost>99.90</cost><group>2</group><pic>https://s.example/3.jpg</pic>"
	"<param name='Colour'>blue</param></good></goods></shop>";

static void the_record_is_what_repeats_and_holds_most(void **state)
{
	static const struct {
		const char *feed;
		const char *path;
		uint64_t count;
	} table[] = {
		{shop, "/shop/goods/good", 3},
		/* one offer among several categories */
		{"<c><categories><category id='1'>A</category><category id='2'>B</category><category id='3'>C</category></categories><offers>"
	         "<offer id='7'><name>N</name><price>1</price><url>https://a.example/</url><picture>https://a.example/1.jpg</picture>"
	         "<vendor>V</vendor></offer></offers></c>",
	         "/c/offers/offer", 1},
		/* sections with goods */
		{"<p><section name='a'><o id='1' price='2'><name>x</name></o><o id='2' price='3'><name>y</name></o></section>"
	         "<section name='b'><o id='3' price='2'><name>z</name></o></section></p>",
	         "/p/section/o", 3},
		/* products with variants */
		{"<p><product><id>1</id><title>T</title><description>D</description><variant><id>11</id><price>5</price></variant>"
	         "<variant><id>12</id><price>6</price></variant></product><product><id>2</id><title>U</title><description>E</description>"
	         "<variant><id>21</id><price>5</price></variant></product></p>",
	         "/p/product", 2},
		/* all in attributes */
		{"<list><row id='1' name='a' price='3'/><row id='2' name='b' price='4'/></list>", "/list/row", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct probed probed;
		probe_bytes(table[i].feed, 0, &probed);
		assert_int_equal(probed.result, 0);
		assert_true(probed.report.has_records);
		if (!slice_equal_text(probed.report.lists[0].path, table[i].path) || probed.report.lists[0].count != table[i].count)
			fail_msg("%zu of '%.*s' in feed %zu", (size_t)probed.report.lists[0].count,
			         (int)probed.report.lists[0].path.size, probed.report.lists[0].path.data, i);
		probed_release(&probed);
	}
}

static void a_document_without_records_is_read_all_the_same(void **state)
{
	static const char *const feeds[] = {"<a/>", "<a><b>text</b></a>", "<html2><p>x</p></html2>"};

	(void)state;
	for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]); i++) {
		struct probed probed;
		probe_bytes(feeds[i], 0, &probed);
		assert_int_equal(probed.result, 0);
		assert_false(probed.report.has_records);
		probed_release(&probed);
	}
}

static void fields_have_their_figures(void **state)
{
	struct probed probed;
	const struct probe_field *field;

	(void)state;
	probe_bytes(shop, 0, &probed);
	field = field_at(&probed, "@nr");
	assert_true(field->records == 3 && field->filled == 3 && field->distinct == 3 && field->repeats == 0 &&
	            field->is_attribute);
	field = field_at(&probed, "ean");
	assert_true(field->records == 2 && field->filled == 1);
	field = field_at(&probed, "group");
	assert_true(field->distinct == 2 && field->repeats == 1);
	field = field_at(&probed, "pic");
	assert_true(field->records == 2 && field->is_repeated && field->distinct == 3 && field->list == 0);
	field = field_at(&probed, "param/@name");
	assert_int_equal(field->list, 1);
	assert_true(field->records == 2 && field->owners == 3 && slice_equal_text(field->path, "@name"));
	assert_true(probed.report.lists[1].count == 3 && probed.report.lists[1].most == 2 && probed.report.lists[1].owners == 2);
	probed_release(&probed);
}

static void guesses_follow_names_and_values(void **state)
{
	static const struct {
		enum probe_target target;
		const char *path;
	} table[] = {
		{PROBE_TARGET_ID, "@nr"},   {PROBE_TARGET_NAME, "title"}, {PROBE_TARGET_PRICE, "cost"},
		{PROBE_TARGET_GTIN, "ean"}, {PROBE_TARGET_IMAGES, "pic"},
	};
	struct probed probed;

	(void)state;
	probe_bytes(shop, 0, &probed);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct guess_mapping *mapping = guess_find(&probed.guess.record, table[i].target);
		if (mapping == NULL || !slice_equal_text(probed.report.fields[mapping->field].full, table[i].path))
			fail_msg("%s is not guessed", probe_target_name(table[i].target));
	}
	assert_int_equal(probed.guess.record.pairs_count, 1);
	assert_false(probed.guess.has_skus);
	probed_release(&probed);
}

static void numbered_fields_are_folded(void **state)
{
	struct probed probed;
	const struct probe_field *field;

	(void)state;
	probe_bytes(
		"<r><i><id>1</id><image_link_1>https://a.example/1.jpg</image_link_1><image_link_2>https://a.example/2.jpg</image_link_2>"
		"<size2>x</size2></i><i><id>2</id><image_link_1>https://a.example/3.jpg</image_link_1><size2>y</size2></i></r>",
		0, &probed);
	field = field_at(&probed, "image_link_*");
	assert_int_equal(field->member_count, 2);
	assert_true(slice_equal_text(field->members[1], "image_link_2"));
	assert_int_equal(field->distinct, 3);
	assert_int_equal(field_at(&probed, "size2")->member_count, 0);
	probed_release(&probed);
}

static void patterns_replace_the_last_number(void **state)
{
	static const struct {
		const char *name;
		const char *pattern;
	} table[] = {
		{"image_link_1", "image_link_*"},
		{"image[10].url", "image[*].url"},
		{"Attribute 2 name", "Attribute * name"},
		{"picture", ""},
		{"3d", ""},
		{"a1b2", "a1b*"},
	};
	char bytes[SUMMARY_PATTERN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_true(slice_equal_text(summary_pattern(slice_from(table[i].name), bytes), table[i].pattern));
}

static void variants_with_ids_and_prices_are_the_skus(void **state)
{
	struct probed probed;

	(void)state;
	probe_bytes(
		"<p><product><id>1</id><title>T</title><brand>B</brand><variants><variant><sku>11</sku><price>5</price></variant>"
		"<variant><sku>12</sku><price>6</price></variant></variants></product><product><id>2</id><title>U</title><brand>B</brand>"
		"<variants><variant><sku>21</sku><price>5</price></variant></variants></product></p>",
		0, &probed);
	assert_true(probed.guess.has_skus);
	assert_true(slice_equal_text(probed.report.lists[probed.guess.sku.list].full, "variants/variant"));
	const struct guess_mapping *id = guess_find(&probed.guess.sku, PROBE_TARGET_ID);
	assert_non_null(id);
	assert_true(slice_equal_text(probed.report.fields[id->field].path, "sku"));
	probed_release(&probed);
}

static void json_and_tables_are_understood_as_xml_is(void **state)
{
	static const struct {
		const char *feed;
		enum feed_format format;
		const char *path;
		uint64_t count;
		const char *id;
	} table[] = {
		{"{\"products\":[{\"id\":1,\"title\":\"a\",\"price\":\"2\"},{\"id\":2,\"title\":\"b\",\"price\":\"3\"}]}",
	         FEED_JSON, "$.products[*]", 2, "id"},
		{"[{\"sku\":\"a\",\"name\":\"x\",\"price\":1},{\"sku\":\"b\",\"name\":\"y\",\"price\":2}]", FEED_JSON, "$[*]", 2,
	         "sku"},
		{"{\"data\":{\"items\":[{\"node\":{\"id\":\"1\",\"name\":\"n\",\"price\":5}},{\"node\":{\"id\":\"2\",\"name\":\"m\",\"price\":6}}]}}",
	         FEED_JSON, "$.data.items[*]", 2, "node.id"},
		{"{\"id\":\"1\",\"name\":\"a\",\"price\":1}\n{\"id\":\"2\",\"name\":\"b\",\"price\":2}\n", FEED_JSON_LINES, "$[*]",
	         2, "id"},
		{"code|name|price\nA|x|1\nB|y|2\nC|z|3\n", FEED_CSV, "", 3, "code"},
		{"{\"id\":\"7\",\"title\":\"one\",\"price\":\"3\",\"images\":[{\"src\":\"https://a.example/1.jpg\"}],\"variants\":[{\"id\":\"71\",\"price\":\"3\"},"
	         "{\"id\":\"72\",\"price\":\"4\"}]}",
	         FEED_JSON, "$", 1, "id"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct probed probed;
		probe_bytes(table[i].feed, i % 2, &probed);
		assert_int_equal(probed.result, 0);
		assert_int_equal(probed.report.format, table[i].format);
		assert_true(probed.report.has_records);
		if (!slice_equal_text(probed.report.lists[0].path, table[i].path) || probed.report.lists[0].count != table[i].count)
			fail_msg("%zu of '%.*s' in feed %zu", (size_t)probed.report.lists[0].count,
			         (int)probed.report.lists[0].path.size, probed.report.lists[0].path.data, i);
		const struct guess_mapping *id = guess_find(&probed.guess.record, PROBE_TARGET_ID);
		assert_non_null(id);
		assert_true(slice_equal_text(probed.report.fields[id->field].full, table[i].id));
		probed_release(&probed);
	}
}

static void members_with_odd_names_have_paths_that_quote_them(void **state)
{
	struct probed probed;

	(void)state;
	probe_bytes(
		"[{\"id\":1,\"a b\":\"x\",\"it's\":\"y\",\"in\":{\"c-d\":\"z\"},\"l\":[{\"e f\":1,\"g\":2},{\"e f\":3,\"g\":4}]},{\"id\":2}]",
		0, &probed);
	(void)field_at(&probed, "@['a b']");
	(void)field_at(&probed, "@['it\\'s']");
	(void)field_at(&probed, "in['c-d']");
	assert_true(slice_equal_text(field_at(&probed, "l[*]['e f']")->path, "@['e f']"));
	probed_release(&probed);
}

static void a_feed_in_single_bytes_gives_the_same_report(void **state)
{
	struct probed whole;
	struct probed bytes;
	struct buffer left;
	struct buffer right;
	struct error err = ERROR_INIT;

	(void)state;
	probe_bytes(shop, 0, &whole);
	probe_bytes(shop, 1, &bytes);
	buffer_init(&left, 1 << 20);
	buffer_init(&right, 1 << 20);
	assert_int_equal(probe_report_encode(&whole.report, &left, &err), 0);
	assert_int_equal(probe_report_encode(&bytes.report, &right, &err), 0);
	assert_true(slice_equal(buffer_slice(&left), buffer_slice(&right)));
	buffer_release(&left);
	buffer_release(&right);
	probed_release(&whole);
	probed_release(&bytes);
}

static void a_cut_feed_is_an_error(void **state)
{
	char cut[sizeof(shop)];

	(void)state;
	for (size_t size = 0; size + 1 < sizeof(shop); size += 7) {
		struct probed probed;
		memcpy(cut, shop, size);
		cut[size] = '\0';
		probe_bytes(cut, 0, &probed);
		assert_int_equal(probed.result, -1);
		assert_int_equal(probed.err.code, ERROR_FEED);
		probed_release(&probed);
	}
}

static void paths_and_fields_beyond_the_bounds_are_counted_only(void **state)
{
	struct buffer feed;
	struct probed probed;

	(void)state;
	buffer_init(&feed, 1 << 24);
	(void)buffer_append_text(&feed, "<r>");
	for (int i = 0; i < 3; i++) {
		(void)buffer_append_format(&feed, "<i><id>%d</id><name>n</name>", i);
		for (int k = 0; k < 1500; k++)
			(void)buffer_append_format(&feed, "<f%da>x</f%da>", k, k);
		(void)buffer_append_text(&feed, "</i>");
	}
	(void)buffer_append_text(&feed, "</r>");
	probe_bytes(buffer_text(&feed), 0, &probed);
	assert_int_equal(probed.result, 0);
	assert_true(probed.report.field_count <= PROBE_FIELDS_MAX);
	assert_true(probed.report.left_out > 0);
	probed_release(&probed);
	buffer_release(&feed);
}

static void text_for_people_is_printable(void **state)
{
	struct probed probed;
	struct buffer buffer;

	(void)state;
	probe_bytes(
		"<r><i id='1'><name>a&#x9B;31m\xE2\x80\xAE</name><price>1</price></i><i id='2'><name>b</name><price>2</price></i></r>",
		0, &probed);
	const struct probe_show show = {.source = "x\x1b[31m.xml", .report = &probed.report, .guess = &probed.guess};
	buffer_init(&buffer, 1 << 20);
	probe_show_text(&show, &buffer);
	assert_false(buffer.failed);
	for (size_t i = 0; i < buffer.size; i++)
		assert_true((unsigned char)buffer.data[i] >= 0x20 || buffer.data[i] == '\n');
	assert_true(slice_find(buffer_slice(&buffer), slice_from("\xE2\x80\xAE")) == SIZE_MAX);
	assert_true(slice_find(buffer_slice(&buffer), slice_from("\xC2\x9B")) == SIZE_MAX);
	buffer_release(&buffer);
	probed_release(&probed);
}

static void json_is_one_valid_object(void **state)
{
	struct probed probed;
	struct buffer buffer;

	(void)state;
	probe_bytes(shop, 0, &probed);
	const struct probe_show show = {.source = "x", .report = &probed.report, .guess = &probed.guess};
	buffer_init(&buffer, 1 << 20);
	probe_show_json(&show, &buffer);
	assert_true(json_is_valid(buffer_slice(&buffer), '{'));
	buffer_release(&buffer);
	probed_release(&probed);
}

static void texts_in_yaml_are_quoted_as_needed(void **state)
{
	static const struct {
		const char *text;
		const char *yaml;
	} table[] = {
		{"title", "title"}, {"/a/b", "/a/b"},   {"@id", "'@id'"},     {"it's", "'it''s'"},
		{"true", "'true'"}, {"a: b", "'a: b'"}, {"", "''"},           {"a\nb", "\"a\\u000Ab\""},
		{"7", "'7'"},       {"# x", "'# x'"},   {"naïve", "'naïve'"}, {"-", "'-'"},
	};
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1000);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		buffer_clear(&buffer);
		yaml_append_scalar(&buffer, slice_from(table[i].text));
		assert_string_equal(buffer_text(&buffer), table[i].yaml);
	}
	buffer_release(&buffer);
}

static void a_written_dialect_compiles(void **state)
{
	struct probed probed;
	struct buffer buffer;
	struct dialect_set *set = NULL;
	struct config_problems problems;
	struct error err = ERROR_INIT;

	(void)state;
	probe_bytes(shop, 0, &probed);
	buffer_init(&buffer, 1 << 20);
	const struct dialect_draft draft = {.source = "shop\n.xml", .report = &probed.report, .guess = &probed.guess};
	assert_int_equal(dialect_draft_write(&draft, &buffer, &err), 0);
	assert_true(dialect_draft_lacks_currency(&draft));
	config_problems_init(&problems);
	const struct dialect_text text = {.file = "x.yaml", .name = SLICE("x"), .yaml = buffer_slice(&buffer)};
	assert_int_equal(dialect_set_compile(&(struct dialect_texts){.texts = &text, .count = 1}, &set, &problems, &err), 0);
	if (problems.count > 0)
		fail_msg("%s\n%s", problems.first->message, buffer_text(&buffer));
	dialect_set_free(set);
	config_problems_release(&problems);
	buffer_release(&buffer);
	probed_release(&probed);
}

int run_prober_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_record_is_what_repeats_and_holds_most),
		cmocka_unit_test(a_document_without_records_is_read_all_the_same),
		cmocka_unit_test(fields_have_their_figures),
		cmocka_unit_test(guesses_follow_names_and_values),
		cmocka_unit_test(numbered_fields_are_folded),
		cmocka_unit_test(patterns_replace_the_last_number),
		cmocka_unit_test(variants_with_ids_and_prices_are_the_skus),
		cmocka_unit_test(json_and_tables_are_understood_as_xml_is),
		cmocka_unit_test(members_with_odd_names_have_paths_that_quote_them),
		cmocka_unit_test(a_feed_in_single_bytes_gives_the_same_report),
		cmocka_unit_test(a_cut_feed_is_an_error),
		cmocka_unit_test(paths_and_fields_beyond_the_bounds_are_counted_only),
		cmocka_unit_test(text_for_people_is_printable),
		cmocka_unit_test(json_is_one_valid_object),
		cmocka_unit_test(texts_in_yaml_are_quoted_as_needed),
		cmocka_unit_test(a_written_dialect_compiles),
	};

	return cmocka_run_group_tests_name("prober", tests, NULL, NULL);
}

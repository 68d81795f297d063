/* Every limit on JSON, just kept and just passed. */
#include "base/limits.h"
#include "feed_tests.h"

#include <string.h>

static int read_repeated(struct repeated repeated, const char *paths, struct buffer *told, struct error *err)
{
	struct byte_source source = repeated_source(&repeated);
	const struct read_case read_case = {.paths = paths, .source = &source};

	buffer_init(told, TOLD_BYTES_MAX);
	return read_told(&read_case, told, err);
}

static void assert_repeated(struct repeated repeated, const char *paths, const char *words)
{
	struct buffer told;
	struct error err;

	if (read_repeated(repeated, paths, &told, &err) < 0)
		fail_msg("'%s'", err.message);
	if (strstr(buffer_text(&told), words) == NULL)
		fail_msg("'%.300s' does not hold '%s'", buffer_text(&told), words);
	buffer_release(&told);
}

static void assert_limit(struct repeated repeated, const char *paths, const char *words)
{
	struct buffer told;
	struct error err;

	assert_int_equal(read_repeated(repeated, paths, &told, &err), -1);
	if (err.code != ERROR_LIMIT || strstr(err.message, words) == NULL)
		fail_msg("'%s' does not hold '%s'", err.message, words);
	assert_true(err.line > 0 && err.column > 0 && err.byte >= 0);
	buffer_release(&told);
}

static void make_nested(struct buffer *document, const char *first_line, int depth, const char *inside)
{
	buffer_init(document, 4096);
	buffer_append_text(document, first_line);
	for (int i = 0; i < depth; i++)
		buffer_append_text(document, i % 2 ? "{\"d\":" : "[");
	buffer_append_text(document, inside);
	for (int i = depth - 1; i >= 0; i--)
		buffer_append_text(document, i % 2 ? "}" : "]");
}

static void arrays_and_objects_nest_to_the_limit(void **state)
{
	static const struct {
		const char *first_line;
		int depth;
	} formats[] = {{"", LIMIT_DEPTH}, {"{}\n", LIMIT_DEPTH - 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct buffer document;

		/* A value inside the innermost is no level of its own. */
		make_nested(&document, formats[i].first_line, formats[i].depth, "1");
		assert_repeated((struct repeated){.head = buffer_slice(&document)}, "/*", "[{d[{d[");
		assert_repeated((struct repeated){.head = buffer_slice(&document)}, "/x", "done ");
		assert_repeated((struct repeated){.head = buffer_slice(&document)}, "/*/*/*/*/*/*", "done ");
		buffer_release(&document);
		make_nested(&document, formats[i].first_line, formats[i].depth + 1, "");
		assert_refused(buffer_slice(&document), "/*", ERROR_LIMIT, "arrays and objects are nested deeper than 64");
		assert_refused(buffer_slice(&document), "/x", ERROR_LIMIT, "arrays and objects are nested deeper than 64");
		buffer_release(&document);
	}
	assert_limit((struct repeated){.unit = SLICE("["), .count = 100000}, "/*", "nested deeper than 64");
	assert_limit((struct repeated){.unit = SLICE("{\"a\":"), .count = 100000}, "/x", "nested deeper than 64");
}

/* A record with a value too large, and what follows. */
static void assert_left_out(struct repeated repeated, const char *told_end)
{
	struct buffer told;
	struct error err;
	const char *text;

	if (read_repeated(repeated, "/*/*", &told, &err) < 0)
		fail_msg("'%s'", err.message);
	text = buffer_text(&told);
	if (strncmp(text, told_end, strlen(told_end)) != 0)
		fail_msg("'%.600s' instead of '%s'", text, told_end);
	buffer_release(&told);
}

static void a_record_beyond_a_limit_is_left_out_and_the_next_is_read(void **state)
{
	static const struct slice tail = SLICE("\"},\"y\":{\"a\":5}},{\"id\":2}]");

	(void)state;
	assert_repeated((struct repeated){.head = SLICE("[{\"id\":1,\"t\":\""),
	                                  .unit = SLICE("x"),
	                                  .count = LIMIT_FIELD_BYTES,
	                                  .tail = SLICE("\"}]")},
	                "/*/*", "{id=1 t\"xxx");
	assert_left_out((struct repeated){.head = SLICE("[{\"id\":1,\"id\":3,\"b\":{\"c\":1},\"x\":{\"t\":\""),
	                                  .unit = SLICE("x"),
	                                  .count = LIMIT_FIELD_BYTES + 1,
	                                  .tail = tail},
	                "root JSON\nfault repeated 9 id\noversize 0 1 a field of the record is larger than 1 MiB {id=3}\n"
	                "record 0 1048631+8 {id=2}\ndone JSON whole");
	assert_left_out(
		(struct repeated){.head = SLICE("[\""), .unit = SLICE("x"), .count = LIMIT_FIELD_BYTES + 1, .tail = SLICE("\",3]")},
		"root JSON\noversize 0 1 a field of the record is larger than 1 MiB \"\"\nrecord 0 1048581+1 =3\ndone JSON whole");
	assert_left_out(
		(struct repeated){.head = SLICE("["), .unit = SLICE("1"), .count = LIMIT_FIELD_BYTES + 1, .tail = SLICE(",3]")},
		"root JSON\noversize 0 1 a field of the record is larger than 1 MiB =\nrecord 0 1048579+1 =3\ndone JSON whole");
	assert_left_out(
		(struct repeated){.head = SLICE("[{\"id\":1,\"x\":["),
	                          .unit = SLICE("\"\",{},"),
	                          .count = LIMIT_RECORD_NODES / 2,
	                          .tail = SLICE("0]},{\"id\":2}]")},
		"root JSON\noversize 0 1 the record has more than 65536 elements {id=1}\nrecord 0 196626+8 {id=2}\ndone JSON whole");
	assert_left_out((struct repeated){.head = SLICE("{\"id\":1}\n{\"id\":1,\"n"),
	                                  .unit = SLICE("n"),
	                                  .count = LIMIT_NAME_BYTES,
	                                  .tail = SLICE("\":{\"x\":[1]},\"z\":1}\n{\"id\":2}")},
	                "root JSON Lines\nrecord 0 0+8 {id=1}\noversize 0 9 a name in the record is longer than 256 bytes {id=1}\n"
	                "record 0 294+8 {id=2}\ndone JSON Lines");
}

static void records_come_to_their_size(void **state)
{
	char field[1024];
	struct buffer document;

	(void)state;
	memset(field, 'x', sizeof(field));
	for (int count = LIMIT_RECORD_BYTES / 1024; count <= LIMIT_RECORD_BYTES / 1024 + 1; count++) {
		buffer_init(&document, 16 << 20);
		buffer_append_text(&document, "[[");
		for (int i = 0; i < count; i++) {
			buffer_append_text(&document, i ? ",\"" : "\"");
			buffer_append(&document, field, sizeof(field));
			buffer_append_text(&document, "\"");
		}
		buffer_append_text(&document, "],7]");
		assert_repeated((struct repeated){.head = buffer_slice(&document)}, "/*/*",
		                count == LIMIT_RECORD_BYTES / 1024 ? "record 0 1+"
		                                                   : "oversize 0 1 the record is larger than 8 MiB [");
		buffer_release(&document);
	}
}

static void names_are_as_long_as_the_limit(void **state)
{
	const struct repeated kept = {
		.head = SLICE("{\"p\":{\""), .unit = SLICE("n"), .count = LIMIT_NAME_BYTES, .tail = SLICE("\":{\"a\":1}}}")};
	const struct repeated passed = {
		.head = SLICE("{\"p\":{\""), .unit = SLICE("n"), .count = LIMIT_NAME_BYTES + 1, .tail = SLICE("\":{\"a\":1}}}")};

	(void)state;
	assert_repeated(kept, "/*/p/*", "n{a=1}\n");
	assert_limit(passed, "/*/p/*", "is longer than 256 bytes");
	assert_repeated(passed, "/*/p/q", "done ");
	assert_repeated(passed, "/*/p/*/a", "record 0 271+1 a=1\n");
}

static void make_members(struct buffer *document, const char *before, int count, const char *behind)
{
	buffer_init(document, 1 << 22);
	buffer_append_text(document, before);
	for (int i = 0; i < count; i++)
		buffer_append_format(document, "%s\"name%d\":{\"a\":1}", i ? "," : "", i);
	buffer_append_text(document, behind);
}

static void only_names_that_are_wanted_are_counted(void **state)
{
	static const struct {
		const char *paths;
		bool is_refused;
	} cases[] = {{"/*/p/*", true}, {"/*/p", true}, {"/*/p/x", false}, {"/*/p/*/a", false}, {"/*/q", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer document;

		make_members(&document, "{\"p\":{", LIMIT_NAMES, "},\"q\":1}");
		if (cases[i].is_refused)
			assert_limit((struct repeated){.head = buffer_slice(&document)}, cases[i].paths,
			             "the feed has more than 10000 different names");
		else
			assert_repeated((struct repeated){.head = buffer_slice(&document)}, cases[i].paths, "done ");
		buffer_release(&document);
	}
}

/* yajl holds a token that pieces cut as a whole, so its length is bounded, in what is skipped too. */
static void a_token_without_end_is_refused(void **state)
{
	static const char *const starts[] = {"[\"", "{\"a\":1,\"", "[1", "[0.", "[1e", "{\"x\":\"\\u00e9"};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		const struct repeated repeated = {
			.head = slice_from(starts[i]), .unit = SLICE("11111111"), .count = (UINT64_C(2) << 30) / 8};

		assert_limit(repeated, "/*/*", "a string or number is longer than 8 MiB");
		assert_limit(repeated, "/*/none", "a string or number is longer than 8 MiB");
	}
	assert_repeated((struct repeated){.head = SLICE("{\"n\":\""),
	                                  .unit = SLICE("x"),
	                                  .count = LIMIT_JSON_TOKEN_BYTES - 2,
	                                  .tail = SLICE("\",\"b\":2}")},
	                "/*/b", "b=2\ndone ");
	assert_repeated((struct repeated){.head = SLICE("{\"n\":\""),
	                                  .unit = SLICE("x"),
	                                  .count = LIMIT_JSON_TOKEN_BYTES - 2,
	                                  .tail = SLICE("\",\"b\":2}")},
	                "/*/*", "a field of the record is larger than 1 MiB n\"\"\nrecord 0");
}

/* The time for names given twice does not grow with the square of their number. */
static void many_names_given_twice_are_settled(void **state)
{
	struct buffer told;
	struct error err;

	(void)state;
	assert_int_equal(read_repeated((struct repeated){.head = SLICE("[{\"z\":1"),
	                                                 .unit = SLICE(",\"a\":{\"b\":1,\"b\":[2]}"),
	                                                 .count = 16000,
	                                                 .tail = SLICE("}]")},
	                               "/*/*", &told, &err),
	                 0);
	assert_non_null(strstr(buffer_text(&told), "{z=1 a{b[=2]}}\ndone JSON whole"));
	buffer_release(&told);
}

int json_limit_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_and_objects_nest_to_the_limit),
		cmocka_unit_test(a_record_beyond_a_limit_is_left_out_and_the_next_is_read),
		cmocka_unit_test(records_come_to_their_size),
		cmocka_unit_test(names_are_as_long_as_the_limit),
		cmocka_unit_test(only_names_that_are_wanted_are_counted),
		cmocka_unit_test(a_token_without_end_is_refused),
		cmocka_unit_test(many_names_given_twice_are_settled),
	};

	return cmocka_run_group_tests_name("json limits", tests, NULL, NULL);
}

/* JSONTestSuite and real feeds of JSON, where they are at hand; the suite's files with a free outcome have ours written down. */
#include "feed/json_parser.h"

#include "feed_tests.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* Texts that are JSON, and that we refuse all the same. */
static const struct {
	const char *file;
	bool is_refused_by_parser;
	const char *words;
} refused[] = {
	{"y_object_escaped_null_in_key.json", true, "U+0000"},
	/* Neither an object nor an array: nothing to import. */
	{"y_string_space.json", false, ""},
	{"y_structure_lonely_false.json", false, ""},
	{"y_structure_lonely_int.json", false, ""},
	{"y_structure_lonely_negative_real.json", false, ""},
	{"y_structure_lonely_null.json", false, ""},
	{"y_structure_lonely_string.json", false, ""},
	{"y_structure_lonely_true.json", false, ""},
	{"y_structure_string_empty.json", false, ""},
};

/* NULL = accepted. */
static const struct {
	const char *file;
	const char *words;
} free_outcomes[] = {
	/* Numbers are texts here, so none is too large. */
	{"i_number_double_huge_neg_exp.json", NULL},
	{"i_number_huge_exp.json", NULL},
	{"i_number_neg_int_huge_exp.json", NULL},
	{"i_number_pos_double_huge_exp.json", NULL},
	{"i_number_real_neg_overflow.json", NULL},
	{"i_number_real_underflow.json", NULL},
	{"i_number_too_big_neg_int.json", NULL},
	{"i_number_too_big_pos_int.json", NULL},
	{"i_number_very_big_negative_int.json", NULL},
	/* Half a surrogate pair is no character. */
	{"i_string_1st_surrogate_but_2nd_missing.json", "half a surrogate pair"},
	{"i_string_1st_valid_surrogate_2nd_invalid.json", "a surrogate pair goes on with"},
	{"i_string_incomplete_surrogate_and_escape_valid.json", "half a surrogate pair"},
	{"i_string_incomplete_surrogate_pair.json", "half a surrogate pair"},
	{"i_string_invalid_lonely_surrogate.json", "half a surrogate pair"},
	{"i_string_inverted_surrogates_U+1D11E.json", "half a surrogate pair"},
	{"i_string_lone_second_surrogate.json", "half a surrogate pair"},
	{"i_string_invalid_utf-8.json", "is not valid UTF-8"},
	{"i_string_lone_utf8_continuation_byte.json", "is not valid UTF-8"},
	{"i_string_not_in_unicode_range.json", "is not valid UTF-8"},
	{"i_string_overlong_sequence_2_bytes.json", "is not valid UTF-8"},
	{"i_string_truncated-utf-8.json", "is not valid UTF-8"},
	{"i_string_utf16BE_no_BOM.json", NULL},
	{"i_structure_UTF-8_BOM_empty_object.json", NULL},
};

static int ignore_text(void *context, struct slice text, struct error *err)
{
	(void)context;
	(void)text;
	(void)err;
	return 0;
}

static int ignore_leaf(void *context, enum record_type type, struct slice text, struct error *err)
{
	(void)type;
	return ignore_text(context, text, err);
}

static int ignore_open(void *context, enum record_type type, struct error *err)
{
	(void)type;
	return ignore_text(context, slice_make(NULL, 0), err);
}

static int ignore_close(void *context, struct error *err)
{
	return ignore_text(context, slice_make(NULL, 0), err);
}

static int parse(struct slice text, size_t piece_max, struct error *err)
{
	const struct json_handler handler = {.key = ignore_text, .leaf = ignore_leaf, .open = ignore_open, .close = ignore_close};
	struct json_parser *parser = json_parser_new(handler, false, "it has to be", err);
	int result = 0;

	assert_non_null(parser);
	while (result == 0 && text.size > 0) {
		const size_t size = text.size < piece_max ? text.size : piece_max;

		result = json_parser_push(parser, slice_make(text.data, size), err);
		text = slice_make(text.data + size, text.size - size);
	}
	if (result == 0)
		result = json_parser_finish(parser, err);
	json_parser_free(parser);
	return result;
}

static void check_parser(const char *file, struct slice content)
{
	static const size_t pieces[] = {4096, 1, 3};
	bool is_expected = file[0] == 'y';

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		is_expected = is_expected && !(refused[i].is_refused_by_parser && strcmp(file, refused[i].file) == 0);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct error err = ERROR_INIT;
		const bool is_accepted = parse(content, pieces[i], &err) == 0;

		if (file[0] != 'i' && is_accepted != is_expected)
			fail_msg("%s: %s", file, is_accepted ? "accepted" : err.message);
		assert_true(is_accepted || (err.code != ERROR_NONE && err.message[0] != '\0'));
	}
}

/* NULL = accepted. */
static const char *expected_of(const char *file)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(file, refused[i].file) == 0)
			return refused[i].words;
	}
	for (size_t i = 0; i < sizeof(free_outcomes) / sizeof(free_outcomes[0]); i++) {
		if (strcmp(file, free_outcomes[i].file) == 0)
			return free_outcomes[i].words;
	}
	if (file[0] == 'i')
		fail_msg("%s has no outcome in the table", file);
	return file[0] == 'y' ? NULL : "";
}

static void check_feed(const char *file, struct slice content)
{
	static const size_t pieces[] = {0, 1, 3};
	const char *expected = expected_of(file);

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const struct read_case read_case = {.input = content, .paths = "/*", .piece_max = pieces[i]};
		struct buffer told;
		struct error err;
		bool is_accepted;

		buffer_init(&told, TOLD_BYTES_MAX);
		(void)read_told(&read_case, &told, &err); /* the last line tells */
		is_accepted = strstr(buffer_text(&told), "\ndone JSON whole") != NULL;
		if (is_accepted != (expected == NULL) || (expected != NULL && strstr(err.message, expected) == NULL))
			fail_msg("%s: %s", file, buffer_text(&told));
		buffer_release(&told);
	}
}

static void each_file_of_the_suite_has_its_outcome(void **state)
{
	const char *feeds = feeds_folder();
	char folder[4096];
	const struct dirent *entry;
	size_t count = 0;
	DIR *directory;

	(void)state;
	if (feeds == NULL)
		skip();
	snprintf(folder, sizeof(folder), "%s/hostile/jsontestsuite", feeds);
	directory = opendir(folder);
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		char path[8192];
		struct buffer content;

		if (entry->d_type != DT_REG)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		read_file(path, &content);
		check_parser(entry->d_name, buffer_slice(&content));
		check_feed(entry->d_name, buffer_slice(&content));
		buffer_release(&content);
		count++;
	}
	closedir(directory);
	assert_true(count >= 211);
}

static const struct {
	const char *file;
	const char *paths;
	size_t records;
} feeds_of_json[] = {
	{"bigcommerce-docs-sample.json", "/*/data/*", 3},
	{"dm-gtin-list.jsonl", "/*/*", 27916},
	{"googleretail-merch-store.jsonl", "/*/*", 1276},
	{"ium-products-clean.jsonl", "/*/*", 319},
	{"kbeaute-products.jsonl", "/*/*", 197},
	{"kibo-categories.jsonl", "/*/*", 18},
	{"kibo-products.jsonl", "/*/*", 71},
	{"magento-aljaber-rest.json", "/*/*", 10},
	{"shopify-pfp-bulk.jsonl", "/*/*", 3},
	{"shopify-skate-full-export.json", "/*/products/*", 21},
	{"thai-products-part44.json", "/*/*", 2000},
	{"walmart-inventory.json", "/*/*", 608},
	{"woo-ios-products-load-all.json", "/*/data/*", 10},
	{"woo-vitalseeds-rest.json", "/*/*", 5},
};

static size_t count_lines(const char *text, const char *start)
{
	size_t count = 0;

	for (const char *at = strstr(text, start); at != NULL; at = strstr(at + 1, start))
		count++;
	return count;
}

static void real_feeds_have_all_their_records(void **state)
{
	const char *feeds = feeds_folder();

	(void)state;
	if (feeds == NULL)
		skip();
	for (size_t i = 0; i < sizeof(feeds_of_json) / sizeof(feeds_of_json[0]); i++) {
		struct read_case read_case = {.paths = feeds_of_json[i].paths};
		struct buffer content;
		struct buffer told;
		struct error err;
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", feeds, feeds_of_json[i].file);
		read_file(path, &content);
		read_case.input = buffer_slice(&content);
		buffer_init(&told, TOLD_BYTES_MAX);
		if (read_told(&read_case, &told, &err) < 0)
			fail_msg("%s: %s", feeds_of_json[i].file, err.message);
		assert_int_equal(count_lines(buffer_text(&told), "\nrecord 0 "), feeds_of_json[i].records);
		buffer_release(&told);
		buffer_release(&content);
	}
}

int json_suite_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_of_the_suite_has_its_outcome),
		cmocka_unit_test(real_feeds_have_all_their_records),
	};

	return cmocka_run_group_tests_name("json suite", tests, NULL, NULL);
}

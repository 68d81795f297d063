/*
 * Golden feeds: each folder fixtures/DIALECT/CASE has a feed (feed.xml, .json,
 * .jsonl, .csv or .tsv), the statements it makes (expected.jsonl) and the
 * complaints (complaints.jsonl); an options.yaml may set what a job would.
 * Cases of fixtures/own have a dialect of their own beside the feed. With
 * FEEDMILL_UPDATE_FIXTURES in the environment the expectations are written
 * instead, to be read by a person.
 */
#include "support.h"

#include "config/yaml.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 8

struct fixture {
	char folder[512];
	char dialect[64];
};

/* The file's content, or an empty buffer where there is none. */
static void read_file(const char *folder, const char *name, struct buffer *buffer)
{
	char path[640];
	char piece[8192];
	FILE *file;
	size_t size;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL)
		return;
	while ((size = fread(piece, 1, sizeof piece, file)) > 0)
		assert_int_equal(buffer_append(buffer, piece, size), 0);
	assert_int_equal(fclose(file), 0);
}

static void write_file(const char *folder, const char *name, const struct buffer *buffer)
{
	char path[640];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	if (buffer->size > 0)
		assert_int_equal(fwrite(buffer->data, 1, buffer->size, file), buffer->size);
	assert_int_equal(fclose(file), 0);
}

/* Everything in options.yaml that is no option of a job is one of the dialect. */
static void read_options(const struct yaml_node *root, struct mapper_options *options, struct dialect_option pairs[OPTIONS_MAX])
{
	options->options = pairs;
	for (const struct yaml_node *node = root != NULL ? root->first : NULL; node != NULL; node = node->next) {
		if (slice_equal_text(node->key, "dialect")) {
			options->dialect = node->text;
		} else if (slice_equal_text(node->key, "default_currency")) {
			(void)snprintf(options->default_currency, sizeof options->default_currency, "%s", node->text.data);
		} else if (slice_equal_text(node->key, "decimal_sign")) {
			options->decimal_sign = node->text.data[0];
		} else if (slice_equal_text(node->key, "language")) {
			options->language = node->text;
		} else if (slice_equal_text(node->key, "id_prefix")) {
			options->id_prefix = node->text;
		} else if (slice_equal_text(node->key, "category_prefix")) {
			options->category_prefix = node->text;
		} else {
			assert_true(options->option_count < OPTIONS_MAX);
			pairs[options->option_count++] = (struct dialect_option){.name = node->key, .value = node->text};
		}
	}
}

static void compare(const struct fixture *fixture, const char *name, const struct buffer *actual)
{
	struct buffer expected;
	size_t line = 1;

	buffer_init(&expected, (size_t)16 * 1024 * 1024);
	read_file(fixture->folder, name, &expected);
	if (!slice_equal(buffer_slice(&expected), buffer_slice(actual))) {
		struct slice_splitter left = slice_split(buffer_slice(&expected), (struct slice)SLICE("\n"));
		struct slice_splitter right = slice_split(buffer_slice(actual), (struct slice)SLICE("\n"));
		struct slice wanted = {NULL, 0};
		struct slice found = {NULL, 0};

		while (slice_split_next(&left, &wanted) && slice_split_next(&right, &found) && slice_equal(wanted, found))
			line++;
		fail_msg("%s/%s:%zu:\n  expected %.*s\n  found    %.*s", fixture->folder, name, line, (int)wanted.size,
		         wanted.size > 0 ? wanted.data : "", (int)found.size, found.size > 0 ? found.data : "");
	}
	buffer_release(&expected);
}

/* The only feed of the folder. */
static void read_feed_file(const struct fixture *fixture, struct buffer *feed)
{
	static const char *const names[] = {"feed.xml", "feed.json", "feed.jsonl", "feed.csv", "feed.tsv"};

	for (size_t i = 0; i < sizeof names / sizeof names[0] && feed->size == 0; i++)
		read_file(fixture->folder, names[i], feed);
	if (feed->size == 0)
		fail_msg("no feed in %s", fixture->folder);
}

static void run_fixture(const struct dialect_set *set, const struct fixture *fixture)
{
	static const size_t pieces[] = {0, 7, 1};
	struct dialect_option pairs[OPTIONS_MAX];
	struct mapper_options options = {.dialect = {NULL, 0}};
	struct config_problems problems;
	struct yaml_document document;
	struct error err = ERROR_INIT;
	struct buffer yaml;
	struct buffer feed;

	buffer_init(&yaml, 65536);
	buffer_init(&feed, (size_t)16 * 1024 * 1024);
	config_problems_init(&problems);
	read_file(fixture->folder, "options.yaml", &yaml);
	assert_int_equal(yaml_parse("options.yaml", buffer_slice(&yaml), &document, &problems, &err), 0);
	assert_int_equal(problems.count, 0);
	read_options(document.root, &options, pairs);
	read_feed_file(fixture, &feed);
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct recording recording;

		recording_init(&recording);
		read_feed(set, &options, buffer_slice(&feed), pieces[i], &recording);
		if (recording.result != 0)
			fail_msg("%s: %s", fixture->folder, recording.err.message);
		assert_string_equal(recording.dialect, fixture->dialect);
		if (getenv("FEEDMILL_UPDATE_FIXTURES") != NULL && i == 0) {
			write_file(fixture->folder, "expected.jsonl", &recording.statements);
			write_file(fixture->folder, "complaints.jsonl", &recording.complaints);
		}
		compare(fixture, "expected.jsonl", &recording.statements);
		compare(fixture, "complaints.jsonl", &recording.complaints);
		recording_release(&recording);
	}
	if (options.default_currency[0] == '\0') /* without one all prices are complained about */
		(void)snprintf(options.default_currency, sizeof options.default_currency, "EUR");
	print_message("  %zu of its records may be known\n", prove_known(set, &options, buffer_slice(&feed), buffer_slice(&feed)));
	yaml_document_release(&document);
	config_problems_release(&problems);
	buffer_release(&yaml);
	buffer_release(&feed);
}

/* The dialect is called as the folder of its case, and recognised among the shipped ones. */
static void run_with_own_dialect(struct fixture *fixture)
{
	const char *name = strrchr(fixture->folder, '/') + 1;
	char path[640];
	struct dialect_set *set;
	size_t size;
	char *yaml;

	(void)snprintf(path, sizeof path, "%s/dialect.yaml", fixture->folder);
	(void)snprintf(fixture->dialect, sizeof fixture->dialect, "%s", name);
	yaml = read_whole(path, &size);
	set = shipped_dialects(&(struct dialect_text){.file = path, .name = slice_from(name), .yaml = slice_make(yaml, size)}, 1);
	run_fixture(set, fixture);
	dialect_set_free(set);
	free(yaml);
}

/* `set`: NULL where each case has a dialect of its own. */
static size_t run_fixtures_of(const struct dialect_set *set, const char *dialect)
{
	struct fixture fixture;
	struct dirent **entries;
	char folder[256];
	size_t ran = 0;
	int count;

	(void)snprintf(folder, sizeof folder, "%s/fixtures/%s", FEEDMILL_SOURCE_DIR, dialect);
	(void)snprintf(fixture.dialect, sizeof fixture.dialect, "%s", dialect);
	count = scandir(folder, &entries, NULL, alphasort);
	if (count < 0)
		fail_msg("no folder %s", folder);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			(void)snprintf(fixture.folder, sizeof fixture.folder, "%s/%s", folder, entries[i]->d_name);
			print_message("%s/%s\n", dialect, entries[i]->d_name);
			if (set != NULL)
				run_fixture(set, &fixture);
			else
				run_with_own_dialect(&fixture);
			ran++;
		}
		free(entries[i]);
	}
	free(entries);
	return ran;
}

static void golden_feeds_make_what_is_expected(void **state)
{
	struct dialect_set *set = all_shipped_dialects();

	(void)state;
	for (size_t i = 0; i < dialect_set_count(set); i++)
		if (run_fixtures_of(set, dialect_set_name(set, i)) == 0)
			fail_msg("the shipped dialect '%s' has no case in fixtures/", dialect_set_name(set, i));
	dialect_set_free(set);
}

static void golden_feeds_with_dialects_of_their_own_make_what_is_expected(void **state)
{
	(void)state;
	assert_true(run_fixtures_of(NULL, "own") >= 3);
}

int run_fixture_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_feeds_make_what_is_expected),
		cmocka_unit_test(golden_feeds_with_dialects_of_their_own_make_what_is_expected),
	};

	return cmocka_run_group_tests_name("fixture", tests, NULL, NULL);
}

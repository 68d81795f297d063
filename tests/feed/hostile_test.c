/* Files that others use to break parsers, and real feeds, where they are at hand. */
#include "feed_tests.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static const char paths[] = "/rss/channel/item /*/*/*/offer /*/*/* @/* @/*/*";

/* Whole and in pieces; both must end alike. */
static void check_file(const char *path, size_t piece_max)
{
	struct read_case read_case = {.paths = paths};
	struct buffer content;
	struct buffer whole;
	struct buffer pieces;
	struct error err;
	int result;

	read_file(path, &content);
	read_case.input = buffer_slice(&content);
	buffer_init(&whole, TOLD_BYTES_MAX);
	buffer_init(&pieces, TOLD_BYTES_MAX);
	result = read_told(&read_case, &whole, &err);
	if (result < 0)
		assert_true(err.code != ERROR_NONE && err.message[0] != '\0');
	read_case.piece_max = piece_max;
	if (read_told(&read_case, &pieces, &err) != result)
		fail_msg("%s: %s", path, buffer_text(&pieces));
	if (result == 0 && strcmp(buffer_text(&whole), buffer_text(&pieces)) != 0)
		fail_msg("%s is told differently in pieces of %zu", path, piece_max);
	buffer_release(&whole);
	buffer_release(&pieces);
	buffer_release(&content);
}

static size_t check_folder(const char *folder, const char *suffix, size_t piece_max)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	size_t count = 0;

	if (directory == NULL)
		return 0;
	while ((entry = readdir(directory)) != NULL) {
		char path[4096];
		const size_t size = strlen(entry->d_name);

		if (entry->d_type != DT_REG || size < strlen(suffix) || strcmp(entry->d_name + size - strlen(suffix), suffix) != 0)
			continue;
		/* '<!DOCTYPE doc>[]>': libxml2 takes the '[' for the start of a subset where it is there already. */
		if (strcmp(entry->d_name, "doctype1.xml") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		check_file(path, piece_max);
		count++;
	}
	closedir(directory);
	return count;
}

static void hostile_files_never_crash_the_reader(void **state)
{
	static const char *const folders[] = {"feedparser-encoding", "feedparser-illformed", "libxml2-errors", "libxml2-recurse"};
	const char *feeds = feeds_folder();

	(void)state;
	if (feeds == NULL)
		skip();
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char folder[4096];

		snprintf(folder, sizeof(folder), "%s/hostile/%s", feeds, folders[i]);
		assert_true(check_folder(folder, "", 1) > 0);
	}
}

static void real_feeds_are_read_alike_whole_and_in_pieces(void **state)
{
	const char *feeds = feeds_folder();

	(void)state;
	if (feeds == NULL)
		skip();
	assert_true(check_folder(feeds, ".xml", 61) > 0);
	assert_true(check_folder(feeds, ".json", 61) > 0);
	assert_true(check_folder(feeds, ".jsonl", 61) > 0);
}

int hostile_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_files_never_crash_the_reader),
		cmocka_unit_test(real_feeds_are_read_alike_whole_and_in_pieces),
	};

	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}

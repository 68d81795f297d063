/* Tables of real shops, where they are at hand: as many rows as an independent count says. */
#include "feed_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_named(const char *folder, const char *name, struct buffer *content)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (access(path, R_OK) < 0)
		return false;
	read_file(path, content);
	return true;
}

/* facts.json, to the extent needed: the number behind `key` within the object of `name`; -1 = not there. */
static long find_fact(struct slice facts, const char *name, const char *key)
{
	char quoted[256];
	size_t at;

	snprintf(quoted, sizeof(quoted), "\"%s\": {", name);
	at = slice_find(facts, slice_from(quoted));
	if (at == SIZE_MAX)
		return -1;
	facts = slice_make(facts.data + at, facts.size - at);
	snprintf(quoted, sizeof(quoted), "\"%s\": ", key);
	at = slice_find(facts, slice_from(quoted));
	return at == SIZE_MAX ? -1 : strtol(facts.data + at + strlen(quoted), NULL, 10);
}

static long count_records(const char *told)
{
	long count = 0;

	for (; (told = strstr(told, "\nrecord 0 ")) != NULL; told++)
		count++;
	return count;
}

static void check_table(const char *folder, struct slice facts, const char *name)
{
	const long rows = find_fact(facts, name, "rows");
	struct read_case read_case = {.paths = "/*/*"};
	struct buffer content;
	struct buffer whole;
	struct buffer pieces;
	struct error err;

	assert_true(read_named(folder, name, &content));
	read_case.input = buffer_slice(&content);
	buffer_init(&whole, TOLD_BYTES_MAX);
	buffer_init(&pieces, TOLD_BYTES_MAX);
	if (read_told(&read_case, &whole, &err) < 0)
		fail_msg("%s: %s", name, err.message);
	if (count_records(buffer_text(&whole)) != rows)
		fail_msg("%s: %ld rows, not %ld", name, count_records(buffer_text(&whole)), rows);
	assert_null(strstr(buffer_text(&whole), "\nfault "));
	read_case.piece_max = 1;
	assert_int_equal(read_told(&read_case, &pieces, &err), 0);
	if (!slice_equal(buffer_slice(&whole), buffer_slice(&pieces)))
		fail_msg("%s is told differently byte by byte", name);
	buffer_release(&pieces);
	buffer_release(&whole);
	buffer_release(&content);
}

static void real_tables_have_the_rows_that_they_are_known_to_have(void **state)
{
	static const char *const names[] = {
		"facebook-dagra.csv",        "magento-sample-gear-bags.csv",
		"medusa-exported-comma.csv", "medusa-exported-semicolon.csv",
		"medusa-invalid-prices.csv", "off-products.tsv",
		"shopify-apparel.csv",       "shopify-jewelery.csv",
		"vendure-products.csv",      "woo-bambini-variations.csv",
	};
	const char *folder = feeds_folder();
	struct buffer facts;

	(void)state;
	if (folder == NULL)
		skip();
	if (!read_named(folder, "facts.json", &facts)) {
		print_message("no facts.json in '%s'\n", folder);
		buffer_release(&facts);
		skip();
	}
	assert_non_null(buffer_text(&facts));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_table(folder, buffer_slice(&facts), names[i]);
	buffer_release(&facts);
}

int csv_file_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_tables_have_the_rows_that_they_are_known_to_have),
	};

	return cmocka_run_group_tests_name("csv files", tests, NULL, NULL);
}

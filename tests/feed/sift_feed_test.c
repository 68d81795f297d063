/* The sift on real feeds, where they are at hand. */
#include "feed_tests.h"
#include "sift_check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What shipped dialects select, and what makes much of each file a record. */
static const char *const selections[] = {
	"+/yml_catalog/shop/offers/offer +/yml_catalog/shop/categories/category /yml_catalog/shop/currencies/currency "
	"+/rss/channel/item +/*/*/product +/*/item +/*/entry +/SHOP/SHOPITEM @/* @/*/* +/#/#/products/# +/*/*/*",
	"+/*/*",
	"+/*/*/*/*",
	"@/* +/*/*/*|http://base.google.com/ns/1.0 /*/title +/*/item +/*/*/variants/# +/#/products/#",
};

static const struct {
	unsigned percent;
	size_t piece_max;
} ways[] = {{100, 1}, {50, 100}, {90, 70000}, {99, 4000}};

struct totals {
	size_t files;
	size_t seeing;
	uint64_t records;
	uint64_t known;
};

static void check_content(const char *path, struct slice content, struct totals *totals)
{
	for (size_t i = 0; i < sizeof(selections) / sizeof(selections[0]); i++) {
		for (size_t j = 0; j < sizeof(ways) / sizeof(ways[0]); j++) {
			const struct sift_check check = {
				.content = content,
				.paths = selections[i],
				.is_csv = strstr(path, ".csv") != NULL || strstr(path, ".tsv") != NULL,
				.is_json_lines = strstr(path, ".jsonl") != NULL,
				.choice = content.size + i,
				.percent = ways[j].percent,
				.piece_max = ways[j].piece_max,
			};
			struct sift_check_result result;

			/* Each selection two ways, others for another file. One byte at a time takes long. */
			if ((i + j + totals->files) % 2 != 0)
				continue;
			if (ways[j].piece_max == 1 && content.size > 200000)
				continue;
			if (!sift_check_run(&check, &result))
				fail_msg("%s, selection %zu, %u %% known, pieces of %zu: %s", path, i, ways[j].percent,
				         ways[j].piece_max, result.fault);
			totals->seeing += result.blindness == SIFT_SEES;
			totals->records += result.records;
			totals->known += result.known;
			if (getenv("FEEDMILL_SIFT_TOLD") != NULL && result.blindness != SIFT_SEES && j == 1)
				print_message("%s: blind, %s\n", path, sift_blindness_text(result.blindness));
		}
	}
}

static void check_folder(const char *folder, struct totals *totals)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL) {
		struct buffer content;
		char path[4096];

		if (entry->d_name[0] == '.' || strstr(entry->d_name, "MANIFEST") != NULL ||
		    strcmp(entry->d_name, "facts.json") == 0)
			continue;
		/* '<!DOCTYPE doc>[]>': libxml2 takes the '[' for the start of a subset where it is there already. */
		if (strcmp(entry->d_name, "doctype1.xml") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR) {
			check_folder(path, totals);
			continue;
		}
		read_file(path, &content);
		check_content(path, buffer_slice(&content), totals);
		totals->files++;
		buffer_release(&content);
	}
	closedir(directory);
}

static void real_feeds_are_told_alike_sifted_and_whole(void **state)
{
	const char *folder = feeds_folder();
	struct totals totals = {.files = 0};

	(void)state;
	if (folder == NULL)
		skip();
	check_folder(folder, &totals);
	print_message("%zu files; %llu records told, %llu of them left out; %zu readings to the end without going blind\n",
	              totals.files, (unsigned long long)totals.records, (unsigned long long)totals.known, totals.seeing);
	assert_true(totals.files > 100 && totals.known > 50000);
}

int sift_feed_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_feeds_are_told_alike_sifted_and_whole),
	};

	return cmocka_run_group_tests_name("sift feeds", tests, NULL, NULL);
}

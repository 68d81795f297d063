/*
 * Known records are invisible: whatever was done before, a run that leaves
 * them out does, counts and complains of just what one does that reads all.
 * Random histories of two jobs, each run done both ways from the same store.
 */
#include "apply_random.h"
#include "apply_tests.h"
#include "known_support.h"
#include "undo_support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORIES 80
#define HISTORIES_PER_STORE 8
#define RUNS 8

struct tally {
	unsigned runs;
	unsigned with_known;
	unsigned in_doubt;
	int64_t offered;
	int64_t known;
	int64_t read;
};

/* What beside the catalogue's rows a run leaves: its changes, its complaints, what an undo needs, what decides the next one. */
static const char *const logs[] = {
	"SELECT kind, item_id, action, before, after FROM change WHERE run_id = @ ORDER BY 1, 2, 3, 4, 5",
	"SELECT severity, code, kind, item_id, field, text, record, stream_offset FROM complaint WHERE run_id = @"
	" ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
	"SELECT source, item_id, detail, before, after FROM undo_row WHERE run_id = @ ORDER BY 1, 2, 3, 4, 5",
	"SELECT job_key, catalog_key, is_clean, awaits_items, owes_products, categories_present, products_present, skus_present"
	" FROM job_memory WHERE @ > 0 ORDER BY 1, 2",
};

static void assert_same_logs(struct world *left, struct world *right, int64_t run_id)
{
	for (size_t index = 0; index < sizeof(logs) / sizeof(logs[0]); index++) {
		char *sql = with_key(logs[index], run_id);
		char *expected = world_query(right, sql);

		assert_query(left, sql, expected);
		free(expected);
		free(sql);
	}
}

/* All but how many records were read. */
static void assert_same_results(const struct known_run *known, const struct known_run *full)
{
	struct run_counts counts = known->result.counts;

	assert_string_equal(known->result.digest, full->result.digest);
	assert_int_equal(counts.records.read, full->result.counts.records.read);
	assert_int_equal(counts.records.mapped + counts.records.known, full->result.counts.records.mapped);
	counts.records = full->result.counts.records;
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		assert_memory_equal(&counts.kinds[kind], &full->result.counts.kinds[kind], sizeof(counts.kinds[kind]));
		assert_memory_equal(&counts.stock[kind], &full->result.counts.stock[kind], sizeof(counts.stock[kind]));
	}
	assert_memory_equal(&counts, &full->result.counts, sizeof(counts));
}

/* The same run both ways; `world` goes on with one of them. */
static int64_t run_both(struct world *world, const struct feed *feed, const struct run_options *options, bool goes_on_full,
                        struct tally *tally)
{
	struct world other;
	struct known_run known;
	struct known_run full;
	char *expected;
	char seed[65];

	(void)snprintf(seed, sizeof(seed), "%d %d %d %d %d %d %" PRIx64 " %" PRIx64 " %d", options->policy.mode,
	               options->policy.scope, options->missing, (int)options->policy.missing_after, options->policy.categories,
	               options->policy.duplicates, options->policy.keep_absent, options->policy.keep_empty,
	               (int)options->policy.take_over_count);
	world_copy(world, &other);
	world_execute(&other, "PRAGMA synchronous = OFF");
	known_run(goes_on_full ? &other : world, feed, options, seed, true, &known);
	known_run(goes_on_full ? world : &other, feed, options, seed, false, &full);
	print_message("             known %d of %d offered, %d read\n", (int)known.known, (int)known.offered,
	              (int)known.result.counts.records.read);
	assert_same_results(&known, &full);
	expected = dump_all(&other, options->catalog);
	assert_dump(world, options->catalog, expected);
	free(expected);
	assert_same_logs(world, &other, known.result.run_id);
	world_close(&other);
	tally->runs++;
	tally->with_known += known.known > 0;
	tally->in_doubt += known.was_in_doubt;
	tally->offered += known.offered;
	tally->known += known.known;
	tally->read += known.result.counts.records.read;
	return known.result.run_id;
}

/* `sql` with '@' replaced. free() it. */
static char *with_text(const char *sql, const char *text)
{
	const char *const place = strchr(sql, '@');
	char *whole;

	assert_int_not_equal(asprintf(&whole, "%.*s%s%s", (int)(place - sql), sql, text, place + 1), -1);
	return whole;
}

static void edit_by_hand(struct world *world, struct chance *chance, const char *catalog)
{
	static const char *const edits[] = {
		"UPDATE sku SET name = 'by hand' WHERE catalog = '@' AND sku_id = 's1'",
		"UPDATE sku SET status = 'missing' WHERE catalog = '@' AND sku_id = 's2'",
		"DELETE FROM sku WHERE catalog = '@' AND sku_id = 's3'",
		"UPDATE product SET brand = NULL WHERE catalog = '@' AND product_id = 'p1'",
		"DELETE FROM product WHERE catalog = '@' AND product_id = 'x1'",
		"UPDATE category SET name = 'by hand' WHERE catalog = '@' AND category_id = 'c1'",
		"DELETE FROM category WHERE catalog = '@' AND category_id = 'c2'",
		"UPDATE sku SET suppressed = 1 WHERE catalog = '@'",
		"INSERT OR IGNORE INTO field (catalog, entity, field_id, value_type, required) VALUES ('@', 'sku', 'size', 'bool', 1)",
		/* past the views: only the counts tell */
		"DELETE FROM sku_data WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = '@') AND sku_id = 's4'",
	};
	char *sql = with_text(edits[chance_below(chance, sizeof(edits) / sizeof(edits[0]))], catalog);

	print_message("             %s\n", sql);
	world_execute(world, sql);
	free(sql);
}

static struct run_options known_options(struct chance *chance, const char *catalog, size_t job)
{
	struct run_options options = random_run_options(chance, catalog, job);

	if (chance_percent(chance, 85))
		options.policy.scope = APPLY_SCOPE_ALL;
	if (options.policy.mode == APPLY_MODE_ADD && chance_percent(chance, 70))
		options.policy.mode = APPLY_MODE_UPSERT;
	options.is_dry = chance_percent(chance, 5);
	return options;
}

static void run_history(struct world *world, unsigned index, bool is_plain, struct tally *tally)
{
	struct chance chance = {.state = index * UINT64_C(6700417)};
	const struct random_options kind = {.rejects = true, .is_plain = is_plain};
	struct random_feed feeds[2];
	struct run_options options[2];
	int64_t last_run = 0;
	char catalog[64];

	(void)snprintf(catalog, sizeof(catalog), "c%u", index);
	for (size_t job = 0; job < 2; job++) {
		random_feed_first(&chance, &feeds[job]);
		options[job] = known_options(&chance, catalog, job);
	}
	for (unsigned run = 0; run < RUNS; run++) {
		const size_t job = chance_percent(&chance, 85) ? 0 : 1;
		struct undo_result undone;
		struct feed feed;

		print_message("           history %u, run %u, job %zu\n", index, run, job);
		if (chance_percent(&chance, 12))
			options[job] = known_options(&chance, catalog, job);
		if (last_run > 0 && chance_percent(&chance, 12))
			edit_by_hand(world, &chance, catalog);
		random_feed_build(&feeds[job], &kind, &feed);
		last_run = run_both(world, &feed, &options[job], chance_percent(&chance, 20), tally);
		feed_release(&feed);
		if (!options[job].is_dry && chance_percent(&chance, 8))
			(void)undo_run(world, last_run, true, &undone);
		if (chance_percent(&chance, 70))
			random_feed_next(&chance, &feeds[job]);
	}
}

static struct tally run_histories(unsigned first, bool is_plain)
{
	struct tally tally = {.runs = 0};
	struct world world;

	for (unsigned index = 0; index < HISTORIES; index++) {
		if (index % HISTORIES_PER_STORE == 0)
			world_open(&world);
		world_execute(&world, "PRAGMA synchronous = OFF");
		run_history(&world, first + index, is_plain, &tally);
		if (index % HISTORIES_PER_STORE == HISTORIES_PER_STORE - 1)
			world_close(&world);
	}
	print_message("%u runs, %u with known records, %u in doubt; %d known of %d read, %d offered\n", tally.runs,
	              tally.with_known, tally.in_doubt, (int)tally.known, (int)tally.read, (int)tally.offered);
	return tally;
}

static void known_records_are_invisible(void **state)
{
	const struct tally tally = run_histories(0, true);

	(void)state;
	/* The histories are made so that much is known; doubt is rare. */
	assert_true(tally.with_known * 4 > tally.runs);
	assert_true(tally.known * 8 > tally.read);
	assert_true(tally.in_doubt * 12 < tally.runs);
}

static void known_records_are_invisible_among_all_kinds_of_others(void **state)
{
	const struct tally tally = run_histories(100000, false);

	(void)state;
	assert_true(tally.in_doubt * 12 < tally.runs);
}

int apply_known_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_records_are_invisible),
		cmocka_unit_test(known_records_are_invisible_among_all_kinds_of_others),
	};

	return cmocka_run_group_tests_name("known records", tests, NULL, NULL);
}

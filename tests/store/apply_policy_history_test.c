/*
 * Random histories over all policies, of one job and of two: sums hold, a dry
 * run plans what the run does, the same feed again changes nothing, nothing
 * outside the scope changes, a job that believes its feed unchanged is right,
 * and the default policies find back to what a fresh import makes.
 */
#include "apply_history.h"
#include "apply_random.h"
#include "apply_tests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HISTORIES 60
#define HISTORIES_PER_STORE 30
#define RUNS 6

/* What a policy may not touch, as queries over a catalogue and the job: the same rows before and behind the run. */

#define OTHER_COLUMNS                                                                                                               \
	"sku_id, product_id, product_link, name, description, url, brand, condition, gtin, mpn, merchant_sku, images, attributes, " \
	"tags, weight_g, status, suppressed, job_key, categories, extra"

static const char categories_query[] =
	"SELECT category_id, parent_id, name, path, position, url, status, job_key, extra FROM category_data"
	" WHERE catalog_key = @ ORDER BY category_id";
static const char products_query[] =
	"SELECT product_id, origin, name, description, brand, url, status, job_key, categories, price_micros"
	" FROM product_data WHERE catalog_key = @ ORDER BY product_id";
static const char skus_query[] = "SELECT " OTHER_COLUMNS " FROM sku_data WHERE catalog_key = @ ORDER BY sku_id";
struct watch {
	const char *queries[4];
	char *before[4];
	size_t count;
};

static char *watch_query(struct world *world, const char *catalog, const char *sql)
{
	char *text = with_key(sql, catalog_key(world, catalog));
	char *rows = world_query(world, text);

	free(text);
	return rows;
}

static void watch_begin(struct world *world, const struct run_options *options, struct watch *watch)
{
	watch->count = 0;
	if (world_number(world, "SELECT count(*) FROM catalog_name") == 0)
		return;
	if (options->policy.scope != APPLY_SCOPE_ALL) {
		watch->queries[watch->count++] = categories_query;
		watch->queries[watch->count++] = products_query;
	} else if (options->policy.categories == APPLY_CATEGORIES_IGNORE) {
		watch->queries[watch->count++] = categories_query;
	}
	if (options->policy.scope == APPLY_SCOPE_PRICES || options->policy.scope == APPLY_SCOPE_TEXTS)
		watch->queries[watch->count++] = skus_query;
	for (size_t index = 0; index < watch->count; index++)
		watch->before[index] = watch_query(world, options->catalog, watch->queries[index]);
}

static void watch_end(struct world *world, const struct run_options *options, struct watch *watch)
{
	for (size_t index = 0; index < watch->count; index++) {
		char *after = watch_query(world, options->catalog, watch->queries[index]);

		assert_string_equal(after, watch->before[index]);
		free(after);
		free(watch->before[index]);
	}
}

/* The last run of a job, to be asked again. */
struct last_run {
	struct random_feed random;
	struct run_options options;
	bool has_run;
};

static void build(const struct last_run *run, struct feed *ret_feed)
{
	random_feed_build(&run->random, &(struct random_options){.rejects = true}, ret_feed);
}

static bool believes_unchanged(struct world *world, const struct run_options *options)
{
	const struct run_ticket ticket = world_ticket(world, options->job, options->catalog);
	struct error err = ERROR_INIT;
	struct job_memory memory;

	assert_int_equal(store_job_memory_read(world->store, &ticket, &memory, &err), 0);
	world_end_run(world, &ticket, "unchanged");
	return memory.is_clean;
}

/* A job that would not read its feed again must be right in it. */
static void assert_unchanged_is_true(struct world *world, const struct last_run *run)
{
	struct run_result result;
	struct feed feed;

	if (!run->has_run || !believes_unchanged(world, &run->options))
		return;
	build(run, &feed);
	run_dry(world, &feed, run->options, &result);
	assert_changes_nothing(&result);
	feed_release(&feed);
}

static void run_one(struct world *world, struct last_run *run, bool dry_first)
{
	struct run_result dry;
	struct run_result result;
	struct watch watch;
	struct feed feed;

	print_message("             %s: mode %d scope %d missing %d after %d categories %d duplicates %d absent %" PRIx64
	              " empty %" PRIx64 "%s%s\n",
	              run->options.job, run->options.policy.mode, run->options.policy.scope, run->options.missing,
	              (int)run->options.policy.missing_after, run->options.policy.categories, run->options.policy.duplicates,
	              run->options.policy.keep_absent, run->options.policy.keep_empty,
	              run->options.policy.take_over_count > 0 ? " takes over" : "", run->options.is_unproven ? " unproven" : "");
	build(run, &feed);
	watch_begin(world, &run->options, &watch);
	if (dry_first)
		run_dry(world, &feed, run->options, &dry);
	feed_run(world, &feed, &run->options, &result);
	watch_end(world, &run->options, &watch);
	if (dry_first) {
		assert_string_equal(dry.digest, result.digest);
		assert_memory_equal(&dry.counts, &result.counts, sizeof(dry.counts));
	}
	assert_rows_sound(world, run->options.catalog);
	if (run->options.policy.scope == APPLY_SCOPE_ALL)
		assert_products_of(world, run->options.catalog, run->options.job);
	run->has_run = true;
	feed_release(&feed);
	assert_unchanged_is_true(world, run);
}

static void two_jobs_agree_under_any_policies(void **state)
{
	struct world world;

	(void)state;
	for (unsigned index = 0; index < HISTORIES; index++) {
		struct chance chance = {.state = index * UINT64_C(104729)};
		struct last_run runs[2] = {{.has_run = false}, {.has_run = false}};
		char catalog[64];

		if (index % HISTORIES_PER_STORE == 0)
			world_open(&world);
		(void)snprintf(catalog, sizeof(catalog), "c%u", index);
		for (size_t job = 0; job < 2; job++)
			random_feed_first(&chance, &runs[job].random);
		for (unsigned run = 0; run < RUNS; run++) {
			const size_t job = chance_below(&chance, 2);

			print_message("           history %u, run %u\n", index, run);
			if (!runs[job].has_run || chance_percent(&chance, 40))
				runs[job].options = random_run_options(&chance, catalog, job);
			run_one(&world, &runs[job], run % 2 == 0);
			assert_unchanged_is_true(&world, &runs[1 - job]);
			if (chance_percent(&chance, 70))
				random_feed_next(&chance, &runs[job].random);
			else
				continue;
			runs[job].has_run = false; /* its feed is another now */
		}
		if (index % HISTORIES_PER_STORE == HISTORIES_PER_STORE - 1)
			world_close(&world);
	}
}

/* Whatever was done before: upsert, all, clear and mark make what a fresh import makes. */
static void one_job_finds_back_from_any_policies(void **state)
{
	struct world world;

	(void)state;
	for (unsigned index = 0; index < HISTORIES; index++) {
		struct chance chance = {.state = index * UINT64_C(15485863)};
		struct last_run run = {.has_run = false};
		struct run_result result;
		struct feed feed;
		char catalog[64];
		char fresh[80];
		char *found;
		char *expected;

		if (index % HISTORIES_PER_STORE == 0)
			world_open(&world);
		(void)snprintf(catalog, sizeof(catalog), "c%u", index);
		(void)snprintf(fresh, sizeof(fresh), "fresh-%u", index);
		random_feed_first(&chance, &run.random);
		for (unsigned turn = chance_below(&chance, RUNS); turn > 0; turn--) {
			print_message("           history %u, %u to go\n", index, turn);
			run.options = random_run_options(&chance, catalog, 0);
			run_one(&world, &run, turn % 2 == 0);
			random_feed_next(&chance, &run.random);
		}
		random_feed_build(&run.random, &(struct random_options){.rejects = false}, &feed);
		feed_run(&world, &feed, &(struct run_options){.catalog = catalog, .missing = APPLY_MISSING_MARK}, &result);
		feed_run(&world, &feed, &(struct run_options){.catalog = fresh, .missing = APPLY_MISSING_MARK}, &result);
		found = dump(&world, catalog);
		expected = dump(&world, fresh);
		assert_string_equal(found, expected);
		free(found);
		free(expected);
		feed_release(&feed);
		if (index % HISTORIES_PER_STORE == HISTORIES_PER_STORE - 1)
			world_close(&world);
	}
}

int apply_policy_history_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_jobs_agree_under_any_policies),
		cmocka_unit_test(one_job_finds_back_from_any_policies),
	};

	return cmocka_run_group_tests_name("histories over policies", tests, NULL, NULL);
}

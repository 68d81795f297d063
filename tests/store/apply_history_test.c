/*
 * Random histories with fixed seeds: whatever feeds came before, sums hold,
 * a dry run plans what the run does, a second run of a feed changes
 * nothing, and the catalogue is what a fresh import of the last feed makes.
 */
#include "apply_history.h"
#include "apply_random.h"
#include "apply_tests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORIES 80 /* of each policy */
#define HISTORIES_PER_STORE 40
#define CATALOG_PLACE "@"

/* Content of what is present in one catalogue, without keys, runs and jobs. */
static const char *const contents[] = {
	"SELECT 'category', category_id, parent_id, name, path, position, url, status, extra, texts FROM category_data"
	" WHERE catalog_key = @ AND status <> 'missing' ORDER BY category_id",
	"SELECT 'product', product_id, origin, name, description, brand, url, images, attributes, tags, status, extra, categories,"
	" price_micros, currency, texts, custom_fields, children, parts FROM product_data WHERE catalog_key = @ AND status <> 'missing' ORDER BY product_id",
	"SELECT 'in', p.product_id, k.category_id, n.position FROM product_category_data n JOIN product_data p USING (product_key)"
	" JOIN category_name k USING (category_number) WHERE p.catalog_key = @ AND p.status <> 'missing' ORDER BY p.product_id, n.position",
	"SELECT 'sku', sku_id, product_id, product_link, name, description, url, brand, price_micros, images, attributes, tags, status,"
	" categories, prices, stocks, extra, texts, custom_fields, reference, parts FROM sku_data JOIN offer_data USING (sku_key) WHERE catalog_key = @ AND status <> 'missing' ORDER BY sku_id",
	"SELECT 'price', s.sku_id, p.kind, p.currency, p.min_quantity_micros, p.region, p.valid_from_ms, p.valid_to_ms, p.amount_micros"
	" FROM price_data p JOIN sku_data s USING (sku_key) WHERE s.catalog_key = @ AND s.status <> 'missing'"
	" ORDER BY s.sku_id, p.kind",
	"SELECT 'stock', s.sku_id, t.place, t.quantity_micros, t.availability FROM stock_data t JOIN sku_data s USING (sku_key)"
	" WHERE s.catalog_key = @ AND s.status <> 'missing' ORDER BY s.sku_id, t.place",
	"SELECT 'text', x.entity, x.item_id, x.field, x.language, x.value FROM text x JOIN catalog_name n USING (catalog)"
	" WHERE n.catalog_key = @ AND (x.entity, x.item_id) IN (SELECT 'sku', sku_id FROM sku_data WHERE catalog_key = @ AND"
	" status <> 'missing' UNION ALL SELECT 'product', product_id FROM product_data WHERE catalog_key = @ AND status <> 'missing'"
	" UNION ALL SELECT 'category', category_id FROM category_data WHERE catalog_key = @ AND status <> 'missing')"
	" ORDER BY x.entity, x.item_id, x.field, x.language",
	"SELECT 'part', kind, item_id, position, content FROM part_data WHERE catalog_key = @ ORDER BY kind, item_id, position, content",
};

int64_t world_number(struct world *world, const char *sql)
{
	char *text = world_query(world, sql);
	const int64_t value = strtoll(text, NULL, 10);

	free(text);
	return value;
}

int64_t catalog_key(struct world *world, const char *catalog)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql), "SELECT catalog_key FROM catalog_name WHERE catalog = '%s'", catalog);
	return world_number(world, sql);
}

/* `sql` with every '@' replaced by the key. */
char *with_key(const char *sql, int64_t key)
{
	char *text = calloc(1, strlen(sql) + 64 * 8);
	char *place = text;

	assert_non_null(text);
	for (; *sql != '\0'; sql++) {
		if (*sql == CATALOG_PLACE[0])
			place += snprintf(place, 24, "%" PRId64, key);
		else
			*place++ = *sql;
	}
	return text;
}

static char *dump_one(struct world *world, const char *catalog, size_t index)
{
	char *sql = with_key(contents[index], catalog_key(world, catalog));
	char *text = world_query(world, sql);

	free(sql);
	return text;
}

char *dump(struct world *world, const char *catalog)
{
	struct buffer text;

	buffer_init(&text, (size_t)1 << 24);
	for (size_t index = 0; index < sizeof(contents) / sizeof(contents[0]); index++) {
		char *part = dump_one(world, catalog, index);

		(void)buffer_append_format(&text, "%s\n", part);
		free(part);
	}
	assert_non_null(buffer_text(&text));
	return text.data;
}

void assert_changes_nothing(const struct run_result *result)
{
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		assert_int_equal(result->counts.kinds[kind].created, 0);
		assert_int_equal(result->counts.kinds[kind].updated, 0);
		assert_int_equal(result->counts.kinds[kind].restored, 0);
		assert_int_equal(result->counts.stock[kind].removed, 0);
		assert_int_equal(result->counts.stock[kind].adopted, 0);
		assert_int_equal(result->counts.stock[kind].released, 0);
	}
	assert_string_equal(result->digest, "00000000000000000000000000000000");
}

/* A dry run: it leaves all as it was. */
void run_dry(struct world *world, const struct feed *feed, struct run_options options, struct run_result *ret_result)
{
	char *before = dump(world, options.catalog);
	char *after;

	options.is_dry = true;
	feed_run(world, feed, &options, ret_result);
	after = dump(world, options.catalog);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* The same again: it finds nothing to do, and says the same of the feed. */
static void run_again(struct world *world, const struct feed *feed, const struct run_options *options,
                      const struct run_result *first)
{
	struct run_result again;
	char *before = dump(world, options->catalog);
	char *after;

	feed_run(world, feed, options, &again);
	assert_changes_nothing(&again);
	assert_memory_equal(again.counts.complaints_new, first->counts.complaints_new, sizeof(again.counts.complaints_new));
	after = dump(world, options->catalog);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* The run, with a dry one before it or the same again behind it, in turn. */
static void run_checked(struct world *world, const struct feed *feed, const struct run_options *options, bool dry_first,
                        struct run_result *ret_result)
{
	struct run_result dry;

	if (dry_first)
		run_dry(world, feed, *options, &dry);
	feed_run(world, feed, options, ret_result);
	if (dry_first) {
		assert_string_equal(dry.digest, ret_result->digest);
		assert_memory_equal(&dry.counts, &ret_result->counts, sizeof(dry.counts));
	} else {
		run_again(world, feed, options, ret_result);
	}
}

/* Rows by their first columns, of SKUs that one catalogue has and the other has not, or has otherwise. */
static int64_t count_beyond(struct world *world, int64_t key, int64_t other, const char *more)
{
	char sql[2048];

	(void)snprintf(
		sql, sizeof(sql),
		"WITH one AS (SELECT sku_id, product_id, product_link, name, description, price_micros, status, categories, extra"
		" FROM sku_data JOIN offer_data USING (sku_key) WHERE catalog_key = %" PRId64
		" AND status <> 'missing'), other AS (SELECT sku_id, product_id,"
		" product_link, name, description, price_micros, status, categories, extra FROM sku_data JOIN offer_data USING (sku_key)"
		" WHERE catalog_key = %" PRId64 " AND status <> 'missing') SELECT count(*) FROM"
		" (SELECT * FROM one EXCEPT SELECT * FROM other) WHERE %s",
		key, other, more);
	return world_number(world, sql);
}

/*
 * With rejected records some rows are older than the feed: just as many as
 * were counted. A SKU that stands alone may be missing instead, where a kept
 * one names it as its product.
 */
static void assert_converged_but_kept(struct world *world, const char *catalog, const char *fresh, const struct run_result *result)
{
	const int64_t key = catalog_key(world, catalog);
	const int64_t fresh_key = catalog_key(world, fresh);
	char named[256];

	assert_int_equal(count_beyond(world, key, fresh_key, "true"), result->counts.kinds[ITEM_SKU].kept);
	(void)snprintf(named, sizeof(named),
	               "sku_id NOT IN (SELECT product_id FROM sku_data WHERE catalog_key = %" PRId64 " AND status <> 'missing')",
	               key);
	assert_int_equal(count_beyond(world, fresh_key, key, named), 0);
}

static void assert_converged(struct world *world, const char *catalog, const struct feed *feed, const struct run_result *result,
                             enum apply_missing missing)
{
	char fresh[80];
	struct run_result fresh_result;
	int64_t kept = 0;
	char *expected;
	char *found;

	(void)snprintf(fresh, sizeof(fresh), "fresh-%s", catalog);
	feed_run(world, feed, &(struct run_options){.catalog = fresh, .missing = missing}, &fresh_result);
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		kept += result->counts.kinds[kind].kept;
	/* The product of a rejected SKU's id is kept without a statement to count it by. */
	if (kept > 0 || result->counts.kinds[ITEM_SKU].rejected > 0) {
		assert_converged_but_kept(world, catalog, fresh, result);
		return;
	}
	expected = dump(world, fresh);
	found = dump(world, catalog);
	assert_string_equal(found, expected);
	free(expected);
	free(found);
}

static void assert_no_faults(struct world *world, const char *catalog, const char *const *faults, size_t count)
{
	for (size_t index = 0; index < count; index++) {
		char *text = with_key(faults[index], catalog_key(world, catalog));

		assert_query(world, text, "0");
		free(text);
	}
}

void assert_rows_sound(struct world *world, const char *catalog)
{
	static const char *const faults[] = {
		/* a category without holders, or whose owner does not hold it */
		"SELECT count(*) FROM category_data c WHERE catalog_key = @ AND status <> 'missing' AND NOT EXISTS (SELECT 1 FROM"
		" category_holder h WHERE h.category_key = c.category_key AND h.job_key = c.job_key)",
		"SELECT count(*) FROM category_data c WHERE catalog_key = @ AND status = 'missing' AND EXISTS (SELECT 1 FROM"
		" category_holder h WHERE h.category_key = c.category_key)",
		"SELECT count(*) FROM category_holder h WHERE NOT EXISTS (SELECT 1 FROM category_data c"
		" WHERE c.category_key = h.category_key)",
		/* children of rows that are gone */
		"SELECT count(*) FROM product_category_data n WHERE NOT EXISTS (SELECT 1 FROM product_data p"
		" WHERE p.product_key = n.product_key)",
		/* a link to an id that has no number, or to one of another catalogue */
		"SELECT count(*) FROM product_category_data n LEFT JOIN product_data p USING (product_key) LEFT JOIN category_name k"
		" USING (category_number) WHERE k.catalog_key IS NOT p.catalog_key",
		"SELECT count(*) FROM offer_data n WHERE NOT EXISTS (SELECT 1 FROM sku_data s WHERE s.sku_key = n.sku_key)",
		"SELECT count(*) FROM sku_data s WHERE NOT EXISTS (SELECT 1 FROM offer_data n WHERE n.sku_key = s.sku_key)",
		"SELECT count(*) FROM price_data n WHERE NOT EXISTS (SELECT 1 FROM sku_data s WHERE s.sku_key = n.sku_key)",
		"SELECT count(*) FROM stock_data n WHERE NOT EXISTS (SELECT 1 FROM sku_data s WHERE s.sku_key = n.sku_key)",
		/* texts, and children of products, other than the columns say */
		"SELECT count(*) FROM text x JOIN catalog_name n USING (catalog) WHERE n.catalog_key = @ AND x.job_key IS NULL AND NOT EXISTS (SELECT 1 FROM"
		" (SELECT 'sku' AS entity, sku_id AS id, texts FROM sku_data WHERE catalog_key = @ UNION ALL SELECT 'product', product_id,"
		" texts FROM product_data WHERE catalog_key = @) i, json_each(i.texts) e WHERE i.entity = x.entity AND i.id = x.item_id"
		" AND e.value ->> 'field' = x.field AND e.value ->> 'language' = x.language AND e.value ->> 'value' = x.value)",
		"SELECT count(*) FROM (SELECT product_key, value FROM product_data, json_each(children) WHERE catalog_key = @ EXCEPT"
		" SELECT product_key, child_id FROM product_child_data)",
		"SELECT count(*) FROM (SELECT product_key, child_id FROM product_child_data WHERE catalog_key = @ EXCEPT"
		" SELECT product_key, value FROM product_data, json_each(children))",
		/* a product in other categories than its column says */
		"SELECT count(*) FROM product_data p WHERE catalog_key = @ AND (SELECT group_concat(category_id, ' ') FROM (SELECT"
		" category_id FROM product_category_data n JOIN category_name k USING (category_number) WHERE n.product_key = p.product_key"
		" ORDER BY n.position)) IS NOT"
		" (SELECT group_concat(value, ' ') FROM (SELECT value FROM json_each(p.categories) GROUP BY value ORDER BY min(key)))",
	};

	assert_no_faults(world, catalog, faults, sizeof(faults) / sizeof(faults[0]));
}

/* What is so as long as the default policies let every job write all of its items. */
static void assert_lists_follow(struct world *world, const char *catalog)
{
	static const char *const faults[] = {
		/* lists that do not end with those of the item's parts */
		"SELECT count(*) FROM sku_data, json_each(parts) p WHERE catalog_key = @ AND substr((SELECT value FROM (SELECT 'images' AS k,"
		" images AS value UNION ALL SELECT 'prices', prices UNION ALL SELECT 'categories', categories UNION ALL SELECT 'stocks', stocks"
		" UNION ALL SELECT 'attributes', attributes UNION ALL SELECT 'tags', tags UNION ALL SELECT 'texts', texts)"
		" WHERE k = p.key), 1 - length(p.value)) IS NOT substr(p.value, 2)",
		/* a listed SKU of another product than of the first that lists it */
		"SELECT count(*) FROM sku_data s WHERE catalog_key = @ AND status <> 'missing' AND product_link = 4 AND product_id IS NOT"
		" coalesce((SELECT min(p.product_id) FROM product_data p, json_each(p.children) c WHERE p.catalog_key = s.catalog_key"
		" AND p.job_key = s.job_key AND p.status <> 'missing' AND c.value = coalesce(s.reference, s.sku_id)), s.sku_id)",
	};

	assert_no_faults(world, catalog, faults, sizeof(faults) / sizeof(faults[0]));
}

void assert_products_of(struct world *world, const char *catalog, const char *job)
{
	char sql[2048];

	(void)snprintf(sql, sizeof(sql),
	               "SELECT count(*) FROM sku_data s JOIN job_name j USING (job_key) WHERE s.catalog_key = %" PRId64
	               " AND s.status <> 'missing' AND j.job = '%s' AND NOT EXISTS (SELECT 1 FROM product_data p WHERE"
	               " p.catalog_key = s.catalog_key AND p.product_id = s.product_id AND p.status <> 'missing')",
	               catalog_key(world, catalog), job);
	assert_query(world, sql, "0");
}

static void assert_sound(struct world *world, const char *catalog, const char *job)
{
	assert_rows_sound(world, catalog);
	assert_lists_follow(world, catalog);
	assert_products_of(world, catalog, job);
}

/* One history: a few feeds, each like the one before. `policies` is used in turn; the last run decides what is missing. */
static void run_history(struct world *world, unsigned index, const enum apply_missing *policies, size_t policy_count, bool rejects)
{
	struct chance chance = {.state = index * UINT64_C(1000003) + policies[0]};
	const struct random_options options = {.rejects = rejects};
	const unsigned runs = 1 + chance_below(&chance, 4);
	struct random_feed random;
	struct run_result result;
	struct feed feed;
	char catalog[64];

	(void)snprintf(catalog, sizeof(catalog), "c%u", index);
	random_feed_first(&chance, &random);
	for (unsigned run = 0; run < runs; run++) {
		const enum apply_missing missing = run + 1 == runs ? policies[0] : policies[run % policy_count];

		random_feed_build(&random, &options, &feed);
		run_checked(world, &feed, &(struct run_options){.catalog = catalog, .missing = missing}, (index + run) % 2 == 0,
		            &result);
		assert_sound(world, catalog, "acme");
		if (run + 1 == runs)
			assert_converged(world, catalog, &feed, &result, missing);
		feed_release(&feed);
		random_feed_next(&chance, &random);
	}
}

static void run_histories(const enum apply_missing *policies, size_t policy_count, bool rejects)
{
	struct world world;

	for (unsigned index = 0; index < HISTORIES; index++) {
		if (index % HISTORIES_PER_STORE == 0)
			world_open(&world);
		run_history(&world, index, policies, policy_count, rejects);
		if (index % HISTORIES_PER_STORE == HISTORIES_PER_STORE - 1)
			world_close(&world);
	}
}

static void history_converges_when_missing_items_are_marked(void **state)
{
	(void)state;
	run_histories((const enum apply_missing[]){APPLY_MISSING_MARK}, 1, false);
}

static void history_converges_when_missing_items_are_deleted(void **state)
{
	(void)state;
	run_histories((const enum apply_missing[]){APPLY_MISSING_DELETE}, 1, false);
}

static void history_converges_whatever_the_policies_were_before(void **state)
{
	(void)state;
	run_histories((const enum apply_missing[]){APPLY_MISSING_MARK, APPLY_MISSING_KEEP, APPLY_MISSING_DELETE}, 3, false);
}

static void history_converges_but_for_what_rejected_records_keep(void **state)
{
	(void)state;
	run_histories((const enum apply_missing[]){APPLY_MISSING_DELETE, APPLY_MISSING_MARK}, 2, true);
}

static void history_of_several_jobs_stays_sound(void **state)
{
	static const char *const jobs[] = {"acme", "bolt", "cove"};
	const struct random_options options = {.rejects = true};
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned index = 0; index < HISTORIES / 4; index++) {
		struct chance chance = {.state = index * UINT64_C(7919)};
		struct random_feed random[3];
		char catalog[64];

		(void)snprintf(catalog, sizeof(catalog), "c%u", index);
		for (size_t job = 0; job < 3; job++)
			random_feed_first(&chance, &random[job]);
		for (unsigned run = 0; run < 8; run++) {
			const unsigned job = chance_below(&chance, 3);
			const struct run_options run_options = {
				.job = jobs[job], .catalog = catalog, .missing = (enum apply_missing)chance_below(&chance, 3)};
			struct run_result result;
			struct feed feed;

			random_feed_build(&random[job], &options, &feed);
			run_checked(&world, &feed, &run_options, run % 2 == 0, &result);
			assert_sound(&world, catalog, jobs[job]);
			feed_release(&feed);
			random_feed_next(&chance, &random[job]);
		}
	}
	world_close(&world);
}

int apply_history_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(history_converges_when_missing_items_are_marked),
		cmocka_unit_test(history_converges_when_missing_items_are_deleted),
		cmocka_unit_test(history_converges_whatever_the_policies_were_before),
		cmocka_unit_test(history_converges_but_for_what_rejected_records_keep),
		cmocka_unit_test(history_of_several_jobs_stays_sound),
	};

	return cmocka_run_group_tests_name("apply_history", tests, NULL, NULL);
}

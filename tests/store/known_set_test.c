/* What a job knows, as it stands in the store: what is remembered, how changes are kept, and what is not believed. */
#include "apply_tests.h"
#include "known_support.h"
#include "store/retention.h"
#include "store/sqlite/known_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct run_options options = {.missing = APPLY_MISSING_MARK};

#define SEED "seed"

static void run(struct world *world, const struct feed *feed, const struct run_options *how, struct known_run *ret_run)
{
	known_run(world, feed, how, SEED, true, ret_run);
}

static struct known_records *read_known(struct world *world, const char *seed)
{
	const struct run_ticket ticket = world_ticket(world, NULL, NULL);
	struct known_records *known = NULL;
	struct error err = ERROR_INIT;

	if (store_known_read(world->store, &ticket, seed, &known, &err) < 0)
		fail_msg("%s", err.message);
	world_end_run(world, &ticket, "unchanged");
	return known;
}

static uint32_t count_known(struct world *world)
{
	struct known_records *known = read_known(world, SEED);
	const uint32_t count = known != NULL ? known_records_count(known) : 0;

	known_records_free(known);
	return count;
}

/* ---- What is remembered ---- */

struct remembered {
	const char *name;
	void (*build)(struct feed *feed);
	struct apply_policy policy;
	uint32_t known; /* records, after one run */
};

static void end(struct feed *feed)
{
	feed_set_fingerprint(feed, feed->record);
}

static struct statement *sku(struct feed *feed, const char *id, const char *product_id, enum product_link link)
{
	struct statement *statement = feed_sku(feed, id, product_id, link, "Name");

	end(feed);
	return statement;
}

static void build_links(struct feed *feed)
{
	(void)sku(feed, "a", "a", PRODUCT_LINK_SELF);
	(void)sku(feed, "b", "g", PRODUCT_LINK_GROUP);
	(void)sku(feed, "c", "n", PRODUCT_LINK_NAMED);
	(void)sku(feed, "d", "d", PRODUCT_LINK_ALONE);
	(void)sku(feed, "e", "o", PRODUCT_LINK_ALONE);
	(void)sku(feed, "f", "f", PRODUCT_LINK_LISTED);
}

static void build_duplicates(struct feed *feed)
{
	(void)sku(feed, "a", "a", PRODUCT_LINK_SELF);
	(void)sku(feed, "b", "b", PRODUCT_LINK_SELF);
	(void)sku(feed, "a", "a", PRODUCT_LINK_SELF);
}

static void build_equal(struct feed *feed)
{
	for (unsigned index = 0; index < 2; index++) {
		(void)feed_product(feed, "p", "Same");
		feed_set_fingerprint(feed, 7);
	}
	(void)feed_product(feed, "q", "Same");
	end(feed);
}

static void build_products(struct feed *feed)
{
	(void)feed_product(feed, "p", "First");
	end(feed);
	(void)feed_product(feed, "p", "Other");
	end(feed);
	(void)feed_product(feed, "p", "First");
	end(feed);
	statement_set(feed, feed_product(feed, "q", "Custom"), FIELD_CUSTOM_FIELDS, "{\"color\":\"red\"}");
	end(feed);
}

static void state_category(struct feed *feed, enum statement_action action, const char *id, const char *name)
{
	struct statement *statement;

	feed_record_begin(feed);
	statement = feed_statement(feed, ITEM_CATEGORY, action, id);
	statement_set(feed, statement, FIELD_NAME, name);
	feed_record_end(feed, true);
	end(feed);
}

static void build_categories(struct feed *feed)
{
	state_category(feed, STATEMENT_DERIVED, "c", "Derived");
	state_category(feed, STATEMENT_STATED, "c", "Stated");
	state_category(feed, STATEMENT_STATED, "c", "Another");
	state_category(feed, STATEMENT_DERIVED, "c", "Stated");
	statement_set(feed, feed_category(feed, "d", NULL, "D"), FIELD_PARENT_ID, "nowhere");
	state_category(feed, STATEMENT_STATED, "d", "D");
	state_category(feed, STATEMENT_STATED, "e", "E");
}

static void build_complaints(struct feed *feed)
{
	feed_record_begin(feed);
	feed_record_end(feed, true);
	end(feed);
	feed_record_begin(feed);
	feed_complaint(feed, COMPLAINT_PRICE_ZERO, "a");
	feed_record_end(feed, true);
	end(feed);
	feed_rejected(feed, ITEM_SKU, "b");
	end(feed);
	(void)feed_sku(feed, "without", "a fingerprint", PRODUCT_LINK_GROUP, "Name");
	(void)sku(feed, "last", "last", PRODUCT_LINK_SELF);
	/* Told of the feed as a whole: it names the last record. */
	feed_complaint(feed, COMPLAINT_BYTE_UNDEFINED, "");
}

static void build_parts(struct feed *feed)
{
	(void)sku(feed, "a", "a", PRODUCT_LINK_SELF);
	feed_part(feed, ITEM_SKU, "a", FIELD_IMAGES, "[\"http://a/1\"]", 0);
	end(feed);
}

static void what_is_remembered(void **state)
{
	static const struct remembered rows[] = {
		{"links that are settled at once", build_links, {.mode = APPLY_MODE_UPSERT}, 3},
		{"duplicates", build_duplicates, {.mode = APPLY_MODE_UPSERT}, 1},
		{"duplicates, the last", build_duplicates, {.duplicates = APPLY_DUPLICATES_LAST}, 1},
		{"equal fingerprints", build_equal, {.mode = APPLY_MODE_UPSERT}, 1},
		{"products", build_products, {.mode = APPLY_MODE_UPSERT}, 2},
		{"products that only gain links", build_products, {.categories = APPLY_CATEGORIES_ADD}, 1},
		{"categories", build_categories, {.mode = APPLY_MODE_UPSERT}, 3},
		{"categories ignored", build_categories, {.categories = APPLY_CATEGORIES_IGNORE}, 6},
		{"complaints", build_complaints, {.mode = APPLY_MODE_UPSERT}, 1},
		{"parts", build_parts, {.mode = APPLY_MODE_UPSERT}, 0},
		{"new ones only", build_links, {.mode = APPLY_MODE_ADD}, 0},
		{"known ones only", build_links, {.mode = APPLY_MODE_UPDATE}, 0},
		{"prices", build_links, {.scope = APPLY_SCOPE_PRICES}, 0},
		{"SKUs", build_links, {.scope = APPLY_SCOPE_SKUS}, 0},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct run_options how = {.missing = APPLY_MISSING_MARK, .policy = rows[row].policy};
		struct known_run first;
		struct world world;
		struct feed feed;

		print_message("           %s\n", rows[row].name);
		world_open(&world);
		feed_init(&feed);
		rows[row].build(&feed);
		run(&world, &feed, &how, &first);
		assert_int_equal(count_known(&world), rows[row].known);
		run(&world, &feed, &how, &first);
		assert_int_equal(first.known, rows[row].known);
		assert_false(first.was_in_doubt);
		feed_release(&feed);
		world_close(&world);
	}
}

/* One that turns out to be a product is no SKU; but where the last statement counts, it decides which of them does. */
static void a_known_sku_and_a_product_of_its_id(void **state)
{
	static const enum apply_duplicates policies[] = {APPLY_DUPLICATES_FIRST, APPLY_DUPLICATES_LAST};

	(void)state;
	for (size_t row = 0; row < sizeof(policies) / sizeof(policies[0]); row++) {
		struct run_options how = {.missing = APPLY_MISSING_MARK, .policy = {.duplicates = policies[row]}};
		struct known_run ran;
		struct world world;
		struct feed feed;

		world_open(&world);
		for (unsigned turn = 0; turn < 3; turn++) {
			feed_init(&feed);
			if (turn > 0) {
				(void)sku(&feed, "a", "a", PRODUCT_LINK_ALONE);
				feed_set_fingerprint(&feed, 100);
			}
			feed_record_begin(&feed);
			feed_record_end(&feed, true);
			(void)feed_sku(&feed, "a", "a", PRODUCT_LINK_SELF, "Name");
			feed_set_fingerprint(&feed, 101);
			(void)feed_sku(&feed, "b", "a", PRODUCT_LINK_GROUP, "Name");
			feed_set_fingerprint(&feed, 102);
			run(&world, &feed, &how, &ran);
			assert_int_equal(ran.was_in_doubt, turn == 1 && policies[row] == APPLY_DUPLICATES_LAST);
			assert_int_equal(ran.known, turn == 0 || ran.was_in_doubt                         ? 0
			                            : policies[row] == APPLY_DUPLICATES_LAST && turn == 2 ? 1
			                                                                                  : 2);
			feed_release(&feed);
		}
		world_close(&world);
	}
}

/* ---- How it is kept ---- */

/* SKUs u0 …; `changed` has another name and so another fingerprint. */
static void build_many(struct feed *feed, unsigned count, unsigned changed, unsigned version)
{
	feed_init(feed);
	for (unsigned index = 0; index < count; index++) {
		const bool is_changed = index == changed;
		char id[16];
		char name[32];

		(void)snprintf(id, sizeof(id), "u%u", index);
		(void)snprintf(name, sizeof(name), "Name %u", is_changed ? version : 0);
		(void)feed_sku(feed, id, id, PRODUCT_LINK_SELF, name);
		feed_set_fingerprint(feed, index * UINT64_C(1000) + (is_changed ? version : 0));
	}
}

static void run_many(struct world *world, unsigned count, unsigned changed, unsigned version, struct known_run *ret_run)
{
	struct feed feed;

	build_many(&feed, count, changed, version);
	run(world, &feed, &options, ret_run);
	feed_release(&feed);
}

static void small_changes_are_added_and_large_ones_written_anew(void **state)
{
	static const char all[] = "SELECT segment_key, number, hex(content) FROM known_segment";
	struct known_run ran;
	struct world world;
	char *before;

	(void)state;
	world_open(&world);
	run_many(&world, 1000, 0, 1, &ran);
	assert_query(&world, "SELECT count(*), sum(records), sum(keys) FROM known_segment", "1|1000|1000");
	/* The same feed again writes none of it. */
	before = world_query(&world, all);
	run_many(&world, 1000, 0, 1, &ran);
	assert_int_equal(ran.known, 1000);
	assert_query(&world, all, before);
	free(before);
	for (unsigned version = 2; version < 66; version++) {
		char expected[64];

		run_many(&world, 1000, 0, version, &ran);
		assert_int_equal(ran.known, 999);
		(void)snprintf(expected, sizeof(expected), "%u|%u", version, 999 + version);
		assert_query(&world, "SELECT count(*), sum(records) FROM known_segment", expected);
	}
	/* There are 64 of them by now. */
	run_many(&world, 1000, 0, 66, &ran);
	assert_int_equal(ran.known, 999);
	assert_query(&world, "SELECT count(*), sum(records) FROM known_segment", "1|1000");
	/* A quarter and more goes. */
	run_many(&world, 760, 0, 66, &ran);
	assert_int_equal(ran.known, 760);
	assert_query(&world, "SELECT count(*), sum(records) FROM known_segment", "2|1000");
	run_many(&world, 740, 0, 66, &ran);
	assert_int_equal(ran.known, 740);
	assert_query(&world, "SELECT count(*), sum(records) FROM known_segment", "1|740");
	assert_int_equal(count_known(&world), 740);
	world_close(&world);
}

static void what_others_do_makes_it_worthless(void **state)
{
	static const char *const edits[] = {
		"UPDATE sku SET name = 'x' WHERE sku_id = 'u1'",
		"UPDATE job_memory SET is_clean = 0",
		"UPDATE job_memory SET known_records = known_records - 1",
		"UPDATE job_memory SET known_records = 0",
		"UPDATE known_segment SET records = records + 1",
		"UPDATE known_segment SET records = records - 1",
		"UPDATE known_segment SET records = -1",
		"UPDATE known_segment SET records = 9223372036854775807",
		"UPDATE known_segment SET keys = keys - 1",
		"UPDATE known_segment SET keys = -5",
		"UPDATE known_segment SET keys = 'many'",
		"UPDATE known_segment SET content = x''",
		"UPDATE known_segment SET content = substr(content, 1, length(content) - 1)",
		"UPDATE known_segment SET content = content || x'00'",
		"UPDATE known_segment SET number = 9 - number",
		"DELETE FROM known_segment WHERE number = 1",
		"DELETE FROM known_segment WHERE number = 2",
		"DELETE FROM known_segment",
		"INSERT INTO known_segment SELECT NULL, job_key, catalog_key, 3, records, keys, content FROM known_segment WHERE number = 1",
	};
	struct world world;

	(void)state;
	for (size_t row = 0; row < sizeof(edits) / sizeof(edits[0]); row++) {
		struct known_run ran;

		world_open(&world);
		run_many(&world, 100, 0, 1, &ran);
		run_many(&world, 100, 0, 2, &ran);
		assert_int_equal(count_known(&world), 100);
		world_execute(&world, edits[row]);
		if (count_known(&world) != 0)
			fail_msg("after '%s' %u are known", edits[row], count_known(&world));
		run_many(&world, 100, 0, 2, &ran);
		assert_int_equal(ran.known, 0);
		assert_false(ran.was_in_doubt);
		run_many(&world, 100, 0, 2, &ran);
		assert_int_equal(ran.known, 100);
		world_close(&world);
	}
}

static void another_seed_or_job_knows_nothing(void **state)
{
	struct known_run ran;
	struct world world;
	struct run_options how = options;
	struct feed feed;

	(void)state;
	world_open(&world);
	run_many(&world, 10, 0, 1, &ran);
	assert_null(read_known(&world, "another"));
	how.job = "bolt";
	build_many(&feed, 10, 0, 1);
	run(&world, &feed, &how, &ran);
	assert_int_equal(ran.offered, 0);
	feed_release(&feed);
	assert_int_equal(count_known(&world), 10);
	world_close(&world);
}

/* Between reading and apply_begin. */
static void what_changed_since_it_was_read_is_told(void **state)
{
	static const char *const edits[] = {"UPDATE sku SET name = 'x' WHERE sku_id = 'u1'", "UPDATE job_memory SET run_id = 99",
	                                    "DELETE FROM sku_data WHERE sku_id = 'u2'"};

	(void)state;
	for (size_t row = 0; row < sizeof(edits) / sizeof(edits[0]); row++) {
		const struct apply_policy policy = {.missing = APPLY_MISSING_MARK};
		struct error err = ERROR_INIT;
		struct known_records *known;
		struct run_ticket ticket;
		struct apply *apply;
		struct known_run ran;
		struct world world;

		world_open(&world);
		run_many(&world, 10, 0, 1, &ran);
		known = read_known(&world, SEED);
		assert_non_null(known);
		world_execute(&world, edits[row]);
		ticket = world_ticket(&world, NULL, NULL);
		assert_int_equal(apply_begin(world.store, &ticket, &policy, known, &apply, &err), -1);
		assert_int_equal(err.code, ERROR_KNOWN);
		assert_int_equal(sqlite3_get_autocommit(world.store->database), 1);
		known_records_free(known);
		world_close(&world);
	}
}

/* A reader that lies. */
static void known_records_that_are_none_are_refused(void **state)
{
	static const struct batch_known rows[] = {{.index = 10, .count = 1}, {.index = 9, .count = 2}, {.index = 0, .count = 11}};
	const struct apply_policy policy = {.missing = APPLY_MISSING_MARK};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		const struct batch_entry entry = {.type = BATCH_KNOWN, .record = 1, .known = rows[row]};
		struct error err = ERROR_INIT;
		struct known_records *known;
		struct run_ticket ticket;
		struct apply *apply;
		struct known_run ran;
		struct world world;

		world_open(&world);
		run_many(&world, 10, 0, 1, &ran);
		known = read_known(&world, SEED);
		ticket = world_ticket(&world, NULL, NULL);
		for (int with = 0; with < 2; with++) {
			assert_int_equal(apply_begin(world.store, &ticket, &policy, with == 1 ? known : NULL, &apply, &err), 0);
			assert_int_equal(apply_entry(apply, &entry, &err), -1);
			assert_int_equal(err.code, ERROR_READER);
			apply_rollback(apply);
		}
		known_records_free(known);
		world_close(&world);
	}
}

/* ---- What is stored, word by word ---- */

static void put_blob(struct world *world, const char *bytes, size_t size)
{
	sqlite3_stmt *statement;
	struct error err = ERROR_INIT;

	assert_int_equal(sqlite_prepare(world->store, "UPDATE known_segment SET content = ?1 WHERE number = 2", &statement, &err),
	                 0);
	(void)sqlite3_bind_blob64(statement, 1, bytes, size, SQLITE_STATIC);
	assert_int_equal(sqlite_step_done(world->store, statement, &err), 0);
	(void)sqlite3_finalize(statement);
}

static char *get_blob(struct world *world, size_t *ret_size)
{
	struct error err = ERROR_INIT;
	sqlite3_stmt *statement;
	char *copy;

	assert_int_equal(sqlite_prepare(world->store, "SELECT content FROM known_segment WHERE number = 2", &statement, &err), 0);
	assert_int_equal(sqlite_step_row(world->store, statement, &err), 1);
	*ret_size = (size_t)sqlite3_column_bytes(statement, 0);
	copy = malloc(*ret_size);
	assert_non_null(copy);
	memcpy(copy, sqlite3_column_blob(statement, 0), *ret_size);
	(void)sqlite3_finalize(statement);
	return copy;
}

static void any_changed_byte_or_word_is_survived(void **state)
{
	static const uint32_t values[] = {0, 1, 2, 0x7FFFFFFF, UINT32_MAX};
	const size_t hashed = offsetof(struct known_segment_head, is_base);
	struct known_run ran;
	struct world world;
	size_t size;
	char *blob;

	(void)state;
	world_open(&world);
	world_execute(&world, "PRAGMA synchronous = OFF");
	run_many(&world, 20, 0, 1, &ran);
	run_many(&world, 20, 0, 2, &ran);
	blob = get_blob(&world, &size);
	for (size_t at = 0; at < size; at++) {
		blob[at] ^= 0x11;
		put_blob(&world, blob, size);
		blob[at] ^= 0x11;
		assert_int_equal(count_known(&world), 0);
	}
	/* With a checksum that is right, as a stranger with the seed could write it: nothing but a set that is sound comes of it. */
	for (size_t at = hashed; at + 4 <= size; at += 4) {
		for (size_t value = 0; value < sizeof(values) / sizeof(values[0]); value++) {
			uint32_t before;
			struct hash128 checksum;

			memcpy(&before, blob + at, sizeof(before));
			memcpy(blob + at, &values[value], sizeof(before));
			checksum = hash_bytes(slice_make(blob + hashed, size - hashed), world.store->seed);
			memcpy(blob + offsetof(struct known_segment_head, checksum), &checksum, sizeof(checksum));
			put_blob(&world, blob, size);
			memcpy(blob + at, &before, sizeof(before));
			(void)count_known(&world);
		}
	}
	free(blob);
	world_close(&world);
}

static void what_is_of_no_use_goes(void **state)
{
	const struct store_retention retention = {
		.job = "acme", .changes = {10, 10}, .complaints = {10, 10}, .spool = {10, 10}, .now_ms = 3000};
	struct error err = ERROR_INIT;
	struct store_pruned pruned;
	struct known_run ran;
	struct world world;

	(void)state;
	world_open(&world);
	run_many(&world, 10, 0, 1, &ran);
	assert_int_equal(store_log_prune(world.store, &retention, STORE_KEEP_ALL, &pruned, &err), 0);
	assert_int_equal(count_known(&world), 10);
	world_execute(&world, "UPDATE product SET name = 'x' WHERE product_id = 'u1'");
	assert_query(&world, "SELECT count(*) FROM known_segment", "1");
	assert_int_equal(store_log_prune(world.store, &retention, STORE_KEEP_ALL, &pruned, &err), 0);
	assert_query(&world, "SELECT count(*) FROM known_segment", "0");
	world_close(&world);
}

int known_set_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_remembered),
		cmocka_unit_test(a_known_sku_and_a_product_of_its_id),
		cmocka_unit_test(small_changes_are_added_and_large_ones_written_anew),
		cmocka_unit_test(what_others_do_makes_it_worthless),
		cmocka_unit_test(another_seed_or_job_knows_nothing),
		cmocka_unit_test(what_changed_since_it_was_read_is_told),
		cmocka_unit_test(known_records_that_are_none_are_refused),
		cmocka_unit_test(any_changed_byte_or_word_is_survived),
		cmocka_unit_test(what_is_of_no_use_goes),
	};

	return cmocka_run_group_tests_name("what a job knows", tests, NULL, NULL);
}

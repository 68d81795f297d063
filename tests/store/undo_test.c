/* Undoing single runs: what comes back, what is in the way, and what is refused. */
#include "apply_tests.h"
#include "undo_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A world with a first run, and what was there after it. */
struct scene {
	struct world world;
	struct run_result first;
	char *before;
};

static void base_feed(struct feed *feed)
{
	struct statement *statement;

	feed_init(feed);
	(void)feed_category(feed, "c1", NULL, "Clothes");
	(void)feed_category(feed, "c2", "c1", "Shirts");
	for (int number = 1; number <= 3; number++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "s%d", number);
		statement = feed_sku(feed, id, "p1", PRODUCT_LINK_GROUP, "Shirt");
		statement_set(feed, statement, FIELD_CATEGORIES, "[\"c2\"]");
		statement_set(feed, statement, FIELD_CURRENCY, "EUR");
		statement_set_integer(statement, FIELD_PRICE, 10 * number);
		statement_set(feed, statement, FIELD_PRICES, "[{\"kind\":\"list\",\"amount_micros\":9}]");
		statement_set(feed, statement, FIELD_STOCKS, "[{\"place\":\"north\",\"quantity_micros\":1000000}]");
		statement_set(feed, statement, FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\",\"value\":\"Hemd\"}]");
	}
}

static void scene_begin(struct scene *scene)
{
	struct feed feed;

	world_open(&scene->world);
	base_feed(&feed);
	feed_run(&scene->world, &feed, &(struct run_options){.missing = APPLY_MISSING_DELETE}, &scene->first);
	feed_release(&feed);
	scene->before = dump_all(&scene->world, "main");
}

static void scene_end(struct scene *scene)
{
	free(scene->before);
	world_close(&scene->world);
}

/* The second run of a scene: `fill` makes its feed. It is undone, redone and undone. */
static void assert_comes_back(struct scene *scene, const struct run_options *options, void (*fill)(struct feed *feed))
{
	struct run_result second;
	struct undo_result undo;
	struct feed feed;
	char *after;

	fill(&feed);
	feed_run(&scene->world, &feed, options, &second);
	feed_release(&feed);
	after = dump_all(&scene->world, "main");
	assert_string_not_equal(after, scene->before);
	undo_cleanly(&scene->world, second.run_id, &undo);
	assert_dump(&scene->world, "main", scene->before);
	undo_cleanly(&scene->world, undo.run_id, &undo);
	assert_dump(&scene->world, "main", after);
	undo_cleanly(&scene->world, second.run_id, &undo);
	assert_dump(&scene->world, "main", scene->before);
	free(after);
}

static void one_sku_of_another_group(struct feed *feed)
{
	feed_init(feed);
	(void)feed_category(feed, "c3", NULL, "Hats");
	statement_set(feed, feed_sku(feed, "s1", "p2", PRODUCT_LINK_GROUP, "Hat"), FIELD_CATEGORIES, "[\"c3\"]");
}

static void undo_returns_deleted_items_with_all_that_hangs_on_them(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	world_execute(&scene.world, "UPDATE sku SET suppressed = 1 WHERE sku_id = 's2'");
	free(scene.before);
	scene.before = dump_all(&scene.world, "main");
	assert_comes_back(&scene, &(struct run_options){.missing = APPLY_MISSING_DELETE}, one_sku_of_another_group);
	scene_end(&scene);
}

static void undo_restores_marked_items(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	assert_comes_back(&scene, &(struct run_options){.missing = APPLY_MISSING_MARK}, one_sku_of_another_group);
	scene_end(&scene);
}

static void undo_forgets_counts_of_absent_items(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	assert_comes_back(&scene, &(struct run_options){.missing = APPLY_MISSING_DELETE, .policy = {.missing_after = 2}},
	                  one_sku_of_another_group);
	assert_query(&scene.world, "SELECT count(*) FROM absent_item", "0");
	scene_end(&scene);
}

static void prices(struct feed *feed)
{
	struct statement *statement;

	feed_init(feed);
	statement = feed_sku(feed, "s1", "p1", PRODUCT_LINK_GROUP, "ignored");
	statement_set_integer(statement, FIELD_PRICE, 77);
	statement = feed_sku(feed, "s2", "p1", PRODUCT_LINK_GROUP, "ignored");
	statement_set(feed, statement, FIELD_AVAILABILITY, "out_of_stock");
	statement_set(feed, statement, FIELD_STOCKS, "[{\"place\":\"south\",\"availability\":\"in_stock\"}]");
}

static void undo_gives_price_and_stock_back_to_their_owners(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	assert_comes_back(&scene, &(struct run_options){.job = "prices", .policy = {.scope = APPLY_SCOPE_PRICES}}, prices);
	assert_query(&scene.world, "SELECT count(*) FROM sku_data WHERE offer_job_key <> job_key OR stock_job_key <> job_key", "0");
	scene_end(&scene);
}

static void french(struct feed *feed)
{
	feed_init(feed);
	(void)feed_sku(feed, "s1", "p1", PRODUCT_LINK_GROUP, "Chemise");
	(void)feed_category(feed, "c1", NULL, "Vêtements");
}

static void undo_takes_texts_of_jobs_away_and_gives_them_back(void **state)
{
	const struct run_options options = {.job = "french", .policy = {.scope = APPLY_SCOPE_TEXTS, .language = "fr"}};
	struct run_result second;
	struct undo_result undo;
	struct scene scene;
	struct feed feed;

	(void)state;
	scene_begin(&scene);
	assert_comes_back(&scene, &options, french);
	french(&feed);
	feed_run(&scene.world, &feed, &options, &second);
	feed_release(&feed);
	free(scene.before);
	scene.before = dump_all(&scene.world, "main");
	/* The item goes, and with it what another job said of it. */
	assert_comes_back(&scene, &(struct run_options){.missing = APPLY_MISSING_DELETE}, one_sku_of_another_group);
	undo_cleanly(&scene.world, second.run_id, &undo);
	assert_query(&scene.world, "SELECT before, after FROM change WHERE item_id = 's1' ORDER BY rowid DESC LIMIT 1",
	             "{\"texts\":{\"fr\":{\"name\":\"Chemise\"}}}|{\"texts\":{\"fr\":{\"name\":null}}}");
	assert_int_equal(undo.counts.kinds[ITEM_SKU].updated, 1);
	assert_int_equal(undo.counts.kinds[ITEM_CATEGORY].updated, 1);
	scene_end(&scene);
}

static void definitions_and_parts(struct feed *feed)
{
	struct field_statement *field;

	base_feed(feed);
	field = feed_field(feed, ITEM_SKU, "color", "enum");
	field->is_required = true;
	field->enum_values = feed_text(feed, "{\"red\":\"Red\"}");
	feed_part(feed, ITEM_SKU, "s1", FIELD_IMAGES, "[\"http://a/1\"]", 2);
	feed_part(feed, ITEM_SKU, "nobody", FIELD_IMAGES, "[\"http://a/2\"]", 0);
}

static void undo_takes_definitions_and_parts_back(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	assert_comes_back(&scene, &(struct run_options){.missing = APPLY_MISSING_DELETE}, definitions_and_parts);
	assert_query(&scene.world, "SELECT count(*) FROM field", "0");
	assert_query(&scene.world, "SELECT count(*) FROM part_data", "0");
	scene_end(&scene);
}

static void moved_categories(struct feed *feed)
{
	base_feed(feed);
	(void)feed_category(feed, "c0", NULL, "All");
	feed->entries[0]->statement.fields[FIELD_PARENT_ID] = (struct field_value){.presence = PRESENCE_VALUE,
	                                                                           .text = feed_text(feed, "c0")};
}

static void undo_moves_categories_back_with_their_paths(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	assert_query(&scene.world, "SELECT path FROM category WHERE category_id = 'c2'", "[\"Clothes\",\"Shirts\"]");
	assert_comes_back(&scene, &(struct run_options){.missing = APPLY_MISSING_DELETE}, moved_categories);
	assert_query(&scene.world, "SELECT path FROM category WHERE category_id = 'c2'", "[\"Clothes\",\"Shirts\"]");
	scene_end(&scene);
}

static void undo_gives_items_that_were_taken_over_back(void **state)
{
	static const char *const from[] = {"acme"};
	struct scene scene;
	struct run_result second;
	struct undo_result undo;
	struct feed feed;

	(void)state;
	scene_begin(&scene);
	one_sku_of_another_group(&feed);
	feed_run(&scene.world, &feed, &(struct run_options){.job = "bolt", .policy = {.take_over = from, .take_over_count = 1}},
	         &second);
	feed_release(&feed);
	assert_stock(&second, ITEM_SKU, "adopted 1 after 1");
	undo_cleanly(&scene.world, second.run_id, &undo);
	assert_dump(&scene.world, "main", scene.before);
	assert_int_equal(undo.counts.stock[ITEM_SKU].before, 1);
	assert_int_equal(undo.counts.stock[ITEM_SKU].released, 1);
	assert_int_equal(undo.counts.stock[ITEM_SKU].after, 0);
	assert_int_equal(undo.counts.stock[ITEM_CATEGORY].removed, 1);
	scene_end(&scene);
}

/* Bytes that are no text, which only another program can have written. */
static void undo_restores_bytes_that_json_cannot_have(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	world_execute(&scene.world, "UPDATE sku SET name = CAST(x'ff00fe22' AS TEXT), description = '' WHERE sku_id = 's1'");
	world_execute(&scene.world, "UPDATE sku SET name = CAST(x'61006200' AS TEXT) WHERE sku_id = 's2'");
	free(scene.before);
	scene.before = world_query(&scene.world, "SELECT hex(name), hex(description), typeof(name) FROM sku ORDER BY sku_id");
	{
		struct run_result second;
		struct undo_result undo;
		struct feed feed;

		base_feed(&feed);
		feed_run(&scene.world, &feed, &(struct run_options){.missing = APPLY_MISSING_DELETE}, &second);
		feed_release(&feed);
		assert_query(&scene.world, "SELECT count(DISTINCT name) FROM sku", "1");
		undo_cleanly(&scene.world, second.run_id, &undo);
	}
	assert_query(&scene.world, "SELECT hex(name), hex(description), typeof(name) FROM sku ORDER BY sku_id", scene.before);
	scene_end(&scene);
}

/* What stands in the way */

struct obstacle {
	const char *name;
	const char *sql; /* what a person does */
	const char *conflicts;
};

static void undo_tells_what_a_person_changed(void **state)
{
	static const struct obstacle obstacles[] = {
		{"field changed", "UPDATE sku SET name = 'Mine' WHERE sku_id = 's1'",
	         "sku s1 name: \"Shirt\" is \"Mine\" (by hand 0)"},
		{"item deleted", "DELETE FROM sku WHERE sku_id = 's1'", "sku s1 -: - is - (by hand 0)"},
		{"created item changed", "UPDATE category SET name = 'Mine' WHERE category_id = 'c3'",
	         "category c3 -: - is - (by hand 0)"},
		{"created item suppressed", "UPDATE product SET suppressed = 1 WHERE product_id = 'p2'",
	         "product p2 -: - is - (by hand 0)\ncategory c3 -: - is - (by hand 0)"},
		{"definition made otherwise", "UPDATE field SET value_type = 'int'",
	         "field color value_type: - is \"int\" (by hand 0)"},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(obstacles) / sizeof(obstacles[0]); index++) {
		struct scene scene;
		struct run_result second;
		struct undo_result undo;
		struct feed feed;
		char *touched;

		print_message("           %s\n", obstacles[index].name);
		scene_begin(&scene);
		one_sku_of_another_group(&feed);
		(void)feed_field(&feed, ITEM_SKU, "color", "bool");
		feed_run(&scene.world, &feed, &(struct run_options){.missing = APPLY_MISSING_DELETE}, &second);
		feed_release(&feed);
		world_execute(&scene.world, obstacles[index].sql);
		touched = dump_all(&scene.world, "main");
		assert_false(undo_run(&scene.world, second.run_id, false, &undo));
		assert_string_equal(undo.conflicts, obstacles[index].conflicts);
		assert_dump(&scene.world, "main", touched);
		assert_true(undo_run(&scene.world, second.run_id, true, &undo));
		assert_string_equal(undo.conflicts, obstacles[index].conflicts);
		undo_cleanly(&scene.world, undo.run_id, &undo);
		assert_dump(&scene.world, "main", touched);
		free(touched);
		scene_end(&scene);
	}
}

static void later_feed(struct feed *feed)
{
	one_sku_of_another_group(feed);
	(void)feed_category(feed, "c4", "c3", "Straw hats");
	statement_set(feed, feed_sku(feed, "s9", "p2", PRODUCT_LINK_GROUP, "Hat"), FIELD_CATEGORIES, "[\"c4\"]");
}

/* The product and the categories that the first run created are those of a later run's SKU. */
static void undo_leaves_what_later_items_need(void **state)
{
	struct run_result second;
	struct run_result third;
	struct undo_result undo;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	one_sku_of_another_group(&feed);
	feed_run(&world, &feed, &(struct run_options){.missing = APPLY_MISSING_DELETE}, &second);
	feed_release(&feed);
	later_feed(&feed);
	feed_run(&world, &feed, &(struct run_options){.missing = APPLY_MISSING_DELETE}, &third);
	feed_release(&feed);
	assert_false(undo_run(&world, second.run_id, false, &undo));
	assert_non_null(strstr(undo.conflicts, "product p2 "));
	assert_non_null(strstr(undo.conflicts, "category c3 -: - is - (run 2)"));
	assert_true(undo_run(&world, second.run_id, true, &undo));
	assert_query(&world, "SELECT sku_id, product_id FROM sku", "s9|p2");
	assert_query(&world, "SELECT category_id, path FROM category ORDER BY 1", "c3|[\"Hats\"]\nc4|[\"Hats\",\"Straw hats\"]");
	assert_rows_sound(&world, "main");
	assert_products_of(&world, "main", "acme");
	world_close(&world);
}

#define HOLDERS                                                                                                      \
	"SELECT category_id, name, created_run_id, job FROM category_data JOIN category_holder USING (category_key)" \
	" JOIN job_name ON job_name.job_key = category_holder.job_key"

static void hats(struct feed *feed)
{
	feed_init(feed);
	(void)feed_category(feed, "c3", NULL, "Hats");
}

static void caps(struct feed *feed)
{
	feed_init(feed);
	(void)feed_category(feed, "c3", NULL, "Caps");
}

static int64_t run_categories(struct world *world, void (*fill)(struct feed *feed))
{
	struct run_result result;
	struct feed feed;

	fill(&feed);
	feed_run(world, &feed, &(struct run_options){.missing = APPLY_MISSING_DELETE}, &result);
	feed_release(&feed);
	return result.run_id;
}

/* A row of the same id is another one: neither it nor what hangs on it is the undone run's. */
static void undo_leaves_what_was_made_anew(void **state)
{
	static const char by_hand[] = "DELETE FROM category";
	struct undo_result undo;
	struct undo_result back;
	struct world world;

	(void)state;
	world_open(&world);
	const int64_t created = run_categories(&world, hats);
	world_execute(&world, by_hand);
	(void)run_categories(&world, hats);
	undo_cleanly(&world, created, &undo);
	assert_query(&world, HOLDERS, "c3|Hats|2|acme");
	const int64_t removed = run_categories(&world, feed_init);
	undo_cleanly(&world, removed, &back);
	world_execute(&world, by_hand);
	(void)run_categories(&world, hats);
	undo_cleanly(&world, back.run_id, &undo);
	assert_query(&world, HOLDERS, "c3|Hats|6|acme");
	const int64_t changed = run_categories(&world, caps);
	world_execute(&world, by_hand);
	(void)run_categories(&world, caps);
	assert_false(undo_run(&world, changed, false, &undo));
	assert_string_equal(undo.conflicts, "category c3 -: - is - (by hand 0)");
	assert_query(&world, HOLDERS, "c3|Caps|9|acme");
	world_close(&world);
}

/* The undo that brought an item back is no more in the way of its own undo than the run that made it. */
static void undo_of_an_undo_does_not_miss_what_is_gone_again(void **state)
{
	struct undo_result first;
	struct undo_result second;
	struct undo_result undo;
	struct world world;

	(void)state;
	world_open(&world);
	const int64_t created = run_categories(&world, hats);
	undo_cleanly(&world, created, &first);
	undo_cleanly(&world, first.run_id, &second);
	undo_cleanly(&world, created, &undo);
	undo_cleanly(&world, second.run_id, &undo);
	assert_query(&world, "SELECT count(*) FROM category", "0");
	world_close(&world);
}

/* A run that created an item is undone while the item is gone: undoing its deletion would bring back what shall not be. */
static void undo_does_not_return_what_an_undone_run_created(void **state)
{
	struct run_result second;
	struct run_result third;
	struct undo_result first_undo;
	struct undo_result undo;
	struct scene scene;
	struct feed feed;

	(void)state;
	scene_begin(&scene);
	one_sku_of_another_group(&feed);
	feed_run(&scene.world, &feed, &(struct run_options){.job = "bolt", .missing = APPLY_MISSING_DELETE, .catalog = "main"},
	         &second);
	feed_release(&feed);
	feed_init(&feed);
	(void)feed_sku(&feed, "s7", "p7", PRODUCT_LINK_GROUP, "Seven");
	feed_run(&scene.world, &feed, &(struct run_options){.job = "bolt", .missing = APPLY_MISSING_DELETE}, &third);
	feed_release(&feed);
	undo_cleanly(&scene.world, second.run_id, &first_undo);
	assert_false(undo_run(&scene.world, third.run_id, false, &undo));
	assert_non_null(strstr(undo.conflicts, "category c3 -: - is - (run 4)"));
	undo_cleanly(&scene.world, first_undo.run_id, &undo);
	undo_cleanly(&scene.world, third.run_id, &undo);
	undo_cleanly(&scene.world, second.run_id, &undo);
	assert_dump(&scene.world, "main", scene.before);
	scene_end(&scene);
}

/* What is refused */

static void runs_that_cannot_be_undone_are_refused(void **state)
{
	struct run_result planned;
	struct undo_result undo;
	struct scene scene;
	struct feed feed;

	(void)state;
	scene_begin(&scene);
	base_feed(&feed);
	feed_run(&scene.world, &feed, &(struct run_options){.is_dry = true}, &planned);
	feed_release(&feed);
	assert_undo_refused(&scene.world, planned.run_id, "was not applied (its outcome is 'planned')");
	assert_undo_refused(&scene.world, 77, "there is no run 77");
	undo_cleanly(&scene.world, scene.first.run_id, &undo);
	assert_undo_refused(&scene.world, scene.first.run_id, "undone already, by run 3");
	undo_cleanly(&scene.world, undo.run_id, &undo);
	world_execute(&scene.world, "UPDATE run SET undoable = 0");
	assert_undo_refused(&scene.world, scene.first.run_id, "can no longer be undone");
	scene_end(&scene);
}

/* Names */

static void a_jobs_name_means_its_last_applied_run_that_is_no_undo(void **state)
{
	struct error err = ERROR_INIT;
	struct run_result planned;
	struct undo_result undo;
	struct scene scene;
	struct feed feed;
	int64_t run_id = 0;

	(void)state;
	scene_begin(&scene);
	base_feed(&feed);
	feed_run(&scene.world, &feed, &(struct run_options){.is_dry = true}, &planned);
	feed_release(&feed);
	undo_cleanly(&scene.world, scene.first.run_id, &undo);
	assert_int_equal(undo_run_find(scene.world.store, "acme", &run_id, &err), 0);
	assert_int_equal(run_id, scene.first.run_id);
	assert_int_equal(undo_run_find(scene.world.store, "2", &run_id, &err), 0);
	assert_int_equal(run_id, 2);
	assert_int_equal(undo_run_find(scene.world.store, "nobody", &run_id, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	scene_end(&scene);
}

/* The log costs nothing where nothing was there before. */
static void a_first_import_logs_no_item(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	assert_query(&scene.world, "SELECT count(*) FROM undo_row WHERE source IN ('category', 'product', 'sku')", "0");
	assert_query(&scene.world, "SELECT undoable FROM run", "1");
	scene_end(&scene);
}

/* The triggers are the run's own: nobody else fires them, and they go with it. */
static void no_trigger_outlives_the_run(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	assert_query(&scene.world, "SELECT count(*) FROM temp.sqlite_schema", "0");
	assert_query(&scene.world, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'undo%'", "0");
	scene_end(&scene);
}

int undo_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undo_returns_deleted_items_with_all_that_hangs_on_them),
		cmocka_unit_test(undo_restores_marked_items),
		cmocka_unit_test(undo_forgets_counts_of_absent_items),
		cmocka_unit_test(undo_gives_price_and_stock_back_to_their_owners),
		cmocka_unit_test(undo_takes_texts_of_jobs_away_and_gives_them_back),
		cmocka_unit_test(undo_takes_definitions_and_parts_back),
		cmocka_unit_test(undo_moves_categories_back_with_their_paths),
		cmocka_unit_test(undo_gives_items_that_were_taken_over_back),
		cmocka_unit_test(undo_restores_bytes_that_json_cannot_have),
		cmocka_unit_test(undo_tells_what_a_person_changed),
		cmocka_unit_test(undo_leaves_what_later_items_need),
		cmocka_unit_test(undo_leaves_what_was_made_anew),
		cmocka_unit_test(undo_of_an_undo_does_not_miss_what_is_gone_again),
		cmocka_unit_test(undo_does_not_return_what_an_undone_run_created),
		cmocka_unit_test(runs_that_cannot_be_undone_are_refused),
		cmocka_unit_test(a_jobs_name_means_its_last_applied_run_that_is_no_undo),
		cmocka_unit_test(a_first_import_logs_no_item),
		cmocka_unit_test(no_trigger_outlives_the_run),
	};

	return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}

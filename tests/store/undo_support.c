/* Undoing runs, and a look at everything that they may touch. */
#include "undo_support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct error no_error = ERROR_INIT;

/* All columns of the tables, with integer keys replaced by ids; job keys stay. */
static const char *const everything[] = {
	"SELECT 'category', category_id, parent_id, name, path, position, url, status, suppressed, job_key, extra, texts, created_run_id"
	" FROM category_data WHERE catalog_key = @ ORDER BY category_id",
	"SELECT 'holder', c.category_id, h.job_key FROM category_holder h JOIN category_data c USING (category_key) WHERE c.catalog_key = @"
	" ORDER BY c.category_id, h.job_key",
	"SELECT 'product', product_id, origin, name, description, brand, url, images, attributes, tags, status, suppressed, job_key, extra,"
	" categories, price_micros, old_price_micros, currency, availability, quantity_micros, texts, custom_fields, children, parts,"
	" created_run_id FROM product_data WHERE catalog_key = @ ORDER BY product_id",
	"SELECT 'in', p.product_id, k.category_id, n.position FROM product_category_data n JOIN product_data p USING (product_key)"
	" JOIN category_name k USING (category_number) WHERE p.catalog_key = @ ORDER BY p.product_id, k.category_id",
	"SELECT 'child', p.product_id, n.child_id FROM product_child_data n JOIN product_data p USING (product_key)"
	" WHERE n.catalog_key = @ ORDER BY p.product_id, n.child_id",
	"SELECT 'left', p.product_id FROM product_without_sku w JOIN product_data p USING (product_key) WHERE p.catalog_key = @ ORDER BY 2",
	"SELECT 'sku', sku_id, product_id, product_link, name, description, url, brand, price_micros, old_price_micros, currency,"
	" availability, quantity_micros, condition, gtin, mpn, merchant_sku, images, attributes, tags, weight_g, status, suppressed, job_key,"
	" offer_job_key, stock_job_key, categories, prices, stocks, extra, texts, custom_fields, reference, parts, created_run_id"
	" FROM sku_data JOIN offer_data USING (sku_key) WHERE catalog_key = @ ORDER BY sku_id",
	"SELECT 'price', s.sku_id, p.kind, p.currency, p.min_quantity_micros, p.region, p.valid_from_ms, p.valid_to_ms, p.amount_micros"
	" FROM price_data p JOIN sku_data s USING (sku_key) WHERE s.catalog_key = @ ORDER BY 2, 3, 4, 5, 6, 7, 8",
	"SELECT 'stock', s.sku_id, t.place, t.quantity_micros, t.availability FROM stock_data t JOIN sku_data s USING (sku_key)"
	" WHERE s.catalog_key = @ ORDER BY 2, 3",
	"SELECT 'absent', a.kind, CASE a.kind WHEN 0 THEN (SELECT category_id FROM category_data WHERE category_key = a.item_key)"
	" WHEN 1 THEN (SELECT product_id FROM product_data WHERE product_key = a.item_key)"
	" ELSE (SELECT sku_id FROM sku_data WHERE sku_key = a.item_key) END AS id, a.job_key, a.runs FROM absent_item a"
	" WHERE a.catalog_key = @ AND id IS NOT NULL ORDER BY 2, 3, 4",
	"SELECT 'part', kind, item_id, job_key, position, hex(hash), content, absent_runs FROM part_data WHERE catalog_key = @"
	" ORDER BY 2, 3, 4, 5, 6",
	"SELECT 'text', entity, item_id, field, language, value, job_key FROM text JOIN catalog_name USING (catalog) WHERE catalog_key = @"
	" ORDER BY 2, 3, 4, 5",
	"SELECT 'field', entity, field_id, name, value_type, required, default_value, enum_values FROM field JOIN catalog_name"
	" USING (catalog) WHERE catalog_key = @ ORDER BY 2, 3",
};

char *dump_all(struct world *world, const char *catalog)
{
	const int64_t key = catalog_key(world, catalog);
	struct buffer text;

	buffer_init(&text, (size_t)1 << 26);
	for (size_t index = 0; index < sizeof(everything) / sizeof(everything[0]); index++) {
		char *sql = with_key(everything[index], key);
		char *rows = world_query(world, sql);

		(void)buffer_append_format(&text, "%s\n", rows);
		free(rows);
		free(sql);
	}
	assert_non_null(buffer_text(&text));
	return text.data;
}

/* The lines of `left` that `right` has not. */
static void print_lines_without(const char *sign, const char *left, const char *right)
{
	while (*left != '\0') {
		const size_t size = strcspn(left, "\n");
		char *line = strndup(left, size);

		assert_non_null(line);
		if (size > 0 && strstr(right, line) == NULL)
			print_error("%s %s\n", sign, line);
		free(line);
		left += size + (left[size] != '\0');
	}
}

void assert_dump(struct world *world, const char *catalog, const char *expected)
{
	char *found = dump_all(world, catalog);

	if (strcmp(found, expected) != 0) {
		print_lines_without("-", expected, found);
		print_lines_without("+", found, expected);
		fail_msg("catalogue '%s' is not as it was", catalog);
	}
	free(found);
}

static int note_conflict(void *context, const struct undo_conflict *conflict, struct error *err)
{
	struct undo_result *result = context;
	const size_t used = strlen(result->conflicts);

	(void)err;
	(void)snprintf(result->conflicts + used, sizeof(result->conflicts) - used, "%s%s %.*s %s: %.*s is %.*s (%s %" PRId64 ")",
	               used > 0 ? "\n" : "", conflict->kind, (int)conflict->item_id.size, conflict->item_id.data,
	               conflict->field != NULL ? conflict->field : "-", conflict->to_be.size > 0 ? (int)conflict->to_be.size : 1,
	               conflict->to_be.size > 0 ? conflict->to_be.data : "-",
	               conflict->is_now.size > 0 ? (int)conflict->is_now.size : 1,
	               conflict->is_now.size > 0 ? conflict->is_now.data : "-", conflict->run_id > 0 ? "run" : "by hand",
	               conflict->run_id);
	return 0;
}

static struct run_ticket begin(struct world *world, const struct undo_target *target)
{
	const struct run_start start = {.job = target->job,
	                                .catalog = target->catalog,
	                                .trigger = "undo",
	                                .parent_run_id = target->run_id,
	                                .config_digest = "c0ffee",
	                                .now_ms = 1000,
	                                .host = "host",
	                                .pid = 1,
	                                .process_start = 1};
	struct error err = no_error;
	struct run_ticket ticket;

	if (store_run_begin(world->store, &start, &ticket, &err) < 0)
		fail_msg("begin: %s", err.message);
	return ticket;
}

bool undo_run(struct world *world, int64_t run_id, bool keep_later, struct undo_result *ret_result)
{
	const struct undo_options options = {
		.run_id = run_id, .keep_later = keep_later, .context = ret_result, .conflict = note_conflict};
	struct run_end end = {.outcome = "applied", .finished_at_ms = 2000, .bytes = -1};
	struct error err = no_error;
	struct undo_target target;
	struct run_ticket ticket;
	struct apply *apply;

	*ret_result = (struct undo_result){.run_id = 0};
	if (undo_target_find(world->store, run_id, &target, &err) < 0)
		fail_msg("find: %s", err.message);
	ticket = begin(world, &target);
	undo_target_release(&target);
	ret_result->run_id = ticket.run_id;
	if (undo_plan(world->store, &ticket, &options, &apply, &ret_result->conflict_count, &err) < 0)
		fail_msg("undo of run %d: %s", (int)run_id, err.message);
	ret_result->counts = *apply_counts(apply);
	if (ret_result->conflict_count > 0 && !keep_later) {
		apply_rollback(apply);
		world_end_run(world, &ticket, "failed");
		return false;
	}
	end.counts = &ret_result->counts;
	if (undo_commit(apply, &end, &err) < 0)
		fail_msg("commit: %s", err.message);
	return true;
}

void undo_cleanly(struct world *world, int64_t run_id, struct undo_result *ret_result)
{
	if (!undo_run(world, run_id, false, ret_result))
		fail_msg("the undo of run %d has conflicts:\n%s", (int)run_id, ret_result->conflicts);
}

void assert_undo_refused(struct world *world, int64_t run_id, const char *words)
{
	struct error err = no_error;
	struct undo_target target;

	assert_int_equal(undo_target_find(world->store, run_id, &target, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	if (strstr(err.message, words) == NULL)
		fail_msg("'%s' has no '%s'", err.message, words);
}

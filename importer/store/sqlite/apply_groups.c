/*
 * Categories and brands that lose much of what they have. Only groups that
 * lose enough are looked at, and their rest is counted no further than to
 * where they are safe: the cost follows what is absent, not the catalogue.
 */
#include "store/sqlite/apply_figures.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* ?1 is the catalogue's key, ?2 the job's, ?3 the run. */

/* A deleted SKU is in the table of changes alone. */
static const char gather_removed_sql[] =
	"INSERT INTO temp.absent_product SELECT product_id, count(*) FROM (SELECT coalesce(s.product_id,"
	" json_extract(c.before, '$.product_id')) AS product_id FROM change c INDEXED BY change_by_run LEFT JOIN sku_data s"
	" INDEXED BY sku_data_by_id ON s.catalog_key = ?1 AND s.sku_id = c.item_id"
	" WHERE c.run_id = ?3 AND c.kind = 'sku' AND c.action = 'removed') WHERE product_id IS NOT NULL GROUP BY product_id";

static const char gather_waiting_sql[] =
	"INSERT INTO temp.absent_product SELECT s.product_id, count(*) FROM absent_item a CROSS JOIN sku_data s ON s.sku_key = a.item_key"
	" WHERE a.catalog_key = ?1 AND a.job_key = ?2 AND a.kind = 2 AND a.run_id = ?3 AND a.runs = 1 GROUP BY s.product_id";

_Static_assert(ITEM_SKU == 2, "as absent_item has it");

#define PRODUCT_OF_ABSENT                                                                                           \
	" FROM temp.absent_product g CROSS JOIN product_data p INDEXED BY product_data_by_id ON p.catalog_key = ?1" \
	" AND p.product_id = g.product_id"
/* Of a product that is deleted, too. */
#define CHANGE_OF_ABSENT                                                                                                   \
	" FROM temp.absent_product g CROSS JOIN change c INDEXED BY change_by_run ON c.run_id = ?3 AND c.kind = 'product'" \
	" AND c.item_id = g.product_id AND c.action = 'removed'"
#define IS_DELETED " NOT EXISTS (SELECT 1 FROM product_data p WHERE p.catalog_key = ?1 AND p.product_id = g.product_id)"

/* ?4 is how many SKUs a group must lose to be told. */
static const char categories_sql[] =
	"SELECT group_id, sum(skus) AS absent FROM (SELECT c.category_id AS group_id, g.skus" PRODUCT_OF_ABSENT
	" CROSS JOIN product_category_data k ON k.product_key = p.product_key"
	" CROSS JOIN category_name c ON c.category_number = k.category_number"
	" UNION ALL SELECT e.value, g.skus" CHANGE_OF_ABSENT " CROSS JOIN json_each(c.before, '$.categories') e WHERE" IS_DELETED
	") GROUP BY group_id HAVING absent >= ?4 ORDER BY absent DESC, group_id";

static const char brands_sql[] =
	"SELECT group_id, sum(skus) AS absent FROM (SELECT p.brand AS group_id, g.skus" PRODUCT_OF_ABSENT
	" UNION ALL SELECT json_extract(c.before, '$.brand'), g.skus" CHANGE_OF_ABSENT " WHERE" IS_DELETED
	") WHERE group_id IS NOT NULL GROUP BY group_id HAVING absent >= ?4 ORDER BY absent DESC, group_id";

#define STAYS                                                                                                             \
	"s.job_key = ?2 AND s.status <> 'missing' AND s.created_run_id <> ?3 AND NOT EXISTS (SELECT 1 FROM absent_item a" \
	" WHERE a.catalog_key = ?1 AND a.job_key = ?2 AND a.kind = 2 AND a.item_key = s.sku_key)"

/* ?4 is the category, ?5 how far to count. */
static const char category_rest_sql[] =
	"SELECT count(*) FROM (SELECT 1 FROM category_name c INDEXED BY category_name_by_id"
	" CROSS JOIN product_category_data k INDEXED BY product_category_data_by_category ON k.category_number = c.category_number"
	" CROSS JOIN product_data p ON p.product_key = k.product_key CROSS JOIN sku_data s INDEXED BY sku_data_by_product"
	" ON s.catalog_key = ?1 AND s.product_id = p.product_id WHERE c.category_id = ?4 AND c.catalog_key = ?1 AND " STAYS
	" LIMIT ?5)";

static const char category_name_sql[] =
	"SELECT coalesce((SELECT name FROM category_data WHERE catalog_key = ?1 AND category_id = ?4),"
	" (SELECT json_extract(before, '$.name') FROM change INDEXED BY change_by_run"
	" WHERE run_id = ?3 AND kind = 'category' AND item_id = ?4)) WHERE ?2 IS NOT NULL";

static const char brands_rest_sql[] =
	"SELECT p.brand FROM sku_data s INDEXED BY sku_data_present CROSS JOIN product_data p INDEXED BY product_data_by_id"
	" ON p.catalog_key = ?1 AND p.product_id = s.product_id WHERE s.catalog_key = ?1 AND p.brand IS NOT NULL AND " STAYS;

/* A group that loses enough SKUs; it is told unless more than `most` stay. */
struct candidate {
	char *id;
	size_t id_size;
	int64_t absent;
	int64_t most;
	int64_t stay;
};

struct candidates {
	struct candidate *list;
	size_t count;
	size_t capacity;
};

static void candidates_release(struct candidates *candidates)
{
	for (size_t index = 0; index < candidates->count; index++)
		free(candidates->list[index].id);
	free(candidates->list);
}

static int candidates_add(struct candidates *candidates, struct slice id, int64_t absent, int64_t percent, struct error *err)
{
	if (candidates->count == candidates->capacity) {
		const size_t capacity = candidates->capacity > 0 ? 2 * candidates->capacity : 64;
		struct candidate *list = realloc(candidates->list, capacity * sizeof(*list));

		if (list == NULL)
			return error_set_memory(err);
		candidates->list = list;
		candidates->capacity = capacity;
	}
	struct candidate *candidate = &candidates->list[candidates->count];
	*candidate = (struct candidate){.id = malloc(id.size + 1), .id_size = id.size, .absent = absent};
	if (candidate->id == NULL)
		return error_set_memory(err);
	if (id.size > 0)
		memcpy(candidate->id, id.data, id.size);
	candidate->most = percent > 0 ? absent * (10000 - percent) / percent : INT64_MAX - 1;
	candidates->count++;
	return 0;
}

static int gather_candidates(struct apply *apply, const char *sql, const struct group_limits *limits, struct candidates *candidates,
                             struct error *err)
{
	sqlite3_stmt *statement = figures_prepare(apply, sql, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 4, limits->count);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		if (candidates_add(candidates, sqlite_column_slice(statement, 0), sqlite3_column_int64(statement, 1),
		                   limits->percent, err) < 0) {
			step = -1;
			break;
		}
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

int figures_gather_absent(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = figures_prepare(apply, apply->policy.missing_after > 1 ? gather_waiting_sql : gather_removed_sql,
	                                          err);

	if (statement == NULL)
		return -1;
	const int result = sqlite_step_done(apply->store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

static struct slice candidate_id(const struct candidate *candidate)
{
	return slice_make(candidate->id, candidate->id_size);
}

static void copy_text(struct slice text, char ret_text[FIGURES_TEXT_SIZE])
{
	const struct slice cut = utf8_cut(text, FIGURES_TEXT_SIZE - 1);

	if (cut.size > 0)
		memcpy(ret_text, cut.data, cut.size);
	ret_text[cut.size] = '\0';
}

/* Those that lose too much; the candidates stand in order. */
static void tell_groups(const struct candidates *candidates, struct group_figures *ret_groups)
{
	for (size_t index = 0; index < candidates->count; index++) {
		const struct candidate *candidate = &candidates->list[index];

		if (candidate->stay > candidate->most)
			continue;
		ret_groups->total++;
		if (ret_groups->count == FIGURES_GROUPS_MAX)
			continue;
		struct group_figure *group = &ret_groups->groups[ret_groups->count++];
		*group = (struct group_figure){.absent = candidate->absent, .before = candidate->absent + candidate->stay};
		copy_text(candidate_id(candidate), group->id);
	}
}

/* Categories */

static int count_category(struct apply *apply, sqlite3_stmt *statement, struct candidate *candidate, struct error *err)
{
	(void)sqlite3_reset(statement); /* a failure was told at its step */
	sqlite_bind_slice(statement, 4, candidate_id(candidate));
	(void)sqlite3_bind_int64(statement, 5, candidate->most + 1);
	const int step = sqlite_step_row(apply->store, statement, err);
	if (step == 1)
		candidate->stay = sqlite3_column_int64(statement, 0);
	return step < 0 ? -1 : 0;
}

static int name_categories(struct apply *apply, struct group_figures *groups, struct error *err)
{
	sqlite3_stmt *statement = figures_prepare(apply, category_name_sql, err);
	int step = 0;

	if (statement == NULL)
		return -1;
	for (size_t index = 0; step >= 0 && index < groups->count; index++) {
		(void)sqlite3_reset(statement); /* a failure was told at its step */
		sqlite_bind_slice(statement, 4, slice_from(groups->groups[index].id));
		step = sqlite_step_row(apply->store, statement, err);
		if (step == 1)
			copy_text(sqlite_column_slice(statement, 0), groups->groups[index].name);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

int figures_read_categories(struct apply *apply, const struct group_limits *limits, struct group_figures *ret_groups,
                            struct error *err)
{
	struct candidates candidates = {.list = NULL};
	sqlite3_stmt *statement = NULL;
	int result = gather_candidates(apply, categories_sql, limits, &candidates, err);

	if (result == 0 && candidates.count > 0) {
		statement = figures_prepare(apply, category_rest_sql, err);
		result = statement != NULL ? 0 : -1;
	}
	for (size_t index = 0; result == 0 && index < candidates.count; index++)
		result = count_category(apply, statement, &candidates.list[index], err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	if (result == 0) {
		tell_groups(&candidates, ret_groups);
		result = name_categories(apply, ret_groups, err);
	}
	candidates_release(&candidates);
	return result;
}

/* Brands: no index leads to them, so the job's SKUs are walked until all brands in doubt are safe. */

static int index_brands(const struct apply *apply, const struct candidates *candidates, struct hash_table *table, struct error *err)
{
	for (size_t index = 0; index < candidates->count; index++) {
		uint32_t *place = hash_table_put(table, hash_bytes(candidate_id(&candidates->list[index]), apply->store->seed),
		                                 NULL);

		if (place == NULL)
			return error_set_memory(err);
		*place = (uint32_t)index;
	}
	return 0;
}

static int count_brands(struct apply *apply, const struct candidates *candidates, const struct hash_table *table, struct error *err)
{
	size_t doubtful = candidates->count;
	sqlite3_stmt *statement = figures_prepare(apply, brands_rest_sql, err);
	int step = 0;

	if (statement == NULL)
		return -1;
	while (doubtful > 0 && (step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const uint32_t *place = hash_table_find(table, hash_bytes(sqlite_column_slice(statement, 0), apply->store->seed));
		struct candidate *candidate = place != NULL ? &candidates->list[*place] : NULL;

		if (candidate != NULL && candidate->stay++ == candidate->most)
			doubtful--;
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

int figures_read_brands(struct apply *apply, const struct group_limits *limits, struct group_figures *ret_groups, struct error *err)
{
	struct candidates candidates = {.list = NULL};
	struct hash_table table;
	int result = gather_candidates(apply, brands_sql, limits, &candidates, err);

	hash_table_init(&table);
	if (result == 0)
		result = index_brands(apply, &candidates, &table, err);
	if (result == 0)
		result = count_brands(apply, &candidates, &table, err);
	if (result == 0)
		tell_groups(&candidates, ret_groups);
	hash_table_release(&table);
	candidates_release(&candidates);
	return result;
}

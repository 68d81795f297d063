/* New rows wait here until there are enough of them, or somebody asks for their table. */
#include "store/sqlite/apply_private.h"

#include "store/sqlite/journal.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)512 * 1024 * 1024) /* of one row: fields are limited where they are read */
#define SQL_MAX ((size_t)64 * 1024)
#define TEXT_ENOUGH ((size_t)256 * 1024) /* rows with more are written at once */

static const struct bulk_shape {
	const char *table;
	enum sql_id insert;
	size_t width;
} shapes[BULK_TABLE_COUNT] = {
	[BULK_PRODUCT] = {.table = "product_data", .insert = SQL_PRODUCT_INSERT, .width = BULK_ITEM_CELLS + PRODUCT_COLUMN_COUNT},
	[BULK_PRODUCT_CATEGORY] = {.table = "product_category_data",
                                   .insert = SQL_PRODUCT_CATEGORY_INSERT,
                                   .width = BULK_LINK_CELLS},
	[BULK_SKU] = {.table = "sku_data",
                      .insert = SQL_SKU_INSERT,
                      .width = BULK_ITEM_CELLS + SKU_COLUMN_COUNT - SKU_OFFER_COUNT + 2},
	[BULK_OFFER] = {.table = "offer_data", .insert = SQL_OFFER_INSERT, .width = BULK_OFFER_CELLS + SKU_OFFER_COUNT},
};

void bulk_init(struct bulk *bulk, size_t rows_max)
{
	*bulk = (struct bulk){.rows_max = rows_max};
	for (enum bulk_table table = 0; table < BULK_TABLE_COUNT; table++)
		arena_init(&bulk->tables[table].text, TEXT_MAX);
}

void bulk_release(struct bulk *bulk)
{
	for (enum bulk_table table = 0; table < BULK_TABLE_COUNT; table++) {
		(void)sqlite3_finalize(bulk->tables[table].many); /* a failure was told at its step */
		free(bulk->tables[table].cells);
		free(bulk->tables[table].bound);
		arena_release(&bulk->tables[table].text);
	}
	bulk_init(bulk, bulk->rows_max);
}

bool bulk_is_used(struct bulk *bulk, enum sql_id id)
{
	if (bulk->uses[id] == BULK_USE_UNKNOWN) {
		bulk->uses[id] = BULK_USE_NONE;
		for (enum bulk_table table = 0; table < BULK_TABLE_COUNT; table++)
			if (strstr(sql_text(id), shapes[table].table) != NULL)
				bulk->uses[id] = BULK_USE_TABLES;
	}
	return bulk->uses[id] == BULK_USE_TABLES;
}

/* Writing */

/* The INSERT of one row with further rows behind it: their parameters are numbered on. */
static int prepare_many(struct apply *apply, enum bulk_table table, struct error *err)
{
	const struct bulk_shape *shape = &shapes[table];
	struct buffer sql;
	int result;

	buffer_init(&sql, SQL_MAX);
	(void)buffer_append_text(&sql, sql_text(shape->insert)); /* failure sticks */
	for (size_t row = 1; row < BULK_ROWS; row++)
		for (size_t cell = 0; cell < shape->width; cell++)
			(void)buffer_append_text(&sql, cell == 0 ? ", (?" : cell + 1 < shape->width ? ", ?" : ", ?)");
	if (buffer_text(&sql) == NULL)
		result = error_set_memory(err);
	else
		result = sqlite_prepare(apply->store, sql.data, &apply->bulk.tables[table].many, err);
	buffer_release(&sql);
	return result;
}

/* Half of the cells are what they were sixteen rows before: NULL, or the same key. */
static void bind_many(struct bulk_rows *rows, size_t count)
{
	for (size_t index = 0; index < count; index++) {
		const struct cell *cell = &rows->cells[index];
		struct cell *bound = &rows->bound[index];

		if (cell->type == bound->type &&
		    (cell->type == CELL_NULL || (cell->type == CELL_INTEGER && cell->integer == bound->integer)))
			continue;
		row_bind(rows->many, 1 + (int)index, cell, 1);
		bound->type = cell->type;
		bound->integer = cell->integer;
	}
}

static int write_many(struct apply *apply, enum bulk_table table, struct error *err)
{
	struct bulk_rows *rows = &apply->bulk.tables[table];
	const size_t count = BULK_ROWS * shapes[table].width;

	/* A new statement's parameters are NULL, as CELL_NULL is zero. */
	if (rows->bound == NULL)
		rows->bound = calloc(count, sizeof(*rows->bound));
	if (rows->bound == NULL)
		return error_set_memory(err);
	if (rows->many == NULL && prepare_many(apply, table, err) < 0) {
		rows->many = NULL;
		return -1;
	}
	bind_many(rows, count);
	journal_fill_advance(apply->store);
	return sqlite_step_done(apply->store, rows->many, err);
}

static int write_singly(struct apply *apply, enum bulk_table table, struct error *err)
{
	const struct bulk_shape *shape = &shapes[table];
	const struct bulk_rows *rows = &apply->bulk.tables[table];

	for (size_t row = 0; row < rows->count; row++) {
		sqlite3_stmt *statement = sql_use(apply->store, &apply->sql, shape->insert, err);

		if (statement == NULL)
			return -1;
		row_bind(statement, 1, &rows->cells[row * shape->width], shape->width);
		if (sqlite_step_done(apply->store, statement, err) < 0)
			return -1;
	}
	return 0;
}

static int write_table(struct apply *apply, enum bulk_table table, struct error *err)
{
	struct bulk_rows *rows = &apply->bulk.tables[table];

	if ((rows->count == BULK_ROWS ? write_many(apply, table, err) : write_singly(apply, table, err)) < 0)
		return -1;
	apply->bulk.count -= rows->count;
	rows->count = 0;
	arena_reset(&rows->text);
	return 0;
}

int bulk_write(struct apply *apply, struct error *err)
{
	for (enum bulk_table table = 0; table < BULK_TABLE_COUNT; table++)
		if (apply->bulk.tables[table].count > 0 && write_table(apply, table, err) < 0)
			return -1;
	return 0;
}

/* Waiting */

static int copy_cells(struct arena *arena, const struct cell *cells, size_t count, struct cell *ret_cells, struct error *err)
{
	size_t size = 0;
	char *place;

	for (size_t index = 0; index < count; index++)
		if (cells[index].type == CELL_TEXT)
			size += cells[index].text.size;
	place = arena_take(arena, size);
	if (place == NULL)
		return error_set_memory(err);
	memcpy(ret_cells, cells, count * sizeof(*cells));
	for (size_t index = 0; index < count; index++) {
		if (cells[index].type != CELL_TEXT)
			continue;
		memcpy(place, cells[index].text.data, cells[index].text.size);
		ret_cells[index].text.data = place;
		place += cells[index].text.size;
	}
	return 0;
}

static int add(struct apply *apply, enum bulk_table table, const struct cell *cells, struct error *err)
{
	const size_t width = shapes[table].width;
	struct bulk_rows *rows = &apply->bulk.tables[table];

	if (rows->cells == NULL)
		rows->cells = calloc(BULK_ROWS * width, sizeof(*rows->cells));
	if (rows->cells == NULL)
		return error_set_memory(err);
	if (copy_cells(&rows->text, cells, width, &rows->cells[rows->count * width], err) < 0)
		return -1;
	rows->count++;
	apply->bulk.count++;
	return rows->count == apply->bulk.rows_max || rows->text.used > TEXT_ENOUGH ? write_table(apply, table, err) : 0;
}

int bulk_add_link(struct apply *apply, int64_t product_key, int64_t category_number, int64_t position, struct error *err)
{
	const struct cell cells[BULK_LINK_CELLS] = {[BULK_LINK_PRODUCT] = cell_integer(product_key),
	                                            [BULK_LINK_CATEGORY_NUMBER] = cell_integer(category_number),
	                                            [BULK_LINK_POSITION] = cell_integer(position)};

	return add(apply, BULK_PRODUCT_CATEGORY, cells, err);
}

/* The key of the next row. Nothing else inserts while a run is applied. */
static int next_key(struct apply *apply, enum item_kind kind, int64_t *ret_key, struct error *err)
{
	int64_t *last = &apply->bulk.last_keys[kind];

	if (*last == 0) {
		sqlite3_stmt *statement = apply_sql(apply, kind == ITEM_SKU ? SQL_SKU_LAST_KEY : SQL_PRODUCT_LAST_KEY, err);

		if (statement == NULL || sqlite_step_row(apply->store, statement, err) < 0)
			return -1;
		*last = sqlite3_column_int64(statement, 0);
		(void)sqlite3_reset(statement); /* no failure: it gave its row */
	}
	if (*last == INT64_MAX)
		return error_set(err, ERROR_STORE, "store '%s' has no keys left for another %s", apply->store->path,
		                 item_kind_name(kind));
	*ret_key = ++*last;
	return 0;
}

static int add_offer(struct apply *apply, int64_t sku_key, const struct cell *cells, struct error *err)
{
	struct cell row[BULK_OFFER_CELLS + SKU_OFFER_COUNT];

	row[BULK_OFFER_KEY] = cell_integer(sku_key);
	(void)row_pick(ITEM_SKU, cells, true, &row[BULK_OFFER_CELLS]);
	return add(apply, BULK_OFFER, row, err);
}

int bulk_add_item(struct apply *apply, enum item_kind kind, struct slice id, const struct cell *cells, int64_t *ret_key,
                  struct error *err)
{
	struct cell row[BULK_CELLS_MAX];
	size_t count = BULK_ITEM_CELLS;

	if (next_key(apply, kind, ret_key, err) < 0)
		return -1;
	row[BULK_ITEM_KEY] = cell_integer(*ret_key);
	row[BULK_ITEM_CATALOG] = cell_integer(apply->ticket.catalog_key);
	row[BULK_ITEM_JOB] = cell_integer(apply->ticket.job_key);
	row[BULK_ITEM_RUN] = cell_integer(apply->ticket.run_id);
	row[BULK_ITEM_ID] = cell_text(id);
	count += row_pick(kind, cells, false, &row[count]);
	if (kind != ITEM_SKU)
		return add(apply, BULK_PRODUCT, row, err);
	/* A new SKU's price and stock are its owner's. */
	row[count] = row[BULK_ITEM_JOB];
	row[count + 1] = row[BULK_ITEM_JOB];
	return add(apply, BULK_SKU, row, err) < 0 || add_offer(apply, *ret_key, cells, err) < 0 ? -1 : 0;
}

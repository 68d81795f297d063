/* Looking at the store: a listing's SQL is put together from constant pieces, what is asked for is bound. */
#include "base/json.h"
#include "base/number.h"
#include "store/sqlite/listings.h"
#include "store/sqlite/sqlite_store.h"

#include <assert.h>
#include <inttypes.h>

#define SQL_BYTES_MAX 16384

struct filters {
	const char *texts[LISTING_FILTER_COUNT]; /* NULL = not asked for; the run is a number */
	int64_t run_id;
};

static struct filters read_filters(const struct store_selection *selection)
{
	return (struct filters){
		.texts = {[LISTING_CATALOG] = selection->catalog,
	                  [LISTING_JOB] = selection->job,
	                  [LISTING_ID] = selection->id,
	                  [LISTING_STATUS] = selection->status,
	                  [LISTING_PRODUCT] = selection->product_id,
	                  [LISTING_CATEGORY] = selection->category_id,
	                  [LISTING_CODE] = selection->code,
	                  [LISTING_RUN] = selection->run_id > 0 ? "" : NULL},
		.run_id = selection->run_id,
	};
}

static int compose(const struct listing *listing, const struct store_selection *selection, struct buffer *sql, struct error *err)
{
	const struct filters filters = read_filters(selection);
	const char *joint = " WHERE ";

	(void)buffer_append_text(sql, listing->select); /* failure sticks */
	for (size_t filter = 0; filter < LISTING_FILTER_COUNT; filter++) {
		if (filters.texts[filter] == NULL)
			continue;
		if (listing->conditions[filter] == NULL)
			return error_set(err, ERROR_USAGE, "this listing cannot be narrowed by '%s'",
			                 listing_parameter((enum listing_filter)filter) + 1);
		(void)buffer_append_text(sql, joint);
		(void)buffer_append_text(sql, listing->conditions[filter]);
		joint = " AND ";
	}
	(void)buffer_append_text(sql, " ORDER BY ");
	(void)buffer_append_text(sql, listing->order);
	if (selection->limit > 0)
		(void)buffer_append_text(sql, " LIMIT :limit");
	return buffer_text(sql) == NULL ? error_set_memory(err) : 0;
}

static void bind(sqlite3_stmt *statement, const struct store_selection *selection)
{
	const struct filters filters = read_filters(selection);
	int place;

	for (size_t filter = 0; filter < LISTING_FILTER_COUNT; filter++) {
		place = sqlite3_bind_parameter_index(statement, listing_parameter((enum listing_filter)filter));
		if (place == 0 || filters.texts[filter] == NULL)
			continue;
		if (filter == LISTING_RUN)
			(void)sqlite3_bind_int64(statement, place, filters.run_id);
		else
			sqlite_bind_text(statement, place, filters.texts[filter]);
	}
	place = sqlite3_bind_parameter_index(statement, ":limit");
	if (place > 0)
		(void)sqlite3_bind_int64(statement, place, selection->limit);
}

/* What people or another program have written may be of any type, whatever the column says. */
static struct store_value read_value(sqlite3_stmt *statement, int column, const struct listing_column *definition)
{
	struct store_value value = {.name = definition->name, .type = definition->type};

	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_NULL:
		value.type = STORE_NULL;
		return value;
	case SQLITE_INTEGER:
		if (definition->type == STORE_INTEGER) {
			value.integer = sqlite3_column_int64(statement, column);
			return value;
		}
		break;
	default:
		break;
	}
	value.text = sqlite_column_slice(statement, column);
	if (value.type != STORE_JSON || value.text.size == 0 || !json_is_valid(value.text, value.text.data[0] == '{' ? '{' : '['))
		value.type = STORE_TEXT;
	return value;
}

static int hand_on(struct store *store, sqlite3_stmt *statement, const struct listing *listing, struct store_row_sink sink,
                   struct error *err)
{
	const int count = sqlite3_column_count(statement);
	struct store_value values[LISTING_COLUMNS_MAX];

	assert(count > 0 && count <= LISTING_COLUMNS_MAX);
	for (int column = 0; column < count; column++) {
		assert(listing->columns[column].name != NULL);
		values[column] = read_value(statement, column, &listing->columns[column]);
		if (values[column].type != STORE_NULL && values[column].text.data == NULL &&
		    sqlite3_errcode(store->database) == SQLITE_NOMEM)
			return error_set_memory(err);
	}
	return sink.row(sink.context, values, (size_t)count, err);
}

static int list(struct store *store, const char *sql, const struct store_selection *selection, struct store_row_sink sink,
                struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	bind(statement, selection);
	while ((step = sqlite_step_row(store, statement, err)) == 1) {
		if (hand_on(store, statement, listing_find(selection), sink, err) < 0) {
			step = -1;
			break;
		}
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

int store_select(struct store *store, const struct store_selection *selection, struct store_row_sink sink, struct error *err)
{
	const struct listing *listing = listing_find(selection);
	struct buffer sql;
	int result;

	if (listing == NULL)
		return error_set(err, ERROR_USAGE, "there is no listing %d", (int)selection->list);
	if (listing->needs_run && selection->run_id <= 0)
		return error_set(err, ERROR_USAGE, "this listing is of a run, and none is named");
	buffer_init(&sql, SQL_BYTES_MAX);
	result = compose(listing, selection, &sql, err);
	if (result == 0)
		result = list(store, sql.data, selection, sink, err);
	buffer_release(&sql);
	return result;
}

/* The run that `sql` gives for `name`, or 0. */
static int find_run(struct store *store, const char *sql, const char *name, int64_t *ret_run_id, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, name);
	step = sqlite_step_row(store, statement, err);
	*ret_run_id = step == 1 ? sqlite3_column_int64(statement, 0) : 0;
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

int store_run_find(struct store *store, const char *name, int64_t *ret_run_id, struct error *err)
{
	int64_t run_id = 0, number;

	if (number_parse_integer(slice_from(name), 1, INT64_MAX, &number) &&
	    find_run(store, "SELECT run_id FROM run WHERE run_id = CAST(?1 AS INTEGER)", name, &run_id, err) < 0)
		return -1;
	if (run_id == 0 && find_run(store, "SELECT max(run_id) FROM run WHERE job = ?1", name, &run_id, err) < 0)
		return -1;
	if (run_id == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no run '%s', and no job of that name has run", name);
	*ret_run_id = run_id;
	return 0;
}

/*
 * What follows from how categories hang together: their paths, parents that
 * are not there, loops, and categories that products name and nobody
 * declares. All in temporary tables: memory stays fixed.
 */
#include "store/sqlite/apply_known.h"

#include "base/limits.h"

/*
 * A longer path is left out. Names may have 10,000 bytes and trees many
 * leaves, so that without an end a feed of some megabytes could fill a disk;
 * real paths stay under a kilobyte.
 */
#define PATH_BYTES_MAX 8192

static int run_in_catalog(struct apply *apply, enum sql_id id, struct error *err)
{
	return apply_run_with_key(apply, id, apply->ticket.catalog_key, err);
}

static int path_build(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement;

	if (run_in_catalog(apply, SQL_PATH_NODES, err) < 0)
		return -1;
	statement = apply_sql(apply, SQL_PATH_BUILD, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	(void)sqlite3_bind_int64(statement, 2, PATH_BYTES_MAX);
	(void)sqlite3_bind_int64(statement, 3, LIMIT_CATEGORY_DEPTH);
	return sqlite_step_done(apply->store, statement, err);
}

static int path_set(struct apply *apply, int64_t key, const struct cell *path, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_PATH_SET, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	row_bind(statement, 2, path, 1);
	return sqlite_step_done(apply->store, statement, err);
}

/* A statement that changed nothing else counts as updated when its path changes. */
static int path_change(struct apply *apply, int64_t key, const struct cell *path, struct error *err)
{
	struct kind_counts *counts = &apply->counts.kinds[ITEM_CATEGORY];
	bool is_new;

	if (category_keep_before(apply, key, CHANGE_UPDATED, &is_new, err) < 0)
		return -1;
	if (is_new && marks_get(&apply->marks[ITEM_CATEGORY], key) == MARK_STATED) {
		counts->unchanged--;
		counts->updated++;
	}
	return path_set(apply, key, path, err);
}

int path_finish(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	/* Paths hold as long as no category changes. */
	if (!apply->categories_changed && apply->is_clean)
		return 0;
	if (path_build(apply, err) < 0 || run_in_catalog(apply, SQL_PATH_CHANGES, err) < 0)
		return -1;
	statement = apply_sql(apply, SQL_PATH_CHANGES_ALL, err);
	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		struct cell path;

		row_read_cells(statement, 1, 1, &path);
		if (path_change(apply, sqlite3_column_int64(statement, 0), &path, err) < 0)
			return -1;
	}
	return step;
}

/* Of what a known record says nobody knows where it stands: the feed is to be read in full. */
static int note_complaint(struct apply *apply, const struct complaint *complaint, struct error *err)
{
	uint32_t place;

	if (complaint->record == (uint64_t)CATEGORY_RECORD_KNOWN)
		return error_set(err, ERROR_KNOWN, "there is a complaint about a category that a known record states");
	if (category_entry_put(apply, complaint->item_id, &place, err) < 0)
		return -1;
	apply->category_entries[place].is_complained = true;
	return 0;
}

/* Complaints about statements: the columns are id, record, stream offset and, where it has one, the text. */
static int complain_of_rows(struct apply *apply, sqlite3_stmt *statement, enum complaint_code code, struct error *err)
{
	int step;

	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const struct complaint complaint = {
			.code = code,
			.kind = ITEM_CATEGORY,
			.item_id = sqlite_column_slice(statement, 0),
			.record = (uint64_t)sqlite3_column_int64(statement, 1),
			.stream_offset = (uint64_t)sqlite3_column_int64(statement, 2),
			.text = sqlite3_column_count(statement) > 3 ? sqlite_column_slice(statement, 3) : slice_make(NULL, 0),
			.field = slice_from(field_definition(FIELD_PARENT_ID)->name),
		};

		if (note_complaint(apply, &complaint, err) < 0 || complaint_add(apply, &complaint, err) < 0)
			return -1;
	}
	return step;
}

static int complain_parents(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CATEGORY_PARENTS_MISSING, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	(void)sqlite3_bind_int64(statement, 2, CATEGORY_STATED);
	return complain_of_rows(apply, statement, COMPLAINT_CATEGORY_PARENT_MISSING, err);
}

/* Loops: from each category upwards, until a category of an earlier walk, or of this one, which then is on a loop. */

struct loop_node {
	int64_t parent_key;
	int64_t walk; /* the walk that came by; 0 = none */
	bool on_loop;
};

/* 1, 0 = not among those who reach no root, -1. */
static int node_get(struct apply *apply, int64_t key, struct loop_node *ret_node, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_LOOP_NODE_GET, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step < 0 ? -1 : 0;
	*ret_node = (struct loop_node){.parent_key = sqlite3_column_int64(statement, 0),
	                               .walk = sqlite3_column_int64(statement, 1),
	                               .on_loop = sqlite3_column_int(statement, 2) != 0};
	(void)sqlite3_reset(statement); /* no failure: it gave its row */
	return 1;
}

static int node_walk(struct apply *apply, int64_t key, int64_t walk, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_LOOP_NODE_WALK, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	(void)sqlite3_bind_int64(statement, 2, walk);
	return sqlite_step_done(apply->store, statement, err);
}

/* `key` is on a loop: mark it and all others of that loop. */
static int loop_mark(struct apply *apply, int64_t key, struct error *err)
{
	struct loop_node node;
	int result;

	while ((result = node_get(apply, key, &node, err)) == 1 && !node.on_loop) {
		if (apply_run_with_key(apply, SQL_LOOP_NODE_MARK, key, err) < 0)
			return -1;
		key = node.parent_key;
	}
	return result < 0 ? -1 : 0;
}

static int loop_walk(struct apply *apply, int64_t key, struct error *err)
{
	const int64_t walk = key;
	struct loop_node node;
	int result;

	while ((result = node_get(apply, key, &node, err)) == 1 && node.walk == 0) {
		if (node_walk(apply, key, walk, err) < 0)
			return -1;
		key = node.parent_key;
	}
	if (result <= 0)
		return result;
	return node.walk == walk ? loop_mark(apply, key, err) : 0;
}

static int complain_loops(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement;
	int64_t key = 0;
	int step;

	if (run_in_catalog(apply, SQL_LOOP_NODES, err) < 0)
		return -1;
	for (;;) {
		statement = apply_sql(apply, SQL_LOOP_NODE_NEXT, err);
		if (statement == NULL)
			return -1;
		(void)sqlite3_bind_int64(statement, 1, key);
		step = sqlite_step_row(apply->store, statement, err);
		if (step != 1)
			break;
		key = sqlite3_column_int64(statement, 0);
		(void)sqlite3_reset(statement); /* no failure: it gave its row */
		if (loop_walk(apply, key, err) < 0)
			return -1;
	}
	if (step < 0)
		return -1;
	statement = apply_sql(apply, SQL_LOOPS_STATED, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, CATEGORY_STATED);
	return complain_of_rows(apply, statement, COMPLAINT_CATEGORY_LOOP, err);
}

/* Categories that products name */

/* The first column of the only row, as a truth value; -1. */
static int read_flag(struct apply *apply, sqlite3_stmt *statement, struct error *err)
{
	int value;

	if (sqlite_step_row(apply->store, statement, err) < 0)
		return -1;
	value = sqlite3_column_int(statement, 0);
	(void)sqlite3_reset(statement); /* no failure: it gave its row */
	return value;
}

/* Is a product of ours in that category by this feed's statements: its own, or, where nobody states it, those of its SKUs? 1, 0, -1. */
static int is_stated_in(struct apply *apply, struct slice id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_CATEGORY_NAMERS, err);
	bool is_stated = false;
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, id);
	while (!is_stated && (step = sqlite_step_row(apply->store, statement, err)) != 0) {
		if (step < 0)
			return -1;
		is_stated = marks_get(&apply->marks[ITEM_PRODUCT], sqlite3_column_int64(statement, 0)) == MARK_STATED ||
		            (sqlite3_column_type(statement, 1) != SQLITE_NULL &&
		             marks_get(&apply->marks[ITEM_SKU], sqlite3_column_int64(statement, 1)) == MARK_STATED);
	}
	(void)sqlite3_reset(statement); /* no failure: it gave its rows */
	return is_stated;
}

/* Is `id` named by statements of this feed, and no present category? */
static int is_undeclared(struct apply *apply, struct slice id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CATEGORY_PRESENT, err);
	int flag;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	sqlite_bind_slice(statement, 2, id);
	flag = read_flag(apply, statement, err);
	if (flag != 0)
		return flag < 0 ? -1 : 0;
	return is_stated_in(apply, id, err);
}

/* One complaint an id. There are few, and a million products that name them. */
static int complain_undeclared(struct apply *apply, struct error *err)
{
	struct buffer *id = &apply->scratch;
	int step;

	buffer_clear(id);
	for (;;) {
		sqlite3_stmt *statement = apply_sql(apply, SQL_CATEGORY_NEXT_NAMED, err);
		struct complaint complaint = {.code = COMPLAINT_CATEGORY_UNDECLARED, .kind = ITEM_CATEGORY};
		int flag;

		if (statement == NULL)
			return -1;
		(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
		sqlite_bind_slice(statement, 2, id->size > 0 ? buffer_slice(id) : slice_make("", 0));
		step = sqlite_step_row(apply->store, statement, err);
		if (step != 1)
			return step;
		buffer_clear(id);
		if (buffer_append_slice(id, sqlite_column_slice(statement, 0)) < 0)
			return error_set_memory(err);
		(void)sqlite3_reset(statement); /* no failure: it gave its row */
		flag = is_undeclared(apply, buffer_slice(id), err);
		complaint.item_id = buffer_slice(id);
		if (flag < 0 || (flag > 0 && complaint_add(apply, &complaint, err) < 0))
			return -1;
	}
}

int path_complain(struct apply *apply, struct error *err)
{
	if (complain_parents(apply, err) < 0 || complain_loops(apply, err) < 0)
		return -1;
	/* Links that this run left alone are no matter of its feed. */
	return apply->policy.categories == APPLY_CATEGORIES_IGNORE ? 0 : complain_undeclared(apply, err);
}

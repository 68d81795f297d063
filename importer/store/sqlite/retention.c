/* Which runs are beyond the limits of their job, and taking away what they left. */
#include "store/retention.h"

#include "store/sqlite/held_sql.h"
#include "store/sqlite/known_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define PIECE_ROWS 2000 /* deleted in one transaction: some hundredths of a second */
#define SQL_BYTES 1024

static int64_t oldest_ms(const struct store_limit *limit, int64_t now_ms)
{
	return limit->days == STORE_KEEP_ALL || limit->days > now_ms / DAY_MS ? INT64_MIN : now_ms - limit->days * DAY_MS;
}

/* ---- Lists of runs and feeds ---- */

struct id_list {
	int64_t *ids;
	size_t count;
	size_t capacity;
};

static int list_append(struct id_list *list, int64_t run_id, struct error *err)
{
	if (list->count == list->capacity) {
		const size_t grown = list->capacity > 0 ? list->capacity * 2 : 64;
		int64_t *moved = reallocarray(list->ids, grown, sizeof(*moved));

		if (moved == NULL)
			return error_set_memory(err);
		list->ids = moved;
		list->capacity = grown;
	}
	list->ids[list->count++] = run_id;
	return 0;
}

/* ---- Rows of the log ---- */

struct log_table {
	const char *name;
	const char *key;
};

enum log_table_id { LOG_CHANGE, LOG_UNDO_ROW, LOG_COMPLAINT, LOG_TABLE_COUNT };

static const struct log_table log_tables[LOG_TABLE_COUNT] = {
	[LOG_CHANGE] = {"change", "rowid"},
	[LOG_UNDO_ROW] = {"undo_row", "run_id, source, item_id, detail"},
	[LOG_COMPLAINT] = {"complaint", "rowid"},
};

/*
 * The runs that have rows, by leaps through the index on run_id: as many
 * look-ups as there are such runs, however many rows. ?1 is the job.
 */
#define RUNS_WITH_ROWS                                                                                                  \
	"WITH RECURSIVE holding (run_id) AS (SELECT min(run_id) FROM %s UNION ALL"                                      \
	" SELECT (SELECT min(t.run_id) FROM %s t WHERE t.run_id > h.run_id) FROM holding h WHERE h.run_id IS NOT NULL)" \
	" SELECT r.run_id, r.started_at_ms FROM holding h JOIN run r ON r.run_id = h.run_id WHERE r.job = ?1"

/* What is kept and goes together: runs are counted over all tables of a kind. */
struct log_kind {
	const enum log_table_id *tables;
	size_t table_count;
	const struct store_limit *limit;
	bool is_undo;
};

/* Runs of a job that are beyond the limit of a kind. */
struct log_beyond {
	struct id_list runs; /* with rows, the oldest first */
	int64_t before_run;  /* the oldest one that is not; 0 = not known */
	int64_t before_ms;
};

static int compare_runs(const void *left, const void *right)
{
	const int64_t a = *(const int64_t *)left;
	const int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static int list_table(struct store *store, const struct store_retention *retention, enum log_table_id table, int64_t before_ms,
                      struct id_list *list, struct id_list *old, struct error *err)
{
	sqlite3_stmt *statement;
	char sql[SQL_BYTES];
	int step;

	(void)snprintf(sql, sizeof(sql), RUNS_WITH_ROWS, log_tables[table].name, log_tables[table].name);
	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, retention->job);
	while ((step = sqlite_step_row(store, statement, err)) == 1) {
		struct id_list *to = sqlite3_column_int64(statement, 1) < before_ms ? old : list;

		if (list_append(to, sqlite3_column_int64(statement, 0), err) < 0) {
			step = -1;
			break;
		}
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

static void sort_once(struct id_list *list)
{
	size_t count = 0;

	if (list->count > 0)
		qsort(list->ids, list->count, sizeof(*list->ids), compare_runs);
	for (size_t index = 0; index < list->count; index++)
		if (count == 0 || list->ids[count - 1] != list->ids[index])
			list->ids[count++] = list->ids[index];
	list->count = count;
}

/* free() the list's ids in any case. */
static int list_beyond(struct store *store, const struct store_retention *retention, const struct log_kind *kind,
                       struct log_beyond *ret_beyond, struct error *err)
{
	struct id_list young = {.count = 0};
	struct id_list *old = &ret_beyond->runs;
	int result = 0;

	*ret_beyond = (struct log_beyond){.before_ms = oldest_ms(kind->limit, retention->now_ms)};
	for (size_t index = 0; index < kind->table_count && result == 0; index++)
		result = list_table(store, retention, kind->tables[index], ret_beyond->before_ms, &young, old, err);
	sort_once(&young);
	const size_t kept = (int64_t)young.count > kind->limit->runs ? (size_t)kind->limit->runs : young.count;
	for (size_t index = 0; young.ids != NULL && result == 0 && index < young.count - kept; index++)
		result = list_append(old, young.ids[index], err);
	if (young.ids != NULL && kept < young.count)
		ret_beyond->before_run = young.ids[young.count - kept];
	free(young.ids);
	sort_once(old);
	return result;
}

/* Runs without rows, too: those that only created. */
static int forget_old_undo(struct store *store, const char *job, const struct log_beyond *beyond, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(store,
	                   "UPDATE run INDEXED BY run_undoable SET undoable = 0"
	                   " WHERE job = ?1 AND undoable = 1 AND (run_id < ?2 OR started_at_ms < ?3)",
	                   &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, job);
	(void)sqlite3_bind_int64(statement, 2, beyond->before_run);
	(void)sqlite3_bind_int64(statement, 3, beyond->before_ms);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

/* One piece in one transaction; how many rows went. */
static int delete_piece(struct store *store, sqlite3_stmt *statement, int64_t run_id, int64_t *ret_rows, struct error *err)
{
	if (sqlite_write_begin(store, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, run_id); /* a failure shows at the step */
	if (sqlite_step_done(store, statement, err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	*ret_rows = sqlite3_changes(store->database);
	if (sqlite_write_commit(store, err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	return 0;
}

static int delete_rows(struct store *store, enum log_table_id table, const struct id_list *runs, int64_t *rows_left,
                       int64_t *ret_deleted, struct error *err)
{
	const char *name = log_tables[table].name;
	const char *key = log_tables[table].key;
	sqlite3_stmt *statement;
	char sql[SQL_BYTES];
	int result = 0;

	(void)snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE (%s) IN (SELECT %s FROM %s WHERE run_id = ?1 LIMIT %d)", name, key,
	               key, name, PIECE_ROWS);
	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	size_t index = 0;
	while (result == 0 && *rows_left > 0 && index < runs->count) {
		int64_t rows = 0;

		result = delete_piece(store, statement, runs->ids[index], &rows, err);
		*ret_deleted += rows;
		*rows_left -= rows;
		if (rows < PIECE_ROWS)
			index++;
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

static int prune_kind(struct store *store, const struct store_retention *retention, const struct log_kind *kind, int64_t *rows_left,
                      int64_t deleted[LOG_TABLE_COUNT], struct error *err)
{
	struct log_beyond beyond;
	int result = list_beyond(store, retention, kind, &beyond, err);

	/* Half a log undoes nothing: what says that it is whole goes before its first row. */
	if (result == 0 && kind->is_undo)
		result = forget_old_undo(store, retention->job, &beyond, err);
	for (size_t index = 0; index < kind->table_count && result == 0; index++)
		result = delete_rows(store, kind->tables[index], &beyond.runs, rows_left, &deleted[kind->tables[index]], err);
	free(beyond.runs.ids);
	return result;
}

int store_log_prune(struct store *store, const struct store_retention *retention, int64_t rows_max, struct store_pruned *ret_pruned,
                    struct error *err)
{
	static const enum log_table_id change_tables[] = {LOG_CHANGE, LOG_UNDO_ROW};
	static const enum log_table_id complaint_tables[] = {LOG_COMPLAINT};
	const struct log_kind kinds[] = {
		{.tables = complaint_tables, .table_count = 1, .limit = &retention->complaints},
		{.tables = change_tables, .table_count = 2, .limit = &retention->changes, .is_undo = true},
	};
	int64_t deleted[LOG_TABLE_COUNT] = {0};
	int64_t rows_left = rows_max;
	int result = 0;

	for (size_t index = 0; index < sizeof(kinds) / sizeof(kinds[0]) && result == 0; index++)
		result = prune_kind(store, retention, &kinds[index], &rows_left, deleted, err);
	*ret_pruned = (struct store_pruned){
		.changes = deleted[LOG_CHANGE], .undo_rows = deleted[LOG_UNDO_ROW], .complaints = deleted[LOG_COMPLAINT]};
	return result == 0 ? known_prune(store, retention->job, err) : result;
}

/* ---- The spool ---- */

/* Runs are counted by what became of them, so that many of one kind do not push out those of another. */
enum spool_class { SPOOL_APPLIED, SPOOL_PLANNED, SPOOL_HELD, SPOOL_FAILED, SPOOL_CLASS_COUNT };

/* Looking at a job's runs with a feed in the spool, the newest first. Feeds are told by the first 64 bits of their digest. */
struct spool_review {
	const struct store_limit *limit;
	int64_t before_ms;
	struct id_list seen[SPOOL_CLASS_COUNT]; /* feeds */
	struct id_list kept;                    /* feeds */
	struct id_list beyond;                  /* runs */
	int64_t bytes_left;
	bool is_full;
};

static const char spooled_sql[] =
	"SELECT r.run_id, r.started_at_ms, max(coalesce(r.bytes, 0), 0), r.feed_sha256,"
	" CASE r.outcome WHEN 'applied' THEN 0 WHEN 'planned' THEN 1 WHEN 'held' THEN 2 ELSE 3 END,"
	" r.outcome = 'held' AND NOT EXISTS (SELECT 1 FROM run n INDEXED BY run_by_job WHERE " HELD_IS_OVERTAKEN(
		"n", "r") ")"
			  " FROM run r INDEXED BY run_spooled WHERE r.spooled = 1 AND r.job = ?1 ORDER BY r.run_id DESC";

static int64_t feed_of(sqlite3_stmt *statement)
{
	const struct slice sha256 = sqlite_column_slice(statement, 3);
	char digits[17] = "";

	memcpy(digits, sha256.data, sha256.size < 16 ? sha256.size : 16);
	return (int64_t)strtoull(digits, NULL, 16);
}

/* Adds what is not there; 1 = it was there. */
static int list_note(struct id_list *list, int64_t value, struct error *err)
{
	for (size_t index = 0; index < list->count; index++)
		if (list->ids[index] == value)
			return 1;
	return list_append(list, value, err);
}

/* Does this run stay within its bytes? Once something had to go, nothing older stays either: the oldest go first. */
static int review_bytes(struct spool_review *review, sqlite3_stmt *statement, bool is_safe, struct error *err)
{
	const int64_t bytes = sqlite3_column_int64(statement, 2);
	const int64_t feed = feed_of(statement);

	if (review->is_full && !is_safe)
		return 0;
	const int was_kept = list_note(&review->kept, feed, err);
	if (was_kept != 0)
		return was_kept; /* costs nothing more, or -1 */
	review->is_full = review->is_full || bytes > review->bytes_left;
	if (!review->is_full || is_safe) {
		review->bytes_left -= bytes;
		return 1;
	}
	review->kept.count--;
	return 0;
}

/* 1 = the run stays, 0 = it is beyond the limits. */
static int review_run(struct spool_review *review, sqlite3_stmt *statement, struct error *err)
{
	const int class = sqlite3_column_int(statement, 4);
	const bool is_pending = sqlite3_column_int(statement, 5) != 0;
	struct id_list *seen = &review->seen[class];
	const bool is_last = seen->count == 0 && (class == SPOOL_APPLIED || class == SPOOL_FAILED);
	const bool is_safe = is_pending || is_last;

	if (list_note(seen, feed_of(statement), err) < 0)
		return -1;
	if (!is_safe && ((int64_t)seen->count > review->limit->runs || sqlite3_column_int64(statement, 1) < review->before_ms))
		return 0;
	return review_bytes(review, statement, is_safe, err);
}

static int review_runs(struct store *store, const char *job, struct spool_review *review, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, spooled_sql, &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, job);
	while ((step = sqlite_step_row(store, statement, err)) == 1) {
		const int stays = review_run(review, statement, err);

		if (stays < 0 || (stays == 0 && list_append(&review->beyond, sqlite3_column_int64(statement, 0), err) < 0)) {
			step = -1;
			break;
		}
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

static int release_runs(struct store *store, const struct id_list *runs, struct error *err)
{
	sqlite3_stmt *statement;
	int result = 0;

	if (sqlite_prepare(store, "UPDATE run SET spooled = 0 WHERE run_id = ?1", &statement, err) < 0)
		return -1;
	for (size_t index = 0; index < runs->count && result == 0; index++) {
		(void)sqlite3_bind_int64(statement, 1, runs->ids[index]); /* a failure shows at the step */
		result = sqlite_step_done(store, statement, err);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

int store_spool_release(struct store *store, const struct store_retention *retention, struct error *err)
{
	struct spool_review review = {
		.limit = &retention->spool,
		.before_ms = oldest_ms(&retention->spool, retention->now_ms),
		.bytes_left = retention->spool_max_bytes,
	};
	int result = review_runs(store, retention->job, &review, err);

	if (result == 0 && review.beyond.count > 0) {
		result = sqlite_write_begin(store, err);
		if (result == 0 && (release_runs(store, &review.beyond, err) < 0 || sqlite_write_commit(store, err) < 0)) {
			sqlite_rollback(store);
			result = -1;
		}
	}
	free(review.beyond.ids);
	free(review.kept.ids);
	for (size_t class = 0; class < SPOOL_CLASS_COUNT; class ++)
		free(review.seen[class].ids);
	return result;
}

/* Is there a row? `text` is ?1 where it is not NULL, else `integer`. */
static int ask(struct store *store, const char *sql, const struct slice *text, int64_t integer, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	if (text != NULL)
		sqlite_bind_slice(statement, 1, *text);
	else
		(void)sqlite3_bind_int64(statement, 1, integer);
	step = sqlite_step_row(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

int store_keeps_feed(struct store *store, struct slice sha256, struct error *err)
{
	return ask(store,
	           "SELECT 1 FROM run INDEXED BY run_spooled_feed WHERE spooled = 1 AND feed_sha256 = ?1"
	           " UNION ALL SELECT 1 FROM job_memory WHERE feed_sha256 = ?1 LIMIT 1",
	           &sha256, 0, err);
}

int store_keeps_plan(struct store *store, int64_t run_id, struct error *err)
{
	return ask(store, "SELECT 1 FROM run WHERE run_id = ?1 AND (spooled = 1 OR outcome = 'running')", NULL, run_id, err);
}

#define COUNT_OF(path) "coalesce(json_extract(r.counts, '$." path "'), 0)"
#define CHANGES_OF(kind) COUNT_OF(kind ".updated") " + " COUNT_OF(kind ".restored") " + " COUNT_OF(kind ".stock.removed")

/* What was planned only is in the plan. */
#define IS_GONE(count, table)                                                                               \
	"SELECT 1 FROM run r WHERE r.run_id = ?1 AND ((r.outcome IN ('planned', 'held') AND r.spooled = 0)" \
	" OR (r.outcome = 'applied' AND " count " > 0 AND NOT EXISTS (SELECT 1 FROM " table " t WHERE t.run_id = r.run_id)))"

int store_log_is_gone(struct store *store, int64_t run_id, enum store_list list, struct error *err)
{
	static const char changes_sql[] = IS_GONE(CHANGES_OF("categories") " + " CHANGES_OF("products") " + " CHANGES_OF("skus"),
	                                          "change");
	static const char complaints_sql[] = IS_GONE(COUNT_OF("complaints.new"), "complaint");

	return ask(store, list == STORE_LIST_CHANGES ? changes_sql : complaints_sql, NULL, run_id, err);
}

int store_job_names(struct store *store, struct store_row_sink sink, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, "SELECT job FROM job_name ORDER BY job", &statement, err) < 0)
		return -1;
	while ((step = sqlite_step_row(store, statement, err)) == 1) {
		const struct store_value value = {.name = "job", .type = STORE_TEXT, .text = sqlite_column_slice(statement, 0)};

		if (sink.row(sink.context, &value, 1, err) < 0) {
			step = -1;
			break;
		}
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

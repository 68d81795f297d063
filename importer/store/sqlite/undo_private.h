/*
 * What the files of an undo share. Private to importer/store/sqlite.
 *
 * The way of an undo: undo_created.c finds what goes and what of it must stay;
 * then undo_side.c takes back rows that must go before items come back,
 * undo_item.c brings items back to what they were, undo_side.c what hangs on
 * them, and undo_created.c deletes what goes.
 */
#pragma once

#include "store/sqlite/undo_entry.h"
#include "store/sqlite/undo_log.h"
#include "store/undo.h"

enum undo_action { UNDO_GET, UNDO_PUT, UNDO_REMOVE, UNDO_ACTION_COUNT }; /* of items: insert, and update of what is no content */

/* How far later rows about one row have been looked at, in the order of their runs. */
struct undo_seen {
	enum undo_source source;
	struct buffer item_id;
	struct buffer detail;
	uint64_t columns;
	bool has_row;
};

struct undo {
	struct apply *apply;
	const struct undo_options *options;
	struct arena arena; /* of one entry */
	int64_t conflicts;
	sqlite3_stmt *actions[UNDO_SOURCE_COUNT][UNDO_ACTION_COUNT];
	int64_t job_key;      /* known to be there */
	int64_t creator;      /* the run last asked about … */
	int64_t creator_undo; /* … and the run that undid it since; 0 = none */
	struct undo_seen seen;
	struct buffer to_be;
	struct buffer is_now;
};

/* undo_rows.c: statements, conflicts, and what later runs did */

/* The statement, reset, with catalogue, id and the other keys bound as ?1, ?2, ?3…; of items only the first two. */
must_use sqlite3_stmt *undo_use(struct undo *undo, enum undo_action action, const struct undo_entry *entry, struct error *err);
void undo_statements_release(struct undo *undo);

/* The row of the entry as it is now, borrowed until the next of its source: 1, 0 = none, -1. Of an item also its integer key. */
struct undo_now {
	struct cell cells[UNDO_COLUMNS_MAX];
	int64_t key;
};
must_use int undo_get(struct undo *undo, const struct undo_entry *entry, struct undo_now *ret_now, struct error *err);

/* One place in which an entry cannot be taken back. */
struct undo_obstacle {
	size_t column;            /* UNDO_ROW: the row as a whole */
	const struct cell *to_be; /* NULL: none */
	const struct cell *is_now;
	int64_t run_id; /* 0: to be found; UNDO_BY_HAND */
	const char *reason;
};
#define UNDO_ROW SIZE_MAX
#define UNDO_BY_HAND INT64_MAX /* later than any run */
must_use int undo_report(struct undo *undo, const struct undo_entry *entry, const struct undo_obstacle *obstacle,
                         struct error *err);

/* The run that undid `run_id` after it was done, and is not undone itself; 0 = none. */
must_use int undo_find_undo(struct store *store, int64_t run_id, int64_t *ret_undo_run_id, struct error *err);

/* Visit the undo log's rows of the undone run that `sql` selects: ?1 the run, ?2 the catalogue's key. */
must_use int undo_each(struct undo *undo, const char *sql,
                       int (*visit)(struct undo *undo, const struct undo_entry *entry, struct error *err), struct error *err);

/* The first time that the item is told of? 1, 0, -1. */
must_use int undo_tell_once(struct undo *undo, enum item_kind kind, struct slice id, struct error *err);

/* A statement of ?1 the run and ?2 the catalogue's key without results. */
must_use int undo_sql_run(struct undo *undo, const char *sql, struct error *err);

/* The later run that did the last thing to the entry's row, or to a column of it; 0 = none. */
must_use int undo_find_later(struct undo *undo, const struct undo_entry *entry, size_t column, int64_t *ret_run_id,
                             struct error *err);

/*
 * Is the row of the item, which is there, the one that the run knew (1), or one
 * that a later run made in place of it (0)? -1.
 */
must_use int undo_is_same_row(struct undo *undo, enum item_kind kind, struct slice id, const struct undo_now *now,
                              struct error *err);

/*
 * The item is gone. Is that no matter of the run's, as the run had made it or
 * brought it back, or a person deleted it? 1, 0, -1.
 */
must_use int undo_is_gone_rightly(struct undo *undo, enum item_kind kind, struct slice id, struct error *err);

/* undo_item.c */
must_use int undo_items(struct undo *undo, struct error *err);

/* The kind of item that a row of the log, 'u', is about, as SQL; NULL for a part, which is no matter of the item's, and a definition. */
#define UNDO_KIND                                                                                                              \
	"CASE u.source WHEN 'category' THEN 0 WHEN 'holder' THEN 0 WHEN 'product' THEN 1 WHEN 'left' THEN 1 WHEN 'sku' THEN 2" \
	" WHEN 'absent' THEN json_extract(u.detail, '$[0]') WHEN 'text' THEN CASE json_extract(u.detail, '$[0]')"              \
	" WHEN 'category' THEN 0 WHEN 'product' THEN 1 ELSE 2 END END"

/* undo_side.c */
/* Of items that were there before the run; then of those that go. What hangs on one that stays after all stays too. */
must_use int undo_sides_that_go(struct undo *undo, struct error *err);
must_use int undo_sides_of_created(struct undo *undo, struct error *err);
must_use int undo_sides_that_return(struct undo *undo, struct error *err);

/* undo_created.c */
must_use int undo_created_find(struct undo *undo, struct error *err);
must_use int undo_created_delete(struct undo *undo, struct error *err);

/* undo_count.c: the stock of the job, by what was watched */
must_use int undo_count_stock(struct apply *apply, struct error *err);

/* undo.c: the temporary tables that its statements use, made anew. */
must_use int undo_scratch_create(struct store *store, struct error *err);

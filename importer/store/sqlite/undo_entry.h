/*
 * One row of the undo log: what a run made of one row of the store. Columns
 * are JSON, an object of the names and values; a string is the text itself,
 * or, for bytes that JSON cannot have, an array of its hexadecimal digits.
 *
 * A log is content of the database file: what does not fit a known table is
 * an error, never an SQL name. Private to importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/undo_table.h"

#include "base/arena.h"
#include "base/json.h"

struct undo_entry {
	enum undo_source source;
	struct slice item_id;
	struct slice detail; /* as it stands there */
	struct cell keys[UNDO_KEYS_MAX];
	size_t key_count;
	bool was_there; /* there was such a row before the run */
	bool is_there;  /* … and after it */
	uint64_t before_mask;
	uint64_t after_mask;
	struct cell before[UNDO_COLUMNS_MAX];
	struct cell after[UNDO_COLUMNS_MAX];
};

/* A row of 'source, item_id, detail, before, after'; text is borrowed from it or from `arena`. ERROR_STORE: no such row can be. */
must_use int undo_entry_read(sqlite3_stmt *statement, struct arena *arena, struct undo_entry *ret_entry, struct error *err);

/* The kind of item that the row is about; false for a definition. */
bool undo_entry_kind(const struct undo_entry *entry, enum item_kind *ret_kind);

void undo_append_cell(struct json_writer *json, const struct cell *cell);

/* The columns of `mask` as an object. */
void undo_append_columns(struct json_writer *json, enum undo_source source, uint64_t mask, const struct cell *cells);

bool undo_cell_equal(const struct cell *left, const struct cell *right);

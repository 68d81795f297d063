/*
 * The undo log: while a run changes the catalogue, temporary triggers keep
 * each row as it was before its first change; before the commit these are
 * compared with the rows as they are, and what differs is written down. So
 * nothing that changes the catalogue has to know of it, and nothing can be
 * forgotten. The triggers are of the run's connection only: other programs
 * and people do not fire them. Private to importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/apply_private.h"
#include "store/sqlite/undo_table.h"

/*
 * Begin to watch, inside the run's transaction, when its temporary tables have been made. Items that the run inserts are
 * told by their created_run_id; `notes_inserts`: not so, as an undo brings rows back with the number that they had.
 */
must_use int undo_log_begin(struct apply *apply, bool notes_inserts, struct error *err);

/* Before the commit: write what differs, and that the run can be undone. */
must_use int undo_log_write(struct apply *apply, struct error *err);

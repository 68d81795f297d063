/* From rows of cells to the recorder: records, groups of rows, and faults in them. */
#pragma once

#include "base/buffer.h"
#include "feed/csv_columns.h"
#include "feed/recorder.h"

struct csv_rows {
	struct recorder *recorder;
	struct csv_columns columns;
	size_t *group_places; /* of the columns to group by that the table has */
	size_t group_place_count;
	bool is_grouped;
	bool is_open;      /* a group is */
	struct buffer key; /* the cells that the rows of the group share; a row has at most LIMIT_RECORD_BYTES */
	uint64_t end;      /* of the last row */
};

/* All zeroes but `recorder` and `columns.names` is before the header. */
void csv_rows_release(struct csv_rows *rows);

/* The columns are known: ask the sink what it wants. `sample` may be NULL. */
must_use int csv_rows_start(struct csv_rows *rows, const struct record *sample, struct error *err);

must_use int csv_rows_add(struct csv_rows *rows, const struct csv_row *row, struct error *err);

/* There are no more rows. */
must_use int csv_rows_finish(struct csv_rows *rows, struct error *err);

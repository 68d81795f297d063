/* The first rows of a text table, for feed_root.sample. */
#pragma once

#include "feed/builder.h"
#include "feed/csv_columns.h"
#include "feed/csv_layout.h"

#define CSV_SAMPLE_ROWS_MAX 100

/*
 * Build into `builder` (empty) an array with the rows that stand whole in
 * `head`, CSV_SAMPLE_ROWS_MAX at most; the first has every column of the header,
 * and none has more.
 * `ret_has_sample` is false where the header itself does not stand in `head`.
 */
must_use int csv_sample_build(struct builder *builder, struct name_table *names, struct slice head, const struct csv_layout *layout,
                              const struct csv_options *options, bool *ret_has_sample, struct error *err);

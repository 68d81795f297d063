/*
 * Delimited text to records, as a stream: RFC 4180 and what real files do.
 *
 * The delimiter, where it is not told, and the kind of line break are found
 * out from the head. Then one row is kept at a time, or one group of adjacent
 * rows. What is written in quotes may hold delimiters, line breaks and doubled
 * quotes; blanks around quotes are dropped, all others are kept. Rows without
 * any text are skipped. Memory: that of one row and one record.
 *
 * The root is an array without a name. A record is a row, or where the
 * selection names columns to group by, an array of rows. Repeated column names
 * make repeated children; the seventh column is called 'column 7' where the
 * header has no name for it.
 */
#pragma once

#include "feed/reader.h"

/*
 * Faults told: a row that is shorter or longer than the header, text behind a
 * closing quote, a cell said to hold JSON that holds none. Errors: no header,
 * an open quote at the end or in a cell beyond LIMIT_FIELD_BYTES, NUL, bytes
 * that are not UTF-8. That no row is missing is never proven.
 */
must_use int csv_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err);

/*
 * Does `head` (the decoded first bytes of a feed, or all of it) look like a
 * table of more than one column: a header of names, and rows that mostly have
 * as many cells? -1 with `err` set when memory is exhausted, else 0 or 1.
 */
must_use int csv_is_plausible(struct slice head, const struct csv_options *options, struct error *err);

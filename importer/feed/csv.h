/*
 * Delimited text to records, as a stream: RFC 4180 and what real files do.
 *
 * The delimiter, where it is not told, and the header are found out from the
 * first SNIFF_BYTES of the text. Then one row is kept at a time, or one group
 * of adjacent rows. What is written in quotes may hold delimiters, line
 * breaks and doubled quotes; blanks around quotes are dropped, all others are
 * kept. Rows without any text are skipped. Memory: that of one record.
 */
#pragma once

#include "base/error.h"
#include "feed/feed.h"

struct csv_reader;

/*
 * `options` is borrowed until csv_reader_free(). `encoding_claim` completes
 * 'not valid UTF-8, although …'. NULL with `err` set when memory is exhausted.
 */
must_use struct csv_reader *csv_reader_new(struct name_table *names, struct feed_sink sink, const struct csv_options *options,
                                           const char *encoding_claim, struct error *err);
void csv_reader_free(struct csv_reader *reader);

/* The next piece of the table, cut anywhere. After -1 only csv_reader_free() may follow. */
must_use int csv_reader_push(struct csv_reader *reader, struct slice text, struct error *err);

/*
 * The table has ended. A last line without a line break is a row; an open
 * quote, or no header, is an error. That no row is missing is not proven.
 */
must_use int csv_reader_finish(struct csv_reader *reader, struct error *err);

/*
 * Does `head` (decoded, the first bytes of a feed or all of it) look like a
 * table of more than one column: a header of names, and rows that mostly have
 * as many cells? False without memory.
 */
bool csv_is_plausible(struct slice head, const struct csv_options *options);

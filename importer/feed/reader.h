/*
 * What the readers of the formats have in common: text is pushed in, records
 * come out by way of a recorder.
 */
#pragma once

#include "base/error.h"
#include "feed/feed.h"
#include "feed/recorder.h"

/* One document being read. */
struct feed_reader {
	void *context;
	/* The next piece of the decoded text, cut anywhere. After -1 only free() may follow. */
	int (*push)(void *context, struct slice text, struct error *err);
	/* The text has ended: 0 when the document was well-formed to its end. */
	int (*finish)(void *context, struct error *err);
	/*
	 * After a failure, where they are not NULL: what followed of the text is pushed piece by piece for as long as push_rest()
	 * returns true, from an empty piece on; then explain() adds to `err` what that has shown.
	 */
	bool (*push_rest)(void *context, struct slice text);
	void (*explain)(void *context, struct error *err);
	void (*free)(void *context);
};

/* What a reader is made from; all of it outlives the reader, but `head`. */
struct reader_setup {
	enum feed_format format;
	struct recorder *recorder; /* with the sink and the name table; the reader's alone while it lives */
	const struct feed_options *options;
	struct feed_summary *summary; /* is_whole and mended are the reader's to set */
	const char *encoding_claim;   /* completes 'not valid UTF-8, although …' */
	struct slice head;            /* the decoded text of the first SNIFF_BYTES, which is pushed too; borrowed for the call */
};

/*
 * Each format has one such function in its header: xml_reader_new(),
 * json_reader_new(), csv_reader_new(). -1 with `err` set, and nothing to free,
 * when it fails. A reader that stands before another one (a filter) takes that
 * over and frees it.
 */
typedef int reader_new_function(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err);

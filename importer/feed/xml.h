/*
 * XML in UTF-8 to records, over libxml2's push parser: no document type
 * definition is loaded, no entity expanded, nothing fetched. Every limit on
 * the shape of a document is kept here.
 */
#pragma once

#include "base/error.h"
#include "feed/feed.h"

struct xml_reader;

/* `encoding_claim` completes 'not valid UTF-8, although …'. NULL with `err` set when memory is exhausted. */
must_use struct xml_reader *xml_reader_new(struct name_table *names, struct feed_sink sink, const char *encoding_claim,
                                           struct error *err);
void xml_reader_free(struct xml_reader *reader);

/* The next piece of the document, cut anywhere. After -1 only xml_reader_free() may follow. */
must_use int xml_reader_push(struct xml_reader *reader, struct slice text, struct error *err);

/* The document has ended: 0 when it was well-formed and whole. */
must_use int xml_reader_finish(struct xml_reader *reader, struct error *err);

/*
 * XML in UTF-8 to records, over libxml2's push parser: no document type
 * definition is loaded, no entity expanded, nothing fetched. Every limit on
 * the shape of a document is kept here.
 */
#pragma once

#include "feed/reader.h"
#include "feed/xml_rest.h"

/* Set libxml2 up for this process; what it makes once is made now. May be called again. */
void xml_prepare(void);

/* Fails when memory is exhausted only. */
must_use int xml_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err);

/* For a reader that xml_reader_new() made: */

/*
 * Where the text pushed is one that was changed: offsets of it, which are
 * asked for in rising order, in that which the sink is to be told of.
 */
struct xml_places {
	void *context;
	int (*original)(void *context, uint64_t offset, uint64_t *ret_offset, struct error *err);
};
void xml_reader_set_places(struct feed_reader reader, struct xml_places places);

/* Of the text pushed, how much has been read. Not after a failure. */
uint64_t xml_reader_position(struct feed_reader reader);

/* After a failure. Borrowed, and unknown where the fault was not one of XML. */
const struct xml_rest *xml_reader_rest(struct feed_reader reader);

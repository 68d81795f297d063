/*
 * XML in UTF-8 to records, over libxml2's push parser: no document type
 * definition is loaded, no entity expanded, nothing fetched. Every limit on
 * the shape of a document is kept here.
 */
#pragma once

#include "feed/reader.h"

/* Fails when memory is exhausted only. */
must_use int xml_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err);

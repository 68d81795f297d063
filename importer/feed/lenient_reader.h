/*
 * The XML reader with the filter of faulty documents before it where
 * feed_options.is_lenient says so. Without that, a fault which the filter
 * would mend has the rest of the feed counted for the error to tell.
 */
#pragma once

#include "feed/reader.h"

must_use int lenient_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err);

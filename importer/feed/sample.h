/*
 * What a feed's head holds, as a tree from the root: enough to recognise a
 * dialect by before the feed is read.
 */
#pragma once

#include "base/error.h"
#include "feed/reader.h"

struct sample {
	struct recorder recorder;
	struct record record; /* without nodes where the head has none, or a limit was reached */
};

/*
 * Read setup->head by a reader of its own; what is open at its end is taken to
 * end there. A fault in the head is left for the feed's own reader to tell.
 * setup->recorder, options and summary do not matter, but for the name table
 * of the first. -1: ERROR_MEMORY. Release the sample in both cases.
 */
must_use int sample_make(struct sample *sample, reader_new_function *new_reader, const struct reader_setup *setup,
                         struct error *err);
void sample_release(struct sample *sample);

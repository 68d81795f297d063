/*
 * What the dialect does not map: every text and attribute of a record that
 * was not read into a field, as a JSON object of paths and texts. Nothing of
 * a record is lost.
 *
 * A path is relative to the record: 'delivery-options/option/@cost'. A name
 * has the prefix that the dialect gives its namespace, none in the record's
 * own or no namespace, else '{uri}name'.
 */
#pragma once

#include "base/buffer.h"
#include "dialect/evaluate.h"

struct extra;

/* `dialect` must outlive it. NULL without memory. */
struct extra *extra_new(const struct dialect *dialect);
void extra_free(struct extra *extra);

enum extra_outcome {
	EXTRA_NOTHING, /* all of the record was read; nothing is written */
	EXTRA_WRITTEN,
	EXTRA_CUT, /* written, but for what is beyond `max_bytes` */
	EXTRA_NO_MEMORY,
};

/* Append the object for what `evaluator` has not marked to `buffer`. */
enum extra_outcome extra_write(struct extra *extra, const struct evaluator *evaluator, size_t max_bytes, struct buffer *buffer);

/*
 * What the dialect does not map: every text and attribute of a record that
 * was not read into a field, as a JSON object of paths and texts. Nothing of
 * a record is lost.
 *
 * A path is relative to the record or what is nested in it: 'delivery-options/option/@cost'; of JSON 'a.b'. A name
 * has the prefix that the dialect gives its namespace, none in the record's
 * own or no namespace, else '{uri}name'.
 */
#pragma once

#include "base/buffer.h"
#include "dialect/evaluate.h"
#include "dialect/model.h"

struct extra;

/* `dialect` must outlive it. Values keep the types of JSON where they become custom fields. NULL without memory. */
struct extra *extra_new(const struct dialect *dialect, enum mapper_unknown policy);
void extra_free(struct extra *extra);

enum extra_outcome {
	EXTRA_NOTHING, /* all of the record was read; nothing is written */
	EXTRA_WRITTEN,
	EXTRA_CUT, /* written, but for what is beyond `max_bytes` */
	EXTRA_NO_MEMORY,
};

/* Append the object of paths and texts for what is not marked of the node `top` and in it to `buffer`. */
enum extra_outcome extra_write(struct extra *extra, const struct evaluator *evaluator, uint32_t top, size_t max_bytes,
                               struct buffer *buffer);

/* The same as the object that `top` is in the feed, without what was read: types and arrays are kept. */
enum extra_outcome extra_write_json(const struct evaluator *evaluator, uint32_t top, size_t max_bytes, struct buffer *buffer);

/* The custom fields that the dialect maps, as JSON, and the room that is left beside them. */
struct extra_fields {
	struct slice mapped;
	size_t max_bytes;
	size_t count_max;
};

/* As extra_write, but as custom fields: one value each, numbers and truth values of JSON kept, paths as names. */
enum extra_outcome extra_write_fields(struct extra *extra, const struct evaluator *evaluator, uint32_t top,
                                      const struct extra_fields *fields, struct buffer *buffer);

/* The first path that is left; empty where there is none. False without memory. */
must_use bool extra_find(struct extra *extra, const struct evaluator *evaluator, uint32_t top, struct slice *ret_path);

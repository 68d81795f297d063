/*
 * Flat text between processes: numbers and texts in a fixed order. One
 * description of a struct, a function that calls these for each of its
 * members, writes and reads it, so that the two cannot differ.
 *
 * What is read is not trusted: every number is checked against its bound, and
 * after the first fault everything is zero and empty.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"

struct flat {
	struct buffer *out; /* NULL = reading */
	struct slice in;
	struct arena *arena; /* for arrays that are read */
	bool failed;
	bool is_out_of_memory;
};

struct flat flat_writer(struct buffer *out);
struct flat flat_reader(struct slice in, struct arena *arena);

void flat_u64(struct flat *flat, uint64_t *value);
void flat_i64(struct flat *flat, int64_t *value);

/* A number below `end`. */
void flat_u32(struct flat *flat, uint32_t *value, uint32_t end);
void flat_bool(struct flat *flat, bool *value);

/* When reading it borrows from the input. */
void flat_text(struct flat *flat, struct slice *text);

/* The count of an array, at most `max`; returns `items`, or room for them when reading (zeroes; NULL without memory, and failed). */
void *flat_array(struct flat *flat, void *items, uint32_t *count, uint32_t max, size_t item_size);

/* Was all that was given read, and was it right? */
bool flat_is_done(const struct flat *flat);

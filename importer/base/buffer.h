/*
 * A growing byte buffer with a maximum told at birth.
 *
 * The holder owns it; release frees the bytes. Failure sticks: after the
 * first append that fails (maximum reached or no memory) every further one
 * fails too, so a sequence of appends may be checked once at its end.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

struct buffer {
	char *data;
	size_t size;
	size_t capacity;
	size_t max;
	bool failed;
};

void buffer_init(struct buffer *buffer, size_t max_bytes);
void buffer_release(struct buffer *buffer);

/* Empty it, keep the memory, forget a failure. */
void buffer_clear(struct buffer *buffer);

/* Each returns 0, or -1 when the maximum or memory is exhausted; nothing is appended then. */
int buffer_append(struct buffer *buffer, const void *data, size_t size);
int buffer_append_slice(struct buffer *buffer, struct slice text);
int buffer_append_text(struct buffer *buffer, const char *text);
int buffer_append_byte(struct buffer *buffer, char byte);
int buffer_append_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for `size` more bytes, not initialised and already counted; NULL on failure. */
void *buffer_extend(struct buffer *buffer, size_t size);

/* A NUL behind the content, not counted in size; NULL on failure. Valid until the next append. */
const char *buffer_text(struct buffer *buffer);

/* The content, borrowed until the next append. */
struct slice buffer_slice(const struct buffer *buffer);

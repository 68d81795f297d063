/* A growing byte buffer with a maximum; a failure sticks until the buffer is cleared. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_CAPACITY_MIN 64

static int fail(struct buffer *buffer)
{
	buffer->failed = true;
	return -1;
}

/* At least `needed` bytes, doubled while the maximum (and a NUL behind it) allows. */
static size_t capacity_for(const struct buffer *buffer, size_t needed)
{
	const size_t most = buffer->max < SIZE_MAX ? buffer->max + 1 : SIZE_MAX;
	size_t capacity = buffer->capacity <= most / 2 ? buffer->capacity * 2 : most;

	if (capacity < BUFFER_CAPACITY_MIN)
		capacity = BUFFER_CAPACITY_MIN < most ? BUFFER_CAPACITY_MIN : most;
	return capacity > needed ? capacity : needed;
}

/* Room for `size` more bytes and a NUL behind them. */
static int reserve(struct buffer *buffer, size_t size)
{
	size_t capacity;
	char *data;

	if (buffer->failed)
		return -1;
	if (size > buffer->max - buffer->size || size >= SIZE_MAX - buffer->size)
		return fail(buffer);
	if (buffer->size + size < buffer->capacity)
		return 0;
	capacity = capacity_for(buffer, buffer->size + size + 1);
	if (capacity > PTRDIFF_MAX)
		return fail(buffer);
	data = realloc(buffer->data, capacity);
	if (data == NULL)
		return fail(buffer);
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

void buffer_init(struct buffer *buffer, size_t max_bytes)
{
	*buffer = (struct buffer){.max = max_bytes};
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	buffer_init(buffer, buffer->max);
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
	buffer->failed = false;
}

int buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	if (reserve(buffer, size) < 0)
		return -1;
	if (size > 0)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	return 0;
}

int buffer_append_slice(struct buffer *buffer, struct slice text)
{
	return buffer_append(buffer, text.data, text.size);
}

int buffer_append_text(struct buffer *buffer, const char *text)
{
	return buffer_append(buffer, text, strlen(text));
}

int buffer_append_byte(struct buffer *buffer, char byte)
{
	if (reserve(buffer, 1) < 0)
		return -1;
	buffer->data[buffer->size++] = byte;
	return 0;
}

int buffer_append_format(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0)
		return fail(buffer);
	if (reserve(buffer, (size_t)size) < 0)
		return -1;
	va_start(arguments, format);
	(void)vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, arguments); /* measured above */
	va_end(arguments);
	buffer->size += (size_t)size;
	return 0;
}

void *buffer_extend(struct buffer *buffer, size_t size)
{
	void *room;

	if (reserve(buffer, size) < 0)
		return NULL;
	room = buffer->data + buffer->size;
	buffer->size += size;
	return room;
}

const char *buffer_text(struct buffer *buffer)
{
	if (reserve(buffer, 0) < 0)
		return NULL;
	buffer->data[buffer->size] = '\0';
	return buffer->data;
}

struct slice buffer_slice(const struct buffer *buffer)
{
	return slice_make(buffer->data, buffer->size);
}

/* Buffers that are wiped. */
#include "connection/wiped.h"

#include <string.h>

int wiped_buffer_init(struct buffer *buffer, size_t max_bytes, struct error *err)
{
	buffer_init(buffer, max_bytes);
	if (buffer_extend(buffer, max_bytes) == NULL) {
		buffer_release(buffer);
		return error_set_memory(err);
	}
	buffer_clear(buffer);
	return 0;
}

void wiped_buffer_release(struct buffer *buffer)
{
	if (buffer->data != NULL)
		explicit_bzero(buffer->data, buffer->capacity);
	buffer_release(buffer);
}

/* A buffer for texts that have a secret in them: its memory is had at once, so nothing is left behind where it grew. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

/* Room for `max_bytes`. -1: ERROR_MEMORY; then there is nothing to release. */
must_use int wiped_buffer_init(struct buffer *buffer, size_t max_bytes, struct error *err);
void wiped_buffer_release(struct buffer *buffer);

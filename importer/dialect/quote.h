/* JSON strings of texts that are valid UTF-8, as everything is that a feed's reader hands over: no second check, one append. */
#pragma once

#include "base/buffer.h"

/* Append `text` in quotes, escaped where needed; the buffer remembers a failure. */
void quote_append(struct buffer *buffer, struct slice text);

/* `first`, then `text` in quotes: quote_append_behind(buffer, "{\"name\":", name). */
void quote_append_behind(struct buffer *buffer, struct slice first, struct slice text);

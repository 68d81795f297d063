/*
 * The line of a mistake as a person may see it: printable, without secrets,
 * and short, with the place for a caret under the fault.
 */
#pragma once

#include "base/buffer.h"

#define EXCERPT_CHARACTERS 160 /* of the source line; longer lines are cut around the column */

/*
 * Append line `line` (from 1) of `source` to `text`. `ret_caret` receives the
 * characters of the appended text that stand before `column` (from 1); tabs
 * stay tabs and count one. False where the source has no such line.
 */
bool excerpt_append(struct slice source, uint32_t line, uint32_t column, struct buffer *text, uint32_t *ret_caret);

/* Append `text` printable, with the secrets of its URLs (user and password, values of the query, fragment) as '***'. */
void excerpt_append_masked(struct slice text, struct buffer *buffer);

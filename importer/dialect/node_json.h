/* A part of a record as JSON text. */
#pragma once

#include "base/buffer.h"
#include "feed/record.h"

/* How deep JSON may be that is made here: an object in FIELD_EXTRA, with some room for what it is put into. */
#define NODE_JSON_DEPTH_MAX 28

/*
 * Append `node` with its members, their types kept; where `left` is not NULL,
 * only nodes for which it is not 0. What is deeper than NODE_JSON_DEPTH_MAX
 * becomes a string with its JSON. The buffer remembers a failure.
 */
void node_json_append(struct buffer *buffer, const struct record *record, uint32_t node, const uint8_t *left);

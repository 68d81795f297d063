/* The string value of a record's node. */
#include "feed/record.h"

#include <string.h>

struct joined {
	char *data;
	size_t size;
};

static void append_text(struct joined *joined, struct slice text, size_t from, size_t to)
{
	if (to > text.size)
		to = text.size;
	if (from >= to)
		return;
	memcpy(joined->data + joined->size, text.data + from, to - from);
	joined->size += to - from;
}

/* Each child's text_before says which part of its parent's text stands before it, so a walk along `parent` needs no stack. */
static void join(const struct record *record, uint32_t top, struct joined *joined)
{
	const struct record_node *nodes = record->nodes;
	uint32_t current = top;
	uint32_t next = top + 1;
	size_t written = 0; /* of the text of `current` */

	for (;;) {
		if (next < nodes[top].end && nodes[next].parent == current) {
			append_text(joined, nodes[current].text, written, nodes[next].text_before);
			current = next++;
			written = 0;
			continue;
		}
		append_text(joined, nodes[current].text, written, SIZE_MAX);
		if (current == top)
			return;
		written = nodes[current].text_before;
		current = nodes[current].parent;
	}
}

bool record_node_value(const struct record *record, uint32_t node, struct arena *arena, struct slice *ret_value)
{
	const struct record_node *nodes = record->nodes;
	struct slice only = nodes[node].text;
	struct joined joined = {.data = NULL};
	size_t size = 0;
	size_t text_count = 0;

	for (uint32_t i = node; i < nodes[node].end; i++) {
		if (nodes[i].text.size == 0)
			continue;
		only = nodes[i].text;
		size += only.size;
		text_count++;
	}
	if (text_count <= 1) {
		*ret_value = only;
		return true;
	}
	joined.data = arena_alloc(arena, size);
	if (joined.data == NULL)
		return false;
	join(record, node, &joined);
	*ret_value = slice_make(joined.data, joined.size);
	return true;
}

/* Writes nodes of a record as JSON, walking them in document order. */
#include "dialect/node_json.h"

#include "base/json.h"
#include "dialect/quote.h"

static void append_scalar(struct buffer *buffer, const struct record_node *node)
{
	if (node->type == RECORD_NULL)
		(void)buffer_append_text(buffer, "null"); /* the buffer remembers a failure */
	else if ((node->type == RECORD_NUMBER && json_number_is_valid(node->text)) ||
	         (node->type == RECORD_BOOL && (slice_equal_text(node->text, "true") || slice_equal_text(node->text, "false"))))
		(void)buffer_append_slice(buffer, node->text); /* as above */
	else
		quote_append(buffer, node->text);
}

static bool is_compound(const struct record_node *node)
{
	return node->type == RECORD_OBJECT || node->type == RECORD_ARRAY;
}

/* A member of an object without a name is a repeated key's, which does not count. */
static bool is_hidden(const struct record *record, uint32_t node)
{
	return record->nodes[node].local == NAME_NONE && record->nodes[record->nodes[node].parent].type == RECORD_OBJECT;
}

struct walk {
	struct buffer *buffer;
	const struct record *record;
	const uint8_t *left;
};

static void append_value(const struct walk *walk, uint32_t top, unsigned depth);

/* Beyond the depth that readers of JSON accept: a string that holds the JSON. */
static void append_deep(const struct walk *walk, uint32_t node)
{
	struct buffer inner;

	buffer_init(&inner, walk->buffer->max);
	append_value(&(struct walk){.buffer = &inner, .record = walk->record, .left = walk->left}, node, 0);
	if (inner.failed)
		(void)buffer_extend(walk->buffer, SIZE_MAX / 2); /* makes this one fail too */
	else
		quote_append(walk->buffer, buffer_slice(&inner));
	buffer_release(&inner);
}

static void append_value(const struct walk *walk, uint32_t top, unsigned depth)
{
	const struct record_node *nodes = walk->record->nodes;
	const struct record_node *node = &nodes[top];
	bool is_first = true;

	if (!is_compound(node)) {
		append_scalar(walk->buffer, node);
		return;
	}
	if (depth == NODE_JSON_DEPTH_MAX) {
		append_deep(walk, top);
		return;
	}
	(void)buffer_append_byte(walk->buffer, node->type == RECORD_OBJECT ? '{' : '['); /* the buffer remembers a failure */
	for (uint32_t child = node->first_child; child != RECORD_NONE && !walk->buffer->failed; child = nodes[child].next_sibling) {
		if (is_hidden(walk->record, child) || (walk->left != NULL && walk->left[child] == 0))
			continue;
		if (!is_first)
			(void)buffer_append_byte(walk->buffer, ','); /* as above */
		is_first = false;
		if (node->type == RECORD_OBJECT) {
			quote_append(walk->buffer, name_text(walk->record->names, nodes[child].local));
			(void)buffer_append_byte(walk->buffer, ':'); /* as above */
		}
		append_value(walk, child, depth + 1);
	}
	(void)buffer_append_byte(walk->buffer, node->type == RECORD_OBJECT ? '}' : ']'); /* as above */
}

void node_json_append(struct buffer *buffer, const struct record *record, uint32_t node, const uint8_t *left)
{
	append_value(&(struct walk){.buffer = buffer, .record = record, .left = left}, node, 1);
}

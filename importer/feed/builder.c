/* One record's nodes, attributes and text. */
#include "feed/builder.h"

#include "feed/entity.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_FIRST_CAPACITY ((size_t)64 * 1024)
#define NODES_FIRST_CAPACITY 64

_Static_assert(LIMIT_FIELD_BYTES == 1 << 20 && LIMIT_RECORD_BYTES == 8 << 20 && LIMIT_RECORD_NODES == 1 << 16,
               "texts of this file name the limits");

/* Text of a child that is worth keeping when its record is left out. */
#define HEAD_TEXT_BYTES_MAX ((size_t)LIMIT_ID_BYTES * 2)

/* text_before of a member behind which another one of its name came; no text is as large. */
#define HIDDEN UINT32_MAX

void builder_release(struct builder *builder)
{
	free(builder->text);
	free(builder->nodes);
	free(builder->offsets);
	free(builder->latest);
	free(builder->attributes);
	free(builder->runs);
	memset(builder, 0, sizeof(*builder));
}

void builder_clear(struct builder *builder)
{
	builder->text_size = 0;
	builder->node_count = 0;
	builder->attribute_count = 0;
	builder->run_count = 0;
	builder->depth = 0;
	builder->content_size = 0;
	builder->oversize_text = NULL;
}

static enum builder_outcome oversize(struct builder *builder, const char *text)
{
	builder->oversize_text = text;
	return BUILDER_OVERSIZE;
}

static void move_slice(struct slice *slice, const char *from, const char *to)
{
	if (slice->size > 0)
		slice->data = to + (slice->data - from);
}

/* The slices into the text move with it. */
static bool grow_text(struct builder *builder, size_t size)
{
	size_t capacity = builder->text_capacity ? builder->text_capacity : TEXT_FIRST_CAPACITY;
	char *text;

	while (capacity - builder->text_size < size)
		capacity *= 2;
	text = malloc(capacity);
	if (text == NULL)
		return false;
	if (builder->text != NULL)
		memcpy(text, builder->text, builder->text_size);
	for (uint32_t i = 0; i < builder->node_count; i++)
		move_slice(&builder->nodes[i].text, builder->text, text);
	for (uint32_t i = 0; i < builder->attribute_count; i++)
		move_slice(&builder->attributes[i].value, builder->text, text);
	free(builder->text);
	builder->text = text;
	builder->text_capacity = capacity;
	return true;
}

/* Room for `size` more bytes: nearly always there is, and it is asked for each text. */
static inline bool reserve_text(struct builder *builder, size_t size)
{
	return (builder->text != NULL && size <= builder->text_capacity - builder->text_size) || grow_text(builder, size);
}

static bool reserve_node(struct builder *builder)
{
	const uint32_t capacity = builder->node_capacity ? builder->node_capacity * 2 : NODES_FIRST_CAPACITY;
	struct record_node *nodes;
	uint64_t *offsets;

	if (builder->node_count < builder->node_capacity)
		return true;
	nodes = realloc(builder->nodes, capacity * sizeof(*nodes));
	if (nodes == NULL)
		return false;
	builder->nodes = nodes;
	offsets = realloc(builder->offsets, capacity * sizeof(*offsets));
	if (offsets == NULL)
		return false;
	builder->offsets = offsets;
	builder->node_capacity = capacity;
	return true;
}

static bool reserve_latest(struct builder *builder)
{
	if (builder->latest == NULL)
		builder->latest = calloc(LIMIT_NAMES + 1, sizeof(*builder->latest));
	return builder->latest != NULL;
}

static bool reserve_attribute(struct builder *builder)
{
	const uint32_t capacity = builder->attribute_capacity ? builder->attribute_capacity * 2 : NODES_FIRST_CAPACITY;
	struct record_attribute *attributes;

	if (builder->attribute_count < builder->attribute_capacity)
		return true;
	attributes = realloc(builder->attributes, capacity * sizeof(*attributes));
	if (attributes == NULL)
		return false;
	builder->attributes = attributes;
	builder->attribute_capacity = capacity;
	return true;
}

static bool reserve_run(struct builder *builder)
{
	const size_t capacity = builder->run_capacity ? builder->run_capacity * 2 : NODES_FIRST_CAPACITY;
	struct builder_run *runs;

	if (builder->runs != NULL && builder->run_count < builder->run_capacity)
		return true;
	runs = realloc(builder->runs, capacity * sizeof(*runs));
	if (runs == NULL)
		return false;
	builder->runs = runs;
	builder->run_capacity = capacity;
	return true;
}

static struct builder_frame *innermost(struct builder *builder)
{
	return &builder->frames[builder->depth - 1];
}

static enum builder_outcome add_node(struct builder *builder, const struct builder_node *start)
{
	const uint32_t index = builder->node_count;
	struct record_node node = {
		.local = start->local,
		.space = start->space,
		.parent = RECORD_NONE,
		.first_child = RECORD_NONE,
		.next_sibling = RECORD_NONE,
		.end = index + 1,
		.first_attribute = builder->attribute_count,
		.type = start->type,
	};

	if (index >= LIMIT_RECORD_NODES)
		return oversize(builder, "the record has more than 65536 elements");
	if (!reserve_node(builder) || (start->type == RECORD_OBJECT && !reserve_latest(builder)))
		return BUILDER_MEMORY;
	if (builder->depth > 0) {
		struct builder_frame *parent = innermost(builder);

		node.parent = parent->node;
		node.text_before = (uint32_t)parent->text_size;
		if (parent->last_child == RECORD_NONE)
			builder->nodes[parent->node].first_child = index;
		else
			builder->nodes[parent->last_child].next_sibling = index;
		parent->last_child = index;
	}
	builder->nodes[index] = node;
	builder->offsets[index] = start->offset;
	builder->node_count++;
	return BUILDER_DONE;
}

/* The caller has seen to it that a record is never deeper than the document may be. */
enum builder_outcome builder_open(struct builder *builder, const struct builder_node *start)
{
	const enum builder_outcome outcome = add_node(builder, start);

	if (outcome == BUILDER_DONE)
		builder->frames[builder->depth++] = (struct builder_frame){
			.node = builder->node_count - 1, .last_child = RECORD_NONE, .run_first = builder->run_count};
	return outcome;
}

static enum builder_outcome check_size(struct builder *builder, size_t field_size, size_t more)
{
	if (field_size + more > LIMIT_FIELD_BYTES)
		return oversize(builder, "a field of the record is larger than 1 MiB");
	if (builder->content_size + more > LIMIT_RECORD_BYTES)
		return oversize(builder, "the record is larger than 8 MiB");
	return BUILDER_DONE;
}

/* Append `value` with its references resolved, which makes it no longer; '&' stands in it only where one begins. */
static void append_value(struct builder *builder, struct slice value)
{
	char *out = builder->text + builder->text_size;

	while (value.size > 0) {
		const char *reference = memchr(value.data, '&', value.size);
		const char *end = reference ? memchr(reference, ';', value.size - (size_t)(reference - value.data)) : NULL;
		const size_t plain = end ? (size_t)(reference - value.data) : value.size;

		memcpy(out, value.data, plain);
		out += plain;
		value = slice_make(value.data + plain, value.size - plain);
		if (end == NULL)
			break;
		const struct entity *entity = entity_find(slice_make(reference + 1, (size_t)(end - reference) - 1));
		const struct slice text = entity ? slice_from(entity->text) : (struct slice)SLICE("&");

		memcpy(out, text.data, text.size);
		out += text.size;
		value = slice_make(end + 1, value.size - (size_t)(end - reference) - 1);
	}
	builder->text_size = (size_t)(out - builder->text);
}

enum builder_outcome builder_add_attribute(struct builder *builder, struct record_attribute attribute)
{
	const size_t start = builder->text_size;
	enum builder_outcome outcome = check_size(builder, 0, attribute.value.size);

	if (outcome == BUILDER_DONE && builder->attribute_count >= LIMIT_RECORD_NODES)
		outcome = oversize(builder, "the record has more than 65536 attributes");
	if (outcome != BUILDER_DONE)
		return outcome;
	if (!reserve_attribute(builder) || !reserve_text(builder, attribute.value.size))
		return BUILDER_MEMORY;
	builder->content_size += attribute.value.size;
	append_value(builder, attribute.value);
	attribute.value = slice_make(builder->text + start, builder->text_size - start);
	builder->attributes[builder->attribute_count++] = attribute;
	builder->nodes[innermost(builder)->node].attribute_count++;
	return BUILDER_DONE;
}

enum builder_outcome builder_add_text(struct builder *builder, struct slice text)
{
	struct builder_frame *frame = innermost(builder);
	struct builder_run *last = builder->run_count > frame->run_first ? &builder->runs[builder->run_count - 1] : NULL;
	const enum builder_outcome outcome = check_size(builder, frame->text_size, text.size);

	if (outcome != BUILDER_DONE)
		return outcome;
	if (text.size == 0)
		return BUILDER_DONE;
	if (!reserve_text(builder, text.size))
		return BUILDER_MEMORY;
	if (last == NULL || last->start + last->size != builder->text_size) {
		if (!reserve_run(builder))
			return BUILDER_MEMORY;
		last = &builder->runs[builder->run_count++];
		*last = (struct builder_run){.start = builder->text_size};
	}
	memcpy(builder->text + builder->text_size, text.data, text.size);
	builder->text_size += text.size;
	last->size += text.size;
	frame->text_size += text.size;
	builder->content_size += text.size;
	return BUILDER_DONE;
}

/* The record's own node is there even where its text is too large. */
enum builder_outcome builder_add_leaf(struct builder *builder, const struct builder_node *leaf, struct slice text)
{
	enum builder_outcome outcome = BUILDER_DONE;

	if (builder->depth == 0)
		outcome = add_node(builder, leaf);
	if (outcome == BUILDER_DONE)
		outcome = check_size(builder, 0, text.size);
	if (outcome == BUILDER_DONE && builder->depth > 0)
		outcome = add_node(builder, leaf);
	if (outcome != BUILDER_DONE || text.size == 0)
		return outcome;
	if (!reserve_text(builder, text.size))
		return BUILDER_MEMORY;
	memcpy(builder->text + builder->text_size, text.data, text.size);
	builder->nodes[builder->node_count - 1].text = slice_make(builder->text + builder->text_size, text.size);
	builder->text_size += text.size;
	builder->content_size += text.size;
	return BUILDER_DONE;
}

/* One text out of the innermost element's runs. */
static bool join_runs(struct builder *builder, const struct builder_frame *frame)
{
	const size_t start = builder->text_size;

	if (!reserve_text(builder, frame->text_size))
		return false;
	for (size_t i = frame->run_first; i < builder->run_count; i++) {
		memcpy(builder->text + builder->text_size, builder->text + builder->runs[i].start, builder->runs[i].size);
		builder->text_size += builder->runs[i].size;
	}
	builder->nodes[frame->node].text = slice_make(builder->text + start, frame->text_size);
	return true;
}

enum builder_outcome builder_close(struct builder *builder)
{
	const struct builder_frame *frame = innermost(builder);
	const size_t run_count = builder->run_count - frame->run_first;

	if (run_count == 1)
		builder->nodes[frame->node].text = slice_make(builder->text + builder->runs[frame->run_first].start,
		                                              frame->text_size);
	else if (run_count > 1 && !join_runs(builder, frame))
		return BUILDER_MEMORY;
	builder->nodes[frame->node].end = builder->node_count;
	builder->run_count = frame->run_first;
	builder->depth--;
	return BUILDER_DONE;
}

/* --- members of one name --- */

/*
 * `latest` has, for each name, the node that was seen with it last, in any
 * object of any record. Only what that node itself shows to be an earlier
 * child of this object counts, so it needs no clearing.
 */
uint32_t builder_next_repeated(struct builder *builder, uint32_t object, uint32_t child)
{
	struct record_node *nodes = builder->nodes;

	for (child = child == RECORD_NONE ? nodes[object].first_child : nodes[child].next_sibling; child != RECORD_NONE;
	     child = nodes[child].next_sibling) {
		const uint32_t earlier = builder->latest[nodes[child].local];

		if (nodes[child].local == NAME_NONE)
			continue;
		builder->latest[nodes[child].local] = child;
		if (earlier > object && earlier < child && nodes[earlier].parent == object &&
		    nodes[earlier].local == nodes[child].local) {
			nodes[earlier].text_before = HIDDEN;
			return child;
		}
	}
	return RECORD_NONE;
}

/* Move the nodes from `from` to before `end`, a child of `object` and all below it, to `to`, which is not behind. */
static void move_child(struct builder *builder, uint32_t from, uint32_t end, uint32_t to)
{
	const uint32_t object = builder->nodes[from].parent;
	const uint32_t shift = from - to;

	for (uint32_t i = from; i < end; i++) {
		struct record_node node = builder->nodes[i];

		if (node.parent != object)
			node.parent -= shift;
		if (node.first_child != RECORD_NONE)
			node.first_child -= shift;
		if (node.next_sibling != RECORD_NONE)
			node.next_sibling -= shift;
		node.end -= shift;
		builder->nodes[i - shift] = node;
		builder->offsets[i - shift] = builder->offsets[i];
	}
}

void builder_remove_hidden(struct builder *builder)
{
	struct builder_frame *frame = innermost(builder);
	struct record_node *nodes = builder->nodes;
	uint32_t to = frame->node + 1;
	uint32_t next;

	frame->last_child = RECORD_NONE;
	nodes[frame->node].first_child = RECORD_NONE;
	for (uint32_t child = frame->node + 1; child < builder->node_count; child = next) {
		next = nodes[child].end;
		if (nodes[child].text_before == HIDDEN)
			continue;
		nodes[child].next_sibling = RECORD_NONE;
		if (frame->last_child == RECORD_NONE)
			nodes[frame->node].first_child = to;
		else
			nodes[frame->last_child].next_sibling = to;
		frame->last_child = to;
		move_child(builder, child, next, to);
		to += next - child;
	}
	builder->node_count = to;
}

/* --- what was built --- */

struct record builder_record(const struct builder *builder, const struct name_table *names)
{
	return (struct record){
		.nodes = builder->nodes,
		.node_count = builder->node_count,
		.attributes = builder->attributes,
		.attribute_count = builder->attribute_count,
		.names = names,
	};
}

/* Whose children are the head: the record's, or where it is an array of objects (a group of rows), those of its first one. */
static uint32_t head_top(const struct builder *builder)
{
	const struct record_node *nodes = builder->nodes;

	return nodes[0].type == RECORD_ARRAY && builder->node_count > 1 && nodes[1].type == RECORD_OBJECT ? 1 : 0;
}

static bool belongs_to_head(const struct builder *builder, uint32_t top, uint32_t index)
{
	const struct record_node *node = &builder->nodes[index];
	const bool is_open = builder->depth > top + 1 && builder->frames[top + 1].node == index;

	return !is_open && node->text_before != HIDDEN && node->parent == top && node->end == index + 1 &&
	       node->text.size <= HEAD_TEXT_BYTES_MAX;
}

/* Nodes and attributes move to the front, which never overtakes what is still to be read. */
void builder_keep_head(struct builder *builder)
{
	struct record_node *nodes = builder->nodes;
	const uint32_t top = head_top(builder);
	uint32_t node_count = top + 1;
	uint32_t attribute_count = nodes[0].attribute_count;

	nodes[0].first_child = top == 0 ? RECORD_NONE : top;
	nodes[top].first_child = RECORD_NONE;
	nodes[top].next_sibling = RECORD_NONE;
	for (uint32_t i = top + 1; i < builder->node_count; i++) {
		struct record_node node = nodes[i];

		if (!belongs_to_head(builder, top, i))
			continue;
		if (node.attribute_count > 0)
			memmove(&builder->attributes[attribute_count], &builder->attributes[node.first_attribute],
			        node.attribute_count * sizeof(builder->attributes[0]));
		node.first_attribute = attribute_count;
		attribute_count += node.attribute_count;
		node.next_sibling = RECORD_NONE;
		node.end = node_count + 1;
		node.text_before = 0;
		if (node_count == top + 1)
			nodes[top].first_child = node_count;
		else
			nodes[node_count - 1].next_sibling = node_count;
		nodes[node_count++] = node;
	}
	nodes[0].end = node_count;
	nodes[0].text = slice_make(NULL, 0);
	nodes[top].end = node_count;
	nodes[top].text = slice_make(NULL, 0);
	builder->node_count = node_count;
	builder->attribute_count = attribute_count;
}

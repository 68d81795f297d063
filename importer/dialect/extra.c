/* Collects unread texts by path. Paths are kept from record to record in a tree, since records resemble each other. */
#include "dialect/extra.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "dialect/node_json.h"
#include "dialect/quote.h"

#include <stdlib.h>
#include <string.h>

#define PATHS_MAX 50000u
#define PATH_TEXT_BYTES ((size_t)4 * 1024 * 1024)
#define ENTRY_NONE UINT32_MAX

/* A path that some record had, and what the current one has under it. */
struct extra_path {
	struct slice text;
	uint64_t record;      /* the record that last had it */
	uint32_t first_entry; /* valid for that record */
	uint32_t last_entry;
};

struct extra_entry {
	struct slice value;
	uint32_t next;
	bool is_literal; /* a number or truth value of JSON */
};

struct extra {
	const struct dialect *dialect;
	struct arena texts;
	struct hash_table by_name; /* (parent, name) to path; path 0 is the record itself */
	struct extra_path *paths;
	size_t path_count;
	size_t path_capacity;
	struct extra_entry *entries;
	size_t entry_count;
	size_t entry_capacity;
	uint32_t *order; /* paths of this record in document order */
	size_t order_count;
	size_t order_capacity;
	uint64_t record;
	uint32_t own_space;
	uint32_t top;   /* the node that paths begin at */
	bool is_fields; /* names of custom fields, with the types that JSON has */
};

enum add_outcome { ADD_DONE, ADD_FULL, ADD_NO_MEMORY };

struct extra *extra_new(const struct dialect *dialect, enum mapper_unknown policy)
{
	struct extra *extra = calloc(1, sizeof *extra);

	if (extra == NULL)
		return NULL;
	extra->dialect = dialect;
	extra->is_fields = policy == MAPPER_UNKNOWN_CREATE;
	arena_init(&extra->texts, PATH_TEXT_BYTES);
	hash_table_init(&extra->by_name);
	return extra;
}

void extra_free(struct extra *extra)
{
	if (extra == NULL)
		return;
	arena_release(&extra->texts);
	hash_table_release(&extra->by_name);
	free(extra->paths);
	free(extra->entries);
	free(extra->order);
	free(extra);
}

static bool grow(void *items_address, size_t *capacity, size_t item_size)
{
	void *items;
	void *grown;

	memcpy(&items, items_address, sizeof items);
	grown = realloc(items, (*capacity == 0 ? 64 : *capacity * 2) * item_size);
	if (grown == NULL)
		return false;
	memcpy(items_address, &grown, sizeof grown);
	*capacity = *capacity == 0 ? 64 : *capacity * 2;
	return true;
}

/* Room for one more in a growing array. */
static inline bool reserve(void *items_address, size_t count, size_t *capacity, size_t item_size)
{
	return count < *capacity || grow(items_address, capacity, item_size);
}

static void forget(struct extra *extra)
{
	hash_table_release(&extra->by_name);
	hash_table_init(&extra->by_name);
	arena_reset(&extra->texts);
	extra->path_count = 0;
}

/* Begin a record; forget all paths where there are too many of them, or where the record's own namespace is another one. */
static bool begin(struct extra *extra, uint32_t own_space)
{
	extra->record++;
	extra->entry_count = 0;
	extra->order_count = 0;
	if (extra->path_count > PATHS_MAX / 2 || extra->texts.used > PATH_TEXT_BYTES / 2 || own_space != extra->own_space)
		forget(extra);
	extra->own_space = own_space;
	if (extra->path_count > 0)
		return true;
	if (!reserve(&extra->paths, 0, &extra->path_capacity, sizeof *extra->paths))
		return false;
	extra->paths[extra->path_count++] = (struct extra_path){.text = {"", 0}};
	return true;
}

/* --- paths --- */

struct path_part {
	uint32_t local;
	uint32_t space;
	bool is_attribute;
};

/* What stands around the namespace of a name: 'g' and ':', '{' uri '}', or nothing. */
struct path_prefix {
	const char *open;
	struct slice text;
	const char *close;
};

static struct path_prefix part_prefix(const struct extra *extra, const struct name_table *names, const struct path_part *part)
{
	const struct path_namespaces *namespaces = &extra->dialect->namespaces;
	const struct slice uri = name_text(names, part->space);
	const bool is_plain = part->is_attribute ? part->space == NAME_NONE : part->space == extra->own_space;

	for (size_t i = 0; i < namespaces->count && uri.size > 0; i++)
		if (slice_equal(namespaces->items[i].space, uri))
			return (struct path_prefix){"", namespaces->items[i].prefix, ":"};
	if (uri.size > 0 && slice_equal(uri, path_namespace_find(namespaces, slice_from("xml"))))
		return (struct path_prefix){"", SLICE("xml"), ":"};
	if (is_plain)
		return (struct path_prefix){"", {NULL, 0}, ""};
	return (struct path_prefix){"{", uri, "}"};
}

/* Without memory, or room in the arena, data is NULL and size what was wanted. */
static struct slice path_text(struct extra *extra, const struct name_table *names, struct slice parent, struct path_part part)
{
	const struct path_prefix prefix = part_prefix(extra, names, &part);
	const struct slice pieces[] = {parent,
	                               slice_from(parent.size == 0                      ? ""
	                                          : extra->dialect->format == PATH_JSON ? "."
	                                                                                : "/"),
	                               slice_from(part.is_attribute ? "@" : ""),
	                               slice_from(prefix.open),
	                               prefix.text,
	                               slice_from(prefix.close),
	                               name_text(names, part.local)};
	size_t size = 0;
	char *text;

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		size += pieces[i].size;
	text = arena_alloc(&extra->texts, size + 1);
	if (text == NULL)
		return slice_make(NULL, size + 64); /* an arena counts what it adds to align */
	size = 0;
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		if (pieces[i].size > 0)
			memcpy(text + size, pieces[i].data, pieces[i].size);
		size += pieces[i].size;
	}
	return slice_make(text, size);
}

static enum add_outcome find_path(struct extra *extra, const struct name_table *names, uint32_t parent, uint32_t local,
                                  uint32_t space, bool is_attribute, uint32_t *ret_path)
{
	/* Names are below 2^14, paths below 2^16: the key is exact, and spread for the table. */
	const uint64_t exact = (uint64_t)parent << 33 | (uint64_t)local << 17 | (uint64_t)space << 1 | (is_attribute ? 1u : 0u);
	const uint64_t spread = exact * UINT64_C(0x9e3779b97f4a7c15);
	const struct hash128 key = {.low = spread ^ spread >> 32, .high = exact};
	uint32_t *found = hash_table_find(&extra->by_name, key);
	struct slice text;

	if (found != NULL) {
		*ret_path = *found;
		return ADD_DONE;
	}
	if (extra->path_count >= PATHS_MAX)
		return ADD_FULL;
	text = path_text(extra, names, extra->paths[parent].text,
	                 (struct path_part){.local = local, .space = space, .is_attribute = is_attribute});
	if (text.data == NULL)
		return text.size > PATH_TEXT_BYTES - extra->texts.used ? ADD_FULL : ADD_NO_MEMORY;
	if (!reserve(&extra->paths, extra->path_count, &extra->path_capacity, sizeof *extra->paths))
		return ADD_NO_MEMORY;
	found = hash_table_put(&extra->by_name, key, NULL);
	if (found == NULL)
		return ADD_NO_MEMORY;
	*found = (uint32_t)extra->path_count;
	extra->paths[extra->path_count++] = (struct extra_path){.text = text};
	*ret_path = *found;
	return ADD_DONE;
}

/* The path of an element, which depth bounds. */
static enum add_outcome node_path(struct extra *extra, const struct record *record, uint32_t node, uint32_t *ret_path)
{
	uint32_t chain[64];
	size_t depth = 0;
	uint32_t path = 0;

	for (; node != extra->top; node = record->nodes[node].parent) {
		if (depth == sizeof chain / sizeof chain[0])
			return ADD_FULL;
		if (record->nodes[node].local != NAME_NONE) /* items and rows have none */
			chain[depth++] = node;
	}
	while (depth > 0) {
		const struct record_node *element = &record->nodes[chain[--depth]];
		const enum add_outcome outcome = find_path(extra, record->names, path, element->local, element->space, false,
		                                           &path);

		if (outcome != ADD_DONE)
			return outcome;
	}
	*ret_path = path;
	return ADD_DONE;
}

/* --- collecting --- */

static enum add_outcome add_entry(struct extra *extra, uint32_t path_index, struct slice value, bool is_literal)
{
	struct extra_path *path = &extra->paths[path_index];
	const uint32_t entry = (uint32_t)extra->entry_count;

	if (!reserve(&extra->entries, extra->entry_count, &extra->entry_capacity, sizeof *extra->entries))
		return ADD_NO_MEMORY;
	extra->entries[extra->entry_count++] = (struct extra_entry){.value = value, .next = ENTRY_NONE, .is_literal = is_literal};
	if (path->record == extra->record) {
		extra->entries[path->last_entry].next = entry;
		path->last_entry = entry;
		return ADD_DONE;
	}
	path->record = extra->record;
	path->first_entry = entry;
	path->last_entry = entry;
	if (!reserve(&extra->order, extra->order_count, &extra->order_capacity, sizeof *extra->order))
		return ADD_NO_MEMORY;
	extra->order[extra->order_count++] = path_index;
	return ADD_DONE;
}

/* An element says something by its text, or by being there with nothing at all in it. */
static bool node_is_left(const struct extra *extra, const struct evaluator *evaluator, uint32_t index, struct slice *ret_text)
{
	const struct record_node *node = &evaluator->record->nodes[index];

	if (evaluator->node_used[index])
		return false;
	*ret_text = slice_trim(node->text);
	if (node->type == RECORD_NULL)
		*ret_text = (struct slice){NULL, 0};
	if (ret_text->size > 0)
		return true;
	if (extra->is_fields || evaluator->is_table) /* nothing to make a field of; and a blank cell says nothing */
		return false;
	if (node->type == RECORD_OBJECT || node->type == RECORD_ARRAY || node->type == RECORD_NULL)
		return index != extra->top && node->first_child == RECORD_NONE;
	return (index != extra->top || node->type != RECORD_ELEMENT) && node->first_child == RECORD_NONE &&
	       node->attribute_count == 0;
}

static bool is_literal(const struct extra *extra, const struct record_node *node, struct slice text)
{
	if (!extra->is_fields)
		return false;
	return node->type == RECORD_BOOL || (node->type == RECORD_NUMBER && json_number_is_valid(text));
}

static enum add_outcome collect_node(struct extra *extra, const struct evaluator *evaluator, uint32_t index)
{
	const struct record *record = evaluator->record;
	const struct record_node *node = &record->nodes[index];
	enum add_outcome outcome = ADD_DONE;
	uint32_t path = UINT32_MAX;
	struct slice text;

	for (uint32_t i = node->first_attribute; i < node->first_attribute + node->attribute_count && outcome == ADD_DONE; i++) {
		const struct record_attribute *attribute = &record->attributes[i];
		uint32_t attribute_path = 0;

		if (evaluator->attribute_used[i])
			continue;
		if (path == UINT32_MAX && (outcome = node_path(extra, record, index, &path)) != ADD_DONE)
			break;
		if (extra->is_fields && slice_trim(attribute->value).size == 0)
			continue;
		outcome = find_path(extra, record->names, path, attribute->local, attribute->space, true, &attribute_path);
		if (outcome == ADD_DONE)
			outcome = add_entry(extra, attribute_path, slice_trim(attribute->value), false);
	}
	if (outcome != ADD_DONE || !node_is_left(extra, evaluator, index, &text))
		return outcome;
	if (index == extra->top) /* text of the record's own element between its children */
		outcome = find_path(extra, record->names, 0, node->local, node->space, false, &path);
	else if (path == UINT32_MAX)
		outcome = node_path(extra, record, index, &path);
	return outcome == ADD_DONE ? add_entry(extra, path, text, is_literal(extra, node, text)) : outcome;
}

/* --- writing --- */

static void write_values(const struct extra *extra, const struct extra_path *path, struct slice joint, struct buffer *buffer)
{
	for (uint32_t entry = path->first_entry; entry != ENTRY_NONE; entry = extra->entries[entry].next) {
		if (extra->entries[entry].is_literal) {
			(void)buffer_append_slice(buffer, joint);                       /* the buffer remembers a failure */
			(void)buffer_append_slice(buffer, extra->entries[entry].value); /* as above */
		} else {
			quote_append_behind(buffer, joint, extra->entries[entry].value);
		}
		joint = (struct slice)SLICE(",");
	}
}

static void write_path(const struct extra *extra, const struct extra_path *path, bool is_first, struct buffer *buffer)
{
	static const struct slice joints[] = {SLICE(","), SLICE("{"), SLICE(":["), SLICE(":")};
	const bool is_list = path->first_entry != path->last_entry;

	quote_append_behind(buffer, joints[is_first ? 1 : 0], path->text);
	write_values(extra, path, joints[is_list ? 2 : 3], buffer);
	if (is_list)
		(void)buffer_append_byte(buffer, ']'); /* the buffer remembers a failure */
}

/* What was collected, but for paths that would go beyond `max_bytes`. */
static enum extra_outcome write_all(const struct extra *extra, size_t max_bytes, struct buffer *buffer)
{
	const size_t start = buffer->size;
	bool is_cut = false;

	for (size_t i = 0; i < extra->order_count; i++) {
		const size_t size = buffer->size;

		write_path(extra, &extra->paths[extra->order[i]], size == start, buffer);
		if (buffer->failed)
			return EXTRA_NO_MEMORY;
		if (buffer->size - start + 1 > max_bytes) {
			buffer->size = size;
			is_cut = true;
		}
	}
	if (buffer->size > start && buffer_append_byte(buffer, '}') != 0)
		return EXTRA_NO_MEMORY;
	return is_cut ? EXTRA_CUT : EXTRA_WRITTEN;
}

static bool is_hidden(const struct record *record, uint32_t node)
{
	return node != 0 && record->nodes[node].local == NAME_NONE &&
	       record->nodes[record->nodes[node].parent].type == RECORD_OBJECT;
}

static enum add_outcome collect_once(struct extra *extra, const struct evaluator *evaluator, uint32_t top)
{
	const struct record *record = evaluator->record;
	const bool may_hide = record->nodes[0].type != RECORD_ELEMENT;
	enum add_outcome added = ADD_DONE;

	if (!begin(extra, record->nodes[0].space))
		return ADD_NO_MEMORY;
	extra->top = top;
	for (uint32_t node = top; node < record->nodes[top].end && added == ADD_DONE; node++) {
		if (may_hide && is_hidden(record, node))
			node = record->nodes[node].end - 1;
		else
			added = collect_node(extra, evaluator, node);
	}
	return added;
}

/* What is left below `top`, by path. Paths of other records must not take the room: what a record leaves is its own affair. */
static enum add_outcome collect(struct extra *extra, const struct evaluator *evaluator, uint32_t top)
{
	const bool has_paths = extra->path_count > 1;
	const enum add_outcome added = collect_once(extra, evaluator, top);

	if (added != ADD_FULL || !has_paths)
		return added;
	forget(extra);
	return collect_once(extra, evaluator, top);
}

enum extra_outcome extra_write(struct extra *extra, const struct evaluator *evaluator, uint32_t top, size_t max_bytes,
                               struct buffer *buffer)
{
	const enum add_outcome added = collect(extra, evaluator, top);
	enum extra_outcome written = EXTRA_NOTHING;

	if (added == ADD_NO_MEMORY)
		return EXTRA_NO_MEMORY;
	if (extra->order_count > 0)
		written = write_all(extra, max_bytes, buffer);
	return added == ADD_FULL && written != EXTRA_NO_MEMORY ? EXTRA_CUT : written;
}

/* --- custom fields --- */

/* The name as it is quoted: a field that the dialect maps keeps its own, and the other one says where it comes from. */
static bool write_field_name(struct buffer *buffer, struct slice name, struct slice mapped)
{
	const size_t start = buffer->size;
	const struct slice prefix = SLICE("\"extra.");
	char *place;

	quote_append(buffer, name);
	(void)buffer_append_byte(buffer, ':'); /* the buffer remembers a failure */
	if (buffer->failed)
		return false;
	if (slice_find(mapped, slice_make(buffer->data + start, buffer->size - start)) == SIZE_MAX)
		return true;
	if (buffer_extend(buffer, prefix.size - 1) == NULL)
		return false;
	place = buffer->data + start;
	memmove(place + prefix.size, place + 1, buffer->size - start - prefix.size);
	memcpy(place, prefix.data, prefix.size);
	return true;
}

/* One value; several are one text that holds them as a JSON array. */
static void write_field_value(const struct extra *extra, const struct extra_path *path, struct buffer *buffer)
{
	struct buffer list;

	if (path->first_entry == path->last_entry) {
		write_values(extra, path, (struct slice){"", 0}, buffer);
		return;
	}
	buffer_init(&list, buffer->max);
	write_values(extra, path, (struct slice)SLICE("["), &list);
	if (buffer_append_byte(&list, ']') != 0)
		(void)buffer_extend(buffer, SIZE_MAX / 2); /* makes this one fail too */
	else
		quote_append(buffer, buffer_slice(&list));
	buffer_release(&list);
}

enum extra_outcome extra_write_fields(struct extra *extra, const struct evaluator *evaluator, uint32_t top,
                                      const struct extra_fields *fields, struct buffer *buffer)
{
	const enum add_outcome added = collect(extra, evaluator, top);
	const size_t start = buffer->size;
	bool is_cut = added == ADD_FULL;
	size_t count = 0;

	if (added == ADD_NO_MEMORY)
		return EXTRA_NO_MEMORY;
	for (size_t i = 0; i < extra->order_count; i++) {
		const struct extra_path *path = &extra->paths[extra->order[i]];
		const struct slice name = slice_trim(path->text);
		const size_t size = buffer->size;

		if (name.size == 0 || name.size > LIMIT_ID_BYTES - sizeof "extra." || count == fields->count_max) {
			is_cut = true;
			continue;
		}
		(void)buffer_append_byte(buffer, size == start ? '{' : ','); /* the buffer remembers a failure */
		if (!write_field_name(buffer, name, fields->mapped))
			return EXTRA_NO_MEMORY;
		write_field_value(extra, path, buffer);
		if (buffer->failed)
			return EXTRA_NO_MEMORY;
		count++;
		if (buffer->size - start + 1 > fields->max_bytes) {
			buffer->size = size;
			is_cut = true;
			count--;
		}
	}
	if (buffer->size > start && buffer_append_byte(buffer, '}') != 0)
		return EXTRA_NO_MEMORY;
	return is_cut ? EXTRA_CUT : buffer->size > start ? EXTRA_WRITTEN : EXTRA_NOTHING;
}

bool extra_find(struct extra *extra, const struct evaluator *evaluator, uint32_t top, struct slice *ret_path)
{
	const enum add_outcome added = collect(extra, evaluator, top);

	*ret_path = (struct slice){NULL, 0};
	if (extra->order_count > 0)
		*ret_path = extra->paths[extra->order[0]].text;
	else if (added == ADD_FULL)
		*ret_path = slice_from("…");
	return added != ADD_NO_MEMORY;
}

/* --- JSON --- */

/* Of the nodes below `top`, those that were not read, and what has such in it. */
static uint8_t *find_left(const struct evaluator *evaluator, uint32_t top)
{
	const struct record *record = evaluator->record;
	uint8_t *left = arena_alloc(evaluator->arena, record->node_count);

	if (left == NULL)
		return NULL;
	for (uint32_t node = record->nodes[top].end; node-- > top;) { /* children before what they are in */
		if (record->nodes[node].first_child == RECORD_NONE && !evaluator->node_used[node])
			left[node] = 1;
		if (is_hidden(record, node))
			left[node] = 0;
		if (left[node] != 0 && node > top)
			left[record->nodes[node].parent] = 1;
	}
	return left;
}

static void append_member(struct buffer *buffer, const struct evaluator *evaluator, uint32_t node, const uint8_t *left)
{
	quote_append(buffer, name_text(evaluator->record->names, evaluator->record->nodes[node].local));
	(void)buffer_append_byte(buffer, ':'); /* the buffer remembers a failure */
	node_json_append(buffer, evaluator->record, node, left);
}

enum extra_outcome extra_write_json(const struct evaluator *evaluator, uint32_t top, size_t max_bytes, struct buffer *buffer)
{
	const struct record_node *nodes = evaluator->record->nodes;
	const uint8_t *left = find_left(evaluator, top);
	const bool is_object = nodes[top].type == RECORD_OBJECT;
	const size_t start = buffer->size;
	bool is_cut = false;

	if (left == NULL)
		return EXTRA_NO_MEMORY;
	if (left[top] == 0 || (is_object && nodes[top].first_child == RECORD_NONE))
		return EXTRA_NOTHING;
	for (uint32_t child = is_object ? nodes[top].first_child : top; child != RECORD_NONE;
	     child = is_object ? nodes[child].next_sibling : RECORD_NONE) {
		const size_t size = buffer->size;

		if (left[child] == 0)
			continue;
		(void)buffer_append_byte(buffer, size == start ? '{' : ','); /* the buffer remembers a failure */
		append_member(buffer, evaluator, child, left);
		if (buffer->failed)
			return EXTRA_NO_MEMORY;
		if (buffer->size - start + 1 > max_bytes) {
			buffer->size = size;
			is_cut = true;
		}
	}
	if (buffer->size > start && buffer_append_byte(buffer, '}') != 0)
		return EXTRA_NO_MEMORY;
	return is_cut ? EXTRA_CUT : EXTRA_WRITTEN;
}

/* The categories of an item: ids of a declared tree, or paths in words, from which a tree is made. */
#include "dialect/mapping.h"

#include <string.h>

#define PATH_JOINT " > "

static bool complain(struct mapper *mapper, enum complaint_code code, struct slice text)
{
	return mapper_complain(mapper, code, field_definition(FIELD_CATEGORIES)->name, text);
}

/* Appends a segment with its inner white space made single; returns its size. */
static size_t append_segment(char *output, struct slice segment)
{
	size_t size = 0;

	for (size_t i = 0; i < segment.size; i++) {
		const char byte = segment.data[i];
		const bool is_blank = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';

		if (!is_blank)
			output[size++] = byte;
		else if (output[size - 1] != ' ') /* a trimmed segment does not begin with a blank */
			output[size++] = ' ';
	}
	return size;
}

enum path_outcome { PATH_READ, PATH_EMPTY, PATH_TOO_DEEP, PATH_TOO_LONG, PATH_NO_MEMORY };

/* 'A>B  c' to 'A > B c' behind the job's prefix, with the places where each ancestor's id ends. */
static enum path_outcome read_path(struct mapper *mapper, struct slice text, const struct value_rule *rule,
                                   struct category_path *ret_path)
{
	const struct slice prefix = mapper->options.category_prefix;
	struct slice_splitter splitter = slice_split(text, rule->separator);
	struct category_path *path = ret_path;
	const size_t joint = sizeof PATH_JOINT - 1;
	struct slice segment = {NULL, 0};
	size_t size = prefix.size;
	char *id;

	/* each separator, at least one byte, may become a joint of three */
	if (text.size > LIMIT_FIELD_BYTES)
		return PATH_TOO_LONG;
	id = arena_alloc(&mapper->record_arena, prefix.size + text.size * joint + joint);
	if (id == NULL)
		return PATH_NO_MEMORY;
	if (prefix.size > 0)
		memcpy(id, prefix.data, prefix.size);
	path->depth = 0;
	while (slice_split_next(&splitter, &segment)) {
		segment = slice_trim(segment);
		if (segment.size == 0 || (path->depth == 0 && value_is_dropped(rule, segment)))
			continue;
		if (path->depth == LIMIT_CATEGORY_DEPTH)
			return PATH_TOO_DEEP;
		if (path->depth > 0) {
			memcpy(id + size, PATH_JOINT, joint);
			size += joint;
		}
		path->starts[path->depth] = size;
		size += append_segment(id + size, segment);
		path->ends[path->depth++] = size;
	}
	path->id = slice_make(id, size);
	if (path->depth == 0)
		return PATH_EMPTY;
	return size > LIMIT_ID_BYTES ? PATH_TOO_LONG : PATH_READ;
}

/* Has the item this category already? */
static bool is_listed(const struct slice *ids, size_t count, struct slice id)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(ids[i], id))
			return true;
	return false;
}

/* The id that a value names: with the job's prefix, or of its path, which is kept for its statements. Empty where unusable. */
static bool read_id(struct mapper *mapper, const struct value_rule *rule, struct slice text, struct slice *ret_id)
{
	struct category_path *path = &mapper->category_paths[mapper->category_path_count];

	*ret_id = (struct slice){NULL, 0};
	if (rule->separator.size > 0) {
		switch (read_path(mapper, text, rule, path)) {
		case PATH_READ:
			*ret_id = path->id;
			return true;
		case PATH_EMPTY:
			return true;
		case PATH_TOO_DEEP:
			return complain(mapper, COMPLAINT_LIST_TOO_LONG, text);
		case PATH_TOO_LONG:
			return complain(mapper, COMPLAINT_ID_TOO_LONG, text);
		case PATH_NO_MEMORY:
			return false;
		}
	}
	return field_make_id(mapper, mapper->options.category_prefix, text, field_definition(FIELD_CATEGORIES)->name, ret_id);
}

static bool add_category(struct mapper *mapper, struct list_builder *list, const struct value_rule *rule,
                         const struct mapped_value *value)
{
	struct slice id;
	bool fits;

	if (value->is_too_costly)
		return complain(mapper, COMPLAINT_TEXT_TOO_LONG, value->text);
	if (list->count == LIMIT_CATEGORIES_PER_ITEM)
		return list_item_begin(list, value->text, &fits); /* full: complains once */
	if (!read_id(mapper, rule, value->text, &id))
		return false;
	if (id.size == 0)
		return true;
	if (!is_listed(mapper->category_ids, list->count, id)) {
		if (!list_item_begin(list, value->text, &fits))
			return false;
		quote_append(&mapper->json, id);
		mapper->category_ids[list->count] = id;
		if (!list_item_end(list, value->text, &fits))
			return false;
		if (rule->separator.size > 0)
			mapper->category_path_count++;
	}
	if (value->is_last_piece)
		mapper_take(mapper, value);
	return true;
}

bool map_categories(struct mapper *mapper)
{
	const struct field_rule *rule = &mapper->rule->fields[FIELD_CATEGORIES];
	enum presence presence = PRESENCE_ABSENT;
	struct list_builder list;

	if (rule->entry_count == 0)
		return true;
	list_begin(&list, mapper, FIELD_CATEGORIES, LIMIT_CATEGORIES_PER_ITEM);
	for (size_t i = 0; i < rule->entry_count; i++) {
		struct mapped_values values;

		if (!value_read_all(mapper, &rule->entries[i].value, MATCH_RECORD, &values))
			return false;
		presence = values.presence > presence ? values.presence : presence;
		for (size_t k = 0; k < values.count; k++)
			if (!add_category(mapper, &list, &rule->entries[i].value, &values.items[k]))
				return false;
	}
	return list_end(&list, presence);
}

/* --- statements of paths --- */

static void set_text(struct statement *statement, enum field_id field, struct slice text)
{
	statement->fields[field].presence = PRESENCE_VALUE;
	statement->fields[field].text = text;
}

int map_emit_category_paths(struct mapper *mapper, struct error *err)
{
	struct statement statement;

	if (mapper->category_path_count == 0)
		return 0;
	statement_init(&statement, ITEM_CATEGORY, STATEMENT_STATED);
	statement.record = mapper->ordinal;
	statement.stream_offset = mapper->record->stream_offset;
	for (size_t i = 0; i < mapper->category_path_count; i++) {
		const struct category_path *path = &mapper->category_paths[i];

		for (size_t level = path->depth; level > 0; level--) {
			const size_t start = path->starts[level - 1];

			statement.action = level == path->depth ? STATEMENT_STATED : STATEMENT_DERIVED;
			set_text(&statement, FIELD_ID, slice_make(path->id.data, path->ends[level - 1]));
			set_text(&statement, FIELD_NAME, slice_make(path->id.data + start, path->ends[level - 1] - start));
			statement.fields[FIELD_PARENT_ID].presence = PRESENCE_ABSENT;
			if (level > 1)
				set_text(&statement, FIELD_PARENT_ID, slice_make(path->id.data, path->ends[level - 2]));
			if (mapper->sink.statement(mapper->sink.context, &statement, err) != 0)
				return -1;
		}
	}
	return 0;
}

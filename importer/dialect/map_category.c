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
	struct category_path *path;

	*ret_id = (struct slice){NULL, 0};
	if (rule->separator.size > 0) {
		if (!mapper_reserve(&mapper->category_paths, mapper->category_path_count, &mapper->category_path_capacity,
		                    sizeof *mapper->category_paths))
			return false;
		path = &mapper->category_paths[mapper->category_path_count];
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

	if (value->fault != VALUE_SOUND)
		return value_complain(mapper, value, field_definition(FIELD_CATEGORIES)->name);
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

/* --- categories that an item names and states --- */

static struct slice usable_text(const struct mapped_value *value, enum field_id field)
{
	if (value->presence != PRESENCE_VALUE || value->text.size > field_definition(field)->max_bytes)
		return (struct slice){NULL, 0};
	return value->text;
}

/* What the entry says of the category; false in `ret_is_usable` where it has no usable id. */
static bool read_entry(struct mapper *mapper, const struct mapped_value members[MEMBER_COUNT], struct category_entry *ret_entry,
                       bool *ret_is_usable)
{
	const struct slice prefix = mapper->options.category_prefix;
	const char *field = field_definition(FIELD_CATEGORIES)->name;
	const struct mapped_value *position = &members[MEMBER_POSITION];
	struct category_entry entry = {.name = usable_text(&members[MEMBER_NAME], FIELD_NAME),
	                               .url = usable_text(&members[MEMBER_URL], FIELD_URL)};

	*ret_is_usable = false;
	if (members[MEMBER_ID].presence != PRESENCE_VALUE)
		return true;
	if (!field_make_id(mapper, prefix, members[MEMBER_ID].text, field, &entry.id))
		return false;
	if (members[MEMBER_PARENT_ID].presence == PRESENCE_VALUE &&
	    !field_make_id(mapper, prefix, members[MEMBER_PARENT_ID].text, field, &entry.parent_id))
		return false;
	if (position->presence == PRESENCE_VALUE) {
		entry.has_position = number_parse_integer(position->text, field_definition(FIELD_POSITION)->minimum,
		                                          field_definition(FIELD_POSITION)->maximum, &entry.position);
		if (!entry.has_position && !complain(mapper, COMPLAINT_NUMBER_INVALID, position->text))
			return false;
	}
	*ret_entry = entry;
	*ret_is_usable = entry.id.size > 0;
	return true;
}

static void take_entry(struct mapper *mapper, const struct mapped_value members[MEMBER_COUNT], const struct category_entry *entry)
{
	mapper_take(mapper, &members[MEMBER_ID]);
	if (entry->name.size > 0 || members[MEMBER_NAME].presence == PRESENCE_EMPTY)
		mapper_take(mapper, &members[MEMBER_NAME]);
	if (entry->parent_id.size > 0 || members[MEMBER_PARENT_ID].presence == PRESENCE_EMPTY)
		mapper_take(mapper, &members[MEMBER_PARENT_ID]);
	if (entry->url.size > 0 || members[MEMBER_URL].presence == PRESENCE_EMPTY)
		mapper_take(mapper, &members[MEMBER_URL]);
	if (entry->has_position)
		mapper_take(mapper, &members[MEMBER_POSITION]);
}

/* Without a word about it (no name, no parent), the category is named only. */
static bool add_entry(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match)
{
	struct mapped_value members[MEMBER_COUNT];
	struct category_entry category;
	bool is_usable;
	bool fits = true;

	if (!list_read_members(mapper, FIELD_CATEGORIES, entry, match, members) ||
	    !read_entry(mapper, members, &category, &is_usable))
		return false;
	if (!is_usable)
		return true;
	if (!is_listed(mapper->category_ids, list->count, category.id)) {
		if (!list_item_begin(list, category.id, &fits))
			return false;
		if (!fits)
			return true;
		quote_append(&mapper->json, category.id);
		mapper->category_ids[list->count] = category.id;
		if (!list_item_end(list, category.id, &fits))
			return false;
	}
	if (!fits)
		return true;
	take_entry(mapper, members, &category);
	if (category.name.size == 0 && category.parent_id.size == 0 && category.url.size == 0 && !category.has_position)
		return true;
	if (!mapper_reserve(&mapper->category_entries, mapper->category_entry_count, &mapper->category_entry_capacity,
	                    sizeof *mapper->category_entries))
		return false;
	mapper->category_entries[mapper->category_entry_count++] = category;
	return true;
}

/* --- the list --- */

static bool add_values(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, enum presence *presence)
{
	const struct match scope = evaluator_scope(&mapper->evaluator);
	struct mapped_values values;
	bool holds;

	if (!conditions_hold(mapper, &entry->when, scope, &holds))
		return false;
	if (!holds)
		return true;
	if (!value_read_all(mapper, &entry->value, scope, &values))
		return false;
	*presence = values.presence > *presence ? values.presence : *presence;
	for (size_t i = 0; i < values.count; i++)
		if (!add_category(mapper, list, &entry->value, &values.items[i]))
			return false;
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
		const struct list_entry *entry = &rule->entries[i];

		if (entry->has_each ? !list_add_entry(mapper, &list, entry, add_entry)
		                    : !add_values(mapper, &list, entry, &presence))
			return false;
	}
	return list_end(&list, presence);
}

/* --- statements --- */

static void set_text(struct statement *statement, enum field_id field, struct slice text)
{
	statement->fields[field] = (struct field_value){.presence = text.size > 0 ? PRESENCE_VALUE : PRESENCE_ABSENT, .text = text};
}

static int emit_path(struct mapper *mapper, struct statement *statement, const struct category_path *path, struct error *err)
{
	for (size_t level = path->depth; level > 0; level--) {
		const size_t start = path->starts[level - 1];

		statement->action = level == path->depth ? STATEMENT_STATED : STATEMENT_DERIVED;
		set_text(statement, FIELD_ID, slice_make(path->id.data, path->ends[level - 1]));
		set_text(statement, FIELD_NAME, slice_make(path->id.data + start, path->ends[level - 1] - start));
		set_text(statement, FIELD_PARENT_ID, slice_make(path->id.data, level > 1 ? path->ends[level - 2] : 0));
		if (mapper->sink.statement(mapper->sink.context, statement, err) != 0)
			return -1;
	}
	return 0;
}

static int emit_entry(struct mapper *mapper, struct statement *statement, const struct category_entry *entry, struct error *err)
{
	statement->action = STATEMENT_STATED;
	set_text(statement, FIELD_ID, entry->id);
	set_text(statement, FIELD_NAME, entry->name);
	set_text(statement, FIELD_PARENT_ID, entry->parent_id);
	set_text(statement, FIELD_URL, entry->url);
	statement->fields[FIELD_POSITION] = (struct field_value){.presence = entry->has_position ? PRESENCE_VALUE : PRESENCE_ABSENT,
	                                                         .integer = entry->position};
	return mapper->sink.statement(mapper->sink.context, statement, err);
}

int map_emit_categories(struct mapper *mapper, struct error *err)
{
	struct statement statement;

	if (mapper->category_path_count == 0 && mapper->category_entry_count == 0)
		return 0;
	statement_init(&statement, ITEM_CATEGORY, STATEMENT_STATED);
	statement.record = mapper->ordinal;
	statement.stream_offset = mapper->record->stream_offset;
	for (size_t i = 0; i < mapper->category_path_count; i++)
		if (emit_path(mapper, &statement, &mapper->category_paths[i], err) != 0)
			return -1;
	for (size_t i = 0; i < mapper->category_entry_count; i++)
		if (emit_entry(mapper, &statement, &mapper->category_entries[i], err) != 0)
			return -1;
	return 0;
}

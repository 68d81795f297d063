/* Rows of the undo log as JSON, written and read back. */
#include "store/sqlite/undo_entry.h"

#include "base/number.h"
#include "base/utf8.h"
#include "store/sqlite/apply_list.h"
#include "store/sqlite/sqlite_store.h"

#include <string.h>

static const char digits[] = "0123456789ABCDEF";

/* Writing */

static bool is_plain(struct slice text)
{
	return utf8_is_valid(text) && (text.size == 0 || memchr(text.data, '\0', text.size) == NULL);
}

static void append_hex(struct json_writer *json, struct slice text)
{
	(void)buffer_append_text(json->buffer, "\""); /* failure sticks */
	for (size_t index = 0; index < text.size; index++) {
		const unsigned char byte = (unsigned char)text.data[index];

		(void)buffer_append_byte(json->buffer, digits[byte >> 4]);
		(void)buffer_append_byte(json->buffer, digits[byte & 15]);
	}
	(void)buffer_append_text(json->buffer, "\"");
}

void undo_append_cell(struct json_writer *json, const struct cell *cell)
{
	switch (cell->type) {
	case CELL_NULL:
		json_null(json);
		return;
	case CELL_INTEGER:
		json_integer(json, cell->integer);
		return;
	case CELL_TEXT:
		break;
	}
	if (is_plain(cell->text)) {
		json_string(json, cell->text);
		return;
	}
	json_array_begin(json);
	append_hex(json, cell->text);
	json_array_end(json);
}

void undo_append_columns(struct json_writer *json, enum undo_source source, uint64_t mask, const struct cell *cells)
{
	json_object_begin(json);
	for (size_t column = 0; column < undo_table(source)->count; column++) {
		if ((mask & UNDO_BIT(column)) == 0)
			continue;
		json_key(json, undo_column_name(source, column));
		undo_append_cell(json, &cells[column]);
	}
	json_object_end(json);
}

bool undo_cell_equal(const struct cell *left, const struct cell *right)
{
	if (left->type != right->type)
		return false;
	if (left->type == CELL_INTEGER)
		return left->integer == right->integer;
	return left->type == CELL_NULL || slice_equal(left->text, right->text);
}

/* Reading; each gives 0, or -1 for what nobody wrote or without memory, which `arena` alone knows. */

static int decode_hex(struct slice hex, struct arena *arena, struct slice *ret_text)
{
	char *bytes = arena_alloc(arena, hex.size / 2 + 1);

	if (bytes == NULL || hex.size % 2 != 0)
		return -1;
	for (size_t index = 0; index < hex.size; index++) {
		const char *digit = memchr(digits, hex.data[index], sizeof(digits) - 1);

		if (digit == NULL)
			return -1;
		bytes[index / 2] = (char)(index % 2 == 0 ? (digit - digits) << 4 : bytes[index / 2] | (digit - digits));
	}
	*ret_text = slice_make(bytes, hex.size / 2);
	return 0;
}

static int decode_string(struct slice value, struct arena *arena, struct slice *ret_text)
{
	struct buffer scratch;
	struct slice text;
	int result = -1;

	buffer_init(&scratch, SIZE_MAX);
	if (list_string(value, &scratch, &text)) {
		*ret_text = text;
		result = scratch.size == 0 || arena_copy(arena, text, ret_text) ? 0 : -1;
	}
	buffer_release(&scratch);
	return result;
}

static int decode_cell(struct slice value, struct arena *arena, struct cell *ret_cell)
{
	struct list_walk walk;
	struct slice hex;

	*ret_cell = (struct cell){.type = CELL_NULL};
	if (slice_equal_text(value, "null"))
		return 0;
	if (number_parse_integer(value, INT64_MIN, INT64_MAX, &ret_cell->integer)) {
		ret_cell->type = CELL_INTEGER;
		return 0;
	}
	ret_cell->type = CELL_TEXT;
	if (value.size == 0 || value.data[0] != '[')
		return decode_string(value, arena, &ret_cell->text);
	walk = list_walk_begin(value);
	if (!list_walk_next(&walk, &hex) || hex.size < 2 || hex.data[0] != '"')
		return -1;
	return decode_hex(slice_make(hex.data + 1, hex.size - 2), arena, &ret_cell->text);
}

static int decode_columns(enum undo_source source, struct slice json, struct arena *arena, uint64_t *ret_mask, struct cell *cells)
{
	struct list_walk walk = object_walk_begin(json);
	struct slice name;
	struct slice value;

	while (object_walk_next(&walk, &name, &value)) {
		const size_t column = name.size < 2 ? undo_table(source)->count
		                                    : undo_column_find(source, slice_make(name.data + 1, name.size - 2));

		if (column == undo_table(source)->count || decode_cell(value, arena, &cells[column]) < 0)
			return -1;
		*ret_mask |= UNDO_BIT(column);
	}
	return 0;
}

static int decode_key(enum undo_key key, struct slice value, struct arena *arena, struct cell *ret_cell)
{
	if (decode_cell(value, arena, ret_cell) < 0)
		return -1;
	switch (key) {
	case UNDO_KEY_TEXT:
		return ret_cell->type == CELL_TEXT ? 0 : -1;
	case UNDO_KEY_HASH:
		return ret_cell->type == CELL_TEXT ? decode_hex(ret_cell->text, arena, &ret_cell->text) : -1;
	case UNDO_KEY_KIND:
		return ret_cell->type == CELL_INTEGER && ret_cell->integer >= 0 && ret_cell->integer < ITEM_KIND_COUNT ? 0 : -1;
	default:
		return ret_cell->type == CELL_INTEGER ? 0 : -1;
	}
}

static int decode_keys(struct undo_entry *entry, struct arena *arena)
{
	const enum undo_key *keys = undo_table(entry->source)->keys;
	struct list_walk walk = list_walk_begin(entry->detail);
	struct slice value;

	while (keys[entry->key_count] != UNDO_KEY_END) {
		if (!list_walk_next(&walk, &value) ||
		    decode_key(keys[entry->key_count], value, arena, &entry->keys[entry->key_count]) < 0)
			return -1;
		entry->key_count++;
	}
	return list_walk_next(&walk, &value) ? -1 : 0;
}

static bool is_object(struct slice json)
{
	return json.size > 0 && json.data[0] == '{' && json_is_valid(json, '{');
}

static int decode(sqlite3_stmt *statement, struct arena *arena, struct undo_entry *entry)
{
	const struct slice before = sqlite_column_slice(statement, 3);
	const struct slice after = sqlite_column_slice(statement, 4);

	entry->source = undo_source_find(sqlite_column_slice(statement, 0));
	entry->item_id = sqlite_column_slice(statement, 1);
	entry->detail = sqlite_column_slice(statement, 2);
	entry->was_there = sqlite3_column_type(statement, 3) != SQLITE_NULL;
	entry->is_there = sqlite3_column_type(statement, 4) != SQLITE_NULL;
	if (entry->source == UNDO_SOURCE_COUNT || slice_is_empty(entry->item_id) || decode_keys(entry, arena) < 0 ||
	    (entry->was_there && !is_object(before)) || (entry->is_there && !is_object(after)) ||
	    (!entry->was_there && !entry->is_there))
		return -1;
	if (decode_columns(entry->source, before, arena, &entry->before_mask, entry->before) < 0 ||
	    decode_columns(entry->source, after, arena, &entry->after_mask, entry->after) < 0)
		return -1;
	return entry->was_there && entry->is_there && entry->before_mask != entry->after_mask ? -1 : 0;
}

int undo_entry_read(sqlite3_stmt *statement, struct arena *arena, struct undo_entry *ret_entry, struct error *err)
{
	*ret_entry = (struct undo_entry){.key_count = 0};
	if (decode(statement, arena, ret_entry) == 0)
		return 0;
	return error_set(err, ERROR_STORE, "the undo log is damaged: a row about '%.*s' is none that a run writes",
	                 (int)(ret_entry->item_id.size < 64 ? ret_entry->item_id.size : 64),
	                 ret_entry->item_id.data != NULL ? ret_entry->item_id.data : "");
}

bool undo_entry_kind(const struct undo_entry *entry, enum item_kind *ret_kind)
{
	switch (entry->source) {
	case UNDO_FIELD:
		return false;
	case UNDO_HOLDER:
		*ret_kind = ITEM_CATEGORY;
		return true;
	case UNDO_LEFT:
		*ret_kind = ITEM_PRODUCT;
		return true;
	case UNDO_ABSENT:
	case UNDO_PART:
		*ret_kind = (enum item_kind)entry->keys[0].integer;
		return true;
	case UNDO_TEXT:
		*ret_kind = cell_is_text(&entry->keys[0], "category")  ? ITEM_CATEGORY
		            : cell_is_text(&entry->keys[0], "product") ? ITEM_PRODUCT
		                                                       : ITEM_SKU;
		return true;
	default:
		*ret_kind = (enum item_kind)entry->source;
		return true;
	}
}

/*
 * JSON by its grammar where records may stand; inside of a value only what may
 * be its end. JSON Lines are an array whose items have line feeds between them.
 *
 * A comma waits until the item behind it is decided: it goes with one that is
 * left out, and before the first that is passed there must be none.
 */
#include "feed/sift_core.h"
#include "feed/sift_scan.h"

#include <stdlib.h>
#include <string.h>

#define NO_PLACE SIZE_MAX

enum place {
	PLACE_ROOT,
	PLACE_FIRST_KEY,
	PLACE_KEY,
	PLACE_KEY_TEXT, /* behind its quote */
	PLACE_COLON,
	PLACE_MEMBER, /* the value of one */
	PLACE_FIRST_ITEM,
	PLACE_ITEM,
	PLACE_LINE, /* JSON Lines: before an item */
	PLACE_AFTER,
	PLACE_STRING,
	PLACE_NESTED, /* inside an array or object */
	PLACE_WORD,   /* or number */
	PLACE_BEHIND, /* a value that is held back, until it is seen what follows it */
	PLACE_DONE,   /* no record can follow */
};

enum role {
	ROLE_SKIPPED,
	ROLE_RECORD, /* held back */
	ROLE_TOLD,   /* a record that is passed */
};

enum step { STEP_MORE, STEP_ON };

struct level {
	bool is_object;
	bool has_output; /* an array of which an item has been passed */
};

struct json_scanner {
	enum place place;
	enum role role;
	bool is_lines;
	bool is_line_used; /* JSON Lines: a value stands in this line already */
	size_t comma;      /* that waits, or NO_PLACE */
	size_t start;      /* of the record held back */
	size_t end;        /* of it, where that is known */
	size_t key;        /* behind its quote */
	struct sift_nesting nesting;
	struct sift_match match; /* of the value that comes next, or is being read */
	struct level levels[LIMIT_DEPTH + 1];
};

static struct level *level_of(const struct sift *sift, struct json_scanner *json)
{
	return &json->levels[sift->path.depth];
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Is it between the values of JSON Lines? */
static bool is_between_lines(const struct sift *sift, const struct json_scanner *json)
{
	return json->is_lines && sift->path.depth == 1;
}

/* A value has ended. */
static void use_line(const struct sift *sift, struct json_scanner *json)
{
	json->is_line_used = is_between_lines(sift, json);
}

/* --- items --- */

/* An item that begins at `at` is passed: with the comma before it, or in the place of the first. */
static int admit_item(struct sift *sift, struct json_scanner *json, size_t at, struct error *err)
{
	struct level *level = level_of(sift, json);
	const size_t comma = json->comma;

	json->comma = NO_PLACE;
	if (comma != NO_PLACE && !level->has_output) {
		if (sift_drop(sift, comma, at, err) < 0)
			return -1;
	} else {
		sift_keep(sift, at);
	}
	level->has_output = true;
	return 0;
}

/* The record is decided; what follows it, at sift->at, is what may follow an item. */
static int settle_record(struct sift *sift, struct json_scanner *json, struct error *err)
{
	const size_t from = json->comma != NO_PLACE ? json->comma : json->start;
	bool is_dropped = false;

	json->role = ROLE_SKIPPED;
	if (json->end - json->start > LIMIT_RECORD_BYTES) {
		if (sift_tell_other_record(sift, json->start, err) < 0)
			return -1;
	} else if (sift_tell_record(sift, &json->match, json->start, json->end, &is_dropped, err) < 0) {
		return -1;
	}
	if (!is_dropped)
		return admit_item(sift, json, json->start, err);
	json->comma = NO_PLACE;
	return sift_drop(sift, from, sift->at, err);
}

/* The record is passed after all, before its end is known or because of what follows it. */
static int give_record_up(struct sift *sift, struct json_scanner *json, struct error *err)
{
	json->role = ROLE_TOLD;
	if (sift_tell_other_record(sift, json->start, err) < 0)
		return -1;
	return admit_item(sift, json, json->start, err);
}

/* --- values --- */

static int end_value(struct sift *sift, struct json_scanner *json, size_t end)
{
	sift->at = end;
	json->end = end;
	sift->is_dirty |= json->role != ROLE_RECORD;
	use_line(sift, json);
	json->place = json->role == ROLE_RECORD ? PLACE_BEHIND : sift->path.depth == 0 ? PLACE_DONE : PLACE_AFTER;
	return STEP_ON;
}

/* An object or array that records may stand in. */
static int open_level(struct sift *sift, struct json_scanner *json, bool is_object)
{
	if (sift->path.depth == LIMIT_DEPTH)
		return sift_go_blind(sift, SIFT_BLIND_SIZE);
	sift->path.depth++;
	*level_of(sift, json) = (struct level){.is_object = is_object};
	sift->is_dirty = true;
	sift->at++;
	json->place = is_object ? PLACE_FIRST_KEY : PLACE_FIRST_ITEM;
	return STEP_ON;
}

static int close_level(struct sift *sift, struct json_scanner *json)
{
	sift->path.depth--;
	sift->at++;
	use_line(sift, json);
	json->place = sift->path.depth > 0 ? PLACE_AFTER : PLACE_DONE;
	return STEP_ON;
}

/* The value at sift->at, whose role is known. */
static int read_value(struct sift *sift, struct json_scanner *json)
{
	const char first = sift->data[sift->at];

	json->place = PLACE_WORD;
	if (first == '"') {
		sift->at++;
		json->place = PLACE_STRING;
	} else if (first == '{' || first == '[') {
		sift->at++;
		json->place = PLACE_NESTED;
		json->nesting = (struct sift_nesting){.open = first, .close = first == '{' ? '}' : ']', .depth = 1};
	}
	return STEP_ON;
}

static bool begins_value(char byte)
{
	return byte == '"' || byte == '{' || byte == '[' || byte == '-' || (byte >= '0' && byte <= '9') || byte == 't' ||
	       byte == 'f' || byte == 'n';
}

static bool is_container(char byte)
{
	return byte == '{' || byte == '[';
}

/* A value of which json->match tells what it is; it is no record that can be left out. */
static int take_value(struct sift *sift, struct json_scanner *json, struct error *err)
{
	const char first = sift->data[sift->at];

	if (!begins_value(first))
		return sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	json->role = ROLE_SKIPPED;
	if (json->match.match == SELECTION_PASSED && is_container(first))
		return open_level(sift, json, first == '{');
	if (json->match.is_record) {
		json->role = ROLE_TOLD;
		sift_keep(sift, sift->at);
		if (sift_tell_other_record(sift, sift->at, err) < 0)
			return -1;
	}
	return read_value(sift, json);
}

static int take_item(struct sift *sift, struct json_scanner *json, struct error *err)
{
	if (!begins_value(sift->data[sift->at]))
		return sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	json->match = sift_path_enter(&sift->path, (struct feed_step){.local = NAME_NONE});
	if (json->match.may_drop && !json->is_line_used) {
		if (json->comma == NO_PLACE)
			sift_keep(sift, sift->at);
		json->role = ROLE_RECORD;
		json->start = sift->at;
		return read_value(sift, json);
	}
	if (admit_item(sift, json, sift->at, err) < 0)
		return -1;
	return take_value(sift, json, err);
}

/* The parser is told of the root's first byte, and tells what is wanted. */
static int take_root(struct sift *sift, struct json_scanner *json, struct error *err)
{
	const char first = sift->data[sift->at];

	if (!is_container(first))
		return sift_go_blind(sift, begins_value(first) ? SIFT_BLIND_SELECTION : SIFT_BLIND_GRAMMAR);
	sift_keep(sift, sift->at + 1);
	if (sift_ask_selection(sift, err) < 0)
		return -1;
	if (sift_is_blind(sift))
		return STEP_ON;
	json->match = sift_path_enter(&sift->path, (struct feed_step){.local = NAME_NONE});
	if (json->is_lines && json->match.match == SELECTION_PASSED) {
		sift->path.depth = 1;
		json->levels[1] = (struct level){.has_output = true};
		json->match = sift_path_enter(&sift->path, (struct feed_step){.local = NAME_NONE});
	} else if (json->is_lines) {
		json->place = PLACE_DONE;
		if (json->match.is_record && sift_tell_other_record(sift, sift->at, err) < 0)
			return -1;
		return STEP_ON;
	}
	if (json->match.match == SELECTION_PASSED)
		return open_level(sift, json, first == '{');
	json->role = ROLE_SKIPPED;
	if (json->match.is_record && sift_tell_other_record(sift, sift->at, err) < 0)
		return -1;
	return read_value(sift, json);
}

/* --- keys --- */

/* As the reader has it: a name that is too long is none, as an item's is; one that nobody asks for is a name all the same. */
static uint32_t find_key(struct sift *sift, struct slice raw)
{
	struct slice name;

	if (!sift_path_decode(&sift->path, raw, &name))
		return NAME_NONE;
	const uint32_t local = name_find(sift->path.names, name);
	return local != NAME_NONE ? local : SIFT_NAME_UNKNOWN;
}

static int read_key_text(struct sift *sift, struct json_scanner *json)
{
	const char *end = sift->data + sift->size;
	const char *found = sift_find_any(sift->data + sift->at, end, '"', '\\', '"');
	struct slice name;

	sift->at = (size_t)(found - sift->data);
	if (found == end)
		return STEP_MORE;
	if (*found == '\\')
		return sift_go_blind(sift, SIFT_BLIND_KEY);
	name = slice_make(sift->data + json->key, sift->at - json->key);
	json->match = sift_path_enter(&sift->path, (struct feed_step){.local = find_key(sift, name)});
	sift->at++;
	json->place = PLACE_COLON;
	return STEP_ON;
}

static int take_key(struct sift *sift, struct json_scanner *json)
{
	if (sift->data[sift->at] != '"')
		return sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	sift->at++;
	json->key = sift->at;
	json->place = PLACE_KEY_TEXT;
	return STEP_ON;
}

static int take_colon(struct sift *sift, struct json_scanner *json)
{
	if (sift->data[sift->at] != ':')
		return sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	sift->at++;
	json->place = PLACE_MEMBER;
	return STEP_ON;
}

static int take_after(struct sift *sift, struct json_scanner *json)
{
	const bool is_object = level_of(sift, json)->is_object;
	const char byte = sift->data[sift->at];

	if (byte == (is_object ? '}' : ']'))
		return close_level(sift, json);
	if (byte != ',')
		return sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	if (!is_object)
		json->comma = sift->at;
	sift->at++;
	json->place = is_object ? PLACE_KEY : PLACE_ITEM;
	return STEP_ON;
}

/* --- what is being read --- */

static int read_string(struct sift *sift, struct json_scanner *json)
{
	const char *end = sift->data + sift->size;
	const char *at = sift->data + sift->at;

	for (;;) {
		at = sift_find_any(at, end, '"', '\\', '"');
		sift->at = (size_t)(at - sift->data);
		if (at == end || (*at == '\\' && end - at < 2))
			return STEP_MORE;
		if (*at == '"')
			return end_value(sift, json, sift->at + 1);
		at += 2;
	}
}

static int read_nested(struct sift *sift, struct json_scanner *json)
{
	const char *end = sift->data + sift->size;
	const char *found = sift_find_close(&json->nesting, sift->data + sift->at, end);

	sift->at = sift->size;
	return found != NULL ? end_value(sift, json, (size_t)(found - sift->data)) : STEP_MORE;
}

static int read_word(struct sift *sift, struct json_scanner *json)
{
	while (sift->at < sift->size) {
		const char byte = sift->data[sift->at];

		if (is_blank(byte) || byte == ',' || byte == ']' || byte == '}')
			return end_value(sift, json, sift->at);
		sift->at++;
	}
	return STEP_MORE;
}

/* --- white space --- */

/* No value of JSON Lines goes on behind its line, so a line feed inside of one must not go with a record. */
static bool may_skip(const struct sift *sift, const struct json_scanner *json, char byte)
{
	return is_blank(byte) && (byte != '\n' || !json->is_lines || sift->path.depth <= 1);
}

static void skip_blanks(struct sift *sift, struct json_scanner *json)
{
	for (; sift->at < sift->size && may_skip(sift, json, sift->data[sift->at]); sift->at++) {
		if (sift->data[sift->at] == '\n')
			json->is_line_used = false;
	}
}

/* Behind an item of an array that may be left out. */
static int look_behind_item(struct sift *sift, struct json_scanner *json, struct error *err)
{
	skip_blanks(sift, json);
	if (sift->at == sift->size)
		return STEP_MORE;
	if (sift->data[sift->at] != ',' && sift->data[sift->at] != ']')
		return give_record_up(sift, json, err) < 0 ? -1 : sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	json->place = PLACE_AFTER;
	return settle_record(sift, json, err) < 0 ? -1 : STEP_ON;
}

/* Behind one of JSON Lines, which goes with its line feed. */
static int look_behind_line(struct sift *sift, struct json_scanner *json, struct error *err)
{
	while (sift->at < sift->size && is_blank(sift->data[sift->at]) && sift->data[sift->at] != '\n')
		sift->at++;
	if (sift->at == sift->size)
		return STEP_MORE;
	if (sift->data[sift->at] != '\n')
		return give_record_up(sift, json, err) < 0 ? -1 : sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	sift->at++;
	json->is_line_used = false;
	json->place = PLACE_LINE;
	return settle_record(sift, json, err) < 0 ? -1 : STEP_ON;
}

/* At something that is not blank. */
static int take(struct sift *sift, struct json_scanner *json, struct error *err)
{
	const char byte = sift->data[sift->at];

	switch (json->place) {
	case PLACE_ROOT:
		return take_root(sift, json, err);
	case PLACE_FIRST_KEY:
		return byte == '}' ? close_level(sift, json) : take_key(sift, json);
	case PLACE_KEY:
		return take_key(sift, json);
	case PLACE_COLON:
		return take_colon(sift, json);
	case PLACE_MEMBER:
		json->match.may_drop = false;
		return take_value(sift, json, err);
	case PLACE_FIRST_ITEM:
		return byte == ']' ? close_level(sift, json) : take_item(sift, json, err);
	case PLACE_AFTER:
		if (!is_between_lines(sift, json))
			return take_after(sift, json);
		json->place = PLACE_LINE;
		return STEP_ON;
	case PLACE_LINE:
		/* Two values in one line are none. */
		return json->is_line_used ? sift_go_blind(sift, SIFT_BLIND_GRAMMAR) : take_item(sift, json, err);
	default:
		return take_item(sift, json, err);
	}
}

static int step(struct sift *sift, struct json_scanner *json, struct error *err)
{
	switch (json->place) {
	case PLACE_KEY_TEXT:
		return read_key_text(sift, json);
	case PLACE_STRING:
		return read_string(sift, json);
	case PLACE_NESTED:
		return read_nested(sift, json);
	case PLACE_WORD:
		return read_word(sift, json);
	case PLACE_BEHIND:
		return is_between_lines(sift, json) ? look_behind_line(sift, json, err) : look_behind_item(sift, json, err);
	case PLACE_DONE:
		sift->at = sift->size;
		return STEP_MORE;
	default:
		skip_blanks(sift, json);
		return sift->at < sift->size ? take(sift, json, err) : STEP_MORE;
	}
}

/* --- life --- */

/* What is undecided when the window ends: a record, a comma, a key. */
static int settle(struct sift *sift, struct json_scanner *json, struct error *err)
{
	if (json->role == ROLE_RECORD) {
		const size_t end = json->place == PLACE_BEHIND ? json->end : sift->size;

		if (end - json->start <= LIMIT_RECORD_BYTES)
			return 0;
		if (json->place != PLACE_BEHIND && give_record_up(sift, json, err) < 0)
			return -1;
		if (json->place == PLACE_BEHIND)
			return 0;
	}
	if (json->place == PLACE_KEY_TEXT)
		sift_keep(sift, json->key);
	else
		sift_keep(sift, json->comma != NO_PLACE ? json->comma : sift->at);
	return 0;
}

static int scan(struct sift *sift, void *scanner, struct error *err)
{
	struct json_scanner *json = scanner;
	int result;

	do {
		result = step(sift, json, err);
		if (result < 0)
			return -1;
	} while (result == STEP_ON && !sift_is_blind(sift));
	return sift_is_blind(sift) ? 0 : settle(sift, json, err);
}

/* The end of the text ends a line; another record that is held back is cut short, or its array is. */
static int finish(struct sift *sift, void *scanner, struct error *err)
{
	struct json_scanner *json = scanner;
	const bool is_word = json->place == PLACE_WORD;

	if (json->role != ROLE_RECORD)
		return 0;
	if (!is_between_lines(sift, json) || (!is_word && json->place != PLACE_BEHIND))
		return give_record_up(sift, json, err);
	if (is_word)
		json->end = sift->size;
	return settle_record(sift, json, err);
}

static void shift(void *scanner, size_t size)
{
	struct json_scanner *json = scanner;

	json->comma -= json->comma != NO_PLACE ? size : 0;
	json->start -= json->role == ROLE_RECORD ? size : 0;
	json->end -= json->place == PLACE_BEHIND ? size : 0;
	json->key -= json->place == PLACE_KEY_TEXT ? size : 0;
}

void *sift_json_new(bool is_lines, const struct sift_scanner_type **ret_type)
{
	static const struct sift_scanner_type type = {.scan = scan, .finish = finish, .shift = shift, .free = free};
	struct json_scanner *json = calloc(1, sizeof(*json));

	*ret_type = &type;
	if (json != NULL) {
		json->is_lines = is_lines;
		json->comma = NO_PLACE;
	}
	return json;
}

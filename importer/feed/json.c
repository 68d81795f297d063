/* From events of JSON to the recorder: names, places, and the array that JSON Lines are. */
#include "feed/json.h"

#include "base/limits.h"
#include "feed/json_parser.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64
#define SET_WORDS (LIMIT_NAMES / WORD_BITS + 1)

/* Names that an open object on the way to records has had. */
struct name_set {
	uint64_t words[SET_WORDS];
};

/* The member whose value comes next. */
struct member {
	bool is_there; /* false: an item of an array, or the root */
	uint32_t name;
	uint64_t offset;
};

struct json_reader {
	struct json_parser *parser;
	struct recorder *recorder;
	struct feed_summary *summary;
	enum feed_format format;
	bool has_begun;
	struct member member;
	struct name_set *names_seen; /* by depth of the object */
};

static bool is_in_record(const struct json_reader *reader)
{
	return reader->recorder->record_depth > 0;
}

static bool is_skipping(const struct json_reader *reader)
{
	return reader->recorder->skip_depth > 0;
}

/* Before the first value: the root, and for JSON Lines the array that has no brackets. */
static int begin(struct json_reader *reader, struct error *err)
{
	const struct feed_root root = {.format = reader->format};
	const struct recorder_element array = {.node.type = RECORD_ARRAY};

	if (reader->has_begun)
		return 0;
	reader->has_begun = true;
	if (recorder_root(reader->recorder, &root, err) < 0)
		return -1;
	return reader->format == FEED_JSON_LINES ? recorder_start(reader->recorder, &array, err) : 0;
}

/* --- names --- */

static int name_in_record(struct json_reader *reader, struct slice key, struct error *err)
{
	if (key.size > LIMIT_NAME_BYTES)
		return recorder_refuse(reader->recorder, "a name in the record is longer than 256 bytes", err);
	return name_intern_bounded(reader->recorder->names, key, &reader->member.name, err);
}

/* Tell a name that the object on the way to records has had already. */
static int note_name(struct json_reader *reader, struct slice key, struct error *err)
{
	const struct recorder *recorder = reader->recorder;
	uint64_t *word = &reader->names_seen[recorder->depth].words[reader->member.name / WORD_BITS];
	const uint64_t bit = UINT64_C(1) << reader->member.name % WORD_BITS;

	if ((*word & bit) != 0 && recorder->sink.fault != NULL &&
	    recorder->sink.fault(recorder->sink.context, FEED_FAULT_KEY_REPEATED, reader->member.offset, key, err) < 0)
		return -1;
	*word |= bit;
	return 0;
}

/* A name is made known only if its value is a record, as it may be where any name will do. */
static int name_on_the_way(struct json_reader *reader, struct slice key, struct error *err)
{
	struct member *member = &reader->member;
	enum selection_match match;

	member->name = key.size <= LIMIT_NAME_BYTES ? name_find(reader->recorder->names, key) : NAME_NONE;
	match = recorder_match(reader->recorder, (struct feed_step){.local = member->name});
	if (match == SELECTION_NONE)
		return 0;
	if (match == SELECTION_ENDED && member->name == NAME_NONE &&
	    name_intern_bounded(reader->recorder->names, key, &member->name, err) < 0)
		return -1;
	return member->name == NAME_NONE ? 0 : note_name(reader, key, err);
}

/* With its quotes a name is at least as long as it is without escapes. */
static int on_key(void *context, struct slice key, struct error *err)
{
	struct json_reader *reader = context;

	if (is_skipping(reader))
		return 0;
	reader->member.is_there = true;
	reader->member.offset = json_parser_end(reader->parser) - key.size - 2;
	return is_in_record(reader) ? name_in_record(reader, key, err) : name_on_the_way(reader, key, err);
}

/* --- values --- */

static struct recorder_element element_of(struct json_reader *reader, enum record_type type, struct slice text)
{
	struct recorder_element element = {.node.type = type};

	if (reader->member.is_there) {
		element.node.local = reader->member.name;
		element.node.offset = reader->member.offset;
	}
	if (!is_in_record(reader)) {
		element.node.offset = json_parser_start(reader->parser, type, text);
		element.size = json_parser_end(reader->parser) - element.node.offset;
	}
	return element;
}

static int on_leaf(void *context, enum record_type type, struct slice text, struct error *err)
{
	struct json_reader *reader = context;
	struct recorder_element element;

	if (is_skipping(reader))
		return 0;
	if (begin(reader, err) < 0)
		return -1;
	element = element_of(reader, type, text);
	if (recorder_leaf(reader->recorder, &element, text, err) < 0)
		return -1;
	reader->member.is_there = false;
	return 0;
}

static int on_open(void *context, enum record_type type, struct error *err)
{
	struct json_reader *reader = context;
	struct recorder *recorder = reader->recorder;
	struct recorder_element element = {.node.type = type};

	if (is_skipping(reader))
		return recorder_start(recorder, &element, err);
	if (begin(reader, err) < 0)
		return -1;
	element = element_of(reader, type, slice_make(NULL, 0));
	if (recorder_start(recorder, &element, err) < 0)
		return -1;
	if (!is_in_record(reader) && !is_skipping(reader))
		memset(&reader->names_seen[recorder->depth], 0, sizeof(reader->names_seen[0]));
	reader->member.is_there = false;
	return 0;
}

static int on_close(void *context, struct error *err)
{
	struct json_reader *reader = context;

	reader->member.is_there = false;
	return recorder_end(reader->recorder, json_parser_end(reader->parser), err);
}

/* --- life --- */

static int push(void *context, struct slice text, struct error *err)
{
	struct json_reader *reader = context;

	return json_parser_push(reader->parser, text, err);
}

static int finish(void *context, struct error *err)
{
	struct json_reader *reader = context;

	if (json_parser_finish(reader->parser, err) < 0)
		return -1;
	if (reader->format == FEED_JSON_LINES)
		return recorder_end(reader->recorder, json_parser_size(reader->parser), err);
	/* One line without a record in it may be the first of JSON Lines that were cut, and proves nothing. */
	reader->summary->is_whole = !reader->summary->may_be_lines || reader->recorder->record_count > 0;
	return 0;
}

static void free_reader(void *context)
{
	struct json_reader *reader = context;

	json_parser_free(reader->parser);
	free(reader->names_seen);
	free(reader);
}

int json_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err)
{
	struct json_reader *reader = calloc(1, sizeof(*reader));
	const struct json_handler handler = {.context = reader, .key = on_key, .leaf = on_leaf, .open = on_open, .close = on_close};

	if (reader == NULL)
		return error_set_memory(err);
	*reader = (struct json_reader){
		.recorder = setup->recorder,
		.summary = setup->summary,
		.format = setup->format,
		.names_seen = calloc(LIMIT_DEPTH + 1, sizeof(*reader->names_seen)),
	};
	setup->recorder->members_are_unique = true;
	reader->parser = json_parser_new(handler, setup->format == FEED_JSON_LINES, setup->encoding_claim, err);
	if (reader->names_seen == NULL)
		error_set_memory(err);
	if (reader->names_seen == NULL || reader->parser == NULL) {
		free_reader(reader);
		return -1;
	}
	*ret_reader = (struct feed_reader){.context = reader, .push = push, .finish = finish, .free = free_reader};
	return 0;
}

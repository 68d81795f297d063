/* The reader's request: length-prefixed texts in a fixed order. */
#include "run/request.h"

#include "base/zone.h"

#include "base/limits.h"

#include <string.h>

#define REQUEST_LIST_MAX 10000
#define REQUEST_BYTES_MAX ((size_t)64 * 1024 * 1024)

static void append_number(struct buffer *buffer, uint64_t number)
{
	(void)buffer_append(buffer, &number, sizeof(number)); /* failure sticks and is seen at the end */
}

static void append_text(struct buffer *buffer, struct slice text)
{
	append_number(buffer, text.size);
	(void)buffer_append_slice(buffer, text); /* as above */
}

static void append_zones(const struct reader_request *request, struct buffer *buffer)
{
	append_number(buffer, request->zone_count);
	for (const struct dialect_zone *zone = request->zones; zone; zone = zone->next) {
		append_text(buffer, zone->name);
		append_text(buffer, zone->data);
	}
}

int reader_request_encode(const struct reader_request *request, struct buffer *buffer, struct error *err)
{
	const struct mapper_options *mapper = &request->mapper;

	append_number(buffer, (uint64_t)request->task);
	append_number(buffer, request->dialect_count);
	for (size_t i = 0; i < request->dialect_count; i++) {
		append_text(buffer, slice_from(request->dialects[i].file));
		append_text(buffer, request->dialects[i].name);
		append_text(buffer, request->dialects[i].yaml);
	}
	append_zones(request, buffer);
	append_text(buffer, mapper->dialect);
	append_number(buffer, mapper->option_count);
	for (size_t i = 0; i < mapper->option_count; i++) {
		append_text(buffer, mapper->options[i].name);
		append_text(buffer, mapper->options[i].value);
	}
	append_text(buffer, slice_from(mapper->default_currency));
	append_number(buffer, (uint64_t)(unsigned char)mapper->decimal_sign);
	append_number(buffer, (uint64_t)(int64_t)mapper->offset_minutes);
	append_text(buffer, mapper->id_prefix);
	append_text(buffer, mapper->category_prefix);
	append_number(buffer, mapper->unknown_fields);
	append_text(buffer, mapper->language);
	append_text(buffer, request->zone_name);
	append_text(buffer, request->zone_data);
	append_text(buffer, request->http_charset);
	append_number(buffer, request->is_json_lines);
	append_number(buffer, request->is_lenient);
	append_number(buffer, request->is_cage_required);
	append_number(buffer, request->takes_fingerprints);
	append_number(buffer, request->has_known);
	append_number(buffer, request->seed);
	append_number(buffer, (uint64_t)request->wish.kind);
	append_text(buffer, request->wish.id);
	append_number(buffer, request->wish.wants_last);
	return buffer->failed ? error_set_memory(err) : 0;
}

int reader_request_seed(const struct reader_request *request, struct hash128 digest, uint64_t *ret_seed, struct error *err)
{
	struct reader_request read = *request;
	struct buffer buffer;

	read.is_cage_required = false;
	read.takes_fingerprints = false;
	read.has_known = false;
	read.seed = 0;
	buffer_init(&buffer, REQUEST_BYTES_MAX);
	const int result = reader_request_encode(&read, &buffer, err);
	if (result == 0)
		*ret_seed = hash_chain(digest, buffer_slice(&buffer)).low;
	buffer_release(&buffer);
	return result;
}

struct cursor {
	struct slice rest;
	bool failed;
};

static uint64_t take_number(struct cursor *cursor)
{
	uint64_t number = 0;

	if (cursor->rest.size < sizeof(number)) {
		cursor->failed = true;
		return 0;
	}
	memcpy(&number, cursor->rest.data, sizeof(number));
	cursor->rest = slice_make(cursor->rest.data + sizeof(number), cursor->rest.size - sizeof(number));
	return number;
}

static struct slice take_text(struct cursor *cursor)
{
	uint64_t size = take_number(cursor);

	if (cursor->failed || size > cursor->rest.size) {
		cursor->failed = true;
		return (struct slice){NULL, 0};
	}
	struct slice text = slice_make(cursor->rest.data, (size_t)size);
	cursor->rest = slice_make(cursor->rest.data + size, cursor->rest.size - (size_t)size);
	return text;
}

static size_t take_count(struct cursor *cursor)
{
	uint64_t count = take_number(cursor);

	if (count > REQUEST_LIST_MAX)
		cursor->failed = true;
	return cursor->failed ? 0 : (size_t)count;
}

static const struct dialect_text *take_dialects(struct cursor *cursor, size_t count, struct arena *arena)
{
	struct dialect_text *dialects = arena_alloc(arena, (count + 1) * sizeof(*dialects));

	for (size_t i = 0; dialects && i < count; i++) {
		dialects[i].file = arena_text(arena, take_text(cursor));
		dialects[i].name = take_text(cursor);
		dialects[i].yaml = take_text(cursor);
		if (!dialects[i].file)
			return NULL;
	}
	return dialects;
}

static int take_zones(struct cursor *cursor, struct reader_request *request, struct arena *arena, struct error *err)
{
	request->zone_count = take_count(cursor);
	for (size_t i = 0; i < request->zone_count && !cursor->failed; i++) {
		struct dialect_zone *zone = arena_alloc(arena, sizeof(*zone));

		if (!zone)
			return error_set_memory(err);
		zone->name = take_text(cursor);
		zone->data = take_text(cursor);
		zone->next = (struct dialect_zone *)(uintptr_t)request->zones;
		request->zones = zone;
		const char *name = arena_text(arena, zone->name);
		if (!name)
			return error_set_memory(err);
		if (!cursor->failed && zone_parse(name, zone->data, arena, &zone->zone, err) < 0)
			return -1;
	}
	return 0;
}

static const struct dialect_option *take_options(struct cursor *cursor, size_t count, struct arena *arena)
{
	struct dialect_option *options = arena_alloc(arena, (count + 1) * sizeof(*options));

	for (size_t i = 0; options && i < count; i++) {
		options[i].name = take_text(cursor);
		options[i].value = take_text(cursor);
	}
	return options;
}

/* A number of at most `most`. */
static unsigned take_choice(struct cursor *cursor, unsigned most)
{
	uint64_t number = take_number(cursor);

	if (number > most)
		cursor->failed = true;
	return cursor->failed ? 0 : (unsigned)number;
}

static int take_zone(struct reader_request *request, struct arena *arena, struct error *err)
{
	if (slice_is_empty(request->zone_name))
		return 0;
	const char *name = arena_text(arena, request->zone_name);
	if (!name)
		return error_set_memory(err);
	return zone_parse(name, request->zone_data, arena, &request->mapper.zone, err);
}

int reader_request_decode(struct slice bytes, struct arena *arena, struct reader_request *ret_request, struct error *err)
{
	struct cursor cursor = {.rest = bytes};
	struct mapper_options *mapper = &ret_request->mapper;

	memset(ret_request, 0, sizeof(*ret_request));
	const uint64_t task = take_number(&cursor);
	if (task >= READER_TASK_COUNT)
		cursor.failed = true;
	else
		ret_request->task = (enum reader_task)task;
	ret_request->dialect_count = take_count(&cursor);
	ret_request->dialects = take_dialects(&cursor, ret_request->dialect_count, arena);
	if (take_zones(&cursor, ret_request, arena, err) < 0)
		return -1;
	mapper->dialect = take_text(&cursor);
	mapper->option_count = take_count(&cursor);
	mapper->options = take_options(&cursor, mapper->option_count, arena);
	if (!ret_request->dialects || !mapper->options)
		return error_set_memory(err);
	struct slice currency = take_text(&cursor);
	if (currency.size >= sizeof(mapper->default_currency))
		cursor.failed = true;
	else if (currency.size > 0)
		memcpy(mapper->default_currency, currency.data, currency.size);
	mapper->decimal_sign = (char)take_number(&cursor);
	mapper->offset_minutes = (int)(int64_t)take_number(&cursor);
	mapper->id_prefix = take_text(&cursor);
	mapper->category_prefix = take_text(&cursor);
	mapper->unknown_fields = (enum mapper_unknown)take_choice(&cursor, MAPPER_UNKNOWN_FAIL);
	mapper->language = take_text(&cursor);
	ret_request->zone_name = take_text(&cursor);
	ret_request->zone_data = take_text(&cursor);
	if (!cursor.failed && take_zone(ret_request, arena, err) < 0)
		return -1;
	ret_request->http_charset = take_text(&cursor);
	ret_request->is_json_lines = take_choice(&cursor, 1) != 0;
	ret_request->is_lenient = take_choice(&cursor, 1) != 0;
	ret_request->is_cage_required = take_choice(&cursor, 1) != 0;
	ret_request->takes_fingerprints = take_choice(&cursor, 1) != 0;
	ret_request->has_known = take_choice(&cursor, 1) != 0;
	ret_request->seed = take_number(&cursor);
	ret_request->wish.kind = (enum item_kind)take_choice(&cursor, ITEM_KIND_COUNT - 1);
	ret_request->wish.id = take_text(&cursor);
	ret_request->wish.wants_last = take_choice(&cursor, 1) != 0;
	if (cursor.failed || cursor.rest.size > 0)
		return error_set(err, ERROR_READER, "the reader was given a request that does not check");
	return 0;
}

/* The mapper's life: made for one reading, bound to a dialect when the root is seen, fed with records and faults. */
#include "dialect/mapping.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READING_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define RECORD_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define JSON_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* --- notes --- */

bool mapper_reserve(void *items_address, size_t count, size_t *capacity, size_t item_size)
{
	const size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
	void *items;
	void *grown;

	if (count < *capacity)
		return true;
	memcpy(&items, items_address, sizeof items);
	grown = realloc(items, wanted * item_size);
	if (grown == NULL)
		return false;
	memcpy(items_address, &grown, sizeof grown);
	*capacity = wanted;
	return true;
}

bool mapper_complain(struct mapper *mapper, enum complaint_code code, const char *field, struct slice text)
{
	if (!mapper_reserve(&mapper->complaints, mapper->complaint_count, &mapper->complaint_capacity, sizeof *mapper->complaints))
		return false;
	mapper->complaints[mapper->complaint_count++] = (struct noted_complaint){
		.item = mapper->item, .code = code, .field = slice_from(field), .text = utf8_cut(text, COMPLAINT_TEXT_MAX)};
	return true;
}

void mapper_take(struct mapper *mapper, const struct mapped_value *value)
{
	if (value->presence != PRESENCE_ABSENT && value->origin.node != RECORD_NONE)
		evaluator_mark(&mapper->evaluator, value->origin);
}

/* --- making --- */

static bool copy_options(struct mapper *mapper, const struct mapper_options *options)
{
	struct dialect_option *copies = arena_alloc(&mapper->arena, (options->option_count + 1) * sizeof *copies);

	mapper->options = *options;
	if (copies == NULL || !arena_copy(&mapper->arena, options->dialect, &mapper->options.dialect) ||
	    !arena_copy(&mapper->arena, options->language, &mapper->options.language) ||
	    !arena_copy(&mapper->arena, options->id_prefix, &mapper->options.id_prefix) ||
	    !arena_copy(&mapper->arena, options->category_prefix, &mapper->options.category_prefix))
		return false;
	for (size_t i = 0; i < options->option_count; i++)
		if (!arena_copy(&mapper->arena, options->options[i].name, &copies[i].name) ||
		    !arena_copy(&mapper->arena, options->options[i].value, &copies[i].value))
			return false;
	mapper->options.options = copies;
	return true;
}

struct mapper *mapper_new(const struct dialect_set *set, const struct mapper_options *options, struct name_table *names,
                          struct statement_sink sink, struct error *err)
{
	struct mapper *mapper;

	if (options->dialect.size > 0 &&
	    dialect_check_options(set, options->dialect, options->options, options->option_count, err) != 0)
		return NULL;
	mapper = calloc(1, sizeof *mapper);
	if (mapper == NULL) {
		(void)error_set_memory(err);
		return NULL;
	}
	mapper->set = set;
	mapper->names = names;
	mapper->sink = sink;
	arena_init(&mapper->arena, READING_BYTES_MAX);
	arena_init(&mapper->record_arena, RECORD_BYTES_MAX);
	buffer_init(&mapper->json, JSON_BYTES_MAX);
	mapper->replacement_context = replacement_context_new();
	mapper->faults = calloc(PENDING_FAULTS_MAX, sizeof *mapper->faults);
	if (mapper->replacement_context == NULL || mapper->faults == NULL || !copy_options(mapper, options)) {
		(void)error_set_memory(err);
		mapper_free(mapper);
		return NULL;
	}
	return mapper;
}

void mapper_free(struct mapper *mapper)
{
	if (mapper == NULL)
		return;
	for (size_t i = 0; i < mapper->latest_count; i++) /* they lie in the arena */
		buffer_release(&mapper->latest[i].text);
	evaluator_release(&mapper->evaluator);
	extra_free(mapper->extra);
	replacement_context_free(mapper->replacement_context);
	buffer_release(&mapper->json);
	arena_release(&mapper->record_arena);
	arena_release(&mapper->arena);
	free(mapper->complaints);
	free(mapper->values);
	free(mapper->category_paths);
	free(mapper->category_entries);
	free(mapper->items);
	free(mapper->faults);
	free(mapper);
}

const char *mapper_dialect_name(const struct mapper *mapper)
{
	return mapper->dialect == NULL ? NULL : mapper->dialect->name;
}

struct mapper_counts mapper_counts(const struct mapper *mapper)
{
	return mapper->counts;
}

/* --- the feed's sink --- */

static int on_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct mapper *mapper = context;

	if (mapper_choose_dialect(mapper, root, err) != 0 || mapper_bind(mapper, root, err) != 0)
		return -1;
	*ret_selection = (struct feed_selection){.selectors = mapper->selectors,
	                                         .selector_count = mapper->route_count,
	                                         .group_columns = mapper->group_columns,
	                                         .group_column_count = mapper->group_column_count,
	                                         .json_columns = mapper->json_columns,
	                                         .json_column_count = mapper->json_column_count};
	return 0;
}

/* A record is told of: what came before it counts for it. */
static void begin_record(struct mapper *mapper, const struct route *route, const struct record *record)
{
	feed_value_show(mapper, route);
	mapper->record = record;
	mapper->ordinal++;
}

static int on_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct mapper *mapper = context;
	const struct route *route = &mapper->routes[selector];

	feed_value_reset(mapper, route);
	if (feed_value_keep(mapper, route, record, err) != 0)
		return -1;
	if (route->rule_count == 0)
		return 0;
	begin_record(mapper, route, record);
	return map_record(mapper, route, err);
}

static int on_known(void *context, struct hash128 fingerprint, uint64_t stream_offset, struct error *err)
{
	return known_take(context, fingerprint, stream_offset, err);
}

static int on_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                       struct error *err)
{
	struct mapper *mapper = context;
	const struct route *route = &mapper->routes[selector];
	struct record partial = *head;

	feed_value_reset(mapper, route);
	if (route->rule_count == 0)
		return 0; /* a feed value of that size is none */
	partial.stream_offset = stream_offset;
	begin_record(mapper, route, &partial);
	return map_oversize(mapper, route, text, err);
}

static int on_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	static const enum complaint_code codes[] = {
		[FEED_FAULT_MENDED] = COMPLAINT_MARKUP_MENDED,
		[FEED_FAULT_KEY_REPEATED] = COMPLAINT_KEY_REPEATED,
		[FEED_FAULT_ROW_LENGTH] = COMPLAINT_ROW_LENGTH,
		[FEED_FAULT_CELL_INVALID] = COMPLAINT_CELL_INVALID,
	};

	return fault_note(context, codes[fault], stream_offset, text, err);
}

int mapper_finish(struct mapper *mapper, struct error *err)
{
	mapper->record = NULL;
	mapper->item_count = 0;
	return fault_emit(mapper, err);
}

static int on_undefined_bytes(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	struct mapper *mapper = context;
	char text[64];
	const int size = snprintf(text, sizeof text, "%llu bytes, read as U+FFFD", (unsigned long long)count);
	const struct complaint complaint = {.code = COMPLAINT_BYTE_UNDEFINED,
	                                    .kind = ITEM_SKU,
	                                    .text = slice_make(text, (size_t)size),
	                                    .record = mapper->ordinal,
	                                    .stream_offset = stream_offset};

	return mapper->sink.complaint(mapper->sink.context, &complaint, err);
}

struct feed_sink mapper_feed_sink(struct mapper *mapper)
{
	return (struct feed_sink){.context = mapper,
	                          .root = on_root,
	                          .record = on_record,
	                          .known = on_known,
	                          .oversize = on_oversize,
	                          .fault = on_fault,
	                          .undefined_bytes = on_undefined_bytes};
}

/* The two readings of a probe. */
#include "probe/prober.h"

#include "probe/gather.h"
#include "probe/path_text.h"
#include "probe/structure.h"
#include "probe/summary.h"

#include <string.h>

struct prober {
	struct probe_report *report;
	struct arena *arena;
	const struct dialect_set *set;
	struct name_table names;
	struct mapper *mapper;            /* of the recognised dialect, or NULL */
	struct feed_selection recognised; /* what it selects */
	struct probe_tree tree;
	uint32_t open[PROBE_DEPTH_MAX]; /* nodes of the elements open above the one in hand */
	struct feed_selector selectors[PROBE_DEPTH_MAX];
	struct feed_step any[PROBE_DEPTH_MAX];
	struct feed_step steps[PROBE_DEPTH_MAX]; /* to the record */
	struct gatherer gatherer;
};

/* --- what both readings share --- */

static int on_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	struct prober *prober = context;

	(void)fault;
	(void)stream_offset;
	(void)text;
	(void)err;
	prober->report->faults++;
	return 0;
}

static int on_undefined_bytes(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	struct prober *prober = context;

	(void)stream_offset;
	(void)err;
	prober->report->undefined = count;
	return 0;
}

/* --- the first reading: paths --- */

static int no_statement(void *context, const struct statement *statement, struct error *err)
{
	(void)context;
	(void)statement;
	(void)err;
	return 0;
}

static int no_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	(void)context;
	(void)complaint;
	(void)err;
	return 0;
}

static int no_record_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	(void)context;
	(void)record;
	(void)is_mapped;
	(void)fingerprint;
	(void)err;
	return 0;
}

/* Ask a mapper, as an import would; that none knows the feed is an answer. */
static int recognise(struct prober *prober, const struct feed_root *root, struct error *err)
{
	const struct mapper_options options = {.dialect = {NULL, 0}};
	const struct statement_sink nowhere = {.statement = no_statement, .complaint = no_complaint, .record_end = no_record_end};
	struct error reason = ERROR_INIT;

	prober->mapper = mapper_new(prober->set, &options, &prober->names, nowhere, err);
	if (prober->mapper == NULL)
		return -1;
	const struct feed_sink sink = mapper_feed_sink(prober->mapper);
	if (sink.root(sink.context, root, &prober->recognised, &reason) == 0) {
		prober->report->dialect = slice_from(mapper_dialect_name(prober->mapper));
		return arena_copy(prober->arena, prober->report->dialect, &prober->report->dialect) ? 0 : error_set_memory(err);
	}
	mapper_free(prober->mapper);
	prober->mapper = NULL;
	if (reason.code != ERROR_DIALECT) {
		*err = reason;
		return -1;
	}
	const struct slice message = slice_from(reason.message);
	const size_t end = slice_find(message, slice_from("; known dialects")); /* and what to do about it: a probe is being done */
	return arena_copy(prober->arena, slice_make(message.data, end < message.size ? end : message.size),
	                  &prober->report->dialect_reason)
	               ? 0
	               : error_set_memory(err);
}

static int describe_root(struct prober *prober, const struct feed_root *root, struct error *err)
{
	struct probe_report *report = prober->report;

	report->format = root->format;
	report->root = name_text(&prober->names, root->local);
	report->root_space = name_text(&prober->names, root->space);
	if (!arena_copy(prober->arena, report->root, &report->root) ||
	    !arena_copy(prober->arena, report->root_space, &report->root_space))
		return error_set_memory(err);
	return recognise(prober, root, err);
}

static int on_structure_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct prober *prober = context;

	if (describe_root(prober, root, err) < 0)
		return -1;
	for (size_t i = 0; i < PROBE_DEPTH_MAX; i++)
		prober->selectors[i] = (struct feed_selector){.steps = prober->any, .step_count = i + 1, .attributes_only = true};
	*ret_selection = (struct feed_selection){.selectors = prober->selectors, .selector_count = PROBE_DEPTH_MAX};
	return 0;
}

static bool count_attributes(struct prober *prober, const struct record *record, uint32_t node)
{
	for (uint32_t i = 0; i < record->nodes[0].attribute_count; i++) {
		const struct record_attribute *attribute = &record->attributes[record->nodes[0].first_attribute + i];
		const struct probe_step step = {.local = attribute->local, .space = attribute->space, .is_attribute = true};
		uint32_t child;

		if (!probe_tree_child(&prober->tree, node, step, &child))
			return false;
		if (child == PROBE_NONE)
			continue;
		probe_tree_count(&prober->tree, child, RECORD_STRING);
		prober->tree.nodes[node].attribute_count++;
	}
	return true;
}

/* Selector number n takes what stands n elements below the root, so it tells the depth. */
static int on_structure(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct prober *prober = context;
	const struct record_node *node = &record->nodes[0];
	const struct probe_step step = {.local = node->local, .space = node->space};
	const uint32_t parent = selector == 0 ? PROBE_NONE : prober->open[selector - 1];
	uint32_t *child = &prober->open[selector];

	*child = PROBE_NONE;
	if (selector > 0 && parent == PROBE_NONE)
		return 0;
	if (!probe_tree_child(&prober->tree, parent, step, child))
		return error_set_memory(err);
	if (*child == PROBE_NONE)
		return 0;
	probe_tree_count(&prober->tree, *child, node->type);
	return count_attributes(prober, record, *child) ? 0 : error_set_memory(err);
}

static int on_structure_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head,
                                 const char *text, struct error *err)
{
	struct prober *prober = context;

	(void)stream_offset;
	(void)head;
	(void)text;
	(void)err;
	prober->open[selector] = PROBE_NONE;
	return 0;
}

/* --- the record --- */

static bool fits(const struct prober *prober, uint32_t node, const struct feed_selector *selector)
{
	size_t depth = selector->step_count;

	if (selector->attributes_only)
		return false;
	for (; node != PROBE_NONE && depth > 0; node = prober->tree.nodes[node].parent) {
		const struct probe_node *of = &prober->tree.nodes[node];

		if (!feed_step_fits(selector->steps[--depth], (struct feed_step){.local = of->local, .space = of->space}))
			return false;
	}
	return node == PROBE_NONE && depth == 0;
}

static bool is_recognised(void *context, uint32_t node)
{
	const struct prober *prober = context;

	for (size_t i = 0; i < prober->recognised.selector_count; i++) {
		if (fits(prober, node, &prober->recognised.selectors[i]))
			return true;
	}
	return false;
}

static uint32_t find_record(struct prober *prober)
{
	const struct structure_filter known = {.context = prober, .accepts = is_recognised};
	const struct structure_filter any = {.accepts = NULL};
	uint32_t record = PROBE_NONE;

	if (prober->mapper != NULL)
		record = structure_find_record(&prober->tree, &prober->names, known);
	return record != PROBE_NONE ? record : structure_find_record(&prober->tree, &prober->names, any);
}

/* --- the second reading: fields --- */

static int on_fields_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct prober *prober = context;
	size_t depth = 0;

	(void)root;
	(void)err;
	for (uint32_t node = prober->gatherer.top; node != PROBE_NONE; node = prober->tree.nodes[node].parent)
		depth++;
	prober->selectors[0] = (struct feed_selector){.steps = prober->steps, .step_count = depth};
	for (uint32_t node = prober->gatherer.top; node != PROBE_NONE; node = prober->tree.nodes[node].parent)
		prober->steps[--depth] = (struct feed_step){.local = prober->tree.nodes[node].local,
		                                            .space = prober->tree.nodes[node].space};
	*ret_selection = (struct feed_selection){.selectors = prober->selectors, .selector_count = 1};
	return 0;
}

static int on_fields(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct prober *prober = context;

	(void)selector;
	return gatherer_add(&prober->gatherer, record, err);
}

static int on_fields_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                              struct error *err)
{
	struct prober *prober = context;

	(void)selector;
	(void)stream_offset;
	(void)head;
	(void)text;
	(void)err;
	prober->report->oversize++;
	return 0;
}

/* A table needs one reading only: its rows are its records. */
static int on_table_root(struct prober *prober, struct feed_selection *ret_selection, struct error *err)
{
	const struct probe_step step = {.local = NAME_NONE};
	uint32_t root;

	if (!probe_tree_child(&prober->tree, PROBE_NONE, step, &root) ||
	    !probe_tree_child(&prober->tree, root, step, &prober->gatherer.top))
		return error_set_memory(err);
	probe_tree_count(&prober->tree, root, RECORD_ARRAY);
	prober->selectors[0] = (struct feed_selector){.steps = prober->any, .step_count = 2};
	*ret_selection = prober->recognised; /* how it groups rows */
	ret_selection->selectors = prober->selectors;
	ret_selection->selector_count = 1;
	return 0;
}

static int on_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct prober *prober = context;

	if (root->format != FEED_CSV)
		return on_structure_root(prober, root, ret_selection, err);
	if (describe_root(prober, root, err) < 0)
		return -1;
	return on_table_root(prober, ret_selection, err);
}

static int on_first_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct prober *prober = context;

	return prober->report->format == FEED_CSV ? on_fields(context, selector, record, err)
	                                          : on_structure(context, selector, record, err);
}

static int on_first_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                             struct error *err)
{
	struct prober *prober = context;

	return prober->report->format == FEED_CSV ? on_fields_oversize(context, selector, stream_offset, head, text, err)
	                                          : on_structure_oversize(context, selector, stream_offset, head, text, err);
}

static int read_first(struct prober *prober, const struct prober_source *source, const struct feed_options *options,
                      struct error *err)
{
	const struct feed_sink sink = {
		.context = prober,
		.root = on_root,
		.record = on_first_record,
		.oversize = on_first_oversize,
		.fault = on_fault,
		.undefined_bytes = on_undefined_bytes,
	};
	struct feed_summary summary = {0};

	if (feed_read(source->bytes, options, &prober->names, sink, &summary, err) < 0)
		return -1;
	prober->report->bytes = summary.bytes;
	prober->report->is_whole = summary.is_whole;
	prober->report->encoding_origin = summary.encoding_origin;
	prober->report->format = summary.format;
	return arena_copy(prober->arena, slice_from(summary.encoding), &prober->report->encoding) ? 0 : error_set_memory(err);
}

static int read_fields(struct prober *prober, const struct prober_source *source, const struct feed_options *options,
                       struct error *err)
{
	const struct feed_sink sink = {
		.context = prober,
		.root = on_fields_root,
		.record = on_fields,
		.oversize = on_fields_oversize,
		.fault = on_fault,
		.undefined_bytes = on_undefined_bytes,
	};
	struct feed_summary summary;

	prober->gatherer.top = find_record(prober);
	if (prober->gatherer.top == PROBE_NONE)
		return 0;
	probe_tree_recount(&prober->tree, prober->gatherer.top);
	prober->report->faults = 0;
	if (source->rewind(source->rewind_context, err) < 0)
		return -1;
	return feed_read(source->bytes, options, &prober->names, sink, &summary, err);
}

static int summarize(struct prober *prober, struct error *err)
{
	struct path_writer writer = {
		.tree = &prober->tree,
		.names = &prober->names,
		.format = prober->report->format,
		.top = prober->gatherer.top,
		.arena = prober->arena,
		.report = prober->report,
	};

	prober->report->left_out += prober->tree.left_out;
	if (prober->gatherer.records == 0)
		return 0;
	prober->report->has_records = true;
	return summary_write(&writer) ? 0 : error_set_memory(err);
}

/* Names of the report must outlive the table of names. */
static int keep_names(struct prober *prober, struct error *err)
{
	struct probe_report *report = prober->report;

	for (uint32_t i = 0; i < report->list_count; i++) {
		if (!arena_copy(prober->arena, report->lists[i].name, &report->lists[i].name))
			return error_set_memory(err);
	}
	for (uint32_t i = 0; i < report->field_count; i++) {
		if (!arena_copy(prober->arena, report->fields[i].name, &report->fields[i].name) ||
		    !arena_copy(prober->arena, report->fields[i].outer_name, &report->fields[i].outer_name))
			return error_set_memory(err);
	}
	for (uint32_t i = 0; i < report->namespace_count; i++) {
		if (!arena_copy(prober->arena, report->namespaces[i].uri, &report->namespaces[i].uri))
			return error_set_memory(err);
	}
	return 0;
}

int probe_read(const struct prober_source *source, const struct feed_options *options, const struct dialect_set *set,
               struct arena *arena, struct probe_report *ret_report, struct error *err)
{
	struct prober prober = {.report = ret_report, .arena = arena, .set = set};
	int result = -1;

	*ret_report = (struct probe_report){.lists = NULL};
	name_table_init(&prober.names);
	probe_tree_init(&prober.tree);
	prober.gatherer = (struct gatherer){.tree = &prober.tree, .top = PROBE_NONE};
	if (read_first(&prober, source, options, err) == 0 &&
	    (ret_report->format == FEED_CSV || read_fields(&prober, source, options, err) == 0) && summarize(&prober, err) == 0)
		result = keep_names(&prober, err);
	gatherer_release(&prober.gatherer);
	mapper_free(prober.mapper);
	probe_tree_release(&prober.tree);
	name_table_release(&prober.names);
	return result;
}

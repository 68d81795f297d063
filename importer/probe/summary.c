/* Lists and fields of the record. */
#include "probe/summary.h"

#include "base/hash.h"
#include "probe/gather.h"

#include <string.h>

/* What a field of the report was made from. */
struct origin {
	uint32_t node;
	struct hash128 pattern; /* of its name, its parent and kind */
	bool has_pattern;
};

struct summary {
	struct path_writer *writer;
	struct probe_report *report;
	uint32_t *lists_of; /* by node of the tree: its number as a list, or PROBE_NONE */
	struct origin *origins;
};

struct slice summary_pattern(struct slice name, char ret_bytes[SUMMARY_PATTERN_MAX])
{
	size_t end = name.size;
	size_t start;

	while (end > 0 && !(name.data[end - 1] >= '0' && name.data[end - 1] <= '9'))
		end--;
	start = end;
	while (start > 0 && name.data[start - 1] >= '0' && name.data[start - 1] <= '9')
		start--;
	if (end == start || start == 0 || name.size - (end - start) + 1 > SUMMARY_PATTERN_MAX)
		return (struct slice){NULL, 0};
	memcpy(ret_bytes, name.data, start);
	ret_bytes[start] = '*';
	memcpy(ret_bytes + start + 1, name.data + end, name.size - end);
	return slice_make(ret_bytes, name.size - (end - start) + 1);
}

static const struct probe_node *node_at(const struct summary *summary, uint32_t node)
{
	return &summary->writer->tree->nodes[node];
}

/* The name of a node; an item of an array is called as the array. */
static struct slice name_of(const struct summary *summary, uint32_t node)
{
	while (node != summary->writer->top && node_at(summary, node)->local == NAME_NONE)
		node = node_at(summary, node)->parent;
	return name_text(summary->writer->names, node_at(summary, node)->local);
}

static bool add_list(struct summary *summary, uint32_t node)
{
	struct probe_report *report = summary->report;
	struct probe_list *list = &report->lists[report->list_count];
	const struct probe_node *of = node_at(summary, node);
	const uint32_t top = summary->writer->top;
	const uint32_t outer = node == top ? top : probe_tree_list_of(summary->writer->tree, top, of->parent);

	*list = (struct probe_list){
		.count = of->count, .most = of->in_parent_max, .owners = of->owners, .name = name_of(summary, node)};
	if (node == top) {
		if (!path_write_absolute(summary->writer, node, &list->path))
			return false;
		list->full = list->path;
	} else {
		list->outer = summary->lists_of[outer] == PROBE_NONE ? 0 : summary->lists_of[outer];
		if (!path_write(summary->writer, outer, node, &list->path) || !path_write(summary->writer, top, node, &list->full))
			return false;
	}
	summary->lists_of[node] = report->list_count++;
	return true;
}

static bool copy_samples(const struct summary *summary, const struct probe_stats *stats, struct probe_field *field)
{
	field->sample_count = 0;
	for (size_t i = 0; i < stats->sample_count; i++) {
		struct probe_sample *sample = &field->samples[field->sample_count++];
		sample->is_cut = stats->sample_is_cut[i];
		if (!arena_copy(summary->writer->arena, slice_make(stats->samples[i], stats->sample_sizes[i]), &sample->text))
			return false;
	}
	return true;
}

static bool fill_figures(const struct summary *summary, const struct probe_stats *stats, struct probe_field *field)
{
	const struct distinct_count distinct = distinct_count(&stats->distinct);

	field->records = stats->records;
	field->filled = stats->filled;
	field->owners = stats->owners;
	field->owners_filled = stats->owners_filled;
	field->distinct = distinct.values;
	field->repeats = distinct.repeats;
	field->is_estimate = distinct.is_estimate;
	field->tally = stats->tally;
	memset(field->currency, 0, sizeof(field->currency));
	if (stats->currencies[0].count > 0 && stats->currencies[1].count == 0)
		memcpy(field->currency, stats->currencies[0].code, sizeof(field->currency));
	return copy_samples(summary, stats, field);
}

static bool is_repeated_field(const struct summary *summary, uint32_t node, uint32_t list)
{
	for (; node != list; node = node_at(summary, node)->parent) {
		if (probe_tree_is_repeated(summary->writer->tree, node))
			return true;
	}
	return false;
}

static struct hash128 pattern_key(const struct summary *summary, uint32_t node, struct slice pattern)
{
	const struct probe_node *of = node_at(summary, node);

	return hash_bytes(pattern, ((uint64_t)of->parent << 1) | (of->is_attribute ? 1 : 0));
}

/* Put a numbered field to the one that it continues. */
static bool fold_into(struct summary *summary, uint32_t at, uint32_t node, struct slice pattern)
{
	struct probe_field *field = &summary->report->fields[at];
	struct probe_stats *stats = node_at(summary, summary->origins[at].node)->stats;
	struct slice path;

	if (!path_write(summary->writer, summary->writer->top, node, &path))
		return false;
	if (field->member_count == 0) {
		field->members[field->member_count++] = field->full;
		if (!arena_copy(summary->writer->arena, pattern, &field->name))
			return false;
		field->path = field->name;
		field->full = field->name;
	}
	if (field->member_count < PROBE_MEMBERS_MAX)
		field->members[field->member_count++] = path;
	else
		summary->report->left_out++;
	return probe_stats_merge(stats, node_at(summary, node)->stats) && fill_figures(summary, stats, field);
}

static bool add_field(struct summary *summary, uint32_t node)
{
	struct probe_report *report = summary->report;
	const struct probe_node *of = node_at(summary, node);
	const uint32_t top = summary->writer->top;
	const uint32_t list = probe_tree_list_of(summary->writer->tree, top, of->is_attribute ? of->parent : node);
	char bytes[SUMMARY_PATTERN_MAX];
	const struct slice pattern = summary_pattern(name_of(summary, node), bytes);
	struct origin origin = {.node = node, .has_pattern = pattern.size > 0 && node != list && of->local != NAME_NONE};

	if (origin.has_pattern) {
		origin.pattern = pattern_key(summary, node, pattern);
		for (uint32_t i = 0; i < report->field_count; i++) {
			if (summary->origins[i].has_pattern && hash_equal(summary->origins[i].pattern, origin.pattern))
				return fold_into(summary, i, node, pattern);
		}
	}
	if (report->field_count == PROBE_FIELDS_MAX) {
		report->left_out += of->count;
		return true;
	}
	summary->origins[report->field_count] = origin;
	struct probe_field *field = &report->fields[report->field_count++];
	*field = (struct probe_field){
		.name = name_of(summary, node),
		.list = summary->lists_of[list] == PROBE_NONE ? 0 : summary->lists_of[list],
		.is_attribute = of->is_attribute,
		.is_own_text = node == list,
		.is_direct = of->parent == list || node == list ||
	                     (of->local == NAME_NONE && node_at(summary, of->parent)->parent == list),
		.is_repeated = is_repeated_field(summary, node, list),
	};
	if (node != top && of->parent != PROBE_NONE)
		field->outer_name = name_of(
			summary, of->local == NAME_NONE && of->parent != top ? node_at(summary, of->parent)->parent : of->parent);
	return path_write(summary->writer, list, node, &field->path) && path_write(summary->writer, top, node, &field->full) &&
	       fill_figures(summary, of->stats, field);
}

static bool add_node(struct summary *summary, uint32_t node)
{
	const struct probe_tree *tree = summary->writer->tree;
	const struct probe_node *of = node_at(summary, node);
	const bool is_list = node == summary->writer->top ||
	                     (!of->is_attribute && probe_tree_is_repeated(tree, node) && probe_tree_is_structured(tree, node));

	if (of->count == 0)
		return true;
	if (is_list && summary->report->list_count < PROBE_LISTS_MAX && !add_list(summary, node))
		return false;
	/* What only holds others, though empty here and there, is no field. */
	if (of->stats == NULL || (of->has_elements && of->stats->value_count == 0))
		return true;
	return add_field(summary, node);
}

bool summary_write(struct path_writer *writer)
{
	struct probe_report *report = writer->report;
	struct summary summary = {
		.writer = writer,
		.report = report,
		.lists_of = arena_alloc(writer->arena, writer->tree->count * sizeof(*summary.lists_of)),
		.origins = arena_alloc(writer->arena, PROBE_FIELDS_MAX * sizeof(*summary.origins)),
	};

	report->lists = arena_alloc(writer->arena, PROBE_LISTS_MAX * sizeof(*report->lists));
	report->fields = arena_alloc(writer->arena, PROBE_FIELDS_MAX * sizeof(*report->fields));
	if (!summary.lists_of || !summary.origins || !report->lists || !report->fields)
		return false;
	for (uint32_t i = 0; i < writer->tree->count; i++)
		summary.lists_of[i] = PROBE_NONE;
	for (uint32_t i = writer->top; i != PROBE_NONE; i = probe_tree_next(writer->tree, writer->top, i)) {
		if (!add_node(&summary, i))
			return false;
	}
	return true;
}

/* From records to statistics of their fields. */
#include "probe/gather.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Of a field with very many values only one in so many is looked at closely; all are counted. */
#define LOOKED_AT_ALL 20000
#define LOOKED_AT_EACH 16

void gatherer_release(struct gatherer *gatherer)
{
	free(gatherer->nodes_of);
	gatherer->nodes_of = NULL;
	gatherer->capacity = 0;
}

static void keep_sample(struct probe_stats *stats, struct slice text, bool is_cut)
{
	if (stats->sample_count == PROBE_SAMPLES)
		return;
	for (size_t i = 0; i < stats->sample_count; i++) {
		if (slice_equal(slice_make(stats->samples[i], stats->sample_sizes[i]), text))
			return;
	}
	memcpy(stats->samples[stats->sample_count], text.data, text.size);
	stats->sample_sizes[stats->sample_count] = text.size;
	stats->sample_is_cut[stats->sample_count++] = is_cut;
}

static void count_currency(struct probe_stats *stats, const char code[4], uint64_t count)
{
	for (size_t i = 0; i < sizeof(stats->currencies) / sizeof(stats->currencies[0]); i++) {
		if (stats->currencies[i].count > 0 && memcmp(stats->currencies[i].code, code, 4) != 0)
			continue;
		memcpy(stats->currencies[i].code, code, 4);
		stats->currencies[i].count += count;
		return;
	}
}

static bool add_value(struct probe_stats *stats, struct slice text)
{
	const uint64_t values = ++stats->value_count;

	if (values <= LOOKED_AT_ALL || values % LOOKED_AT_EACH == 0) {
		const struct value_look look = value_tally_add(&stats->tally, text);
		if (look.type == VALUE_MONEY)
			count_currency(stats, look.currency, 1);
	}
	if (stats->sample_count < PROBE_SAMPLES) {
		const struct slice cut = utf8_cut(text, PROBE_SAMPLE_BYTES);
		keep_sample(stats, cut, cut.size < text.size);
	}
	return distinct_add(&stats->distinct, text);
}

/* A value of `node` in the instance of the list that it stands in. */
static bool add_field(struct gatherer *gatherer, uint32_t node, struct slice text)
{
	const uint32_t list = probe_tree_list_of(gatherer->tree, gatherer->top,
	                                         gatherer->tree->nodes[node].is_attribute ? gatherer->tree->nodes[node].parent
	                                                                                  : node);
	const uint64_t owner = gatherer->tree->nodes[list].count;
	struct probe_stats *stats;

	if (!probe_tree_stats(gatherer->tree, node, &stats))
		return false;
	if (stats == NULL)
		return true;
	stats->records += stats->record_seen != gatherer->records;
	stats->record_seen = gatherer->records;
	stats->owners += stats->owner_seen != owner;
	stats->owner_seen = owner;
	text = slice_trim(text);
	if (text.size == 0)
		return true;
	stats->filled += stats->record_filled != gatherer->records;
	stats->record_filled = gatherer->records;
	stats->owners_filled += stats->owner_filled != owner;
	stats->owner_filled = owner;
	return add_value(stats, text);
}

static bool add_attributes(struct gatherer *gatherer, const struct record *record, const struct record_node *node, uint32_t parent)
{
	for (uint32_t i = 0; i < node->attribute_count; i++) {
		const struct record_attribute *attribute = &record->attributes[node->first_attribute + i];
		const struct probe_step step = {.local = attribute->local, .space = attribute->space, .is_attribute = true};
		uint32_t index;

		if (!probe_tree_child(gatherer->tree, parent, step, &index))
			return false;
		if (index == PROBE_NONE)
			continue;
		probe_tree_count(gatherer->tree, index, RECORD_STRING);
		gatherer->tree->nodes[parent].attribute_count++;
		if (!add_field(gatherer, index, attribute->value))
			return false;
	}
	return true;
}

static void count_owner(struct gatherer *gatherer, uint32_t index)
{
	struct probe_tree *tree = gatherer->tree;
	struct probe_node *node = &tree->nodes[index];

	if (index == gatherer->top || !probe_tree_is_repeated(tree, index) || !probe_tree_is_structured(tree, index))
		return;
	const uint64_t owner = tree->nodes[probe_tree_list_of(tree, gatherer->top, node->parent)].count;
	node->owners += node->owner_seen != owner;
	node->owner_seen = owner;
}

static bool add_node(struct gatherer *gatherer, const struct record *record, uint32_t i)
{
	const struct record_node *node = &record->nodes[i];
	const uint32_t parent = i == 0 ? gatherer->top : gatherer->nodes_of[node->parent];
	const struct probe_step step = {.local = node->local, .space = node->space};
	const bool has_children = node->end > i + 1;

	gatherer->nodes_of[i] = PROBE_NONE;
	if (parent == PROBE_NONE)
		return true;
	if (i == 0)
		gatherer->nodes_of[0] = gatherer->top;
	else if (!probe_tree_child(gatherer->tree, parent, step, &gatherer->nodes_of[i]))
		return false;
	if (gatherer->nodes_of[i] == PROBE_NONE)
		return true;
	probe_tree_count(gatherer->tree, gatherer->nodes_of[i], node->type);
	count_owner(gatherer, gatherer->nodes_of[i]);
	if (!add_attributes(gatherer, record, node, gatherer->nodes_of[i]))
		return false;
	if (i == 0 && slice_trim(node->text).size == 0)
		return true;
	if (has_children && slice_trim(node->text).size == 0)
		return true;
	return add_field(gatherer, gatherer->nodes_of[i], node->text);
}

static int make_room(struct gatherer *gatherer, size_t count, struct error *err)
{
	if (count <= gatherer->capacity)
		return 0;
	uint32_t *grown = realloc(gatherer->nodes_of, count * sizeof(*grown));
	if (grown == NULL)
		return error_set_memory(err);
	gatherer->nodes_of = grown;
	gatherer->capacity = count;
	return 0;
}

int gatherer_add(struct gatherer *gatherer, const struct record *record, struct error *err)
{
	if (make_room(gatherer, record->node_count, err) < 0)
		return -1;
	gatherer->records++;
	for (uint32_t i = 0; i < record->node_count; i++) {
		if (!add_node(gatherer, record, i))
			return error_set_memory(err);
	}
	return 0;
}

static uint64_t larger(uint64_t left, uint64_t right)
{
	return left > right ? left : right;
}

bool probe_stats_merge(struct probe_stats *stats, const struct probe_stats *other)
{
	stats->records = larger(stats->records, other->records);
	stats->filled = larger(stats->filled, other->filled);
	stats->owners = larger(stats->owners, other->owners);
	stats->owners_filled = larger(stats->owners_filled, other->owners_filled);
	stats->value_count += other->value_count;
	value_tally_merge(&stats->tally, &other->tally);
	for (size_t i = 0; i < other->sample_count; i++)
		keep_sample(stats, slice_make(other->samples[i], other->sample_sizes[i]), other->sample_is_cut[i]);
	for (size_t i = 0; i < sizeof(stats->currencies) / sizeof(stats->currencies[0]); i++) {
		if (other->currencies[i].count > 0)
			count_currency(stats, other->currencies[i].code, other->currencies[i].count);
	}
	return distinct_merge(&stats->distinct, &other->distinct);
}

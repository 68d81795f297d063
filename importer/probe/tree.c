/* The tree of paths. */
#include "probe/tree.h"

#include <stdlib.h>

void probe_tree_init(struct probe_tree *tree)
{
	*tree = (struct probe_tree){.nodes = NULL};
	hash_table_init(&tree->by_step);
}

void probe_stats_free(struct probe_stats *stats)
{
	if (stats == NULL)
		return;
	distinct_release(&stats->distinct);
	free(stats);
}

void probe_tree_release(struct probe_tree *tree)
{
	for (uint32_t i = 0; i < tree->count; i++)
		probe_stats_free(tree->nodes[i].stats);
	free(tree->nodes);
	hash_table_release(&tree->by_step);
	*tree = (struct probe_tree){.nodes = NULL};
}

static bool grow(struct probe_tree *tree)
{
	const uint32_t capacity = tree->capacity == 0 ? 64 : tree->capacity * 2;
	struct probe_node *grown = realloc(tree->nodes, capacity * sizeof(*grown));

	if (grown == NULL)
		return false;
	tree->nodes = grown;
	tree->capacity = capacity;
	return true;
}

static struct hash128 step_key(uint32_t parent, struct probe_step step)
{
	const uint32_t key[4] = {parent, step.local, step.space, step.is_attribute ? 1 : 0};

	return hash_bytes(slice_make((const char *)key, sizeof(key)), 0);
}

static void attach(struct probe_tree *tree, uint32_t parent, uint32_t node)
{
	if (parent == PROBE_NONE)
		return;
	if (tree->nodes[parent].first_child == PROBE_NONE)
		tree->nodes[parent].first_child = node;
	else
		tree->nodes[tree->nodes[parent].last_child].next_sibling = node;
	tree->nodes[parent].last_child = node;
}

bool probe_tree_child(struct probe_tree *tree, uint32_t parent, struct probe_step step, uint32_t *ret_node)
{
	const struct hash128 key = step_key(parent, step);
	uint32_t *slot = hash_table_find(&tree->by_step, key);

	*ret_node = PROBE_NONE;
	if (slot != NULL) {
		*ret_node = *slot;
		return true;
	}
	if (tree->count == PROBE_NODES_MAX) {
		tree->left_out++;
		return true;
	}
	if (tree->count == tree->capacity && !grow(tree))
		return false;
	slot = hash_table_put(&tree->by_step, key, NULL);
	if (slot == NULL)
		return false;
	*slot = tree->count;
	tree->nodes[tree->count] = (struct probe_node){
		.local = step.local,
		.space = step.space,
		.parent = parent,
		.first_child = PROBE_NONE,
		.last_child = PROBE_NONE,
		.next_sibling = PROBE_NONE,
		.is_attribute = step.is_attribute,
	};
	attach(tree, parent, tree->count);
	*ret_node = tree->count++;
	return true;
}

void probe_tree_count(struct probe_tree *tree, uint32_t index, enum record_type type)
{
	struct probe_node *node = &tree->nodes[index];
	const uint64_t parent_count = node->parent == PROBE_NONE ? 1 : tree->nodes[node->parent].count;

	node->count++;
	if (!node->has_type && type != RECORD_NULL) {
		node->type = type;
		node->has_type = true;
	}
	if (node->parent_seen != parent_count) {
		node->parent_seen = parent_count;
		node->in_parent = 0;
	}
	node->in_parent++;
	if (node->in_parent > node->in_parent_max)
		node->in_parent_max = node->in_parent;
	if (node->is_attribute || node->parent == PROBE_NONE)
		return;
	tree->nodes[node->parent].has_elements = true;
}

uint32_t probe_tree_next(const struct probe_tree *tree, uint32_t top, uint32_t node)
{
	if (tree->nodes[node].first_child != PROBE_NONE)
		return tree->nodes[node].first_child;
	while (node != top) {
		if (tree->nodes[node].next_sibling != PROBE_NONE)
			return tree->nodes[node].next_sibling;
		node = tree->nodes[node].parent;
	}
	return PROBE_NONE;
}

void probe_tree_recount(struct probe_tree *tree, uint32_t top)
{
	for (uint32_t i = top; i != PROBE_NONE; i = probe_tree_next(tree, top, i)) {
		tree->nodes[i].count = 0;
		tree->nodes[i].attribute_count = 0;
		tree->nodes[i].parent_seen = 0;
		tree->nodes[i].in_parent = 0;
	}
}

bool probe_tree_is_repeated(const struct probe_tree *tree, uint32_t index)
{
	const struct probe_node *node = &tree->nodes[index];

	if (node->in_parent_max > 1)
		return true;
	return node->parent != PROBE_NONE && tree->nodes[node->parent].type == RECORD_ARRAY && !node->is_attribute;
}

bool probe_tree_is_structured(const struct probe_tree *tree, uint32_t index)
{
	const struct probe_node *node = &tree->nodes[index];

	return node->has_elements || node->attribute_count > 0;
}

uint32_t probe_tree_list_of(const struct probe_tree *tree, uint32_t top, uint32_t node)
{
	while (node != top && !(probe_tree_is_repeated(tree, node) && probe_tree_is_structured(tree, node)))
		node = tree->nodes[node].parent;
	return node;
}

bool probe_tree_stats(struct probe_tree *tree, uint32_t node, struct probe_stats **ret_stats)
{
	*ret_stats = tree->nodes[node].stats;
	if (*ret_stats != NULL)
		return true;
	if (tree->stats_count == PROBE_STATS_MAX) {
		tree->left_out++;
		return true;
	}
	*ret_stats = calloc(1, sizeof(**ret_stats));
	if (*ret_stats == NULL)
		return false;
	tree->nodes[node].stats = *ret_stats;
	tree->stats_count++;
	return true;
}

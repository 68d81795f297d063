/* Which element, item or row of a feed is the record: decided by what repeats, how much it holds, and how its fields are called. */
#pragma once

#include "probe/tree.h"

#define PROBE_DEPTH_MAX 64

/* May `node` be a record? NULL = any. */
struct structure_filter {
	void *context;
	bool (*accepts)(void *context, uint32_t node);
};

/* The record's node among all paths of a feed; PROBE_NONE where nothing looks like one. */
uint32_t structure_find_record(const struct probe_tree *tree, const struct name_table *names, struct structure_filter filter);

/* What the node is known to be good for: bits 1 << enum probe_target of the names of its own fields. */
uint32_t structure_targets(const struct probe_tree *tree, const struct name_table *names, uint32_t node);

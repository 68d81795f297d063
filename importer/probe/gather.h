/* Figures of the records: every value of every field is looked at once. */
#pragma once

#include "base/error.h"
#include "probe/tree.h"

struct gatherer {
	struct probe_tree *tree;
	uint32_t top; /* the record's node */
	uint64_t records;
	uint32_t *nodes_of; /* of the record in hand: the tree's node for each of its own */
	size_t capacity;
};

void gatherer_release(struct gatherer *gatherer);

/* One more record. ERROR_MEMORY. */
must_use int gatherer_add(struct gatherer *gatherer, const struct record *record, struct error *err);

/* The statistics of `other` put to those of `stats`, as of one field; false without memory. */
must_use bool probe_stats_merge(struct probe_stats *stats, const struct probe_stats *other);

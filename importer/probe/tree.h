/*
 * Every path of a feed, once: a tree of names with how often each came. The
 * steps are those of the record tree (feed/record.h), so XML, JSON and tables
 * are alike; attributes are steps of their own.
 */
#pragma once

#include "base/hash.h"
#include "feed/record.h"
#include "probe/distinct.h"
#include "probe/value_type.h"

#define PROBE_SAMPLES 3
#define PROBE_SAMPLE_BYTES 120
#define PROBE_NODES_MAX 8192 /* paths; further ones are counted only */
#define PROBE_STATS_MAX 800  /* fields with statistics */

#define PROBE_NONE UINT32_MAX

/* What the values at one path are like. */
struct probe_stats {
	uint64_t records; /* that have it at least once, with or without a value */
	uint64_t filled;  /* … with a value */
	uint64_t owners;  /* the same for instances of the innermost list it stands in */
	uint64_t owners_filled;
	uint64_t record_seen; /* ordinals, so that each is counted once */
	uint64_t record_filled;
	uint64_t owner_seen;
	uint64_t owner_filled;
	struct value_tally tally;
	struct distinct distinct;
	uint64_t value_count; /* occurrences with a value */
	char samples[PROBE_SAMPLES][PROBE_SAMPLE_BYTES];
	size_t sample_sizes[PROBE_SAMPLES];
	bool sample_is_cut[PROBE_SAMPLES];
	size_t sample_count;
	struct {
		char code[4];
		uint64_t count;
	} currencies[3]; /* of money, in the order of coming */
};

struct probe_node {
	uint32_t local;
	uint32_t space;
	uint32_t parent;
	uint32_t first_child;
	uint32_t last_child;
	uint32_t next_sibling;
	bool is_attribute;
	bool has_elements;     /* some instance had children */
	enum record_type type; /* of the first instance that is no null */
	bool has_type;
	uint64_t count;           /* instances */
	uint64_t attribute_count; /* of all instances together */
	uint64_t parent_seen;     /* the parent's count when this came last */
	uint64_t in_parent;       /* instances in that parent so far */
	uint64_t in_parent_max;
	uint64_t owners; /* instances of the innermost list around it that have it; lists only */
	uint64_t owner_seen;
	struct probe_stats *stats; /* NULL = none */
};

struct probe_tree {
	struct probe_node *nodes;
	uint32_t count;
	uint32_t capacity;
	struct hash_table by_step;
	uint64_t left_out; /* instances of paths beyond PROBE_NODES_MAX, or of fields beyond PROBE_STATS_MAX */
	size_t stats_count;
};

void probe_tree_init(struct probe_tree *tree);
void probe_tree_release(struct probe_tree *tree);

struct probe_step {
	uint32_t local;
	uint32_t space;
	bool is_attribute;
};

/*
 * The child of `parent` (PROBE_NONE = the root) that `step` leads to, made
 * where new. PROBE_NONE in `ret_node` where the tree is full. False without memory.
 */
must_use bool probe_tree_child(struct probe_tree *tree, uint32_t parent, struct probe_step step, uint32_t *ret_node);

/* One more instance of `node`. */
void probe_tree_count(struct probe_tree *tree, uint32_t node, enum record_type type);

/* Forget the counts at and below `top`, keep what repeats. */
void probe_tree_recount(struct probe_tree *tree, uint32_t top);

/* The next node in document order within `top`, or PROBE_NONE; start with `top`. */
uint32_t probe_tree_next(const struct probe_tree *tree, uint32_t top, uint32_t node);

/* Does it come several times in one parent, or is it an item of an array? */
bool probe_tree_is_repeated(const struct probe_tree *tree, uint32_t node);

/* Has it fields of its own: children or attributes? */
bool probe_tree_is_structured(const struct probe_tree *tree, uint32_t node);

/* The innermost node at or above `node`, strictly below `top`, that is repeated and structured; else `top`. */
uint32_t probe_tree_list_of(const struct probe_tree *tree, uint32_t top, uint32_t node);

/* The statistics of a node, made where new; NULL in `ret_stats` beyond PROBE_STATS_MAX. False without memory. */
must_use bool probe_tree_stats(struct probe_tree *tree, uint32_t node, struct probe_stats **ret_stats);

void probe_stats_free(struct probe_stats *stats);

/*
 * 128-bit fingerprints (XXH3-128) and a table keyed by them.
 *
 * Not cryptographic: seeds are random per store, so a feed cannot aim at a
 * collision. The table costs at most 32 bytes an entry plus growth.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

struct hash128 {
	uint64_t low;
	uint64_t high;
};

struct hash128 hash_bytes(struct slice bytes, uint64_t seed);
bool hash_equal(struct hash128 left, struct hash128 right);

/* The hash of one more text behind others, of which `sum` is the hash: their order and their borders count. */
struct hash128 hash_chain(struct hash128 sum, struct slice text);

/* Sum modulo 2^128: the order of additions does not matter. */
struct hash128 hash_add(struct hash128 left, struct hash128 right);

/* What `right` was added to. */
struct hash128 hash_subtract(struct hash128 left, struct hash128 right);

/* 32 lower-case hexadecimal digits and a NUL. */
void hash_format(struct hash128 hash, char ret_text[33]);

struct hash_slot {
	struct hash128 key;
	uint32_t value;
	uint32_t used;
};

struct hash_table {
	struct hash_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

void hash_table_init(struct hash_table *table);
void hash_table_release(struct hash_table *table);

/*
 * The value kept for `key`, made with value 0 where it was not there
 * (`ret_is_new` says so; may be NULL). NULL when memory is exhausted. The
 * pointer is valid until the next put.
 */
must_use uint32_t *hash_table_put(struct hash_table *table, struct hash128 key, bool *ret_is_new);

/* The value kept for `key`, or NULL. */
uint32_t *hash_table_find(const struct hash_table *table, struct hash128 key);

/* The groups of tests of importer/catalog, and what several of them need. */
#pragma once

#include "catalog/batch.h"

/* Each runs a group and returns how many of its tests failed. */
int table_tests(void);
int values_tests(void);
int batch_tests(void);
int hostile_tests(void);
int mutation_tests(void);
int known_tests(void);

/* Fails the test where an entry that a decoder handed out breaks a rule of batch.h; written apart from the decoder. */
void assert_entry_is_valid(const struct batch_entry *entry);

/* Decode a copy of `bytes` in memory of exactly its size, checking each entry. The entries read; -1 with `err` set. */
int decode_copy(struct slice bytes, struct error *err);

/* The same numbers in every run. */
uint32_t random_next(uint64_t *state);

struct arena;

/* A statement of random fields that keeps all rules; its texts live in `arena`. */
struct statement random_statement(uint64_t *state, struct arena *arena, uint64_t record);

/* The definition of a custom field, likewise. */
struct field_statement random_definition(uint64_t *state, struct arena *arena, uint64_t record);

/*
 * Element, attribute and namespace names as small numbers, so that dialect
 * and parser compare integers. Shared by both within one reading.
 */
#pragma once

#include "base/arena.h"
#include "base/hash.h"

#include <stdint.h>

/* 0 is no name (no namespace). */
#define NAME_NONE 0u

struct name_table {
	struct hash_table by_text;
	struct arena arena;
	struct slice *texts; /* by id */
	uint32_t count;
	uint32_t capacity;
};

void name_table_init(struct name_table *names);
void name_table_release(struct name_table *names);

/* The id of `text`, made where new; NAME_NONE when LIMIT_NAMES or memory is exhausted. */
must_use uint32_t name_intern(struct name_table *names, struct slice text);

/* The id of `text`, or NAME_NONE where it was never interned. */
uint32_t name_find(const struct name_table *names, struct slice text);

/* The text of an id; the empty slice for NAME_NONE. Lives as long as the table. */
struct slice name_text(const struct name_table *names, uint32_t name);

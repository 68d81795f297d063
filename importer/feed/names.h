/*
 * Element, attribute and namespace names as small numbers, so that dialect
 * and parser compare integers. Shared by both within one reading.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdint.h>

/* 0 is no name (no namespace). */
#define NAME_NONE 0u

/* Names that are looked for without hashing all of them; a power of two. */
#define NAMES_RECENT 1024

struct name_table {
	struct hash_table by_text;
	struct arena arena;
	struct slice *texts;           /* by id */
	uint32_t recent[NAMES_RECENT]; /* ids by the first and last bytes of their texts; NAME_NONE = free */
	uint32_t count;
	uint32_t capacity;
};

void name_table_init(struct name_table *names);
void name_table_release(struct name_table *names);

/* The id of `text`, made where new; NAME_NONE when LIMIT_NAMES or memory is exhausted. */
must_use uint32_t name_intern(struct name_table *names, struct slice text);

/* As name_intern() for a name that a feed brings: -1 with ERROR_LIMIT when it is too long or one too many, or ERROR_MEMORY. */
must_use int name_intern_bounded(struct name_table *names, struct slice text, uint32_t *ret_id, struct error *err);

/* The id of `text`, or NAME_NONE where it was never interned. */
uint32_t name_find(const struct name_table *names, struct slice text);

/* The text of an id; the empty slice for NAME_NONE. Lives as long as the table. */
struct slice name_text(const struct name_table *names, uint32_t name);

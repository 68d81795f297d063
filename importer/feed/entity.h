/* The entity names of HTML 4, which feeds use without declaring them. */
#pragma once

#include "base/slice.h"

#define ENTITY_COUNT 252

struct entity {
	char name[9];
	char text[4]; /* UTF-8 */
};

/* Sorted by the bytes of the names. */
extern const struct entity entity_table[ENTITY_COUNT];

/* The entity called `name`, or NULL. */
const struct entity *entity_find(struct slice name);

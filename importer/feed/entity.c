/* Search in the table of entity names. */
#include "feed/entity.h"

#include <stdlib.h>

static int compare_name(const void *key, const void *element)
{
	const struct slice *name = key;
	const struct entity *entity = element;

	return slice_compare(*name, slice_from(entity->name));
}

const struct entity *entity_find(struct slice name)
{
	return bsearch(&name, entity_table, ENTITY_COUNT, sizeof(entity_table[0]), compare_name);
}

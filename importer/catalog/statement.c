/* A statement with nothing stated yet, and what a part may state. */
#include "catalog/statement.h"

/* The bytes of a zeroed field_value mean 'absent'. */
_Static_assert(PRESENCE_ABSENT == 0, "a zeroed field is absent");

void statement_init(struct statement *statement, enum item_kind kind, enum statement_action action)
{
	*statement = (struct statement){.kind = kind, .action = action};
}

uint64_t statement_part_fields(void)
{
	return UINT64_C(1) << FIELD_CATEGORIES | UINT64_C(1) << FIELD_IMAGES | UINT64_C(1) << FIELD_ATTRIBUTES |
	       UINT64_C(1) << FIELD_TAGS | UINT64_C(1) << FIELD_PRICES | UINT64_C(1) << FIELD_STOCKS | UINT64_C(1) << FIELD_TEXTS;
}

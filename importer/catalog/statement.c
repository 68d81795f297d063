/* A statement with nothing stated yet. */
#include "catalog/statement.h"

/* The bytes of a zeroed field_value mean 'absent'. */
_Static_assert(PRESENCE_ABSENT == 0, "a zeroed field is absent");

void statement_init(struct statement *statement, enum item_kind kind, enum statement_action action)
{
	*statement = (struct statement){.kind = kind, .action = action};
}

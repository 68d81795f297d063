/* Private to probe: names of fields, folded, each with what it means. */
#pragma once

#include "probe/field_names.h"

struct field_name_entry {
	const char *names; /* separated by blanks */
	enum probe_target target;
	int weight;
};

extern const struct field_name_entry field_name_table[];
extern const size_t field_name_table_size;

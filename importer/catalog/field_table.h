/* The table of fields itself, for the loops of this folder that look up every field of a batch. */
#pragma once

#include "catalog/field.h"

extern const struct field_definition field_table[FIELD_COUNT];

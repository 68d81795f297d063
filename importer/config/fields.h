/*
 * Names of the fields that on_absent and on_empty may speak of. Bit N of a
 * set is the field with the number N in catalog/field.h, which stands above
 * this folder; a test of run holds the two together.
 */
#pragma once

#include "base/buffer.h"

#include <stdint.h>

/* All fields that may be named. */
uint64_t config_fields_all(void);

/* The field's bit; 0 where there is none of that name, and `ret_nearest` is one that was meant, or NULL. */
uint64_t config_field_find(struct slice name, const char **ret_nearest);

/* The name of field number `number`, or NULL. */
const char *config_field_name(unsigned number);

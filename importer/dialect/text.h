/* Finding a dialect's text by its name, among those of a struct dialect_texts. */
#pragma once

#include "dialect/dialect.h"

#include <stdint.h>

#define DIALECT_TEXT_NONE SIZE_MAX

/* The last of that name, which replaces those before it, or DIALECT_TEXT_NONE. */
size_t dialect_text_find(const struct dialect_text *texts, size_t count, struct slice name);

/* The one that `extends: NAME` in texts[of] means: the last of that name, but an earlier one where it is its own name. */
size_t dialect_text_find_base(const struct dialect_text *texts, size_t count, size_t of, struct slice name);

/* Is the content of one field what the field table and the rules for values say? For the decoder of batches. */
#pragma once

#include "base/error.h"
#include "catalog/statement.h"

/* An id: not empty, at most LIMIT_ID_BYTES, no white space around it. */
bool batch_id_is_valid(struct slice id);

/* Each returns 0, or -1 with ERROR_READER. `text` is not empty, UTF-8 and has no NUL byte. */
must_use int batch_check_integer(enum field_id field, int64_t value, struct error *err);
must_use int batch_check_text(enum field_id field, struct slice text, struct error *err);

/* Words and forms of a field_statement; its entity is of a kind that has custom fields. 0, or -1 with ERROR_READER. */
must_use int batch_check_definition(const struct field_statement *field, struct error *err);

/* Is the content of one field what the field table and the rules for values say? For the decoder of batches. */
#pragma once

#include "base/error.h"
#include "catalog/field.h"

/* An id: not empty, at most LIMIT_ID_BYTES, no white space around it. */
bool batch_id_is_valid(struct slice id);

/* Each returns 0, or -1 with ERROR_READER. `text` is not empty and has no NUL byte; that it is UTF-8 is checked here, with the JSON. */
must_use int batch_check_integer(enum field_id field, int64_t value, struct error *err);
must_use int batch_check_text(enum field_id field, struct slice text, struct error *err);

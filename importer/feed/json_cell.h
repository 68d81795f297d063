/* JSON in a cell of a text table, as part of a record. */
#pragma once

#include "feed/recorder.h"

/* Is `text`, but for white space around it, one JSON value that is not nested too deep to stand in a record? */
must_use bool json_cell_is_valid(struct slice text);

/* Record the value of `text`, which is valid, as `element` (whose type it sets). */
must_use int json_cell_record(struct recorder *recorder, const struct recorder_element *element, struct slice text,
                              struct error *err);

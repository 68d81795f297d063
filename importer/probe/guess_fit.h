/* Private to probe: how well one field fits one target. */
#pragma once

#include "probe/guess.h"

/* Per cent for the field as part of the item that begins at list `item`; 0 = not at all. */
int guess_fit(const struct probe_report *report, uint32_t item, const struct probe_field *field, enum probe_target target);

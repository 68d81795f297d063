/* From the tree of paths to the report's lists and fields, with numbered fields folded into one. */
#pragma once

#include "probe/path_text.h"

/* Fill the report's lists and fields. Statistics of folded fields are merged in the tree. False without memory. */
must_use bool summary_write(struct path_writer *writer);

/* 'image_link_3' as 'image_link_*' in `ret_bytes`; the empty slice where the name has no number, or is too long. */
#define SUMMARY_PATTERN_MAX 256
struct slice summary_pattern(struct slice name, char ret_bytes[SUMMARY_PATTERN_MAX]);

/* Which dialect a feed is. */
#pragma once

#include "dialect/model.h"

/* The language of paths into a feed of this format. */
enum path_language recognise_language(enum feed_format format);

/* The node of a table's sample that has its columns. */
uint32_t recognise_header_row(const struct record *sample);

/* The dialect whose conditions fit the feed best; NULL in `ret_dialect` where none does. -1 without memory. */
must_use int dialect_recognise(const struct dialect_set *set, const struct feed_root *root, struct name_table *names,
                               const struct dialect **ret_dialect, struct error *err);

/*
 * Walking the elements of a JSON array. Its text was checked when it was
 * stored; text that is no array after all just has no further elements.
 * Private to importer/store/sqlite.
 */
#pragma once

#include "base/buffer.h"

struct list_walk {
	struct slice rest;
};

/* The empty slice is a list without elements. */
struct list_walk list_walk_begin(struct slice json);

/* The text of the next element as it stands there, borrowed from the list; false at the end. */
bool list_walk_next(struct list_walk *walk, struct slice *ret_element);

/*
 * The value of an element that is a string, borrowed from it or decoded into
 * `scratch` (cleared first). False for another element, or where memory is exhausted (`scratch` says which).
 */
must_use bool list_string(struct slice element, struct buffer *scratch, struct slice *ret_text);

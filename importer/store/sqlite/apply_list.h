/*
 * Walking the elements of a JSON array or the members of an object, and
 * putting lists together. The text was checked when it was stored; text that
 * is neither after all just has no further elements. Private to
 * importer/store/sqlite.
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

/* As list_walk_begin, of an object. */
struct list_walk object_walk_begin(struct slice json);

/* The next member: its name as it stands there, in quotes, and its value; false at the end. */
bool object_walk_next(struct list_walk *walk, struct slice *ret_name, struct slice *ret_value);

/* The value of the first member whose name stands there as `name`, in quotes; the empty slice where there is none. */
struct slice object_member(struct slice json, struct slice name);

size_t list_count(struct slice json);

/*
 * `ret_list` (cleared first) becomes the first `count` elements of `first` and
 * all of `second`; it stays empty where there are none. A failure of its memory sticks.
 */
void list_join(struct buffer *ret_list, struct slice first, size_t count, struct slice second);

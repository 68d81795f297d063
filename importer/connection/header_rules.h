/*
 * What a header of a request may be called and hold. Every way in which a
 * name or value comes goes through here: files, secrets, command line.
 *
 * No message has a value; names are shown.
 */
#pragma once

#include "base/error.h"

#define HEADER_COUNT_MAX 64
#define HEADER_NAME_BYTES 256
#define HEADER_VALUE_BYTES (8 * 1024)

/*
 * A name is a token of RFC 9110 and none that the transfer itself needs or
 * sets. -1: ERROR_CONFIG, the message says which rule.
 */
must_use int header_name_check(struct slice name, struct error *err);

/*
 * A value, which may be empty: printable ASCII, blanks and tabs, but none of
 * these at its ends. With `allows_latin1` also U+00A0 to U+00FF, written in
 * UTF-8. -1: ERROR_CONFIG; the message names `name`.
 */
must_use int header_value_check(struct slice name, struct slice value, bool allows_latin1, struct error *err);

/* Every name for itself, at most HEADER_COUNT_MAX, none twice in any spelling. `ret_index` is the one at fault. */
must_use int header_names_check(const struct slice *names, size_t count, size_t *ret_index, struct error *err);

/*
 * The line that libcurl is given for a checked header: 'Name: value', or 'Name;' for an empty value, for 'Name:' would take
 * the header away. Characters beyond ASCII become their bytes in ISO 8859-1. `ret_line` has room for the sizes of both
 * and three bytes more.
 */
void header_line_format(struct slice name, struct slice value, char *ret_line);

/* Some that people set, for suggestions; ending in NULL. */
const char *const *header_names_usual(void);

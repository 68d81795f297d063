/* A temporary folder for a test, its spool, and requests with short times. */
#pragma once

#include "fetch/fetch.h"

struct scratch {
	char folder[256];
	char spool[300];
};

/* cmocka set-up and tear-down: *state is a struct scratch. */
int scratch_make(void **state);
int scratch_remove(void **state);

/* A path inside; the text lives until the next call. */
const char *scratch_path(const struct scratch *scratch, const char *name);
void scratch_write(const struct scratch *scratch, const char *name, const char *data, size_t size);

/* Files in the spool whose name ends with `suffix` ('' = all). */
size_t scratch_spool_count(const struct scratch *scratch, const char *suffix);

/* Fails the test unless `path` holds exactly `text`. */
void scratch_assert_content(const char *path, const char *text, size_t size);

struct fetch_request scratch_request(const struct scratch *scratch, const char *source);

/* Fetch and expect failure with `code` and `part` in the message; nothing stays in the spool. */
void scratch_assert_fails(const struct scratch *scratch, const struct fetch_request *request, enum error_code code,
                          const char *part);

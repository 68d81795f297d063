/* A form as requests have it (application/x-www-form-urlencoded), in memory that is wiped: it may hold secrets. */
#pragma once

#include "secret/secret.h"

#define FORM_BYTES_MAX ((size_t)256 * 1024)

struct form {
	struct secret text;
	bool is_full; /* something did not fit */
};

/* An empty form; release its text. -1: ERROR_MEMORY. */
must_use int form_init(struct form *form, struct error *err);

/* 'name=value', both encoded. Failure sticks. */
void form_add(struct form *form, const char *name, struct slice value);

/* Text as it stands in a form, without a name (RFC 6749, appendix B). Failure sticks. */
void form_append(struct form *form, struct slice text);
void form_append_byte(struct form *form, char byte);

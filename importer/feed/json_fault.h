/* What json_check finds, in words and with its place. */
#pragma once

#include "feed/json_check.h"

/* The byte `at` of the piece at hand cannot stand where the check is. */
void json_fault_set(struct json_check *check, const unsigned char *at);

/* ERROR_LIMIT with `text`. */
void json_fault_set_limit(struct json_check *check, const unsigned char *at, const char *text);

/* The stream ends where the check is. Returns -1. */
int json_fault_set_cut(struct json_check *check);

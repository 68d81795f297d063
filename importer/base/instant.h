/* Instants: UTC, Unix milliseconds; parsing and writing them (RFC 3339 and what feeds write instead). */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/*
 * '2017-02-05 17:22', '2026-01-31T08:00:00.250+02:00', '…-0800', '…Z', '2026-01-31',
 * '20260131'. Without an offset, `offset_minutes` is taken. False when it is none of these.
 */
must_use bool instant_parse(struct slice text, int offset_minutes, int64_t *ret_ms);

/* Two instants with '/' between them, either side may be empty (INT64_MIN, INT64_MAX). */
must_use bool instant_parse_interval(struct slice text, int offset_minutes, int64_t *ret_from_ms, int64_t *ret_to_ms);

/* '2026-01-31T08:00:00Z', milliseconds left out; 21 bytes with the NUL. */
#define INSTANT_TEXT_SIZE 32
void instant_format(int64_t ms, char ret_text[INSTANT_TEXT_SIZE]);

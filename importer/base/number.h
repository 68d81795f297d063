/*
 * Numbers as feeds write them: exact, never through binary floating point.
 *
 * Amounts and quantities are micros: 64-bit millionths of the unit.
 */
#pragma once

#include "base/buffer.h"

#include <stdint.h>

#define MICROS_PER_UNIT INT64_C(1000000)

/* A plain decimal integer with optional '-', nothing else, within [minimum, maximum]. */
must_use bool number_parse_integer(struct slice text, int64_t minimum, int64_t maximum, int64_t *ret_value);

enum number_outcome {
	NUMBER_OK,
	NUMBER_EMPTY,   /* nothing but white space */
	NUMBER_INVALID, /* not a number */
	NUMBER_AMBIGUOUS, /* one separator before exactly three digits and no sign of the decimal point was told; read by the default */
	NUMBER_ROUNDED,   /* more than six decimals that are not zero: rounded half away from zero */
	NUMBER_TOO_LARGE, /* beyond 64-bit micros */
};

/* '.' or ',' when the source states which it is; '\0' decides by the text, a dot by default. */
typedef char number_decimal_sign;

/*
 * Read a number with optional grouping (space, NBSP, thin space, apostrophe,
 * comma, dot) into micros. OK, AMBIGUOUS and ROUNDED set `ret_micros`; the
 * others leave it. '1 620,00' and '15,550.00' are read; '1,290' is AMBIGUOUS
 * (1290 by '.'); '213.25.00' is INVALID. An exponent is INVALID but for up to
 * two digits ('1e3').
 *
 * Not told, one dot or comma before exactly three digits is doubtful where one
 * to three digits without a leading zero stand before it and nothing else
 * groups: a dot is then read as decimal, a comma as grouping. A told sign
 * binds: '12.50' is INVALID by ','. Groups are threes, by commas also the
 * Indian '1,00,000'. '1290,-' and '1290-' are 1290: the dash stands for decimals.
 */
must_use enum number_outcome number_parse_micros(struct slice text, number_decimal_sign sign, int64_t *ret_micros);

/*
 * `micros` of hundredths (digits 2), thousandths (3) and so on, up to 6, as micros of the unit, rounded half away from zero.
 * True where nothing had to be rounded.
 */
bool number_scale_down(int64_t micros, unsigned digits, int64_t *ret_micros);

/* Shortest exact decimal of `micros` ('14.5', '-0.000001', '3'), and with at least `decimals` decimals. */
void number_append_micros(struct buffer *buffer, int64_t micros, unsigned decimals);

/* A plain decimal integer. */
void number_append_integer(struct buffer *buffer, int64_t value);

/* Sum with overflow check; `ret_sum` is untouched on overflow. */
must_use bool number_add(int64_t left, int64_t right, int64_t *ret_sum);

/*
 * From the text in a feed to the normal form of a field: availability and
 * condition words, truth values, GTIN, URL and weight. Pure functions;
 * what cannot be read is absent plus a complaint by the caller.
 */
#pragma once

#include "base/money.h"
#include "catalog/field.h"

/*
 * The canonical availability for a word of any feed ('in stock', 'InStock', 'true', 'preorder'…), or NULL where unknown. Case does not
 * matter, nor whether words are joined by blanks, '_' or '-'; a schema.org address is read too. A truth value says in stock or not:
 * a format where 'false' means 'to order' (YML) maps it in its dialect.
 */
const char *availability_parse(struct slice text);

/* Is `word` one of in_stock out_of_stock preorder backorder on_order limited discontinued unknown? */
bool availability_is_canonical(struct slice word);

/* 'new', 'refurbished', 'used' for a word of any feed, or NULL. */
const char *condition_parse(struct slice text);

/* Is `word` one of new refurbished used? */
bool condition_is_canonical(struct slice word);

/*
 * 'hidden' or 'active' for a word of any feed ('draft', 'archived', 'publish', 'disabled'…), or NULL where unknown. A truth
 * value says whether the item is hidden; other numbers mean something else in each format.
 */
const char *status_parse(struct slice text);

/* The kind of a further price ('cost', 'msrp', 'wholesale'…) for a word of any feed, or NULL. */
const char *price_kind_parse(struct slice text);

/* The canonical kinds of prices. */
#define PRICE_KIND_COUNT 11
extern const char *const price_kind_names[PRICE_KIND_COUNT];

enum bool_outcome { BOOL_FALSE, BOOL_TRUE, BOOL_EMPTY, BOOL_INVALID };

/* true/false/1/0/yes/no/y/n/да/нет in any case. */
enum bool_outcome bool_parse(struct slice text);

/* Eight, 12, 13 or 14 digits with the right check digit (GS1 General Specifications §7.9). */
bool gtin_is_valid(struct slice text);

/* Absolute http or https with a host. */
bool url_is_absolute(struct slice text);

/*
 * '1.5 kg', '200 g', '2 lb', '3 oz', '1 t', or a bare number of `default_unit` (any of the units that may stand in the text:
 * mg g kg t lb oz and their names), to grams rounded half up. Outcomes as number_parse_micros; an unknown unit is INVALID,
 * beyond FIELD_INTEGER_MAX grams is TOO_LARGE.
 */
must_use enum number_outcome weight_parse(struct slice text, number_decimal_sign sign, struct slice default_unit,
                                          int64_t *ret_grams);

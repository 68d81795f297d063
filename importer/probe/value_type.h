/*
 * What single values look like, and from the tally of a field's values what
 * the field holds. Pure functions of the text; nothing here is certain.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

enum value_type {
	VALUE_TEXT,
	VALUE_BIT, /* '0' or '1' */
	VALUE_INTEGER,
	VALUE_NUMBER,
	VALUE_MONEY, /* a number with its currency */
	VALUE_GTIN,  /* with the right check digit */
	VALUE_URL,
	VALUE_IMAGE, /* the address of a picture */
	VALUE_DATE,
	VALUE_BOOL,
	VALUE_HTML,
	VALUE_PATH, /* categories: words with a separator between them */
	VALUE_LANGUAGE,
	VALUE_CURRENCY,
	VALUE_AVAILABILITY,
	VALUE_CONDITION,
	VALUE_WEIGHT, /* a number with a unit of weight */
	VALUE_TYPE_COUNT
};

/* 'image url', 'money' … for people and JSON. */
const char *value_type_name(enum value_type type);

/* The separators of category paths that are looked for, the surest first. */
#define VALUE_SEPARATOR_COUNT 9
const char *value_separator(size_t index);

struct value_look {
	enum value_type type;
	size_t separator; /* VALUE_PATH: its index */
	char currency[4]; /* VALUE_MONEY */
};

/* `text` is trimmed and not empty. */
struct value_look value_type_of(struct slice text);

struct value_tally {
	uint64_t counts[VALUE_TYPE_COUNT];
	uint64_t separators[VALUE_SEPARATOR_COUNT];
	uint64_t values;
	uint64_t bytes;
};

/* Tell the tally one value, and the caller how it looked. */
struct value_look value_tally_add(struct value_tally *tally, struct slice text);
void value_tally_merge(struct value_tally *tally, const struct value_tally *other);

/* What nine in ten of the values are (a third for HTML, half for paths); VALUE_TEXT where nothing fits. */
enum value_type value_tally_type(const struct value_tally *tally);

/* The separator of most of its paths; VALUE_SEPARATOR_COUNT = it has none. */
size_t value_tally_separator(const struct value_tally *tally);

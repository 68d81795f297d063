/*
 * What fields are called in the feeds of many countries, and what such a name
 * means here. A table; nothing is learnt.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* What a field of a feed can be mapped to: the keys of `fields:` in a dialect, and the product that a SKU names. */
enum probe_target {
	PROBE_TARGET_ID,
	PROBE_TARGET_PRODUCT_ID,
	PROBE_TARGET_NAME,
	PROBE_TARGET_DESCRIPTION,
	PROBE_TARGET_URL,
	PROBE_TARGET_BRAND,
	PROBE_TARGET_PRICE,
	PROBE_TARGET_OLD_PRICE,
	PROBE_TARGET_SALE_PRICE,
	PROBE_TARGET_CURRENCY,
	PROBE_TARGET_AVAILABILITY,
	PROBE_TARGET_QUANTITY,
	PROBE_TARGET_CONDITION,
	PROBE_TARGET_GTIN,
	PROBE_TARGET_MPN,
	PROBE_TARGET_MERCHANT_SKU,
	PROBE_TARGET_WEIGHT,
	PROBE_TARGET_IMAGES,
	PROBE_TARGET_CATEGORIES,
	PROBE_TARGET_TAGS,
	PROBE_TARGET_ATTRIBUTES,
	PROBE_TARGET_COUNT
};

/* The key in dialects; 'product_id' for the product. */
const char *probe_target_name(enum probe_target target);

/* May several fields of a record be mapped to it? */
bool probe_target_is_list(enum probe_target target);

struct field_meaning {
	enum probe_target target;
	int weight; /* 0 to 100: how surely the name means that */
};

#define FIELD_MEANINGS_MAX 4

/* What a name may mean, the surest first; returns how many. */
size_t field_name_meanings(struct slice name, struct field_meaning ret_meanings[FIELD_MEANINGS_MAX]);

/*
 * A name as it stands in the table: letters and digits only, in lower case and
 * without accents (Latin, Greek, Cyrillic). Cut to FIELD_NAME_MAX bytes.
 */
#define FIELD_NAME_MAX 64
struct slice field_name_fold(struct slice name, char ret_bytes[FIELD_NAME_MAX]);

/* Does the name say 'name', 'key' … or 'value', as in lists of attributes? */
bool field_name_is_label(struct slice name);
bool field_name_is_value(struct slice name);

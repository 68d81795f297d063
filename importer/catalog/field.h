/*
 * What categories, products and SKUs are made of: one table of fields, from
 * which the dialect compiler, the batch format and the store take names,
 * types and limits.
 *
 * Stored names follow schema.org and the Altcraft Market; money and
 * quantities are micros (base/number.h), weight is grams. The value of a
 * list or bag field is JSON text.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

enum item_kind { ITEM_CATEGORY, ITEM_PRODUCT, ITEM_SKU, ITEM_KIND_COUNT };

/* 'category', 'product', 'sku'; and 'categories', 'products', 'skus'. */
const char *item_kind_name(enum item_kind kind);
const char *item_kind_plural(enum item_kind kind);

enum field_id {
	FIELD_ID,         /* the item's own id, opaque; every statement has one */
	FIELD_PARENT_ID,  /* category: its parent, absent at the root */
	FIELD_PRODUCT_ID, /* SKU: the product it belongs to; every SKU has one */
	FIELD_NAME,
	FIELD_DESCRIPTION, /* HTML or plain, as the feed has it */
	FIELD_URL,
	FIELD_BRAND,        /* product's; a SKU carries it for its product */
	FIELD_PRICE,        /* what is paid now, but for a sale with dates (in FIELD_PRICES) */
	FIELD_OLD_PRICE,    /* struck through; greater than the price */
	FIELD_CURRENCY,     /* ISO 4217 */
	FIELD_AVAILABILITY, /* word of the availability table */
	FIELD_QUANTITY,
	FIELD_CONDITION, /* new, refurbished, used */
	FIELD_GTIN,      /* as written, digits not checked away */
	FIELD_MPN,
	FIELD_MERCHANT_SKU, /* the shop's own article number: never a key */
	FIELD_IMAGES,       /* ["url", …], main one first */
	FIELD_ATTRIBUTES,   /* [{"name","value","unit"}, …] in feed order; unit left out where absent */
	FIELD_TAGS,         /* ["…"] */
	FIELD_WEIGHT,       /* grams */
	FIELD_STATUS,       /* 'hidden' where the feed says so, else absent */
	FIELD_CATEGORIES,   /* ["category id", …], main one first */
	FIELD_PRICES, /* further prices: [{"kind","currency","min_quantity_micros","region","valid_from_ms","valid_to_ms","amount_micros"}, …] */
	FIELD_STOCKS,   /* by place: [{"place","quantity_micros","availability"}, …] */
	FIELD_POSITION, /* category: order among its siblings; a part: order among the parts of its item */
	FIELD_EXTRA, /* what the dialect does not map: {"path": "text" or ["text", …]}; of JSON feeds the object itself without what was read */
	FIELD_TEXTS,         /* in other languages than the item's own: [{"field","language","value"}, …] */
	FIELD_CUSTOM_FIELDS, /* {"field id": "text", number, true or false, …} */
	FIELD_CHILDREN,      /* product: ids (or references) of the SKUs that it lists: ["…"] */
	FIELD_REFERENCE,     /* SKU: the id by which products list it, where that is not its own id */
	FIELD_COUNT
};

enum field_type { FIELD_TYPE_TEXT, FIELD_TYPE_INTEGER, FIELD_TYPE_ARRAY, FIELD_TYPE_OBJECT };

/* Integer fields lie within plus and minus this much; beyond it the value is left out with a complaint (a batch that has it is refused). */
#define FIELD_INTEGER_MAX INT64_C(9000000000000000000)

struct field_definition {
	const char *name;   /* in dialects and reports: 'price' */
	const char *column; /* in the store: 'price_micros' */
	enum field_type type;
	uint32_t max_bytes; /* of text and JSON; beyond it the value is left out with a complaint */
	uint8_t kinds;      /* bit 1 << item_kind: which kinds have it */
	int64_t minimum;    /* of integers: 0 where a negative value makes no sense */
	int64_t maximum;
};

/* `field` below FIELD_COUNT. */
const struct field_definition *field_definition(enum field_id field);

/* The field called `name`, or FIELD_COUNT. */
enum field_id field_find(struct slice name);

static inline bool field_belongs(enum field_id field, enum item_kind kind)
{
	return (field_definition(field)->kinds & (1u << kind)) != 0;
}

/* The one table of fields. */
#include "catalog/field.h"

#include "base/limits.h"
#include "catalog/field_table.h"

#include <assert.h>

#define OF_CATEGORY (1u << ITEM_CATEGORY)
#define OF_PRODUCT (1u << ITEM_PRODUCT)
#define OF_SKU (1u << ITEM_SKU)
#define OF_ITEMS (OF_PRODUCT | OF_SKU)
#define OF_ALL (OF_CATEGORY | OF_ITEMS)

#define NAME_BYTES 10000
#define CODE_BYTES 1000 /* brands and article numbers */
#define WORD_BYTES 32   /* one of our own words */
#define CURRENCY_BYTES 3
#define LONG_BYTES (1024 * 1024)

#define TEXT(word, limit, of)                                                                              \
	{                                                                                                  \
		.name = word, .column = word, .type = FIELD_TYPE_TEXT, .max_bytes = (limit), .kinds = (of) \
	}
#define ARRAY(word, of)                                                                                        \
	{                                                                                                      \
		.name = word, .column = word, .type = FIELD_TYPE_ARRAY, .max_bytes = LONG_BYTES, .kinds = (of) \
	}
#define OBJECT(word, of)                                                                                        \
	{                                                                                                       \
		.name = word, .column = word, .type = FIELD_TYPE_OBJECT, .max_bytes = LONG_BYTES, .kinds = (of) \
	}
#define INTEGER(word, stored, of, least)                                                                       \
	{                                                                                                      \
		.name = word, .column = stored, .type = FIELD_TYPE_INTEGER, .kinds = (of), .minimum = (least), \
		.maximum = FIELD_INTEGER_MAX                                                                   \
	}

const struct field_definition field_table[FIELD_COUNT] = {
	[FIELD_ID] = TEXT("id", LIMIT_ID_BYTES, OF_ALL),
	[FIELD_PARENT_ID] = TEXT("parent_id", LIMIT_ID_BYTES, OF_CATEGORY),
	[FIELD_PRODUCT_ID] = TEXT("product_id", LIMIT_ID_BYTES, OF_SKU),
	[FIELD_NAME] = TEXT("name", NAME_BYTES, OF_ALL),
	[FIELD_DESCRIPTION] = TEXT("description", LONG_BYTES, OF_ITEMS),
	[FIELD_URL] = TEXT("url", LIMIT_URL_BYTES, OF_ALL),
	[FIELD_BRAND] = TEXT("brand", CODE_BYTES, OF_ITEMS),
	[FIELD_PRICE] = INTEGER("price", "price_micros", OF_ITEMS, 0),
	[FIELD_OLD_PRICE] = INTEGER("old_price", "old_price_micros", OF_ITEMS, 0),
	[FIELD_CURRENCY] = TEXT("currency", CURRENCY_BYTES, OF_ITEMS),
	[FIELD_AVAILABILITY] = TEXT("availability", WORD_BYTES, OF_ITEMS),
	[FIELD_QUANTITY] = INTEGER("quantity", "quantity_micros", OF_ITEMS, -FIELD_INTEGER_MAX),
	[FIELD_CONDITION] = TEXT("condition", WORD_BYTES, OF_SKU),
	[FIELD_GTIN] = TEXT("gtin", CODE_BYTES, OF_SKU),
	[FIELD_MPN] = TEXT("mpn", CODE_BYTES, OF_SKU),
	[FIELD_MERCHANT_SKU] = TEXT("merchant_sku", CODE_BYTES, OF_SKU),
	[FIELD_IMAGES] = ARRAY("images", OF_ITEMS),
	[FIELD_ATTRIBUTES] = ARRAY("attributes", OF_ITEMS),
	[FIELD_TAGS] = ARRAY("tags", OF_ITEMS),
	[FIELD_WEIGHT] = INTEGER("weight", "weight_g", OF_SKU, 0),
	[FIELD_STATUS] = TEXT("status", WORD_BYTES, OF_ITEMS),
	[FIELD_CATEGORIES] = ARRAY("categories", OF_ITEMS),
	[FIELD_PRICES] = ARRAY("prices", OF_SKU),
	[FIELD_STOCKS] = ARRAY("stocks", OF_SKU),
	[FIELD_POSITION] = INTEGER("position", "position", OF_ALL, -FIELD_INTEGER_MAX),
	[FIELD_EXTRA] = OBJECT("extra", OF_ALL),
	[FIELD_TEXTS] = ARRAY("texts", OF_ALL),
	[FIELD_CUSTOM_FIELDS] = OBJECT("custom_fields", OF_ITEMS),
	[FIELD_CHILDREN] = ARRAY("children", OF_PRODUCT),
	[FIELD_REFERENCE] = TEXT("reference", LIMIT_ID_BYTES, OF_SKU),
};

static const struct {
	const char *name;
	const char *plural;
} kind_table[ITEM_KIND_COUNT] = {
	[ITEM_CATEGORY] = {"category", "categories"},
	[ITEM_PRODUCT] = {"product", "products"},
	[ITEM_SKU] = {"sku", "skus"},
};

const char *item_kind_name(enum item_kind kind)
{
	assert((unsigned)kind < ITEM_KIND_COUNT);
	return kind_table[kind].name;
}

const char *item_kind_plural(enum item_kind kind)
{
	assert((unsigned)kind < ITEM_KIND_COUNT);
	return kind_table[kind].plural;
}

const struct field_definition *field_definition(enum field_id field)
{
	assert((unsigned)field < FIELD_COUNT);
	return &field_table[field];
}

enum field_id field_find(struct slice name)
{
	enum field_id field = 0;

	while (field < FIELD_COUNT && !slice_equal_text(name, field_table[field].name))
		field++;
	return field;
}

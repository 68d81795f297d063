/* The fields by number. Ids and links are no values that could be left out, nor is the status, which says 'hidden' or nothing. */
#include "config/fields.h"

#include "base/suggest.h"

static const char *const names[] = {
	NULL,        NULL,         NULL,           "name",          "description", "url",        "brand",  "price",
	"old_price", "currency",   "availability", "quantity",      "condition",   "gtin",       "mpn",    "merchant_sku",
	"images",    "attributes", "tags",         "weight",        NULL,          "categories", "prices", "stocks",
	"position",  "extra",      "texts",        "custom_fields", "children",    "reference",
};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

uint64_t config_fields_all(void)
{
	uint64_t all = 0;
	for (size_t number = 0; number < NAME_COUNT; number++) {
		if (names[number] != NULL)
			all |= UINT64_C(1) << number;
	}
	return all;
}

uint64_t config_field_find(struct slice name, const char **ret_nearest)
{
	const char *known[NAME_COUNT];
	size_t count = 0;
	for (size_t number = 0; number < NAME_COUNT; number++) {
		if (names[number] == NULL)
			continue;
		if (slice_equal_text(name, names[number]))
			return UINT64_C(1) << number;
		known[count++] = names[number];
	}
	*ret_nearest = suggest_nearest(name, known, count);
	return 0;
}

const char *config_field_name(unsigned number)
{
	return number < NAME_COUNT ? names[number] : NULL;
}

/* Names, looks and figures of a field against what it might be. */
#include "probe/guess_fit.h"

#include <string.h>

#define ALL 100
#define IN_LIST 40     /* a single value out of a list */
#define IN_PART 85     /* its name is its own, but it stands in a part of the record */
#define OF_STRANGER 45 /* a plain name in a part that means nothing known */

/* What looks befit a target: per cent for each look; what is not named has `other`. */
struct looks {
	int other;
	struct {
		enum value_type type;
		int percent;
	} some[8];
	size_t count;
};

/* clang-format off */
#define LOOK(type, percent) {VALUE_##type, percent}
/* clang-format on */

static const struct looks looks_of[PROBE_TARGET_COUNT] = {
	[PROBE_TARGET_ID] = {100,
                             {LOOK(URL, 60), LOOK(HTML, 10), LOOK(IMAGE, 10), LOOK(DATE, 10), LOOK(BOOL, 0), LOOK(MONEY, 10)},
                             6},
	[PROBE_TARGET_PRODUCT_ID] = {100,
                                     {LOOK(URL, 40), LOOK(HTML, 10), LOOK(IMAGE, 10), LOOK(DATE, 10), LOOK(BOOL, 0), LOOK(BIT, 80)},
                                     6},
	[PROBE_TARGET_NAME] = {100,
                               {LOOK(URL, 10), LOOK(IMAGE, 5), LOOK(NUMBER, 30), LOOK(INTEGER, 50), LOOK(DATE, 10), LOOK(BOOL, 5),
                                LOOK(MONEY, 10)},
                               7},
	[PROBE_TARGET_DESCRIPTION] = {100,
                                      {LOOK(URL, 10), LOOK(IMAGE, 5), LOOK(NUMBER, 20), LOOK(INTEGER, 20), LOOK(DATE, 5),
                                       LOOK(BOOL, 5), LOOK(BIT, 20)},
                                      7},
	[PROBE_TARGET_URL] = {35,
                              {LOOK(URL, 100), LOOK(IMAGE, 25), LOOK(INTEGER, 5), LOOK(NUMBER, 5), LOOK(BOOL, 0), LOOK(DATE, 0)},
                              6},
	[PROBE_TARGET_BRAND] = {100,
                                {LOOK(URL, 10), LOOK(IMAGE, 5), LOOK(NUMBER, 20), LOOK(INTEGER, 40), LOOK(HTML, 60), LOOK(BOOL, 0),
                                 LOOK(DATE, 0)},
                                7},
	[PROBE_TARGET_PRICE] = {15,
                                {LOOK(NUMBER, 100), LOOK(INTEGER, 100), LOOK(MONEY, 100), LOOK(BIT, 60), LOOK(GTIN, 60),
                                 LOOK(DATE, 0), LOOK(URL, 0)},
                                7},
	[PROBE_TARGET_OLD_PRICE] = {15,
                                    {LOOK(NUMBER, 100), LOOK(INTEGER, 100), LOOK(MONEY, 100), LOOK(BIT, 60), LOOK(GTIN, 60),
                                     LOOK(DATE, 0), LOOK(URL, 0)},
                                    7},
	[PROBE_TARGET_SALE_PRICE] = {15,
                                     {LOOK(NUMBER, 100), LOOK(INTEGER, 100), LOOK(MONEY, 100), LOOK(BIT, 60), LOOK(GTIN, 60),
                                      LOOK(DATE, 0), LOOK(URL, 0)},
                                     7},
	[PROBE_TARGET_CURRENCY] = {10, {LOOK(CURRENCY, 100), LOOK(TEXT, 40)}, 2},
	[PROBE_TARGET_AVAILABILITY] = {20,
                                       {LOOK(AVAILABILITY, 100), LOOK(BOOL, 100), LOOK(BIT, 100), LOOK(TEXT, 75), LOOK(INTEGER, 55),
                                        LOOK(URL, 70)},
                                       6},
	[PROBE_TARGET_QUANTITY] = {10, {LOOK(INTEGER, 100), LOOK(NUMBER, 95), LOOK(BIT, 95), LOOK(GTIN, 60)}, 4},
	[PROBE_TARGET_CONDITION] = {30, {LOOK(CONDITION, 100), LOOK(TEXT, 70), LOOK(URL, 60), LOOK(BIT, 10), LOOK(INTEGER, 10)}, 5},
	[PROBE_TARGET_GTIN] = {30, {LOOK(GTIN, 100), LOOK(INTEGER, 85), LOOK(TEXT, 60), LOOK(NUMBER, 30)}, 4},
	[PROBE_TARGET_MPN] = {90,
                              {LOOK(TEXT, 100), LOOK(URL, 5), LOOK(IMAGE, 5), LOOK(HTML, 30), LOOK(BOOL, 0), LOOK(MONEY, 10)},
                              6},
	[PROBE_TARGET_MERCHANT_SKU] = {100, {LOOK(URL, 10), LOOK(IMAGE, 5), LOOK(HTML, 20), LOOK(BOOL, 0), LOOK(MONEY, 10)}, 5},
	[PROBE_TARGET_WEIGHT] = {20, {LOOK(WEIGHT, 100), LOOK(NUMBER, 100), LOOK(INTEGER, 100), LOOK(BIT, 90), LOOK(TEXT, 50)}, 5},
	[PROBE_TARGET_IMAGES] = {15, {LOOK(IMAGE, 100), LOOK(URL, 95), LOOK(TEXT, 45)}, 3},
	[PROBE_TARGET_CATEGORIES] =
		{95, {LOOK(PATH, 100), LOOK(URL, 15), LOOK(IMAGE, 5), LOOK(BOOL, 10), LOOK(DATE, 0), LOOK(MONEY, 0)}, 6},
	[PROBE_TARGET_TAGS] = {95, {LOOK(URL, 20), LOOK(IMAGE, 5), LOOK(HTML, 60)}, 3},
	[PROBE_TARGET_ATTRIBUTES] = {100, {LOOK(IMAGE, 20), LOOK(URL, 50), LOOK(HTML, 60)}, 3},
};

static int look_fits(enum probe_target target, enum value_type type)
{
	for (size_t i = 0; i < looks_of[target].count; i++) {
		if (looks_of[target].some[i].type == type)
			return looks_of[target].some[i].percent;
	}
	return looks_of[target].other;
}

static uint64_t average_size(const struct probe_field *field)
{
	return field->tally.values > 0 ? field->tally.bytes / field->tally.values : 0;
}

/* --- what the name says --- */

/* Names that say nothing without what they stand in. */
static bool is_plain_name(struct slice name)
{
	static const char *const words[] = {"name", "title", "value",   "text", "amount", "src",     "href",
	                                    "url",  "link",  "id",      "code", "label",  "content", "gross",
	                                    "net",  "path",  "current", "uri",  "val",    "key",     "slug"};
	char bytes[FIELD_NAME_MAX];
	const struct slice folded = field_name_fold(name, bytes);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_equal_text(folded, words[i]))
			return true;
	}
	return false;
}

static int weight_of(struct slice name, enum probe_target target)
{
	struct field_meaning meanings[FIELD_MEANINGS_MAX];
	const size_t count = field_name_meanings(name, meanings);

	for (size_t i = 0; i < count; i++) {
		if (meanings[i].target == target)
			return meanings[i].weight;
	}
	return 0;
}

static bool has_meaning(struct slice name)
{
	struct field_meaning meanings[FIELD_MEANINGS_MAX];

	return field_name_meanings(name, meanings) > 0 && meanings[0].weight >= 60;
}

/* `is_known`: the name means something, be it this target or another. */
static int name_fits(const struct probe_report *report, uint32_t item, const struct probe_field *field, enum probe_target target,
                     bool *ret_is_known)
{
	const bool is_inside = field->list == item && field->is_direct && !field->is_own_text;
	const bool is_list_text = field->is_own_text && field->list != item;
	const struct slice outer = field->list != item && (field->is_direct || field->is_own_text) ? report->lists[field->list].name
	                                                                                           : field->outer_name;

	*ret_is_known = has_meaning(field->name);
	if (is_inside || is_list_text)
		return weight_of(field->name, target);
	if (field->is_own_text) { /* of the record: only a list of names has it */
		*ret_is_known = true;
		return target == PROBE_TARGET_NAME ? 60 : 0;
	}
	if (!is_plain_name(field->name) && *ret_is_known)
		return weight_of(field->name, target) * IN_PART / ALL;
	if (!has_meaning(outer))
		return weight_of(field->name, target) * OF_STRANGER / ALL;
	*ret_is_known = true;
	/* 'brand.name' is the brand, and 'brand.id' only its number. */
	if (slice_equal_text(field->name, "id") && target != PROBE_TARGET_CATEGORIES)
		return weight_of(outer, target) * 30 / ALL;
	return weight_of(outer, target) * 95 / ALL;
}

/* --- what the values say, where the name says nothing --- */

static int look_alone(const struct probe_field *field, enum probe_target target, enum value_type type)
{
	const uint64_t size = average_size(field);
	const bool is_unique = field->repeats == 0 && field->distinct > 1;

	switch (target) {
	case PROBE_TARGET_IMAGES:
		return type == VALUE_IMAGE ? 65 : 0;
	case PROBE_TARGET_PRICE:
		return type == VALUE_MONEY ? 50 : 0;
	case PROBE_TARGET_GTIN:
		return type == VALUE_GTIN && field->distinct > 2 ? 65 : 0;
	case PROBE_TARGET_CURRENCY:
		return type == VALUE_CURRENCY ? 60 : 0;
	case PROBE_TARGET_DESCRIPTION:
		return type == VALUE_HTML && size > 60 ? 50 : type == VALUE_TEXT && size > 200 ? 40 : 0;
	case PROBE_TARGET_URL:
		return type == VALUE_URL && is_unique ? 50 : 0;
	case PROBE_TARGET_CATEGORIES:
		return type == VALUE_PATH && field->repeats > 0 ? 45 : 0;
	case PROBE_TARGET_NAME:
		return type == VALUE_TEXT && size >= 8 && size <= 150 && field->distinct > 4 * field->repeats ? 36 : 0;
	case PROBE_TARGET_ID:
		return is_unique && size <= 40 && (type == VALUE_INTEGER || type == VALUE_TEXT || type == VALUE_GTIN) ? 40 : 0;
	case PROBE_TARGET_CONDITION:
		return type == VALUE_CONDITION ? 40 : 0;
	case PROBE_TARGET_AVAILABILITY:
		return type == VALUE_AVAILABILITY ? 45 : 0;
	default:
		return 0;
	}
}

/* --- what the figures say --- */

/* An id is there in each record and different in each. */
static int id_fits(const struct probe_report *report, const struct probe_field *field)
{
	const uint64_t owners = report->lists[field->list].count;
	const uint64_t values = field->distinct + field->repeats;
	int percent = ALL;

	if (field->is_repeated)
		percent = 10;
	if (field->owners_filled < owners)
		percent = percent * (50 + guess_percent(field->owners_filled, owners) / 2) / ALL;
	if (values > 0 && field->repeats > 0) {
		const int repeated = guess_percent(field->repeats, values);
		percent = percent * (repeated <= 2 ? 90 : repeated <= 10 ? 75 : repeated <= 40 ? 50 : 35) / ALL;
	}
	return average_size(field) > 100 ? percent / 2 : percent;
}

static int figures_fit(const struct probe_report *report, const struct probe_field *field, enum probe_target target)
{
	const uint64_t size = average_size(field);

	switch (target) {
	case PROBE_TARGET_ID:
		return id_fits(report, field);
	case PROBE_TARGET_PRODUCT_ID: /* shared, or it says no more than the id does */
		return field->repeats > 0 ? ALL : 60;
	case PROBE_TARGET_NAME:
		return size > 400 ? 40 : ALL;
	case PROBE_TARGET_BRAND:
		return field->distinct > 20 && field->repeats == 0 ? 60 : ALL;
	case PROBE_TARGET_MPN:
	case PROBE_TARGET_MERCHANT_SKU:
		return size > 100 ? 20 : ALL;
	default:
		return ALL;
	}
}

int guess_fit(const struct probe_report *report, uint32_t item, const struct probe_field *field, enum probe_target target)
{
	const enum value_type type = value_tally_type(&field->tally);
	bool is_known;

	if (target == PROBE_TARGET_ATTRIBUTES && (field->list != item || !field->is_direct))
		return 0;
	int percent = name_fits(report, item, field, target, &is_known);

	if (field->filled == 0)
		return target == PROBE_TARGET_ID || target == PROBE_TARGET_PRODUCT_ID ? 0 : percent * 60 / ALL;
	if (percent == 0 && !is_known)
		percent = look_alone(field, target, type);
	percent = percent * look_fits(target, type) / ALL * figures_fit(report, field, target) / ALL;
	if (probe_target_is_list(target))
		return percent;
	return field->list != item || field->is_repeated ? percent * IN_LIST / ALL : percent;
}

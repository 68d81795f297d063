/* Choosing, among all fields and all they could be, what fits best. */
#include "probe/guess.h"

#include "probe/guess_fit.h"

#include <stdlib.h>
#include <string.h>

#define ID_BYTES_MAX 200 /* of a field that is to stand in for an id */
#define STAND_IN_CONFIDENCE 40

int guess_percent(uint64_t part, uint64_t of)
{
	if (of == 0 || part == 0)
		return 0;
	if (part >= of)
		return 100;
	const int percent = (int)(of < UINT64_MAX / 100 ? part * 100 / of : part / (of / 100));
	return percent < 1 ? 1 : percent > 99 ? 99 : percent;
}

const struct guess_mapping *guess_find(const struct guess_item *item, enum probe_target target)
{
	for (size_t i = 0; i < item->mapping_count; i++) {
		if (item->mappings[i].target == target)
			return &item->mappings[i];
	}
	return NULL;
}

static const struct guess_mapping *find_field(const struct guess_item *item, uint32_t field)
{
	for (size_t i = 0; i < item->mapping_count; i++) {
		if (item->mappings[i].field == field)
			return &item->mappings[i];
	}
	return NULL;
}

const struct guess_mapping *guess_of_field(const struct guess *guess, uint32_t field)
{
	const struct guess_mapping *found = find_field(&guess->record, field);

	return found == NULL && guess->has_skus ? find_field(&guess->sku, field) : found;
}

/* --- which field stands where --- */

static bool is_within(const struct probe_report *report, uint32_t list, uint32_t outer)
{
	while (list != 0 && list != outer)
		list = report->lists[list].outer;
	return list == outer;
}

/* Fields of the item, without those of the SKUs in it, which are items themselves. */
static bool belongs(const struct probe_report *report, const struct guess *guess, const struct guess_item *item,
                    const struct probe_field *field)
{
	if (!is_within(report, field->list, item->list))
		return false;
	return item == &guess->sku || !guess->has_skus || !is_within(report, field->list, guess->sku.list);
}

/* A field of `list` itself whose name a predicate accepts. */
static uint32_t field_in_list(const struct probe_report *report, uint32_t list, bool (*accepts)(struct slice))
{
	for (uint32_t i = 0; i < report->field_count; i++) {
		const struct probe_field *field = &report->fields[i];
		if (field->list == list && field->is_direct && !field->is_own_text && field->filled > 0 && accepts(field->name))
			return i;
	}
	return GUESS_NONE;
}

static uint32_t own_text_of(const struct probe_report *report, uint32_t list)
{
	for (uint32_t i = 0; i < report->field_count; i++) {
		if (report->fields[i].list == list && report->fields[i].is_own_text && report->fields[i].filled > 0)
			return i;
	}
	return GUESS_NONE;
}

/* --- lists --- */

static bool is_id_name(struct slice name)
{
	return slice_equal_folded(name, slice_from("id")) || slice_equal_folded(name, slice_from("categoryid")) ||
	       slice_equal_folded(name, slice_from("category_id")) || slice_equal_folded(name, slice_from("code"));
}

static bool is_title_name(struct slice name)
{
	return slice_equal_folded(name, slice_from("name")) || slice_equal_folded(name, slice_from("title")) ||
	       slice_equal_folded(name, slice_from("label"));
}

static bool is_called(struct slice name, enum probe_target target)
{
	struct field_meaning meanings[FIELD_MEANINGS_MAX];

	return field_name_meanings(name, meanings) > 0 && meanings[0].target == target && meanings[0].weight >= 60;
}

static bool find_categories(const struct probe_report *report, uint32_t list, struct guess_categories *ret_categories)
{
	*ret_categories = (struct guess_categories){
		.list = list,
		.id_field = field_in_list(report, list, is_id_name),
		.name_field = field_in_list(report, list, is_title_name),
	};
	if (ret_categories->name_field == GUESS_NONE)
		ret_categories->name_field = own_text_of(report, list);
	return ret_categories->id_field != GUESS_NONE && ret_categories->name_field != GUESS_NONE &&
	       is_called(report->lists[list].name, PROBE_TARGET_CATEGORIES);
}

static bool find_pairs(const struct probe_report *report, uint32_t list, struct guess_pairs *ret_pairs)
{
	const struct slice name = report->lists[list].name;

	*ret_pairs = (struct guess_pairs){
		.list = list,
		.name_field = field_in_list(report, list, field_name_is_label),
		.value_field = field_in_list(report, list, field_name_is_value),
	};
	if (ret_pairs->value_field == GUESS_NONE)
		ret_pairs->value_field = own_text_of(report, list);
	return ret_pairs->name_field != GUESS_NONE && ret_pairs->value_field != GUESS_NONE &&
	       ret_pairs->name_field != ret_pairs->value_field && !is_called(name, PROBE_TARGET_IMAGES) &&
	       !is_called(name, PROBE_TARGET_CATEGORIES) && !is_called(name, PROBE_TARGET_PRICE) &&
	       !slice_starts_with(name, "meta");
}

static void find_lists(const struct probe_report *report, const struct guess *guess, struct guess_item *item)
{
	for (uint32_t list = 1; list < report->list_count; list++) {
		struct guess_categories categories;

		if (list == item->list || !is_within(report, list, item->list) ||
		    (item != &guess->sku && guess->has_skus && is_within(report, list, guess->sku.list)))
			continue;
		if (!item->has_categories && find_categories(report, list, &categories)) {
			item->has_categories = true;
			item->categories = categories;
		} else if (item->pairs_count < GUESS_PAIRS_MAX && find_pairs(report, list, &item->pairs[item->pairs_count])) {
			item->pairs_count++;
		}
	}
}

/* Is the field told already as part of a list? */
static bool is_listed(const struct guess_item *item, const struct probe_field *field)
{
	if (item->has_categories && field->list == item->categories.list)
		return true;
	for (size_t i = 0; i < item->pairs_count; i++) {
		if (item->pairs[i].list == field->list)
			return true;
	}
	return false;
}

/* --- single fields --- */

static bool is_taken(const struct guess_item *item, uint32_t field, enum probe_target target)
{
	return find_field(item, field) != NULL || (!probe_target_is_list(target) && guess_find(item, target) != NULL);
}

struct best {
	uint32_t field;
	enum probe_target target;
	int percent;
};

static struct best find_best(const struct probe_report *report, const struct guess *guess, const struct guess_item *item,
                             unsigned first_target, unsigned end_target)
{
	struct best best = {.field = GUESS_NONE, .percent = GUESS_DOUBTFUL - 1};

	for (uint32_t i = 0; i < report->field_count; i++) {
		if (!belongs(report, guess, item, &report->fields[i]) || is_listed(item, &report->fields[i]))
			continue;
		for (unsigned target = first_target; target < end_target; target++) {
			if (is_taken(item, i, (enum probe_target)target))
				continue;
			const int percent = guess_fit(report, item->list, &report->fields[i], (enum probe_target)target);
			if (percent > best.percent)
				best = (struct best){.field = i, .target = (enum probe_target)target, .percent = percent};
		}
	}
	return best;
}

static uint32_t find_alternative(const struct probe_report *report, const struct guess *guess, const struct guess_item *item,
                                 const struct guess_mapping *mapping)
{
	uint32_t found = GUESS_NONE;
	int best = GUESS_DOUBTFUL - 1;

	for (uint32_t i = 0; i < report->field_count; i++) {
		if (i == mapping->field || !belongs(report, guess, item, &report->fields[i]) || is_listed(item, &report->fields[i]))
			continue;
		const int percent = guess_fit(report, item->list, &report->fields[i], mapping->target);
		if (percent > best) {
			best = percent;
			found = i;
		}
	}
	return found;
}

static int compare_mappings(const void *left, const void *right)
{
	const struct guess_mapping *first = left;
	const struct guess_mapping *second = right;

	if (first->target != second->target)
		return first->target < second->target ? -1 : 1;
	return (first->field > second->field) - (first->field < second->field);
}

static void rename_mapping(struct guess_item *item, enum probe_target from, enum probe_target to)
{
	for (size_t i = 0; i < item->mapping_count; i++) {
		if (item->mappings[i].target == from)
			item->mappings[i].target = to;
	}
}

/* How well what a field is taken for lets it stand in for an id; 0 = not at all. */
static int stand_in_rank(const struct guess_mapping *mapping)
{
	if (mapping == NULL)
		return 3;
	switch (mapping->target) {
	case PROBE_TARGET_MERCHANT_SKU:
		return 6;
	case PROBE_TARGET_GTIN:
		return 5;
	case PROBE_TARGET_MPN:
		return 4;
	case PROBE_TARGET_URL:
		return 2;
	case PROBE_TARGET_NAME:
		return 1;
	default:
		return 0;
	}
}

static bool can_stand_in(const struct probe_report *report, const struct guess_item *item, const struct probe_field *field)
{
	const uint64_t size = field->tally.values > 0 ? field->tally.bytes / field->tally.values : UINT64_MAX;

	return field->list == item->list && !field->is_repeated && field->member_count == 0 && field->repeats == 0 &&
	       field->owners_filled == report->lists[item->list].count && size <= ID_BYTES_MAX;
}

/* Where nothing is called an id, what is there in each record and different in each can serve as one. */
static void find_stand_in(const struct probe_report *report, struct guess_item *item)
{
	uint32_t best = GUESS_NONE;
	int best_rank = 0;

	if (guess_find(item, PROBE_TARGET_ID) != NULL || item->mapping_count == GUESS_MAPPINGS_MAX)
		return;
	for (uint32_t i = 0; i < report->field_count; i++) {
		const int rank = stand_in_rank(find_field(item, i));

		if (rank > best_rank && can_stand_in(report, item, &report->fields[i])) {
			best = i;
			best_rank = rank;
		}
	}
	if (best != GUESS_NONE)
		item->mappings[item->mapping_count++] = (struct guess_mapping){
			.target = PROBE_TARGET_ID, .field = best, .confidence = STAND_IN_CONFIDENCE, .alternative = GUESS_NONE};
}

/* A list price or a sale price is the price where there is no other. */
static void settle_prices(struct guess_item *item)
{
	if (guess_find(item, PROBE_TARGET_PRICE) != NULL)
		return;
	if (guess_find(item, PROBE_TARGET_OLD_PRICE) != NULL)
		rename_mapping(item, PROBE_TARGET_OLD_PRICE, PROBE_TARGET_PRICE);
	else
		rename_mapping(item, PROBE_TARGET_SALE_PRICE, PROBE_TARGET_PRICE);
}

static void map_item(const struct probe_report *report, const struct guess *guess, struct guess_item *item)
{
	find_lists(report, guess, item);
	while (item->mapping_count < GUESS_MAPPINGS_MAX) {
		/* The id first: a field that is both id and article number is the id. */
		struct best best = {.field = GUESS_NONE};

		if (item->mapping_count == 0)
			best = find_best(report, guess, item, PROBE_TARGET_ID, PROBE_TARGET_ID + 1);
		if (best.field == GUESS_NONE)
			best = find_best(report, guess, item, 0, PROBE_TARGET_COUNT);
		if (best.field == GUESS_NONE)
			break;
		item->mappings[item->mapping_count++] = (struct guess_mapping){
			.target = best.target, .field = best.field, .confidence = best.percent, .alternative = GUESS_NONE};
	}
	for (size_t i = 0; i < item->mapping_count; i++) {
		if (!probe_target_is_list(item->mappings[i].target))
			item->mappings[i].alternative = find_alternative(report, guess, item, &item->mappings[i]);
	}
	find_stand_in(report, item);
	settle_prices(item);
	qsort(item->mappings, item->mapping_count, sizeof(item->mappings[0]), compare_mappings);
}

/* --- SKUs inside --- */

static bool is_called_sku(struct slice name)
{
	static const char *const words[] = {"variant", "variation", "sku", "offer", "child", "warianty", "varianty", "модификаци"};
	char bytes[FIELD_NAME_MAX];
	const struct slice folded = field_name_fold(name, bytes);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_starts_with(folded, words[i]))
			return true;
	}
	return false;
}

/* How good the list is as one of SKUs: they have ids and prices of their own. */
static int sku_fits(const struct probe_report *report, uint32_t list)
{
	int id = 0;
	int price = 0;

	for (uint32_t i = 0; i < report->field_count; i++) {
		const struct probe_field *field = &report->fields[i];
		if (field->list != list)
			continue;
		const int as_id = guess_fit(report, list, field, PROBE_TARGET_ID);
		const int as_price = guess_fit(report, list, field, PROBE_TARGET_PRICE);
		id = as_id > id ? as_id : id;
		price = as_price > price ? as_price : price;
	}
	/* Goods of a bundle have ids and prices as well; but few records are bundles. */
	if (!is_called_sku(report->lists[list].name) &&
	    report->lists[list].owners < report->lists[report->lists[list].outer].count / 2)
		return 0;
	return id >= 50 && price >= 50 ? id + price : 0;
}

static void find_skus(const struct probe_report *report, struct guess *guess)
{
	int best = 0;

	for (uint32_t list = 1; list < report->list_count; list++) {
		const int fit = sku_fits(report, list);
		if (fit > best) {
			best = fit;
			guess->has_skus = true;
			guess->sku.list = list;
		}
	}
}

void guess_make(const struct probe_report *report, struct guess *ret_guess)
{
	memset(ret_guess, 0, sizeof(*ret_guess));
	find_skus(report, ret_guess);
	map_item(report, ret_guess, &ret_guess->record);
	if (ret_guess->has_skus)
		map_item(report, ret_guess, &ret_guess->sku);
}

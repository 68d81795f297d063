/* The sums of a run, and its numbers as JSON. */
#include "store/counts.h"

#include <inttypes.h>

static int64_t outcomes(const struct kind_counts *counts)
{
	return counts->created + counts->updated + counts->restored + counts->unchanged + counts->skipped_mode +
	       counts->skipped_scope + counts->skipped_foreign + counts->merged + counts->duplicate + counts->rejected;
}

static bool any_negative(const int64_t *numbers, size_t count)
{
	for (size_t index = 0; index < count; index++)
		if (numbers[index] < 0)
			return true;
	return false;
}

static int check_records(const struct record_counts *records, struct error *err)
{
	const int64_t numbers[] = {records->read, records->known, records->parsed, records->mapped, records->rejected};

	if (any_negative(numbers, sizeof(numbers) / sizeof(numbers[0])))
		return error_set(err, ERROR_COUNTS, "the records do not add up: a count is negative");
	if (records->read != records->known + records->parsed)
		return error_set(err, ERROR_COUNTS,
		                 "the records do not add up: read %" PRId64 ", but known %" PRId64 " + parsed %" PRId64,
		                 records->read, records->known, records->parsed);
	if (records->parsed != records->mapped + records->rejected)
		return error_set(err, ERROR_COUNTS,
		                 "the records do not add up: parsed %" PRId64 ", but mapped %" PRId64 " + rejected %" PRId64,
		                 records->parsed, records->mapped, records->rejected);
	return 0;
}

/* A part cannot be more than its whole. */
static int check_part(const char *plural, const char *part_name, int64_t part, const char *whole_name, int64_t whole,
                      struct error *err)
{
	if (part <= whole)
		return 0;
	return error_set(err, ERROR_COUNTS, "the %s do not add up: %s %" PRId64 " of %s %" PRId64, plural, part_name, part,
	                 whole_name, whole);
}

static int check_kind(enum item_kind kind, const struct kind_counts *counts, struct error *err)
{
	const char *plural = item_kind_plural(kind);
	const int64_t numbers[] = {
		counts->stated,          counts->derived, counts->created,   counts->updated,      counts->restored,
		counts->unchanged,       counts->merged,  counts->duplicate, counts->skipped_mode, counts->skipped_scope,
		counts->skipped_foreign, counts->moved,   counts->rejected,  counts->conflicting,  counts->kept};

	if (any_negative(numbers, sizeof(numbers) / sizeof(numbers[0])))
		return error_set(err, ERROR_COUNTS,
		                 "the %s do not add up: a count is negative (unchanged %" PRId64 ", kept %" PRId64 ")", plural,
		                 counts->unchanged, counts->kept);
	if (counts->stated + counts->derived != outcomes(counts))
		return error_set(err, ERROR_COUNTS,
		                 "the %s do not add up: stated %" PRId64 " + derived %" PRId64 ", but created %" PRId64
		                 " + updated %" PRId64 " + restored %" PRId64 " + unchanged %" PRId64 " + skipped %" PRId64
		                 " + merged %" PRId64 " + duplicate %" PRId64 " + rejected %" PRId64,
		                 plural, counts->stated, counts->derived, counts->created, counts->updated, counts->restored,
		                 counts->unchanged, counts->skipped_mode + counts->skipped_scope + counts->skipped_foreign,
		                 counts->merged, counts->duplicate, counts->rejected);
	if (check_part(plural, "conflicting", counts->conflicting, "duplicate", counts->duplicate, err) < 0 ||
	    check_part(plural, "moved", counts->moved, "updated", counts->updated, err) < 0)
		return -1;
	return check_part(plural, "kept", counts->kept, "rejected", counts->rejected, err);
}

static int check_stock(enum item_kind kind, const struct stock_counts *stock, struct error *err)
{
	const char *plural = item_kind_plural(kind);
	const int64_t numbers[] = {stock->before,  stock->created,  stock->restored, stock->adopted,
	                           stock->removed, stock->released, stock->after};

	if (any_negative(numbers, sizeof(numbers) / sizeof(numbers[0])))
		return error_set(err, ERROR_COUNTS, "the stock of %s does not add up: a count is negative", plural);
	if (stock->before + stock->created + stock->restored + stock->adopted - stock->removed - stock->released == stock->after)
		return 0;
	return error_set(err, ERROR_COUNTS,
	                 "the stock of %s does not add up: before %" PRId64 " + created %" PRId64 " + restored %" PRId64
	                 " + adopted %" PRId64 " - removed %" PRId64 " - released %" PRId64 ", but after %" PRId64,
	                 plural, stock->before, stock->created, stock->restored, stock->adopted, stock->removed, stock->released,
	                 stock->after);
}

int counts_check(const struct run_counts *counts, struct error *err)
{
	if (check_records(&counts->records, err) < 0)
		return -1;
	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++)
		if (check_kind(kind, &counts->kinds[kind], err) < 0 || check_stock(kind, &counts->stock[kind], err) < 0)
			return -1;
	return 0;
}

static int64_t sum(const int64_t *numbers, size_t count)
{
	int64_t total = 0;

	for (size_t index = 0; index < count; index++)
		total += numbers[index];
	return total;
}

int64_t counts_complaints_total(const struct run_counts *counts)
{
	return sum(counts->complaints_new, COMPLAINT_CODE_COUNT) + sum(counts->complaints_standing, COMPLAINT_CODE_COUNT);
}

struct named_count {
	const char *name;
	int64_t count;
};

static void append_counts(struct json_writer *json, const struct named_count *counts, size_t count)
{
	for (size_t index = 0; index < count; index++)
		json_member_integer(json, counts[index].name, counts[index].count);
}

#define APPEND_COUNTS(json, ...)                                       \
	append_counts((json), (const struct named_count[])__VA_ARGS__, \
	              sizeof((const struct named_count[])__VA_ARGS__) / sizeof(struct named_count))

static void append_records(struct json_writer *json, const struct record_counts *records)
{
	json_key(json, "records");
	json_object_begin(json);
	APPEND_COUNTS(json, {{"read", records->read},
	                     {"known", records->known},
	                     {"parsed", records->parsed},
	                     {"mapped", records->mapped},
	                     {"rejected", records->rejected}});
	json_object_end(json);
}

static void append_skipped(struct json_writer *json, const struct kind_counts *counts)
{
	json_key(json, "skipped");
	json_object_begin(json);
	APPEND_COUNTS(json,
	              {{"mode", counts->skipped_mode}, {"scope", counts->skipped_scope}, {"foreign", counts->skipped_foreign}});
	json_object_end(json);
}

static void append_stock(struct json_writer *json, const struct stock_counts *stock)
{
	json_key(json, "stock");
	json_object_begin(json);
	APPEND_COUNTS(json, {{"before", stock->before},
	                     {"created", stock->created},
	                     {"restored", stock->restored},
	                     {"adopted", stock->adopted},
	                     {"removed", stock->removed},
	                     {"released", stock->released},
	                     {"after", stock->after},
	                     {"waiting", stock->waiting}});
	json_object_end(json);
}

static void append_kind(struct json_writer *json, enum item_kind kind, const struct kind_counts *counts,
                        const struct stock_counts *stock)
{
	json_key(json, item_kind_plural(kind));
	json_object_begin(json);
	APPEND_COUNTS(json, {{"stated", counts->stated},
	                     {"derived", counts->derived},
	                     {"created", counts->created},
	                     {"updated", counts->updated},
	                     {"restored", counts->restored},
	                     {"unchanged", counts->unchanged}});
	append_skipped(json, counts);
	APPEND_COUNTS(json, {{"merged", counts->merged},
	                     {"duplicate", counts->duplicate},
	                     {"rejected", counts->rejected},
	                     {"conflicting", counts->conflicting},
	                     {"moved", counts->moved},
	                     {"kept", counts->kept}});
	append_stock(json, stock);
	json_object_end(json);
}

/* Codes without a complaint are left out. */
static void append_complaints(struct json_writer *json, const struct run_counts *counts)
{
	json_key(json, "complaints");
	json_object_begin(json);
	APPEND_COUNTS(json, {{"total", counts_complaints_total(counts)},
	                     {"new", sum(counts->complaints_new, COMPLAINT_CODE_COUNT)},
	                     {"standing", sum(counts->complaints_standing, COMPLAINT_CODE_COUNT)}});
	json_key(json, "codes");
	json_object_begin(json);
	for (size_t code = 0; code < COMPLAINT_CODE_COUNT; code++) {
		const int64_t total = counts->complaints_new[code] + counts->complaints_standing[code];

		if (total > 0)
			json_member_integer(json, complaint_definition((enum complaint_code)code)->name, total);
	}
	json_object_end(json);
	json_object_end(json);
}

/* Every field of a SKU, also those that no record has: that is what one looks for. */
static void append_fields(struct json_writer *json, const struct run_counts *counts)
{
	json_key(json, "fields");
	json_object_begin(json);
	/* The position is that of a part of a SKU. */
	for (size_t field = 0; field < FIELD_COUNT; field++)
		if (field_belongs((enum field_id)field, ITEM_SKU) && field != FIELD_POSITION)
			json_member_integer(json, field_definition((enum field_id)field)->name, counts->fields[field]);
	json_object_end(json);
}

static void append_currencies(struct json_writer *json, const struct run_counts *counts)
{
	json_key(json, "currencies");
	json_object_begin(json);
	for (size_t index = 0; index < counts->currency_count; index++)
		json_member_integer(json, counts->currencies[index].code, counts->currencies[index].records);
	json_object_end(json);
}

void counts_append_json(const struct run_counts *counts, struct json_writer *json)
{
	append_records(json, &counts->records);
	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++)
		append_kind(json, kind, &counts->kinds[kind], &counts->stock[kind]);
	append_complaints(json, counts);
	append_fields(json, counts);
	append_currencies(json, counts);
}

size_t counts_currency_place(struct run_counts *counts, struct slice code)
{
	size_t index = 0;

	while (index < counts->currency_count && !slice_equal_text(code, counts->currencies[index].code))
		index++;
	/* The last place is for all that find none. */
	if (index == COUNTS_CURRENCIES_MAX - 1 || code.size != 3)
		code = slice_from("XXX");
	if (index >= COUNTS_CURRENCIES_MAX)
		index = COUNTS_CURRENCIES_MAX - 1;
	if (index == counts->currency_count) {
		for (size_t letter = 0; letter < 3; letter++)
			counts->currencies[index].code[letter] = code.data[letter];
		counts->currency_count++;
	}
	return index;
}

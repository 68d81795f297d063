/* What a plan would change, in a few lines for people. */
#include "run/report.h"

#include "base/utf8.h"

#include <string.h>

#define SAMPLES_SHOWN 3

/* Of one action those of SKUs come first. */
static const enum plan_kind kinds[] = {PLAN_SKU, PLAN_PRODUCT, PLAN_CATEGORY};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static void append_sample(const struct plan_sample *sample, struct buffer *buffer)
{
	(void)buffer_append_format(buffer, "    %-8s  %s ", plan_action_name(sample->action),
	                           plan_kind_name(sample->kind)); /* failure sticks and is seen by the caller */
	utf8_append_printable(buffer, slice_from(sample->id));
	if (sample->what[0])
		(void)buffer_append_format(buffer, ": %s", sample->what);
	(void)buffer_append_byte(buffer, '\n');
}

int run_report_append_samples(const char *plan_path, struct buffer *buffer, struct error *err)
{
	struct plan_wish wishes[PLAN_ACTION_COUNT * KIND_COUNT];
	struct plan_samples samples[PLAN_ACTION_COUNT * KIND_COUNT];
	const size_t count = PLAN_ACTION_COUNT * KIND_COUNT;
	size_t shown = 0;

	for (size_t i = 0; i < count; i++)
		wishes[i] = (struct plan_wish){.kind = kinds[i % KIND_COUNT], .action = (enum plan_action)(i / KIND_COUNT)};
	if (plan_samples_collect(plan_path, wishes, samples, count, SAMPLES_SHOWN, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (i % KIND_COUNT == 0)
			shown = 0;
		for (size_t k = 0; k < samples[i].count && shown < SAMPLES_SHOWN; k++, shown++)
			append_sample(&samples[i].samples[k], buffer);
	}
	return 0;
}

void run_report_append_difference(const struct plan_difference *difference, struct buffer *buffer)
{
	static const char *const titles[] = {
		[PLAN_THEN] = "  only in the plan that was held: ", [PLAN_NOW] = "  only in the plan now: "};

	for (int side = 0; side < PLAN_SIDE_COUNT; side++) {
		(void)buffer_append_text(buffer, titles[side]); /* failure sticks and is seen by the caller */
		plan_difference_append_counts(difference, (enum plan_side)side, buffer);
		(void)buffer_append_byte(buffer, '\n');
		for (size_t i = 0; i < difference->sample_counts[side]; i++)
			append_sample(&difference->samples[side][i], buffer);
	}
}

/* ---- What guards mind ---- */

/* Several guards mind the same items. */
static const struct {
	const char *guards[6]; /* ending in NULL */
	struct plan_wish wish;
} minded[] = {
	{{"records", "removed", "removed_by_category", "removed_by_brand", "ids"}, {.kind = PLAN_SKU, .action = PLAN_REMOVED}},
	{{"prices"}, {.kind = PLAN_SKU, .action = PLAN_UPDATED, .field = "price_micros", .wants_greatest = true}},
	{{"out_of_stock"}, {.kind = PLAN_SKU, .action = PLAN_UPDATED, .field = "availability"}},
	{{"currency"}, {.kind = PLAN_SKU, .action = PLAN_UPDATED, .field = "currency"}},
};

#define MINDED_COUNT (sizeof(minded) / sizeof(minded[0]))

static bool are_minded(const char *const *guards, const char *found)
{
	for (; *guards; guards++)
		if (strcmp(*guards, found) == 0)
			return true;
	return false;
}

int run_report_append_worst(const char *plan_path, const char *const *guards, size_t guard_count, struct buffer *buffer,
                            struct error *err)
{
	struct plan_wish wishes[MINDED_COUNT];
	struct plan_samples samples[MINDED_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < MINDED_COUNT; i++) {
		for (size_t k = 0; k < guard_count; k++) {
			if (!are_minded(minded[i].guards, guards[k]))
				continue;
			wishes[count++] = minded[i].wish;
			break;
		}
	}
	if (count == 0)
		return 0;
	if (plan_samples_collect(plan_path, wishes, samples, count, PLAN_SAMPLES_MAX, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < samples[i].count; k++)
			append_sample(&samples[i].samples[k], buffer);
	return 0;
}

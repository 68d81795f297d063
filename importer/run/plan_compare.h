/* How a plan differs from an earlier one: lines that are only in one of them. */
#pragma once

#include "base/json.h"
#include "run/plan_sample.h"

enum plan_side { PLAN_THEN, PLAN_NOW, PLAN_SIDE_COUNT };

#define PLAN_DIFFERENCE_SAMPLES 5

struct plan_difference {
	bool is_known; /* there was an earlier plan to compare with */
	int64_t counts[PLAN_SIDE_COUNT][PLAN_KIND_COUNT][PLAN_ACTION_COUNT];
	struct plan_sample samples[PLAN_SIDE_COUNT][PLAN_DIFFERENCE_SAMPLES]; /* the first of each plan */
	size_t sample_counts[PLAN_SIDE_COUNT];
};

/* Compare two files; complaints do not count. 32 bytes of memory a line. Errors of plan_reader, ERROR_MEMORY. */
must_use int plan_compare(const char *path_then, const char *path_now, struct plan_difference *ret_difference, struct error *err);

/* All lines that are only in one of the plans. */
int64_t plan_difference_total(const struct plan_difference *difference, enum plan_side side);

/* '2 SKUs updated, 1 product removed', for people; 'nothing' where there is no line. */
void plan_difference_append_counts(const struct plan_difference *difference, enum plan_side side, struct buffer *buffer);

/* An object: then, now (counts by kind and action), samples. */
void plan_difference_append_json(const struct plan_difference *difference, struct json_writer *json);

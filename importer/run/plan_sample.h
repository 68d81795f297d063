/* A few lines of a plan, for people. */
#pragma once

#include "base/limits.h"
#include "run/plan_file.h"

#define PLAN_WHAT_BYTES 256

struct plan_sample {
	enum plan_kind kind;
	enum plan_action action;
	char id[LIMIT_ID_BYTES + 1];
	char what[PLAN_WHAT_BYTES]; /* 'price 10 → 12', printable; '' where there is nothing to say */
};

/* What is wanted. */
struct plan_wish {
	enum plan_kind kind;     /* PLAN_KIND_COUNT = any */
	enum plan_action action; /* PLAN_ACTION_COUNT = any */
	const char *field;       /* only where this column differs; NULL = any */
	bool wants_greatest;     /* those whose `field`, a number, changes most, not the first */
};

#define PLAN_SAMPLES_MAX 5

struct plan_samples {
	struct plan_sample samples[PLAN_SAMPLES_MAX];
	int64_t ranks[PLAN_SAMPLES_MAX]; /* of wants_greatest: per mille of the smaller value that the greater is */
	size_t count;
};

/* The sample that a line is. False where it is no change. */
must_use bool plan_sample_make(struct slice line, struct plan_sample *ret_sample);

/* Up to `limit` (at most PLAN_SAMPLES_MAX) samples for each wish, by one reading of the plan. Errors of plan_reader. */
must_use int plan_samples_collect(const char *path, const struct plan_wish *wishes, struct plan_samples *ret_samples, size_t count,
                                  size_t limit, struct error *err);

/* What the store's listing of jobs says of one, and when its next run starts. */
#pragma once

#include "base/zone.h"
#include "config/config.h"
#include "store/store.h"

#define JOB_TREND_MAX 12

/* What the store has of a job; absent figures are 0, absent texts NULL. Texts are borrowed of the row. */
struct job_row {
	bool is_stored;
	struct slice job;
	struct slice outcome;
	struct slice paused_reason;
	struct slice problem;
	int64_t run_id;
	int64_t started_at_ms;
	int64_t finished_at_ms;
	int64_t held_run_id;
	int64_t succeeded_at_ms;
	int64_t paused_at_ms;
	int64_t paused_until_ms; /* INT64_MAX = until it is resumed */
	int64_t problem_at_ms;
	int64_t problem_run_id;
	int64_t problem_runs;
	int64_t skus;
	int64_t trend[JOB_TREND_MAX]; /* the oldest first */
	size_t trend_count;
};

void job_row_read(const struct store_value *values, size_t count, struct job_row *ret_row);

bool job_row_is_paused(const struct job_row *row, int64_t now_ms);

/* When the next run of `job` starts by its schedule, behind a pause that ends; false where none does. `row` is the job's. */
bool job_row_find_next(const struct job_row *row, const struct job_config *job, struct zones *zones, int64_t now_ms,
                       int64_t *ret_next_ms);

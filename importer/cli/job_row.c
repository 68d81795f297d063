/* Reading the store's row of a job. */
#include "cli/job_row.h"

#include "base/json_read.h"
#include "base/number.h"
#include "schedule/schedule.h"

#include <string.h>

#define SCHEDULE_BYTES_MAX ((size_t)1024 * 1024)

/* Counts, the newest first, into their order in time. */
static void read_trend(struct slice json, struct job_row *row)
{
	struct json_walk walk;
	struct slice name, value;
	int64_t counts[JOB_TREND_MAX];
	size_t count = 0;

	if (!json.data || !json_walk_begin(&walk, json))
		return;
	while (count < JOB_TREND_MAX && json_walk_next(&walk, &name, &value)) {
		if (number_parse_integer(value, 0, INT64_MAX, &counts[count]))
			count++;
	}
	for (size_t i = 0; i < count; i++)
		row->trend[i] = counts[count - 1 - i];
	row->trend_count = count;
}

void job_row_read(const struct store_value *values, size_t count, struct job_row *ret_row)
{
	struct job_row *row = ret_row;
	const struct {
		const char *name;
		struct slice *text;
		int64_t *integer;
	} columns[] = {
		{"job", &row->job, NULL},
		{"outcome", &row->outcome, NULL},
		{"paused_reason", &row->paused_reason, NULL},
		{"problem", &row->problem, NULL},
		{"run_id", NULL, &row->run_id},
		{"started_at_ms", NULL, &row->started_at_ms},
		{"finished_at_ms", NULL, &row->finished_at_ms},
		{"held_run_id", NULL, &row->held_run_id},
		{"succeeded_at_ms", NULL, &row->succeeded_at_ms},
		{"paused_at_ms", NULL, &row->paused_at_ms},
		{"paused_until_ms", NULL, &row->paused_until_ms},
		{"problem_at_ms", NULL, &row->problem_at_ms},
		{"problem_run_id", NULL, &row->problem_run_id},
		{"problem_runs", NULL, &row->problem_runs},
		{"skus", NULL, &row->skus},
	};

	*row = (struct job_row){.is_stored = true, .paused_until_ms = INT64_MAX};
	for (size_t i = 0; i < count; i++) {
		for (size_t column = 0; column < sizeof(columns) / sizeof(columns[0]); column++) {
			if (values[i].type == STORE_NULL || strcmp(values[i].name, columns[column].name) != 0)
				continue;
			if (columns[column].text)
				*columns[column].text = values[i].text;
			else
				*columns[column].integer = values[i].integer;
		}
		if (strcmp(values[i].name, "trend") == 0 && values[i].type != STORE_NULL)
			read_trend(values[i].text, row);
	}
}

bool job_row_is_paused(const struct job_row *row, int64_t now_ms)
{
	return row->paused_at_ms > 0 && row->paused_until_ms > now_ms;
}

bool job_row_find_next(const struct job_row *row, const struct job_config *job, struct zones *zones, int64_t now_ms,
                       int64_t *ret_next_ms)
{
	const struct schedule_rule rule = schedule_rule_of(job);
	const bool is_paused = job_row_is_paused(row, now_ms);
	const struct schedule *schedule = NULL;
	struct schedule_time time;
	struct error ignored = ERROR_INIT; /* of the configuration: 'feedmill check' tells it */
	struct arena arena;
	bool is_found = false;

	if (!job->schedule.expression || (is_paused && row->paused_until_ms == INT64_MAX))
		return false;
	arena_init(&arena, SCHEDULE_BYTES_MAX);
	if (schedule_compile(&arena, zones, &rule, &schedule, &ignored) == 0 &&
	    schedule_next(schedule, is_paused ? row->paused_until_ms : now_ms, &time) == 1) {
		*ret_next_ms = time.starts_at_ms;
		is_found = true;
	}
	arena_release(&arena);
	return is_found;
}

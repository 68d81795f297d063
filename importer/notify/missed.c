/* Looking for runs that did not come. */
#include "notify/missed.h"

#include "base/limits.h"
#include "base/zone.h"
#include "schedule/schedule.h"
#include "store/job_state.h"

#include <inttypes.h>

#define ARENA_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define WORDS_BYTES_MAX ((size_t)64 * 1024)

/* What decides when the job is due. Who changes it begins anew. */
static int append_words(const struct job_schedule *schedule, struct buffer *words, struct error *err)
{
	(void)buffer_append_format(words, "%s %s, %s, %" PRId64 " to %" PRId64 ", quiet %s", schedule_form_name(schedule->form),
	                           schedule->expression, schedule->time_zone != NULL ? schedule->time_zone : "UTC",
	                           schedule->active_from_ms, schedule->active_until_ms,
	                           schedule->quiet != NULL ? schedule->quiet : "-"); /* failure shows in buffer_text */
	return buffer_text(words) == NULL ? error_set_memory(err) : 0;
}

/*
 * The last time whose run must have come: 1, 0 = none, or it cannot be told. One that quiet hours keep back is looked at
 * behind them.
 */
static int find_due(const struct job_config *job, struct zones *zones, int64_t now_ms, struct schedule_time *ret_time,
                    struct error *err)
{
	const struct schedule_rule rule = schedule_rule_of(job);
	const int64_t latest_ms = now_ms - LIMIT_MISSED_MS;
	const struct schedule *schedule = NULL;
	struct arena arena;
	int result = 0;

	arena_init(&arena, ARENA_BYTES_MAX);
	if (schedule_compile(&arena, zones, &rule, &schedule, err) == 0) {
		result = schedule_last(schedule, latest_ms - job->schedule.jitter_ms, ret_time) == 1 &&
		         ret_time->starts_at_ms <= latest_ms;
	} else if (err->code == ERROR_MEMORY) {
		result = -1;
	} else {
		error_clear(err); /* of the configuration, which is told elsewhere */
	}
	arena_release(&arena);
	return result;
}

static int watch_job(const struct job_config *job, struct store *store, int64_t due_at_ms, int64_t now_ms, struct error *err)
{
	struct buffer words;

	buffer_init(&words, WORDS_BYTES_MAX);
	int result = append_words(&job->schedule, &words, err);
	if (result == 0) {
		const struct store_due due = {
			.job = job->name, .schedule = buffer_text(&words), .due_at_ms = due_at_ms, .now_ms = now_ms};
		result = store_job_watch(store, &due, err);
	}
	buffer_release(&words);
	return result;
}

int64_t missed_find(const struct config *config, struct store *store, int64_t now_ms, struct error *err)
{
	struct zones zones;
	int64_t count = 0;
	int result = 0;

	zones_init(&zones, NULL);
	for (size_t i = 0; result >= 0 && i < config->job_count; i++) {
		const struct job_config *job = &config->jobs[i];
		struct schedule_time time = {.due_at_ms = 0};

		if (job->schedule.expression == NULL)
			continue;
		result = find_due(job, &zones, now_ms, &time, err);
		if (result == 1)
			result = watch_job(job, store, time.due_at_ms, now_ms, err);
		count += result == 1;
	}
	zones_release(&zones);
	return result < 0 ? -1 : count;
}

int missed_find_now_and_then(const struct config *config, struct store *store, int64_t now_ms, struct error *err)
{
	bool has_schedules = false;

	for (size_t i = 0; !has_schedules && i < config->job_count; i++)
		has_schedules = config->jobs[i].schedule.expression != NULL;
	const int is_ours = has_schedules ? store_missed_begin(store, now_ms, LIMIT_MISSED_PAUSE_MS, err) : 0;
	if (is_ours != 1)
		return is_ours;
	return missed_find(config, store, now_ms, err) < 0 ? -1 : 0;
}

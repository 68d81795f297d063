/* The units of some jobs: which files there are, and what they say. */
#include "schedule/unit_set.h"

#include "schedule/schedule.h"
#include "schedule/unit_calendar.h"
#include "schedule/unit_file.h"

#include <stdio.h>
#include <string.h>

#define UNITS_PER_JOB 2 /* timer and drop-in */
#define UNITS_IN_COMMON 3

/* A job that runs after another. */
struct follower {
	const char *name;
	struct follower *next;
};

/* Of each job of the configuration, in its order. */
struct relation {
	struct follower *followers;
	size_t follower_count;
	bool has_drop_in; /* it is in the set */
};

struct making {
	const struct unit_request *request;
	struct arena *arena;
	struct relation *relations;
	struct unit_set *set;
	struct error *err;
};

/* Of one that is named twice, the second time says nothing new. */
static int add_follower(const struct making *making, struct relation *leader, const char *name)
{
	if (leader->followers != NULL && strcmp(leader->followers->name, name) == 0)
		return 0;
	struct follower *follower = arena_alloc(making->arena, sizeof(*follower));
	if (follower == NULL)
		return error_set_memory(making->err);
	*follower = (struct follower){.name = name, .next = leader->followers};
	leader->followers = follower;
	leader->follower_count++;
	return 0;
}

/* From the last job to the first: each stands before those that were found already. */
static int find_followers(struct making *making)
{
	const struct config *config = making->request->config;
	making->relations = arena_alloc(making->arena, (config->job_count + 1) * sizeof(*making->relations));
	if (making->relations == NULL)
		return error_set_memory(making->err);
	for (size_t i = config->job_count; i-- > 0;) {
		const struct job_schedule *schedule = &config->jobs[i].schedule;
		for (size_t k = 0; k < schedule->after_count; k++) {
			const struct job_config *leader = config_job(config, slice_from(schedule->after[k]));
			if (leader != NULL &&
			    add_follower(making, &making->relations[leader - config->jobs], config->jobs[i].name) < 0)
				return -1;
		}
	}
	return 0;
}

/* `text` is not signed yet; an empty one stands for a file that is not to be there. */
static int add_unit(const struct making *making, const char *name, struct buffer *text)
{
	struct unit_text *unit = &making->set->units[making->set->count];
	struct slice copy = {NULL, 0};
	if (text->size > 0 && !text->failed && unit_file_sign(text) < 0)
		return error_set_memory(making->err);
	if (text->failed)
		return error_set(making->err, ERROR_LIMIT, "the unit '%s' has more than %zu bytes", name, UNIT_BYTES_MAX);
	unit->name = arena_text(making->arena, slice_from(name));
	if (unit->name == NULL || !arena_copy(making->arena, buffer_slice(text), &copy))
		return error_set_memory(making->err);
	unit->text = copy;
	making->set->count++;
	return 0;
}

static int add_common(const struct making *making, const char *name)
{
	struct buffer text;
	buffer_init(&text, UNIT_BYTES_MAX);
	int result = unit_append_common(name, making->request->setting, &text, making->err);
	if (result == 0)
		result = add_unit(making, name, &text);
	buffer_release(&text);
	return result;
}

/* The daemon looks for missing runs by itself. */
static int add_all_common(const struct making *making)
{
	if (making->request->is_daemon)
		return add_common(making, UNIT_DAEMON);
	if (add_common(making, UNIT_SERVICE) < 0 || add_common(making, UNIT_NOTIFY) < 0)
		return -1;
	return add_common(making, UNIT_NOTIFY_TIMER);
}

/* --- timers --- */

static int compile_schedule(const struct making *making, const struct job_config *job, const struct schedule **ret_schedule)
{
	const struct schedule_rule rule = schedule_rule_of(job);
	*ret_schedule = NULL;
	if (job->schedule.expression == NULL)
		return 0;
	if (schedule_compile(making->arena, making->request->zones, &rule, ret_schedule, making->err) < 0)
		return error_wrap(making->err, "job '%s': schedule", job->name);
	return 0;
}

static int add_timer(const struct making *making, const struct job_config *job)
{
	char name[UNIT_NAME_SIZE];
	const struct schedule *schedule;
	struct unit_calendars calendars;
	struct buffer text;
	if (compile_schedule(making, job, &schedule) < 0)
		return -1;
	if (unit_calendars_of_job(job, schedule, making->request->now_ms, making->arena, &calendars, making->err) < 0)
		return error_wrap(making->err, "job '%s': schedule", job->name);
	const struct unit_timer timer = {
		.job = job->name,
		.notes = calendars.notes,
		.calendars = calendars.lines,
		.calendar_count = calendars.count,
		.jitter_ms = job->schedule.jitter_ms,
		.catches_up = job->schedule.catch_up == CATCH_UP_ONCE,
	};
	unit_name_make(job->name, "timer", name);
	buffer_init(&text, UNIT_BYTES_MAX);
	if (calendars.count > 0)
		unit_append_timer(&timer, &text);
	const int result = add_unit(making, name, &text);
	buffer_release(&text);
	return result;
}

/* --- drop-ins --- */

static int list_followers(const struct making *making, const struct relation *relation, struct unit_drop_in *drop_in)
{
	const char **starts = arena_alloc(making->arena, (relation->follower_count + 1) * sizeof(*starts));
	if (starts == NULL)
		return error_set_memory(making->err);
	for (const struct follower *follower = relation->followers; follower != NULL; follower = follower->next)
		starts[drop_in->start_count++] = follower->name;
	drop_in->starts = starts;
	return 0;
}

static int add_drop_in(const struct making *making, const struct job_config *job)
{
	struct relation *relation = &making->relations[job - making->request->config->jobs];
	char folder[UNIT_NAME_SIZE];
	char name[UNIT_NAME_SIZE + sizeof("/" UNIT_DROP_IN_FILE)];
	struct buffer text;
	struct unit_drop_in drop_in = {
		.job = job->name,
		.run_timeout_ms = job->schedule.run_timeout_ms,
		.retry_delay_ms = job->schedule.retry_delay_ms != UNIT_RETRY_MS ? job->schedule.retry_delay_ms : 0,
	};
	if (relation->has_drop_in)
		return 0;
	relation->has_drop_in = true;
	if (list_followers(making, relation, &drop_in) < 0)
		return -1;
	unit_name_make(job->name, "service.d", folder);
	(void)snprintf(name, sizeof(name), "%s/%s", folder, UNIT_DROP_IN_FILE); /* fits */
	buffer_init(&text, UNIT_BYTES_MAX);
	if (unit_drop_in_is_needed(&drop_in))
		unit_append_drop_in(&drop_in, &text);
	const int result = add_unit(making, name, &text);
	buffer_release(&text);
	return result;
}

static int add_job(const struct making *making, const struct job_config *job)
{
	const struct job_schedule *schedule = &job->schedule;
	if (schedule->expression == NULL && schedule->after_count == 0)
		return error_set(making->err, ERROR_USAGE, "the job '%s' has no schedule: give it 'schedule' or 'after'",
		                 job->name);
	if (add_timer(making, job) < 0 || add_drop_in(making, job) < 0)
		return -1;
	for (size_t i = 0; i < schedule->after_count; i++) {
		const struct job_config *before = config_job(making->request->config, slice_from(schedule->after[i]));
		if (before == NULL)
			return error_set(making->err, ERROR_CONFIG, "job '%s': after: there is no job '%s'", job->name,
			                 schedule->after[i]);
		if (add_drop_in(making, before) < 0)
			return -1;
	}
	return 0;
}

static size_t count_units(const struct unit_request *request)
{
	size_t count = UNITS_IN_COMMON;
	for (size_t i = 0; i < request->job_count; i++)
		count += UNITS_PER_JOB + request->jobs[i]->schedule.after_count;
	return count;
}

int unit_set_make(const struct unit_request *request, struct arena *arena, struct unit_set *ret_set, struct error *err)
{
	struct making making = {.request = request, .arena = arena, .set = ret_set, .err = err};
	*ret_set = (struct unit_set){.units = arena_alloc(arena, count_units(request) * sizeof(*ret_set->units))};
	if (ret_set->units == NULL)
		return error_set_memory(err);
	if (add_all_common(&making) < 0 || (!request->is_daemon && find_followers(&making) < 0))
		return -1;
	for (size_t i = 0; i < request->job_count && !request->is_daemon; i++) {
		if (add_job(&making, request->jobs[i]) < 0)
			return -1;
	}
	return 0;
}

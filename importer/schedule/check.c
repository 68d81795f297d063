/* Checking the schedules of a configuration. */
#include "schedule/check.h"

#include "base/zone.h"

#include <stdlib.h>

#define CHECK_ARENA_BYTES ((size_t)64 * 1024)

/* With an arena of its caller's, which is reset. */
static void check_job(const struct job_config *job, struct zones *zones, struct arena *arena, struct config_problems *problems)
{
	const struct schedule_rule rule = schedule_rule_of(job);
	const struct schedule *schedule = NULL;
	const struct zone *zone = NULL;
	const char *key = SCHEDULE_KEY_ZONE;
	struct error err = ERROR_INIT;
	if (rule.expression != NULL ? schedule_compile_keyed(arena, zones, &rule, &schedule, &key, &err) < 0
	                            : zones_find(zones, rule.time_zone, &zone, &err) < 0)
		config_job_problem(job, key, schedule_form_name(rule.form), err.byte, err.message, problems);
	arena_reset(arena);
}

void schedule_check(const struct job_config *job, struct zones *zones, struct config_problems *problems)
{
	struct arena arena;
	arena_init(&arena, CHECK_ARENA_BYTES);
	check_job(job, zones, &arena, problems);
	arena_release(&arena);
}

bool schedule_is_over(const struct job_config *job, struct zones *zones, int64_t now_ms)
{
	const struct schedule_rule rule = schedule_rule_of(job);
	const struct schedule *schedule = NULL;
	struct schedule_time ignored;
	struct error err = ERROR_INIT;
	struct arena arena;
	if (rule.expression == NULL)
		return false;
	arena_init(&arena, CHECK_ARENA_BYTES);
	const bool is_over = schedule_compile(&arena, zones, &rule, &schedule, &err) == 0 &&
	                     schedule_next(schedule, now_ms, &ignored) == 0;
	arena_release(&arena);
	return is_over;
}

enum visit { VISIT_NONE, VISIT_OPEN, VISIT_DONE };

/* Jobs that were entered and not left, each with the next of its `after` to look at. */
struct walk {
	const struct config *config;
	struct config_problems *problems;
	unsigned char *visits; /* enum visit by job */
	struct walk_step {
		size_t job;
		size_t next;
	} * steps;
	size_t depth;
};

static void enter(struct walk *walk, size_t job)
{
	walk->visits[job] = VISIT_OPEN;
	walk->steps[walk->depth++] = (struct walk_step){.job = job};
}

static void note(const struct walk *walk, const struct job_config *job, const char *name, const char *fault)
{
	struct error message = ERROR_INIT;
	(void)error_set(&message, ERROR_CONFIG, "'%s' %s", name, fault);
	config_job_problem(job, "after", NULL, -1, message.message, walk->problems);
}

/* One more edge of the job on top. */
static void step(struct walk *walk)
{
	struct walk_step *top = &walk->steps[walk->depth - 1];
	const struct job_config *job = &walk->config->jobs[top->job];
	if (top->next == job->schedule.after_count) {
		walk->visits[top->job] = VISIT_DONE;
		walk->depth--;
		return;
	}
	const char *name = job->schedule.after[top->next++];
	const struct job_config *other = config_job(walk->config, slice_from(name));
	if (other == NULL) {
		note(walk, job, name, "is no job of this configuration");
		return;
	}
	const size_t place = (size_t)(other - walk->config->jobs);
	if (walk->visits[place] == VISIT_OPEN)
		note(walk, job, name, "runs after this job, or after one that does: they would never end");
	else if (walk->visits[place] == VISIT_NONE)
		enter(walk, place);
}

static int check_after(const struct config *config, struct config_problems *problems, struct error *err)
{
	struct walk walk = {
		.config = config,
		.problems = problems,
		.visits = calloc(config->job_count + 1, sizeof(*walk.visits)),
		.steps = calloc(config->job_count + 1, sizeof(*walk.steps)),
	};
	const bool has_memory = walk.visits != NULL && walk.steps != NULL;
	if (has_memory) {
		for (size_t job = 0; job < config->job_count; job++) {
			if (walk.visits[job] == VISIT_NONE)
				enter(&walk, job);
			while (walk.depth > 0)
				step(&walk);
		}
	}
	free(walk.steps);
	free(walk.visits);
	return has_memory ? 0 : error_set_memory(err);
}

int schedule_check_all(const struct config *config, struct zones *zones, struct config_problems *problems, struct error *err)
{
	struct arena arena;
	arena_init(&arena, CHECK_ARENA_BYTES);
	for (size_t index = 0; index < config->job_count; index++)
		check_job(&config->jobs[index], zones, &arena, problems);
	arena_release(&arena);
	return check_after(config, problems, err);
}

/* feedmill jobs: the configured jobs and those the store knows, with their last run. */
#include "base/json.h"
#include "cli/listing.h"
#include "fetch/fetch.h"

#include <stdlib.h>
#include <string.h>

static const enum option_id options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_JSON};

#define MASKED_SOURCE_MAX 512

/* The values that the store has for a job, kept by name. */
struct job_state {
	char *job;
	char *outcome;
	int64_t run_id;
	int64_t held_run_id; /* 0 = none waits for an approval */
	int64_t started_at_ms;
	int64_t skus;
	struct job_state *next;
};

struct job_states {
	struct job_state *first;
};

static char *copy_text(const struct store_value *value)
{
	return value->type == STORE_NULL ? NULL : strndup(value->text.data ? value->text.data : "", value->text.size);
}

static int take_state(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct job_states *states = context;
	struct job_state *state = calloc(1, sizeof(*state));

	if (!state)
		return error_set_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i].name, "job") == 0)
			state->job = copy_text(&values[i]);
		else if (strcmp(values[i].name, "outcome") == 0)
			state->outcome = copy_text(&values[i]);
		else if (strcmp(values[i].name, "run_id") == 0)
			state->run_id = values[i].integer;
		else if (strcmp(values[i].name, "held_run_id") == 0)
			state->held_run_id = values[i].integer;
		else if (strcmp(values[i].name, "started_at_ms") == 0)
			state->started_at_ms = values[i].integer;
		else if (strcmp(values[i].name, "skus") == 0)
			state->skus = values[i].integer;
	}
	state->next = states->first;
	states->first = state;
	return 0;
}

static void release_states(struct job_states *states)
{
	while (states->first) {
		struct job_state *next = states->first->next;
		free(states->first->job);
		free(states->first->outcome);
		free(states->first);
		states->first = next;
	}
}

/* Take the state of a job out of the list, so that what is left are jobs without configuration. */
static struct job_state *unlink_state(struct job_states *states, const char *job)
{
	for (struct job_state **link = &states->first; *link; link = &(*link)->next) {
		if ((*link)->job && strcmp((*link)->job, job) == 0) {
			struct job_state *found = *link;
			*link = found->next;
			found->next = NULL;
			return found;
		}
	}
	return NULL;
}

static struct store_value text_value(const char *name, const char *text)
{
	return (struct store_value){.name = name, .type = text ? STORE_TEXT : STORE_NULL, .text = slice_from(text)};
}

static int print_job(struct output *output, const struct job_config *job, const struct job_state *state, struct error *err)
{
	char source[MASKED_SOURCE_MAX] = "";
	struct store_row_sink sink = output_sink(output);

	if (job)
		source_mask(job->source, source, sizeof(source));
	struct store_value values[] = {
		text_value("job", job ? job->name : state->job),
		text_value("last_outcome", state ? state->outcome : NULL),
		{.name = "run_id",
	         .type = state && state->run_id > 0 ? STORE_INTEGER : STORE_NULL,
	         .integer = state ? state->run_id : 0},
		{.name = "started_at_ms",
	         .type = state && state->run_id > 0 ? STORE_INTEGER : STORE_NULL,
	         .integer = state ? state->started_at_ms : 0},
		{.name = "held_run_id",
	         .type = state && state->held_run_id > 0 ? STORE_INTEGER : STORE_NULL,
	         .integer = state ? state->held_run_id : 0},
		{.name = "skus", .type = state ? STORE_INTEGER : STORE_NULL, .integer = state ? state->skus : 0},
		text_value("catalog", job ? job->catalog : NULL),
		text_value("mode", job ? mode_policy_name(job->mode) : NULL),
		text_value("scope", job ? scope_policy_name(job->scope) : NULL),
		text_value("missing", job ? missing_policy_name(job->missing) : NULL),
		text_value("dialect", job && job->dialect ? job->dialect : NULL),
		text_value("source", job ? source : NULL),
	};
	return sink.row(sink.context, values, sizeof(values) / sizeof(values[0]), err);
}

static int print_jobs(const struct invocation *invocation, const struct config *config, struct job_states *states,
                      struct error *err)
{
	struct output output;
	int result = 0;

	output_init(&output, invocation, false);
	for (size_t i = 0; result == 0 && i < config->job_count; i++) {
		struct job_states found = {unlink_state(states, config->jobs[i].name)};
		result = print_job(&output, &config->jobs[i], found.first, err);
		release_states(&found);
	}
	for (const struct job_state *state = states->first; result == 0 && state; state = state->next)
		result = print_job(&output, NULL, state, err);
	output_finish(&output);
	if (result == 0 && output.row_count == 0 && !output.as_json && invocation->is_out_terminal)
		fputs("no jobs: neither configured nor in the store\n", invocation->errors);
	return result;
}

static int jobs(const struct invocation *invocation)
{
	struct setting setting;
	struct store *store = NULL;
	struct job_states states = {NULL};
	struct store_selection selection = {.list = STORE_LIST_JOBS};
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);
	int result;

	if (status != EXIT_DONE)
		return status;
	result = store_open(setting.store, STORE_READ, &store, &err);
	if (result < 0 && err.code == ERROR_NOT_FOUND) {
		error_clear(&err); /* no run yet */
		result = 0;
	} else if (result == 0) {
		result = store_select(store, &selection, (struct store_row_sink){.context = &states, .row = take_state}, &err);
	}
	if (result == 0)
		result = print_jobs(invocation, &setting.config, &states, &err);
	status = result < 0 ? command_fail(invocation, &err) : EXIT_DONE;
	release_states(&states);
	listing_close(&setting, store);
	return status;
}

const struct command command_jobs = {
	.name = "jobs",
	.arguments = "",
	.summary = "list the jobs, configured and known to the store, with their last run and the one that is held",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = jobs,
};

/* feedmill jobs: the configured jobs and those the store knows, and how they are. */
#include "cli/command_job.h"

#include "base/instant.h"
#include "cli/job_hooks.h"
#include "cli/job_row.h"
#include "cli/listing.h"
#include "fetch/fetch.h"
#include "notify/missed.h"

#include <stdlib.h>
#include <string.h>

#define MASKED_SOURCE_MAX 512
#define STATE_BYTES_MAX 2048
#define AGE_SIZE 24

/* One listing. */
struct job_listing {
	const struct invocation *invocation;
	const struct config *config;
	struct output output;
	size_t next; /* of the configuration's jobs, which are sorted as the store's are */
	int64_t now_ms;
	bool has_blocks;  /* the terminal shows them */
	bool only_missed; /* jobs whose run has not come */
	struct zones zones;
	struct job_hooks hooks;
};

/* ---- For people ---- */

/* '12s', '5m', '3h', '9d'; nothing for what never was. */
static void format_age(int64_t at_ms, int64_t now_ms, char ret_text[AGE_SIZE])
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {{INT64_C(2) * 86400, 'd'}, {INT64_C(2) * 3600, 'h'}, {120, 'm'}, {0, 's'}};
	static const int64_t sizes[] = {86400, 3600, 60, 1};
	const int64_t seconds = now_ms > at_ms ? (now_ms - at_ms) / 1000 : 0;
	size_t unit = 0;

	ret_text[0] = '\0';
	if (at_ms == 0)
		return;
	while (seconds < units[unit].seconds)
		unit++;
	(void)snprintf(ret_text, AGE_SIZE, "%lld%c", (long long)(seconds / sizes[unit]), units[unit].unit);
}

/* A bar for each count, as high as it is of the highest; on other terminals the counts. */
static void append_trend(const struct job_row *row, bool has_blocks, struct buffer *text)
{
	static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	int64_t highest = 1;

	for (size_t i = 0; i < row->trend_count; i++)
		highest = row->trend[i] > highest ? row->trend[i] : highest;
	for (size_t i = 0; i < row->trend_count; i++) {
		if (has_blocks)
			(void)buffer_append_text(text, bars[row->trend[i] / (highest / 8 + 1)]); /* failure sticks */
		else
			(void)buffer_append_format(text, "%s%lld", i > 0 ? " " : "", (long long)row->trend[i]);
	}
}

static void append_problem(const struct job_row *row, int64_t now_ms, struct buffer *text)
{
	char age[AGE_SIZE];

	format_age(row->problem_at_ms, now_ms, age);
	if (slice_equal_text(row->problem, "missed"))
		(void)buffer_append_text(text, "no run came when it was due"); /* failure sticks, here and below */
	else if (slice_equal_text(row->problem, "held"))
		(void)buffer_append_text(text, "held");
	else
		(void)buffer_append_text(text, slice_equal_text(row->problem, "temporary") ? "failing for now" : "failing");
	if (row->problem_runs > 1)
		(void)buffer_append_format(text, ", %lld runs", (long long)row->problem_runs);
	if (row->problem_run_id > 0)
		(void)buffer_append_format(text, " since run %lld", (long long)row->problem_run_id);
	(void)buffer_append_format(text, ", %s ago", age);
	if (row->held_run_id > 0)
		(void)buffer_append_format(text, ": 'feedmill show %lld'", (long long)row->held_run_id);
}

/* What wants somebody, the pause first. */
static void append_state(const struct job_row *row, int64_t now_ms, struct buffer *text)
{
	if (job_row_is_paused(row, now_ms)) {
		(void)buffer_append_text(text, "paused"); /* failure sticks, here and below */
		if (row->paused_until_ms != INT64_MAX) {
			char until[INSTANT_TEXT_SIZE];

			instant_format(row->paused_until_ms, until);
			(void)buffer_append_format(text, " until %s", until);
		}
		if (row->paused_reason.size > 0) {
			(void)buffer_append_text(text, ": ");
			(void)buffer_append_slice(text, row->paused_reason);
		}
	}
	if (row->problem.size > 0) {
		(void)buffer_append_text(text, text->size > 0 ? "; " : "");
		append_problem(row, now_ms, text);
	} else if (row->held_run_id > 0) {
		(void)buffer_append_format(text, "%sheld: 'feedmill show %lld'", text->size > 0 ? "; " : "",
		                           (long long)row->held_run_id);
	}
}

/* ---- Rows of the listing ---- */

static struct store_value text_value(const char *name, const char *text)
{
	return (struct store_value){.name = name, .type = text ? STORE_TEXT : STORE_NULL, .text = slice_from(text)};
}

static struct store_value slice_value(const char *name, struct slice text)
{
	return (struct store_value){.name = name, .type = text.size > 0 ? STORE_TEXT : STORE_NULL, .text = text};
}

static struct store_value integer_value(const char *name, bool is_there, int64_t integer)
{
	return (struct store_value){.name = name, .type = is_there ? STORE_INTEGER : STORE_NULL, .integer = integer};
}

static int print_for_people(struct job_listing *listing, const struct job_config *job, const struct job_row *row, struct error *err)
{
	const struct store_row_sink sink = output_sink(&listing->output);
	const bool has_run = row->run_id > 0;
	struct buffer trend, state;
	char source[MASKED_SOURCE_MAX] = "";
	char age[AGE_SIZE];
	char until[AGE_SIZE];
	int64_t next_ms = 0;
	int result;

	const bool has_next = job && job_row_find_next(row, job, &listing->zones, listing->now_ms, &next_ms);
	buffer_init(&trend, STATE_BYTES_MAX);
	buffer_init(&state, STATE_BYTES_MAX);
	if (job)
		source_mask(job->source, source, sizeof(source));
	format_age(row->started_at_ms, listing->now_ms, age);
	format_age(listing->now_ms, next_ms, until);
	append_trend(row, listing->has_blocks, &trend);
	append_state(row, listing->now_ms, &state);
	const struct store_value values[] = {
		slice_value("job", row->job),
		slice_value("last", row->outcome),
		text_value("ago", has_run ? age : NULL),
		text_value("next", has_next ? until : NULL),
		slice_value("records", buffer_slice(&trend)),
		integer_value("skus", row->is_stored, row->skus),
		slice_value("state", buffer_slice(&state)),
		text_value("source", job ? source : NULL),
	};
	result = trend.failed || state.failed ? error_set_memory(err)
	                                      : sink.row(sink.context, values, sizeof(values) / sizeof(values[0]), err);
	buffer_release(&trend);
	buffer_release(&state);
	return result;
}

static int print_for_programs(struct job_listing *listing, const struct job_config *job, const struct job_row *row,
                              struct error *err)
{
	const struct store_hook_state *hook = job_hooks_list(&listing->hooks, job);
	const struct store_row_sink sink = output_sink(&listing->output);
	const bool paused = job_row_is_paused(row, listing->now_ms);
	struct buffer trend;
	char source[MASKED_SOURCE_MAX] = "";
	int64_t next_ms = 0;

	const bool has_next = job && job_row_find_next(row, job, &listing->zones, listing->now_ms, &next_ms);
	buffer_init(&trend, STATE_BYTES_MAX);
	if (job)
		source_mask(job->source, source, sizeof(source));
	(void)buffer_append_byte(&trend, '['); /* failure sticks and is seen below */
	for (size_t i = 0; i < row->trend_count; i++)
		(void)buffer_append_format(&trend, "%s%lld", i > 0 ? "," : "", (long long)row->trend[i]);
	(void)buffer_append_byte(&trend, ']');
	const struct store_value values[] = {
		slice_value("job", row->job),
		slice_value("last_outcome", row->outcome),
		integer_value("run_id", row->run_id > 0, row->run_id),
		integer_value("started_at_ms", row->run_id > 0, row->started_at_ms),
		integer_value("finished_at_ms", row->finished_at_ms > 0, row->finished_at_ms),
		integer_value("succeeded_at_ms", row->succeeded_at_ms > 0, row->succeeded_at_ms),
		integer_value("next_at_ms", has_next, next_ms),
		integer_value("held_run_id", row->held_run_id > 0, row->held_run_id),
		integer_value("paused_at_ms", paused, row->paused_at_ms),
		integer_value("paused_until_ms", paused && row->paused_until_ms != INT64_MAX, row->paused_until_ms),
		slice_value("paused_reason", paused ? row->paused_reason : (struct slice){0}),
		slice_value("problem", row->problem),
		integer_value("problem_at_ms", row->problem.size > 0, row->problem_at_ms),
		integer_value("problem_run_id", row->problem_run_id > 0, row->problem_run_id),
		integer_value("problem_runs", row->problem.size > 0, row->problem_runs),
		integer_value("hook_failing_at_ms", hook != NULL, hook ? hook->failing_at_ms : 0),
		text_value("hook_error", hook ? hook->error : NULL),
		{.name = "trend", .type = STORE_JSON, .text = buffer_slice(&trend)},
		integer_value("skus", row->is_stored, row->skus),
		text_value("catalog", job ? job->catalog : NULL),
		text_value("mode", job ? mode_policy_name(job->mode) : NULL),
		text_value("scope", job ? scope_policy_name(job->scope) : NULL),
		text_value("missing", job ? missing_policy_name(job->missing) : NULL),
		text_value("dialect", job && job->dialect ? job->dialect : NULL),
		text_value("source", job ? source : NULL),
	};
	const int result = trend.failed ? error_set_memory(err)
	                                : sink.row(sink.context, values, sizeof(values) / sizeof(values[0]), err);
	buffer_release(&trend);
	return result;
}

static int print_job(struct job_listing *listing, const struct job_config *job, const struct job_row *row, struct error *err)
{
	if (listing->only_missed && !(job && job->schedule.expression && slice_equal_text(row->problem, "missed") &&
	                              !job_row_is_paused(row, listing->now_ms)))
		return 0;
	if (listing->output.as_json)
		return print_for_programs(listing, job, row, err);
	(void)job_hooks_list(&listing->hooks, job); /* it is told below */
	return print_for_people(listing, job, row, err);
}

/* Configured jobs before `name` that the store does not know; all that are left where it is NULL. */
static int print_unknown(struct job_listing *listing, const struct slice *name, struct error *err)
{
	while (listing->next < listing->config->job_count) {
		const struct job_config *job = &listing->config->jobs[listing->next];
		const struct job_row row = {.job = slice_from(job->name)};

		if (name && slice_compare(row.job, *name) >= 0)
			return 0;
		listing->next++;
		if (print_job(listing, job, &row, err) < 0)
			return -1;
	}
	return 0;
}

static int take_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct job_listing *listing = context;
	const struct job_config *job = NULL;
	struct job_row row;

	job_row_read(values, count, &row);
	if (print_unknown(listing, &row.job, err) < 0)
		return -1;
	if (listing->next < listing->config->job_count && slice_equal_text(row.job, listing->config->jobs[listing->next].name))
		job = &listing->config->jobs[listing->next++];
	return print_job(listing, job, &row, err);
}

/* ---- The command ---- */

static bool shows_blocks(const struct invocation *invocation)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; invocation->is_out_terminal && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL;
	}
	return false;
}

/* How many rows were printed, or -1. */
static int64_t print_jobs(const struct invocation *invocation, const struct config *config, struct store *store, struct error *err)
{
	const struct store_selection selection = {.list = STORE_LIST_JOBS};
	struct job_listing listing = {
		.invocation = invocation,
		.config = config,
		.now_ms = clock_now_ms(&invocation->clock),
		.has_blocks = shows_blocks(invocation),
		.only_missed = option_given(invocation, OPTION_MISSED),
	};
	int result = 0;

	zones_init(&listing.zones, NULL);
	output_init(&listing.output, invocation, false);
	if (job_hooks_read(&listing.hooks, store, err) < 0 ||
	    (listing.only_missed && missed_find(config, store, listing.now_ms, err) < 0))
		result = -1;
	if (result == 0 && store)
		result = store_select(store, &selection, (struct store_row_sink){.context = &listing, .row = take_row}, err);
	if (result == 0)
		result = print_unknown(&listing, NULL, err);
	output_finish(&listing.output);
	if (result == 0)
		job_hooks_warn(&listing.hooks, listing.now_ms, invocation->errors);
	job_hooks_release(&listing.hooks);
	zones_release(&listing.zones);
	if (result == 0 && listing.output.row_count == 0 && !listing.output.as_json && invocation->is_out_terminal)
		fputs(listing.only_missed ? "no run is missing\n" : "no jobs: neither configured nor in the store\n",
		      invocation->errors);
	return result < 0 ? -1 : (int64_t)listing.output.row_count;
}

int job_list(const struct invocation *invocation)
{
	const bool only_missed = option_given(invocation, OPTION_MISSED);
	struct setting setting;
	struct store *store = NULL;
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);
	int64_t rows = -1;

	if (status != EXIT_DONE)
		return status;
	/* Who looks for missing runs notes since when. */
	int result = store_open(setting.store, only_missed ? STORE_CREATE : STORE_READ, &store, &err);
	if (result < 0 && err.code == ERROR_NOT_FOUND) {
		error_clear(&err); /* no run yet */
		result = 0;
	}
	if (result == 0)
		rows = print_jobs(invocation, &setting.config, store, &err);
	if (rows < 0)
		status = command_fail(invocation, &err);
	else if (only_missed && rows > 0)
		status = EXIT_FAILED;
	listing_close(&setting, store);
	return status;
}

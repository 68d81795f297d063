/* feedmill job pause and resume: the store keeps which jobs schedules leave alone. */
#include "cli/command_job.h"

#include "base/instant.h"
#include "base/suggest.h"
#include "cli/setting.h"
#include "cli/signals.h"
#include "config/value.h"
#include "store/job_state.h"

#include <stdlib.h>
#include <string.h>

#define PAUSE_MAX_MS (INT64_C(36500) * 24 * 3600 * 1000)

static int count_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	size_t *rows = context;

	(void)values;
	(void)count;
	(void)err;
	*rows += 1;
	return 0;
}

/* A name that nobody knows is a typing error. */
static int check_job(const struct setting *setting, struct store *store, const char *name, struct error *err)
{
	const struct store_selection selection = {.list = STORE_LIST_JOBS, .job = name};
	size_t rows = 0;

	if (config_job(&setting->config, slice_from(name)))
		return 0;
	if (store_select(store, &selection, (struct store_row_sink){.context = &rows, .row = count_row}, err) < 0)
		return -1;
	if (rows > 0)
		return 0;
	const char **names = calloc(setting->config.job_count + 1, sizeof(*names));
	for (size_t i = 0; names && i < setting->config.job_count; i++)
		names[i] = setting->config.jobs[i].name;
	const char *nearest = names ? suggest_nearest(slice_from(name), names, setting->config.job_count) : NULL;
	free(names);
	if (nearest)
		return error_set(err, ERROR_USAGE, "there is no job '%s'; did you mean '%s'?", name, nearest);
	return error_set(err, ERROR_USAGE, "there is no job '%s'; 'feedmill jobs' lists them", name);
}

/* '2h', '3d', or an instant, in UTC where it says no offset. */
static int read_until(const char *text, int64_t now_ms, int64_t *ret_until_ms, struct error *err)
{
	const struct value_range range = {.minimum = 1, .maximum = PAUSE_MAX_MS};
	int64_t duration_ms;

	if (instant_parse(slice_from(text), 0, ret_until_ms)) {
		if (*ret_until_ms <= now_ms)
			return error_set(err, ERROR_USAGE, "--until: '%s' is over", text);
		return 0;
	}
	if (value_parse_duration(slice_from(text), range, &duration_ms, err) < 0)
		return error_set(
			err, ERROR_USAGE,
			"--until: '%s' is neither a duration ('90m', '48h') nor an instant ('2026-12-24', '2026-12-24T18:00+01:00')",
			text);
	*ret_until_ms = now_ms + duration_ms;
	return 0;
}

static int read_pause(const struct invocation *invocation, struct store_pause *ret_pause, struct error *err)
{
	const char *reason = invocation->options[OPTION_REASON];
	const char *until = invocation->options[OPTION_UNTIL];

	*ret_pause = (struct store_pause){.paused_at_ms = clock_now_ms(&invocation->clock), .until_ms = INT64_MAX};
	if (until && read_until(until, ret_pause->paused_at_ms, &ret_pause->until_ms, err) < 0)
		return -1;
	if (!reason)
		return 0;
	if (value_check_text(slice_from(reason), STORE_PAUSE_REASON_BYTES, err) < 0) {
		err->code = ERROR_USAGE;
		return error_wrap(err, "--reason");
	}
	memcpy(ret_pause->reason, reason, strlen(reason) + 1); /* fits: checked */
	return 0;
}

static void tell_pause(const struct invocation *invocation, const char *job, const struct store_pause *pause)
{
	char until[INSTANT_TEXT_SIZE];

	if (pause->until_ms == INT64_MAX) {
		fprintf(invocation->errors, "%s: paused until 'feedmill job resume %s'\n", job, job);
		return;
	}
	instant_format(pause->until_ms, until);
	fprintf(invocation->errors, "%s: paused until %s\n", job, until);
}

static int pause_all(const struct invocation *invocation, const struct setting *setting, struct store *store, struct error *err)
{
	struct store_pause pause;

	if (read_pause(invocation, &pause, err) < 0)
		return -1;
	for (size_t i = 0; i < invocation->argument_count; i++) {
		if (check_job(setting, store, invocation->arguments[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < invocation->argument_count; i++) {
		if (store_job_pause(store, invocation->arguments[i], &pause, err) < 0)
			return -1;
		tell_pause(invocation, invocation->arguments[i], &pause);
	}
	return 0;
}

static int resume_all(const struct invocation *invocation, const struct setting *setting, struct store *store, struct error *err)
{
	for (size_t i = 0; i < invocation->argument_count; i++) {
		if (check_job(setting, store, invocation->arguments[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < invocation->argument_count; i++) {
		const char *job = invocation->arguments[i];
		const int was_paused = store_job_resume(store, job, clock_now_ms(&invocation->clock), err);

		if (was_paused < 0)
			return -1;
		fprintf(invocation->errors, was_paused == 1 ? "%s: resumed\n" : "%s: is not paused\n", job);
	}
	return 0;
}

static int change_all(const struct invocation *invocation,
                      int (*change)(const struct invocation *invocation, const struct setting *setting, struct store *store,
                                    struct error *err))
{
	struct setting setting;
	struct store *store = NULL;
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	/* A job may be paused before anything has run. */
	if (store_open(setting.store, STORE_CREATE, &store, &err) < 0 || change(invocation, &setting, store, &err) < 0)
		status = command_fail(invocation, &err);
	store_close(store);
	if (status == EXIT_DONE)
		(void)signals_write_metrics(invocation, &setting);
	setting_release(&setting);
	return status;
}

int job_pause(const struct invocation *invocation)
{
	return change_all(invocation, pause_all);
}

int job_resume(const struct invocation *invocation)
{
	return change_all(invocation, resume_all);
}

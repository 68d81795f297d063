/* feedmill approve, replay: import the spooled feed of an earlier run. */
#include "base/number.h"
#include "cli/import.h"
#include "cli/listing.h"

#include <string.h>

static int take_run_id(void *context, const struct store_value *values, size_t count, struct error *err)
{
	int64_t *run_id = context;

	(void)err;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i].name, "run_id") == 0 && values[i].type == STORE_INTEGER)
			*run_id = values[i].integer;
	}
	return 0;
}

/* The run called `name`: a number, or a job for its latest held one. */
static int find_held(struct store *store, const char *name, int64_t *ret_run_id, struct error *err)
{
	struct store_selection selection = {.list = STORE_LIST_RUNS, .job = name, .status = "held", .limit = 1};
	const struct store_row_sink sink = {.context = ret_run_id, .row = take_run_id};
	int64_t number;

	if (store_run_find(store, name, ret_run_id, err) < 0)
		return -1;
	if (number_parse_integer(slice_from(name), 1, INT64_MAX, &number) && number == *ret_run_id)
		return 0;
	*ret_run_id = 0;
	if (store_select(store, &selection, sink, err) < 0)
		return -1;
	return *ret_run_id > 0 ? 0 : error_set(err, ERROR_NOT_FOUND, "no run of the job '%s' is held", name);
}

/* What is refused here leaves no row in the ledger; under its lease the run looks again. */
static int read_past(struct setting *setting, const char *name, bool is_approval, struct past_run *ret_run, struct error *err)
{
	struct store *store = NULL;
	int64_t run_id = 0;
	int result;

	if (store_open(setting->store, STORE_READ, &store, err) < 0)
		return -1;
	result = is_approval ? find_held(store, name, &run_id, err) : store_run_find(store, name, &run_id, err);
	if (result == 0)
		result = past_run_read(store, run_id, &setting->arena, ret_run, err);
	store_close(store);
	if (result == 0 && is_approval)
		result = past_run_check_held(ret_run, err);
	return result;
}

static int import_again(const struct invocation *invocation, struct setting *setting, bool is_approval)
{
	struct error err = ERROR_INIT;
	struct job_choice choice;
	struct past_run past;
	int status = setting_find_dialects(invocation, setting);

	if (status != EXIT_DONE)
		return status;
	if (read_past(setting, invocation->arguments[0], is_approval, &past, &err) < 0 ||
	    job_choice_of_run(invocation, setting, &past, &choice, &err) < 0)
		return command_fail(invocation, &err);
	const struct import import = {
		.choice = &choice,
		.trigger = is_approval ? "approve" : "replay",
		.parent_run_id = past.run_id,
		.approved_digest = is_approval ? past.plan_digest : NULL,
	};
	return import_run(invocation, setting, &import);
}

static int load_and_import(const struct invocation *invocation, bool is_approval)
{
	struct setting setting;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	status = import_again(invocation, &setting, is_approval);
	setting_release(&setting);
	return status;
}

static int approve(const struct invocation *invocation)
{
	return load_and_import(invocation, true);
}

static int replay(const struct invocation *invocation)
{
	return load_and_import(invocation, false);
}

static const enum option_id approve_options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_JSON, OPTION_VERBOSE};
static const enum option_id replay_options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_DRY_RUN, OPTION_JSON, OPTION_VERBOSE};

const struct command command_approve = {
	.name = "approve",
	.arguments = "RUN",
	.summary = "apply a held run's plan",
	.details =
		"RUN is a number, or a job's name for its latest held run. The spooled feed of the held run is planned again, in a run of\n"
		"its own and without fetching anything, and applied if the plan is still the same; guards are told, but do not hold it.\n"
		"If the plan is another one by now, because the catalogue or the job has changed, nothing is applied, and it says what differs.\n"
		"\n"
		"A held run is superseded when a later run of its job is applied or finds the feed unchanged, or is held with the same plan.\n"
		"\n"
		"Exit status: as of 'run'; 1 also where RUN is not held, or its plan has changed.",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = approve_options,
	.option_count = sizeof(approve_options) / sizeof(approve_options[0]),
	.handles_signals = true,
	.writes_state = true,
	.run = approve,
};

const struct command command_replay = {
	.name = "replay",
	.arguments = "RUN",
	.summary = "import the feed of an earlier run again, as its job is configured now",
	.details =
		"RUN is a number, or a job's name for its latest run. Nothing is fetched: the bytes that the run left in the spool are checked\n"
		"(SHA-256) and imported, with all guards. What the command line of that run said (--catalog, --dialect, --missing) is said again.\n"
		"\n"
		"Exit status: as of 'run'; 1 also where the feed is no longer in the spool, or was changed there.",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = replay_options,
	.option_count = sizeof(replay_options) / sizeof(replay_options[0]),
	.handles_signals = true,
	.writes_state = true,
	.run = replay,
};

/* feedmill runs and changes: look at what happened. */
#include "cli/listing.h"
#include "cli/plan_file.h"

static int changes(const struct invocation *invocation)
{
	struct setting setting;
	struct store *store;
	struct store_selection selection;
	struct plan_reader plan;
	struct error err = ERROR_INIT;
	int status = listing_filters(invocation, STORE_LIST_CHANGES, &selection);

	if (status != EXIT_DONE)
		return status;
	status = listing_open(invocation, &setting, &store);
	if (status != EXIT_DONE)
		return status;
	if (store_run_find(store, invocation->arguments[0], &selection.run_id, &err) < 0) {
		status = command_fail(invocation, &err);
	} else if (plan_file_open(&setting, store, selection.run_id, &plan) == 0) {
		const struct plan_filter filter = {.list = PLAN_LIST_CHANGES, .limit = selection.limit};
		status = plan_file_print(invocation, &plan, &filter);
		plan_reader_close(&plan);
	} else {
		status = listing_print(invocation, store, &selection);
		if (status == EXIT_DONE)
			listing_tell_gone(invocation, store, &selection);
	}
	listing_close(&setting, store);
	return status;
}

static int runs(const struct invocation *invocation)
{
	struct setting setting;
	struct store *store;
	struct store_selection selection;
	int status = listing_filters(invocation, STORE_LIST_RUNS, &selection);

	if (status != EXIT_DONE)
		return status;
	if (invocation->argument_count > 0)
		selection.job = invocation->arguments[0];
	status = listing_open(invocation, &setting, &store);
	if (status != EXIT_DONE)
		return status;
	status = listing_print(invocation, store, &selection);
	listing_close(&setting, store);
	return status;
}

static const enum option_id runs_options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_CATALOG, OPTION_LIMIT, OPTION_JSON};
static const enum option_id change_options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_LIMIT, OPTION_JSON};

const struct command command_runs = {
	.name = "runs",
	.arguments = "[JOB]",
	.summary = "list the runs in the store's ledger, newest first",
	.arguments_max = 1,
	.options = runs_options,
	.option_count = sizeof(runs_options) / sizeof(runs_options[0]),
	.run = runs,
};

const struct command command_changes = {
	.name = "changes",
	.arguments = "RUN",
	.summary = "list what a run changed, or what a dry or held one would have changed",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = change_options,
	.option_count = sizeof(change_options) / sizeof(change_options[0]),
	.run = changes,
};

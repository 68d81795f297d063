/* feedmill runs, show, changes: look at what happened. */
#include "cli/listing.h"
#include "cli/plan_file.h"

static int print_of_run(const struct invocation *invocation, enum store_list list, const char *plan_kind)
{
	struct setting setting;
	struct store *store;
	struct store_selection selection;
	struct error err = ERROR_INIT;
	FILE *plan = NULL;
	int status = listing_filters(invocation, list, &selection);

	if (status != EXIT_DONE)
		return status;
	status = listing_open(invocation, &setting, &store);
	if (status != EXIT_DONE)
		return status;
	if (store_run_find(store, invocation->arguments[0], &selection.run_id, &err) < 0)
		status = command_fail(invocation, &err);
	else if (plan_kind && (plan = plan_file_open(&setting, store, selection.run_id)) != NULL)
		status = plan_file_print(invocation, plan, &(struct plan_filter){.kind = plan_kind, .limit = selection.limit});
	else
		status = listing_print(invocation, store, &selection);
	if (plan)
		(void)fclose(plan); /* read only */
	listing_close(&setting, store);
	return status;
}

static int show(const struct invocation *invocation)
{
	return print_of_run(invocation, STORE_LIST_RUNS, NULL);
}

static int changes(const struct invocation *invocation)
{
	return print_of_run(invocation, STORE_LIST_CHANGES, "change");
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
static const enum option_id show_options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_JSON};
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

const struct command command_show = {
	.name = "show",
	.arguments = "RUN",
	.summary = "show one run with all its numbers",
	.details = "RUN is a number, or a job's name for its latest run; so it is for 'complaints' and 'changes'.",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = show_options,
	.option_count = sizeof(show_options) / sizeof(show_options[0]),
	.run = show,
};

const struct command command_changes = {
	.name = "changes",
	.arguments = "RUN",
	.summary = "list what a run changed, or a dry run would have changed",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = change_options,
	.option_count = sizeof(change_options) / sizeof(change_options[0]),
	.run = changes,
};

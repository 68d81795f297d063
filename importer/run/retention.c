/* What is kept of runs, by their job's figures. */
#include "run/retention.h"

#include "base/limits.h"
#include "run/run_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(KEEP_ALL == STORE_KEEP_ALL, "no limit is the same on both sides");

#define TIDY_WAIT_MS 1000 /* for each run that writes */

static struct store_limit limit_of(const struct keep_policy *policy, enum keep_kind kind)
{
	const struct keep_limit limit = keep_policy_limit(policy, kind);

	return (struct store_limit){.runs = limit.runs, .days = limit.days};
}

static struct store_retention retention_of(const char *job, const struct keep_policy *policy, int64_t now_ms)
{
	return (struct store_retention){
		.job = job,
		.spool = limit_of(policy, KEEP_SPOOL),
		.spool_max_bytes = policy->spool_max_bytes,
		.changes = limit_of(policy, KEEP_CHANGES),
		.complaints = limit_of(policy, KEEP_COMPLAINTS),
		.now_ms = now_ms,
	};
}

/* ---- The spool ---- */

static int keeps_feed(void *context, struct slice sha256, struct error *err)
{
	return store_keeps_feed(context, sha256, err);
}

static int keeps_plan(void *context, int64_t run_id, struct error *err)
{
	return store_keeps_plan(context, run_id, err);
}

static int tidy_spool(struct store *store, const char *folder, int64_t now_ms, struct spool_tally *ret_tally, struct error *err)
{
	const struct spool_keeper keeper = {
		.store_number = store_seed(store),
		.context = store,
		.keeps_feed = keeps_feed,
		.keeps_plan = keeps_plan,
	};

	return spool_tidy(folder, &keeper, now_ms, ret_tally, err);
}

/* ---- After a run ---- */

/* A run that adds more than is taken after each run must not let the store grow for ever. */
static int64_t rows_to_prune(const struct run_counts *counts)
{
	int64_t added = counts_complaints_total(counts);

	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		added += counts->stock[kind].created + counts->stock[kind].restored + counts->stock[kind].removed +
		         counts->kinds[kind].updated;
	return LIMIT_PRUNED_ROWS + 4 * added; /* an undo log may have several rows for an item */
}

/* Only a product that changes or goes leaves a category. */
static int64_t category_ids_to_prune(const struct run_counts *counts)
{
	const int64_t products = counts->kinds[ITEM_PRODUCT].updated + counts->stock[ITEM_PRODUCT].restored +
	                         counts->stock[ITEM_PRODUCT].removed;

	return products > 0 ? LIMIT_PRUNED_CATEGORY_IDS + 4 * products : 0;
}

static int watch_stop(void *context, bool is_waiting, struct error *err)
{
	(void)is_waiting;
	return run_check_stop(context, err);
}

void run_retain(struct run *run)
{
	const struct run_report *report = run->report;
	const int64_t now_ms = clock_now_ms(&run->request->clock);
	const struct store_retention retention = retention_of(run->request->job->name, &run->request->job->keep, now_ms);
	struct error ignored = ERROR_INIT;
	struct store_pruned pruned;
	struct spool_tally tally;

	run_release_feed(run);
	if (!run->has_ticket)
		return;
	/* Tidying up is no part of the run: it neither stands in line for long nor keeps a run that is to stop, and what fails now is
	 * done after the next one. */
	store_watch(run->store,
	            &(struct store_watch){
			    .context = run, .clock = run->request->clock, .check = watch_stop, .patience_ms = TIDY_WAIT_MS});
	if (report->outcome == RUN_APPLIED)
		(void)!store_log_prune(run->store, &retention, rows_to_prune(&report->counts), &pruned, &ignored);
	if (report->outcome == RUN_APPLIED && category_ids_to_prune(&report->counts) > 0)
		(void)!store_category_ids_prune(run->store, run->ticket.run_id, category_ids_to_prune(&report->counts), &ignored);
	if (report->was_fetched && store_spool_release(run->store, &retention, &ignored) == 0)
		(void)!tidy_spool(run->store, run->spool_folder, now_ms, &tally, &ignored);
	store_log_settle(run->store);
}

void run_release_feed(struct run *run)
{
	struct fetch_result *feed = &run->report->feed;

	if (feed->hold >= 0) {
		(void)close(feed->hold); /* was only read */
		feed->hold = -1;
	}
}

/* ---- On demand ---- */

struct names {
	char **names;
	size_t count;
	size_t capacity;
};

static int take_name(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct names *names = context;

	(void)count;
	if (names->count == names->capacity) {
		const size_t grown = names->capacity > 0 ? names->capacity * 2 : 64;
		char **moved = reallocarray(names->names, grown, sizeof(*moved));
		if (!moved)
			return error_set_memory(err);
		names->names = moved;
		names->capacity = grown;
	}
	char *name = strndup(values[0].text.data ? values[0].text.data : "", values[0].text.size);
	if (!name)
		return error_set_memory(err);
	names->names[names->count++] = name;
	return 0;
}

static void release_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
}

static int prune_job(struct store *store, const struct vacuum_request *request, const char *name, struct vacuum_report *report,
                     struct error *err)
{
	const struct job_config *job = config_job(request->config, slice_from(name));
	const struct store_retention retention = retention_of(name, job ? &job->keep : &request->config->keep,
	                                                      clock_now_ms(&request->clock));
	struct store_pruned pruned;

	if (store_log_prune(store, &retention, STORE_KEEP_ALL, &pruned, err) < 0)
		return -1;
	report->pruned.changes += pruned.changes;
	report->pruned.undo_rows += pruned.undo_rows;
	report->pruned.complaints += pruned.complaints;
	return store_spool_release(store, &retention, err);
}

static int prune_jobs(struct store *store, const struct vacuum_request *request, struct vacuum_report *report, struct error *err)
{
	struct names names = {.count = 0};
	int result = store_job_names(store, (struct store_row_sink){.context = &names, .row = take_name}, err);

	for (size_t i = 0; i < names.count && result == 0; i++)
		result = prune_job(store, request, names.names[i], report, err);
	report->jobs = (int64_t)names.count;
	release_names(&names);
	return result;
}

static int vacuum(struct store *store, const struct vacuum_request *request, struct vacuum_report *report, struct error *err)
{
	const int64_t now_ms = clock_now_ms(&request->clock);
	char host[256] = "";
	char folder[4096];
	int size = snprintf(folder, sizeof(folder), "%s/spool", request->state_folder);

	if (size < 0 || (size_t)size >= sizeof(folder))
		return error_set(err, ERROR_USAGE, "the path of the state folder is too long");
	(void)gethostname(host, sizeof(host) - 1); /* an unknown name is an empty one */
	if (store_check_idle(store, host, now_ms, err) < 0 || store_space_read(store, &report->before, err) < 0 ||
	    prune_jobs(store, request, report, err) < 0 || store_category_ids_prune(store, 0, STORE_KEEP_ALL, err) < 0 ||
	    tidy_spool(store, folder, now_ms, &report->spool, err) < 0 || store_space_release(store, err) < 0 ||
	    store_log_truncate(store, err) < 0)
		return -1;
	return store_space_read(store, &report->after, err);
}

int run_vacuum(const struct vacuum_request *request, struct vacuum_report *ret_report, struct error *err)
{
	struct store *store = NULL;

	*ret_report = (struct vacuum_report){.jobs = 0};
	if (store_open(request->store, STORE_WRITE, &store, err) < 0)
		return -1;
	const int result = vacuum(store, request, ret_report, err);
	store_close(store);
	return result;
}

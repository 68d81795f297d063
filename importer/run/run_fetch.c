/* A run's first half: what the job remembers, and the feed into the spool, or out of it. */
#include "run/run_steps.h"

#include "base/hash.h"
#include "connection/session.h"
#include "fetch/spool.h"
#include "fetch/spool_tidy.h"
#include "run/explain.h"
#include "run/past_run.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What, besides the bytes of a record, decides what it states. */
static void compute_seed(struct run *run)
{
	const struct run_request *request = run->request;
	uint64_t store_number = store_seed(run->store);
	struct hash128 sum = {0, 0};

	sum = hash_chain(sum, slice_make((const char *)&store_number, sizeof(store_number)));
	sum = hash_chain(sum, slice_from(request->version));
	sum = hash_chain(sum, slice_from(request->job->config_text));
	for (size_t i = 0; i < request->dialects->count; i++) {
		sum = hash_chain(sum, request->dialects->texts[i].name);
		sum = hash_chain(sum, request->dialects->texts[i].yaml);
	}
	hash_format(sum, run->seed);
}

static void compute_source_digest(struct run *run)
{
	struct hash128 sum = {0, 0};

	sum = hash_chain(sum, slice_from(run->request->job->source));
	if (run->request->connection) {
		sum = hash_chain(sum, slice_from(run->request->connection->name));
		sum = hash_chain(sum, slice_from(run->request->connection->revision));
	}
	hash_format(sum, run->source_digest);
}

void run_compute_digests(struct run *run)
{
	compute_seed(run);
	compute_source_digest(run);
}

static int fetch_progress(void *context, int64_t bytes, int64_t total)
{
	struct run *run = context;
	struct error ignored = ERROR_INIT;

	run_tell_progress(run, bytes, total, 0);
	(void)run_renew_lease(run, &ignored); /* a lost lease is found again before anything is applied */
	return run_check_stop(run, &ignored) < 0 ? (int)ignored.number : 0;
}

static bool has_spool_of(const struct run *run, const char *sha256)
{
	char path[4096];
	struct stat status;
	int size = snprintf(path, sizeof(path), "%s/%s.feed", run->spool_folder, sha256);

	return sha256[0] != '\0' && size > 0 && (size_t)size < sizeof(path) && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* May this run end early: would reading the last feed again plan nothing? */
static bool is_memory_good(const struct run *run)
{
	const struct job_memory *memory = &run->memory;

	return !run->request->is_full && memory->is_clean && strcmp(memory->seed, run->seed) == 0 &&
	       has_spool_of(run, memory->feed_sha256);
}

/* A feed is there to be read. */
static int note_fetched(struct run *run, struct error *err)
{
	struct json_writer json;

	run->report->was_fetched = true;
	run->spool_bytes = run->report->feed.bytes;
	if (run->report->was_not_modified)
		return 0;
	json_writer_init(&json, &run->fetched);
	past_run_append_fetched(&run->report->feed, run->source_digest, &json);
	run->fetched_json = buffer_text(&run->fetched);
	return run->fetched_json ? 0 : error_set_memory(err);
}

/* No other run shall let go of this feed's file meanwhile. */
static int claim(const struct run *run, struct error *err)
{
	return spool_claim(run->spool_folder, run->report->feed.sha256, store_seed(run->store), err);
}

/* The secrets are had for as long as the fetch lasts. */
static int fetch_as(const struct run *run, struct fetch_request *request, struct error *err)
{
	const struct connection *connection = run->request->connection;
	struct connection_session *session = NULL;

	if (connection && connection_open(connection, run->request->secrets, &session, err) < 0)
		return -1;
	request->connection = session;
	int outcome = fetch_source(request, &run->report->feed, err);
	connection_close(session);
	request->connection = NULL;
	return outcome;
}

int run_fetch(struct run *run, struct error *err)
{
	const struct job_config *job = run->request->job;
	bool send_validators = is_memory_good(run) && strcmp(run->memory.source_digest, run->source_digest) == 0;
	struct fetch_request request = {
		.source = job->source,
		.spool_folder = run->spool_folder,
		.etag = send_validators && run->memory.etag[0] ? run->memory.etag : NULL,
		.last_modified = send_validators && run->memory.last_modified[0] ? run->memory.last_modified : NULL,
		.cacert = job->cacert,
		.proxy = job->proxy,
		.allow_private = job->network == NETWORK_PRIVATE,
		.max_bytes = job->max_bytes,
		.connect_timeout_ms = job->connect_timeout_ms,
		.idle_timeout_ms = job->idle_timeout_ms,
		.timeout_ms = job->timeout_ms,
		.user_agent = run->request->version,
		.clock = run->request->clock,
		.progress = fetch_progress,
		.progress_context = run,
	};

	run_enter_stage(run, RUN_STAGE_FETCH);
	run->report->connection = run->request->connection;
	int outcome = fetch_as(run, &request, err);
	run->report->fetch_ms = run_steady_ms(run) - run->stage_started_ms;
	if (outcome < 0)
		return -1;
	run->report->was_not_modified = outcome == FETCH_NOT_MODIFIED;
	if (note_fetched(run, err) < 0)
		return -1;
	return outcome == FETCH_NOT_MODIFIED ? 0 : claim(run, err);
}

/* An approval is of one run, in one place. */
static int check_approval(const struct run *run, const struct past_run *past, struct error *err)
{
	const struct job_config *job = run->request->job;

	if (past_run_check_held(past, err) < 0)
		return -1;
	if (strcmp(past->catalog, job->catalog) == 0)
		return 0;
	return error_set(err, ERROR_REFUSED, "run %lld is held in the catalog '%s', but the job's catalog is '%s' now",
	                 (long long)past->run_id, past->catalog, job->catalog);
}

static int take_spooled(struct run *run, const struct past_run *past, struct error *err)
{
	struct run_report *report = run->report;
	struct fetch_result *feed = &report->feed;
	struct fetch_check check = {
		.path = feed->path,
		.sha256 = feed->sha256,
		.progress = fetch_progress,
		.progress_context = run,
	};

	if (run->request->approved_digest && check_approval(run, past, err) < 0)
		return -1;
	if (past_run_fetched(past, feed, run->source_digest, err) < 0)
		return -1;
	(void)snprintf(report->source, sizeof(report->source), "%s", past->source); /* cut like any other */
	if (!run_spool_path(run->request->state_folder, feed->sha256, feed->path, sizeof(feed->path)))
		return error_set(err, ERROR_USAGE, "the path of the state folder is too long");
	check.bytes = feed->bytes;
	run_enter_stage(run, RUN_STAGE_FETCH);
	feed->hold = spool_hold(feed->path); /* the check tells what is wrong with a feed that cannot be held */
	if (fetch_check_spooled(&check, err) < 0)
		return error_wrap(err, "the feed of run %lld", (long long)past->run_id);
	report->fetch_ms = run_steady_ms(run) - run->stage_started_ms;
	return note_fetched(run, err) < 0 ? -1 : claim(run, err);
}

int run_take_spooled(struct run *run, struct error *err)
{
	struct arena arena;
	struct past_run past;

	arena_init(&arena, PAST_RUN_BYTES_MAX);
	int result = past_run_read(run->store, run->request->parent_run_id, &arena, &past, err);
	if (result == 0)
		result = take_spooled(run, &past, err);
	arena_release(&arena);
	return result;
}

bool run_is_unchanged(const struct run *run)
{
	const struct run_report *report = run->report;

	return report->was_not_modified || (is_memory_good(run) && strcmp(report->feed.sha256, run->memory.feed_sha256) == 0);
}

/* A run's first half: what the job remembers, and the feed into the spool. */
#include "run/run_steps.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void digest_text(struct hash128 *sum, struct slice text)
{
	/* The running sum seeds the next text, so that order and borders count. */
	struct hash128 hash = hash_bytes(text, sum->low ^ (sum->high * UINT64_C(0x9E3779B97F4A7C15)) ^ text.size);

	*sum = hash;
}

/* What, besides the bytes of a record, decides what it states. */
static void compute_seed(struct run *run)
{
	const struct run_request *request = run->request;
	uint64_t store_number = store_seed(run->store);
	struct hash128 sum = {0, 0};

	digest_text(&sum, slice_make((const char *)&store_number, sizeof(store_number)));
	digest_text(&sum, slice_from(request->version));
	digest_text(&sum, slice_from(request->job->config_text));
	for (size_t i = 0; i < request->dialects->count; i++) {
		digest_text(&sum, request->dialects->texts[i].name);
		digest_text(&sum, request->dialects->texts[i].yaml);
	}
	hash_format(sum, run->seed);
}

static void compute_source_digest(struct run *run)
{
	struct hash128 sum = {0, 0};

	digest_text(&sum, slice_from(run->request->job->source));
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
	int outcome = fetch_source(&request, &run->report->feed, err);
	run->report->fetch_ms = run_steady_ms(run) - run->stage_started_ms;
	if (outcome < 0)
		return -1;
	run->report->was_fetched = true;
	run->report->was_not_modified = outcome == FETCH_NOT_MODIFIED;
	run->spool_bytes = run->report->feed.bytes;
	return 0;
}

bool run_is_unchanged(const struct run *run)
{
	const struct run_report *report = run->report;

	return report->was_not_modified || (is_memory_good(run) && strcmp(report->feed.sha256, run->memory.feed_sha256) == 0);
}

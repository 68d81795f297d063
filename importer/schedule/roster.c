/* From the configuration and the ledger to a planner. */
#include "schedule/roster.h"

#include "base/hash.h"
#include "base/zone.h"
#include "connection/url.h"
#include "store/due.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROSTER_BYTES_MAX ((size_t)1 << 30)

struct roster {
	struct arena arena;
	struct zones zones;
	struct planner *planner;
	struct roster_job *jobs; /* sorted by name; those that are gone stand behind them */
	size_t count;
	size_t sorted_count;
	struct roster_leader *leaders; /* sorted by name */
	size_t leader_count;
	int64_t grace_ms;
};

/* One job runs after another. */
struct link {
	const char *leader;
	uint32_t follower;
};

/* What is needed while one is made. */
struct making {
	struct roster *roster;
	const struct job_config **configs; /* by number */
	uint32_t *hosts;                   /* … of their sources */
	struct hash_table host_numbers;
	struct hash_table host_beginnings; /* URLs up to their paths, to the numbers of their hosts */
	struct store *store;
	struct due_reader *reader;
	struct due_state *states; /* by number, as the ledger had them when we looked */
	const struct roster *previous;
	int64_t now_ms;
};

/* ---- Hosts ---- */

/* Of a host as it is written in its usual form. */
static int number_name(struct making *making, const char *host, uint32_t *ret_host, struct error *err)
{
	uint32_t *number = hash_table_put(&making->host_numbers, hash_bytes(slice_from(host), 0), NULL);

	if (!number)
		return error_set_memory(err);
	if (*number == PLANNER_NO_HOST)
		*number = (uint32_t)making->host_numbers.count;
	*ret_host = *number;
	return 0;
}

/* 0 where the source has none: a file, or a URL that a run will refuse. */
static int number_host(struct making *making, const char *source, uint32_t *ret_host, struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct url url = {.handle = NULL};
	const char *separator = source ? strstr(source, "://") : NULL;

	*ret_host = PLANNER_NO_HOST;
	if (!separator)
		return 0;
	/* Of many jobs with one host most begin alike, and are parsed once for all. */
	const size_t size = (size_t)(separator - source) + 3 + strcspn(separator + 3, "/?#");
	uint32_t *known = hash_table_put(&making->host_beginnings, hash_bytes(slice_make(source, size), 0), NULL);
	if (!known)
		return error_set_memory(err);
	if (*known == PLANNER_NO_HOST && url_parse(source, &url, &ignored) == 0) {
		const int result = number_name(making, url.host, known, err);
		url_release(&url);
		if (result < 0)
			return -1;
	}
	*ret_host = *known;
	return 0;
}

/* ---- Jobs ---- */

static bool is_scheduled(const struct job_config *job)
{
	return job->schedule.expression || job->schedule.after_count > 0;
}

static int list_jobs(struct making *making, const struct config *config, struct error *err)
{
	struct roster *roster = making->roster;
	const size_t previous = making->previous ? making->previous->count : 0;

	roster->jobs = arena_alloc(&roster->arena, (config->job_count + previous + 1) * sizeof(*roster->jobs));
	making->configs = calloc(config->job_count + 1, sizeof(const struct job_config *));
	making->hosts = calloc(config->job_count + previous + 1, sizeof(*making->hosts));
	if (!roster->jobs || !making->configs || !making->hosts)
		return error_set_memory(err);
	for (size_t i = 0; i < config->job_count; i++) {
		const struct job_config *job = &config->jobs[i];
		struct roster_job *entry = &roster->jobs[roster->count];

		if (!is_scheduled(job))
			continue;
		*entry = (struct roster_job){
			.name = arena_text(&roster->arena, slice_from(job->name)),
			.attempts = job->schedule.retry_attempts,
			.run_timeout_ms = job->schedule.run_timeout_ms,
		};
		if (!entry->name)
			return error_set_memory(err);
		making->configs[roster->count] = job;
		if (number_host(making, job->source, &making->hosts[roster->count++], err) < 0)
			return -1;
	}
	roster->sorted_count = roster->count;
	return 0;
}

/* Runs of jobs that are configured no longer are seen to their end. */
static int list_gone(struct making *making, struct error *err)
{
	const struct roster *previous = making->previous;
	struct roster *roster = making->roster;
	uint32_t number;

	for (uint32_t i = 0; previous && i < previous->count; i++) {
		if (planner_running_ms(previous->planner, i) == 0 || roster_find(roster, previous->jobs[i].name, &number))
			continue;
		struct roster_job *entry = &roster->jobs[roster->count++];
		*entry = (struct roster_job){.name = arena_text(&roster->arena, slice_from(previous->jobs[i].name)),
		                             .attempts = 1,
		                             .run_timeout_ms = previous->jobs[i].run_timeout_ms,
		                             .is_gone = true};
		if (!entry->name)
			return error_set_memory(err);
	}
	return 0;
}

static int compare_links(const void *left, const void *right)
{
	const struct link *one = left;
	const struct link *other = right;
	const int order = strcmp(one->leader, other->leader);

	return order != 0 ? order : (one->follower > other->follower) - (one->follower < other->follower);
}

static size_t list_links(const struct making *making, struct link *links)
{
	size_t count = 0;

	for (uint32_t i = 0; i < making->roster->sorted_count; i++) {
		const struct job_config *config = making->configs[i];

		assert(config != NULL); /* list_jobs() has set as many */
		for (size_t k = 0; k < config->schedule.after_count; k++) {
			if (links)
				links[count] = (struct link){.leader = config->schedule.after[k], .follower = i};
			count++;
		}
	}
	return count;
}

/* `links` are sorted. */
static int group_links(struct roster *roster, const struct link *links, size_t count, struct error *err)
{
	uint32_t *followers = arena_alloc(&roster->arena, (count + 1) * sizeof(*followers));

	roster->leaders = arena_alloc(&roster->arena, (count + 1) * sizeof(*roster->leaders));
	if (!followers || !roster->leaders)
		return error_set_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare_links(&links[i - 1], &links[i]) == 0)
			continue; /* it is named twice */
		if (i == 0 || strcmp(links[i - 1].leader, links[i].leader) != 0) {
			struct roster_leader *leader = &roster->leaders[roster->leader_count++];

			leader->name = arena_text(&roster->arena, slice_from(links[i].leader));
			leader->followers = followers;
			if (!leader->name)
				return error_set_memory(err);
		}
		*followers++ = links[i].follower;
		roster->leaders[roster->leader_count - 1].follower_count++;
	}
	return 0;
}

static int link_followers(struct making *making, struct error *err)
{
	const size_t count = list_links(making, NULL);
	struct link *links = calloc(count + 1, sizeof(*links));

	if (!links)
		return error_set_memory(err);
	(void)list_links(making, links); /* as many */
	qsort(links, count, sizeof(*links), compare_links);
	const int result = count > 0 ? group_links(making->roster, links, count, err) : 0;
	free(links);
	return result;
}

/* ---- What the ledger knows ---- */

static int read_states(const struct making *making, struct error *err)
{
	const struct roster *roster = making->roster;
	int result = due_reader_begin(making->reader, err);

	if (result < 0)
		return -1;
	for (size_t i = 0; result == 0 && i < roster->sorted_count; i++)
		result = due_reader_read(making->reader, roster->jobs[i].name, roster->jobs[i].attempts, making->now_ms,
		                         &making->states[i], err);
	due_reader_end(making->reader);
	return result;
}

/* Jobs that the store does not know yet. */
static int enlist(const struct making *making, struct error *err)
{
	const struct roster *roster = making->roster;
	const char **names = calloc(roster->sorted_count + 1, sizeof(const char *));
	size_t count = 0;

	if (!names)
		return error_set_memory(err);
	for (size_t i = 0; i < roster->sorted_count; i++) {
		if (making->states[i].known_since_ms > 0)
			continue;
		names[count++] = roster->jobs[i].name;
		making->states[i].known_since_ms = making->now_ms;
	}
	const int result = store_due_enlist(making->store, names, count, making->now_ms, err);
	free(names);
	return result;
}

/* A run that was stopped, died or failed for a time is begun again, unless that is late and the job does not catch up. */
static bool is_again(const struct job_config *config, const struct due_state *state, int64_t now_ms)
{
	const int64_t ready_ms = state->not_before_ms > state->due_at_ms ? state->not_before_ms : state->due_at_ms;

	return (state->standing == DUE_AGAIN || state->standing == DUE_RUNNING) &&
	       (config->schedule.catch_up == CATCH_UP_ONCE || now_ms - ready_ms <= PLANNER_LATE_MS);
}

/* What the planner before knew, and the ledger does not. */
static void carry_over(const struct making *making, const char *name, struct planner_job *job)
{
	const struct roster *previous = making->previous;
	uint32_t number;

	if (!previous || !roster_find(previous, name, &number))
		return;
	const int64_t handled_ms = planner_handled_ms(previous->planner, number);
	const int64_t pending_ms = planner_pending_ms(previous->planner, number);
	if (handled_ms > job->handled_at_ms)
		job->handled_at_ms = handled_ms;
	job->running_due_at_ms = planner_running_ms(previous->planner, number);
	if (job->running_due_at_ms > 0 || pending_ms > job->again_due_at_ms)
		job->again_due_at_ms = pending_ms;
}

static int read_success(struct making *making, const struct job_config *config, int64_t *ret_at_ms, struct error *err)
{
	*ret_at_ms = 0;
	for (size_t k = 0; k < config->schedule.after_count; k++) {
		struct due_state state = {.standing = DUE_NEVER};

		if (due_reader_read(making->reader, config->schedule.after[k], 1, making->now_ms, &state, err) < 0)
			return -1;
		if (state.succeeded_at_ms > *ret_at_ms)
			*ret_at_ms = state.succeeded_at_ms;
	}
	return 0;
}

static int add_job(struct making *making, uint32_t number, struct error *err)
{
	struct roster *roster = making->roster;
	const struct job_config *config = making->configs[number];
	struct planner_job job = {
		.host = making->hosts[number], .catch_up = config->schedule.catch_up, .overlap = config->schedule.overlap};
	const struct schedule_rule rule = schedule_rule_of(config);
	const struct due_state *state = &making->states[number];
	int64_t success_ms = 0;

	if (config->schedule.expression && schedule_compile(&roster->arena, &roster->zones, &rule, &job.schedule, err) < 0)
		return error_wrap(err, "the schedule of job '%s'", config->name);
	if (read_success(making, config, &success_ms, err) < 0)
		return -1;
	job.handled_at_ms = state->standing == DUE_NEVER ? state->known_since_ms : state->due_at_ms;
	job.not_before_ms = state->not_before_ms;
	if (is_again(config, state, making->now_ms))
		job.again_due_at_ms = state->due_at_ms;
	carry_over(making, config->name, &job);
	planner_add(roster->planner, &job, making->now_ms);
	if (success_ms > job.handled_at_ms &&
	    (config->schedule.catch_up == CATCH_UP_ONCE || making->now_ms - success_ms <= PLANNER_LATE_MS))
		planner_trigger(roster->planner, number, success_ms, making->now_ms);
	return 0;
}

static int add_jobs(struct making *making, const struct daemon_config *daemon, struct error *err)
{
	struct roster *roster = making->roster;
	const struct planner_limits limits = {
		.jobs = roster->count,
		.hosts = making->host_numbers.count + 1,
		.concurrency = daemon->concurrency,
		.per_host = daemon->per_host,
	};

	if (planner_new(&limits, &roster->planner, err) < 0)
		return -1;
	for (uint32_t i = 0; i < roster->sorted_count; i++) {
		if (add_job(making, i, err) < 0)
			return -1;
	}
	for (size_t i = roster->sorted_count; i < roster->count; i++) {
		struct planner_job job = {.host = PLANNER_NO_HOST};

		carry_over(making, roster->jobs[i].name, &job);
		planner_add(roster->planner, &job, making->now_ms);
	}
	return 0;
}

static int make(struct making *making, const struct config *config, struct error *err)
{
	if (list_jobs(making, config, err) < 0 || list_gone(making, err) < 0 || link_followers(making, err) < 0)
		return -1;
	making->states = calloc(making->roster->sorted_count + 1, sizeof(*making->states));
	if (!making->states)
		return error_set_memory(err);
	int result = due_reader_open(making->store, &making->reader, err);
	if (result == 0) {
		result = read_states(making, err) < 0 || enlist(making, err) < 0 ? -1 : add_jobs(making, &config->daemon, err);
		due_reader_close(making->reader);
	}
	free(making->states);
	return result;
}

int roster_new(const struct config *config, struct store *store, const struct roster *previous, int64_t now_ms,
               struct roster **ret_roster, struct error *err)
{
	struct roster *roster = calloc(1, sizeof(*roster));
	struct making making = {.roster = roster, .store = store, .previous = previous, .now_ms = now_ms};

	if (!roster)
		return error_set_memory(err);
	arena_init(&roster->arena, ROSTER_BYTES_MAX);
	zones_init(&roster->zones, NULL);
	hash_table_init(&making.host_numbers);
	hash_table_init(&making.host_beginnings);
	roster->grace_ms = config->daemon.grace_ms;
	const int result = make(&making, config, err);
	hash_table_release(&making.host_numbers);
	hash_table_release(&making.host_beginnings);
	free(making.configs);
	free(making.hosts);
	if (result < 0)
		roster_free(roster);
	else
		*ret_roster = roster;
	return result;
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	planner_free(roster->planner);
	zones_release(&roster->zones);
	arena_release(&roster->arena);
	free(roster);
}

/* ---- Looking ---- */

struct planner *roster_planner(const struct roster *roster)
{
	return roster->planner;
}

int64_t roster_grace_ms(const struct roster *roster)
{
	return roster->grace_ms;
}

size_t roster_count(const struct roster *roster)
{
	return roster->sorted_count;
}

const struct roster_job *roster_job(const struct roster *roster, uint32_t number)
{
	return &roster->jobs[number];
}

bool roster_find(const struct roster *roster, const char *name, uint32_t *ret_number)
{
	size_t low = 0;
	size_t high = roster->sorted_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = strcmp(name, roster->jobs[middle].name);

		if (order == 0) {
			*ret_number = (uint32_t)middle;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	for (size_t i = roster->sorted_count; i < roster->count; i++) {
		if (strcmp(name, roster->jobs[i].name) == 0) {
			*ret_number = (uint32_t)i;
			return true;
		}
	}
	return false;
}

const struct roster_leader *roster_leaders(const struct roster *roster, size_t *ret_count)
{
	*ret_count = roster->leader_count;
	return roster->leaders;
}

static int compare_leader(const void *name, const void *leader)
{
	return strcmp(name, ((const struct roster_leader *)leader)->name);
}

const struct roster_leader *roster_leader(const struct roster *roster, const char *name)
{
	if (roster->leader_count == 0)
		return NULL;
	return bsearch(name, roster->leaders, roster->leader_count, sizeof(*roster->leaders), compare_leader);
}

/*
 * Leases with fencing tokens. A lease is free when it was given back, when
 * its holder was a process of this host that is gone, or when it was another
 * host's and has expired.
 */
#include "store/sqlite/lease.h"

#include "base/instant.h"
#include "base/limits.h"
#include "base/process.h"
#include "store/retention.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- Processes ---- */

static bool process_is_alive(void *context, int64_t pid, int64_t process_start)
{
	struct process_status process = {.state = '?'};

	(void)context;
	if (pid <= 0 || pid > INT32_MAX)
		return false;
	if (kill((pid_t)pid, 0) < 0 && errno == ESRCH)
		return false;
	if (!process_read_status(pid, &process))
		return true;
	if (process.state == 'Z' || process.state == 'X')
		return false;
	return process_start == 0 || process.start_time == process_start;
}

struct lease_world lease_world_system(void)
{
	return (struct lease_world){.is_alive = process_is_alive};
}

/* ---- Claiming ---- */

struct holder {
	int64_t run_id;
	int64_t pid;
	int64_t process_start;
	int64_t expires_at_ms;
	char host[256];
};

static bool is_gone(const struct holder *holder, const struct run_start *start, struct lease_world world)
{
	/* What lives here needs no clock, which may jump. An unknown host may be any. */
	if (holder->host[0] != '\0' && strcmp(holder->host, start->host) == 0)
		return !world.is_alive(world.context, holder->pid, holder->process_start);
	return holder->expires_at_ms <= start->now_ms;
}

static int refuse(const struct holder *holder, const struct run_start *start, struct error *err)
{
	char until[INSTANT_TEXT_SIZE];

	instant_format(holder->expires_at_ms, until);
	return error_set(err, ERROR_LEASE,
	                 "job '%s' is being run already: run %" PRId64 ", process %" PRId64
	                 " on host '%s', its lease lasts until %s",
	                 start->job, holder->run_id, holder->pid, holder->host, until);
}

static int interrupt(struct store *store, int64_t run_id, int64_t now_ms, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(store,
	                   "UPDATE run SET outcome = 'interrupted', finished_at_ms = ?2 WHERE run_id = ?1 AND outcome = 'running'",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, run_id);
	(void)sqlite3_bind_int64(statement, 2, now_ms);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

static void read_holder(sqlite3_stmt *statement, struct holder *ret_holder)
{
	const struct slice host = sqlite_column_slice(statement, 2);

	*ret_holder = (struct holder){
		.run_id = sqlite3_column_int64(statement, 1),
		.pid = sqlite3_column_int64(statement, 3),
		.process_start = sqlite3_column_int64(statement, 4),
		.expires_at_ms = sqlite3_column_int64(statement, 5),
	};
	if (host.size > 0 && host.size < sizeof(ret_holder->host))
		memcpy(ret_holder->host, host.data, host.size);
}

int lease_claim(struct store *store, const struct run_start *start, int64_t job_key, struct lease_world world, int64_t *ret_token,
                struct error *err)
{
	struct holder holder = {.run_id = 0};
	bool is_held = false;
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, "SELECT token, run_id, host, pid, process_start, expires_at_ms FROM job_lease WHERE job_key = ?1",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, job_key);
	step = sqlite_step_row(store, statement, err);
	*ret_token = 1;
	if (step == 1) {
		*ret_token = sqlite3_column_int64(statement, 0) + 1;
		is_held = sqlite3_column_type(statement, 1) != SQLITE_NULL;
		read_holder(statement, &holder);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	if (step < 0)
		return -1;
	if (!is_held)
		return 0;
	return is_gone(&holder, start, world) ? interrupt(store, holder.run_id, start->now_ms, err) : refuse(&holder, start, err);
}

int lease_take(struct store *store, const struct run_start *start, const struct run_ticket *ticket, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(store,
	                   "INSERT OR REPLACE INTO job_lease (job_key, token, run_id, host, pid, process_start, expires_at_ms)"
	                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, ticket->job_key);
	(void)sqlite3_bind_int64(statement, 2, ticket->lease_token);
	(void)sqlite3_bind_int64(statement, 3, ticket->run_id);
	sqlite_bind_text(statement, 4, start->host);
	(void)sqlite3_bind_int64(statement, 5, start->pid);
	(void)sqlite3_bind_int64(statement, 6, start->process_start);
	(void)sqlite3_bind_int64(statement, 7, start->now_ms + LIMIT_LEASE_MS);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

/* ---- Healing ---- */

struct held_lease {
	int64_t job_key;
	int64_t token;
	struct holder holder;
};

/* The first held lease behind `job_key`: 1, 0 = there is none. */
static int next_held(struct store *store, int64_t job_key, struct held_lease *ret_lease, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store,
	                   "SELECT token, run_id, host, pid, process_start, expires_at_ms, job_key FROM job_lease"
	                   " WHERE run_id IS NOT NULL AND job_key > ?1 ORDER BY job_key LIMIT 1",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, job_key);
	step = sqlite_step_row(store, statement, err);
	if (step == 1) {
		ret_lease->token = sqlite3_column_int64(statement, 0);
		read_holder(statement, &ret_lease->holder);
		ret_lease->job_key = sqlite3_column_int64(statement, 6);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

int lease_heal(struct store *store, const struct run_start *start, struct lease_world world, struct error *err)
{
	struct held_lease lease = {.job_key = INT64_MIN};
	int step;

	while ((step = next_held(store, lease.job_key, &lease, err)) == 1) {
		const struct run_ticket ticket = {
			.run_id = lease.holder.run_id, .job_key = lease.job_key, .lease_token = lease.token};

		/* Another host's is its own job's affair. */
		if (strcmp(lease.holder.host, start->host) != 0 || !is_gone(&lease.holder, start, world))
			continue;
		if (interrupt(store, lease.holder.run_id, start->now_ms, err) < 0 || lease_release(store, &ticket, err) < 0)
			return -1;
	}
	return step < 0 ? -1 : 0;
}

void lease_bound(struct store *store, const struct run_start *start)
{
	struct error ignored = ERROR_INIT;
	sqlite3_stmt *statement;

	if (sqlite_prepare(store,
	                   "UPDATE job_lease SET expires_at_ms = ?2 WHERE run_id IS NOT NULL AND expires_at_ms > ?2"
	                   " AND job_key = (SELECT job_key FROM job_name WHERE job = ?1)",
	                   &statement, &ignored) < 0)
		return;
	sqlite_bind_text(statement, 1, start->job);
	(void)sqlite3_bind_int64(statement, 2, start->now_ms + LIMIT_LEASE_MS);
	(void)!sqlite_step_done(store, statement, &ignored); /* the next one who is refused tries again */
	(void)sqlite3_finalize(statement);                   /* its failure is that of the step */
}

/* ---- Holding ---- */

/* Runs `sql` with the ticket's job, token and run as ?1 to ?3 and an instant as ?4; 1 = it met the lease, 0 = that is not the ticket's. */
static int with_lease(struct store *store, const char *sql, const struct run_ticket *ticket, int64_t instant_ms, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, ticket->job_key);
	(void)sqlite3_bind_int64(statement, 2, ticket->lease_token);
	(void)sqlite3_bind_int64(statement, 3, ticket->run_id);
	(void)sqlite3_bind_int64(statement, 4, instant_ms); /* refused where there is no ?4 */
	step = sqlite_step_row(store, statement, err);
	if (step == 0 && !sqlite3_stmt_readonly(statement))
		step = sqlite3_changes(store->database) > 0 ? 1 : 0;
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

static int lost(const struct run_ticket *ticket, struct error *err)
{
	return error_set(err, ERROR_LEASE, "run %" PRId64 " has lost its lease: another run of the job has begun since",
	                 ticket->run_id);
}

int lease_check(struct store *store, const struct run_ticket *ticket, struct error *err)
{
	const int met = with_lease(store, "SELECT 1 FROM job_lease WHERE job_key = ?1 AND token = ?2 AND run_id = ?3", ticket, 0,
	                           err);

	return met == 0 ? lost(ticket, err) : met < 0 ? -1 : 0;
}

int lease_release(struct store *store, const struct run_ticket *ticket, struct error *err)
{
	return with_lease(store,
	                  "UPDATE job_lease SET run_id = NULL, host = NULL, pid = NULL, process_start = NULL, expires_at_ms = NULL"
	                  " WHERE job_key = ?1 AND token = ?2 AND run_id = ?3",
	                  ticket, 0, err) < 0
	               ? -1
	               : 0;
}

int store_run_renew(struct store *store, const struct run_ticket *ticket, int64_t now_ms, struct error *err)
{
	if (sqlite3_busy_handler(store->database, NULL, NULL) != SQLITE_OK)
		return sqlite_error(store, err, "cannot renew a lease");
	const int met = with_lease(store,
	                           "UPDATE job_lease SET expires_at_ms = ?4 WHERE job_key = ?1 AND token = ?2 AND run_id = ?3",
	                           ticket, now_ms + LIMIT_LEASE_MS, err);

	(void)sqlite3_busy_handler(store->database, sqlite_wait, store); /* cannot fail where it just did not */
	if (met < 0 && err->code == ERROR_STORE_BUSY) {
		error_clear(err);
		return 1;
	}
	return met == 0 ? lost(ticket, err) : met < 0 ? -1 : 0;
}

/* ---- Is anybody at work? ---- */

int lease_check_idle(struct store *store, const struct run_start *observer, struct lease_world world, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store,
	                   "SELECT l.token, l.run_id, l.host, l.pid, l.process_start, l.expires_at_ms, j.job FROM job_lease l"
	                   " JOIN job_name j ON j.job_key = l.job_key WHERE l.run_id IS NOT NULL ORDER BY l.run_id",
	                   &statement, err) < 0)
		return -1;
	while ((step = sqlite_step_row(store, statement, err)) == 1) {
		struct run_start start = *observer;
		struct holder holder;
		char job[256];

		read_holder(statement, &holder);
		if (is_gone(&holder, observer, world))
			continue;
		(void)snprintf(job, sizeof(job), "%s", (const char *)sqlite3_column_text(statement, 6));
		start.job = job;
		step = refuse(&holder, &start, err);
		break;
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

int store_check_idle(struct store *store, const char *host, int64_t now_ms, struct error *err)
{
	const struct run_start observer = {.host = host, .now_ms = now_ms};

	return lease_check_idle(store, &observer, lease_world_system(), err);
}

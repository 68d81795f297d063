/* Hooks that fail, and those that are left alone for a time; see store/hook_state.h. */
#include "store/hook_state.h"

#include "base/limits.h"
#include "store/sqlite/sqlite_store.h"

#define COLUMNS "hook, failing_at_ms, failures, coalesce(waits_until_ms, 0), error"

/* A wait that reaches further than any was written by a clock ahead of ours. */
static bool is_waiting(int64_t waits_until_ms, int64_t now_ms)
{
	return waits_until_ms > now_ms && waits_until_ms - LIMIT_HOOK_WAIT_MAX_MS <= now_ms;
}

/* ---- Reading ---- */

static int read_state(sqlite3_stmt *statement, struct arena *arena, struct store_hook_state *ret_state, struct error *err)
{
	*ret_state = (struct store_hook_state){
		.hook = sqlite3_column_int64(statement, 0),
		.failing_at_ms = sqlite3_column_int64(statement, 1),
		.failures = sqlite3_column_int64(statement, 2),
		.waits_until_ms = sqlite3_column_int64(statement, 3),
		.error = arena_text(arena, sqlite_column_slice(statement, 4)),
	};
	return ret_state->error == NULL ? error_set_memory(err) : 0;
}

int store_hooks_list(struct store *store, struct arena *arena, const struct store_hook_state **ret_hooks, size_t *ret_count,
                     struct error *err)
{
	struct store_hook_state *hooks = arena_alloc(arena, STORE_HOOKS_MAX * sizeof(*hooks));
	sqlite3_stmt *statement;
	size_t count = 0;
	int step;

	if (hooks == NULL)
		return error_set_memory(err);
	if (sqlite_prepare(store, "SELECT " COLUMNS " FROM hook_state ORDER BY failed_at_ms DESC, hook LIMIT ?1", &statement, err) <
	    0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, STORE_HOOKS_MAX);
	while (count < STORE_HOOKS_MAX && (step = sqlite_step_row(store, statement, err)) == 1 &&
	       (step = read_state(statement, arena, &hooks[count], err)) == 0)
		count++;
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	*ret_hooks = hooks;
	*ret_count = count;
	return step < 0 ? -1 : 0;
}

int store_hook_find(struct store *store, int64_t hook, int64_t now_ms, struct arena *arena, struct store_hook_state *ret_state,
                    struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store, "SELECT " COLUMNS " FROM hook_state WHERE hook = ?1", &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, hook);
	int result = sqlite_step_row(store, statement, err);
	if (result == 1 && read_state(statement, arena, ret_state, err) < 0)
		result = -1;
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	if (result == 1 && !is_waiting(ret_state->waits_until_ms, now_ms))
		ret_state->waits_until_ms = 0;
	return result;
}

/* Two figures of its row: 1, 0 = it has none. */
static int read_figures(struct store *store, int64_t hook, int64_t *ret_hangs, int64_t *ret_waits_until_ms, struct error *err)
{
	sqlite3_stmt *statement;

	*ret_hangs = 0;
	*ret_waits_until_ms = 0;
	if (sqlite_prepare(store, "SELECT hangs, coalesce(waits_until_ms, 0) FROM hook_state WHERE hook = ?1", &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, hook);
	const int result = sqlite_step_row(store, statement, err);
	if (result == 1) {
		*ret_hangs = sqlite3_column_int64(statement, 0);
		*ret_waits_until_ms = sqlite3_column_int64(statement, 1);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

/* ---- Calling ---- */

struct claim {
	int64_t hook;
	int64_t now_ms;
	int64_t until_ms;
};

/* Inside the transaction: another process may have claimed it since it was looked. */
static int claim_hook(struct store *store, void *context, struct error *err)
{
	const struct claim *claim = context;
	int64_t hangs, waits_until_ms;
	sqlite3_stmt *statement;
	const int found = read_figures(store, claim->hook, &hangs, &waits_until_ms, err);

	if (found < 0)
		return -1;
	if (is_waiting(waits_until_ms, claim->now_ms))
		return 0;
	if (sqlite_prepare(store, "UPDATE hook_state SET waits_until_ms = ?2 WHERE hook = ?1", &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, claim->hook);
	(void)sqlite3_bind_int64(statement, 2, claim->until_ms);
	return sqlite_finish_change(store, statement, err) < 0 ? -1 : 1;
}

int store_hook_claim(struct store *store, int64_t hook, int64_t now_ms, int64_t calling_ms, struct error *err)
{
	struct claim claim = {.hook = hook, .now_ms = now_ms, .until_ms = now_ms + calling_ms};
	int64_t hangs, waits_until_ms;
	const int found = read_figures(store, hook, &hangs, &waits_until_ms, err);

	if (found < 0)
		return -1;
	if (is_waiting(waits_until_ms, now_ms))
		return 0;
	if (hangs == 0)
		return 1;
	return sqlite_write_work(store, (struct sqlite_work){.context = &claim, .act = claim_hook}, err);
}

/* ---- What came of it ---- */

static int64_t wait_ms(int64_t hangs)
{
	int64_t wait = LIMIT_HOOK_WAIT_MS;

	while (--hangs > 0 && wait < LIMIT_HOOK_WAIT_MAX_MS)
		wait *= 2;
	return wait < LIMIT_HOOK_WAIT_MAX_MS ? wait : LIMIT_HOOK_WAIT_MAX_MS;
}

static int forget_hook(struct store *store, int64_t hook, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store, "DELETE FROM hook_state WHERE hook = ?1", &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, hook);
	return sqlite_finish_change(store, statement, err) < 0 ? -1 : 0;
}

/* Those that nobody has called for the longest time are of configurations that are gone. */
static int keep_few(struct store *store, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store,
	                   "DELETE FROM hook_state WHERE hook IN"
	                   " (SELECT hook FROM hook_state ORDER BY failed_at_ms DESC, hook LIMIT -1 OFFSET ?1)",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, STORE_HOOKS_MAX);
	return sqlite_finish_change(store, statement, err) < 0 ? -1 : 0;
}

static int note_failure(struct store *store, const struct store_hook_call *call, int64_t hangs, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store,
	                   "INSERT INTO hook_state (hook, failing_at_ms, failures, hangs, failed_at_ms, waits_until_ms, error)"
	                   " VALUES (?1, ?2, 1, ?3, ?2, ?4, ?5) ON CONFLICT DO UPDATE SET failures = failures + 1,"
	                   " hangs = ?3, failed_at_ms = ?2, waits_until_ms = ?4, error = ?5",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, call->hook);
	(void)sqlite3_bind_int64(statement, 2, call->now_ms);
	(void)sqlite3_bind_int64(statement, 3, hangs);
	if (hangs > 0)
		(void)sqlite3_bind_int64(statement, 4, call->now_ms + wait_ms(hangs));
	sqlite_bind_text(statement, 5, call->error);
	return sqlite_finish_change(store, statement, err) < 0 ? -1 : keep_few(store, err);
}

static int finish_call(struct store *store, void *context, struct error *err)
{
	const struct store_hook_call *call = context;
	int64_t hangs, waits_until_ms;

	if (call->outcome == STORE_HOOK_WORKED)
		return forget_hook(store, call->hook, err);
	if (read_figures(store, call->hook, &hangs, &waits_until_ms, err) < 0)
		return -1;
	return note_failure(store, call, call->outcome == STORE_HOOK_HUNG ? hangs + 1 : 0, err);
}

int store_hook_finish(struct store *store, const struct store_hook_call *call, struct error *err)
{
	struct store_hook_call copy = *call;

	/* Most work, and have never failed: nothing is written for those. */
	if (call->outcome == STORE_HOOK_WORKED) {
		int64_t hangs, waits_until_ms;
		const int found = read_figures(store, call->hook, &hangs, &waits_until_ms, err);

		if (found <= 0)
			return found;
	}
	return sqlite_write_work(store, (struct sqlite_work){.context = &copy, .act = finish_call}, err);
}

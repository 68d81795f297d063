/*
 * What the store knows of hooks that fail: since when, and until when nobody
 * calls one that does not end, because each call of it holds up a run for as
 * long as a hook may take. A hook that works is not in the store.
 *
 * Errors of every function: as in store.h. Those that write wait for the
 * store's lock as a run does; no transaction of the store is open.
 */
#pragma once

#include "base/arena.h"
#include "store/store.h"

struct store_hook_state {
	int64_t hook;           /* the caller's number for it */
	int64_t failing_at_ms;  /* the first of the calls in a row that failed */
	int64_t failures;       /* how many those are */
	int64_t waits_until_ms; /* it is called again from then on; 0 = by whoever comes next */
	const char *error;      /* of the last call */
};

/* Hooks of which the store keeps the state; of more, those that failed last. */
#define STORE_HOOKS_MAX 1000

/* Those that fail, the last to fail first; they live in the arena. Reads only. */
must_use int store_hooks_list(struct store *store, struct arena *arena, const struct store_hook_state **ret_hooks,
                              size_t *ret_count, struct error *err);

/* The state of `hook` at `now_ms`, with its text in the arena: 1, or 0 where it does not fail. Reads only. */
must_use int store_hook_find(struct store *store, int64_t hook, int64_t now_ms, struct arena *arena,
                             struct store_hook_state *ret_state, struct error *err);

/*
 * May it be called at `now_ms`? 1, and where its last call did not end, nobody else may until `now_ms` + `calling_ms`;
 * 0 where it is to be left alone.
 */
must_use int store_hook_claim(struct store *store, int64_t hook, int64_t now_ms, int64_t calling_ms, struct error *err);

enum store_hook_outcome { STORE_HOOK_WORKED, STORE_HOOK_FAILED, STORE_HOOK_HUNG };

struct store_hook_call {
	int64_t hook;
	enum store_hook_outcome outcome;
	const char *error; /* which hook, and what; NULL with STORE_HOOK_WORKED */
	int64_t now_ms;    /* when it had ended */
};

/* What came of a call. One that worked ends its trouble; after one that hung it is left alone as limits.h has it. */
must_use int store_hook_finish(struct store *store, const struct store_hook_call *call, struct error *err);

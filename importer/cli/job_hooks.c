/* Finding the hooks that fail among those of jobs. */
#include "cli/job_hooks.h"

#include "base/instant.h"
#include "notify/hook.h"

#define ARENA_BYTES_MAX ((size_t)16 * 1024 * 1024)

int job_hooks_read(struct job_hooks *hooks, struct store *store, struct error *err)
{
	*hooks = (struct job_hooks){.count = 0};
	arena_init(&hooks->arena, ARENA_BYTES_MAX);
	if (!store)
		return 0;
	if (store_hooks_list(store, &hooks->arena, &hooks->states, &hooks->count, err) < 0)
		return -1;
	hooks->is_listed = arena_alloc(&hooks->arena, (hooks->count + 1) * sizeof(*hooks->is_listed));
	if (!hooks->is_listed)
		return error_set_memory(err);
	for (size_t i = 0; i < hooks->count; i++)
		hooks->is_listed[i] = false;
	return 0;
}

void job_hooks_release(struct job_hooks *hooks)
{
	arena_release(&hooks->arena);
}

const struct store_hook_state *job_hooks_list(struct job_hooks *hooks, const struct job_config *job)
{
	if (hooks->count == 0 || !job || job->schedule.on_failure_count == 0)
		return NULL;
	const int64_t number = hook_number(job->schedule.on_failure, job->schedule.on_failure_count);
	for (size_t i = 0; i < hooks->count; i++) {
		if (hooks->states[i].hook != number)
			continue;
		hooks->is_listed[i] = true;
		return &hooks->states[i];
	}
	return NULL;
}

void job_hooks_warn(const struct job_hooks *hooks, int64_t now_ms, FILE *errors)
{
	char since[INSTANT_TEXT_SIZE], until[INSTANT_TEXT_SIZE];
	struct error line = ERROR_INIT; /* it makes texts printable */

	for (size_t i = 0; i < hooks->count; i++) {
		const struct store_hook_state *state = &hooks->states[i];

		if (!hooks->is_listed[i])
			continue;
		instant_format(state->failing_at_ms, since);
		instant_format(state->waits_until_ms, until);
		(void)error_set(&line, ERROR_NONE, "a hook has failed since %s, %lld times%s%s: %s", since,
		                (long long)state->failures, state->waits_until_ms > now_ms ? ", and is left alone until " : "",
		                state->waits_until_ms > now_ms ? until : "", state->error);
		fprintf(errors, "feedmill: warning: %s\n", line.message);
	}
}

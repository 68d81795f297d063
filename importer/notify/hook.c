/* Running a hook: arguments and environment are put together here, the rest is base/program.h's. */
#include "notify/hook.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/program.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES_MAX ((size_t)1024 * 1024)

static const char *const kept[] = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"};

#define KEPT_COUNT (sizeof(kept) / sizeof(kept[0]))

/* 'NAME=value' of what is kept and set; NULL without memory. */
static const char *const *make_environment(struct arena *arena)
{
	const char **environment = arena_alloc(arena, (KEPT_COUNT + 1) * sizeof(*environment));
	size_t count = 0;

	if (environment == NULL)
		return NULL;
	for (size_t i = 0; i < KEPT_COUNT; i++) {
		const char *value = getenv(kept[i]);
		if (value == NULL)
			continue;
		const size_t name_size = strlen(kept[i]);
		const size_t value_size = strlen(value);
		char *entry = arena_alloc(arena, name_size + value_size + 2);
		if (entry == NULL)
			return NULL;
		memcpy(entry, kept[i], name_size);
		entry[name_size] = '=';
		memcpy(entry + name_size + 1, value, value_size + 1);
		environment[count++] = entry;
	}
	environment[count] = NULL;
	return environment;
}

/* A list that ends in NULL; NULL without memory. */
static const char *const *make_arguments(const struct hook *hook, struct arena *arena)
{
	const char **arguments = arena_alloc(arena, (hook->argument_count + 1) * sizeof(*arguments));

	if (arguments == NULL)
		return NULL;
	for (size_t i = 0; i < hook->argument_count; i++)
		arguments[i] = hook->arguments[i];
	arguments[hook->argument_count] = NULL;
	return arguments;
}

static int run(const struct hook *hook, struct arena *arena, struct error *err)
{
	const struct program program = {
		.arguments = make_arguments(hook, arena),
		.environment = make_environment(arena),
		.input = hook->input,
		.keeps_errors = true,
		.timeout_ms = hook->timeout_ms > 0 ? hook->timeout_ms : LIMIT_HOOK_MS,
		.clock = hook->clock,
		.stop_signal = hook->stop_signal,
	};
	struct program_end end;

	if (program.arguments == NULL || program.environment == NULL)
		return error_set_memory(err);
	return program_run(&program, &end, err) < 0 ? -1 : program_check_status(end.status, err);
}

int64_t hook_number(const char *const *arguments, size_t count)
{
	struct hash128 sum = {.low = 0};

	for (size_t i = 0; i < count; i++)
		sum = hash_chain(sum, slice_from(arguments[i]));
	return (int64_t)sum.low;
}

int hook_run(const struct hook *hook, struct error *err)
{
	struct arena arena;

	arena_init(&arena, ARENA_BYTES_MAX);
	int result = run(hook, &arena, err);
	if (result < 0 && err->code != ERROR_MEMORY)
		result = error_wrap(err, "the hook '%s'", hook->arguments[0]);
	arena_release(&arena);
	return result;
}

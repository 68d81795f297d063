/* The order in which the cage closes, and what of it takes only a line or two. */
#include "cage/cage.h"

#include "cage/parts.h"
#include "cage/tools.h"

#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *const part_names[] = {
	[CAGE_PARENT] = "death with the parent",
	[CAGE_PRIVILEGES] = "no_new_privs",
	[CAGE_DUMP] = "no dumping",
	[CAGE_DESCRIPTORS] = "closed descriptors",
	[CAGE_FILES] = "Landlock",
	[CAGE_LIMITS] = "resource limits",
	[CAGE_CALLS] = "seccomp",
};

/* It was asked for before this program began, and lasts; that nobody took it back is seen here. */
static bool follows_parent(void)
{
	int number = 0;

	return prctl(PR_GET_PDEATHSIG, &number) == 0 && number == SIGKILL;
}

static bool close_between(int after, int before)
{
	return before - after < 2 || close_range((unsigned)after + 1, (unsigned)before - 1, 0) == 0;
}

/* Tools tell on standard error what they found. */
static bool close_descriptors(const struct cage_options *options)
{
	const int low = options->input_fd < options->output_fd ? options->input_fd : options->output_fd;
	const int high = options->input_fd < options->output_fd ? options->output_fd : options->input_fd;
	const int kept[] = {CAGE_HAS_TOOLS ? STDERR_FILENO : low, low, high};
	int last = -1;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (!close_between(last, kept[i]))
			return false;
		last = kept[i];
	}
	return close_range((unsigned)high + 1, ~0u, 0) == 0;
}

/* Lowers the hard limit too, unless it is lower already. */
static bool limit(enum __rlimit_resource resource, rlim_t soft, rlim_t hard)
{
	struct rlimit limits;

	if (getrlimit(resource, &limits) != 0)
		return false;
	if (limits.rlim_max > hard)
		limits.rlim_max = hard;
	limits.rlim_cur = soft < limits.rlim_max ? soft : limits.rlim_max;
	return setrlimit(resource, &limits) == 0;
}

static bool limit_resources(const struct cage_options *options)
{
	const rlim_t memory = options->memory_max_bytes;
	const rlim_t seconds = options->cpu_max_seconds;

	return limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_CPU, seconds, seconds + 1) &&
	       (CAGE_HAS_SANITIZER || (limit(RLIMIT_AS, memory, memory) && limit(RLIMIT_NPROC, 0, 0))) &&
	       (CAGE_HAS_COVERAGE || limit(RLIMIT_FSIZE, 0, 0)) && (CAGE_HAS_TOOLS || limit(RLIMIT_NOFILE, 0, 0));
}

static bool close_part(enum cage_part part, const struct cage_options *options)
{
	switch (part) {
	case CAGE_PARENT:
		return follows_parent();
	case CAGE_PRIVILEGES:
		return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	case CAGE_DUMP:
		return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
	case CAGE_DESCRIPTORS:
		return close_descriptors(options);
	case CAGE_FILES:
		return cage_files_deny();
	case CAGE_LIMITS:
		return limit_resources(options);
	case CAGE_CALLS:
		return cage_calls_restrict(options);
	case CAGE_PART_COUNT:
		break;
	}
	return false;
}

int cage_enter(const struct cage_options *options, struct cage_report *ret_report, struct error *err)
{
	char missing[CAGE_TEXT_SIZE];

	/* Where memory ends, glibc would begin a second heap, and to shrink that open a file. */
	(void)mallopt(M_ARENA_MAX, 1); /* what it refuses ends in a kill, which is safe */
	ret_report->missing = 0;
	for (int part = 0; part < CAGE_PART_COUNT; part++) {
		if (!close_part((enum cage_part)part, options))
			ret_report->missing |= UINT32_C(1) << part;
	}
	if (!options->is_required || ret_report->missing == 0)
		return 0;
	cage_report_describe(ret_report, missing);
	return error_set(err, ERROR_SYSTEM, "this system refuses a part of the sandbox that is required: %s", missing);
}

void cage_report_describe(const struct cage_report *report, char ret_text[CAGE_TEXT_SIZE])
{
	size_t size = 0;

	ret_text[0] = '\0';
	for (int part = 0; part < CAGE_PART_COUNT; part++) {
		const size_t part_size = strlen(part_names[part]);

		if ((report->missing >> part & 1) == 0 || size + part_size + 3 > CAGE_TEXT_SIZE)
			continue;
		if (size > 0) {
			memcpy(ret_text + size, ", ", 2);
			size += 2;
		}
		memcpy(ret_text + size, part_names[part], part_size + 1);
		size += part_size;
	}
}

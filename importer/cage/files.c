/* Landlock: a ruleset that handles every right there is and grants none. */
#include "cage/parts.h"
#include "cage/tools.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's struct of today, which older ones take as long as what they do not know is zero. */
struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scopes;
};

/* By the interface's version; bits are named in landlock(7), those of later kernels not in Debian 12's headers. */
static const struct {
	long version;
	struct ruleset handled;
} levels[] = {
	{1, {.files = (UINT64_C(1) << 13) - 1}},
	{2, {.files = UINT64_C(1) << 13}}, /* linking and renaming between folders */
	{3, {.files = UINT64_C(1) << 14}}, /* truncating */
	{4, {.network = 3}},               /* TCP: bind, connect */
	{5, {.files = UINT64_C(1) << 15}}, /* ioctl of devices */
	{6, {.scopes = 3}},                /* abstract sockets, and signals to processes outside */
};

static struct ruleset ruleset_of(long version)
{
	struct ruleset ruleset = {.files = 0};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]) && levels[i].version <= version; i++) {
		ruleset.files |= levels[i].handled.files;
		ruleset.network |= levels[i].handled.network;
		ruleset.scopes |= levels[i].handled.scopes;
	}
	return ruleset;
}

/* What tools read; what is not there needs no grant. */
static void grant_tools(int ruleset_fd)
{
	static const struct {
		const char *path;
		uint64_t rights;
	} grants[] = {CAGE_TOOL_PATHS{NULL, 0}};

	for (size_t i = 0; grants[i].path != NULL; i++) {
		const struct landlock_path_beneath_attr rule = {.allowed_access = grants[i].rights,
		                                                .parent_fd = open(grants[i].path, O_PATH | O_CLOEXEC)};

		if (rule.parent_fd < 0)
			continue;
		(void)syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0); /* a tool does without */
		(void)close(rule.parent_fd); /* opened for its place only */
	}
}

bool cage_files_deny(void)
{
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1)
		return false;
	const struct ruleset ruleset = ruleset_of(version);
	const int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	if (fd < 0)
		return false;
	grant_tools(fd);
	const bool is_denied = CAGE_HAS_COVERAGE || syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	(void)close(fd); /* in force without it */
	return is_denied;
}

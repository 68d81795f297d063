/* without CALL... -- PROGRAM ARGUMENT...: run a program on a system that refuses the named calls, as some containers do. */
#include "refuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	long call;
} calls[] = {
	{"landlock", SYS_landlock_create_ruleset},
	{"seccomp", SYS_seccomp},
};

static int refuse(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) == 0 && refuse_call(calls[i].call))
			return 0;
	}
	fprintf(stderr, "without: cannot refuse '%s'\n", name);
	return -1;
}

int main(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (refuse(argv[i]) < 0)
			return 125;
	}
	if (i + 1 >= argc)
		return 125;
	(void)execv(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 126;
}

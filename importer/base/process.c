/* The line of /proc/PID/stat, and what a process asks for itself. */
#include "base/process.h"

#include "base/number.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FIELD_STATE 3
#define FIELD_START_TIME 22

bool process_read_status(int64_t pid, struct process_status *ret_status)
{
	char path[64];
	char text[1024];
	struct slice field;

	(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	size_t size = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file); /* was only read */
	text[size] = '\0';
	/* The name, field 2, may hold anything, a parenthesis too; no field behind it does. */
	const char *behind_name = strrchr(text, ')');
	if (behind_name == NULL)
		return false;
	struct slice_splitter fields = slice_split(slice_from(behind_name), (struct slice)SLICE(" "));
	for (int number = 2; slice_split_next(&fields, &field); number++) {
		if (number == FIELD_STATE && field.size == 1)
			ret_status->state = field.data[0];
		if (number == FIELD_START_TIME)
			return number_parse_integer(field, 0, INT64_MAX, &ret_status->start_time);
	}
	return false;
}

bool process_follow_parent(pid_t parent)
{
	/* The parent may have died before the kernel was told; then init has the child. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

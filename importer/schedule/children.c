/* Starting runs, and their output. */
#include "schedule/children.h"

#include "base/buffer.h"
#include "base/process.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 10

/* In the child; never returns. Signals are as a shell would have them, and the service manager's socket is the daemon's alone. */
_Noreturn static void become_run(pid_t parent, int output_fd, char *const arguments[])
{
	const int null_fd = open("/dev/null", O_RDONLY);
	sigset_t none;

	(void)sigemptyset(&none);
	if (!process_follow_parent(parent) || setpgid(0, 0) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0 || null_fd < 0 ||
	    dup2(null_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 || dup2(output_fd, STDERR_FILENO) < 0)
		_exit(126);
	(void)signal(SIGPIPE, SIG_DFL); /* cannot fail for it */
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	(void)close_range(STDERR_FILENO + 1, ~0u, 0); /* they are close-on-exec anyway */
	(void)execv("/proc/self/exe", arguments);
	_exit(127);
}

/* The kernel takes no pointers to const, and does not write through them. */
static void list_arguments(const struct child *child, const struct child_command *command, const char *arguments[ARGUMENTS_MAX])
{
	size_t count = 0;

	arguments[count++] = "feedmill";
	arguments[count++] = child->task == CHILD_RUN ? "run" : "notify";
	if (command->config) {
		arguments[count++] = "--config";
		arguments[count++] = command->config;
	}
	if (command->store) {
		arguments[count++] = "--store";
		arguments[count++] = command->store;
	}
	if (child->task == CHILD_RUN) {
		arguments[count++] = "--scheduled";
		arguments[count++] = "--";
		arguments[count++] = child->job;
	}
	arguments[count] = NULL;
}

void child_describe(const struct child *child, char ret_text[CHILD_TITLE_SIZE])
{
	if (child->task == CHILD_RUN)
		(void)snprintf(ret_text, CHILD_TITLE_SIZE, "the run of '%s'", child->job); /* fits: names have at most 64 bytes */
	else
		(void)snprintf(ret_text, CHILD_TITLE_SIZE, "the look for missing runs"); /* as above */
}

int child_start(struct child *child, const struct child_command *command, struct error *err)
{
	const char *arguments[ARGUMENTS_MAX];
	const pid_t parent = getpid();
	char title[CHILD_TITLE_SIZE];
	int ends[2];

	list_arguments(child, command, arguments);
	child_describe(child, title);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_system(err, errno, "cannot make a pipe for %s", title);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* cannot fail on a pipe of ours */
	child->pid = fork();
	if (child->pid == 0)
		become_run(parent, ends[1], (char *const *)(uintptr_t)arguments);
	const int number = errno;
	(void)close(ends[1]); /* the child's end */
	if (child->pid < 0) {
		(void)close(ends[0]); /* as above */
		return error_set_system(err, number, "cannot start %s", title);
	}
	(void)setpgid(child->pid, child->pid); /* it does so too, whoever is first */
	child->output_fd = ends[0];
	child->line_size = 0;
	return 0;
}

static void print_line(const struct child *child, struct slice line, FILE *errors)
{
	struct buffer text;

	buffer_init(&text, 4 * CHILD_LINE_BYTES + 16);
	utf8_append_printable(&text, line);
	fprintf(errors, "%s%s%.*s\n", child->job, child->job[0] ? ": " : "", (int)text.size, text.data ? text.data : "");
	buffer_release(&text);
}

/* Whole lines of what is there, and the rest where there is no room for more of it, or no more comes. */
static void print_lines(struct child *child, bool is_end, FILE *errors)
{
	struct slice rest = slice_make(child->line, child->line_size);
	const char *end;

	while (rest.size > 0 && (end = memchr(rest.data, '\n', rest.size)) != NULL) {
		const size_t size = (size_t)(end - rest.data);

		print_line(child, slice_make(rest.data, size), errors);
		rest = slice_make(end + 1, rest.size - size - 1);
	}
	if (rest.size == sizeof(child->line) || (is_end && rest.size > 0)) {
		print_line(child, rest, errors);
		rest.size = 0;
	}
	memmove(child->line, rest.data, rest.size);
	child->line_size = rest.size;
}

void child_pass_on(struct child *child, FILE *errors)
{
	size_t passed = 0;

	while (child->output_fd >= 0 && passed < CHILD_TURN_BYTES) {
		const ssize_t size = read(child->output_fd, child->line + child->line_size, sizeof(child->line) - child->line_size);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno == EAGAIN)
			break;
		if (size > 0) {
			child->line_size += (size_t)size;
			passed += (size_t)size;
		} else {
			(void)close(child->output_fd); /* was only read */
			child->output_fd = -1;
		}
		print_lines(child, size <= 0, errors);
	}
	(void)fflush(errors); /* who listens no more is not told */
}

void child_release(struct child *child, FILE *errors)
{
	child_pass_on(child, errors);
	print_lines(child, true, errors);
	if (child->output_fd >= 0)
		(void)close(child->output_fd); /* was only read */
	child->output_fd = -1;
}

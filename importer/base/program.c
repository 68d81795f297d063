/* Running another program: posix_spawn in a session of its own, watched by a pidfd. */
#include "base/program.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FREE_FD 3

extern char **environ;

/* A program that runs. */
struct child {
	pid_t pid;
	int pid_fd;
	int out_fd; /* reads what it prints, and does not block; -1 = it prints nowhere */
};

static bool is_stopped(const struct program *program)
{
	return program->stop_signal != NULL && *program->stop_signal != 0;
}

/* ---- Starting ---- */

/* What it reads and where it writes; -1 = nothing and nowhere. */
struct child_files {
	int in_fd;
	int out_fd;
	bool keeps_errors;
};

static int set_files(posix_spawn_file_actions_t *actions, const struct child_files *files)
{
	int number = files->in_fd >= 0 ? posix_spawn_file_actions_adddup2(actions, files->in_fd, STDIN_FILENO)
	                               : posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (number == 0)
		number = files->out_fd >= 0 ? posix_spawn_file_actions_adddup2(actions, files->out_fd, STDOUT_FILENO)
		                            : posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (number == 0 && !files->keeps_errors)
		number = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (number == 0)
		number = posix_spawn_file_actions_addclosefrom_np(actions, FIRST_FREE_FD);
	return number;
}

/* Signals as a program expects them, nothing but its three descriptors, and a session of its own. 0 or an error number. */
static int set_up(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, const struct child_files *files)
{
	sigset_t all;
	sigset_t none;
	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	int number = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (number == 0)
		number = posix_spawnattr_setsigdefault(attributes, &all);
	if (number == 0)
		number = posix_spawnattr_setsigmask(attributes, &none);
	return number == 0 ? set_files(actions, files) : number;
}

/* 0 or an error number. The interface predates const; the words are not written to. */
static int spawn(const struct program *program, const struct child_files *files, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *const *environment = program->environment != NULL ? (char *const *)(uintptr_t)program->environment : environ;
	int number = posix_spawn_file_actions_init(&actions);
	if (number != 0)
		return number;
	number = posix_spawnattr_init(&attributes);
	if (number == 0) {
		number = set_up(&actions, &attributes, files);
		if (number == 0)
			number = posix_spawnp(ret_pid, program->arguments[0], &actions, &attributes,
			                      (char *const *)(uintptr_t)program->arguments, environment);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return number;
}

/* All of the input at once, so that nobody waits for a program that does not read it. */
static int make_input(struct slice input, struct error *err)
{
	const int fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "cannot make the command's input");
	if (bytes_write_all(fd, input.data, input.size) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		(void)error_set_system(err, errno, "cannot write the command's input");
		(void)close(fd); /* it is given up */
		return -1;
	}
	return fd;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		(void)close(fd); /* nothing can be lost */
}

/* The program and all that it started. */
static void kill_session(const struct child *child)
{
	(void)kill(-child->pid, SIGKILL); /* none may be left */
	(void)kill(child->pid, SIGKILL);  /* it may not have got as far as its session, or be gone */
}

static int reap(const struct child *child)
{
	int status = 0;
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	close_if_open(child->pid_fd);
	close_if_open(child->out_fd);
	return status;
}

static int start_with(const struct program *program, const struct child_files *files, struct child *child, struct error *err)
{
	const int number = spawn(program, files, &child->pid);
	if (number != 0) {
		(void)error_set_system(err, number, "the program cannot be started");
		err->code = number == ENOMEM || number == EAGAIN ? ERROR_SYSTEM : ERROR_NOT_FOUND;
		return -1;
	}
	child->pid_fd = pidfd_open(child->pid, 0);
	if (child->pid_fd < 0) {
		const int reason = errno;
		kill_session(child);
		(void)reap(child); /* how it ended does not matter any more */
		child->out_fd = -1;
		return error_set_system(err, reason, "cannot watch the command");
	}
	return 0;
}

static int start(const struct program *program, struct child *ret_child, struct error *err)
{
	struct child_files files = {.in_fd = -1, .out_fd = -1, .keeps_errors = program->keeps_errors};
	int ends[2] = {-1, -1};
	if (program->input.data != NULL) {
		files.in_fd = make_input(program->input, err);
		if (files.in_fd < 0)
			return -1;
	}
	if (program->output != NULL && pipe2(ends, O_CLOEXEC) < 0) {
		(void)error_set_system(err, errno, "cannot make a pipe for the command");
		close_if_open(files.in_fd);
		return -1;
	}
	if (ends[0] >= 0)
		(void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* of a pipe just made: it cannot fail */
	files.out_fd = ends[1];
	ret_child->out_fd = ends[0];
	const int result = start_with(program, &files, ret_child, err);
	close_if_open(files.in_fd);
	close_if_open(files.out_fd); /* the child has its own */
	if (result < 0)
		close_if_open(ret_child->out_fd);
	return result;
}

/* ---- Watching ---- */

enum output { OUTPUT_GOES_ON, OUTPUT_ENDED, OUTPUT_TOO_LONG };

/* All that is there to be read. */
static enum output take_output(const struct program *program, const struct child *child, struct program_end *end)
{
	while (end->output_size < program->output_max) {
		const ssize_t size = read(child->out_fd, program->output + end->output_size,
		                          program->output_max - end->output_size);
		if (size == 0)
			return OUTPUT_ENDED;
		if (size < 0)
			return errno == EAGAIN || errno == EINTR ? OUTPUT_GOES_ON : OUTPUT_ENDED;
		end->output_size += (size_t)size;
	}
	return OUTPUT_TOO_LONG;
}

/* Signals come through only while it waits, so that none gets lost between the check and the wait. -1 = errno. */
static int wait_for_either(const struct program *program, struct pollfd waits[2], int64_t left_ms)
{
	struct timespec left = {.tv_sec = (time_t)(left_ms / 1000), .tv_nsec = (long)(left_ms % 1000 * 1000000)};
	sigset_t open;
	sigset_t held;

	(void)sigfillset(&held);
	(void)pthread_sigmask(SIG_BLOCK, &held, &open); /* cannot fail */
	if (is_stopped(program))
		left = (struct timespec){.tv_sec = 0};
	const int result = ppoll(waits, 2, &left, &open);
	const int number = errno;
	(void)pthread_sigmask(SIG_SETMASK, &open, NULL);
	errno = number;
	return result;
}

/* Until it has ended: what others that it started print afterwards does not count. */
static int watch(const struct program *program, const struct child *child, struct program_end *end, struct error *err)
{
	const int64_t end_ms = clock_steady_ms(&program->clock) + program->timeout_ms;
	struct pollfd waits[] = {{.fd = child->pid_fd, .events = POLLIN}, {.fd = child->out_fd, .events = POLLIN}};
	for (;;) {
		const int64_t left_ms = end_ms - clock_steady_ms(&program->clock);
		if (left_ms <= 0)
			return error_set(err, ERROR_LIMIT, "the command took longer than %lld ms", (long long)program->timeout_ms);
		if (wait_for_either(program, waits, left_ms) < 0 && errno != EINTR)
			return error_set_system(err, errno, "cannot wait for the command");
		const bool has_ended = waits[0].revents != 0;
		/* What has done its work has, whoever calls. */
		if (is_stopped(program) && !has_ended)
			return error_set(err, ERROR_CANCELLED, "the command was given up because of a signal");
		const enum output output = waits[1].fd >= 0 ? take_output(program, child, end) : OUTPUT_ENDED;
		if (output == OUTPUT_TOO_LONG)
			return error_set(err, ERROR_LIMIT, "the command printed more than %zu bytes", program->output_max);
		if (output == OUTPUT_ENDED)
			waits[1].fd = -1;
		if (has_ended)
			return 0;
	}
}

int program_check_status(int status, struct error *err)
{
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_SYSTEM, "the command was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == 127)
		return error_set(err, ERROR_SYSTEM, "the program cannot be started (status 127)");
	if (WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_SYSTEM, "the command ended with status %d; run it by hand to see what it says",
		                 WEXITSTATUS(status));
	return 0;
}

int program_run(const struct program *program, struct program_end *ret_end, struct error *err)
{
	struct child child = {.pid = -1, .pid_fd = -1, .out_fd = -1};
	*ret_end = (struct program_end){.status = 0};
	if (start(program, &child, err) < 0)
		return -1;
	const int result = watch(program, &child, ret_end, err);
	kill_session(&child);
	ret_end->status = reap(&child);
	return result;
}

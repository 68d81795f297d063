/*
 * Running the program of a command reference. It gets a session of its own, so
 * that all it starts can be ended with it, and it cannot ask at our terminal.
 */
#include "secret/command.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FREE_FD 3

extern char **environ;

/* A program that runs. */
struct child {
	pid_t pid;
	int pid_fd;
	int out_fd; /* reads what it prints; does not block */
};

static bool is_stopped(const struct secret_resolver *resolver)
{
	return resolver->stop_signal != NULL && *resolver->stop_signal != 0;
}

/* Signals as a program expects them, nothing but its three descriptors, and a session of its own. 0 or an error number. */
static int set_up(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int out_fd)
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
	if (number == 0)
		number = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (number == 0)
		number = posix_spawn_file_actions_adddup2(actions, out_fd, STDOUT_FILENO);
	if (number == 0)
		number = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (number == 0)
		number = posix_spawn_file_actions_addclosefrom_np(actions, FIRST_FREE_FD);
	return number;
}

/* 0 or an error number. */
static int spawn(const char *const *arguments, int out_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int number = posix_spawn_file_actions_init(&actions);
	if (number != 0)
		return number;
	number = posix_spawnattr_init(&attributes);
	if (number == 0) {
		number = set_up(&actions, &attributes, out_fd);
		if (number == 0) /* the interface predates const; the words are not written to */
			number = posix_spawnp(ret_pid, arguments[0], &actions, &attributes, (char *const *)(uintptr_t)arguments,
			                      environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return number;
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
	(void)close(child->pid_fd); /* nothing is written to either */
	(void)close(child->out_fd);
	return status;
}

static int start(const char *const *arguments, struct child *ret_child, struct error *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_system(err, errno, "cannot make a pipe for the command");
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* of a pipe just made: it cannot fail */
	const int number = spawn(arguments, ends[1], &ret_child->pid);
	(void)close(ends[1]); /* the child has its own */
	if (number != 0) {
		(void)close(ends[0]);
		(void)error_set_system(err, number, "the program cannot be started");
		err->code = number == ENOMEM || number == EAGAIN ? ERROR_SYSTEM : ERROR_SECRET;
		return -1;
	}
	ret_child->out_fd = ends[0];
	ret_child->pid_fd = pidfd_open(ret_child->pid, 0);
	if (ret_child->pid_fd < 0) {
		const int reason = errno;
		kill_session(ret_child);
		(void)reap(ret_child); /* how it ended does not matter any more */
		return error_set_system(err, reason, "cannot watch the command");
	}
	return 0;
}

enum output { OUTPUT_GOES_ON, OUTPUT_ENDED, OUTPUT_TOO_LONG };

/* All that is there to be read. */
static enum output take_output(const struct child *child, struct secret *secret, size_t max)
{
	while (secret->size < max) {
		const ssize_t size = read(child->out_fd, secret->data + secret->size, max - secret->size);
		if (size == 0)
			return OUTPUT_ENDED;
		if (size < 0)
			return errno == EAGAIN || errno == EINTR ? OUTPUT_GOES_ON : OUTPUT_ENDED;
		secret->size += (size_t)size;
	}
	return OUTPUT_TOO_LONG;
}

/* Until it has ended: what others that it started print afterwards does not count. */
static int watch(const struct secret_resolver *resolver, const struct child *child, struct secret *secret, size_t max,
                 struct error *err)
{
	const int64_t limit_ms = resolver->command_timeout_ms > 0 ? resolver->command_timeout_ms : LIMIT_SECRET_COMMAND_MS;
	const int64_t end_ms = clock_steady_ms(&resolver->clock) + limit_ms;
	struct pollfd waits[] = {{.fd = child->pid_fd, .events = POLLIN}, {.fd = child->out_fd, .events = POLLIN}};
	for (;;) {
		const int64_t left_ms = end_ms - clock_steady_ms(&resolver->clock);
		if (is_stopped(resolver))
			return error_set(err, ERROR_CANCELLED, "the command was given up because of a signal");
		if (left_ms <= 0)
			return error_set(err, ERROR_SECRET, "the command took longer than %lld ms", (long long)limit_ms);
		if (poll(waits, 2, (int)left_ms) < 0 && errno != EINTR)
			return error_set_system(err, errno, "cannot wait for the command");
		const bool has_ended = waits[0].revents != 0;
		const enum output output = waits[1].fd >= 0 ? take_output(child, secret, max) : OUTPUT_ENDED;
		if (output == OUTPUT_TOO_LONG)
			return error_set(err, ERROR_SECRET, "the command printed more than %zu bytes", SECRET_BYTES_MAX);
		if (output == OUTPUT_ENDED)
			waits[1].fd = -1;
		if (has_ended)
			return 0;
	}
}

static int check_status(int status, struct error *err)
{
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_SECRET, "the command was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == 127)
		return error_set(err, ERROR_SECRET, "the program cannot be started (status 127)");
	if (WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_SECRET, "the command ended with status %d; run it by hand to see what it says",
		                 WEXITSTATUS(status));
	return 0;
}

int secret_command_run(const struct secret_resolver *resolver, const char *const *arguments, struct secret *ret_secret,
                       struct error *err)
{
	const size_t max = SECRET_BYTES_MAX + 2; /* a line end, and one more to see that it is too long */
	struct secret secret = SECRET_INIT;
	struct child child = {.pid = -1, .pid_fd = -1, .out_fd = -1};
	if (secret_reserve(&secret, max, err) < 0)
		return -1;
	if (start(arguments, &child, err) < 0) {
		secret_release(&secret);
		return -1;
	}
	int result = watch(resolver, &child, &secret, max, err);
	kill_session(&child);
	const int status = reap(&child);
	if (result == 0)
		result = check_status(status, err);
	if (result == 0)
		result = secret_finish(&secret, err);
	if (result < 0) {
		secret_release(&secret);
		return -1;
	}
	secret_release(ret_secret);
	*ret_secret = secret;
	return 0;
}

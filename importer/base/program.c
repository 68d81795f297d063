/* Running another program: started by its keeper, watched until it ends, takes too long or prints too much. */
#include "base/program.h"

#include "base/bytes.h"
#include "base/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A program that runs. */
struct child {
	struct keeper keeper;
	int out_fd; /* reads what it prints, and does not block; -1 = it prints nowhere */
};

static bool is_stopped(const struct program *program)
{
	return program->stop_signal != NULL && *program->stop_signal != 0;
}

/* ---- Starting ---- */

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

static int start(const struct program *program, struct child *ret_child, struct error *err)
{
	struct keeper_order order = {
		.arguments = program->arguments,
		.environment = program->environment,
		.in_fd = -1,
		.out_fd = -1,
		.keeps_errors = program->keeps_errors,
	};
	int ends[2] = {-1, -1};
	if (program->input.data != NULL) {
		order.in_fd = make_input(program->input, err);
		if (order.in_fd < 0)
			return -1;
	}
	if (program->output != NULL && pipe2(ends, O_CLOEXEC) < 0) {
		(void)error_set_system(err, errno, "cannot make a pipe for the command");
		close_if_open(order.in_fd);
		return -1;
	}
	if (ends[0] >= 0)
		(void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* of a pipe just made: it cannot fail */
	order.out_fd = ends[1];
	ret_child->out_fd = ends[0];
	const int result = keeper_start(&ret_child->keeper, &order, err);
	close_if_open(order.in_fd);
	close_if_open(order.out_fd); /* the child has its own */
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
	struct pollfd waits[] = {{.fd = child->keeper.pid_fd, .events = POLLIN}, {.fd = child->out_fd, .events = POLLIN}};
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
	struct child child = {.out_fd = -1};
	struct keeper_end end;
	*ret_end = (struct program_end){.status = 0};
	if (start(program, &child, err) < 0)
		return -1;
	const int result = watch(program, &child, ret_end, err);
	keeper_end(&child.keeper, &end);
	close_if_open(child.out_fd);
	ret_end->status = end.status;
	if (result < 0 || end.number == 0)
		return result;
	(void)error_set_system(err, end.number, "the program cannot be started");
	err->code = end.number == ENOMEM || end.number == EAGAIN ? ERROR_SYSTEM : ERROR_NOT_FOUND;
	return -1;
}

/* Calls of our own code behind the linker's --wrap, and what strikes them. */
#include "fault.h"

#include "fault_database.h"
#include "run/intake.h"
#include "support/allocation.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#define FRAMES_MAX 128

static struct {
	struct fault fault;
	size_t counts[FAULT_STEP_COUNT];
	volatile pid_t reader;
	uint64_t *stacks;
	size_t stack_count;
} world;

void fault_install(void)
{
	fault_database_install();
}

static void note_stack(size_t number)
{
	void *frames[FRAMES_MAX];
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	if (number > world.stack_count)
		return;
	const int count = backtrace(frames, FRAMES_MAX);
	for (int index = 0; index < count; index++)
		hash = (hash ^ (uint64_t)(uintptr_t)frames[index]) * UINT64_C(0x100000001b3);
	world.stacks[number - 1] = hash;
}

void fault_note_stacks(uint64_t *hashes, size_t count)
{
	void *frame;

	(void)backtrace(&frame, 1); /* the first time it loads what it needs */
	world.stacks = hashes;
	world.stack_count = count;
	allocation_watch(hashes != NULL ? note_stack : NULL);
}

void fault_arm(const struct fault *fault)
{
	world.fault = *fault;
	for (size_t step = 0; step < FAULT_STEP_COUNT; step++)
		world.counts[step] = 0;
	allocation_fail_at(fault->step == FAULT_STEP_MEMORY && fault->act == FAULT_FAIL ? fault->at : 0);
}

void fault_disarm(void)
{
	world.counts[FAULT_STEP_MEMORY] = allocation_count();
	world.fault.act = FAULT_NONE;
	(void)allocation_stop();
}

size_t fault_count(enum fault_step step)
{
	return world.counts[step];
}

bool fault_strikes(enum fault_step step)
{
	const struct fault *fault = &world.fault;
	const size_t count = ++world.counts[step];

	if (fault->step != step || fault->act == FAULT_NONE || count < fault->at ||
	    (count > fault->at && fault->act != FAULT_FAIL_ON))
		return false;
	if (fault->act == FAULT_KILL)
		(void)kill(getpid(), SIGKILL);
	if (fault->act == FAULT_KILL_READER && world.reader > 0)
		(void)kill(world.reader, SIGKILL);
	return fault->act == FAULT_FAIL || fault->act == FAULT_FAIL_ON;
}

static void kill_reader(int number)
{
	(void)number;
	if (world.reader > 0)
		(void)kill(world.reader, SIGKILL);
}

void fault_kill_after(long microseconds, bool is_reader)
{
	const struct sigaction action = {.sa_handler = is_reader ? kill_reader : SIG_DFL, .sa_flags = SA_RESTART};
	const struct itimerval timer = {.it_value = {.tv_sec = microseconds / 1000000, .tv_usec = microseconds % 1000000 + 1}};

	(void)sigaction(SIGALRM, &action, NULL); /* by default it ends the process as SIGKILL does */
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

/* ---- Calls ---- */

static bool file_fails(int number)
{
	if (!fault_strikes(FAULT_STEP_FILE))
		return false;
	errno = number;
	return true;
}

#define WRAPPED(result, name, parameters) \
	result __real_##name parameters;  \
	result __wrap_##name parameters;  \
	result __wrap_##name parameters

WRAPPED(ssize_t, write, (int fd, const void *data, size_t size))
{
	return file_fails(ENOSPC) ? -1 : __real_write(fd, data, size);
}

WRAPPED(ssize_t, pwrite64, (int fd, const void *data, size_t size, off_t offset))
{
	return file_fails(ENOSPC) ? -1 : __real_pwrite64(fd, data, size, offset);
}

WRAPPED(int, fsync, (int fd))
{
	return file_fails(EIO) ? -1 : __real_fsync(fd);
}

WRAPPED(int, ftruncate64, (int fd, off_t size))
{
	return file_fails(EIO) ? -1 : __real_ftruncate64(fd, size);
}

WRAPPED(int, rename, (const char *from, const char *to))
{
	return file_fails(EIO) ? -1 : __real_rename(from, to);
}

WRAPPED(int, unlink, (const char *path))
{
	return file_fails(EIO) ? -1 : __real_unlink(path);
}

WRAPPED(int, mkostemp64, (char *pattern, int flags))
{
	return file_fails(ENOSPC) ? -1 : __real_mkostemp64(pattern, flags);
}

WRAPPED(FILE *, fopen64, (const char *path, const char *mode))
{
	return file_fails(EMFILE) ? NULL : __real_fopen64(path, mode);
}

WRAPPED(int, open64, (const char *path, int flags, ...))
{
	mode_t mode = 0;

	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
		va_list arguments;

		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	return file_fails(EMFILE) ? -1 : __real_open64(path, flags, mode);
}

WRAPPED(int, intake_next, (struct intake * intake, struct frame_watch *watch, struct intake_frame **ret_frame, struct error *err))
{
	(void)fault_strikes(FAULT_STEP_FRAME); /* only kills */
	return __real_intake_next(intake, watch, ret_frame, err);
}

WRAPPED(pid_t, fork, (void))
{
	const pid_t pid = __real_fork();

	if (pid > 0)
		world.reader = pid;
	return pid;
}

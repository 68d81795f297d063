/* The reader process from the outside: start, wait, stop. */
#include "base/bytes.h"
#include "base/process.h"
#include "run/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_BYTES (1024 * 1024)
#define FIRST_FREE_FD 16

static int request_file(struct slice request, struct error *err)
{
	int fd = memfd_create("feedmill-request", MFD_CLOEXEC);

	if (fd < 0)
		return error_set_system(err, errno, "cannot make the reader's request");
	if (bytes_write_all(fd, request.data, request.size) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		(void)error_set_system(err, errno, "cannot write the reader's request");
		(void)close(fd); /* nothing more to lose */
		return -1;
	}
	return fd;
}

/* What a reader is given, by the numbers that it knows; -1 = it is not. */
struct given {
	int request_fd;
	int spool_fd;
	int frames_fd;
	int known_fd;
};

/* In the child: descriptors to their places, everything else closed, then the program anew. Never returns. */
_Noreturn static void become_reader(pid_t parent, const struct given *given)
{
	static char name[] = READER_PROGRAM;
	char *const arguments[] = {name, NULL};
	char *const environment[] = {NULL};
	const bool has_known = given->known_fd >= 0;
	int request = fcntl(given->request_fd, F_DUPFD, FIRST_FREE_FD);
	int spool = fcntl(given->spool_fd, F_DUPFD, FIRST_FREE_FD);
	int frames = fcntl(given->frames_fd, F_DUPFD, FIRST_FREE_FD);
	int known = has_known ? fcntl(given->known_fd, F_DUPFD, FIRST_FREE_FD) : -1;

	if (!process_follow_parent(parent) || request < 0 || spool < 0 || frames < 0 || dup2(request, READER_REQUEST_FD) < 0 ||
	    dup2(spool, READER_SPOOL_FD) < 0 || dup2(frames, READER_FRAMES_FD) < 0 ||
	    (has_known && dup2(known, READER_KNOWN_FD) < 0))
		_exit(126);
	(void)close_range(has_known ? READER_KNOWN_FD + 1 : READER_FRAMES_FD + 1, ~0u, 0); /* they are close-on-exec anyway */
	(void)execve("/proc/self/exe", arguments, environment);
	_exit(127);
}

static int start_with(struct reader_process *reader, struct given given, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_system(err, errno, "cannot make a pipe for the reader");
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* a smaller pipe only costs speed */
	given.frames_fd = ends[1];
	const pid_t parent = getpid();
	const pid_t pid = fork();
	if (pid == 0)
		become_reader(parent, &given);
	const int number = errno;
	(void)close(ends[1]); /* the child's end */
	if (pid < 0) {
		(void)close(ends[0]); /* as above */
		return error_set_system(err, number, "cannot start the reader");
	}
	reader->pid = pid;
	reader->frames_fd = ends[0];
	return 0;
}

int reader_start(struct reader_process *reader, struct slice request, const char *spool_path, int known_fd, struct error *err)
{
	int result = -1;
	int request_fd = request_file(request, err);

	if (request_fd < 0)
		return -1;
	int spool_fd = open(spool_path, O_RDONLY | O_CLOEXEC);
	if (spool_fd < 0) {
		(void)error_set_system(err, errno, "cannot open the spool file '%s'", spool_path);
		goto close_request;
	}
	result = start_with(
		reader, (struct given){.request_fd = request_fd, .spool_fd = spool_fd, .known_fd = known_fd, .frames_fd = -1}, err);
	(void)close(spool_fd); /* opened for reading */
close_request:
	(void)close(request_fd); /* the child has its own */
	return result;
}

static int reap(struct reader_process *reader, int *ret_status)
{
	pid_t reaped;

	do
		reaped = waitpid(reader->pid, ret_status, 0);
	while (reaped < 0 && errno == EINTR);
	reader->pid = -1;
	(void)close(reader->frames_fd); /* read to its end */
	reader->frames_fd = -1;
	return reaped < 0 ? -1 : 0;
}

/* What a signal means that ended the reader by itself. */
static const char *signal_meaning(int number)
{
	switch (number) {
	case SIGSYS:
		return ": it tried what its cage forbids";
	case SIGXCPU:
		return ": it took more processor time than it may";
	default:
		return "";
	}
}

int reader_wait(struct reader_process *reader, struct error *err)
{
	int status = 0;

	(void)kill(reader->pid, SIGKILL); /* changes nothing for one that is ending, as the end of its pipe says */
	if (reap(reader, &status) < 0)
		return error_set_system(err, errno, "cannot wait for the reader");
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_READER, "the reader process was killed by signal %d%s", WTERMSIG(status),
		                 signal_meaning(WTERMSIG(status)));
	if (WEXITSTATUS(status) == 127)
		return error_set(err, ERROR_READER, "the reader process could not be started: is /proc mounted?");
	if (WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_READER, "the reader process ended with status %d", WEXITSTATUS(status));
	return 0;
}

void reader_stop(struct reader_process *reader)
{
	int status;

	if (reader->pid < 0)
		return;
	(void)kill(reader->pid, SIGKILL); /* it may be gone already */
	(void)reap(reader, &status);      /* how it ended does not matter any more */
}

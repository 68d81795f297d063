/* Copying a file, pipe or standard input to the spool, without ever waiting past a cancel or the time-out. */
#include "fetch/local.h"

#include "base/limits.h"
#include "connection/url.h"
#include "fetch/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 100 /* between two looks at the progress function, which may cancel */

struct copy {
	const struct fetch_request *request;
	struct spool_file *file;
	int fd;
	int64_t total; /* -1 = unknown */
	int64_t start_ms;
};

static int copy_watch(const struct copy *copy, struct error *err)
{
	const struct fetch_request *request = copy->request;
	const int cancel = request->progress == NULL ? 0
	                                             : request->progress(request->progress_context, copy->file->bytes, copy->total);
	if (cancel != 0) {
		(void)error_set(err, ERROR_CANCELLED, "cancelled after %lld bytes", (long long)copy->file->bytes);
		err->number = cancel;
		return -1;
	}
	if (clock_steady_ms(&request->clock) - copy->start_ms >= request->timeout_ms)
		return error_set(err, ERROR_NETWORK, "not read to its end within %lld ms", (long long)request->timeout_ms);
	return 0;
}

/* 1: there is something to read, or the end; 0: not yet. */
static int copy_wait(const struct copy *copy, struct error *err)
{
	struct pollfd wait = {.fd = copy->fd, .events = POLLIN};
	const int ready = poll(&wait, 1, WAIT_MS);
	if (ready < 0 && errno != EINTR)
		return error_set_system(err, errno, "cannot wait for input");
	return ready > 0;
}

/* `ret_size` 0 is the end, but with `ret_again`. */
static int copy_read(const struct copy *copy, char *data, size_t max, size_t *ret_size, bool *ret_again, struct error *err)
{
	const ssize_t size = read(copy->fd, data, max);
	*ret_again = size < 0 && (errno == EINTR || errno == EAGAIN);
	*ret_size = size > 0 ? (size_t)size : 0;
	if (size >= 0 || *ret_again)
		return 0;
	if (errno == EISDIR)
		return error_set(err, ERROR_REFUSED, "this is a folder, not a feed");
	return error_set_system(err, errno, "cannot be read");
}

static int copy_run(const struct copy *copy, struct error *err)
{
	char piece[LIMIT_READ_PIECE];
	for (;;) {
		if (copy_watch(copy, err) != 0)
			return -1;
		const int ready = copy_wait(copy, err);
		if (ready < 0)
			return -1;
		if (ready == 0)
			continue;
		size_t size;
		bool again;
		if (copy_read(copy, piece, sizeof(piece), &size, &again, err) != 0)
			return -1;
		if (again)
			continue;
		if (size == 0)
			return 0;
		if ((int64_t)size > copy->request->max_bytes - copy->file->bytes)
			return error_set(err, ERROR_LIMIT, "larger than the limit of %lld bytes",
			                 (long long)copy->request->max_bytes);
		if (spool_write(copy->file, piece, size, err) != 0)
			return -1;
	}
}

static bool is_unchanged(const struct stat *before, const struct stat *after)
{
	return before->st_size == after->st_size && before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
	       before->st_mtim.tv_nsec == after->st_mtim.tv_nsec;
}

static int fetch_descriptor(const struct fetch_request *request, int fd, struct spool_file *file, struct fetch_result *result,
                            struct error *err)
{
	struct stat before;
	struct stat after;
	if (fstat(fd, &before) != 0)
		return error_set_system(err, errno, "cannot be read");
	if (S_ISDIR(before.st_mode))
		return error_set(err, ERROR_REFUSED, "this is a folder, not a feed");
	const bool is_whole_file = S_ISREG(before.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
	const int64_t total = is_whole_file ? (int64_t)before.st_size : -1;
	if (total > request->max_bytes)
		return error_set(err, ERROR_LIMIT, "%lld bytes, larger than the limit of %lld bytes", (long long)total,
		                 (long long)request->max_bytes);
	if (spool_open(file, request->spool_folder, clock_now_ms(&request->clock), err) != 0 ||
	    spool_reserve(file, total, err) != 0)
		return -1;
	const struct copy copy = {
		.request = request, .file = file, .fd = fd, .total = total, .start_ms = clock_steady_ms(&request->clock)};
	if (copy_run(&copy, err) != 0)
		return -1;
	if (fstat(fd, &after) != 0)
		return error_set_system(err, errno, "cannot be read");
	result->bytes = file->bytes;
	result->is_length_proven = is_whole_file && is_unchanged(&before, &after) && file->bytes == total;
	return 0;
}

/* A pipe is opened without waiting for its writer: the waiting is ours, so that it can be cancelled. */
static int fetch_path(const struct fetch_request *request, const char *path, struct spool_file *file, struct fetch_result *result,
                      struct error *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, ERROR_NOT_FOUND, "no such file");
	if (fd < 0)
		return error_set_system(err, errno, "cannot be opened");
	struct stat status;
	int outcome = -1;
	if (fstat(fd, &status) != 0)
		error_set_system(err, errno, "cannot be read");
	else if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode) || S_ISDIR(status.st_mode))
		outcome = fetch_descriptor(request, fd, file, result, err);
	else
		error_set(err, ERROR_REFUSED, "neither a file nor a pipe");
	(void)close(fd); /* was only read */
	return outcome;
}

int local_fetch_file(const struct fetch_request *request, struct spool_file *file, struct fetch_result *result, struct error *err)
{
	if (strncasecmp(request->source, "file:/", strlen("file:/")) != 0)
		return fetch_path(request, request->source, file, result, err);
	char *path = NULL;
	if (url_file_path(request->source, &path, err) != 0)
		return -1;
	const int outcome = fetch_path(request, path, file, result, err);
	curl_free(path);
	return outcome;
}

int local_fetch_stdin(const struct fetch_request *request, struct spool_file *file, struct fetch_result *result, struct error *err)
{
	return fetch_descriptor(request, STDIN_FILENO, file, result, err);
}

/* Feeds that were fetched before: are they what they were? */
#include "fetch/fetch.h"

#include "fetch/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)256 * 1024)

static int digest_file(const struct fetch_check *check, int fd, struct digest *digest, int64_t *ret_bytes, struct error *err)
{
	char *piece = malloc(PIECE_BYTES);
	ssize_t size = 0;
	int result = 0;

	if (piece == NULL)
		return error_set_memory(err);
	*ret_bytes = 0;
	while (result == 0) {
		size = read(fd, piece, PIECE_BYTES);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			break;
		result = digest_update(digest, piece, (size_t)size, err);
		*ret_bytes += size;
		const int stop = check->progress != NULL ? check->progress(check->progress_context, *ret_bytes, check->bytes) : 0;
		if (result == 0 && stop != 0) {
			result = error_set(err, ERROR_CANCELLED, "stopped by signal %d", stop);
			err->number = stop;
		}
	}
	if (result == 0 && size < 0)
		result = error_set_system(err, errno, "cannot read the spool file '%s'", check->path);
	free(piece);
	return result;
}

static int check_open(const struct fetch_check *check, int fd, struct error *err)
{
	char sha256[65];
	struct stat status;
	int64_t bytes = 0;
	struct digest *digest;
	int result;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return error_set(err, ERROR_REFUSED, "'%s' is no spool file", check->path);
	digest = digest_new(err);
	if (digest == NULL)
		return -1;
	result = digest_file(check, fd, digest, &bytes, err);
	if (result == 0)
		result = digest_finish(digest, sha256, err);
	digest_free(digest);
	if (result < 0)
		return -1;
	if (bytes != check->bytes || strcmp(sha256, check->sha256) != 0)
		return error_set(err, ERROR_REFUSED, "the spool file '%s' has been changed: it is no longer what was fetched",
		                 check->path);
	return 0;
}

int fetch_check_spooled(const struct fetch_check *check, struct error *err)
{
	const int fd = open(check->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int result;

	if (fd < 0 && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "the spool file '%s' is gone", check->path);
	if (fd < 0)
		return error_set_system(err, errno, "cannot open the spool file '%s'", check->path);
	result = check_open(check, fd, err);
	(void)close(fd); /* read only */
	return result;
}

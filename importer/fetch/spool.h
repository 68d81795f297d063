/*
 * The folder of fetched feeds: files named by the SHA-256 of their bytes.
 *
 * A file is written under a temporary name, synced and renamed, so that a
 * name stands for whole content. Both folder and files are for the owner only.
 */
#pragma once

#include "base/error.h"

#include <limits.h>

struct digest;

struct spool_file {
	const char *folder;       /* borrowed */
	char temporary[PATH_MAX]; /* "" = none */
	int fd;
	struct digest *digest;
	int64_t bytes;
};

#define SPOOL_FILE_INIT  \
	{                \
		.fd = -1 \
	}

/* Temporary files that stand longer than this are of a fetch that was killed. */
#define SPOOL_STALE_MS (INT64_C(24) * 3600 * 1000)

/*
 * Begin a file in `folder`, which is made (0700, with its parents) where it is
 * missing. Temporary files older than SPOOL_STALE_MS at `now_ms` are removed.
 * -1: ERROR_SYSTEM, ERROR_REFUSED (a folder that others may write), ERROR_LIMIT (path too long), ERROR_MEMORY.
 */
must_use int spool_open(struct spool_file *file, const char *folder, int64_t now_ms, struct error *err);

/* Is there room for `bytes` in all? Refused with ERROR_SYSTEM (ENOSPC) where not. */
must_use int spool_reserve(const struct spool_file *file, int64_t bytes, struct error *err);
must_use int spool_write(struct spool_file *file, const void *data, size_t size, struct error *err);

/* Sync and rename. `ret_path` and `ret_sha256` are set on success; the file is closed either way. */
must_use int spool_commit(struct spool_file *file, char ret_path[PATH_MAX], char ret_sha256[65], struct error *err);

/* Close, and remove the temporary file if there is one; harmless after commit. */
void spool_abandon(struct spool_file *file);

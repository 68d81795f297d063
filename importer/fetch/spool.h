/*
 * The folder of fetched feeds: files named by the SHA-256 of their bytes.
 *
 * A file is written under a temporary name, synced and renamed, so that a
 * name stands for whole content. Both folder and files are for the owner only.
 *
 * Several stores may share the folder. What a store keeps it claims with a
 * hard link of its own beside the file, '<sha256>.<store>.kept': the last one
 * to let go removes the file.
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

#define SPOOL_FEED_SUFFIX ".feed"

/* Temporary files that stand longer than this are of a fetch that was killed. */
#define SPOOL_STALE_MS (INT64_C(24) * 3600 * 1000)

/*
 * Begin a file in `folder`, which is made (0700, with its parents) where it is
 * missing. Temporary files older than SPOOL_STALE_MS at `now_ms` are removed.
 * -1: ERROR_SYSTEM, ERROR_REFUSED (a folder that others may write), ERROR_LIMIT (path too long), ERROR_MEMORY.
 */
must_use int spool_open(struct spool_file *file, const char *folder, int64_t now_ms, struct error *err);

/* Remove those temporary files, as far as it can be done. */
void spool_remove_stale(const char *folder, int64_t now_ms);

/* Is there room for `bytes` in all? Refused with ERROR_SYSTEM (ENOSPC) where not. */
must_use int spool_reserve(const struct spool_file *file, int64_t bytes, struct error *err);
must_use int spool_write(struct spool_file *file, const void *data, size_t size, struct error *err);

/*
 * Sync and rename. On success `ret_path` and `ret_sha256` are set, and `ret_hold` is a descriptor with a shared lock on
 * the file: as long as it is open, spool_remove() leaves the file alone. The caller closes it. The spool_file is closed
 * either way.
 */
must_use int spool_commit(struct spool_file *file, char ret_path[PATH_MAX], char ret_sha256[65], int *ret_hold, struct error *err);

/*
 * A descriptor that keeps a feed of the spool from being tidied away, as that of spool_commit(); the caller closes it.
 * -1 where there is none: it is gone, or no file of ours.
 */
must_use int spool_hold(const char *path);

/* Close, and remove the temporary file if there is one; harmless after commit. */
void spool_abandon(struct spool_file *file);

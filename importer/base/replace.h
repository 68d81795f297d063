/* Exchanging files whole: a reader, a kill and a power failure find the old one or the new one, never a part. */
#pragma once

#include "base/error.h"

#include <sys/types.h>

struct file_replacement {
	const char *path;
	struct slice bytes;
	mode_t rights; /* whatever the umask is */
	uid_t user;    /* -1 = as it comes, and so for the group */
	gid_t group;
	bool is_shared; /* others may write it at the same time: each writes a file of its own first */
	bool is_new;    /* it is only made, and never replaced; others may make it at the same time */
};

/*
 * Put the bytes in the place of the file, or make it; its folder must be there. They are written to `path` with '-new'
 * behind it first, which may be left by a kill and is no obstacle later. Who else may write, the caller settles: two at once
 * could put a part of a file in its place, unless `is_shared` or `is_new` is set; then six letters of chance stand in the place
 * of 'new', and what a kill left stays. A group that we are not in is left out where the user is the one we run as.
 *
 * 0; with `is_new` also 1: there is a file already, and it stands. -1 with ERROR_SYSTEM: the old file stands, but where only
 * the folder could not be written out to the disk. ERROR_LIMIT: the path is too long.
 */
must_use int file_replace(const struct file_replacement *replacement, struct error *err);

/*
 * The same of many files, in little more time than it takes to write them: all new ones are on the disk before the first
 * is put in its place. Messages name the file. Neither `is_shared` nor `is_new` may be set.
 *
 * -1: as above, and no file is touched, and nothing is left of the new ones; but where putting one in its place fails,
 * those before it have been replaced. Writes out what others wrote to that file system too, where there are more than a few.
 */
must_use int file_replace_all(const struct file_replacement *replacements, size_t count, struct error *err);

/* `path` with `suffix` behind it, or where that is NULL the folder it is in. -1: ERROR_LIMIT, longer than PATH_MAX. */
must_use int file_path_make(const char *path, const char *suffix, char *ret_path, struct error *err);

/* Write out to the disk which files the folder of `path` has. -1: ERROR_SYSTEM, ERROR_LIMIT. */
must_use int file_folder_sync(const char *path, struct error *err);

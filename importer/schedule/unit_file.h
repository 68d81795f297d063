/*
 * Units as files. The first line of a file says that feedmill made it, and has
 * a fingerprint of the rest: what somebody changed, or made, is not ours to
 * replace or remove.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

enum unit_file_state {
	UNIT_FILE_MISSING,
	UNIT_FILE_OURS,    /* as we wrote it */
	UNIT_FILE_CHANGED, /* we wrote it, and somebody changed it */
	UNIT_FILE_FOREIGN, /* another's; also what is no regular file, such as the link of a masked unit */
};

/* Put the first line before what is in `text`. 0, or -1 without memory. */
must_use int unit_file_sign(struct buffer *text);

/* Whose the file is; `content` (initialised by the caller) receives it. -1: ERROR_SYSTEM, ERROR_MEMORY. */
must_use int unit_file_examine(const char *path, enum unit_file_state *ret_state, struct buffer *content, struct error *err);

enum unit_file_change { UNIT_FILE_KEPT, UNIT_FILE_WRITTEN };

/*
 * Have `path` hold `text`, which is signed; folders that are missing are made for everybody to read. One that is not
 * ours as we wrote it is replaced with `may_replace` only. An enum unit_file_change; -1: ERROR_USAGE where it is not
 * replaced, ERROR_SYSTEM, ERROR_LIMIT, ERROR_MEMORY.
 */
must_use int unit_file_write(const char *path, struct slice text, bool may_replace, struct error *err);

/*
 * Remove `path`, and in the folder beside it that it is in when it is empty then ('feedmill@acme.service.d'). One that is
 * not ours as we wrote it is removed with `may_remove` only. 1 removed, 0 there is none; -1: ERROR_USAGE, ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int unit_file_remove(const char *path, bool may_remove, struct error *err);

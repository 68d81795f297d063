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

enum unit_file_change { UNIT_FILE_KEPT, UNIT_FILE_WRITTEN, UNIT_FILE_REMOVED };

struct unit_file {
	const char *path;
	struct slice text;            /* signed; empty where the file is not to be there */
	enum unit_file_change change; /* what became of it */
};

/*
 * Have each file hold its text; what is equal is not touched. Folders that are missing are made for everybody to read, and
 * a folder of drop-ins ('feedmill@acme.service.d') that is empty then is removed. One that is not ours as we wrote it is
 * replaced and removed with `is_forced` only.
 *
 * All are looked at before the first is changed, and written before the first is put in its place (file_replace_all()): on
 * failure mostly nothing has changed. Durable. -1: ERROR_USAGE where a file is somebody's, ERROR_SYSTEM, ERROR_LIMIT, ERROR_MEMORY.
 */
must_use int unit_files_put(struct unit_file *files, size_t count, bool is_forced, struct error *err);

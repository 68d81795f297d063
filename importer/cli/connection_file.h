/* Files of connections as commands change them: each is checked whole before it is put in its place. */
#pragma once

#include "cli/setting.h"

#include <limits.h>

/* 'FOLDER/NAME.yaml' in the folder of connections. -1: ERROR_USAGE (no such name can be, or there is no folder), ERROR_LIMIT. */
must_use int connection_file_path(const struct setting *setting, const char *name, char ret_path[PATH_MAX], struct error *err);

/*
 * Lock the folder of connections against other commands that change it, until the descriptor is closed. -1: ERROR_SYSTEM.
 * Editors and configuration management know nothing of the lock.
 */
must_use int connection_folder_lock(const struct setting *setting, struct error *err);

/* A text as it would stand at `path`. */
struct connection_draft {
	const char *name;
	const char *path; /* for messages, too */
	struct slice text;
};

/* 0 where the text is a connection, which is not kept; its mistakes are printed, then -1 with ERROR_CONFIG. Or ERROR_MEMORY. */
must_use int connection_draft_check(const struct connection_draft *draft, const struct invocation *invocation,
                                    struct setting *setting, struct error *err);

/*
 * Write it to its path, with these rights or those of the file that is there,
 * then read and check what stands there. -1: as of file_replace(), config_read_file(), connection_draft_check().
 */
must_use int connection_draft_write(const struct connection_draft *draft, const struct invocation *invocation,
                                    struct setting *setting, struct error *err);

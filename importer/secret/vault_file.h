/* The file of a vault: reading it, and exchanging it whole under a lock. A file with its key is written the same way. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <sys/types.h>

/* Whose the file is to be; -1 = as it comes. */
struct vault_owner {
	uid_t user;
	gid_t group;
};

/* Its bytes, appended to `bytes`. -1: ERROR_NOT_FOUND, ERROR_SECRET (its rights), ERROR_VAULT (too large), ERROR_SYSTEM, ERROR_MEMORY. */
must_use int vault_file_read(const char *path, struct buffer *bytes, struct vault_owner *ret_owner, struct error *err);

/* Lock out other writers, waiting for them; makes the folders of `path`. The descriptor to close, and whose a new vault is to be; or -1. */
must_use int vault_file_lock(const char *path, struct vault_owner *ret_owner, struct error *err);

/*
 * Put `bytes` in the place of the file, so that a reader, a kill and a power
 * failure find the old ones or these, with rights for its owner only. A vault is
 * written under vault_file_lock(). -1 with
 * ERROR_SYSTEM: the old file stands, but where only the folder could not be
 * written out to the disk.
 */
must_use int vault_file_write(const char *path, struct slice bytes, const struct vault_owner *owner, struct error *err);

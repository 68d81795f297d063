/* The system's journal, where our standard error leads there. */
#pragma once

#include "base/error.h"

#include <sys/uio.h>

/*
 * Is descriptor `fd` connected with the journal? `stream` is $JOURNAL_STREAM, 'DEVICE:INODE' (systemd.exec(5)), which is
 * inherited also by programs whose output leads elsewhere; or NULL.
 */
bool journal_is_behind(int fd, const char *stream);

/* Set for programs whose standard error we read and pass on to the journal: what they have to tell is to go there by itself. */
#define JOURNAL_VARIABLE "FEEDMILL_JOURNAL"

/* Hand over one entry. -1: ERROR_SYSTEM. */
must_use int journal_send(const struct iovec *fields, size_t count, struct error *err);

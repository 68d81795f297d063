/*
 * To be woken when others have written to a store, and not to ask it again and again. Who has written touches the file of
 * the queue (turn.h) when its turn ends, and the kernel tells those who watch that (inotify(7)). A writer that dies between
 * its commit and that touch is noticed with the next one; of writing there is a little more told than was done.
 */
#pragma once

#include "store/store.h"

/* A descriptor that is readable when somebody has written since; the caller closes it. -1: ERROR_SYSTEM, ERROR_LIMIT. */
must_use int store_changes_open(struct store *store, int *ret_fd, struct error *err);

/* Be readable again by what comes from now on. -1: the file of the queue has gone, and nothing would come: open it anew. */
must_use int store_changes_take(struct store *store, int changes_fd, struct error *err);

/* One daemon per store: a file beside it that is locked for as long as the daemon lives, and has its process id. */
#pragma once

#include "base/error.h"

/*
 * Lock `store` ('sqlite:PATH', whose folder is there). The descriptor is to be closed, which ends it, as any death does.
 * -1: ERROR_LEASE names the process that has it; ERROR_SYSTEM, ERROR_CONFIG.
 */
must_use int daemon_lock_take(const char *store, struct error *err);

/* A VFS and an allocator around SQLite's own. Private to tests/fault. */
#pragma once

#include "fault.h"

/* Both become the default ones. */
void fault_database_install(void);

/* One more step: does it fail? Does not return where the process is to be killed at it. */
bool fault_strikes(enum fault_step step);

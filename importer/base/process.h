/* Processes of this machine, told apart although their ids are used again. */
#pragma once

#include "base/slice.h"

#include <stdint.h>

struct process_status {
	char state;         /* proc(5): 'R', 'S', 'Z' for a zombie … */
	int64_t start_time; /* in clock ticks since the system started */
};

/* What /proc says of `pid`; false where it cannot be read or does not read as proc(5) has it. */
must_use bool process_read_status(int64_t pid, struct process_status *ret_status);

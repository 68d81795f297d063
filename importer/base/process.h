/* Processes of this machine, told apart although their ids are used again. */
#pragma once

#include "base/slice.h"

#include <stdint.h>
#include <sys/types.h>

struct process_status {
	char state;         /* proc(5): 'R', 'S', 'Z' for a zombie … */
	int64_t start_time; /* in clock ticks since the system started */
};

/* What /proc says of `pid`; false where it cannot be read or does not read as proc(5) has it. */
must_use bool process_read_status(int64_t pid, struct process_status *ret_status);

/*
 * In the child of a fork, before it becomes another program: die of SIGKILL with `parent`, the process that forked. False where
 * that one is gone already, so that the child must end by itself, or where the kernel refuses.
 *
 * To the kernel it is the death of the thread that forked (PR_SET_PDEATHSIG): that has to be one that lives as long as its
 * process, as the main thread does. It does not hold for a program that sets its user id, nor for the child's own children.
 * As safe as signal-safety(7) asks.
 */
must_use bool process_follow_parent(pid_t parent);

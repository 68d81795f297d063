/*
 * Faults of the machine, one at a time and at a chosen step: memory, files, the database's files, processes.
 *
 * The program has no hooks for this: calls of our own code come here by the linker's --wrap, those of SQLite by a VFS and an
 * allocator around its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is counted, from 1. */
enum fault_step {
	FAULT_STEP_MEMORY,   /* requests of our code and of SQLite */
	FAULT_STEP_FILE,     /* open, write, sync, rename, unlink, truncate of our code */
	FAULT_STEP_DATABASE, /* open, write, sync, truncate, shared memory of SQLite */
	FAULT_STEP_FRAME,    /* waits for a frame of the reader */
	FAULT_STEP_COUNT
};

enum fault_act {
	FAULT_NONE,
	FAULT_FAIL,        /* this one */
	FAULT_FAIL_ON,     /* this one and all after it, as on a full disk */
	FAULT_KILL,        /* the process */
	FAULT_KILL_READER, /* its reader */
};

struct fault {
	enum fault_step step;
	enum fault_act act;
	size_t at;
};

/* Once, before SQLite is used. */
void fault_install(void);

/* Of the n-th request for memory the stack of calls goes to hashes[n - 1]; NULL: to nowhere. Processes that are forked inherit it. */
void fault_note_stacks(uint64_t *hashes, size_t count);

/* From now on; all counts begin anew. */
void fault_arm(const struct fault *fault);

/* No fault any more; the counts stay. */
void fault_disarm(void);

size_t fault_count(enum fault_step step);

/* After this time of the machine, the process (or its reader) is killed wherever it is. */
void fault_kill_after(long microseconds, bool is_reader);

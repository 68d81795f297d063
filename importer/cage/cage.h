/*
 * The cage of a process that reads what strangers wrote: from the moment it is
 * entered, the process can read one descriptor, write another, and ask for a
 * bounded amount of memory and time. Nothing leads out of it again.
 *
 * What the kernel does not have is left out and told, or refused where the
 * whole cage is required; there is no way to leave parts out on purpose.
 * A process with one thread, on Linux with glibc.
 */
#pragma once

#include "base/error.h"

/* What the cage is made of, in the order in which it closes. */
enum cage_part {
	CAGE_PARENT,      /* dies with the process that started it, as base/process.h has it */
	CAGE_PRIVILEGES,  /* gains no rights by executing a program */
	CAGE_DUMP,        /* cannot be looked into by others of its user, and leaves no core file */
	CAGE_DESCRIPTORS, /* has its two descriptors and no other */
	CAGE_FILES,       /* Landlock: opens no file, whatever system call it finds for that */
	CAGE_LIMITS,      /* resource limits: memory, processor time, files, processes */
	CAGE_CALLS,       /* seccomp: is killed by any system call that it does not need */
	CAGE_PART_COUNT
};

struct cage_options {
	int input_fd;              /* may be read and sought in */
	int output_fd;             /* may be written to */
	uint64_t memory_max_bytes; /* of address space; sanitizers need more and get it */
	uint64_t cpu_max_seconds;  /* beyond them SIGXCPU ends the process */
	bool is_required;          /* a part that is missing is an error */
};

struct cage_report {
	uint32_t missing; /* parts that this system refused: bits 1 << enum cage_part */
};

/*
 * Enter the cage: close every descriptor but the two, and give up all rights
 * but those named above. What libraries load on first use must have been
 * loaded. `ret_report` is filled in any case.
 *
 * -1 with ERROR_SYSTEM where `is_required` and a part is missing; what was
 * given up by then stays given up.
 */
must_use int cage_enter(const struct cage_options *options, struct cage_report *ret_report, struct error *err);

#define CAGE_TEXT_SIZE 160

/* The missing parts for people: 'Landlock, seccomp'; '' where none is missing. */
void cage_report_describe(const struct cage_report *report, char ret_text[CAGE_TEXT_SIZE]);

/*
 * What tools that are compiled into a program for its tests need in a cage
 * besides the program itself. The only place that knows of them; without one,
 * all lists are empty and all constants false.
 */
#pragma once

#include <sys/syscall.h>

/* Sanitizers map shadows of all memory; at the end they look for leaks with a helper process, and find names in the program's file. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAGE_HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CAGE_HAS_SANITIZER 1
#endif
#endif
#ifndef CAGE_HAS_SANITIZER
#define CAGE_HAS_SANITIZER 0
#endif

/* gcov writes its counts to files beside the objects when the process ends. */
#ifdef FEEDMILL_COVERAGE
#define CAGE_HAS_COVERAGE 1
#else
#define CAGE_HAS_COVERAGE 0
#endif

#define CAGE_HAS_TOOLS (CAGE_HAS_SANITIZER || CAGE_HAS_COVERAGE)

/* Landlock: what may be read nonetheless; rows of files.c. */
#if CAGE_HAS_SANITIZER
#define CAGE_TOOL_PATHS \
	{"/proc", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR}, {"/proc/self/exe", LANDLOCK_ACCESS_FS_READ_FILE},
#else
#define CAGE_TOOL_PATHS
#endif

/* seccomp: rules of calls.c that go before its own. Some machines lack the calls of older ones. */
#ifdef SYS_open
#define CAGE_TOOL_OLD_CALLS \
	ALWAYS(open), ALWAYS(getdents), ALWAYS(stat), ALWAYS(readlink), ALWAYS(mkdir), ALWAYS(access), ALWAYS(arch_prctl),
#else
#define CAGE_TOOL_OLD_CALLS
#endif
#if CAGE_HAS_TOOLS
#define CAGE_TOOL_CALLS                                                                                                         \
	ALWAYS(read), ALWAYS(pread64), ALWAYS(write), ALWAYS(lseek), ALWAYS(openat), ALWAYS(close), ALWAYS(dup), ALWAYS(fstat), \
		ALWAYS(newfstatat), ALWAYS(mkdirat), ALWAYS(fcntl), ALWAYS(ftruncate), ALWAYS(readlinkat), ALWAYS(getdents64),  \
		ALWAYS(futex), ALWAYS(sched_yield), ALWAYS(sched_getaffinity), ALWAYS(rt_sigaction), ALWAYS(rt_sigreturn),      \
		ALWAYS(sigaltstack), ALWAYS(prctl), ALWAYS(prlimit64), ALWAYS(getppid), ALWAYS(ptrace), ALWAYS(wait4),          \
		ALWAYS(exit), ALWAYS(uname), ONLY_IF(mprotect, {2, PROT_EXEC, 0}), ONLY_IF(mmap, {2, PROT_EXEC, 0}),            \
		ONLY_IF(clone, {0, CLONE_VM, CLONE_VM}), CAGE_TOOL_OLD_CALLS
#else
#define CAGE_TOOL_CALLS
#endif

/*
 * seccomp: a list of the system calls that reading, computing and ending need,
 * as a program of BPF. Written by hand rather than with libseccomp: the list
 * is short, its arguments matter, and what is to be trusted is all here.
 */
#include "cage/parts.h"
#include "cage/tools.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers mean something else where a process of another kind makes the call. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#define ARCHITECTURE 0 /* the calls of this machine are not known to us */
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_WORD 0
#else
#define LOW_WORD 4
#endif

#define CONDITIONS_MAX 2
#define PROGRAM_MAX 512

/* (argument & mask) must be `value`. The lower 32 bits: the kernel drops the rest of descriptors, and flags have none there. */
struct condition {
	unsigned argument;
	uint32_t mask; /* 0 = no condition */
	uint32_t value;
};

struct rule {
	long call;
	struct condition conditions[CONDITIONS_MAX]; /* all of them */
};

#define ALWAYS(name)               \
	{                          \
		.call = SYS_##name \
	}
#define ONLY_IF(name, ...)                                        \
	{                                                         \
		.call = SYS_##name, .conditions = { __VA_ARGS__ } \
	}

struct program {
	struct sock_filter instructions[PROGRAM_MAX];
	unsigned short size;
};

static void append(struct program *program, struct sock_filter instruction)
{
	if (program->size < PROGRAM_MAX)
		program->instructions[program->size++] = instruction;
}

static void append_load(struct program *program, size_t offset)
{
	append(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void append_return(struct program *program, uint32_t action)
{
	append(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Go on if the value at hand is `value`, else over the next `skipped` instructions. */
static void append_unless(struct program *program, uint32_t value, uint8_t skipped)
{
	append(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped));
}

static void append_condition(struct program *program, const struct condition *condition)
{
	append_load(program, offsetof(struct seccomp_data, args) + condition->argument * sizeof(uint64_t) + LOW_WORD);
	append(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, condition->mask));
	append(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, condition->value, 1, 0));
	append_return(program, SECCOMP_RET_KILL_PROCESS);
}

/* The number of the call is the value at hand, and stays so where the call is another one. */
static void append_rule(struct program *program, const struct rule *rule)
{
	unsigned conditions = 0;

	while (conditions < CONDITIONS_MAX && rule->conditions[conditions].mask != 0)
		conditions++;
	append_unless(program, (uint32_t)rule->call, (uint8_t)(4 * conditions + 1));
	for (unsigned i = 0; i < conditions; i++)
		append_condition(program, &rule->conditions[i]);
	append_return(program, SECCOMP_RET_ALLOW);
}

static void compile(struct program *program, const struct rule *rules, size_t count)
{
	program->size = 0;
	append_load(program, offsetof(struct seccomp_data, arch));
	append(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	append_return(program, SECCOMP_RET_KILL_PROCESS);
	append_load(program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < count; i++)
		append_rule(program, &rules[i]);
	append_return(program, SECCOMP_RET_KILL_PROCESS);
}

bool cage_calls_restrict(const struct cage_options *options)
{
	const uint32_t input = (uint32_t)options->input_fd;
	const uint32_t output = (uint32_t)options->output_fd;
	const uint32_t self = (uint32_t)getpid();
	const struct rule rules[] = {
		CAGE_TOOL_CALLS ONLY_IF(read, {0, UINT32_MAX, input}),
		ONLY_IF(lseek, {0, UINT32_MAX, input}),
		ONLY_IF(writev, {0, UINT32_MAX, output}),
		/* Memory without a file behind it, in which no code can be put. */
		ONLY_IF(mmap, {2, PROT_EXEC, 0}, {3, MAP_ANONYMOUS, MAP_ANONYMOUS}),
		ALWAYS(brk),
		ALWAYS(munmap),
		ALWAYS(mremap),
		ALWAYS(madvise),
		ALWAYS(sysinfo), /* qsort() asks how much memory there is */
		/* Only where the kernel has no faster way to tell the time. */
		ALWAYS(clock_gettime),
		ALWAYS(gettimeofday),
		ONLY_IF(futex, {1, UINT32_MAX, FUTEX_WAKE_PRIVATE}), /* pthread_once() calls whoever waits */
		/* abort(): a broken invariant is to be told as such. */
		ALWAYS(rt_sigprocmask),
		ALWAYS(getpid),
		ALWAYS(gettid),
		ONLY_IF(tgkill, {0, UINT32_MAX, self}, {2, UINT32_MAX, SIGABRT}),
		ALWAYS(exit_group),
	};
	struct program program;

	compile(&program, rules, sizeof(rules) / sizeof(rules[0]));
	const struct sock_fprog filter = {.len = program.size, .filter = program.instructions};
	return ARCHITECTURE != 0 && program.size < PROGRAM_MAX && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

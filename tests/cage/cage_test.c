/* Children in the cage that try what they must not, and what they must be able to. */
#include "cage/cage.h"

#include "base/process.h"
#include "cage/tools.h"
#include "cage_tests.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define MEMORY_BYTES ((uint64_t)256 * 1024 * 1024)

/* How a child ends that is not killed. */
enum ending { ENDING_DONE = 11, ENDING_REFUSED, ENDING_NO_SECCOMP, ENDING_BROKEN };

struct child {
	pid_t parent;
	int input_fd; /* of a file */
	int output_fd;
	int other_fd; /* open before the cage is entered */
};

static void end_if(bool is_done)
{
	_exit(is_done ? ENDING_DONE : ENDING_REFUSED);
}

/* Run `act` in a cage; the status as of waitpid(). */
static int run_caged(void (*act)(const struct child *child), uint64_t cpu_seconds)
{
	struct child child = {.parent = getpid(), .input_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
	int ends[2];
	int status;

	assert_true(child.input_fd >= 0);
	assert_int_equal(pipe(ends), 0);
	child.output_fd = ends[1];
	child.other_fd = dup(ends[1]);
	const pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct cage_options options = {
			.input_fd = child.input_fd,
			.output_fd = child.output_fd,
			.memory_max_bytes = MEMORY_BYTES,
			.cpu_max_seconds = cpu_seconds,
		};
		struct cage_report report;
		struct error err;

		if (!process_follow_parent(child.parent) || cage_enter(&options, &report, &err) < 0)
			_exit(ENDING_BROKEN);
		if ((report.missing >> CAGE_CALLS & 1) != 0)
			_exit(ENDING_NO_SECCOMP);
		act(&child);
		_exit(ENDING_BROKEN);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(child.other_fd);
	(void)close(child.input_fd);
	if (WIFEXITED(status) && WEXITSTATUS(status) == ENDING_NO_SECCOMP) {
		print_message("this kernel or container has no seccomp: what it forbids is not tested\n");
		skip();
	}
	return status;
}

/* --- what must not be --- */

static void opens_a_file(const struct child *child)
{
	(void)child;
	end_if(open("/etc/passwd", O_RDONLY) >= 0);
}

static void makes_a_file(const struct child *child)
{
	(void)child;
	end_if(open("/tmp/feedmill-cage-test", O_WRONLY | O_CREAT, 0600) >= 0);
}

static void reads_its_environment(const struct child *child)
{
	(void)child;
	end_if(open("/proc/self/environ", O_RDONLY) >= 0);
}

static void removes_a_file(const struct child *child)
{
	(void)child;
	end_if(unlink("/tmp/feedmill-cage-test-that-is-not-there") == 0);
}

static void opens_a_socket(const struct child *child)
{
	(void)child;
	end_if(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static void forks(const struct child *child)
{
	(void)child;
	end_if(fork() >= 0);
}

static void executes(const struct child *child)
{
	char name[] = "true";
	char *const arguments[] = {name, NULL};

	(void)child;
	(void)execve("/bin/true", arguments, arguments + 1);
	end_if(false);
}

static void kills_its_parent(const struct child *child)
{
	end_if(kill(child->parent, SIGCONT) == 0);
}

static void aborts_its_parent(const struct child *child)
{
	end_if(syscall(SYS_tgkill, child->parent, child->parent, SIGABRT) == 0);
}

static void stops_itself(const struct child *child)
{
	(void)child;
	end_if(raise(SIGSTOP) == 0);
}

static void traces(const struct child *child)
{
	end_if(ptrace(PTRACE_ATTACH, child->parent, NULL, NULL) == 0);
}

static void reads_another_process(const struct child *child)
{
	end_if(syscall(SYS_process_vm_readv, child->parent, NULL, 0L, NULL, 0L, 0L) >= 0);
}

static void maps_code(const struct child *child)
{
	(void)child;
	end_if(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static void turns_data_into_code(const struct child *child)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)child;
	end_if(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
}

static void maps_its_input(const struct child *child)
{
	end_if(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, child->input_fd, 0) != MAP_FAILED);
}

/* By the call that a cage lets through for the output. */
static bool put_byte(int fd)
{
	static char byte = 'x';

	return writev(fd, &(struct iovec){.iov_base = &byte, .iov_len = 1}, 1) == 1;
}

static void writes_to_another_descriptor(const struct child *child)
{
	end_if(put_byte(child->other_fd));
}

static void writes_to_standard_output(const struct child *child)
{
	(void)child;
	end_if(write(STDOUT_FILENO, "x", 1) == 1 || put_byte(STDOUT_FILENO));
}

static void reads_standard_input(const struct child *child)
{
	char byte;

	(void)child;
	end_if(read(STDIN_FILENO, &byte, 1) >= 0);
}

static void duplicates_a_descriptor(const struct child *child)
{
	end_if(dup(child->output_fd) >= 0);
}

static void allocates_beyond_the_limit(const struct child *child)
{
	char *bytes = malloc(MEMORY_BYTES);

	(void)child;
	if (bytes != NULL)
		bytes[0] = 1; /* or the compiler takes both calls away */
	end_if(bytes != NULL && bytes[0] == 1);
}

static void allocates_bit_by_bit(const struct child *child)
{
	size_t count = 0;

	(void)child;
	while (count < MEMORY_BYTES / 1000) {
		char *bytes = malloc(1000);
		if (bytes == NULL)
			end_if(false);
		bytes[0] = 1;
		count += bytes[0] == 1;
	}
	end_if(true);
}

static void raises_a_limit(const struct child *child)
{
	const struct rlimit limits = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};

	(void)child;
	end_if(setrlimit(RLIMIT_AS, &limits) == 0);
}

static void loads_a_filter(const struct child *child)
{
	(void)child;
	end_if(syscall(SYS_seccomp, 1, 0, NULL) == 0);
}

#ifdef __x86_64__
/* getpid() by the old way in, where that number is something else. */
static void calls_as_another_machine(const struct child *child)
{
	long result;

	(void)child;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
	end_if(result > 0);
}

static void calls_with_short_pointers(const struct child *child)
{
	(void)child;
	end_if(syscall(0x40000000L | SYS_getpid) > 0);
}
#endif

/* Tools that are compiled in and must be able to do what others must not. */
enum permission { FOR_NOBODY, FOR_COVERAGE, FOR_TOOLS };

static const struct attempt {
	const char *name;
	void (*act)(const struct child *child);
	bool is_refused; /* by the kernel, else the child is killed */
	enum permission permission;
} attempts[] = {
	{"opens a file", opens_a_file, false, FOR_COVERAGE},
	{"makes a file", makes_a_file, false, FOR_COVERAGE},
	{"reads its environment", reads_its_environment, false, FOR_TOOLS},
	{"removes a file", removes_a_file, false, FOR_NOBODY},
	{"opens a socket", opens_a_socket, false, FOR_NOBODY},
	{"forks", forks, false, FOR_NOBODY},
	{"executes", executes, false, FOR_NOBODY},
	{"kills its parent", kills_its_parent, false, FOR_NOBODY},
	{"aborts its parent", aborts_its_parent, false, FOR_NOBODY},
	{"stops itself", stops_itself, false, FOR_NOBODY},
	{"traces", traces, false, FOR_TOOLS},
	{"reads another process", reads_another_process, false, FOR_NOBODY},
	{"maps code", maps_code, false, FOR_NOBODY},
	{"turns data into code", turns_data_into_code, false, FOR_NOBODY},
	{"maps its input", maps_its_input, false, FOR_TOOLS},
	{"writes to another descriptor", writes_to_another_descriptor, false, FOR_NOBODY},
	{"writes to standard output", writes_to_standard_output, false, FOR_NOBODY},
	{"reads standard input", reads_standard_input, false, FOR_NOBODY},
	{"duplicates a descriptor", duplicates_a_descriptor, false, FOR_TOOLS},
	{"allocates beyond the limit", allocates_beyond_the_limit, true, FOR_TOOLS},
	{"allocates bit by bit", allocates_bit_by_bit, true, FOR_TOOLS},
	{"raises a limit", raises_a_limit, false, FOR_TOOLS},
	{"loads a filter", loads_a_filter, false, FOR_NOBODY},
#ifdef __x86_64__
	{"calls as another machine", calls_as_another_machine, false, FOR_NOBODY},
	{"calls with short pointers", calls_with_short_pointers, false, FOR_NOBODY},
#endif
};

static bool is_permitted(const struct attempt *attempt)
{
	/* A sanitizer's files are kept from others by Landlock alone. */
	const bool has_landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;

	if (!CAGE_HAS_TOOLS || attempt->permission == FOR_NOBODY)
		return false;
	return attempt->permission == FOR_TOOLS || CAGE_HAS_COVERAGE || !has_landlock;
}

static void what_the_cage_forbids_kills_or_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *attempt = &attempts[i];
		if (is_permitted(attempt))
			continue;
		const int status = run_caged(attempt->act, 60);
		const bool is_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
		const bool is_refused = WIFEXITED(status) && WEXITSTATUS(status) == ENDING_REFUSED;
		/* What tools may call in their own ways is stopped by the other parts. */
		const bool may_be_refused = attempt->is_refused || CAGE_HAS_TOOLS;

		if (!(is_killed && !attempt->is_refused) && !(is_refused && may_be_refused))
			fail_msg("a child that %s ended with status %#x", attempt->name, (unsigned)status);
	}
}

/* --- what must be --- */

static void reads_its_input(const struct child *child)
{
	char bytes[4];

	end_if(read(child->input_fd, bytes, sizeof(bytes)) == 4 && lseek(child->input_fd, 0, SEEK_SET) == 0 &&
	       read(child->input_fd, bytes, sizeof(bytes)) == 4 && memcmp(bytes, "\177ELF", 4) == 0);
}

static void writes_its_output(const struct child *child)
{
	end_if(put_byte(child->output_fd));
}

static void uses_memory(const struct child *child)
{
	const size_t size = MEMORY_BYTES / 8;
	char *bytes = malloc(size / 2);

	(void)child;
	if (bytes != NULL)
		bytes = realloc(bytes, size);
	if (bytes != NULL)
		memset(bytes, 1, size);
	free(bytes);
	for (size_t i = 0; bytes != NULL && i < 1000; i++)
		free(malloc(i * 1000));
	end_if(bytes != NULL);
}

static int compare(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

static void sorts(const struct child *child)
{
	const size_t count = 100000;
	int *numbers = calloc(count, sizeof(*numbers));

	(void)child;
	if (numbers == NULL)
		_exit(ENDING_BROKEN);
	for (size_t i = 0; i < count; i++)
		numbers[i] = (int)(count - i);
	qsort(numbers, count, sizeof(*numbers), compare);
	end_if(numbers[0] == 1);
}

static void asks_the_time(const struct child *child)
{
	struct timespec now;

	(void)child;
	/* Past the fast way, which some machines do not have. */
	end_if(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0 && time(NULL) > 0);
}

static void what_reading_needs_is_allowed(void **state)
{
	static void (*const acts[])(const struct child *child) = {reads_its_input, writes_its_output, uses_memory, sorts,
	                                                          asks_the_time};

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		const int status = run_caged(acts[i], 60);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != ENDING_DONE)
			fail_msg("act %zu ended with status %#x", i, (unsigned)status);
	}
}

/* --- ends --- */

static void aborts(const struct child *child)
{
	(void)child;
	abort();
}

static void a_broken_invariant_is_told_as_such(void **state)
{
	(void)state;
	const int status = run_caged(aborts, 60);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void computes_forever(const struct child *child)
{
	for (volatile uint64_t i = 0; child->parent != 0; i++)
		;
}

static void processor_time_ends(void **state)
{
	(void)state;
	const int status = run_caged(computes_forever, 1);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXCPU);
}

/* A child whose parent dies; nobody else holds the write end, so that its end is seen. */
static void a_caged_process_dies_with_its_parent(void **state)
{
	int ends[2];
	char byte;
	int status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	const pid_t parent = fork();
	assert_true(parent >= 0);
	if (parent == 0) {
		const pid_t self = getpid();

		if (fork() == 0) {
			if (!process_follow_parent(self))
				_exit(ENDING_BROKEN);
			if (write(ends[1], "1", 1) != 1)
				_exit(ENDING_BROKEN);
			for (;;)
				(void)pause();
		}
		(void)close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 1 ? 0 : ENDING_BROKEN);
	}
	(void)close(ends[1]);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
}

static void a_parent_that_is_gone_already_is_noticed(void **state)
{
	int status;

	(void)state;
	const pid_t stranger = getppid();
	const pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(process_follow_parent(stranger) ? ENDING_DONE : ENDING_REFUSED);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ENDING_REFUSED);
}

int cage_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_cage_forbids_kills_or_is_refused),
		cmocka_unit_test(what_reading_needs_is_allowed),
		cmocka_unit_test(a_broken_invariant_is_told_as_such),
		cmocka_unit_test(processor_time_ends),
		cmocka_unit_test(a_caged_process_dies_with_its_parent),
		cmocka_unit_test(a_parent_that_is_gone_already_is_noticed),
	};

	return cmocka_run_group_tests_name("cage", tests, NULL, NULL);
}

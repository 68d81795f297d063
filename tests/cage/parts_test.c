/* The cage on systems that lack a part of it: the others still hold, and what is missing is told or is an error. */
#include "base/process.h"
#include "cage/parts.h"
#include "cage/tools.h"
#include "cage_tests.h"
#include "refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MEMORY_BYTES ((uint64_t)256 * 1024 * 1024)
#define NONE (-1L)

/* What a child found out, in memory that it shares with the test. */
struct finding {
	bool is_able; /* to refuse itself the call */
	int result;
	struct cage_report report;
	struct error err;
	char text[CAGE_TEXT_SIZE];
	int open_errno; /* 0 = a file could be opened */
	bool is_dumpable;
	bool has_new_privileges;
	bool has_other_descriptor;
	rlim_t limits[5];
};

static const enum __rlimit_resource resources[] = {RLIMIT_CORE, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_AS};

static void look_around(struct finding *finding, int other_fd)
{
	struct rlimit limits;

	finding->open_errno = open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
	finding->is_dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
	finding->has_new_privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
	finding->has_other_descriptor = fcntl(other_fd, F_GETFD) >= 0;
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		if (getrlimit(resources[i], &limits) == 0)
			finding->limits[i] = limits.rlim_max;
	}
}

/* In the child. */
static void enter(struct finding *finding, pid_t parent, long refused, bool is_required)
{
	const struct cage_options options = {
		.input_fd = open("/dev/null", O_RDONLY),
		.output_fd = open("/dev/null", O_WRONLY),
		.memory_max_bytes = MEMORY_BYTES,
		.cpu_max_seconds = 60,
		.is_required = is_required,
	};
	const int other_fd = open("/dev/null", O_RDONLY);

	finding->is_able = (parent == 0 || process_follow_parent(parent)) && (refused == NONE || refuse_call(refused));
	if (!finding->is_able)
		return;
	finding->result = cage_enter(&options, &finding->report, &finding->err);
	cage_report_describe(&finding->report, finding->text);
	if ((finding->report.missing >> CAGE_CALLS & 1) != 0)
		look_around(finding, other_fd);
}

/* Enter the cage in a child that is refused `call`; with `parent` 0 it follows none. */
static struct finding find(pid_t parent, long refused, bool is_required)
{
	struct finding *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct finding finding;
	int status;

	assert_true(shared != MAP_FAILED);
	const pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		enter(shared, parent, refused, is_required);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	memcpy(&finding, shared, sizeof(finding));
	assert_int_equal(munmap(shared, sizeof(*shared)), 0);
	if (!finding.is_able) {
		print_message("no system call can be refused here: not tested\n");
		skip();
	}
	return finding;
}

static bool misses(const struct finding *finding, enum cage_part part)
{
	return (finding->report.missing >> part & 1) != 0;
}

static void a_part_that_is_missing_is_told(void **state)
{
	(void)state;
	const struct finding files = find(getpid(), SYS_landlock_create_ruleset, false);
	assert_int_equal(files.result, 0);
	assert_true(misses(&files, CAGE_FILES));
	assert_non_null(strstr(files.text, "Landlock"));

	const struct finding parent = find(0, NONE, false);
	assert_int_equal(parent.result, 0);
	assert_true(misses(&parent, CAGE_PARENT));
	assert_non_null(strstr(parent.text, "death with the parent"));
}

static void a_part_that_is_missing_is_an_error_where_it_is_required(void **state)
{
	static const struct {
		long refused;
		const char *name;
	} rows[] = {{SYS_landlock_create_ruleset, "Landlock"}, {SYS_seccomp, "seccomp"}, {SYS_close_range, "closed descriptors"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding finding = find(getpid(), rows[i].refused, true);
		assert_int_equal(finding.result, -1);
		assert_int_equal(finding.err.code, ERROR_SYSTEM);
		if (!strstr(finding.err.message, rows[i].name))
			fail_msg("'%s' is not in '%s'", rows[i].name, finding.err.message);
	}
}

static void a_whole_cage_misses_nothing(void **state)
{
	(void)state;
	const struct finding finding = find(getpid(), NONE, true);
	if (finding.result < 0) {
		print_message("%s: not tested\n", finding.err.message);
		skip();
	}
	assert_int_equal(finding.report.missing, 0);
	assert_string_equal(finding.text, "");
}

static void without_seccomp_the_other_parts_hold(void **state)
{
	(void)state;
	const struct finding finding = find(getpid(), SYS_seccomp, false);
	assert_true(misses(&finding, CAGE_CALLS));
	assert_non_null(strstr(finding.text, "seccomp"));
	assert_false(finding.is_dumpable);
	assert_false(finding.has_new_privileges);
	assert_false(finding.has_other_descriptor);
	assert_int_equal(finding.limits[0], 0);
	if (CAGE_HAS_TOOLS)
		return;
	assert_int_not_equal(finding.open_errno, 0);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(finding.limits[i], 0);
	assert_int_equal(finding.limits[4], MEMORY_BYTES);
}

/* In a child: 0 = a file could be opened, else why not. */
static int open_behind_landlock(void)
{
	int status;
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !cage_files_deny())
			_exit(255);
		_exit(open("/etc/passwd", O_RDONLY) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void landlock_alone_denies_files(void **state)
{
	(void)state;
	const int number = open_behind_landlock();
	if (number == 255 || CAGE_HAS_COVERAGE) {
		print_message("this kernel or container has no Landlock: not tested\n");
		skip();
	}
	assert_int_equal(number, EACCES);
}

static void all_parts_have_names_that_fit(void **state)
{
	const struct cage_report report = {.missing = (UINT32_C(1) << CAGE_PART_COUNT) - 1};
	char text[CAGE_TEXT_SIZE];

	(void)state;
	cage_report_describe(&report, text);
	assert_string_equal(
		text, "death with the parent, no_new_privs, no dumping, closed descriptors, Landlock, resource limits, seccomp");
}

int parts_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_that_is_missing_is_told),
		cmocka_unit_test(a_part_that_is_missing_is_an_error_where_it_is_required),
		cmocka_unit_test(a_whole_cage_misses_nothing),
		cmocka_unit_test(without_seccomp_the_other_parts_hold),
		cmocka_unit_test(landlock_alone_denies_files),
		cmocka_unit_test(all_parts_have_names_that_fit),
	};

	return cmocka_run_group_tests_name("cage_parts", tests, NULL, NULL);
}

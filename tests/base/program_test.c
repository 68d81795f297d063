/* Programs: how they are found and started, and that nothing of them is left. */
#include "base/program.h"

#include "base/number.h"
#include "base_tests.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 256
#define DEADLINE_MS 20000

static int run(const char *const *arguments, int64_t timeout_ms, char output[OUTPUT_MAX + 1], struct program_end *end,
               struct error *err)
{
	const struct program program = {
		.arguments = arguments,
		.output = output,
		.output_max = OUTPUT_MAX,
		.keeps_errors = true,
		.timeout_ms = timeout_ms,
		.clock = clock_system(),
	};
	const int result = program_run(&program, end, err);

	output[end->output_size] = '\0';
	return result;
}

static int run_script(const char *script, int64_t timeout_ms, char output[OUTPUT_MAX + 1], struct program_end *end,
                      struct error *err)
{
	const char *const arguments[] = {"sh", "-c", script, NULL};

	return run(arguments, timeout_ms, output, end, err);
}

static bool is_there(pid_t pid)
{
	return kill(pid, 0) == 0;
}

/* Processes that nobody here waits for go when init has waited for them; those that were killed are as good as gone. */
static void assert_ends(int64_t pid)
{
	const int fd = pidfd_open((pid_t)pid, 0);
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	if (fd < 0)
		return;
	const int result = poll(&wait, 1, DEADLINE_MS);
	(void)close(fd);
	if (result != 1) {
		(void)kill((pid_t)pid, SIGKILL);
		fail_msg("process %lld is left", (long long)pid);
	}
}

/* The next number of a text, behind any blanks. */
static int64_t take_number(struct slice *text)
{
	int64_t number = 0;
	size_t size;

	while (text->size > 0 && (text->data[0] == ' ' || text->data[0] == '\n'))
		*text = slice_make(text->data + 1, text->size - 1);
	for (size = 0; size < text->size && text->data[size] >= '0' && text->data[size] <= '9'; size++)
		;
	assert_true(number_parse_integer(slice_make(text->data, size), 2, INT64_MAX, &number));
	*text = slice_make(text->data + size, text->size - size);
	return number;
}

/* ---- Starting ---- */

static void a_program_is_found_as_in_a_shell_and_never_run_by_one(void **state)
{
	char folder[] = "/tmp/feedmill-program-XXXXXX";
	char plain[64];
	char unfit[64];
	char path[256];
	const char *known = getenv("PATH");
	char *before = known ? strdup(known) : NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(plain, sizeof(plain), "%s/plain", folder);
	(void)snprintf(unfit, sizeof(unfit), "%s/true", folder);
	FILE *file = fopen(plain, "we");
	assert_non_null(file);
	assert_true(fputs("echo 'a shell runs this'\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(plain, 0700), 0);
	file = fopen(unfit, "we"); /* of that name, but not for running */
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	(void)snprintf(path, sizeof(path), "/nonexistent:/etc/passwd::%s:/usr/bin:/bin", folder);
	assert_int_equal(setenv("PATH", path, 1), 0);

	const struct {
		const char *name;
		const char *message; /* NULL = it runs */
	} rows[] = {
		{"true", NULL},
		{"/bin/true", NULL},
		{"plain", "the program cannot be started: Exec format error"},
		{plain, "the program cannot be started: Exec format error"},
		{"feedmill-is-not-here", "the program cannot be started: No such file or directory"},
		{"", "the program cannot be started: No such file or directory"},
		{"/nonexistent/true", "the program cannot be started: No such file or directory"},
		{folder, "the program cannot be started: Permission denied"},
	};
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		const char *const arguments[] = {rows[row].name, NULL};
		struct program_end end = {.status = -1};
		struct error err = ERROR_INIT;
		char output[OUTPUT_MAX + 1];
		const int result = run(arguments, DEADLINE_MS, output, &end, &err);

		assert_int_equal(result, rows[row].message ? -1 : 0);
		assert_int_equal(end.output_size, 0);
		if (rows[row].message) {
			assert_string_equal(err.message, rows[row].message);
			assert_int_equal(err.code, ERROR_NOT_FOUND);
		} else {
			assert_int_equal(end.status, 0);
		}
	}
	assert_int_equal(before ? setenv("PATH", before, 1) : unsetenv("PATH"), 0);
	free(before);
	(void)unlink(plain);
	(void)unlink(unfit);
	(void)rmdir(folder);
}

/* Reads '5' from its standard input, and says which signals it holds or ignores, and its descriptors and session. */
static void a_program_gets_three_descriptors_and_its_signals_back(void **state)
{
	static const char script[] =
		"cat; test -t 0; ls /proc/self/fd | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\t';"
		"test $$ = $(ps -o sid= -p $$) && echo leader";
	const char *const arguments[] = {"sh", "-c", script, NULL};

	(void)state;
	/* Ours are closed, as those of a daemon may be: what is opened takes their places. */
	for (int closed = -1; closed < 3; closed++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		const pid_t pid = fork();
		if (pid == 0) {
			struct error err = ERROR_INIT;
			struct program_end end;
			char output[OUTPUT_MAX + 1];
			const struct program program = {.arguments = arguments,
			                                .input = slice_from("5 "),
			                                .output = output,
			                                .output_max = OUTPUT_MAX,
			                                .timeout_ms = DEADLINE_MS,
			                                .clock = clock_system()};
			sigset_t all;

			(void)sigfillset(&all);
			(void)sigprocmask(SIG_BLOCK, &all, NULL);
			(void)signal(SIGPIPE, SIG_IGN);
			for (int fd = 0; fd <= closed; fd++)
				(void)close(fd);
			if (program_run(&program, &end, &err) == 0 && end.status == 0)
				(void)!write(ends[1], output, end.output_size);
			_exit(0);
		}
		char text[OUTPUT_MAX + 1] = "";
		(void)close(ends[1]);
		for (ssize_t size = 0, more = 1; more > 0 && size<OUTPUT_MAX; size += more> 0 ? more : 0)
			more = read(ends[0], text + size, (size_t)(OUTPUT_MAX - size));
		(void)close(ends[0]);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		/* 3 is the folder that ls reads. */
		assert_string_equal(text, "5 0 1 2 3 SigBlk:0000000000000000\nSigIgn:0000000000000000\nleader\n");
	}
}

/* ---- Ends ---- */

static void what_a_program_left_behind_goes_with_it(void **state)
{
	static const struct {
		const char *script;
		int64_t timeout_ms;
		int result;
	} rows[] = {
		{"sleep 1000 & echo $!", DEADLINE_MS, 0},
		{"sleep 1000 & echo $!; kill -9 $$", DEADLINE_MS, 0},
		{"(trap '' TERM HUP INT; sleep 1000 & echo $!; wait) & wait", 1000, -1},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct program_end end;
		struct error err = ERROR_INIT;
		char output[OUTPUT_MAX + 1];

		assert_int_equal(run_script(rows[row].script, rows[row].timeout_ms, output, &end, &err), rows[row].result);
		struct slice rest = slice_from(output);
		assert_ends(take_number(&rest));
	}
}

static void who_leaves_the_process_group_on_purpose_stays(void **state)
{
	struct program_end end;
	struct error err = ERROR_INIT;
	char output[OUTPUT_MAX + 1];

	(void)state;
	/* As agents do that a password manager starts. It has left once its session is its own. */
	assert_int_equal(run_script("setsid sh -c 'echo $$; exec sleep 1000 > /dev/null' & "
	                            "while ! ps -o comm= -s $! | grep -q sleep; do :; done",
	                            DEADLINE_MS, output, &end, &err),
	                 0);
	struct slice rest = slice_from(output);
	const pid_t pid = (pid_t)take_number(&rest);
	assert_true(is_there(pid));
	(void)kill(pid, SIGKILL);
	assert_ends(pid);
}

/* Whom the process that runs the script names in a pipe, when `killed` of them (-1: that process itself) is killed. */
static void assert_all_end(const char *script, int killed)
{
	char folder[] = "/tmp/feedmill-program-XXXXXX";
	char fifo[64];
	char text[256] = "";
	int64_t pids[3];

	assert_non_null(mkdtemp(folder));
	(void)snprintf(fifo, sizeof(fifo), "%s/pids", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	const pid_t runner = fork();
	if (runner == 0) {
		const char *const arguments[] = {"sh", "-c", script, "sh", fifo, NULL};
		struct program_end end = {.status = 0};
		struct error err = ERROR_INIT;
		char output[OUTPUT_MAX + 1];

		_exit(run(arguments, 10 * DEADLINE_MS, output, &end, &err) == 0 && end.status == SIGKILL ? 0 : 1);
	}
	FILE *file = fopen(fifo, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	(void)fclose(file);
	struct slice rest = slice_from(text);
	for (size_t i = 0; i < 3; i++)
		pids[i] = take_number(&rest);
	assert_int_equal(kill(killed < 0 ? runner : (pid_t)pids[killed], SIGKILL), 0);
	for (size_t i = 0; i < 3; i++)
		assert_ends(pids[i]);
	int status = 0;
	assert_int_equal(waitpid(runner, &status, 0), runner);
	if (killed >= 0)
		assert_int_equal(status, 0);
	(void)unlink(fifo);
	(void)rmdir(folder);
}

static void nothing_outlives_whoever_runs_it(void **state)
{
	/* The keeper, the program, and what that started. */
	static const char script[] = "sleep 1000 & echo $PPID $$ $! > $1; wait";

	(void)state;
	for (int killed = -1; killed < 2; killed++)
		assert_all_end(script, killed);
}

int program_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_found_as_in_a_shell_and_never_run_by_one),
		cmocka_unit_test(a_program_gets_three_descriptors_and_its_signals_back),
		cmocka_unit_test(what_a_program_left_behind_goes_with_it),
		cmocka_unit_test(who_leaves_the_process_group_on_purpose_stays),
		cmocka_unit_test(nothing_outlives_whoever_runs_it),
	};

	return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}

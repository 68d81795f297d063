/* Hooks: what they get, what they do not get, and how they end. */
#include "notify/hook.h"

#include "base/number.h"
#include "base/process.h"
#include "notify_tests.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t no_signal;

/* Runs `script` in sh, which writes into the file 'out' of a folder of its own; its text is what it wrote there. */
static int run_script(const char *script, const char *input, int64_t timeout_ms, char *ret_out, size_t size, struct error *err)
{
	char folder[] = "/tmp/feedmill-hook-XXXXXX";
	char path[64];

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/out", folder);
	const char *const arguments[] = {"sh", "-c", script, "hook", path};
	const struct hook hook = {
		.arguments = arguments,
		.argument_count = sizeof(arguments) / sizeof(arguments[0]),
		.input = slice_from(input),
		.timeout_ms = timeout_ms,
		.clock = clock_system(),
		.stop_signal = &no_signal,
	};
	const int result = hook_run(&hook, err);
	FILE *file = fopen(path, "re");

	ret_out[0] = '\0';
	if (file) {
		ret_out[fread(ret_out, 1, size - 1, file)] = '\0';
		(void)fclose(file);
		(void)unlink(path);
	}
	(void)rmdir(folder);
	return result;
}

static void a_hook_gets_its_arguments_and_json_on_standard_input(void **state)
{
	struct error err = ERROR_INIT;
	char out[256];

	(void)state;
	assert_int_equal(run_script("cat > $1", "{\"job\":\"a 'b' $c\"}\n", 10000, out, sizeof(out), &err), 0);
	assert_string_equal(out, "{\"job\":\"a 'b' $c\"}\n");
	/* One that does not read it ends all the same. */
	assert_int_equal(run_script("exit 0", "{}", 10000, out, sizeof(out), &err), 0);
}

static void a_hook_gets_nothing_of_the_environment_that_may_be_secret(void **state)
{
	struct error err = ERROR_INIT;
	char out[4096];

	(void)state;
	assert_int_equal(setenv("FEEDMILL_CANARY", "canary", 1), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/canary", 1), 0);
	assert_int_equal(setenv("TZ", "Europe/Warsaw", 1), 0);
	assert_int_equal(run_script("env > $1; ls /proc/$$/fd >> $1", "{}", 10000, out, sizeof(out), &err), 0);
	assert_null(strstr(out, "canary"));
	assert_null(strstr(out, "FEEDMILL"));
	assert_non_null(strstr(out, "TZ=Europe/Warsaw\n"));
	assert_non_null(strstr(out, "PATH="));
	(void)unsetenv("FEEDMILL_CANARY");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	(void)unsetenv("TZ");
}

static void a_hook_that_does_not_do_is_said_so(void **state)
{
	static const struct {
		const char *arguments[3];
		const char *words;
	} rows[] = {
		{{"/nonexistent/hook"}, "the hook '/nonexistent/hook': the program cannot be started: No such file"},
		{{"/etc/passwd"}, "the hook '/etc/passwd': the program cannot be started: Permission denied"},
		{{"false"}, "the hook 'false': the command ended with status 1"},
		{{"sh", "-c", "kill -9 $$"}, "the hook 'sh': the command was killed by signal 9"},
		{{"sleep", "1000"}, "the hook 'sleep': the command took longer than 50 ms"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		size_t count = 0;
		struct error err = ERROR_INIT;

		while (count < 3 && rows[row].arguments[count])
			count++;
		const struct hook hook = {
			.arguments = rows[row].arguments,
			.argument_count = count,
			.input = slice_from("{}"),
			.timeout_ms = strcmp(rows[row].arguments[0], "sleep") == 0 ? 50 : 10000,
			.clock = clock_system(),
		};
		assert_int_equal(hook_run(&hook, &err), -1);
		if (strncmp(err.message, rows[row].words, strlen(rows[row].words)) != 0)
			fail_msg("%s", err.message);
	}
}

static bool is_running(int64_t pid)
{
	struct process_status status;

	return process_read_status(pid, &status) && status.state != 'Z' && status.state != 'X';
}

static void nothing_that_a_hook_started_is_left(void **state)
{
	struct error err = ERROR_INIT;
	char out[64];
	int64_t pid = 0;

	(void)state;
	assert_int_equal(run_script("sleep 1000 & printf %s $! > $1; wait", "{}", 500, out, sizeof(out), &err), -1);
	assert_true(number_parse_integer(slice_from(out), 2, INT64_MAX, &pid));
	/* Killed with its session; it may take a moment to go. */
	while (is_running(pid))
		;
}

static void a_hook_is_given_up_when_we_are_to_stop(void **state)
{
	static const volatile sig_atomic_t stop = SIGTERM;
	static const char *const arguments[] = {"sleep", "1000"};
	const struct hook hook = {.arguments = arguments,
	                          .argument_count = 2,
	                          .input = slice_from("{}"),
	                          .clock = clock_system(),
	                          .stop_signal = &stop};
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(hook_run(&hook, &err), -1);
	assert_int_equal(err.code, ERROR_CANCELLED);
}

int hook_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hook_gets_its_arguments_and_json_on_standard_input),
		cmocka_unit_test(a_hook_gets_nothing_of_the_environment_that_may_be_secret),
		cmocka_unit_test(a_hook_that_does_not_do_is_said_so),
		cmocka_unit_test(nothing_that_a_hook_started_is_left),
		cmocka_unit_test(a_hook_is_given_up_when_we_are_to_stop),
	};

	return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}

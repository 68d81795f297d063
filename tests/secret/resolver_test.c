/* Every kind of reference, and why it may not resolve; no message has a value. */
#include "secret/resolver.h"

#include "base/limits.h"
#include "base/process.h"
#include "scratch.h"
#include "tests.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct secret_resolver make_resolver(const struct scratch *scratch)
{
	return (struct secret_resolver){.vault_path = scratch->vault, .clock = clock_system()};
}

static struct secret_reference named(enum secret_kind kind, const char *name)
{
	return (struct secret_reference){.kind = kind, .name = name};
}

static void assert_resolves(struct secret_resolver *resolver, const struct secret_reference *reference, const char *expected)
{
	struct secret value = SECRET_INIT;
	struct error err = ERROR_INIT;
	if (secret_resolve(resolver, reference, &value, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(value.data, expected);
	assert_int_equal(value.size, strlen(expected));
	secret_release(&value);
}

static void assert_fails(struct secret_resolver *resolver, const struct secret_reference *reference, enum error_code code,
                         const char *part)
{
	struct secret value = SECRET_INIT;
	struct error err = ERROR_INIT;
	assert_int_equal(secret_resolve(resolver, reference, &value, &err), -1);
	scratch_assert_error(&err, code, part);
	assert_true(strncmp(err.message, "secret '", 8) == 0);
	assert_null(value.data);
}

static void a_file_gives_its_content_without_one_line_end(void **state)
{
	static const struct {
		struct slice content;
		const char *expected;
	} rows[] = {
		{SLICE(SCRATCH_CANARY), SCRATCH_CANARY},
		{SLICE(SCRATCH_CANARY "\n"), SCRATCH_CANARY},
		{SLICE(SCRATCH_CANARY "\n\n"), SCRATCH_CANARY "\n"},
		{SLICE(" " SCRATCH_CANARY "\r\n"), " " SCRATCH_CANARY "\r"},
		{SLICE("-----BEGIN\nabc\n-----END\n"), "-----BEGIN\nabc\n-----END"},
	};
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct secret_reference reference = named(SECRET_FILE, scratch_write(scratch, "key", rows[i].content, 0400));
		assert_resolves(&resolver, &reference, rows[i].expected);
	}
}

static void a_file_that_others_have_rights_to_is_refused(void **state)
{
	static const unsigned modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0444};
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);

	for (size_t i = 0; i < COUNT(modes); i++) {
		const struct secret_reference reference = named(
			SECRET_FILE, scratch_write(scratch, "key", slice_from(SCRATCH_CANARY), modes[i]));
		assert_fails(&resolver, &reference, ERROR_SECRET, "chmod go=");
	}
}

static void a_file_must_be_a_file_of_ours(void **state)
{
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);
	char link[512];

	struct secret_reference reference = named(SECRET_FILE, scratch_path(scratch, "none"));
	assert_fails(&resolver, &reference, ERROR_NOT_FOUND, "the file does not exist");
	reference = named(SECRET_FILE, scratch->folder);
	assert_fails(&resolver, &reference, ERROR_SECRET, "not a regular file");
	(void)snprintf(link, sizeof(link), "%s/link", scratch->folder);
	assert_int_equal(symlink(scratch_write(scratch, "key", slice_from(SCRATCH_CANARY), 0600), link), 0);
	reference = named(SECRET_FILE, link);
	assert_fails(&resolver, &reference, ERROR_SECRET, "symbolic link");
	assert_int_equal(mkfifo(scratch_path(scratch, "pipe"), 0600), 0);
	reference = named(SECRET_FILE, scratch_path(scratch, "pipe"));
	assert_fails(&resolver, &reference, ERROR_SECRET, "not a regular file");
	if (geteuid() != 0)
		return;
	reference = named(SECRET_FILE, scratch_path(scratch, "key"));
	assert_int_equal(chown(reference.name, 12345, 12345), 0);
	assert_fails(&resolver, &reference, ERROR_SECRET, "the file belongs to user 12345");
}

static void a_value_has_bytes_but_not_too_many_and_no_nul(void **state)
{
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);
	char *large = malloc(SECRET_BYTES_MAX + 2);

	assert_non_null(large);
	memset(large, 'x', SECRET_BYTES_MAX + 2);
	memcpy(large, SCRATCH_CANARY, sizeof(SCRATCH_CANARY) - 1);
	large[SECRET_BYTES_MAX] = '\n';
	struct secret value = SECRET_INIT;
	struct error err = ERROR_INIT;
	struct secret_reference reference = named(SECRET_FILE,
	                                          scratch_write(scratch, "key", slice_make(large, SECRET_BYTES_MAX + 1), 0600));
	assert_int_equal(secret_resolve(&resolver, &reference, &value, &err), 0);
	assert_int_equal(value.size, SECRET_BYTES_MAX);
	secret_release(&value);
	(void)scratch_write(scratch, "key", slice_make(large, SECRET_BYTES_MAX + 2), 0600);
	assert_fails(&resolver, &reference, ERROR_SECRET, "more than 65536 bytes");
	(void)scratch_write(scratch, "key", slice_from(""), 0600);
	assert_fails(&resolver, &reference, ERROR_SECRET, "it is empty");
	(void)scratch_write(scratch, "key", slice_from("\n"), 0600);
	assert_fails(&resolver, &reference, ERROR_SECRET, "it is empty");
	(void)scratch_write(scratch, "key", (struct slice)SLICE(SCRATCH_CANARY "\0x"), 0600);
	assert_fails(&resolver, &reference, ERROR_SECRET, "byte NUL");
	free(large);
}

static void a_credential_is_a_file_of_the_credentials_folder(void **state)
{
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);
	const struct secret_reference reference = named(SECRET_CREDENTIAL, "acme");

	assert_fails(&resolver, &reference, ERROR_NOT_FOUND, "CREDENTIALS_DIRECTORY is not set");
	resolver.credentials_folder = scratch->folder;
	assert_fails(&resolver, &reference, ERROR_NOT_FOUND, "secret 'credential:acme': there is no such credential");
	(void)scratch_write(scratch, "acme", slice_from(SCRATCH_CANARY "\n"), 0440);
	assert_resolves(&resolver, &reference, SCRATCH_CANARY);
	assert_int_equal(unlink(scratch_path(scratch, "acme")), 0);
	assert_int_equal(symlink("/etc/hostname", scratch_path(scratch, "acme")), 0);
	assert_fails(&resolver, &reference, ERROR_SECRET, "symbolic link");
}

static void a_variable_gives_its_value(void **state)
{
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);
	const struct secret_reference reference = named(SECRET_ENVIRONMENT, "FEEDMILL_TEST_SECRET");

	assert_int_equal(unsetenv(reference.name), 0);
	assert_fails(&resolver, &reference, ERROR_NOT_FOUND, "secret 'env:FEEDMILL_TEST_SECRET': the variable is not set");
	assert_int_equal(setenv(reference.name, SCRATCH_CANARY, 1), 0);
	assert_resolves(&resolver, &reference, SCRATCH_CANARY);
	assert_int_equal(setenv(reference.name, "", 1), 0);
	assert_fails(&resolver, &reference, ERROR_SECRET, "it is empty");
	assert_int_equal(unsetenv(reference.name), 0);
	assert_non_null(secret_reference_warning(&reference));
}

static struct secret_reference command(const char *const *arguments)
{
	return (struct secret_reference){.kind = SECRET_COMMAND, .arguments = arguments};
}

#define COMMAND(...) command((const char *const[]){__VA_ARGS__, NULL})

static void a_command_gives_what_it_prints(void **state)
{
	struct secret_resolver resolver = make_resolver(*state);
	const struct secret_reference rows[] = {
		COMMAND("/bin/echo", SCRATCH_CANARY),
		COMMAND("printf", "%s", SCRATCH_CANARY),
		/* What it says on standard error is not part of it, nor of anything else. */
		COMMAND("sh", "-c", "echo noise >&2; echo " SCRATCH_CANARY),
		/* In two pieces, and after the one that prints is gone. */
		COMMAND("sh", "-c", "printf canary-; printf 8d1f2c"),
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_resolves(&resolver, &rows[i], SCRATCH_CANARY);
}

static void a_command_has_no_shell_no_input_and_no_descriptors(void **state)
{
	struct secret_resolver resolver = make_resolver(*state);
	const struct secret_reference literal = COMMAND("/bin/echo", "$HOME;`id`|*");
	const struct secret_reference descriptors = COMMAND("sh", "-c", "ls /proc/self/fd | wc -l");
	const struct secret_reference input = COMMAND("cat");
	const int fd = dup(STDIN_FILENO);

	assert_resolves(&resolver, &literal, "$HOME;`id`|*");
	assert_true(fd >= 0); /* one that is not closed by itself */
	assert_resolves(&resolver, &descriptors, "4");
	assert_fails(&resolver, &input, ERROR_SECRET, "it is empty");
	(void)close(fd);
}

static void a_command_that_fails_says_how_and_not_what(void **state)
{
	static const struct {
		const char *arguments[4];
		enum error_code code;
		const char *part;
	} rows[] = {
		{{"/nonexistent/program", NULL},
	         ERROR_SECRET,
	         "secret 'command:/nonexistent/program': the program cannot be started"},
		{{"no-such-program-anywhere", NULL}, ERROR_SECRET, "cannot be started"},
		{{"/etc/passwd", NULL}, ERROR_SECRET, "cannot be started"},
		{{"sh", "-c", "echo " SCRATCH_CANARY "; exit 3", NULL}, ERROR_SECRET, "ended with status 3"},
		{{"sh", "-c", "echo " SCRATCH_CANARY " >&2; exit 3", NULL}, ERROR_SECRET, "ended with status 3"},
		{{"sh", "-c", "echo " SCRATCH_CANARY "; kill -9 $$", NULL}, ERROR_SECRET, "killed by signal 9"},
		{{"true", NULL}, ERROR_SECRET, "it is empty"},
		{{"yes", SCRATCH_CANARY, NULL}, ERROR_SECRET, "printed more than 65536 bytes"},
		{{"printf", SCRATCH_CANARY "\\0", NULL}, ERROR_SECRET, "byte NUL"},
	};
	struct secret_resolver resolver = make_resolver(*state);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct secret_reference reference = command(rows[i].arguments);
		assert_fails(&resolver, &reference, rows[i].code, rows[i].part);
	}
}

static void a_command_that_takes_too_long_is_ended_with_all_it_started(void **state)
{
	struct secret_resolver resolver = make_resolver(*state);
	const struct secret_reference slow = COMMAND("sh", "-c", "sleep 600 & sleep 600");
	const struct secret_reference leaves = COMMAND("sh", "-c", "sleep 600 & echo $!");
	struct secret value = SECRET_INIT;
	struct error err = ERROR_INIT;

	resolver.command_timeout_ms = 100;
	assert_fails(&resolver, &slow, ERROR_SECRET, "took longer than 100 ms");
	resolver.command_timeout_ms = 0;
	assert_int_equal(secret_resolve(&resolver, &leaves, &value, &err), 0);
	const long left = strtol(value.data, NULL, 10);
	secret_release(&value);
	assert_true(left > 1);
	/* It was killed; until the system has seen to that, and whoever inherits it has noticed, it may be seen. */
	struct process_status status = {.state = '?'};
	for (int64_t end = clock_steady_ms(&resolver.clock) + 10000; clock_steady_ms(&resolver.clock) < end; (void)sched_yield()) {
		if (!process_read_status(left, &status) || status.state == 'Z' || status.state == 'X')
			return;
	}
	fail_msg("process %ld is still there: %c", left, status.state);
}

static void a_signal_gives_a_command_up(void **state)
{
	static volatile sig_atomic_t stop_signal = SIGTERM;
	struct secret_resolver resolver = make_resolver(*state);
	const struct secret_reference slow = COMMAND("sleep", "600");

	resolver.stop_signal = &stop_signal;
	assert_fails(&resolver, &slow, ERROR_CANCELLED, "because of a signal");
}

static int ask(void *context, const char *path, struct secret *ret_passphrase, struct error *err)
{
	int *times = context;
	(*times)++;
	assert_non_null(strstr(path, "/vault"));
	return secret_copy(ret_passphrase, slice_from(SCRATCH_PASSPHRASE), err);
}

static void the_vault_asks_once_for_its_passphrase(void **state)
{
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);
	struct secret passphrase = scratch_secret(SCRATCH_PASSPHRASE);
	const struct vault_change change = scratch_change(scratch);
	const struct secret_reference acme = named(SECRET_VAULT, "acme");
	const struct secret_reference beta = named(SECRET_VAULT, "beta");
	const struct secret_reference none = named(SECRET_VAULT, "gamma");
	struct error err = ERROR_INIT;
	int times = 0;

	assert_fails(&resolver, &acme, ERROR_NOT_FOUND, "there is no vault yet");
	scratch_set(scratch, "acme", SCRATCH_CANARY);
	scratch_set(scratch, "beta", "2");
	resolver.prompt = (struct secret_prompt){.context = &times, .ask = ask};
	assert_fails(&resolver, &acme, ERROR_SECRET, "opens with a key only, and feedmill.yaml has no 'vault_key'");
	assert_int_equal(times, 0);
	assert_int_equal(vault_add_key(&change, &passphrase, &err), 0);
	assert_resolves(&resolver, &acme, SCRATCH_CANARY);
	assert_resolves(&resolver, &beta, "2");
	assert_fails(&resolver, &none, ERROR_NOT_FOUND, "secret 'vault:gamma': the vault has no such entry");
	assert_int_equal(times, 1);
	secret_resolver_release(&resolver);
	resolver.prompt.ask = NULL;
	assert_fails(&resolver, &acme, ERROR_SECRET, "nobody can be asked for a passphrase here");
	secret_release(&passphrase);
}

static void the_vault_opens_with_the_key_that_is_configured(void **state)
{
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);
	const struct secret_reference acme = named(SECRET_VAULT, "acme");

	scratch_set(scratch, "acme", SCRATCH_CANARY);
	resolver.vault_key = named(SECRET_FILE, scratch_write(scratch, "key", slice_from(SCRATCH_KEY "\n"), 0600));
	assert_resolves(&resolver, &acme, SCRATCH_CANARY);
	secret_resolver_release(&resolver);
	(void)scratch_write(scratch, "key", slice_from(SCRATCH_OTHER_KEY "\n"), 0600);
	assert_fails(&resolver, &acme, ERROR_SECRET, "the key is wrong");
	(void)scratch_write(scratch, "key", slice_from(SCRATCH_KEY "\n"), 0644);
	assert_fails(&resolver, &acme, ERROR_SECRET, "vault_key 'file:");
	resolver.vault_key = named(SECRET_NONE, NULL);
	secret_resolver_release(&resolver);
}

static void who_has_read_a_secret_leaves_no_core(void **state)
{
	const struct scratch *scratch = *state;
	struct secret_resolver resolver = make_resolver(scratch);
	const struct secret_reference reference = named(SECRET_FILE, scratch_write(scratch, "key", slice_from("x"), 0600));
	struct rlimit limit;

	assert_resolves(&resolver, &reference, "x");
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_max, 0);
}

int run_resolver_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_gives_its_content_without_one_line_end, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_file_that_others_have_rights_to_is_refused, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_file_must_be_a_file_of_ours, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_value_has_bytes_but_not_too_many_and_no_nul, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_credential_is_a_file_of_the_credentials_folder, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_variable_gives_its_value, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_command_gives_what_it_prints, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_command_has_no_shell_no_input_and_no_descriptors, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_command_that_fails_says_how_and_not_what, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_command_that_takes_too_long_is_ended_with_all_it_started, scratch_make,
	                                        scratch_remove),
		cmocka_unit_test_setup_teardown(a_signal_gives_a_command_up, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(the_vault_asks_once_for_its_passphrase, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(the_vault_opens_with_the_key_that_is_configured, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(who_has_read_a_secret_leaves_no_core, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}

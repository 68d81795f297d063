/* The text of units: words, services, timers, drop-ins; and units as files. */
#include "schedule/unit.h"

#include "schedule/unit_file.h"

#include "schedule_tests.h"
#include "support/allocation.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATH_BYTES 512

static const struct unit_setting plain = {
	.program = "/usr/bin/feedmill",
	.config = "/etc/feedmill/feedmill.yaml",
	.credential = "vault-key",
	.daemon_grace_ms = 30000,
};

static const char *text_of(struct buffer *buffer)
{
	const char *text = buffer_text(buffer);
	assert_non_null(text);
	return text;
}

static void expect_line(struct buffer *buffer, const char *line)
{
	char wanted[512];
	(void)snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	if (strstr(text_of(buffer), wanted) == NULL)
		fail_msg("no line '%s' in:\n%s", line, text_of(buffer));
}

static void words_are_quoted_as_systemd_reads_them(void **state)
{
	static const struct {
		const char *text;
		bool is_command;
		const char *expected;
	} rows[] = {
		{"/srv/a b", true, "\"/srv/a b\""},
		{"/srv/50%", true, "\"/srv/50%%\""},
		{"/srv/$HOME", true, "\"/srv/$$HOME\""},
		{"/srv/$HOME", false, "\"/srv/$HOME\""},
		{"/srv/\"q\"\\", true, "\"/srv/\\\"q\\\"\\\\\""},
		{"/srv/\xc5\xbb", true, "\"/srv/\xc5\xbb\""},
	};
	struct buffer buffer;
	struct error err = ERROR_INIT;
	(void)state;
	buffer_init(&buffer, UNIT_BYTES_MAX);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buffer_clear(&buffer);
		assert_int_equal(unit_append_word(rows[i].text, rows[i].is_command, &buffer, &err), 0);
		assert_string_equal(text_of(&buffer), rows[i].expected);
	}
	assert_int_equal(unit_append_word("/srv/a\nExecStart=/bin/sh", true, &buffer, &err), -1);
	assert_int_equal(err.code, ERROR_CONFIG);
	buffer_release(&buffer);
}

static void a_service_says_what_statuses_mean(void **state)
{
	struct buffer buffer;
	struct error err = ERROR_INIT;
	(void)state;
	buffer_init(&buffer, UNIT_BYTES_MAX);
	assert_int_equal(unit_append_common(UNIT_SERVICE, &plain, &buffer, &err), 0);
	expect_line(&buffer, "ExecStart=/usr/bin/feedmill run --config /etc/feedmill/feedmill.yaml --scheduled --wait 30m %i");
	expect_line(&buffer, "SuccessExitStatus=5 143");
	expect_line(&buffer, "RestartForceExitStatus=75");
	expect_line(&buffer, "StateDirectory=feedmill");
	expect_line(&buffer, "LoadCredentialEncrypted=vault-key:feedmill.vault-key");
	assert_null(strstr(text_of(&buffer), "OnFailure="));
	buffer_release(&buffer);
}

static void a_setting_appears_in_all_services(void **state)
{
	static const char *const services[] = {UNIT_SERVICE, UNIT_NOTIFY, UNIT_DAEMON};
	static const char *const folders[] = {"/srv/my market", "/var/lib/prometheus"};
	const struct unit_setting setting = {
		.program = "/opt/50% off/feedmill",
		.config = "/srv/feedmill.yaml",
		.write_folders = folders,
		.write_folder_count = COUNT(folders),
		.on_failure = "mail@%n.service",
		.is_user = true,
		.daemon_grace_ms = 90000,
	};
	struct buffer buffer;
	struct error err = ERROR_INIT;
	(void)state;
	buffer_init(&buffer, UNIT_BYTES_MAX);
	for (size_t i = 0; i < COUNT(services); i++) {
		buffer_clear(&buffer);
		assert_int_equal(unit_append_common(services[i], &setting, &buffer, &err), 0);
		expect_line(&buffer, "ReadWritePaths=\"-/srv/my market\"");
		expect_line(&buffer, "ReadWritePaths=-/var/lib/prometheus");
		expect_line(&buffer, "OnFailure=mail@%n.service");
		assert_non_null(strstr(text_of(&buffer), "ExecStart=\"/opt/50%% off/feedmill\" "));
		assert_null(strstr(text_of(&buffer), "User="));
		assert_null(strstr(text_of(&buffer), "LoadCredential"));
	}
	expect_line(&buffer, "TimeoutStopSec=120");
	expect_line(&buffer, "WantedBy=default.target");
	buffer_release(&buffer);
}

static void missing_runs_are_looked_for_each_hour(void **state)
{
	struct buffer buffer;
	struct error err = ERROR_INIT;
	(void)state;
	buffer_init(&buffer, UNIT_BYTES_MAX);
	assert_int_equal(unit_append_common(UNIT_NOTIFY, &plain, &buffer, &err), 0);
	expect_line(&buffer, "ExecStart=/usr/bin/feedmill notify --config /etc/feedmill/feedmill.yaml");
	expect_line(&buffer, "User=feedmill");
	buffer_clear(&buffer);
	assert_int_equal(unit_append_common(UNIT_NOTIFY_TIMER, &plain, &buffer, &err), 0);
	expect_line(&buffer, "OnCalendar=*-*-* *:20:00");
	expect_line(&buffer, "WantedBy=timers.target");
	assert_int_equal(unit_append_common("feedmill@acme.timer", &plain, &buffer, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	buffer_release(&buffer);
}

static void a_relative_path_is_refused(void **state)
{
	struct unit_setting setting = plain;
	struct buffer buffer;
	struct error err = ERROR_INIT;
	(void)state;
	setting.config = "feedmill.yaml";
	buffer_init(&buffer, UNIT_BYTES_MAX);
	assert_int_equal(unit_append_common(UNIT_SERVICE, &setting, &buffer, &err), -1);
	assert_int_equal(err.code, ERROR_CONFIG);
	buffer_release(&buffer);
}

static void a_timer_and_a_drop_in_have_what_the_job_says(void **state)
{
	static const char *const calendars[] = {"*-*-* 02:30:00 Europe/Warsaw", "2027-03-28 01:00:00 UTC"};
	static const char *const starts[] = {"stock", "prices-de.1"};
	const struct unit_timer timer = {
		.job = "acme", .notes = "", .calendars = calendars, .calendar_count = 2, .jitter_ms = 90500, .catches_up = true};
	const struct unit_drop_in brief = {.job = "acme", .run_timeout_ms = 1000}; /* it may have to wait for its next attempt */
	const struct unit_drop_in nothing = {.job = "acme"};
	const struct unit_drop_in drop_in = {
		.job = "acme", .run_timeout_ms = 3600000, .retry_delay_ms = 5000, .starts = starts, .start_count = 2};
	struct buffer buffer;
	(void)state;
	buffer_init(&buffer, UNIT_BYTES_MAX);
	unit_append_timer(&timer, &buffer);
	expect_line(&buffer, "OnCalendar=*-*-* 02:30:00 Europe/Warsaw");
	expect_line(&buffer, "OnCalendar=2027-03-28 01:00:00 UTC");
	expect_line(&buffer, "RandomizedDelaySec=90.500");
	expect_line(&buffer, "Persistent=yes");
	assert_false(unit_drop_in_is_needed(&nothing));
	assert_true(unit_drop_in_is_needed(&drop_in));
	buffer_clear(&buffer);
	unit_append_drop_in(&drop_in, &buffer);
	assert_string_equal(text_of(&buffer), "[Unit]\nOnSuccess=feedmill@stock.service\nOnSuccess=feedmill@prices-de.1.service\n"
	                                      "[Service]\nRuntimeMaxSec=3720\nRestartSec=5\n");
	buffer_clear(&buffer);
	unit_append_drop_in(&brief, &buffer);
	assert_string_equal(text_of(&buffer), "[Service]\nRuntimeMaxSec=1920\n");
	buffer_release(&buffer);
}

/* --- files --- */

struct scratch {
	char folder[PATH_BYTES];
	char path[2 * PATH_BYTES];
	struct buffer text;
};

static int make_scratch(void **state)
{
	static struct scratch scratch;
	(void)snprintf(scratch.folder, sizeof(scratch.folder), "/tmp/feedmill-unit-XXXXXX");
	assert_non_null(mkdtemp(scratch.folder));
	(void)snprintf(scratch.path, sizeof(scratch.path), "%s/feedmill@acme.service.d/feedmill.conf", scratch.folder);
	buffer_init(&scratch.text, UNIT_BYTES_MAX);
	assert_int_equal(buffer_append_text(&scratch.text, "[Service]\nRuntimeMaxSec=60\n"), 0);
	assert_int_equal(unit_file_sign(&scratch.text), 0);
	*state = &scratch;
	return 0;
}

static int remove_scratch(void **state)
{
	struct scratch *scratch = *state;
	char folder[2 * PATH_BYTES];
	buffer_release(&scratch->text);
	(void)unlink(scratch->path);
	(void)snprintf(folder, sizeof(folder), "%s/feedmill@acme.service.d", scratch->folder);
	(void)rmdir(folder);
	return rmdir(scratch->folder);
}

static enum unit_file_state examine(const struct scratch *scratch)
{
	enum unit_file_state found = UNIT_FILE_MISSING;
	struct buffer content;
	struct error err = ERROR_INIT;
	buffer_init(&content, 2 * UNIT_BYTES_MAX);
	assert_int_equal(unit_file_examine(scratch->path, &found, &content, &err), 0);
	buffer_release(&content);
	return found;
}

static int put(const struct scratch *scratch, struct slice text, bool is_forced, struct error *err)
{
	struct unit_file file = {.path = scratch->path, .text = text};
	return unit_files_put(&file, 1, is_forced, err) < 0 ? -1 : (int)file.change;
}

static int write_unit(const struct scratch *scratch, bool is_forced, struct error *err)
{
	return put(scratch, buffer_slice(&scratch->text), is_forced, err);
}

static int remove_unit(const struct scratch *scratch, bool is_forced, struct error *err)
{
	return put(scratch, slice_from(""), is_forced, err);
}

static void change_file(const struct scratch *scratch, const char *text, int flags)
{
	const int fd = open(scratch->path, O_WRONLY | O_CREAT | flags, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void a_file_is_written_once_and_for_everybody_to_read(void **state)
{
	struct scratch *scratch = *state;
	struct stat status;
	struct error err = ERROR_INIT;
	const mode_t mask = umask(077);
	assert_int_equal(examine(scratch), UNIT_FILE_MISSING);
	assert_int_equal(write_unit(scratch, false, &err), UNIT_FILE_WRITTEN);
	assert_int_equal(write_unit(scratch, false, &err), UNIT_FILE_KEPT);
	(void)umask(mask);
	assert_int_equal(examine(scratch), UNIT_FILE_OURS);
	assert_int_equal(stat(scratch->path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0644);
	assert_int_equal(remove_unit(scratch, false, &err), UNIT_FILE_REMOVED);
	assert_int_equal(remove_unit(scratch, false, &err), UNIT_FILE_KEPT);
	*strrchr(scratch->path, '/') = '\0';
	assert_int_not_equal(access(scratch->path, F_OK), 0); /* the folder of drop-ins has gone too */
}

static void what_somebody_changed_or_made_is_left_alone(void **state)
{
	struct scratch *scratch = *state;
	static const char *const others[] = {"", "[Service]\nNice=5\n", "# Made by 'feedmill systemd' (",
	                                     "# Made by 'feedmill systemd' (00000000"};
	struct error err = ERROR_INIT;
	assert_int_equal(write_unit(scratch, false, &err), UNIT_FILE_WRITTEN);
	change_file(scratch, "Nice=5\n", O_APPEND);
	assert_int_equal(examine(scratch), UNIT_FILE_CHANGED);
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_int_equal(write_unit(scratch, false, &err), -1);
		assert_int_equal(err.code, ERROR_USAGE);
		assert_int_equal(remove_unit(scratch, false, &err), -1);
		assert_int_equal(err.code, ERROR_USAGE);
		change_file(scratch, others[i], O_TRUNC);
	}
	assert_int_equal(unlink(scratch->path), 0);
	assert_int_equal(symlink("/dev/null", scratch->path), 0); /* as 'systemctl mask' makes it */
	assert_int_equal(examine(scratch), UNIT_FILE_FOREIGN);
	assert_int_equal(write_unit(scratch, false, &err), -1);
	assert_int_equal(write_unit(scratch, true, &err), UNIT_FILE_WRITTEN);
	assert_int_equal(examine(scratch), UNIT_FILE_OURS);
	assert_int_equal(remove_unit(scratch, true, &err), UNIT_FILE_REMOVED);
}

#define MANY 40

/* Timers and drop-ins by turns, a thousand of whose bytes differ by number and `version`. */
static void make_many(const struct scratch *scratch, int version, char paths[MANY][2 * PATH_BYTES], struct buffer *texts,
                      struct unit_file *files)
{
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(paths[i], 2 * PATH_BYTES,
		               i % 2 ? "%s/feedmill@job%d.service.d/feedmill.conf" : "%s/feedmill@job%d.timer", scratch->folder, i);
		buffer_init(&texts[i], UNIT_BYTES_MAX);
		assert_int_equal(buffer_append_format(&texts[i], "# job %d, version %d\n", i, version), 0);
		assert_int_equal(unit_file_sign(&texts[i]), 0);
		files[i] = (struct unit_file){.path = paths[i], .text = buffer_slice(&texts[i])};
	}
}

static void release_many(struct buffer *texts)
{
	for (size_t i = 0; i < MANY; i++)
		buffer_release(&texts[i]);
}

static void expect_many(struct unit_file *files, enum unit_file_change change)
{
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(files[i].change, change);
}

static size_t count_entries(const char *folder)
{
	size_t count = 0;
	DIR *entries = opendir(folder);
	assert_non_null(entries);
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
		count += entry->d_name[0] != '.';
	(void)closedir(entries);
	return count;
}

static void many_are_written_together_and_removed_together(void **state)
{
	const struct scratch *scratch = *state;
	char paths[MANY][2 * PATH_BYTES];
	struct buffer texts[MANY];
	struct unit_file files[MANY];
	struct stat before;
	struct stat after;
	struct error err = ERROR_INIT;
	make_many(scratch, 1, paths, texts, files);
	assert_int_equal(unit_files_put(files, MANY, false, &err), 0);
	expect_many(files, UNIT_FILE_WRITTEN);
	assert_int_equal(stat(paths[MANY - 1], &before), 0);
	assert_int_equal(unit_files_put(files, MANY, false, &err), 0);
	expect_many(files, UNIT_FILE_KEPT);
	assert_int_equal(stat(paths[MANY - 1], &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	release_many(texts);
	make_many(scratch, 2, paths, texts, files);
	assert_int_equal(unit_files_put(files, MANY, false, &err), 0);
	expect_many(files, UNIT_FILE_WRITTEN);
	for (size_t i = 0; i < MANY; i++)
		files[i].text = slice_from("");
	assert_int_equal(unit_files_put(files, MANY, false, &err), 0);
	expect_many(files, UNIT_FILE_REMOVED);
	assert_int_equal(count_entries(scratch->folder), 0); /* nor a temporary one */
	release_many(texts);
}

/* The last of many fails: by what somebody made, or, when the others are written, by what stands in the way of its new file. */
static void where_one_of_many_fails_all_stay_as_they_were(void **state)
{
	const struct scratch *scratch = *state;
	char paths[MANY][2 * PATH_BYTES];
	char obstacle[2 * PATH_BYTES + 8];
	struct buffer texts[MANY];
	struct unit_file files[MANY];
	struct error err = ERROR_INIT;
	make_many(scratch, 1, paths, texts, files);
	(void)snprintf(obstacle, sizeof(obstacle), "%s/feedmill@job%d.service.d", scratch->folder, MANY - 1);
	assert_int_equal(mkdir(obstacle, 0755), 0);
	(void)snprintf(obstacle, sizeof(obstacle), "%s-new", paths[MANY - 1]);
	assert_int_equal(mkdir(obstacle, 0755), 0);
	assert_int_equal(unit_files_put(files, MANY, true, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_non_null(strstr(err.message, paths[MANY - 1]));
	assert_int_equal(count_entries(scratch->folder), 1);
	assert_int_equal(rmdir(obstacle), 0);
	assert_int_equal(symlink("/dev/null", paths[MANY - 1]), 0);
	assert_int_equal(unit_files_put(files, MANY, false, &err), -1);
	assert_int_equal(err.code, ERROR_USAGE);
	assert_int_equal(count_entries(scratch->folder), 1);
	assert_int_equal(unlink(paths[MANY - 1]), 0);
	*strrchr(paths[MANY - 1], '/') = '\0';
	assert_int_equal(rmdir(paths[MANY - 1]), 0);
	release_many(texts);
}

static void without_memory_nothing_is_written(void **state)
{
	struct scratch *scratch = *state;
	for (size_t number = 1; number < 100; number++) {
		struct buffer text;
		struct error err = ERROR_INIT;
		buffer_init(&text, UNIT_BYTES_MAX);
		allocation_fail_at(number);
		int result = unit_append_common(UNIT_SERVICE, &plain, &text, &err);
		result = result == 0 && !text.failed && unit_file_sign(&text) == 0 ? 0 : -1;
		if (result == 0)
			result = put(scratch, buffer_slice(&text), false, &err);
		const bool has_failed = allocation_stop();
		buffer_release(&text);
		assert_int_equal(result, has_failed ? -1 : UNIT_FILE_WRITTEN);
		assert_int_equal(examine(scratch), has_failed ? UNIT_FILE_MISSING : UNIT_FILE_OURS);
		if (!has_failed)
			return;
	}
	fail_msg("it never had memory enough");
}

int unit_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_as_systemd_reads_them),
		cmocka_unit_test(a_service_says_what_statuses_mean),
		cmocka_unit_test(a_setting_appears_in_all_services),
		cmocka_unit_test(missing_runs_are_looked_for_each_hour),
		cmocka_unit_test(a_relative_path_is_refused),
		cmocka_unit_test(a_timer_and_a_drop_in_have_what_the_job_says),
		cmocka_unit_test_setup_teardown(a_file_is_written_once_and_for_everybody_to_read, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(what_somebody_changed_or_made_is_left_alone, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(many_are_written_together_and_removed_together, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(where_one_of_many_fails_all_stay_as_they_were, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(without_memory_nothing_is_written, make_scratch, remove_scratch),
	};
	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}

/* Files, pipes and standard input. */
#include "tests.h"

#include "scratch.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cancel_at_once(void *context, int64_t bytes, int64_t total)
{
	(void)context;
	(void)bytes;
	(void)total;
	return 15;
}

struct seen {
	int64_t bytes;
	int64_t total;
};

static int note_progress(void *context, int64_t bytes, int64_t total)
{
	*(struct seen *)context = (struct seen){bytes, total};
	return 0;
}

static void files_are_copied_and_their_length_is_proven(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	struct seen seen = {0};
	char url[600];
	scratch_write(scratch, "a feed.xml", "abc", 3);
	(void)snprintf(url, sizeof(url), "file://%s/a%%20feed.xml", scratch->folder);
	const char *const sources[] = {scratch_path(scratch, "a feed.xml"), url};
	for (size_t i = 0; i < COUNT(sources); i++) {
		struct fetch_request request = scratch_request(scratch, sources[i]);
		request.progress = note_progress;
		request.progress_context = &seen;
		assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
		assert_int_equal(result.bytes, 3);
		assert_true(result.is_length_proven);
		assert_int_equal(result.http_status, 0);
		assert_string_equal(result.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		assert_string_equal(result.final_source, sources[i]);
		assert_string_equal(result.etag, "");
		scratch_assert_content(result.path, "abc", 3);
		assert_int_equal(seen.bytes, 3);
		assert_int_equal(seen.total, 3);
	}
}

static void an_empty_file_is_an_empty_feed(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	scratch_write(scratch, "empty", "", 0);
	const struct fetch_request request = scratch_request(scratch, scratch_path(scratch, "empty"));
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	assert_int_equal(result.bytes, 0);
	assert_true(result.is_length_proven);
}

static void large_files_are_taken_up_to_the_limit(void **state)
{
	static char feed[300000];
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	for (size_t i = 0; i < sizeof(feed); i++)
		feed[i] = (char)('a' + i % 23);
	scratch_write(scratch, "feed", feed, sizeof(feed));
	struct fetch_request request = scratch_request(scratch, scratch_path(scratch, "feed"));
	request.max_bytes = sizeof(feed);
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	scratch_assert_content(result.path, feed, sizeof(feed));
	assert_int_equal(unlink(result.path), 0);
	request.max_bytes = sizeof(feed) - 1;
	scratch_assert_fails(scratch, &request, ERROR_LIMIT, "300000 bytes, larger than the limit of 299999 bytes");
}

static void what_is_no_feed_is_refused_by_name(void **state)
{
	const struct scratch *scratch = *state;
	char missing[600];
	(void)snprintf(missing, sizeof(missing), "%s/missing.xml", scratch->folder);
	struct fetch_request request = scratch_request(scratch, missing);
	scratch_assert_fails(scratch, &request, ERROR_NOT_FOUND, "missing.xml': no such file");
	request.source = scratch->folder;
	scratch_assert_fails(scratch, &request, ERROR_REFUSED, "folder");
	request.source = "/dev/zero";
	scratch_assert_fails(scratch, &request, ERROR_REFUSED, "neither a file nor a pipe");
	request.source = "file://other.example/feed.xml";
	scratch_assert_fails(scratch, &request, ERROR_REFUSED, "file:///path");
	request.source = "ftp://shop.example/feed.xml";
	scratch_assert_fails(scratch, &request, ERROR_REFUSED, "'ftp://shop.example/feed.xml': a source is");
}

static int grow_file(void *context, int64_t bytes, int64_t total)
{
	const char *path = context;
	(void)total;
	if (bytes == 3) {
		const int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		if (fd < 0 || write(fd, "more", 4) != 4 || close(fd) != 0)
			return 1;
	}
	return 0;
}

static void a_file_that_grows_meanwhile_is_not_proven(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	char path[600];
	scratch_write(scratch, "feed", "abc", 3);
	(void)snprintf(path, sizeof(path), "%s/feed", scratch->folder);
	struct fetch_request request = scratch_request(scratch, path);
	request.progress = grow_file;
	request.progress_context = path;
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	assert_int_equal(result.bytes, 7);
	assert_false(result.is_length_proven);
}

static int touch_file(void *context, int64_t bytes, int64_t total)
{
	const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	(void)bytes;
	(void)total;
	return utimensat(AT_FDCWD, context, times, 0);
}

static void a_file_that_is_rewritten_meanwhile_is_not_proven(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	char path[600];
	scratch_write(scratch, "feed", "abc", 3);
	(void)snprintf(path, sizeof(path), "%s/feed", scratch->folder);
	struct fetch_request request = scratch_request(scratch, path);
	request.progress = touch_file;
	request.progress_context = path;
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	assert_int_equal(result.bytes, 3);
	assert_false(result.is_length_proven);
}

static void *write_to_pipe(void *context)
{
	const char *path = context;
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, "ab", 2);
		(void)!write(fd, "c", 1);
		(void)close(fd);
	}
	return NULL;
}

static void named_pipes_are_read_to_their_end(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	pthread_t writer;
	char path[600];
	(void)snprintf(path, sizeof(path), "%s/pipe", scratch->folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_to_pipe, path), 0);
	const struct fetch_request request = scratch_request(scratch, path);
	const int outcome = fetch_source(&request, &result, &err);
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(outcome, FETCH_DONE);
	scratch_assert_content(result.path, "abc", 3);
	assert_false(result.is_length_proven);
}

static void a_pipe_without_a_writer_can_be_cancelled(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	assert_int_equal(mkfifo(scratch_path(scratch, "pipe"), 0600), 0);
	struct fetch_request request = scratch_request(scratch, scratch_path(scratch, "pipe"));
	request.progress = cancel_at_once;
	assert_int_equal(fetch_source(&request, &result, &err), -1);
	assert_int_equal(err.code, ERROR_CANCELLED);
	assert_int_equal(err.number, 15);
	request.progress = NULL;
	request.timeout_ms = 5;
	scratch_assert_fails(scratch, &request, ERROR_NETWORK, "not read to its end within 5 ms");
}

/* Fetch '-' with `fd` as standard input. */
static int fetch_from(const struct scratch *scratch, int fd, struct fetch_result *result, struct error *err)
{
	const struct fetch_request request = scratch_request(scratch, "-");
	const int saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	const int outcome = fetch_source(&request, result, err);
	if (saved >= 0) {
		assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
		(void)close(saved);
	}
	return outcome;
}

static void standard_input_is_read_to_its_end(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(fetch_from(scratch, ends[0], &result, &err), FETCH_DONE);
	assert_int_equal(close(ends[0]), 0);
	scratch_assert_content(result.path, "abc", 3);
	assert_false(result.is_length_proven);
	assert_string_equal(result.final_source, "-");
}

static void a_redirected_file_is_proven_only_from_its_start(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	scratch_write(scratch, "feed", "abcdef", 6);
	const int fd = open(scratch_path(scratch, "feed"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fetch_from(scratch, fd, &result, &err), FETCH_DONE);
	assert_true(result.is_length_proven);
	scratch_assert_content(result.path, "abcdef", 6);
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	assert_int_equal(fetch_from(scratch, fd, &result, &err), FETCH_DONE);
	assert_false(result.is_length_proven);
	scratch_assert_content(result.path, "def", 3);
	assert_int_equal(close(fd), 0);
}

int run_local_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_copied_and_their_length_is_proven, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(an_empty_file_is_an_empty_feed, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(large_files_are_taken_up_to_the_limit, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_no_feed_is_refused_by_name, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_file_that_grows_meanwhile_is_not_proven, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_file_that_is_rewritten_meanwhile_is_not_proven, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(named_pipes_are_read_to_their_end, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_pipe_without_a_writer_can_be_cancelled, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(standard_input_is_read_to_its_end, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_redirected_file_is_proven_only_from_its_start, scratch_make, scratch_remove),
	};
	return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}

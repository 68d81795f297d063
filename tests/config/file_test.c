/* Files: rights, kinds, sizes; paths; folders. */
#include "config/file.h"

#include "config_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read `path` of at most 100 bytes; a message is expected, or NULL. */
static void expect_read(const char *path, bool is_code, enum error_code code, const char *message)
{
	struct error err = ERROR_INIT;
	struct arena arena;
	struct slice text = {NULL, 0};
	arena_init(&arena, 4096);
	int result = config_read_file(path, 100, is_code, &arena, &text, &err);
	assert_int_equal(result, message == NULL ? 0 : -1);
	assert_int_equal(err.code, code);
	if (message != NULL)
		assert_string_equal(err.message, message);
	arena_release(&arena);
}

static void file_is_read_whole_with_a_nul_behind(void **state)
{
	struct error err = ERROR_INIT;
	struct arena arena;
	struct slice text;

	(void)state;
	workspace_write("a.yaml", "a: 1\n");
	workspace_write("empty.yaml", "");
	arena_init(&arena, 4096);
	assert_int_equal(config_read_file("a.yaml", 5, true, &arena, &text, &err), 0);
	assert_int_equal(text.size, 5);
	assert_string_equal(text.data, "a: 1\n");
	assert_int_equal(config_read_file("empty.yaml", 5, true, &arena, &text, &err), 0);
	assert_int_equal(text.size, 0);
	assert_int_equal(config_read_file("/proc/self/status", 65536, false, &arena, &text, &err), 0);
	assert_true(text.size > 0);
	arena_release(&arena);
}

static void file_that_others_may_write_is_refused_as_code(void **state)
{
	static const struct {
		mode_t mode;
		const char *message;
	} rows[] = {
		{0600, NULL},
		{0644, NULL},
		{0444, NULL},
		{0755, NULL},
		{0664, "'a.yaml': refused: group or others may write the file (mode 0664); use 'chmod go-w'"},
		{0646, "'a.yaml': refused: group or others may write the file (mode 0646); use 'chmod go-w'"},
		{0620, "'a.yaml': refused: group or others may write the file (mode 0620); use 'chmod go-w'"},
		{0602, "'a.yaml': refused: group or others may write the file (mode 0602); use 'chmod go-w'"},
	};

	(void)state;
	workspace_write("a.yaml", "a: 1\n");
	for (size_t index = 0; index < COUNT(rows); index++) {
		assert_int_equal(chmod("a.yaml", rows[index].mode), 0);
		expect_read("a.yaml", true, rows[index].message == NULL ? ERROR_NONE : ERROR_CONFIG, rows[index].message);
		expect_read("a.yaml", false, ERROR_NONE, NULL);
	}
}

static void file_of_a_stranger_is_refused_as_code(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("only root can give a file away\n");
		skip();
	}
	workspace_write("a.yaml", "a: 1\n");
	assert_int_equal(chown("a.yaml", 12345, 0), 0);
	expect_read("a.yaml", true, ERROR_CONFIG,
	            "'a.yaml': refused: the file belongs to user 12345, neither to root nor to user 0 who runs this");
	expect_read("a.yaml", false, ERROR_NONE, NULL);
	assert_int_equal(symlink("a.yaml", "link.yaml"), 0);
	expect_read("link.yaml", true, ERROR_CONFIG,
	            "'link.yaml': refused: the file belongs to user 12345, neither to root nor to user 0 who runs this");
	assert_int_equal(seteuid(12345), 0);
	expect_read("a.yaml", false, ERROR_SYSTEM, "'a.yaml': the file cannot be opened: Permission denied");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(seteuid(12345), 0);
	expect_read("a.yaml", true, ERROR_NONE, NULL);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown("a.yaml", 0, 0), 0);
	assert_int_equal(chmod("a.yaml", 0644), 0);
	assert_int_equal(seteuid(12345), 0);
	expect_read("a.yaml", true, ERROR_NONE, NULL);
	assert_int_equal(seteuid(0), 0);
}

static void file_must_be_a_regular_one_of_bounded_size(void **state)
{
	char text[102];

	(void)state;
	memset(text, '#', sizeof(text));
	text[100] = '\0';
	workspace_write("fits.yaml", text);
	text[100] = '#';
	text[101] = '\0';
	workspace_write("large.yaml", text);
	assert_int_equal(mkdir("folder.yaml", 0700), 0);
	assert_int_equal(mkfifo("pipe.yaml", 0600), 0);
	expect_read("fits.yaml", true, ERROR_NONE, NULL);
	expect_read("large.yaml", true, ERROR_LIMIT, "'large.yaml': the file is larger than 100 bytes");
	expect_read("folder.yaml", true, ERROR_CONFIG, "'folder.yaml': this is not a regular file");
	expect_read("pipe.yaml", true, ERROR_CONFIG, "'pipe.yaml': this is not a regular file");
	expect_read("/dev/zero", false, ERROR_CONFIG, "'/dev/zero': this is not a regular file");
	expect_read("none.yaml", true, ERROR_NOT_FOUND, "'none.yaml': the file does not exist");
	expect_read("fits.yaml/x", true, ERROR_NOT_FOUND, "'fits.yaml/x': the file does not exist");
}

static void file_needs_room_in_the_arena(void **state)
{
	struct error err = ERROR_INIT;
	struct arena arena;
	struct slice text = {NULL, 0};

	(void)state;
	workspace_write("a.yaml", "0123456789");
	arena_init(&arena, 4);
	assert_int_equal(config_read_file("a.yaml", 100, true, &arena, &text, &err), -1);
	assert_int_equal(err.code, ERROR_MEMORY);
	arena_release(&arena);
}

static void path_is_taken_relative_to_the_file_that_has_it(void **state)
{
	static const struct {
		const char *folder;
		const char *path;
		const char *joined;
	} rows[] = {
		{".", "jobs", "jobs"},       {"", "jobs", "jobs"},
		{"etc", "jobs", "etc/jobs"}, {"/etc/feedmill", "jobs", "/etc/feedmill/jobs"},
		{"/", "jobs", "/jobs"},      {"etc/", "jobs", "etc/jobs"},
		{"etc", "/jobs", "/jobs"},   {"etc", "../jobs", "etc/../jobs"},
		{"etc", "", "etc/"},
	};
	static const struct {
		const char *file;
		const char *folder;
	} folders[] = {
		{"feedmill.yaml", "."},
		{"./feedmill.yaml", "."},
		{"/etc/feedmill/feedmill.yaml", "/etc/feedmill"},
		{"/feedmill.yaml", "/"},
		{"a/b", "a"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 65536);
	for (size_t index = 0; index < COUNT(rows); index++)
		assert_string_equal(path_join(&arena, rows[index].folder, slice_from(rows[index].path)), rows[index].joined);
	for (size_t index = 0; index < COUNT(folders); index++)
		assert_string_equal(path_folder(&arena, folders[index].file), folders[index].folder);
	arena_release(&arena);
}

static void config_path_prefers_option_then_environment_then_folder(void **state)
{
	(void)state;
	assert_string_equal(config_path("a.yaml", "b.yaml"), "a.yaml");
	assert_string_equal(config_path(NULL, "b.yaml"), "b.yaml");
	const char *elsewhere = config_path(NULL, "");
	assert_true(elsewhere == NULL || strcmp(elsewhere, "/etc/feedmill/feedmill.yaml") == 0);
	workspace_write("feedmill.yaml", "");
	assert_string_equal(config_path(NULL, ""), "./feedmill.yaml");
	assert_string_equal(config_path(NULL, NULL), "./feedmill.yaml");
}

static void folder_list_is_sorted_by_name_and_leaves_out_what_is_no_job(void **state)
{
	static const char *const files[] = {"f/b.yaml", "f/a.yaml", "f/a-b.yaml", "f/a.b.yaml", "f/.hidden.yaml", "f/c.yaml~",
	                                    "f/d.txt",  "f/README", "f/#e.yaml#", "f/yaml",     "f/B.yaml",       "f/.yaml"};
	static const char *const names[] = {"B", "a", "a-b", "a.b", "b"};
	struct config_problems problems;
	struct error err = ERROR_INIT;
	struct arena arena;
	const struct config_file *list;
	size_t count;

	(void)state;
	for (size_t index = 0; index < COUNT(files); index++)
		workspace_write(files[index], "");
	arena_init(&arena, 65536);
	config_problems_init(&problems);
	assert_int_equal(config_folder_list("f", &arena, &list, &count, &problems, &err), 0);
	problems_expect(&problems, "", "f");
	assert_int_equal(count, COUNT(names));
	for (size_t index = 0; index < count; index++) {
		char path[32];
		(void)snprintf(path, sizeof(path), "f/%s.yaml", names[index]);
		assert_string_equal(list[index].name, names[index]);
		assert_string_equal(list[index].path, path);
	}
	config_problems_release(&problems);
	arena_release(&arena);
}

static void folder_list_notes_names_that_cannot_be(void **state)
{
	struct config_problems problems;
	struct error err = ERROR_INIT;
	struct arena arena;
	const struct config_file *list;
	size_t count;

	(void)state;
	workspace_write("f/-a.yaml", "");
	workspace_write("f/b c.yaml", "");
	workspace_write("f/good.yaml", "");
	workspace_write("f/old.yml", "");
	workspace_write("f/upper.YAML", "");
	workspace_write("f/ä.yaml", "");
	arena_init(&arena, 65536);
	config_problems_init(&problems);
	assert_int_equal(config_folder_list("f", &arena, &list, &count, &problems, &err), 0);
	problems_expect(&problems,
	                "f/-a.yaml: '-a' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'\n"
	                "f/b c.yaml: 'b c' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'\n"
	                "f/old.yml: the file is not read; name it 'old.yaml'\n"
	                "f/upper.YAML: the file is not read; name it 'upper.yaml'\n"
	                "f/ä.yaml: 'ä' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'\n",
	                "f");
	assert_int_equal(count, 1);
	assert_string_equal(list[0].name, "good");
	config_problems_release(&problems);
	arena_release(&arena);
}

static void folder_list_fails_where_there_is_no_folder(void **state)
{
	struct config_problems problems;
	struct error err = ERROR_INIT;
	struct arena arena;
	const struct config_file *list;
	size_t count;

	(void)state;
	workspace_write("file", "");
	arena_init(&arena, 65536);
	config_problems_init(&problems);
	assert_int_equal(config_folder_list("none", &arena, &list, &count, &problems, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.message, "'none': the folder does not exist");
	assert_int_equal(config_folder_list("file", &arena, &list, &count, &problems, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_string_equal(err.message, "'file': the folder cannot be opened: Not a directory");
	assert_int_equal(problems.count, 0);
	arena_release(&arena);
}

static void folder_list_is_limited(void **state)
{
	struct config_problems problems;
	struct error err = ERROR_INIT;
	struct arena arena;
	const struct config_file *list;
	size_t count;

	(void)state;
	for (int index = 0; index < CONFIG_FOLDER_FILES; index++) {
		char path[32];
		(void)snprintf(path, sizeof(path), "f/j%d.yaml", index);
		workspace_write(path, "");
	}
	arena_init(&arena, (size_t)64 * 1024 * 1024);
	config_problems_init(&problems);
	assert_int_equal(config_folder_list("f", &arena, &list, &count, &problems, &err), 0);
	assert_int_equal(count, CONFIG_FOLDER_FILES);
	workspace_write("f/one-more.yaml", "");
	assert_int_equal(config_folder_list("f", &arena, &list, &count, &problems, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_string_equal(err.message, "'f': more than 100000 files");
	arena_release(&arena);
}

static void folder_state_leaves_hidden_files_out(void **state)
{
	enum folder_state folder;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(folder_examine("f", &folder, &err), 0);
	assert_int_equal(folder, FOLDER_MISSING);
	workspace_write("f/.keep", "");
	workspace_write("f/a~", "");
	assert_int_equal(folder_examine("f", &folder, &err), 0);
	assert_int_equal(folder, FOLDER_EMPTY);
	workspace_write("f/a", "");
	assert_int_equal(folder_examine("f", &folder, &err), 0);
	assert_int_equal(folder, FOLDER_FILLED);
	assert_int_equal(folder_examine("f/a", &folder, &err), 0);
	assert_int_equal(folder, FOLDER_NO_FOLDER);
}

#define in_workspace(test) cmocka_unit_test_setup_teardown(test, workspace_setup, workspace_teardown)

int file_tests(void)
{
	const struct CMUnitTest tests[] = {
		in_workspace(file_is_read_whole_with_a_nul_behind),
		in_workspace(file_that_others_may_write_is_refused_as_code),
		in_workspace(file_of_a_stranger_is_refused_as_code),
		in_workspace(file_must_be_a_regular_one_of_bounded_size),
		in_workspace(file_needs_room_in_the_arena),
		cmocka_unit_test(path_is_taken_relative_to_the_file_that_has_it),
		in_workspace(config_path_prefers_option_then_environment_then_folder),
		in_workspace(folder_list_is_sorted_by_name_and_leaves_out_what_is_no_job),
		in_workspace(folder_list_notes_names_that_cannot_be),
		in_workspace(folder_list_fails_where_there_is_no_folder),
		in_workspace(folder_list_is_limited),
		in_workspace(folder_state_leaves_hidden_files_out),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}

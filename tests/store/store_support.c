/* Folders, files, made-up processes, and listings as text. */
#include "store_support.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES 256

void folder_make(struct folder *folder)
{
	(void)snprintf(folder->path, sizeof(folder->path), "/tmp/feedmill-store-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

void folder_remove(struct folder *folder)
{
	assert_int_equal(nftw(folder->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *folder_file(const struct folder *folder, const char *name)
{
	static char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	return path;
}

const char *folder_location(const struct folder *folder, const char *name)
{
	static char location[PATH_BYTES];

	(void)snprintf(location, sizeof(location), "sqlite:%s/%s", folder->path, name);
	return location;
}

void file_execute(const char *path, const char *sql)
{
	sqlite3 *database;

	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

void file_write(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

char *file_read(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	char *data;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	*ret_size = (size_t)status.st_size;
	data = malloc(*ret_size + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *ret_size, file), *ret_size);
	(void)fclose(file);
	return data;
}

struct store *open_well(const char *location, enum store_access access)
{
	struct error err = ERROR_INIT;
	struct store *store = NULL;

	if (store_open(location, access, &store, &err) < 0)
		fail_msg("%s: %s", location, err.message);
	assert_non_null(store);
	return store;
}

void assert_error(const struct error *err, enum error_code code, const char *words)
{
	if (err->code != code || strstr(err->message, words) == NULL || strchr(err->message, '\n') != NULL)
		fail_msg("%s: '%s' instead of %s: '%s'", error_code_name(err->code), err->message, error_code_name(code), words);
}

void assert_open_fails(const char *location, enum store_access access, enum error_code code, const char *words)
{
	struct error err = ERROR_INIT;
	struct store *store = NULL;

	assert_int_equal(store_open(location, access, &store, &err), -1);
	assert_null(store);
	assert_error(&err, code, words);
}

void assert_child_succeeds(int pid)
{
	int status;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

struct run_start make_start(int64_t now_ms)
{
	return (struct run_start){
		.job = "acme",
		.catalog = "main",
		.trigger = "manual",
		.config_digest = "c0ffee",
		.now_ms = now_ms,
		.host = "here",
		.pid = 100,
		.process_start = 7,
	};
}

static bool process_lives(void *context, int64_t pid, int64_t process_start)
{
	const struct process *process = context;

	return process != NULL && process->pid == pid && process->start == process_start;
}

struct lease_world make_world(struct process *alive)
{
	return (struct lease_world){.context = alive, .is_alive = process_lives};
}

struct listing_text {
	const char *names;
	struct buffer text;
};

static void append_value(struct buffer *text, const struct store_value *value)
{
	switch (value->type) {
	case STORE_NULL:
		(void)buffer_append_byte(text, '-');
		break;
	case STORE_INTEGER:
		(void)buffer_append_format(text, "%" PRId64, value->integer);
		break;
	case STORE_JSON:
		(void)buffer_append_byte(text, '=');
		(void)buffer_append_slice(text, value->text);
		break;
	case STORE_TEXT:
		(void)buffer_append_slice(text, value->text);
		break;
	}
}

static int take_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct listing_text *listing = context;
	struct slice_splitter names = slice_split(slice_from(listing->names), (struct slice)SLICE(" "));
	struct slice name;

	(void)err;
	if (listing->text.size > 0)
		(void)buffer_append_byte(&listing->text, '\n');
	for (bool is_first = true; slice_split_next(&names, &name); is_first = false) {
		size_t index = 0;

		while (index < count && !slice_equal_text(name, values[index].name))
			index++;
		if (index == count)
			fail_msg("there is no column '%.*s'", (int)name.size, name.data);
		if (!is_first)
			(void)buffer_append_byte(&listing->text, '|');
		append_value(&listing->text, &values[index]);
	}
	return 0;
}

char *list_text(struct store *store, const struct store_selection *selection, const char *names)
{
	struct listing_text listing = {.names = names};
	struct error err = ERROR_INIT;
	char *copy;

	buffer_init(&listing.text, (size_t)1 << 24);
	if (store_select(store, selection, (struct store_row_sink){.context = &listing, .row = take_row}, &err) < 0)
		fail_msg("listing %d: %s", (int)selection->list, err.message);
	assert_non_null(buffer_text(&listing.text));
	copy = strdup(listing.text.data);
	assert_non_null(copy);
	buffer_release(&listing.text);
	return copy;
}

void assert_list(struct store *store, const struct store_selection *selection, const char *names, const char *expected)
{
	char *text = list_text(store, selection, names);

	assert_string_equal(text, expected);
	free(text);
}

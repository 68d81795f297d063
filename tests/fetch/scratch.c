/* Temporary folders and shared assertions. */
#include "scratch.h"

#include "tests.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int scratch_make(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));
	assert_non_null(scratch);
	const char *parent = getenv("TMPDIR");
	(void)snprintf(scratch->folder, sizeof(scratch->folder), "%s/feedmill-fetch-XXXXXX", parent != NULL ? parent : "/tmp");
	assert_non_null(mkdtemp(scratch->folder));
	(void)snprintf(scratch->spool, sizeof(scratch->spool), "%s/state/spool", scratch->folder);
	*state = scratch;
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

int scratch_remove(void **state)
{
	struct scratch *scratch = *state;
	const int outcome = nftw(scratch->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(scratch);
	return outcome;
}

const char *scratch_path(const struct scratch *scratch, const char *name)
{
	static char path[512];
	(void)snprintf(path, sizeof(path), "%s/%s", scratch->folder, name);
	return path;
}

void scratch_write(const struct scratch *scratch, const char *name, const char *data, size_t size)
{
	FILE *file = fopen(scratch_path(scratch, name), "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

size_t scratch_spool_count(const struct scratch *scratch, const char *suffix)
{
	size_t count = 0;
	DIR *directory = opendir(scratch->spool);
	if (directory == NULL)
		return 0;
	for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
		const size_t size = strlen(entry->d_name);
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || size < strlen(suffix))
			continue;
		count += strcmp(entry->d_name + size - strlen(suffix), suffix) == 0;
	}
	(void)closedir(directory);
	return count;
}

void scratch_assert_content(const char *path, const char *text, size_t size)
{
	char *content = malloc(size + 1);
	FILE *file = fopen(path, "rb");
	assert_non_null(content);
	assert_non_null(file);
	assert_int_equal(fread(content, 1, size + 1, file), size);
	assert_memory_equal(content, text, size);
	(void)fclose(file);
	free(content);
}

struct fetch_request scratch_request(const struct scratch *scratch, const char *source)
{
	return (struct fetch_request){
		.source = source,
		.spool_folder = scratch->spool,
		.max_bytes = 1 << 20,
		.connect_timeout_ms = 10000,
		.idle_timeout_ms = 20000,
		.timeout_ms = 30000,
		.user_agent = "feedmill-test/1",
		.clock = clock_system(),
	};
}

void scratch_assert_fails(const struct scratch *scratch, const struct fetch_request *request, enum error_code code,
                          const char *part)
{
	struct fetch_result result;
	struct error err = ERROR_INIT;
	assert_int_equal(fetch_source(request, &result, &err), -1);
	if (strstr(err.message, part) == NULL)
		fail_msg("'%s' is not in the message: %s", part, err.message);
	if (err.code != code)
		fail_msg("%s, not %s: %s", error_code_name(err.code), error_code_name(code), err.message);
	assert_string_equal(result.path, "");
	assert_int_equal(scratch_spool_count(scratch, ""), 0);
}

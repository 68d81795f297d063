/* What the tests of config share. */
#include "config_tests.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void problems_list(const struct config_problems *problems, struct buffer *text)
{
	buffer_init(text, (size_t)16 * 1024 * 1024);
	for (const struct config_problem *problem = problems->first; problem != NULL; problem = problem->next) {
		if (problem->line == 0)
			(void)buffer_append_format(text, "%s: %s\n", problem->file, problem->message);
		else
			(void)buffer_append_format(text, "%u:%u: %s\n", problem->line, problem->column, problem->message);
	}
	assert_false(text->failed);
}

void problems_expect(const struct config_problems *problems, const char *expected, const char *what)
{
	struct buffer text;
	problems_list(problems, &text);
	if (!slice_equal_text(buffer_slice(&text), expected)) {
		fprintf(stderr, "--- for\n%s\n--- expected\n%s--- got\n%s---\n", what, expected, buffer_text(&text));
		buffer_release(&text);
		fail();
	}
	buffer_release(&text);
}

char *problems_printed(const struct config_problems *problems)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	config_problems_print(problems, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

int workspace_setup(void **state)
{
	struct workspace *workspace = calloc(1, sizeof(*workspace));
	if (workspace == NULL || getcwd(workspace->home, sizeof(workspace->home)) == NULL)
		return -1;
	(void)snprintf(workspace->path, sizeof(workspace->path), "/tmp/feedmill-config-XXXXXX");
	if (mkdtemp(workspace->path) == NULL || chdir(workspace->path) < 0)
		return -1;
	*state = workspace;
	return 0;
}

int workspace_teardown(void **state)
{
	struct workspace *workspace = *state;
	int result = chdir(workspace->home);
	result |= nftw(workspace->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(workspace);
	return result;
}

static void make_folders(const char *path)
{
	char folder[256];
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		if (folder[0] != '\0' && mkdir(folder, 0700) < 0)
			assert_int_equal(errno, EEXIST);
	}
}

void workspace_write(const char *path, const char *text)
{
	make_folders(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

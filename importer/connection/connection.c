/* All connections of a configuration. */
#include "connection/connection.h"

#include "base/limits.h"
#include "base/suggest.h"
#include "connection/load.h"

#include <string.h>
#include <strings.h>

#define CONNECTIONS_ARENA_BYTES ((size_t)256 * 1024 * 1024)
#define SUGGESTED_MAX 100

/* A word that jobs have for no connection at all. */
static const char no_connection[] = "none";

/* As config_load() does it for jobs: a file that cannot be read is a problem of its own. */
static int read_one(struct connections *connections, const struct config_file *file, struct config_problems *problems,
                    struct error *err)
{
	struct slice text;
	struct arena source;
	int outcome = 0;
	if (strcmp(file->name, no_connection) == 0) {
		config_problem_file(problems, file->path, "no connection can be called 'none': that is a job without one");
		return 0;
	}
	arena_init(&source, LIMIT_YAML_BYTES + (size_t)64 * 1024);
	if (config_read_file(file->path, LIMIT_YAML_BYTES, true, &source, &text, err) < 0) {
		if (err->code == ERROR_MEMORY) {
			outcome = -1;
		} else {
			config_problem_file(problems, file->path, "%s", err->message);
			error_clear(err);
		}
	} else {
		const struct connection_text read = {.name = file->name, .file = file->path, .text = text};
		outcome = connection_read(&read, &connections->arena, &connections->items[connections->count], problems, err);
	}
	arena_release(&source);
	if (outcome == 1)
		connections->count++;
	return outcome < 0 ? -1 : 0;
}

int connections_load(const char *folder, struct connections *ret_connections, struct config_problems *problems, struct error *err)
{
	const struct config_file *files;
	size_t count;
	*ret_connections = (struct connections){.items = NULL};
	arena_init(&ret_connections->arena, CONNECTIONS_ARENA_BYTES);
	if (folder == NULL)
		return 0;
	if (config_folder_list(folder, &ret_connections->arena, &files, &count, problems, err) < 0)
		goto release_connections;
	ret_connections->items = arena_alloc(&ret_connections->arena, (count + 1) * sizeof(*ret_connections->items));
	if (ret_connections->items == NULL) {
		(void)error_set_memory(err);
		goto release_connections;
	}
	for (size_t i = 0; i < count; i++) {
		if (read_one(ret_connections, &files[i], problems, err) < 0)
			goto release_connections;
	}
	return 0;

release_connections:
	connections_release(ret_connections);
	return -1;
}

void connections_release(struct connections *connections)
{
	for (size_t i = 0; connections->items != NULL && i < connections->count; i++) {
		if (connections->items[i].has_allowed_url)
			allowed_url_release(&connections->items[i].allowed_url);
	}
	arena_release(&connections->arena);
	connections->items = NULL;
	connections->count = 0;
}

const struct connection *connections_find(const struct connections *connections, struct slice name)
{
	for (size_t i = 0; i < connections->count; i++) {
		if (slice_equal_text(name, connections->items[i].name))
			return &connections->items[i];
	}
	return NULL;
}

static int refuse_name(const struct connections *connections, const char *name, struct error *err)
{
	const char *names[SUGGESTED_MAX];
	size_t count = 0;
	for (; count < connections->count && count < SUGGESTED_MAX; count++)
		names[count] = connections->items[count].name;
	const char *nearest = suggest_nearest(slice_from(name), names, count);
	if (nearest != NULL)
		return error_set(err, ERROR_CONFIG, "connection: there is no connection '%s'; did you mean '%s'?", name, nearest);
	return error_set(err, ERROR_CONFIG, "connection: there is no connection '%s'", name);
}

static int check_source(const struct connection *connection, const char *source, struct error *err)
{
	enum allowed_url_verdict verdict;
	struct url url;
	if (url_parse(source, &url, err) < 0)
		return error_wrap(err, "source");
	int outcome = 0;
	if (connection->has_allowed_url) {
		outcome = allowed_url_check(&connection->allowed_url, &url, &verdict, err);
		if (outcome == 0 && verdict != ALLOWED_URL_INSIDE)
			outcome = error_set(err, ERROR_CONFIG, "source: outside of the Allowed URL of the connection '%s': %s",
			                    connection->name, allowed_url_verdict_text(verdict));
	}
	url_release(&url);
	return outcome;
}

int connections_for_job(const struct connections *connections, const struct job_config *job,
                        const struct connection **ret_connection, struct error *err)
{
	*ret_connection = NULL;
	if (job->connection == NULL || strcmp(job->connection, no_connection) == 0)
		return 0;
	const struct connection *connection = connections_find(connections, slice_from(job->connection));
	if (connection == NULL)
		return refuse_name(connections, job->connection, err);
	if (strncasecmp(job->source, "http://", 7) != 0 && strncasecmp(job->source, "https://", 8) != 0)
		return error_set(err, ERROR_CONFIG,
		                 "connection: only sources of http and https have one, not a file or standard input");
	if (check_source(connection, job->source, err) < 0) {
		if (err->code != ERROR_MEMORY)
			err->code = ERROR_CONFIG;
		return -1;
	}
	*ret_connection = connection;
	return 0;
}

/* One probe: fetch into a folder of its own, read in another process, clean up. */
#include "run/probe.h"

#include "base/limits.h"
#include "connection/session.h"
#include "feed/feed.h"
#include "run/reader_ask.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_PREFIX "probe-"

struct probing {
	const struct run_probe_request *request;
	char folder[PATH_MAX]; /* for the fetched file */
	struct arena *arena;
};

/* --- the folder --- */

/* A folder of ours and the files in it; what cannot be removed stays, and the next probe tries again. */
static void remove_folder(const char *folder)
{
	DIR *stream = opendir(folder);
	const struct dirent *entry;

	if (!stream)
		return;
	while ((entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(stream), entry->d_name, 0); /* as said */
	}
	(void)closedir(stream); /* only read from */
	(void)rmdir(folder);    /* as said */
}

/* Folders of probes that were killed. */
static void remove_stale_folders(const struct probing *probing)
{
	DIR *stream = opendir(probing->request->state_folder);
	const struct dirent *entry;
	const int64_t now_ms = clock_now_ms(&probing->request->clock);
	char path[PATH_MAX];
	struct stat status;

	if (!stream)
		return;
	while ((entry = readdir(stream)) != NULL) {
		if (strncmp(entry->d_name, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) != 0)
			continue;
		const int size = snprintf(path, sizeof(path), "%s/%s", probing->request->state_folder, entry->d_name);
		if (size < 0 || (size_t)size >= sizeof(path) || lstat(path, &status) != 0 || !S_ISDIR(status.st_mode))
			continue;
		if (now_ms - (int64_t)status.st_mtime * 1000 > LIMIT_FETCH_TIMEOUT_MS)
			remove_folder(path);
	}
	(void)closedir(stream); /* only read from */
}

static int name_folder(struct probing *probing, struct error *err)
{
	const int size = snprintf(probing->folder, sizeof(probing->folder), "%s/" FOLDER_PREFIX "%ld",
	                          probing->request->state_folder, (long)getpid());

	if (size < 0 || (size_t)size >= sizeof(probing->folder))
		return error_set(err, ERROR_USAGE, "the path of the state folder is too long");
	return 0;
}

/* --- the steps --- */

static int fetch_progress(void *context, int64_t bytes, int64_t total)
{
	const struct probing *probing = context;

	(void)bytes;
	(void)total;
	return probing->request->stop_signal ? (int)*probing->request->stop_signal : 0;
}

static int fetch(struct probing *probing, struct fetch_result *ret_feed, struct error *err)
{
	const struct job_config *job = probing->request->job;
	const struct connection *connection = probing->request->connection;
	struct connection_session *session = NULL;

	if (connection && connection_open(connection, probing->request->secrets, &session, err) < 0)
		return -1;
	const struct fetch_request request = {
		.source = job->source,
		.connection = session,
		.spool_folder = probing->folder,
		.cacert = job->cacert,
		.proxy = job->proxy,
		.allow_private = job->network == NETWORK_PRIVATE,
		.max_bytes = job->max_bytes,
		.connect_timeout_ms = job->connect_timeout_ms,
		.idle_timeout_ms = job->idle_timeout_ms,
		.timeout_ms = job->timeout_ms,
		.user_agent = probing->request->version,
		.clock = probing->request->clock,
		.progress = fetch_progress,
		.progress_context = probing,
	};

	const int outcome = fetch_source(&request, ret_feed, err);
	connection_close(session);
	if (outcome < 0)
		return -1;
	(void)close(ret_feed->hold); /* nobody else knows of this folder */
	ret_feed->hold = -1;
	return 0;
}

static int execute(struct probing *probing, struct run_probe_result *ret_result, struct error *err)
{
	const struct fetch_result *feed = &ret_result->feed;
	struct slice answer;

	if (fetch(probing, &ret_result->feed, err) < 0)
		return -1;
	const struct reader_request request = {
		.task = READER_PROBE,
		.dialects = probing->request->dialects->texts,
		.dialect_count = probing->request->dialects->count,
		.zones = probing->request->dialects->zones,
		.zone_count = probing->request->dialects->zone_count,
		.http_charset = slice_from(feed->charset),
		.is_json_lines = feed_is_named_json_lines(slice_from(feed->final_source), slice_from(feed->content_type)),
		.is_cage_required = probing->request->is_cage_required,
	};
	const struct reader_question question = {
		.request = &request,
		.spool_path = feed->path,
		.answer = FRAME_PROBE,
		.clock = probing->request->clock,
		.stop_signal = probing->request->stop_signal,
		.ret_cage = &ret_result->cage,
	};
	if (reader_ask(&question, probing->arena, &answer, err) < 0)
		return -1;
	return probe_report_decode(answer, probing->arena, &ret_result->report, err);
}

int run_probe_execute(const struct run_probe_request *request, struct arena *arena, struct run_probe_result *ret_result,
                      struct error *err)
{
	struct probing probing = {.request = request, .arena = arena};
	int result;

	if (name_folder(&probing, err) < 0)
		return -1;
	remove_stale_folders(&probing);
	result = execute(&probing, ret_result, err);
	remove_folder(probing.folder);
	return result;
}

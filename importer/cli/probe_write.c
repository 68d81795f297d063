/* Files of a probe: made in memory, checked, then written. */
#include "cli/probe_write.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "config/config.h"
#include "probe/dialect_text.h"
#include "probe/yaml_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64
#define ARENA_BYTES_MAX (64 * 1024 * 1024)
#define CONFIG_FILE "feedmill.yaml"

/* A file to be written. */
struct product_file {
	char path[PATH_MAX];
	struct buffer text;
	bool is_wanted;
};

struct writing {
	const struct probe_write_request *request;
	struct arena arena;
	char name[NAME_MAX_BYTES + 1];
	char masked[1024];
	char jobs_folder[PATH_MAX];
	char dialects_folder[PATH_MAX];
	struct product_file config;
	struct product_file dialect;
	struct product_file job;
};

/* 'folder/name.extension', or without a name 'folder.extension'. */
static int make_path(char path[PATH_MAX], const char *folder, const char *name, const char *extension, struct error *err)
{
	const int size = snprintf(path, PATH_MAX, "%s%s%s%s", folder, name ? "/" : "", name ? name : "", extension);

	if (size < 0 || size >= PATH_MAX)
		return error_set(err, ERROR_USAGE, "the path of the configuration is too long");
	return 0;
}

/* --- the name --- */

/* The host of a URL, or a file's name without its extensions. */
static struct slice find_name(const char *source)
{
	const char *host = strstr(source, "://");
	const char *end;

	if (strcmp(source, "-") == 0)
		return slice_from("stdin");
	if (host) {
		host += 3;
		if (strncmp(host, "www.", 4) == 0)
			host += 4;
		return slice_make(host, strcspn(host, ":/?#"));
	}
	end = strrchr(source, '/');
	source = end ? end + 1 : source;
	return slice_make(source, source[0] == '.' ? strlen(source) : strcspn(source, "."));
}

static int choose_name(struct writing *writing, struct error *err)
{
	const struct slice found = find_name(writing->request->source);
	size_t size = 0;

	if (writing->request->name) {
		if (!config_name_is_valid(slice_from(writing->request->name)))
			return error_set(err, ERROR_USAGE,
			                 "'%s' is no job name: up to 64 of A-Z a-z 0-9 . _ -, not beginning with . or -",
			                 writing->request->name);
		(void)snprintf(writing->name, sizeof(writing->name), "%s", writing->request->name); /* fits: it is valid */
		return 0;
	}
	for (size_t i = 0; i < found.size && size < NAME_MAX_BYTES; i++) {
		const char byte = found.data[i];
		const bool is_kept = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
		                     byte == '_' || ((byte == '.' || byte == '-') && size > 0);

		if (is_kept || size > 0)
			writing->name[size++] = (char)(is_kept ? byte : '-');
	}
	writing->name[size] = '\0';
	if (!config_name_is_valid(slice_from(writing->name)))
		(void)snprintf(writing->name, sizeof(writing->name), "feed");
	return 0;
}

/* --- where --- */

/* The folders that a configuration in place names, else those beside it. */
static int find_folders(struct writing *writing, struct error *err)
{
	const char *folder = writing->request->folder;
	struct config_problems problems;
	struct config config;
	int result = -1;

	if (make_path(writing->config.path, folder, CONFIG_FILE, "", err) < 0 ||
	    make_path(writing->jobs_folder, folder, "jobs", "", err) < 0 ||
	    make_path(writing->dialects_folder, folder, "dialects", "", err) < 0)
		return -1;
	writing->config.is_wanted = access(writing->config.path, F_OK) != 0;
	if (writing->config.is_wanted)
		return 0;
	config_problems_init(&problems);
	if (config_load(writing->config.path, &config, &problems, err) < 0) {
		config_problems_release(&problems);
		return -1;
	}
	if (problems.count > 0)
		(void)error_set(err, ERROR_CONFIG, "'%s' has mistakes; see 'feedmill check --config %s'", writing->config.path,
		                writing->config.path);
	else if ((!config.jobs_folder || make_path(writing->jobs_folder, config.jobs_folder, NULL, "", err) == 0) &&
	         (!config.dialects_folder || make_path(writing->dialects_folder, config.dialects_folder, NULL, "", err) == 0))
		result = 0;
	config_release(&config);
	config_problems_release(&problems);
	return result;
}

static int check_free(const struct writing *writing, const struct product_file *file, struct error *err)
{
	if (!file->is_wanted || writing->request->may_replace || access(file->path, F_OK) != 0)
		return 0;
	return error_set(err, ERROR_USAGE, "there is a file '%s' already; choose another name with --as, or say --force",
	                 file->path);
}

static int find_places(struct writing *writing, struct error *err)
{
	if (choose_name(writing, err) < 0 || find_folders(writing, err) < 0 ||
	    make_path(writing->job.path, writing->jobs_folder, writing->name, ".yaml", err) < 0 ||
	    make_path(writing->dialect.path, writing->dialects_folder, writing->name, ".yaml", err) < 0)
		return -1;
	writing->job.is_wanted = true;
	writing->dialect.is_wanted = writing->request->result->report.dialect.size == 0;
	return check_free(writing, &writing->job, err) < 0 ? -1 : check_free(writing, &writing->dialect, err);
}

/* --- what --- */

static bool is_known_dialect(const struct writing *writing)
{
	const struct dialect_files *known = writing->request->dialects;

	for (size_t i = 0; i < known->count; i++) {
		if (slice_equal_text(known->texts[i].name, writing->name) &&
		    strcmp(known->texts[i].file, writing->dialect.path) != 0)
			return true;
	}
	return false;
}

/* What is written must compile beside all that there is. */
static int check_dialect(struct writing *writing, struct error *err)
{
	const struct dialect_files *known = writing->request->dialects;
	struct dialect_text *texts = arena_alloc(&writing->arena, (known->count + 1) * sizeof(*texts));
	struct dialect_files all = {.texts = texts, .count = known->count + 1};
	struct dialect_set *set = NULL;
	struct config_problems problems;
	int result = -1;

	if (!texts)
		return error_set_memory(err);
	for (size_t i = 0; i < known->count; i++)
		texts[i] = known->texts[i];
	texts[known->count] = (struct dialect_text){
		.file = writing->dialect.path,
		.name = slice_from(writing->name),
		.yaml = buffer_slice(&writing->dialect.text),
	};
	config_problems_init(&problems);
	if (dialect_files_compile(&all, &writing->arena, &set, &problems, err) == 0) {
		if (problems.count > 0)
			(void)error_set(err, ERROR_CONFIG, "the dialect made from the feed does not compile: line %u: %s",
			                problems.first ? problems.first->line : 0, problems.first ? problems.first->message : "");
		else
			result = 0;
		dialect_set_free(set);
	}
	config_problems_release(&problems);
	return result;
}

static int make_dialect(struct writing *writing, struct error *err)
{
	const struct dialect_draft draft = {
		.source = writing->masked,
		.report = &writing->request->result->report,
		.guess = writing->request->guess,
	};

	if (!writing->dialect.is_wanted)
		return 0;
	if (!draft.report->has_records)
		return error_set(err, ERROR_FEED, "the feed has no records, so there is nothing to make a dialect from");
	if (is_known_dialect(writing))
		return error_set(err, ERROR_USAGE, "there is a dialect '%s' already; choose another name with --as", writing->name);
	return dialect_draft_write(&draft, &writing->dialect.text, err) < 0 ? -1 : check_dialect(writing, err);
}

/* A job may be run from anywhere: a file's path is written in full. */
static void append_source(struct writing *writing, const char *source, struct buffer *text)
{
	char *path = strstr(source, "://") == NULL && strcmp(source, "-") != 0 ? realpath(source, NULL) : NULL;

	yaml_append_scalar(text, slice_from(path ? path : source));
	free(path);
	(void)buffer_append_byte(text, '\n'); /* failure sticks and is seen at the end */
	(void)writing;
}

static void append_key(struct buffer *text, const char *key, const char *value)
{
	if (!value)
		return;
	(void)buffer_append_format(text, "%s: ", key); /* as above */
	yaml_append_scalar(text, slice_from(value));
	(void)buffer_append_byte(text, '\n');
}

static int make_job(struct writing *writing, struct error *err)
{
	const struct probe_report *report = &writing->request->result->report;
	const struct dialect_draft draft = {.report = report, .guess = writing->request->guess};
	struct buffer *text = &writing->job.text;
	struct job_config checked;

	job_config_init(&checked, writing->name);
	if (job_config_set(&checked, "source", slice_from(writing->request->source), &writing->arena, err) < 0)
		return error_wrap(err, "the source cannot stand in a job");
	(void)buffer_append_text(text, "# Written by 'feedmill probe'.\nsource: "); /* failure sticks and is seen below */
	append_source(writing, writing->request->source, text);
	(void)buffer_append_text(text, "dialect: ");
	yaml_append_scalar(text, report->dialect.size > 0 ? report->dialect : slice_from(writing->name));
	(void)buffer_append_byte(text, '\n');
	append_key(text, "connection", writing->request->connection);
	append_key(text, "network", writing->request->network);
	append_key(text, "cacert", writing->request->cacert);
	if (report->has_records && dialect_draft_lacks_currency(&draft))
		(void)buffer_append_text(text, "# ? the prices have no currency; say which:\n# default_currency: EUR\n");
	(void)buffer_append_text(text, "# what becomes of items that leave the feed: keep, mark or delete\nmissing: mark\n");
	return text->failed ? error_set_memory(err) : 0;
}

static int make_config(struct writing *writing, struct error *err)
{
	if (writing->config.is_wanted &&
	    buffer_append_text(&writing->config.text, "# Folders, relative to this file.\njobs: jobs\ndialects: dialects\n") < 0)
		return error_set_memory(err);
	return 0;
}

/* --- writing --- */

/* Make the folder with its parents. */
static int make_folder(const char *folder, struct error *err)
{
	char path[PATH_MAX];
	const size_t size = strlen(folder);

	for (size_t i = 1; i <= size && size < sizeof(path); i++) {
		if (folder[i] != '/' && folder[i] != '\0')
			continue;
		memcpy(path, folder, i);
		path[i] = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return error_set_system(err, errno, "cannot make the folder '%s'", path);
	}
	return 0;
}

/* Under names of their own, so that one that a killed program left is in nobody's way. */
#define TEMPORARY_MARK ".new-"
#define TEMPORARY_PATTERN TEMPORARY_MARK "XXXXXX"

/* Remove what killed programs left of the file at `path`; living ones hold a lock. What cannot be removed stays. */
static void remove_stale(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const size_t size = strlen(name);
	char folder[PATH_MAX];
	const struct dirent *entry;

	(void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : "."); /* fits */
	DIR *stream = opendir(folder);
	if (!stream)
		return;
	while ((entry = readdir(stream)) != NULL) {
		if (strncmp(entry->d_name, name, size) != 0 ||
		    strncmp(entry->d_name + size, TEMPORARY_MARK, strlen(TEMPORARY_MARK)) != 0 ||
		    strlen(entry->d_name) != size + strlen(TEMPORARY_PATTERN))
			continue;
		const int fd = openat(dirfd(stream), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			(void)unlinkat(dirfd(stream), entry->d_name, 0); /* as said */
		(void)close(fd);                                         /* nothing was written through it */
	}
	(void)closedir(stream); /* only read from */
}

/* Never half a file: under another name first, then to its place. */
static int write_file(const struct writing *writing, const struct product_file *file, struct error *err)
{
	char temporary[PATH_MAX];
	int result = -1;

	if (!file->is_wanted)
		return 0;
	if (make_path(temporary, file->path, NULL, TEMPORARY_PATTERN, err) < 0)
		return -1;
	remove_stale(file->path);
	const int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "cannot write '%s'", file->path);
	(void)flock(fd, LOCK_EX); /* without it another program takes the file for stale, and this one fails */
	if (bytes_write_all(fd, file->text.data, file->text.size) < 0 || fsync(fd) != 0)
		(void)error_set_system(err, errno, "cannot write '%s'", temporary);
	else if (writing->request->may_replace ? rename(temporary, file->path) != 0 : link(temporary, file->path) != 0)
		(void)error_set_system(err, errno, "cannot write '%s'", file->path);
	else
		result = 0;
	(void)close(fd);         /* synced */
	(void)unlink(temporary); /* gone already where it was renamed */
	if (result == 0)
		fprintf(writing->request->messages, "written: %s\n", file->path);
	return result;
}

static int write_all(const struct writing *writing, struct error *err)
{
	if (make_folder(writing->request->folder, err) < 0 || make_folder(writing->jobs_folder, err) < 0 ||
	    make_folder(writing->dialects_folder, err) < 0 || write_file(writing, &writing->dialect, err) < 0 ||
	    write_file(writing, &writing->job, err) < 0 || write_file(writing, &writing->config, err) < 0)
		return -1;
	fprintf(writing->request->messages, "next: feedmill run %s --dry-run --config %s\n", writing->name, writing->config.path);
	return 0;
}

int probe_write(const struct probe_write_request *request, struct error *err)
{
	struct writing *writing = calloc(1, sizeof(*writing));
	int result = -1;

	if (!writing)
		return error_set_memory(err);
	writing->request = request;
	arena_init(&writing->arena, ARENA_BYTES_MAX);
	buffer_init(&writing->config.text, LIMIT_YAML_BYTES);
	buffer_init(&writing->dialect.text, LIMIT_YAML_BYTES);
	buffer_init(&writing->job.text, LIMIT_YAML_BYTES);
	source_mask(request->source, writing->masked, sizeof(writing->masked));
	if (find_places(writing, err) == 0 && make_dialect(writing, err) == 0 && make_job(writing, err) == 0 &&
	    make_config(writing, err) == 0)
		result = write_all(writing, err);
	buffer_release(&writing->job.text);
	buffer_release(&writing->dialect.text);
	buffer_release(&writing->config.text);
	arena_release(&writing->arena);
	free(writing);
	return result;
}

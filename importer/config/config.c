/* Loading feedmill.yaml and its jobs. */
#include "config/config.h"

#include "base/limits.h"
#include "config/figures.h"
#include "config/file.h"
#include "config/keep.h"
#include "config/settings.h"

#include <stdlib.h>

#define CONFIG_ARENA_BYTES ((size_t)256 * 1024 * 1024)

/* 'feedmill run URL' runs under this name. */
static const char reserved_name[] = "adhoc";

struct loader {
	struct config *config;
	struct config_problems *problems;
	struct error *err;
};

/* Parse `text` and read it into `target`; paths in it are relative to the file's folder. */
static int read_text(const struct loader *loader, const char *file, struct slice text, enum option_place place, void *target)
{
	struct yaml_document document;
	size_t count_before = loader->problems->count;
	const char *folder = path_folder(&loader->config->arena, file);
	if (folder == NULL)
		return error_set_memory(loader->err);
	if (yaml_parse(file, text, &document, loader->problems, loader->err) < 0)
		return -1;
	int result = 0;
	if (loader->problems->count == count_before || document.draft != NULL) {
		const struct settings settings = {
			.document = &document,
			.problems = loader->problems,
			.place = place,
			.context = {.arena = &loader->config->arena, .folder = folder},
			.target = target,
		};
		result = settings_read(&settings, loader->err);
	}
	yaml_document_release(&document);
	return result;
}

/*
 * Read one file; what is wrong with it becomes a problem, and so does its
 * absence unless `must_exist`. -1 without memory, or where it must and does not.
 */
static int read_file(const struct loader *loader, const char *file, bool must_exist, enum option_place place, void *target)
{
	struct arena arena;
	struct slice text;
	arena_init(&arena, (size_t)2 * LIMIT_YAML_BYTES);
	int result = file_read(file, LIMIT_YAML_BYTES, true, &arena, &text, loader->err);
	enum error_code code = result < 0 ? loader->err->code : ERROR_NONE;
	if (code == ERROR_NONE) {
		result = read_text(loader, file, text, place, target);
	} else if (code == ERROR_CONFIG || code == ERROR_LIMIT || (code != ERROR_MEMORY && !must_exist)) {
		config_problem_file(loader->problems, file, "%s", loader->err->message);
		result = 0;
	} else if (code != ERROR_MEMORY) {
		(void)error_wrap(loader->err, "configuration '%s'", file);
	}
	arena_release(&arena);
	return result;
}

/* What a job has before its file says anything. */
static void begin_job(const struct loader *loader, const struct config_file *file, struct job_config *job)
{
	job_config_init(job, file->name);
	job->file = file->path;
	job->guards = loader->config->guards;
	job->keep = loader->config->keep;
	job->schedule.on_failure = loader->config->on_failure;
	job->schedule.on_failure_count = loader->config->on_failure_count;
	if (slice_equal_text(slice_from(file->name), reserved_name))
		config_problem_file(loader->problems, file->path,
		                    "'%s' is the name of runs without a job; give the file another name", reserved_name);
}

static int read_job(const struct loader *loader, const struct config_file *file, struct job_config *job)
{
	begin_job(loader, file, job);
	if (read_file(loader, file->path, false, OPTION_PLACE_JOB, job) < 0)
		return -1;
	job_config_resolve(job);
	return 0;
}

int config_job_check_text(struct config *config, const struct config_file *file, struct slice text,
                          struct config_problems *problems, struct error *err)
{
	const struct loader loader = {.config = config, .problems = problems, .err = err};
	struct job_config job;
	begin_job(&loader, file, &job);
	return read_text(&loader, file->path, text, OPTION_PLACE_JOB, &job);
}

static int read_jobs(const struct loader *loader)
{
	struct config *config = loader->config;
	const struct config_file *files;
	size_t count;
	if (config->jobs_folder == NULL)
		return 0;
	if (config_folder_list(config->jobs_folder, &config->arena, &files, &count, loader->problems, loader->err) < 0) {
		if (loader->err->code == ERROR_MEMORY)
			return -1;
		config_problem_file(loader->problems, config->file, "%s", loader->err->message);
		return 0;
	}
	config->jobs = arena_alloc(&config->arena, (count + 1) * sizeof(*config->jobs));
	if (config->jobs == NULL)
		return error_set_memory(loader->err);
	for (size_t index = 0; index < count; index++) {
		if (read_job(loader, &files[index], &config->jobs[index]) < 0)
			return -1;
	}
	config->job_count = count;
	return 0;
}

/* A folder that no key names is used where it stands beside the file. */
static int default_folder(const struct loader *loader, const char *folder, const struct option *option)
{
	enum folder_state state;
	if (option->type != OPTION_FOLDER)
		return 0;
	const char **field = (const char **)(void *)((char *)loader->config + option->field);
	if (*field != NULL)
		return 0;
	const char *path = path_join(&loader->config->arena, folder, slice_from(option->default_text));
	if (path == NULL)
		return error_set_memory(loader->err);
	if (folder_examine(path, &state, loader->err) < 0)
		config_problem_file(loader->problems, path, "%s", loader->err->message);
	else if (state == FOLDER_EMPTY || state == FOLDER_FILLED)
		*field = path;
	return 0;
}

static int default_folders(const struct loader *loader)
{
	const char *folder = path_folder(&loader->config->arena, loader->config->file);
	if (folder == NULL)
		return error_set_memory(loader->err);
	for (size_t index = 0; index < option_count(); index++) {
		const struct option *option = option_at(index);
		if (option->place == OPTION_PLACE_FILE && default_folder(loader, folder, option) < 0)
			return -1;
	}
	return 0;
}

int config_load(const char *path, struct config *ret_config, struct config_problems *problems, struct error *err)
{
	const struct loader loader = {.config = ret_config, .problems = problems, .err = err};
	*ret_config = (struct config){.file = NULL};
	guards_set_defaults(&ret_config->guards);
	arena_init(&ret_config->arena, CONFIG_ARENA_BYTES);
	keep_policy_init(&ret_config->keep);
	figures_set_defaults(option_find(OPTION_PLACE_FILE, slice_from("daemon")), ret_config);
	if (path == NULL)
		return 0;
	ret_config->file = arena_text(&ret_config->arena, slice_from(path));
	if (ret_config->file == NULL) {
		(void)error_set_memory(err);
		goto release_config;
	}
	if (read_file(&loader, ret_config->file, true, OPTION_PLACE_FILE, ret_config) < 0 || default_folders(&loader) < 0 ||
	    read_jobs(&loader) < 0)
		goto release_config;
	return 0;

release_config:
	config_release(ret_config);
	return -1;
}

/* The mistake with its place, if the file still says what was loaded. */
static bool note_place(const struct yaml_document *document, const char *key, const char *part, int64_t byte, const char *message,
                       struct config_problems *problems)
{
	const struct yaml_node *node = document->root != NULL ? yaml_find(document->root, key) : NULL;
	if (node == NULL)
		return false;
	if (part != NULL && node->type == YAML_MAPPING && node->first != NULL)
		node = yaml_find(node, part) != NULL ? yaml_find(node, part) : node->first;
	struct yaml_node place = *node;
	/* In a scalar of one line without escapes, which these are, the columns go on; behind a quote from the next one. */
	if (node->type == YAML_SCALAR && byte > 0)
		place.column += (uint32_t)byte + (node->is_plain ? 0 : 1);
	config_problem_at(problems, document, &place, false, "%s: %s", key, message);
	return true;
}

void config_job_problem(const struct job_config *job, const char *key, const char *part, int64_t byte, const char *message,
                        struct config_problems *problems)
{
	struct error ignored = ERROR_INIT;
	struct config_problems repeated;
	struct yaml_document document;
	struct arena arena;
	struct slice text;
	bool is_noted = false;
	arena_init(&arena, (size_t)2 * LIMIT_YAML_BYTES);
	config_problems_init(&repeated);
	if (job->file != NULL && file_read(job->file, LIMIT_YAML_BYTES, true, &arena, &text, &ignored) == 0 &&
	    yaml_parse(job->file, text, &document, &repeated, &ignored) == 0) {
		is_noted = note_place(&document, key, part, byte, message, problems);
		yaml_document_release(&document);
	}
	if (!is_noted)
		config_problem_file(problems, job->file != NULL ? job->file : job->name, "%s: %s", key, message);
	config_problems_release(&repeated);
	arena_release(&arena);
}

void config_release(struct config *config)
{
	arena_release(&config->arena);
	*config = (struct config){.arena = config->arena};
}

const struct job_config *config_job(const struct config *config, struct slice name)
{
	size_t low = 0;
	size_t high = config->job_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(name, slice_from(config->jobs[middle].name));
		if (order == 0)
			return &config->jobs[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

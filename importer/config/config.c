/* Loading feedmill.yaml and its jobs. */
#include "config/config.h"

#include "base/limits.h"
#include "config/figures.h"
#include "config/jobs.h"
#include "config/keep.h"
#include "config/read.h"

#include <stdlib.h>

#define CONFIG_ARENA_BYTES ((size_t)256 * 1024 * 1024)

struct loader {
	struct config *config;
	struct config_problems *problems;
	struct error *err;
};

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

static int default_folders(const struct loader *loader, const char *folder)
{
	for (size_t index = 0; index < option_count(); index++) {
		const struct option *option = option_at(index);
		if (option->place == OPTION_PLACE_FILE && default_folder(loader, folder, option) < 0)
			return -1;
	}
	return 0;
}

/* feedmill.yaml and its folders. */
static int read_all(const struct loader *loader)
{
	struct config *config = loader->config;
	const char *folder = path_folder(&config->arena, config->file);
	const struct config_reader reader = {
		.arena = &config->arena,
		.folder = folder,
		.place = OPTION_PLACE_FILE,
		.problems = loader->problems,
	};
	if (folder == NULL)
		return error_set_memory(loader->err);
	if (config_read_place(&reader, config->file, file_place(config->file), true, config, loader->err) < 0 ||
	    default_folders(loader, folder) < 0)
		return -1;
	return config_jobs_read(config, loader->problems, loader->err);
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
	if (read_all(&loader) < 0)
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
	if (job->file != NULL && file_read(file_place(job->file), LIMIT_YAML_BYTES, true, &arena, &text, &ignored) == 0 &&
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

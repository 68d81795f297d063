/* Who names a job: the keys of other jobs that hold names of jobs, with their places. */
#include "config/config.h"

#include "base/limits.h"
#include "config/file.h"

#include <string.h>

static const char *const keys[] = {"take_over", "after"};

/* The value of one key: a name, or a list of names. */
static void note_key(const struct yaml_document *document, const char *key, const char *name, struct config_problems *places)
{
	const struct yaml_node *value = yaml_find(document->root, key);
	const struct yaml_node *node = value != NULL && value->type == YAML_SEQUENCE ? value->first : value;

	while (node != NULL) {
		if (node->type == YAML_SCALAR && slice_equal_text(node->text, name))
			config_problem_at(places, document, node, false, "'%s' names the job '%s'", key, name);
		node = node == value ? NULL : node->next;
	}
}

static int note_file(const char *file, const char *name, struct config_problems *places, struct error *err)
{
	struct yaml_document document;
	struct arena arena;
	struct slice text;

	arena_init(&arena, (size_t)2 * LIMIT_YAML_BYTES);
	int result = config_read_file(file, LIMIT_YAML_BYTES, true, &arena, &text, err);
	if (result == 0)
		result = yaml_parse(file, text, &document, places, err);
	if (result == 0) {
		for (size_t i = 0; document.root != NULL && i < sizeof(keys) / sizeof(keys[0]); i++)
			note_key(&document, keys[i], name, places);
		yaml_document_release(&document);
	}
	arena_release(&arena);
	return result;
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

int config_job_mentions(const struct config *config, const char *name, struct config_problems *ret_places, struct error *err)
{
	for (size_t i = 0; i < config->job_count; i++) {
		const struct job_config *job = &config->jobs[i];

		if (strcmp(job->name, name) == 0 || (!has_name(job->take_over, job->take_over_count, name) &&
		                                     !has_name(job->schedule.after, job->schedule.after_count, name)))
			continue;
		if (note_file(job->file, name, ret_places, err) < 0)
			return -1;
	}
	return 0;
}

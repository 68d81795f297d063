/* Reading folders of dialect files. */
#include "run/dialects.h"

#include "base/limits.h"
#include "base/zone.h"
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

static int append_folder(const struct dialect_folder *folder, struct arena *arena, struct dialect_files *files,
                         struct config_problems *problems, struct error *err)
{
	const struct config_file *found;
	struct dialect_text *texts;
	size_t count;

	if (config_folder_list(folder->path, arena, &found, &count, problems, err) < 0)
		return -1;
	texts = arena_alloc(arena, (files->count + count + 1) * sizeof(*texts));
	if (!texts)
		return error_set_memory(err);
	if (files->count > 0)
		memcpy(texts, files->texts, files->count * sizeof(*texts));
	files->texts = texts;
	for (size_t i = 0; i < count; i++) {
		struct dialect_text *text = &texts[files->count];
		text->file = found[i].path;
		text->name = slice_from(found[i].name);
		if (config_read_file(text->file, LIMIT_YAML_BYTES, folder->is_own, arena, &text->yaml, err) < 0)
			return -1;
		files->count++;
	}
	return 0;
}

int dialect_files_read(const struct dialect_folder *folders, size_t folder_count, struct arena *arena,
                       struct dialect_files *ret_files, struct config_problems *problems, struct error *err)
{
	struct dialect_files files = {.texts = NULL};

	for (size_t i = 0; i < folder_count; i++) {
		if (folders[i].path && append_folder(&folders[i], arena, &files, problems, err) < 0)
			return -1;
	}
	*ret_files = files;
	return 0;
}

int dialect_files_of_job(const struct dialect_files *files, const struct job_config *job, struct arena *arena,
                         struct dialect_files *ret_files, struct error *err)
{
	const struct dialect_texts texts = {.texts = files->texts, .count = files->count};

	*ret_files = (struct dialect_files){.texts = files->texts, .count = files->count};
	if (!job->dialect)
		return 0;
	ret_files->texts = arena_alloc(arena, (files->count + 1) * sizeof(*ret_files->texts));
	if (!ret_files->texts)
		return error_set_memory(err);
	return dialect_texts_select(&texts, slice_from(job->dialect), ret_files->texts, &ret_files->count, err);
}

/* --- compiling --- */

struct compiling {
	struct dialect_files *files;
	struct arena *arena;
};

static int find_zone(void *context, const char *name, const struct zone **ret_zone, struct error *err)
{
	const struct compiling *compiling = context;
	struct dialect_files *files = compiling->files;
	struct dialect_zone *zone;

	for (zone = files->zones; zone != NULL; zone = zone->next) {
		if (slice_equal_text(zone->name, name)) {
			*ret_zone = zone->zone;
			return 0;
		}
	}
	zone = arena_alloc(compiling->arena, sizeof(*zone));
	if (!zone || !arena_copy(compiling->arena, slice_from(name), &zone->name))
		return error_set_memory(err);
	if (zone_read_file(NULL, name, compiling->arena, &zone->data, err) < 0 ||
	    zone_parse(name, zone->data, compiling->arena, &zone->zone, err) < 0)
		return -1;
	zone->next = files->zones;
	files->zones = zone;
	files->zone_count++;
	*ret_zone = zone->zone;
	return 0;
}

int dialect_files_compile(struct dialect_files *files, struct arena *arena, struct dialect_set **ret_set,
                          struct config_problems *problems, struct error *err)
{
	struct compiling compiling = {.files = files, .arena = arena};
	const struct dialect_texts texts = {
		.texts = files->texts, .count = files->count, .zones = {.context = &compiling, .find = find_zone}};

	return dialect_set_compile(&texts, ret_set, problems, err);
}

int dialect_options_of_job(const struct job_config *job, struct dialect_option **ret_options, struct error *err)
{
	struct dialect_option *options = calloc(job->dialect_option_count + 1, sizeof(*options));

	if (!options)
		return error_set_memory(err);
	for (size_t i = 0; i < job->dialect_option_count; i++) {
		options[i].name = slice_from(job->dialect_options[i].name);
		options[i].value = slice_from(job->dialect_options[i].value);
	}
	*ret_options = options;
	return 0;
}

int dialect_check_job(const struct dialect_set *set, const struct job_config *job, struct error *err)
{
	struct dialect_option *options = NULL;

	if (!job->dialect)
		return 0;
	if (dialect_options_of_job(job, &options, err) < 0)
		return -1;
	int result = dialect_check_options(set, slice_from(job->dialect), options, job->dialect_option_count, err);
	free(options);
	return result;
}

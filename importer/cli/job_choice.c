/* Choosing the job of a run. */
#include "cli/job_choice.h"

#include "base/json_read.h"
#include "cli/job_dialects.h"
#include "cli/source_argument.h"

#include <stdlib.h>
#include <string.h>

#define ADHOC_PREFIX "adhoc:"

/* The name under which items of a source without a job are owned: the same for the same source, and without its secrets. */
static const char *adhoc_name(const char *source, struct arena *arena)
{
	char masked[1024];
	char digest[33];
	char *path = NULL;
	struct buffer name;
	const char *result = NULL;

	buffer_init(&name, 8192);
	(void)buffer_append_text(&name, ADHOC_PREFIX); /* failure sticks and shows in buffer_text */
	if (source_classify(source) == SOURCE_FILE && (path = realpath(source, NULL)) != NULL) {
		(void)buffer_append_text(&name, path);
	} else {
		source_mask(source, masked, sizeof(masked));
		(void)buffer_append_text(&name, masked);
		if (strcmp(masked, source) != 0) {
			hash_format(hash_bytes(slice_from(source), 0), digest);
			(void)buffer_append_format(&name, "#%.8s", digest);
		}
	}
	if (buffer_text(&name))
		result = arena_text(arena, buffer_slice(&name));
	free(path);
	buffer_release(&name);
	return result;
}

/* Without configuration a job never removes unless told to. */
static void adhoc_init(struct job_config *job, const char *name, const char *source, const struct keep_policy *keep)
{
	job_config_init(job, name);
	job->source = source;
	job->missing = MISSING_KEEP;
	job->missing_is_said = true;
	job->keep = *keep;
}

/* A URL or file without a job. */
static int adhoc_job(const struct setting *setting, const char *source, struct arena *arena, struct job_config *ret_job,
                     struct error *err)
{
	for (size_t i = 0; i < setting->config.job_count; i++) {
		if (strcmp(setting->config.jobs[i].source, source) == 0)
			return error_set(err, ERROR_USAGE, "this is the source of the job '%s': run it as 'feedmill run %s'",
			                 setting->config.jobs[i].name, setting->config.jobs[i].name);
	}
	const char *name = adhoc_name(source, arena);
	if (!name)
		return error_set_memory(err);
	adhoc_init(ret_job, name, source, &setting->config.keep);
	return 0;
}

static int choose_job(const struct setting *setting, const char *argument, struct arena *arena, struct job_config *ret_job,
                      struct error *err)
{
	const struct job_config *job = config_job(&setting->config, slice_from(argument));

	if (argument_is_source(argument))
		return adhoc_job(setting, argument, arena, ret_job, err);
	if (job && argument_names_file(argument))
		return error_set(err, ERROR_USAGE,
		                 "'%s' is both a job and a file: write './%s' for the file, or run the job from another folder",
		                 argument, argument);
	if (job) {
		*ret_job = *job;
		return 0;
	}
	if (argument_names_file(argument))
		return adhoc_job(setting, argument, arena, ret_job, err);
	if (!setting->config.file)
		return error_set(err, ERROR_USAGE, "there is no file '%s', and no configuration with a job of that name", argument);
	return error_set(err, ERROR_USAGE, "there is no job and no file '%s'; 'feedmill jobs' lists the jobs of '%s'", argument,
	                 setting->config.file);
}

static int set_name(const struct setting *setting, const char *name, struct job_config *job, struct error *err)
{
	if (job->file)
		return error_set(err, ERROR_USAGE, "'--as' is for URLs and files: the job '%s' has its name", job->name);
	if (!config_name_is_valid(slice_from(name)))
		return error_set(err, ERROR_USAGE, "'%s' is no job name: up to 64 of A-Z a-z 0-9 . _ -, not beginning with . or -",
		                 name);
	if (config_job(&setting->config, slice_from(name)))
		return error_set(err, ERROR_USAGE, "'%s' is a configured job with a source of its own: choose another name", name);
	job->name = name;
	return 0;
}

/* Options that are keys of a job by the same name, under the same rules. */
static const enum option_id job_options[] = {OPTION_CATALOG, OPTION_DIALECT,    OPTION_MISSING,
                                             OPTION_NETWORK, OPTION_CONNECTION, OPTION_CACERT};

/* Those of them that decide what a feed does; the others matter to the fetch only, and may say what is nobody's business. */
static const enum option_id kept_options[] = {OPTION_CATALOG, OPTION_DIALECT, OPTION_MISSING};

#define JOB_OPTION_COUNT (sizeof(job_options) / sizeof(job_options[0]))
#define KEPT_OPTION_COUNT (sizeof(kept_options) / sizeof(kept_options[0]))
#define SETTINGS_BYTES_MAX ((size_t)256 * 1024)

static int set_option(struct job_config *job, enum option_id option, struct slice value, struct arena *arena, struct error *err)
{
	const char *name = option_definitions[option].name;

	return job_config_set(job, name, value, arena, err) < 0 ? error_wrap(err, "--%s", name) : 0;
}

/* After the last change to a job. */
static int finish_job(struct setting *setting, struct job_config *job, struct error *err)
{
	const char *key;

	return job_config_check(job, &key, err) < 0 ? -1 : job_config_seal(job, &setting->arena, err);
}

/* What the command line says over the job's own words. */
static int override_job(const struct invocation *invocation, struct setting *setting, struct job_config *job, struct error *err)
{
	const char *const *given = invocation->options;

	if (given[OPTION_AS] && set_name(setting, given[OPTION_AS], job, err) < 0)
		return -1;
	for (size_t i = 0; i < JOB_OPTION_COUNT; i++) {
		const char *value = given[job_options[i]];
		if (value && set_option(job, job_options[i], slice_from(value), &setting->arena, err) < 0)
			return -1;
	}
	return finish_job(setting, job, err);
}

/* ---- The command line of a run, in the ledger ---- */

static int write_settings(const struct invocation *invocation, const struct job_config *job, struct arena *arena,
                          const char **ret_settings, struct error *err)
{
	struct buffer text;
	struct json_writer json;

	buffer_init(&text, SETTINGS_BYTES_MAX);
	json_writer_init(&json, &text);
	json_object_begin(&json);
	json_member_bool(&json, "ad_hoc", job->file == NULL);
	for (size_t i = 0; i < KEPT_OPTION_COUNT; i++) {
		const char *value = invocation->options[kept_options[i]];
		if (value)
			json_member_text(&json, option_definitions[kept_options[i]].name, value);
	}
	json_object_end(&json);
	*ret_settings = text.failed ? NULL : arena_text(arena, buffer_slice(&text));
	buffer_release(&text);
	return *ret_settings ? 0 : error_set_memory(err);
}

/* Under the rules of the command line: the ledger is nobody's word. */
static int read_settings(struct slice settings, struct job_config *job, struct arena *arena, struct error *err)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < KEPT_OPTION_COUNT; i++) {
		struct slice value;
		struct buffer text;

		if (!json_find(settings, option_definitions[kept_options[i]].name, &value))
			continue;
		buffer_init(&text, SETTINGS_BYTES_MAX);
		if (!json_string_append(value, &text) || text.failed)
			result = error_set(err, ERROR_CONFIG, "'%s' is no text", option_definitions[kept_options[i]].name);
		else
			result = set_option(job, kept_options[i], buffer_slice(&text), arena, err);
		buffer_release(&text);
	}
	return result;
}

/* ---- Choosing ---- */

int job_choice_of_argument(const struct invocation *invocation, struct setting *setting, const char *argument,
                           struct job_choice *ret_choice, struct error *err)
{
	struct job_config *job = &ret_choice->job;

	if (choose_job(setting, argument, &setting->arena, job, err) < 0 || override_job(invocation, setting, job, err) < 0 ||
	    job_dialects_choose(invocation, setting, job, &ret_choice->dialects, err) < 0)
		return -1;
	if (connections_for_job(&setting->connections, job, &ret_choice->connection, err) < 0)
		return error_wrap(err, "job '%s'", job->name);
	return write_settings(invocation, job, &setting->arena, &ret_choice->settings, err);
}

int job_choice_of_run(const struct invocation *invocation, struct setting *setting, const struct past_run *run,
                      struct job_choice *ret_choice, struct error *err)
{
	const struct job_config *configured = config_job(&setting->config, slice_from(run->job));
	const struct slice settings = slice_from(run->settings);
	struct job_config *job = &ret_choice->job;
	struct slice is_adhoc;

	ret_choice->connection = NULL; /* nothing is fetched again */
	if (configured)
		*job = *configured;
	else if (json_find(settings, "ad_hoc", &is_adhoc) && slice_equal_text(is_adhoc, "true"))
		adhoc_init(job, run->job, run->source, &setting->config.keep);
	else
		return error_set(err, ERROR_CONFIG, "the job '%s' of run %lld is not configured%s%s%s", run->job,
		                 (long long)run->run_id, setting->config.file ? " in '" : ": there is no configuration",
		                 setting->config.file ? setting->config.file : "", setting->config.file ? "'" : "");
	ret_choice->settings = run->settings[0] ? run->settings : NULL;
	if (read_settings(settings, job, &setting->arena, err) < 0 || finish_job(setting, job, err) < 0)
		return error_wrap(err, "the settings of run %lld", (long long)run->run_id);
	return job_dialects_choose(invocation, setting, job, &ret_choice->dialects, err);
}

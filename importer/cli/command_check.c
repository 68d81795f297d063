/* feedmill check: validate configuration, dialects, connections and secrets without touching network or store. */
#include "base/zone.h"
#include "cli/check_connections.h"
#include "schedule/check.h"

#include <stdlib.h>

#define JSON_BYTES_MAX (16 * 1024 * 1024)
#define ARENA_BYTES_MAX (256 * 1024 * 1024)

static const enum option_id options[] = {OPTION_CONFIG, OPTION_JSON};

/* The dialect and its options as each job names them; -1 without memory. */
static int check_jobs(const struct setting *setting, struct config_problems *problems, struct error *err)
{
	for (size_t i = 0; i < setting->config.job_count; i++) {
		const struct job_config *job = &setting->config.jobs[i];
		if (dialect_check_job(setting->dialect_set, job, err) == 0)
			continue;
		if (err->code == ERROR_MEMORY)
			return -1;
		config_problem_file(problems, job->file, "%s", err->message);
		error_clear(err);
	}
	return 0;
}

static int check_schedules(const struct setting *setting, struct config_problems *problems, struct error *err)
{
	struct zones zones;

	zones_init(&zones, NULL);
	const int result = schedule_check_all(&setting->config, &zones, problems, err);
	zones_release(&zones);
	return result;
}

/* Who turns guards off should read it here, not in an empty shop. */
static void append_unguarded(const struct setting *setting, struct json_writer *json)
{
	json_key(json, "unguarded_jobs");
	json_array_begin(json);
	for (size_t i = 0; i < setting->config.job_count; i++)
		if (setting->config.jobs[i].guards.are_off)
			json_text(json, setting->config.jobs[i].name);
	json_array_end(json);
}

static void print_unguarded(const struct invocation *invocation, const struct setting *setting)
{
	for (size_t i = 0; i < setting->config.job_count; i++)
		if (setting->config.jobs[i].guards.are_off)
			fprintf(invocation->errors,
			        "WARNING: %s: guards are off: whatever its feed says is applied, even that everything is gone\n",
			        setting->config.jobs[i].file);
}

/* As it may have been meant to go on: a year in it, or its end, is over. */
static void tell_finished(const struct invocation *invocation, const struct setting *setting, struct json_writer *json)
{
	const int64_t now_ms = clock_now_ms(&invocation->clock);
	struct zones zones;

	zones_init(&zones, NULL);
	for (size_t i = 0; i < setting->config.job_count; i++) {
		const struct job_config *job = &setting->config.jobs[i];
		if (!schedule_is_over(job, &zones, now_ms))
			continue;
		if (json)
			json_text(json, job->name);
		else
			fprintf(invocation->errors, "WARNING: %s: the schedule is over: '%s' is never due again\n", job->file,
			        job->schedule.expression);
	}
	zones_release(&zones);
}

static int print_result(const struct invocation *invocation, const struct setting *setting, const struct config_problems *problems)
{
	struct buffer buffer;
	struct buffer list;
	struct json_writer json;
	int status = problems->count > 0 ? EXIT_USAGE : EXIT_DONE;

	if (!option_given(invocation, OPTION_JSON)) {
		config_problems_print(problems, invocation->errors);
		print_unguarded(invocation, setting);
		tell_finished(invocation, setting, NULL);
		check_connections_warn(setting, invocation->errors);
		if (status == EXIT_DONE)
			fprintf(invocation->out, "%s: %zu jobs, %zu connections, %zu dialects, no mistakes\n",
			        setting->config.file ? setting->config.file : "no configuration file", setting->config.job_count,
			        setting->connections.count, dialect_set_count(setting->dialect_set));
		return status;
	}
	buffer_init(&buffer, JSON_BYTES_MAX);
	buffer_init(&list, JSON_BYTES_MAX);
	config_problems_append_json(problems, &list);
	json_writer_init(&json, &buffer);
	json_object_begin(&json);
	json_member_bool(&json, "ok", status == EXIT_DONE);
	json_member_text(&json, "file", setting->config.file);
	json_member_integer(&json, "jobs", (int64_t)setting->config.job_count);
	json_member_integer(&json, "problem_count", (int64_t)problems->count);
	json_key(&json, "problems");
	json_raw(&json, buffer_slice(&list));
	append_unguarded(setting, &json);
	json_key(&json, "finished_jobs");
	json_array_begin(&json);
	tell_finished(invocation, setting, &json);
	json_array_end(&json);
	check_connections_append(setting, &json);
	json_object_end(&json);
	(void)buffer_append_byte(&buffer, '\n'); /* failure sticks */
	if (buffer.failed || list.failed)
		status = EXIT_FAILED;
	else
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	buffer_release(&list);
	buffer_release(&buffer);
	return status;
}

static int check(const struct invocation *invocation)
{
	struct setting setting = {.dialect_set = NULL};
	struct config_problems problems;
	struct error err = ERROR_INIT;
	const char *path = config_path(invocation->options[OPTION_CONFIG], getenv("FEEDMILL_CONFIG"));
	int status;

	config_problems_init(&problems);
	if (config_load(path, &setting.config, &problems, &err) < 0) {
		(void)command_fail(invocation, &err);
		config_problems_release(&problems);
		return EXIT_USAGE;
	}
	arena_init(&setting.arena, ARENA_BYTES_MAX);
	if (check_schedules(&setting, &problems, &err) < 0 || setting_compile_dialects(&setting, &problems, &err) < 0 ||
	    setting_read_connections(&setting, &problems, &err) < 0 ||
	    (setting.dialect_set && problems.count == 0 && check_jobs(&setting, &problems, &err) < 0) ||
	    (problems.count == 0 && check_connections(invocation, &setting, &problems, &err) < 0))
		status = command_fail(invocation, &err);
	else
		status = print_result(invocation, &setting, &problems);
	setting_release(&setting);
	config_problems_release(&problems);
	return status;
}

const struct command command_check = {
	.name = "check",
	.arguments = "",
	.summary = "validate all configuration, dialects, connections and secrets without touching the network",
	.details =
		"Every mistake is listed with file, line and column; then every secret that a connection refers to is looked up. Exit status: 0\n"
		"without mistakes, else 2.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = check,
};

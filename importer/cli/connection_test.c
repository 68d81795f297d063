/* A fetch into a folder of its own, broken off when bytes arrive. */
#include "cli/connection_test.h"

#include "base/json.h"
#include "cli/secrets.h"
#include "connection/session.h"
#include "fetch/fetch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENOUGH (-1) /* what the progress function cancels with; signals are positive */
#define JSON_BYTES_MAX ((size_t)64 * 1024)

struct trial {
	const struct invocation *invocation;
	const struct connection *connection;
	struct job_config job;
	struct fetch_result result;
	bool has_begun;
};

static int choose_source(const struct invocation *invocation, const struct setting *setting, struct trial *trial, struct error *err)
{
	const char *name = trial->connection->name;

	job_config_init(&trial->job, name);
	for (size_t i = 0; i < setting->config.job_count; i++) {
		const struct job_config *job = &setting->config.jobs[i];
		if (job->connection && strcmp(job->connection, name) == 0) {
			trial->job = *job;
			break;
		}
	}
	if (invocation->argument_count > 2)
		trial->job.source = invocation->arguments[2];
	if (!trial->job.source)
		return error_set(err, ERROR_USAGE, "no job uses the connection '%s': name a URL", name);
	trial->job.connection = name;
	return 0;
}

static int choose_job(const struct invocation *invocation, struct setting *setting, struct trial *trial, struct error *err)
{
	static const enum option_id job_options[] = {OPTION_NETWORK, OPTION_CACERT};
	const struct connection *found;

	if (choose_source(invocation, setting, trial, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(job_options) / sizeof(job_options[0]); i++) {
		const char *name = option_definitions[job_options[i]].name;
		const char *value = invocation->options[job_options[i]];
		if (value && job_config_set(&trial->job, name, slice_from(value), &setting->arena, err) < 0)
			return error_wrap(err, "--%s", name);
	}
	return connections_for_job(&setting->connections, &trial->job, &found, err);
}

static int on_progress(void *context, int64_t bytes, int64_t total)
{
	struct trial *trial = context;

	(void)total;
	trial->has_begun = trial->has_begun || bytes > 0;
	if (*trial->invocation->stop_signal != 0)
		return (int)*trial->invocation->stop_signal;
	return bytes > 0 ? ENOUGH : 0;
}

static int fetch(struct trial *trial, const struct setting *setting, struct connection_session *session, struct error *err)
{
	const struct job_config *job = &trial->job;
	char folder[4096];
	const int size = snprintf(folder, sizeof(folder), "%s/connection-%ld", setting->state_folder, (long)getpid());
	const struct fetch_request request = {
		.source = job->source,
		.spool_folder = folder,
		.connection = session,
		.cacert = job->cacert,
		.proxy = job->proxy,
		.allow_private = job->network == NETWORK_PRIVATE,
		.max_bytes = job->max_bytes,
		.connect_timeout_ms = job->connect_timeout_ms,
		.idle_timeout_ms = job->idle_timeout_ms,
		.timeout_ms = job->timeout_ms,
		.user_agent = "feedmill/" FEEDMILL_VERSION,
		.clock = trial->invocation->clock,
		.progress = on_progress,
		.progress_context = trial,
	};

	if (size < 0 || (size_t)size >= sizeof(folder))
		return error_set(err, ERROR_USAGE, "the path of the state folder is too long");
	int outcome = fetch_source(&request, &trial->result, err);
	if (outcome >= 0) {
		trial->has_begun = true;
		(void)unlink(trial->result.path); /* a small feed that was there before it could be broken off */
		(void)close(trial->result.hold);
	}
	(void)rmdir(folder); /* not there where nothing was answered */
	if (outcome < 0 && err->code == ERROR_CANCELLED && err->number == ENOUGH) {
		error_clear(err);
		outcome = 0;
	}
	return outcome < 0 ? -1 : 0;
}

static int print_result(const struct trial *trial, struct error *err)
{
	const struct invocation *invocation = trial->invocation;
	char source[1024];
	struct buffer buffer;
	struct json_writer json;

	source_mask(trial->job.source, source, sizeof(source));
	if (!option_given(invocation, OPTION_JSON)) {
		fprintf(invocation->out, "%s: '%s' answers with a feed\n", trial->connection->name, source);
		return EXIT_DONE;
	}
	buffer_init(&buffer, JSON_BYTES_MAX);
	json_writer_init(&json, &buffer);
	json_object_begin(&json);
	json_member_bool(&json, "ok", true);
	json_member_text(&json, "connection", trial->connection->name);
	json_member_text(&json, "source", source);
	json_object_end(&json);
	(void)buffer_append_byte(&buffer, '\n'); /* failure sticks */
	const bool has_failed = buffer.failed;
	if (!has_failed)
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
	return has_failed ? error_set_memory(err) : EXIT_DONE;
}

static int try_session(struct trial *trial, struct setting *setting, struct secret_resolver *secrets, struct error *err)
{
	struct connection_session *session = NULL;

	if (connection_open(trial->connection, secrets, &session, err) < 0)
		return -1;
	int result = fetch_init(err);
	if (result == 0) {
		result = fetch(trial, setting, session, err);
		fetch_release();
	}
	connection_close(session);
	return result < 0 ? -1 : print_result(trial, err);
}

int connection_test(const struct invocation *invocation, struct setting *setting, const struct connection *connection,
                    struct error *err)
{
	struct trial trial = {.invocation = invocation, .connection = connection};
	struct secret_resolver secrets;

	if (choose_job(invocation, setting, &trial, err) < 0 || secrets_open(invocation, setting, &secrets, err) < 0)
		return -1;
	const int result = try_session(&trial, setting, &secrets, err);
	secret_resolver_release(&secrets);
	return result;
}

/* A fetch into a folder of its own, broken off when bytes arrive. */
#include "cli/connection_test.h"

#include "base/instant.h"
#include "base/json.h"
#include "cli/secrets.h"
#include "cli/trial_folder.h"
#include "connection/session.h"
#include "fetch/fetch.h"
#include "network/exchange.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENOUGH (-1) /* what the progress function cancels with; signals are positive */
#define JSON_BYTES_MAX ((size_t)512 * 1024)

struct trial {
	const struct invocation *invocation;
	const struct connection *connection;
	struct job_config job;
	struct fetch_result result;
	struct network_observer observer;
	struct buffer exchanges; /* as JSON */
	struct json_writer json;
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
	if (invocation->argument_count > 1)
		trial->job.source = invocation->arguments[1];
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

/* ---- What is seen ---- */

/* Lines of a stranger, made printable: each is told by its mark. */
static void print_lines(FILE *out, const char *mark, const char *text)
{
	struct error line = ERROR_INIT; /* it makes texts printable */
	while (*text != '\0') {
		const size_t size = strcspn(text, "\n");
		(void)error_set(&line, ERROR_NONE, "%.*s", (int)size, text);
		fprintf(out, "%s %s\n", mark, line.message);
		text += text[size] == '\0' ? size : size + 1;
	}
}

/* In whole days; negative for one that is over. */
static bool certificate_days(const struct trial *trial, const struct network_exchange *exchange, int64_t *ret_days)
{
	int64_t expires_ms;
	if (!instant_parse(slice_from(exchange->certificate_expires), 0, &expires_ms))
		return false;
	*ret_days = (expires_ms - clock_now_ms(&trial->invocation->clock)) / (24 * 3600 * 1000);
	return true;
}

static void print_exchange(const struct trial *trial, const struct network_exchange *exchange)
{
	FILE *out = trial->invocation->out;
	int64_t days;

	print_lines(out, ">", exchange->request);
	print_lines(out, "<", exchange->answer);
	if (exchange->peer[0] != '\0')
		fprintf(out, "* %s answered after %lld ms\n", exchange->peer, (long long)(exchange->answered_us / 1000));
	if (exchange->tls[0] != '\0')
		print_lines(out, "* TLS:", exchange->tls);
	if (exchange->certificate_subject[0] != '\0') {
		print_lines(out, "* certificate of:", exchange->certificate_subject);
		print_lines(out, "* certified by:", exchange->certificate_issuer);
	}
	if (certificate_days(trial, exchange, &days))
		fprintf(out, "* certificate expires: %s (in %lld days)\n", exchange->certificate_expires, (long long)days);
	fputc('\n', out);
}

static void append_lines(struct json_writer *json, const char *name, const char *text)
{
	json_key(json, name);
	json_array_begin(json);
	while (*text != '\0') {
		const size_t size = strcspn(text, "\n");
		json_string(json, slice_make(text, size));
		text += text[size] == '\0' ? size : size + 1;
	}
	json_array_end(json);
}

static void append_text(struct json_writer *json, const char *name, const char *text)
{
	json_member_text(json, name, text[0] != '\0' ? text : NULL);
}

static void append_exchange(struct trial *trial, const struct network_exchange *exchange)
{
	struct json_writer *json = &trial->json;
	int64_t days;

	json_object_begin(json);
	append_lines(json, "request", exchange->request);
	append_lines(json, "answer", exchange->answer);
	json_member_integer(json, "status", exchange->status);
	append_text(json, "peer", exchange->peer);
	json_member_integer(json, "answered_ms", exchange->answered_us / 1000);
	append_text(json, "tls", exchange->tls);
	append_text(json, "certificate_subject", exchange->certificate_subject);
	append_text(json, "certificate_issuer", exchange->certificate_issuer);
	append_text(json, "certificate_expires", exchange->certificate_expires);
	if (certificate_days(trial, exchange, &days))
		json_member_integer(json, "certificate_days", days);
	json_object_end(json);
}

static void on_exchange(void *context, struct network_exchange *exchange)
{
	struct trial *trial = context;

	if (option_given(trial->invocation, OPTION_JSON))
		append_exchange(trial, exchange);
	else
		print_exchange(trial, exchange);
}

/* ---- The fetch ---- */

static int on_progress(void *context, int64_t bytes, int64_t total)
{
	struct trial *trial = context;

	(void)total;
	if (*trial->invocation->stop_signal != 0)
		return (int)*trial->invocation->stop_signal;
	return bytes > 0 ? ENOUGH : 0;
}

static int fetch(struct trial *trial, const struct setting *setting, struct connection_session *session, struct error *err)
{
	const struct job_config *job = &trial->job;
	struct trial_folder folder;
	const struct fetch_request request = {
		.source = job->source,
		.spool_folder = folder.path,
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
		.observer = &trial->observer,
	};

	if (trial_folder_make(&folder, setting->state_folder, err) < 0)
		return -1;
	int outcome = fetch_source(&request, &trial->result, err);
	if (outcome >= 0)
		(void)close(trial->result.hold); /* of a small feed, which was there before it could be broken off */
	trial_folder_remove(&folder);
	if (outcome < 0 && err->code == ERROR_CANCELLED && err->number == ENOUGH) {
		error_clear(err);
		outcome = 0;
	}
	return outcome < 0 ? -1 : 0;
}

/* Also for one that failed, which is told by `err` besides. */
static int print_json(struct trial *trial, const struct error *failure, struct error *err)
{
	char source[1024];
	struct buffer buffer;
	struct json_writer json;

	source_mask(trial->job.source, source, sizeof(source));
	buffer_init(&buffer, JSON_BYTES_MAX);
	json_writer_init(&json, &buffer);
	json_object_begin(&json);
	json_member_bool(&json, "ok", failure == NULL);
	json_member_text(&json, "connection", trial->connection->name);
	json_member_text(&json, "source", source);
	json_key(&json, "error");
	json_text(&json, failure ? failure->message : NULL);
	append_text(&json, "withheld_from", trial->result.withheld_from);
	json_array_end(&trial->json);
	json_key(&json, "exchanges");
	json_raw(&json, buffer_slice(&trial->exchanges));
	json_object_end(&json);
	(void)buffer_append_byte(&buffer, '\n'); /* failure sticks */
	const bool has_failed = buffer.failed || trial->exchanges.failed;
	if (!has_failed)
		(void)fwrite(buffer.data, 1, buffer.size, trial->invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
	return has_failed ? error_set_memory(err) : EXIT_DONE;
}

static int print_result(struct trial *trial, struct error *err)
{
	const struct invocation *invocation = trial->invocation;
	char source[1024];

	if (option_given(invocation, OPTION_JSON))
		return print_json(trial, NULL, err);
	source_mask(trial->job.source, source, sizeof(source));
	fprintf(invocation->out, "%s: '%s' answers with a feed\n", trial->connection->name, source);
	if (trial->result.withheld_from[0] != '\0')
		fprintf(invocation->errors, "WARNING: redirected to '%s', which got nothing of the connection '%s'\n",
		        trial->result.withheld_from, trial->connection->name);
	return EXIT_DONE;
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
	if (result == 0)
		return print_result(trial, err);
	struct error lost = ERROR_INIT; /* what failed first is what is told */
	if (option_given(trial->invocation, OPTION_JSON))
		(void)print_json(trial, err, &lost);
	return -1;
}

int connection_test(const struct invocation *invocation, struct setting *setting, const struct connection *connection,
                    struct error *err)
{
	struct trial trial = {.invocation = invocation, .connection = connection};
	struct secret_resolver secrets;

	if (choose_job(invocation, setting, &trial, err) < 0 || secrets_open(invocation, setting, &secrets, err) < 0)
		return -1;
	trial.observer = (struct network_observer){.saw = on_exchange, .context = &trial};
	buffer_init(&trial.exchanges, JSON_BYTES_MAX);
	json_writer_init(&trial.json, &trial.exchanges);
	json_array_begin(&trial.json);
	const int result = try_session(&trial, setting, &secrets, err);
	buffer_release(&trial.exchanges);
	secret_resolver_release(&secrets);
	return result;
}

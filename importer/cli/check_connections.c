/* Connections without the network. */
#include "cli/check_connections.h"

#include "cli/secrets.h"
#include "connection/kind.h"
#include "connection/session.h"

#include <string.h>

static bool is_fault_of_ours(const struct error *err)
{
	return err->code == ERROR_MEMORY || err->code == ERROR_CANCELLED;
}

static int check_jobs(const struct setting *setting, struct config_problems *problems, struct error *err)
{
	for (size_t i = 0; i < setting->config.job_count; i++) {
		const struct connection *connection;
		if (connections_for_job(&setting->connections, &setting->config.jobs[i], &connection, err) == 0)
			continue;
		if (is_fault_of_ours(err))
			return -1;
		config_problem_file(problems, setting->config.jobs[i].file, "%s", err->message);
		error_clear(err);
	}
	return 0;
}

static int check_secrets(const struct invocation *invocation, const struct setting *setting, struct secret_resolver *secrets,
                         struct config_problems *problems, struct error *err)
{
	for (size_t i = 0; i < setting->connections.count; i++) {
		struct connection_session *session = NULL;
		if (connection_open(&setting->connections.items[i], secrets, &session, err) == 0) {
			const char *warning = connection_warning(session);
			if (warning != NULL && !option_given(invocation, OPTION_JSON))
				fprintf(invocation->errors, "WARNING: %s: %s\n", setting->connections.items[i].file, warning);
			connection_close(session);
			continue;
		}
		if (is_fault_of_ours(err))
			return -1;
		config_problem_file(problems, setting->connections.items[i].file, "%s", err->message);
		error_clear(err);
	}
	return 0;
}

int check_connections(const struct invocation *invocation, struct setting *setting, struct config_problems *problems,
                      struct error *err)
{
	struct secret_resolver secrets;
	if (check_jobs(setting, problems, err) < 0)
		return -1;
	if (setting->connections.count == 0)
		return 0;
	if (setting_find_state(setting, err) < 0 || secrets_open(invocation, setting, &secrets, err) < 0)
		return -1;
	const int result = check_secrets(invocation, setting, &secrets, problems, err);
	secret_resolver_release(&secrets);
	return result;
}

void check_connections_append(const struct setting *setting, struct json_writer *json)
{
	json_key(json, "connections");
	json_array_begin(json);
	for (size_t i = 0; i < setting->connections.count; i++) {
		const struct connection *connection = &setting->connections.items[i];
		json_object_begin(json);
		json_member_text(json, "connection", connection->name);
		json_member_text(json, "kind", connection->kind->name);
		json_key(json, "jobs");
		json_array_begin(json);
		for (size_t k = 0; k < setting->config.job_count; k++) {
			const struct job_config *job = &setting->config.jobs[k];
			if (job->connection != NULL && strcmp(job->connection, connection->name) == 0)
				json_text(json, job->name);
		}
		json_array_end(json);
		json_object_end(json);
	}
	json_array_end(json);
}

static void warn_of_reference(const struct connection *connection, const char *field, const struct secret_reference *reference,
                              FILE *stream)
{
	const char *warning = secret_reference_warning(reference);
	if (warning != NULL)
		fprintf(stream, "WARNING: %s: %s: %s\n", connection->file, field, warning);
}

void check_connections_warn(const struct setting *setting, FILE *stream)
{
	for (size_t i = 0; i < setting->connections.count; i++) {
		const struct connection *connection = &setting->connections.items[i];
		if (connection->allows_insecure_http && connection_has_credentials(connection))
			fprintf(stream, "WARNING: %s: insecure_http: anybody on the way can read the credentials\n",
			        connection->file);
		for (size_t k = 0; k < CONNECTION_FIELDS_MAX; k++) {
			const struct connection_field *field = connection_field_at(connection, k);
			if (field != NULL)
				warn_of_reference(connection, field->name, &connection->references[k], stream);
		}
		for (size_t k = 0; k < connection->header_count; k++) {
			if (connection->headers[k].text == NULL)
				warn_of_reference(connection, connection->headers[k].name.data, &connection->headers[k].reference,
				                  stream);
		}
	}
}

/* A key in a header or in the query, under a name of the server's choice. */
#include "connection/header_list.h"
#include "connection/header_rules.h"
#include "connection/kind.h"
#include "connection/session.h"

enum { FIELD_IN, FIELD_NAME, FIELD_VALUE };

static const char *const places[] = {"header", "query", NULL};

static const struct connection_field fields[] = {
	[FIELD_IN] = {"in", CONNECTION_FIELD_CHOICE, true, places, "where the key is sent"},
	[FIELD_NAME] = {"name", CONNECTION_FIELD_TEXT, true, NULL, "name of the header or of the query's parameter"},
	[FIELD_VALUE] = {"value", CONNECTION_FIELD_SECRET, true, NULL, "the key"},
};

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	const struct slice name = slice_from(connection->texts[FIELD_NAME]);
	*ret_field = FIELD_NAME;
	if (connection_chooses(connection, FIELD_IN, "header"))
		return header_name_check(name, err);
	return name.size > 0 ? 0 : error_set(err, ERROR_CONFIG, "the parameter has no name");
}

static int open_session(struct connection_session *session, struct error *err)
{
	const struct slice name = slice_from(session->connection->texts[FIELD_NAME]);
	const struct slice value = secret_slice(&session->values[FIELD_VALUE]);
	if (connection_chooses(session->connection, FIELD_IN, "header"))
		return header_value_check(name, value, false, err);
	if (value.size > HEADER_VALUE_BYTES / 3)
		return error_set(err, ERROR_CONFIG, "the value is longer than %d bytes, too long for a URL",
		                 HEADER_VALUE_BYTES / 3);
	return 0;
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	const struct slice name = slice_from(session->connection->texts[FIELD_NAME]);
	const struct slice value = secret_slice(&session->values[FIELD_VALUE]);
	if (connection_chooses(session->connection, FIELD_IN, "header"))
		return header_list_add(request->headers, name, value, err);
	return connection_add_parameter(request, name, value, err);
}

const struct connection_kind kind_api_key = {
	.name = "api_key",
	.help = "a key in a header or in the query",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.check = check,
	.open = open_session,
	.prepare = prepare,
};

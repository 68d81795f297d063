/* Headers of the user's own, each under the rules of connection/header_rules.h. */
#include "connection/header_list.h"
#include "connection/header_rules.h"
#include "connection/kind.h"
#include "connection/session.h"

enum { FIELD_HEADERS, FIELD_LATIN1 };

static const char *const switches[] = {"false", "true", NULL};

static const struct connection_field fields[] = {
	[FIELD_HEADERS] =
		{"headers", CONNECTION_FIELD_HEADERS, true, NULL,
                 "names and references to values, in the order in which they are sent; {text: VALUE} for a value that is no secret"},
	[FIELD_LATIN1] = {"latin1", CONNECTION_FIELD_CHOICE, false, switches,
                          "'true' lets values have letters of ISO 8859-1, and sends them so"},
};

static struct slice header_value(const struct connection_session *session, size_t index)
{
	const char *text = session->connection->headers[index].text;
	return text != NULL ? slice_from(text) : secret_slice(&session->headers[index]);
}

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	const bool allows_latin1 = connection_chooses(connection, FIELD_LATIN1, "true");
	*ret_field = FIELD_HEADERS;
	if (connection->header_count == 0)
		return error_set(err, ERROR_CONFIG, "there is no header in it");
	for (size_t i = 0; i < connection->header_count; i++) {
		const struct connection_header *header = &connection->headers[i];
		if (header->text != NULL && header_value_check(header->name, slice_from(header->text), allows_latin1, err) < 0)
			return -1;
	}
	return 0;
}

static int open_session(struct connection_session *session, struct error *err)
{
	const bool allows_latin1 = connection_chooses(session->connection, FIELD_LATIN1, "true");
	for (size_t i = 0; i < session->connection->header_count; i++) {
		if (header_value_check(session->connection->headers[i].name, header_value(session, i), allows_latin1, err) < 0)
			return -1;
	}
	return 0;
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	for (size_t i = 0; i < session->connection->header_count; i++) {
		if (header_list_add(request->headers, session->connection->headers[i].name, header_value(session, i), err) < 0)
			return -1;
	}
	return 0;
}

const struct connection_kind kind_headers = {
	.name = "headers",
	.help = "headers of your own",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.check = check,
	.open = open_session,
	.prepare = prepare,
};

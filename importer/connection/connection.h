/*
 * Connections: how the requests for a feed are authenticated, and which
 * service may see that. One YAML file each; what is secret is referred to.
 *
 * Everything that can be known without the secrets is checked when the files
 * are read, with line and column; the rest by connection_open()
 * (connection/session.h). A connection does not change once it is read.
 */
#pragma once

#include "config/config.h"
#include "connection/allowed_url.h"

struct connection_kind; /* connection/kind.h */

#define CONNECTION_KIND_FIELDS_MAX 16 /* of a kind's own */
#define CONNECTION_REVISION_SIZE 33   /* hexadecimal digits and a NUL */

/* Places of fields: the kind's own come first, then those that are kept alike for every kind. */
enum {
	CONNECTION_CLIENT_CERTIFICATE = CONNECTION_KIND_FIELDS_MAX,
	CONNECTION_CLIENT_KEY,
	CONNECTION_CLIENT_KEY_PASSPHRASE,
	CONNECTION_FIELDS_MAX
};

/* A header of the connection's own: a reference to its value, or a text that is no secret. */
struct connection_header {
	struct slice name;
	const char *text; /* NULL: `reference` is given */
	struct secret_reference reference;
};

/* Whose word counts on addresses of our own network, for requests that the connection is in. */
enum connection_network_word { CONNECTION_NETWORK_OF_JOB, CONNECTION_NETWORK_PUBLIC, CONNECTION_NETWORK_PRIVATE };

struct connection {
	const char *name; /* the file's, without '.yaml' */
	const char *file;
	const char *description; /* NULL = none */
	const struct connection_kind *kind;
	bool has_allowed_url;
	struct allowed_url allowed_url;
	bool allows_upgrade; /* from http to https of the same host */
	bool denies_outside; /* a redirect out of the Allowed URL fails, instead of going on without credentials */
	bool allows_insecure_http;
	enum connection_network_word network;
	const char *texts[CONNECTION_FIELDS_MAX];                  /* by field; NULL = not given */
	struct secret_reference references[CONNECTION_FIELDS_MAX]; /* SECRET_NONE = not given */
	const struct connection_header *headers;
	size_t header_count;
	char revision[CONNECTION_REVISION_SIZE]; /* another one after each change of the file */
};

struct connections {
	struct arena arena;
	struct connection *items; /* sorted by name */
	size_t count;
};

/*
 * Read every *.yaml file of `folder`; NULL = there is none. Mistakes become
 * problems, and a connection with mistakes is not in the list; lines of these
 * files are never shown. -1 with `err`, and then there is nothing to release:
 * ERROR_NOT_FOUND, ERROR_SYSTEM, ERROR_LIMIT, ERROR_MEMORY.
 */
must_use int connections_load(const char *folder, struct connections *ret_connections, struct config_problems *problems,
                              struct error *err);
void connections_release(struct connections *connections);

/* The connection called `name`, or NULL. */
const struct connection *connections_find(const struct connections *connections, struct slice name);

/*
 * What a job says about its connection, which may be NULL or 'none'. 0 and
 * the connection, or NULL for none. -1: ERROR_CONFIG (there is none of that
 * name, its source is no http or https URL, or lies outside of the Allowed
 * URL), ERROR_MEMORY.
 */
must_use int connections_for_job(const struct connections *connections, const struct job_config *job,
                                 const struct connection **ret_connection, struct error *err);

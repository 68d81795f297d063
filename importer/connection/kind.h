/*
 * Kinds of connections: what each has for fields, and what it does to a
 * request. One file and one entry in a table per kind; parser, check, manual
 * and listing come from the tables.
 */
#pragma once

#include "connection/connection.h"
#include "secret/secret.h"

struct connection_network;
struct connection_request;
struct connection_session;

enum connection_field_type {
	CONNECTION_FIELD_TEXT,    /* shown in listings */
	CONNECTION_FIELD_SECRET,  /* a reference */
	CONNECTION_FIELD_PATH,    /* of a file, relative to the connection's own */
	CONNECTION_FIELD_CHOICE,  /* one of `words` */
	CONNECTION_FIELD_HEADERS, /* a mapping of names to references, or to {text: VALUE} */
	CONNECTION_FIELD_TEXTS,   /* a mapping of names of headers to texts */
	CONNECTION_FIELD_PAIRS,   /* a mapping of other names to texts; the kind judges the names */
};

struct connection_field {
	const char *name;
	enum connection_field_type type;
	bool is_required;
	const char *const *words; /* ending in NULL */
	const char *help;
};

struct connection_kind {
	const char *name;
	const char *help;
	const struct connection_field *fields;
	size_t field_count;
	bool has_credentials;
	bool needs_https;       /* http cannot carry it */
	bool expects_challenge; /* the server asks (401) before it is told */
	/* Do the fields agree? Without the secrets. -1: ERROR_CONFIG and the field at fault, or ERROR_MEMORY. May be NULL. */
	int (*check)(const struct connection *connection, size_t *ret_field, struct error *err);
	/* The secrets are there: check them, make what can be made once. -1: ERROR_CONFIG, ERROR_MEMORY. May be NULL. */
	int (*open)(struct connection_session *session, struct error *err);
	/* Give back what open() left in `state`, which may be NULL. May be NULL. */
	void (*close)(struct connection_session *session);
	/* What works and is weak, or NULL; without any part of a secret. May be NULL. */
	const char *(*warn)(const struct connection_session *session);
	/* Before each request: ask for what it takes beside the secrets, if it is not there. Failures as of oauth2_ask(). May be NULL. */
	int (*authorize)(struct connection_session *session, const struct connection_network *network, struct error *err);
	/* What authorize() had was refused: it is to have it anew. NULL = nothing can be had. */
	void (*renounce)(struct connection_session *session);
	/* Add headers or a parameter. May be NULL. */
	int (*prepare)(const struct connection_session *session, const struct connection_request *request, struct error *err);
	/* Set what is no header. May be NULL. */
	int (*configure)(const struct connection_session *session, CURL *easy, struct error *err);
};

/* With what is in a file a session is opened; kinds read it by the numbers of their fields. */
struct connection_session {
	const struct connection *connection;
	struct secret values[CONNECTION_FIELDS_MAX]; /* of fields that are secrets; empty where not given */
	struct secret *headers;                      /* as connection->headers, where they refer to secrets */
	struct secret certificate;                   /* of the client, as PEM; empty = none */
	struct secret made[2];                       /* by the kind's open(): a token, keys; or CONNECTION_MADE_CLIENT */
	struct secret_resolver *resolver;            /* that it was opened with */
	struct secret token;                         /* that authorize() had; empty = none */
	int64_t token_until_ms;                      /* by the steady clock */
	int64_t retry_after_s;                       /* what who gives tokens asked us to wait, at the last refusal; 0 = nothing */
	void *state;                                 /* of the kind's own, given back by its close() */
};

/* In `made`: what the client says who it is with, at a token endpoint. */
#define CONNECTION_MADE_CLIENT 0
/* In `made`: the token before the one that authorize() had last. */
#define CONNECTION_MADE_FORMER 1

/* All kinds, in the order of the manual. */
size_t connection_kind_count(void);
const struct connection_kind *connection_kind_at(size_t index);
const struct connection_kind *connection_kind_find(struct slice name);

/* What every kind has beside its own: 'kind', 'description', 'allowed_url' … */
size_t connection_common_count(void);
const struct connection_field *connection_common_at(size_t index);

/* The field in a place below CONNECTION_FIELDS_MAX; NULL = the connection's kind has none there. */
const struct connection_field *connection_field_at(const struct connection *connection, size_t place);

/* Does the connection send what only the service may see, of its kind or a client certificate? */
bool connection_has_credentials(const struct connection *connection);

/* Every kind with its keys as a JSON Schema. */
struct json_writer;
void connection_append_schema(struct json_writer *json);

/*
 * One more parameter of the query, where a server that redirected has not carried it over. -1 as url_add_parameter(): one of
 * that name which is there already is not ours.
 */
must_use int connection_add_parameter(const struct connection_request *request, struct slice name, struct slice value,
                                      struct error *err);

/* True where the choice `field` of the connection is `word`. */
bool connection_chooses(const struct connection *connection, size_t field, const char *word);

/* Which of the field's words the connection chose; `otherwise` where it chose none. */
unsigned connection_choice(const struct connection *connection, size_t field, unsigned otherwise);

extern const struct connection_kind kind_none, kind_basic, kind_bearer, kind_api_key, kind_headers, kind_hmac, kind_jwt,
	kind_role_token, kind_digest, kind_mtls, kind_aws_sigv4, kind_oauth2;

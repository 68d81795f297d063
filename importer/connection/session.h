/*
 * A connection in use: its secrets are resolved, and each request of a fetch
 * asks here what it may carry.
 *
 * Secrets stay in locked memory until connection_close(). One thread at a
 * time. A session may be NULL everywhere: no connection, nothing is added.
 * What a kind has to ask for first, as a token, it asks for when a request is
 * prepared.
 */
#pragma once

#include "connection/connection.h"
#include "secret/resolver.h"

struct connection_session;
struct network_observer; /* network/exchange.h */

/*
 * Resolve and check every secret of the connection, which must outlive the
 * session, as must the resolver. -1: ERROR_CONFIG (a value that may not be sent; the message has no
 * part of it), ERROR_MEMORY, and those of secret_resolve(). Messages name the connection and field.
 */
must_use int connection_open(const struct connection *connection, struct secret_resolver *resolver,
                             struct connection_session **ret_session, struct error *err);
void connection_close(struct connection_session *session);

/* What works and is not as safe as it could be, for a person; NULL = nothing. */
const char *connection_warning(const struct connection_session *session);

/*
 * Put '***' in the place of every secret of the session in `text` (secret/mask.h): the values that it was opened with, what was
 * made of them, and tokens that it was given. For everything that a server or a library says.
 */
void connection_mask(const struct connection_session *session, char *text);

/* Is there one in `text`? */
must_use bool connection_mask_finds(const struct connection_session *session, const char *text);

/* How a request is made that is not the fetch's own: by its rules. */
struct connection_network {
	const char *cacert; /* PEM file instead of the system's authorities, or NULL */
	const char *proxy;  /* URL, or NULL = none */
	const char *user_agent;
	bool allow_private; /* as the job says */
	int64_t connect_timeout_ms;
	int64_t deadline_ms; /* of the clock's steady time: the whole fetch's */
	struct clock clock;
	const struct network_observer *observer; /* of what is asked for; NULL = nobody looks */
	/* As of struct fetch_request: non-zero cancels. May be NULL. */
	int (*progress)(void *context, int64_t bytes, int64_t total);
	void *progress_context;
};

/* One fetch: where its requests have been. */
struct connection_use {
	struct connection_session *session;
	struct connection_network network;
	bool has_origin;
	struct allowed_url origin; /* of the first URL, where there is no Allowed URL */
	bool is_proxied;           /* then a loopback address is the proxy's, not ours */
	bool is_outside;           /* a redirect led out; coming back restores nothing */
	bool is_renewed;           /* credentials that were refused have been had anew */
	char withheld_from[256];   /* the first host that got no credentials; '' = all got them */
};

/*
 * The first URL, or a page's. It may be brought to another form of the same:
 * fetch that one. -1: ERROR_SCOPE (outside of the Allowed URL), ERROR_REFUSED
 * (credentials over http), ERROR_MEMORY; nothing may be sent then. Release
 * the use after success and failure.
 */
must_use int connection_use_begin(struct connection_use *use, struct url *url, struct error *err);

/* A redirect to `url`. Outside, the request goes without credentials, or fails where the connection says so. As connection_use_begin(). */
must_use int connection_use_follow(struct connection_use *use, struct url *url, struct error *err);
void connection_use_release(struct connection_use *use);

/* May the requests from now on reach private addresses: as the connection says, where it is in them and says so, else as the job. */
bool connection_use_allows_private(const struct connection_use *use);

/* Do the requests from now on carry what the connection has? */
bool connection_use_is_inside(const struct connection_use *use);

struct connection_request {
	struct url *url;             /* that is sent; a parameter may be added */
	struct curl_slist **headers; /* lines are added; free them with header_list_free() */
	const char *method;
	bool is_redirected; /* a server chose the URL */
	int64_t now_ms;     /* wall clock */
};

/*
 * Add headers and parameters to one request, where it is inside. -1: ERROR_CONFIG, ERROR_SYSTEM, ERROR_LIMIT, ERROR_MEMORY,
 * and where something has to be asked for, those of oauth2_ask() (connection/oauth2.h).
 */
must_use int connection_use_prepare(const struct connection_use *use, const struct connection_request *request, struct error *err);

/* The request was answered 401. True, once in a use: prepare it again, with credentials that are had anew. */
must_use bool connection_use_renew(struct connection_use *use);

/* After a failure to prepare: for how long the token endpoint asked us to wait; 0 = it did not. A session may be NULL. */
int64_t connection_retry_after_s(const struct connection_session *session);

/* Set what is no header, on a handle made for this request alone. */
must_use int connection_use_configure(const struct connection_use *use, CURL *easy, struct error *err);

/* Will a first 401 be answered by libcurl with what it asks for? */
bool connection_use_expects_challenge(const struct connection_use *use);

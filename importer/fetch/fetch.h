/*
 * From a source to a file in the spool: http, https, file and standard input.
 *
 * The bytes are kept as received, counted and hashed (SHA-256) by us while
 * they arrive, written to a temporary name, synced, and renamed to their
 * digest. Redirects are followed by our own loop. No proxy, cookie, netrc or
 * configuration of the environment takes part unless it is asked for.
 * Through a proxy only addresses written into a URL can be checked; those that
 * names lead to are the proxy's to check.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <stdint.h>

struct connection_session; /* connection/session.h */
struct network_observer;   /* network/exchange.h */

/* What a URL or path is; decides how it is fetched. */
enum source_kind { SOURCE_HTTP, SOURCE_FILE, SOURCE_STDIN, SOURCE_UNSUPPORTED };
enum source_kind source_classify(const char *source);

/*
 * `source` for people, ledger and job names: query values, userinfo and
 * fragment of a URL replaced by '***' (the names of query keys stay); a path
 * stays. Cut to `size` with the NUL.
 */
void source_mask(const char *source, char *ret_text, size_t size);

struct fetch_request {
	const char *source;       /* URL, file: URL, path, or '-' */
	const char *spool_folder; /* made (0700) where missing */
	const char *etag;         /* validators of the last time, or NULL: sent only as told */
	const char *last_modified;
	const char *cacert; /* PEM file instead of the system's authorities, or NULL */
	const char *proxy;  /* URL, or NULL = none */
	/* Who we are, for http and https; every request asks it what it may carry. NULL = nobody. */
	struct connection_session *connection;
	bool allow_private; /* private, link-local and loopback addresses may be reached */
	int64_t max_bytes;  /* of the body as received; this and the times: 0 = as in base/limits.h */
	int64_t connect_timeout_ms;
	int64_t idle_timeout_ms; /* below 1 kB/s for this long; http and https only */
	int64_t timeout_ms;      /* in all */
	/* Told of every request, also of those for tokens, with all secrets masked; NULL = nobody looks. http and https only. */
	const struct network_observer *observer;
	const char *user_agent; /* NULL = 'feedmill' */
	struct clock clock;
	/* Called now and then with bytes so far and the announced total (-1 unknown); non-zero cancels (ERROR_CANCELLED). May be NULL. */
	int (*progress)(void *context, int64_t bytes, int64_t total);
	void *progress_context;
};

#define FETCH_VALIDATOR_MAX 256

struct fetch_result {
	char path[4096]; /* the spool file; "" when not modified */
	int hold;        /* a descriptor that keeps the file from being tidied away; close it; -1 when not modified */
	char sha256[65]; /* lower-case hexadecimal */
	int64_t bytes;
	bool is_length_proven;          /* a Content-Length or the file's size agreed with the bytes received */
	long http_status;               /* 0 for other sources */
	char etag[FETCH_VALIDATOR_MAX]; /* of the last answer; "" where absent, too long or not plain ASCII */
	char last_modified[FETCH_VALIDATOR_MAX];
	char charset[64];        /* of Content-Type, "" where absent */
	char content_type[128];  /* media type in lower case, without parameters; "" where absent */
	char final_source[1024]; /* after redirects, masked */
	char withheld_from[256]; /* the first host of a redirect that got no credentials, also of a fetch that failed; "" = none */
	int64_t duration_ms;
	int64_t retry_at_ms; /* of a fetch that failed for a time: when the server asked us to come again, at most LIMIT_RETRY_AFTER_MS ahead; 0 = it did not */
};

enum fetch_outcome { FETCH_DONE, FETCH_NOT_MODIFIED };

/*
 * Fetch. `ret_result` is filled for both outcomes, and has `retry_at_ms` after
 * a failure; an ended or failed fetch leaves no temporary file. A 304 to a
 * request without validators is an error.
 *
 * -1: ERROR_NETWORK (time-out, reset, refused connection, unknown host, 408,
 * 425, 429, 5xx, a body shorter than announced), ERROR_REFUSED (other 4xx, a
 * certificate that does not verify, a redirect or address that is not
 * allowed, a scheme we do not speak), ERROR_NOT_FOUND (a file), ERROR_LIMIT
 * (size, redirects, headers), ERROR_SYSTEM (spool cannot be written, disk
 * full), ERROR_CONFIG (cacert, proxy or connection cannot be used), ERROR_SCOPE
 * (outside of where the connection may be used), ERROR_CANCELLED (number is
 * what the progress function returned). Messages name the masked source, and
 * nothing of what the connection sends: what a server or a library says of it
 * is masked, in the result as well.
 */
must_use int fetch_source(const struct fetch_request *request, struct fetch_result *ret_result, struct error *err);

/* A file that an earlier fetch has left in the spool. */
struct fetch_check {
	const char *path;
	const char *sha256; /* as fetched */
	int64_t bytes;
	int (*progress)(void *context, int64_t bytes, int64_t total); /* as of struct fetch_request */
	void *progress_context;
};

/*
 * Is it still what was fetched? Reads it whole. -1: ERROR_NOT_FOUND (gone), ERROR_REFUSED (changed, or no regular file),
 * ERROR_SYSTEM, ERROR_CANCELLED (number is what the progress function returned), ERROR_MEMORY.
 */
must_use int fetch_check_spooled(const struct fetch_check *check, struct error *err);

/* Once per process before the first fetch, and after the last. */
must_use int fetch_init(struct error *err);
void fetch_release(void);

/*
 * URLs of sources and redirects, by libcurl's parser.
 *
 * The same parser serves checking and fetching, and the text it gives back is
 * what is fetched: two parsers that disagree are how such checks are passed
 * by. Every text here is hostile.
 */
#pragma once

#include "base/error.h"

#include <curl/curl.h>

struct url {
	CURLU *handle;
	char *text;     /* what is fetched: absolute, without fragment */
	char *host;     /* ASCII, lower case, without brackets and final dot */
	char *port;     /* decimal; the scheme's own filled in */
	bool is_secure; /* https */
};

/*
 * An absolute http or https URL without user name and password. `ret_url`
 * (released or zeroed before) is to be released only after success.
 * -1: ERROR_REFUSED, ERROR_LIMIT, ERROR_MEMORY; the message does not contain the URL.
 */
must_use int url_parse(const char *text, struct url *ret_url, struct error *err);

/*
 * Where a redirect from `base` to `location` leads. As url_parse, and refused
 * from https to http. White space and bytes beyond ASCII in a path are encoded.
 */
must_use int url_resolve(const struct url *base, const char *location, struct url *ret_url, struct error *err);

/* The path as it is sent; to be freed with curl_free. ERROR_MEMORY. */
must_use int url_path(const struct url *url, char **ret_path, struct error *err);

/* Another path, which begins with '/' and needs no encoding. ERROR_LIMIT, ERROR_REFUSED, ERROR_MEMORY; then `url` may only be released. */
must_use int url_set_path(struct url *url, const char *path, struct error *err);

/*
 * One more parameter of the query, with what needs it percent-encoded. -1: ERROR_CONFIG (there is one of that name already),
 * and as url_set_path().
 */
must_use int url_add_parameter(struct url *url, struct slice name, struct slice value, struct error *err);

/* Has the query this very parameter? One of that name, with another value? */
bool url_has_parameter(const struct url *url, struct slice name, struct slice value);
bool url_contradicts_parameter(const struct url *url, struct slice name, struct slice value);

/* A copy, to be released. ERROR_MEMORY. */
must_use int url_copy(const struct url *url, struct url *ret_copy, struct error *err);

/* Path and query as they are sent in a request, borrowed from the text. */
const char *url_target(const struct url *url);

/* Host and port as the header Host has them: without the scheme's own port. Borrowed from the text. */
struct slice url_authority(const struct url *url);

/* Does it name this machine: a loopback address, or 'localhost'? */
bool url_is_loopback(const struct url *url);

/* Same scheme, host and port. */
bool url_same_origin(const struct url *left, const struct url *right);
void url_release(struct url *url);

/* The path of a file: URL (host empty or localhost), decoded; to be freed with curl_free. */
must_use int url_file_path(const char *text, char **ret_path, struct error *err);

/* Is `text` something that libcurl can take as a proxy? */
bool url_is_proxy(const char *text);

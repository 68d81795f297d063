/*
 * Where credentials may go: the Allowed URL of a connection, or the origin of
 * a feed's first URL. Pure: nothing here touches the network.
 *
 * A URL is within when its scheme, host and port are those of the Allowed URL
 * and its path is the same or below it, by whole segments. What is compared
 * is what is fetched: a path that servers could read in two ways is never
 * within, and any other is brought to its normal form in the URL itself.
 */
#pragma once

#include "connection/url.h"

struct allowed_url {
	struct url url;
	char *path; /* in normal form; NULL = every path */
	bool allows_upgrade;
};

enum allowed_url_verdict {
	ALLOWED_URL_INSIDE,
	ALLOWED_URL_OTHER_SCHEME,
	ALLOWED_URL_OTHER_HOST,
	ALLOWED_URL_OTHER_PORT,
	ALLOWED_URL_OTHER_PATH,
	ALLOWED_URL_UNCLEAR_PATH, /* may mean another one than it says: an encoded '/', a '\', a control character, '..;' */
};

/*
 * Read an Allowed URL: absolute http or https with a host, without user,
 * query and fragment, and with a path that is clear and has no dot segments.
 * With `allows_upgrade` one of http on its default port also admits https on
 * its own. `ret_allowed` is to be released only after success.
 * -1: ERROR_REFUSED, ERROR_LIMIT, ERROR_MEMORY; the message does not contain the URL.
 */
must_use int allowed_url_parse(const char *text, bool allows_upgrade, struct allowed_url *ret_allowed, struct error *err);

/* Scheme, host and port of `url`, with every path. As allowed_url_parse(). */
must_use int allowed_url_from_origin(const struct url *url, bool allows_upgrade, struct allowed_url *ret_allowed,
                                     struct error *err);

/*
 * Is `url` within? Where it is, and the Allowed URL has a path, the path of `url` is in normal form afterwards: fetch that.
 * -1: ERROR_LIMIT (that form is too long), ERROR_MEMORY.
 */
must_use int allowed_url_check(const struct allowed_url *allowed, struct url *url, enum allowed_url_verdict *ret_verdict,
                               struct error *err);

/* What is wrong, for a message: 'its host is another one'. */
const char *allowed_url_verdict_text(enum allowed_url_verdict verdict);

void allowed_url_release(struct allowed_url *allowed);

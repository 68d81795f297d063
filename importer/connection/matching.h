/*
 * What the claim 'matching' of a token says: by which rule and by which
 * identifiers the receiver finds the object that a request is about. It is an
 * object of JSON as text: {"db_id":2,"email":"a@b.example","matching":"email_profile"}.
 */
#pragma once

#include "connection/url.h"

/*
 * An object with different names, whose 'db_id' is a whole number and whose
 * 'matching' is the name of a rule, and with one identifier or more, each a
 * text or a whole number. -1: ERROR_CONFIG, the message says which of these.
 */
must_use int matching_check(struct slice text, struct error *err);

/* Says the query of `url` anything else of one of its identifiers? The signed one would win. -1: ERROR_CONFIG (names it), ERROR_MEMORY. */
must_use int matching_check_url(struct slice text, const struct url *url, struct error *err);

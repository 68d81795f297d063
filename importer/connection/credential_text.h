/* What user names and passwords may be, for all kinds that have them. */
#pragma once

#include "base/error.h"

/*
 * UTF-8 without control characters (RFC 7617); a user also without ':'.
 * -1: ERROR_CONFIG, the message has no part of it.
 */
must_use int credential_check_user(struct slice user, struct error *err);
must_use int credential_check_password(struct slice password, struct error *err);

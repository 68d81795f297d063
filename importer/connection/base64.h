/* Base64 (RFC 4648, sections 4 and 5) from and into memory that is wiped. */
#pragma once

#include "secret/secret.h"

/* With padding, in one line. -1: ERROR_MEMORY. */
must_use int base64_encode(struct slice bytes, struct secret *ret_text, struct error *err);

/* Padded, without white space. -1: ERROR_CONFIG ('it is no Base64'), ERROR_MEMORY. */
must_use int base64_decode(struct slice text, struct secret *ret_bytes, struct error *err);

/* The alphabet for URLs, without padding; the last character may not leave bits over. Otherwise as those above. */
must_use int base64url_encode(struct slice bytes, struct secret *ret_text, struct error *err);
must_use int base64url_decode(struct slice text, struct secret *ret_bytes, struct error *err);

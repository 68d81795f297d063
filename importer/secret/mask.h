/*
 * Masking of secrets in texts that came from outside: a server's answer, a
 * library's words. Who was sent a secret may say it back, and messages, ledger
 * and reports must not have it.
 */
#pragma once

#include "base/slice.h"

#define SECRET_MASK_BYTES_MIN 6 /* shorter ones would be found everywhere */

/*
 * Put '***' in the place of every secret of at least SECRET_MASK_BYTES_MIN
 * bytes in `text`, which does not get longer. Found are the bytes themselves,
 * in any case, any of them percent-encoded or a blank as '+', and their Base64 in both
 * alphabets, alone or inside of a longer text as in 'user:password'; of a
 * secret of several lines also each line. What is left of one at the end of a
 * text that was cut off ('...' may stand behind it) is found from as many bytes on.
 */
void secret_mask(const struct slice *secrets, size_t count, char *text);

/* Would secret_mask() change `text`? */
must_use bool secret_mask_finds(const struct slice *secrets, size_t count, const char *text);

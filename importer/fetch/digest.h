/* SHA-256 of a stream (FIPS 180-4, by OpenSSL). */
#pragma once

#include "base/error.h"

struct digest;

/* NULL with `err` set where the library fails. */
struct digest *digest_new(struct error *err);
void digest_free(struct digest *digest);
must_use int digest_update(struct digest *digest, const void *data, size_t size, struct error *err);

/* 64 lower-case hexadecimal digits and a NUL; the digest is used up. */
must_use int digest_finish(struct digest *digest, char ret_text[65], struct error *err);

/* Private keys in PEM (RFC 7468, and the older forms of OpenSSL), from secrets. */
#pragma once

#include "secret/secret.h"

#include <openssl/types.h>

/* For OpenSSL's callbacks, with a `struct secret` as context; without one, OpenSSL would ask on the terminal. */
int pem_give_passphrase(char *text, int size, int for_writing, void *passphrase);

/*
 * The first private key in `pem`, to be freed with EVP_PKEY_free. `passphrase`
 * may be empty. -1: ERROR_CONFIG (there is none, or the passphrase is another
 * one; the message has no part of either), ERROR_MEMORY.
 */
must_use int pem_read_private_key(const struct secret *pem, const struct secret *passphrase, EVP_PKEY **ret_key, struct error *err);

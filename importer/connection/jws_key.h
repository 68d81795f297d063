/*
 * Keys that sign and verify JSON Web Signatures (RFC 7515), by OpenSSL.
 *
 * A key is bound to one algorithm when it is loaded: type, curve and size must
 * fit it, and nothing in a token chooses another. Messages have no part of a key.
 */
#pragma once

#include "base/buffer.h"
#include "secret/secret.h"

#include <openssl/types.h>

#define JWS_RSA_BITS_MIN 2048
#define JWS_RSA_BITS_MAX 8192
#define JWS_SIGNATURE_BYTES_MAX (JWS_RSA_BITS_MAX / 8)

/* RFC 7518, 3.1; the first is the one that is taken where none is named. */
enum jws_algorithm { JWS_ALGORITHM_ES384, JWS_ALGORITHM_ES256, JWS_ALGORITHM_ES512, JWS_ALGORITHM_RS256 };

/* Their names in the order of the enum, ending in NULL. */
const char *const *jws_algorithm_names(void);

struct jws_key;

/*
 * The private key in `pem`: PKCS #8, or what 'openssl ecparam -genkey' and
 * 'openssl genrsa' write. `passphrase` is empty where it needs none.
 * -1: ERROR_CONFIG (no such key, or it does not fit the algorithm), ERROR_MEMORY.
 */
must_use int jws_key_read_private(const struct secret *pem, const struct secret *passphrase, enum jws_algorithm algorithm,
                                  struct jws_key **ret_key, struct error *err);

/* The public key in `pem` ('BEGIN PUBLIC KEY', and nothing else). As jws_key_read_private(). */
must_use int jws_key_read_public(struct slice pem, enum jws_algorithm algorithm, struct jws_key **ret_key, struct error *err);

/* A new pair of keys. -1: ERROR_SYSTEM, ERROR_MEMORY. */
must_use int jws_key_generate(enum jws_algorithm algorithm, struct jws_key **ret_key, struct error *err);

/* As 'openssl ecparam -genkey -noout' ('EC PRIVATE KEY') and 'openssl ec -pubout' ('PUBLIC KEY') write them. -1: ERROR_SYSTEM, ERROR_MEMORY. */
must_use int jws_key_write_private(const struct jws_key *key, struct secret *ret_pem, struct error *err);
must_use int jws_key_write_public(const struct jws_key *key, struct buffer *ret_pem, struct error *err);

enum jws_algorithm jws_key_algorithm(const struct jws_key *key);
void jws_key_free(struct jws_key *key);

/* The signature of `text` as a token has it: r and s of a curve side by side, each with all its digits. ERROR_SYSTEM, ERROR_MEMORY. */
must_use int jws_key_sign(const struct jws_key *key, struct slice text, struct secret *ret_signature, struct error *err);

/* Is it the key's signature of `text`? */
must_use bool jws_key_verifies(const struct jws_key *key, struct slice text, struct slice signature);

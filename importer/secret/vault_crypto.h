/*
 * The cryptography of the vault, all of it OpenSSL's: AES-256-GCM, scrypt
 * (RFC 7914), HKDF-SHA256 (RFC 5869), HMAC-SHA256, SHA-256, random bytes.
 *
 * Failures are ERROR_SYSTEM (the library refuses) or ERROR_MEMORY.
 */
#pragma once

#include "secret/secret.h"

#include <stdint.h>

#define CRYPTO_KEY_BYTES 32
#define CRYPTO_NONCE_BYTES 12
#define CRYPTO_TAG_BYTES 16
#define CRYPTO_DIGEST_BYTES 32

must_use int crypto_random(void *ret_bytes, size_t size, struct error *err);

struct crypto_scrypt {
	unsigned log2_n;
	unsigned r;
	unsigned p;
	struct slice salt;
};

/* `size` bytes from a passphrase into `ret_key`; takes 128 * r * 2^log2_n bytes of memory. */
must_use int crypto_scrypt(const struct crypto_scrypt *scrypt, struct slice passphrase, void *ret_key, size_t size,
                           struct error *err);

struct crypto_hkdf {
	struct slice salt;
	struct slice info;
};

must_use int crypto_hkdf(const struct crypto_hkdf *hkdf, struct slice key, void *ret_key, size_t size, struct error *err);

struct crypto_cipher {
	const void *key;         /* CRYPTO_KEY_BYTES */
	const void *nonce;       /* CRYPTO_NONCE_BYTES, never twice with one key */
	struct slice associated; /* authenticated, not encrypted */
};

/* As many bytes as `plain` has into `ret_text`. */
must_use int crypto_encrypt(const struct crypto_cipher *cipher, struct slice plain, void *ret_text,
                            uint8_t ret_tag[CRYPTO_TAG_BYTES], struct error *err);

enum crypto_result { CRYPTO_AUTHENTIC, CRYPTO_REFUSED };

/* CRYPTO_REFUSED: key, nonce, associated data, text or tag are not those of the encryption; `ret_plain` is wiped then. -1 with `err`. */
must_use int crypto_decrypt(const struct crypto_cipher *cipher, struct slice text, const uint8_t tag[CRYPTO_TAG_BYTES],
                            void *ret_plain, struct error *err);

must_use int crypto_hmac(const void *key, struct slice data, uint8_t ret_digest[CRYPTO_DIGEST_BYTES], struct error *err);
must_use int crypto_sha256(struct slice data, uint8_t ret_digest[CRYPTO_DIGEST_BYTES], struct error *err);

/* In a time that does not tell where they differ. */
must_use bool crypto_equal(const void *left, const void *right, size_t size);

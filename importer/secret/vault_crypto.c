/* OpenSSL 3 by its EVP interface. What the library says of a failure is not shown: it names its own source files. */
#include "secret/vault_crypto.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#define SCRYPT_SLACK_BYTES ((uint64_t)1024 * 1024) /* beside its table: OpenSSL counts its smaller blocks too */

static int fail(const char *what, struct error *err)
{
	ERR_clear_error();
	return error_set(err, ERROR_SYSTEM, "OpenSSL cannot do %s", what);
}

int crypto_random(void *ret_bytes, size_t size, struct error *err)
{
	if (size > INT_MAX || RAND_bytes(ret_bytes, (int)size) != 1)
		return fail("random numbers", err);
	return 0;
}

/* The library's parameters are not const, but it writes into none of these. */
static OSSL_PARAM octets(const char *name, struct slice bytes)
{
	static char none;
	return OSSL_PARAM_construct_octet_string(name, bytes.size > 0 ? (void *)(uintptr_t)bytes.data : &none, bytes.size);
}

static int derive(const char *algorithm, const OSSL_PARAM *parameters, void *ret_key, size_t size, struct error *err)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, algorithm, NULL);
	EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	const bool is_done = context != NULL && EVP_KDF_derive(context, ret_key, size, parameters) == 1;
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return is_done ? 0 : fail(algorithm, err);
}

int crypto_scrypt(const struct crypto_scrypt *scrypt, struct slice passphrase, void *ret_key, size_t size, struct error *err)
{
	uint64_t n = UINT64_C(1) << scrypt->log2_n;
	uint64_t r = scrypt->r;
	uint64_t p = scrypt->p;
	uint64_t memory = 128 * r * (n + p) + SCRYPT_SLACK_BYTES;
	const OSSL_PARAM parameters[] = {
		octets(OSSL_KDF_PARAM_PASSWORD, passphrase),
		octets(OSSL_KDF_PARAM_SALT, scrypt->salt),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
		OSSL_PARAM_construct_end(),
	};
	return derive("SCRYPT", parameters, ret_key, size, err);
}

int crypto_hkdf(const struct crypto_hkdf *hkdf, struct slice key, void *ret_key, size_t size, struct error *err)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		octets(OSSL_KDF_PARAM_KEY, key),
		octets(OSSL_KDF_PARAM_SALT, hkdf->salt),
		octets(OSSL_KDF_PARAM_INFO, hkdf->info),
		OSSL_PARAM_construct_end(),
	};
	return derive("HKDF", parameters, ret_key, size, err);
}

static const unsigned char *bytes_of(struct slice slice)
{
	return (const unsigned char *)slice.data;
}

int crypto_encrypt(const struct crypto_cipher *cipher, struct slice plain, void *ret_text, uint8_t ret_tag[CRYPTO_TAG_BYTES],
                   struct error *err)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int size = 0;
	const bool is_done = context != NULL && plain.size <= INT_MAX && cipher->associated.size <= INT_MAX &&
	                     EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), cipher->key, cipher->nonce, NULL) == 1 &&
	                     EVP_EncryptUpdate(context, NULL, &size, bytes_of(cipher->associated), (int)cipher->associated.size) ==
	                             1 &&
	                     EVP_EncryptUpdate(context, ret_text, &size, bytes_of(plain), (int)plain.size) == 1 &&
	                     EVP_EncryptFinal_ex(context, (unsigned char *)ret_text + size, &size) == 1 &&
	                     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG_BYTES, ret_tag) == 1;
	EVP_CIPHER_CTX_free(context);
	return is_done ? 0 : fail("AES-256-GCM", err);
}

int crypto_decrypt(const struct crypto_cipher *cipher, struct slice text, const uint8_t tag[CRYPTO_TAG_BYTES], void *ret_plain,
                   struct error *err)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t whole_tag[CRYPTO_TAG_BYTES]; /* the library takes it by a pointer that is not const; never fewer bytes than these */
	int size = 0;
	memcpy(whole_tag, tag, sizeof(whole_tag));
	const bool is_read = context != NULL && text.size <= INT_MAX && cipher->associated.size <= INT_MAX &&
	                     EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), cipher->key, cipher->nonce, NULL) == 1 &&
	                     EVP_DecryptUpdate(context, NULL, &size, bytes_of(cipher->associated), (int)cipher->associated.size) ==
	                             1 &&
	                     EVP_DecryptUpdate(context, ret_plain, &size, bytes_of(text), (int)text.size) == 1 &&
	                     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CRYPTO_TAG_BYTES, whole_tag) == 1;
	const bool is_authentic = is_read && EVP_DecryptFinal_ex(context, (unsigned char *)ret_plain + size, &size) == 1;
	EVP_CIPHER_CTX_free(context);
	if (is_authentic)
		return CRYPTO_AUTHENTIC;
	OPENSSL_cleanse(ret_plain, text.size);
	if (!is_read)
		return fail("AES-256-GCM", err);
	ERR_clear_error();
	return CRYPTO_REFUSED;
}

int crypto_hmac(const void *key, struct slice data, uint8_t ret_digest[CRYPTO_DIGEST_BYTES], struct error *err)
{
	size_t size = 0;
	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, CRYPTO_KEY_BYTES, bytes_of(data), data.size, ret_digest,
	              CRYPTO_DIGEST_BYTES, &size) == NULL ||
	    size != CRYPTO_DIGEST_BYTES)
		return fail("HMAC-SHA256", err);
	return 0;
}

int crypto_sha256(struct slice data, uint8_t ret_digest[CRYPTO_DIGEST_BYTES], struct error *err)
{
	if (EVP_Q_digest(NULL, "SHA256", NULL, data.data, data.size, ret_digest, NULL) != 1)
		return fail("SHA-256", err);
	return 0;
}

bool crypto_equal(const void *left, const void *right, size_t size)
{
	return CRYPTO_memcmp(left, right, size) == 0;
}

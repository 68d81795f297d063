/* Reading, checking, making and using keys. */
#include "connection/jws_key.h"

#include "connection/pem.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS_NEW 3072
#define RSA_EXPONENT_MIN 65537
#define GROUP_NAME_SIZE 64

struct jws_key {
	enum jws_algorithm algorithm;
	EVP_PKEY *key;
};

static const struct {
	const char *name;
	const char *curve;   /* NULL: RSA */
	const char *said;    /* of the key, in messages */
	int nid;             /* of the curve */
	size_t scalar_bytes; /* of r and of s */
	const char *digest;
} algorithms[] = {
	[JWS_ALGORITHM_ES384] = {"ES384", "P-384", "a key on the curve P-384", NID_secp384r1, 48, "SHA384"},
	[JWS_ALGORITHM_ES256] = {"ES256", "P-256", "a key on the curve P-256", NID_X9_62_prime256v1, 32, "SHA256"},
	[JWS_ALGORITHM_ES512] = {"ES512", "P-521", "a key on the curve P-521", NID_secp521r1, 66, "SHA512"},
	[JWS_ALGORITHM_RS256] = {"RS256", NULL, "an RSA key", NID_undef, 0, "SHA256"},
};

const char *const *jws_algorithm_names(void)
{
	static const char *const names[] = {"ES384", "ES256", "ES512", "RS256", NULL};
	return names;
}

/* ---- Does a key fit? ---- */

static bool is_on_curve(const EVP_PKEY *key, int nid)
{
	char name[GROUP_NAME_SIZE];
	size_t size = 0;
	if (EVP_PKEY_is_a(key, "EC") != 1 || EVP_PKEY_get_group_name(key, name, sizeof(name), &size) != 1)
		return false; /* curves without a name (explicit parameters) are refused too */
	return OBJ_sn2nid(name) == nid || EC_curve_nist2nid(name) == nid;
}

static bool has_usual_exponent(const EVP_PKEY *key)
{
	BIGNUM *exponent = NULL;
	const bool has = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 && BN_is_odd(exponent) == 1 &&
	                 (BN_num_bits(exponent) > 32 || BN_get_word(exponent) >= RSA_EXPONENT_MIN);
	BN_free(exponent);
	return has;
}

static int check_rsa(const EVP_PKEY *key, struct error *err)
{
	const int bits = EVP_PKEY_get_bits(key);
	if (bits < JWS_RSA_BITS_MIN || bits > JWS_RSA_BITS_MAX)
		return error_set(err, ERROR_CONFIG, "the RSA key has %d bits; RS256 takes %d to %d", bits, JWS_RSA_BITS_MIN,
		                 JWS_RSA_BITS_MAX);
	if (!has_usual_exponent(key))
		return error_set(err, ERROR_CONFIG, "the RSA key has an exponent below %d", RSA_EXPONENT_MIN);
	return 0;
}

static int check_key(enum jws_algorithm algorithm, EVP_PKEY *key, bool is_private, struct error *err)
{
	const bool is_rsa = algorithms[algorithm].curve == NULL;
	if (is_rsa ? EVP_PKEY_is_a(key, "RSA") != 1 : !is_on_curve(key, algorithms[algorithm].nid))
		return error_set(err, ERROR_CONFIG, "the algorithm %s needs %s", algorithms[algorithm].name,
		                 algorithms[algorithm].said);
	if (is_rsa)
		return check_rsa(key, err);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (context == NULL)
		return error_set_memory(err);
	const bool is_sound = EVP_PKEY_public_check(context) == 1 && (!is_private || EVP_PKEY_pairwise_check(context) == 1);
	EVP_PKEY_CTX_free(context);
	return is_sound ? 0 : error_set(err, ERROR_CONFIG, "the key is damaged: its parts do not belong together");
}

/* Takes `key`, also on failure. */
static int bind(enum jws_algorithm algorithm, EVP_PKEY *key, bool is_private, struct jws_key **ret_key, struct error *err)
{
	struct jws_key *bound = NULL;
	if (check_key(algorithm, key, is_private, err) == 0 && (bound = calloc(1, sizeof(*bound))) == NULL)
		(void)error_set_memory(err);
	ERR_clear_error();
	if (bound == NULL) {
		EVP_PKEY_free(key);
		return -1;
	}
	*bound = (struct jws_key){.algorithm = algorithm, .key = key};
	*ret_key = bound;
	return 0;
}

/* ---- Reading, making, writing ---- */

int jws_key_read_private(const struct secret *pem, const struct secret *passphrase, enum jws_algorithm algorithm,
                         struct jws_key **ret_key, struct error *err)
{
	EVP_PKEY *key = NULL;
	if (pem_read_private_key(pem, passphrase, &key, err) < 0)
		return -1;
	return bind(algorithm, key, true, ret_key, err);
}

/* The one block of `pem`, which has that name. */
static unsigned char *read_block(struct slice pem, const char *wanted, long *ret_size)
{
	char *name = NULL;
	char *header = NULL;
	unsigned char *data = NULL;
	char *next_name = NULL;
	unsigned char *next_data = NULL;
	char *next_header = NULL;
	long next_size;
	BIO *bio = pem.size <= SECRET_BYTES_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
	bool is_one = bio != NULL && PEM_read_bio(bio, &name, &header, &data, ret_size) == 1 && strcmp(name, wanted) == 0;
	if (is_one && PEM_read_bio(bio, &next_name, &next_header, &next_data, &next_size) == 1)
		is_one = false;
	OPENSSL_free(next_name);
	OPENSSL_free(next_header);
	OPENSSL_free(next_data);
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	ERR_clear_error();
	if (is_one)
		return data;
	OPENSSL_free(data);
	return NULL;
}

int jws_key_read_public(struct slice pem, enum jws_algorithm algorithm, struct jws_key **ret_key, struct error *err)
{
	long size = 0;
	unsigned char *data = pem.size > 0 ? read_block(pem, "PUBLIC KEY", &size) : NULL;
	const unsigned char *end = data;
	EVP_PKEY *key = data != NULL ? d2i_PUBKEY(NULL, &end, size) : NULL;
	const bool is_whole = key != NULL && end == data + size;
	OPENSSL_free(data);
	ERR_clear_error();
	if (is_whole)
		return bind(algorithm, key, false, ret_key, err);
	EVP_PKEY_free(key);
	return error_set(err, ERROR_CONFIG, "it is no public key in PEM ('BEGIN PUBLIC KEY', and nothing else)");
}

int jws_key_generate(enum jws_algorithm algorithm, struct jws_key **ret_key, struct error *err)
{
	const char *curve = algorithms[algorithm].curve;
	EVP_PKEY *key = curve != NULL ? EVP_EC_gen(curve) : EVP_RSA_gen(RSA_BITS_NEW);
	if (key == NULL) {
		ERR_clear_error();
		return error_set(err, ERROR_SYSTEM, "OpenSSL makes no key for %s", algorithms[algorithm].name);
	}
	return bind(algorithm, key, true, ret_key, err);
}

int jws_key_write_private(const struct jws_key *key, struct secret *ret_pem, struct error *err)
{
	char *text = NULL;
	BIO *bio = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
	int outcome = bio == NULL ? error_set_memory(err) : 0;
	if (outcome == 0 && PEM_write_bio_PrivateKey_traditional(bio, key->key, NULL, NULL, 0, NULL, NULL) != 1)
		outcome = error_set(err, ERROR_SYSTEM, "OpenSSL cannot write the key");
	if (outcome == 0) {
		const long size = BIO_get_mem_data(bio, &text);
		outcome = secret_copy(ret_pem, slice_make(text, (size_t)size), err);
	}
	BIO_free(bio);
	ERR_clear_error();
	return outcome;
}

int jws_key_write_public(const struct jws_key *key, struct buffer *ret_pem, struct error *err)
{
	char *text = NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	int outcome = bio == NULL ? error_set_memory(err) : 0;
	if (outcome == 0 && PEM_write_bio_PUBKEY(bio, key->key) != 1)
		outcome = error_set(err, ERROR_SYSTEM, "OpenSSL cannot write the public key");
	if (outcome == 0) {
		const long size = BIO_get_mem_data(bio, &text);
		if (buffer_append(ret_pem, text, (size_t)size) < 0)
			outcome = error_set_memory(err);
	}
	BIO_free(bio);
	ERR_clear_error();
	return outcome;
}

enum jws_algorithm jws_key_algorithm(const struct jws_key *key)
{
	return key->algorithm;
}

void jws_key_free(struct jws_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->key);
	free(key);
}

/* ---- Signatures ---- */

static const unsigned char *bytes_of(struct slice text)
{
	static const unsigned char nothing[1] = {0};
	return text.size > 0 ? (const unsigned char *)text.data : nothing;
}

/* OpenSSL's DER to r and s side by side, padded on the left (RFC 7518, 3.4). */
static int flatten(const struct secret *der, size_t scalar_bytes, struct secret *ret_signature, struct error *err)
{
	const unsigned char *at = (const unsigned char *)der->data;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der->size);
	const int size = (int)scalar_bytes;
	int outcome = pair != NULL ? secret_reserve(ret_signature, 2 * scalar_bytes, err)
	                           : error_set(err, ERROR_SYSTEM, "OpenSSL gives no signature");
	if (outcome == 0) {
		unsigned char *data = (unsigned char *)ret_signature->data;
		if (BN_bn2binpad(ECDSA_SIG_get0_r(pair), data, size) != size ||
		    BN_bn2binpad(ECDSA_SIG_get0_s(pair), data + size, size) != size)
			outcome = error_set(err, ERROR_SYSTEM, "OpenSSL gives no signature");
		ret_signature->size = 2 * scalar_bytes;
	}
	ECDSA_SIG_free(pair);
	return outcome;
}

static int sign_digest(const struct jws_key *key, struct slice text, struct secret *ret_signature, struct error *err)
{
	size_t size = JWS_SIGNATURE_BYTES_MAX;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (context == NULL)
		return error_set_memory(err);
	int outcome = secret_reserve(ret_signature, size, err);
	if (outcome == 0 &&
	    (EVP_DigestSignInit_ex(context, NULL, algorithms[key->algorithm].digest, NULL, NULL, key->key, NULL) != 1 ||
	     EVP_DigestSign(context, (unsigned char *)ret_signature->data, &size, bytes_of(text), text.size) != 1))
		outcome = error_set(err, ERROR_SYSTEM, "OpenSSL gives no signature");
	if (outcome == 0)
		ret_signature->size = size;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return outcome;
}

int jws_key_sign(const struct jws_key *key, struct slice text, struct secret *ret_signature, struct error *err)
{
	struct secret der = SECRET_INIT;
	if (algorithms[key->algorithm].curve == NULL)
		return sign_digest(key, text, ret_signature, err);
	int outcome = sign_digest(key, text, &der, err);
	if (outcome == 0)
		outcome = flatten(&der, algorithms[key->algorithm].scalar_bytes, ret_signature, err);
	secret_release(&der);
	return outcome;
}

/* The DER of r and s; to be freed with OPENSSL_free. */
static int encode_pair(struct slice signature, size_t scalar_bytes, unsigned char **ret_der)
{
	const unsigned char *data = bytes_of(signature);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(data, (int)scalar_bytes, NULL);
	BIGNUM *s = BN_bin2bn(data + scalar_bytes, (int)scalar_bytes, NULL);
	int size = -1;
	if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
		size = i2d_ECDSA_SIG(pair, ret_der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(pair);
	return size;
}

bool jws_key_verifies(const struct jws_key *key, struct slice text, struct slice signature)
{
	const size_t scalar_bytes = algorithms[key->algorithm].scalar_bytes;
	unsigned char *der = NULL;
	const unsigned char *data = bytes_of(signature);
	size_t size = signature.size;
	if (scalar_bytes > 0) {
		const int der_size = size == 2 * scalar_bytes ? encode_pair(signature, scalar_bytes, &der) : -1;
		if (der_size <= 0)
			return false;
		data = der;
		size = (size_t)der_size;
	} else if (size != (size_t)EVP_PKEY_get_size(key->key)) {
		return false; /* RFC 8017, 8.2.2: as long as the modulus */
	}
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const bool verifies = context != NULL &&
	                      EVP_DigestVerifyInit_ex(context, NULL, algorithms[key->algorithm].digest, NULL, NULL, key->key,
	                                              NULL) == 1 &&
	                      EVP_DigestVerify(context, data, size, bytes_of(text), text.size) == 1;
	EVP_MD_CTX_free(context);
	OPENSSL_free(der);
	ERR_clear_error();
	return verifies;
}

/* Keys: what fits an algorithm, what verifies, and that openssl's command line and we read each other. */
#include "connection_tests.h"
#include "jws_pairs.h"

#include "connection/base64.h"
#include "connection/jws.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static enum jws_algorithm algorithm_of(const char *name)
{
	if (strcmp(name, "ES256") == 0)
		return JWS_ALGORITHM_ES256;
	return strcmp(name, "ES384") == 0 ? JWS_ALGORITHM_ES384 : JWS_ALGORITHM_ES512;
}

/* Of hexadecimal digits. */
static size_t decode_hex(const char *text, char *ret_bytes, size_t size)
{
	size_t count = 0;
	for (; text[2 * count] != '\0'; count++) {
		const char digits[3] = {text[2 * count], text[2 * count + 1], '\0'};
		assert_true(count < size);
		ret_bytes[count] = (char)(unsigned char)strtoul(digits, NULL, 16);
	}
	return count;
}

static void pairs_of_wycheproof_are_judged_as_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wycheproof_pairs); i++) {
		const struct wycheproof_pair *test = &wycheproof_pairs[i];
		struct jws_key *key = NULL;
		struct error err = ERROR_INIT;
		char text[64];
		char signature[256];
		const size_t text_size = decode_hex(test->text, text, sizeof(text));
		const size_t size = decode_hex(test->signature, signature, sizeof(signature));
		if (jws_key_read_public(slice_from(test->key), algorithm_of(test->algorithm), &key, &err) < 0)
			fail_msg("%d: %s", test->number, err.message);
		if (jws_key_verifies(key, slice_make(text, text_size), slice_make(signature, size)) != test->is_valid)
			fail_msg("%s %d %s", test->algorithm, test->number, test->comment);
		for (size_t cut = 1; cut < size && test->is_valid; cut++)
			assert_false(jws_key_verifies(key, slice_make(text, text_size), slice_make(signature, size - cut)));
		jws_key_free(key);
	}
}

/* ---- What fits ---- */

static void write_pem(EVP_PKEY *key, bool is_private, struct secret *ret_pem)
{
	char *text = NULL;
	struct error err = ERROR_INIT;
	BIO *bio = BIO_new(BIO_s_mem());
	assert_non_null(key);
	assert_int_equal(is_private ? PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
	                            : PEM_write_bio_PUBKEY(bio, key),
	                 1);
	const long size = BIO_get_mem_data(bio, &text);
	assert_int_equal(secret_copy(ret_pem, slice_make(text, (size_t)size), &err), 0);
	BIO_free(bio);
	EVP_PKEY_free(key);
}

static EVP_PKEY *rsa_with_exponent(unsigned bits, unsigned exponent)
{
	EVP_PKEY *key = NULL;
	BIGNUM *number = BN_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits), 1);
	assert_int_equal(BN_set_word(number, exponent), 1);
	assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, number), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	BN_free(number);
	return key;
}

static EVP_PKEY *make_key(const char *what)
{
	if (strcmp(what, "rsa 1024") == 0)
		return EVP_RSA_gen(1024);
	if (strcmp(what, "rsa 2048") == 0)
		return EVP_RSA_gen(2048);
	if (strcmp(what, "rsa e=3") == 0)
		return rsa_with_exponent(2048, 3);
	if (strcmp(what, "ed25519") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (strcmp(what, "rsa-pss") == 0) {
		EVP_PKEY *key = NULL;
		EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
		assert_int_equal(EVP_PKEY_keygen_init(context), 1);
		assert_int_equal(EVP_PKEY_generate(context, &key), 1);
		EVP_PKEY_CTX_free(context);
		return key;
	}
	return EVP_EC_gen(what);
}

static void j20_a_key_fits_its_algorithm_when_it_is_loaded(void **state)
{
	static const struct {
		const char *key;
		enum jws_algorithm algorithm;
		const char *message; /* NULL = it fits */
	} cases[] = {
		{"P-384", JWS_ALGORITHM_ES384, NULL},
		{"P-256", JWS_ALGORITHM_ES256, NULL},
		{"P-521", JWS_ALGORITHM_ES512, NULL},
		{"rsa 2048", JWS_ALGORITHM_RS256, NULL},
		{"P-256", JWS_ALGORITHM_ES384, "ES384 needs a key on the curve P-384"},
		{"P-521", JWS_ALGORITHM_ES384, "ES384 needs a key on the curve P-384"},
		{"P-384", JWS_ALGORITHM_ES256, "ES256 needs a key on the curve P-256"},
		{"P-384", JWS_ALGORITHM_ES512, "ES512 needs a key on the curve P-521"},
		{"secp256k1", JWS_ALGORITHM_ES256, "ES256 needs a key on the curve P-256"},
		{"brainpoolP384r1", JWS_ALGORITHM_ES384, "ES384 needs a key on the curve P-384"},
		{"ed25519", JWS_ALGORITHM_ES256, "ES256 needs a key on the curve P-256"},
		{"rsa 2048", JWS_ALGORITHM_ES384, "ES384 needs a key on the curve P-384"},
		{"P-384", JWS_ALGORITHM_RS256, "RS256 needs an RSA key"},
		{"rsa-pss", JWS_ALGORITHM_RS256, "RS256 needs an RSA key"},
		{"rsa 1024", JWS_ALGORITHM_RS256, "has 1024 bits"},
		{"rsa e=3", JWS_ALGORITHM_RS256, "exponent below 65537"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int is_private = 0; is_private < 2; is_private++) {
			struct secret pem = SECRET_INIT;
			const struct secret none = SECRET_INIT;
			struct jws_key *key = NULL;
			struct error err = ERROR_INIT;
			write_pem(make_key(cases[i].key), is_private != 0, &pem);
			const int outcome = is_private ? jws_key_read_private(&pem, &none, cases[i].algorithm, &key, &err)
			                               : jws_key_read_public(secret_slice(&pem), cases[i].algorithm, &key, &err);
			const char *message = cases[i].message;
			if (message == NULL ? outcome < 0 : outcome == 0 || strstr(err.message, message) == NULL)
				fail_msg("%s: %s", cases[i].key, err.message);
			jws_key_free(key);
			secret_release(&pem);
		}
	}
}

static void j20_a_public_key_is_a_public_key_and_nothing_else(void **state)
{
	struct secret private = SECRET_INIT;
	struct secret public = SECRET_INIT;
	const struct secret none = SECRET_INIT;
	struct jws_key *key = NULL;
	struct error err = ERROR_INIT;
	struct buffer both;
	(void)state;
	buffer_init(&both, 4096);
	write_pem(make_key("P-384"), true, &private);
	write_pem(make_key("P-384"), false, &public);
	assert_int_equal(jws_key_read_public(secret_slice(&private), JWS_ALGORITHM_ES384, &key, &err), -1);
	assert_non_null(strstr(err.message, "BEGIN PUBLIC KEY"));
	assert_int_equal(jws_key_read_private(&public, &none, JWS_ALGORITHM_ES384, &key, &err), -1);
	(void)buffer_append_slice(&both, secret_slice(&public));
	(void)buffer_append_slice(&both, secret_slice(&public));
	assert_int_equal(jws_key_read_public(buffer_slice(&both), JWS_ALGORITHM_ES384, &key, &err), -1);
	for (size_t size = 0; size < public.size - 2; size++)
		assert_int_equal(jws_key_read_public(slice_make(public.data, size), JWS_ALGORITHM_ES384, &key, &err), -1);
	buffer_release(&both);
	secret_release(&private);
	secret_release(&public);
}

/* ---- openssl's command line ---- */

static void run_openssl(const char *folder, char *const *arguments)
{
	const pid_t process = fork();
	int status = -1;
	assert_true(process >= 0);
	if (process == 0) {
		const int nothing = open("/dev/null", O_RDWR);
		if (chdir(folder) == 0 && nothing >= 0 && dup2(nothing, 1) == 1 && dup2(nothing, 2) == 2)
			(void)execv("/usr/bin/openssl", arguments);
		_exit(127);
	}
	assert_int_equal(waitpid(process, &status, 0), process);
	if (status != 0)
		fail_msg("openssl %s: %d", arguments[1], status);
}

#define OPENSSL(folder, ...) run_openssl(folder, (char *[]){"openssl", __VA_ARGS__, NULL})

static void read_file(const char *folder, const char *name, struct secret *ret_content)
{
	char path[256];
	struct error err = ERROR_INIT;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(secret_reserve(ret_content, 65536, &err), 0);
	ret_content->size = fread(ret_content->data, 1, 65536, file);
	assert_int_equal(fclose(file), 0);
}

static void write_file(const char *folder, const char *name, struct slice content)
{
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
	assert_int_equal(fclose(file), 0);
}

/* From r and s side by side to DER, by another way than the code takes. */
static void to_der(struct slice flat, struct secret *ret_der)
{
	struct error err = ERROR_INIT;
	unsigned char *der = NULL;
	const int half = (int)(flat.size / 2);
	const unsigned char *bytes = (const unsigned char *)flat.data;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(bytes, half, NULL), BN_bin2bn(bytes + half, half, NULL)), 1);
	const int size = i2d_ECDSA_SIG(pair, &der);
	assert_int_equal(secret_copy(ret_der, slice_make((const char *)der, (size_t)size), &err), 0);
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
}

static void from_der(struct slice der, struct secret *ret_flat)
{
	struct error err = ERROR_INIT;
	const unsigned char *at = (const unsigned char *)der.data;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.size);
	assert_non_null(pair);
	assert_int_equal(secret_reserve(ret_flat, 96, &err), 0);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), (unsigned char *)ret_flat->data, 48), 48);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), (unsigned char *)ret_flat->data + 48, 48), 48);
	ret_flat->size = 96;
	ECDSA_SIG_free(pair);
}

/* J29: the key comes from 'openssl ecparam -name secp384r1 -genkey', with and without its parameters before it. */
static void j29_keys_of_openssl_sign_here_and_verify_there(void **state)
{
	char folder[] = "/tmp/feedmill-jws-XXXXXX";
	struct secret pem = SECRET_INIT;
	struct secret signature = SECRET_INIT;
	struct secret der = SECRET_INIT;
	const struct secret none = SECRET_INIT;
	struct error err = ERROR_INIT;
	const struct slice text = SLICE("header.payload");
	(void)state;
	assert_non_null(mkdtemp(folder));
	write_file(folder, "text", text);
	for (int with_parameters = 0; with_parameters < 2; with_parameters++) {
		struct jws_key *key = NULL;
		struct jws_key *public_key = NULL;
		if (with_parameters)
			OPENSSL(folder, "ecparam", "-name", "secp384r1", "-genkey", "-out", "private.ec.key");
		else
			OPENSSL(folder, "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", "private.ec.key");
		OPENSSL(folder, "ec", "-in", "private.ec.key", "-pubout", "-out", "public.pem");
		read_file(folder, "private.ec.key", &pem);
		if (jws_key_read_private(&pem, &none, JWS_ALGORITHM_ES384, &key, &err) < 0)
			fail_msg("%s", err.message);
		assert_int_equal(jws_key_sign(key, text, &signature, &err), 0);
		to_der(secret_slice(&signature), &der);
		write_file(folder, "ours", secret_slice(&der));
		OPENSSL(folder, "dgst", "-sha384", "-verify", "public.pem", "-signature", "ours", "text");
		OPENSSL(folder, "dgst", "-sha384", "-sign", "private.ec.key", "-out", "theirs", "text");
		read_file(folder, "theirs", &der);
		from_der(secret_slice(&der), &signature);
		read_file(folder, "public.pem", &pem);
		assert_int_equal(jws_key_read_public(secret_slice(&pem), JWS_ALGORITHM_ES384, &public_key, &err), 0);
		assert_true(jws_key_verifies(public_key, text, secret_slice(&signature)));
		assert_false(jws_key_verifies(public_key, slice_from("header.payloaD"), secret_slice(&signature)));
		jws_key_free(public_key);
		jws_key_free(key);
	}
	OPENSSL(folder, "ec", "-in", "private.ec.key", "-aes256", "-passout", "pass:open sesame", "-out", "locked.key");
	read_file(folder, "locked.key", &pem);
	struct jws_key *key = NULL;
	struct secret passphrase = SECRET_INIT;
	assert_int_equal(jws_key_read_private(&pem, &none, JWS_ALGORITHM_ES384, &key, &err), -1);
	assert_non_null(strstr(err.message, "needs a 'passphrase'"));
	assert_int_equal(secret_copy(&passphrase, slice_from("open sesam"), &err), 0);
	assert_int_equal(jws_key_read_private(&pem, &passphrase, JWS_ALGORITHM_ES384, &key, &err), -1);
	assert_int_equal(secret_copy(&passphrase, slice_from("open sesame"), &err), 0);
	assert_int_equal(jws_key_read_private(&pem, &passphrase, JWS_ALGORITHM_ES384, &key, &err), 0);
	jws_key_free(key);
	secret_release(&passphrase);
	secret_release(&der);
	secret_release(&signature);
	secret_release(&pem);
	static const char *const names[] = {"text", "private.ec.key", "public.pem", "ours", "theirs", "locked.key"};
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[256];
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void keys_of_ours_are_written_and_read_again(void **state)
{
	(void)state;
	for (unsigned i = 0; jws_algorithm_names()[i] != NULL; i++) {
		struct jws_key *key = NULL;
		struct jws_key *private_key = NULL;
		struct jws_key *public_key = NULL;
		struct secret private = SECRET_INIT;
		struct secret signature = SECRET_INIT;
		const struct secret none = SECRET_INIT;
		struct buffer public;
		struct error err = ERROR_INIT;
		const enum jws_algorithm algorithm = (enum jws_algorithm)i;
		buffer_init(&public, 4096);
		assert_int_equal(jws_key_generate(algorithm, &key, &err), 0);
		assert_int_equal(jws_key_write_private(key, &private, &err), 0);
		assert_int_equal(jws_key_write_public(key, &public, &err), 0);
		assert_true(slice_starts_with(secret_slice(&private), algorithm == JWS_ALGORITHM_RS256
		                                                              ? "-----BEGIN RSA PRIVATE KEY-----\n"
		                                                              : "-----BEGIN EC PRIVATE KEY-----\n"));
		assert_int_equal(jws_key_read_private(&private, &none, algorithm, &private_key, &err), 0);
		assert_int_equal(jws_key_read_public(buffer_slice(&public), algorithm, &public_key, &err), 0);
		assert_int_equal(jws_key_sign(private_key, slice_from(""), &signature, &err), 0);
		assert_true(jws_key_verifies(public_key, slice_from(""), secret_slice(&signature)));
		buffer_release(&public);
		secret_release(&signature);
		secret_release(&private);
		jws_key_free(public_key);
		jws_key_free(private_key);
		jws_key_free(key);
	}
}

int jws_key_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_of_wycheproof_are_judged_as_it_says),
		cmocka_unit_test(j20_a_key_fits_its_algorithm_when_it_is_loaded),
		cmocka_unit_test(j20_a_public_key_is_a_public_key_and_nothing_else),
		cmocka_unit_test(j29_keys_of_openssl_sign_here_and_verify_there),
		cmocka_unit_test(keys_of_ours_are_written_and_read_again),
	};
	return cmocka_run_group_tests_name("jws_key", tests, NULL, NULL);
}

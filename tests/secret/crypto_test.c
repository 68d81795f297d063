/* Published answers: RFC 7914 (scrypt), RFC 5869 (HKDF), McGrew and Viega's vectors of GCM, RFC 4231 (HMAC), FIPS 180 (SHA-256). */
#include "secret/vault_crypto.h"

#include "tests.h"

#include <stdio.h>
#include <string.h>

static size_t from_digits(const char *digits, uint8_t *ret_bytes)
{
	size_t size = 0;
	unsigned byte;
	for (; digits[2 * size] != '\0'; size++) {
		assert_int_equal(sscanf(digits + 2 * size, "%2x", &byte), 1);
		ret_bytes[size] = (uint8_t)byte;
	}
	return size;
}

static struct slice slice_of(const uint8_t *bytes, size_t size)
{
	return slice_make((const char *)bytes, size);
}

static void scrypt_gives_the_answers_of_rfc_7914(void **state)
{
	static const struct {
		const char *passphrase;
		struct crypto_scrypt scrypt;
		const char *key;
	} rows[] = {
		{"",
	         {.log2_n = 4, .r = 1, .p = 1, .salt = SLICE("")},
	         "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"},
		{"password",
	         {.log2_n = 10, .r = 8, .p = 16, .salt = SLICE("NaCl")},
	         "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"},
		{"pleaseletmein",
	         {.log2_n = 14, .r = 8, .p = 1, .salt = SLICE("SodiumChloride")},
	         "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = ERROR_INIT;
		uint8_t expected[64];
		uint8_t key[64];
		assert_int_equal(from_digits(rows[i].key, expected), sizeof(expected));
		assert_int_equal(crypto_scrypt(&rows[i].scrypt, slice_from(rows[i].passphrase), key, sizeof(key), &err), 0);
		assert_memory_equal(key, expected, sizeof(key));
	}
}

/* The cost of a new vault: OpenSSL refuses it unless it is told how much memory that may take. */
static void scrypt_takes_the_cost_of_a_new_vault(void **state)
{
	const struct crypto_scrypt scrypt = {.log2_n = 17, .r = 8, .p = 1, .salt = SLICE("salt")};
	struct error err = ERROR_INIT;
	uint8_t key[32];
	uint8_t expected[32];

	(void)state;
	(void)from_digits("621b282083cea28c49ab3673360283cff9afe85b3e6a409bebc800563cc08c85", expected);
	assert_int_equal(crypto_scrypt(&scrypt, slice_from("password"), key, sizeof(key), &err), 0);
	assert_memory_equal(key, expected, sizeof(key));
}

static void hkdf_gives_the_answers_of_rfc_5869(void **state)
{
	static const struct {
		const char *key;
		const char *salt;
		const char *info;
		const char *expected;
	} rows[] = {
		{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
	         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
		{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = ERROR_INIT;
		uint8_t key[64], salt[64], info[64], expected[64], result[64];
		const size_t key_size = from_digits(rows[i].key, key);
		const size_t size = from_digits(rows[i].expected, expected);
		const struct crypto_hkdf hkdf = {
			.salt = slice_of(salt, from_digits(rows[i].salt, salt)),
			.info = slice_of(info, from_digits(rows[i].info, info)),
		};
		assert_int_equal(crypto_hkdf(&hkdf, slice_of(key, key_size), result, size, &err), 0);
		assert_memory_equal(result, expected, size);
	}
}

struct gcm_row {
	const char *key;
	const char *nonce;
	const char *plain;
	const char *associated;
	const char *text;
	const char *tag;
};

static const struct gcm_row gcm_rows[] = {
	{"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "", "",
         "530f8afbc74536b9a963b4f1c4cb738b"},
	{"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
         "00000000000000000000000000000000", "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
	{"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
         "feedfacedeadbeeffeedfacedeadbeefabaddad2",
         "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
         "76fc6ece0f4e1768cddf8853bb2d551b"},
};

static void gcm_gives_the_published_answers_and_refuses_every_other_bit(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(gcm_rows); i++) {
		struct error err = ERROR_INIT;
		uint8_t key[32], nonce[12], plain[64], associated[64], expected[64], expected_tag[16], text[64], tag[16], back[64];
		const size_t size = from_digits(gcm_rows[i].plain, plain);
		(void)from_digits(gcm_rows[i].key, key);
		(void)from_digits(gcm_rows[i].nonce, nonce);
		(void)from_digits(gcm_rows[i].text, expected);
		(void)from_digits(gcm_rows[i].tag, expected_tag);
		const size_t associated_size = from_digits(gcm_rows[i].associated, associated);
		const struct crypto_cipher cipher = {
			.key = key, .nonce = nonce, .associated = slice_of(associated, associated_size)};
		assert_int_equal(crypto_encrypt(&cipher, slice_of(plain, size), text, tag, &err), 0);
		assert_memory_equal(text, expected, size);
		assert_memory_equal(tag, expected_tag, sizeof(tag));
		assert_int_equal(crypto_decrypt(&cipher, slice_of(text, size), tag, back, &err), CRYPTO_AUTHENTIC);
		assert_memory_equal(back, plain, size);
		struct {
			uint8_t *bytes;
			size_t size;
		} parts[] = {{key, sizeof(key)},
		             {nonce, sizeof(nonce)},
		             {associated, associated_size},
		             {text, size},
		             {tag, sizeof(tag)}};
		for (size_t part = 0; part < COUNT(parts); part++) {
			for (size_t bit = 0; bit < 8 * parts[part].size; bit++) {
				static const uint8_t wiped[64];
				parts[part].bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
				assert_int_equal(crypto_decrypt(&cipher, slice_of(text, size), tag, back, &err), CRYPTO_REFUSED);
				assert_memory_equal(back, wiped, size);
				parts[part].bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
			}
		}
	}
}

static void digests_are_the_published_ones(void **state)
{
	struct error err = ERROR_INIT;
	uint8_t key[32] = {0};
	uint8_t expected[32], digest[32];

	(void)state;
	memset(key, 0x0b, 20); /* HMAC fills a key with zeroes */
	(void)from_digits("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", expected);
	assert_int_equal(crypto_hmac(key, slice_from("Hi There"), digest, &err), 0);
	assert_memory_equal(digest, expected, sizeof(digest));
	(void)from_digits("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", expected);
	assert_int_equal(crypto_sha256(slice_from("abc"), digest, &err), 0);
	assert_memory_equal(digest, expected, sizeof(digest));
}

int run_crypto_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scrypt_gives_the_answers_of_rfc_7914),
		cmocka_unit_test(scrypt_takes_the_cost_of_a_new_vault),
		cmocka_unit_test(hkdf_gives_the_answers_of_rfc_5869),
		cmocka_unit_test(gcm_gives_the_published_answers_and_refuses_every_other_bit),
		cmocka_unit_test(digests_are_the_published_ones),
	};

	return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}

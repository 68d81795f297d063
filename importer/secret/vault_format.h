/*
 * The bytes of a vault. Numbers are big-endian.
 *
 *   "FMVAULT", version 1                     8
 *   size of the whole file                   4
 *   id of the data key                       8
 *   count of keys                            1
 *   per key: head (kind 1, id 8, made at 8, scrypt's log2 N, r and p 3, salt 16),
 *            nonce 12, data key encrypted 32, tag 16
 *   count of secrets                         4
 *   per secret: head (size of the name 1, name, made at 8, changed at 8, size of the value 4),
 *            nonce 12, value encrypted, tag 16
 *   HMAC-SHA256 of all before it            32
 *   SHA-256 of all before it                32
 *
 * The data key is encrypted with what scrypt or HKDF make of a passphrase or
 * key, and with "feedmill vault key", version, id of the data key and the head
 * as associated data. Values and HMAC have keys of their own, made of the data
 * key by HKDF ("feedmill vault secret", "feedmill vault seal", salt: its id);
 * the associated data of a value is made like that of a key.
 */
#pragma once

#include "base/buffer.h"
#include "secret/vault.h"
#include "secret/vault_crypto.h"

#define VAULT_ID_BYTES 8
#define VAULT_SALT_BYTES 16
#define VAULT_NAME_BYTES 64

enum vault_key_kind { VAULT_KEY_PASSPHRASE = 1, VAULT_KEY_RANDOM = 2 };

/* The data key as one passphrase or key opens it. */
struct vault_slot {
	uint8_t kind;
	uint8_t id[VAULT_ID_BYTES];
	int64_t created_at_ms;
	uint8_t log2_n; /* 0 but for a passphrase, as are r and p */
	uint8_t r;
	uint8_t p;
	uint8_t salt[VAULT_SALT_BYTES];
	uint8_t nonce[CRYPTO_NONCE_BYTES];
	uint8_t wrapped[CRYPTO_KEY_BYTES];
	uint8_t tag[CRYPTO_TAG_BYTES];
};

struct vault_record {
	char name[VAULT_NAME_BYTES + 1];
	int64_t created_at_ms;
	int64_t changed_at_ms;
	uint32_t size; /* of the value, and of `text` */
	uint8_t nonce[CRYPTO_NONCE_BYTES];
	const uint8_t *text; /* encrypted; in the file's bytes, or `own` */
	uint8_t tag[CRYPTO_TAG_BYTES];
	uint8_t *own; /* freed with the vault; NULL = none */
};

/* Keys of an unlocked vault, one behind the other in a struct secret. */
enum vault_derived_key { VAULT_DATA_KEY, VAULT_SECRET_KEY, VAULT_SEAL_KEY, VAULT_DERIVED_KEYS };

struct vault {
	struct buffer bytes;        /* of the file */
	size_t sealed_size;         /* of what HMAC is over */
	uint8_t id[VAULT_ID_BYTES]; /* of the data key */
	struct vault_slot slots[VAULT_KEYS_MAX];
	size_t slot_count;
	size_t opened_slot;           /* the one that opened it */
	struct vault_record *records; /* room for VAULT_SECRETS_MAX; sorted by name */
	size_t record_count;
	struct secret keys; /* CRYPTO_KEY_BYTES each, by enum vault_derived_key; empty while locked */
};

/* An empty vault; NULL without memory. */
must_use struct vault *vault_new(void);

/* Read vault->bytes. -1: ERROR_VAULT, ERROR_SYSTEM, ERROR_MEMORY. */
must_use int vault_decode(struct vault *vault, struct error *err);

/* Write the vault, unlocked, as the bytes of a file. -1: ERROR_LIMIT (too large), ERROR_SYSTEM, ERROR_MEMORY. */
must_use int vault_encode(const struct vault *vault, struct buffer *bytes, struct error *err);

/* What is authenticated with a key or value; a failure of the buffer sticks. */
void vault_append_slot_associated(const struct vault *vault, const struct vault_slot *slot, struct buffer *buffer);
void vault_append_record_associated(const struct vault *vault, const struct vault_record *record, struct buffer *buffer);

/* One of the keys of an unlocked vault. */
const char *vault_derived_key(const struct vault *vault, enum vault_derived_key key);

/* The place of the record called `name`, or where it would stand; `ret_is_there` says which. */
size_t vault_record_place(const struct vault *vault, struct slice name, bool *ret_is_there);

/* The cost of a new passphrase, and the most that a file may ask for: 1 GiB. */
#define VAULT_SCRYPT_LOG2_N 17
#define VAULT_SCRYPT_R 8
#define VAULT_SCRYPT_P 1
#define VAULT_SCRYPT_LOG2_N_MAX 20
#define VAULT_SCRYPT_R_MAX 8
#define VAULT_SCRYPT_P_MAX 4

/* Derive VAULT_SECRET_KEY and VAULT_SEAL_KEY from the data key at the start of vault->keys. */
must_use int vault_derive_keys(struct vault *vault, struct error *err);

/* Encrypt the data key with `key` into a new slot of `vault`. -1: ERROR_LIMIT, ERROR_SECRET (a passphrase too short), … */
must_use int vault_slot_add(struct vault *vault, const struct vault_change *change, const struct secret *key, struct error *err);

/* Decrypt and encrypt one value; ERROR_VAULT where it is not authentic. */
must_use int vault_record_open(const struct vault *vault, const struct vault_record *record, struct secret *ret_value,
                               struct error *err);
must_use int vault_record_seal(const struct vault *vault, struct vault_record *record, const struct secret *value,
                               struct error *err);

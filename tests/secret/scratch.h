/* A temporary folder for a test, with a vault in it that costs next to nothing to open. */
#pragma once

#include "base/buffer.h"
#include "secret/vault.h"

#define SCRATCH_NOW_MS INT64_C(1790000000000)

/* Two keys and two passphrases; what a secret is in these tests. */
#define SCRATCH_KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SCRATCH_OTHER_KEY "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SCRATCH_PASSPHRASE "correct horse battery staple"
#define SCRATCH_CANARY "canary-8d1f2c"

struct scratch {
	char folder[256];
	char vault[300];
	struct secret key;
};

/* cmocka set-up and tear-down: *state is a struct scratch, whose key is SCRATCH_KEY. */
int scratch_make(void **state);
int scratch_remove(void **state);

/* A path inside; the text lives until the next call. */
const char *scratch_path(const struct scratch *scratch, const char *name);

/* A file with these rights. */
const char *scratch_write(const struct scratch *scratch, const char *name, struct slice content, unsigned mode);

/* The bytes of the vault; release the buffer. */
void scratch_read_vault(const struct scratch *scratch, struct buffer *ret_bytes);

struct secret scratch_secret(const char *text);

/* A change of the vault under the key of the scratch, with scrypt at its cheapest. */
struct vault_change scratch_change(const struct scratch *scratch);

void scratch_set(const struct scratch *scratch, const char *name, const char *value);

/* Open and unlock; the test fails where that does. */
struct vault *scratch_open(const struct scratch *scratch, const struct secret *key);

/* Fails the test unless the vault has this value. */
void scratch_assert_value(const struct vault *vault, const char *name, const char *value);

/* Fails the test unless `err` has this code and `part` in its message. */
void scratch_assert_error(const struct error *err, enum error_code code, const char *part);

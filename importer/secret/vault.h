/*
 * The vault: one file with secrets by name, encrypted and authenticated.
 *
 * A random data key encrypts each value (AES-256-GCM); the file has it wrapped
 * under one or more keys: a passphrase (scrypt) or a key of 256 random bits
 * (HKDF-SHA256). Names, dates and everything else are authenticated by
 * HMAC-SHA256 under the data key, so nothing can be altered, exchanged, added
 * or taken away without it; a checksum tells damage from a wrong key. What
 * this does not prevent: that the whole file is replaced by an older copy.
 *
 * A change reads the file, writes a new one beside it and renames it, under a
 * lock (PATH-lock): readers and a kill at any instant see the old vault or the
 * new one. The file belongs to root or us and is for nobody else; root
 * may use anybody's, and leaves it theirs. Format: secret/vault_format.h.
 */
#pragma once

#include "secret/secret.h"

#include <stdint.h>

#define VAULT_SECRETS_MAX 1000
#define VAULT_KEYS_MAX 16
#define VAULT_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define VAULT_PASSPHRASE_BYTES_MIN 8

/* Key material: 64 hexadecimal digits are a key of 256 bits, all else is a passphrase. */
must_use bool vault_key_is_random(const struct secret *key);

/* A new random key as 64 hexadecimal digits. */
must_use int vault_key_generate(struct secret *ret_key, struct error *err);

struct vault;

/*
 * Read the vault and check that it is whole. -1: ERROR_NOT_FOUND,
 * ERROR_SECRET (its rights), ERROR_VAULT (no vault, of a newer version, cut
 * short, altered), ERROR_SYSTEM, ERROR_MEMORY; `ret_vault` is untouched.
 */
must_use int vault_open(const char *path, struct vault **ret_vault, struct error *err);

/* Wipe the keys, free the vault; NULL is nothing. */
void vault_close(struct vault *vault);

/* Does a passphrase open it? */
must_use bool vault_has_passphrase(const struct vault *vault);

/*
 * Open the data key with `key` and check the whole file. A passphrase takes
 * about half a second and 128 MiB. -1: ERROR_SECRET (this key does not open
 * the vault), ERROR_VAULT (it does, and the file was altered), ERROR_MEMORY.
 */
must_use int vault_unlock(struct vault *vault, const struct secret *key, struct error *err);

/* The value called `name` of an unlocked vault. -1: ERROR_NOT_FOUND, ERROR_VAULT, ERROR_MEMORY. */
must_use int vault_find(const struct vault *vault, struct slice name, struct secret *ret_value, struct error *err);

struct vault_entry {
	const char *name; /* borrowed from the vault */
	int64_t created_at_ms;
	int64_t changed_at_ms;
};

/* Entries of an unlocked vault, by name; nothing of an authentic list may be taken from a locked one. */
size_t vault_count(const struct vault *vault);
struct vault_entry vault_entry_at(const struct vault *vault, size_t index);

/* Keys that open it. */
size_t vault_key_count(const struct vault *vault);

/* --- changes: each reads, changes and writes the file under its lock, waiting for another one's --- */

struct vault_change {
	const char *path;
	const struct secret *key; /* opens the vault, and is that of a new one */
	int64_t now_ms;
	unsigned scrypt_log2; /* cost of a new passphrase; 0 = 17, as it should be */
};

/* Add or replace a value (1 to SECRET_BYTES_MAX bytes); makes the vault where there is none. Failures as of vault_open and vault_unlock, and ERROR_LIMIT. */
must_use int vault_set(const struct vault_change *change, struct slice name, const struct secret *value, bool *ret_is_new,
                       struct error *err);

/* -1 with ERROR_NOT_FOUND also where there is no entry of that name. */
must_use int vault_remove(const struct vault_change *change, struct slice name, struct error *err);

/*
 * A new data key: every value is encrypted anew, under `new_key` or, where
 * that is NULL, the key that opened the vault. No other key opens it
 * afterwards; `ret_dropped_keys` says how many did.
 */
must_use int vault_rotate(const struct vault_change *change, const struct secret *new_key, size_t *ret_dropped_keys,
                          struct error *err);

/* Let `new_key` open the vault too. Where there is none, make one that only `new_key` opens; the change needs no key then. */
must_use int vault_add_key(const struct vault_change *change, const struct secret *new_key, struct error *err);

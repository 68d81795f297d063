/* An opened vault: its keys and its values. */
#include "secret/vault.h"

#include "base/hexadecimal.h"
#include "secret/vault_file.h"
#include "secret/vault_format.h"

#include <stdlib.h>
#include <string.h>

#define ASSOCIATED_BYTES_MAX 256
#define KEY_DIGITS ((size_t)2 * CRYPTO_KEY_BYTES)

bool vault_key_is_random(const struct secret *key)
{
	for (size_t index = 0; index < key->size; index++) {
		if (hexadecimal_value(key->data[index]) < 0)
			return false;
	}
	return key->size == KEY_DIGITS;
}

int vault_key_generate(struct secret *ret_key, struct error *err)
{
	struct secret key = SECRET_INIT;
	if (secret_reserve(&key, KEY_DIGITS, err) < 0)
		return -1;
	/* The bytes stand in the second half until their digits overwrite them, the first ones first. */
	const char *bytes = key.data + CRYPTO_KEY_BYTES;
	if (crypto_random(key.data + CRYPTO_KEY_BYTES, CRYPTO_KEY_BYTES, err) < 0) {
		secret_release(&key);
		return -1;
	}
	hexadecimal_write(bytes, CRYPTO_KEY_BYTES, key.data);
	key.size = KEY_DIGITS;
	secret_release(ret_key);
	*ret_key = key;
	return 0;
}

struct vault *vault_new(void)
{
	struct vault *vault = calloc(1, sizeof(*vault));
	if (vault == NULL)
		return NULL;
	/* A size that a file cannot claim: the reading of one more piece than allowed must not fail as lack of memory. */
	buffer_init(&vault->bytes, 2 * VAULT_BYTES_MAX);
	vault->records = calloc(VAULT_SECRETS_MAX + 1, sizeof(*vault->records));
	if (vault->records == NULL) {
		free(vault);
		return NULL;
	}
	return vault;
}

void vault_close(struct vault *vault)
{
	if (vault == NULL)
		return;
	secret_release(&vault->keys);
	for (size_t index = 0; index < vault->record_count; index++)
		free(vault->records[index].own);
	free(vault->records);
	buffer_release(&vault->bytes);
	free(vault);
}

int vault_open(const char *path, struct vault **ret_vault, struct error *err)
{
	struct vault_owner owner;
	struct vault *vault = vault_new();
	if (vault == NULL)
		return error_set_memory(err);
	if (vault_file_read(path, &vault->bytes, &owner, err) < 0 || vault_decode(vault, err) < 0) {
		vault_close(vault);
		return err->code == ERROR_MEMORY ? -1 : error_wrap(err, "'%s'", path);
	}
	*ret_vault = vault;
	return 0;
}

bool vault_has_passphrase(const struct vault *vault)
{
	for (size_t index = 0; index < vault->slot_count; index++) {
		if (vault->slots[index].kind == VAULT_KEY_PASSPHRASE)
			return true;
	}
	return false;
}

size_t vault_key_count(const struct vault *vault)
{
	return vault->slot_count;
}

/* --- keys --- */

const char *vault_derived_key(const struct vault *vault, enum vault_derived_key key)
{
	return vault->keys.data + (size_t)key * CRYPTO_KEY_BYTES;
}

int vault_derive_keys(struct vault *vault, struct error *err)
{
	static const char *const purposes[] = {
		[VAULT_SECRET_KEY] = "feedmill vault secret", [VAULT_SEAL_KEY] = "feedmill vault seal"};
	const struct slice data_key = slice_make(vault->keys.data, CRYPTO_KEY_BYTES);
	for (size_t key = VAULT_SECRET_KEY; key < VAULT_DERIVED_KEYS; key++) {
		const struct crypto_hkdf hkdf = {
			.salt = slice_make((const char *)vault->id, sizeof(vault->id)),
			.info = slice_from(purposes[key]),
		};
		if (crypto_hkdf(&hkdf, data_key, vault->keys.data + key * CRYPTO_KEY_BYTES, CRYPTO_KEY_BYTES, err) < 0)
			return -1;
	}
	vault->keys.size = VAULT_DERIVED_KEYS * (size_t)CRYPTO_KEY_BYTES;
	return 0;
}

/* The key that encrypts the data key in `slot`, from what a person or a file has. */
static int derive_slot_key(const struct vault_slot *slot, const struct secret *key, struct secret *ret_key, struct error *err)
{
	const struct slice salt = slice_make((const char *)slot->salt, sizeof(slot->salt));
	if (secret_reserve(ret_key, 2 * (size_t)CRYPTO_KEY_BYTES, err) < 0)
		return -1;
	ret_key->size = CRYPTO_KEY_BYTES;
	if (slot->kind == VAULT_KEY_PASSPHRASE) {
		const struct crypto_scrypt scrypt = {.log2_n = slot->log2_n, .r = slot->r, .p = slot->p, .salt = salt};
		return crypto_scrypt(&scrypt, secret_slice(key), ret_key->data, CRYPTO_KEY_BYTES, err);
	}
	char *bytes = ret_key->data + CRYPTO_KEY_BYTES;
	for (size_t index = 0; index < CRYPTO_KEY_BYTES; index++)
		bytes[index] = (char)hexadecimal_byte(key->data + 2 * index);
	const struct crypto_hkdf hkdf = {.salt = salt, .info = slice_from("feedmill vault key")};
	return crypto_hkdf(&hkdf, slice_make(bytes, CRYPTO_KEY_BYTES), ret_key->data, CRYPTO_KEY_BYTES, err);
}

/* Decrypt the data key of `slot` into the start of vault->keys: an enum crypto_result, or -1. */
static int open_slot(struct vault *vault, const struct vault_slot *slot, const struct secret *key, struct error *err)
{
	struct secret slot_key = SECRET_INIT;
	struct buffer associated;
	int result = -1;
	buffer_init(&associated, ASSOCIATED_BYTES_MAX);
	vault_append_slot_associated(vault, slot, &associated);
	const struct crypto_cipher cipher = {.nonce = slot->nonce, .associated = buffer_slice(&associated)};
	if (associated.failed) {
		(void)error_set_memory(err);
	} else if (derive_slot_key(slot, key, &slot_key, err) == 0) {
		struct crypto_cipher keyed = cipher;
		keyed.key = slot_key.data;
		result = crypto_decrypt(&keyed, slice_make((const char *)slot->wrapped, sizeof(slot->wrapped)), slot->tag,
		                        vault->keys.data, err);
	}
	buffer_release(&associated);
	secret_release(&slot_key);
	return result;
}

int vault_slot_add(struct vault *vault, const struct vault_change *change, const struct secret *key, struct error *err)
{
	struct vault_slot slot = {.kind = vault_key_is_random(key) ? VAULT_KEY_RANDOM : VAULT_KEY_PASSPHRASE};
	struct secret slot_key = SECRET_INIT;
	struct buffer associated;
	int result = -1;
	if (vault->slot_count == VAULT_KEYS_MAX)
		return error_set(err, ERROR_LIMIT, "%d keys open the vault already; 'feedmill secret rotate' leaves one of them",
		                 VAULT_KEYS_MAX);
	if (slot.kind == VAULT_KEY_PASSPHRASE) {
		if (key->size < VAULT_PASSPHRASE_BYTES_MIN)
			return error_set(err, ERROR_SECRET, "a passphrase has at least %d bytes", VAULT_PASSPHRASE_BYTES_MIN);
		slot.log2_n = (uint8_t)(change->scrypt_log2 > 0 ? change->scrypt_log2 : VAULT_SCRYPT_LOG2_N);
		slot.r = VAULT_SCRYPT_R;
		slot.p = VAULT_SCRYPT_P;
	}
	slot.created_at_ms = change->now_ms;
	if (crypto_random(slot.id, sizeof(slot.id), err) < 0 || crypto_random(slot.salt, sizeof(slot.salt), err) < 0 ||
	    crypto_random(slot.nonce, sizeof(slot.nonce), err) < 0)
		return -1;
	buffer_init(&associated, ASSOCIATED_BYTES_MAX);
	vault_append_slot_associated(vault, &slot, &associated);
	if (associated.failed) {
		(void)error_set_memory(err);
	} else if (derive_slot_key(&slot, key, &slot_key, err) == 0) {
		const struct crypto_cipher cipher = {
			.key = slot_key.data, .nonce = slot.nonce, .associated = buffer_slice(&associated)};
		result = crypto_encrypt(&cipher, slice_make(vault->keys.data, CRYPTO_KEY_BYTES), slot.wrapped, slot.tag, err);
	}
	if (result == 0)
		vault->slots[vault->slot_count++] = slot;
	buffer_release(&associated);
	secret_release(&slot_key);
	return result;
}

/* With the data key open: is the rest of the file as its last writer left it? */
static int check_seal(struct vault *vault, struct error *err)
{
	uint8_t digest[CRYPTO_DIGEST_BYTES];
	if (vault_derive_keys(vault, err) < 0 || crypto_hmac(vault_derived_key(vault, VAULT_SEAL_KEY),
	                                                     slice_make(vault->bytes.data, vault->sealed_size), digest, err) < 0)
		return -1;
	if (!crypto_equal(digest, vault->bytes.data + vault->sealed_size, sizeof(digest)))
		return error_set(err, ERROR_VAULT, "the vault was altered by someone without its key");
	return 0;
}

static int refuse_key(const struct vault *vault, const struct secret *key, struct error *err)
{
	if (!vault_key_is_random(key))
		return error_set(err, ERROR_SECRET,
		                 vault_has_passphrase(vault) ? "the passphrase is wrong"
		                                             : "no passphrase opens the vault, only a key");
	return error_set(err, ERROR_SECRET, "the key is wrong: it is none of the %zu that open the vault", vault->slot_count);
}

int vault_unlock(struct vault *vault, const struct secret *key, struct error *err)
{
	const uint8_t kind = vault_key_is_random(key) ? VAULT_KEY_RANDOM : VAULT_KEY_PASSPHRASE;
	int result = CRYPTO_REFUSED;
	if (secret_reserve(&vault->keys, VAULT_DERIVED_KEYS * (size_t)CRYPTO_KEY_BYTES, err) < 0)
		return -1;
	for (size_t index = 0; result == CRYPTO_REFUSED && index < vault->slot_count; index++) {
		if (vault->slots[index].kind != kind)
			continue;
		result = open_slot(vault, &vault->slots[index], key, err);
		vault->opened_slot = index;
	}
	if (result == CRYPTO_REFUSED)
		result = refuse_key(vault, key, err);
	else if (result == CRYPTO_AUTHENTIC)
		result = check_seal(vault, err);
	if (result < 0)
		secret_release(&vault->keys);
	return result;
}

/* --- values --- */

size_t vault_record_place(const struct vault *vault, struct slice name, bool *ret_is_there)
{
	size_t place = 0;
	while (place < vault->record_count && slice_compare(slice_from(vault->records[place].name), name) < 0)
		place++;
	*ret_is_there = place < vault->record_count && slice_equal_text(name, vault->records[place].name);
	return place;
}

int vault_record_open(const struct vault *vault, const struct vault_record *record, struct secret *ret_value, struct error *err)
{
	struct secret value = SECRET_INIT;
	struct buffer associated;
	int result = CRYPTO_REFUSED;
	if (secret_reserve(&value, record->size, err) < 0)
		return -1;
	buffer_init(&associated, ASSOCIATED_BYTES_MAX);
	vault_append_record_associated(vault, record, &associated);
	const struct crypto_cipher cipher = {
		.key = vault_derived_key(vault, VAULT_SECRET_KEY),
		.nonce = record->nonce,
		.associated = buffer_slice(&associated),
	};
	if (associated.failed)
		result = error_set_memory(err);
	else
		result = crypto_decrypt(&cipher, slice_make((const char *)record->text, record->size), record->tag, value.data,
		                        err);
	buffer_release(&associated);
	if (result == CRYPTO_AUTHENTIC) {
		value.size = record->size;
		secret_release(ret_value);
		*ret_value = value;
		return 0;
	}
	secret_release(&value);
	return result < 0 ? -1 : error_set(err, ERROR_VAULT, "the entry was altered by someone without the vault's key");
}

int vault_record_seal(const struct vault *vault, struct vault_record *record, const struct secret *value, struct error *err)
{
	struct buffer associated;
	int result = -1;
	uint8_t *text = malloc(value->size);
	if (text == NULL)
		return error_set_memory(err);
	record->size = (uint32_t)value->size;
	buffer_init(&associated, ASSOCIATED_BYTES_MAX);
	vault_append_record_associated(vault, record, &associated);
	const struct crypto_cipher cipher = {
		.key = vault_derived_key(vault, VAULT_SECRET_KEY),
		.nonce = record->nonce,
		.associated = buffer_slice(&associated),
	};
	if (associated.failed)
		(void)error_set_memory(err);
	else if (crypto_random(record->nonce, sizeof(record->nonce), err) == 0)
		result = crypto_encrypt(&cipher, secret_slice(value), text, record->tag, err);
	buffer_release(&associated);
	if (result < 0) {
		free(text);
		return -1;
	}
	free(record->own);
	record->own = text;
	record->text = text;
	return 0;
}

int vault_find(const struct vault *vault, struct slice name, struct secret *ret_value, struct error *err)
{
	bool is_there;
	const size_t place = vault_record_place(vault, name, &is_there);
	if (!is_there)
		return error_set(err, ERROR_NOT_FOUND, "the vault has no such entry; 'feedmill secret set %.*s' stores it",
		                 (int)name.size, name.data);
	return vault_record_open(vault, &vault->records[place], ret_value, err);
}

size_t vault_count(const struct vault *vault)
{
	return vault->record_count;
}

struct vault_entry vault_entry_at(const struct vault *vault, size_t index)
{
	const struct vault_record *record = &vault->records[index];
	return (struct vault_entry){
		.name = record->name,
		.created_at_ms = record->created_at_ms,
		.changed_at_ms = record->changed_at_ms,
	};
}

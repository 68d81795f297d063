/* The bytes of a vault, read strictly: one way to write it, and nothing before, between or behind. */
#include "secret/vault_format.h"

#include "config/config.h"

#include <inttypes.h>
#include <string.h>

#define VERSION 1
#define MAGIC_BYTES 7
#define SIZE_AT 8
#define TRAILER_BYTES (2 * CRYPTO_DIGEST_BYTES)
#define ASSOCIATED_BYTES_MAX 256

static const char magic[MAGIC_BYTES + 1] = "FMVAULT";

/* --- writing --- */

static void append_number(struct buffer *buffer, uint64_t number, unsigned size)
{
	while (size-- > 0)
		(void)buffer_append_byte(buffer, (char)(number >> (8 * size) & 0xFF)); /* failure sticks */
}

static void append_slot_head(struct buffer *buffer, const struct vault_slot *slot)
{
	append_number(buffer, slot->kind, 1); /* failures stick */
	(void)buffer_append(buffer, slot->id, sizeof(slot->id));
	append_number(buffer, (uint64_t)slot->created_at_ms, 8);
	append_number(buffer, slot->log2_n, 1);
	append_number(buffer, slot->r, 1);
	append_number(buffer, slot->p, 1);
	(void)buffer_append(buffer, slot->salt, sizeof(slot->salt));
}

static void append_record_head(struct buffer *buffer, const struct vault_record *record)
{
	const size_t size = strlen(record->name);
	append_number(buffer, size, 1); /* failures stick */
	(void)buffer_append(buffer, record->name, size);
	append_number(buffer, (uint64_t)record->created_at_ms, 8);
	append_number(buffer, (uint64_t)record->changed_at_ms, 8);
	append_number(buffer, record->size, 4);
}

void vault_append_slot_associated(const struct vault *vault, const struct vault_slot *slot, struct buffer *buffer)
{
	(void)buffer_append_text(buffer, "feedmill vault key"); /* failures stick */
	append_number(buffer, VERSION, 1);
	(void)buffer_append(buffer, vault->id, sizeof(vault->id));
	append_slot_head(buffer, slot);
}

void vault_append_record_associated(const struct vault *vault, const struct vault_record *record, struct buffer *buffer)
{
	(void)buffer_append_text(buffer, "feedmill vault secret"); /* failures stick */
	append_number(buffer, VERSION, 1);
	(void)buffer_append(buffer, vault->id, sizeof(vault->id));
	append_record_head(buffer, record);
}

static void append_head(const struct vault *vault, size_t size, struct buffer *bytes)
{
	(void)buffer_append(bytes, magic, MAGIC_BYTES); /* failures stick */
	append_number(bytes, VERSION, 1);
	append_number(bytes, size, 4);
	(void)buffer_append(bytes, vault->id, sizeof(vault->id));
}

static void append_content(const struct vault *vault, struct buffer *bytes)
{
	append_number(bytes, vault->slot_count, 1); /* failures stick */
	for (size_t index = 0; index < vault->slot_count; index++) {
		const struct vault_slot *slot = &vault->slots[index];
		append_slot_head(bytes, slot);
		(void)buffer_append(bytes, slot->nonce, sizeof(slot->nonce));
		(void)buffer_append(bytes, slot->wrapped, sizeof(slot->wrapped));
		(void)buffer_append(bytes, slot->tag, sizeof(slot->tag));
	}
	append_number(bytes, vault->record_count, 4);
	for (size_t index = 0; index < vault->record_count; index++) {
		const struct vault_record *record = &vault->records[index];
		append_record_head(bytes, record);
		(void)buffer_append(bytes, record->nonce, sizeof(record->nonce));
		(void)buffer_append(bytes, record->text, record->size);
		(void)buffer_append(bytes, record->tag, sizeof(record->tag));
	}
}

int vault_encode(const struct vault *vault, struct buffer *bytes, struct error *err)
{
	struct buffer content;
	uint8_t digest[CRYPTO_DIGEST_BYTES];
	int result = -1;
	buffer_init(&content, VAULT_BYTES_MAX);
	append_content(vault, &content);
	append_head(vault, SIZE_AT + 4 + VAULT_ID_BYTES + content.size + TRAILER_BYTES, bytes);
	(void)buffer_append_slice(bytes, buffer_slice(&content)); /* failure sticks */
	if (content.failed || bytes->failed) {
		(void)error_set(err, ERROR_LIMIT, "the vault is full: with this it has more than %zu bytes, or memory is short",
		                VAULT_BYTES_MAX);
		goto release_content;
	}
	if (crypto_hmac(vault_derived_key(vault, VAULT_SEAL_KEY), buffer_slice(bytes), digest, err) < 0)
		goto release_content;
	(void)buffer_append(bytes, digest, sizeof(digest)); /* failure sticks */
	if (!bytes->failed && crypto_sha256(buffer_slice(bytes), digest, err) < 0)
		goto release_content;
	(void)buffer_append(bytes, digest, sizeof(digest)); /* failure sticks */
	result = bytes->failed ? error_set_memory(err) : 0;

release_content:
	buffer_release(&content);
	return result;
}

/* --- reading --- */

/* What is left of the bytes; once something was not there, nothing is any more. */
struct reader {
	const uint8_t *data;
	size_t size;
	bool is_bad;
};

static const uint8_t *take(struct reader *reader, size_t size)
{
	const uint8_t *data = reader->data;
	if (reader->is_bad || size > reader->size) {
		reader->is_bad = true;
		return NULL;
	}
	reader->data += size;
	reader->size -= size;
	return data;
}

static uint64_t take_number(struct reader *reader, unsigned size)
{
	const uint8_t *data = take(reader, size);
	uint64_t number = 0;
	for (unsigned index = 0; data != NULL && index < size; index++)
		number = number << 8 | data[index];
	return number;
}

static void take_bytes(struct reader *reader, void *ret_bytes, size_t size)
{
	const uint8_t *data = take(reader, size);
	if (data != NULL)
		memcpy(ret_bytes, data, size);
}

static bool cost_is_valid(const struct vault_slot *slot)
{
	if (slot->kind == VAULT_KEY_RANDOM)
		return slot->log2_n == 0 && slot->r == 0 && slot->p == 0;
	return slot->kind == VAULT_KEY_PASSPHRASE && slot->log2_n >= 1 && slot->log2_n <= VAULT_SCRYPT_LOG2_N_MAX && slot->r >= 1 &&
	       slot->r <= VAULT_SCRYPT_R_MAX && slot->p >= 1 && slot->p <= VAULT_SCRYPT_P_MAX;
}

static bool read_slot(struct reader *reader, struct vault_slot *slot)
{
	slot->kind = (uint8_t)take_number(reader, 1);
	take_bytes(reader, slot->id, sizeof(slot->id));
	slot->created_at_ms = (int64_t)take_number(reader, 8);
	slot->log2_n = (uint8_t)take_number(reader, 1);
	slot->r = (uint8_t)take_number(reader, 1);
	slot->p = (uint8_t)take_number(reader, 1);
	take_bytes(reader, slot->salt, sizeof(slot->salt));
	take_bytes(reader, slot->nonce, sizeof(slot->nonce));
	take_bytes(reader, slot->wrapped, sizeof(slot->wrapped));
	take_bytes(reader, slot->tag, sizeof(slot->tag));
	return !reader->is_bad && cost_is_valid(slot);
}

static bool read_record(struct reader *reader, struct vault_record *record)
{
	const size_t size = (size_t)take_number(reader, 1);
	if (size == 0 || size > VAULT_NAME_BYTES)
		return false;
	take_bytes(reader, record->name, size);
	record->name[size] = '\0';
	record->created_at_ms = (int64_t)take_number(reader, 8);
	record->changed_at_ms = (int64_t)take_number(reader, 8);
	record->size = (uint32_t)take_number(reader, 4);
	take_bytes(reader, record->nonce, sizeof(record->nonce));
	record->text = take(reader, record->size);
	take_bytes(reader, record->tag, sizeof(record->tag));
	return !reader->is_bad && record->size > 0 && record->size <= SECRET_BYTES_MAX && strlen(record->name) == size &&
	       config_name_is_valid(slice_make(record->name, size));
}

static bool read_content(struct reader *reader, struct vault *vault)
{
	take_bytes(reader, vault->id, sizeof(vault->id));
	vault->slot_count = (size_t)take_number(reader, 1);
	if (reader->is_bad || vault->slot_count == 0 || vault->slot_count > VAULT_KEYS_MAX)
		return false;
	for (size_t index = 0; index < vault->slot_count; index++) {
		if (!read_slot(reader, &vault->slots[index]))
			return false;
	}
	const uint64_t count = take_number(reader, 4);
	if (reader->is_bad || count > VAULT_SECRETS_MAX)
		return false;
	for (; vault->record_count < count; vault->record_count++) {
		struct vault_record *record = &vault->records[vault->record_count];
		if (!read_record(reader, record) || (vault->record_count > 0 && strcmp(record[-1].name, record->name) >= 0))
			return false;
	}
	return reader->size == 0;
}

/* The size that it says it has, before anything else is believed. */
static int check_size(const struct buffer *bytes, struct error *err)
{
	const size_t known = bytes->size < MAGIC_BYTES ? bytes->size : MAGIC_BYTES;
	struct reader reader = {.data = (const uint8_t *)bytes->data, .size = bytes->size};
	if (bytes->size == 0)
		return error_set(err, ERROR_VAULT, "the file is empty, so it is no vault, or one that was cut short");
	if (memcmp(bytes->data, magic, known) != 0)
		return error_set(err, ERROR_VAULT, "the file is no vault of feedmill, or its first bytes were altered");
	(void)take(&reader, MAGIC_BYTES);
	const unsigned version = (unsigned)take_number(&reader, 1);
	const uint64_t size = take_number(&reader, 4);
	if (!reader.is_bad && version != VERSION)
		return error_set(err, ERROR_VAULT,
		                 "the vault has version %u, and this feedmill knows version %d only; or it was altered", version,
		                 VERSION);
	if (reader.is_bad || size > bytes->size)
		return error_set(err, ERROR_VAULT, "the vault is cut short: %zu bytes are there%s", bytes->size,
		                 reader.is_bad ? "" : ", fewer than it says");
	if (size < bytes->size || size < SIZE_AT + 4 + TRAILER_BYTES)
		return error_set(err, ERROR_VAULT, "the vault was altered: it does not have the %" PRIu64 " bytes that it says",
		                 size);
	return 0;
}

int vault_decode(struct vault *vault, struct error *err)
{
	const uint8_t *data = (const uint8_t *)vault->bytes.data;
	uint8_t digest[CRYPTO_DIGEST_BYTES];
	if (check_size(&vault->bytes, err) < 0)
		return -1;
	const size_t checked = vault->bytes.size - CRYPTO_DIGEST_BYTES;
	if (crypto_sha256(slice_make(vault->bytes.data, checked), digest, err) < 0)
		return -1;
	if (memcmp(digest, data + checked, sizeof(digest)) != 0)
		return error_set(err, ERROR_VAULT, "the vault was altered or damaged: its checksum does not fit");
	vault->sealed_size = checked - CRYPTO_DIGEST_BYTES;
	struct reader reader = {.data = data + SIZE_AT + 4, .size = vault->sealed_size - SIZE_AT - 4};
	if (!read_content(&reader, vault))
		return error_set(err, ERROR_VAULT, "the vault was altered: it does not read as a vault");
	return 0;
}

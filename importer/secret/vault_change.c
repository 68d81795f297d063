/* Changes: the file is read, changed and written under its lock, so that two writers lose nothing of one another's. */
#include "secret/vault.h"

#include "config/config.h"
#include "secret/vault_file.h"
#include "secret/vault_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A vault between reading and writing. */
struct session {
	const struct vault_change *change;
	int lock_fd;
	struct vault *vault;
	struct vault_owner owner;
};

static void session_end(struct session *session)
{
	vault_close(session->vault);
	(void)close(session->lock_fd); /* gives the lock back; nothing was written to it */
}

/* A new data key, whose keys nothing is encrypted with yet. */
static int renew_data_key(struct vault *vault, struct error *err)
{
	if (crypto_random(vault->id, sizeof(vault->id), err) < 0 ||
	    secret_reserve(&vault->keys, VAULT_DERIVED_KEYS * (size_t)CRYPTO_KEY_BYTES, err) < 0 ||
	    crypto_random(vault->keys.data, CRYPTO_KEY_BYTES, err) < 0)
		return -1;
	return vault_derive_keys(vault, err);
}

static int wrap(const struct vault_change *change, struct error *err)
{
	return err->code == ERROR_MEMORY ? -1 : error_wrap(err, "'%s'", change->path);
}

/* Read and unlock the vault; where there is none and `new_key` is not NULL, a new one that it opens. */
static int session_read(struct session *session, const struct secret *new_key, struct error *err)
{
	const struct vault_change *change = session->change;
	struct vault *vault = session->vault;
	if (vault_file_read(change->path, &vault->bytes, &session->owner, err) == 0) {
		if (vault_decode(vault, err) < 0)
			return -1;
		if (change->key == NULL)
			return error_set(err, ERROR_SECRET, "another program has just made the vault; try again with its key");
		return vault_unlock(vault, change->key, err);
	}
	if (err->code != ERROR_NOT_FOUND || new_key == NULL)
		return -1;
	error_clear(err);
	return renew_data_key(vault, err) < 0 ? -1 : vault_slot_add(vault, change, new_key, err);
}

/* Lock the vault, then session_read(). With -1 nothing is to be ended. */
static int session_begin(struct session *session, const struct vault_change *change, const struct secret *new_key,
                         struct error *err)
{
	*session = (struct session){.change = change};
	session->lock_fd = vault_file_lock(change->path, &session->owner, err);
	if (session->lock_fd < 0)
		return -1;
	session->vault = vault_new();
	if (session->vault == NULL)
		(void)error_set_memory(err);
	else if (session_read(session, new_key, err) == 0)
		return 0;
	session_end(session);
	return wrap(change, err);
}

static int session_write(const struct session *session, struct error *err)
{
	struct buffer bytes;
	buffer_init(&bytes, VAULT_BYTES_MAX);
	int result = vault_encode(session->vault, &bytes, err);
	if (result == 0)
		result = vault_file_write(session->change->path, buffer_slice(&bytes), &session->owner, err);
	buffer_release(&bytes);
	return result < 0 ? wrap(session->change, err) : 0;
}

/* The record called `name`, made where there is none; NULL where there is no room. */
static struct vault_record *put_record(struct vault *vault, struct slice name, int64_t now_ms, bool *ret_is_new)
{
	bool is_there;
	const size_t place = vault_record_place(vault, name, &is_there);
	struct vault_record *record = &vault->records[place];
	*ret_is_new = !is_there;
	if (is_there)
		return record;
	if (vault->record_count == VAULT_SECRETS_MAX)
		return NULL;
	memmove(record + 1, record, (vault->record_count - place) * sizeof(*record));
	vault->record_count++;
	*record = (struct vault_record){.created_at_ms = now_ms};
	memcpy(record->name, name.data, name.size);
	return record;
}

int vault_set(const struct vault_change *change, struct slice name, const struct secret *value, bool *ret_is_new, struct error *err)
{
	struct session session;
	bool is_new = false;
	if (!config_name_is_valid(name))
		return error_set(err, ERROR_USAGE,
		                 "a secret's name is up to %d of A-Z a-z 0-9 . _ -, and begins with none of '.' and '-'",
		                 VAULT_NAME_BYTES);
	if (session_begin(&session, change, change->key, err) < 0)
		return -1;
	int result = -1;
	struct vault_record *record = put_record(session.vault, name, change->now_ms, &is_new);
	if (record == NULL) {
		(void)error_set(err, ERROR_LIMIT, "the vault is full: it has %d secrets", VAULT_SECRETS_MAX);
	} else {
		record->changed_at_ms = change->now_ms;
		result = vault_record_seal(session.vault, record, value, err);
	}
	if (result == 0)
		result = session_write(&session, err);
	session_end(&session);
	if (result == 0)
		*ret_is_new = is_new;
	return result;
}

int vault_remove(const struct vault_change *change, struct slice name, struct error *err)
{
	struct session session;
	bool is_there;
	if (session_begin(&session, change, NULL, err) < 0)
		return -1;
	struct vault *vault = session.vault;
	const size_t place = vault_record_place(vault, name, &is_there);
	int result = 0;
	if (is_there) {
		vault->record_count--;
		memmove(&vault->records[place], &vault->records[place + 1],
		        (vault->record_count - place) * sizeof(*vault->records));
		result = session_write(&session, err);
	} else {
		result = error_set(err, ERROR_NOT_FOUND, "the vault '%s' has no secret '%.*s'", change->path,
		                   config_name_is_valid(name) ? (int)name.size : 3, config_name_is_valid(name) ? name.data : "...");
	}
	session_end(&session);
	return result;
}

/* Every value from the old keys to the new ones. */
static int encrypt_anew(struct vault *vault, const struct vault *old, struct error *err)
{
	struct secret value = SECRET_INIT;
	int result = 0;
	for (size_t index = 0; result == 0 && index < vault->record_count; index++) {
		/* What is authenticated has the id of the data key in it: the old vault opens what the new one seals. */
		result = vault_record_open(old, &vault->records[index], &value, err);
		if (result == 0)
			result = vault_record_seal(vault, &vault->records[index], &value, err);
	}
	secret_release(&value);
	return result;
}

int vault_rotate(const struct vault_change *change, const struct secret *new_key, size_t *ret_dropped_keys, struct error *err)
{
	struct session session;
	if (session_begin(&session, change, NULL, err) < 0)
		return -1;
	struct vault *vault = session.vault;
	const struct vault old = *vault; /* only its id and keys are used, and the keys are released below */
	const size_t dropped = vault->slot_count - 1;
	vault->keys = (struct secret)SECRET_INIT;
	vault->slot_count = 0;
	int result = renew_data_key(vault, err);
	if (result == 0)
		result = vault_slot_add(vault, change, new_key != NULL ? new_key : change->key, err);
	if (result == 0)
		result = encrypt_anew(vault, &old, err);
	if (result == 0)
		result = session_write(&session, err);
	struct secret old_keys = old.keys;
	secret_release(&old_keys);
	session_end(&session);
	if (result == 0)
		*ret_dropped_keys = new_key != NULL ? dropped + 1 : dropped;
	return result;
}

int vault_add_key(const struct vault_change *change, const struct secret *new_key, struct error *err)
{
	struct session session;
	const bool is_there = access(change->path, F_OK) == 0 || errno != ENOENT;
	/* Of a vault that comes into being meanwhile, the key that opens it is not known: it says so. */
	if (session_begin(&session, change, is_there ? NULL : new_key, err) < 0)
		return -1;
	int result = 0;
	if (session.vault->bytes.size > 0)
		result = vault_slot_add(session.vault, change, new_key, err);
	if (result == 0)
		result = session_write(&session, err);
	session_end(&session);
	return result;
}

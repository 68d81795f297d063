/*
 * From a reference (config/reference.h) to the value.
 *
 * A value is read each time it is asked for; who needs it several times in a
 * run keeps it. Only the opened vault is kept, because its key costs half a
 * second, and that key, so that nobody is asked twice. One thread at a time.
 */
#pragma once

#include "base/clock.h"
#include "config/reference.h"
#include "secret/secret.h"

#include <signal.h>

struct vault;

/* Asks a person for the passphrase of the vault at `path`. -1 with `err`, such as where there is no terminal. */
struct secret_prompt {
	void *context;
	int (*ask)(void *context, const char *path, struct secret *ret_passphrase, struct error *err);
};

struct secret_resolver {
	const char *vault_path;
	struct secret_reference vault_key;        /* SECRET_NONE = the prompt is asked */
	const char *credentials_folder;           /* $CREDENTIALS_DIRECTORY, or NULL */
	struct secret_prompt prompt;              /* without `ask`, nobody can be asked */
	struct clock clock;                       /* for the time limit of commands */
	int64_t command_timeout_ms;               /* 0 = LIMIT_SECRET_COMMAND_MS */
	const volatile sig_atomic_t *stop_signal; /* not 0: a command is given up; may be NULL */
	struct vault *vault;                      /* opened at the first reference into it; NULL until then */
	struct secret kept_key;                   /* that opened it */
};

/* Close the vault and wipe its keys. The resolver may be used again. */
void secret_resolver_release(struct secret_resolver *resolver);

/* Close the vault, so that the next reference reads it anew, with the same key. */
void secret_resolver_close_vault(struct secret_resolver *resolver);

/*
 * The value that `reference` refers to, never empty, without a byte NUL, at
 * most SECRET_BYTES_MAX; release it with secret_release(). It is untouched on
 * failure.
 *
 * credential: a regular file of root or us in the credentials folder.
 * file: a regular file of root or us, not a symbolic link, without any rights
 * for group and others. command: what the program prints within the time
 * limit; it gets our environment, an empty standard input, a session of its
 * own, and must end with status 0. What it says on standard error is dropped,
 * for that may be the secret. vault: an entry. env: a variable.
 * One line end behind a value does not belong to it.
 *
 * -1, and the message begins with the reference ("secret 'vault:acme': …") and
 * has no value: ERROR_NOT_FOUND (no such file, credential, entry, variable or
 * vault), ERROR_SECRET (rights, size, the command, the vault's key),
 * ERROR_VAULT (damaged), ERROR_CANCELLED, ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int secret_resolve(struct secret_resolver *resolver, const struct secret_reference *reference, struct secret *ret_secret,
                            struct error *err);

/* Open the vault, anew if it is open, as a reference into it would. `ret_key` receives what opened it; release it. */
must_use int secret_resolver_open_vault(struct secret_resolver *resolver, struct secret *ret_key, struct error *err);

/* The key material that vault_key refers to, or the passphrase that the prompt brings. As secret_resolve(). */
must_use int secret_resolve_vault_key(struct secret_resolver *resolver, struct secret *ret_key, struct error *err);

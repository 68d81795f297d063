/* How a command reaches secrets: the vault of its setting, credentials, and the terminal for a passphrase. */
#pragma once

#include "cli/setting.h"
#include "secret/resolver.h"

/*
 * The vault is that of the configuration, else the file vault in the state
 * folder. The resolver borrows from both arguments; release it with
 * secret_resolver_release(). -1 without memory.
 */
must_use int secrets_open(const struct invocation *invocation, struct setting *setting, struct secret_resolver *ret_resolver,
                          struct error *err);

/* Is there a vault yet, or something in its place that cannot be looked at? */
bool secrets_have_vault(const struct secret_resolver *resolver);

/* Has the vault, where it is open, an entry of that name? 1, 0, or -1 as of vault_find(). */
must_use int secrets_find_entry(const struct secret_resolver *resolver, const char *name, struct error *err);

/*
 * What opens the vault, tried before anything else is asked; or what a vault
 * to be made is to be opened with, which a person is asked for twice where
 * 'vault_key' does not say it. -1 as of secret_resolve(), prompt_secret_twice().
 */
must_use int secrets_get_vault_key(const struct invocation *invocation, struct secret_resolver *resolver, struct secret *ret_key,
                                   struct error *err);

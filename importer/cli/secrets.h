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

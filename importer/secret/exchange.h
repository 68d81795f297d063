/*
 * A secret of the vault that a server exchanges for another one when it is
 * used, as refresh tokens are.
 *
 * One process at a time uses it: a second one waits, and then has the new
 * value. The lock is a file beside the vault (VAULT-NAME-lock), which stays.
 */
#pragma once

#include "secret/resolver.h"

struct secret_exchange {
	struct secret_resolver *resolver;
	const char *name; /* of the entry */
	int lock_fd;
};

/*
 * Lock the entry that `reference` (of a vault) names and read it as it stands
 * now; what another process holds is waited for. -1, and then there is
 * nothing to end: as secret_resolve(), ERROR_CANCELLED where a signal
 * interrupts the waiting, and ERROR_SYSTEM where there can be no lock, such as
 * on a file system that is read-only: then nothing new could be stored either.
 */
must_use int secret_exchange_begin(struct secret_exchange *exchange, struct secret_resolver *resolver,
                                   const struct secret_reference *reference, struct secret *ret_value, struct error *err);

/* Put `value` in the place of the old one, on the disk before this returns. Failures as of vault_set(). */
must_use int secret_exchange_store(const struct secret_exchange *exchange, const struct secret *value, struct error *err);

void secret_exchange_end(struct secret_exchange *exchange);

/* The lock is held from reading to storing, so of two processes the second one finds what the first one stored. */
#include "secret/exchange.h"

#include "secret/vault.h"
#include "secret/vault_file.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int secret_exchange_begin(struct secret_exchange *exchange, struct secret_resolver *resolver,
                          const struct secret_reference *reference, struct secret *ret_value, struct error *err)
{
	char path[PATH_MAX];
	struct vault_owner owner;
	*exchange = (struct secret_exchange){.resolver = resolver, .name = reference->name, .lock_fd = -1};
	const int size = snprintf(path, sizeof(path), "%s-%s", resolver->vault_path, reference->name);
	if (size < 0 || (size_t)size >= sizeof(path))
		return error_set(err, ERROR_LIMIT, "the path of the vault is longer than %d bytes", PATH_MAX);
	exchange->lock_fd = vault_file_lock(path, &owner, err);
	if (exchange->lock_fd < 0)
		return -1;
	secret_resolver_close_vault(resolver); /* it may be another one by now */
	if (secret_resolve(resolver, reference, ret_value, err) == 0)
		return 0;
	secret_exchange_end(exchange);
	return -1;
}

int secret_exchange_store(const struct secret_exchange *exchange, const struct secret *value, struct error *err)
{
	const struct secret_resolver *resolver = exchange->resolver;
	const struct vault_change change = {
		.path = resolver->vault_path,
		.key = &resolver->kept_key,
		.now_ms = clock_now_ms(&resolver->clock),
	};
	bool is_new;
	return vault_set(&change, slice_from(exchange->name), value, &is_new, err);
}

void secret_exchange_end(struct secret_exchange *exchange)
{
	if (exchange->lock_fd >= 0)
		(void)close(exchange->lock_fd); /* gives the lock back; nothing was written to it */
	exchange->lock_fd = -1;
}

/* A resolver for a command. */
#include "cli/secrets.h"

#include "cli/prompt.h"
#include "config/file.h"
#include "secret/vault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define QUESTION_BYTES 4352

static int ask(void *context, const char *path, struct secret *ret_passphrase, struct error *err)
{
	char question[QUESTION_BYTES];
	(void)snprintf(question, sizeof(question), "passphrase of the vault '%s': ", path); /* a path that is longer is cut */
	if (prompt_secret(context, question, ret_passphrase, err) == 0)
		return 0;
	if (err->code != ERROR_SECRET)
		return -1;
	return error_wrap(err, "the passphrase of the vault (or set 'vault_key' in feedmill.yaml)");
}

int secrets_open(const struct invocation *invocation, struct setting *setting, struct secret_resolver *ret_resolver,
                 struct error *err)
{
	static const struct slice name = SLICE("vault");
	const char *path = setting->config.vault;
	if (path == NULL)
		path = path_join(&setting->arena, setting->state_folder, name);
	if (path == NULL)
		return error_set_memory(err);
	*ret_resolver = (struct secret_resolver){
		.vault_path = path,
		.vault_key = setting->config.vault_key,
		.credentials_folder = getenv("CREDENTIALS_DIRECTORY"),
		/* The prompt only reads the invocation. */
		.prompt = {.context = (void *)(uintptr_t)invocation, .ask = ask},
		.clock = invocation->clock,
		.stop_signal = invocation->stop_signal,
	};
	return 0;
}

bool secrets_have_vault(const struct secret_resolver *resolver)
{
	return access(resolver->vault_path, F_OK) == 0 || errno != ENOENT;
}

int secrets_find_entry(const struct secret_resolver *resolver, const char *name, struct error *err)
{
	struct secret value = SECRET_INIT;
	if (resolver->vault == NULL)
		return 0;
	const int result = vault_find(resolver->vault, slice_from(name), &value, err);
	secret_release(&value);
	if (result == 0)
		return 1;
	if (err->code != ERROR_NOT_FOUND)
		return -1;
	error_clear(err);
	return 0;
}

int secrets_get_vault_key(const struct invocation *invocation, struct secret_resolver *resolver, struct secret *ret_key,
                          struct error *err)
{
	if (secrets_have_vault(resolver))
		return secret_resolver_open_vault(resolver, ret_key, err);
	if (resolver->vault_key.kind != SECRET_NONE)
		return secret_resolve_vault_key(resolver, ret_key, err);
	fprintf(invocation->errors,
	        "feedmill: there is no vault yet; '%s' will be made, and its passphrase is not kept anywhere else\n",
	        resolver->vault_path);
	if (prompt_secret_twice(invocation, "new passphrase of the vault: ", ret_key, err) == 0)
		return 0;
	if (err->code != ERROR_SECRET)
		return -1;
	return error_wrap(
		err,
		"the passphrase of the vault (or set 'vault_key' in feedmill.yaml; 'feedmill secret export-key FILE' makes a key)");
}

/* feedmill connection keygen, public-key: the private key is kept before the public one is shown, and is never shown itself. */
#include "cli/connection_keygen.h"

#include "base/replace.h"
#include "cli/secrets.h"
#include "connection/jws_key.h"
#include "secret/vault.h"

#define PUBLIC_KEY_BYTES_MAX 4096

struct keygen {
	const struct invocation *invocation;
	struct setting *setting;
	struct secret_reference target;
	const char *target_text;
	enum jws_algorithm algorithm;
};

static int read_algorithm(struct keygen *keygen, struct error *err)
{
	const char *name = keygen->invocation->options[OPTION_ALGORITHM];
	const char *const *names = jws_algorithm_names();

	keygen->algorithm = JWS_ALGORITHM_ES384;
	for (unsigned i = 0; name && names[i]; i++) {
		keygen->algorithm = (enum jws_algorithm)i;
		if (slice_equal_text(slice_from(name), names[i]))
			return 0;
	}
	return name ? error_set(err, ERROR_USAGE, "--algorithm: '%s' is none of ES384, ES256, ES512 and RS256", name) : 0;
}

static int read_reference(struct keygen *keygen, struct error *err)
{
	const struct secret_reference_place place = {.arena = &keygen->setting->arena, .folder = "."};

	keygen->target_text = keygen->invocation->arguments[0];
	return secret_reference_parse(slice_from(keygen->target_text), &place, &keygen->target, err);
}

static int read_target(struct keygen *keygen, struct error *err)
{
	if (read_reference(keygen, err) < 0 && err->code == ERROR_MEMORY)
		return -1;
	if (keygen->target.kind != SECRET_VAULT && keygen->target.kind != SECRET_FILE)
		return error_set(err, ERROR_USAGE, "a private key goes to 'vault:NAME' or 'file:PATH'");
	return 0;
}

static int refuse_replacing(const struct keygen *keygen, struct error *err)
{
	return error_set(err, ERROR_USAGE, "'%s' is there; '--force' replaces it, and nobody has what was in it any more",
	                 keygen->target_text);
}

static int keep_in_file(const struct keygen *keygen, const struct secret *pem, struct error *err)
{
	const bool is_forced = option_given(keygen->invocation, OPTION_FORCE);
	const struct file_replacement replacement = {
		.path = keygen->target.name,
		.bytes = secret_slice(pem),
		.rights = 0600,
		.user = (uid_t)-1,
		.group = (gid_t)-1,
		.is_shared = true,
		.is_new = !is_forced,
	};
	const int result = file_replace(&replacement, err);

	if (result == 1)
		return refuse_replacing(keygen, err);
	return result < 0 && err->code == ERROR_SYSTEM ? error_wrap(err, "'%s'", keygen->target_text) : result;
}

static int keep_in_vault(const struct keygen *keygen, struct secret_resolver *resolver, const struct secret *pem, struct error *err)
{
	struct secret key = SECRET_INIT;
	bool is_new = false;
	int result = secrets_get_vault_key(keygen->invocation, resolver, &key, err);
	const struct vault_change change = {
		.path = resolver->vault_path, .key = &key, .now_ms = clock_now_ms(&keygen->invocation->clock)};

	if (result == 0 && !option_given(keygen->invocation, OPTION_FORCE)) {
		const int found = secrets_find_entry(resolver, keygen->target.name, err);

		result = found == 1 ? refuse_replacing(keygen, err) : found;
	}
	if (result == 0)
		result = vault_set(&change, slice_from(keygen->target.name), pem, &is_new, err);
	secret_release(&key);
	return result;
}

static int keep(const struct keygen *keygen, const struct secret *pem, struct error *err)
{
	struct secret_resolver resolver;

	if (keygen->target.kind == SECRET_FILE)
		return keep_in_file(keygen, pem, err);
	if (secrets_open(keygen->invocation, keygen->setting, &resolver, err) < 0)
		return -1;
	const int result = keep_in_vault(keygen, &resolver, pem, err);
	secret_resolver_release(&resolver);
	return result;
}

static int print_public(const struct keygen *keygen, const struct jws_key *key, struct error *err)
{
	struct buffer public;

	buffer_init(&public, PUBLIC_KEY_BYTES_MAX);
	const int result = jws_key_write_public(key, &public, err);
	if (result == 0)
		(void)fwrite(public.data, 1, public.size, keygen->invocation->out); /* checked when the output is flushed */
	buffer_release(&public);
	return result;
}

static int make(struct keygen *keygen, struct error *err)
{
	struct jws_key *key = NULL;
	struct secret pem = SECRET_INIT;
	int result = read_target(keygen, err);

	if (result == 0)
		result = jws_key_generate(keygen->algorithm, &key, err);
	if (result == 0)
		result = jws_key_write_private(key, &pem, err);
	if (result == 0)
		result = keep(keygen, &pem, err);
	if (result == 0)
		result = print_public(keygen, key, err);
	if (result == 0)
		fprintf(keygen->invocation->errors, "feedmill: the private key (%s) is in '%s'; the service gets the public one\n",
		        jws_algorithm_names()[keygen->algorithm], keygen->target_text);
	secret_release(&pem);
	jws_key_free(key);
	return result;
}

static int show(struct keygen *keygen, struct error *err)
{
	const struct secret no_passphrase = SECRET_INIT;
	struct secret_resolver resolver;
	struct secret pem = SECRET_INIT;
	struct jws_key *key = NULL;

	if (read_reference(keygen, err) < 0 || secrets_open(keygen->invocation, keygen->setting, &resolver, err) < 0)
		return -1;
	int result = secret_resolve(&resolver, &keygen->target, &pem, err);
	if (result == 0 && jws_key_read_private(&pem, &no_passphrase, keygen->algorithm, &key, err) < 0)
		result = error_wrap(err, "'%s'", keygen->target_text);
	if (result == 0)
		result = print_public(keygen, key, err);
	jws_key_free(key);
	secret_release(&pem);
	secret_resolver_release(&resolver);
	return result;
}

static int act(const struct invocation *invocation, int (*run)(struct keygen *keygen, struct error *err))
{
	struct setting setting;
	struct keygen keygen = {.invocation = invocation, .setting = &setting};
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	secret_guard_process();
	if (read_algorithm(&keygen, &err) < 0 || run(&keygen, &err) < 0)
		status = *invocation->stop_signal != 0 ? 128 + (int)*invocation->stop_signal : command_fail(invocation, &err);
	setting_release(&setting);
	return status;
}

int connection_keygen(const struct invocation *invocation)
{
	return act(invocation, make);
}

int connection_public_key(const struct invocation *invocation)
{
	return act(invocation, show);
}

/* One function per kind of reference. */
#include "secret/resolver.h"

#include "secret/command.h"
#include "secret/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_resolver_close_vault(struct secret_resolver *resolver)
{
	vault_close(resolver->vault);
	resolver->vault = NULL;
}

void secret_resolver_release(struct secret_resolver *resolver)
{
	secret_resolver_close_vault(resolver);
	secret_release(&resolver->kept_key);
}

static int check_file(int fd, bool is_credential, struct error *err)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return error_set_system(err, errno, "the file cannot be examined");
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_SECRET, "this is not a regular file");
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return error_set(err, ERROR_SECRET,
		                 "refused: the file belongs to user %u, neither to root nor to user %u who runs this",
		                 (unsigned)status.st_uid, (unsigned)geteuid());
	/* Where systemd lets the user read a credential of root's by an access list, that looks like rights of the group. */
	if (!is_credential && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(err, ERROR_SECRET, "refused: group or others have rights to the file (mode %04o); use 'chmod go='",
		                 (unsigned)(status.st_mode & 07777));
	return 0;
}

static int read_file(const char *path, bool is_credential, struct secret *ret_secret, struct error *err)
{
	/* Without O_NONBLOCK, a pipe put in place of the file would stop us here. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, ERROR_NOT_FOUND, is_credential ? "there is no such credential" : "the file does not exist");
	if (fd < 0 && errno == ELOOP)
		return error_set(err, ERROR_SECRET, "refused: this is a symbolic link; name the file itself");
	if (fd < 0) {
		(void)error_set_system(err, errno, "the file cannot be opened");
		return -1;
	}
	int result = check_file(fd, is_credential, err);
	if (result == 0)
		result = secret_read_all(fd, ret_secret, err);
	(void)close(fd); /* opened for reading: nothing can be lost */
	return result;
}

static int read_credential(const struct secret_resolver *resolver, const char *name, struct secret *ret_secret, struct error *err)
{
	char path[PATH_MAX];
	const char *folder = resolver->credentials_folder;
	if (folder == NULL || folder[0] == '\0')
		return error_set(err, ERROR_NOT_FOUND,
		                 "there are no credentials: CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with "
		                 "LoadCredential= or LoadCredentialEncrypted=");
	const int size = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (size < 0 || (size_t)size >= sizeof(path))
		return error_set(err, ERROR_SECRET, "the path of the credential is too long");
	return read_file(path, true, ret_secret, err);
}

static int read_variable(const char *name, struct secret *ret_secret, struct error *err)
{
	struct secret secret = SECRET_INIT;
	const char *value = getenv(name);
	if (value == NULL)
		return error_set(err, ERROR_NOT_FOUND, "the variable is not set");
	if (secret_copy(&secret, slice_from(value), err) < 0)
		return -1;
	if (secret_finish(&secret, err) < 0) {
		secret_release(&secret);
		return -1;
	}
	secret_release(ret_secret);
	*ret_secret = secret;
	return 0;
}

/* Every kind but that of the vault. */
static int read_outside(const struct secret_resolver *resolver, const struct secret_reference *reference, struct secret *ret_secret,
                        struct error *err)
{
	switch (reference->kind) {
	case SECRET_CREDENTIAL:
		return read_credential(resolver, reference->name, ret_secret, err);
	case SECRET_FILE:
		return read_file(reference->name, false, ret_secret, err);
	case SECRET_COMMAND:
		return secret_command_run(resolver, reference->arguments, ret_secret, err);
	case SECRET_ENVIRONMENT:
		return read_variable(reference->name, ret_secret, err);
	case SECRET_VAULT:
	case SECRET_NONE:
		break;
	}
	return error_set(err, ERROR_CONFIG, "there is no reference");
}

static int wrap(const char *what, const struct secret_reference *reference, struct error *err)
{
	char text[SECRET_REFERENCE_TEXT_SIZE];
	if (err->code == ERROR_MEMORY)
		return -1;
	secret_reference_describe(reference, text);
	return error_wrap(err, "%s '%s'", what, text);
}

int secret_resolve_vault_key(struct secret_resolver *resolver, struct secret *ret_key, struct error *err)
{
	secret_guard_process();
	if (resolver->vault_key.kind != SECRET_NONE) {
		if (read_outside(resolver, &resolver->vault_key, ret_key, err) < 0)
			return wrap("vault_key", &resolver->vault_key, err);
		return 0;
	}
	if (resolver->prompt.ask == NULL)
		return error_set(
			err, ERROR_SECRET,
			"the vault needs its key: nobody can be asked for a passphrase here, and feedmill.yaml has no 'vault_key'");
	return resolver->prompt.ask(resolver->prompt.context, resolver->vault_path, ret_key, err);
}

int secret_resolver_open_vault(struct secret_resolver *resolver, struct secret *ret_key, struct error *err)
{
	secret_resolver_release(resolver);
	struct vault *vault = NULL;
	struct secret key = SECRET_INIT;
	if (vault_open(resolver->vault_path, &vault, err) < 0)
		return -1;
	/* Whose vault opens with key files only need not be asked for a passphrase. */
	if (resolver->vault_key.kind == SECRET_NONE && !vault_has_passphrase(vault)) {
		(void)error_set(err, ERROR_SECRET, "the vault opens with a key only, and feedmill.yaml has no 'vault_key'");
		goto close_vault;
	}
	if (secret_resolve_vault_key(resolver, &key, err) < 0 || vault_unlock(vault, &key, err) < 0)
		goto close_vault;
	secret_release(ret_key);
	*ret_key = key;
	resolver->vault = vault;
	return 0;

close_vault:
	secret_release(&key);
	vault_close(vault);
	return -1;
}

/* With the key that opened it before. */
static int reopen_vault(struct secret_resolver *resolver, struct error *err)
{
	struct vault *vault = NULL;
	if (vault_open(resolver->vault_path, &vault, err) < 0)
		return -1;
	if (vault_unlock(vault, &resolver->kept_key, err) < 0) {
		vault_close(vault);
		return -1;
	}
	resolver->vault = vault;
	return 0;
}

static int find_in_vault(struct secret_resolver *resolver, const char *name, struct secret *ret_secret, struct error *err)
{
	if (resolver->vault != NULL)
		return vault_find(resolver->vault, slice_from(name), ret_secret, err);
	const int result = resolver->kept_key.data != NULL ? reopen_vault(resolver, err)
	                                                   : secret_resolver_open_vault(resolver, &resolver->kept_key, err);
	return result < 0 ? -1 : vault_find(resolver->vault, slice_from(name), ret_secret, err);
}

int secret_resolve(struct secret_resolver *resolver, const struct secret_reference *reference, struct secret *ret_secret,
                   struct error *err)
{
	secret_guard_process();
	const int result = reference->kind == SECRET_VAULT ? find_in_vault(resolver, reference->name, ret_secret, err)
	                                                   : read_outside(resolver, reference, ret_secret, err);
	return result < 0 ? wrap("secret", reference, err) : 0;
}

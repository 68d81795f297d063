/* Temporary folders, cheap vaults and shared assertions. */
#include "scratch.h"

#include "tests.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int scratch_make(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));
	assert_non_null(scratch);
	const char *parent = getenv("TMPDIR");
	(void)snprintf(scratch->folder, sizeof(scratch->folder), "%s/feedmill-secret-XXXXXX", parent != NULL ? parent : "/tmp");
	assert_non_null(mkdtemp(scratch->folder));
	(void)snprintf(scratch->vault, sizeof(scratch->vault), "%s/vault", scratch->folder);
	scratch->key = scratch_secret(SCRATCH_KEY);
	*state = scratch;
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

int scratch_remove(void **state)
{
	struct scratch *scratch = *state;
	const int outcome = nftw(scratch->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	secret_release(&scratch->key);
	free(scratch);
	return outcome;
}

const char *scratch_path(const struct scratch *scratch, const char *name)
{
	static char path[512];
	(void)snprintf(path, sizeof(path), "%s/%s", scratch->folder, name);
	return path;
}

const char *scratch_write(const struct scratch *scratch, const char *name, struct slice content, unsigned mode)
{
	const char *path = scratch_path(scratch, name);
	(void)unlink(path);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

void scratch_read_vault(const struct scratch *scratch, struct buffer *ret_bytes)
{
	FILE *file = fopen(scratch->vault, "rb");
	assert_non_null(file);
	buffer_init(ret_bytes, VAULT_BYTES_MAX);
	char piece[4096];
	size_t size;
	while ((size = fread(piece, 1, sizeof(piece), file)) > 0)
		assert_int_equal(buffer_append(ret_bytes, piece, size), 0);
	assert_int_equal(fclose(file), 0);
}

struct secret scratch_secret(const char *text)
{
	struct secret secret = SECRET_INIT;
	struct error err = ERROR_INIT;
	assert_int_equal(secret_copy(&secret, slice_from(text), &err), 0);
	return secret;
}

struct vault_change scratch_change(const struct scratch *scratch)
{
	return (struct vault_change){.path = scratch->vault, .key = &scratch->key, .now_ms = SCRATCH_NOW_MS, .scrypt_log2 = 1};
}

void scratch_set(const struct scratch *scratch, const char *name, const char *value)
{
	const struct vault_change change = scratch_change(scratch);
	struct secret secret = scratch_secret(value);
	struct error err = ERROR_INIT;
	bool is_new;
	if (vault_set(&change, slice_from(name), &secret, &is_new, &err) < 0)
		fail_msg("%s", err.message);
	secret_release(&secret);
}

struct vault *scratch_open(const struct scratch *scratch, const struct secret *key)
{
	struct vault *vault = NULL;
	struct error err = ERROR_INIT;
	if (vault_open(scratch->vault, &vault, &err) < 0 || vault_unlock(vault, key, &err) < 0)
		fail_msg("%s", err.message);
	return vault;
}

void scratch_assert_value(const struct vault *vault, const char *name, const char *value)
{
	struct secret secret = SECRET_INIT;
	struct error err = ERROR_INIT;
	if (vault_find(vault, slice_from(name), &secret, &err) < 0)
		fail_msg("%s: %s", name, err.message);
	assert_string_equal(secret.data, value);
	assert_int_equal(secret.size, strlen(value));
	secret_release(&secret);
}

void scratch_assert_error(const struct error *err, enum error_code code, const char *part)
{
	if (strstr(err->message, part) == NULL)
		fail_msg("'%s' is not in the message: %s", part, err->message);
	if (err->code != code)
		fail_msg("%s, not %s: %s", error_code_name(err->code), error_code_name(code), err->message);
	if (strstr(err->message, SCRATCH_CANARY) != NULL)
		fail_msg("a secret is in the message: %s", err->message);
}

/*
 * Fuzz target: the bytes of a hostile vault, behind a byte that says whether
 * size and checksum are made right, which whoever can write the file could do.
 *
 * What is read as a vault reads in one way only: written again it is the same
 * up to the seal, which needs the key.
 */
#include "secret/vault_format.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_AT 8
#define HEAD_BYTES 12

static void repair(char *bytes, size_t size)
{
	struct error err = ERROR_INIT;
	uint8_t digest[CRYPTO_DIGEST_BYTES];

	memcpy(bytes, "FMVAULT\1", SIZE_AT);
	for (size_t i = 0; i < 4; i++)
		bytes[SIZE_AT + i] = (char)(size >> 8 * (3 - i) & 0xFF);
	if (crypto_sha256(slice_make(bytes, size - sizeof(digest)), digest, &err) < 0)
		abort();
	memcpy(bytes + size - sizeof(digest), digest, sizeof(digest));
}

static void write_again(struct vault *vault)
{
	struct error err = ERROR_INIT;
	struct buffer bytes;

	if (secret_reserve(&vault->keys, VAULT_DERIVED_KEYS * (size_t)CRYPTO_KEY_BYTES, &err) < 0)
		return;
	buffer_init(&bytes, VAULT_BYTES_MAX);
	if (vault_encode(vault, &bytes, &err) == 0 &&
	    (bytes.size != vault->bytes.size || memcmp(bytes.data, vault->bytes.data, vault->sealed_size) != 0))
		abort();
	buffer_release(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct vault *vault = size > 0 ? vault_new() : NULL;

	if (vault == NULL)
		return 0;
	if (buffer_append(&vault->bytes, data + 1, size - 1) == 0) {
		if (data[0] % 8 != 0 && size - 1 >= HEAD_BYTES + CRYPTO_DIGEST_BYTES)
			repair(vault->bytes.data, vault->bytes.size);
		if (vault_decode(vault, &err) == 0)
			write_again(vault);
		else if (err.code != ERROR_VAULT && err.code != ERROR_MEMORY)
			abort();
	}
	vault_close(vault);
	return 0;
}

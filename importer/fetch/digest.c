/* SHA-256 by OpenSSL's EVP interface. */
#include "fetch/digest.h"

#include "base/hexadecimal.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#define DIGEST_BYTES ((size_t)32)

struct digest {
	EVP_MD_CTX *context;
};

static int library_failed(struct error *err)
{
	const unsigned long number = ERR_peek_last_error();
	ERR_clear_error();
	(void)error_set(err, ERROR_SYSTEM, "the cryptographic library cannot compute SHA-256"); /* -1 is returned below */
	err->source = ERROR_FROM_TLS;
	err->number = (long)number;
	return -1;
}

struct digest *digest_new(struct error *err)
{
	struct digest *digest = calloc(1, sizeof(*digest));
	if (digest == NULL) {
		error_set_memory(err);
		return NULL;
	}
	digest->context = EVP_MD_CTX_new();
	if (digest->context == NULL) {
		error_set_memory(err);
		digest_free(digest);
		return NULL;
	}
	if (EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1) {
		library_failed(err);
		digest_free(digest);
		return NULL;
	}
	return digest;
}

void digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->context);
	free(digest);
}

int digest_update(struct digest *digest, const void *data, size_t size, struct error *err)
{
	if (size == 0)
		return 0;
	return EVP_DigestUpdate(digest->context, data, size) == 1 ? 0 : library_failed(err);
}

int digest_finish(struct digest *digest, char ret_text[65], struct error *err)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	if (EVP_DigestFinal_ex(digest->context, bytes, &size) != 1 || size != DIGEST_BYTES)
		return library_failed(err);
	hexadecimal_write(bytes, DIGEST_BYTES, ret_text);
	ret_text[2 * DIGEST_BYTES] = '\0';
	return 0;
}

/* Keys in PEM are read by OpenSSL, which is given the passphrase and asks nobody. */
#include "connection/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

int pem_give_passphrase(char *text, int size, int for_writing, void *passphrase)
{
	const struct secret *given = passphrase;
	(void)for_writing;
	if (size < 0 || given->size > (size_t)size)
		return -1;
	if (given->size > 0)
		memcpy(text, given->data, given->size);
	return (int)given->size;
}

int pem_read_private_key(const struct secret *pem, const struct secret *passphrase, EVP_PKEY **ret_key, struct error *err)
{
	struct secret given = *passphrase;                                              /* OpenSSL's context is not const */
	BIO *bio = BIO_new_mem_buf(pem->data != NULL ? pem->data : "", (int)pem->size); /* a secret has at most 64 KiB */
	if (bio == NULL)
		return error_set_memory(err);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, pem_give_passphrase, &given);
	BIO_free(bio);
	ERR_clear_error();
	if (key == NULL)
		return error_set(err, ERROR_CONFIG,
		                 given.size > 0 ? "it is no private key in PEM, or the passphrase is another one"
		                                : "it is no private key in PEM, or needs a 'passphrase'");
	*ret_key = key;
	return 0;
}

/* Memory for secrets: pages of their own, so that locking and wiping touch nothing else. */
#include "secret/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE_BYTES ((size_t)4096)

int secret_reserve(struct secret *secret, size_t capacity, struct error *err)
{
	secret_release(secret);
	if (capacity > SIZE_MAX - 2 * PAGE_BYTES)
		return error_set_memory(err);
	const size_t size = (capacity / PAGE_BYTES + 1) * PAGE_BYTES; /* the NUL fits */
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return error_set_memory(err);
	(void)mlock(pages, size); /* best effort: there may be a limit on locked memory */
	(void)madvise(pages, size, MADV_DONTDUMP);
	*secret = (struct secret){.data = pages, .capacity = size};
	return 0;
}

int secret_copy(struct secret *secret, struct slice value, struct error *err)
{
	if (secret_reserve(secret, value.size, err) < 0)
		return -1;
	if (value.size > 0)
		memcpy(secret->data, value.data, value.size);
	secret->size = value.size;
	return 0;
}

void secret_release(struct secret *secret)
{
	if (secret->data != NULL) {
		explicit_bzero(secret->data, secret->capacity);
		(void)munmap(secret->data, secret->capacity); /* our own pages: it cannot fail */
	}
	*secret = (struct secret)SECRET_INIT;
}

struct slice secret_slice(const struct secret *secret)
{
	return slice_make(secret->data, secret->size);
}

int secret_finish(struct secret *secret, struct error *err)
{
	if (secret->data != NULL && secret->size > 0 && secret->data[secret->size - 1] == '\n')
		secret->size--;
	if (secret->data == NULL || secret->size == 0)
		return error_set(err, ERROR_SECRET, "it is empty");
	if (secret->size > SECRET_BYTES_MAX)
		return error_set(err, ERROR_SECRET, "it has more than %zu bytes", SECRET_BYTES_MAX);
	if (memchr(secret->data, '\0', secret->size) != NULL)
		return error_set(err, ERROR_SECRET, "it has a byte NUL in it; a secret is text");
	secret->data[secret->size] = '\0';
	return 0;
}

int secret_read_all(int fd, struct secret *ret_secret, struct error *err)
{
	struct secret secret = SECRET_INIT;
	const size_t max = SECRET_BYTES_MAX + 2; /* a line end, and one more to see that it is too long */
	if (secret_reserve(&secret, max, err) < 0)
		return -1;
	while (secret.size < max) {
		const ssize_t size = read(fd, secret.data + secret.size, max - secret.size);
		if (size < 0) {
			(void)(errno == EINTR ? error_set(err, ERROR_CANCELLED, "interrupted while reading it")
			                      : error_set_system(err, errno, "it cannot be read"));
			goto release_secret;
		}
		if (size == 0)
			break;
		secret.size += (size_t)size;
	}
	if (secret_finish(&secret, err) < 0)
		goto release_secret;
	secret_release(ret_secret);
	*ret_secret = secret;
	return 0;

release_secret:
	secret_release(&secret);
	return -1;
}

bool secret_equal(const struct secret *left, const struct secret *right)
{
	unsigned char difference = 0;
	if (left->size != right->size)
		return false;
	for (size_t index = 0; index < left->size; index++)
		difference |= (unsigned char)(left->data[index] ^ right->data[index]);
	return difference == 0;
}

void secret_guard_process(void)
{
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak checker looks into the process */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

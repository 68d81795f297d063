/*
 * The value of a secret, in memory of its own: locked against swapping as far
 * as the system lets us, left out of core dumps, wiped when it is released.
 *
 * There is no function that prints one, and messages never have one. Pass it
 * by pointer, copy it nowhere, release it as soon as it is used.
 */
#pragma once

#include "base/error.h"

#define SECRET_BYTES_MAX ((size_t)64 * 1024) /* of a value; a chain of certificates with its key has about 10 KiB */

struct secret {
	char *data; /* a NUL stands behind the value; NULL = none */
	size_t size;
	size_t capacity; /* the NUL counted */
};

/* clang-format off */
#define SECRET_INIT {.data = NULL}
/* clang-format on */

/* An empty secret with room for `capacity` bytes and the NUL; what was there is wiped. -1: ERROR_MEMORY, `secret` is empty then. */
must_use int secret_reserve(struct secret *secret, size_t capacity, struct error *err);

/* A copy of `value`, of any size. */
must_use int secret_copy(struct secret *secret, struct slice value, struct error *err);

/* Wipe it and give the memory back. A released secret may be released again. */
void secret_release(struct secret *secret);

/* The value, borrowed until release. */
struct slice secret_slice(const struct secret *secret);

/*
 * A value that came from outside: one line end at its end is dropped. -1 with
 * ERROR_SECRET where it is empty, has more than SECRET_BYTES_MAX, or a byte
 * NUL; the message does not say whose it is.
 */
must_use int secret_finish(struct secret *secret, struct error *err);

/* Read `fd` to its end, then secret_finish(). -1 also with ERROR_SYSTEM, and ERROR_CANCELLED where a signal interrupts it. */
must_use int secret_read_all(int fd, struct secret *ret_secret, struct error *err);

/* Are they the same, in a time that does not tell where they differ? */
must_use bool secret_equal(const struct secret *left, const struct secret *right);

/* No core dumps of this process from now on, and no looking into it by others of the same user; best effort. */
void secret_guard_process(void);

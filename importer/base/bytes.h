/* A source of bytes that is read in pieces: a file descriptor, a memory block, or a test that cuts where it likes. */
#pragma once

#include "base/error.h"

struct byte_source {
	void *context;
	/* Up to `max` bytes into `data`; ret_size 0 = the end. Returns 0, or -1 with `err` set. */
	int (*read)(void *context, char *data, size_t max, size_t *ret_size, struct error *err);
};

/* Reads from descriptor `*fd`, which stays the caller's and open. */
struct byte_source byte_source_fd(const int *fd);

struct byte_block {
	struct slice rest;
	size_t piece_max; /* 0 = as asked */
};

/* Reads from memory, at most piece_max bytes at a time. */
struct byte_source byte_source_block(struct byte_block *block);

must_use int byte_source_read(struct byte_source source, char *data, size_t max, size_t *ret_size, struct error *err);

/* Write all of it, however often the system takes less; -1 with errno. */
must_use int bytes_write_all(int fd, const void *data, size_t size);

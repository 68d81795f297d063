/*
 * The table of known records (catalog/known_table.h) in a memory file that is
 * sealed: from then on nobody can change or cut it, so that a reader's
 * process and ours can both rely on their mappings of it.
 */
#pragma once

#include "catalog/known_table.h"

struct known_file {
	int fd;             /* -1 = none */
	struct slice bytes; /* the mapping; empty = none */
};

#define KNOWN_FILE_INIT  \
	{                \
		.fd = -1 \
	}

/* Make a file of `count` fingerprints, and map it. ERROR_SYSTEM. */
must_use int known_file_make(const struct hash128 *fingerprints, uint32_t count, struct known_file *ret_file, struct error *err);

/* Map the file that another process made, and close `fd`. ERROR_READER where it is not sealed; ERROR_SYSTEM. */
must_use int known_file_open(int fd, struct known_file *ret_file, struct error *err);

/* The fingerprints of a file that known_file_make() made. */
const struct hash128 *known_file_fingerprints(const struct known_file *file);

/* Unmap and close; the file is KNOWN_FILE_INIT again. */
void known_file_release(struct known_file *file);

/* Folders for stores that are no stores yet, runs of made-up processes, and listings as text. */
#pragma once

#include "apply_support.h"
#include "store/sqlite/lease.h"

/* A temporary folder, removed with all that is in it. */
struct folder {
	char path[64];
};

void folder_make(struct folder *folder);
void folder_remove(struct folder *folder);

/* Its file `name` as a path and as a location; valid until the next call of the same kind. */
const char *folder_file(const struct folder *folder, const char *name);
const char *folder_location(const struct folder *folder, const char *name);

/* SQL on a database file that need not be a store. */
void file_execute(const char *path, const char *sql);
void file_write(const char *path, const void *data, size_t size);
char *file_read(const char *path, size_t *ret_size); /* free() it */

/* Opening that must succeed, and that must fail with this code and these words. */
struct store *open_well(const char *location, enum store_access access);
void assert_open_fails(const char *location, enum store_access access, enum error_code code, const char *words);
void assert_error(const struct error *err, enum error_code code, const char *words);

/* Wait for a child that must end well. */
void assert_child_succeeds(int pid);

/* A start of job 'acme' in 'main' by process 100 of host 'here'. */
struct run_start make_start(int64_t now_ms);

/* A world in which exactly these processes live, or none (NULL). */
struct process {
	int64_t pid;
	int64_t start;
};
struct lease_world make_world(struct process *alive);

/* The rows of a listing: columns parted by '|', rows by a line break, NULL is '-', JSON has a '=' before it. `names`: the columns wanted, by blanks. */
char *list_text(struct store *store, const struct store_selection *selection, const char *names); /* free() it */
void assert_list(struct store *store, const struct store_selection *selection, const char *names, const char *expected);

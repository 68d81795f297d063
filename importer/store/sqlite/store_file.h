/* The file of a store before SQLite sees it: where it is, what it is, and making it. Private to importer/store/sqlite. */
#pragma once

#include "base/error.h"

/* The path of 'sqlite:PATH', never one that SQLite takes for something else than a file. free() it; NULL with `err` set. */
must_use char *store_file_path(const char *location, struct error *err);

/* 1 = a file is there that may be a database, 0 = nothing is, -1: something else is, or it cannot be seen. */
must_use int store_file_look(const char *path, struct error *err);

/* An empty file, for its owner only, with the folders that lead to it; a file that is there by now is left alone. */
must_use int store_file_create(const char *path, struct error *err);

/* Can nobody change it: does it lie on a read-only file system, with nothing written that is not in it yet? */
bool store_file_is_frozen(const char *path);

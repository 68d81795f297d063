/* The dialect files: those shipped with the program, and the user's own, which win. */
#pragma once

#include "base/arena.h"
#include "config/config.h"
#include "dialect/dialect.h"

/* A time zone that a dialect names. */
struct dialect_zone {
	struct slice name;
	struct slice data; /* its TZif file */
	const struct zone *zone;
	struct dialect_zone *next;
};

struct dialect_files {
	struct dialect_text *texts;
	size_t count;
	struct dialect_zone *zones; /* after dialect_files_compile() */
	size_t zone_count;
};

struct dialect_folder {
	const char *path; /* NULL = none */
	bool is_own;      /* the user's: its files are refused where others may write them, as all configuration is */
};

/*
 * Read every *.yaml of the folders, in the order given, sorted by name; a
 * missing folder is an error. The texts live in
 * `arena`; files with wrong names are added to `problems`. ERROR_NOT_FOUND,
 * ERROR_CONFIG (a file's rights), ERROR_LIMIT, ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int dialect_files_read(const struct dialect_folder *folders, size_t folder_count, struct arena *arena,
                                struct dialect_files *ret_files, struct config_problems *problems, struct error *err);

/*
 * Those that the job's dialect is made of; all, where it names none or one that is not there. They borrow from `files`, and
 * the list lives in `arena`. ERROR_MEMORY.
 */
must_use int dialect_files_of_job(const struct dialect_files *files, const struct job_config *job, struct arena *arena,
                                  struct dialect_files *ret_files, struct error *err);

/*
 * Compile them, with the zones of the system; those that dialects name are noted in `files` and live in `arena`, which must
 * outlive the set. As dialect_set_compile().
 */
must_use int dialect_files_compile(struct dialect_files *files, struct arena *arena, struct dialect_set **ret_set,
                                   struct config_problems *problems, struct error *err);

/* The options of a job's dialect as the dialects take them; they borrow from the job. free() the list. ERROR_MEMORY. */
must_use int dialect_options_of_job(const struct job_config *job, struct dialect_option **ret_options, struct error *err);

/* 0 if the job's dialect, where it names one, exists and has its options; else -1: ERROR_CONFIG, or no memory. */
must_use int dialect_check_job(const struct dialect_set *set, const struct job_config *job, struct error *err);

/*
 * The configuration: feedmill.yaml, and the jobs and dialects in its folders.
 *
 * Values are checked here (types, words, ranges, file rights), meaning and
 * network are not. One table of options (config/option.h) is the source of
 * parser, messages and manual. Strings live as long as the configuration.
 */
#pragma once

#include "base/money.h"
#include "config/guards.h"
#include "config/reference.h"
#include "config/yaml.h"

#include <stdint.h>

enum missing_policy { MISSING_KEEP, MISSING_MARK, MISSING_DELETE };
enum sandbox_policy { SANDBOX_BEST_EFFORT, SANDBOX_REQUIRED };
enum network_policy { NETWORK_PUBLIC, NETWORK_PRIVATE };
enum mode_policy { MODE_UPSERT, MODE_ADD, MODE_UPDATE };
enum scope_policy { SCOPE_ALL, SCOPE_SKUS, SCOPE_PRICES, SCOPE_TEXTS };
enum categories_policy { CATEGORIES_OVERWRITE, CATEGORIES_ADD, CATEGORIES_IGNORE };
enum unknown_fields_policy { UNKNOWN_FIELDS_EXTRA, UNKNOWN_FIELDS_CREATE, UNKNOWN_FIELDS_DROP, UNKNOWN_FIELDS_FAIL };
enum duplicates_policy { DUPLICATES_FIRST, DUPLICATES_LAST, DUPLICATES_FAIL };
enum unproven_policy { UNPROVEN_FAIL, UNPROVEN_APPLY };

/* What proves a feed whole; bits of a set. */
enum whole_proof { WHOLE_END_OF_DOCUMENT = 1 << 0, WHOLE_LENGTH = 1 << 1 };

/* What becomes of stored values, for most fields and for those named apart. Fields are bits, see config/fields.h. */
enum field_choice { FIELD_CHOICE_UNSAID, FIELD_CHOICE_CLEAR, FIELD_CHOICE_KEEP };

struct field_policy {
	enum field_choice rest; /* of fields that are not named */
	uint64_t cleared;
	uint64_t kept;
};

/* What a run leaves behind that goes again: its fetched feed and plan; its changes and undo log; its complaints. */
enum keep_kind { KEEP_SPOOL, KEEP_CHANGES, KEEP_COMPLAINTS };

#define KEEP_KINDS 3
#define KEEP_UNSAID INT64_C(0)
#define KEEP_ALL INT64_MAX /* written as 'all' */
#define KEEP_RUNS_DEFAULT INT64_C(10)
#define KEEP_DAYS_DEFAULT INT64_C(90)
#define KEEP_SPOOL_BYTES_DEFAULT (INT64_C(20) << 30)
#define KEEP_RUNS_MAX INT64_C(1000000)
#define KEEP_DAYS_MAX INT64_C(36500)
#define KEEP_SPOOL_BYTES_MAX (INT64_C(1) << 50)

/* Beyond the last `runs`, or older than `days`, it goes. */
struct keep_limit {
	int64_t runs;
	int64_t days;
};

struct keep_policy {
	struct keep_limit rest;              /* of kinds that say nothing themselves */
	struct keep_limit kinds[KEEP_KINDS]; /* KEEP_UNSAID: as the rest */
	int64_t spool_max_bytes;             /* of the feeds that a job keeps */
};

/* The limit of one kind, with nothing unsaid. */
struct keep_limit keep_policy_limit(const struct keep_policy *policy, enum keep_kind kind);

/* As written in a job: 'upsert', 'all', 'overwrite', … */
const char *mode_policy_name(enum mode_policy policy);
const char *scope_policy_name(enum scope_policy policy);
const char *categories_policy_name(enum categories_policy policy);
const char *duplicates_policy_name(enum duplicates_policy policy);
const char *unproven_policy_name(enum unproven_policy policy);

/* 'keep', 'mark', 'delete'. */
const char *missing_policy_name(enum missing_policy policy);
must_use bool missing_policy_parse(struct slice text, enum missing_policy *ret_policy);

/* When a job runs by itself: its calendar, and what becomes of a run that was missed or would overlap. */
enum schedule_form { SCHEDULE_CRON, SCHEDULE_CALENDAR, SCHEDULE_EVERY };
enum catch_up_policy { CATCH_UP_NONE, CATCH_UP_ONCE };
enum overlap_policy { OVERLAP_SKIP, OVERLAP_QUEUE };

struct job_schedule {
	const char *expression; /* NULL = no schedule; checked by schedule_compile() alone */
	enum schedule_form form;
	const char *time_zone; /* of `timezone`: 'UTC', '+02:00' or an IANA name */
	int64_t jitter_ms;
	enum catch_up_policy catch_up;
	enum overlap_policy overlap;
	const char *const *after; /* jobs: runs when one of them has succeeded */
	size_t after_count;
	int64_t run_timeout_ms; /* 0 = none */
	int64_t retry_attempts; /* runs for one due time, the first one counted */
	int64_t retry_delay_ms; /* before the second; doubles up to … */
	int64_t retry_max_delay_ms;
	int64_t active_from_ms;     /* INT64_MIN = always */
	int64_t active_until_ms;    /* not this instant itself any more; INT64_MAX = always */
	bool active_from_is_local;  /* the clock of time_zone shows it; else it is UTC */
	bool active_until_is_local; /* as above */
	const char *quiet;          /* '22:00-06:00, 12:00-13:00', or NULL; checked by schedule_compile() */
	const char *const *on_failure;
	size_t on_failure_count; /* 0 = no hook */
};

/* 'cron', 'calendar', 'every'. */
const char *schedule_form_name(enum schedule_form form);

struct config_pair {
	const char *name;
	const char *value;
};

struct job_config {
	const char *name;
	const char *file;       /* NULL for an ad hoc run */
	const char *source;     /* URL, path, or '-' */
	const char *connection; /* its name, or NULL = none */
	const char *dialect;    /* NULL = recognised */
	const struct config_pair *dialect_options;
	size_t dialect_option_count;
	const char *catalog; /* 'main' */
	enum mode_policy mode;
	enum scope_policy scope;
	enum missing_policy missing; /* where nobody said it, job_config_resolve() chooses by mode and scope */
	bool missing_is_said;
	int64_t missing_after; /* complete runs in a row */
	enum categories_policy categories;
	enum unknown_fields_policy unknown_fields;
	struct field_policy on_absent;
	struct field_policy on_empty;
	uint64_t keep_absent; /* what the two come to, by job_config_resolve(): bit 1 << field_id of catalog/field.h */
	uint64_t keep_empty;
	enum duplicates_policy duplicates;
	const char *const *take_over; /* names of jobs */
	size_t take_over_count;
	bool lenient;
	enum unproven_policy unproven;
	unsigned whole; /* proofs that a feed must have, a set of enum whole_proof */
	struct guards_policy guards;
	const char *language;         /* BCP 47, or NULL */
	const char *default_currency; /* ISO 4217, or NULL */
	char decimal_sign;            /* '.', ',' or '\0' */
	int offset_minutes;           /* of `timezone`, for dates without an offset; 0 where it is an IANA name */
	struct job_schedule schedule; /* also `timezone` as it is said */
	const char *id_prefix;        /* '' = none */
	const char *category_prefix;
	enum network_policy network;
	int64_t max_bytes; /* of the feed as received */
	int64_t connect_timeout_ms;
	int64_t idle_timeout_ms;
	int64_t timeout_ms;
	struct keep_policy keep;
	const char *proxy;       /* NULL = none: the environment is not asked */
	const char *cacert;      /* PEM file, or NULL = the system's */
	const char *config_text; /* canonical one-line text of the policies above, for digests; NULL until job_config_seal() */
	const char *guards_text; /* the same of the guards, apart: they decide about a plan, not about what a record states */
};

struct daemon_config {
	int64_t concurrency; /* runs at a time */
	int64_t per_host;    /* of these, with sources on one host */
	int64_t grace_ms;    /* for runs to end when the daemon is told to */
};

struct config {
	struct arena arena;
	const char *file;         /* NULL where there is none */
	const char *store;        /* 'sqlite:PATH', or NULL */
	const char *state_folder; /* NULL = as the environment says */
	enum sandbox_policy sandbox;
	const char *vault;                 /* path of the vault, or NULL */
	struct secret_reference vault_key; /* what opens it; SECRET_NONE = a passphrase that is asked for */
	const char *jobs_folder;           /* NULL where there is none */
	const char *dialects_folder;       /* the user's own, or NULL */
	const char *connections_folder;    /* NULL where there is none */
	struct guards_policy guards;       /* of jobs that say nothing else */
	struct keep_policy keep;           /* of every job that says nothing else, and of runs without a job */
	struct daemon_config daemon;
	const char *metrics;           /* path of a text file for Prometheus, or NULL */
	const char *const *on_failure; /* of jobs that say nothing else; on_failure_count 0 = no hook */
	size_t on_failure_count;
	struct job_config *jobs; /* sorted by name */
	size_t job_count;
};

/*
 * Note a mistake that was found after loading, at `byte` of the value under `key` (where that is a mapping and `part` is
 * not NULL: under that, or else the first in it) in the job's file, which is read again for its place. The mistake of a file that is gone or changed is the file's.
 */
void config_job_problem(const struct job_config *job, const char *key, const char *part, int64_t byte, const char *message,
                        struct config_problems *problems);

/* Defaults of a job without a file. */
void job_config_init(struct job_config *job, const char *name);

/*
 * Set the option `key` of a job from the command line, under the rules of the
 * job's file: 'catalog', 'missing', 'cacert' …; 'dialect' also as
 * 'yml,group_id=parent'. Relative paths stay relative to the working folder.
 * The value is copied into `arena`. -1: ERROR_CONFIG, `job` untouched; or no memory.
 */
must_use int job_config_set(struct job_config *job, const char *key, struct slice value, struct arena *arena, struct error *err);

/*
 * Do the policies make sense together? -1: ERROR_CONFIG, and `ret_key` is the key
 * at fault. For the policies as said, before or after job_config_resolve().
 */
must_use int job_config_check(const struct job_config *job, const char **ret_key, struct error *err);

/* Resolve defaults that depend on other keys; those of a configuration that was loaded are. */
void job_config_resolve(struct job_config *job);

/* As job_config_resolve(), and write config_text and guards_text, which a run needs; call after the last change to `job`. -1 without memory. */
must_use int job_config_seal(struct job_config *job, struct arena *arena, struct error *err);

/*
 * Read `path` and its folders; NULL gives an empty configuration. All
 * mistakes are added to `problems`; a configuration with problems must not be
 * run. -1 with `err`, and then there is nothing to release: the file cannot be
 * read (ERROR_NOT_FOUND, ERROR_SYSTEM), or no memory. Wrong rights are a problem.
 * Relative paths inside are taken relative to the file that has them.
 */
must_use int config_load(const char *path, struct config *ret_config, struct config_problems *problems, struct error *err);
void config_release(struct config *config);

/* The job called `name`, or NULL. */
const struct job_config *config_job(const struct config *config, struct slice name);

/* --config, else $FEEDMILL_CONFIG, else ./feedmill.yaml, else /etc/feedmill/feedmill.yaml; NULL where none of the last two exists. */
const char *config_path(const char *option, const char *environment);

/*
 * A whole regular file, at most `max_bytes`, NUL-terminated in `arena`. With
 * `is_code`: refused when writable by others or owned by neither root nor us.
 * -1: ERROR_NOT_FOUND, ERROR_SYSTEM, ERROR_CONFIG (not a regular file, or its
 * rights), ERROR_LIMIT (too large), ERROR_MEMORY.
 */
must_use int config_read_file(const char *path, size_t max_bytes, bool is_code, struct arena *arena, struct slice *ret_text,
                              struct error *err);

struct config_file {
	const char *path;
	const char *name; /* the file's name without '.yaml' */
};

/*
 * Would `text` be a job under `file->name` in the file `file->path`? What is wrong is added to `problems`; what it takes of
 * memory stays with the configuration. -1 without memory.
 */
must_use int config_job_check_text(struct config *config, const struct config_file *file, struct slice text,
                                   struct config_problems *problems, struct error *err);

/*
 * Where the files of other jobs name the job `name` (take_over, after): each place is added to `ret_places` as a problem is.
 * -1: no memory, or a file that can be read no more.
 */
must_use int config_job_mentions(const struct config *config, const char *name, struct config_problems *ret_places,
                                 struct error *err);

#define CONFIG_FOLDER_FILES 100000 /* *.yaml files in one folder */

/*
 * The *.yaml files of a folder of jobs or dialects, sorted by name. Hidden
 * files, backups ('~') and other extensions are left out; '.yml' and names
 * beside [A-Za-z0-9._-]{1,64} are problems. The list lives in `arena`. -1:
 * ERROR_NOT_FOUND, ERROR_SYSTEM, ERROR_LIMIT, ERROR_MEMORY.
 */
must_use int config_folder_list(const char *folder, struct arena *arena, const struct config_file **ret_files, size_t *ret_count,
                                struct config_problems *problems, struct error *err);

/* May a job, catalog or dialect be called this? [A-Za-z0-9._-]{1,64}, beginning with neither '.' nor '-'. */
bool config_name_is_valid(struct slice name);

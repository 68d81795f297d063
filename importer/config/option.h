/*
 * Every key of feedmill.yaml and of a job, in one table: from it come the
 * parser, its messages, the defaults, the policy text and the manual.
 *
 * Keys of the design that this version does not carry out stand here too.
 * They are refused with a message, or accepted with the one value that says
 * what is done anyway: who writes a guard must not believe to be guarded.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"

#include <stdint.h>

enum option_place { OPTION_PLACE_FILE, OPTION_PLACE_JOB };

/* The type decides the field's C type, given behind each; those without a field are only checked. */
enum option_type {
	OPTION_TEXT,         /* const char *: a line of text; any text where it has no field */
	OPTION_PREFIX,       /* const char *: put before ids */
	OPTION_NAME,         /* const char *: a name as of a job */
	OPTION_CURRENCY,     /* const char *: ISO 4217 code */
	OPTION_SOURCE,       /* const char *: URL, path or '-' */
	OPTION_PROXY,        /* const char *: URL */
	OPTION_PATH,         /* const char *: of a file */
	OPTION_FOLDER,       /* const char *: of a folder that exists */
	OPTION_EMPTY_FOLDER, /* no field: a folder that must hold nothing */
	OPTION_STORE,        /* const char *: 'sqlite:PATH' */
	OPTION_DIALECT,      /* const char *, and the options of job_config */
	OPTION_SIZE,         /* int64_t: bytes */
	OPTION_DURATION,     /* int64_t: milliseconds */
	OPTION_ZONE,         /* const char *: 'UTC', '+02:00' or an IANA name; and offset_minutes of job_config */
	OPTION_INSTANT,      /* int64_t: Unix milliseconds; more: bool, it is local. A date as last one means its end */
	OPTION_SCHEDULE,     /* struct job_schedule: a text, or a mapping with one of 'cron', 'calendar', 'every', 'plan' */
	OPTION_FIGURES,      /* the fields of `figures`: a mapping */
	OPTION_ARGUMENTS,    /* const char *const *: a program and its arguments; more: size_t, how many */
	OPTION_DECIMAL_SIGN, /* char */
	OPTION_LANGUAGE,     /* const char *: BCP 47 */
	OPTION_BOOL,         /* bool: 'true' or 'false' */
	OPTION_CHOICE,       /* an enum: the value's place among `words` */
	OPTION_MISSING,      /* enum missing_policy, and how many runs */
	OPTION_FIELDS,       /* struct field_policy: 'clear' or 'keep', or a mapping by field */
	OPTION_JOBS,         /* const char *const *: a job's name, or a list; more: size_t, how many */
	OPTION_GUARDS,       /* struct guards_policy: 'on', 'off', or a mapping of mappings */
	OPTION_PROOFS,       /* unsigned, a set: one of `words`, or a list of them */
	OPTION_KEEP,         /* struct keep_policy: a mapping */
	OPTION_REFERENCE,    /* struct secret_reference: the key of the vault */
};

enum option_availability {
	OPTION_AVAILABLE,
	OPTION_UNAVAILABLE,
};

#define OPTION_NO_FIELD SIZE_MAX

/* One figure of a mapping. */
struct option_figure {
	const char *name; /* NULL ends a table */
	bool is_duration; /* in milliseconds; else a whole number */
	size_t field;     /* offset of an int64_t into what the option's own field is in */
	int64_t default_number;
	int64_t minimum;
	int64_t maximum;
};

struct option {
	const char *name;
	enum option_place place;
	enum option_type type;
	enum option_availability availability;
	bool is_required;
	bool shapes_items;        /* part of a job's config_text */
	size_t field;             /* offset into struct config or struct job_config, or OPTION_NO_FIELD */
	size_t more;              /* offset of a second field, where the type has one */
	const char *default_text; /* NULL = none */
	int64_t default_number;   /* of sizes, durations and instants; a duration of 0 is none */
	int64_t minimum;
	int64_t maximum;
	const char *const *words; /* of all versions, ending in NULL; or NULL */
	const struct option_figure *figures;
	const char *advice; /* what to do instead of an unavailable option, or NULL */
	const char *help;   /* one line for the manual */
};

/* All options, those of one place together. */
size_t option_count(void);
const struct option *option_at(size_t index);

/* The option called `name`, or NULL. */
const struct option *option_find(enum option_place place, struct slice name);

/* Names of all options of a place, for suggestions; returns how many. */
#define OPTION_NAMES_MAX 64
size_t option_names(enum option_place place, const char *ret_names[OPTION_NAMES_MAX]);

/* What may be written as value, for the manual: "a size ('500MiB', '4GiB')". */
void option_append_values(const struct option *option, struct buffer *buffer);

/* The options of a place as a JSON Schema; those that are not available are left out. */
void option_append_schema(enum option_place place, struct json_writer *json);

/* The default as it would be written; nothing is appended where there is none. */
void option_append_default(const struct option *option, struct buffer *buffer);

struct option_context {
	struct arena *arena; /* keeps what `target` points to */
	const char *folder;  /* relative paths are taken relative to it */
};

/*
 * Check `text` and store it in the option's field of `target` (a struct config
 * or job_config). -1: ERROR_CONFIG with a message that begins with the
 * option's name and shows no URL, `target` untouched; or ERROR_MEMORY.
 */
must_use int option_read(const struct option *option, struct slice text, const struct option_context *context, void *target,
                         struct error *err);

/* One entry of a mapping by field: the field's name, or 'default'. As option_read(). */
must_use int option_read_field(const struct option *option, struct slice name, struct slice text, void *target, struct error *err);

/* One more job of a list. As option_read(). */
must_use int option_add_job(const struct option *option, struct slice text, const struct option_context *context, void *target,
                            struct error *err);

/* One more argument of a program; the program itself, where it has a '/', is relative to the folder. As option_read(). */
must_use int option_add_argument(const struct option *option, struct slice text, const struct option_context *context, void *target,
                                 struct error *err);

/* One more word of a set. As option_read(). */
must_use int option_add_proof(const struct option *option, struct slice text, void *target, struct error *err);

/* ERROR_CONFIG: the option, or this form of it, is not available; returns -1. */
int option_refuse(const struct option *option, struct error *err);

/* Set the default in `target`. Texts point to constants. */
void option_set_default(const struct option *option, void *target);

/* The field's text as it would be written in YAML; false where the field is unset or empty. */
bool option_append_field(const struct option *option, const void *target, struct buffer *buffer);

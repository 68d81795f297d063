/* What each type of option accepts and stores. */
#include "config/option.h"

#include "config/config.h"
#include "config/fields.h"
#include "config/figures.h"
#include "config/file.h"
#include "config/keep.h"
#include "config/schedule.h"
#include "config/value.h"
#include "config/value_show.h"

#include <string.h>

static void *field_of(const struct option *option, void *target)
{
	return (char *)target + option->field;
}

int option_refuse(const struct option *option, struct error *err)
{
	return error_set(err, ERROR_CONFIG, "'%s' is not available in this version of feedmill%s%s", option->name,
	                 option->advice != NULL ? "; " : "", option->advice != NULL ? option->advice : "");
}

/* Keep `text` in the option's field. */
static int store_text(const struct option *option, struct slice text, const struct option_context *context, void *target,
                      struct error *err)
{
	const char *copy = arena_text(context->arena, text);
	if (copy == NULL)
		return error_set_memory(err);
	const char **field = field_of(option, target);
	*field = copy;
	return 0;
}

static int store_path(const struct option *option, struct slice text, const struct option_context *context, void *target,
                      struct error *err)
{
	const char *path = path_join(context->arena, context->folder, text);
	if (path == NULL)
		return error_set_memory(err);
	const char **field = field_of(option, target);
	*field = path;
	return 0;
}

static int read_source(const struct option *option, struct slice text, const struct option_context *context, void *target,
                       struct error *err)
{
	if (value_check_source(text, err) < 0)
		return -1;
	if (value_is_url(text) || slice_equal_text(text, "-"))
		return store_text(option, text, context, target, err);
	return store_path(option, text, context, target, err);
}

static int read_folder(const struct option *option, struct slice text, const struct option_context *context, void *target,
                       struct error *err)
{
	enum folder_state state;
	if (value_check_path(text, err) < 0)
		return -1;
	const char *path = path_join(context->arena, context->folder, text);
	if (path == NULL)
		return error_set_memory(err);
	if (folder_examine(path, &state, err) < 0)
		return error_set(err, ERROR_CONFIG, "the folder '%s' cannot be read", path);
	if (state == FOLDER_MISSING || state == FOLDER_NO_FOLDER)
		return error_set(err, ERROR_CONFIG,
		                 state == FOLDER_MISSING ? "the folder '%s' does not exist" : "'%s' is not a folder", path);
	const char **field = field_of(option, target);
	*field = path;
	return 0;
}

static int check_empty_folder(const struct option *option, struct slice text, const struct option_context *context,
                              struct error *err)
{
	enum folder_state state;
	if (value_check_path(text, err) < 0)
		return -1;
	const char *path = path_join(context->arena, context->folder, text);
	if (path == NULL)
		return error_set_memory(err);
	if (folder_examine(path, &state, err) < 0)
		return error_set(err, ERROR_CONFIG, "the folder '%s' cannot be read", path);
	if (state == FOLDER_MISSING || state == FOLDER_EMPTY)
		return 0;
	return error_set(err, ERROR_CONFIG, "'%s' is not available in this version of feedmill, but '%s' %s", option->name, path,
	                 state == FOLDER_FILLED ? "holds files" : "is not an empty folder");
}

static int read_store(const struct option *option, struct slice text, const struct option_context *context, void *target,
                      struct error *err)
{
	static const struct slice scheme = SLICE("sqlite:");
	if (slice_starts_with(text, "postgresql:") || slice_starts_with(text, "postgres:"))
		return error_set(err, ERROR_CONFIG,
		                 "PostgreSQL stores are not available in this version of feedmill; use 'sqlite:PATH'");
	if (!slice_starts_with(text, scheme.data))
		return error_set(err, ERROR_CONFIG, "'%s' is not a store; write it as 'sqlite:PATH'", VALUE_SHOW(text));
	struct slice path = slice_make(text.data + scheme.size, text.size - scheme.size);
	if (value_check_path(path, err) < 0)
		return -1;
	if (slice_starts_with(path, "//"))
		return error_set(err, ERROR_CONFIG,
		                 "a path stands behind 'sqlite:', not a URL; write it as 'sqlite:/var/lib/feedmill/market.db'");
	const char *joined = path_join(context->arena, context->folder, path);
	char *store = joined != NULL ? arena_alloc(context->arena, scheme.size + strlen(joined) + 1) : NULL;
	if (store == NULL)
		return error_set_memory(err);
	memcpy(store, scheme.data, scheme.size);
	memcpy(store + scheme.size, joined, strlen(joined));
	const char **field = field_of(option, target);
	*field = store;
	return 0;
}

static int read_number(const struct option *option, struct slice text, void *target, struct error *err)
{
	struct value_range range = {.minimum = option->minimum, .maximum = option->maximum};
	int64_t *field = field_of(option, target);
	if (option->type == OPTION_SIZE)
		return value_parse_size(text, range, field, err);
	return value_parse_duration(text, range, field, err);
}

/* Enumerations without negative values are unsigned to both compilers. */
_Static_assert(sizeof(enum mode_policy) == sizeof(unsigned), "the fields of OPTION_CHOICE are all alike");

static int read_choice(const struct option *option, struct slice text, void *target, struct error *err)
{
	size_t index;
	if (value_parse_word(text, option->words, &index, err) < 0)
		return -1;
	if (option->type == OPTION_BOOL)
		*(bool *)field_of(option, target) = index != 0;
	else
		*(unsigned *)field_of(option, target) = (unsigned)index;
	return 0;
}

static int read_missing(const struct option *option, struct slice text, struct job_config *job, struct error *err)
{
	if (read_choice(option, text, job, err) < 0)
		return -1;
	job->missing_is_said = true;
	job->missing_after = 1;
	return 0;
}

/* Words of `option` in the order of enum field_choice behind 'unsaid'. */
static int parse_field_choice(const struct option *option, struct slice text, enum field_choice *ret_choice, struct error *err)
{
	size_t index;
	if (value_parse_word(text, option->words, &index, err) < 0)
		return -1;
	*ret_choice = index == 0 ? FIELD_CHOICE_CLEAR : FIELD_CHOICE_KEEP;
	return 0;
}

static int read_fields(const struct option *option, struct slice text, void *target, struct error *err)
{
	struct field_policy policy = {.rest = FIELD_CHOICE_UNSAID};
	if (parse_field_choice(option, text, &policy.rest, err) < 0)
		return -1;
	*(struct field_policy *)field_of(option, target) = policy;
	return 0;
}

int option_read_field(const struct option *option, struct slice name, struct slice text, void *target, struct error *err)
{
	struct field_policy *policy = field_of(option, target);
	const bool is_rest = slice_equal_text(name, "default");
	const char *nearest = NULL;
	const uint64_t bit = is_rest ? 0 : config_field_find(name, &nearest);
	enum field_choice choice;
	if (!is_rest && bit == 0)
		return error_set(err, ERROR_CONFIG,
		                 nearest != NULL ? "%s: there is no field '%s'; did you mean '%s'?"
		                                 : "%s: there is no field '%s' that could be kept",
		                 option->name, VALUE_SHOW(name), nearest);
	if (parse_field_choice(option, text, &choice, err) < 0)
		return error_wrap(err, "%s: %s", option->name, VALUE_SHOW(name));
	if (is_rest)
		policy->rest = choice;
	else if (choice == FIELD_CHOICE_KEEP)
		policy->kept |= bit;
	else
		policy->cleared |= bit;
	return 0;
}

/* The second field of lists: how many; of instants: whether the clock of the job's zone shows it. */
static size_t *count_of(const struct option *option, void *target)
{
	return (size_t *)(void *)((char *)target + option->more);
}

static bool *is_local_of(const struct option *option, void *target)
{
	return (bool *)(void *)((char *)target + option->more);
}

/* One more text behind those that are there, in a copy of the list. */
static int list_add(const struct option *option, struct slice text, const struct option_context *context, void *target,
                    struct error *err)
{
	const char *const **field = field_of(option, target);
	const size_t count = *count_of(option, target);
	const char **texts = arena_alloc(context->arena, (count + 1) * sizeof(*texts));
	const char *copy = arena_text(context->arena, text);
	if (texts == NULL || copy == NULL)
		return error_set_memory(err);
	for (size_t index = 0; index < count; index++)
		texts[index] = (*field)[index];
	texts[count] = copy;
	*field = texts;
	*count_of(option, target) = count + 1;
	return 0;
}

#define JOBS_MAX 100

int option_add_job(const struct option *option, struct slice text, const struct option_context *context, void *target,
                   struct error *err)
{
	const struct job_config *job = target;
	if (text.size == 0)
		return error_set(err, ERROR_CONFIG, "%s: a job's name is empty", option->name);
	if (value_check_text(text, VALUE_JOB_BYTES, err) < 0)
		return error_wrap(err, "%s", option->name);
	if (slice_equal_text(text, job->name))
		return error_set(err, ERROR_CONFIG, "%s: '%s' is this job itself", option->name, VALUE_SHOW(text));
	if (*count_of(option, target) == JOBS_MAX)
		return error_set(err, ERROR_CONFIG, "%s: more than %d jobs", option->name, JOBS_MAX);
	return list_add(option, text, context, target, err);
}

int option_add_argument(const struct option *option, struct slice text, const struct option_context *context, void *target,
                        struct error *err)
{
	const bool is_program = *count_of(option, target) == 0;
	if (is_program && text.size == 0)
		return error_set(err, ERROR_CONFIG, "%s: the program's name is empty", option->name);
	if (*count_of(option, target) == SCHEDULE_ARGUMENTS_MAX)
		return error_set(err, ERROR_CONFIG, "%s: more than %d arguments", option->name, SCHEDULE_ARGUMENTS_MAX);
	if (value_check_text(text, VALUE_PATH_BYTES, err) < 0)
		return error_wrap(err, "%s", option->name);
	if (!is_program || memchr(text.data, '/', text.size) == NULL)
		return list_add(option, text, context, target, err);
	const char *path = path_join(context->arena, context->folder, text);
	return path != NULL ? list_add(option, slice_from(path), context, target, err) : error_set_memory(err);
}

int option_add_proof(const struct option *option, struct slice text, void *target, struct error *err)
{
	size_t index;
	if (value_parse_word(text, option->words, &index, err) < 0)
		return error_wrap(err, "%s", option->name);
	if ((1U << index) > WHOLE_LENGTH)
		return error_set(err, ERROR_CONFIG, "%s: '%s: %s' is not available in this version of feedmill", option->name,
		                 option->name, option->words[index]);
	*(unsigned *)field_of(option, target) |= 1U << index;
	return 0;
}

static int check_text(const struct option *option, struct slice text, struct error *err)
{
	switch (option->type) {
	case OPTION_TEXT:
		return option->field == OPTION_NO_FIELD ? 0 : value_check_text(text, VALUE_OPTION_BYTES, err);
	case OPTION_PREFIX:
		return value_check_prefix(text, err);
	case OPTION_NAME:
	case OPTION_DIALECT:
		return value_check_name(text, err);
	case OPTION_CURRENCY:
		return value_check_currency(text, err);
	case OPTION_PROXY:
		return value_check_proxy(text, err);
	case OPTION_LANGUAGE:
		return value_check_language(text, err);
	default:
		return 0;
	}
}

static int read_dialect_name(const struct option *option, struct slice text, const struct option_context *context, void *target,
                             struct error *err)
{
	struct job_config *job = target;
	if (store_text(option, text, context, target, err) < 0)
		return -1;
	job->dialect_options = NULL;
	job->dialect_option_count = 0;
	return 0;
}

static int read_reference(const struct option *option, struct slice text, const struct option_context *context, void *target,
                          struct error *err)
{
	const struct secret_reference_place place = {.arena = context->arena, .folder = context->folder, .is_key = true};
	return secret_reference_parse(text, &place, field_of(option, target), err);
}

static int read_value(const struct option *option, struct slice text, const struct option_context *context, void *target,
                      struct error *err)
{
	if (check_text(option, text, err) < 0)
		return -1;
	switch (option->type) {
	case OPTION_TEXT:
		return option->field == OPTION_NO_FIELD ? 0 : store_text(option, text, context, target, err);
	case OPTION_PREFIX:
	case OPTION_NAME:
	case OPTION_CURRENCY:
	case OPTION_PROXY:
	case OPTION_LANGUAGE:
		return store_text(option, text, context, target, err);
	case OPTION_DIALECT:
		return read_dialect_name(option, text, context, target, err);
	case OPTION_SOURCE:
		return read_source(option, text, context, target, err);
	case OPTION_PATH:
		return value_check_path(text, err) < 0 ? -1 : store_path(option, text, context, target, err);
	case OPTION_FOLDER:
		return read_folder(option, text, context, target, err);
	case OPTION_EMPTY_FOLDER:
		return check_empty_folder(option, text, context, err);
	case OPTION_STORE:
		return read_store(option, text, context, target, err);
	case OPTION_SIZE:
	case OPTION_DURATION:
		return read_number(option, text, target, err);
	case OPTION_ZONE:
		return schedule_parse_zone(text, context->arena, target, err);
	case OPTION_INSTANT:
		return schedule_parse_instant(text, option->default_number == INT64_MAX, field_of(option, target),
		                              is_local_of(option, target), err);
	case OPTION_SCHEDULE:
		return schedule_parse(text, context->arena, field_of(option, target), err);
	case OPTION_DECIMAL_SIGN:
		return value_parse_decimal_sign(text, field_of(option, target), err);
	case OPTION_BOOL:
	case OPTION_CHOICE:
		return read_choice(option, text, target, err);
	case OPTION_MISSING:
		return read_missing(option, text, target, err);
	case OPTION_FIELDS:
		return read_fields(option, text, target, err);
	case OPTION_JOBS:
		return option_add_job(option, text, context, target, err);
	case OPTION_GUARDS:
		return guards_read_word(text, field_of(option, target), err);
	case OPTION_PROOFS:
		return option_add_proof(option, text, target, err);
	case OPTION_REFERENCE:
		return read_reference(option, text, context, target, err);
	case OPTION_KEEP:
		return error_set(err, ERROR_CONFIG, "expected a mapping as '{runs: 10, days: 90}'");
	case OPTION_FIGURES:
		return error_set(err, ERROR_CONFIG, "expected a mapping with '%s'", option->figures[0].name);
	case OPTION_ARGUMENTS:
		return error_set(err, ERROR_CONFIG, "expected a list as '[/usr/local/bin/notify, acme]'");
	}
	return 0;
}

int option_read(const struct option *option, struct slice text, const struct option_context *context, void *target,
                struct error *err)
{
	if (option->availability == OPTION_UNAVAILABLE)
		return option_refuse(option, err);
	if (read_value(option, text, context, target, err) == 0)
		return 0;
	if (err->code == ERROR_MEMORY || option->type == OPTION_EMPTY_FOLDER || option->type == OPTION_JOBS ||
	    option->type == OPTION_PROOFS)
		return -1;
	return error_wrap(err, "%s", option->name);
}

void option_set_default(const struct option *option, void *target)
{
	struct error ignored;
	if (option->field == OPTION_NO_FIELD)
		return;
	switch (option->type) {
	case OPTION_SIZE:
	case OPTION_DURATION:
		*(int64_t *)field_of(option, target) = option->default_number;
		return;
	case OPTION_ZONE:
		*(const char **)field_of(option, target) = option->default_text;
		((struct job_config *)target)->offset_minutes = 0;
		return;
	case OPTION_INSTANT:
		*(int64_t *)field_of(option, target) = option->default_number;
		*is_local_of(option, target) = false;
		return;
	case OPTION_SCHEDULE:
		((struct job_schedule *)field_of(option, target))->expression = NULL;
		return;
	case OPTION_FIGURES:
		figures_set_defaults(option, target);
		return;
	case OPTION_DECIMAL_SIGN:
		*(char *)field_of(option, target) = '\0';
		return;
	case OPTION_BOOL:
	case OPTION_CHOICE:
		/* A default is one of its words; a test holds the table to that. */
		(void)read_choice(option, slice_from(option->default_text), target, &ignored);
		return;
	case OPTION_MISSING:
		(void)read_missing(option, slice_from(option->default_text), target, &ignored); /* as above */
		((struct job_config *)target)->missing_is_said = false;
		return;
	case OPTION_FIELDS:
		*(struct field_policy *)field_of(option, target) = (struct field_policy){.rest = FIELD_CHOICE_UNSAID};
		if (option->default_text != NULL)
			(void)read_fields(option, slice_from(option->default_text), target, &ignored); /* as above */
		return;
	case OPTION_JOBS:
	case OPTION_ARGUMENTS:
		*(const char *const **)field_of(option, target) = NULL;
		*count_of(option, target) = 0;
		return;
	case OPTION_GUARDS:
		guards_set_defaults(field_of(option, target));
		return;
	case OPTION_PROOFS:
		*(unsigned *)field_of(option, target) = 0;
		return;
	case OPTION_KEEP:
		keep_policy_init(field_of(option, target));
		return;
	case OPTION_REFERENCE:
		*(struct secret_reference *)field_of(option, target) = (struct secret_reference){.kind = SECRET_NONE};
		return;
	case OPTION_FOLDER:
		*(const char **)field_of(option, target) = NULL; /* stands beside the file, if it is there */
		return;
	default:
		*(const char **)field_of(option, target) = option->default_text;
		return;
	}
}

/* The table of options as JSON Schema (draft 2020-12), for editors that complete and check YAML. */
#include "config/option.h"

#include "config/figures.h"
#include "config/guards.h"
#include "config/keep.h"
#include "config/schedule.h"

static const char size_pattern[] = "^[0-9]+ *([kKmMgGtT]?[iI]?[bB])?$";
static const char duration_pattern[] = "^([0-9]+ *([mM]?[sS]|[mM]|[mM][iI][nN]|[hH]|[dD]) *)+$";
static const char zone_pattern[] = "^([+-](0[0-9]|1[0-4]):[0-5][0-9]|[A-Za-z0-9_][A-Za-z0-9_+-]*(/[A-Za-z0-9_][A-Za-z0-9_+-]*)*)$";
static const char name_pattern[] = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$";

static void append_string(struct json_writer *json, const char *pattern)
{
	json_member_text(json, "type", "string");
	if (pattern != NULL)
		json_member_text(json, "pattern", pattern);
}

static void append_words(struct json_writer *json, const char *const *words)
{
	json_key(json, "enum");
	json_array_begin(json);
	for (size_t index = 0; words[index] != NULL; index++)
		json_text(json, words[index]);
	json_array_end(json);
}

/* A word, or a mapping with the word as `action`. */
static void append_missing(struct json_writer *json, const char *const *words)
{
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	append_words(json, words);
	json_object_end(json);
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_key(json, "properties");
	json_object_begin(json);
	json_key(json, "action");
	json_object_begin(json);
	append_words(json, words);
	json_object_end(json);
	json_key(json, "after");
	json_object_begin(json);
	json_member_text(json, "type", "integer");
	json_member_integer(json, "minimum", 1);
	json_object_end(json);
	json_object_end(json);
	json_member_bool(json, "additionalProperties", false);
	json_object_end(json);
	json_array_end(json);
}

/* A name, or a mapping of `name` and the dialect's own options. */
static void append_dialect(struct json_writer *json)
{
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	append_string(json, name_pattern);
	json_object_end(json);
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_key(json, "required");
	json_array_begin(json);
	json_text(json, "name");
	json_array_end(json);
	json_key(json, "additionalProperties");
	json_object_begin(json);
	json_member_text(json, "type", "string");
	json_object_end(json);
	json_object_end(json);
	json_array_end(json);
}

/* A word, or a mapping of fields (and `default`) to words. */
static void append_fields(struct json_writer *json, const char *const *words)
{
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	append_words(json, words);
	json_object_end(json);
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_key(json, "additionalProperties");
	json_object_begin(json);
	append_words(json, words);
	json_object_end(json);
	json_object_end(json);
	json_array_end(json);
}

/* A job's name, or several. */
static void append_jobs(struct json_writer *json)
{
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	append_string(json, name_pattern);
	json_object_end(json);
	json_object_begin(json);
	json_member_text(json, "type", "array");
	json_key(json, "items");
	json_object_begin(json);
	append_string(json, name_pattern);
	json_object_end(json);
	json_object_end(json);
	json_array_end(json);
}

static void append_arguments(struct json_writer *json)
{
	json_member_text(json, "type", "array");
	json_key(json, "items");
	json_object_begin(json);
	append_string(json, NULL);
	json_object_end(json);
}

static void append_choice(struct json_writer *json, const char *const *words)
{
	json_object_begin(json);
	append_words(json, words);
	json_object_end(json);
}

static void append_limit(struct json_writer *json, enum guard_kind kind, enum guard_limit limit)
{
	static const char *const off[] = {"off", NULL};
	json_key(json, guard_limit_name(limit));
	json_object_begin(json);
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	json_member_text(json, "type", guard_limit_is_share(limit) ? "number" : "integer");
	json_member_integer(json, "minimum", guard_limit_minimum(limit));
	json_object_end(json);
	if (guard_limit_may_be_off(kind, limit))
		append_choice(json, off);
	json_array_end(json);
	json_object_end(json);
}

/* One guard: a switch, or its limits. */
static void append_guard(struct json_writer *json, enum guard_kind kind)
{
	static const char *const switches[] = {"on", "off", NULL};
	json_key(json, guard_name(kind));
	json_object_begin(json);
	json_member_text(json, "description", guard_help(kind));
	json_key(json, "oneOf");
	json_array_begin(json);
	append_choice(json, switches);
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_key(json, "properties");
	json_object_begin(json);
	json_key(json, "action");
	json_object_begin(json);
	append_words(json, guard_action_words());
	json_object_end(json);
	for (enum guard_limit limit = 0; limit < GUARD_LIMIT_KIND_COUNT; limit++)
		if (guard_has_limit(kind, limit))
			append_limit(json, kind, limit);
	json_object_end(json);
	json_member_bool(json, "additionalProperties", false);
	json_object_end(json);
	json_array_end(json);
	json_object_end(json);
}

/* A switch for all, or a mapping of guards. */
static void append_guards(struct json_writer *json, const char *const *words)
{
	json_key(json, "oneOf");
	json_array_begin(json);
	append_choice(json, words);
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_key(json, "properties");
	json_object_begin(json);
	for (enum guard_kind kind = 0; kind < GUARD_KIND_COUNT; kind++)
		append_guard(json, kind);
	json_object_end(json);
	json_member_bool(json, "additionalProperties", false);
	json_object_end(json);
	json_array_end(json);
}

/* A word, or several. */
static void append_proofs(struct json_writer *json)
{
	static const char *const words[] = {"end_of_document", "length", NULL};
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	append_words(json, words);
	json_object_end(json);
	json_object_begin(json);
	json_member_text(json, "type", "array");
	json_key(json, "items");
	json_object_begin(json);
	append_words(json, words);
	json_object_end(json);
	json_object_end(json);
	json_array_end(json);
}

/* A whole number, or 'all'. */
static void append_figure(struct json_writer *json, const char *name, int64_t maximum)
{
	json_key(json, name);
	json_object_begin(json);
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	json_member_text(json, "type", "integer");
	json_member_integer(json, "minimum", 1);
	json_member_integer(json, "maximum", maximum);
	json_object_end(json);
	json_object_begin(json);
	json_member_text(json, "const", "all");
	json_object_end(json);
	json_array_end(json);
	json_object_end(json);
}

static void append_size(struct json_writer *json)
{
	json_key(json, "type");
	json_array_begin(json);
	json_text(json, "string");
	json_text(json, "integer"); /* a plain number is bytes */
	json_array_end(json);
	json_member_text(json, "pattern", size_pattern);
}

static void append_keep(struct json_writer *json)
{
	json_member_text(json, "type", "object");
	json_member_bool(json, "additionalProperties", false);
	json_key(json, "properties");
	json_object_begin(json);
	append_figure(json, "runs", KEEP_RUNS_MAX);
	append_figure(json, "days", KEEP_DAYS_MAX);
	json_key(json, "spool_max_bytes");
	json_object_begin(json);
	append_size(json);
	json_object_end(json);
	for (size_t kind = 0; kind < KEEP_KINDS; kind++) {
		json_key(json, keep_kind_names[kind]);
		json_object_begin(json);
		json_member_text(json, "type", "object");
		json_member_bool(json, "additionalProperties", false);
		json_key(json, "properties");
		json_object_begin(json);
		append_figure(json, "runs", KEEP_RUNS_MAX);
		append_figure(json, "days", KEEP_DAYS_MAX);
		json_object_end(json);
		json_object_end(json);
	}
	json_object_end(json);
}

static void append_type(struct json_writer *json, const struct option *option)
{
	switch (option->type) {
	case OPTION_SIZE:
		append_size(json);
		return;
	case OPTION_KEEP:
		append_keep(json);
		return;
	case OPTION_DURATION:
		append_string(json, duration_pattern);
		return;
	case OPTION_ZONE:
		append_string(json, zone_pattern);
		return;
	case OPTION_SCHEDULE:
		schedule_append_schema(duration_pattern, json);
		return;
	case OPTION_FIGURES:
		figures_append_schema(option, duration_pattern, json);
		return;
	case OPTION_ARGUMENTS:
		append_arguments(json);
		return;
	case OPTION_NAME:
		append_string(json, name_pattern);
		return;
	case OPTION_CURRENCY:
		append_string(json, "^[A-Z]{3}$");
		return;
	case OPTION_STORE:
		append_string(json, "^sqlite:.+");
		return;
	case OPTION_DECIMAL_SIGN:
		append_string(json, "^[.,]$");
		return;
	case OPTION_LANGUAGE:
		append_string(json, "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$");
		return;
	case OPTION_BOOL:
		json_member_text(json, "type", "boolean");
		return;
	case OPTION_FIELDS:
		append_fields(json, option->words);
		return;
	case OPTION_JOBS:
		append_jobs(json);
		return;
	case OPTION_MISSING:
		append_missing(json, option->words);
		return;
	case OPTION_DIALECT:
		append_dialect(json);
		return;
	case OPTION_GUARDS:
		append_guards(json, option->words);
		return;
	case OPTION_PROOFS:
		append_proofs(json);
		return;
	case OPTION_REFERENCE:
		secret_reference_append_schema(json, true);
		return;
	case OPTION_TEXT:
	case OPTION_PREFIX:
	case OPTION_SOURCE:
	case OPTION_PROXY:
	case OPTION_PATH:
	case OPTION_FOLDER:
	case OPTION_EMPTY_FOLDER:
	case OPTION_INSTANT:
	case OPTION_CHOICE:
		break;
	}
	if (option->words != NULL)
		append_words(json, option->words);
	else
		append_string(json, NULL);
}

static void append_property(struct json_writer *json, const struct option *option)
{
	json_key(json, option->name);
	json_object_begin(json);
	json_member_text(json, "description", option->help);
	append_type(json, option);
	json_object_end(json);
}

static void append_required(struct json_writer *json, enum option_place place)
{
	json_key(json, "required");
	json_array_begin(json);
	for (size_t index = 0; index < option_count(); index++)
		if (option_at(index)->place == place && option_at(index)->is_required)
			json_text(json, option_at(index)->name);
	json_array_end(json);
}

void option_append_schema(enum option_place place, struct json_writer *json)
{
	json_object_begin(json);
	json_member_text(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_member_text(json, "title", place == OPTION_PLACE_FILE ? "feedmill.yaml" : "a job of feedmill");
	json_member_text(json, "type", "object");
	json_member_bool(json, "additionalProperties", false);
	append_required(json, place);
	json_key(json, "properties");
	json_object_begin(json);
	for (size_t index = 0; index < option_count(); index++)
		if (option_at(index)->place == place && option_at(index)->availability != OPTION_UNAVAILABLE)
			append_property(json, option_at(index));
	json_object_end(json);
	json_object_end(json);
}

/* Jobs: defaults, settings of the command line, and the text that stands for their policies. */
#include "config/job.h"

#include "config/fields.h"
#include "config/option.h"
#include "config/value.h"
#include "config/value_show.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_TEXT_BYTES ((size_t)1024 * 1024) /* above what the limits of the values allow, each byte escaped */

static const char *const missing_names[] = {[MISSING_KEEP] = "keep", [MISSING_MARK] = "mark", [MISSING_DELETE] = "delete"};

#define MISSING_COUNT (sizeof(missing_names) / sizeof(missing_names[0]))

const char *missing_policy_name(enum missing_policy policy)
{
	assert((size_t)policy < MISSING_COUNT);
	return missing_names[policy];
}

bool missing_policy_parse(struct slice text, enum missing_policy *ret_policy)
{
	for (size_t index = 0; index < MISSING_COUNT; index++) {
		if (slice_equal_text(text, missing_names[index])) {
			*ret_policy = (enum missing_policy)index;
			return true;
		}
	}
	return false;
}

/* The word at `index` of a job's option. */
static const char *option_word(const char *key, unsigned index)
{
	const struct option *option = option_find(OPTION_PLACE_JOB, slice_from(key));
	assert(option != NULL && option->words != NULL);
	return option->words[index];
}

const char *mode_policy_name(enum mode_policy policy)
{
	return option_word("mode", policy);
}

const char *scope_policy_name(enum scope_policy policy)
{
	return option_word("scope", policy);
}

const char *categories_policy_name(enum categories_policy policy)
{
	return option_word("categories", policy);
}

const char *duplicates_policy_name(enum duplicates_policy policy)
{
	return option_word("duplicates", policy);
}

const char *unproven_policy_name(enum unproven_policy policy)
{
	return option_word("unproven", policy);
}

void job_config_init(struct job_config *job, const char *name)
{
	*job = (struct job_config){.name = name};
	for (size_t index = 0; index < option_count(); index++) {
		const struct option *option = option_at(index);
		if (option->place == OPTION_PLACE_JOB)
			option_set_default(option, job);
	}
}

int job_pair_make(struct slice name, struct slice value, struct arena *arena, struct config_pair *ret_pair, struct error *err)
{
	if (value_check_name(name, err) < 0)
		return -1;
	if (value_check_text(value, VALUE_OPTION_BYTES, err) < 0)
		return error_wrap(err, "option '%s'", VALUE_SHOW(name));
	*ret_pair = (struct config_pair){.name = arena_text(arena, name), .value = arena_text(arena, value)};
	return ret_pair->name != NULL && ret_pair->value != NULL ? 0 : error_set_memory(err);
}

static bool pairs_have(const struct config_pair *pairs, size_t count, struct slice name)
{
	for (size_t index = 0; index < count; index++) {
		if (slice_equal_text(name, pairs[index].name))
			return true;
	}
	return false;
}

/* 'group_id=parent' into the next of `pairs`. */
static int read_pair(struct slice piece, struct arena *arena, struct config_pair *pairs, size_t *count, struct error *err)
{
	static const struct slice equals = SLICE("=");
	size_t at = slice_find(piece, equals);
	if (at == SIZE_MAX)
		return error_set(err, ERROR_CONFIG, "'%s' is not an option of a dialect; write it as 'name=value'",
		                 VALUE_SHOW(piece));
	if (*count == JOB_DIALECT_OPTIONS)
		return error_set(err, ERROR_CONFIG, "more than %d options", JOB_DIALECT_OPTIONS);
	struct slice name = slice_make(piece.data, at);
	if (pairs_have(pairs, *count, name))
		return error_set(err, ERROR_CONFIG, "option '%s' is given twice", VALUE_SHOW(name));
	if (job_pair_make(name, slice_make(piece.data + at + 1, piece.size - at - 1), arena, &pairs[*count], err) < 0)
		return -1;
	(*count)++;
	return 0;
}

/* 'yml,group_id=parent': `name` receives what stands before the first comma. */
static int read_dialect_list(struct slice text, struct arena *arena, struct slice *name, struct job_config *ret_job,
                             struct error *err)
{
	static const struct slice comma = SLICE(",");
	struct slice_splitter splitter = slice_split(text, comma);
	struct slice piece;
	size_t count = 0;
	struct config_pair *pairs = arena_alloc(arena, JOB_DIALECT_OPTIONS * sizeof(*pairs));
	if (pairs == NULL)
		return error_set_memory(err);
	if (!slice_split_next(&splitter, name))
		*name = text;
	while (slice_split_next(&splitter, &piece)) {
		if (read_pair(piece, arena, pairs, &count, err) < 0)
			return err->code == ERROR_MEMORY ? -1 : error_wrap(err, "dialect");
	}
	ret_job->dialect_options = count > 0 ? pairs : NULL;
	ret_job->dialect_option_count = count;
	return 0;
}

int job_config_set(struct job_config *job, const char *key, struct slice value, struct arena *arena, struct error *err)
{
	const struct option_context context = {.arena = arena, .folder = "."};
	const struct option *option = option_find(OPTION_PLACE_JOB, slice_from(key));
	struct job_config pairs = {.dialect_options = NULL};
	if (option == NULL)
		return error_set(err, ERROR_CONFIG, "a job has no option '%s'", key);
	if (option->type == OPTION_DIALECT && read_dialect_list(value, arena, &value, &pairs, err) < 0)
		return -1;
	if (option_read(option, value, &context, job, err) < 0)
		return -1;
	if (option->type == OPTION_DIALECT) {
		job->dialect_options = pairs.dialect_options;
		job->dialect_option_count = pairs.dialect_option_count;
	}
	return 0;
}

static int compare_pairs(const void *left, const void *right)
{
	const struct config_pair *first = left;
	const struct config_pair *second = right;
	return strcmp(first->name, second->name);
}

/* So escaped, a value can neither end its word nor the line, and two texts are equal only if their values are. */
static void append_escaped(struct buffer *text, struct slice value)
{
	for (size_t index = 0; index < value.size; index++) {
		unsigned char byte = (unsigned char)value.data[index];
		if (byte <= ' ' || byte == '%' || byte == '=' || byte == 0x7F)
			(void)buffer_append_format(text, "%%%02X", byte);
		else
			(void)buffer_append_byte(text, value.data[index]);
	}
}

static void append_member(struct buffer *text, const char *prefix, const char *key, struct slice value)
{
	(void)buffer_append_format(text, "%s%s%s=", text->size > 0 ? " " : "", prefix, key);
	append_escaped(text, value);
}

static int append_pairs(struct buffer *text, const struct job_config *job, struct error *err)
{
	size_t count = job->dialect_option_count;
	if (count == 0)
		return 0;
	struct config_pair *sorted = calloc(count, sizeof(*sorted));
	if (sorted == NULL)
		return error_set_memory(err);
	memcpy(sorted, job->dialect_options, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_pairs);
	for (size_t index = 0; index < count; index++)
		append_member(text, "dialect.", sorted[index].name, slice_from(sorted[index].value));
	free(sorted);
	return 0;
}

static int append_policies(struct buffer *text, struct buffer *value, const struct job_config *job, struct error *err)
{
	for (size_t index = 0; index < option_count(); index++) {
		const struct option *option = option_at(index);
		if (!option->shapes_items)
			continue;
		buffer_clear(value);
		if (option_append_field(option, job, value))
			append_member(text, "", option->name, buffer_slice(value));
		if (option->type == OPTION_DIALECT && append_pairs(text, job, err) < 0)
			return -1;
	}
	return text->failed || value->failed ? error_set_memory(err) : 0;
}

/* Does the job write parts of items that are other jobs' to add and remove? */
static bool is_of_parts(const struct job_config *job)
{
	return job->scope == SCOPE_PRICES || job->scope == SCOPE_TEXTS;
}

int job_config_check(const struct job_config *job, const char **ret_key, struct error *err)
{
	const char *scope = scope_policy_name(job->scope);
	*ret_key = "scope";
	if (job->scope == SCOPE_TEXTS && job->language == NULL)
		return error_set(err, ERROR_CONFIG, "scope: 'texts' needs the key 'language': which language the texts are in");
	*ret_key = "mode";
	if (is_of_parts(job) && job->mode == MODE_ADD)
		return error_set(err, ERROR_CONFIG, "mode: 'add' and 'scope: %s' together do nothing: only known items have %s",
		                 scope, scope);
	*ret_key = "missing";
	if (is_of_parts(job) && job->missing_is_said && job->missing != MISSING_KEEP)
		return error_set(err, ERROR_CONFIG,
		                 "missing: a job with 'scope: %s' removes no items; leave it out, or write 'keep'", scope);
	return 0;
}

/* What the guards come to, as text. */
static int write_guards_text(struct job_config *job, struct buffer *text, struct arena *arena, struct error *err)
{
	buffer_clear(text);
	guards_append_text(&job->guards, text);
	const char *copy = text->failed ? NULL : arena_text(arena, buffer_slice(text));
	if (copy == NULL)
		return error_set_memory(err);
	job->guards_text = copy;
	return 0;
}

static uint64_t kept_fields(const struct field_policy *policy, enum field_choice by_default)
{
	const enum field_choice rest = policy->rest != FIELD_CHOICE_UNSAID ? policy->rest : by_default;
	const uint64_t kept = rest == FIELD_CHOICE_KEEP ? config_fields_all() : 0;
	return (kept & ~policy->cleared) | policy->kept;
}

/* A job that adds, updates or writes a part takes away nothing unless it is told to. */
void job_config_resolve(struct job_config *job)
{
	const bool is_whole = job->mode == MODE_UPSERT && job->scope == SCOPE_ALL;
	if (!job->missing_is_said)
		job->missing = is_whole ? MISSING_MARK : MISSING_KEEP;
	job->keep_absent = kept_fields(&job->on_absent, is_whole ? FIELD_CHOICE_CLEAR : FIELD_CHOICE_KEEP);
	job->keep_empty = kept_fields(&job->on_empty, FIELD_CHOICE_CLEAR);
}

int job_config_seal(struct job_config *job, struct arena *arena, struct error *err)
{
	struct buffer text;
	struct buffer value;
	job_config_resolve(job);
	buffer_init(&text, CONFIG_TEXT_BYTES);
	buffer_init(&value, CONFIG_TEXT_BYTES);
	int result = append_policies(&text, &value, job, err);
	if (result == 0) {
		const char *copy = arena_text(arena, buffer_slice(&text));
		if (copy != NULL)
			job->config_text = copy;
		else
			result = error_set_memory(err);
	}
	if (result == 0)
		result = write_guards_text(job, &value, arena, err);
	buffer_release(&value);
	buffer_release(&text);
	return result;
}

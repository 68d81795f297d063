/* From mapping to struct, by the table of options: unknown, unavailable, misplaced and unreadable keys are all noted. */
#include "config/settings.h"

#include "base/number.h"
#include "base/suggest.h"
#include "config/fields.h"
#include "config/figures.h"
#include "config/job.h"
#include "config/keep.h"
#include "config/schedule.h"
#include "config/value_show.h"

/* Turn `err` into a problem at the node; -1 where it is no mistake of the file. */
static int note_error(const struct settings *settings, const struct yaml_node *node, bool at_key, const struct error *err)
{
	if (err->code == ERROR_MEMORY)
		return -1;
	config_problem_at(settings->problems, settings->document, node, at_key, "%s", err->message);
	return 0;
}

/* True for a value to go on with; else a problem was noted. */
static bool check_scalar(const struct settings *settings, const struct yaml_node *node)
{
	return yaml_check_scalar(settings->document, node, settings->problems);
}

static int read_scalar(const struct settings *settings, const struct yaml_node *node, const struct option *option,
                       struct error *err)
{
	if (!check_scalar(settings, node))
		return 0;
	if (option_read(option, node->text, &settings->context, settings->target, err) < 0)
		return note_error(settings, node, option->availability == OPTION_UNAVAILABLE, err);
	return 0;
}

static void read_after(const struct settings *settings, const struct yaml_node *node)
{
	struct job_config *job = settings->target;
	int64_t runs;
	if (!check_scalar(settings, node))
		return;
	if (number_parse_integer(node->text, 1, INT32_MAX, &runs))
		job->missing_after = runs;
	else
		config_problem_at(settings->problems, settings->document, node, false, "after: '%s' is not a whole number from 1",
		                  VALUE_SHOW(node->text));
}

/* missing: {action: mark, after: 3} */
static int read_missing(const struct settings *settings, const struct yaml_node *mapping, const struct option *option,
                        struct error *err)
{
	static const char *const known[] = {"action", "after"};
	const struct yaml_node *action = yaml_find(mapping, "action");
	const struct yaml_node *after = yaml_find(mapping, "after");
	(void)yaml_refuse_unknown(settings->document, mapping, known, sizeof(known) / sizeof(known[0]), settings->problems);
	if (action == NULL)
		config_problem_at(settings->problems, settings->document, mapping, false, "missing: 'action' is missing");
	else if (read_scalar(settings, action, option, err) < 0)
		return -1;
	if (after != NULL)
		read_after(settings, after);
	return 0;
}

/* on_absent: {default: clear, description: keep} */
static int read_fields(const struct settings *settings, const struct yaml_node *mapping, const struct option *option,
                       struct error *err)
{
	option_set_default(option, settings->target);
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		if (!check_scalar(settings, node))
			continue;
		if (option_read_field(option, node->key, node->text, settings->target, err) < 0) {
			const char *nearest = NULL;
			const bool is_known = slice_equal_text(node->key, "default") || config_field_find(node->key, &nearest) != 0;
			if (note_error(settings, node, !is_known, err) < 0)
				return -1;
		}
	}
	return 0;
}

typedef int add_function(const struct option *option, struct slice text, const struct option_context *context, void *target,
                         struct error *err);

/* take_over: [acme, old-acme]; on_failure: [notify, acme] */
static int read_list(const struct settings *settings, const struct yaml_node *list, const struct option *option, struct error *err)
{
	const bool is_jobs = option->type == OPTION_JOBS;
	add_function *add = is_jobs ? option_add_job : option_add_argument;
	option_set_default(option, settings->target); /* a job's list replaces that of feedmill.yaml */
	for (const struct yaml_node *node = list->first; node != NULL; node = node->next) {
		if (node->type != YAML_SCALAR) {
			config_problem_at(settings->problems, settings->document, node, false, "%s: expected %s, not a %s",
			                  option->name, is_jobs ? "the name of a job" : "an argument", yaml_type_name(node));
		} else if (add(option, node->text, &settings->context, settings->target, err) < 0 &&
		           note_error(settings, node, false, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* whole: [end_of_document, length] */
static int read_proofs(const struct settings *settings, const struct yaml_node *list, const struct option *option,
                       struct error *err)
{
	for (const struct yaml_node *node = list->first; node != NULL; node = node->next) {
		if (node->type != YAML_SCALAR) {
			config_problem_at(settings->problems, settings->document, node, false, "%s: expected a word, not a %s",
			                  option->name, yaml_type_name(node));
		} else if (option_add_proof(option, node->text, settings->target, err) < 0 &&
		           note_error(settings, node, false, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* One guard's mapping: {percent: 10, count: 10, action: hold} */
static int read_guard(const struct settings *settings, const struct yaml_node *guard, struct guards_policy *policy,
                      struct error *err)
{
	for (const struct yaml_node *node = guard->first; node != NULL; node = node->next) {
		bool at_key = false;
		if (!check_scalar(settings, node))
			continue;
		if (guards_read_limit(guard->key, node->key, node->text, policy, &at_key, err) < 0 &&
		    error_wrap(err, "guards") < 0 && note_error(settings, node, at_key, err) < 0)
			return -1;
	}
	return 0;
}

/* guards: {removed: {percent: 10, count: 10}, prices: off} */
static int read_guards(const struct settings *settings, const struct yaml_node *mapping, const struct option *option,
                       struct error *err)
{
	struct guards_policy *policy = (void *)((char *)settings->target + option->field);
	policy->are_off = false;
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		enum guard_kind kind;
		bool at_key = true;
		int result = guards_find(node->key, &kind, err);
		if (result == 0 && node->type == YAML_MAPPING) {
			if (read_guard(settings, node, policy, err) < 0)
				return -1;
			continue;
		}
		if (result == 0 && !check_scalar(settings, node))
			continue;
		if (result == 0)
			result = guards_read_switch(node->key, node->text, policy, &at_key, err);
		if (result < 0 && error_wrap(err, "guards") < 0 && note_error(settings, node, at_key, err) < 0)
			return -1;
	}
	return 0;
}

static int read_pairs(const struct settings *settings, const struct yaml_node *mapping, struct config_pair *pairs,
                      size_t *ret_count, struct error *err)
{
	size_t count = 0;
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		if (slice_equal_text(node->key, "name") || !check_scalar(settings, node))
			continue;
		if (count == JOB_DIALECT_OPTIONS) {
			config_problem_at(settings->problems, settings->document, node, true, "dialect: more than %d options",
			                  JOB_DIALECT_OPTIONS);
			break;
		}
		if (job_pair_make(node->key, node->text, settings->context.arena, &pairs[count], err) == 0)
			count++;
		else if (error_wrap(err, "dialect") < 0 && note_error(settings, node, true, err) < 0)
			return -1;
	}
	*ret_count = count;
	return 0;
}

/* dialect: {name: yml, group_id: parent} */
static int read_dialect(const struct settings *settings, const struct yaml_node *mapping, const struct option *option,
                        struct error *err)
{
	struct job_config *job = settings->target;
	const struct yaml_node *name = yaml_find(mapping, "name");
	struct config_pair *pairs = arena_alloc(settings->context.arena, JOB_DIALECT_OPTIONS * sizeof(*pairs));
	size_t count = 0;
	if (pairs == NULL)
		return error_set_memory(err);
	if (name == NULL)
		config_problem_at(settings->problems, settings->document, mapping, false, "dialect: 'name' is missing");
	else if (read_scalar(settings, name, option, err) < 0)
		return -1;
	if (read_pairs(settings, mapping, pairs, &count, err) < 0)
		return -1;
	job->dialect_options = count > 0 ? pairs : NULL;
	job->dialect_option_count = count;
	return 0;
}

/* vault_key: file:/etc/feedmill/vault.key */
static int read_reference(const struct settings *settings, const struct yaml_node *node, const struct option *option,
                          struct error *err)
{
	const struct secret_reference_place place = {
		.arena = settings->context.arena,
		.folder = settings->context.folder,
		.is_key = true,
		.document = settings->document,
		.problems = settings->problems,
	};
	if (node->type == YAML_SCALAR && !check_scalar(settings, node))
		return 0;
	return secret_reference_read(&place, node, (void *)((char *)settings->target + option->field), err);
}

static int read_entry(const struct settings *settings, const struct yaml_node *node, const struct option *option, struct error *err)
{
	if (option->availability == OPTION_UNAVAILABLE) {
		(void)option_refuse(option, err);
		return note_error(settings, node, true, err);
	}
	if (option->type == OPTION_SOURCE && node->type != YAML_SCALAR) {
		config_problem_at(settings->problems, settings->document, node, true,
		                  "a %s as 'source' is not available in this version of feedmill", yaml_type_name(node));
		return 0;
	}
	if (option->type == OPTION_MISSING && node->type == YAML_MAPPING)
		return read_missing(settings, node, option, err);
	if (option->type == OPTION_DIALECT && node->type == YAML_MAPPING)
		return read_dialect(settings, node, option, err);
	if (option->type == OPTION_FIELDS && node->type == YAML_MAPPING)
		return read_fields(settings, node, option, err);
	if ((option->type == OPTION_JOBS || option->type == OPTION_ARGUMENTS) && node->type == YAML_SEQUENCE)
		return read_list(settings, node, option, err);
	if (option->type == OPTION_SCHEDULE && node->type == YAML_MAPPING)
		return schedule_read(settings, node, (struct job_schedule *)(void *)((char *)settings->target + option->field),
		                     err);
	if (option->type == OPTION_FIGURES && node->type == YAML_MAPPING) {
		figures_read(settings, node, option);
		return 0;
	}
	if (option->type == OPTION_GUARDS && node->type == YAML_MAPPING)
		return read_guards(settings, node, option, err);
	if (option->type == OPTION_PROOFS && node->type == YAML_SEQUENCE)
		return read_proofs(settings, node, option, err);
	if (option->type == OPTION_KEEP && node->type == YAML_MAPPING) {
		keep_policy_read(settings, node, (struct keep_policy *)(void *)((char *)settings->target + option->field));
		return 0;
	}
	if (option->type == OPTION_REFERENCE)
		return read_reference(settings, node, option, err);
	return read_scalar(settings, node, option, err);
}

static void refuse_unknown(const struct settings *settings, const struct yaml_node *node, const char **suggested)
{
	const char *names[OPTION_NAMES_MAX];
	size_t count = option_names(settings->place, names);
	bool is_job = settings->place == OPTION_PLACE_JOB;
	if (option_find(is_job ? OPTION_PLACE_FILE : OPTION_PLACE_JOB, node->key) != NULL) {
		config_problem_at(settings->problems, settings->document, node, true, "'%s' belongs into %s", node->key.data,
		                  is_job ? "feedmill.yaml, not into a job" : "the file of a job, not into feedmill.yaml");
		return;
	}
	*suggested = suggest_nearest(node->key, names, count);
	const bool hides_lines = settings->problems->hides_lines;
	const struct option *meant = *suggested != NULL ? option_find(settings->place, slice_from(*suggested)) : NULL;
	settings->problems->hides_lines = hides_lines || (meant != NULL && meant->type == OPTION_REFERENCE);
	if (*suggested != NULL)
		config_problem_at(settings->problems, settings->document, node, true, "unknown key '%s'; did you mean '%s'?",
		                  node->key.data, *suggested);
	else
		config_problem_at(settings->problems, settings->document, node, true, "unknown key '%s'", node->key.data);
	settings->problems->hides_lines = hides_lines;
}

/* A required key that was misspelt has been told once; that is enough. */
static void check_required(const struct settings *settings, const struct yaml_node *root, const char *suggested)
{
	for (size_t index = 0; index < option_count(); index++) {
		const struct option *option = option_at(index);
		if (!option->is_required || option->place != settings->place || yaml_find(root, option->name) != NULL)
			continue;
		if (suggested == NULL || !slice_equal_text(slice_from(suggested), option->name))
			config_problem_file(settings->problems, settings->document->file, "'%s' is missing", option->name);
	}
}

/* Policies that make no sense together, at the key that says so. */
static int check_together(const struct settings *settings, const struct yaml_node *root, struct error *err)
{
	const char *key = NULL;
	if (settings->place != OPTION_PLACE_JOB || job_config_check(settings->target, &key, err) == 0)
		return 0;
	const struct yaml_node *node = yaml_find(root, key);
	if (node != NULL)
		return note_error(settings, node, false, err);
	config_problem_file(settings->problems, settings->document->file, "%s", err->message);
	return 0;
}

int settings_read(const struct settings *settings, struct error *err)
{
	const struct yaml_document *document = settings->document;
	const struct yaml_node *root = document->root != NULL ? document->root : document->draft;
	const char *suggested = NULL;
	if (root != NULL && root->type != YAML_MAPPING) {
		config_problem_at(settings->problems, settings->document, root, false,
		                  "expected keys with values ('key: value'), not a %s", yaml_type_name(root));
		return 0;
	}
	for (const struct yaml_node *node = root != NULL ? root->first : NULL; node != NULL; node = node->next) {
		const struct option *option = option_find(settings->place, node->key);
		if (option == NULL)
			refuse_unknown(settings, node, &suggested);
		else if (read_entry(settings, node, option, err) < 0)
			return -1;
	}
	check_required(settings, root, suggested);
	return check_together(settings, root, err);
}

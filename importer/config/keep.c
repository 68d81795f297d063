/* keep: {runs: 10, days: 90, spool_max_bytes: 20GiB, changes: {runs: 30}} */
#include "config/keep.h"

#include "base/number.h"
#include "config/value.h"
#include "config/value_show.h"

const char *const keep_kind_names[KEEP_KINDS] = {"spool", "changes", "complaints"};

void keep_policy_init(struct keep_policy *policy)
{
	*policy = (struct keep_policy){
		.rest = {.runs = KEEP_RUNS_DEFAULT, .days = KEEP_DAYS_DEFAULT},
		.spool_max_bytes = KEEP_SPOOL_BYTES_DEFAULT,
	};
}

static int64_t figure_or(int64_t figure, int64_t otherwise)
{
	return figure != KEEP_UNSAID ? figure : otherwise;
}

struct keep_limit keep_policy_limit(const struct keep_policy *policy, enum keep_kind kind)
{
	const struct keep_limit *own = &policy->kinds[kind];
	return (struct keep_limit){
		.runs = figure_or(own->runs, policy->rest.runs),
		.days = figure_or(own->days, policy->rest.days),
	};
}

static void note_wrong(const struct settings *settings, const struct yaml_node *node, const char *path, const char *expected)
{
	const bool is_scalar = node->type == YAML_SCALAR;
	config_problem_at(settings->problems, settings->document, node, false, "%s%s: %s%s%sexpected %s", path, node->key.data,
	                  is_scalar ? "'" : "", is_scalar ? VALUE_SHOW(node->text) : "", is_scalar ? "': " : "", expected);
}

static void read_figure(const struct settings *settings, const struct yaml_node *node, const char *path, int64_t maximum,
                        int64_t *figure)
{
	int64_t number;
	if (node->type == YAML_SCALAR && slice_equal_text(node->text, "all"))
		*figure = KEEP_ALL;
	else if (node->type == YAML_SCALAR && number_parse_integer(node->text, 1, maximum, &number))
		*figure = number;
	else
		note_wrong(settings, node, path,
		           maximum == KEEP_RUNS_MAX ? "a whole number from 1 to 1000000, or 'all'"
		                                    : "a whole number from 1 to 36500, or 'all'");
}

/* The figures that every kind has; true where `node` is one of them. */
static bool read_limit_entry(const struct settings *settings, const struct yaml_node *node, const char *path,
                             struct keep_limit *limit)
{
	if (slice_equal_text(node->key, "runs"))
		read_figure(settings, node, path, KEEP_RUNS_MAX, &limit->runs);
	else if (slice_equal_text(node->key, "days"))
		read_figure(settings, node, path, KEEP_DAYS_MAX, &limit->days);
	else
		return false;
	return true;
}

/* changes: {runs: 30, days: 365} */
static void read_kind(const struct settings *settings, const struct yaml_node *node, const char *path, struct keep_limit *limit)
{
	static const char *const known[] = {"runs", "days"};
	if (node->type != YAML_MAPPING) {
		note_wrong(settings, node, "keep: ", "a mapping as '{runs: 10, days: 90}'");
		return;
	}
	(void)yaml_refuse_unknown(settings->document, node, known, sizeof(known) / sizeof(known[0]), settings->problems);
	for (const struct yaml_node *entry = node->first; entry != NULL; entry = entry->next)
		(void)read_limit_entry(settings, entry, path, limit); /* others are refused above */
}

static void read_bytes(const struct settings *settings, const struct yaml_node *node, int64_t *bytes)
{
	const struct value_range range = {.minimum = 1, .maximum = KEEP_SPOOL_BYTES_MAX};
	struct error err = ERROR_INIT;
	if (node->type != YAML_SCALAR)
		note_wrong(settings, node, "keep: ", "a size as '20GiB'");
	else if (value_parse_size(node->text, range, bytes, &err) < 0)
		config_problem_at(settings->problems, settings->document, node, false, "keep: spool_max_bytes: %s", err.message);
}

void keep_policy_read(const struct settings *settings, const struct yaml_node *mapping, struct keep_policy *policy)
{
	static const char *const known[] = {"runs", "days", "spool_max_bytes", "spool", "changes", "complaints"};
	static const char *const paths[KEEP_KINDS] = {"keep: spool: ", "keep: changes: ", "keep: complaints: "};
	(void)yaml_refuse_unknown(settings->document, mapping, known, sizeof(known) / sizeof(known[0]), settings->problems);
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		if (read_limit_entry(settings, node, "keep: ", &policy->rest))
			continue;
		if (slice_equal_text(node->key, "spool_max_bytes"))
			read_bytes(settings, node, &policy->spool_max_bytes);
		for (size_t kind = 0; kind < KEEP_KINDS; kind++)
			if (slice_equal_text(node->key, keep_kind_names[kind]))
				read_kind(settings, node, paths[kind], &policy->kinds[kind]);
	}
}

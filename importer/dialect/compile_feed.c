/* Compiles values of the whole feed, and checks what paths from the feed's root have to do with each other. */
#include "dialect/compiler.h"

/* --- feed values --- */

/* Elements must be named plainly: conditions are possible only on the last one, which the mapper sees whole. */
bool compiler_check_elements(struct compiler *compiler, const struct yaml_node *node, const struct path *path, bool has_conditions)
{
	const size_t count = path_element_count(path);

	for (size_t i = 0; i < count; i++) {
		const struct path_step *step = &path->steps[i];

		if (step->kind != STEP_CHILD && step->kind != STEP_ROOT && step->kind != STEP_ITEM) {
			config_problem_at(compiler->problems, compiler->document, node, false, "path '%s' must name elements",
			                  path->text.data);
			return false;
		}
		if (step->predicate_count == 0)
			continue;
		if (!has_conditions || i + 1 < count) {
			config_problem_at(compiler->problems, compiler->document, node, false,
			                  "path '%s': a condition cannot stand here", path->text.data);
			return false;
		}
		for (size_t k = 0; k < step->predicate_count; k++) {
			if (step->predicates[k].kind != PREDICATE_POSITION)
				continue;
			config_problem_at(compiler->problems, compiler->document, node, false,
			                  "path '%s': a position cannot stand here", path->text.data);
			return false;
		}
	}
	return count > 0;
}

static void add_feed_paths(struct compiler *compiler, const struct yaml_node *node, struct feed_rule *feed)
{
	const bool is_sequence = node->type == YAML_SEQUENCE;

	for (const struct yaml_node *item = is_sequence ? node->first : node; item != NULL;
	     item = is_sequence ? item->next : NULL) {
		const uint32_t path = compiler_path(compiler, item, true);
		uint32_t *place;

		if (path == OPTION_NONE || !compiler_check_elements(compiler, item, &compiler->dialect->paths[path], true))
			continue;
		place = compiler_append(compiler, &feed->paths, &feed->path_count, sizeof *place);
		if (place == NULL)
			return;
		*place = path;
	}
}

/* {from: PATH, latest: true} */
static void compile_feed_mapping(struct compiler *compiler, const struct yaml_node *node, struct feed_rule *feed)
{
	static const char *const known[] = {"from", "latest"};
	const struct yaml_node *from = yaml_find(node, "from");
	const struct yaml_node *latest = yaml_find(node, "latest");

	(void)yaml_refuse_unknown(compiler->document, node, known, 2, compiler->problems); /* they are in problems */
	if (latest != NULL)
		feed->is_latest = compiler_bool(compiler, latest);
	if (from == NULL)
		config_problem_at(compiler->problems, compiler->document, node, false, "'from' is missing");
	else
		add_feed_paths(compiler, from, feed);
}

void compile_feed_value(struct compiler *compiler, const struct yaml_node *node)
{
	struct dialect *dialect = compiler->dialect;
	struct feed_rule feed = {.name = compiler_key(compiler, node)};
	struct feed_rule *added = NULL;

	if (dialect->format == PATH_CSV) {
		config_problem_at(compiler->problems, compiler->document, node, true, "a table has no values of the whole feed");
		return;
	}
	for (size_t i = 0; i < dialect->feed_count; i++)
		if (slice_equal(dialect->feeds[i].name, node->key))
			added = &dialect->feeds[i];
	if (compiler_is_null(node) && added != NULL) { /* rules know it by its number, so it stays, without a path */
		*added = feed;
		return;
	}
	if (node->type == YAML_MAPPING)
		compile_feed_mapping(compiler, node, &feed);
	else
		add_feed_paths(compiler, node, &feed);
	if (added == NULL)
		added = compiler_append(compiler, &dialect->feeds, &dialect->feed_count, sizeof *added);
	if (added != NULL)
		*added = feed;
}

/* --- what overlaps --- */

/* A feed value is read outside the records, or from a record's own element; above them only from attributes. */
static void check_feed_value(struct compiler *compiler, const struct yaml_node *at, const struct path *path,
                             const struct path *record)
{
	const size_t count = path_element_count(path);
	const size_t record_count = path_element_count(record);

	if (count > record_count && path_is_around(record, record_count, path))
		config_problem_at(compiler->problems, compiler->document, at, false,
		                  "feed value '%s' stands inside the records '%s'", path->text.data, record->text.data);
	else if (count < record_count && path_is_around(path, count, record) && path_needs_content(path))
		config_problem_at(compiler->problems, compiler->document, at, false,
		                  "feed value '%s' contains the records '%s': only its attributes can be read", path->text.data,
		                  record->text.data);
}

static void check_feed(struct compiler *compiler, const struct yaml_node *at, const struct feed_rule *feed)
{
	const struct dialect *dialect = compiler->dialect;

	for (size_t p = 0; p < feed->path_count; p++) {
		const struct path *path = &dialect->paths[feed->paths[p]];
		bool is_met = false;

		for (size_t i = 0; i < dialect->record_count; i++) {
			for (size_t k = 0; k < dialect->records[i].path_count; k++) {
				const struct path *record = &dialect->paths[dialect->records[i].paths[k]];

				check_feed_value(compiler, at, path, record);
				is_met |= path_element_count(path) <= 1 || path_shared_count(path, record) > 0;
			}
		}
		if (feed->is_latest && !is_met)
			config_problem_at(compiler->problems, compiler->document, at, false,
			                  "feed value '%s' has no element around it that is around a record too", path->text.data);
	}
}

/* Two records of one path are told apart by `when`; otherwise none may be inside another. */
static void check_records(struct compiler *compiler, const struct yaml_node *at, const struct record_rule *first,
                          const struct record_rule *second)
{
	const struct dialect *dialect = compiler->dialect;

	for (size_t i = 0; i < first->path_count; i++) {
		for (size_t k = 0; k < second->path_count; k++) {
			const struct path *left = &dialect->paths[first->paths[i]];
			const struct path *right = &dialect->paths[second->paths[k]];

			if (path_same_elements(left, right)) {
				if (first->when.count == 0)
					config_problem_at(compiler->problems, compiler->document, at, false,
					                  "record '%s' is never met: '%s' takes all of '%s'; give it a 'when'",
					                  second->name.data, first->name.data, left->text.data);
			} else if (path_is_around(right, path_element_count(right), left) ||
			           path_is_around(left, path_element_count(left), right)) {
				config_problem_at(compiler->problems, compiler->document, at, false,
				                  "records '%s' and '%s' overlap at '%s'", first->name.data, second->name.data,
				                  right->text.data);
			}
		}
	}
}

void compile_check_paths(struct compiler *compiler, const struct yaml_node *root)
{
	const struct dialect *dialect = compiler->dialect;
	const struct yaml_node *feed = yaml_find(root, "feed");

	for (size_t i = 0; i < dialect->record_count; i++)
		for (size_t other = 0; other < i; other++)
			check_records(compiler, root, &dialect->records[other], &dialect->records[i]);
	for (size_t i = 0; i < dialect->feed_count; i++)
		check_feed(compiler, feed != NULL ? feed : root, &dialect->feeds[i]);
}

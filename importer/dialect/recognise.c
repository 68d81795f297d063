/* Recognises dialects by the root of a feed and what its first bytes hold, and says why a feed fits none. */
#include "dialect/recognise.h"

#include "dialect/mapping.h"

#define SCRATCH_BYTES ((size_t)64 * 1024 * 1024)
#define NAMES_SHOWN 12

enum path_language recognise_language(enum feed_format format)
{
	switch (format) {
	case FEED_JSON:
	case FEED_JSON_LINES:
		return PATH_JSON;
	case FEED_CSV:
		return PATH_CSV;
	case FEED_XML:
		break;
	}
	return PATH_XML;
}

/* A table is its rows, which have no names; or just one row. */
uint32_t recognise_header_row(const struct record *sample)
{
	uint32_t first;

	if (sample == NULL || sample->node_count == 0)
		return 0;
	first = sample->nodes[0].first_child;
	return first != RECORD_NONE && sample->nodes[first].local == NAME_NONE ? first : 0;
}

/* --- how well a dialect fits --- */

struct candidate {
	const struct dialect *dialect;
	const struct feed_root *root;
	struct name_table *names;
	struct arena arena;
};

/* Do all of these paths occur? -1 without memory. */
static int paths_occur(struct candidate *candidate, const struct recognition *recognition, bool *ret_occur, struct error *err)
{
	const struct record *sample = candidate->root->sample;
	const bool is_table = candidate->dialect->format == PATH_CSV;
	const uint32_t row = recognise_header_row(sample);
	const struct evaluator_binding binding = {.paths = recognition->paths,
	                                          .path_count = recognition->path_count,
	                                          .preferred_space = candidate->dialect->preferred_space,
	                                          .is_whole = true,
	                                          .header = is_table ? sample : NULL,
	                                          .header_row = row,
	                                          .names = candidate->names,
	                                          .arena = &candidate->arena,
	                                          .record_arena = &candidate->arena};
	struct evaluator evaluator;
	int result = 0;

	*ret_occur = recognition->path_count == 0;
	if (*ret_occur || sample == NULL)
		return 0;
	result = evaluator_init(&evaluator, &binding, err);
	if (result == 0 && !evaluator_begin(&evaluator, sample))
		result = error_set_memory(err);
	if (result == 0 && is_table)
		evaluator_enter(&evaluator, row);
	*ret_occur = result == 0;
	for (size_t i = 0; i < recognition->path_count && *ret_occur; i++) {
		size_t first;
		size_t count;

		if (!evaluator_match(&evaluator, (uint32_t)i, evaluator_scope(&evaluator), &first, &count))
			result = error_set_memory(err);
		*ret_occur = result == 0 && count > 0;
	}
	evaluator_release(&evaluator);
	return result;
}

static bool is_declared(const struct candidate *candidate, struct slice space)
{
	const struct feed_root *root = candidate->root;

	for (size_t i = 0; i < root->declared_space_count; i++)
		if (slice_equal(space, name_text(candidate->names, root->declared_spaces[i])))
			return true;
	return false;
}

/* How many conditions the feed meets: 0 where it does not meet all; a root's own namespace counts as one. */
static int recognition_strength(struct candidate *candidate, const struct recognition *recognition, size_t *ret_strength,
                                struct error *err)
{
	const struct feed_root *root = candidate->root;
	size_t strength = recognition->path_count;
	bool occur;

	*ret_strength = 0;
	if (recognition->has_root) {
		if (!slice_equal(recognition->root.local, name_text(candidate->names, root->local)))
			return 0;
		if (recognition->root.is_qualified &&
		    !slice_equal(recognition->root.space, name_text(candidate->names, root->space)))
			return 0;
		strength += recognition->root.is_qualified ? 2 : 1;
	}
	if (recognition->declared_space.size > 0) {
		if (!is_declared(candidate, recognition->declared_space))
			return 0;
		strength++;
	}
	arena_reset(&candidate->arena);
	if (paths_occur(candidate, recognition, &occur, err) != 0)
		return -1;
	if (occur)
		*ret_strength = strength;
	return 0;
}

static int dialect_strength(struct candidate *candidate, size_t *ret_strength, struct error *err)
{
	const struct dialect *dialect = candidate->dialect;

	*ret_strength = 0;
	if (dialect->format != recognise_language(candidate->root->format))
		return 0;
	for (size_t i = 0; i < dialect->recognition_count; i++) {
		size_t one;

		if (recognition_strength(candidate, &dialect->recognitions[i], &one, err) != 0)
			return -1;
		*ret_strength = one > *ret_strength ? one : *ret_strength;
	}
	return 0;
}

int dialect_recognise(const struct dialect_set *set, const struct feed_root *root, struct name_table *names,
                      const struct dialect **ret_dialect, struct error *err)
{
	struct candidate candidate = {.root = root, .names = names};
	const struct dialect *best = NULL;
	size_t best_strength = 0;
	int result = 0;

	arena_init(&candidate.arena, SCRATCH_BYTES);
	for (size_t i = 0; i < set->count && result == 0; i++) { /* by name: of two equals the first stays */
		size_t strength;

		candidate.dialect = set->dialects[i];
		result = dialect_strength(&candidate, &strength, err);
		if (result == 0 && (strength > best_strength ||
		                    (strength > 0 && strength == best_strength && dialect_is_based_on(best, candidate.dialect)))) {
			best = candidate.dialect;
			best_strength = strength;
		}
	}
	arena_release(&candidate.arena);
	*ret_dialect = best;
	return result;
}

/* --- what a feed looks like, for messages --- */

static void append_quoted(struct buffer *buffer, struct slice text)
{
	(void)buffer_append_text(buffer, "'"); /* a text that is cut still helps */
	(void)buffer_append_slice(buffer, text);
	(void)buffer_append_text(buffer, "'");
}

/* "'a', 'b', …": the names of a node's children. */
static void append_names(struct buffer *buffer, const struct record *sample, uint32_t node)
{
	size_t count = 0;

	for (uint32_t child = sample->nodes[node].first_child; child != RECORD_NONE; child = sample->nodes[child].next_sibling) {
		if (count > 0)
			(void)buffer_append_text(buffer, ", "); /* as above */
		if (count++ == NAMES_SHOWN) {
			(void)buffer_append_text(buffer, "…");
			return;
		}
		append_quoted(buffer, name_text(sample->names, sample->nodes[child].local));
	}
}

static void append_json(struct buffer *buffer, const struct record *sample)
{
	uint32_t node = 0;

	if (sample->nodes[0].type == RECORD_ARRAY) {
		node = sample->nodes[0].first_child;
		(void)buffer_append_text(buffer, node == RECORD_NONE                         ? "an array without items"
		                                 : sample->nodes[node].type == RECORD_OBJECT ? "an array of objects with "
		                                                                             : "an array");
	} else if (sample->nodes[0].type == RECORD_OBJECT) {
		(void)buffer_append_text(buffer, "an object with ");
	}
	if (node != RECORD_NONE && sample->nodes[node].type == RECORD_OBJECT)
		append_names(buffer, sample, node);
}

/* "root 'rss' of namespace 'urn:x'", "columns 'a', 'b'", "an object with 'products'". */
static void describe_root(const struct name_table *names, const struct feed_root *root, struct buffer *buffer)
{
	const struct record *sample = root->sample;

	if (root->format == FEED_XML) {
		(void)buffer_append_text(buffer, "root "); /* as above */
		append_quoted(buffer, name_text(names, root->local));
		if (name_text(names, root->space).size == 0)
			return;
		(void)buffer_append_text(buffer, " of namespace ");
		append_quoted(buffer, name_text(names, root->space));
	} else if (sample == NULL) {
		(void)buffer_append_text(buffer, "content");
	} else if (root->format == FEED_CSV) {
		(void)buffer_append_text(buffer, "columns ");
		append_names(buffer, sample, recognise_header_row(sample));
	} else {
		append_json(buffer, sample);
	}
}

/* --- choosing --- */

static int refuse_feed(const struct mapper *mapper, const struct feed_root *root, struct error *err)
{
	struct buffer seen;
	struct buffer known;

	buffer_init(&seen, 500);
	buffer_init(&known, 300);
	describe_root(mapper->names, root, &seen);
	dialect_set_append_names(mapper->set, &known);
	(void)error_set(err, ERROR_DIALECT,
	                "no dialect recognises the feed (%s, %.*s); known dialects: %.*s; 'feedmill probe' shows what is in it",
	                feed_format_name(root->format), (int)seen.size, seen.size > 0 ? seen.data : "",
	                known.size > 0 ? (int)known.size : 4, known.size > 0 ? known.data : "none");
	buffer_release(&seen);
	buffer_release(&known);
	return -1;
}

static int refuse_dialect(const struct mapper *mapper, const struct dialect *dialect, const struct feed_root *root,
                          struct error *err)
{
	struct buffer seen;

	buffer_init(&seen, 500);
	describe_root(mapper->names, root, &seen);
	(void)error_set(err, ERROR_DIALECT, "the feed (%s, %.*s) does not fit dialect '%s'; 'feedmill probe' shows what is in it",
	                feed_format_name(root->format), (int)seen.size, seen.size > 0 ? seen.data : "", dialect->name);
	buffer_release(&seen);
	return -1;
}

/* Could the step be met at the root, and the one behind it below? */
static bool path_fits(const struct mapper *mapper, const struct path *path, const struct feed_root *root)
{
	const struct path_name *first = &path->steps[0].name;
	const struct record *sample = root->sample;

	if (root->format == FEED_XML)
		return (first->local.size == 0 || slice_equal(first->local, name_text(mapper->names, root->local))) &&
		       (!first->is_qualified || slice_equal(first->space, name_text(mapper->names, root->space)));
	if (root->format == FEED_CSV || sample == NULL || path->step_count < 2)
		return true;
	/*
	 * A name is no item of an array, and a scalar has neither. An object has no items: what is left of JSON
	 * Lines behind their first line is one, and taken for a document without records it would empty the store.
	 */
	return sample->nodes[0].type == RECORD_OBJECT
	               ? path->steps[1].kind != STEP_ITEM
	               : sample->nodes[0].type == RECORD_ARRAY && path->steps[1].name.local.size == 0;
}

/* Does the table have any column that the dialect reads? */
static bool columns_fit(const struct mapper *mapper, const struct dialect *dialect, const struct feed_root *root)
{
	const struct evaluator_binding binding = {
		.header = root->sample, .header_row = recognise_header_row(root->sample), .names = mapper->names};

	if (root->sample == NULL)
		return true;
	for (size_t i = 0; i < dialect->path_count; i++) {
		const struct path *path = &dialect->paths[i];
		const struct path_step *step = &path->steps[path_parent_count(path)];

		if (!path->is_absolute && step->kind == STEP_COLUMN &&
		    evaluator_find_column(&binding, step->name.local) != NAME_NONE)
			return true;
	}
	return false;
}

static bool dialect_fits(const struct mapper *mapper, const struct dialect *dialect, const struct feed_root *root)
{
	if (dialect->format == PATH_CSV)
		return columns_fit(mapper, dialect, root);
	for (size_t i = 0; i < dialect->record_count; i++)
		for (size_t k = 0; k < dialect->records[i].path_count; k++)
			if (path_fits(mapper, &dialect->paths[dialect->records[i].paths[k]], root))
				return true;
	return false;
}

/* What a job says of numbers goes before what the dialect says. */
static void take_dialect(struct mapper *mapper, const struct dialect *dialect)
{
	mapper->dialect = dialect;
	if (mapper->options.decimal_sign == '\0')
		mapper->options.decimal_sign = dialect->decimal_sign;
}

int mapper_choose_dialect(struct mapper *mapper, const struct feed_root *root, struct error *err)
{
	static const char *const languages[] = {[PATH_XML] = "XML", [PATH_JSON] = "JSON", [PATH_CSV] = "CSV"};
	const struct dialect *dialect;

	if (mapper->options.dialect.size == 0) {
		if (dialect_recognise(mapper->set, root, mapper->names, &dialect, err) != 0)
			return -1;
		if (dialect == NULL || !dialect_fits(mapper, dialect, root))
			return refuse_feed(mapper, root, err);
		take_dialect(mapper, dialect);
		return 0;
	}
	dialect = dialect_find(mapper->set, mapper->options.dialect);
	if (dialect == NULL) /* mapper_new() has found it */
		return refuse_feed(mapper, root, err);
	if (dialect->format != recognise_language(root->format))
		return error_set(err, ERROR_DIALECT, "the feed is %s, the dialect '%s' is for %s", feed_format_name(root->format),
		                 dialect->name, languages[dialect->format]);
	if (!dialect_fits(mapper, dialect, root))
		return refuse_dialect(mapper, dialect, root, err);
	take_dialect(mapper, dialect);
	return 0;
}

/* --- before reading --- */

bool dialect_csv_options(const struct dialect_set *set, struct slice name, struct csv_options *ret_options)
{
	const struct dialect *dialect = dialect_find(set, name);

	if (dialect == NULL || dialect->format != PATH_CSV)
		return false;
	*ret_options = dialect->csv.options;
	return true;
}

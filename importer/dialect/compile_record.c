/* Compiles records: where they are, what they state, and what is nested in them. */
#include "dialect/compiler.h"

/* --- when --- */

static void compile_words(struct compiler *compiler, const struct yaml_node *node, struct condition *condition)
{
	const bool is_sequence = node->type == YAML_SEQUENCE;
	struct slice *words = NULL;
	size_t count = 0;

	if (is_sequence && node->child_count == 0)
		config_problem_at(compiler->problems, compiler->document, node, false, "the list is empty");
	for (const struct yaml_node *item = is_sequence ? node->first : node; item != NULL;
	     item = is_sequence ? item->next : NULL) {
		struct slice *word = compiler_append(compiler, &words, &count, sizeof *word);

		if (word == NULL)
			return;
		*word = slice_trim(compiler_text(compiler, item, "a word"));
	}
	condition->words = words;
	condition->word_count = count;
}

/* False after a mistake. */
static bool compile_condition(struct compiler *compiler, const struct yaml_node *node, struct condition *condition)
{
	static const char *const known[] = {"has", "lacks", "path", "is", "is_not"};
	const struct yaml_node *has;
	const struct yaml_node *lacks;
	const struct yaml_node *path;
	const struct yaml_node *is;
	const struct yaml_node *is_not;

	*condition = (struct condition){.kind = CONDITION_HAS, .path = OPTION_NONE};
	if (!compiler_expect(compiler, node, YAML_MAPPING, "a condition"))
		return false;
	(void)yaml_refuse_unknown(compiler->document, node, known, 5, compiler->problems); /* they are in problems */
	has = yaml_find(node, "has");
	lacks = yaml_find(node, "lacks");
	path = yaml_find(node, "path");
	is = yaml_find(node, "is");
	is_not = yaml_find(node, "is_not");
	if ((has != NULL) + (lacks != NULL) + (path != NULL) != 1 || (path != NULL) != ((is != NULL) != (is_not != NULL)) ||
	    (path == NULL && is != NULL && is_not != NULL)) {
		config_problem_at(
			compiler->problems, compiler->document, node, false,
			"a condition is {has: PATH}, {lacks: PATH}, {path: PATH, is: WORD} or {path: PATH, is_not: WORD}");
		return false;
	}
	if (path != NULL) {
		condition->kind = is != NULL ? CONDITION_IS : CONDITION_IS_NOT;
		compile_words(compiler, is != NULL ? is : is_not, condition);
	} else if (lacks != NULL) {
		condition->kind = CONDITION_LACKS;
	}
	condition->path = compiler_path(compiler, path != NULL ? path : lacks != NULL ? lacks : has, false);
	return condition->path != OPTION_NONE;
}

void compile_when(struct compiler *compiler, const struct yaml_node *node, struct condition_list *ret_list)
{
	const bool is_sequence = node->type == YAML_SEQUENCE;
	struct condition *items = NULL;
	size_t count = 0;

	for (const struct yaml_node *item = is_sequence ? node->first : node; item != NULL;
	     item = is_sequence ? item->next : NULL) {
		struct condition condition;
		struct condition *added;

		if (!compile_condition(compiler, item, &condition))
			continue;
		added = compiler_append(compiler, &items, &count, sizeof *added);
		if (added == NULL)
			return;
		*added = condition;
	}
	*ret_list = (struct condition_list){.items = items, .count = count};
}

/* --- kind --- */

static const char *const kind_names[] = {
	[ITEM_CATEGORY] = "category", [ITEM_PRODUCT] = "product", [ITEM_SKU] = "sku", "part", "field",
};
#define KIND_COUNT (sizeof kind_names / sizeof kind_names[0])
#define KIND_PART ITEM_KIND_COUNT
#define KIND_FIELD (ITEM_KIND_COUNT + 1)

static const char *record_kind_name(const struct record_rule *record)
{
	return record->role == RECORD_OF_PART    ? kind_names[KIND_PART]
	       : record->role == RECORD_OF_FIELD ? kind_names[KIND_FIELD]
	                                         : kind_names[record->kind];
}

/* `of`: what a part belongs to. */
static void compile_of(struct compiler *compiler, const struct yaml_node *node, struct record_rule *record)
{
	static const char *const known[] = {"product", "sku"};

	if (record->role != RECORD_OF_PART)
		config_problem_at(compiler->problems, compiler->document, node, true, "'of' is for records of kind part");
	else if (!compiler_expect(compiler, node, YAML_SCALAR, "'of'"))
		return;
	else if (slice_equal_text(node->text, "product"))
		record->kind = ITEM_PRODUCT;
	else if (slice_equal_text(node->text, "sku"))
		record->kind = ITEM_SKU;
	else
		compiler_refuse_word(compiler, node, false, "item", known, 2);
}

static void compile_kind(struct compiler *compiler, const struct yaml_node *node, struct record_rule *record)
{
	size_t kind = 0;

	if (!compiler_expect(compiler, node, YAML_SCALAR, "'kind'"))
		return;
	while (kind < KIND_COUNT && !slice_equal_text(node->text, kind_names[kind]))
		kind++;
	if (kind == KIND_COUNT) {
		compiler_refuse_word(compiler, node, false, "kind", kind_names, KIND_COUNT);
	} else if (kind == KIND_PART || kind == KIND_FIELD) {
		record->role = kind == KIND_PART ? RECORD_OF_PART : RECORD_OF_FIELD;
		record->kind = kind == KIND_PART ? ITEM_SKU : ITEM_PRODUCT;
	} else {
		record->kind = (enum item_kind)kind;
	}
}

/* --- where --- */

static void compile_record_paths(struct compiler *compiler, const struct yaml_node *node, struct record_rule *record)
{
	const bool is_sequence = node->type == YAML_SEQUENCE;

	record->paths = NULL;
	record->path_count = 0;
	for (const struct yaml_node *item = is_sequence ? node->first : node; item != NULL;
	     item = is_sequence ? item->next : NULL) {
		const uint32_t index = compiler_path(compiler, item, true);
		const struct path *path = index == OPTION_NONE ? NULL : &compiler->dialect->paths[index];
		uint32_t *place;

		if (path == NULL || !compiler_check_elements(compiler, item, path, false))
			continue;
		if (path_element_count(path) < path->step_count) {
			config_problem_at(compiler->problems, compiler->document, item, false, "path '%s' must name elements",
			                  path->text.data);
			continue;
		}
		place = compiler_append(compiler, &record->paths, &record->path_count, sizeof *place);
		if (place == NULL)
			return;
		*place = index;
	}
}

/* Rows have no path in the dialect; theirs is the one of the items of an array. */
static void add_row_path(struct compiler *compiler, struct record_rule *record)
{
	static const struct path_step steps[] = {{.kind = STEP_ROOT}, {.kind = STEP_CHILD}};
	struct dialect *dialect = compiler->dialect;
	struct path *path = compiler_append(compiler, &dialect->paths, &dialect->path_count, sizeof *path);
	uint32_t *place = compiler_append(compiler, &record->paths, &record->path_count, sizeof *place);

	if (path == NULL || place == NULL)
		return;
	*path = (struct path){.text = SLICE("rows"), .is_absolute = true, .steps = steps, .step_count = 2};
	*place = (uint32_t)(dialect->path_count - 1);
}

static void compile_place(struct compiler *compiler, const struct yaml_node *node, struct record_rule *record)
{
	const struct yaml_node *path = yaml_find(node, "path");
	const struct yaml_node *paths = yaml_find(node, "paths");

	if (compiler->dialect->format == PATH_CSV) {
		if (path != NULL || paths != NULL)
			config_problem_at(compiler->problems, compiler->document, path != NULL ? path : paths, true,
			                  "records of a table are its rows: they have no path");
		else if (record->path_count == 0)
			add_row_path(compiler, record);
		return;
	}
	if (path != NULL && paths != NULL)
		config_problem_at(compiler->problems, compiler->document, paths, true, "'path' and 'paths' exclude each other");
	if (path != NULL || paths != NULL)
		compile_record_paths(compiler, path != NULL ? path : paths, record);
	else if (record->path_count == 0)
		config_problem_at(compiler->problems, compiler->document, node, true, "record '%s' has no 'path'", node->key.data);
}

/* --- the record --- */

static void check_record(struct compiler *compiler, const struct yaml_node *node, const struct record_rule *record)
{
	const bool has_outer_id = record->role == RECORD_OF_PART && (compiler->place.outer_kinds & 1u << record->kind) != 0;
	const struct value_rule *id = record->role == RECORD_OF_FIELD ? record->definition[DEFINITION_ID]
	                                                              : record->fields[FIELD_ID].value;

	if (id == NULL && !has_outer_id)
		config_problem_at(compiler->problems, compiler->document, node, true, "record '%s' has no field 'id'",
		                  node->key.data);
}

static struct record_rule *find_record(struct record_rule *records, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(records[i].name, name))
			return &records[i];
	return NULL;
}

/* A record of that name, made where new; NULL after a mistake. */
static struct record_rule *open_record(struct compiler *compiler, const struct yaml_node *node, struct record_rule **records,
                                       size_t *count)
{
	struct record_rule *record = find_record(*records, *count, node->key);
	const struct yaml_node *kind = yaml_find(node, "kind");

	if (record != NULL) {
		if (kind == NULL || kind->type != YAML_SCALAR || slice_equal_text(kind->text, record_kind_name(record)))
			return record;
		config_problem_at(compiler->problems, compiler->document, kind, false,
		                  "record '%s' is inherited as %s and stays so", node->key.data, record_kind_name(record));
		return NULL;
	}
	if (kind == NULL)
		config_problem_at(compiler->problems, compiler->document, node, true,
		                  "record '%s' has no 'kind': category, product, sku, part or field", node->key.data);
	record = compiler_append(compiler, records, count, sizeof *record);
	if (record == NULL)
		return NULL;
	*record = (struct record_rule){
		.name = compiler_key(compiler, node), .kind = ITEM_SKU, .each = OPTION_NONE, .product_option = OPTION_NONE};
	if (kind != NULL)
		compile_kind(compiler, kind, record);
	if (record->role == RECORD_OF_ITEM && record->kind == ITEM_SKU &&
	    (compiler->place.outer_kinds & (1u << ITEM_PRODUCT | 1u << ITEM_SKU)) != 0)
		record->products[0].mode = PRODUCT_MODE_OUTER;
	return record;
}

static void compile_nested(struct compiler *compiler, struct record_rule *outer, const struct yaml_node *node);

/* What records and nested ones have in common. */
static void compile_content(struct compiler *compiler, const struct yaml_node *node, struct record_rule *record)
{
	const struct yaml_node *key;

	if ((key = yaml_find(node, "of")) != NULL)
		compile_of(compiler, key, record);
	if ((key = yaml_find(node, "when")) != NULL)
		compile_when(compiler, key, &record->when);
	if ((key = yaml_find(node, "product")) != NULL)
		compile_product(compiler, record, key);
	if ((key = yaml_find(node, "fields")) != NULL) {
		if (record->role == RECORD_OF_FIELD)
			compile_definition(compiler, record, key);
		else
			compile_fields(compiler, record, key);
	}
	check_record(compiler, node, record);
	if ((key = yaml_find(node, "nested")) == NULL || !compiler_expect(compiler, key, YAML_MAPPING, "'nested'"))
		return;
	for (const struct yaml_node *item = key->first; item != NULL; item = item->next)
		compile_nested(compiler, record, item);
}

/* Is it dropped by 'name: ~'? */
static bool drop_record(const struct yaml_node *node, struct record_rule *records, size_t *count)
{
	const struct record_rule *record = compiler_is_null(node) ? find_record(records, *count, node->key) : NULL;

	if (record == NULL)
		return false;
	compiler_drop(records, count, sizeof *records, (size_t)(record - records));
	return true;
}

static void compile_nested(struct compiler *compiler, struct record_rule *outer, const struct yaml_node *node)
{
	static const char *const known[] = {"each", "when", "kind", "of", "product", "fields", "nested", "recursive"};
	const struct yaml_node *each;
	const struct yaml_node *recursive;
	struct compiler_place before;
	struct record_rule *record;

	if (drop_record(node, outer->nested, &outer->nested_count) ||
	    !compiler_expect(compiler, node, YAML_MAPPING, "a nested record"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, sizeof known / sizeof known[0],
	                          compiler->problems); /* they are in problems */
	before = compiler->place;
	if (outer->role == RECORD_OF_ITEM)
		compiler->place.outer_kinds |= 1u << outer->kind;
	record = open_record(compiler, node, &outer->nested, &outer->nested_count);
	if (record != NULL) {
		if ((each = yaml_find(node, "each")) != NULL)
			record->each = compiler_path(compiler, each, false);
		else if (record->each == OPTION_NONE)
			config_problem_at(compiler->problems, compiler->document, node, true,
			                  "nested record '%s' has no 'each': the path to it", node->key.data);
		(void)compiler_enter(compiler, record->each); /* `before` has more to put back */
		if ((recursive = yaml_find(node, "recursive")) != NULL)
			record->is_recursive = compiler_bool(compiler, recursive);
		compile_content(compiler, node, record);
	}
	compiler_leave(compiler, before);
}

void compile_record(struct compiler *compiler, const struct yaml_node *node)
{
	static const char *const known[] = {"path", "paths", "when", "kind", "of", "product", "fields", "nested"};
	struct dialect *dialect = compiler->dialect;
	struct record_rule *record;

	if (drop_record(node, dialect->records, &dialect->record_count) ||
	    !compiler_expect(compiler, node, YAML_MAPPING, "a record"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, sizeof known / sizeof known[0],
	                          compiler->problems); /* they are in problems */
	record = open_record(compiler, node, &dialect->records, &dialect->record_count);
	if (record == NULL)
		return;
	compile_place(compiler, node, record);
	compile_content(compiler, node, record);
}

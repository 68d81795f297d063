/* Compiles the fields and the product rule of a record. */
#include "dialect/compiler.h"

#include "catalog/values.h"

#include <string.h>

enum field_shape { SHAPE_SINGLE, SHAPE_TEXTS, SHAPE_OBJECTS };

static enum field_shape target_shape(enum target target)
{
	switch ((int)target) {
	case FIELD_IMAGES:
	case FIELD_TAGS:
	case FIELD_CATEGORIES:
	case FIELD_CHILDREN:
		return SHAPE_TEXTS;
	case FIELD_ATTRIBUTES:
	case FIELD_STOCKS:
	case FIELD_PRICES:
	case FIELD_TEXTS:
	case FIELD_CUSTOM_FIELDS:
		return SHAPE_OBJECTS;
	default:
		return SHAPE_SINGLE;
	}
}

const char *target_name(enum target target)
{
	if (target == TARGET_SALE_PRICE)
		return "sale_price";
	if (target == TARGET_SALE_DATES)
		return "sale_dates";
	return field_definition((enum field_id)target)->name;
}

/* May a dialect map this target of this kind? The product's id has a rule of its own; extra is what is left. */
static bool target_belongs(enum target target, enum item_kind kind)
{
	if (target == TARGET_SALE_PRICE || target == TARGET_SALE_DATES)
		return field_belongs(FIELD_PRICES, kind);
	if ((enum field_id)target == FIELD_PRODUCT_ID || (enum field_id)target == FIELD_EXTRA)
		return false;
	return field_belongs((enum field_id)target, kind);
}

/* What parts add to an item. */
static bool part_has(enum target target, enum item_kind kind)
{
	const uint64_t fields = statement_part_fields() | UINT64_C(1) << FIELD_ID;

	if ((enum field_id)target >= FIELD_COUNT || (fields & UINT64_C(1) << target) == 0)
		return (enum field_id)target == FIELD_POSITION;
	return field_belongs((enum field_id)target, kind);
}

static enum target find_target(struct compiler *compiler, const struct yaml_node *node, const struct record_rule *record)
{
	const bool is_part = record->role == RECORD_OF_PART;
	const enum item_kind kind = record->kind;
	const char *known[TARGET_COUNT];
	size_t known_count = 0;

	for (int target = 0; target < TARGET_COUNT; target++) {
		if (is_part ? !part_has((enum target)target, kind) : !target_belongs((enum target)target, kind))
			continue;
		if (slice_equal_text(node->key, target_name((enum target)target)))
			return (enum target)target;
		known[known_count++] = target_name((enum target)target);
	}
	if (kind == ITEM_SKU && !is_part && slice_equal_text(node->key, "product_id"))
		config_problem_at(compiler->problems, compiler->document, node, true,
		                  "'product_id' is no field of its own: write 'product: {rule: group, id: …}'");
	else
		compiler_refuse_word(compiler, node, true,
		                     is_part                 ? "field of parts"
		                     : kind == ITEM_CATEGORY ? "category field"
		                     : kind == ITEM_PRODUCT  ? "product field"
		                                             : "SKU field",
		                     known, known_count);
	return TARGET_COUNT;
}

/* --- lists of objects --- */

static const struct {
	const char *name;
	unsigned context; /* of its rule */
} member_table[MEMBER_COUNT] = {
	[MEMBER_NAME] = {"name", RULE_HAS_DEFAULT},
	[MEMBER_VALUE] = {"value", RULE_HAS_DEFAULT},
	[MEMBER_UNIT] = {"unit", RULE_HAS_DEFAULT},
	[MEMBER_PLACE] = {"place", RULE_HAS_DEFAULT},
	[MEMBER_QUANTITY] = {"quantity", RULE_HAS_DEFAULT | RULE_IS_NUMBER},
	[MEMBER_AVAILABILITY] = {"availability", RULE_HAS_DEFAULT},
	[MEMBER_KIND] = {"kind", RULE_HAS_DEFAULT},
	[MEMBER_AMOUNT] = {"amount", RULE_HAS_DEFAULT | RULE_IS_NUMBER | RULE_IS_MONEY},
	[MEMBER_CURRENCY] = {"currency", RULE_HAS_DEFAULT},
	[MEMBER_MIN_QUANTITY] = {"min_quantity", RULE_HAS_DEFAULT | RULE_IS_NUMBER},
	[MEMBER_REGION] = {"region", RULE_HAS_DEFAULT},
	[MEMBER_VALID_FROM] = {"valid_from", RULE_HAS_DEFAULT | RULE_IS_DATE},
	[MEMBER_VALID_TO] = {"valid_to", RULE_HAS_DEFAULT | RULE_IS_DATE},
	[MEMBER_FIELD] = {"field", RULE_HAS_DEFAULT},
	[MEMBER_LANGUAGE] = {"language", RULE_HAS_DEFAULT},
	[MEMBER_ID] = {"id", 0},
	[MEMBER_PARENT_ID] = {"parent_id", 0},
	[MEMBER_URL] = {"url", 0},
	[MEMBER_POSITION] = {"position", 0},
};

const char *compile_member_key(size_t index)
{
	return index < MEMBER_COUNT ? member_table[index].name : NULL;
}

unsigned list_members(enum field_id field)
{
	switch ((int)field) {
	case FIELD_ATTRIBUTES:
		return MEMBER_BIT(MEMBER_NAME) | MEMBER_BIT(MEMBER_VALUE) | MEMBER_BIT(MEMBER_UNIT);
	case FIELD_STOCKS:
		return MEMBER_BIT(MEMBER_PLACE) | MEMBER_BIT(MEMBER_QUANTITY) | MEMBER_BIT(MEMBER_AVAILABILITY);
	case FIELD_PRICES:
		return MEMBER_BIT(MEMBER_KIND) | MEMBER_BIT(MEMBER_AMOUNT) | MEMBER_BIT(MEMBER_CURRENCY) |
		       MEMBER_BIT(MEMBER_MIN_QUANTITY) | MEMBER_BIT(MEMBER_REGION) | MEMBER_BIT(MEMBER_VALID_FROM) |
		       MEMBER_BIT(MEMBER_VALID_TO);
	case FIELD_TEXTS:
		return MEMBER_BIT(MEMBER_FIELD) | MEMBER_BIT(MEMBER_LANGUAGE) | MEMBER_BIT(MEMBER_VALUE);
	case FIELD_CUSTOM_FIELDS:
		return MEMBER_BIT(MEMBER_NAME) | MEMBER_BIT(MEMBER_VALUE);
	case FIELD_CATEGORIES:
		return MEMBER_BIT(MEMBER_ID) | MEMBER_BIT(MEMBER_NAME) | MEMBER_BIT(MEMBER_PARENT_ID) | MEMBER_BIT(MEMBER_URL) |
		       MEMBER_BIT(MEMBER_POSITION);
	case FIELD_IMAGES:
	case FIELD_TAGS:
		return MEMBER_BIT(MEMBER_VALUE);
	default:
		return 0;
	}
}

/* Those without which an entry says nothing. */
static unsigned needed_members(enum field_id field)
{
	switch ((int)field) {
	case FIELD_STOCKS:
		return MEMBER_BIT(MEMBER_PLACE);
	case FIELD_PRICES:
		return MEMBER_BIT(MEMBER_KIND);
	case FIELD_TEXTS:
		return MEMBER_BIT(MEMBER_FIELD) | MEMBER_BIT(MEMBER_LANGUAGE);
	case FIELD_CATEGORIES:
		return MEMBER_BIT(MEMBER_ID);
	default:
		return 0;
	}
}

static unsigned member_context(enum field_id field, enum list_member member)
{
	if (member == MEMBER_VALUE && field == FIELD_ATTRIBUTES)
		return member_table[member].context | RULE_MAY_BE_MANY;
	if (member == MEMBER_VALUE && field == FIELD_CUSTOM_FIELDS)
		return member_table[member].context | RULE_IS_DATE;
	return member_table[member].context;
}

/* A constant that is a word of ours must be one that readers know. */
static void check_constant(struct compiler *compiler, const struct yaml_node *node, const struct value_rule *rule, const char *what,
                           const char *const *words, size_t word_count)
{
	const struct yaml_node *constant = node->type == YAML_MAPPING ? yaml_find(node, "constant") : node;

	if (constant == NULL || rule->source_count == 0 || rule->sources[0].kind != SOURCE_CONSTANT)
		return;
	for (size_t i = 0; i < word_count; i++)
		if (slice_equal_text(rule->sources[0].text, words[i]))
			return;
	compiler_refuse_word(compiler, constant, false, what, words, word_count);
}

/* The field that a text is of: a word is meant as it stands, a mapping is a rule. */
static const struct value_rule *compile_text_field(struct compiler *compiler, const struct yaml_node *node, unsigned context)
{
	static const char *const fields[] = {"name", "description"};
	const struct value_rule *rule;

	if (node->type == YAML_SCALAR) {
		struct value_source *source = arena_alloc(compiler->arena, sizeof *source);
		struct value_rule *constant = arena_alloc(compiler->arena, sizeof *constant);

		if (source == NULL || constant == NULL) {
			compiler->is_out_of_memory = true;
			return NULL;
		}
		*source = (struct value_source){.kind = SOURCE_CONSTANT, .text = compiler_text(compiler, node, "'field'")};
		*constant = (struct value_rule){
			.sources = source,
			.source_count = 1,
			.place = {.file = compiler->file, .field = compiler->field, .line = node->line},
		};
		rule = constant;
	} else {
		rule = compile_rule_new(compiler, node, context);
	}
	if (rule != NULL)
		check_constant(compiler, node, rule, "field of texts", fields, sizeof fields / sizeof fields[0]);
	return rule;
}

static const struct value_rule *compile_member(struct compiler *compiler, enum field_id field, enum list_member member,
                                               const struct yaml_node *node)
{
	const unsigned context = member_context(field, member);
	const struct value_rule *rule;

	if (member == MEMBER_FIELD)
		return compile_text_field(compiler, node, context);
	rule = compile_rule_new(compiler, node, context);
	if (member == MEMBER_KIND && rule != NULL)
		check_constant(compiler, node, rule, "kind of price", price_kind_names, PRICE_KIND_COUNT);
	return rule;
}

static void compile_object_mapping(struct compiler *compiler, enum field_id field, const struct yaml_node *node,
                                   struct list_entry *entry)
{
	const unsigned members = list_members(field);
	const unsigned needed = needed_members(field);
	const char *known[MEMBER_COUNT + 2] = {"each", "when"};
	const struct yaml_node *each;
	const struct yaml_node *when = yaml_find(node, "when");
	struct compiler_place before;
	size_t known_count = 2;

	for (unsigned member = 0; member < MEMBER_COUNT; member++)
		if ((members & MEMBER_BIT(member)) != 0)
			known[known_count++] = member_table[member].name;
	(void)yaml_refuse_unknown(compiler->document, node, known, known_count, compiler->problems); /* they are in problems */
	each = yaml_find(node, "each");
	if (each == NULL) {
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "'each' is missing: the path that is met once per item of the list");
		return;
	}
	entry->each = compiler_path(compiler, each, false);
	before = compiler_enter(compiler, entry->each);
	if (when != NULL)
		compile_when(compiler, when, &entry->when);
	for (unsigned member = 0; member < MEMBER_COUNT; member++) {
		const struct yaml_node *value = (members & MEMBER_BIT(member)) != 0 ? yaml_find(node, member_table[member].name)
		                                                                    : NULL;

		if (value != NULL)
			entry->members[member] = compile_member(compiler, field, (enum list_member)member, value);
		else if ((needed & MEMBER_BIT(member)) != 0)
			config_problem_at(compiler->problems, compiler->document, node, false, "'%s' is missing",
			                  member_table[member].name);
	}
	compiler_leave(compiler, before);
}

static void compile_object_entry(struct compiler *compiler, enum target target, const struct yaml_node *node,
                                 struct list_entry *entry)
{
	entry->has_each = true;
	entry->place = (struct rule_place){.file = compiler->file, .field = compiler->field, .line = node->line};
	if (node->type == YAML_MAPPING) {
		compile_object_mapping(compiler, (enum field_id)target, node, entry);
	} else if ((enum field_id)target == FIELD_ATTRIBUTES ||
	           (enum field_id)target == FIELD_CUSTOM_FIELDS) { /* a bare path: named as the element, with its text */
		entry->each = compiler_path(compiler, node, false);
	} else {
		(void)compiler_expect(compiler, node, YAML_MAPPING, "an item"); /* it is in problems */
	}
}

static void compile_text_entry(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct list_entry *entry)
{
	const struct yaml_node *when = node->type == YAML_MAPPING ? yaml_find(node, "when") : NULL;

	compile_rule(compiler, node, context, &entry->value);
	if (when != NULL)
		compile_when(compiler, when, &entry->when);
}

static void compile_list(struct compiler *compiler, enum target target, const struct yaml_node *node, struct field_rule *field)
{
	const unsigned context = RULE_IS_FIELD | RULE_IS_TEXTS |
	                         ((enum field_id)target == FIELD_CATEGORIES ? RULE_IS_CATEGORY : 0u);
	struct list_entry *entries = NULL;
	size_t count = 0;

	for (const struct yaml_node *item = compiler_list_first(node); item != NULL; item = compiler_list_next(node, item)) {
		struct list_entry *entry = compiler_append(compiler, &entries, &count, sizeof *entry);

		if (entry == NULL)
			return;
		const bool has_each = item->type == YAML_MAPPING && yaml_find(item, "each") != NULL;

		if (target_shape(target) == SHAPE_OBJECTS || (has_each && list_members((enum field_id)target) != 0))
			compile_object_entry(compiler, target, item, entry);
		else
			compile_text_entry(compiler, item, context, entry);
		field->is_required |= entry->value.is_required;
	}
	field->entries = entries;
	field->entry_count = count;
}

/* What a single field's rule may say besides where its text is. */
static unsigned target_context(enum target target)
{
	switch ((int)target) {
	case FIELD_PRICE:
	case FIELD_OLD_PRICE:
	case TARGET_SALE_PRICE:
		return RULE_IS_FIELD | RULE_HAS_DEFAULT | RULE_IS_NUMBER | RULE_IS_MONEY;
	case TARGET_SALE_DATES:
		return RULE_IS_FIELD | RULE_HAS_DEFAULT | RULE_IS_DATE;
	case FIELD_QUANTITY:
		return RULE_IS_FIELD | RULE_HAS_DEFAULT | RULE_IS_NUMBER;
	case FIELD_WEIGHT:
		return RULE_IS_FIELD | RULE_HAS_DEFAULT | RULE_IS_NUMBER | RULE_IS_WEIGHT;
	default:
		return RULE_IS_FIELD | RULE_HAS_DEFAULT;
	}
}

static void compile_field(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node)
{
	const enum target target = find_target(compiler, node, record);
	struct field_rule field = {.value = NULL};

	if (target == TARGET_COUNT)
		return;
	if (compiler_is_null(node)) {
		record->fields[target] = field;
		return;
	}
	compiler->field = target_name(target);
	if (target_shape(target) == SHAPE_SINGLE) {
		field.value = compile_rule_new(compiler, node, target_context(target));
		field.is_required = field.value != NULL && field.value->is_required;
	} else {
		compile_list(compiler, target, node, &field);
	}
	compiler->field = NULL;
	record->fields[target] = field;
}

void compile_fields(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node)
{
	if (!compiler_expect(compiler, node, YAML_MAPPING, "'fields'"))
		return;
	for (const struct yaml_node *item = node->first; item != NULL; item = item->next)
		compile_field(compiler, record, item);
}

/* --- product --- */

static const char *const mode_names[] = {
	[PRODUCT_MODE_SELF] = "self",     [PRODUCT_MODE_GROUP] = "group",   [PRODUCT_MODE_NAMED] = "named",
	[PRODUCT_MODE_PARENT] = "parent", [PRODUCT_MODE_LISTED] = "listed", [PRODUCT_MODE_OUTER] = "outer",
};
#define MODE_COUNT (sizeof mode_names / sizeof mode_names[0])

static void compile_product_rule(struct compiler *compiler, const struct yaml_node *node, struct product_rule *product)
{
	static const char *const known[] = {"rule", "id"};
	const struct yaml_node *rule;
	const struct yaml_node *id;
	size_t mode = 0;

	*product = (struct product_rule){.mode = PRODUCT_MODE_SELF};
	if (!compiler_expect(compiler, node, YAML_MAPPING, "a product rule"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, 2, compiler->problems); /* they are in problems */
	rule = yaml_find(node, "rule");
	id = yaml_find(node, "id");
	if (rule == NULL || rule->type != YAML_SCALAR) {
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "'rule' is missing: self, group, named, parent, listed or outer");
		return;
	}
	while (mode < MODE_COUNT && !slice_equal_text(rule->text, mode_names[mode]))
		mode++;
	if (mode == MODE_COUNT) {
		compiler_refuse_word(compiler, rule, false, "product rule", mode_names, MODE_COUNT);
		return;
	}
	product->mode = (enum product_mode)mode;
	if (product->mode == PRODUCT_MODE_SELF || product->mode == PRODUCT_MODE_LISTED || product->mode == PRODUCT_MODE_OUTER) {
		if (id != NULL)
			config_problem_at(compiler->problems, compiler->document, id, true, "'%s' has no 'id': %s",
			                  mode_names[mode],
			                  product->mode == PRODUCT_MODE_SELF     ? "each SKU is its own product"
			                  : product->mode == PRODUCT_MODE_LISTED ? "the product names its SKUs"
			                                                         : "it is that of the record around");
		if (product->mode == PRODUCT_MODE_OUTER &&
		    (compiler->place.outer_kinds & (1u << ITEM_PRODUCT | 1u << ITEM_SKU)) == 0)
			config_problem_at(compiler->problems, compiler->document, rule, false,
			                  "'outer' is for records nested in a product or a SKU");
	} else if (id == NULL) {
		config_problem_at(compiler->problems, compiler->document, node, false, "'%s' needs the 'id' of the product",
		                  mode_names[mode]);
	} else {
		compiler->field = "product_id";
		product->id = compile_rule_new(compiler, id, 0);
		compiler->field = NULL;
	}
}

static const struct option_rule *find_option(struct compiler *compiler, const struct yaml_node *node, uint32_t *ret_index)
{
	const struct dialect *dialect = compiler->dialect;
	const char *known[DIALECT_OPTIONS_MAX];

	for (size_t i = 0; i < dialect->option_count; i++) {
		if (slice_equal(dialect->options[i].name, node->text)) {
			*ret_index = (uint32_t)i;
			return &dialect->options[i];
		}
		known[i] = dialect->options[i].name.data;
	}
	compiler_refuse_word(compiler, node, false, "option", known, dialect->option_count);
	return NULL;
}

/* product: {option: NAME, VALUE: {rule: …}, …}: a rule for each value of an option. */
static void compile_product_choice(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node,
                                   const struct yaml_node *name)
{
	const char *known[OPTION_VALUES_MAX + 1] = {"option"};
	const struct option_rule *option;
	size_t known_count = 1;

	if (!compiler_expect(compiler, name, YAML_SCALAR, "'option'"))
		return;
	option = find_option(compiler, name, &record->product_option);
	if (option == NULL)
		return;
	for (size_t i = 0; i < option->value_count; i++) {
		const struct yaml_node *rule = yaml_find(node, option->values[i]);

		known[known_count++] = option->values[i];
		if (rule == NULL)
			config_problem_at(compiler->problems, compiler->document, node, false, "no rule for '%s: %s'",
			                  name->text.data, option->values[i]);
		else
			compile_product_rule(compiler, rule, &record->products[i]);
	}
	(void)yaml_refuse_unknown(compiler->document, node, known, known_count, compiler->problems); /* they are in problems */
}

void compile_product(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node)
{
	const struct yaml_node *option = node->type == YAML_MAPPING ? yaml_find(node, "option") : NULL;

	if (record->role != RECORD_OF_ITEM || record->kind != ITEM_SKU) {
		config_problem_at(compiler->problems, compiler->document, node, true, "'product' is for records of kind sku");
		return;
	}
	record->product_option = OPTION_NONE;
	if (option != NULL)
		compile_product_choice(compiler, record, node, option);
	else
		compile_product_rule(compiler, node, &record->products[0]);
}

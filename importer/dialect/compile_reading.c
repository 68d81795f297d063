/* Compiles the keys of a value rule that say how its text is written: decimal sign, minor units, dates, units of weight. */
#include "dialect/compiler.h"

#include "base/zone.h"

number_decimal_sign compile_decimal_sign(struct compiler *compiler, const struct yaml_node *node)
{
	if (node->type == YAML_SCALAR && (slice_equal_text(node->text, ".") || slice_equal_text(node->text, ",")))
		return node->text.data[0];
	config_problem_at(compiler->problems, compiler->document, node, false, "'decimal_sign' must be '.' or ','");
	return '\0';
}

static void compile_sign(struct compiler *compiler, const struct yaml_node *node, struct value_reading *reading)
{
	reading->decimal_sign = compile_decimal_sign(compiler, node);
}

static void compile_minor_units(struct compiler *compiler, const struct yaml_node *node, struct value_reading *reading)
{
	int64_t digits;

	if (node->type == YAML_SCALAR && number_parse_integer(node->text, 0, VALUE_MINOR_UNITS_MAX, &digits))
		reading->minor_units = (unsigned)digits;
	else
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "'minor_units' must be a number from 0 to %d: 2 for hundredths", VALUE_MINOR_UNITS_MAX);
}

static void compile_date(struct compiler *compiler, const struct yaml_node *node, struct value_reading *reading)
{
	const struct slice text = compiler_text(compiler, node, "'date'");
	char message[INSTANT_PATTERN_MESSAGE_SIZE];

	if (node->type == YAML_SCALAR && !instant_pattern_init(&reading->date, text, message))
		config_problem_at(compiler->problems, compiler->document, node, false, "date '%s': %s", node->text.data, message);
}

/* NULL after a mistake. */
static const struct zone *find_zone(struct compiler *compiler, const struct yaml_node *node)
{
	const struct zone *zone = NULL;
	struct error err = ERROR_INIT;

	if (compiler->zones.find == NULL)
		(void)error_set(&err, ERROR_NOT_FOUND, "'%s' cannot be told: there are no zones here", node->text.data);
	else if (compiler->zones.find(compiler->zones.context, node->text.data, &zone, &err) == 0)
		return zone;
	if (err.code == ERROR_MEMORY)
		compiler->is_out_of_memory = true;
	else
		config_problem_at(compiler->problems, compiler->document, node, false, "timezone: %s", err.message);
	return NULL;
}

static void compile_timezone(struct compiler *compiler, const struct yaml_node *node, struct value_reading *reading)
{
	reading->zone = NULL; /* that of the rule around */
	reading->has_timezone = node->type == YAML_SCALAR && instant_offset_parse(node->text, &reading->offset_minutes);
	if (reading->has_timezone)
		return;
	if (node->type == YAML_SCALAR && zone_name_is_valid(node->text)) {
		reading->zone = find_zone(compiler, node);
		reading->has_timezone = reading->zone != NULL;
		return;
	}
	config_problem_at(compiler->problems, compiler->document, node, false,
	                  "'timezone' must be 'UTC', an offset such as '+02:00', or the name of a zone such as 'Europe/Warsaw'");
}

/* A word for a unit, or a rule that reads one. */
static void compile_unit(struct compiler *compiler, const struct yaml_node *node, struct value_reading *reading)
{
	static const char *const units[] = {"g", "kg", "t", "mg", "oz", "lb"};
	struct value_source *source;
	struct value_rule *rule;

	if (node->type != YAML_SCALAR) {
		reading->unit = compile_rule_new(compiler, node, RULE_HAS_DEFAULT);
		return;
	}
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (!slice_equal_text(node->text, units[i]))
			continue;
		source = arena_alloc(compiler->arena, sizeof *source);
		rule = arena_alloc(compiler->arena, sizeof *rule);
		if (source == NULL || rule == NULL) {
			compiler->is_out_of_memory = true;
			return;
		}
		*source = (struct value_source){.kind = SOURCE_CONSTANT, .text = slice_from(units[i])};
		*rule = (struct value_rule){.sources = source, .source_count = 1};
		reading->unit = rule;
		return;
	}
	compiler_refuse_word(compiler, node, false, "unit", units, sizeof units / sizeof units[0]);
}

void compile_reading_keys(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	static const struct {
		const char *key;
		void (*compile)(struct compiler *compiler, const struct yaml_node *node, struct value_reading *reading);
	} keys[] = {
		{"decimal_sign", compile_sign}, {"minor_units", compile_minor_units},
		{"date", compile_date},         {"timezone", compile_timezone},
		{"unit", compile_unit},
	};
	const struct value_reading *around = compiler->reading;
	struct value_reading *reading = NULL;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct yaml_node *value = yaml_find(node, keys[i].key);

		if (value == NULL)
			continue;
		if (reading == NULL) {
			reading = arena_alloc(compiler->arena, sizeof *reading);
			if (reading == NULL) {
				compiler->is_out_of_memory = true;
				return;
			}
			if (around != NULL)
				*reading = *around;
			rule->reading = reading;
		}
		compiler->reading = NULL; /* a unit's rule is read as a text */
		keys[i].compile(compiler, value, reading);
		compiler->reading = around;
	}
}

/* Compiles `csv`: how the tables of a dialect are written. */
#include "dialect/compiler.h"

#include "base/number.h"

#include <string.h>

/* One character, of `allowed` where that is not NULL; NUL after a mistake, which `what` names. */
static char compile_byte(struct compiler *compiler, const struct yaml_node *node, const char *allowed, const char *what)
{
	char byte;

	if (!compiler_expect(compiler, node, YAML_SCALAR, node->key.data))
		return '\0';
	byte = slice_equal_text(node->text, "tab") ? '\t' : node->text.size == 1 ? node->text.data[0] : '\0';
	if (byte != '\0' && (allowed == NULL ? byte > ' ' && byte < 0x7f : strchr(allowed, byte) != NULL))
		return byte;
	config_problem_at(compiler->problems, compiler->document, node, false, "'%s' must be %s", node->key.data, what);
	return '\0';
}

static unsigned compile_line(struct compiler *compiler, const struct yaml_node *node)
{
	int64_t line;

	if (!compiler_expect(compiler, node, YAML_SCALAR, node->key.data))
		return 0;
	if (number_parse_integer(node->text, 1, 1000, &line))
		return (unsigned)line;
	config_problem_at(compiler->problems, compiler->document, node, false, "'%s' must be a number from 1 to 1000",
	                  node->key.data);
	return 0;
}

static void compile_columns(struct compiler *compiler, const struct yaml_node *node, struct slice **columns, size_t *count)
{
	const bool is_sequence = node->type == YAML_SEQUENCE;

	for (const struct yaml_node *item = is_sequence ? node->first : node; item != NULL;
	     item = is_sequence ? item->next : NULL) {
		const struct slice name = slice_trim(compiler_text(compiler, item, "a column"));
		struct slice *added;

		if (slice_is_empty(name)) {
			if (item->type == YAML_SCALAR)
				config_problem_at(compiler->problems, compiler->document, item, false,
				                  "the name of a column is missing");
			continue;
		}
		added = compiler_append(compiler, columns, count, sizeof *added);
		if (added == NULL)
			return;
		*added = name;
	}
}

void compile_csv(struct compiler *compiler, const struct yaml_node *node)
{
	static const char *const known[] = {"delimiter", "comment", "header_line", "first_row_line", "group_by", "json"};
	struct csv_rule csv = {.group_column_count = 0};

	if (compiler->dialect->format != PATH_CSV) {
		config_problem_at(compiler->problems, compiler->document, node, true, "'csv' is for dialects with 'format: csv'");
		return;
	}
	if (!compiler_expect(compiler, node, YAML_MAPPING, "'csv'"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, sizeof known / sizeof known[0],
	                          compiler->problems); /* they are in problems */
	for (const struct yaml_node *key = node->first; key != NULL; key = key->next) {
		if (slice_equal_text(key->key, "delimiter"))
			csv.options.delimiter = compile_byte(compiler, key, ",;\t|~", "one of ',' ';' tab '|' '~'");
		else if (slice_equal_text(key->key, "comment"))
			csv.options.comment = compile_byte(compiler, key, NULL, "one character");
		else if (slice_equal_text(key->key, "header_line"))
			csv.options.header_line = compile_line(compiler, key);
		else if (slice_equal_text(key->key, "first_row_line"))
			csv.options.first_row_line = compile_line(compiler, key);
		else if (slice_equal_text(key->key, "group_by"))
			compile_columns(compiler, key, &csv.group_columns, &csv.group_column_count);
		else if (slice_equal_text(key->key, "json"))
			compile_columns(compiler, key, &csv.json_columns, &csv.json_column_count);
	}
	if (csv.options.first_row_line > 0 &&
	    csv.options.first_row_line <= (csv.options.header_line > 0 ? csv.options.header_line : 1))
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "'first_row_line' must stand behind the header");
	compiler->dialect->csv = csv;
}

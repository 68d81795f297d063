/* Compiles the items of `recognise`. */
#include "dialect/compiler.h"

/* False after a mistake. */
static bool compile_root(struct compiler *compiler, const struct yaml_node *root, struct recognition *recognition)
{
	const struct path_syntax syntax = {.language = PATH_XML, .namespaces = &compiler->dialect->namespaces};
	char message[PATH_MESSAGE_SIZE];
	struct path path;

	if (!path_parse(root->text, &syntax, compiler->arena, &path, message)) {
		compiler->is_out_of_memory |= message[0] == '\0';
		config_problem_at(compiler->problems, compiler->document, root, false, "root '%s': %s", root->text.data, message);
		return false;
	}
	if (path.is_absolute || path.step_count != 1 || path.steps[0].kind != STEP_CHILD || path.steps[0].predicate_count > 0 ||
	    slice_is_empty(path.steps[0].name.local)) {
		config_problem_at(compiler->problems, compiler->document, root, false, "root '%s' must be one name",
		                  root->text.data);
		return false;
	}
	recognition->has_root = true;
	recognition->root = path.steps[0].name;
	return true;
}

/* `has`: kept apart from the dialect's paths, since they begin at the root of a sample. */
static void compile_has(struct compiler *compiler, const struct yaml_node *node, struct recognition *recognition)
{
	struct dialect *dialect = compiler->dialect;
	const bool is_sequence = node->type == YAML_SEQUENCE;

	for (const struct yaml_node *item = is_sequence ? node->first : node; item != NULL;
	     item = is_sequence ? item->next : NULL) {
		const uint32_t index = compiler_path(compiler, item, dialect->format != PATH_CSV);
		struct path *added;

		if (index == OPTION_NONE)
			continue;
		added = compiler_append(compiler, &recognition->paths, &recognition->path_count, sizeof *added);
		if (added == NULL)
			return;
		*added = dialect->paths[index];
		dialect->path_count--; /* it was the last */
	}
}

void compile_recognition(struct compiler *compiler, const struct yaml_node *node)
{
	static const char *const known[] = {"has", "root", "declares"};
	struct dialect *dialect = compiler->dialect;
	const bool is_xml = dialect->format == PATH_XML;
	struct recognition recognition = {.has_root = false};
	struct recognition *added;
	const struct yaml_node *root;
	const struct yaml_node *declares;
	const struct yaml_node *has;

	if (!compiler_expect(compiler, node, YAML_MAPPING, "an item of 'recognise'"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, is_xml ? 3 : 1, compiler->problems); /* they are in problems */
	root = yaml_find(node, "root");
	declares = yaml_find(node, "declares");
	has = yaml_find(node, "has");
	if (is_xml && (root == NULL || root->type != YAML_SCALAR)) {
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "'root' is missing: the name of the feed's root element");
		return;
	}
	if (!is_xml && has == NULL) {
		config_problem_at(compiler->problems, compiler->document, node, false, "'has' is missing: %s",
		                  dialect->format == PATH_JSON ? "paths that occur in the feed" : "columns of the table");
		return;
	}
	if (is_xml && !compile_root(compiler, root, &recognition))
		return;
	if (is_xml && declares != NULL)
		recognition.declared_space = compiler_prefix_space(compiler, declares);
	if (has != NULL)
		compile_has(compiler, has, &recognition);
	added = compiler_append(compiler, &dialect->recognitions, &dialect->recognition_count, sizeof *added);
	if (added != NULL)
		*added = recognition;
}

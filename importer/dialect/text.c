/* The texts of dialects, before any of them is compiled: which of them one is made of. */
#include "dialect/text.h"

#include <stdlib.h>

size_t dialect_text_find(const struct dialect_text *texts, size_t count, struct slice name)
{
	size_t at = count;

	while (at > 0)
		if (slice_equal(texts[--at].name, name))
			return at;
	return DIALECT_TEXT_NONE;
}

size_t dialect_text_find_base(const struct dialect_text *texts, size_t count, size_t of, struct slice name)
{
	return dialect_text_find(texts, slice_equal(texts[of].name, name) ? of : count, name);
}

/* Where the base of texts[at] is; `at` itself where it has none. What else is wrong with it shows when it is compiled. */
static int find_base(const struct dialect_texts *texts, size_t at, size_t *ret_base, struct error *err)
{
	const struct dialect_text *text = &texts->texts[at];
	struct yaml_document document;
	struct config_problems ignored;

	config_problems_init(&ignored);
	const int result = yaml_parse(text->file, text->yaml, &document, &ignored, err);
	config_problems_release(&ignored);
	if (result < 0)
		return -1;
	const bool is_mapping = document.root && document.root->type == YAML_MAPPING;
	const struct yaml_node *name = is_mapping ? yaml_find(document.root, "extends") : NULL;
	const bool has_base = name && name->type == YAML_SCALAR;
	*ret_base = has_base ? dialect_text_find_base(texts->texts, texts->count, at, name->text) : at;
	yaml_document_release(&document);
	return 0;
}

/* Mark the one at `at` and those it extends; false in `ret_is_complete` where one of them is not there. */
static int mark_chain(const struct dialect_texts *texts, size_t at, bool *marks, bool *ret_is_complete, struct error *err)
{
	while (at != DIALECT_TEXT_NONE && !marks[at]) {
		marks[at] = true;
		if (find_base(texts, at, &at, err) < 0)
			return -1;
	}
	*ret_is_complete = at != DIALECT_TEXT_NONE;
	return 0;
}

int dialect_texts_select(const struct dialect_texts *texts, struct slice name, struct dialect_text *ret_texts, size_t *ret_count,
                         struct error *err)
{
	const size_t at = dialect_text_find(texts->texts, texts->count, name);
	bool *marks = calloc(texts->count + 1, sizeof(*marks));
	bool is_complete = false;
	int result;

	if (!marks)
		return error_set_memory(err);
	*ret_count = 0;
	result = mark_chain(texts, at, marks, &is_complete, err);
	for (size_t i = 0; result == 0 && i < texts->count; i++)
		if (marks[i] || !is_complete)
			ret_texts[(*ret_count)++] = texts->texts[i];
	free(marks);
	return result;
}

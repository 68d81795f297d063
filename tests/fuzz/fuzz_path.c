/*
 * Fuzz target: any text as a path, walked over a small record of its format
 * from each of its nodes. What it meets lies in the record, none of it twice,
 * and it takes no more steps than such a record is worth.
 */
#include "dialect/evaluate.h"
#include "feed/feed.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct walk {
	const struct path *path;
	struct name_table *names;
	bool is_table;
};

static const char *const feeds[PATH_LANGUAGE_COUNT] = {
	[PATH_XML] =
		"<a x='1' xmlns:g='urn:g'><b k='v' l='w'>t<c>1</c><c k='v'>2<d/></c><g:c>3</g:c></b><b><c/><c><c>4</c></c></b></a>",
	[PATH_JSON] =
		"[{\"a\":[{\"k\":\"v\",\"n\":1},{\"k\":1.0,\"n\":[[2],[]]}],\"b\":{\"c\":null,\"d\":true,\"k\":\"v\"},\"a b\":\"c\",\"k\":1,\"k\":2}]",
	[PATH_CSV] = "a,b b,b_c,*\n\"[{\"\"k\"\":\"\"v\"\"},[1]]\",2,3,4\n,5,,6\n",
};

static void check_match(const struct evaluator *evaluator, struct match match)
{
	const struct record *record = evaluator->record;

	if (match.node >= record->node_count)
		abort();
	if (match_is_attribute(match) &&
	    (match.attribute < record->nodes[match.node].first_attribute ||
	     match.attribute >= record->nodes[match.node].first_attribute + record->nodes[match.node].attribute_count))
		abort();
}

static void walk_from(struct evaluator *evaluator, uint32_t node)
{
	const struct match context = {.node = node, .attribute = MATCH_ELEMENT};
	size_t first;
	size_t count;

	evaluator_enter(evaluator, node);
	if (!evaluator_match(evaluator, 0, context, &first, &count))
		abort();
	for (size_t i = first; i < first + count; i++) {
		struct slice text;
		bool has_value;

		check_match(evaluator, evaluator->matches[i]);
		for (size_t k = first; k < i; k++)
			if (evaluator->matches[k].node == evaluator->matches[i].node &&
			    evaluator->matches[k].attribute == evaluator->matches[i].attribute)
				abort();
		if (!evaluator_text(evaluator, evaluator->matches[i], &text) ||
		    !evaluator_has_value(evaluator, evaluator->matches[i], &has_value))
			abort();
		(void)evaluator_name(evaluator, evaluator->matches[i]);
		evaluator_mark(evaluator, evaluator->matches[i]);
	}
	if (count > 0 && evaluator_is_absent(evaluator, 0))
		abort();
	evaluator_pop(evaluator, first);
}

static int on_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	static const struct feed_step steps[] = {{0, 0}, {0, 0}};
	static const struct feed_selector rows = {.steps = steps, .step_count = 2};
	static const struct feed_selector whole = {.steps = steps, .step_count = 1};

	(void)context;
	(void)err;
	*ret_selection = (struct feed_selection){.selectors = root->format == FEED_XML ? &whole : &rows, .selector_count = 1};
	return 0;
}

static int on_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	const struct walk *walk = context;
	struct evaluator evaluator;
	struct arena arena;
	const struct evaluator_binding binding = {.paths = walk->path,
	                                          .path_count = 1,
	                                          .header = walk->is_table ? record : NULL,
	                                          .names = walk->names,
	                                          .arena = &arena,
	                                          .record_arena = &arena};

	(void)selector;
	arena_init(&arena, (size_t)16 * 1024 * 1024);
	if (evaluator_init(&evaluator, &binding, err) == 0) {
		if (!evaluator_begin(&evaluator, record))
			abort();
		for (uint32_t node = 0; node < record->node_count; node++)
			walk_from(&evaluator, node);
		if (evaluator.work > 100000)
			abort();
	}
	evaluator_release(&evaluator);
	arena_release(&arena);
	return 0;
}

static int on_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                       struct error *err)
{
	(void)context;
	(void)selector;
	(void)stream_offset;
	(void)head;
	(void)text;
	(void)err;
	abort();
}

static int on_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	(void)context;
	(void)fault;
	(void)stream_offset;
	(void)text;
	(void)err;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct path_namespace g = {.prefix = SLICE("g"), .space = SLICE("urn:g")};
	const struct path_namespaces namespaces = {.items = &g, .count = 1};
	struct path_syntax syntax = {.namespaces = &namespaces};
	char message[PATH_MESSAGE_SIZE];
	struct arena arena;
	struct path path;

	if (size < 1 || size > 512)
		return 0;
	syntax.language = (enum path_language)(data[0] % PATH_LANGUAGE_COUNT);
	arena_init(&arena, 1024 * 1024);
	if (path_parse(slice_make((const char *)data + 1, size - 1), &syntax, &arena, &path, message)) {
		struct byte_block block = {.rest = slice_from(feeds[syntax.language])};
		struct error err = ERROR_INIT;
		struct feed_summary summary;
		struct name_table names;
		struct walk walk = {.path = &path, .names = &names, .is_table = syntax.language == PATH_CSV};
		const struct feed_sink sink = {
			.context = &walk, .root = on_root, .record = on_record, .oversize = on_oversize, .fault = on_fault};

		name_table_init(&names);
		path.is_absolute = false;
		if (feed_read(byte_source_block(&block), &(struct feed_options){.is_csv = walk.is_table}, &names, sink, &summary,
		              &err) != 0)
			abort();
		name_table_release(&names);
	}
	arena_release(&arena);
	return 0;
}

/* The string value of nodes. */
#include "feed/record.h"

#include "feed_tests.h"

#include <string.h>

struct taken {
	struct name_table names;
	struct feed_step step;
	struct feed_selector selector;
	const char *values[8]; /* expected, by node */
	size_t value_count;
	bool was_read;
};

static int take_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct taken *taken = context;

	(void)err;
	taken->step = (struct feed_step){.local = root->local};
	taken->selector = (struct feed_selector){.steps = &taken->step, .step_count = 1};
	*ret_selection = (struct feed_selection){.selectors = &taken->selector, .selector_count = 1};
	return 0;
}

static int take_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct taken *taken = context;
	struct arena arena;

	(void)selector;
	(void)err;
	arena_init(&arena, 4096);
	assert_int_equal(record->node_count, taken->value_count);
	for (uint32_t i = 0; i < record->node_count; i++) {
		struct slice value;

		assert_true(record_node_value(record, i, &arena, &value));
		if (!slice_equal_text(value, taken->values[i]))
			fail_msg("node %u is '%.*s', not '%s'", i, (int)value.size, value.data, taken->values[i]);
	}
	arena_release(&arena);
	taken->was_read = true;
	return 0;
}

static void check_values(const char *document, struct taken *taken)
{
	struct byte_block block = {.rest = slice_from(document)};
	struct feed_options options = {.piece_max = 0};
	struct feed_summary summary;
	struct error err = ERROR_INIT;
	const struct feed_sink sink = {.context = taken, .root = take_root, .record = take_record};

	while (taken->value_count < 8 && taken->values[taken->value_count] != NULL)
		taken->value_count++;
	name_table_init(&taken->names);
	assert_int_equal(feed_read(byte_source_block(&block), &options, &taken->names, sink, &summary, &err), 0);
	assert_true(taken->was_read);
	name_table_release(&taken->names);
}

static void a_value_joins_all_text_in_document_order(void **state)
{
	static const struct {
		const char *document;
		const char *values[8];
	} rows[] = {
		{"<a>plain</a>", {"plain"}},
		{"<a></a>", {""}},
		{"<a><b>one</b></a>", {"one", "one"}},
		{"<a>x<b>y</b>z</a>", {"xyz", "y"}},
		{"<a>1<b>2<c>3</c>4</b>5<d/>6<e>7</e></a>", {"1234567", "234", "3", "", "7"}},
		{"<a><b><c>deep</c></b> <d>er</d></a>", {"deep er", "deep", "deep", "er"}},
		{"<a>x<b/><b/>y<b/></a>", {"xy", "", "", ""}},
		{"<a>no <![CDATA[<b>markup</b>]]> here</a>", {"no <b>markup</b> here"}},
		{"<a><b>1<c>2</c></b><b>3<c>4</c>5</b></a>", {"12345", "12", "2", "345", "4"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct taken taken = {.was_read = false};

		memcpy(taken.values, rows[i].values, sizeof(taken.values));
		check_values(rows[i].document, &taken);
	}
}

static void a_value_that_needs_no_joining_needs_no_memory(void **state)
{
	const struct record_node nodes[] = {
		{.parent = RECORD_NONE, .first_child = 1, .next_sibling = RECORD_NONE, .end = 3},
		{.parent = 0, .first_child = RECORD_NONE, .next_sibling = 2, .end = 2, .text = SLICE("only")},
		{.parent = 0, .first_child = RECORD_NONE, .next_sibling = RECORD_NONE, .end = 3},
	};
	const struct record record = {.nodes = nodes, .node_count = 3};
	struct arena arena;
	struct slice value;

	(void)state;
	arena_init(&arena, 0);
	assert_true(record_node_value(&record, 0, &arena, &value));
	assert_ptr_equal(value.data, nodes[1].text.data);
	assert_int_equal(value.size, 4);
	arena_release(&arena);
}

static void a_value_without_memory_is_refused(void **state)
{
	const struct record_node nodes[] = {
		{.parent = RECORD_NONE, .first_child = 1, .next_sibling = RECORD_NONE, .end = 2, .text = SLICE("x")},
		{.parent = 0,
	         .first_child = RECORD_NONE,
	         .next_sibling = RECORD_NONE,
	         .end = 2,
	         .text = SLICE("y"),
	         .text_before = 1},
	};
	const struct record record = {.nodes = nodes, .node_count = 2};
	struct arena arena;
	struct slice value;

	(void)state;
	arena_init(&arena, 1);
	assert_false(record_node_value(&record, 0, &arena, &value));
	arena_release(&arena);
}

int record_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_joins_all_text_in_document_order),
		cmocka_unit_test(a_value_that_needs_no_joining_needs_no_memory),
		cmocka_unit_test(a_value_without_memory_is_refused),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

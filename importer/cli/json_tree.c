/* Our own JSON as a tree, by the reader of feeds. */
#include "cli/json_tree.h"

#include "base/bytes.h"
#include "feed/feed.h"

struct reading {
	struct json_tree_sink sink;
	struct feed_step step;
	struct feed_selector selector;
};

static int on_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct reading *reading = context;

	if (root->format != FEED_JSON)
		return error_set(err, ERROR_STORE, "this is not one JSON object");
	reading->selector = (struct feed_selector){.steps = &reading->step, .step_count = 1};
	*ret_selection = (struct feed_selection){.selectors = &reading->selector, .selector_count = 1};
	return 0;
}

static int on_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	const struct reading *reading = context;

	(void)selector;
	return reading->sink.document(reading->sink.context, record, err);
}

static int on_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                       struct error *err)
{
	(void)context;
	(void)selector;
	(void)stream_offset;
	(void)head;
	return error_set(err, ERROR_LIMIT, "%s", text);
}

static int on_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	(void)context;
	(void)fault;
	(void)stream_offset;
	(void)text;
	(void)err;
	return 0; /* we write no key twice */
}

static int on_undefined_bytes(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	(void)context;
	(void)count;
	(void)stream_offset;
	(void)err;
	return 0; /* the text is UTF-8 */
}

int json_tree_read(struct slice text, struct json_tree_sink sink, struct error *err)
{
	struct reading reading = {.sink = sink};
	const struct feed_sink feed_sink = {
		.context = &reading,
		.root = on_root,
		.record = on_record,
		.oversize = on_oversize,
		.fault = on_fault,
		.undefined_bytes = on_undefined_bytes,
	};
	const struct feed_options options = {.piece_max = 0};
	struct byte_block block = {.rest = text};
	struct feed_summary summary;
	struct name_table names;

	name_table_init(&names);
	const int result = feed_read(byte_source_block(&block), &options, &names, feed_sink, &summary, err);
	name_table_release(&names);
	return result;
}

uint32_t json_tree_member(const struct record *document, uint32_t object, const char *name)
{
	if (object == RECORD_NONE || document->nodes[object].type != RECORD_OBJECT)
		return RECORD_NONE;
	for (uint32_t i = document->nodes[object].first_child; i != RECORD_NONE; i = document->nodes[i].next_sibling) {
		if (slice_equal_text(name_text(document->names, document->nodes[i].local), name))
			return i;
	}
	return RECORD_NONE;
}

struct slice json_tree_text(const struct record *document, uint32_t object, const char *name)
{
	const uint32_t member = json_tree_member(document, object, name);

	return member == RECORD_NONE ? (struct slice){NULL, 0} : document->nodes[member].text;
}

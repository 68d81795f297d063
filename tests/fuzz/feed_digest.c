/* A sink that adds up what it is told. */
#include "feed_digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void expect(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

bool errors_are_equal(const struct error *left, const struct error *right)
{
	return left->code == right->code && left->line == right->line && left->column == right->column &&
	       left->byte == right->byte && strcmp(left->message, right->message) == 0;
}

static void tell(struct feed_digest *digest, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		digest->number = (digest->number ^ bytes[i]) * UINT64_C(0x100000001B3);
}

static void tell_number(struct feed_digest *digest, uint64_t number)
{
	tell(digest, &number, sizeof(number));
}

static void tell_text(struct feed_digest *digest, struct slice text)
{
	tell_number(digest, text.size);
	tell(digest, text.data, text.size);
}

static void tell_record(struct feed_digest *digest, const struct record *record)
{
	for (uint32_t i = 0; i < record->node_count; i++) {
		const struct record_node *node = &record->nodes[i];

		expect(node->end > i && node->end <= record->node_count, "a node ends outside of the record");
		expect(node->parent == RECORD_NONE ? i == 0 : node->parent < i && record->nodes[node->parent].end >= node->end,
		       "a node has a wrong parent");
		expect(node->first_child == (node->end > i + 1 ? i + 1 : RECORD_NONE), "a node has a wrong child");
		expect(node->next_sibling == RECORD_NONE || node->next_sibling == node->end, "a node has a wrong sibling");
		tell_text(digest, name_text(record->names, node->local));
		tell_text(digest, node->text);
		tell_number(digest, node->type);
		tell_number(digest, node->end);
	}
	for (uint32_t i = 0; i < record->attribute_count; i++)
		tell_text(digest, record->attributes[i].value);
}

static int take_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct feed_digest *digest = context;

	(void)err;
	tell_number(digest, root->format);
	if (root->sample != NULL)
		tell_record(digest, root->sample);
	digest->select(digest, root, ret_selection);
	return 0;
}

static int take_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct feed_digest *digest = context;

	(void)err;
	tell_number(digest, selector);
	tell_number(digest, record->stream_offset);
	tell_number(digest, record->stream_size);
	tell_record(digest, record);
	return 0;
}

static int take_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                         struct error *err)
{
	(void)stream_offset;
	tell_text(context, slice_from(text));
	return take_record(context, selector, head, err);
}

static int take_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	struct feed_digest *digest = context;

	(void)err;
	tell_number(digest, fault);
	tell_number(digest, stream_offset);
	tell_text(digest, text);
	return 0;
}

static int take_undefined(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	struct feed_digest *digest = context;

	(void)err;
	tell_number(digest, count);
	tell_number(digest, stream_offset);
	return 0;
}

uint64_t feed_digest_read(struct slice text, const struct feed_options *options,
                          void (*select)(struct feed_digest *digest, const struct feed_root *root,
                                         struct feed_selection *ret_selection),
                          struct feed_summary *ret_summary, struct error *err)
{
	struct feed_digest digest = {.select = select, .number = UINT64_C(0xCBF29CE484222325)};
	const struct feed_sink sink = {.context = &digest,
	                               .root = take_root,
	                               .record = take_record,
	                               .oversize = take_oversize,
	                               .fault = take_fault,
	                               .undefined_bytes = take_undefined};
	struct byte_block block = {.rest = text};
	int result;

	*err = (struct error)ERROR_INIT;
	name_table_init(&digest.names);
	result = feed_read(byte_source_block(&block), options, &digest.names, sink, ret_summary, err);
	name_table_release(&digest.names);
	expect((result == 0) == (err->code == ERROR_NONE), "an error without a failure, or the reverse");
	expect(!ret_summary->is_whole || result == 0 || err->code != ERROR_FEED, "a faulty feed is whole");
	tell_number(&digest, ret_summary->is_whole);
	tell_number(&digest, ret_summary->mended);
	return digest.number;
}

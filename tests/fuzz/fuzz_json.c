/*
 * Fuzz target: JSON and JSON Lines.
 *
 * What our check accepts yajl accepts, and where it is no longer than that may
 * be, so does the check of base, which is a third opinion. A feed read byte by
 * byte tells the same, its error and place included, as one read whole.
 */
#include "base/json.h"
#include "base/limits.h"
#include "feed/feed.h"
#include "feed/json_check.h"
#include "feed/json_parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)1 << 16)

static void expect(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* --- check and parser --- */

static bool errors_are_equal(const struct error *left, const struct error *right)
{
	return left->code == right->code && left->line == right->line && left->column == right->column &&
	       left->byte == right->byte && strcmp(left->message, right->message) == 0;
}

static bool check_pieces(struct slice text, bool is_lines, size_t piece_max, struct error *err)
{
	struct json_check check;

	*err = (struct error)ERROR_INIT;
	json_check_init(&check, is_lines, "it is said to be");
	while (text.size > 0) {
		const size_t size = text.size < piece_max ? text.size : piece_max;

		if (json_check_push(&check, slice_make(text.data, size), err) < size)
			return false;
		text = slice_make(text.data + size, text.size - size);
	}
	return json_check_finish(&check, err) == 0;
}

static int take_text(void *context, struct slice text, struct error *err)
{
	uint64_t *events = context;

	(void)err;
	*events += 1 + text.size;
	return 0;
}

static int take_leaf(void *context, enum record_type type, struct slice text, struct error *err)
{
	(void)type;
	return take_text(context, text, err);
}

static int take_open(void *context, enum record_type type, struct error *err)
{
	(void)type;
	return take_text(context, slice_make(NULL, 0), err);
}

static int take_close(void *context, struct error *err)
{
	return take_text(context, slice_make(NULL, 0), err);
}

static bool parse_pieces(struct slice text, bool is_lines, size_t piece_max, uint64_t *events, struct error *err)
{
	const struct json_handler handler = {
		.context = events, .key = take_text, .leaf = take_leaf, .open = take_open, .close = take_close};
	struct json_parser *parser = json_parser_new(handler, is_lines, "it is said to be", err);
	bool is_accepted = true;

	expect(parser != NULL, "no parser");
	*events = 0;
	while (is_accepted && text.size > 0) {
		const size_t size = text.size < piece_max ? text.size : piece_max;

		is_accepted = json_parser_push(parser, slice_make(text.data, size), err) == 0;
		text = slice_make(text.data + size, text.size - size);
	}
	is_accepted = is_accepted && json_parser_finish(parser, err) == 0;
	json_parser_free(parser);
	return is_accepted;
}

static void compare_parsers(struct slice text, bool is_lines, size_t piece_max)
{
	struct error whole = ERROR_INIT;
	struct error pieces = ERROR_INIT;
	struct error parsed = ERROR_INIT;
	uint64_t whole_events;
	uint64_t piece_events;
	const bool is_accepted = check_pieces(text, is_lines, SIZE_MAX, &whole);

	expect(check_pieces(text, is_lines, piece_max, &pieces) == is_accepted && errors_are_equal(&whole, &pieces),
	       "the check depends on the pieces");
	expect(parse_pieces(text, is_lines, SIZE_MAX, &whole_events, &parsed) == is_accepted && errors_are_equal(&whole, &parsed),
	       "check and yajl disagree");
	parsed = (struct error)ERROR_INIT;
	expect(parse_pieces(text, is_lines, piece_max, &piece_events, &parsed) == is_accepted &&
	               errors_are_equal(&whole, &parsed) && whole_events == piece_events,
	       "the parser depends on the pieces");
	if (!is_lines && text.size > 0 && (text.data[0] == '{' || text.data[0] == '[') && json_is_valid(text, text.data[0]))
		expect(is_accepted || whole.code == ERROR_LIMIT || strstr(whole.message, "U+0000") != NULL ||
		               memchr(" \t\r\n", text.data[text.size - 1], 4) != NULL,
		       "the checks disagree");
}

/* --- feeds --- */

struct teller {
	struct name_table names;
	struct feed_step steps[3];
	struct feed_selector selectors[3];
	uint64_t digest;
};

static void tell(struct teller *teller, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		teller->digest = (teller->digest ^ bytes[i]) * UINT64_C(0x100000001B3);
}

static void tell_number(struct teller *teller, uint64_t number)
{
	tell(teller, &number, sizeof(number));
}

static void tell_text(struct teller *teller, struct slice text)
{
	tell_number(teller, text.size);
	tell(teller, text.data, text.size);
}

static void tell_record(struct teller *teller, const struct record *record)
{
	for (uint32_t i = 0; i < record->node_count; i++) {
		const struct record_node *node = &record->nodes[i];

		expect(node->end > i && node->end <= record->node_count, "a node ends outside of the record");
		expect(node->parent == RECORD_NONE ? i == 0 : node->parent < i && record->nodes[node->parent].end >= node->end,
		       "a node has a wrong parent");
		expect(node->first_child == (node->end > i + 1 ? i + 1 : RECORD_NONE), "a node has a wrong child");
		expect(node->next_sibling == RECORD_NONE || node->next_sibling == node->end, "a node has a wrong sibling");
		tell_text(teller, name_text(record->names, node->local));
		tell_text(teller, node->text);
		tell_number(teller, node->type);
		tell_number(teller, node->end);
	}
}

static int take_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct teller *teller = context;

	(void)err;
	tell_number(teller, root->format);
	if (root->sample != NULL)
		tell_record(teller, root->sample);
	teller->steps[1].local = name_intern(&teller->names, slice_from("a"));
	teller->selectors[0] = (struct feed_selector){.steps = teller->steps, .step_count = 3};
	teller->selectors[1] = (struct feed_selector){.steps = teller->steps, .step_count = 1, .attributes_only = true};
	teller->steps[2].local = NAME_NONE;
	teller->selectors[2] = (struct feed_selector){.steps = &teller->steps[2], .step_count = 1};
	*ret_selection = (struct feed_selection){.selectors = teller->selectors,
	                                         .selector_count = root->sample && root->sample->node_count % 2 ? 3 : 2};
	return 0;
}

static int take_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct teller *teller = context;

	(void)err;
	tell_number(teller, selector);
	tell_number(teller, record->stream_offset);
	tell_number(teller, record->stream_size);
	tell_record(teller, record);
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
	struct teller *teller = context;

	(void)err;
	tell_number(teller, fault);
	tell_number(teller, stream_offset);
	tell_text(teller, text);
	return 0;
}

static int take_undefined(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	struct teller *teller = context;

	(void)err;
	tell_number(teller, count);
	tell_number(teller, stream_offset);
	return 0;
}

static uint64_t read_feed(struct slice text, size_t piece_max, struct error *err)
{
	struct teller teller = {.digest = UINT64_C(0xCBF29CE484222325)};
	const struct feed_sink sink = {.context = &teller,
	                               .root = take_root,
	                               .record = take_record,
	                               .oversize = take_oversize,
	                               .fault = take_fault,
	                               .undefined_bytes = take_undefined};
	const struct feed_options options = {.piece_max = piece_max};
	struct byte_block block = {.rest = text};
	struct feed_summary summary;
	int result;

	*err = (struct error)ERROR_INIT;
	name_table_init(&teller.names);
	result = feed_read(byte_source_block(&block), &options, &teller.names, sink, &summary, err);
	name_table_release(&teller.names);
	expect((result == 0) == (err->code == ERROR_NONE), "an error without a failure, or the reverse");
	expect(!summary.is_whole || result == 0 || err->code != ERROR_FEED, "a faulty feed is whole");
	tell_number(&teller, summary.is_whole);
	return teller.digest;
}

static bool is_json(struct slice text)
{
	while (text.size > 0 && memchr(" \t\r\n\xEF\xBB\xBF\xFE\xFF", text.data[0], 9) != NULL)
		text = slice_make(text.data + 1, text.size - 1);
	return text.size > 0 && (text.data[0] == '{' || text.data[0] == '[' || text.data[0] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error whole;
	struct error pieces;
	struct slice text;
	size_t piece_max;

	if (size < 1 || size > INPUT_BYTES_MAX)
		return 0;
	piece_max = data[0] % 8 + 1u;
	text = slice_make((const char *)data + 1, size - 1);
	compare_parsers(text, data[0] & 0x80, piece_max);
	if (!is_json(text))
		return 0;
	expect(read_feed(text, 0, &whole) == read_feed(text, piece_max, &pieces), "a feed depends on the pieces");
	expect(errors_are_equal(&whole, &pieces), "an error depends on the pieces");
	return 0;
}

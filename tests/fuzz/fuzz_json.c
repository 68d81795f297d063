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
#include "feed_digest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)1 << 16)

/* --- check and parser --- */

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

static void select_records(struct feed_digest *digest, const struct feed_root *root, struct feed_selection *ret_selection)
{
	digest->steps[1].local = name_intern(&digest->names, slice_from("a"));
	digest->selectors[0] = (struct feed_selector){.steps = digest->steps, .step_count = 3};
	digest->selectors[1] = (struct feed_selector){.steps = digest->steps, .step_count = 1, .attributes_only = true};
	digest->steps[2].local = NAME_NONE;
	digest->selectors[2] = (struct feed_selector){.steps = &digest->steps[2], .step_count = 1};
	*ret_selection = (struct feed_selection){.selectors = digest->selectors,
	                                         .selector_count = root->sample && root->sample->node_count % 2 ? 3 : 2};
}

static uint64_t read_feed(struct slice text, size_t piece_max, struct error *err)
{
	const struct feed_options options = {.piece_max = piece_max};
	struct feed_summary summary;

	return feed_digest_read(text, &options, select_records, &summary, err);
}

static bool is_json(struct slice text)
{
	while (text.size > 0 && memchr(" \t\r\n\xEF\xBB\xBF\xFE\xFF", text.data[0], 9) != NULL)
		text = slice_make(text.data + 1, text.size - 1);
	/* UTF-16 and UTF-32 may begin with zeroes */
	while (text.size > 0 && text.data[0] == '\0')
		text = slice_make(text.data + 1, text.size - 1);
	return text.size > 0 && (text.data[0] == '{' || text.data[0] == '[');
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

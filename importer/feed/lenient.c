/*
 * Mending of faulty XML: runs of plain bytes are copied eight at a time, the
 * rest goes byte by byte through a machine that knows as much of XML as it
 * takes to tell content from CDATA sections, comments and the like.
 */
#include "feed/lenient.h"

#include "base/utf8.h"

#include "feed/lenient_text.h"

#include <stddef.h>
#include <string.h>

static const struct {
	struct slice start;
	enum lenient_section section;
} markups[] = {
	{SLICE("<!--"), LENIENT_COMMENT},
	{SLICE("<?"), LENIENT_INSTRUCTION},
	{SLICE("<![CDATA["), LENIENT_CDATA},
	{SLICE("<!D"), LENIENT_DOCTYPE},
};

void lenient_init(struct lenient *lenient, enum lenient_section section, uint64_t skip)
{
	memset(lenient, 0, offsetof(struct lenient, out));
	lenient->section = section;
	lenient->skip = skip;
	lenient->line = 1;
	lenient->first.offset = UINT64_MAX;
}

void lenient_release(struct lenient *lenient)
{
	lenient_places_release(&lenient->places);
}

uint64_t lenient_count(const struct lenient *lenient)
{
	uint64_t count = 0;

	for (size_t i = 0; i < LENIENT_MEND_COUNT; i++)
		count += lenient->counts[i];
	return count;
}

/* --- out --- */

static int flush(struct lenient *lenient, struct error *err)
{
	const struct slice text = slice_make(lenient->out, lenient->out_size);

	lenient->out_size = 0;
	return text.size > 0 && lenient->write ? lenient->write(lenient->context, text, err) : 0;
}

static int keep(struct lenient *lenient, const struct lenient_place *place, struct error *err)
{
	lenient->counts[place->mend]++;
	if (lenient->first.offset == UINT64_MAX)
		lenient->first = *place;
	return lenient->write ? lenient_places_add(&lenient->places, place, err) : 0;
}

/* Characters that are dropped one behind the other are one place, which ends where something is written. */
static int end_run(struct lenient *lenient, struct error *err)
{
	const struct lenient_place run = lenient->run;

	lenient->run.count = 0;
	return run.count > 0 ? keep(lenient, &run, err) : 0;
}

static int write_text(struct lenient *lenient, struct slice text, struct error *err)
{
	if (text.size > 0 && lenient->run.count > 0 && end_run(lenient, err) < 0)
		return -1;
	lenient->mended += text.size;
	while (text.size > 0) {
		const size_t room = sizeof(lenient->out) - lenient->out_size;
		const size_t size = text.size < room ? text.size : room;

		memcpy(lenient->out + lenient->out_size, text.data, size);
		lenient->out_size += size;
		text = slice_make(text.data + size, text.size - size);
		if (lenient->out_size == sizeof(lenient->out) && flush(lenient, err) < 0)
			return -1;
	}
	return 0;
}

static int write_byte(struct lenient *lenient, char byte, struct error *err)
{
	return write_text(lenient, slice_make(&byte, 1), err);
}

/* A place of `size` bytes that end before `next`, the first byte that is not written yet. */
static struct lenient_place place_of(const struct lenient *lenient, enum lenient_mend mend, uint64_t next, size_t size)
{
	return (struct lenient_place){
		.mend = mend,
		.count = 1,
		.offset = next - size,
		.mended = lenient->mended,
		.shift = (int64_t)next - (int64_t)lenient->mended,
		.line = lenient->line,
		.column_shift = lenient->column_shift,
	};
}

/* A character of `size` bytes, of which the last is the one at hand, is left out. */
static void drop_character(struct lenient *lenient, uint32_t code_point, size_t size)
{
	const struct lenient_place place = place_of(lenient, LENIENT_CHARACTER, lenient->offset + 1, size);
	struct lenient_place *run = &lenient->run;

	lenient->column_shift++;
	if (run->count == 0) {
		*run = place;
		run->code_point = code_point;
	} else {
		run->count++;
		run->shift = place.shift;
	}
	run->column_shift = lenient->column_shift;
}

/* --- references --- */

static int write_reference(struct lenient *lenient, struct error *err)
{
	const struct slice text = slice_make(lenient->reference, lenient->reference_size);

	if (text.size > 0)
		lenient->markup_size = 0;
	lenient->reference_size = 0;
	return write_text(lenient, text, err);
}

static int escape_reference(struct lenient *lenient, struct error *err)
{
	const struct slice rest = slice_make(lenient->reference + 1, lenient->reference_size - 1);
	struct lenient_place place;

	if (write_text(lenient, slice_from("&amp;"), err) < 0)
		return -1;
	lenient->markup_size = 0;
	lenient->column_shift -= 4;
	place = place_of(lenient, LENIENT_AMPERSAND, lenient->offset - rest.size, 1);
	lenient->reference_size = 0;
	return keep(lenient, &place, err) < 0 ? -1 : write_text(lenient, rest, err);
}

static int drop_reference(struct lenient *lenient, uint32_t code_point, struct error *err)
{
	const size_t size = lenient->reference_size;
	struct lenient_place place;

	if (end_run(lenient, err) < 0)
		return -1;
	lenient->reference_size = 0;
	lenient->column_shift += (int64_t)size;
	place = place_of(lenient, LENIENT_REFERENCE, lenient->offset, size);
	place.code_point = code_point;
	return keep(lenient, &place, err);
}

/* It has come to its ';', which is the byte before the next one. */
static int settle_reference(struct lenient *lenient, struct error *err)
{
	uint32_t code_point;

	switch (lenient_reference_judge(slice_make(lenient->reference, lenient->reference_size), &code_point)) {
	case LENIENT_IS_REFERENCE:
		return write_reference(lenient, err);
	case LENIENT_IS_FORBIDDEN:
		return drop_reference(lenient, code_point, err);
	case LENIENT_IS_NONE:
		break;
	}
	return escape_reference(lenient, err);
}

/* `byte` comes behind what is held back. Sets `ret_taken` where it is part of it. */
static int go_on_reference(struct lenient *lenient, char byte, bool *ret_taken, struct error *err)
{
	int result;

	*ret_taken = lenient_reference_goes_on(slice_make(lenient->reference, lenient->reference_size), byte);
	if (!*ret_taken)
		return escape_reference(lenient, err);
	/* So long that only leading zeroes can be the reason: for the parser to judge. */
	if (lenient->reference_size == sizeof(lenient->reference))
		return write_reference(lenient, err) < 0 ? -1 : write_byte(lenient, byte, err);
	lenient->reference[lenient->reference_size++] = byte;
	if (byte != ';')
		return 0;
	lenient->offset++;
	result = settle_reference(lenient, err);
	lenient->offset--;
	return result;
}

/* --- sections --- */

static void enter(struct lenient *lenient, enum lenient_section section)
{
	lenient->outer = lenient->section;
	lenient->section = section;
	lenient->markup_size = 0;
	lenient->ends = 0;
}

/* Behind a '<' that was written: does a section begin? */
static void go_on_markup(struct lenient *lenient, char byte)
{
	const bool is_doctype = lenient->section == LENIENT_DOCTYPE;
	struct slice start;
	bool may_go_on = false;

	if (byte == '<')
		lenient->markup_size = 0;
	else if (lenient->markup_size == 0)
		return;
	lenient->markup[lenient->markup_size++] = byte;
	start = slice_make(lenient->markup, lenient->markup_size);
	for (size_t i = 0; i < sizeof(markups) / sizeof(markups[0]); i++) {
		const bool may_stand = !is_doctype || markups[i].section == LENIENT_COMMENT ||
		                       markups[i].section == LENIENT_INSTRUCTION;

		if (!may_stand || start.size > markups[i].start.size || memcmp(start.data, markups[i].start.data, start.size) != 0)
			continue;
		if (start.size == markups[i].start.size) {
			enter(lenient, markups[i].section);
			return;
		}
		may_go_on = true;
	}
	if (!may_go_on)
		lenient->markup_size = 0;
}

/* A section that ends in `count` times `mark` and '>'. */
static void go_on_section(struct lenient *lenient, char byte, char mark, unsigned count)
{
	if (byte == mark) {
		if (lenient->ends < count)
			lenient->ends++;
		return;
	}
	if (byte == '>' && lenient->ends == count) {
		lenient->section = lenient->outer;
		lenient->outer = LENIENT_CONTENT;
	}
	lenient->ends = 0;
}

/* Literals hide brackets. A comment or instruction inside it keeps the place open. */
static void go_on_doctype(struct lenient *lenient, char byte)
{
	if (lenient->quote != '\0') {
		if (byte == lenient->quote)
			lenient->quote = '\0';
	} else if (byte == '"' || byte == '\'') {
		lenient->quote = byte;
	} else if (byte == '[') {
		lenient->subsets++;
	} else if (byte == ']' && lenient->subsets > 0) {
		lenient->subsets--;
	} else if (byte == '>' && lenient->subsets == 0) {
		lenient->section = LENIENT_CONTENT;
	} else {
		go_on_markup(lenient, byte);
	}
}

static int take_content(struct lenient *lenient, char byte, struct error *err)
{
	bool is_taken;

	if (lenient->reference_size > 0) {
		if (go_on_reference(lenient, byte, &is_taken, err) < 0)
			return -1;
		if (is_taken)
			return 0;
	}
	if (byte == '&') {
		lenient->reference[lenient->reference_size++] = byte;
		return 0;
	}
	go_on_markup(lenient, byte);
	return write_byte(lenient, byte, err);
}

static int take_section(struct lenient *lenient, char byte, struct error *err)
{
	switch (lenient->section) {
	case LENIENT_CONTENT:
		return take_content(lenient, byte, err);
	case LENIENT_CDATA:
		go_on_section(lenient, byte, ']', 2);
		break;
	case LENIENT_COMMENT:
		go_on_section(lenient, byte, '-', 2);
		break;
	case LENIENT_INSTRUCTION:
		go_on_section(lenient, byte, '?', 1);
		break;
	case LENIENT_DOCTYPE:
		go_on_doctype(lenient, byte);
		break;
	}
	return write_byte(lenient, byte, err);
}

/* --- in --- */

/* What cannot be part of a reference that is held back ends it. */
static int end_reference(struct lenient *lenient, struct error *err)
{
	return lenient->reference_size > 0 ? escape_reference(lenient, err) : 0;
}

static int write_wide(struct lenient *lenient, struct error *err)
{
	const struct slice text = slice_make(lenient->wide, lenient->wide_size);

	lenient->wide_size = 0;
	return write_text(lenient, text, err);
}

/* U+FFFE and U+FFFF are EF BF BE and EF BF BF. Sets `ret_taken`: `byte` is part of one, or may be. */
static int go_on_wide(struct lenient *lenient, char byte, bool *ret_taken, struct error *err)
{
	*ret_taken = true;
	if (lenient->wide_size == 1 && byte == '\xBF') {
		lenient->wide[lenient->wide_size++] = byte;
		return 0;
	}
	if (lenient->wide_size == 2 && (byte == '\xBE' || byte == '\xBF')) {
		lenient->wide_size = 0;
		drop_character(lenient, byte == '\xBE' ? 0xFFFE : 0xFFFF, 3);
		return 0;
	}
	*ret_taken = false;
	return write_wide(lenient, err);
}

static bool is_forbidden(char byte)
{
	return (unsigned char)byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r';
}

/* `lenient->offset` is that of `byte`. */
static int take_byte(struct lenient *lenient, char byte, struct error *err)
{
	bool is_taken = false;

	if (lenient->wide_size > 0 && go_on_wide(lenient, byte, &is_taken, err) < 0)
		return -1;
	if (is_taken)
		return 0;
	if (byte == '\xEF') {
		lenient->markup_size = 0;
		lenient->wide[lenient->wide_size++] = byte;
		return end_reference(lenient, err);
	}
	if (is_forbidden(byte)) {
		if (end_reference(lenient, err) < 0)
			return -1;
		drop_character(lenient, (unsigned char)byte, 1);
		return 0;
	}
	if (take_section(lenient, byte, err) < 0)
		return -1;
	if (byte == '\n') {
		lenient->line++;
		lenient->column_shift = 0;
	}
	return 0;
}

/* What stands before the prolog. Its lines are lines of the feed, and its characters columns. */
static int skip_prolog(struct lenient *lenient, struct slice *text, struct error *err)
{
	const size_t size = lenient->skip < text->size ? (size_t)lenient->skip : text->size;
	struct lenient_place place;

	for (size_t i = 0; i < size; i++) {
		lenient->column_shift += !utf8_is_continuation(text->data[i]);
		if (text->data[i] != '\n')
			continue;
		lenient->line++;
		lenient->skipped_lines++;
		lenient->column_shift = 0;
	}
	lenient->offset += size;
	lenient->skip -= size;
	*text = slice_make(text->data + size, text->size - size);
	if (lenient->skip > 0)
		return 0;
	place = place_of(lenient, LENIENT_PROLOG, lenient->offset, (size_t)lenient->offset);
	place.count = lenient->offset;
	return keep(lenient, &place, err);
}

/* Nothing held back, and nothing begun that the next byte could end? */
static bool is_idle(const struct lenient *lenient)
{
	return lenient->reference_size == 0 && lenient->wide_size == 0 && lenient->markup_size == 0 && lenient->ends == 0 &&
	       lenient->section != LENIENT_DOCTYPE;
}

/* A byte that the search for plain ones stops at, but that need not go through the machine: `text` begins with it. */
static bool is_harmless(struct lenient *lenient, struct slice text)
{
	switch (text.data[0]) {
	case '\n':
		lenient->line++;
		lenient->column_shift = 0;
		return true;
	case '\t':
	case '\r':
		return true;
	case '<':
		return text.size > 1 && text.data[1] != '!' && text.data[1] != '?' && text.data[1] != '<' && text.data[1] != '&' &&
		       (unsigned char)text.data[1] >= ' ' && text.data[1] != '\xEF';
	default:
		return false;
	}
}

/* Bytes at the start of `text` that go through as they are, while nothing is held back. */
static size_t run_size(struct lenient *lenient, struct slice text)
{
	const bool is_content = lenient->section == LENIENT_CONTENT;
	size_t size = 0;

	do {
		size += lenient_plain_size(slice_make(text.data + size, text.size - size), is_content);
	} while (size < text.size && is_harmless(lenient, slice_make(text.data + size, text.size - size)) && ++size < text.size);
	return size;
}

int lenient_push(struct lenient *lenient, struct slice text, struct error *err)
{
	if (lenient->skip > 0 && skip_prolog(lenient, &text, err) < 0)
		return -1;
	while (text.size > 0) {
		const size_t plain = is_idle(lenient) ? run_size(lenient, text) : 0;

		if (plain > 0 && write_text(lenient, slice_make(text.data, plain), err) < 0)
			return -1;
		lenient->offset += plain;
		text = slice_make(text.data + plain, text.size - plain);
		if (text.size == 0)
			break;
		if (take_byte(lenient, text.data[0], err) < 0)
			return -1;
		lenient->offset++;
		text = slice_make(text.data + 1, text.size - 1);
	}
	return flush(lenient, err);
}

/* A reference that the end cuts is the parser's to complain of. */
int lenient_finish(struct lenient *lenient, struct error *err)
{
	if (write_wide(lenient, err) < 0 || write_reference(lenient, err) < 0 || end_run(lenient, err) < 0)
		return -1;
	return flush(lenient, err);
}

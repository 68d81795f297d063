/* Streaming validation on top of base's. */
#include "feed/utf8_check.h"

#include "base/utf8.h"

#include <string.h>

/* Bytes of the character that `first` begins; 1 where it begins none. */
static size_t character_size(char first)
{
	const unsigned char byte = (unsigned char)first;

	if (byte < 0xC2 || byte > 0xF4)
		return 1;
	return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/* Bytes at the end of `text` that are the start of a character, and perhaps its whole. */
static size_t tail_size(struct slice text)
{
	for (size_t size = 1; size <= 3 && size <= text.size; size++) {
		const char byte = text.data[text.size - size];

		if (!utf8_is_continuation(byte))
			return character_size(byte) > size ? size : 0;
	}
	return 0;
}

/* Could these bytes go on to a character? The second one decides; the others are continuations, as tail_size() saw. */
static bool may_go_on(struct slice start)
{
	char bytes[4] = {'\x80', '\x80', '\x80', '\x80'};

	memcpy(bytes, start.data, start.size);
	if (start.size == 1 && ((unsigned char)bytes[0] == 0xE0 || (unsigned char)bytes[0] == 0xF0))
		bytes[1] = '\xA0';
	return utf8_is_valid(slice_make(bytes, character_size(bytes[0])));
}

static size_t first_invalid(struct slice text)
{
	size_t at = 0;

	while (at < text.size) {
		size_t size;

		if (utf8_decode(slice_make(text.data + at, text.size - at), &size) == 0xFFFD && size == 1)
			break;
		at += size;
	}
	return at;
}

/* Complete the held character; returns how many bytes of `text` it took, or SIZE_MAX where it is none. */
static size_t complete(struct utf8_check *check, struct slice text)
{
	const size_t wanted = character_size(check->held[0]);
	size_t taken = 0;

	while (check->held_size < wanted && taken < text.size) {
		check->held[check->held_size++] = text.data[taken++];
		if (check->held_size < wanted ? !may_go_on(slice_make(check->held, check->held_size))
		                              : !utf8_is_valid(slice_make(check->held, wanted)))
			return SIZE_MAX;
	}
	if (check->held_size == wanted)
		check->held_size = 0;
	return taken;
}

size_t utf8_check_next(struct utf8_check *check, struct slice text)
{
	const size_t whole = text.size;
	size_t taken;
	size_t tail;

	if (check->held_size > 0) {
		taken = complete(check, text);
		if (taken == SIZE_MAX)
			return 0;
		text = slice_make(text.data + taken, text.size - taken);
	}
	if (text.size == 0)
		return whole;
	tail = tail_size(text);
	if (tail > 0 && !may_go_on(slice_make(text.data + text.size - tail, tail)))
		tail = 0;
	if (!utf8_is_valid(slice_make(text.data, text.size - tail)))
		return whole - text.size + first_invalid(text);
	memcpy(check->held, text.data + text.size - tail, tail);
	check->held_size = tail;
	return whole;
}

bool utf8_check_finish(const struct utf8_check *check)
{
	return check->held_size == 0;
}

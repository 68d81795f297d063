/* Borrowed text: comparing, trimming, splitting and finding. */
#include "base/slice.h"

#include <stdint.h>
#include <string.h>

static unsigned char fold_ascii(char byte)
{
	const unsigned char value = (unsigned char)byte;

	return (value >= 'A' && value <= 'Z') ? (unsigned char)(value + ('a' - 'A')) : value;
}

static bool is_ascii_blank(unsigned char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The white space outside ASCII that three bytes in UTF-8 make. */
static bool is_wide_blank(const unsigned char *bytes)
{
	if (bytes[0] == 0xE2 && bytes[1] == 0x80)
		return (bytes[2] >= 0x80 && bytes[2] <= 0x8B) || bytes[2] == 0xAF;
	return (bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF) ||
	       (bytes[0] == 0xE3 && bytes[1] == 0x80 && bytes[2] == 0x80);
}

/* Bytes of the white space character at the start, or 0. */
static size_t blank_at_start(const unsigned char *bytes, size_t size)
{
	if (is_ascii_blank(bytes[0]))
		return 1;
	if (bytes[0] < 0xC2)
		return 0;
	if (size >= 2 && bytes[0] == 0xC2 && bytes[1] == 0xA0)
		return 2;
	return (size >= 3 && is_wide_blank(bytes)) ? 3 : 0;
}

/* Bytes of the white space character at the end, or 0. */
static size_t blank_at_end(const unsigned char *bytes, size_t size)
{
	const unsigned char last = bytes[size - 1];

	if (last < 0x80)
		return is_ascii_blank(last) ? 1 : 0;
	if (size >= 2 && last == 0xA0 && bytes[size - 2] == 0xC2)
		return 2;
	return (size >= 3 && is_wide_blank(bytes + size - 3)) ? 3 : 0;
}

bool slice_equal_folded(struct slice left, struct slice right)
{
	if (left.size != right.size)
		return false;
	for (size_t index = 0; index < left.size; index++)
		if (fold_ascii(left.data[index]) != fold_ascii(right.data[index]))
			return false;
	return true;
}

bool slice_starts_with(struct slice slice, const char *prefix)
{
	const size_t size = strlen(prefix);

	return size == 0 || (slice.size >= size && memcmp(slice.data, prefix, size) == 0);
}

int slice_compare(struct slice left, struct slice right)
{
	const size_t common = left.size < right.size ? left.size : right.size;
	const int order = common > 0 ? memcmp(left.data, right.data, common) : 0;

	if (order != 0)
		return order;
	return (left.size > right.size) - (left.size < right.size);
}

struct slice slice_trim(struct slice slice)
{
	const unsigned char *bytes = (const unsigned char *)slice.data;
	size_t size = slice.size;
	size_t blank;

	while (size > 0 && (blank = blank_at_start(bytes, size)) > 0) {
		bytes += blank;
		size -= blank;
	}
	while (size > 0 && (blank = blank_at_end(bytes, size)) > 0)
		size -= blank;
	return slice_make((const char *)bytes, size);
}

struct slice_splitter slice_split(struct slice text, struct slice separator)
{
	return (struct slice_splitter){.rest = text, .separator = separator};
}

bool slice_split_next(struct slice_splitter *splitter, struct slice *ret_piece)
{
	size_t position;

	if (splitter->done)
		return false;
	position = slice_is_empty(splitter->separator) ? SIZE_MAX : slice_find(splitter->rest, splitter->separator);
	if (position == SIZE_MAX) {
		*ret_piece = splitter->rest;
		splitter->rest = slice_make(NULL, 0);
		splitter->done = true;
	} else {
		const size_t taken = position + splitter->separator.size;

		*ret_piece = slice_make(splitter->rest.data, position);
		splitter->rest = slice_make(splitter->rest.data + taken, splitter->rest.size - taken);
	}
	return true;
}

size_t slice_find(struct slice slice, struct slice needle)
{
	const char *found;

	if (needle.size == 0)
		return 0;
	if (slice.size < needle.size)
		return SIZE_MAX;
	if (needle.size == 1)
		found = memchr(slice.data, (unsigned char)needle.data[0], slice.size);
	else
		found = memmem(slice.data, slice.size, needle.data, needle.size);
	return found != NULL ? (size_t)(found - slice.data) : SIZE_MAX;
}

/* Folding and finding of words. */
#include "catalog/word.h"

#include <string.h>

/* Does `rest` start with a code point of U+0400 to U+047F? */
static bool is_cyrillic_pair(struct slice rest)
{
	return rest.size >= 2 && ((unsigned char)rest.data[0] & 0xFEu) == 0xD0u && ((unsigned char)rest.data[1] & 0xC0u) == 0x80u;
}

/* One code point, lower-cased where it is a Cyrillic capital (two bytes, U+0400 to U+042F). */
static void lower_cyrillic(char pair[2])
{
	unsigned code = ((unsigned)(unsigned char)pair[0] & 0x1Fu) << 6 | ((unsigned)(unsigned char)pair[1] & 0x3Fu);

	if (code >= 0x0410 && code <= 0x042F)
		code += 0x20;
	else if (code >= 0x0400 && code <= 0x040F)
		code += 0x50;
	pair[0] = (char)(0xC0u | code >> 6);
	pair[1] = (char)(0x80u | (code & 0x3Fu));
}

/* Bytes of the blank, '_', '-' or no-break space at the start of `rest`, or 0. */
static size_t joint_size(struct slice rest)
{
	if (rest.size >= 2 && rest.data[0] == '\xC2' && rest.data[1] == '\xA0')
		return 2;
	switch (rest.data[0]) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case '_':
	case '-':
		return 1;
	default:
		return 0;
	}
}

struct slice word_fold(struct slice text, enum word_joint joint, char ret_bytes[WORD_MAX])
{
	struct slice rest = slice_trim(text);
	size_t size = 0;

	if (rest.size > WORD_MAX)
		return (struct slice){NULL, 0};
	while (rest.size > 0) {
		size_t taken = joint == WORD_JOINT_ONE ? joint_size(rest) : 0;

		if (taken > 0) {
			if (size == 0 || ret_bytes[size - 1] != '_')
				ret_bytes[size++] = '_';
		} else if (is_cyrillic_pair(rest)) {
			taken = 2;
			memcpy(ret_bytes + size, rest.data, taken);
			lower_cyrillic(ret_bytes + size);
			size += taken;
		} else {
			taken = 1;
			ret_bytes[size++] = (char)(rest.data[0] >= 'A' && rest.data[0] <= 'Z' ? rest.data[0] - 'A' + 'a'
			                                                                      : rest.data[0]);
		}
		rest = (struct slice){rest.data + taken, rest.size - taken};
	}
	return (struct slice){ret_bytes, size};
}

const char *word_find(const struct word *table, size_t count, struct slice text)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(text, slice_from(table[middle].text));

		if (order == 0)
			return table[middle].canonical;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

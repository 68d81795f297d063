/* Language tags in their usual letter case. */
#include "catalog/language.h"

#define SUBTAG_MAX 8

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static char fold(char byte, bool to_upper)
{
	if (!is_letter(byte))
		return byte;
	return (char)(to_upper ? byte & ~0x20 : byte | 0x20);
}

/* Subtags in the case that RFC 5646 recommends: 'de', 'zh-Hant', 'pt-BR'; none behind a single letter ('x-…') is changed so. */
static void write_subtag(char *output, struct slice subtag, size_t index, bool is_private)
{
	const bool is_region = index > 0 && subtag.size == 2 && !is_private;
	const bool is_script = index > 0 && subtag.size == 4 && !is_private;

	for (size_t i = 0; i < subtag.size; i++)
		output[i] = fold(subtag.data[i], is_region || (is_script && i == 0));
}

bool language_parse(struct slice text, char ret_tag[LANGUAGE_TAG_MAX], struct slice *ret_language)
{
	const struct slice trimmed = slice_trim(text);
	bool is_private = false;
	size_t start = 0;
	size_t index = 0;

	if (trimmed.size == 0 || trimmed.size > LANGUAGE_TAG_MAX)
		return false;
	for (size_t at = 0; at <= trimmed.size; at++) {
		const bool is_end = at == trimmed.size || trimmed.data[at] == '-' || trimmed.data[at] == '_';

		if (!is_end) {
			if (!is_letter(trimmed.data[at]) && (index == 0 || trimmed.data[at] < '0' || trimmed.data[at] > '9'))
				return false;
			continue;
		}
		if (at == start || at - start > SUBTAG_MAX)
			return false;
		write_subtag(ret_tag + start, slice_make(trimmed.data + start, at - start), index, is_private);
		if (at < trimmed.size)
			ret_tag[at] = '-';
		is_private |= at - start == 1;
		start = at + 1;
		index++;
	}
	*ret_language = slice_make(ret_tag, trimmed.size);
	return true;
}

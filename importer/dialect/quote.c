/* Looks for bytes to escape eight at a time; hardly any text has one. */
#include "dialect/quote.h"

#include "base/json.h"

#include <string.h>

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* High bits where a byte of `word` is zero (and perhaps above such a one, which does not matter here). */
static inline uint64_t zero_bytes(uint64_t word)
{
	return (word - EACH_BYTE) & ~word & HIGH_BITS;
}

/* Is any byte a quote, a backslash or below a blank? */
static inline bool has_special(uint64_t word)
{
	const uint64_t controls = (word - EACH_BYTE * 0x20) & ~word & HIGH_BITS;

	return (controls | zero_bytes(word ^ EACH_BYTE * '"') | zero_bytes(word ^ EACH_BYTE * '\\')) != 0;
}

/* Fewer than eight bytes as one word, in which some may stand twice; blanks where there are none. */
static inline uint64_t short_word(struct slice text)
{
	uint64_t word = EACH_BYTE * ' ';
	uint32_t half;

	if (text.size < sizeof(half)) {
		for (size_t i = 0; i < text.size; i++)
			word = word << 8 | (unsigned char)text.data[i];
		return word;
	}
	memcpy(&half, text.data, sizeof(half));
	word = half;
	memcpy(&half, text.data + text.size - sizeof(half), sizeof(half));
	return word << 32 | half;
}

static bool needs_escape(struct slice text)
{
	uint64_t word;

	if (text.size < sizeof(word))
		return has_special(short_word(text));
	for (size_t i = 0; i + sizeof(word) < text.size; i += sizeof(word)) {
		memcpy(&word, text.data + i, sizeof(word));
		if (has_special(word))
			return true;
	}
	memcpy(&word, text.data + text.size - sizeof(word), sizeof(word));
	return has_special(word);
}

void quote_append_behind(struct buffer *buffer, struct slice first, struct slice text)
{
	struct json_writer json;
	char *room;

	if (needs_escape(text)) {
		json_writer_init(&json, buffer);
		(void)buffer_append_slice(buffer, first); /* the buffer remembers a failure */
		json_string(&json, text);
		return;
	}
	room = buffer_extend(buffer, first.size + text.size + 2);
	if (room == NULL)
		return;
	if (first.size > 0)
		memcpy(room, first.data, first.size);
	room += first.size;
	*room++ = '"';
	if (text.size > 0)
		memcpy(room, text.data, text.size);
	room[text.size] = '"';
}

void quote_append(struct buffer *buffer, struct slice text)
{
	quote_append_behind(buffer, (struct slice){NULL, 0}, text);
}

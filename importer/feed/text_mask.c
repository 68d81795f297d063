/* Follows the markup as far as it takes to know where character data begins and ends. */
#include "feed/text_mask.h"

#include "base/utf8.h"
#include "feed/sift_scan.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define EACH_BYTE UINT64_C(0x0101010101010101)

void text_mask_release(struct text_mask *mask)
{
	free(mask->masked);
	free(mask->tail);
	*mask = (struct text_mask){.in_root = false};
}

static bool reserve(char **bytes, size_t *capacity, size_t size)
{
	char *grown;

	if (size <= *capacity)
		return true;
	grown = realloc(*bytes, size);
	if (grown == NULL)
		return false;
	*bytes = grown;
	*capacity = size;
	return true;
}

/* --- runs --- */

/* A control character but for a line feed or tab; ']'; the first byte of U+FFFE and U+FFFF. */
static bool is_special(unsigned char byte)
{
	return (byte < ' ' && byte != '\n' && byte != '\t') || byte == ']' || byte == 0xEF;
}

#ifdef __SSE2__

#define BLOCK_SIZE ((ptrdiff_t)sizeof(__m128i))

static inline __m128i load(const char *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline __m128i each(__m128i block, char byte)
{
	return _mm_cmpeq_epi8(block, _mm_set1_epi8(byte));
}

static inline unsigned bits(__m128i matches)
{
	return (unsigned)_mm_movemask_epi8(matches);
}

static inline unsigned special_bits(__m128i block)
{
	const __m128i printable = each(_mm_min_epu8(block, _mm_set1_epi8(' ')), ' ');
	const __m128i blank = _mm_or_si128(each(block, '\n'), each(block, '\t'));
	const __m128i marks = _mm_or_si128(each(block, ']'), each(block, (char)0xEF));

	return (bits(_mm_or_si128(printable, blank)) ^ 0xFFFF) | bits(marks);
}

#endif

/* The '<' or '&' that ends the text at `at`, or `end`; and whether there are letters outside of ASCII before it. */
static inline const char *find_run_end(const char *at, const char *end, bool *ret_has_letters)
{
	unsigned letters = 0;

#ifdef __SSE2__
	for (; end - at >= BLOCK_SIZE; at += BLOCK_SIZE) {
		const __m128i block = load(at);
		const unsigned ends = bits(_mm_or_si128(each(block, '<'), each(block, '&')));

		if (ends != 0) {
			*ret_has_letters = (letters | (bits(block) & (ends - 1) & ~ends)) != 0;
			return at + __builtin_ctz(ends);
		}
		letters |= bits(block);
	}
#endif
	for (; at < end && *at != '<' && *at != '&'; at++)
		letters |= (unsigned char)*at & 0x80U;
	*ret_has_letters = letters != 0;
	return at;
}

static bool has_special(struct slice text)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; (ptrdiff_t)(text.size - i) >= BLOCK_SIZE; i += sizeof(__m128i))
		if (special_bits(load(text.data + i)) != 0)
			return true;
#endif
	while (i < text.size && !is_special((unsigned char)text.data[i]))
		i++;
	return i < text.size;
}

/* A line break of two bytes, behind which libxml2 stays in its tight loop. */
static bool is_plain_line_end(struct slice text, size_t at)
{
	if (text.size - at < 3 || text.data[at + 1] != '\n')
		return false;
	return (unsigned char)text.data[at + 2] >= ' ' || text.data[at + 2] == '\t';
}

static bool has_text(struct slice text, const char *part)
{
	return slice_find(text, slice_from(part)) != SIZE_MAX;
}

/* Would libxml2 take all of it, and all of it at once? */
static bool is_faultless(struct slice text)
{
	if (has_special(text)) {
		for (size_t i = 0; i < text.size; i++) {
			const unsigned char byte = (unsigned char)text.data[i];

			if (byte < ' ' && is_special(byte) && (byte != '\r' || !is_plain_line_end(text, i)))
				return false;
		}
		if (has_text(text, "]]>") || has_text(text, "\xEF\xBF\xBE") || has_text(text, "\xEF\xBF\xBF"))
			return false;
	}
	return utf8_is_valid(text);
}

static void mask_letters(char *bytes, size_t size)
{
	uint64_t word;
	size_t i = 0;

	for (; size - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		const uint64_t letters = (word >> 7 & EACH_BYTE) * 0xFF;

		word = (word & ~letters) | (letters & EACH_BYTE * MASK_BYTE);
		memcpy(bytes + i, &word, sizeof(word));
	}
	for (; i < size; i++)
		bytes[i] = (unsigned char)bytes[i] < 0x80 ? bytes[i] : MASK_BYTE;
}

/* --- following the markup --- */

/* A piece on its way through. */
struct passage {
	struct text_mask *mask;
	const char *at;
	const char *end;
	bool is_masked; /* mask->masked is a copy of the piece */
};

static void enter(struct passage *passage, enum text_mask_state state)
{
	passage->mask->state = state;
}

/* False without memory. */
static bool mask_run(struct passage *passage, struct slice run)
{
	struct text_mask *mask = passage->mask;

	if (!is_faultless(run))
		return true;
	if (!passage->is_masked) {
		if (!reserve(&mask->masked, &mask->masked_capacity, mask->piece.size))
			return false;
		memcpy(mask->masked, mask->piece.data, mask->piece.size);
		passage->is_masked = true;
	}
	mask_letters(mask->masked + (run.data - mask->piece.data), run.size);
	return true;
}

/* A run that the piece cuts stays as it is, both parts of it. */
static bool pass_run(struct passage *passage)
{
	const char *const start = passage->at;
	bool has_letters;

	passage->at = find_run_end(start, passage->end, &has_letters);
	if (passage->at == passage->end) {
		enter(passage, TEXT_MASK_BROKEN_RUN);
		return true;
	}
	if (has_letters && passage->mask->in_root && passage->mask->state == TEXT_MASK_RUN &&
	    !mask_run(passage, slice_make(start, (size_t)(passage->at - start))))
		return false;
	enter(passage, *passage->at++ == '<' ? TEXT_MASK_OPENING : TEXT_MASK_REFERENCE);
	return true;
}

static void pass_reference(struct passage *passage)
{
	passage->at = sift_find_any(passage->at, passage->end, ';', '<', '&');
	if (passage->at < passage->end)
		enter(passage, *passage->at++ == ';' ? TEXT_MASK_RUN : TEXT_MASK_BLIND);
}

static void open_markup(struct passage *passage)
{
	passage->mask->quote = '\0';
	passage->mask->closed = 0;
	switch (*passage->at) {
	case '!':
		passage->at++;
		enter(passage, TEXT_MASK_DECLARATION);
		break;
	case '?':
		passage->at++;
		enter(passage, TEXT_MASK_INSTRUCTION);
		break;
	default:
		passage->mask->in_root = true;
		enter(passage, TEXT_MASK_TAG);
	}
}

static void open_declaration(struct passage *passage)
{
	switch (*passage->at) {
	case '-':
		passage->at++;
		enter(passage, TEXT_MASK_COMMENT_OPENING);
		break;
	case '[':
		enter(passage, TEXT_MASK_CDATA);
		break;
	default:
		enter(passage, TEXT_MASK_DEFINITION);
	}
}

static void open_comment(struct passage *passage)
{
	passage->at++;
	enter(passage, TEXT_MASK_COMMENT);
}

/* On to behind `count` of `mark` and '>'. */
static void pass_until(struct passage *passage, char mark, unsigned count)
{
	struct text_mask *mask = passage->mask;

	while (passage->at < passage->end) {
		if (mask->closed == 0) {
			const char *found = memchr(passage->at, mark, (size_t)(passage->end - passage->at));

			passage->at = found != NULL ? found + 1 : passage->end;
			mask->closed = found != NULL;
			continue;
		}
		const char byte = *passage->at++;

		if (byte == '>' && mask->closed == count) {
			enter(passage, TEXT_MASK_RUN);
			return;
		}
		if (byte != mark)
			mask->closed = 0;
		else if (mask->closed < count)
			mask->closed++;
	}
}

/* What a tag can go on with: '>', a quote, or what may not be there. */
static inline const char *find_in_tag(const char *at, const char *end)
{
#ifdef __SSE2__
	for (; end - at >= BLOCK_SIZE; at += BLOCK_SIZE) {
		const __m128i block = load(at);
		const __m128i quotes = _mm_or_si128(each(block, '"'), each(block, '\''));
		const __m128i brackets = _mm_or_si128(_mm_or_si128(each(block, '<'), each(block, '>')), each(block, '['));
		const unsigned found = bits(_mm_or_si128(quotes, brackets));

		if (found != 0)
			return at + __builtin_ctz(found);
	}
#endif
	while (at < end && *at != '>' && *at != '"' && *at != '\'' && *at != '<' && *at != '[')
		at++;
	return at;
}

/* On to behind the quote that ends a value. */
static void pass_value(struct passage *passage)
{
	struct text_mask *mask = passage->mask;
	const char also = mask->state == TEXT_MASK_TAG ? '<' : mask->quote; /* a value of a tag may not hold it */

	passage->at = sift_find_any(passage->at, passage->end, mask->quote, also, also);
	if (passage->at == passage->end)
		return;
	if (*passage->at++ == mask->quote)
		mask->quote = '\0';
	else
		enter(passage, TEXT_MASK_BLIND);
}

/* On to behind the '>' of a tag or definition, or to a value in it. An internal subset is not followed. */
static void pass_tag(struct passage *passage)
{
	if (passage->mask->quote != '\0') {
		pass_value(passage);
		return;
	}
	passage->at = find_in_tag(passage->at, passage->end);
	if (passage->at == passage->end)
		return;
	const char byte = *passage->at++;

	if (byte == '>')
		enter(passage, TEXT_MASK_RUN);
	else if (byte == '<' || byte == '[')
		enter(passage, TEXT_MASK_BLIND);
	else
		passage->mask->quote = byte;
}

/* The '>' of the tag that is open at `at`; NULL where it is not there yet, or something else is. */
static inline const char *find_tag_end(const char *at, const char *end)
{
	char quote = '\0';

	for (; (at = find_in_tag(at, end)) < end; at++) {
		if (*at == '<' || (quote == '\0' && *at == '['))
			return NULL;
		if (quote == '\0' && *at == '>')
			return at;
		if (quote == '\0')
			quote = *at;
		else if (*at == quote)
			quote = '\0';
	}
	return NULL;
}

/* Most of a feed: tags, and texts of ASCII between them. Stops before what the states are for. */
static void pass_plain(struct passage *passage)
{
	const char *const end = passage->end;
	const char *at = passage->at;

	for (;;) {
		bool has_letters;
		const char *const less = find_run_end(at, end, &has_letters);

		if (has_letters || end - less < 2 || *less != '<' || less[1] == '!' || less[1] == '?')
			break;
		const char *const tag_end = find_tag_end(less + 1, end);

		if (tag_end == NULL)
			break;
		at = tag_end + 1;
	}
	passage->at = at;
}

/* False without memory. */
static bool pass(struct passage *passage)
{
	switch (passage->mask->state) {
	case TEXT_MASK_RUN:
		if (passage->mask->in_root)
			pass_plain(passage);
		return pass_run(passage);
	case TEXT_MASK_BROKEN_RUN:
		return pass_run(passage);
	case TEXT_MASK_REFERENCE:
		pass_reference(passage);
		break;
	case TEXT_MASK_OPENING:
		open_markup(passage);
		break;
	case TEXT_MASK_DECLARATION:
		open_declaration(passage);
		break;
	case TEXT_MASK_COMMENT_OPENING:
		open_comment(passage);
		break;
	case TEXT_MASK_COMMENT:
		pass_until(passage, '-', 2);
		break;
	case TEXT_MASK_CDATA:
		pass_until(passage, ']', 2);
		break;
	case TEXT_MASK_INSTRUCTION:
		pass_until(passage, '?', 1);
		break;
	case TEXT_MASK_DEFINITION:
	case TEXT_MASK_TAG:
		pass_tag(passage);
		break;
	case TEXT_MASK_BLIND:
		passage->at = passage->end;
		break;
	}
	return true;
}

bool text_mask_apply(struct text_mask *mask, struct slice text, struct slice *ret_masked)
{
	struct passage passage = {.mask = mask, .at = text.data, .end = text.data + text.size};

	mask->piece = text;
	while (passage.at < passage.end)
		if (!pass(&passage))
			return false;
	*ret_masked = passage.is_masked ? slice_make(mask->masked, text.size) : text;
	return true;
}

/* --- looking up --- */

static uint64_t piece_end(const struct text_mask *mask)
{
	return mask->piece_offset + mask->piece.size;
}

bool text_mask_keep(struct text_mask *mask, uint64_t offset)
{
	const uint64_t tail_offset = mask->piece_offset - mask->tail_size;
	const uint64_t end = piece_end(mask);
	size_t kept = 0; /* of the tail before */
	size_t added;

	if (offset < tail_offset)
		offset = tail_offset;
	if (offset > end)
		offset = end;
	if (offset < mask->piece_offset)
		kept = (size_t)(mask->piece_offset - offset);
	added = (size_t)(end - offset) - kept;
	if (kept > 0)
		memmove(mask->tail, mask->tail + mask->tail_size - kept, kept);
	if (!reserve(&mask->tail, &mask->tail_capacity, kept + added))
		return false;
	if (added > 0)
		memcpy(mask->tail + kept, mask->piece.data + mask->piece.size - added, added);
	mask->tail_size = kept + added;
	mask->piece = slice_make(NULL, 0);
	mask->piece_offset = end;
	return true;
}

struct slice text_mask_original(const struct text_mask *mask, uint64_t offset, size_t size)
{
	const uint64_t tail_offset = mask->piece_offset - mask->tail_size;
	struct slice rest = {NULL, 0};

	if (offset >= piece_end(mask) || offset < tail_offset)
		return rest;
	if (offset >= mask->piece_offset)
		rest = slice_make(mask->piece.data + (offset - mask->piece_offset), (size_t)(piece_end(mask) - offset));
	else
		rest = slice_make(mask->tail + (offset - tail_offset), (size_t)(mask->piece_offset - offset));
	return slice_make(rest.data, size < rest.size ? size : rest.size);
}

/* Looks for letters, and then for where the character data that they are in begins and ends. */
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
	*mask = (struct text_mask){.state = TEXT_MASK_CONTENT};
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

/* From `at` on the first byte of a letter, or '<' that begins no tag or has nothing behind it yet; `end` if none. */
static const char *find_letter(const char *at, const char *end)
{
#ifdef __SSE2__
	for (; end - at > BLOCK_SIZE; at += BLOCK_SIZE) {
		const __m128i block = load(at);
		const __m128i next = load(at + 1);
		const __m128i special = _mm_or_si128(each(next, '!'), each(next, '?'));
		const unsigned found = bits(_mm_or_si128(block, _mm_and_si128(each(block, '<'), special)));

		if (found != 0)
			return at + __builtin_ctz(found);
	}
#endif
	for (; at < end && (unsigned char)*at < 0x80; at++)
		if (*at == '<' && (end - at < 2 || at[1] == '!' || at[1] == '?'))
			break;
	return at;
}

/* The '<' or '&' that ends a text, or `end`. */
static const char *find_text_end(const char *at, const char *end)
{
	return sift_find_any(at, end, '<', '&', '&');
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
	bool in_root;
	bool in_text;   /* at `at`; else that is not known */
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

/* The '>' of the tag that is open at `at`; NULL where it is not there, or something else is. */
static const char *find_tag_end(const char *at, const char *end)
{
	for (; at < end && *at != '<'; at++) {
		if (*at == '>')
			return at;
		if (*at != '"' && *at != '\'')
			continue;
		const char quote = *at++;

		while (at < end && *at != quote && *at != '<')
			at++;
		if (at == end || *at == '<')
			return NULL;
	}
	return NULL;
}

/* Where the run begins that `letter` is in; NULL where it is in no text, or that cannot be said. */
static const char *find_run_start(const struct passage *passage, const char *letter)
{
	const char *less = memrchr(passage->at, '<', (size_t)(letter - passage->at));
	const char *start = passage->in_text ? passage->at : NULL;
	const char *ampersand;

	if (less != NULL) {
		start = find_tag_end(less + 1, letter);
		start = start != NULL ? start + 1 : NULL;
	}
	if (start == NULL || (ampersand = memrchr(start, '&', (size_t)(letter - start))) == NULL)
		return start;
	start = memchr(ampersand, ';', (size_t)(letter - ampersand));
	return start != NULL ? start + 1 : NULL;
}

/* On from a letter that is in no text: behind the tag that it is in, else to what comes next. */
static void pass_letter(struct passage *passage, const char *letter)
{
	const char *less = memrchr(passage->at, '<', (size_t)(letter - passage->at));
	const char *tag_end = less != NULL ? find_tag_end(less + 1, passage->end) : NULL;

	passage->in_text = tag_end != NULL && tag_end > letter;
	passage->at = passage->in_text ? tag_end + 1 : find_text_end(letter, passage->end);
}

/* On to behind the text that the next letter is in, or to other markup. A run that the piece cuts stays as it is. */
static bool pass_content(struct passage *passage)
{
	const char *letter = find_letter(passage->at, passage->end);
	const char *start;

	if (letter == passage->end) {
		passage->at = letter;
		return true;
	}
	if (*letter == '<') {
		passage->at = letter + 1;
		enter(passage, TEXT_MASK_OPENING);
		return true;
	}
	start = find_run_start(passage, letter);
	if (start == NULL) {
		pass_letter(passage, letter);
		return true;
	}
	passage->at = find_text_end(letter, passage->end);
	passage->in_text = true;
	return passage->at == passage->end || !passage->in_root ||
	       mask_run(passage, slice_make(start, (size_t)(passage->at - start)));
}

static void open_markup(struct passage *passage)
{
	passage->mask->quote = '\0';
	passage->mask->closed = 0;
	passage->in_text = false;
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
		enter(passage, TEXT_MASK_CONTENT);
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

/* Text follows. */
static void close_markup(struct passage *passage)
{
	passage->in_text = true;
	enter(passage, TEXT_MASK_CONTENT);
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
			close_markup(passage);
			return;
		}
		if (byte != mark)
			mask->closed = 0;
		else if (mask->closed < count)
			mask->closed++;
	}
}

/* On to behind the '>' of a definition. An internal subset is not followed. */
static void pass_definition(struct passage *passage)
{
	struct text_mask *mask = passage->mask;

	while (passage->at < passage->end) {
		const char byte = *passage->at++;

		if (mask->quote != '\0') {
			if (byte == mask->quote)
				mask->quote = '\0';
		} else if (byte == '"' || byte == '\'') {
			mask->quote = byte;
		} else if (byte == '>') {
			close_markup(passage);
			return;
		} else if (byte == '[') {
			enter(passage, TEXT_MASK_BLIND);
			return;
		}
	}
}

/* False without memory. */
static bool pass(struct passage *passage)
{
	switch (passage->mask->state) {
	case TEXT_MASK_CONTENT:
		return pass_content(passage);
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
		pass_definition(passage);
		break;
	case TEXT_MASK_BLIND:
		passage->at = passage->end;
		break;
	}
	return true;
}

bool text_mask_apply(struct text_mask *mask, struct slice text, bool in_root, struct slice *ret_masked)
{
	struct passage passage = {.mask = mask, .at = text.data, .end = text.data + text.size, .in_root = in_root};

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

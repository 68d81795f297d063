/* A text is walked once; at each place the longest secret that stands there is taken. Nothing is allocated. */
#include "secret/mask.h"

#include "base/hexadecimal.h"

#include <string.h>

#define BASE64_DIGITS_MIN 7 /* that six bytes have of their own, wherever they begin */

static const char mask[] = "***";
static const char cut_mark[] = "...";

/* What is looked at: from `at` to `end`, where the text may have been cut off. */
struct view {
	const char *at;
	const char *end;
};

static char fold(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

/* The size of what stands at the view and is the byte `value`; 0 = another one. */
static size_t match_byte(const struct view *view, char value)
{
	if (view->at == view->end)
		return 0;
	if (*view->at == '%' && view->end - view->at >= 3) {
		const int high = hexadecimal_value(view->at[1]);
		const int low = hexadecimal_value(view->at[2]);
		if (high >= 0 && low >= 0 && (high << 4 | low) == (unsigned char)value)
			return 3;
	}
	return *view->at == value ? 1 : 0;
}

/* As match_byte(), in any case: the name of a host comes back in lower case. A blank may be '+'. */
static size_t match_letter(const struct view *view, char value)
{
	const size_t size = match_byte(view, value);
	if (size > 0 || view->at == view->end)
		return size;
	return fold(*view->at) == fold(value) || (value == ' ' && *view->at == '+') ? 1 : 0;
}

/* Nothing more stands there, or an encoded byte that was cut off. */
static bool is_at_end(const struct view *view)
{
	return view->at == view->end || (*view->at == '%' && view->end - view->at < 3);
}

/* The secret itself; one that has a '%' may look as if it were encoded. */
static size_t match_exact(struct slice secret, struct view view)
{
	const bool is_there = secret.size <= (size_t)(view.end - view.at) && memcmp(view.at, secret.data, secret.size) == 0;
	return is_there ? secret.size : 0;
}

/* The secret, encoded or not, or its beginning at the end of the text. */
static size_t match_encoded(struct slice secret, struct view view)
{
	const char *start = view.at;
	for (size_t i = 0; i < secret.size; i++) {
		const size_t size = match_letter(&view, secret.data[i]);
		if (size == 0)
			return is_at_end(&view) && i >= SECRET_MASK_BYTES_MIN ? (size_t)(view.end - start) : 0;
		view.at += size;
	}
	return (size_t)(view.at - start);
}

/* `count` bits of the secret from the bit `from` on, the first one highest, as the highest ones of six. */
static unsigned secret_bits(struct slice secret, size_t from, unsigned count)
{
	unsigned bits = 0;
	for (unsigned i = 0; i < 6; i++) {
		const size_t at = from + i;
		const unsigned bit = i < count ? (unsigned)(unsigned char)secret.data[at / 8] >> (7 - at % 8) & 1 : 0;
		bits = bits << 1 | bit;
	}
	return bits;
}

/* A digit of one of the two alphabets whose first `count` bits are `bits`. */
static size_t match_digit(const struct view *view, unsigned bits, unsigned count)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (unsigned rest = 0; rest < 1U << (6 - count); rest++) {
		const char digit = digits[bits | rest];
		size_t size = match_byte(view, digit);
		if (size == 0 && digit == '+')
			size = match_byte(view, '-');
		if (size == 0 && digit == '/')
			size = match_byte(view, '_');
		if (size > 0)
			return size;
	}
	return 0;
}

/* Its Base64, from the first digit on that begins with the bit `from` and has nothing of what stands before it. */
static size_t match_base64(struct slice secret, size_t from, struct view view)
{
	const char *start = view.at;
	const size_t bit_count = secret.size * 8;
	size_t count = 0;
	size_t at = from;
	for (; at + 6 <= bit_count; at += 6, count++) {
		const size_t size = match_digit(&view, secret_bits(secret, at, 6), 6);
		if (size == 0)
			return is_at_end(&view) && count >= BASE64_DIGITS_MIN ? (size_t)(view.end - start) : 0;
		view.at += size;
	}
	if (at < bit_count)
		view.at += match_digit(&view, secret_bits(secret, at, (unsigned)(bit_count - at)), (unsigned)(bit_count - at));
	for (int i = 0; i < 2; i++)
		view.at += match_byte(&view, '=');
	return (size_t)(view.at - start);
}

static size_t match_one(struct slice secret, struct view view)
{
	static const size_t first_bits[] = {0, 4, 2}; /* behind no, one and two other bytes of a group */
	if (secret.size < SECRET_MASK_BYTES_MIN)
		return 0;
	const size_t exact = match_exact(secret, view);
	const size_t encoded = match_encoded(secret, view);
	size_t longest = exact > encoded ? exact : encoded;
	for (size_t i = 0; i < sizeof(first_bits) / sizeof(first_bits[0]); i++) {
		const size_t size = match_base64(secret, first_bits[i], view);
		longest = size > longest ? size : longest;
	}
	return longest;
}

/* The whole secret, and each of its lines. */
static size_t match_lines(struct slice secret, struct view view)
{
	size_t longest = match_one(secret, view);
	if (secret.size == 0 || memchr(secret.data, '\n', secret.size) == NULL)
		return longest;
	for (size_t from = 0; from < secret.size;) {
		const char *line = secret.data + from;
		const char *end = memchr(line, '\n', secret.size - from);
		const size_t line_size = end != NULL ? (size_t)(end - line) : secret.size - from;
		const size_t size = match_one(slice_make(line, line_size), view);
		longest = size > longest ? size : longest;
		from += line_size + 1;
	}
	return longest;
}

static size_t match_any(const struct slice *secrets, size_t count, struct view view)
{
	size_t longest = 0;
	for (size_t i = 0; i < count; i++) {
		const size_t size = match_lines(secrets[i], view);
		longest = size > longest ? size : longest;
	}
	return longest;
}

/* Where the text ends that came from outside. */
static const char *text_end(const char *text)
{
	const size_t size = strlen(text);
	const size_t mark_size = sizeof(cut_mark) - 1;
	return text + (size >= mark_size && strcmp(text + size - mark_size, cut_mark) == 0 ? size - mark_size : size);
}

void secret_mask(const struct slice *secrets, size_t count, char *text)
{
	const char *end = text_end(text);
	char *write = text;
	const char *read = text;
	while (read < end) {
		const size_t size = match_any(secrets, count, (struct view){.at = read, .end = end});
		if (size > 0) {
			memcpy(write, mask, sizeof(mask) - 1);
			write += sizeof(mask) - 1;
			read += size;
		} else {
			*write++ = *read++;
		}
	}
	memmove(write, end, strlen(end) + 1);
}

bool secret_mask_finds(const struct slice *secrets, size_t count, const char *text)
{
	const char *end = text_end(text);
	for (const char *at = text; at < end; at++) {
		if (match_any(secrets, count, (struct view){.at = at, .end = end}) > 0)
			return true;
	}
	return false;
}

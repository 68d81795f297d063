/* Base64 by hand: what OpenSSL offers forgives too much. */
#include "connection/base64.h"

/* What the two alphabets of RFC 4648 differ in. */
struct variant {
	const char *last; /* the digits 62 and 63 */
	bool is_padded;
};

static const struct variant standard = {"+/", true};
static const struct variant url = {"-_", false};

static char digit(const struct variant *variant, unsigned value)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	return value < 62 ? digits[value] : variant->last[value - 62];
}

static int encode(const struct variant *variant, struct slice bytes, struct secret *ret_text, struct error *err)
{
	if (bytes.size > SIZE_MAX / 2)
		return error_set_memory(err);
	if (secret_reserve(ret_text, (bytes.size + 2) / 3 * 4, err) < 0)
		return -1;
	for (size_t i = 0; i < bytes.size; i += 3) {
		unsigned group = 0;
		const size_t left = bytes.size - i;
		for (size_t k = 0; k < 3; k++)
			group = group << 8 | (k < left ? (unsigned char)bytes.data[i + k] : 0);
		for (size_t k = 0; k < 4 && (k <= left || variant->is_padded); k++)
			ret_text->data[ret_text->size++] = k <= left ? digit(variant, group >> (18 - 6 * k) & 63) : '=';
	}
	return 0;
}

int base64_encode(struct slice bytes, struct secret *ret_text, struct error *err)
{
	return encode(&standard, bytes, ret_text, err);
}

int base64url_encode(struct slice bytes, struct secret *ret_text, struct error *err)
{
	return encode(&url, bytes, ret_text, err);
}

static int value_of(const struct variant *variant, char byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26;
	if (byte >= '0' && byte <= '9')
		return byte - '0' + 52;
	return byte == variant->last[0] ? 62 : byte == variant->last[1] ? 63 : -1;
}

static int refuse(struct secret *bytes, struct error *err)
{
	secret_release(bytes);
	return error_set(err, ERROR_CONFIG, "it is no Base64");
}

/* The padding that stands there, or that was left out. */
static size_t padding_of(const struct variant *variant, struct slice text)
{
	size_t padding = 0;
	if (!variant->is_padded)
		return (4 - text.size % 4) % 4;
	while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
		padding++;
	return padding;
}

static int decode(const struct variant *variant, struct slice text, struct secret *ret_bytes, struct error *err)
{
	const size_t padding = padding_of(variant, text);
	const size_t size = variant->is_padded ? text.size : text.size + padding;
	if (secret_reserve(ret_bytes, size / 4 * 3 + 3, err) < 0)
		return -1;
	if (size % 4 != 0 || padding > 2)
		return refuse(ret_bytes, err);
	unsigned group = 0;
	for (size_t i = 0; i < size; i++) {
		const int value = i < size - padding ? value_of(variant, text.data[i]) : 0;
		if (value < 0)
			return refuse(ret_bytes, err);
		group = group << 6 | (unsigned)value;
		if (i % 4 != 3)
			continue;
		for (size_t k = 0; k < 3; k++)
			ret_bytes->data[ret_bytes->size++] = (char)(unsigned char)(group >> (16 - 8 * k) & 255);
		group = 0;
	}
	const unsigned char *last = (const unsigned char *)ret_bytes->data + ret_bytes->size;
	for (size_t k = 0; k < padding; k++) {
		if (last[-1 - (ptrdiff_t)k] != 0)
			return refuse(ret_bytes, err); /* bits that no encoder leaves */
	}
	ret_bytes->size -= padding;
	return 0;
}

int base64_decode(struct slice text, struct secret *ret_bytes, struct error *err)
{
	return decode(&standard, text, ret_bytes, err);
}

int base64url_decode(struct slice text, struct secret *ret_bytes, struct error *err)
{
	return decode(&url, text, ret_bytes, err);
}

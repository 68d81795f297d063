/* Hexadecimal digits (RFC 4648, 8): read in either case, written in lower case. */
#pragma once

#include <stddef.h>

/* What a digit stands for; -1 = it is none. */
static inline int hexadecimal_value(char digit)
{
	const char lower = (char)(digit | 0x20);

	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that two digits stand for; -1 = one of them is none. */
static inline int hexadecimal_byte(const char digits[2])
{
	const int high = hexadecimal_value(digits[0]);
	const int low = hexadecimal_value(digits[1]);

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Two digits a byte, from the first byte on and without a NUL: `ret_digits` may end where `bytes` does. */
static inline void hexadecimal_write(const void *bytes, size_t size, char *ret_digits)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		const unsigned char byte = ((const unsigned char *)bytes)[i];

		ret_digits[2 * i] = digits[byte >> 4];
		ret_digits[2 * i + 1] = digits[byte & 15];
	}
}

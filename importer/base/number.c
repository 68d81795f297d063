/* Integers, and writing micros as exact decimals. */
#include "base/number.h"

#define DECIMALS 6

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

bool number_parse_integer(struct slice text, int64_t minimum, int64_t maximum, int64_t *ret_value)
{
	const bool is_negative = text.size > 0 && text.data[0] == '-';
	const size_t start = is_negative ? 1 : 0;
	int64_t value = 0;

	if (text.size == start)
		return false;
	for (size_t index = start; index < text.size; index++) {
		const int64_t digit = text.data[index] - '0';

		if (!is_digit(text.data[index]) || __builtin_mul_overflow(value, INT64_C(10), &value) ||
		    __builtin_add_overflow(value, is_negative ? -digit : digit, &value))
			return false;
	}
	if (value < minimum || value > maximum)
		return false;
	*ret_value = value;
	return true;
}

/* The digits of `value` so that they end before `end`; returns where they start. */
static char *digits_write(uint64_t value, char *end)
{
	do {
		*--end = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return end;
}

static uint64_t magnitude_of(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

void number_append_integer(struct buffer *buffer, int64_t value)
{
	char text[20]; /* '-' and 19 digits */
	char *const end = text + sizeof(text);
	char *start = digits_write(magnitude_of(value), end);

	if (value < 0)
		*--start = '-';
	(void)buffer_append(buffer, start, (size_t)(end - start));
}

void number_append_micros(struct buffer *buffer, int64_t micros, unsigned decimals)
{
	const uint64_t magnitude = magnitude_of(micros);
	uint64_t fraction = magnitude % (uint64_t)MICROS_PER_UNIT;
	char text[DECIMALS];
	unsigned size = DECIMALS;

	if (micros < 0)
		(void)buffer_append_byte(buffer, '-');
	number_append_integer(buffer, (int64_t)(magnitude / (uint64_t)MICROS_PER_UNIT));
	for (unsigned index = DECIMALS; index > 0; index--) {
		text[index - 1] = (char)('0' + fraction % 10);
		fraction /= 10;
	}
	while (size > 0 && size > decimals && text[size - 1] == '0')
		size--;
	if (size == 0)
		return;
	(void)buffer_append_byte(buffer, '.');
	(void)buffer_append(buffer, text, size);
	for (; size < decimals; size++)
		(void)buffer_append_byte(buffer, '0');
}

bool number_add(int64_t left, int64_t right, int64_t *ret_sum)
{
	int64_t sum;

	if (__builtin_add_overflow(left, right, &sum))
		return false;
	*ret_sum = sum;
	return true;
}

bool number_scale_down(int64_t micros, unsigned digits, int64_t *ret_micros)
{
	int64_t divisor = 1;
	int64_t remainder;

	for (unsigned i = 0; i < digits; i++)
		divisor *= 10;
	remainder = micros % divisor;
	*ret_micros = micros / divisor;
	if (remainder >= (divisor + 1) / 2 && remainder > 0)
		(*ret_micros)++;
	else if (-remainder >= (divisor + 1) / 2 && remainder < 0)
		(*ret_micros)--;
	return remainder == 0;
}

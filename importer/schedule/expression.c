/* Reading expressions piece by piece. */
#include "schedule/expression.h"

#include "base/zone.h"

#include <stdarg.h>
#include <stdio.h>

#define WORD_BYTES 3 /* that tell weekdays and months apart */

const char *const expression_weekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", NULL};

bool expression_fail(const struct expression *expression, size_t at, const char *format, ...)
{
	char message[256];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments); /* cut where it is long */
	va_end(arguments);
	(void)error_set(expression->err, ERROR_CONFIG, "%s", message);
	expression->err->byte = (int64_t)at;
	return false;
}

char expression_peek(const struct expression *expression)
{
	return expression->at < expression->text.size ? expression->text.data[expression->at] : '\0';
}

bool expression_take_byte(struct expression *expression, char byte)
{
	if (expression->at == expression->text.size || expression->text.data[expression->at] != byte)
		return false;
	expression->at++;
	return true;
}

void expression_skip_blanks(struct expression *expression)
{
	while (expression_peek(expression) == ' ' || expression_peek(expression) == '\t')
		expression->at++;
}

bool expression_take_number(struct expression *expression, int *ret_number)
{
	const size_t start = expression->at;
	int64_t number = 0;
	while (expression_peek(expression) >= '0' && expression_peek(expression) <= '9') {
		number = number * 10 + (expression_peek(expression) - '0');
		number = number < INT32_MAX ? number : INT32_MAX;
		expression->at++;
	}
	*ret_number = (int)number;
	return expression->at > start;
}

static bool is_letter(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

int expression_take_word(struct expression *expression, const char *const *words)
{
	size_t size = 0;
	while (expression->at + size < expression->text.size && is_letter(expression->text.data[expression->at + size]))
		size++;
	const struct slice word = slice_make(expression->text.data + expression->at, size);
	for (int index = 0; words[index] != NULL; index++) {
		const struct slice known = slice_from(words[index]);
		if (slice_equal_folded(word, known) ||
		    (size == WORD_BYTES && slice_equal_folded(word, slice_make(known.data, WORD_BYTES)))) {
			expression->at += size;
			return index;
		}
	}
	return -1;
}

/* Instants by a format: checked once, then walked along with the text. */
#include "base/instant_pattern.h"

#include "base/instant.h"
#include "base/instant_parts.h"
#include "base/number.h"

#include <stdio.h>
#include <string.h>

#define DIRECTIVES "YymbdHMSz"
#define YEAR_MIN 1900
#define YEAR_MAX 9999
#define FIRST_MS INT64_C(-2208988800000) /* 1900-01-01T00:00:00Z */
#define LAST_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define INTERVAL_BYTES 256

/* --- checking --- */

static bool names_any(const char *seen, const char *directives)
{
	return strpbrk(seen, directives) != NULL;
}

/* What is wrong with the directives that a format has, or NULL. */
static const char *find_fault(const char *seen)
{
	if (!names_any(seen, "Yy"))
		return "the year is missing: %Y";
	if (!names_any(seen, "mb"))
		return "the month is missing: %m";
	if (!names_any(seen, "d"))
		return "the day is missing: %d";
	if (strchr(seen, 'Y') != NULL && strchr(seen, 'y') != NULL)
		return "%Y and %y exclude each other";
	if (strchr(seen, 'm') != NULL && strchr(seen, 'b') != NULL)
		return "%m and %b exclude each other";
	if (strchr(seen, 'M') != NULL && strchr(seen, 'H') == NULL)
		return "there are minutes (%M), but no hour: %H";
	if (strchr(seen, 'S') != NULL && strchr(seen, 'M') == NULL)
		return "there are seconds (%S), but no minutes: %M";
	return NULL;
}

static bool check_format(struct slice format, bool *ret_has_time, char *message)
{
	char seen[sizeof DIRECTIVES] = "";
	size_t count = 0;
	const char *fault;

	for (size_t i = 0; i < format.size; i++) {
		const char directive = i + 1 < format.size ? format.data[i + 1] : '\0';

		if (format.data[i] != '%')
			continue;
		i++;
		if (directive == '%')
			continue;
		if (directive == '\0' || strchr(DIRECTIVES, directive) == NULL) {
			(void)snprintf(message, INSTANT_PATTERN_MESSAGE_SIZE,
			               "'%.*s' is no directive; known: %%Y %%y %%m %%b %%d %%H %%M %%S %%z %%%%",
			               directive == '\0' ? 1 : 2, format.data + i - 1);
			return false;
		}
		if (strchr(seen, directive) != NULL) {
			(void)snprintf(message, INSTANT_PATTERN_MESSAGE_SIZE, "'%%%c' stands there twice", directive);
			return false;
		}
		seen[count++] = directive;
		seen[count] = '\0';
	}
	*ret_has_time = strchr(seen, 'H') != NULL;
	fault = find_fault(seen);
	if (fault != NULL)
		(void)snprintf(message, INSTANT_PATTERN_MESSAGE_SIZE, "%s", fault);
	return fault == NULL;
}

bool instant_pattern_init(struct instant_pattern *pattern, struct slice text, char ret_message[INSTANT_PATTERN_MESSAGE_SIZE])
{
	*pattern = (struct instant_pattern){.kind = INSTANT_PATTERN_FORMAT, .format = slice_trim(text), .has_time = true};
	if (slice_equal_text(pattern->format, "unix")) {
		pattern->kind = INSTANT_PATTERN_UNIX;
		return true;
	}
	if (slice_equal_text(pattern->format, "unix_ms")) {
		pattern->kind = INSTANT_PATTERN_UNIX_MS;
		return true;
	}
	if (pattern->format.size > INSTANT_PATTERN_BYTES) {
		(void)snprintf(ret_message, INSTANT_PATTERN_MESSAGE_SIZE, "a format of more than %d bytes", INSTANT_PATTERN_BYTES);
		return false;
	}
	return check_format(pattern->format, &pattern->has_time, ret_message);
}

/* --- reading --- */

static struct slice skip(struct slice text, size_t size)
{
	return slice_make(text.data + size, text.size - size);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* 'Jan' or 'January'. */
static bool take_month_name(struct slice *rest, int *ret_month)
{
	static const struct slice names[] = {SLICE("january"),   SLICE("february"), SLICE("march"),    SLICE("april"),
	                                     SLICE("may"),       SLICE("june"),     SLICE("july"),     SLICE("august"),
	                                     SLICE("september"), SLICE("october"),  SLICE("november"), SLICE("december")};
	const size_t short_size = 3;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (rest->size < short_size ||
		    !slice_equal_folded(slice_make(rest->data, short_size), slice_make(names[i].data, short_size)))
			continue;
		*ret_month = (int)i + 1;
		if (rest->size >= names[i].size && slice_equal_folded(slice_make(rest->data, names[i].size), names[i]))
			*rest = skip(*rest, names[i].size);
		else
			*rest = skip(*rest, short_size);
		return true;
	}
	return false;
}

static bool is_numeric_directive(struct slice format)
{
	return format.size >= 2 && format.data[0] == '%' && strchr("YymdHMS", format.data[1]) != NULL;
}

/* The value of `directive`; two digits are needed where the format behind it goes on with digits. */
static bool take_directive(char directive, struct slice behind, struct slice *rest, struct instant_parts *parts, int *minutes)
{
	const bool digit_follows = is_numeric_directive(behind) ||
	                           (behind.size > 0 && behind.data[0] >= '0' && behind.data[0] <= '9');
	const size_t least = digit_follows ? 2 : 1;

	switch (directive) {
	case 'Y':
		return instant_take_number(rest, 4, 4, YEAR_MIN, YEAR_MAX, &parts->year);
	case 'y':
		if (!instant_take_number(rest, 2, 2, 0, 99, &parts->year))
			return false;
		parts->year += parts->year < 69 ? 2000 : 1900;
		return true;
	case 'm':
		return instant_take_number(rest, least, 2, 1, 12, &parts->month);
	case 'b':
		return take_month_name(rest, &parts->month);
	case 'd':
		return instant_take_number(rest, least, 2, 1, 31, &parts->day);
	case 'H':
		return instant_take_number(rest, least, 2, 0, 23, &parts->hour);
	case 'M':
		return instant_take_number(rest, least, 2, 0, 59, &parts->minute);
	case 'S':
		return instant_take_number(rest, least, 2, 0, 60, &parts->second);
	default: /* 'z': the format was checked */
		return instant_take_offset(rest, minutes);
	}
}

static bool parse_format(struct slice format, struct slice rest, int offset_minutes, int64_t *ret_ms)
{
	struct instant_parts parts = {.year = YEAR_MIN};
	int minutes = offset_minutes;

	while (format.size > 0) {
		const char byte = format.data[0];

		if (byte == '%' && format.data[1] != '%') {
			const char directive = format.data[1];

			format = skip(format, 2);
			if (!take_directive(directive, format, &rest, &parts, &minutes))
				return false;
		} else if (is_blank(byte)) {
			format = skip(format, 1);
			while (rest.size > 0 && is_blank(rest.data[0]))
				rest = skip(rest, 1);
		} else {
			format = skip(format, byte == '%' ? 2 : 1);
			if (!instant_take_byte(&rest, byte))
				return false;
		}
	}
	return rest.size == 0 && instant_from_parts(&parts, minutes, ret_ms);
}

bool instant_pattern_parse(const struct instant_pattern *pattern, struct slice text, int offset_minutes, int64_t *ret_ms)
{
	const struct slice trimmed = slice_trim(text);
	int64_t number;

	switch (pattern->kind) {
	case INSTANT_PATTERN_USUAL:
		return instant_parse(trimmed, offset_minutes, ret_ms);
	case INSTANT_PATTERN_FORMAT:
		return parse_format(pattern->format, trimmed, offset_minutes, ret_ms);
	case INSTANT_PATTERN_UNIX:
		if (!number_parse_integer(trimmed, FIRST_MS / 1000, LAST_MS / 1000, &number))
			return false;
		*ret_ms = number * 1000;
		return true;
	case INSTANT_PATTERN_UNIX_MS:
		return number_parse_integer(trimmed, FIRST_MS, LAST_MS, ret_ms);
	}
	return false;
}

static bool parse_bound(const struct instant_pattern *pattern, struct slice text, int offset_minutes, int64_t open, int64_t *ret_ms)
{
	if (slice_is_empty(slice_trim(text))) {
		*ret_ms = open;
		return true;
	}
	return instant_pattern_parse(pattern, text, offset_minutes, ret_ms);
}

bool instant_pattern_parse_interval(const struct instant_pattern *pattern, struct slice text, int offset_minutes,
                                    int64_t *ret_from_ms, int64_t *ret_to_ms)
{
	int64_t from_ms = 0;
	int64_t to_ms = 0;
	size_t ways = 0;

	if (text.size > INTERVAL_BYTES)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		int64_t left;
		int64_t right;

		if (text.data[i] != '/' || !parse_bound(pattern, slice_make(text.data, i), offset_minutes, INT64_MIN, &left) ||
		    !parse_bound(pattern, skip(text, i + 1), offset_minutes, INT64_MAX, &right))
			continue;
		from_ms = left;
		to_ms = right;
		ways++;
	}
	if (ways != 1)
		return false;
	*ret_from_ms = from_ms;
	*ret_to_ms = to_ms;
	return true;
}

bool instant_offset_parse(struct slice text, int *ret_minutes)
{
	struct slice rest = slice_trim(text);
	int minutes;

	if (slice_equal_folded(rest, (struct slice)SLICE("UTC"))) {
		*ret_minutes = 0;
		return true;
	}
	if (!instant_take_offset(&rest, &minutes) || rest.size > 0)
		return false;
	*ret_minutes = minutes;
	return true;
}

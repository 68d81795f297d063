/* What json_check finds, in words and with its place. */
#include "feed/json_fault.h"

#include "base/utf8.h"

#include <stdio.h>

#define SHOWN_SIZE 16

/* Characters of the line before `at`; NULL = all of it so far. */
static int64_t characters_before(const struct json_check *check, const unsigned char *at)
{
	if (at == NULL)
		return check->line_characters;
	return check->line_characters +
	       (int64_t)utf8_length(slice_make((const char *)check->line_start, (size_t)(at - check->line_start)));
}

static void locate(struct json_check *check, const unsigned char *at)
{
	const uint64_t offset = check->offset + (at ? (uint64_t)(at - check->piece) : 0);

	error_locate(check->err, check->line, characters_before(check, at) + 1, (int64_t)offset);
}

/* The first byte of the character that `at` should go on with; it may stand in the piece before. */
static void locate_lead(struct json_check *check, const unsigned char *at)
{
	const unsigned size = check->lead < 0xE0 ? 2 : check->lead < 0xF0 ? 3 : 4;
	const uint64_t offset = check->offset + (uint64_t)(at - check->piece) - (size - check->bytes_left);

	error_locate(check->err, check->line, characters_before(check, at), (int64_t)offset);
}

static void show(unsigned char byte, char room[SHOWN_SIZE])
{
	if (byte > ' ' && byte < 0x7F)
		snprintf(room, SHOWN_SIZE, "'%c'", byte);
	else if (byte == '\n')
		snprintf(room, SHOWN_SIZE, "a line break");
	else
		snprintf(room, SHOWN_SIZE, "byte 0x%02X", byte);
}

static bool is_in_object(const struct json_check *check)
{
	return check->objects & 1;
}

static const char *due(const struct json_check *check)
{
	switch (check->state) {
	case JSON_FIRST_KEY:
		return "a name in double quotes or '}'";
	case JSON_KEY:
		return "a name in double quotes";
	case JSON_COLON:
		return "':'";
	case JSON_AFTER:
		return is_in_object(check) ? "',' or '}'" : "',' or ']'";
	case JSON_FIRST_ITEM:
		return "a value or ']'";
	default:
		return "a value";
	}
}

static void set_between(struct json_check *check, unsigned char byte)
{
	struct error *err = check->err;
	char shown[SHOWN_SIZE];

	show(byte, shown);
	if (byte == '\f' || byte == '\v')
		error_set(err, ERROR_FEED, "not well-formed JSON: a %s is no white space there",
		          byte == '\f' ? "form feed" : "vertical tab");
	else if (byte == '\n')
		error_set(err, ERROR_FEED, "the line ends inside %s; each line of JSON Lines is one whole value",
		          is_in_object(check) ? "an object" : "an array");
	else if (byte == '\'')
		error_set(err, ERROR_FEED, "not well-formed JSON: strings and names stand in double quotes, not in single ones");
	else if (byte == '/' || byte == '#')
		error_set(err, ERROR_FEED, "not well-formed JSON: there are no comments in JSON");
	else if ((check->state == JSON_KEY && byte == '}') || (check->state == JSON_VALUE && byte == ']' && !is_in_object(check)))
		error_set(err, ERROR_FEED, "not well-formed JSON: a ',' stands before the closing '%c'", byte);
	else
		error_set(err, ERROR_FEED, "not well-formed JSON: %s is due where %s stands", due(check), shown);
}

static void set_behind_end(struct json_check *check)
{
	if (check->is_lines)
		error_set(check->err, ERROR_FEED,
		          "more follows behind the value in its line; each line of JSON Lines is one value");
	else if (check->shape == JSON_SHAPE_LINES)
		error_set(check->err, ERROR_FEED,
		          "more follows behind the end of the root value (JSON Lines with a first line as long as this are not "
		          "recognised)");
	else
		error_set(check->err, ERROR_FEED, "more follows behind the end of the root value");
}

static void set_bad_utf8(struct json_check *check, unsigned char byte)
{
	error_set(check->err, ERROR_FEED, "byte 0x%02X is not valid UTF-8, although %s; is it windows-1251 or the like?", byte,
	          check->encoding_claim);
}

static void set_in_string(struct json_check *check, unsigned char byte)
{
	struct error *err = check->err;

	if (byte >= 0x80)
		set_bad_utf8(check, byte);
	else if (byte == '\n' || byte == '\r')
		error_set(err, ERROR_FEED, "a string holds a raw line break (is a quote missing? it should be written '\\%c')",
		          byte == '\n' ? 'n' : 'r');
	else if (byte == '\t')
		error_set(err, ERROR_FEED, "a string holds a raw tab (it should be written '\\t')");
	else if (byte == '\0')
		error_set(err, ERROR_FEED, "a string holds a NUL byte");
	else
		error_set(err, ERROR_FEED, "a string holds the control character U+%04X", byte);
}

static void set_code_unit(struct json_check *check, unsigned char byte)
{
	struct error *err = check->err;
	char shown[SHOWN_SIZE];

	show(byte, shown);
	if (check->digits_left > 0)
		error_set(err, ERROR_FEED, "a '\\u' wants four hexadecimal digits where %s stands", shown);
	else if (check->is_second_unit)
		error_set(err, ERROR_FEED, "a surrogate pair goes on with '\\u%04X', which is no second half", check->code_unit);
	else if (check->code_unit == 0)
		error_set(err, ERROR_FEED, "a string holds the character U+0000 ('\\u0000'), which no store can keep");
	else
		error_set(err, ERROR_FEED, "half a surrogate pair ('\\u%04X') stands alone", check->code_unit);
}

static void set_meaning(struct json_check *check, unsigned char byte)
{
	struct error *err = check->err;
	char shown[SHOWN_SIZE];

	show(byte, shown);
	switch (check->state) {
	case JSON_END:
		set_behind_end(check);
		break;
	case JSON_STRING:
		set_in_string(check, byte);
		break;
	case JSON_CHARACTER:
		set_bad_utf8(check, check->lead);
		break;
	case JSON_ESCAPE:
		error_set(err, ERROR_FEED, "a backslash before %s begins no escape of JSON", shown);
		break;
	case JSON_CODE_UNIT:
		set_code_unit(check, byte);
		break;
	case JSON_SURROGATE:
		error_set(err, ERROR_FEED, "half a surrogate pair ('\\u%04X') stands alone", check->code_unit);
		break;
	case JSON_WORD:
		error_set(err, ERROR_FEED, "not well-formed JSON: a word that is not true, false or null");
		break;
	case JSON_MINUS:
	case JSON_POINT:
	case JSON_EXPONENT_MARK:
	case JSON_EXPONENT_SIGN:
		error_set(err, ERROR_FEED, "not well-formed JSON: a number lacks a digit where %s stands", shown);
		break;
	default:
		set_between(check, byte);
	}
}

void json_fault_set(struct json_check *check, const unsigned char *at)
{
	set_meaning(check, *at);
	if (check->state == JSON_CHARACTER)
		locate_lead(check, at);
	else
		locate(check, at);
}

void json_fault_set_limit(struct json_check *check, const unsigned char *at, const char *text)
{
	error_set(check->err, ERROR_LIMIT, "%s", text);
	locate(check, at);
}

int json_fault_set_cut(struct json_check *check)
{
	const char *inside = is_in_object(check) ? "an object" : "an array";

	if (check->state >= JSON_STRING && check->state < JSON_WORD)
		inside = "a string";
	else if (check->state == JSON_WORD)
		inside = "a word";
	else if (check->state > JSON_WORD && check->depth == 0)
		inside = "a number";
	if (check->state == JSON_ROOT)
		error_set(check->err, ERROR_FEED, "the feed ends before its value (cut short?)");
	else
		error_set(check->err, ERROR_FEED, "the feed ends inside %s (cut short?)", inside);
	locate(check, NULL);
	return -1;
}

/* Rules for names and values of headers, by tables. */
#include "connection/header_rules.h"

#include "base/utf8.h"

#include <string.h>

/* What the engine or libcurl writes itself, or what would change how the request is read. */
static const char *const forbidden[] = {
	"Host",    "Connection", "Keep-Alive", "Accept-Encoding", "Content-Length", "Transfer-Encoding",
	"Trailer", "Upgrade",    "Date",       "Location",        "Server",
};

/* What decides which part or version of a feed is answered, and what belongs to a proxy. */
static const char *const managed[] = {
	"Range",
	"If-Range",
	"If-None-Match",
	"If-Modified-Since",
	"TE",
	"Expect",
	"Proxy-Authorization",
	"Proxy-Connection",
	"HTTP2-Settings",
};

static const char *const usual[] = {
	"Authorization",   "X-Api-Key",  "Api-Key", "X-Auth-Token", "X-Access-Token", "Cookie", "Accept",
	"Accept-Language", "User-Agent", "Referer", NULL,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_among(struct slice name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_equal_folded(name, slice_from(names[i])))
			return true;
	}
	return false;
}

static bool is_token_byte(unsigned char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

static bool is_token(struct slice name)
{
	for (size_t i = 0; i < name.size; i++) {
		if (!is_token_byte((unsigned char)name.data[i]))
			return false;
	}
	return name.size > 0;
}

int header_name_check(struct slice name, struct error *err)
{
	const int shown = (int)utf8_cut(name, 80).size;
	if (name.size == 0)
		return error_set(err, ERROR_CONFIG, "a header has no name");
	if (name.size > HEADER_NAME_BYTES)
		return error_set(err, ERROR_CONFIG, "the name of the header '%.*s…' is longer than %d bytes", shown, name.data,
		                 HEADER_NAME_BYTES);
	if (name.data[0] == ':')
		return error_set(err, ERROR_CONFIG, "the header '%.*s' begins with ':', which is for HTTP/2 itself", shown,
		                 name.data);
	if (!is_token(name))
		return error_set(err, ERROR_CONFIG,
		                 "'%.*s' is no name of a header: letters, digits and !#$%%&'*+-.^_`|~ only, without blanks and ':'",
		                 shown, name.data);
	if (is_among(name, forbidden, COUNT(forbidden)))
		return error_set(err, ERROR_CONFIG,
		                 "the header '%.*s' is forbidden: the transfer sets it, or could not work with it", shown,
		                 name.data);
	if (is_among(name, managed, COUNT(managed)))
		return error_set(err, ERROR_CONFIG, "the header '%.*s' is managed by feedmill itself", shown, name.data);
	return 0;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static int check_character(struct slice name, uint32_t character, bool allows_latin1, struct error *err)
{
	const int shown = (int)utf8_cut(name, 80).size;
	if ((character < 0x20 && character != '\t') || character == 0x7f)
		return error_set(err, ERROR_CONFIG,
		                 "the value of the header '%.*s' contains a line end or another control character", shown,
		                 name.data);
	if (character < 0x80 || (allows_latin1 && character >= 0xa0 && character <= 0xff))
		return 0;
	if (allows_latin1)
		return error_set(err, ERROR_CONFIG, "the value of the header '%.*s' contains a character beyond ISO 8859-1", shown,
		                 name.data);
	return error_set(err, ERROR_CONFIG,
	                 "the value of the header '%.*s' contains a character beyond ASCII, without 'latin1: true'", shown,
	                 name.data);
}

int header_value_check(struct slice name, struct slice value, bool allows_latin1, struct error *err)
{
	const int shown = (int)utf8_cut(name, 80).size;
	if (value.size > HEADER_VALUE_BYTES)
		return error_set(err, ERROR_CONFIG, "the value of the header '%.*s' is longer than %d bytes", shown, name.data,
		                 HEADER_VALUE_BYTES);
	if (value.size > 0 && (is_blank(value.data[0]) || is_blank(value.data[value.size - 1])))
		return error_set(err, ERROR_CONFIG, "the value of the header '%.*s' begins or ends with a blank", shown, name.data);
	for (size_t taken; value.size > 0; value = slice_make(value.data + taken, value.size - taken)) {
		if (check_character(name, utf8_decode(value, &taken), allows_latin1, err) < 0)
			return -1;
	}
	return 0;
}

int header_names_check(const struct slice *names, size_t count, size_t *ret_index, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		*ret_index = i;
		if (i == HEADER_COUNT_MAX)
			return error_set(err, ERROR_CONFIG, "more than %d headers", HEADER_COUNT_MAX);
		if (header_name_check(names[i], err) < 0)
			return -1;
		for (size_t k = 0; k < i; k++) {
			if (slice_equal_folded(names[i], names[k]))
				return error_set(err, ERROR_CONFIG, "the header '%.*s' stands there twice", (int)names[i].size,
				                 names[i].data);
		}
	}
	return 0;
}

void header_line_format(struct slice name, struct slice value, char *ret_line)
{
	char *end = ret_line;
	for (size_t i = 0; i < name.size; i++)
		*end++ = name.data[i];
	*end++ = value.size > 0 ? ':' : ';';
	if (value.size > 0)
		*end++ = ' ';
	for (size_t taken; value.size > 0; value = slice_make(value.data + taken, value.size - taken))
		*end++ = (char)(unsigned char)utf8_decode(value, &taken);
	*end = '\0';
}

const char *const *header_names_usual(void)
{
	return usual;
}

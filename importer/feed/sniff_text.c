/* What a decoded feed begins with. */
#include "feed/sniff.h"

#include "base/utf8.h"

#include <string.h>

#define TITLE_BYTES_MAX 120

static struct slice skip(struct slice text, size_t count)
{
	return slice_make(text.data + count, text.size - count);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct slice skip_blanks(struct slice text)
{
	while (text.size > 0 && is_blank(text.data[0]))
		text = skip(text, 1);
	return text;
}

static bool begins_folded(struct slice text, const char *start)
{
	const struct slice wanted = slice_from(start);

	return text.size >= wanted.size && slice_equal_folded(slice_make(text.data, wanted.size), wanted);
}

/* Position of `needle` in `text`, ASCII letters folded, or SIZE_MAX. */
static size_t find_folded(struct slice text, const char *needle)
{
	for (size_t i = 0; i < text.size; i++) {
		if (begins_folded(skip(text, i), needle))
			return i;
	}
	return SIZE_MAX;
}

/* What follows `end`; empty where it does not come. */
static struct slice behind(struct slice text, const char *end)
{
	const struct slice needle = slice_from(end);
	const size_t at = slice_find(text, needle);

	return at == SIZE_MAX ? slice_make(text.data + text.size, 0) : skip(text, at + needle.size);
}

/* `start` and then no further character of a name. */
static bool begins_with_word(struct slice text, const char *start)
{
	const size_t size = strlen(start);

	return begins_folded(text, start) &&
	       (text.size == size || is_blank(text.data[size]) || strchr("/>[", text.data[size]) != NULL);
}

static bool is_html_doctype(struct slice text)
{
	return begins_with_word(text, "<!doctype") && begins_with_word(skip_blanks(skip(text, strlen("<!doctype"))), "html");
}

/* Behind a DOCTYPE with or without an internal subset. */
static struct slice skip_doctype(struct slice text)
{
	const size_t end = slice_find(text, slice_from(">"));
	const size_t subset = slice_find(text, slice_from("["));

	return subset < end ? behind(behind(text, "]"), ">") : behind(text, ">");
}

static bool is_html(struct slice text)
{
	for (;;) {
		text = skip_blanks(text);
		if (slice_starts_with(text, "<!--"))
			text = behind(text, "-->");
		else if (slice_starts_with(text, "<?"))
			text = behind(text, "?>");
		else if (is_html_doctype(text))
			return true;
		else if (begins_with_word(text, "<!doctype"))
			text = skip_doctype(text);
		else
			return begins_with_word(text, "<html");
	}
}

/* The page's title in one line; returns its size in `room`. */
static size_t html_title(struct slice text, char room[TITLE_BYTES_MAX])
{
	const size_t start = find_folded(text, "<title");
	struct slice title;
	size_t size = 0;

	if (start == SIZE_MAX)
		return 0;
	title = behind(skip(text, start), ">");
	title.size = strnlen(title.data, title.size);
	if (memchr(title.data, '<', title.size) != NULL)
		title.size = (size_t)((const char *)memchr(title.data, '<', title.size) - title.data);
	title = utf8_cut(slice_trim(title), TITLE_BYTES_MAX);
	for (size_t i = 0; i < title.size; i++) {
		if (!is_blank(title.data[i]))
			room[size++] = title.data[i];
		else if (size > 0 && room[size - 1] != ' ')
			room[size++] = ' ';
	}
	return size;
}

static int refuse_html(struct slice text, struct error *err)
{
	char title[TITLE_BYTES_MAX];
	const size_t size = html_title(text, title);

	if (size == 0)
		return error_set(err, ERROR_FEED, "an HTML page, not a feed");
	return error_set(err, ERROR_FEED, "an HTML page, not a feed (title: '%.*s')", (int)size, title);
}

int sniff_text(struct slice text, enum feed_format *ret_format, struct error *err)
{
	const struct slice start = skip_blanks(text);

	if (start.size == 0)
		return error_set(err, ERROR_FEED, "the feed is empty");
	if (is_html(start))
		return refuse_html(start, err);
	*ret_format = FEED_CSV;
	if (start.data[0] == '<')
		*ret_format = FEED_XML;
	else if (start.data[0] == '{' || start.data[0] == '[')
		*ret_format = FEED_JSON;
	return 0;
}

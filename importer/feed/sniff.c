/* The encoding of a feed, from its first bytes and what is said of it. */
#include "feed/sniff.h"

#include <string.h>

#define BLANKS " \t\r\n"

static const struct {
	struct slice magic;
	const char *name;
} containers[] = {
	{SLICE("\x1F\x8B"), "gzip"},
	{SLICE("PK\x03\x04"), "zip"},
	{SLICE("PK\x05\x06"), "zip"},
	{SLICE("BZh"), "bzip2"},
	{SLICE("\xFD"
               "7zXZ"),
         "xz"},
	{SLICE("\x28\xB5\x2F\xFD"), "zstd"},
	{SLICE("7z\xBC\xAF\x27\x1C"), "7z"},
	{SLICE("Rar!\x1A"), "rar"},
	{SLICE("\x1F\x9D"), "compress"},
};

/* Encodings that show in the first four bytes and that we do not read. Before UTF-16, whose mark begins like one of UTF-32. */
static const struct {
	struct slice magic;
	const char *name;
} foreign_marks[] = {
	{SLICE("\x00\x00\xFE\xFF"), "UTF-32BE"}, {SLICE("\xFF\xFE\x00\x00"), "UTF-32LE"},
	{SLICE("\x00\x00\x00<"), "UTF-32BE"},    {SLICE("<\x00\x00\x00"), "UTF-32LE"},
	{SLICE("\x00\x00\x00{"), "UTF-32BE"},    {SLICE("{\x00\x00\x00"), "UTF-32LE"},
	{SLICE("\x00\x00\x00["), "UTF-32BE"},    {SLICE("[\x00\x00\x00"), "UTF-32LE"},
	{SLICE("\x4C\x6F\xA7\x94"), "EBCDIC"},   {SLICE("+/v"), "UTF-7"},
};

static bool begins_with(struct slice text, struct slice start)
{
	return text.size >= start.size && memcmp(text.data, start.data, start.size) == 0;
}

static int refuse_encoding(struct slice label, const char *where, struct error *err)
{
	return error_set(
		err, ERROR_FEED,
		"encoding '%.*s' (%s) is not supported; UTF-8, UTF-16, windows-125x, ISO-8859-x, KOI8-R, KOI8-U and cp866 are",
		(int)(label.size < 60 ? label.size : 60), label.data, where);
}

int sniff_container(struct slice head, struct error *err)
{
	if (head.size == 0)
		return error_set(err, ERROR_FEED, "the feed is empty");
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
		if (begins_with(head, containers[i].magic))
			return error_set(err, ERROR_FEED, "the feed is compressed (%s); this version reads uncompressed feeds",
			                 containers[i].name);
	}
	return 0;
}

/* The encoding that a byte order mark names, or NULL. */
static const struct encoding *encoding_by_mark(struct slice head)
{
	static const char *const marked[] = {"UTF-8", "UTF-16LE", "UTF-16BE"};

	for (size_t i = 0; i < sizeof(marked) / sizeof(marked[0]); i++) {
		const struct encoding *encoding = encoding_find(slice_from(marked[i]));

		if (encoding_mark_size(encoding, head) > 0)
			return encoding;
	}
	return NULL;
}

/* UTF-16 without a mark shows by the zero bytes of ASCII characters: the first one of a document is '<', '{', '[' or blank. */
static const struct encoding *encoding_by_zeroes(struct slice head)
{
	if (head.size < 2 || (head.data[0] == 0) == (head.data[1] == 0))
		return NULL;
	return encoding_find(slice_from(head.data[0] == 0 ? "UTF-16BE" : "UTF-16LE"));
}

static struct slice skip(struct slice text, size_t count)
{
	return slice_make(text.data + count, text.size - count);
}

static struct slice skip_blanks(struct slice text)
{
	while (text.size > 0 && text.data[0] != '\0' && strchr(BLANKS, text.data[0]) != NULL)
		text = skip(text, 1);
	return text;
}

/* The value of encoding="…" in the XML declaration that `head` begins with; empty = none. */
static struct slice declared_label(struct slice head)
{
	static const struct slice end = SLICE("?>");
	static const struct slice key = SLICE("encoding");
	const struct slice none = {.data = NULL};
	struct slice value;
	size_t at;
	const char *quote;

	if (!slice_starts_with(head, "<?xml") || head.size < 6 || strchr(BLANKS, head.data[5]) == NULL)
		return none;
	at = slice_find(head, end);
	if (at == SIZE_MAX)
		return none;
	head.size = at;
	at = slice_find(head, key);
	if (at == SIZE_MAX)
		return none;
	value = skip_blanks(skip(head, at + key.size));
	if (!slice_starts_with(value, "="))
		return none;
	value = skip_blanks(skip(value, 1));
	if (value.size == 0 || (value.data[0] != '"' && value.data[0] != '\''))
		return none;
	quote = memchr(value.data + 1, value.data[0], value.size - 1);
	return quote ? slice_trim(slice_make(value.data + 1, (size_t)(quote - value.data) - 1)) : none;
}

static struct slice unquote(struct slice charset)
{
	charset = slice_trim(charset);
	if (charset.size >= 2 && (charset.data[0] == '"' || charset.data[0] == '\'') &&
	    charset.data[charset.size - 1] == charset.data[0])
		charset = slice_trim(slice_make(charset.data + 1, charset.size - 2));
	return charset;
}

/* The bytes read as ASCII, so a name of UTF-16 is wrong. */
static const struct encoding *possible(const struct encoding *encoding)
{
	return encoding->kind == ENCODING_UTF16LE || encoding->kind == ENCODING_UTF16BE ? encoding_find(slice_from("UTF-8"))
	                                                                                : encoding;
}

/* By what is said of bytes that show nothing themselves. An unknown word in the HTTP header is no reason to refuse a feed. */
static int sniff_labels(struct slice head, struct slice http_charset, struct sniffed *ret_sniffed, struct error *err)
{
	const struct slice declared = declared_label(head);
	const struct encoding *encoding;

	http_charset = unquote(http_charset);
	if (!slice_is_empty(declared)) {
		encoding = encoding_find(declared);
		if (encoding == NULL)
			return refuse_encoding(declared, "from the XML declaration", err);
		*ret_sniffed = (struct sniffed){.encoding = possible(encoding), .origin = ENCODING_FROM_DECLARATION};
		return 0;
	}
	encoding = encoding_find(http_charset);
	if (encoding == NULL && encoding_is_foreign(http_charset))
		return refuse_encoding(http_charset, "from the HTTP header", err);
	if (encoding != NULL)
		*ret_sniffed = (struct sniffed){.encoding = possible(encoding), .origin = ENCODING_FROM_HTTP};
	else
		*ret_sniffed = (struct sniffed){.encoding = encoding_find(slice_from("UTF-8")), .origin = ENCODING_BY_DEFAULT};
	return 0;
}

int sniff_encoding(struct slice head, struct slice http_charset, struct sniffed *ret_sniffed, struct error *err)
{
	const struct encoding *encoding;

	for (size_t i = 0; i < sizeof(foreign_marks) / sizeof(foreign_marks[0]); i++) {
		if (begins_with(head, foreign_marks[i].magic))
			return refuse_encoding(slice_from(foreign_marks[i].name), "from its first bytes", err);
	}
	encoding = encoding_by_mark(head);
	if (encoding != NULL) {
		*ret_sniffed = (struct sniffed){encoding, ENCODING_FROM_BOM, encoding_mark_size(encoding, head)};
		return 0;
	}
	encoding = encoding_by_zeroes(head);
	if (encoding != NULL) {
		*ret_sniffed = (struct sniffed){.encoding = encoding, .origin = ENCODING_FROM_DECLARATION};
		return 0;
	}
	return sniff_labels(head, http_charset, ret_sniffed, err);
}

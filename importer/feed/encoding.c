/* Names of encodings. */
#include "feed/encoding.h"

#include "feed/encoding_tables.h"

#include <string.h>

#define LABEL_BYTES_MAX 40

/* Labels in lower case without punctuation, blank between. */
static const struct {
	struct encoding encoding;
	const char *labels;
} encodings[] = {
	{{"UTF-8", ENCODING_UTF8, NULL}, "utf8 unicode11utf8 xunicode20utf8 utf8n"},
	{{"UTF-16LE", ENCODING_UTF16LE, NULL}, "utf16le utf16 unicode ucs2 ucs2le iso10646ucs2 csunicode"},
	{{"UTF-16BE", ENCODING_UTF16BE, NULL}, "utf16be ucs2be unicodefffe"},
	{{"windows-1250", ENCODING_TABLE, encoding_windows_1250}, "windows1250 cp1250 win1250 xcp1250 1250"},
	{{"windows-1251", ENCODING_TABLE, encoding_windows_1251}, "windows1251 cp1251 win1251 xcp1251 1251 ansi1251"},
	{{"windows-1252", ENCODING_TABLE, encoding_windows_1252}, "windows1252 cp1252 win1252 xcp1252 1252 xansi"},
	{{"windows-1253", ENCODING_TABLE, encoding_windows_1253}, "windows1253 cp1253 win1253 xcp1253 1253"},
	{{"windows-1254", ENCODING_TABLE, encoding_windows_1254}, "windows1254 cp1254 win1254 xcp1254 1254"},
	{{"windows-1255", ENCODING_TABLE, encoding_windows_1255}, "windows1255 cp1255 win1255 xcp1255 1255"},
	{{"windows-1256", ENCODING_TABLE, encoding_windows_1256}, "windows1256 cp1256 win1256 xcp1256 1256"},
	{{"windows-1257", ENCODING_TABLE, encoding_windows_1257}, "windows1257 cp1257 win1257 xcp1257 1257"},
	{{"windows-1258", ENCODING_TABLE, encoding_windows_1258}, "windows1258 cp1258 win1258 xcp1258 1258"},
	{{"ISO-8859-1", ENCODING_TABLE, encoding_iso_8859_1}, "iso88591 88591 latin1 l1 isolatin1 cp819 ibm819"},
	{{"ISO-8859-2", ENCODING_TABLE, encoding_iso_8859_2}, "iso88592 88592 latin2 l2"},
	{{"ISO-8859-3", ENCODING_TABLE, encoding_iso_8859_3}, "iso88593 88593 latin3 l3"},
	{{"ISO-8859-4", ENCODING_TABLE, encoding_iso_8859_4}, "iso88594 88594 latin4 l4"},
	{{"ISO-8859-5", ENCODING_TABLE, encoding_iso_8859_5}, "iso88595 88595 cyrillic"},
	{{"ISO-8859-6", ENCODING_TABLE, encoding_iso_8859_6}, "iso88596 88596 arabic"},
	{{"ISO-8859-7", ENCODING_TABLE, encoding_iso_8859_7}, "iso88597 88597 greek"},
	{{"ISO-8859-8", ENCODING_TABLE, encoding_iso_8859_8}, "iso88598 88598 hebrew iso88598i"},
	{{"ISO-8859-9", ENCODING_TABLE, encoding_iso_8859_9}, "iso88599 88599 latin5 l5"},
	{{"ISO-8859-10", ENCODING_TABLE, encoding_iso_8859_10}, "iso885910 885910 latin6 l6"},
	{{"ISO-8859-11", ENCODING_TABLE, encoding_iso_8859_11}, "iso885911 885911"},
	{{"ISO-8859-13", ENCODING_TABLE, encoding_iso_8859_13}, "iso885913 885913 latin7 l7"},
	{{"ISO-8859-14", ENCODING_TABLE, encoding_iso_8859_14}, "iso885914 885914 latin8 l8"},
	{{"ISO-8859-15", ENCODING_TABLE, encoding_iso_8859_15}, "iso885915 885915 latin9 l9"},
	{{"ISO-8859-16", ENCODING_TABLE, encoding_iso_8859_16}, "iso885916 885916 latin10 l10"},
	{{"KOI8-R", ENCODING_TABLE, encoding_koi8_r}, "koi8r koi8 cskoi8r koi"},
	{{"KOI8-U", ENCODING_TABLE, encoding_koi8_u}, "koi8u"},
	{{"IBM866", ENCODING_TABLE, encoding_ibm866}, "ibm866 cp866 866 csibm866 dos866"},
	{{"US-ASCII", ENCODING_TABLE, encoding_us_ascii}, "usascii ascii iso646us ansix341968"},
};

/* Labels of other encodings begin so. */
static const char *const foreign_labels[] = {
	"utf32",      "utf7",   "ucs4",       "big5",  "gb",         "hz",    "euc",    "iso2022",    "shift",
	"sjis",       "msxjis", "windows31j", "cp932", "windows936", "cp936", "cp949",  "windows949", "cp950",
	"windows874", "tis620", "ksc",        "johab", "ebcdic",     "cp037", "ibm037", "cp500",      "macintosh",
	"xmac",       "mac",    "viscii",     "cp437", "ibm437",     "cp850", "ibm850", "cp852",      "ibm852",
};

/* `label` as the tables above spell it; what stands behind ':' is a year. */
static struct slice normalize(struct slice label, char room[LABEL_BYTES_MAX])
{
	size_t size = 0;

	for (size_t i = 0; i < label.size && label.data[i] != ':'; i++) {
		char byte = label.data[i];

		if (byte >= 'A' && byte <= 'Z')
			byte = (char)(byte - 'A' + 'a');
		if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9'))
			continue;
		if (size == LABEL_BYTES_MAX)
			return slice_make(NULL, 0);
		room[size++] = byte;
	}
	return slice_make(room, size);
}

const struct encoding *encoding_find(struct slice label)
{
	static const struct slice blank = SLICE(" ");
	char room[LABEL_BYTES_MAX];
	const struct slice wanted = normalize(label, room);
	struct slice known;

	if (slice_is_empty(wanted))
		return NULL;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		struct slice_splitter labels = slice_split(slice_from(encodings[i].labels), blank);

		while (slice_split_next(&labels, &known)) {
			if (slice_equal(known, wanted))
				return &encodings[i].encoding;
		}
	}
	return NULL;
}

bool encoding_is_foreign(struct slice label)
{
	char room[LABEL_BYTES_MAX];
	const struct slice wanted = normalize(label, room);

	for (size_t i = 0; i < sizeof(foreign_labels) / sizeof(foreign_labels[0]); i++) {
		if (slice_starts_with(wanted, foreign_labels[i]))
			return true;
	}
	return false;
}

size_t encoding_mark_size(const struct encoding *encoding, struct slice head)
{
	switch (encoding->kind) {
	case ENCODING_UTF8:
		return slice_starts_with(head, "\xEF\xBB\xBF") ? 3 : 0;
	case ENCODING_UTF16LE:
		return slice_starts_with(head, "\xFF\xFE") ? 2 : 0;
	case ENCODING_UTF16BE:
		return slice_starts_with(head, "\xFE\xFF") ? 2 : 0;
	case ENCODING_TABLE:
		break;
	}
	return 0;
}

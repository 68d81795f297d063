/* Sources and proxies: URLs are checked for what the fetch would refuse anyway, while line and column are known. */
#include "config/value.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "config/value_show.h"

#include <string.h>

struct url {
	struct slice scheme;
	struct slice authority; /* with user, password and port */
};

static const struct slice separator = SLICE("://");

static bool contains(struct slice text, char byte)
{
	return text.size > 0 && memchr(text.data, byte, text.size) != NULL;
}

bool value_is_url(struct slice text)
{
	return slice_find(text, separator) != SIZE_MAX;
}

static struct url url_split(struct slice text)
{
	size_t at = slice_find(text, separator);
	size_t start = at + separator.size;
	size_t end = start;
	while (end < text.size && strchr("/?#\\", text.data[end]) == NULL)
		end++;
	return (struct url){.scheme = slice_make(text.data, at), .authority = slice_make(text.data + start, end - start)};
}

static bool scheme_is(const struct url *url, const char *name)
{
	return slice_equal_folded(url->scheme, slice_from(name));
}

static bool has_blank_or_control(struct slice text)
{
	for (size_t index = 0; index < text.size; index++) {
		unsigned char byte = (unsigned char)text.data[index];
		if (byte <= ' ' || byte == 0x7F)
			return true;
	}
	return false;
}

static bool scheme_is_well_formed(struct slice scheme)
{
	for (size_t index = 0; index < scheme.size; index++) {
		char byte = scheme.data[index];
		bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
		if (!is_letter && (index == 0 || strchr("0123456789+-.", byte) == NULL))
			return false;
	}
	return scheme.size > 0 && scheme.size <= 32;
}

/* What holds for every URL. */
static int check_url(struct slice text, const struct url *url, struct error *err)
{
	if (text.size > LIMIT_URL_BYTES)
		return error_set(err, ERROR_CONFIG, "the URL is longer than %d bytes", LIMIT_URL_BYTES);
	if (has_blank_or_control(text))
		return error_set(err, ERROR_CONFIG,
		                 "blanks and control characters are not allowed in a URL; write a blank as '%%20'");
	if (!scheme_is_well_formed(url->scheme))
		return error_set(err, ERROR_CONFIG, "the part before '://' is not the scheme of a URL");
	if (contains(url->authority, '@'))
		return error_set(err, ERROR_CONFIG,
		                 "a user or password in the URL is refused: credentials do not belong into a URL");
	return 0;
}

static int check_host(const struct url *url, struct error *err)
{
	if (url->authority.size == 0 || url->authority.data[0] == ':')
		return error_set(err, ERROR_CONFIG, "the URL names no host");
	return 0;
}

static int check_source_url(struct slice text, struct error *err)
{
	struct url url = url_split(text);
	if (check_url(text, &url, err) < 0)
		return -1;
	if (scheme_is(&url, "http") || scheme_is(&url, "https"))
		return check_host(&url, err);
	if (!scheme_is(&url, "file"))
		return error_set(err, ERROR_CONFIG,
		                 "'%.*s' sources are not available in this version of feedmill; use http, https, file or a path",
		                 (int)url.scheme.size, url.scheme.data);
	return 0;
}

int value_check_source(struct slice text, struct error *err)
{
	static const struct slice http = SLICE("http:");
	static const struct slice https = SLICE("https:");
	if (text.size == 0)
		return error_set(err, ERROR_CONFIG, "the source is empty");
	if (value_is_url(text))
		return check_source_url(text, err);
	if (slice_equal_folded(utf8_cut(text, http.size), http) || slice_equal_folded(utf8_cut(text, https.size), https))
		return error_set(err, ERROR_CONFIG, "a URL needs '//' behind its scheme");
	return value_check_path(text, err);
}

int value_check_proxy(struct slice text, struct error *err)
{
	if (!value_is_url(text))
		return error_set(err, ERROR_CONFIG, "'%s' is not a URL; write it as 'http://proxy.example:3128'", VALUE_SHOW(text));
	struct url url = url_split(text);
	if (check_url(text, &url, err) < 0)
		return -1;
	if (!scheme_is(&url, "http") && !scheme_is(&url, "https") && !scheme_is(&url, "socks5") && !scheme_is(&url, "socks5h"))
		return error_set(err, ERROR_CONFIG,
		                 "'%.*s' is not a kind of proxy that feedmill knows; use http, https, socks5 or socks5h",
		                 (int)url.scheme.size, url.scheme.data);
	return check_host(&url, err);
}

struct value_shown value_show(struct slice text)
{
	static const char cut[] = "…";
	struct value_shown shown;
	struct slice kept = value_is_url(text) ? slice_from("a URL") : utf8_cut(text, sizeof(shown.text) - sizeof(cut));
	bool is_cut = kept.size < text.size && !value_is_url(text);
	if (kept.size > 0)
		memcpy(shown.text, kept.data, kept.size);
	memcpy(shown.text + kept.size, cut, sizeof(cut));
	if (!is_cut)
		shown.text[kept.size] = '\0';
	return shown;
}

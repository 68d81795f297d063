/* What kind of source a text names, and its form without secrets. Works on any text, valid URL or not. */
#include "fetch/fetch.h"

#include "base/utf8.h"

#include <string.h>

static bool scheme_is(struct slice scheme, const char *name)
{
	return slice_equal_folded(scheme, slice_from(name));
}

static bool is_file_url(const char *source)
{
	return slice_equal_folded(slice_make(source, strnlen(source, 6)), slice_from("file:/"));
}

enum source_kind source_classify(const char *source)
{
	if (source == NULL || source[0] == '\0')
		return SOURCE_UNSUPPORTED;
	if (strcmp(source, "-") == 0)
		return SOURCE_STDIN;
	if (is_file_url(source))
		return SOURCE_FILE;
	const char *mark = strstr(source, "://");
	if (mark == NULL)
		return SOURCE_FILE;
	const struct slice scheme = slice_make(source, (size_t)(mark - source));
	return scheme_is(scheme, "http") || scheme_is(scheme, "https") ? SOURCE_HTTP : SOURCE_UNSUPPORTED;
}

/* A text of fixed size that is cut at its end, never inside a code point. */
struct mask {
	char *text;
	size_t size;
	size_t used;
};

static void mask_append(struct mask *mask, const char *data, size_t size)
{
	const size_t room = mask->size - 1 - mask->used;
	const struct slice piece = size <= room ? slice_make(data, size) : utf8_cut(slice_make(data, size), room);
	if (piece.size > 0)
		memcpy(mask->text + mask->used, piece.data, piece.size);
	mask->used += piece.size;
	if (piece.size < size)
		mask->size = mask->used + 1; /* nothing more goes behind a cut */
}

static void mask_append_stars(struct mask *mask)
{
	mask_append(mask, "***", 3);
}

/*
 * Host and port. User names and passwords end at the last '@'; a password
 * with an unescaped '/', '?' or '#' cuts the authority short, and what is left
 * of it stands where a port should.
 */
static size_t mask_authority(struct mask *mask, const char *authority)
{
	size_t size = strcspn(authority, "/?#");
	size_t host = 0;
	for (size_t i = 0; i < size; i++) {
		if (authority[i] == '@')
			host = i + 1;
	}
	size_t port = size;
	while (port > host && authority[port - 1] >= '0' && authority[port - 1] <= '9')
		port--;
	const char *colon = memchr(authority + host, ':', size - host);
	const bool is_address = authority[host] == '[';
	if (colon != NULL && !is_address && colon != authority + port - 1) {
		const char *last = strrchr(authority, '@');
		mask_append_stars(mask);
		return last != NULL ? (size_t)(last - authority) : size;
	}
	if (host > 0) {
		mask_append_stars(mask);
		mask_append(mask, "@", 1);
	}
	mask_append(mask, authority + host, size - host);
	return size;
}

/* 'a=1&b=2' becomes 'a=***&b=***'; a piece without '=' may itself be the secret. */
static void mask_query(struct mask *mask, const char *query, size_t size)
{
	struct slice_splitter splitter = slice_split(slice_make(query, size), slice_from("&"));
	struct slice pair;
	for (bool is_first = true; slice_split_next(&splitter, &pair); is_first = false) {
		if (!is_first)
			mask_append(mask, "&", 1);
		const char *sign = pair.size > 0 ? memchr(pair.data, '=', pair.size) : NULL;
		if (sign != NULL)
			mask_append(mask, pair.data, (size_t)(sign - pair.data) + 1);
		if (pair.size > 0)
			mask_append_stars(mask);
	}
}

static void mask_url(struct mask *mask, const char *url)
{
	const char *rest = strstr(url, "://") + 3;
	if (!is_file_url(url))
		rest += strspn(rest, "/"); /* libcurl takes 'http:///host/' for 'http://host/' */
	mask_append(mask, url, (size_t)(rest - url));
	rest += mask_authority(mask, rest);
	const size_t path = strcspn(rest, "?#");
	mask_append(mask, rest, path);
	rest += path;
	if (*rest == '?') {
		const size_t query = strcspn(rest, "#");
		mask_append(mask, "?", 1);
		mask_query(mask, rest + 1, query - 1);
		rest += query;
	}
	if (*rest == '#') {
		mask_append(mask, "#", 1);
		mask_append_stars(mask);
	}
}

void source_mask(const char *source, char *ret_text, size_t size)
{
	if (size == 0)
		return;
	struct mask mask = {.text = ret_text, .size = size};
	if (source != NULL && strstr(source, "://") != NULL)
		mask_url(&mask, source);
	else if (source != NULL)
		mask_append(&mask, source, strlen(source));
	ret_text[mask.used] = '\0';
}

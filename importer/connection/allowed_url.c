/* The comparison of URLs with an Allowed URL; paths in the normal form of RFC 3986, 6.2.2. */
#include "connection/allowed_url.h"

#include "base/buffer.h"
#include "base/limits.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES_MAX LIMIT_URL_BYTES

static int hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	const char lower = (char)(byte | 0x20);
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool is_unreserved(unsigned char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       (byte != '\0' && strchr("-._~", byte) != NULL);
}

/* A byte that servers take for something else than a piece of a segment's name when it was encoded. */
static bool is_unclear_encoded(unsigned char byte)
{
	return byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\';
}

static bool is_unclear_plain(unsigned char byte)
{
	return byte <= 0x20 || byte >= 0x7f || byte == '\\';
}

/* Unreserved characters decoded, other encodings in upper case; 0 without memory, as all that a buffer lacks is seen at the end. */
static bool decode_unreserved(const char *path, struct buffer *decoded)
{
	static const char digits[] = "0123456789ABCDEF";
	for (; *path != '\0'; path++) {
		if (*path != '%') {
			if (is_unclear_plain((unsigned char)*path))
				return false;
			(void)buffer_append_byte(decoded, *path);
			continue;
		}
		const int high = hex_digit(path[1]);
		const int low = high < 0 ? -1 : hex_digit(path[2]);
		if (low < 0)
			return false;
		const unsigned char byte = (unsigned char)(high * 16 + low);
		if (is_unclear_encoded(byte))
			return false;
		if (is_unreserved(byte))
			(void)buffer_append_byte(decoded, (char)byte);
		else
			(void)buffer_append_format(decoded, "%%%c%c", digits[high], digits[low]);
		path += 2;
	}
	return true;
}

/* '.' and '..', and with a parameter behind them, which some servers cut off before they look: '..;x'. */
static size_t segment_dots(struct slice segment, bool *ret_has_parameter)
{
	size_t dots = 0;
	while (dots < segment.size && segment.data[dots] == '.')
		dots++;
	*ret_has_parameter = dots < segment.size && segment.data[dots] == ';';
	return dots <= 2 && (dots == segment.size || *ret_has_parameter) ? dots : 0;
}

static void drop_last_segment(struct buffer *path)
{
	while (path->size > 0 && path->data[path->size - 1] != '/')
		path->size--;
	if (path->size > 0)
		path->size--;
}

/* RFC 3986, 5.2.4: `path` begins with '/', or is empty without memory. False where a segment is unclear. */
static bool remove_dot_segments(struct slice path, struct buffer *removed)
{
	if (slice_is_empty(path))
		return true;
	struct slice_splitter splitter = slice_split(slice_make(path.data + 1, path.size - 1), slice_from("/"));
	struct slice segment;
	bool ends_in_dots = false;
	while (slice_split_next(&splitter, &segment)) {
		bool has_parameter;
		const size_t dots = segment_dots(segment, &has_parameter);
		if (dots > 0 && has_parameter)
			return false;
		ends_in_dots = dots > 0;
		if (dots == 2)
			drop_last_segment(removed);
		if (dots > 0)
			continue;
		(void)buffer_append_byte(removed, '/');
		(void)buffer_append_slice(removed, segment);
	}
	if (ends_in_dots)
		(void)buffer_append_byte(removed, '/');
	return true;
}

/* The normal form into `normal`; false where the path is unclear. */
static bool path_normalise(const char *path, struct buffer *normal)
{
	struct buffer decoded;
	buffer_init(&decoded, PATH_BYTES_MAX);
	const bool is_clear = path[0] == '/' && decode_unreserved(path, &decoded) &&
	                      remove_dot_segments(buffer_slice(&decoded), normal);
	normal->failed = normal->failed || decoded.failed;
	buffer_release(&decoded);
	return is_clear;
}

static bool path_is_within(struct slice scope, struct slice path)
{
	if (path.size < scope.size || memcmp(path.data, scope.data, scope.size) != 0)
		return false;
	return path.size == scope.size || scope.data[scope.size - 1] == '/' || path.data[scope.size] == '/';
}

/* Brings the path of `url` to its normal form where it is within. */
static int check_path(const char *scope, struct url *url, enum allowed_url_verdict *ret_verdict, struct error *err)
{
	struct buffer normal;
	char *path = NULL;
	int outcome = url_path(url, &path, err);
	if (outcome < 0)
		return -1;
	buffer_init(&normal, PATH_BYTES_MAX);
	const bool is_clear = path_normalise(path, &normal);
	const char *text = buffer_text(&normal);
	if (!is_clear)
		*ret_verdict = ALLOWED_URL_UNCLEAR_PATH;
	else if (text == NULL || normal.failed)
		outcome = error_set_memory(err);
	else if (!path_is_within(slice_from(scope), buffer_slice(&normal)))
		*ret_verdict = ALLOWED_URL_OTHER_PATH;
	else if (strcmp(path, text) != 0)
		outcome = url_set_path(url, text, err);
	buffer_release(&normal);
	curl_free(path);
	return outcome;
}

/* One IPv6 address may be written in several ways. */
static bool host_equal(const char *left, const char *right)
{
	unsigned char left_bytes[16];
	unsigned char right_bytes[16];
	if (inet_pton(AF_INET6, left, left_bytes) == 1 && inet_pton(AF_INET6, right, right_bytes) == 1)
		return memcmp(left_bytes, right_bytes, sizeof(left_bytes)) == 0;
	return strcmp(left, right) == 0;
}

static bool is_upgrade(const struct allowed_url *allowed, const struct url *url)
{
	return allowed->allows_upgrade && !allowed->url.is_secure && url->is_secure && strcmp(allowed->url.port, "80") == 0 &&
	       strcmp(url->port, "443") == 0;
}

int allowed_url_check(const struct allowed_url *allowed, struct url *url, enum allowed_url_verdict *ret_verdict, struct error *err)
{
	const bool upgrades = is_upgrade(allowed, url);
	*ret_verdict = ALLOWED_URL_INSIDE;
	if (!host_equal(allowed->url.host, url->host))
		*ret_verdict = ALLOWED_URL_OTHER_HOST;
	else if (!upgrades && allowed->url.is_secure != url->is_secure)
		*ret_verdict = ALLOWED_URL_OTHER_SCHEME;
	else if (!upgrades && strcmp(allowed->url.port, url->port) != 0)
		*ret_verdict = ALLOWED_URL_OTHER_PORT;
	else if (allowed->path != NULL)
		return check_path(allowed->path, url, ret_verdict, err);
	return 0;
}

/* libcurl forgives what a person should not have written. */
static int check_spelling(const char *text, struct error *err)
{
	/* it would take one '/' or three for two; and where the path begins is found by these very ones */
	const size_t scheme_size = strspn(text, "HTPShtps");
	const char *rest = strncmp(text + scheme_size, "://", 3) == 0 ? text + scheme_size : NULL;
	if (rest == NULL || rest[3] == '\0' || rest[3] == '/')
		return error_set(err, ERROR_REFUSED,
		                 "an Allowed URL is absolute and names a host, such as 'https://feeds.example/'");
	if (strpbrk(text, "?#") != NULL)
		return error_set(err, ERROR_REFUSED, "an Allowed URL has no query and no fragment");
	if (strchr(text, '\\') != NULL)
		return error_set(err, ERROR_REFUSED, "an Allowed URL has no '\\'");
	return 0;
}

/* The path as written, which libcurl would clear of '..' first. */
static int read_path(const char *text, struct allowed_url *allowed, struct error *err)
{
	const char *path = strchr(strstr(text, "://") + 3, '/');
	struct buffer decoded;
	struct buffer normal;
	int outcome = 0;
	if (path == NULL || strcmp(path, "/") == 0)
		return 0;
	buffer_init(&decoded, PATH_BYTES_MAX);
	buffer_init(&normal, PATH_BYTES_MAX);
	const char *normal_text = NULL;
	if (!decode_unreserved(path, &decoded) || !remove_dot_segments(buffer_slice(&decoded), &normal))
		outcome = error_set(err, ERROR_REFUSED,
		                    "the path of an Allowed URL has no encoded '/', no '\\', no control characters and nothing "
		                    "beyond ASCII: write others as '%%C3%%A9'");
	else if (!decoded.failed && !normal.failed && !slice_equal(buffer_slice(&decoded), buffer_slice(&normal)))
		outcome = error_set(err, ERROR_REFUSED, "the path of an Allowed URL has no segments '.' and '..'");
	else if ((normal_text = buffer_text(&normal)) == NULL || decoded.failed || (allowed->path = strdup(normal_text)) == NULL)
		outcome = error_set_memory(err);
	buffer_release(&decoded);
	buffer_release(&normal);
	return outcome;
}

int allowed_url_parse(const char *text, bool allows_upgrade, struct allowed_url *ret_allowed, struct error *err)
{
	*ret_allowed = (struct allowed_url){.allows_upgrade = allows_upgrade};
	if (url_parse(text, &ret_allowed->url, err) < 0)
		return -1;
	if (check_spelling(text, err) < 0 || read_path(text, ret_allowed, err) < 0) {
		allowed_url_release(ret_allowed);
		return -1;
	}
	return 0;
}

int allowed_url_from_origin(const struct url *url, bool allows_upgrade, struct allowed_url *ret_allowed, struct error *err)
{
	*ret_allowed = (struct allowed_url){.allows_upgrade = allows_upgrade};
	return url_parse(url->text, &ret_allowed->url, err);
}

const char *allowed_url_verdict_text(enum allowed_url_verdict verdict)
{
	static const char *const texts[] = {
		[ALLOWED_URL_INSIDE] = "it is within",
		[ALLOWED_URL_OTHER_SCHEME] = "its scheme is another one",
		[ALLOWED_URL_OTHER_HOST] = "its host is another one",
		[ALLOWED_URL_OTHER_PORT] = "its port is another one",
		[ALLOWED_URL_OTHER_PATH] = "its path lies outside",
		[ALLOWED_URL_UNCLEAR_PATH] = "its path can be read in two ways (an encoded '/', a '\\' or the like)",
	};
	return texts[verdict];
}

void allowed_url_release(struct allowed_url *allowed)
{
	url_release(&allowed->url);
	free(allowed->path);
	allowed->path = NULL;
}

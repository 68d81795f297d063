/* URL checks around libcurl's parser (CURLU). */
#include "connection/url.h"

#include "base/buffer.h"
#include "base/hexadecimal.h"
#include "base/limits.h"
#include "connection/wiped.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#define FLAGS_SOURCE (CURLU_DISALLOW_USER | CURLU_URLENCODE)
#define FLAGS_LOCATION (CURLU_DISALLOW_USER | CURLU_URLENCODE | CURLU_ALLOW_SPACE)

static int url_refuse(CURLUcode code, struct error *err)
{
	switch (code) {
	case CURLUE_OUT_OF_MEMORY:
		return error_set_memory(err);
	case CURLUE_USER_NOT_ALLOWED:
		return error_set(err, ERROR_REFUSED,
		                 "the URL contains a user name or password: credentials belong into a connection");
	case CURLUE_UNSUPPORTED_SCHEME:
		return error_set(err, ERROR_REFUSED, "only http and https are fetched from the network");
	case CURLUE_BAD_PORT_NUMBER:
		return error_set(err, ERROR_REFUSED, "the port of the URL is no number from 1 to 65535");
	default:
		(void)error_set(err, ERROR_REFUSED, "not a valid URL: %s",
		                curl_url_strerror(code)); /* a fixed text, no part of the URL */
		err->source = ERROR_FROM_CURL;
		err->number = (long)code;
		return -1;
	}
}

static void text_lower(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text | 0x20);
	}
}

static bool text_has_controls(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

static int read_scheme(struct url *url, struct error *err)
{
	char *scheme = NULL;
	const CURLUcode code = curl_url_get(url->handle, CURLUPART_SCHEME, &scheme, 0);
	if (code != CURLUE_OK)
		return url_refuse(code, err);
	url->is_secure = strcasecmp(scheme, "https") == 0;
	const bool is_known = url->is_secure || strcasecmp(scheme, "http") == 0;
	curl_free(scheme);
	return is_known ? 0 : url_refuse(CURLUE_UNSUPPORTED_SCHEME, err);
}

/* libcurl 7.88 says of a host that has no ASCII form that memory ran out; then it still gives the one that is written. */
static bool is_without_ascii(const struct url *url, CURLUcode code)
{
	char *host = NULL;
	if (code != CURLUE_OUT_OF_MEMORY || curl_url_get(url->handle, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		return false;
	bool is_ascii = true;
	for (const char *byte = host; *byte != '\0'; byte++)
		is_ascii = is_ascii && (unsigned char)*byte < 0x80;
	curl_free(host);
	return !is_ascii;
}

/* The host that is compared is also the one that is fetched: the ASCII form is put back. */
static int read_host(struct url *url, struct error *err)
{
	char *zone = NULL;
	if (curl_url_get(url->handle, CURLUPART_ZONEID, &zone, 0) == CURLUE_OK) {
		curl_free(zone);
		return error_set(err, ERROR_REFUSED, "the URL's address names a network interface ('%%zone')");
	}
	CURLUcode code = curl_url_get(url->handle, CURLUPART_HOST, &url->host, CURLU_PUNYCODE);
	if (is_without_ascii(url, code))
		return error_set(err, ERROR_REFUSED, "the host name cannot be written in ASCII");
	if (code != CURLUE_OK)
		return url_refuse(code, err);
	text_lower(url->host);
	for (const char *byte = url->host; *byte != '\0'; byte++) {
		if ((unsigned char)*byte >= 0x80)
			return error_set(err, ERROR_REFUSED, "the host name cannot be written in ASCII");
	}
	code = curl_url_set(url->handle, CURLUPART_HOST, url->host, 0);
	if (code != CURLUE_OK)
		return url_refuse(code, err);
	size_t size = strlen(url->host);
	if (size > 2 && url->host[0] == '[' && url->host[size - 1] == ']') {
		memmove(url->host, url->host + 1, size - 2);
		url->host[size - 2] = '\0';
	} else if (size > 1 && url->host[size - 1] == '.') {
		url->host[size - 1] = '\0';
	}
	return 0;
}

static int read_port(struct url *url, struct error *err)
{
	const CURLUcode code = curl_url_get(url->handle, CURLUPART_PORT, &url->port, CURLU_DEFAULT_PORT);
	if (code != CURLUE_OK)
		return url_refuse(code, err);
	return strcmp(url->port, "0") == 0 ? url_refuse(CURLUE_BAD_PORT_NUMBER, err) : 0;
}

static int read_text(struct url *url, struct error *err)
{
	CURLUcode code = curl_url_set(url->handle, CURLUPART_FRAGMENT, NULL, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(url->handle, CURLUPART_URL, &url->text, 0);
	if (code != CURLUE_OK)
		return url_refuse(code, err);
	return strlen(url->text) <= LIMIT_URL_BYTES
	               ? 0
	               : error_set(err, ERROR_LIMIT, "the URL is longer than %d bytes", LIMIT_URL_BYTES);
}

static int url_read(struct url *url, const char *text, unsigned int flags, struct error *err)
{
	if (text_has_controls(text))
		return error_set(err, ERROR_REFUSED, "not a valid URL: it contains control characters");
	const CURLUcode code = curl_url_set(url->handle, CURLUPART_URL, text, flags);
	if (code != CURLUE_OK)
		return url_refuse(code, err);
	if (read_scheme(url, err) != 0 || read_host(url, err) != 0 || read_port(url, err) != 0)
		return -1;
	return read_text(url, err);
}

int url_parse(const char *text, struct url *ret_url, struct error *err)
{
	*ret_url = (struct url){.handle = NULL};
	if (strlen(text) > LIMIT_URL_BYTES)
		return error_set(err, ERROR_LIMIT, "the URL is longer than %d bytes", LIMIT_URL_BYTES);
	if (strchr(text, ' ') != NULL && !text_has_controls(text))
		return error_set(err, ERROR_REFUSED, "not a valid URL: a blank is written %%20");
	ret_url->handle = curl_url();
	if (ret_url->handle == NULL)
		return error_set_memory(err);
	if (url_read(ret_url, text, FLAGS_SOURCE, err) != 0) {
		url_release(ret_url);
		return -1;
	}
	return 0;
}

static int location_check(const char *location, char *ret_reference, struct error *err)
{
	const size_t size = strcspn(location, "#");
	if (size > LIMIT_URL_BYTES)
		return error_set(err, ERROR_LIMIT, "the URL is longer than %d bytes", LIMIT_URL_BYTES);
	if (size == 0)
		return error_set(err, ERROR_REFUSED, "the redirect names no URL");
	memcpy(ret_reference, location, size);
	ret_reference[size] = '\0';
	return 0;
}

int url_resolve(const struct url *base, const char *location, struct url *ret_url, struct error *err)
{
	char reference[LIMIT_URL_BYTES + 1];
	*ret_url = (struct url){.handle = NULL};
	if (location_check(location, reference, err) != 0)
		return -1;
	ret_url->handle = curl_url_dup(base->handle);
	if (ret_url->handle == NULL)
		return error_set_memory(err);
	if (url_read(ret_url, reference, FLAGS_LOCATION, err) != 0)
		goto release_url;
	if (base->is_secure && !ret_url->is_secure) {
		error_set(err, ERROR_REFUSED, "a redirect from https to http is not followed");
		goto release_url;
	}
	return 0;

release_url:
	url_release(ret_url);
	return -1;
}

int url_path(const struct url *url, char **ret_path, struct error *err)
{
	const CURLUcode code = curl_url_get(url->handle, CURLUPART_PATH, ret_path, 0);
	return code == CURLUE_OK ? 0 : url_refuse(code, err);
}

/* A key may stand in its query. libcurl's own parts of it are not within reach. */
static void free_text(struct url *url)
{
	if (url->text != NULL)
		explicit_bzero(url->text, strlen(url->text));
	curl_free(url->text);
	url->text = NULL;
}

/* The text again, from the parts. */
static int rebuild_text(struct url *url, struct error *err)
{
	free_text(url);
	return read_text(url, err);
}

int url_set_path(struct url *url, const char *path, struct error *err)
{
	const CURLUcode code = curl_url_set(url->handle, CURLUPART_PATH, path, 0);
	return code == CURLUE_OK ? rebuild_text(url, err) : url_refuse(code, err);
}

/* Is the decoded `encoded` the same as `name`? */
static bool encoded_equal(struct slice encoded, struct slice name)
{
	size_t k = 0;
	for (size_t i = 0; i < encoded.size; i++, k++) {
		char byte = encoded.data[i] == '+' ? ' ' : encoded.data[i];
		const int decoded = byte == '%' && i + 2 < encoded.size ? hexadecimal_byte(encoded.data + i + 1) : -1;
		if (decoded >= 0) {
			byte = (char)decoded;
			i += 2;
		}
		if (k == name.size || name.data[k] != byte)
			return false;
	}
	return k == name.size;
}

/* What a parameter's value is to be. */
enum wanted { WANTED_ANY, WANTED_SAME, WANTED_OTHER };

/* A parameter of that name, whose value is as it is wanted beside `value`. */
static bool query_has(const char *query, struct slice name, enum wanted wanted, struct slice value)
{
	struct slice_splitter splitter = slice_split(slice_from(query), slice_from("&"));
	struct slice pair;
	while (slice_split_next(&splitter, &pair)) {
		const char *sign = pair.size > 0 ? memchr(pair.data, '=', pair.size) : NULL;
		const size_t size = sign != NULL ? (size_t)(sign - pair.data) : pair.size;
		if (!encoded_equal(slice_make(pair.data, size), name))
			continue;
		const bool is_same = sign != NULL && encoded_equal(slice_make(sign + 1, pair.size - size - 1), value);
		if (wanted == WANTED_ANY || is_same == (wanted == WANTED_SAME))
			return true;
	}
	return false;
}

static void append_encoded(struct buffer *buffer, struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		const unsigned char byte = (unsigned char)text.data[i];
		const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
		                      (byte >= 'a' && byte <= 'z') || (byte != '\0' && strchr("-._~", byte) != NULL);
		if (is_plain)
			(void)buffer_append_byte(buffer, (char)byte); /* failure sticks */
		else
			(void)buffer_append_format(buffer, "%%%02X", byte);
	}
}

int url_add_parameter(struct url *url, struct slice name, struct slice value, struct error *err)
{
	struct buffer pair;
	char *query = NULL;
	CURLUcode code = curl_url_get(url->handle, CURLUPART_QUERY, &query, 0);
	if (code == CURLUE_OK && query_has(query, name, WANTED_ANY, value)) {
		curl_free(query);
		return error_set(err, ERROR_CONFIG, "the URL has the parameter '%.*s' already", (int)name.size, name.data);
	}
	curl_free(query);
	if (code != CURLUE_OK && code != CURLUE_NO_QUERY)
		return url_refuse(code, err);
	if (wiped_buffer_init(&pair, LIMIT_URL_BYTES, err) < 0)
		return -1;
	append_encoded(&pair, name);
	(void)buffer_append_byte(&pair, '=');
	append_encoded(&pair, value);
	const char *text = buffer_text(&pair);
	int outcome = 0;
	if (text == NULL || pair.failed)
		outcome = error_set(err, ERROR_LIMIT, "the URL would be longer than %d bytes with the parameter '%.*s'",
		                    LIMIT_URL_BYTES, (int)name.size, name.data);
	else
		code = curl_url_set(url->handle, CURLUPART_QUERY, text, CURLU_APPENDQUERY);
	wiped_buffer_release(&pair);
	if (outcome < 0)
		return -1;
	return code == CURLUE_OK || code == CURLUE_NO_QUERY ? rebuild_text(url, err) : url_refuse(code, err);
}

static bool has_parameter(const struct url *url, struct slice name, enum wanted wanted, struct slice value)
{
	char *query = NULL;
	const bool has_one = curl_url_get(url->handle, CURLUPART_QUERY, &query, 0) == CURLUE_OK &&
	                     query_has(query, name, wanted, value);
	curl_free(query);
	return has_one;
}

bool url_has_parameter(const struct url *url, struct slice name, struct slice value)
{
	return has_parameter(url, name, WANTED_SAME, value);
}

bool url_contradicts_parameter(const struct url *url, struct slice name, struct slice value)
{
	return has_parameter(url, name, WANTED_OTHER, value);
}

int url_copy(const struct url *url, struct url *ret_copy, struct error *err)
{
	return url_parse(url->text, ret_copy, err);
}

const char *url_target(const struct url *url)
{
	const char *path = strchr(strstr(url->text, "://") + 3, '/');
	return path != NULL ? path : "/"; /* libcurl writes a path into every URL */
}

struct slice url_authority(const struct url *url)
{
	const char *start = strstr(url->text, "://") + 3;
	const size_t size = strcspn(start, "/?#");
	size_t host = size;
	if (strcmp(url->port, url->is_secure ? "443" : "80") != 0)
		return slice_make(start, size);
	while (host > 0 && start[host - 1] != ':' && start[host - 1] != ']')
		host--;
	return slice_make(start, host > 0 && start[host - 1] == ':' ? host - 1 : size);
}

bool url_is_loopback(const struct url *url)
{
	unsigned char bytes[16];
	if (inet_pton(AF_INET, url->host, bytes) == 1)
		return bytes[0] == 127;
	if (inet_pton(AF_INET6, url->host, bytes) == 1)
		return memcmp(bytes, &in6addr_loopback, sizeof(bytes)) == 0;
	return strcmp(url->host, "localhost") == 0;
}

bool url_same_origin(const struct url *left, const struct url *right)
{
	return left->is_secure == right->is_secure && strcmp(left->host, right->host) == 0 && strcmp(left->port, right->port) == 0;
}

void url_release(struct url *url)
{
	free_text(url);
	curl_free(url->host);
	curl_free(url->port);
	curl_url_cleanup(url->handle);
	*url = (struct url){.handle = NULL};
}

int url_file_path(const char *text, char **ret_path, struct error *err)
{
	if (strpbrk(text, "?#") != NULL)
		return error_set(err, ERROR_REFUSED, "a file URL has no query and no fragment: write '?' as %%3F and '#' as %%23");
	CURLU *handle = curl_url();
	if (handle == NULL)
		return error_set_memory(err);
	CURLUcode code = curl_url_set(handle, CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_PATH_AS_IS | CURLU_ALLOW_SPACE);
	if (code == CURLUE_OK)
		code = curl_url_get(handle, CURLUPART_PATH, ret_path, CURLU_URLDECODE);
	curl_url_cleanup(handle);
	if (code == CURLUE_BAD_FILE_URL)
		return error_set(err, ERROR_REFUSED, "not a valid file URL: write file:///path");
	return code == CURLUE_OK ? 0 : url_refuse(code, err);
}

bool url_is_proxy(const char *text)
{
	static const char *const schemes[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
	if (text_has_controls(text))
		return false;
	CURLU *handle = curl_url();
	if (handle == NULL)
		return false;
	char *scheme = NULL;
	bool is_proxy = false;
	/* as libcurl reads it: a proxy without a scheme is an http one */
	if (curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME | CURLU_DEFAULT_SCHEME) == CURLUE_OK &&
	    curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK) {
		if (strstr(text, "://") == NULL)
			is_proxy = true;
		for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
			is_proxy = is_proxy || strcasecmp(scheme, schemes[i]) == 0;
	}
	curl_free(scheme);
	curl_url_cleanup(handle);
	return is_proxy;
}

/*
 * Fuzz target: an Allowed URL and a URL, two lines. What is admitted is read
 * by libcurl once more, as it will be when it is fetched: scheme, host and
 * port are those of the Allowed URL, and the path is the same or below it.
 */
#include "connection/allowed_url.h"

#include <arpa/inet.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As the program has it: names of hosts in other scripts depend on it. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return setlocale(LC_CTYPE, "C.UTF-8") != NULL ? 0 : -1;
}

static char *part(CURLU *handle, CURLUPart what)
{
	char *text = NULL;
	if (curl_url_get(handle, what, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
		abort();
	return text;
}

/* Without brackets and one final dot, in lower case; IPv6 in its shortest form. */
static void host_of(CURLU *handle, char ret_host[512])
{
	char *host = part(handle, CURLUPART_HOST);
	unsigned char bytes[16];
	size_t size = strlen(host);
	if (size >= 512)
		abort();
	for (size_t i = 0; i <= size; i++)
		ret_host[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] | 0x20 : host[i]);
	if (size > 2 && host[0] == '[') {
		memmove(ret_host, ret_host + 1, size - 2);
		ret_host[size - 2] = '\0';
		if (inet_pton(AF_INET6, ret_host, bytes) != 1 || inet_ntop(AF_INET6, bytes, ret_host, 512) == NULL)
			abort();
	} else if (size > 1 && ret_host[size - 1] == '.') {
		ret_host[size - 1] = '\0';
	}
	curl_free(host);
}

static void check_path(CURLU *scope, CURLU *handle)
{
	char *allowed = part(scope, CURLUPART_PATH);
	char *path = part(handle, CURLUPART_PATH);
	const size_t slashes = (size_t)(strchr(path, '\0') - path);
	if (strcmp(allowed, "/") != 0) {
		/* what is left encoded is not compared here: only plain Allowed URLs are */
		const size_t size = strlen(allowed);
		if (strchr(allowed, '%') == NULL && (strncmp(path, allowed, size) != 0 || slashes < size))
			abort();
		if (strchr(allowed, '%') == NULL && path[size] != '\0' && path[size] != '/' && allowed[size - 1] != '/')
			abort();
		for (const char *bad = path; *bad != '\0'; bad++) {
			if (strncasecmp(bad, "%2f", 3) == 0 || strncasecmp(bad, "%5c", 3) == 0 || strncmp(bad, "%00", 3) == 0 ||
			    strncasecmp(bad, "%2e", 3) == 0 || *bad == '\\' || strncmp(bad, "/../", 4) == 0 ||
			    strcmp(bad, "/..") == 0)
				abort();
		}
	}
	curl_free(allowed);
	curl_free(path);
}

static void check_admitted(const struct allowed_url *allowed, const struct url *url)
{
	CURLU *handle = curl_url();
	char host[512];
	char allowed_host[512];
	if (handle == NULL || curl_url_set(handle, CURLUPART_URL, url->text, CURLU_DISALLOW_USER) != CURLUE_OK)
		abort();
	char *scheme = part(handle, CURLUPART_SCHEME);
	char *port = part(handle, CURLUPART_PORT);
	host_of(handle, host);
	host_of(allowed->url.handle, allowed_host);
	const bool is_secure = strcasecmp(scheme, "https") == 0;
	const bool is_same = is_secure == allowed->url.is_secure && strcmp(port, allowed->url.port) == 0;
	const bool is_upgrade = is_secure && !allowed->url.is_secure && strcmp(port, "443") == 0 &&
	                        strcmp(allowed->url.port, "80") == 0;
	if ((!is_same && !is_upgrade) || strcmp(host, allowed_host) != 0)
		abort();
	check_path(allowed->url.handle, handle);
	curl_free(scheme);
	curl_free(port);
	curl_url_cleanup(handle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1024];
	struct allowed_url allowed;
	struct url url;
	struct error err = ERROR_INIT;
	if (size >= sizeof(text) || memchr(data, '\0', size) != NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	char *line = strchr(text, '\n');
	if (line == NULL)
		return 0;
	*line++ = '\0';
	if (allowed_url_parse(text, true, &allowed, &err) != 0)
		return 0;
	if (url_parse(line, &url, &err) == 0) {
		enum allowed_url_verdict verdict;
		if (allowed_url_check(&allowed, &url, &verdict, &err) == 0 && verdict == ALLOWED_URL_INSIDE)
			check_admitted(&allowed, &url);
		url_release(&url);
	}
	allowed_url_release(&allowed);
	return 0;
}

/*
 * What an Allowed URL admits. Rows name the rule they hold: U2 what may be written, U3 one parser, U4 scheme, U5 host,
 * U6 port, U7 path, U8 query and fragment, U11 the origin of the first URL, U14 user and password.
 */
#include "connection_tests.h"
#include "support/allocation.h"

#include "base/limits.h"
#include "connection/allowed_url.h"

#include <string.h>

#define REFUSED (-1) /* the URL itself, before any comparison */

struct row {
	const char *rule;
	const char *allowed;
	const char *url;
	int verdict;
	const char *fetched; /* where it is within; NULL = as written */
};

static const struct row rows[] = {
	{"U4 equal", "https://shop.example/", "https://shop.example/a", ALLOWED_URL_INSIDE, NULL},
	{"U4 upgrade", "http://shop.example/", "https://shop.example/a", ALLOWED_URL_INSIDE, NULL},
	{"U4 upgrade, ports written", "http://shop.example:80/", "https://shop.example:443/a", ALLOWED_URL_INSIDE, NULL},
	{"U4 upgrade from another port", "http://shop.example:8080/", "https://shop.example/a", ALLOWED_URL_OTHER_SCHEME, NULL},
	{"U4 upgrade to another port", "http://shop.example/", "https://shop.example:8443/a", ALLOWED_URL_OTHER_SCHEME, NULL},
	{"U4 upgrade to port 80", "http://shop.example/", "https://shop.example:80/a", ALLOWED_URL_OTHER_SCHEME, NULL},
	{"U4 upgrade to another host", "http://shop.example/", "https://evil.test/a", ALLOWED_URL_OTHER_HOST, NULL},
	{"U4 never downwards", "https://shop.example/", "http://shop.example/a", ALLOWED_URL_OTHER_SCHEME, NULL},
	{"U4 never downwards, same port", "https://shop.example/", "http://shop.example:443/a", ALLOWED_URL_OTHER_SCHEME, NULL},
	{"U4 other schemes", "https://shop.example/", "ftp://shop.example/a", REFUSED, NULL},

	{"U5 case", "https://SHOP.example/", "https://shop.EXAMPLE/a", ALLOWED_URL_INSIDE, "https://shop.example/a"},
	{"U5 decoded", "https://shop.example/", "https://sho%70.example/", ALLOWED_URL_INSIDE, "https://shop.example/"},
	{"U5 no suffix", "https://shop.example/", "https://evil-shop.example/", ALLOWED_URL_OTHER_HOST, NULL},
	{"U5 no subdomain", "https://shop.example/", "https://a.shop.example/", ALLOWED_URL_OTHER_HOST, NULL},
	{"U5 no prefix", "https://shop.example/", "https://shop.example.evil.test/", ALLOWED_URL_OTHER_HOST, NULL},
	{"U5 one final dot", "https://shop.example/", "https://shop.example./a", ALLOWED_URL_INSIDE, NULL},
	{"U5 one final dot of ours", "https://shop.example./", "https://shop.example/a", ALLOWED_URL_INSIDE, NULL},
	{"U5 two final dots", "https://shop.example/", "https://shop.example../a", ALLOWED_URL_OTHER_HOST, NULL},
	{"U5 full width", "http://shop.example/", "http://\xef\xbd\x93hop.example/", ALLOWED_URL_INSIDE, "http://shop.example/"},
	{"U5 ideographic dot", "http://shop.example/",
         "http://shop\xe3\x80\x82"
         "example/",
         ALLOWED_URL_INSIDE, "http://shop.example/"},
	{"U5 other script", "http://\xd1\x8f.example/", "http://xn--41a.example/", ALLOWED_URL_INSIDE, NULL},
	{"U5 look-alike", "http://shop.example/", "http://sh\xd0\xbep.example/", ALLOWED_URL_OTHER_HOST, NULL},
	{"U5 IPv4 hexadecimal", "http://127.0.0.1/", "http://0x7f.1/", ALLOWED_URL_INSIDE, "http://127.0.0.1/"},
	{"U5 IPv4 decimal", "http://127.0.0.1/", "http://2130706433/", ALLOWED_URL_INSIDE, "http://127.0.0.1/"},
	{"U5 IPv4 octal", "http://127.0.0.1/", "http://0177.0.0.1/", ALLOWED_URL_INSIDE, "http://127.0.0.1/"},
	{"U5 IPv4 of ours", "http://0177.0.0.1/", "http://127.0.0.1/", ALLOWED_URL_INSIDE, NULL},
	{"U5 another IPv4", "http://127.0.0.1/", "http://127.0.0.2/", ALLOWED_URL_OTHER_HOST, NULL},
	{"U5 IPv6 spellings", "http://[2001:db8::1]/", "http://[2001:DB8:0:0:0:0:0:1]/", ALLOWED_URL_INSIDE, ""},
	{"U5 another IPv6", "http://[2001:db8::1]/", "http://[2001:db8::2]/", ALLOWED_URL_OTHER_HOST, NULL},
	{"U5 IPv4 inside IPv6", "http://127.0.0.1/", "http://[::ffff:127.0.0.1]/", ALLOWED_URL_OTHER_HOST, NULL},
	{"U5 zone", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", REFUSED, NULL},

	{"U6 default", "http://shop.example:80/", "http://shop.example/", ALLOWED_URL_INSIDE, NULL},
	{"U6 leading zero", "http://shop.example/", "http://shop.example:080/", ALLOWED_URL_INSIDE, "http://shop.example:80/"},
	{"U6 empty", "http://shop.example/", "http://shop.example:/", ALLOWED_URL_INSIDE, "http://shop.example/"},
	{"U6 another", "http://shop.example/", "http://shop.example:8080/", ALLOWED_URL_OTHER_PORT, NULL},
	{"U6 another of ours", "https://shop.example:8443/", "https://shop.example/", ALLOWED_URL_OTHER_PORT, NULL},
	{"U6 zero", "http://shop.example/", "http://shop.example:0/", REFUSED, NULL},
	{"U6 too large", "http://shop.example/", "http://shop.example:65536/", REFUSED, NULL},
	{"U6 wraps round", "http://shop.example:1/", "http://shop.example:65537/", REFUSED, NULL},

	{"U7 the same", "http://a.example/feeds", "http://a.example/feeds", ALLOWED_URL_INSIDE, NULL},
	{"U7 with slash", "http://a.example/feeds", "http://a.example/feeds/", ALLOWED_URL_INSIDE, NULL},
	{"U7 below", "http://a.example/feeds", "http://a.example/feeds/a/b.xml", ALLOWED_URL_INSIDE, NULL},
	{"U7 whole segments", "http://a.example/feeds", "http://a.example/feedsx", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 above", "http://a.example/feeds", "http://a.example/", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 no path", "http://a.example/feeds", "http://a.example", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 beside", "http://a.example/feeds", "http://a.example/feed", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 case", "http://a.example/feeds", "http://a.example/Feeds/a", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 a folder, below", "http://a.example/feeds/", "http://a.example/feeds/a", ALLOWED_URL_INSIDE, NULL},
	{"U7 a folder itself", "http://a.example/feeds/", "http://a.example/feeds/", ALLOWED_URL_INSIDE, NULL},
	{"U7 a folder without slash", "http://a.example/feeds/", "http://a.example/feeds", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 every path", "http://a.example/", "http://a.example/x%2f..%2f%00", ALLOWED_URL_INSIDE, NULL},
	{"U7 every path, unwritten", "http://a.example", "http://a.example/x", ALLOWED_URL_INSIDE, NULL},
	{"U7 dots", "http://a.example/feeds", "http://a.example/feeds/../x", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 dots to us", "http://a.example/feeds", "http://a.example/x/../feeds/a", ALLOWED_URL_INSIDE,
         "http://a.example/feeds/a"},
	{"U7 dots encoded", "http://a.example/feeds", "http://a.example/feeds/%2e%2e/x", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 dots half encoded", "http://a.example/feeds", "http://a.example/feeds/%2E./x", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 dots half encoded, other half", "http://a.example/feeds", "http://a.example/feeds/.%2e/x", ALLOWED_URL_OTHER_PATH,
         NULL},
	{"U7 dots encoded, within", "http://a.example/feeds", "http://a.example/feeds/a/%2e%2e/b", ALLOWED_URL_INSIDE,
         "http://a.example/feeds/b"},
	{"U7 dots at the end", "http://a.example/feeds", "http://a.example/feeds/a/%2e%2e", ALLOWED_URL_INSIDE,
         "http://a.example/feeds/"},
	{"U7 one dot", "http://a.example/feeds", "http://a.example/%2e/feeds/%2e/a", ALLOWED_URL_INSIDE,
         "http://a.example/feeds/a"},
	{"U7 beyond the root", "http://a.example/feeds", "http://a.example/%2e%2e/%2e%2e/feeds/a", ALLOWED_URL_INSIDE,
         "http://a.example/feeds/a"},
	{"U7 three dots are a name", "http://a.example/feeds", "http://a.example/feeds/.../a", ALLOWED_URL_INSIDE, NULL},
	{"U7 dots and a parameter", "http://a.example/feeds", "http://a.example/feeds/..;/x", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 dots encoded and a parameter", "http://a.example/feeds", "http://a.example/feeds/%2e%2e;a=b/x",
         ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 a parameter", "http://a.example/feeds", "http://a.example/feeds/a;v=1", ALLOWED_URL_INSIDE, NULL},
	{"U7 unreserved decoded", "http://a.example/feeds", "http://a.example/%66eeds/%7Ea%2D", ALLOWED_URL_INSIDE,
         "http://a.example/feeds/~a-"},
	{"U7 unreserved decoded, ours", "http://a.example/%66eeds", "http://a.example/feeds/a", ALLOWED_URL_INSIDE, NULL},
	{"U7 hexadecimal case", "http://a.example/%c3%a9", "http://a.example/%C3%A9/a", ALLOWED_URL_INSIDE, ""},
	{"U7 reserved stays encoded", "http://a.example/a+b", "http://a.example/a%2Bb", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 decoded once", "http://a.example/feeds", "http://a.example/%2566eeds", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 encoded slash", "http://a.example/feeds", "http://a.example/feeds%2fa", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 encoded slash, upper", "http://a.example/feeds", "http://a.example/feeds/..%2F..%2Fx", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 encoded backslash", "http://a.example/feeds", "http://a.example/feeds/..%5cx", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 backslash", "http://a.example/feeds", "http://a.example/feeds/..\\x", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 encoded NUL", "http://a.example/feeds", "http://a.example/feeds/a%00", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 encoded line feed", "http://a.example/feeds", "http://a.example/feeds/%0d%0aX:1", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 encoded DEL", "http://a.example/feeds", "http://a.example/feeds/%7f", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 no encoding", "http://a.example/feeds", "http://a.example/feeds/%zz", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 half an encoding", "http://a.example/feeds", "http://a.example/feeds/%2", ALLOWED_URL_UNCLEAR_PATH, NULL},
	{"U7 two slashes before", "http://a.example/feeds", "http://a.example//feeds/a", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 two slashes within", "http://a.example/feeds", "http://a.example/feeds//a", ALLOWED_URL_INSIDE, NULL},
	{"U7 two slashes of ours", "http://a.example/a//b", "http://a.example/a/b/c", ALLOWED_URL_OTHER_PATH, NULL},
	{"U7 beyond ASCII", "http://a.example/feeds", "http://a.example/feeds/\xd1\x8f", ALLOWED_URL_INSIDE, ""},

	{"U8 query", "http://a.example/feeds", "http://a.example/feeds/a?x=../..", ALLOWED_URL_INSIDE, NULL},
	{"U8 query behind the host", "http://a.example/", "http://a.example?x", ALLOWED_URL_INSIDE, "http://a.example/?x"},
	{"U8 a path in the query", "http://a.example/feeds", "http://a.example/?/feeds/a", ALLOWED_URL_OTHER_PATH, NULL},
	{"U8 fragment", "http://a.example/feeds", "http://a.example/feeds/a#/../x", ALLOWED_URL_INSIDE, "http://a.example/feeds/a"},
	{"U8 a path in the fragment", "http://a.example/feeds", "http://a.example/#/feeds/a", ALLOWED_URL_OTHER_PATH, NULL},

	{"U14 user", "http://shop.example/", "http://user@shop.example/", REFUSED, NULL},
	{"U14 user and password", "http://shop.example/", "http://user:secret@shop.example/", REFUSED, NULL},

	/* what libcurl 7.88.1 makes of URLs that parsers disagree about */
	{"U3 host as user", "http://shop.example/", "http://shop.example@evil.test/", REFUSED, NULL},
	{"U3 host as user, backslash", "http://shop.example/", "http://shop.example\\@evil.test/", REFUSED, NULL},
	{"U3 host as user, encoded slash", "http://shop.example/", "http://shop.example%2f@evil.test/", REFUSED, NULL},
	{"U3 host as user, port", "http://shop.example/", "http://shop.example:80@evil.test/", REFUSED, NULL},
	{"U3 backslash in the host", "http://shop.example/", "http://evil.test\\.shop.example/", REFUSED, NULL},
	{"U3 encoded slash in the host", "http://shop.example/", "http://shop.example%2f.evil.test/", REFUSED, NULL},
	{"U3 three slashes", "http://shop.example/", "http:///shop.example/", ALLOWED_URL_INSIDE, "http://shop.example/"},
	{"U3 one slash", "http://shop.example/", "http:/shop.example/", ALLOWED_URL_INSIDE, "http://shop.example/"},
	{"U3 three slashes, another host", "http://shop.example/", "http:///evil.test/shop.example/", ALLOWED_URL_OTHER_HOST, NULL},
	{"U3 no scheme", "http://shop.example/", "//shop.example/x", REFUSED, NULL},
	{"U3 no scheme, no slashes", "http://shop.example/", "shop.example/x", REFUSED, NULL},
	{"U3 blank", "http://shop.example/", "http://shop.example/a b", REFUSED, NULL},
	{"U3 tab", "http://shop.example/", "http://shop.example/a\tb", REFUSED, NULL},
	{"U3 CR LF", "http://shop.example/", "http://shop.example/a\r\nX: 1", REFUSED, NULL},
	{"U3 case and port", "http://shop.example/", "HTTP://SHOP.Example:80/", ALLOWED_URL_INSIDE, "http://shop.example:80/"},
	{"U3 fragment and user", "http://shop.example/", "http://shop.example#@evil.test/", ALLOWED_URL_INSIDE,
         "http://shop.example/"},
	{"U3 query and user", "http://shop.example/", "http://shop.example?@evil.test/", ALLOWED_URL_INSIDE,
         "http://shop.example/?@evil.test/"},
};

static void urls_are_within_by_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct allowed_url allowed;
		struct url url;
		enum allowed_url_verdict verdict;
		struct error err = ERROR_INIT;
		if (allowed_url_parse(row->allowed, true, &allowed, &err) != 0)
			fail_msg("%s: '%s': %s", row->rule, row->allowed, err.message);
		const int outcome = url_parse(row->url, &url, &err);
		if ((outcome < 0) != (row->verdict == REFUSED))
			fail_msg("%s: '%s': %s", row->rule, row->url, outcome < 0 ? err.message : "was taken");
		if (outcome == 0) {
			assert_int_equal(allowed_url_check(&allowed, &url, &verdict, &err), 0);
			if ((int)verdict != row->verdict)
				fail_msg("%s: '%s' in '%s': %s", row->rule, row->url, row->allowed,
				         allowed_url_verdict_text(verdict));
			const char *fetched = row->fetched != NULL ? row->fetched : row->url;
			if (verdict == ALLOWED_URL_INSIDE && fetched[0] != '\0' && strcmp(url.text, fetched) != 0)
				fail_msg("%s: '%s' is fetched as '%s'", row->rule, row->url, url.text);
			url_release(&url);
		}
		allowed_url_release(&allowed);
	}
}

static void upgrades_may_be_forbidden(void **state)
{
	struct allowed_url allowed;
	struct url url;
	enum allowed_url_verdict verdict;
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(allowed_url_parse("http://shop.example/", false, &allowed, &err), 0);
	assert_int_equal(url_parse("https://shop.example/", &url, &err), 0);
	assert_int_equal(allowed_url_check(&allowed, &url, &verdict, &err), 0);
	assert_int_equal(verdict, ALLOWED_URL_OTHER_SCHEME);
	url_release(&url);
	allowed_url_release(&allowed);
}

static void what_may_not_be_written_as_allowed_url_is_refused_without_quoting_it(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} refused[] = {
		{"", "not a valid URL"},
		{"shop.example/CANARY", "not a valid URL"},
		{"//shop.example/CANARY", "not a valid URL"},
		{"http:/shop.example/CANARY", "absolute"},
		{"http:///shop.example/CANARY", "absolute"},
		{"ftp://shop.example/CANARY", "only http and https"},
		{"file:///CANARY", "only http and https"},
		{"https://CANARY@shop.example/", "user"},
		{"https://CANARY:CANARY@shop.example/", "user"},
		{"https://shop.example/?CANARY", "no query"},
		{"https://shop.example/?", "no query"},
		{"https://shop.example?CANARY", "no query"},
		{"https://shop.example/#CANARY", "no fragment"},
		{"https://shop.example/#", "no fragment"},
		{"https://shop.example/CANARY/../b", "'..'"},
		{"https://shop.example/CANARY/..", "'..'"},
		{"https://shop.example/CANARY/./b", "'.'"},
		{"https://shop.example/CANARY/%2e%2e/b", "'..'"},
		{"https://shop.example/CANARY/.%2E/b", "'..'"},
		{"https://shop.example/CANARY/..;x/b", "encoded '/'"},
		{"https://shop.example/CANARY%2fb", "encoded '/'"},
		{"https://shop.example/CANARY%2Fb", "encoded '/'"},
		{"https://shop.example/CANARY%5cb", "encoded '/'"},
		{"https://shop.example/CANARY%00", "encoded '/'"},
		{"https://shop.example/CANARY%0a", "encoded '/'"},
		{"https://shop.example/CANARY%", "encoded '/'"},
		{"https://shop.example/CANARY\xc3\xa9", "beyond ASCII"},
		{"https://shop.example/CANARY\\b", "'\\'"},
		{"https://shop.example:0/CANARY", "port"},
		{"https://[fe80::1%25CANARY]/", "interface"},
		{"http:/shop.example://CANARY",
	         "absolute"}, /* libcurl takes 'shop.example' for the host and '//CANARY' for the path */
		{"http:shop.example://CANARY", "not a valid URL"},
		{"https:///shop.example://CANARY", "absolute"},
		{"https://shop.example/a b", "blank"},
		{"https://shop.example/\r\nCANARY: 1", "control"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct allowed_url allowed;
		struct error err = ERROR_INIT;
		if (allowed_url_parse(refused[i].text, true, &allowed, &err) == 0)
			fail_msg("'%s' was taken", refused[i].text);
		assert_int_equal(err.code, ERROR_REFUSED);
		if (strstr(err.message, refused[i].part) == NULL || strstr(err.message, "CANARY") != NULL)
			fail_msg("'%s': %s", refused[i].text, err.message);
	}
}

static void the_origin_of_a_first_url_admits_every_path_and_no_other_origin(void **state)
{
	static const struct {
		const char *first;
		const char *url;
		int verdict;
	} origins[] = {
		{"https://a.example/feeds/x?k=1", "https://a.example/other", ALLOWED_URL_INSIDE},
		{"https://a.example/feeds/x", "https://a.example:443/%2e%2e%2f", ALLOWED_URL_INSIDE},
		{"http://a.example/feeds/x", "https://a.example/x", ALLOWED_URL_INSIDE},
		{"https://a.example/feeds/x", "http://a.example/x", ALLOWED_URL_OTHER_SCHEME},
		{"https://a.example/feeds/x", "https://a.example:8443/x", ALLOWED_URL_OTHER_PORT},
		{"https://a.example/feeds/x", "https://b.example/x", ALLOWED_URL_OTHER_HOST},
		{"https://a.example:8443/x", "https://a.example/x", ALLOWED_URL_OTHER_PORT},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(origins); i++) {
		struct url first;
		struct url url;
		struct allowed_url allowed;
		enum allowed_url_verdict verdict;
		struct error err = ERROR_INIT;
		assert_int_equal(url_parse(origins[i].first, &first, &err), 0);
		assert_int_equal(url_parse(origins[i].url, &url, &err), 0);
		assert_int_equal(allowed_url_from_origin(&first, true, &allowed, &err), 0);
		assert_int_equal(allowed_url_check(&allowed, &url, &verdict, &err), 0);
		if ((int)verdict != origins[i].verdict || strcmp(origins[i].url, url.text) != 0)
			fail_msg("'%s' from '%s': %s", origins[i].url, origins[i].first, allowed_url_verdict_text(verdict));
		allowed_url_release(&allowed);
		url_release(&url);
		url_release(&first);
	}
}

/* Names of segments, written plainly or encoded, in any order: libcurl reads what is admitted as lying within, again and again. */
static void what_is_admitted_lies_within_for_libcurl_too(void **state)
{
	static const char *const pieces[] = {"/",   "feeds",  "%66eeds", "..",     "%2e%2e", "%2E.", ".",   ";",   "a",
	                                     "%2f", "\\",     "%5C",     "//",     "?",      "#",    "%00", "%25", "%252e",
	                                     "x",   "/feeds", "/../",    "%c3%a9", ":",      "@",    "*",   "'",   "%"};
	uint32_t random = 11;
	size_t inside = 0;
	struct allowed_url allowed;
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(allowed_url_parse("http://a.example/feeds", true, &allowed, &err), 0);
	for (int round = 0; round < 30000; round++) {
		char text[256] = "http://a.example/feeds/";
		struct url url;
		struct url again;
		enum allowed_url_verdict verdict;
		char *path = NULL;
		text[round % 2 == 0 ? strlen(text) : 17] = '\0';
		for (int i = 0; i < 7; i++) {
			random = random * 1664525 + 1013904223;
			const char *piece = pieces[(random >> 16) % COUNT(pieces)];
			memcpy(text + strlen(text), piece, strlen(piece) + 1);
		}
		if (url_parse(text, &url, &err) != 0)
			continue;
		assert_int_equal(allowed_url_check(&allowed, &url, &verdict, &err), 0);
		if (verdict == ALLOWED_URL_INSIDE) {
			inside++;
			assert_int_equal(url_parse(url.text, &again, &err), 0);
			assert_string_equal(url.text, again.text);
			assert_int_equal(url_path(&again, &path, &err), 0);
			if (strncmp(path, "/feeds", 6) != 0 || (path[6] != '\0' && path[6] != '/') || strstr(path, "/../") != NULL)
				fail_msg("'%s' is fetched as '%s'", text, url.text);
			curl_free(path);
			url_release(&again);
		}
		url_release(&url);
	}
	allowed_url_release(&allowed);
	assert_true(inside > 500);
}

static void paths_of_the_largest_size_are_compared(void **state)
{
	static char text[LIMIT_URL_BYTES + 1] = "http://a.example/feeds/";
	struct allowed_url allowed;
	struct url url;
	enum allowed_url_verdict verdict;
	struct error err = ERROR_INIT;
	(void)state;
	memset(text + strlen(text), 'a', LIMIT_URL_BYTES - strlen(text));
	assert_int_equal(allowed_url_parse(text, true, &allowed, &err), 0);
	assert_int_equal(url_parse(text, &url, &err), 0);
	assert_int_equal(allowed_url_check(&allowed, &url, &verdict, &err), 0);
	assert_int_equal(verdict, ALLOWED_URL_INSIDE);
	url_release(&url);
	allowed_url_release(&allowed);
}

/* Parse and check once; -1 where memory was missing. */
static int check_once(struct error *err)
{
	struct allowed_url allowed;
	struct url url;
	enum allowed_url_verdict verdict = ALLOWED_URL_OTHER_HOST;
	if (allowed_url_parse("http://a.example/feeds", true, &allowed, err) != 0)
		return -1;
	int outcome = url_parse("http://a.example/%66eeds/a", &url, err);
	if (outcome == 0) {
		outcome = allowed_url_check(&allowed, &url, &verdict, err);
		if (outcome == 0)
			assert_int_equal(verdict, ALLOWED_URL_INSIDE);
		url_release(&url);
	}
	allowed_url_release(&allowed);
	return outcome;
}

static void each_allocation_that_fails_is_an_error_and_never_within(void **state)
{
	(void)state;
	for (size_t number = 1;; number++) {
		struct error err = ERROR_INIT;
		allocation_fail_at(number);
		const int outcome = check_once(&err);
		if (!allocation_stop()) {
			assert_int_equal(outcome, 0);
			assert_true(number > 3);
			return;
		}
		assert_int_equal(outcome, -1);
		assert_int_equal(err.code, ERROR_MEMORY);
	}
}

int allowed_url_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_within_by_the_table),
		cmocka_unit_test(upgrades_may_be_forbidden),
		cmocka_unit_test(what_may_not_be_written_as_allowed_url_is_refused_without_quoting_it),
		cmocka_unit_test(the_origin_of_a_first_url_admits_every_path_and_no_other_origin),
		cmocka_unit_test(what_is_admitted_lies_within_for_libcurl_too),
		cmocka_unit_test(paths_of_the_largest_size_are_compared),
		cmocka_unit_test(each_allocation_that_fails_is_an_error_and_never_within),
	};
	return cmocka_run_group_tests_name("allowed_url", tests, NULL, NULL);
}

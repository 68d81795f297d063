/* Security 5.2, redaction: secrets in texts from outside, in every spelling they come back in. */
#include "tests.h"

#include "secret/mask.h"

#include <stdio.h>
#include <string.h>

static const struct slice secrets[] = {
	SLICE("CANARY"),
	SLICE("CANARY-longer"),
	SLICE("p\xc3\xa4ss w/rd+%"),
	SLICE("short"),
	SLICE("-----BEGIN KEY-----\nMIGHAgEAMBMGByqGSM49\nAgEGCCqGSM49AwEHBG0w\n-----END KEY-----"),
	{NULL, 0},
	SLICE("per%25cent"),
};

#define SECRET_COUNT (sizeof(secrets) / sizeof(secrets[0]))

static void secrets_are_masked_in_every_spelling(void **state)
{
	static const struct {
		const char *text;
		const char *masked;
	} rows[] = {
		{"", ""},
		{"nothing of ours", "nothing of ours"},
		{"CANARY", "***"},
		{"a CANARY b CANARYCANARY", "a *** b ******"},
		{"the longest: CANARY-longer!", "the longest: ***!"},
		{"a short one stays short", "a short one stays short"},
		{"canary.example", "***.example"},
		{"c\xc3\x84NARY is another", "c\xc3\x84NARY is another"},
		{"%43ANARY %43%41%4e%41%52%59 %4", "*** *** %4"},
		{"p%C3%A4ss%20w%2Frd%2B%25 p%c3%a4ss+w/rd+%25", "*** ***"},
		{"p\xc3\xa4ss w/rd+%", "***"},
		{"q0foqvjz", "q0foqvjz"},
		/* Base64 of CANARY, of shop:CANARY, of xyCANARY, of xyCANARYz */
		{"Q0FOQVJZ", "***"},
		{"c2hvcDpDQU5BUlk=", "c2hvcDp***"},
		{"eHlDQU5BUlk=", "eHl***"},
		{"eHlDQU5BUll6", "eHl***6"},
		{"c2hDQU5BUlk", "c2h***"},
		/* Base64 of the third one, plain, for URLs, and percent-encoded */
		{"cMOkc3Mgdy9yZCsl", "***"},
		{"cMOkc3Mgdy9yZCsl%3D", "***"},
		{"per%25cent per%2525cent", "*** ***"},
		/* lines of a key */
		{"what is MIGHAgEAMBMGByqGSM49?", "what is ***?"},
		{"AgEGCCqGSM49AwEHBG0w", "***"},
		{"-----END KEY-----", "***"},
		/* cut off */
		{"this is CANARY-lon", "this is ***"},
		{"this is CANARY-lon...", "this is ***..."},
		{"this is CANAR", "this is CANAR"},
		{"CANARY-lo%6", "***"},
		{"CANARY-lo%...", "***..."},
		{"p%c3%a4ss%20%77%2", "***"},
		{"cMOkc3Mgd%3", "***"},
		{"MIGHAgEAM...", "***..."},
		{"...", "..."},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text), "%s", rows[i].text);
		assert_int_equal(secret_mask_finds(secrets, SECRET_COUNT, text), strcmp(rows[i].text, rows[i].masked) != 0);
		secret_mask(secrets, SECRET_COUNT, text);
		assert_string_equal(text, rows[i].masked);
		secret_mask(NULL, 0, text);
		assert_string_equal(text, rows[i].masked);
	}
}

/* Every secret, in Base64 at every place of a group and with what may follow it, leaves none of its digits. */
static void a_secret_inside_of_base64_is_found_wherever_it_begins(void **state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	(void)state;
	for (unsigned seed = 0; seed < 3000; seed++) {
		unsigned char bytes[64] = {0};
		char text[128] = "";
		const size_t before = seed % 5;
		const size_t size = 6 + seed % 7;
		const size_t after = seed / 7 % 4;
		const size_t all = before + size + after;
		unsigned number = seed * 2654435761U;
		for (size_t i = 0; i < all; i++) {
			number = number * 1103515245U + 12345U;
			bytes[i] = (unsigned char)(number >> 16);
		}
		size_t digit_count = 0;
		for (size_t bit = 0; bit < all * 8; bit += 6) {
			const unsigned pair = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];
			text[digit_count++] = digits[pair >> (10 - bit % 8) & 63];
		}
		text[digit_count] = '\0';
		const struct slice secret = slice_make((const char *)bytes + before, size);
		secret_mask(&secret, 1, text);
		if (strstr(text, "***") == NULL || strlen(text) > (before * 8 + 5) / 6 + 3 + (after * 8 + 5) / 6 + 1)
			fail_msg("seed %u: %s", seed, text);
	}
}

int run_mask_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_masked_in_every_spelling),
		cmocka_unit_test(a_secret_inside_of_base64_is_found_wherever_it_begins),
	};
	return cmocka_run_group_tests_name("secret/mask", tests, NULL, NULL);
}

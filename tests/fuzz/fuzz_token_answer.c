/*
 * Fuzz target: what a token endpoint answers. A token that is taken can stand
 * in a header; a lifetime is within its bounds; and whatever is said, a secret
 * in it is masked before it is shown.
 */
#include "connection/header_rules.h"
#include "connection/token_answer.h"
#include "secret/mask.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const struct token_answer *answer)
{
	struct error err = ERROR_INIT;
	if (answer->access_token.size == 0 || answer->lifetime_ms <= 0 || answer->lifetime_ms > TOKEN_LIFETIME_MAX_MS ||
	    strlen(answer->access_token.data) != answer->access_token.size ||
	    header_value_check(slice_from("Authorization"), secret_slice(&answer->access_token), false, &err) != 0)
		abort();
}

static void check_masked(char *text)
{
	static const struct slice secret = SLICE("CANARY");
	const size_t before = strlen(text);
	secret_mask(&secret, 1, text);
	if (strlen(text) > before || strstr(text, "CANARY") != NULL || strstr(text, "Q0FOQVJZ") != NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice body = slice_make((const char *)data, size);
	struct token_answer answer;
	struct token_refusal refusal;
	struct error err = ERROR_INIT;
	if (token_answer_read(body, &answer, &err) == 0) {
		check_answer(&answer);
	} else if (err.code != ERROR_REFUSED) {
		abort();
	}
	token_answer_release(&answer);
	token_refusal_read(body, &refusal);
	check_masked(refusal.error);
	check_masked(refusal.description);
	return 0;
}

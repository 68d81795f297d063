/* The claims of a token whose signature has been checked. */
#include "base/json_read.h"
#include "base/number.h"
#include "connection/jws.h"

#include <string.h>

#define SECONDS_MAX (INT64_MAX / 4) /* sums of two stay in range */

/* Whole seconds: a number without fraction and exponent. 1 = there, 0 = not there. */
static int read_seconds(struct slice payload, const char *name, int64_t *ret_seconds, struct error *err)
{
	struct slice value;
	if (!json_find(payload, name, &value))
		return 0;
	if (!number_parse_integer(value, -SECONDS_MAX, SECONDS_MAX, ret_seconds))
		return error_set(err, ERROR_REFUSED, "the claim '%s' of the token is no whole number of seconds", name);
	return 1;
}

static int check_expiry(struct slice payload, const struct jwt_rules *rules, int64_t leeway_s, int64_t now_s, struct error *err)
{
	int64_t expiry = 0;
	const int found = read_seconds(payload, "exp", &expiry, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_REFUSED, "the token has no claim 'exp'");
	if (now_s >= expiry + leeway_s)
		return error_set(err, ERROR_REFUSED, "the token is expired ('exp')");
	if (rules->lifetime_s_max > 0 && expiry - now_s > rules->lifetime_s_max + leeway_s)
		return error_set(err, ERROR_REFUSED, "the token expires more than %lld seconds ahead ('exp')",
		                 (long long)rules->lifetime_s_max);
	return 0;
}

/* 'nbf', 'iat': not in the future. */
static int check_past(struct slice payload, const char *name, int64_t leeway_s, int64_t now_s, struct error *err)
{
	int64_t instant = 0;
	const int found = read_seconds(payload, name, &instant, err);
	if (found <= 0)
		return found;
	return instant - leeway_s <= now_s ? 0 : error_set(err, ERROR_REFUSED, "the token is not valid yet ('%s')", name);
}

static bool says(struct slice value, const char *text)
{
	struct buffer said;
	buffer_init(&said, JWS_TOKEN_BYTES_MAX);
	const bool is_equal = json_string_append(value, &said) && !said.failed && slice_equal_text(buffer_slice(&said), text);
	buffer_release(&said);
	return is_equal;
}

/* A text, or a list of texts and nothing else. */
static bool names_audience(struct slice value, const char *audience)
{
	struct json_walk walk;
	struct slice name;
	struct slice item;
	bool is_named = false;
	if (value.size > 0 && value.data[0] == '"')
		return says(value, audience);
	if (!json_walk_begin(&walk, value) || walk.has_names)
		return false;
	while (json_walk_next(&walk, &name, &item)) {
		if (item.data[0] != '"')
			return false;
		is_named = is_named || says(item, audience);
	}
	return is_named;
}

int jwt_claims_check(struct slice payload, const struct jwt_rules *rules, int64_t now_ms, struct error *err)
{
	const int64_t now_s = now_ms / 1000;
	const int64_t leeway_s = rules->leeway_s < JWT_LEEWAY_S_MAX ? rules->leeway_s : JWT_LEEWAY_S_MAX;
	struct slice value;
	if (!json_names_differ(payload))
		return error_set(err, ERROR_REFUSED, "the payload of the token is no object whose members have different names");
	if (check_expiry(payload, rules, leeway_s, now_s, err) < 0 || check_past(payload, "nbf", leeway_s, now_s, err) < 0 ||
	    check_past(payload, "iat", leeway_s, now_s, err) < 0)
		return -1;
	if (rules->issuer != NULL && (!json_find(payload, "iss", &value) || !says(value, rules->issuer)))
		return error_set(err, ERROR_REFUSED, "the claim 'iss' of the token is not the issuer that is expected");
	if (rules->audience != NULL && (!json_find(payload, "aud", &value) || !names_audience(value, rules->audience)))
		return error_set(err, ERROR_REFUSED, "the claim 'aud' of the token does not name us");
	return 0;
}

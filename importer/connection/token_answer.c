/* Strict reading of a token endpoint's JSON. */
#include "connection/token_answer.h"

#include "base/json.h"
#include "base/json_read.h"
#include "connection/header_rules.h"

#include <string.h>

#define NAME_SIZE 32
#define TYPE_SIZE 32
#define NUMBER_DIGITS_MAX 18

enum member { MEMBER_ACCESS_TOKEN, MEMBER_TOKEN_TYPE, MEMBER_EXPIRES_IN, MEMBER_REFRESH_TOKEN, MEMBER_COUNT };

static const char *const member_names[] = {
	[MEMBER_ACCESS_TOKEN] = "access_token",
	[MEMBER_TOKEN_TYPE] = "token_type",
	[MEMBER_EXPIRES_IN] = "expires_in",
	[MEMBER_REFRESH_TOKEN] = "refresh_token",
};

struct members {
	struct slice values[MEMBER_COUNT]; /* as they are written; no data where absent */
};

static struct slice body_trim(struct slice body)
{
	while (body.size > 0 && strchr(" \t\r\n", body.data[0]) != NULL)
		body = slice_make(body.data + 1, body.size - 1);
	while (body.size > 0 && strchr(" \t\r\n", body.data[body.size - 1]) != NULL)
		body.size--;
	return body;
}

/* MEMBER_COUNT where it is none of ours. The name is compared as it reads, not as it is escaped. */
static enum member find_member(struct slice name)
{
	char text[NAME_SIZE];
	enum member member = MEMBER_ACCESS_TOKEN;
	if (!json_string_copy(slice_make(name.data - 1, name.size + 2), text, sizeof(text)))
		return MEMBER_COUNT;
	while (member < MEMBER_COUNT && strcmp(text, member_names[member]) != 0)
		member++;
	return member;
}

static int read_members(struct slice body, struct members *ret_members, struct error *err)
{
	struct json_walk walk;
	struct slice name;
	struct slice value;
	*ret_members = (struct members){.values = {{NULL, 0}}};
	if (!json_walk_begin(&walk, body) || !walk.has_names)
		return error_set(err, ERROR_REFUSED, "the answer is no JSON object");
	while (json_walk_next(&walk, &name, &value)) {
		const enum member member = find_member(name);
		if (member == MEMBER_COUNT)
			continue;
		if (ret_members->values[member].data != NULL)
			return error_set(err, ERROR_REFUSED, "the answer has '%s' twice", member_names[member]);
		ret_members->values[member] = value;
	}
	return 0;
}

/* A string without its quotes and escapes; nothing of it stays behind elsewhere. */
static int read_text(struct slice value, const char *name, struct secret *ret_text, struct error *err)
{
	struct buffer buffer;
	buffer_init(&buffer, value.size + 1);
	const bool has_room = buffer_extend(&buffer, value.size) != NULL; /* it does not move while it is filled */
	buffer_clear(&buffer);
	const bool is_string = has_room && json_string_append(value, &buffer);
	int outcome = -1;
	if (!has_room || buffer.failed)
		(void)error_set_memory(err);
	else if (!is_string)
		(void)error_set(err, ERROR_REFUSED, "the answer's '%s' is no string", name);
	else
		outcome = secret_copy(ret_text, buffer_slice(&buffer), err);
	if (buffer.data != NULL)
		explicit_bzero(buffer.data, buffer.capacity);
	buffer_release(&buffer);
	return outcome;
}

/* RFC 6749, appendix A.12 and A.17: visible ASCII. A blank in a header would end the token. */
static int check_token(const struct secret *token, const char *name, size_t bytes_max, struct error *err)
{
	if (token->size == 0)
		return error_set(err, ERROR_REFUSED, "the answer's '%s' is empty", name);
	if (token->size > bytes_max)
		return error_set(err, ERROR_REFUSED, "the answer's '%s' is longer than %zu bytes", name, bytes_max);
	for (size_t i = 0; i < token->size; i++) {
		if (token->data[i] <= ' ' || token->data[i] >= 0x7f)
			return error_set(err, ERROR_REFUSED, "the answer's '%s' has a character that no token has", name);
	}
	return 0;
}

static int read_token(struct slice value, enum member member, size_t bytes_max, struct secret *ret_token, struct error *err)
{
	if (read_text(value, member_names[member], ret_token, err) < 0)
		return -1;
	return check_token(ret_token, member_names[member], bytes_max, err);
}

static int check_type(struct slice value, struct error *err)
{
	char type[TYPE_SIZE];
	if (value.data == NULL)
		return error_set(err, ERROR_REFUSED, "the answer has no 'token_type'");
	if (!json_string_copy(value, type, sizeof(type)) || !slice_equal_folded(slice_from(type), slice_from("Bearer")))
		return error_set(err, ERROR_REFUSED, "the answer's 'token_type' is not Bearer");
	return 0;
}

/* Whole seconds, as a number or, as some servers have it, in quotes. */
static int read_lifetime(struct slice value, int64_t *ret_lifetime_ms, struct error *err)
{
	int64_t seconds = 0;
	if (value.data == NULL) {
		*ret_lifetime_ms = TOKEN_LIFETIME_DEFAULT_MS;
		return 0;
	}
	if (value.size > 2 && value.data[0] == '"')
		value = slice_make(value.data + 1, value.size - 2);
	for (size_t i = 0; i < value.size; i++) {
		if (value.data[i] < '0' || value.data[i] > '9' || value.size > NUMBER_DIGITS_MAX) {
			seconds = 0;
			break;
		}
		seconds = seconds * 10 + (value.data[i] - '0');
	}
	if (seconds <= 0)
		return error_set(err, ERROR_REFUSED, "the answer's 'expires_in' is no whole number of seconds above 0");
	*ret_lifetime_ms = seconds > TOKEN_LIFETIME_MAX_MS / 1000 ? TOKEN_LIFETIME_MAX_MS : seconds * 1000;
	return 0;
}

static int read_answer(struct slice body, struct token_answer *answer, struct error *err)
{
	struct members members;
	int64_t lifetime_ms = 0;
	if (read_members(body, &members, err) < 0)
		return -1;
	const struct slice refresh_token = members.values[MEMBER_REFRESH_TOKEN]; /* first: it counts whatever the rest is */
	if (refresh_token.data != NULL && !slice_equal_text(refresh_token, "null") &&
	    read_token(refresh_token, MEMBER_REFRESH_TOKEN, SECRET_BYTES_MAX, &answer->refresh_token, err) < 0) {
		secret_release(&answer->refresh_token);
		return -1;
	}
	if (members.values[MEMBER_ACCESS_TOKEN].data == NULL)
		return error_set(err, ERROR_REFUSED, "the answer has no 'access_token'");
	if (check_type(members.values[MEMBER_TOKEN_TYPE], err) < 0 ||
	    read_lifetime(members.values[MEMBER_EXPIRES_IN], &lifetime_ms, err) < 0 ||
	    read_token(members.values[MEMBER_ACCESS_TOKEN], MEMBER_ACCESS_TOKEN, HEADER_VALUE_BYTES - sizeof("Bearer "),
	               &answer->access_token, err) < 0)
		return -1;
	const int64_t margin_ms = lifetime_ms / 2 < TOKEN_MARGIN_MS ? lifetime_ms / 2 : TOKEN_MARGIN_MS;
	answer->lifetime_ms = lifetime_ms - margin_ms;
	return 0;
}

int token_answer_read(struct slice body, struct token_answer *ret_answer, struct error *err)
{
	*ret_answer = (struct token_answer){.access_token = SECRET_INIT, .refresh_token = SECRET_INIT};
	if (read_answer(body_trim(body), ret_answer, err) == 0)
		return 0;
	secret_release(&ret_answer->access_token);
	return -1;
}

void token_answer_release(struct token_answer *answer)
{
	secret_release(&answer->access_token);
	secret_release(&answer->refresh_token);
}

/* ---- Refusals ---- */

/* As much of a string as fits. */
static void copy_text(struct slice value, char *ret_text, size_t size)
{
	struct buffer buffer;
	buffer_init(&buffer, value.size + 1);
	ret_text[0] = '\0';
	if (json_string_append(value, &buffer) && !buffer.failed && buffer.size > 0) {
		const size_t taken = buffer.size < size ? buffer.size : size - 1;
		memcpy(ret_text, buffer.data, taken);
		ret_text[taken] = '\0';
	}
	buffer_release(&buffer);
}

void token_refusal_read(struct slice body, struct token_refusal *ret_refusal)
{
	struct slice value;
	const struct slice object = body_trim(body);
	*ret_refusal = (struct token_refusal){.error = ""};
	if (json_find(object, "error", &value))
		copy_text(value, ret_refusal->error, sizeof(ret_refusal->error));
	if (json_find(object, "error_description", &value))
		copy_text(value, ret_refusal->description, sizeof(ret_refusal->description));
}

bool token_refusal_is_temporary(const struct token_refusal *refusal)
{
	return strcmp(refusal->error, "temporarily_unavailable") == 0 || strcmp(refusal->error, "server_error") == 0;
}

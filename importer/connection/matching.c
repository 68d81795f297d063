/* The text of the claim 'matching'. */
#include "connection/matching.h"

#include "base/json_read.h"
#include "base/number.h"

#include <string.h>

#define RULE_BYTES_MAX 128
#define IDENTIFIER_BYTES_MAX 512

static bool is_whole_number(struct slice value)
{
	int64_t number;
	return number_parse_integer(value, INT64_MIN, INT64_MAX, &number);
}

/* What identifies the object, unlike the two members that every text has. */
static bool is_identifier(struct slice name)
{
	return !slice_equal_text(name, "db_id") && !slice_equal_text(name, "matching");
}

static int check_identifiers(struct slice text, struct error *err)
{
	char said[IDENTIFIER_BYTES_MAX + 1];
	struct json_walk walk;
	struct slice name = {NULL, 0};
	struct slice value = {NULL, 0};
	size_t count = 0;
	if (!json_walk_begin(&walk, text))
		return error_set(err, ERROR_CONFIG, "it is no object of JSON");
	while (json_walk_next(&walk, &name, &value)) {
		if (!is_identifier(name))
			continue;
		count++;
		if (!is_whole_number(value) && (!json_string_copy(value, said, sizeof(said)) || said[0] == '\0'))
			return error_set(err, ERROR_CONFIG, "'%.*s' is neither a text of 1 to %d bytes nor a whole number",
			                 (int)name.size, name.data, IDENTIFIER_BYTES_MAX);
	}
	return count > 0 ? 0 : error_set(err, ERROR_CONFIG, "it names nothing to find an object by, such as 'email'");
}

int matching_check(struct slice text, struct error *err)
{
	char rule[RULE_BYTES_MAX + 1];
	struct slice value = {NULL, 0};
	if (!json_names_differ(text))
		return error_set(
			err, ERROR_CONFIG,
			"write an object of JSON as text, each name once: '{\"db_id\":2,\"email\":\"…\",\"matching\":\"email_profile\"}'");
	if (!json_find(text, "db_id", &value) || !is_whole_number(value))
		return error_set(err, ERROR_CONFIG, "it has no 'db_id' that is a whole number");
	if (!json_find(text, "matching", &value) || !json_string_copy(value, rule, sizeof(rule)) || rule[0] == '\0')
		return error_set(err, ERROR_CONFIG, "it has no 'matching' that names a rule, such as 'email_profile'");
	return check_identifiers(text, err);
}

int matching_check_url(struct slice text, const struct url *url, struct error *err)
{
	struct json_walk walk;
	struct slice name = {NULL, 0};
	struct slice value = {NULL, 0};
	struct buffer said;
	if (!json_walk_begin(&walk, text))
		return error_set(err, ERROR_CONFIG, "it is no object of JSON");
	buffer_init(&said, text.size + 1);
	while (json_walk_next(&walk, &name, &value)) {
		buffer_clear(&said);
		if (!is_identifier(name))
			continue;
		if (!json_string_append(value, &said))
			(void)buffer_append_slice(&said, value);
		if (!said.failed && !url_contradicts_parameter(url, name, buffer_slice(&said)))
			continue;
		const bool has_failed = said.failed;
		buffer_release(&said);
		return has_failed ? error_set_memory(err)
		                  : error_set(err, ERROR_CONFIG, "the URL says another '%.*s' than 'matching'", (int)name.size,
		                              name.data);
	}
	buffer_release(&said);
	return 0;
}

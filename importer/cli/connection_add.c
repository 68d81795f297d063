/* A connection from options and answers. Secrets are stored only after all else is known to be right, and before the file is written. */
#include "cli/connection_change.h"

#include "base/utf8.h"
#include "cli/connection_file.h"
#include "cli/prompt.h"
#include "cli/secrets.h"
#include "connection/kind.h"
#include "probe/yaml_text.h"
#include "secret/vault.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)64 * 1024)
#define QUESTION_SIZE 512
#define SECRETS_MAX 8 /* values in one call */
#define SECRET_NAME_SIZE 80

/* A value that goes to the vault. */
struct stored {
	char name[SECRET_NAME_SIZE]; /* of the entry */
	struct secret value;
};

struct addition {
	const struct invocation *invocation;
	struct setting *setting;
	const char *name;
	const struct connection_kind *kind;
	bool is_asking; /* there is a person at the terminal */
	bool has_read_input;
	struct stored stored[SECRETS_MAX];
	size_t stored_count;
	struct buffer text;
};

/* ---- Settings of the command line ---- */

/* What --set says of `field`, or of `field.key`; NULL where it says nothing. */
static const char *find_set(const struct addition *addition, const char *field)
{
	const size_t size = strlen(field);
	for (size_t i = 0; i < addition->invocation->set_count; i++) {
		const char *set = addition->invocation->sets[i];
		if (strncmp(set, field, size) == 0 && set[size] == '=')
			return set + size + 1;
	}
	return NULL;
}

static bool is_mapping(const struct connection_field *field)
{
	return field->type == CONNECTION_FIELD_HEADERS || field->type == CONNECTION_FIELD_TEXTS ||
	       field->type == CONNECTION_FIELD_PAIRS;
}

/* The key of 'field.key=value' in `set`; false where it is none of `field`. */
static bool split_pair(const char *set, const struct connection_field *field, struct slice *ret_key, const char **ret_value)
{
	const size_t size = strlen(field->name);
	const char *equals = strchr(set, '=');
	if (!equals || strncmp(set, field->name, size) != 0 || set[size] != '.' || equals <= set + size)
		return false;
	*ret_key = slice_make(set + size + 1, (size_t)(equals - set) - size - 1);
	*ret_value = equals + 1;
	return true;
}

static const struct connection_field *field_of(const struct addition *addition, const char *set)
{
	struct slice key;
	const char *value;
	const char *equals = strchr(set, '=');
	const struct slice name = slice_make(set, equals ? (size_t)(equals - set) : 0);
	for (size_t i = 1; i < connection_common_count(); i++) { /* the first is 'kind' */
		if (slice_equal_text(name, connection_common_at(i)->name))
			return connection_common_at(i);
	}
	for (size_t i = 0; i < addition->kind->field_count; i++) {
		const struct connection_field *field = &addition->kind->fields[i];
		if (is_mapping(field) ? split_pair(set, field, &key, &value) : slice_equal_text(name, field->name))
			return field;
	}
	return NULL;
}

/* Does one before the setting `index` say the same field? */
static bool is_said_before(const struct addition *addition, size_t index)
{
	const char *set = addition->invocation->sets[index];
	const size_t size = strcspn(set, "=") + 1;
	for (size_t i = 0; i < index; i++) {
		if (strncmp(addition->invocation->sets[i], set, size) == 0)
			return true;
	}
	return false;
}

static int check_sets(const struct addition *addition, struct error *err)
{
	for (size_t i = 0; i < addition->invocation->set_count; i++) {
		const char *set = addition->invocation->sets[i];
		if (!strchr(set, '='))
			return error_set(err, ERROR_USAGE, "--set: write FIELD=VALUE");
		if (!field_of(addition, set))
			return error_set(err, ERROR_USAGE,
			                 "--set: the kind '%s' has no field '%.*s'; 'feedmill connection kinds' lists them (of a "
			                 "mapping, write FIELD.NAME=VALUE)",
			                 addition->kind->name, (int)strcspn(set, "="), set);
		if (!utf8_is_valid(slice_from(set)))
			return error_set(err, ERROR_USAGE, "--set: '%.*s' is no UTF-8", (int)strcspn(set, "="), set);
		if (is_said_before(addition, i))
			return error_set(err, ERROR_USAGE, "--set: '%.*s' is said twice", (int)strcspn(set, "="), set);
	}
	return 0;
}

static int choose_kind(struct addition *addition, struct error *err)
{
	struct secret answer = SECRET_INIT;
	const char *word = addition->invocation->options[OPTION_KIND];
	if (!word && addition->is_asking) {
		if (prompt_text(addition->invocation, "kind ('feedmill connection kinds' lists them): ", &answer, err) < 0)
			return -1;
		word = answer.data;
	}
	addition->kind = word ? connection_kind_find(slice_from(word)) : NULL;
	secret_release(&answer);
	if (addition->kind)
		return 0;
	return error_set(err, ERROR_USAGE, "--kind: name one of those that 'feedmill connection kinds' lists");
}

/* ---- Values ---- */

static int get_value(struct addition *addition, const char *question, struct secret *ret_value, struct error *err)
{
	if (addition->is_asking)
		return prompt_secret_twice(addition->invocation, question, ret_value, err);
	if (addition->has_read_input)
		return error_set(
			err, ERROR_USAGE,
			"standard input has one value only; store the others with 'feedmill secret set' and refer to them");
	addition->has_read_input = true;
	return secret_read_all(STDIN_FILENO, ret_value, err) < 0 ? error_wrap(err, "the value on standard input") : 0;
}

/* The reference to a value that is still to be stored: 'vault:acme-password'. */
static int add_stored(struct addition *addition, struct slice field, struct error *err)
{
	char question[QUESTION_SIZE];
	if (addition->stored_count == SECRETS_MAX)
		return error_set(err, ERROR_USAGE, "more than %d secrets at once", SECRETS_MAX);
	struct stored *stored = &addition->stored[addition->stored_count];
	(void)snprintf(stored->name, sizeof(stored->name), "%s-%.*s", addition->name, (int)field.size, field.data);
	if (!config_name_is_valid(slice_from(stored->name)))
		return error_set(err, ERROR_USAGE,
		                 "'%s' is too long a name for the vault; store it with 'feedmill secret set' and refer to it",
		                 stored->name);
	(void)snprintf(question, sizeof(question), "value of the secret '%.*s': ", (int)field.size, field.data); /* cut */
	if (get_value(addition, question, &stored->value, err) < 0)
		return -1;
	addition->stored_count++;
	(void)buffer_append_text(&addition->text, "vault:"); /* failure sticks */
	(void)buffer_append_text(&addition->text, stored->name);
	return 0;
}

static int append_value(struct addition *addition, const struct connection_field *field, struct slice key, const char *value,
                        struct error *err)
{
	const bool is_secret = field->type == CONNECTION_FIELD_SECRET || field->type == CONNECTION_FIELD_HEADERS;
	static const char text_word[] = "text:";
	if (is_secret && strcmp(value, "-") == 0)
		return add_stored(addition, key, err);
	if (field->type == CONNECTION_FIELD_HEADERS && strncmp(value, text_word, sizeof(text_word) - 1) == 0) {
		(void)buffer_append_text(&addition->text, "{text: ");
		yaml_append_scalar(&addition->text, slice_from(value + sizeof(text_word) - 1));
		(void)buffer_append_text(&addition->text, "}");
		return 0;
	}
	yaml_append_scalar(&addition->text, slice_from(value));
	return 0;
}

static int append_mapping(struct addition *addition, const struct connection_field *field, struct error *err)
{
	bool has_begun = false;
	for (size_t i = 0; i < addition->invocation->set_count; i++) {
		struct slice key;
		const char *value;
		if (!split_pair(addition->invocation->sets[i], field, &key, &value))
			continue;
		if (!has_begun)
			(void)buffer_append_format(&addition->text, "%s:\n", field->name);
		has_begun = true;
		(void)buffer_append_text(&addition->text, "  ");
		yaml_append_scalar(&addition->text, key);
		(void)buffer_append_text(&addition->text, ": ");
		if (append_value(addition, field, key, value, err) < 0)
			return -1;
		(void)buffer_append_text(&addition->text, "\n");
	}
	return 0;
}

/* ---- Answers ---- */

static void make_question(const struct connection_field *field, char question[QUESTION_SIZE])
{
	char words[128] = "";
	for (size_t i = 0; field->words && field->words[i]; i++) {
		const size_t size = strlen(words);
		(void)snprintf(words + size, sizeof(words) - size, "%s%s", i == 0 ? " (" : ", ", field->words[i]); /* cut */
	}
	(void)snprintf(question, QUESTION_SIZE, "%s%s%s%s: ", field->name, words, words[0] != '\0' ? ")" : "",
	               field->type == CONNECTION_FIELD_SECRET ? " (a reference, or '-' to type the value)"
	               : field->is_required                   ? ""
	                                                      : " (Enter leaves it out)");
}

/* Ask for what the command line does not say. An empty answer leaves the field out. */
static int append_answer(struct addition *addition, const struct connection_field *field, struct error *err)
{
	char question[QUESTION_SIZE];
	struct secret answer = SECRET_INIT;
	int result = 0;
	make_question(field, question);
	if (prompt_text(addition->invocation, question, &answer, err) < 0)
		return -1;
	if (answer.size > 0) {
		(void)buffer_append_format(&addition->text, "%s: ", field->name);
		result = append_value(addition, field, slice_from(field->name), answer.data, err);
		(void)buffer_append_text(&addition->text, "\n");
	}
	secret_release(&answer);
	return result;
}

static int append_field(struct addition *addition, const struct connection_field *field, struct error *err)
{
	const char *value = find_set(addition, field->name);
	if (is_mapping(field))
		return append_mapping(addition, field, err);
	if (!value)
		return addition->is_asking ? append_answer(addition, field, err) : 0;
	(void)buffer_append_format(&addition->text, "%s: ", field->name);
	if (append_value(addition, field, slice_from(field->name), value, err) < 0)
		return -1;
	(void)buffer_append_text(&addition->text, "\n");
	return 0;
}

static int make_text(struct addition *addition, struct error *err)
{
	(void)buffer_append_format(&addition->text, "kind: %s\n", addition->kind->name);
	for (size_t i = 1; i < connection_common_count(); i++) { /* the first is 'kind' */
		const struct connection_field *field = connection_common_at(i);
		/* of these, people are asked for what bounds the connection; the rest has a default that is good */
		const bool is_asked = strcmp(field->name, "description") == 0 || strcmp(field->name, "allowed_url") == 0;
		if ((is_asked || find_set(addition, field->name)) && append_field(addition, field, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < addition->kind->field_count; i++) {
		if (append_field(addition, &addition->kind->fields[i], err) < 0)
			return -1;
	}
	return addition->text.failed ? error_set(err, ERROR_LIMIT, "the connection is too long (or memory ran out)") : 0;
}

/* ---- Storing ---- */

/* A value that is there may be another connection's: 'a-b' with the field 'c' has the name of 'a' with 'b-c'. */
static int refuse_replacing(const struct addition *addition, const struct secret_resolver *resolver, struct error *err)
{
	for (size_t i = 0; i < addition->stored_count; i++) {
		const char *name = addition->stored[i].name;
		const int found = secrets_find_entry(resolver, name, err);
		if (found == 1)
			return error_set(
				err, ERROR_USAGE,
				"the vault has '%s' already, which is left as it is: refer to it by 'vault:%s', or take it "
				"away with 'feedmill secret remove %s'",
				name, name, name);
		if (found < 0)
			return -1;
	}
	return 0;
}

static int store_secrets(struct addition *addition, struct error *err)
{
	struct secret_resolver resolver;
	struct secret key = SECRET_INIT;
	bool is_new;
	if (addition->stored_count == 0)
		return 0;
	if (secrets_open(addition->invocation, addition->setting, &resolver, err) < 0)
		return -1;
	int result = secrets_get_vault_key(addition->invocation, &resolver, &key, err);
	if (result == 0)
		result = refuse_replacing(addition, &resolver, err);
	const struct vault_change change = {
		.path = resolver.vault_path, .key = &key, .now_ms = clock_now_ms(&addition->invocation->clock)};
	for (size_t i = 0; result == 0 && i < addition->stored_count; i++)
		result = vault_set(&change, slice_from(addition->stored[i].name), &addition->stored[i].value, &is_new, err);
	secret_release(&key);
	secret_resolver_release(&resolver);
	return result;
}

static int check_new(const struct addition *addition, const char *path, struct error *err)
{
	if (access(path, F_OK) != 0)
		return 0;
	return error_set(err, ERROR_USAGE, "there is a connection '%s' already; 'feedmill connection edit %s' changes it",
	                 addition->name, addition->name);
}

/* Whether there is one is looked at again: while a person was asked, another one may have made it. */
static int write_all(struct addition *addition, const struct connection_draft *draft, struct error *err)
{
	const int lock = connection_folder_lock(addition->setting, err);
	if (lock < 0)
		return -1;
	int result = check_new(addition, draft->path, err);
	if (result == 0)
		result = store_secrets(addition, err);
	if (result == 0)
		result = connection_draft_write(draft, addition->invocation, addition->setting, err);
	(void)close(lock); /* opened for reading */
	return result;
}

static int add(struct addition *addition, struct error *err)
{
	char path[PATH_MAX];
	if (connection_file_path(addition->setting, addition->name, path, err) < 0 || check_new(addition, path, err) < 0)
		return -1;
	if (choose_kind(addition, err) < 0 || !addition->kind || check_sets(addition, err) < 0 || make_text(addition, err) < 0)
		return -1;
	const struct connection_draft draft = {.name = addition->name, .path = path, .text = buffer_slice(&addition->text)};
	if (connection_draft_check(&draft, addition->invocation, addition->setting, err) < 0 ||
	    write_all(addition, &draft, err) < 0)
		return -1;
	fprintf(addition->invocation->out, "wrote '%s'; 'feedmill connection test %s' tries it out\n", path, addition->name);
	return 0;
}

int connection_add(const struct invocation *invocation)
{
	struct setting setting;
	struct addition addition = {
		.invocation = invocation,
		.setting = &setting,
		.name = invocation->arguments[0],
		.is_asking = isatty(STDIN_FILENO) == 1,
	};
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	secret_guard_process();
	buffer_init(&addition.text, TEXT_BYTES_MAX);
	if (add(&addition, &err) < 0)
		status = *invocation->stop_signal != 0 ? 128 + (int)*invocation->stop_signal : command_fail(invocation, &err);
	for (size_t i = 0; i < SECRETS_MAX; i++)
		secret_release(&addition.stored[i].value);
	buffer_release(&addition.text);
	setting_release(&setting);
	return status;
}

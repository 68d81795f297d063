/* Reading references to secrets. No message repeats what was read: it may be the secret itself. */
#include "config/reference.h"

#include "base/suggest.h"
#include "base/utf8.h"
#include "config/config.h"
#include "config/file.h"
#include "config/value.h"

#include <string.h>

static const char *const kind_words[] = {
	[SECRET_CREDENTIAL] = "credential", [SECRET_FILE] = "file",       [SECRET_COMMAND] = "command",
	[SECRET_VAULT] = "vault",           [SECRET_ENVIRONMENT] = "env",
};

#define KIND_COUNT (sizeof(kind_words) / sizeof(kind_words[0]))

/* What no shell would take for anything but itself. */
static const char plain_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";

static enum secret_kind find_kind(struct slice word)
{
	for (size_t kind = SECRET_CREDENTIAL; kind < KIND_COUNT; kind++) {
		if (slice_equal_text(word, kind_words[kind]))
			return (enum secret_kind)kind;
	}
	return SECRET_NONE;
}

static int refuse_literal(const struct secret_reference_place *place, struct error *err)
{
	const char *name = place->suggestion != NULL ? place->suggestion : "NAME";
	if (place->is_key)
		return error_set(
			err, ERROR_CONFIG,
			"a key is not written here, only where it is: 'credential:NAME', 'file:PATH' or 'command:PROGRAM'; "
			"'feedmill secret export-key FILE' makes a file with a key");
	return error_set(
		err, ERROR_CONFIG,
		"a secret is not written here, only where it is: store it with 'feedmill secret set %s', and write 'vault:%s'; "
		"or write 'credential:NAME', 'file:PATH', 'command:PROGRAM' or 'env:NAME'",
		name, name);
}

/* A misspelt kind is named only where it is nearly one that we have. */
static int refuse_kind(struct slice word, const struct secret_reference_place *place, struct error *err)
{
	const char *nearest = suggest_nearest(word, kind_words + SECRET_CREDENTIAL, KIND_COUNT - SECRET_CREDENTIAL);
	if (nearest == NULL)
		return refuse_literal(place, err);
	return error_set(err, ERROR_CONFIG, "there is no such kind of reference; did you mean '%s:'?", nearest);
}

static bool variable_is_valid(struct slice name)
{
	for (size_t index = 0; index < name.size; index++) {
		const char byte = name.data[index];
		const bool is_letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_';
		if (!is_letter && (index == 0 || byte < '0' || byte > '9'))
			return false;
	}
	return name.size > 0 && name.size <= VALUE_NAME_BYTES;
}

static int parse_name(struct slice name, const struct secret_reference_place *place, struct secret_reference *reference,
                      struct error *err)
{
	const char *kind = kind_words[reference->kind];
	if (name.size == 0)
		return error_set(err, ERROR_CONFIG, "the name behind '%s:' is missing", kind);
	if (reference->kind == SECRET_ENVIRONMENT && !variable_is_valid(name))
		return error_set(err, ERROR_CONFIG, "what stands behind 'env:' is not the name of a variable (A-Z a-z 0-9 _)");
	if (reference->kind != SECRET_ENVIRONMENT && !config_name_is_valid(name))
		return error_set(err, ERROR_CONFIG, "what stands behind '%s:' is not a name: up to %d of A-Z a-z 0-9 . _ -", kind,
		                 VALUE_NAME_BYTES);
	reference->name = arena_text(place->arena, name);
	return reference->name != NULL ? 0 : error_set_memory(err);
}

static int parse_path(struct slice path, const struct secret_reference_place *place, struct secret_reference *reference,
                      struct error *err)
{
	struct error ignored = ERROR_INIT;
	if (path.size == 0)
		return error_set(err, ERROR_CONFIG, "the path behind 'file:' is missing");
	if (slice_starts_with(path, "//"))
		return error_set(err, ERROR_CONFIG,
		                 "a path stands behind 'file:', not a URL; write it as 'file:/etc/feedmill/acme.key'");
	if (path.data[0] == '~')
		return error_set(err, ERROR_CONFIG, "'~' is not expanded behind 'file:'; write the whole path");
	if (value_check_path(path, &ignored) < 0)
		return error_set(err, ERROR_CONFIG,
		                 "what stands behind 'file:' is not a path: it is too long, or has control characters");
	reference->name = path_join(place->arena, place->folder, path);
	return reference->name != NULL ? 0 : error_set_memory(err);
}

/* One more argument; the first one names the program. */
static int add_argument(struct slice text, const struct secret_reference_place *place, const char **arguments, size_t *count,
                        struct error *err)
{
	const bool is_path = *count == 0 && text.size > 0 && memchr(text.data, '/', text.size) != NULL;
	if (*count == 0 && text.size == 0)
		return error_set(err, ERROR_CONFIG, "the command names no program");
	if (*count == SECRET_ARGUMENTS_MAX)
		return error_set(err, ERROR_CONFIG, "the command has more than %d arguments", SECRET_ARGUMENTS_MAX);
	if (text.size > SECRET_ARGUMENT_BYTES)
		return error_set(err, ERROR_CONFIG, "an argument of the command has more than %d bytes", SECRET_ARGUMENT_BYTES);
	arguments[*count] = is_path ? path_join(place->arena, place->folder, text) : arena_text(place->arena, text);
	if (arguments[*count] == NULL)
		return error_set_memory(err);
	(*count)++;
	return 0;
}

static const char **make_arguments(const struct secret_reference_place *place)
{
	return arena_alloc(place->arena, (SECRET_ARGUMENTS_MAX + 1) * sizeof(const char *));
}

static int parse_words(struct slice text, const struct secret_reference_place *place, struct secret_reference *reference,
                       struct error *err)
{
	static const struct slice blank = SLICE(" ");
	const char **arguments = make_arguments(place);
	struct slice_splitter splitter = slice_split(slice_trim(text), blank);
	struct slice word;
	size_t count = 0;
	if (arguments == NULL)
		return error_set_memory(err);
	while (slice_split_next(&splitter, &word)) {
		for (size_t index = 0; index < word.size; index++) {
			if (memchr(plain_bytes, word.data[index], sizeof(plain_bytes) - 1) == NULL)
				return error_set(err, ERROR_CONFIG,
				                 "no shell reads what stands behind 'command:', so it is words and blanks only; "
				                 "write {command: [PROGRAM, \"an argument\"]} for anything else");
		}
		if ((word.size > 0 || count == 0) && add_argument(word, place, arguments, &count, err) < 0)
			return -1;
	}
	reference->arguments = arguments;
	reference->argument_count = count;
	return 0;
}

int secret_reference_parse(struct slice text, const struct secret_reference_place *place, struct secret_reference *ret_reference,
                           struct error *err)
{
	const char *colon = text.size > 0 ? memchr(text.data, ':', text.size) : NULL;
	if (colon == NULL)
		return refuse_literal(place, err);
	const struct slice word = slice_make(text.data, (size_t)(colon - text.data));
	const struct slice rest = slice_make(colon + 1, text.size - word.size - 1);
	struct secret_reference reference = {.kind = find_kind(word)};
	int result = 0;
	if (reference.kind == SECRET_NONE)
		return refuse_kind(word, place, err);
	if (reference.kind == SECRET_VAULT && place->is_key)
		return error_set(err, ERROR_CONFIG, "the key of the vault cannot be in the vault");
	if (reference.kind == SECRET_FILE)
		result = parse_path(rest, place, &reference, err);
	else if (reference.kind == SECRET_COMMAND)
		result = parse_words(rest, place, &reference, err);
	else
		result = parse_name(rest, place, &reference, err);
	if (result == 0)
		*ret_reference = reference;
	return result;
}

/* {command: [PROGRAM, ...]} */
static int read_mapping(const struct secret_reference_place *place, const struct yaml_node *mapping,
                        struct secret_reference *ret_reference, struct error *err)
{
	const struct yaml_node *list = mapping->first;
	const char **arguments = make_arguments(place);
	size_t count = 0;
	if (arguments == NULL)
		return error_set_memory(err);
	if (mapping->child_count != 1 || !slice_equal_text(list->key, kind_words[SECRET_COMMAND]) || list->type != YAML_SEQUENCE)
		return error_set(
			err, ERROR_CONFIG,
			"a mapping here is {command: [PROGRAM, \"an argument\"]}; other references are text, such as 'vault:NAME'");
	for (const struct yaml_node *node = list->first; node != NULL; node = node->next) {
		if (node->type != YAML_SCALAR)
			return error_set(err, ERROR_CONFIG, "an argument of the command is not text");
		if (add_argument(node->text, place, arguments, &count, err) < 0)
			return -1;
	}
	if (count == 0)
		return error_set(err, ERROR_CONFIG, "the command names no program");
	*ret_reference = (struct secret_reference){.kind = SECRET_COMMAND, .arguments = arguments, .argument_count = count};
	return 0;
}

int secret_reference_read(const struct secret_reference_place *place, const struct yaml_node *node,
                          struct secret_reference *ret_reference, struct error *err)
{
	int result = 0;
	*ret_reference = (struct secret_reference){.kind = SECRET_NONE};
	if (node->type == YAML_MAPPING)
		result = read_mapping(place, node, ret_reference, err);
	else if (node->type == YAML_SCALAR)
		result = secret_reference_parse(node->text, place, ret_reference, err);
	else
		result = error_set(err, ERROR_CONFIG, "expected one reference such as 'vault:NAME', not a list");
	if (result == 0)
		return 0;
	if (err->code == ERROR_MEMORY)
		return -1;
	const bool hides_lines = place->problems->hides_lines;
	place->problems->hides_lines = true;
	config_problem_at(place->problems, place->document, node, false, "%.*s%s%s", (int)node->key.size,
	                  node->key.size > 0 ? node->key.data : "", node->key.size > 0 ? ": " : "", err->message);
	place->problems->hides_lines = hides_lines;
	error_clear(err);
	return 0;
}

void secret_reference_describe(const struct secret_reference *reference, char ret_text[SECRET_REFERENCE_TEXT_SIZE])
{
	struct buffer text;
	const char *word = reference->kind != SECRET_NONE ? kind_words[reference->kind] : "";
	const char *name = reference->kind == SECRET_COMMAND ? reference->arguments[0] : reference->name;
	buffer_init(&text, (size_t)16 * VALUE_PATH_BYTES);
	(void)buffer_append_format(&text, "%s:", word); /* a failure shows as a text that is cut */
	utf8_append_printable(&text, slice_from(name));
	const struct slice kept = utf8_cut(buffer_slice(&text), SECRET_REFERENCE_TEXT_SIZE - 1);
	if (kept.size > 0)
		memcpy(ret_text, kept.data, kept.size);
	ret_text[kept.size] = '\0';
	buffer_release(&text);
}

const char *secret_reference_warning(const struct secret_reference *reference)
{
	if (reference->kind != SECRET_ENVIRONMENT)
		return NULL;
	return "the environment is inherited by every program that is started, and others of the same user can read it; "
	       "a credential, a file or the vault keeps a secret better";
}

/* From the files of connections to connections, by the tables of kinds. */
#include "connection/load.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/suggest.h"
#include "connection/header_rules.h"
#include "connection/kind.h"

#include "config/file.h"
#include "config/value.h"

#include <string.h>

#define KEYS_MAX (CONNECTION_FIELDS_MAX + 16)

/* What the common fields say, beside 'kind'. */
enum {
	COMMON_KIND,
	COMMON_DESCRIPTION,
	COMMON_ALLOWED_URL,
	COMMON_ALLOW_UPGRADE,
	COMMON_REDIRECT_OUTSIDE,
	COMMON_INSECURE_HTTP,
	COMMON_NETWORK
};

struct loader {
	struct arena *arena;
	const char *folder; /* of the file */
	struct connection *connection;
	const struct yaml_document *document;
	const struct yaml_node *root;
	struct config_problems *problems;
	size_t problems_before; /* of other files */
};

static int note_error(const struct loader *loader, const struct yaml_node *node, bool at_key, struct error *err)
{
	if (err->code == ERROR_MEMORY)
		return -1;
	config_problem_at(loader->problems, loader->document, node, at_key, "%s", err->message);
	error_clear(err);
	return 0;
}

/* ---- Values ---- */

static int keep_text(const struct loader *loader, const struct yaml_node *node, const char **ret_text, struct error *err)
{
	if (value_check_text(node->text, VALUE_OPTION_BYTES, err) < 0)
		return error_wrap(err, "%s", node->key.data) < 0 ? note_error(loader, node, false, err) : 0;
	*ret_text = arena_text(loader->arena, node->text);
	return *ret_text != NULL ? 0 : error_set_memory(err);
}

static int read_choice(const struct loader *loader, const struct yaml_node *node, const struct connection_field *field,
                       const char **ret_word, struct error *err)
{
	size_t index;
	if (value_parse_word(node->text, field->words, &index, err) < 0)
		return error_wrap(err, "%s", field->name) < 0 ? note_error(loader, node, false, err) : 0;
	*ret_word = field->words[index];
	return 0;
}

static int read_path(const struct loader *loader, const struct yaml_node *node, const char **ret_path, struct error *err)
{
	if (value_check_path(node->text, err) < 0)
		return error_wrap(err, "%s", node->key.data) < 0 ? note_error(loader, node, false, err) : 0;
	*ret_path = path_join(loader->arena, loader->folder, node->text);
	return *ret_path != NULL ? 0 : error_set_memory(err);
}

static int read_reference(const struct loader *loader, const struct yaml_node *node, struct secret_reference *ret_reference,
                          struct error *err)
{
	const struct secret_reference_place place = {
		.arena = loader->arena,
		.folder = loader->folder,
		.suggestion = loader->connection->name,
		.document = loader->document,
		.problems = loader->problems,
	};
	if (node->type == YAML_SCALAR && !yaml_check_scalar(loader->document, node, loader->problems))
		return 0;
	return secret_reference_read(&place, node, ret_reference, err);
}

/* {text: application/xml}, for a value that is no secret */
static bool is_text_mapping(const struct yaml_node *node)
{
	return node->type == YAML_MAPPING && node->child_count == 1 && slice_equal_text(node->first->key, "text");
}

static int read_header(const struct loader *loader, const struct yaml_node *node, bool are_texts, struct connection_header *header,
                       struct error *err)
{
	if (!arena_copy(loader->arena, node->key, &header->name))
		return error_set_memory(err);
	if (!are_texts && !is_text_mapping(node))
		return read_reference(loader, node, &header->reference, err);
	const struct yaml_node *text = are_texts ? node : node->first;
	if (text->type != YAML_SCALAR) {
		config_problem_at(loader->problems, loader->document, text, false, "%s: expected one value, not a %s",
		                  text->key.data, yaml_type_name(text));
		return 0;
	}
	header->text = arena_text(loader->arena, text->text);
	return header->text != NULL ? 0 : error_set_memory(err);
}

static int check_names(const struct loader *loader, const struct yaml_node *mapping, struct error *err)
{
	struct slice names[HEADER_COUNT_MAX + 1];
	size_t count = 0;
	size_t index = 0;
	for (const struct yaml_node *node = mapping->first; node != NULL && count <= HEADER_COUNT_MAX; node = node->next)
		names[count++] = node->key;
	if (header_names_check(names, count, &index, err) == 0)
		return 0;
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		if (index-- == 0)
			return note_error(loader, node, true, err);
	}
	return note_error(loader, mapping, true, err); /* the fault is always one of its keys */
}

/* Names and values of members that are no headers. */
static int check_pairs(const struct loader *loader, const struct yaml_node *mapping, struct error *err)
{
	if (mapping->child_count > HEADER_COUNT_MAX) {
		config_problem_at(loader->problems, loader->document, mapping, true, "%s: more than %d names", mapping->key.data,
		                  HEADER_COUNT_MAX);
		return 0;
	}
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		if (value_check_text(node->key, HEADER_NAME_BYTES, err) < 0 && note_error(loader, node, true, err) < 0)
			return -1;
		if (node->type == YAML_SCALAR && value_check_text(node->text, VALUE_OPTION_BYTES, err) < 0 &&
		    note_error(loader, node, false, err) < 0)
			return -1;
	}
	return 0;
}

static int read_headers(const struct loader *loader, const struct yaml_node *mapping, enum connection_field_type type,
                        struct error *err)
{
	const bool are_texts = type != CONNECTION_FIELD_HEADERS;
	if (mapping->type != YAML_MAPPING) {
		config_problem_at(loader->problems, loader->document, mapping, false, "%s: expected names with values, not a %s",
		                  mapping->key.data, yaml_type_name(mapping));
		return 0;
	}
	const size_t problems_before = loader->problems->count;
	if ((type == CONNECTION_FIELD_PAIRS ? check_pairs : check_names)(loader, mapping, err) < 0)
		return -1;
	if (loader->problems->count > problems_before)
		return 0;
	struct connection_header *headers = arena_alloc(loader->arena, (mapping->child_count + 1) * sizeof(*headers));
	if (headers == NULL)
		return error_set_memory(err);
	size_t count = 0;
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		if (read_header(loader, node, are_texts, &headers[count++], err) < 0)
			return -1;
	}
	loader->connection->headers = headers;
	loader->connection->header_count = count;
	return 0;
}

static int read_field(const struct loader *loader, const struct yaml_node *node, const struct connection_field *field, size_t index,
                      struct error *err)
{
	const char **text = &loader->connection->texts[index];
	switch (field->type) {
	case CONNECTION_FIELD_SECRET:
		return read_reference(loader, node, &loader->connection->references[index], err);
	case CONNECTION_FIELD_HEADERS:
	case CONNECTION_FIELD_TEXTS:
	case CONNECTION_FIELD_PAIRS:
		return read_headers(loader, node, field->type, err);
	case CONNECTION_FIELD_TEXT:
	case CONNECTION_FIELD_CHOICE:
	case CONNECTION_FIELD_PATH:
		break;
	}
	if (!yaml_check_scalar(loader->document, node, loader->problems))
		return 0;
	if (field->type == CONNECTION_FIELD_CHOICE)
		return read_choice(loader, node, field, text, err);
	return field->type == CONNECTION_FIELD_PATH ? read_path(loader, node, text, err) : keep_text(loader, node, text, err);
}

/* ---- What every connection has ---- */

static bool is_word(const struct yaml_node *node, const char *word)
{
	return node != NULL && node->type == YAML_SCALAR && slice_equal_text(node->text, word);
}

static int read_allowed_url(const struct loader *loader, const struct yaml_node *node, struct error *err)
{
	struct connection *connection = loader->connection;
	if (!yaml_check_scalar(loader->document, node, loader->problems))
		return 0;
	if (allowed_url_parse(node->text.data, connection->allows_upgrade, &connection->allowed_url, err) < 0)
		return error_wrap(err, "allowed_url") < 0 ? note_error(loader, node, false, err) : 0;
	connection->has_allowed_url = true;
	return 0;
}

static int check_choice(const struct loader *loader, size_t common, struct error *err)
{
	const struct connection_field *field = connection_common_at(common);
	const struct yaml_node *node = yaml_find(loader->root, field->name);
	const char *word;
	if (node == NULL || !yaml_check_scalar(loader->document, node, loader->problems))
		return 0;
	return read_choice(loader, node, field, &word, err);
}

static int read_common(const struct loader *loader, struct error *err)
{
	struct connection *connection = loader->connection;
	const struct yaml_node *description = yaml_find(loader->root, "description");
	const struct yaml_node *allowed_url = yaml_find(loader->root, "allowed_url");
	for (size_t i = COMMON_ALLOW_UPGRADE; i <= COMMON_NETWORK; i++) {
		if (check_choice(loader, i, err) < 0)
			return -1;
	}
	connection->allows_upgrade = !is_word(yaml_find(loader->root, "allow_upgrade"), "false");
	connection->denies_outside = is_word(yaml_find(loader->root, "redirect_outside"), "deny");
	connection->allows_insecure_http = is_word(yaml_find(loader->root, "insecure_http"), "true");
	if (is_word(yaml_find(loader->root, "network"), "private"))
		connection->network = CONNECTION_NETWORK_PRIVATE;
	else if (is_word(yaml_find(loader->root, "network"), "public"))
		connection->network = CONNECTION_NETWORK_PUBLIC;
	if (description != NULL && yaml_check_scalar(loader->document, description, loader->problems) &&
	    keep_text(loader, description, &connection->description, err) < 0)
		return -1;
	return allowed_url != NULL ? read_allowed_url(loader, allowed_url, err) : 0;
}

/* ---- Kind ---- */

static bool read_kind(const struct loader *loader)
{
	const char *names[16];
	const struct yaml_node *node = yaml_find(loader->root, "kind");
	if (node == NULL) {
		config_problem_file(loader->problems, loader->document->file, "'kind' is missing");
		return false;
	}
	if (!yaml_check_scalar(loader->document, node, loader->problems))
		return false;
	loader->connection->kind = connection_kind_find(node->text);
	if (loader->connection->kind != NULL)
		return true;
	size_t count = 0;
	for (; count < connection_kind_count() && count < sizeof(names) / sizeof(names[0]); count++)
		names[count] = connection_kind_at(count)->name;
	const char *nearest = suggest_nearest(node->text, names, count);
	if (nearest != NULL)
		config_problem_at(loader->problems, loader->document, node, false,
		                  "kind: there is none of that name; did you mean '%s'?", nearest);
	else
		config_problem_at(loader->problems, loader->document, node, false,
		                  "kind: there is none of that name; 'feedmill connection kinds' lists them");
	return false;
}

static const struct connection_field *field_find(const struct connection *connection, struct slice name, size_t *ret_place)
{
	for (size_t i = 0; i < CONNECTION_FIELDS_MAX; i++) {
		const struct connection_field *field = connection_field_at(connection, i);
		*ret_place = i;
		if (field != NULL && slice_equal_text(name, field->name))
			return field;
	}
	return NULL;
}

static bool is_common(struct slice name)
{
	for (size_t i = 0; i < connection_common_count(); i++) {
		if (slice_equal_text(name, connection_common_at(i)->name))
			return true;
	}
	return false;
}

static void refuse_unknown(const struct loader *loader, const struct yaml_node *node)
{
	const struct connection_kind *kind = loader->connection->kind;
	const char *names[KEYS_MAX];
	size_t count = 0;
	size_t index;
	for (size_t i = 0; i < connection_common_count(); i++)
		names[count++] = connection_common_at(i)->name;
	for (size_t i = 0; i < kind->field_count; i++)
		names[count++] = kind->fields[i].name;
	const char *nearest = suggest_nearest(node->key, names, count);
	if (nearest != NULL) {
		config_problem_at(loader->problems, loader->document, node, true, "unknown key '%s'; did you mean '%s'?",
		                  node->key.data, nearest);
		return;
	}
	for (size_t i = 0; i < connection_kind_count(); i++) {
		const struct connection other = {.kind = connection_kind_at(i)};
		if (field_find(&other, node->key, &index) == NULL)
			continue;
		config_problem_at(loader->problems, loader->document, node, true,
		                  "'%s' belongs to the kind '%s', this one is of the kind '%s'", node->key.data,
		                  connection_kind_at(i)->name, kind->name);
		return;
	}
	config_problem_at(loader->problems, loader->document, node, true, "unknown key '%s'", node->key.data);
}

static int read_fields(const struct loader *loader, struct error *err)
{
	for (const struct yaml_node *node = loader->root->first; node != NULL; node = node->next) {
		size_t index;
		const struct connection_field *field = field_find(loader->connection, node->key, &index);
		if (field != NULL) {
			if (read_field(loader, node, field, index, err) < 0)
				return -1;
		} else if (!is_common(node->key)) {
			refuse_unknown(loader, node);
		}
	}
	return 0;
}

/* A certificate and its key go together. */
static void check_client_certificate(const struct loader *loader)
{
	const bool has_certificate = yaml_find(loader->root, "client_certificate") != NULL;
	const struct yaml_node *key = yaml_find(loader->root, "client_key");
	const struct yaml_node *passphrase = yaml_find(loader->root, "client_key_passphrase");
	if (has_certificate && key == NULL)
		config_problem_file(loader->problems, loader->document->file, "'client_key' is missing");
	if (!has_certificate && key != NULL)
		config_problem_at(loader->problems, loader->document, key, true, "client_key: there is no 'client_certificate'");
	if (key == NULL && passphrase != NULL)
		config_problem_at(loader->problems, loader->document, passphrase, true,
		                  "client_key_passphrase: there is no 'client_key'");
}

/* Nothing is missing, and the fields agree. */
static int check_fields(const struct loader *loader, struct error *err)
{
	const struct connection_kind *kind = loader->connection->kind;
	size_t at = 0;
	for (size_t i = 0; i < kind->field_count; i++) {
		if (kind->fields[i].is_required && yaml_find(loader->root, kind->fields[i].name) == NULL)
			config_problem_file(loader->problems, loader->document->file, "'%s' is missing", kind->fields[i].name);
	}
	check_client_certificate(loader);
	if (loader->problems->count > loader->problems_before || kind->check == NULL ||
	    kind->check(loader->connection, &at, err) == 0)
		return 0;
	const struct yaml_node *node = yaml_find(loader->root, kind->fields[at].name);
	if (node != NULL)
		return note_error(loader, node, false, err);
	if (err->code == ERROR_MEMORY)
		return -1;
	config_problem_file(loader->problems, loader->document->file, "%s", err->message);
	error_clear(err);
	return 0;
}

static int read_document(const struct loader *loader, struct error *err)
{
	if (loader->root == NULL || loader->root->type != YAML_MAPPING) {
		if (loader->document->draft == NULL && loader->problems->count == loader->problems_before)
			config_problem_file(loader->problems, loader->document->file, "expected keys with values ('kind: basic')");
		return 0;
	}
	if (read_common(loader, err) < 0)
		return -1;
	if (!read_kind(loader))
		return 0;
	return read_fields(loader, err) < 0 ? -1 : check_fields(loader, err);
}

int connection_read(const struct connection_text *text, struct arena *arena, struct connection *ret_connection,
                    struct config_problems *problems, struct error *err)
{
	struct yaml_document document;
	const bool hides_lines = problems->hides_lines;
	struct loader loader = {
		.arena = arena,
		.folder = path_folder(arena, text->file),
		.connection = ret_connection,
		.document = &document,
		.problems = problems,
		.problems_before = problems->count,
	};
	*ret_connection = (struct connection){.name = text->name, .file = text->file, .allows_upgrade = true};
	hash_format(hash_bytes(text->text, 0), ret_connection->revision);
	if (loader.folder == NULL)
		return error_set_memory(err);
	problems->hides_lines = true; /* a secret may stand there by mistake */
	int outcome = yaml_parse(text->file, text->text, &document, problems, err);
	if (outcome == 0) {
		loader.root = document.root;
		outcome = read_document(&loader, err);
		yaml_document_release(&document);
	}
	problems->hides_lines = hides_lines;
	const bool is_good = outcome == 0 && problems->count == loader.problems_before;
	if (!is_good && ret_connection->has_allowed_url) {
		allowed_url_release(&ret_connection->allowed_url);
		ret_connection->has_allowed_url = false;
	}
	return outcome < 0 ? -1 : is_good ? 1 : 0;
}

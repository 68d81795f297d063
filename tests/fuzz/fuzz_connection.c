/*
 * Fuzz target: a file of a connection. What is taken has its kind and every
 * field that the kind needs, is within the limits of its table, and is read
 * the same way again; what is not taken says why, with nothing left behind.
 */
#include "connection/kind.h"
#include "connection/load.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As the program has it: names of hosts in other scripts depend on it. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return setlocale(LC_CTYPE, "C.UTF-8") != NULL ? 0 : -1;
}

static void check_taken(const struct connection *connection)
{
	const struct connection_kind *kind = connection->kind;
	if (kind == NULL || kind->field_count > CONNECTION_KIND_FIELDS_MAX ||
	    strlen(connection->revision) != CONNECTION_REVISION_SIZE - 1)
		abort();
	for (size_t i = 0; i < kind->field_count; i++) {
		const struct connection_field *field = &kind->fields[i];
		const bool is_there = connection->texts[i] != NULL || connection->references[i].kind != SECRET_NONE ||
		                      ((field->type == CONNECTION_FIELD_HEADERS || field->type == CONNECTION_FIELD_TEXTS ||
		                        field->type == CONNECTION_FIELD_PAIRS) &&
		                       connection->header_count > 0);
		if (field->is_required && !is_there)
			abort();
		if (field->type == CONNECTION_FIELD_SECRET && connection->texts[i] != NULL)
			abort(); /* a secret is never a text of the file */
	}
	for (size_t i = 0; i < connection->header_count; i++) {
		if (connection->headers[i].name.data == NULL ||
		    (connection->headers[i].text == NULL && connection->headers[i].reference.kind == SECRET_NONE))
			abort();
	}
}

/* 1, 0, and the number of problems. */
static int read_once(struct slice text, size_t *ret_problems, char ret_revision[CONNECTION_REVISION_SIZE])
{
	const struct connection_text read = {.name = "acme", .file = "connections/acme.yaml", .text = text};
	struct connection connection;
	struct config_problems problems;
	struct arena arena;
	struct error err = ERROR_INIT;
	arena_init(&arena, (size_t)64 * 1024 * 1024);
	config_problems_init(&problems);
	const int outcome = connection_read(&read, &arena, &connection, &problems, &err);
	if ((outcome == 1) != (problems.count == 0) || outcome < 0)
		abort();
	*ret_problems = problems.count;
	memcpy(ret_revision, connection.revision, CONNECTION_REVISION_SIZE);
	if (outcome == 1) {
		check_taken(&connection);
		if (connection.has_allowed_url)
			allowed_url_release(&connection.allowed_url);
	}
	config_problems_release(&problems);
	arena_release(&arena);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char first[CONNECTION_REVISION_SIZE];
	char second[CONNECTION_REVISION_SIZE];
	size_t problems;
	size_t problems_again;
	char *text = malloc(size + 1); /* as config_read_file() has it */
	if (text == NULL || size > (size_t)64 * 1024) {
		free(text);
		return 0;
	}
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	const int outcome = read_once(slice_make(text, size), &problems, first);
	if (read_once(slice_make(text, size), &problems_again, second) != outcome || problems != problems_again ||
	    strcmp(first, second) != 0)
		abort();
	free(text);
	return 0;
}

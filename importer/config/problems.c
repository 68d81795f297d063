/* The list of mistakes: kept by malloc, so that it outlives the documents it is about. */
#include "config/problems.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "config/excerpt.h"

#include <stdarg.h>
#include <stdlib.h>

#define MESSAGE_BYTES 1000
#define PRINTABLE_BYTES ((size_t)16 * LIMIT_YAML_BYTES) /* a whole file as one value, every byte escaped */

struct place {
	const char *file;
	struct slice source;
	uint32_t line; /* 0 = the whole file */
	uint32_t column;
};

/* The content, cut to `max_bytes`, as a C string of its own, or NULL. Releases `buffer`. */
static char *text_take(struct buffer *buffer, size_t max_bytes)
{
	char *copy = NULL;
	struct slice kept = utf8_cut(buffer_slice(buffer), max_bytes);
	const char *mark = kept.size < buffer->size ? "…" : "";
	if (buffer->failed || asprintf(&copy, "%.*s%s", (int)kept.size, kept.size > 0 ? kept.data : "", mark) < 0)
		copy = NULL;
	buffer_release(buffer);
	return copy;
}

static char *message_format(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

static char *message_format(const char *format, va_list arguments)
{
	char *raw = NULL;
	struct buffer printable;
	int size = vasprintf(&raw, format, arguments);
	if (size < 0)
		return NULL;
	buffer_init(&printable, PRINTABLE_BYTES);
	excerpt_append_masked(slice_make(raw, (size_t)size),
	                      &printable); /* the whole, before it is cut: half a URL cannot be masked */
	free(raw);
	return text_take(&printable, MESSAGE_BYTES);
}

static char *file_format(const char *file)
{
	struct buffer printable;
	buffer_init(&printable, PRINTABLE_BYTES);
	utf8_append_printable(&printable, slice_from(file));
	return text_take(&printable, MESSAGE_BYTES);
}

static void problem_free(struct config_problem *problem)
{
	if (problem == NULL)
		return;
	free(problem->file);
	free(problem->message);
	free(problem->source_line);
	free(problem);
}

static struct config_problem *problem_new(const struct place *place, bool hides_line, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static struct config_problem *problem_new(const struct place *place, bool hides_line, const char *format, va_list arguments)
{
	struct config_problem *problem = calloc(1, sizeof(*problem));
	if (problem == NULL)
		return NULL;
	problem->file = file_format(place->file);
	problem->message = message_format(format, arguments);
	if (problem->file == NULL || problem->message == NULL) {
		problem_free(problem);
		return NULL;
	}
	problem->line = place->line;
	problem->column = place->column;
	struct buffer line;
	buffer_init(&line, PRINTABLE_BYTES);
	if (place->line != 0 && !hides_line && excerpt_append(place->source, place->line, place->column, &line, &problem->caret))
		problem->source_line = text_take(&line, SIZE_MAX);
	else
		buffer_release(&line);
	return problem;
}

static void problem_link(struct config_problems *problems, struct config_problem *problem)
{
	if (problems->last != NULL)
		problems->last->next = problem;
	else
		problems->first = problem;
	problems->last = problem;
}

static void problem_add(struct config_problems *problems, const struct place *place, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void problem_add(struct config_problems *problems, const struct place *place, const char *format, va_list arguments)
{
	problems->count++;
	if (problems->count > LIMIT_CONFIG_ERRORS)
		return;
	struct config_problem *problem = problem_new(place, problems->hides_lines, format, arguments);
	if (problem != NULL)
		problem_link(problems, problem);
}

void config_problems_append(struct config_problems *problems, struct config_problems *other)
{
	const size_t count = problems->count;
	struct config_problem *problem = other->first;
	for (size_t index = 0; problem != NULL; index++) {
		struct config_problem *next = problem->next;
		problem->next = NULL;
		if (count + index < LIMIT_CONFIG_ERRORS)
			problem_link(problems, problem);
		else
			problem_free(problem);
		problem = next;
	}
	problems->count += other->count;
	config_problems_init(other);
}

void config_problems_init(struct config_problems *problems)
{
	*problems = (struct config_problems){.first = NULL};
}

void config_problems_release(struct config_problems *problems)
{
	struct config_problem *next = problems->first;
	while (next != NULL) {
		struct config_problem *problem = next;
		next = problem->next;
		problem_free(problem);
	}
	config_problems_init(problems);
}

void config_problem_place(struct config_problems *problems, const struct yaml_document *document, uint32_t line, uint32_t column,
                          const char *format, ...)
{
	struct place place = {.file = document->file, .source = document->source, .line = line, .column = column};
	va_list arguments;
	va_start(arguments, format);
	problem_add(problems, &place, format, arguments);
	va_end(arguments);
}

void config_problem_at(struct config_problems *problems, const struct yaml_document *document, const struct yaml_node *node,
                       bool at_key, const char *format, ...)
{
	bool is_key = at_key && node->key_line != 0;
	struct place place = {
		.file = document->file,
		.source = document->source,
		.line = is_key ? node->key_line : node->line,
		.column = is_key ? node->key_column : node->column,
	};
	va_list arguments;
	va_start(arguments, format);
	problem_add(problems, &place, format, arguments);
	va_end(arguments);
}

void config_problem_file(struct config_problems *problems, const char *file, const char *format, ...)
{
	struct place place = {.file = file};
	va_list arguments;
	va_start(arguments, format);
	problem_add(problems, &place, format, arguments);
	va_end(arguments);
}

/* Tabs of the line are repeated, so that the caret stands right however wide a tab is. */
static void print_caret(const char *line, uint32_t caret, FILE *stream)
{
	struct slice rest = slice_from(line);
	size_t size = 0;
	fputs("    ", stream);
	for (uint32_t index = 0; index < caret && rest.size > 0; index++) {
		(void)fputc(rest.data[0] == '\t' ? '\t' : ' ', stream);
		(void)utf8_decode(rest, &size);
		rest = slice_make(rest.data + size, rest.size - size);
	}
	fputs("^\n", stream);
}

void config_problems_print(const struct config_problems *problems, FILE *stream)
{
	size_t shown = 0;
	for (const struct config_problem *problem = problems->first; problem != NULL; problem = problem->next) {
		shown++;
		if (problem->line == 0) {
			fprintf(stream, "%s: %s\n", problem->file, problem->message);
			continue;
		}
		fprintf(stream, "%s:%u:%u: %s\n", problem->file, problem->line, problem->column, problem->message);
		if (problem->source_line == NULL)
			continue;
		fprintf(stream, "    %s\n", problem->source_line);
		print_caret(problem->source_line, problem->caret, stream);
	}
	if (problems->count > shown)
		fprintf(stream, "%zu more mistakes are not listed\n", problems->count - shown);
}

static void write_place(struct json_writer *json, const char *name, uint32_t value)
{
	json_key(json, name);
	if (value != 0)
		json_integer(json, value);
	else
		json_null(json);
}

void config_problems_append_json(const struct config_problems *problems, struct buffer *buffer)
{
	struct json_writer json;
	json_writer_init(&json, buffer);
	json_array_begin(&json);
	for (const struct config_problem *problem = problems->first; problem != NULL; problem = problem->next) {
		json_object_begin(&json);
		json_member_text(&json, "file", problem->file);
		write_place(&json, "line", problem->line);
		write_place(&json, "column", problem->column);
		json_member_text(&json, "message", problem->message);
		json_object_end(&json);
	}
	json_array_end(&json);
}

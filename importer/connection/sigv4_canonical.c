/* Canonical paths and queries: what is encoded already is decoded first, so that it is encoded by one rule. */
#include "connection/sigv4_canonical.h"

#include "base/hexadecimal.h"

#include <stdlib.h>
#include <string.h>

#define PARAMETERS_MAX 512

static bool is_unreserved(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '-' ||
	       byte == '.' || byte == '_' || byte == '~';
}

static void append_byte(struct buffer *buffer, char byte)
{
	if (is_unreserved(byte))
		(void)buffer_append_byte(buffer, byte);
	else
		(void)buffer_append_format(buffer, "%%%02X", (unsigned char)byte);
}

static void append_encoded(struct buffer *buffer, struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		append_byte(buffer, text.data[i]);
}

/* What '%41' stands for counts. A '+' is a plus: AWS reads no form encoding. */
static void append_recoded(struct buffer *buffer, struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		const int byte = text.data[i] == '%' && i + 2 < text.size ? hexadecimal_byte(text.data + i + 1) : -1;
		append_byte(buffer, byte >= 0 ? (char)byte : text.data[i]);
		i += byte >= 0 ? 2 : 0;
	}
}

/* ---- Paths ---- */

/* Take the last segment away, and the slash before it. */
static void drop_segment(struct buffer *buffer, size_t start)
{
	while (buffer->size > start && buffer->data[buffer->size - 1] != '/')
		buffer->size--;
	if (buffer->size > start)
		buffer->size--;
}

static void append_resolved(struct buffer *buffer, struct slice path)
{
	const size_t start = buffer->size;
	struct slice_splitter splitter = slice_split(path, slice_from("/"));
	struct slice segment;
	bool ends_open = true; /* a slash stands at the end */
	while (slice_split_next(&splitter, &segment)) {
		ends_open = segment.size == 0 || slice_equal_text(segment, ".") || slice_equal_text(segment, "..");
		if (slice_equal_text(segment, ".."))
			drop_segment(buffer, start);
		if (ends_open)
			continue;
		(void)buffer_append_byte(buffer, '/');
		append_encoded(buffer, segment);
	}
	if (ends_open)
		(void)buffer_append_byte(buffer, '/');
}

void sigv4_append_path(struct buffer *buffer, struct slice path, enum sigv4_path rule)
{
	struct slice_splitter splitter = slice_split(path, slice_from("/"));
	struct slice segment;
	bool is_first = true;
	if (rule == SIGV4_PATH_RESOLVED) {
		append_resolved(buffer, path);
		return;
	}
	while (slice_split_next(&splitter, &segment)) {
		if (!is_first)
			(void)buffer_append_byte(buffer, '/');
		append_recoded(buffer, segment);
		is_first = false;
	}
}

/* ---- Queries ---- */

/* A parameter in its encoded form, as offsets: the buffer may move. */
struct parameter {
	size_t name;
	size_t value;
	size_t end;
};

struct query {
	struct buffer text;
	struct parameter *parameters;
	size_t count;
};

struct sortable {
	struct slice name;
	struct slice value;
};

static int compare(const void *left, const void *right)
{
	const struct sortable *one = left;
	const struct sortable *two = right;
	const int order = slice_compare(one->name, two->name);
	return order != 0 ? order : slice_compare(one->value, two->value);
}

static int read_query(struct slice text, struct query *query, struct error *err)
{
	struct slice_splitter splitter = slice_split(text, slice_from("&"));
	struct slice pair;
	while (slice_split_next(&splitter, &pair)) {
		const char *sign = pair.size > 0 ? memchr(pair.data, '=', pair.size) : NULL;
		const size_t size = sign != NULL ? (size_t)(sign - pair.data) : pair.size;
		if (pair.size == 0)
			continue;
		if (query->count == PARAMETERS_MAX)
			return error_set(err, ERROR_LIMIT, "the URL has more than %d parameters", PARAMETERS_MAX);
		struct parameter *parameter = &query->parameters[query->count++];
		parameter->name = query->text.size;
		append_recoded(&query->text, slice_make(pair.data, size));
		parameter->value = query->text.size;
		if (sign != NULL)
			append_recoded(&query->text, slice_make(sign + 1, pair.size - size - 1));
		parameter->end = query->text.size;
	}
	return query->text.failed ? error_set_memory(err) : 0;
}

static int append_sorted(struct buffer *buffer, const struct query *query, struct error *err)
{
	struct sortable *items = calloc(query->count + 1, sizeof(*items));
	const char *data = query->text.data;
	if (items == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < query->count; i++) {
		const struct parameter *parameter = &query->parameters[i];
		items[i].name = slice_make(data + parameter->name, parameter->value - parameter->name);
		items[i].value = slice_make(data + parameter->value, parameter->end - parameter->value);
	}
	qsort(items, query->count, sizeof(*items), compare);
	for (size_t i = 0; i < query->count; i++) {
		if (i > 0)
			(void)buffer_append_byte(buffer, '&');
		(void)buffer_append_slice(buffer, items[i].name);
		(void)buffer_append_byte(buffer, '=');
		(void)buffer_append_slice(buffer, items[i].value);
	}
	free(items);
	return 0;
}

int sigv4_append_query(struct buffer *buffer, struct slice text, struct error *err)
{
	struct query query = {.parameters = calloc(PARAMETERS_MAX, sizeof(*query.parameters))};
	if (query.parameters == NULL)
		return error_set_memory(err);
	buffer_init(&query.text, SIGV4_REQUEST_BYTES_MAX);
	(void)buffer_append_byte(&query.text, '\0'); /* so that there is something to point at */
	int outcome = read_query(text, &query, err);
	if (outcome == 0 && query.count > 0)
		outcome = append_sorted(buffer, &query, err);
	buffer_release(&query.text);
	free(query.parameters);
	return outcome;
}

/* Attributes of start tags, and the bindings among them. */
#include "feed/sift_xml_scope.h"

#include <string.h>

static const struct slice declaration = SLICE("xmlns");

struct attribute {
	struct slice name;
	struct slice value; /* as it stands there */
};

void sift_xml_scope_init(struct sift_xml_scope *scope)
{
	scope->count = 0;
	buffer_init(&scope->text, SIFT_BINDING_BYTES_MAX);
}

void sift_xml_scope_release(struct sift_xml_scope *scope)
{
	buffer_release(&scope->text);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static const char *skip_name(const char *at, const char *end)
{
	while (at < end && !is_blank(*at) && memchr("=/>\"'", *at, 5) == NULL)
		at++;
	return at;
}

/* The attribute at `*at`, which moves behind it; false where there is none. */
static bool read_attribute(const char **at, const char *end, struct attribute *ret_attribute)
{
	const char *name = *at;
	const char *name_end = skip_name(name, end);
	const char *value = skip_blanks(name_end, end);
	const char *quote;

	if (name_end == name || value == end || *value != '=')
		return false;
	value = skip_blanks(value + 1, end);
	if (value == end || (*value != '"' && *value != '\''))
		return false;
	quote = memchr(value + 1, *value, (size_t)(end - value) - 1);
	if (quote == NULL)
		return false;
	ret_attribute->name = slice_make(name, (size_t)(name_end - name));
	ret_attribute->value = slice_make(value + 1, (size_t)(quote - value) - 1);
	*at = quote + 1;
	return true;
}

static bool is_plain_uri(struct slice value)
{
	for (size_t i = 0; i < value.size; i++) {
		if (memchr("&<\t\n\r", value.data[i], 5) != NULL)
			return false;
	}
	return true;
}

static size_t add_text(struct sift_xml_scope *scope, struct slice text)
{
	const size_t start = scope->text.size;

	buffer_append_slice(&scope->text, text);
	buffer_append_byte(&scope->text, '\0');
	return start;
}

static enum sift_scope_outcome add_binding(struct sift_xml_scope *scope, size_t depth, const struct attribute *attribute)
{
	struct slice prefix = slice_make(attribute->name.data + declaration.size, attribute->name.size - declaration.size);
	struct sift_binding *binding = &scope->bindings[scope->count];

	if (prefix.size > 0)
		prefix = slice_make(prefix.data + 1, prefix.size - 1);
	if (!is_plain_uri(attribute->value))
		return SIFT_SCOPE_ODD;
	if (scope->count == SIFT_BINDINGS_MAX)
		return SIFT_SCOPE_FULL;
	binding->depth = depth;
	binding->prefix = add_text(scope, prefix);
	binding->prefix_size = prefix.size;
	binding->uri = add_text(scope, attribute->value);
	binding->uri_size = attribute->value.size;
	if (scope->text.failed)
		return SIFT_SCOPE_FULL;
	scope->count++;
	return SIFT_SCOPE_DONE;
}

static bool is_declaration(struct slice name)
{
	return slice_starts_with(name, declaration.data) && (name.size == declaration.size || name.data[declaration.size] == ':');
}

enum sift_scope_outcome sift_xml_scope_open(struct sift_xml_scope *scope, size_t depth, struct slice tag)
{
	const char *end = tag.data + tag.size - 1; /* of what stands before '>' */
	const char *at = skip_name(tag.data + 1, end);
	struct attribute attribute;
	enum sift_scope_outcome outcome;

	for (;;) {
		at = skip_blanks(at, end);
		if (at == end || (*at == '/' && at + 1 == end))
			return SIFT_SCOPE_DONE;
		if (!read_attribute(&at, end, &attribute))
			return SIFT_SCOPE_ODD;
		if (!is_declaration(attribute.name))
			continue;
		outcome = add_binding(scope, depth, &attribute);
		if (outcome != SIFT_SCOPE_DONE)
			return outcome;
	}
}

bool sift_xml_scope_close(struct sift_xml_scope *scope, size_t depth)
{
	const size_t count = scope->count;

	while (scope->count > 0 && scope->bindings[scope->count - 1].depth >= depth)
		scope->text.size = scope->bindings[--scope->count].prefix;
	return scope->count < count;
}

static struct slice prefix_of(const struct sift_xml_scope *scope, size_t i)
{
	return slice_make(scope->text.data + scope->bindings[i].prefix, scope->bindings[i].prefix_size);
}

/* The innermost binding of `prefix`, or SIZE_MAX. */
static size_t find(const struct sift_xml_scope *scope, struct slice prefix)
{
	for (size_t i = scope->count; i > 0; i--) {
		if (slice_equal(prefix_of(scope, i - 1), prefix))
			return i - 1;
	}
	return SIZE_MAX;
}

bool sift_xml_scope_find(const struct sift_xml_scope *scope, struct slice prefix, struct slice *ret_uri)
{
	const size_t found = find(scope, prefix);

	if (slice_equal_text(prefix, "xml")) {
		*ret_uri = slice_from("http://www.w3.org/XML/1998/namespace");
		return true;
	}
	*ret_uri = slice_make(NULL, 0);
	if (found == SIZE_MAX)
		return prefix.size == 0;
	*ret_uri = slice_make(scope->text.data + scope->bindings[found].uri, scope->bindings[found].uri_size);
	return true;
}

struct hash128 sift_xml_scope_hash(const struct sift_xml_scope *scope)
{
	struct hash128 sum = {.low = 0};

	for (size_t i = 0; i < scope->count; i++) {
		const struct sift_binding *binding = &scope->bindings[i];
		const size_t end = binding->uri + binding->uri_size;

		/* Another one of the prefix may hide it. */
		if (find(scope, prefix_of(scope, i)) != i)
			continue;
		sum = hash_add(sum, hash_bytes(slice_make(scope->text.data + binding->prefix, end - binding->prefix), 0));
	}
	return sum;
}

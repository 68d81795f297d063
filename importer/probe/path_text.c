/* From nodes of the tree to paths. */
#include "probe/path_text.h"

#include "base/buffer.h"
#include "probe/structure.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES_MAX 16384

/* Prefixes that everybody uses for these; others get 'n1', 'n2' … */
static const struct {
	const char *prefix;
	const char *uri;
} known_prefixes[] = {
	{"g", "http://base.google.com/ns/1.0"},
	{"c", "http://base.google.com/cns/1.0"},
	{"atom", "http://www.w3.org/2005/Atom"},
	{"dc", "http://purl.org/dc/elements/1.1/"},
	{"content", "http://purl.org/rss/1.0/modules/content/"},
	{"media", "http://search.yahoo.com/mrss/"},
	{"s", "http://jadedpixel.com/-/spec/shopify"},
};

/* The prefix of a namespace, added to the report where new; empty where there are too many. */
static bool find_prefix(struct path_writer *writer, struct slice uri, struct slice *ret_prefix)
{
	struct probe_report *report = writer->report;
	char made[16] = "";

	for (uint32_t i = 0; i < report->namespace_count; i++) {
		if (slice_equal(report->namespaces[i].uri, uri)) {
			*ret_prefix = report->namespaces[i].prefix;
			return true;
		}
	}
	*ret_prefix = (struct slice){NULL, 0};
	if (report->namespace_count == PROBE_NAMESPACES_MAX)
		return true;
	for (size_t i = 0; i < sizeof(known_prefixes) / sizeof(known_prefixes[0]); i++) {
		if (slice_equal_text(uri, known_prefixes[i].uri))
			*ret_prefix = slice_from(known_prefixes[i].prefix);
	}
	if (ret_prefix->size == 0) {
		(void)snprintf(made, sizeof(made), "n%u", (unsigned)report->namespace_count + 1);
		if (!arena_copy(writer->arena, slice_from(made), ret_prefix))
			return false;
	}
	report->namespaces[report->namespace_count++] = (struct probe_namespace){.prefix = *ret_prefix, .uri = uri};
	return true;
}

static bool append_xml_step(struct path_writer *writer, const struct probe_node *node, struct buffer *path)
{
	const uint32_t usual = node->is_attribute ? NAME_NONE : writer->tree->nodes[writer->top].space;
	struct slice prefix = {NULL, 0};

	if (node->space != NAME_NONE && node->space != usual &&
	    !find_prefix(writer, name_text(writer->names, node->space), &prefix))
		return false;
	if (path->size > 0)
		(void)buffer_append_byte(path, '/'); /* failure sticks and is seen at the end */
	if (node->is_attribute)
		(void)buffer_append_byte(path, '@');
	if (prefix.size > 0) {
		(void)buffer_append_slice(path, prefix);
		(void)buffer_append_byte(path, ':');
	}
	(void)buffer_append_slice(path, name_text(writer->names, node->local));
	return true;
}

static bool is_plain_member(struct slice name)
{
	for (size_t i = 0; i < name.size; i++) {
		const char byte = name.data[i];
		const bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';

		if (!is_letter && !(i > 0 && byte >= '0' && byte <= '9'))
			return false;
	}
	return name.size > 0;
}

/* `at_start`: of a relative path, whose first step has no dot. */
static void append_json_step(const struct path_writer *writer, const struct probe_node *node, bool at_start, struct buffer *path)
{
	const struct slice name = name_text(writer->names, node->local);

	if (node->local == NAME_NONE) {
		(void)buffer_append_text(path, at_start ? "@[*]" : "[*]"); /* failure sticks and is seen at the end */
		return;
	}
	if (is_plain_member(name)) {
		(void)buffer_append_text(path, at_start ? "" : ".");
		(void)buffer_append_slice(path, name);
		return;
	}
	(void)buffer_append_text(path, at_start ? "@['" : "['");
	for (size_t i = 0; i < name.size; i++) {
		if (name.data[i] == '\'' || name.data[i] == '\\')
			(void)buffer_append_byte(path, '\\');
		(void)buffer_append_byte(path, name.data[i]);
	}
	(void)buffer_append_text(path, "']");
}

static bool keep(struct path_writer *writer, struct buffer *path, struct slice *ret_path)
{
	const bool is_good = !path->failed && arena_copy(writer->arena, buffer_slice(path), ret_path);

	buffer_release(path);
	return is_good;
}

/* The nodes below `from` down to `node`, outermost first. */
static size_t list_steps(const struct probe_tree *tree, uint32_t from, uint32_t node, uint32_t ret_steps[PROBE_DEPTH_MAX])
{
	size_t count = 0;
	size_t at;

	for (uint32_t i = node; i != from && i != PROBE_NONE; i = tree->nodes[i].parent)
		count++;
	if (count > PROBE_DEPTH_MAX)
		return 0;
	at = count;
	for (uint32_t i = node; i != from && i != PROBE_NONE; i = tree->nodes[i].parent)
		ret_steps[--at] = i;
	return count;
}

static bool needs_quotes(struct slice name)
{
	return name.size == 0 || slice_find(name, slice_from("*")) != SIZE_MAX || slice_find(name, slice_from("->")) != SIZE_MAX ||
	       slice_starts_with(name, "../") || slice_starts_with(name, "'") || slice_starts_with(name, "\"") ||
	       slice_starts_with(name, "feed:") || slice_equal_text(name, ".") || slice_equal_text(name, "rows") ||
	       slice_equal_text(name, "name()") || slice_trim(name).size < name.size;
}

bool path_write_column(struct arena *arena, struct slice name, struct slice *ret_path)
{
	char *quoted;

	if (!needs_quotes(name))
		return arena_copy(arena, name, ret_path);
	quoted = arena_alloc(arena, name.size + 3);
	if (quoted == NULL)
		return false;
	quoted[0] = '"';
	memcpy(quoted + 1, name.data, name.size);
	quoted[name.size + 1] = '"';
	*ret_path = slice_make(quoted, name.size + 2);
	return true;
}

bool path_write(struct path_writer *writer, uint32_t from, uint32_t node, struct slice *ret_path)
{
	uint32_t steps[PROBE_DEPTH_MAX];
	const size_t count = list_steps(writer->tree, from, node, steps);
	struct buffer path;

	if (count == 0) {
		*ret_path = slice_from(writer->format == FEED_XML ? "." : "@");
		return true;
	}
	if (writer->format == FEED_CSV && writer->tree->nodes[node].local == NAME_NONE)
		return arena_copy(writer->arena, slice_from("rows"), ret_path); /* of a group */
	if (writer->format == FEED_CSV && (count == 1 || writer->tree->nodes[steps[0]].local == NAME_NONE))
		return path_write_column(writer->arena, name_text(writer->names, writer->tree->nodes[node].local), ret_path);
	buffer_init(&path, PATH_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct probe_node *step = &writer->tree->nodes[steps[i]];

		if (writer->format != FEED_XML) {
			append_json_step(writer, step, i == 0, &path);
		} else if (!append_xml_step(writer, step, &path)) {
			buffer_release(&path);
			return false;
		}
	}
	return keep(writer, &path, ret_path);
}

bool path_write_absolute(struct path_writer *writer, uint32_t node, struct slice *ret_path)
{
	uint32_t steps[PROBE_DEPTH_MAX];
	const size_t count = list_steps(writer->tree, PROBE_NONE, node, steps);
	struct buffer path;

	*ret_path = (struct slice){NULL, 0};
	if (writer->format == FEED_CSV)
		return true;
	buffer_init(&path, PATH_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (writer->format == FEED_XML) {
			(void)buffer_append_byte(&path, '/'); /* failure sticks and is seen at the end */
			(void)buffer_append_slice(&path, name_text(writer->names, writer->tree->nodes[steps[i]].local));
		} else if (i == 0) {
			(void)buffer_append_byte(&path, '$');
		} else {
			append_json_step(writer, &writer->tree->nodes[steps[i]], false, &path);
		}
	}
	return keep(writer, &path, ret_path);
}

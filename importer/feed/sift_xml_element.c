/* Names, prefixes and namespaces of elements on the way to records. */
#include "feed/sift_xml_element.h"

#include <string.h>

/* Add what `tag` declares; false, and blind, where that cannot be done. */
static bool open_scope(struct sift *sift, struct sift_xml_element *element, size_t depth, struct slice tag)
{
	const enum sift_scope_outcome outcome = sift_xml_scope_open(&element->scope, depth, tag);

	if (outcome != SIFT_SCOPE_DONE)
		sift_go_blind(sift, outcome == SIFT_SCOPE_FULL ? SIFT_BLIND_SIZE : SIFT_BLIND_NAMESPACE);
	return outcome == SIFT_SCOPE_DONE;
}

/* A number for the namespace of `prefix`; false where the sift cannot tell. */
static bool find_space(struct sift *sift, const struct sift_xml_element *element, struct slice prefix, uint32_t *ret_space)
{
	struct slice uri;

	if (!sift_xml_scope_find(&element->scope, prefix, &uri) || !sift_path_decode(&sift->path, uri, &uri))
		return false;
	*ret_space = NAME_NONE;
	if (uri.size == 0)
		return true;
	*ret_space = name_find(sift->path.names, uri);
	if (*ret_space == NAME_NONE)
		*ret_space = SIFT_NAME_UNKNOWN;
	return true;
}

/* The step that a qualified name is on a path. */
static bool find_step(struct sift *sift, const struct sift_xml_element *element, struct slice name, struct feed_step *ret_step)
{
	const char *colon = memchr(name.data, ':', name.size);
	struct slice prefix = slice_make(NULL, 0);
	struct slice local = name;

	if (colon != NULL) {
		prefix = slice_make(name.data, (size_t)(colon - name.data));
		local = slice_make(colon + 1, name.size - prefix.size - 1);
		if (prefix.size == 0 || local.size == 0 || memchr(local.data, ':', local.size) != NULL)
			return false;
	}
	ret_step->space = NAME_NONE;
	if (sift->path.has_spaces && !find_space(sift, element, prefix, &ret_step->space))
		return false;
	if (!sift_path_decode(&sift->path, local, &local))
		return false;
	ret_step->local = name_find(sift->path.names, local);
	if (ret_step->local == NAME_NONE)
		ret_step->local = SIFT_NAME_UNKNOWN;
	return true;
}

static bool declares_namespaces(struct slice tag)
{
	return memmem(tag.data, tag.size, "xmlns", 5) != NULL;
}

/* Keep the name of the element that `tag` begins; false where it is none. */
static bool read_name(struct sift_xml_element *element, struct slice tag)
{
	size_t size = 0;

	while (!sift_xml_ends_name(tag.data[1 + size]))
		size++;
	if (size == 0 || size > sizeof(element->name))
		return false;
	memcpy(element->name, tag.data + 1, size);
	element->name_size = size;
	return true;
}

/* Is it called as its last sibling is, and means that the same? */
static bool is_like_last(const struct sift *sift, const struct sift_xml_element *element, struct slice tag)
{
	return element->is_kept && tag.size > element->name_size + 1 &&
	       memcmp(tag.data + 1, element->name, element->name_size) == 0 &&
	       sift_xml_ends_name(tag.data[1 + element->name_size]) && !(sift->path.has_spaces && declares_namespaces(tag));
}

/* A namespace that the element declares may be its own; where nobody asks for namespaces, it concerns only what stands in it. */
static void match_new(struct sift *sift, struct sift_xml_element *element, struct slice tag, bool is_empty)
{
	const size_t depth = sift->path.depth + 1;
	const bool declares = declares_namespaces(tag);
	struct feed_step step;
	bool is_passed;

	if (declares && sift->path.has_spaces && !open_scope(sift, element, depth, tag))
		return;
	if (!find_step(sift, element, slice_make(element->name, element->name_size), &step)) {
		sift_go_blind(sift, SIFT_BLIND_NAMESPACE);
		return;
	}
	element->match = sift_path_enter(&sift->path, step);
	is_passed = element->match.match == SELECTION_PASSED;
	element->is_kept = !is_passed && !(declares && sift->path.has_spaces);
	if (!is_passed || is_empty)
		(void)sift_xml_scope_close(&element->scope, depth);
	else if (declares && (sift->path.has_spaces || open_scope(sift, element, depth, tag)))
		sift_set_scope(sift, sift_xml_scope_hash(&element->scope));
}

void sift_xml_element_match(struct sift *sift, struct sift_xml_element *element, struct slice tag, bool is_empty)
{
	if (is_like_last(sift, element, tag))
		return;
	element->is_kept = false;
	if (!read_name(element, tag))
		sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	else if (sift->path.depth == LIMIT_DEPTH)
		sift_go_blind(sift, SIFT_BLIND_SIZE);
	else
		match_new(sift, element, tag, is_empty);
}

void sift_xml_path_close(struct sift *sift, struct sift_xml_element *element)
{
	if (sift_xml_scope_close(&element->scope, sift->path.depth))
		sift_set_scope(sift, sift_xml_scope_hash(&element->scope));
	sift->path.depth--;
	element->is_kept = false;
}

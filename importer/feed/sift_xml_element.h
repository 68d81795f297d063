/* What an element is to the sift, by its start tag. */
#pragma once

#include "feed/sift_core.h"
#include "feed/sift_xml_scope.h"

#define SIFT_XML_NAME_BYTES_MAX ((size_t)2 * LIMIT_NAME_BYTES + 1) /* with a prefix */

struct sift_xml_element {
	char name[SIFT_XML_NAME_BYTES_MAX]; /* as it stands there, with its prefix */
	size_t name_size;
	struct sift_match match;
	bool is_kept; /* a sibling of that name is the same */
	struct sift_xml_scope scope;
};

static inline bool sift_xml_is_blank(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

static inline bool sift_xml_ends_name(char byte)
{
	return sift_xml_is_blank(byte) || byte == '>' || byte == '/';
}

/*
 * Find what the element is that `tag`, from '<' to '>', begins below the innermost open one; what it declares is in scope where
 * records may stand in it and it is not empty. Goes blind where that cannot be told.
 */
void sift_xml_element_match(struct sift *sift, struct sift_xml_element *element, struct slice tag, bool is_empty);

/* The innermost element that records may stand in has ended. */
void sift_xml_path_close(struct sift *sift, struct sift_xml_element *element);

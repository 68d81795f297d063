/* Which namespaces are declared around the records of an XML feed, as its raw bytes have it. */
#pragma once

#include "base/buffer.h"
#include "base/hash.h"

#define SIFT_BINDINGS_MAX 256
#define SIFT_BINDING_BYTES_MAX ((size_t)64 * 1024)

struct sift_binding {
	size_t depth; /* of the element that declares it */
	size_t prefix;
	size_t prefix_size;
	size_t uri;
	size_t uri_size;
};

struct sift_xml_scope {
	struct buffer text; /* of all bindings, each prefix and URI with a zero byte behind it */
	struct sift_binding bindings[SIFT_BINDINGS_MAX];
	size_t count;
};

void sift_xml_scope_init(struct sift_xml_scope *scope);
void sift_xml_scope_release(struct sift_xml_scope *scope);

enum sift_scope_outcome { SIFT_SCOPE_DONE, SIFT_SCOPE_ODD, SIFT_SCOPE_FULL };

/*
 * Add what the start tag `tag`, from '<' to '>', declares at `depth`. ODD: it has something in it that is no attribute, or a URI
 * that is not written as it is meant (references, white space). FULL: too much of it, or no memory.
 */
enum sift_scope_outcome sift_xml_scope_open(struct sift_xml_scope *scope, size_t depth, struct slice tag);

/* Forget what was declared at `depth` and deeper. Returns whether there was anything. */
bool sift_xml_scope_close(struct sift_xml_scope *scope, size_t depth);

/* The URI that `prefix` (empty: the default one) stands for; false where it is not declared. */
bool sift_xml_scope_find(const struct sift_xml_scope *scope, struct slice prefix, struct slice *ret_uri);

/* Of the bindings in force, in whatever order they were declared. */
struct hash128 sift_xml_scope_hash(const struct sift_xml_scope *scope);

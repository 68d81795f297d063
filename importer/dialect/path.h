/*
 * Paths into a record: a small part of XPath 1.0, parsed once when a dialect
 * is compiled.
 *
 *   name  prefix:name  *  @name  .  text()  a/b/@c
 *   a[1]  a[@k]  a[@k='v']  a[child='v']  a[.='v']  a[not(@k)]
 *
 * An absolute path ('/rss/channel/item') begins at the root of the feed. A
 * name without a prefix is met by any namespace (evaluate.h says which first).
 */
#pragma once

#include "base/arena.h"

#include <stdint.h>

struct path_name {
	struct slice local; /* empty = any */
	struct slice space; /* URI; where is_qualified */
	bool is_qualified;
};

enum predicate_kind { PREDICATE_POSITION, PREDICATE_PRESENT, PREDICATE_ABSENT, PREDICATE_EQUAL };
enum predicate_subject { SUBJECT_ATTRIBUTE, SUBJECT_CHILD, SUBJECT_SELF };

struct path_predicate {
	enum predicate_kind kind;
	enum predicate_subject subject;
	struct path_name name;
	struct slice value;
	uint32_t position; /* from 1 */
};

enum step_kind { STEP_CHILD, STEP_ATTRIBUTE, STEP_TEXT, STEP_SELF };

struct path_step {
	enum step_kind kind;
	struct path_name name;
	const struct path_predicate *predicates;
	size_t predicate_count;
};

struct path {
	struct slice text; /* as written */
	bool is_absolute;
	const struct path_step *steps; /* at least one */
	size_t step_count;
};

#define PATH_STEPS_MAX 32
#define PATH_PREDICATES_MAX 8 /* on one step */

struct path_namespace {
	struct slice prefix;
	struct slice space;
};

struct path_namespaces {
	struct path_namespace *items;
	size_t count;
};

#define PATH_MESSAGE_SIZE 256

/* The URI that `prefix` stands for ('xml' always does), or the empty slice. */
struct slice path_namespace_find(const struct path_namespaces *namespaces, struct slice prefix);

/* Parse `text` into `arena`. False with a message for people ("a name is missing at character 3"), or with an empty one without memory. */
must_use bool path_parse(struct slice text, const struct path_namespaces *namespaces, struct arena *arena, struct path *ret_path,
                         char ret_message[PATH_MESSAGE_SIZE]);

/* The steps that name elements: all but a last attribute or text(). */
size_t path_element_count(const struct path *path);

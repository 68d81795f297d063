/*
 * Paths into a record, parsed once when a dialect is compiled. The format of
 * the feed decides the language; all become the same flat steps.
 *
 * XML, a small part of XPath 1.0:
 *   name  prefix:name  *  @name  .  ..  text()  name()  a/b/@c  ../@c
 *   a[1]  a[last()]  a[@k]  a[@k='v']  a[child='v']  a[.='v']  a[not(@k)]  a[@k][2]
 * An absolute path ('/rss/channel/item') begins at the root of the feed. A
 * name without a prefix is met by any namespace (evaluate.h says which first).
 *
 * JSON, a part of RFC 9535:
 *   $.a  @.a  a.b  a['b c']  a[0]  a[-1]  a[*]  a.*  a[?@.k == 'v' && !@.x]  a.*.name()
 * '$' is the record, or the feed in an absolute path; '.' alone is '@'.
 *
 * CSV: the name of a column; * stands for any text; "quoted" it does not;
 * '../name' for the row around a cell, or the group around a row;
 * 'column -> $[*].src' goes on in the JSON that a cell holds.
 */
#pragma once

#include "base/arena.h"

#include <stdint.h>

enum path_language { PATH_XML, PATH_JSON, PATH_CSV, PATH_LANGUAGE_COUNT };

struct path_name {
	struct slice local; /* empty = any */
	struct slice space; /* URI; where is_qualified */
	bool is_qualified;
};

enum predicate_kind { PREDICATE_POSITION, PREDICATE_PRESENT, PREDICATE_ABSENT, PREDICATE_EQUAL, PREDICATE_DIFFERENT };
enum predicate_subject { SUBJECT_ATTRIBUTE, SUBJECT_CHILD, SUBJECT_SELF, SUBJECT_MEMBER };
enum path_literal { LITERAL_TEXT, LITERAL_STRING, LITERAL_NUMBER, LITERAL_BOOL, LITERAL_NULL };

struct path_predicate {
	enum predicate_kind kind;
	enum predicate_subject subject;
	struct path_name name;
	const struct path_name *members; /* SUBJECT_MEMBER: from the node down; none = the node itself */
	size_t member_count;
	enum path_literal literal; /* what `value` is: of XML always LITERAL_TEXT */
	struct slice value;
	int32_t position; /* from 1; from the end: -1 and below */
};

enum step_kind {
	STEP_CHILD,
	STEP_ITEM,    /* a child of an array or of a group of rows */
	STEP_COLUMN,  /* a child whose name is as good as this one */
	STEP_COLUMNS, /* all children whose name fits a pattern */
	STEP_ATTRIBUTE,
	STEP_TEXT,
	STEP_NAME, /* the name itself, as a text */
	STEP_SELF,
	STEP_PARENT, /* at the beginning only: no path can meet a node twice */
	STEP_ROOT,
};

struct path_step {
	enum step_kind kind;
	struct path_name name;
	const struct path_predicate *predicates;
	size_t predicate_count;
};

struct path {
	struct slice text; /* as written */
	bool is_absolute;
	bool enters_json; /* by '->' */
	bool is_rows;
	const struct path_step *steps; /* at least one */
	size_t step_count;
};

#define PATH_STEPS_MAX 32
#define PATH_PREDICATES_MAX 8 /* on one step */
#define PATH_MEMBERS_MAX 8    /* in one condition */

struct path_namespace {
	struct slice prefix;
	struct slice space;
};

struct path_namespaces {
	struct path_namespace *items;
	size_t count;
};

struct path_syntax {
	enum path_language language;
	const struct path_namespaces *namespaces;
	bool has_rows; /* CSV: the word 'rows' means the rows of a group */
};

#define PATH_MESSAGE_SIZE 256

/* The URI that `prefix` stands for ('xml' always does), or the empty slice. */
struct slice path_namespace_find(const struct path_namespaces *namespaces, struct slice prefix);

/* Parse `text` into `arena`. False with a message for people ("a name is missing at character 3"), or with an empty one without memory. */
must_use bool path_parse(struct slice text, const struct path_syntax *syntax, struct arena *arena, struct path *ret_path,
                         char ret_message[PATH_MESSAGE_SIZE]);

/* The steps that name elements: all but a last attribute, text() or name(). */
size_t path_element_count(const struct path *path);

/* How many elements a path climbs before it descends. */
size_t path_parent_count(const struct path *path);

/* Is more than the start tag needed to read the path's last element? */
bool path_needs_content(const struct path *path);

/* Can an element that the first `count` steps of `outer` name be around one that `path` names, or be it? */
bool path_is_around(const struct path *outer, size_t count, const struct path *path);

/* How many of the elements around what `path` names can be around, or be, one that `other` names. */
size_t path_shared_count(const struct path *path, const struct path *other);

/* Do two paths name the same elements, step by step? */
bool path_same_elements(const struct path *left, const struct path *right);

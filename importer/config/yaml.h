/*
 * YAML (1.1, by libyaml) into a small tree with the place of every value,
 * and a list of all mistakes found in configuration and dialects.
 *
 * Refused: aliases and anchors, tags, several documents, duplicate keys, keys
 * that are not scalars, more than LIMIT_YAML_BYTES, _DEPTH or _NODES, NUL and
 * control characters but tab and line feed. A byte order mark is skipped.
 * The tree borrows nothing; it owns its arena.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>
#include <stdio.h>

enum yaml_type { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
	enum yaml_type type;
	bool is_plain;       /* a scalar without quotes */
	struct slice key;    /* where it is a mapping's value: its key, NUL-terminated */
	uint32_t key_line;   /* from 1 */
	uint32_t key_column; /* from 1, in characters */
	uint32_t line;
	uint32_t column;
	struct slice text;             /* scalar; NUL-terminated */
	const struct yaml_node *first; /* first child of a sequence or mapping */
	const struct yaml_node *next;  /* next sibling */
	uint32_t child_count;
};

struct yaml_document {
	char *file;                   /* as told, for messages */
	struct slice source;          /* a copy of the text, for the line shown with a caret */
	const struct yaml_node *root; /* NULL for an empty document */
	/* The tree where duplicate keys are the only mistakes (root is NULL then): to look for further mistakes, and for nothing else. */
	const struct yaml_node *draft;
	struct arena arena;
};

/* All mistakes, in the order found. */
struct config_problem {
	char *file;
	uint32_t line; /* 0 = the whole file */
	uint32_t column;
	char *message;     /* printable; credentials and query values of URLs are '***' */
	char *source_line; /* that line, printable and masked likewise, cut around the column where it is long; or NULL */
	uint32_t caret;    /* characters of source_line before the fault */
	struct config_problem *next;
};

struct config_problems {
	struct config_problem *first;
	struct config_problem *last;
	size_t count;     /* also those beyond LIMIT_CONFIG_ERRORS, which are not kept */
	bool hides_lines; /* set while files are read that may hold secrets: their lines are not shown from then on */
};

void config_problems_init(struct config_problems *problems);
void config_problems_release(struct config_problems *problems);

/* Note a mistake at the node's value (or its key, where `at_key`); without memory it is only counted. */
void config_problem_at(struct config_problems *problems, const struct yaml_document *document, const struct yaml_node *node,
                       bool at_key, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A mistake of the whole file. */
void config_problem_file(struct config_problems *problems, const char *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* 'file:line:column: message', the line, and a caret under the column, for each; then how many were left out. */
void config_problems_print(const struct config_problems *problems, FILE *stream);

/* As a JSON array of {file,line,column,message}, appended to `buffer`; line and column are null where unknown. */
struct buffer;
void config_problems_append_json(const struct config_problems *problems, struct buffer *buffer);

/*
 * Parse `text`. Returns 0 and a document to be released also when there were
 * mistakes (added to `problems`; root is NULL then); -1 only without memory,
 * and then there is nothing to release. `problems` may outlive the document.
 */
must_use int yaml_parse(const char *file, struct slice text, struct yaml_document *ret_document, struct config_problems *problems,
                        struct error *err);
void yaml_document_release(struct yaml_document *document);

/* 'text', 'list' or 'mapping'. */
const char *yaml_type_name(const struct yaml_node *node);

/* Is the value of a mapping one to go on with: a scalar, and not missing or null? Else a problem is added. */
must_use bool yaml_check_scalar(const struct yaml_document *document, const struct yaml_node *node,
                                struct config_problems *problems);

/* The value under `key` of a mapping, or NULL. */
const struct yaml_node *yaml_find(const struct yaml_node *mapping, const char *key);

/* Adds a problem for every key of `mapping` that is not in `known`, with the nearest known one. Returns how many. */
size_t yaml_refuse_unknown(const struct yaml_document *document, const struct yaml_node *mapping, const char *const *known,
                           size_t known_count, struct config_problems *problems);

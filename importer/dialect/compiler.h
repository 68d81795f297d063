/*
 * Shared by the compiler's files: what is being compiled, and how mistakes
 * are noted. A function that meets a mistake notes it and goes on, so that
 * all of them are listed; lack of memory is remembered and ends the work.
 */
#pragma once

#include "config/yaml.h"
#include "dialect/model.h"

struct compiler {
	struct dialect_set *set;
	struct arena *arena;
	const struct yaml_document *document;
	struct config_problems *problems;
	struct dialect *dialect;
	bool is_out_of_memory;
};

/* A zeroed item behind `*count` others, growing and counting the array; NULL without memory. */
void *compiler_append(struct compiler *compiler, void *items_address, size_t *count, size_t item_size);

/* A copy of an array that can be appended to; NULL when empty or without memory. */
void *compiler_copy_array(struct compiler *compiler, const void *items, size_t count, size_t item_size);

/* "unknown WHAT 'x'; did you mean 'y'?", at the node's key or value. */
void compiler_refuse_word(struct compiler *compiler, const struct yaml_node *node, bool at_key, const char *what,
                          const char *const *known, size_t known_count);

/* Notes a mistake and returns false where the node is of another type. */
bool compiler_expect(struct compiler *compiler, const struct yaml_node *node, enum yaml_type type, const char *what);

/* Is this 'name: ~' or 'name:', which drops what the base has? */
bool compiler_is_null(const struct yaml_node *node);

/* A scalar's text in the set's arena; the empty slice after a mistake. */
struct slice compiler_text(struct compiler *compiler, const struct yaml_node *node, const char *what);

/* true or false; false after a mistake. */
bool compiler_bool(struct compiler *compiler, const struct yaml_node *node);

/* Parse a path and number it; OPTION_NONE after a mistake. */
uint32_t compiler_path(struct compiler *compiler, const struct yaml_node *node, bool is_absolute);

/* Which keys a value rule may have besides those that all have. */
enum rule_context {
	RULE_IS_FIELD = 1,     /* required */
	RULE_IS_LIST = 2,      /* split */
	RULE_IS_CATEGORY = 4,  /* separator */
	RULE_IS_WEIGHT = 8,    /* unit */
	RULE_HAS_DEFAULT = 16, /* default */
};

void compile_rule(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct value_rule *ret_rule);

/* As compile_rule, in the arena; NULL without memory. */
const struct value_rule *compile_rule_new(struct compiler *compiler, const struct yaml_node *node, unsigned context);

/* `fields:` and `product:` of a record, onto what it has already. */
void compile_fields(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node);
void compile_product(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node);

/* A whole document onto `dialect`, which has its base's content already. */
void compile_dialect(struct compiler *compiler);

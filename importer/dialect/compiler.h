/*
 * Shared by the compiler's files: what is being compiled, and how mistakes
 * are noted. A function that meets a mistake notes it and goes on, so that
 * all of them are listed; lack of memory is remembered and ends the work.
 */
#pragma once

#include "config/yaml.h"
#include "dialect/model.h"

/* Where in a record the paths that are being compiled begin. */
struct compiler_place {
	enum path_language language; /* the dialect's, or that of a cell */
	unsigned depth;              /* how many elements of the record are around */
	bool is_in_cell;             /* CSV: at a cell, not a row */
	unsigned outer_kinds;        /* of the records around: a bit 1 << item_kind for each */
};

struct compiler {
	struct dialect_set *set;
	struct arena *arena;
	const struct yaml_document *document;
	struct config_problems *problems;
	struct dialect_zones zones;
	struct dialect *dialect;
	const struct value_reading *reading; /* what the rules around the one being compiled say; NULL = nothing */
	struct compiler_place place;
	const char *file;  /* in the set's arena */
	const char *field; /* whose rules are being compiled; NULL = none */
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

/*
 * Paths compiled from here on begin at what `each` (a path's number) meets;
 * leave with what was returned. In a list's entry: everything but `each`.
 */
struct compiler_place compiler_enter(struct compiler *compiler, uint32_t each);
void compiler_leave(struct compiler *compiler, struct compiler_place place);

/* `when`: one condition or a list of them. */
void compile_when(struct compiler *compiler, const struct yaml_node *node, struct condition_list *ret_list);

/* What a value rule is for: some keys belong to some of them only. */
enum rule_context {
	RULE_IS_FIELD = 1,      /* required */
	RULE_IS_TEXTS = 2,      /* an entry of a list of texts: split; no pick, since all matches count */
	RULE_IS_CATEGORY = 4,   /* separator, drop */
	RULE_IS_WEIGHT = 8,     /* unit */
	RULE_HAS_DEFAULT = 16,  /* default */
	RULE_IS_NUMBER = 32,    /* decimal_sign */
	RULE_IS_MONEY = 64,     /* minor_units */
	RULE_IS_DATE = 128,     /* date, timezone */
	RULE_MAY_BE_MANY = 256, /* split: one value may become several */
};
#define RULE_READINGS (RULE_IS_WEIGHT | RULE_IS_NUMBER | RULE_IS_MONEY | RULE_IS_DATE)

void compile_rule(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct value_rule *ret_rule);

/* All keys that some rule may have, and all that some entry of a list may have; NULL behind the last one. */
const char *compile_rule_key(size_t index);
const char *compile_member_key(size_t index);

/* As compile_rule, in the arena; NULL without memory. */
const struct value_rule *compile_rule_new(struct compiler *compiler, const struct yaml_node *node, unsigned context);

/* Source: a path, 'feed:NAME', or a mapping that is a rule; false after a mistake. */
bool compile_source(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct value_source *source);

/* A list that may be given as one text: its first item, and the next one. */
const struct yaml_node *compiler_list_first(const struct yaml_node *node);
const struct yaml_node *compiler_list_next(const struct yaml_node *node, const struct yaml_node *item);

/* A text or 'feed:NAME'; NULL after a mistake. */
const struct value_source *compile_text_source(struct compiler *compiler, const struct yaml_node *node, const char *what);

/* `language:` of the dialect. */
void compile_language(struct compiler *compiler, const struct yaml_node *node);

/* Of numbers and amounts; '\0' after a mistake. */
number_decimal_sign compile_decimal_sign(struct compiler *compiler, const struct yaml_node *node);

/* A rule's keys that say what is done to its text, and how it is read. */
void compile_transform_keys(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule);
void compile_reading_keys(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule);

/* `fields:` and `product:` of a record, onto what it has already. */
void compile_fields(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node);
void compile_product(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node);

/* The fields of a definition of a custom field. */
void compile_definition(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node);

/* An item of `recognise`, of `feed` and of `records`. */
void compile_recognition(struct compiler *compiler, const struct yaml_node *node);
void compile_feed_value(struct compiler *compiler, const struct yaml_node *node);
void compile_record(struct compiler *compiler, const struct yaml_node *node);

/* `csv`. */
void compile_csv(struct compiler *compiler, const struct yaml_node *node);

/* What no single record or feed value shows: paths that overlap, records that none can reach. */
void compile_check_paths(struct compiler *compiler, const struct yaml_node *root);

/* Do the steps name elements that a reader can select, with conditions at most on the last one? Notes where not. */
bool compiler_check_elements(struct compiler *compiler, const struct yaml_node *node, const struct path *path, bool has_conditions);

/* The URI of a declared prefix; the empty slice after a mistake. */
struct slice compiler_prefix_space(struct compiler *compiler, const struct yaml_node *node);

/* Takes item number `index` out of an array. */
void compiler_drop(void *items, size_t *count, size_t item_size, size_t index);

/* A copy of the node's key. */
struct slice compiler_key(struct compiler *compiler, const struct yaml_node *node);

/* A whole document onto `dialect`, which has its base's content already. */
void compile_dialect(struct compiler *compiler);

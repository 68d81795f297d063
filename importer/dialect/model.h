/*
 * A compiled dialect: what a file says, checked, with its base merged in and
 * without anything of one reading. Shared by mappers, never changed by them;
 * all of it lives in the arena of its set.
 *
 * Paths and feed values are numbered per dialect, so that a mapper can bind
 * them to the names of a reading in arrays of its own.
 */
#pragma once

#include "base/instant_pattern.h"
#include "catalog/field.h"
#include "dialect/dialect.h"
#include "dialect/path.h"
#include "dialect/transform.h"

/* What a `fields:` key can name: a field, or one of two inputs of the price rule. */
enum target { TARGET_SALE_PRICE = FIELD_COUNT, TARGET_SALE_DATES, TARGET_COUNT };

enum source_kind {
	SOURCE_PATH,     /* index of the path */
	SOURCE_FEED,     /* index of the feed value */
	SOURCE_CONSTANT, /* text */
	SOURCE_JOIN,     /* parts, with text between them */
	SOURCE_RULE,     /* one part with transforms of its own */
};

struct value_rule;

/* `when`: what must hold of a record, or of an item of a list. */
enum condition_kind { CONDITION_HAS, CONDITION_LACKS, CONDITION_IS, CONDITION_IS_NOT };

struct condition {
	enum condition_kind kind;
	uint32_t path;
	const struct slice *words;
	size_t word_count;
};

struct condition_list {
	const struct condition *items; /* all must hold */
	size_t count;
};

struct value_source {
	enum source_kind kind;
	uint32_t index;
	struct slice text;
	const struct value_rule *parts;
	size_t part_count;
};

enum letter_case { LETTER_CASE_KEPT, LETTER_CASE_LOWER, LETTER_CASE_UPPER };

struct word_pair {
	struct slice from;
	struct slice to;
};

enum html_mode { HTML_KEPT, HTML_STRIPPED, HTML_TO_TEXT };

/* Which of several matches of a path is the value. */
enum pick { PICK_FIRST, PICK_LAST, PICK_LONGEST, PICK_MIN, PICK_MAX };

/* How a number, an amount, a date or a weight is written; what a rule does not say is the job's. */
struct value_reading {
	number_decimal_sign decimal_sign; /* '\0' = the job's */
	unsigned minor_units;             /* the amount is in 10^-n of the unit */
	struct instant_pattern date;
	bool has_timezone;
	int offset_minutes;            /* where has_timezone … */
	const struct zone *zone;       /* … but where it is not NULL: by what its clocks show */
	const struct value_rule *unit; /* of weights; NULL = the text must have one */
};

#define VALUE_SPLITS_MAX 8
#define VALUE_MINOR_UNITS_MAX 6

/* Where a rule stands, for explanations. */
struct rule_place {
	const char *file;
	const char *field; /* that it is for; NULL = none */
	uint32_t line;
};

/* One text out of a record: sources in order, the first with a value counts; then transforms in the order of the members. */
struct value_rule {
	const struct value_source *sources;
	size_t source_count;
	enum pick pick;
	bool is_json;               /* objects and arrays are read as JSON text */
	const struct slice *splits; /* separators of list values */
	size_t split_count;
	bool has_transforms; /* any of the next five */
	enum html_mode html;
	const struct replacement *const *replacements;
	size_t replacement_count;
	enum letter_case letter_case;
	const struct slice *empty_words; /* texts that stand for nothing */
	size_t empty_word_count;
	const struct word_pair *words;
	size_t word_count;
	const struct value_source *fallback; /* `default`, or NULL */
	const struct value_reading *reading; /* with what the rules around it say; NULL = nothing is said */
	struct slice separator;              /* of category paths; empty = the value is an id */
	const struct slice *drops;           /* texts that do not count at the beginning of a category path */
	size_t drop_count;
	bool is_required;
	struct rule_place place;
};

enum list_member {
	MEMBER_NAME,
	MEMBER_VALUE,
	MEMBER_UNIT, /* attributes; the first two also of custom fields, the second of texts */
	MEMBER_PLACE,
	MEMBER_QUANTITY,
	MEMBER_AVAILABILITY, /* stocks */
	MEMBER_KIND,
	MEMBER_AMOUNT,
	MEMBER_CURRENCY,
	MEMBER_MIN_QUANTITY, /* prices */
	MEMBER_REGION,
	MEMBER_VALID_FROM,
	MEMBER_VALID_TO,
	MEMBER_FIELD,
	MEMBER_LANGUAGE, /* texts */
	MEMBER_ID,       /* categories; also name */
	MEMBER_PARENT_ID,
	MEMBER_URL,
	MEMBER_POSITION,
	MEMBER_COUNT
};

/* Bits 1 << member: which ones the entries of a list field have. */
unsigned list_members(enum field_id field);
#define MEMBER_BIT(member) (1u << (member))

/* One source of a list: texts, or an object for each match of a path. */
struct list_entry {
	struct condition_list when; /* at the match, or the record where there is no each */
	bool has_each;
	uint32_t each;                                  /* path */
	const struct value_rule *members[MEMBER_COUNT]; /* relative to the match; NULL = not given */
	struct value_rule value;                        /* without each */
	struct rule_place place;
};

struct field_rule {
	const struct value_rule *value;   /* single fields; NULL = not mapped */
	const struct list_entry *entries; /* list fields */
	size_t entry_count;
	bool is_required;
};

enum product_mode {
	PRODUCT_MODE_SELF,   /* each SKU is its own product */
	PRODUCT_MODE_GROUP,  /* the id is a value that SKUs share */
	PRODUCT_MODE_NAMED,  /* the id names a product that the feed states elsewhere */
	PRODUCT_MODE_PARENT, /* as named; a record without the id is such a product */
	PRODUCT_MODE_LISTED, /* the product that names the SKU among its children */
	PRODUCT_MODE_OUTER,  /* that of the record around this one */
};

struct product_rule {
	enum product_mode mode;
	const struct value_rule *id; /* NULL for SELF, LISTED and OUTER */
};

#define OPTION_VALUES_MAX 16

/* What a record states. */
enum record_role {
	RECORD_OF_ITEM, /* of `kind` */
	RECORD_OF_PART, /* more about an item of `kind` */
	RECORD_OF_FIELD /* the definition of a custom field */
};

enum definition_member {
	DEFINITION_ID,
	DEFINITION_NAME,
	DEFINITION_ENTITY,
	DEFINITION_VALUE_TYPE,
	DEFINITION_REQUIRED,
	DEFINITION_DEFAULT,
	DEFINITION_ENUM,
	DEFINITION_MEMBER_COUNT
};

struct record_rule {
	struct slice name;
	enum record_role role;
	enum item_kind kind;
	uint32_t *paths; /* of records of the feed */
	size_t path_count;
	uint32_t each; /* of nested ones: path from the record around them */
	struct condition_list when;
	bool is_recursive;       /* nested ones: the same rule holds inside them */
	bool is_counted;         /* it, or what is nested in it, is more than a declaration */
	uint32_t product_option; /* index of the option that chooses among products, or OPTION_NONE */
	struct product_rule products[OPTION_VALUES_MAX];
	struct field_rule fields[TARGET_COUNT];
	const struct value_rule *definition[DEFINITION_MEMBER_COUNT]; /* RECORD_OF_FIELD */
	struct record_rule *nested;
	size_t nested_count;
};

#define OPTION_NONE UINT32_MAX

/* A way to recognise the dialect: all of it must hold. */
struct recognition {
	bool has_root;
	struct path_name root;
	struct slice declared_space; /* URI that the root must declare; empty = any */
	struct path *paths;          /* that must occur at the beginning of the feed */
	size_t path_count;
};

struct option_rule {
	struct slice name;
	struct slice description;
	const char *values[OPTION_VALUES_MAX];
	size_t value_count;
	size_t default_value;
};

struct feed_rule {
	struct slice name;
	uint32_t *paths; /* in order of preference */
	size_t path_count;
	bool is_latest; /* the value met last, not the one before the first record */
};

/* How tables of the dialect are written. */
struct csv_rule {
	struct csv_options options;
	struct slice *group_columns;
	size_t group_column_count;
	struct slice *json_columns;
	size_t json_column_count;
};

struct dialect {
	const char *name;
	const char *description;
	const struct dialect *base; /* NULL = none */
	enum path_language format;
	struct csv_rule csv;
	struct path_namespaces namespaces;
	struct slice preferred_space;
	struct recognition *recognitions;
	size_t recognition_count;
	struct option_rule *options;
	size_t option_count;
	struct feed_rule *feeds;
	size_t feed_count;
	const struct value_source *language; /* of the items' own texts: a constant or a feed value; NULL = not said */
	number_decimal_sign decimal_sign;    /* of all values that do not say it; '\0' = not said */
	struct record_rule *records;
	size_t record_count;
	struct path *paths;
	size_t path_count;
};

struct dialect_set {
	struct arena arena;
	struct dialect **dialects; /* sorted by name */
	size_t count;
	struct replacement_list replacements; /* to be freed with the set */
};

/* Name of a target in dialects ('price', 'sale_price'). */
const char *target_name(enum target target);

/* The dialect called `name`, or NULL. */
const struct dialect *dialect_find(const struct dialect_set *set, struct slice name);

/* The value chosen for each of the dialect's options, in the order of its options. -1 with ERROR_CONFIG. */
must_use int dialect_choose_options(const struct dialect *dialect, const struct dialect_option *options, size_t count,
                                    size_t ret_chosen[OPTION_VALUES_MAX], struct error *err);

#define DIALECT_OPTIONS_MAX OPTION_VALUES_MAX

/* Is it `base`, or made from it by any number of steps? */
bool dialect_is_based_on(const struct dialect *dialect, const struct dialect *base);

/* Appends 'facebook, google, yml'. */
void dialect_set_append_names(const struct dialect_set *set, struct buffer *buffer);

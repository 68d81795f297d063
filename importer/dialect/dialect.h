/*
 * Dialects: YAML files that say how a feed format maps to items.
 *
 * A dialect_set holds compiled dialects by name; binding one to the options
 * of a job and the names of one reading gives a mapper, the table that the
 * reader walks. No format is known to C code.
 */
#pragma once

#include "base/money.h"
#include "catalog/statement.h"
#include "config/yaml.h"
#include "feed/feed.h"

struct dialect_set;
struct mapper;

/* One file's text. */
struct dialect_text {
	const char *file;  /* for messages */
	struct slice name; /* the file's name without .yaml */
	struct slice yaml;
};

struct zone;

/* Where `timezone` of a dialect has its zones from: who reads feeds can open no file. */
struct dialect_zones {
	void *context;
	/*
	 * The zone of an IANA name; it must outlive the set. -1: ERROR_NOT_FOUND, ERROR_CONFIG (its data are broken), ERROR_SYSTEM,
	 * ERROR_MEMORY. NULL = there are none.
	 */
	int (*find)(void *context, const char *name, const struct zone **ret_zone, struct error *err);
};

struct dialect_texts {
	const struct dialect_text *texts;
	size_t count;
	struct dialect_zones zones;
};

/*
 * Compile all of `texts` (a dialect may extend another of them; a later one of
 * the same name replaces an earlier one). All mistakes are added to `problems`
 * with file, line and column; -1 with `err` only for lack of memory. The set
 * copies what it needs, but for zones. Where there were problems it may be asked for names only.
 */
must_use int dialect_set_compile(const struct dialect_texts *texts, struct dialect_set **ret_set, struct config_problems *problems,
                                 struct error *err);
void dialect_set_free(struct dialect_set *set);

/*
 * The texts that the dialect `name` is made of, in their order: its own and those that it extends; all of them where one is
 * not there, so that compiling them tells which are. `ret_texts` has room for all. ERROR_MEMORY.
 */
must_use int dialect_texts_select(const struct dialect_texts *texts, struct slice name, struct dialect_text *ret_texts,
                                  size_t *ret_count, struct error *err);

size_t dialect_set_count(const struct dialect_set *set);
const char *dialect_set_name(const struct dialect_set *set, size_t index);

/* One-line description of a dialect, or NULL where there is none of that name. */
const char *dialect_description(const struct dialect_set *set, struct slice name);

/* How the tables of a dialect are written, to be told to the reader of the feed; false where it is none for tables, or there is none. */
bool dialect_csv_options(const struct dialect_set *set, struct slice name, struct csv_options *ret_options);

/* name=value pairs, as `dialect: {name: yml, group_id: parent}` or `--dialect yml,group_id=parent` gives them. */
struct dialect_option {
	struct slice name;
	struct slice value;
};

/* 0 if `dialect` exists and has these options with these values; else -1, ERROR_CONFIG, naming the nearest known ones. */
must_use int dialect_check_options(const struct dialect_set *set, struct slice dialect, const struct dialect_option *options,
                                   size_t count, struct error *err);

/* What becomes of values that no field takes (job policy unknown_fields). */
enum mapper_unknown {
	MAPPER_UNKNOWN_EXTRA,  /* FIELD_EXTRA */
	MAPPER_UNKNOWN_CREATE, /* FIELD_CUSTOM_FIELDS, by path */
	MAPPER_UNKNOWN_DROP,
	MAPPER_UNKNOWN_FAIL, /* ERROR_DIALECT naming the first */
};

/* What was done to a text on its way from the record into a field: bits. */
enum mapper_step {
	MAPPER_STEP_CONSTANT = 1, /* it is the rule's own */
	MAPPER_STEP_FEED = 2,     /* a value of the whole feed */
	MAPPER_STEP_JOINED = 4,   /* from several, which were told before it */
	MAPPER_STEP_DEFAULT = 8,  /* the record had none */
	MAPPER_STEP_SPLIT = 16,
	MAPPER_STEP_HTML = 32,
	MAPPER_STEP_REPLACED = 64,
	MAPPER_STEP_CASE = 128,
	MAPPER_STEP_EMPTIED = 256, /* by `empty_when` */
	MAPPER_STEP_WORD = 512,    /* by `words` */
};
#define MAPPER_STEPS_END 1024

/* A text that a rule has read. Borrowed for the call. */
struct mapper_trace_value {
	uint64_t record;   /* ordinal */
	size_t item;       /* which item of the record it is for, see mapper_trace.item */
	const char *field; /* of the rule: 'price', 'product_id' */
	const char *file;  /* that has the rule */
	uint32_t line;     /* where it stands there */
	bool is_part;      /* of a value that is told later */
	struct slice path; /* where the text stood in the record; empty where it did not stand there */
	struct slice feed; /* MAPPER_STEP_FEED: the name of the value */
	struct slice raw;  /* as it stood there, trimmed */
	struct slice text; /* what became of it */
	enum presence presence;
	unsigned steps;
};

/* For explaining single records. What a field made of the texts is in the statement, which follows. */
struct mapper_trace {
	void *context;
	bool (*value)(void *context, const struct mapper_trace_value *value); /* false = no memory */
	/* Item number `item` of the record is what `statement` states; told right before the sink's statement(). */
	bool (*item)(void *context, size_t item, const struct statement *statement);
};

struct mapper_options {
	const struct mapper_trace *trace; /* NULL = none; borrowed */
	enum mapper_unknown unknown_fields;
	struct slice language; /* of the item's own texts, BCP 47; empty = the dialect's choice */
	struct slice dialect;  /* empty = recognise by the root */
	const struct dialect_option *options;
	size_t option_count;
	char default_currency[4];         /* "" = none */
	number_decimal_sign decimal_sign; /* '\0' = by the text */
	int offset_minutes;               /* for dates without one … */
	const struct zone *zone;          /* … but where it is not NULL: by what its clocks show; borrowed */
	struct slice id_prefix;           /* put before product and SKU ids */
	struct slice category_prefix;
};

/* A mapper for one reading; `set` and `names` must outlive it, options are copied. NULL with `err` set on failure. */
struct mapper *mapper_new(const struct dialect_set *set, const struct mapper_options *options, struct name_table *names,
                          struct statement_sink sink, struct error *err);
void mapper_free(struct mapper *mapper);

/*
 * A feed sink that recognises the dialect and turns records into statements; valid as long as the mapper. ERROR_DIALECT where none
 * fits. Which records may be known is said only to a reader whose statement sink has known().
 */
struct feed_sink mapper_feed_sink(struct mapper *mapper);

/*
 * A hash of what the records that follow are read with beside their own bytes: the dialect, and values of the feed and of
 * ancestors so far. For feed_known.scope: with the same scope, bytes that are known state what they stated.
 */
struct hash128 mapper_scope(struct mapper *mapper);

/* The feed has been read to its end: hands on what stood behind its last record. */
must_use int mapper_finish(struct mapper *mapper, struct error *err);

/* The dialect in use; NULL before the root was seen. */
const char *mapper_dialect_name(const struct mapper *mapper);

/*
 * How many records so far: all, and those that were mapped. Category declarations are not counted, though the ordinals of
 * statements count them too.
 */
struct mapper_counts {
	uint64_t records;
	uint64_t mapped;
	uint64_t known;   /* of those mapped: left out because they are known */
	uint64_t unnamed; /* left out by a limit, with items nested in them whose ids are not known */
};
struct mapper_counts mapper_counts(const struct mapper *mapper);

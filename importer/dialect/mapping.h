/*
 * The mapper inside: what the files that turn a record into statements
 * share. One record at a time; texts live in the record or in record_arena
 * until the sink has taken the statements.
 *
 * Functions that return bool fail only without memory.
 */
#pragma once

#include "base/json.h"
#include "base/limits.h"
#include "dialect/evaluate.h"
#include "dialect/extra.h"
#include "dialect/quote.h"

/* A complaint of the current record, given out behind its statements. */
struct noted_complaint {
	enum complaint_code code;
	struct slice field;
	struct slice text;
};

/* A category that the record names by its path: each ancestor's id is the prefix that ends at its `end`. */
struct category_path {
	struct slice id;
	size_t ends[LIMIT_CATEGORY_DEPTH];
	size_t starts[LIMIT_CATEGORY_DEPTH]; /* of the names */
	size_t depth;
};

struct json_span {
	size_t offset;
	size_t size;
};

/*
 * A text out of the record, and where it stood. Filled in place, member by
 * member: copies of it would cost more than all the rest of a field.
 */
struct mapped_value {
	struct slice text;
	struct match origin;                 /* MATCH_NOTHING for constants, feed values and joins */
	const struct value_reading *reading; /* how it is written; NULL = as the job says */
	enum presence presence;
	bool is_last_piece; /* of its origin, where it was split */
	bool is_default;
	bool is_too_costly; /* a replacement reached its limits */
};

static inline void value_set_absent(struct mapped_value *value)
{
	value->text.data = NULL;
	value->text.size = 0;
	value->origin = MATCH_NOTHING;
	value->reading = NULL;
	value->presence = PRESENCE_ABSENT;
	value->is_last_piece = false;
	value->is_default = false;
	value->is_too_costly = false;
}

/* A value, or empty where the text is. */
static inline void value_set_text(struct mapped_value *value, struct slice text, struct match origin)
{
	value->text.data = text.data;
	value->text.size = text.size;
	value->origin = origin;
	value->reading = NULL;
	value->presence = text.size > 0 ? PRESENCE_VALUE : PRESENCE_EMPTY;
	value->is_last_piece = false;
	value->is_default = false;
	value->is_too_costly = false;
}

struct mapped_values {
	struct mapped_value *items; /* in the mapper's stack, until the next read_all */
	size_t count;
	enum presence presence; /* EMPTY where there were only blank ones */
};

/* Which elements a selector hands over, and what for. */
struct route {
	size_t record;        /* index of the record rule, or ROUTE_FEED */
	uint32_t *feed_paths; /* paths of feed values with these elements */
	size_t feed_path_count;
};

#define ROUTE_FEED SIZE_MAX

/* What tells one text of an item in another language from the next. */
struct text_key {
	enum field_id field;
	struct slice language;
};

struct feed_text {
	bool is_known;
	struct slice text;
};

struct mapper {
	const struct dialect_set *set;
	struct mapper_options options; /* with copies of all text */
	struct name_table *names;
	struct statement_sink sink;
	struct arena arena; /* for the whole reading */
	struct arena record_arena;
	/* since the root was seen */
	const struct dialect *dialect;
	struct evaluator evaluator;
	struct replacement_context *replacement_context;
	struct extra *extra;
	const struct product_rule **products; /* by record rule: the one that the options choose */
	struct route *routes;
	struct feed_selector *selectors;
	size_t route_count;
	struct feed_text *feed_texts; /* by path */
	bool is_feed_frozen;          /* a record was seen: feed values that come later are not used */
	/* the current record */
	const struct record *record;
	const struct record_rule *rule;
	struct statement statement;
	struct buffer json;
	struct json_span spans[FIELD_COUNT]; /* of JSON fields, until the buffer is complete */
	struct currency currency;
	struct noted_complaint *complaints;
	size_t complaint_count;
	size_t complaint_capacity;
	struct mapped_value *values;
	size_t value_capacity;
	struct slice category_ids[LIMIT_CATEGORIES_PER_ITEM]; /* that the item names so far */
	struct category_path *category_paths;                 /* LIMIT_CATEGORIES_PER_ITEM */
	size_t category_path_count;
	struct text_key text_keys[LIMIT_LIST_ITEMS]; /* of the texts that the item has so far */
	struct slice custom_names[LIMIT_LIST_ITEMS]; /* of its custom fields */
	/* counts */
	uint64_t ordinal;
	struct mapper_counts counts;
};

/* --- value.c --- */

/* The value of a rule at `context`, its default included. */
must_use bool value_read(struct mapper *mapper, const struct value_rule *rule, struct match context,
                         struct mapped_value *ret_value);

/* All values of a list rule at `context`, split where it says so; its default where there are none. */
must_use bool value_read_all(struct mapper *mapper, const struct value_rule *rule, struct match context,
                             struct mapped_values *ret_values);

/* The language of the item's own texts, as the job, else the dialect says; empty where neither does. */
struct slice mapper_language(struct mapper *mapper);

/* Is this, in any case, one of the rule's texts that do not count at the beginning of a category path? */
bool value_is_dropped(const struct value_rule *rule, struct slice segment);

/* --- value_type.c --- */

/* A value's text by what its rule, else the job says of how it is written. */
must_use enum number_outcome value_parse_number(const struct mapper *mapper, const struct mapped_value *value, int64_t *ret_micros);
must_use enum number_outcome value_parse_money(const struct mapper *mapper, const struct mapped_value *value,
                                               struct money *ret_money);
must_use bool value_parse_instant(const struct mapper *mapper, const struct mapped_value *value, int64_t *ret_ms);
must_use bool value_parse_interval(const struct mapper *mapper, const struct mapped_value *value, int64_t *ret_from_ms,
                                   int64_t *ret_to_ms);

/* A weight in grams; `unit` is read at the record and to be taken with the value. False without memory. */
must_use bool value_parse_weight(struct mapper *mapper, const struct mapped_value *value, struct mapped_value *ret_unit,
                                 enum number_outcome *ret_outcome, int64_t *ret_grams);

/* Does the rule say how the value's date is written? As RFC 3339 then, in the record's arena; the empty slice where it cannot be read. */
bool value_has_date(const struct mapped_value *value);
must_use bool value_format_date(struct mapper *mapper, const struct mapped_value *value, struct slice *ret_text);

/* --- mapper.c --- */

/* Note a complaint about `field`; `text` must live as long as the record. */
must_use bool mapper_complain(struct mapper *mapper, enum complaint_code code, const char *field, struct slice text);

/* Mark where the value stood as read. */
void mapper_take(struct mapper *mapper, const struct mapped_value *value);

/* --- map_field.c --- */

/* Read a single field's rule: absent where it has none, or (with a complaint) where it cannot be transformed. */
must_use bool field_read(struct mapper *mapper, enum target target, struct mapped_value *ret_value);

void field_set_text(struct mapper *mapper, enum field_id field, struct slice text);
void field_set_integer(struct mapper *mapper, enum field_id field, int64_t value);

/*
 * Judge a number that was read from `text`: notes what is wrong with it. True in
 * `ret_is_usable` where it stays, and in `ret_is_exact` where nothing of the text was lost.
 */
struct number_judgement {
	bool is_usable;
	bool is_exact;
};
must_use bool number_judge(struct mapper *mapper, enum number_outcome outcome, int64_t value, enum field_id limits,
                           const char *field, struct slice text, struct number_judgement *ret_judgement);

/* `prefix` and `text` as one id; too long ones are complained about and come out empty. */
must_use bool field_make_id(struct mapper *mapper, struct slice prefix, struct slice text, const char *field, struct slice *ret_id);

/* All single fields of the rule but ids and prices. */
must_use bool map_single_fields(struct mapper *mapper);

/* --- map_price.c --- */

/* price, old_price, currency, prices and the sale. */
must_use bool map_prices(struct mapper *mapper);

/* --- map_list.c --- */

/*
 * Builds the JSON array of a list field, item by item: each is one value written between item_begin and item_end. Of an object field it
 * builds the object, whose items are members.
 */
struct list_builder {
	struct mapper *mapper;
	enum field_id field;
	struct json_writer json; /* for items that are written with it; fresh for each */
	size_t size_before;      /* of the item that is being written */
	size_t start;
	size_t count;
	size_t count_max;
	bool is_full;
};

void list_begin(struct list_builder *list, struct mapper *mapper, enum field_id field, size_t count_max);

/* Is there room for one more? The first time there is not, a complaint is noted (false in `ret_fits`). */
must_use bool list_item_begin(struct list_builder *list, struct slice text, bool *ret_fits);

/* False in `ret_fits`: the item was too much and is taken back. */
must_use bool list_item_end(struct list_builder *list, struct slice text, bool *ret_fits);

/* Set the field; `presence` counts where the list has no items. False without memory. */
must_use bool list_end(struct list_builder *list, enum presence presence);

/* What one entry says at a match: those members that have a rule; the others are absent. */
must_use bool list_read_members(struct mapper *mapper, enum field_id field, const struct list_entry *entry, struct match match,
                                struct mapped_value members[MEMBER_COUNT]);

/* The text of the match itself, for a member that has no rule. */
must_use bool list_read_match(struct mapper *mapper, struct match match, struct mapped_value *ret_value);

/* Call `add` for each match of each entry, until the list is full. */
typedef bool list_adder(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match);
must_use bool list_add_entries(struct mapper *mapper, struct list_builder *list, list_adder *add);

/* images, tags, children, attributes, stocks, texts, custom fields. */
must_use bool map_lists(struct mapper *mapper);

/* --- map_text.c, map_custom.c --- */

/* One text in another language than the item's own; one custom field. */
list_adder map_add_text;
list_adder map_add_custom_field;

/* --- map_category.c --- */

must_use bool map_categories(struct mapper *mapper);

/* Statements for the paths that the record named: the leaf is stated, its ancestors are derived. */
must_use int map_emit_category_paths(struct mapper *mapper, struct error *err);

/* --- map_item.c --- */

/* Map the current record by the current rule and hand its statements and complaints on. */
must_use int map_record(struct mapper *mapper, const struct product_rule *product, struct error *err);

/* Hand on that the record was left out by a limit; its id is taken from what there is of it. */
must_use int map_oversize(struct mapper *mapper, const char *text, struct error *err);

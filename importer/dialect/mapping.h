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
	size_t item; /* of the record's items */
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

/* A category that an item names and states. */
struct category_entry {
	struct slice id;
	struct slice name;
	struct slice parent_id;
	struct slice url;
	int64_t position;
	bool has_position;
};

struct json_span {
	size_t offset;
	size_t size;
};

/* Why there is something, but no text of it: the presence is ABSENT then, and the text is what to complain with. */
enum value_fault {
	VALUE_SOUND,
	VALUE_TOO_COSTLY, /* a replacement reached its limits */
	VALUE_COMPOUND,   /* a JSON object, or an array of such: it has parts, but no text */
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
	enum value_fault fault;
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
	value->fault = VALUE_SOUND;
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
	value->fault = VALUE_SOUND;
}

struct mapped_values {
	struct mapped_value *items; /* in the mapper's stack, until the next read_all */
	size_t count;
	enum presence presence; /* EMPTY where there were only blank ones */
};

/* What the elements that a selector hands over are. */
struct route {
	size_t *rules; /* record rules, the first whose condition holds */
	size_t rule_count;
	bool is_counted;      /* some rule is more than a declaration */
	uint32_t *feed_paths; /* paths of feed values with these elements */
	size_t feed_path_count;
	uint32_t *resets; /* numbers of latest values that end where such an element begins */
	size_t reset_count;
	bool *in_scope; /* by number: which latest values count for its records */
};

/* A feed value that changes along the feed. */
struct latest_value {
	uint32_t path;
	size_t scope; /* of its steps: the value ends with the element that they name, the innermost that is around records too */
	struct buffer text; /* empty = none */
};

/* A record, or what is nested in it, and what came of it. */
struct mapped_item {
	const struct record_rule *rule;
	uint32_t node;
	size_t outer; /* the item around it, or ITEM_NONE */
	bool is_rejected;
	bool is_silent; /* nothing to state: a part without content, an unusable part or definition */
	struct statement statement;
	struct currency currency;                 /* what FIELD_CURRENCY points to in the end */
	struct json_span spans[FIELD_COUNT];      /* of JSON fields, until the buffer is complete */
	const struct field_statement *definition; /* RECORD_OF_FIELD */
};

#define ITEM_NONE SIZE_MAX

/* A fault that the reader told of before the record that it stands in. */
struct pending_fault {
	enum complaint_code code;
	uint64_t stream_offset;
	char text[COMPLAINT_TEXT_MAX];
	size_t text_size;
};

#define PENDING_FAULTS_MAX 256

/* What tells one text of an item in another language from the next. */
struct text_key {
	enum field_id field;
	struct slice language;
};

struct feed_text {
	bool is_known;
	struct slice text;
};

/* What is known of the value that is being read, while it is traced. */
struct tracing {
	const struct rule_place *place; /* of the list entry in hand */
	unsigned depth;                 /* of rules in rules */
	unsigned steps;
	uint32_t feed; /* MAPPER_STEP_FEED */
	bool has_raw;
	struct slice raw;
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
	size_t chosen[OPTION_VALUES_MAX]; /* the value of each option */
	struct route *routes;
	struct feed_selector *selectors;
	size_t route_count;
	struct feed_text *feed_texts; /* by path */
	bool is_feed_frozen;          /* a record was seen: feed values that come later are not used, but for latest ones */
	struct latest_value *latest;
	size_t latest_count;
	struct hash128 scope; /* where is_scope_computed: of the values above */
	bool is_scope_computed;
	uint32_t *group_columns; /* CSV: name ids */
	size_t group_column_count;
	uint32_t *json_columns;
	size_t json_column_count;
	struct pending_fault *faults; /* PENDING_FAULTS_MAX */
	size_t fault_count;
	/* the current record */
	const struct record *record;
	struct mapped_item *items; /* of the record, each behind the one around it */
	size_t item_count;
	size_t item_capacity;
	size_t total_bytes; /* of the items' texts */
	/* the current one of them */
	size_t item;
	const struct record_rule *rule;
	struct statement *statement; /* the item's */
	struct json_span *spans;     /* the item's */
	struct buffer json;
	struct currency currency;
	struct currency further_currency;      /* of further prices that name none: also where there is no price itself */
	struct slice places[LIMIT_LIST_ITEMS]; /* that the item's stocks name so far */
	size_t place_count;
	struct noted_complaint *complaints;
	size_t complaint_count;
	size_t complaint_capacity;
	struct mapped_value *values;
	size_t value_capacity;
	struct slice category_ids[LIMIT_CATEGORIES_PER_ITEM]; /* that the item names so far */
	struct category_path *category_paths;                 /* of all items */
	size_t category_path_count;
	size_t category_path_capacity;
	struct category_entry *category_entries; /* of all items */
	size_t category_entry_count;
	size_t category_entry_capacity;
	struct text_key text_keys[LIMIT_LIST_ITEMS]; /* of the texts that the item has so far */
	struct slice custom_names[LIMIT_LIST_ITEMS]; /* of its custom fields */
	struct tracing tracing;                      /* unused without options.trace */
	/* counts */
	uint64_t ordinal;
	struct mapper_counts counts;
};

/* --- value_match.c --- */

/*
 * The value of a match by a rule: of an object or array that is its JSON, where the rule says so, or a fault.
 * value_read_match() is the same for no rule.
 */
must_use bool value_of_match(struct mapper *mapper, const struct value_rule *rule, struct match match,
                             struct mapped_value *ret_value);
must_use bool value_read_match(struct mapper *mapper, struct match match, struct mapped_value *ret_value);

/* What a path meets, to be given back with evaluator_pop(): of an array its items, but itself where the rule wants its JSON. */
must_use bool value_match_path(struct mapper *mapper, const struct value_rule *rule, uint32_t path, struct match context,
                               size_t *ret_first, size_t *ret_count);

/* The one that the rule picks of what a path meets. */
must_use bool value_read_path(struct mapper *mapper, const struct value_rule *rule, uint32_t path, struct match context,
                              struct mapped_value *ret_value);

/* Note what is wrong with a value, if anything is. */
must_use bool value_complain(struct mapper *mapper, const struct mapped_value *value, const char *field);

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

/* The same without telling the trace of it. */
must_use bool value_read_rule(struct mapper *mapper, const struct value_rule *rule, struct match context,
                              struct mapped_value *ret_value);

/* --- trace.c --- */

static inline bool mapper_is_traced(const struct mapper *mapper)
{
	return mapper->options.trace != NULL;
}

/* value_read_rule() with its result told. False without memory, as all of these. */
must_use bool trace_read(struct mapper *mapper, const struct value_rule *rule, struct match context,
                         struct mapped_value *ret_value);

/* The text that transforms are about to change, and what they did. */
void trace_begin(struct mapper *mapper, struct slice raw);
void trace_step(struct mapper *mapper, enum mapper_step step, struct slice before, struct slice after);

/* Where a text comes from that is not the record's. */
void trace_source(struct mapper *mapper, const struct value_source *source);

/* One value of a list. */
must_use bool trace_value(struct mapper *mapper, const struct rule_place *place, const struct mapped_value *value);

/* Item number `item` is about to be stated. */
must_use bool trace_item(struct mapper *mapper, size_t item, const struct statement *statement);

/* --- value_type.c --- */

/* RECORD_NUMBER or RECORD_BOOL of JSON that nothing was done to, else RECORD_STRING. */
enum record_type value_literal_type(const struct mapper *mapper, const struct mapped_value *value);

/* As its rule, else the job says; '\0' = by the text. A number of JSON has a dot, whatever they say. */
number_decimal_sign value_decimal_sign(const struct mapper *mapper, const struct mapped_value *value);

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

/* Does the rule say how the value's date is written? As RFC 3339 then, in the record's arena; empty where it cannot be read. */
bool value_has_date(const struct mapped_value *value);
must_use bool value_format_date(struct mapper *mapper, const struct mapped_value *value, struct slice *ret_text);

/* --- condition.c --- */

/* Do all conditions hold at `context`? False without memory. */
must_use bool conditions_hold(struct mapper *mapper, const struct condition_list *list, struct match context, bool *ret_hold);

/* --- mapper.c --- */

/* Note a complaint about `field`; `text` must live as long as the record. */
must_use bool mapper_complain(struct mapper *mapper, enum complaint_code code, const char *field, struct slice text);

/* As realloc: room for one more in a growing array of `*capacity` items. False without memory. */
must_use bool mapper_reserve(void *items_address, size_t count, size_t *capacity, size_t item_size);

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
	bool has_empty;  /* an entry is there and says nothing: without any item the list is empty, not absent */
	bool has_unread; /* … unless another one says what cannot be read */
};

void list_begin(struct list_builder *list, struct mapper *mapper, enum field_id field, size_t count_max);

/* Is there room for one more? The first time there is not, a complaint is noted (false in `ret_fits`). */
must_use bool list_item_begin(struct list_builder *list, struct slice text, bool *ret_fits);

/* False in `ret_fits`: the item was too much and is taken back. */
must_use bool list_item_end(struct list_builder *list, struct slice text, bool *ret_fits);

/* Set the field; `presence` counts where the list has no items. False without memory. */
must_use bool list_end(struct list_builder *list, enum presence presence);

/* What one entry says at a match: those members that have a rule; the others are absent. Faults are complained about. */
must_use bool list_read_members(struct mapper *mapper, enum field_id field, const struct list_entry *entry, struct match match,
                                struct mapped_value members[MEMBER_COUNT]);

/* The text of the match itself, for a member that has no rule. */
must_use bool list_read_match(struct mapper *mapper, enum field_id field, struct match match, struct mapped_value *ret_value);

/* Call `add` for each match of each entry, until the list is full. */
typedef bool list_adder(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match);
must_use bool list_add_entry(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, list_adder *add);
must_use bool list_add_entries(struct mapper *mapper, struct list_builder *list, list_adder *add);

/* images, tags, children, attributes, stocks, texts, custom fields. */
must_use bool map_lists(struct mapper *mapper);

/* --- map_text.c, map_custom.c --- */

/* One text in another language than the item's own; one custom field. */
list_adder map_add_text;
list_adder map_add_custom_field;

/* --- map_category.c --- */

must_use bool map_categories(struct mapper *mapper);

/* Statements for the categories that the items named and stated; of a path the leaf is stated, its ancestors are derived. */
must_use int map_emit_categories(struct mapper *mapper, struct error *err);

/* --- map_item.c --- */

/* Map the current item's fields by its rule; what is wrong with it as a whole is in the item. */
must_use bool map_item(struct mapper *mapper);

/* The item's id, where it has a usable one; else a complaint. */
must_use bool map_id(struct mapper *mapper);

/* --- map_definition.c --- */

/* The definition of a custom field, for the current item. */
must_use bool map_definition(struct mapper *mapper);

/* --- map_extra.c --- */

/* What no field of the item took goes where the job wants it. -1 without memory, or where the job wants none to be left. */
must_use int map_extra(struct mapper *mapper, struct mapped_item *item, struct error *err);

/* --- map_record.c --- */

/* Map the current record by the rules of its route and hand its statements and complaints on. */
must_use int map_record(struct mapper *mapper, const struct route *route, struct error *err);

/* Hand on that the record was left out by a limit; its id is taken from what there is of it. */
must_use int map_oversize(struct mapper *mapper, const struct route *route, const char *text, struct error *err);

/* --- emit.c --- */

/* Hand the items' statements on, the record's complaints, and its end. */
must_use int emit_record(struct mapper *mapper, bool is_counted, struct error *err);

/* --- fault.c --- */

/* Keep a fault for the record that it stands in, which is told of later. */
must_use int fault_note(struct mapper *mapper, enum complaint_code code, uint64_t stream_offset, struct slice text,
                        struct error *err);

/* Hand on the faults so far; those inside the current record belong to its item. */
must_use int fault_emit(struct mapper *mapper, struct error *err);
/* … but for those at and behind `stream_offset`. */
must_use int fault_emit_before(struct mapper *mapper, uint64_t stream_offset, struct error *err);

/* --- feed_value.c --- */

/* Keep the values of the feed that stand in `record`. */
must_use int feed_value_keep(struct mapper *mapper, const struct route *route, const struct record *record, struct error *err);

/* Latest values that an element of this route ends. */
void feed_value_reset(struct mapper *mapper, const struct route *route);

/* Show the route's records the latest values that count for them. */
void feed_value_show(struct mapper *mapper, const struct route *route);

/* --- known.c --- */

/* Say of each selector whether its records may be known. */
void known_bind(struct mapper *mapper);

/* A record was left out because it is known: all goes on as if it had been read. */
must_use int known_take(struct mapper *mapper, struct hash128 fingerprint, uint64_t stream_offset, struct error *err);

/* Of the current record; NULL where it may not be known. */
const struct hash128 *known_fingerprint(const struct mapper *mapper);

/* --- bind.c --- */

/* Bind the dialect to the feed's names: paths, selectors, routes, columns. -1: ERROR_DIALECT, ERROR_CONFIG, ERROR_MEMORY. */
must_use int mapper_bind(struct mapper *mapper, const struct feed_root *root, struct error *err);

/* --- recognise.c --- */

/* The dialect that the job names or that recognises the feed. -1 with ERROR_DIALECT where there is none. */
must_use int mapper_choose_dialect(struct mapper *mapper, const struct feed_root *root, struct error *err);

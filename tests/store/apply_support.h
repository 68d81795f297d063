/* Feeds made by hand and by chance, and stores to apply them to. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "store/sqlite/sqlite_store.h"

/* A store in a folder of its own, removed with it. */
struct world {
	char folder[64];
	struct store *store;
};

void world_open(struct world *world);
void world_close(struct world *world);

/* SQL that a person or another program runs. */
void world_execute(struct world *world, const char *sql);

/* The rows of a query: columns parted by '|', rows by a line break, NULL is '-'. */
char *world_query(struct world *world, const char *sql); /* free() it */
void assert_query(struct world *world, const char *sql, const char *expected);

/* What a reader would have sent, in order. */
struct feed {
	struct arena text;
	struct batch_entry **entries;
	size_t count;
	size_t capacity;
	uint64_t record;
};

void feed_init(struct feed *feed);
void feed_release(struct feed *feed);

/* A statement of the record that is open, or of none; valid until the feed is released. */
struct statement *feed_statement(struct feed *feed, enum item_kind kind, enum statement_action action, const char *id);
void feed_complaint(struct feed *feed, enum complaint_code code, const char *id);
void feed_record_begin(struct feed *feed);
void feed_record_end(struct feed *feed, bool is_mapped);
/* Of the record that ended last: it may be known. */
void feed_set_fingerprint(struct feed *feed, uint64_t seed);

void statement_set(struct feed *feed, struct statement *statement, enum field_id field,
                   const char *text); /* NULL: absent, "": empty */
void statement_set_integer(struct statement *statement, enum field_id field, int64_t integer);

/* A whole record with one SKU of this product. Returns its statement, to which more may be added. */
struct statement *feed_sku(struct feed *feed, const char *id, const char *product_id, enum product_link link, const char *name);
/* A whole record with one product. */
struct statement *feed_product(struct feed *feed, const char *id, const char *name);
/* A category, outside of records. */
struct statement *feed_category(struct feed *feed, const char *id, const char *parent_id, const char *name);
/* A whole record with a part of an item: one list of it; a position of 0 is none. */
void feed_part(struct feed *feed, enum item_kind kind, const char *id, enum field_id field, const char *json, int64_t position);
/* The definition of a custom field, outside of records; valid until the feed is released. */
struct field_statement *feed_field(struct feed *feed, enum item_kind entity, const char *id, const char *value_type);
struct slice feed_text(struct feed *feed, const char *text);
/* A rejected record; `id` may be NULL. */
void feed_rejected(struct feed *feed, enum item_kind kind, const char *id);

struct run_options {
	const char *job;     /* NULL: 'acme' */
	const char *catalog; /* NULL: 'main' */
	enum apply_missing missing;
	struct apply_policy policy; /* but for `missing` */
	bool is_unproven;
	bool is_dry;
	char *plan; /* receives the plan where it is not NULL */
	size_t plan_size;
};

struct run_result {
	int64_t run_id;
	struct run_counts counts;
	char digest[33];
};

/* One run that must succeed. */
void feed_run(struct world *world, const struct feed *feed, const struct run_options *options, struct run_result *ret_result);

/* The ticket of a new run. */
struct run_ticket world_ticket(struct world *world, const char *job, const char *catalog);
void world_end_run(struct world *world, const struct run_ticket *ticket, const char *outcome);

/* The counts of a kind as words: 'stated 2 created 1 duplicate 1'; zeroes are left out, but 'nothing' where all are. */
void assert_counts(const struct run_result *result, enum item_kind kind, const char *expected);

/* As above: 'before 2 removed 1 after 1'. */
void assert_stock(const struct run_result *result, enum item_kind kind, const char *expected);

/* Complaints of a run by code: 'duplicate 1'. */
void assert_complaints(const struct run_result *result, const char *expected);

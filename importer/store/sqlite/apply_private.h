/*
 * One run's transaction, shared by the files of the applying half. Private
 * to importer/store/sqlite.
 *
 * The way of a run: entries are applied as they come, but for categories
 * (any order in the feed is right) and SKUs that may stand alone, which wait
 * in temporary tables. apply_finish finds the products of listed SKUs, treats
 * those that stand alone, then what is missing, then the parts of items and
 * the products that nobody states; into an empty catalogue, most of those are
 * made as soon as their SKUs have come (apply_ahead.h).
 */
#pragma once

#include "base/buffer.h"
#include "base/hash.h"
#include "catalog/batch.h"
#include "store/sqlite/apply_ahead.h"
#include "store/sqlite/apply_bulk.h"
#include "store/sqlite/apply_derivation.h"
#include "store/sqlite/apply_marks.h"
#include "store/sqlite/apply_row.h"
#include "store/sqlite/id_filter.h"
#include "store/sqlite/statements.h"

struct known_use;
struct learning;
struct category_entry;

enum apply_state { APPLY_OPEN, APPLY_FINISHED, APPLY_FAILED };

/* What the other statements of a record are worth, by what became of its SKU. */
enum apply_ride { RIDE_COUNTS, RIDE_DUPLICATE, RIDE_FOREIGN };

enum change_action { CHANGE_CREATED, CHANGE_UPDATED, CHANGE_RESTORED, CHANGE_REMOVED };

/* UPDATEs of just the columns that differ, kept by the set of columns. */
#define UPDATE_CACHE_SIZE 32

struct update_entry {
	enum item_kind kind;
	column_mask mask;
	bool adopts;
	sqlite3_stmt *statement;
};

/* What happened to products that nobody stated before the run; the rest of them is unchanged. */
struct derived_counts {
	int64_t before;  /* SELECTed */
	int64_t updated; /* … and still derived */
	int64_t stated;  /* now stated */
	int64_t removed;
};

/* The lists that a part may add to, by field. */
#define PART_LISTS_MAX 7

struct apply {
	struct store *store;
	struct run_ticket ticket;
	struct apply_policy policy;
	enum apply_state state;
	struct run_counts counts;
	struct hash128 digest;
	struct sql_set sql;
	struct update_entry updates[UPDATE_CACHE_SIZE];
	size_t updates_next; /* the entry to be given up next */

	bool catalog_has_skus;     /* at the start; without any, none has to be looked up */
	bool catalog_has_products; /* at the start */
	bool catalog_has_other_jobs;
	bool is_clean;           /* nobody changed the catalogue by hand since this job's last run */
	bool is_unproven;        /* nothing proves the feed whole */
	bool products_stated;    /* in this run */
	bool keeps_items;        /* temp.kept_item has rows */
	bool links_named;        /* a SKU of this run names a product that the feed should state */
	bool awaits_items;       /* the feed names items that are not known and were left out */
	bool owes_products;      /* products are other than their SKUs make them, now or since an earlier run */
	bool resets_high;        /* the highest stock of the last days is no measure any more */
	bool texts_freed;        /* values in other languages went: a job of scope texts may have them to give */
	int64_t given_up;        /* what was let go or taken from other jobs: they must look again */
	bool categories_changed; /* created, updated, restored or removed: paths are made anew */
	struct derived_counts derived;

	struct marks marks[ITEM_KIND_COUNT];
	struct bulk bulk;
	struct id_filter seen[ITEM_KIND_COUNT]; /* products and SKUs of this run, where the catalogue had none */
	struct hash_table categories;           /* by id: place in category_entries, plus one */
	struct hash_table category_numbers;     /* of links, by id: as many as apply_link.c keeps */
	struct hash_table held_alone;           /* SKUs that may stand alone, by id */
	struct hash_table merged_alone;         /* those that are products of others, by id: their place in the temporary table */
	int64_t held;                           /* SKUs that may stand alone */
	struct category_entry *category_entries;
	uint32_t category_count;
	uint32_t category_capacity;
	int64_t before_marked[ITEM_KIND_COUNT]; /* SKUs and stated products that this job had before the run and that it marked */
	int64_t applied_sku;                    /* the row of the SKU statement, where it was applied at once; else 0 */
	struct known_use *known;                /* NULL = nothing is known */
	struct learning *learning;              /* NULL = nothing is learned */

	int64_t *taken_jobs; /* keys of the jobs whose items become this one's */
	size_t taken_job_count;

	struct hash_table
		sku_records; /* policy duplicates but first: SKUs by id: the record (fail), or the last statement's number (last) */
	struct batch_encoder held_batch;
	uint64_t held_record; /* of the last statement held back */
	bool is_replaying;    /* the statements that were held back are applied now */
	uint32_t sku_number;  /* SKU statements so far */
	struct error refusal; /* why the run must fail at its end; ERROR_NONE = it need not */

	uint64_t ride_record; /* 0 = none */
	enum apply_ride ride;

	struct hash_table custom_fields; /* that items of this run have, by entity and id: the types of their values */
	bool fields_stated;              /* this run defines custom fields */
	bool children_touched;           /* temp.touched_child has rows */
	bool has_parts;                  /* this job has some, or states some */
	bool parts_wait;                 /* parts that the feed lacks stay until enough runs lack them */
	bool listed_wait;                /* SKUs that no statement is about have another product by now */

	struct buffer extended[PART_LISTS_MAX]; /* lists of an item with those of its parts */
	struct buffer touched_last;             /* the product touched last: most SKUs follow one of the same product */
	struct buffer derived_id;               /* the product that is derived */
	struct derivation derivation;
	struct ahead ahead;
	struct buffer before; /* JSON of a change */
	struct buffer after;
	struct buffer plain; /* what is hashed, and SQL that is made */
	struct buffer scratch;
	struct buffer grown; /* a list of categories that only grows */
};

struct item_place {
	uint64_t record;
	uint64_t stream_offset;
};

/* A prepared statement, reset; NULL with `err` set. */
must_use sqlite3_stmt *apply_sql(struct apply *apply, enum sql_id id, struct error *err);

/* Such a statement with the keys of catalogue and job as ?1 and ?2, as most take them. */
must_use sqlite3_stmt *apply_sql_scoped(struct apply *apply, enum sql_id id, struct error *err);

/* Run a statement without results, its parameters an integer each. */
must_use int apply_run_with_key(struct apply *apply, enum sql_id id, int64_t key, struct error *err);

/* The next keys of a listing by ascending key (?1 catalogue, ?2 job, ?3 the key before), so that rows may be changed between pieces. */
#define APPLY_KEYS_MAX 512

struct key_piece {
	int64_t keys[APPLY_KEYS_MAX];
	size_t count;
	int64_t last; /* INT64_MIN at first */
};
must_use int apply_keys_next(struct apply *apply, enum sql_id id, struct key_piece *piece, struct error *err);

/* apply.c */

/* apply_begin, for the run of a feed or for one that undoes another. */
must_use int apply_open(struct store *store, const struct run_ticket *ticket, const struct apply_policy *policy, bool is_undo,
                        struct apply **ret_apply, struct error *err);
/* Of the job's products, of which `present` are present: those that nobody states. */
must_use int apply_count_derived(struct apply *apply, int64_t present, int64_t *ret_derived, struct error *err);
/* Count what is present after the run, and check the sums. */
must_use int apply_check_counts(struct apply *apply, struct error *err);
/* The end of the transaction, committed (0) or failed (-1): roll it back then; free `apply`. Returns `result`. */
must_use int apply_close(struct apply *apply, int result);
must_use int apply_mark(struct apply *apply, enum item_kind kind, int64_t key, enum mark mark, struct error *err);

/* apply_bulk.c: new rows; their ids are none of the catalogue's, which is the caller's to know */
must_use int bulk_add_item(struct apply *apply, enum item_kind kind, struct slice id, const struct cell *cells, int64_t *ret_key,
                           struct error *err);
/* Of several links of a product to a category the first stays. */
must_use int bulk_add_link(struct apply *apply, int64_t product_key, int64_t category_number, int64_t position, struct error *err);
/* Write what waits. */
must_use int bulk_write(struct apply *apply, struct error *err);
/* Has what waits to be written before the statement is used? */
bool bulk_is_used(struct bulk *bulk, enum sql_id id);

/* apply_link.c: the categories that a product is in, a JSON list of ids; of several equal ids the first gives the position */
must_use int link_add_all(struct apply *apply, int64_t product_key, struct slice categories, struct error *err);

/* apply_change.c */
struct change {
	enum item_kind kind;
	enum change_action action;
	struct slice id;
	const struct cell *before; /* NULL: there was none */
	const struct cell *after;  /* NULL: it is gone */
	column_mask mask;          /* the columns to tell; 0 = all that are not NULL */
	int64_t suppressed;        /* of a row that goes */
	bool is_amendment;         /* goes with what is told already: into the digest only; apply->before and after have its JSON */
};

/* Into the plan's digest and, but for a created item, the table of changes. */
must_use int change_record(struct apply *apply, const struct change *change, struct error *err);

/* The creation never was: out of the digest. The row is as it was created. */
must_use int change_take_back(struct apply *apply, const struct change *change, struct error *err);

/* An update of which apply->before and apply->after hold the JSON already. */
must_use int change_record_json(struct apply *apply, enum item_kind kind, struct slice id, struct error *err);

/* The member's value as it goes into JSON. */
void change_append_cell(struct json_writer *json, const struct column *column, const struct cell *cell);

/* The row of that key and its id, which is the column behind the row's; the statement stays in use. No row is an error. */
must_use int row_get(struct apply *apply, enum sql_id sql, enum item_kind kind, int64_t key, struct stored_row *ret_row,
                     struct slice *ret_id, struct error *err);

struct row_update {
	enum item_kind kind;
	int64_t key;
	column_mask mask; /* which cells to write */
	const struct cell *cells;
	bool adopts; /* the row becomes this job's */
};
must_use int row_update(struct apply *apply, const struct row_update *update, struct error *err);
void row_updates_release(struct apply *apply);

/* Count an item that is there now and was not, or was missing. */
void count_created(struct apply *apply, enum item_kind kind);
void count_restored(struct apply *apply, enum item_kind kind);

/* Into the plan's digest alone. */
must_use int change_digest(struct apply *apply, struct slice text, struct error *err);

/* apply_amend.c: what the end of a run does to an item after its statement was applied */
struct amendment {
	enum item_kind kind;
	struct slice id;
	const struct stored_row *row;
	const struct cell *cells; /* all of them */
};

/* Write what differs and tell it with what this run did to the item before; counted once. */
must_use int item_amend(struct apply *apply, const struct amendment *amendment, struct error *err);

/* apply_text.c: rows of table `text` */
struct text_change {
	enum item_kind kind;
	struct slice id;
	const struct cell *before; /* NULL or a null cell: none */
	const struct cell *after;
};
must_use int text_rewrite(struct apply *apply, const struct text_change *change, struct error *err);
/* The item is deleted: with it go the values that other jobs gave it. */
must_use int text_forget_item(struct apply *apply, enum item_kind kind, struct slice id, struct error *err);

/* apply_field.c */
must_use int field_state(struct apply *apply, const struct field_statement *field, struct error *err);
/* A product or SKU that counts has these custom fields. */
must_use int field_note(struct apply *apply, const struct statement *statement, struct error *err);
must_use int field_finish(struct apply *apply, struct error *err);

/* apply_listed.c */
struct child_change {
	int64_t product_key;
	struct slice before; /* JSON lists */
	struct slice after;
};
must_use int listed_children_rewrite(struct apply *apply, const struct child_change *change, struct error *err);
/* What lists them, or whether they are listed, may have changed. */
must_use int listed_touch_children(struct apply *apply, struct slice children, struct error *err);
must_use int listed_touch_sku(struct apply *apply, struct slice id, const struct cell *cells, struct error *err);
/* The product that lists `child` by now, borrowed until the next call; `id` where none does. */
must_use int listed_find_product(struct apply *apply, struct slice child, struct slice id, struct slice *ret_product_id,
                                 struct error *err);
must_use int listed_finish(struct apply *apply, struct error *err);
/* Once all SKUs are as they stay. */
must_use int listed_complain(struct apply *apply, struct error *err);

/* apply_part.c */
must_use int part_state(struct apply *apply, const struct statement *statement, struct error *err);
/* `cells` are of the item's own record: its lists get what `stored` (its column `parts`) has. Borrowed until the next call. */
must_use int part_extend(struct apply *apply, enum item_kind kind, const struct cell *stored, struct cell *cells,
                         struct error *err);
/* Every item of the kind gets the parts that it has by now. */
must_use int part_finish(struct apply *apply, enum item_kind kind, struct error *err);

/* apply_complaint.c */
must_use int complaint_add(struct apply *apply, const struct complaint *complaint, struct error *err);

/* `owner_job_key` is whose item it is. */
must_use int complaint_add_foreign(struct apply *apply, enum item_kind kind, struct slice id, struct item_place place,
                                   int64_t owner_job_key, struct error *err);

/* apply_policy.c */
must_use int policy_begin(struct apply *apply, struct error *err);

/* Are items of that job this job's to write: its own, or one that it takes over from? */
bool policy_owns(const struct apply *apply, int64_t job_key);

/* The columns whose stored value stays where the statement says nothing of them, or that they are empty. */
column_mask policy_kept(const struct apply *apply, const struct statement *statement);

/* The columns that the statement says something of, be it that they are empty. */
column_mask policy_stated(const struct statement *statement);

/* Take the columns of `mask` from `from`. */
void policy_take_cells(enum item_kind kind, column_mask mask, const struct cell *from, struct cell *cells);

/* Is the scope about more of SKUs than their prices or their texts? */
bool policy_writes_skus(const struct apply *apply);

/* Why a statement is left alone by mode or scope; what is foreign has been left before. */
enum policy_verdict { POLICY_APPLY, POLICY_SKIP_MODE, POLICY_SKIP_SCOPE };
enum policy_verdict policy_judge_mode(const struct apply *apply, bool is_known);

struct policy_skip {
	enum item_kind kind;
	struct slice id;
	struct item_place place;
	bool is_known;
};
/* Count it; what is not known gets a complaint. */
must_use int policy_skip(struct apply *apply, enum policy_verdict verdict, const struct policy_skip *skip, struct error *err);

/* Is a product of that id present, whosever? 1, 0, -1. */
must_use int policy_product_known(struct apply *apply, struct slice product_id, struct error *err);

/* The categories of a product by the policy: `cell` has the feed's, `stored` is the row's, NULL for a new product. */
must_use int policy_categories(struct apply *apply, const struct cell *stored, struct cell *cell, struct error *err);

/* A present item of another job becomes ours. */
void policy_count_taken(struct apply *apply, enum item_kind kind);

/* apply_absent.c: policy missing with after */
/* The item is absent from this feed: does it stay until more runs lack it? 1, 0 = it is to be removed, -1. */
must_use int absent_waits(struct apply *apply, enum item_kind kind, int64_t key, struct error *err);
/* The same question without counting this run: 1, 0, -1. */
must_use int absent_would_wait(struct apply *apply, enum item_kind kind, int64_t key, struct error *err);
/* The item is deleted: jobs that had it before may have counted it, and another one may get its key. */
must_use int absent_forget_item(struct apply *apply, enum item_kind kind, int64_t key, struct error *err);
/* When all items have been looked at: forget those that are back. */
must_use int absent_finish(struct apply *apply, struct error *err);

/* apply_duplicate.c: policy duplicates */
/* Hold a statement back until all have been seen: only then is it known which one is the last. */
must_use int duplicate_hold(struct apply *apply, const struct statement *statement, struct error *err);
/* The ends of records and known ones likewise, so that all keeps its order. */
bool duplicate_holds(const struct apply *apply);
must_use int duplicate_hold_end(struct apply *apply, const struct batch_entry *end, struct error *err);
must_use int duplicate_hold_known(struct apply *apply, const struct batch_entry *known, struct error *err);
must_use int duplicate_replay(struct apply *apply, struct error *err);
/* Note a SKU's statement: 1 = another one takes its place, 0, -1. */
must_use int duplicate_note(struct apply *apply, const struct statement *statement, struct error *err);

/* apply.c: one statement, as the feed has it */
must_use int apply_statement(struct apply *apply, const struct statement *statement, struct error *err);

/* apply_sku.c */
enum sku_outcome { SKU_APPLIED, SKU_DUPLICATE, SKU_FOREIGN, SKU_SKIPPED };
must_use int sku_state(struct apply *apply, const struct statement *statement, enum sku_outcome *ret_outcome, struct error *err);
must_use int sku_reject(struct apply *apply, struct slice id, struct error *err);
/* After `row` was written as `cells`, which differ in `mask`: its prices, stocks, texts, and its products to be derived again. */
must_use int sku_follow(struct apply *apply, struct slice id, const struct stored_row *row, const struct cell *cells,
                        column_mask mask, struct error *err);
/* apply_alone.c: at the end, the SKU statements that waited for it */
must_use int alone_finish(struct apply *apply, struct error *err);

/* apply_offer.c: at the end, price and stock that this job has of others' SKUs and names no more go back */
must_use int offer_finish(struct apply *apply, struct error *err);

/* apply_missing.c */
must_use int missing_finish_skus(struct apply *apply, struct error *err);
must_use int missing_finish_categories(struct apply *apply, struct error *err);
must_use int missing_remove_product(struct apply *apply, struct slice id, const struct stored_row *row, struct error *err);
/* The row goes with all that hangs on it, and is told as removed; the stock is the caller's to count. */
must_use int missing_delete_row(struct apply *apply, enum item_kind kind, struct slice id, const struct stored_row *row,
                                struct error *err);
/* A row named by a rejected record: what it names stays too. */
must_use int missing_keep(struct apply *apply, enum item_kind kind, int64_t key, struct error *err);
/* The same of a row that no rejected statement is about: it is kept unless a statement of the feed is, and not counted. */
must_use int missing_note_kept(struct apply *apply, enum item_kind kind, int64_t key, struct error *err);
/* When all statements have been seen. */
must_use int missing_finish_kept(struct apply *apply, struct error *err);
/* Stated products of SKUs that are kept: they may have been stated by the same record, which is rejected now. */
must_use int missing_keep_products(struct apply *apply, struct error *err);

/* apply_product.c */
must_use int product_state(struct apply *apply, const struct statement *statement, struct error *err);
must_use int product_reject(struct apply *apply, struct slice id, struct error *err);
/* A rejected record may have stated the product of its SKU's id: that keeps its own words, but is no statement to be counted. */
/* A stated product of ours that no record of this feed has stated: 1, 0, -1. */
must_use int product_find_to_keep(struct apply *apply, struct slice id, struct stored_row *ret_row, struct error *err);
must_use int product_keep(struct apply *apply, struct slice id, struct error *err);

/* The row of that id, borrowed until the next find: 1, 0 = none, -1. */
must_use int product_find(struct apply *apply, struct slice id, struct stored_row *ret_row, struct error *err);

/* After `row` was written as `cells`, which differ in `mask`: its categories, children, texts. */
must_use int product_follow(struct apply *apply, struct slice id, const struct stored_row *row, const struct cell *cells,
                            column_mask mask, struct error *err);

/* No row has the id. */
must_use int product_create(struct apply *apply, struct slice id, const struct cell *cells, int64_t *ret_key, struct error *err);

/* A row that is there, ours or missing, gets `cells`; its parts are as they are until the end of the run. */
enum product_outcome { PRODUCT_UNCHANGED, PRODUCT_UPDATED, PRODUCT_RESTORED };
must_use int product_rewrite(struct apply *apply, struct slice id, const struct stored_row *row, const struct cell *cells,
                             enum product_outcome *ret_outcome, struct error *err);

/* SKUs of it changed that were there before: it is derived again at the end. Nothing to note where all products will be. */
must_use int product_touch(struct apply *apply, struct slice product_id, struct error *err);

/* As product_touch, whatever else is looked at. */
must_use int product_note(struct apply *apply, struct slice product_id, struct error *err);

/* apply_derive.c */
must_use int derive_finish(struct apply *apply, struct error *err);

/* apply_category.c: what this run has seen of an id, in apply->category_entries and in the temporary table */
enum category_state {
	CATEGORY_UNSEEN,
	CATEGORY_DERIVED, /* only the ancestor of a path so far */
	CATEGORY_STATED,
	CATEGORY_KEPT, /* named by a rejected record only */
};

struct category_entry {
	struct hash128 content; /* of the words that stand */
	uint32_t generation;    /* grows when others take their place */
	enum category_state state;
	int64_t key;        /* at the end of the run: its row, where that is ours; else 0 */
	bool is_plain;      /* … and the words are just those of the row */
	bool is_complained; /* … and something complains of them */
};

/* The place of the category's entry, made where there is none. */
must_use int category_entry_put(struct apply *apply, struct slice id, uint32_t *ret_place, struct error *err);

struct category_words {
	struct slice id;
	enum category_state state;
	const struct cell *cells;
	int64_t record;
	int64_t stream_offset;
	column_mask kept;
};

#define CATEGORY_RECORD_KNOWN (-1) /* as record: that of a known record, of which no place is known */

/* These words are what the feed says of the category. */
must_use int category_words_stand(struct apply *apply, uint32_t place, const struct category_words *words, struct error *err);

must_use int category_state(struct apply *apply, const struct statement *statement, struct error *err);
must_use int category_finish(struct apply *apply, struct error *err);
/* Keep the row as it was, for its change row; `ret_is_new`: it was not kept before. */
must_use int category_keep_before(struct apply *apply, int64_t key, enum change_action action, bool *ret_is_new, struct error *err);

/* apply_language.c: scope texts, as text_state_sku */
must_use int text_state_product(struct apply *apply, const struct statement *statement, struct error *err);
must_use int text_state_category(struct apply *apply, const struct statement *statement, struct error *err);
/* A job that is of another scope now takes its values back. */
must_use int text_finish(struct apply *apply, struct error *err);

/* apply_path.c */
must_use int path_finish(struct apply *apply, struct error *err);
must_use int path_complain(struct apply *apply, struct error *err);

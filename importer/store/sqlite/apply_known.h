/*
 * Known records in a run: those that the reader left out, and those that this
 * run learns. Private to importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/apply_private.h"
#include "store/sqlite/known_set.h"

/* ---- Used: apply_known.c ---- */

struct known_use {
	const struct known_records *records;
	unsigned char *seen;    /* a bit for each record */
	uint32_t *uses;         /* of each profile */
	uint32_t *refs;         /* of each item, once it is needed: the place of its category or currency */
	struct hash_table keys; /* places of categories by their key, plus one */
	struct known_cursor cursor;
	struct marks skus;                     /* rows that known records are about */
	struct marks changed[ITEM_KIND_COUNT]; /* rows that this run wrote to */
	bool has_changes;
	bool has_written[ITEM_KIND_COUNT]; /* the database says so: rows of products and SKUs, whosever */
	sqlite3 *database;
};

/* Takes the set into use. ERROR_KNOWN where it is not the one that the job remembers any more. */
must_use int known_use_begin(struct apply *apply, const struct known_records *records, struct error *err);
void known_use_free(struct known_use *use); /* NULL is a no-op */

/* Records that were not read: does what reading them would have done. */
must_use int known_use_records(struct apply *apply, struct batch_known known, struct error *err);

/* When all have been seen: what they are counted for. */
void known_use_count(struct apply *apply);

/* Were rows of the kind written since apply_begin? True where that is not watched. */
bool known_use_wrote(const struct apply *apply, enum item_kind kind);

/* The run writes to the row. */
must_use int known_use_note_change(struct apply *apply, enum item_kind kind, int64_t key, struct error *err);

/* ERROR_KNOWN where a known record is about the SKU, of which there is a further statement. */
must_use int known_use_check_sku(struct apply *apply, int64_t key, struct error *err);

/* ---- Learned: apply_learn.c ---- */

/*
 * The record that is being applied, and those that may be remembered. A record
 * is one if each of its statements was noted, and nothing complains of it.
 */
struct learning {
	uint64_t record; /* the one that is open */
	uint32_t statements;
	uint32_t noted;
	struct known_item *items;
	uint32_t item_count;
	uint32_t item_capacity;
	uint32_t *row_keys;
	uint32_t row_key_count;
	uint32_t row_key_capacity;

	uint64_t last_end;
	uint64_t complained_record; /* the last that something complains of */
	uint64_t late_record;       /* … though it had ended; 0 = none */
	bool is_void;               /* this was so of several: none is remembered */
	bool is_closed;             /* all records have been seen */

	uint64_t last_record; /* of those below */
	struct known_profiles table;
	struct hash128 *fingerprints;
	uint32_t fingerprint_capacity;
	uint32_t *profiles;
	uint32_t profile_capacity;
	uint32_t count;
	uint32_t *keys;
	uint32_t key_count;
	uint32_t key_capacity;
	struct marks spoiled; /* SKUs that are stated more than once */
};

/* Nothing is learned where a record may not be remembered at all: then apply->learning stays NULL. */
must_use int learn_begin(struct apply *apply, struct error *err);
void learning_free(struct learning *learning); /* NULL is a no-op */

/* Before the statement is applied. */
void learn_statement(struct apply *apply, const struct statement *statement);

/* What became of it, if it was what a known record may do. */
must_use int learn_sku(struct apply *apply, const struct statement *statement, uint64_t fields, struct error *err);
must_use int learn_product(struct apply *apply, const struct statement *statement, int64_t key, struct error *err);
must_use int learn_category(struct apply *apply, const struct statement *statement, uint32_t place, struct error *err);
must_use int learn_ignored_category(struct apply *apply, const struct statement *statement, struct error *err);

must_use int learn_duplicate(struct apply *apply, int64_t key, struct error *err);
void learn_complaint(struct apply *apply, uint64_t record);
/* All records have been seen: what is complained of from now on, is told by what the record was about. */
void learn_close(struct apply *apply);
must_use int learn_record_end(struct apply *apply, const struct batch_entry *end, struct error *err);

/* With the transaction's last words: what the job knows from now on. */
must_use int learn_write(struct apply *apply, struct known_stored *ret_stored, struct error *err);

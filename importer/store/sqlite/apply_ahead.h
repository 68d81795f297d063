/*
 * Products that are derived while the feed is still read. Into a catalogue
 * without SKUs and products a product's SKUs mostly come one behind the other:
 * when the next product's begin, it is made of what was in hand when they were
 * written, and they need not be read back at the end. Whatever comes later for
 * such a product leads to its being looked at again at the end, and made anew
 * where it is another by then: the run creates it once. Private to
 * importer/store/sqlite.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "store/sqlite/apply_row.h"

struct apply;
struct derivation_sku;
struct error;

#define AHEAD_SKUS_MAX 256                       /* a product with more waits for the end */
#define AHEAD_TEXT_MAX ((size_t)4 * 1024 * 1024) /* of those, likewise */

enum ahead_state {
	AHEAD_OFF,
	AHEAD_ON,
	AHEAD_GIVEN_UP, /* the feed is in another order: all products are looked at in the end */
};

/* The product whose SKUs are coming. */
enum ahead_group {
	AHEAD_GROUP_NONE,
	AHEAD_GROUP_OPEN, /* there is no row of it, and its SKUs are in hand */
	AHEAD_GROUP_LEFT, /* it is stated, or noted to be looked at in the end */
};

struct ahead {
	enum ahead_state state;
	enum ahead_group group;
	struct buffer product_id;    /* of the group */
	struct derivation_sku *skus; /* room for AHEAD_SKUS_MAX, made when first needed */
	size_t sku_count;
	struct arena text; /* of those */
	int64_t groups;    /* so far */
	int64_t scattered; /* … of products that had one before */
};

void ahead_init(struct ahead *ahead);
void ahead_release(struct ahead *ahead);

/* Before the first statement. Does nothing where products are not derived, or where some row may be there already. */
void ahead_begin(struct apply *apply);

/* A SKU was created. */
must_use int ahead_add_sku(struct apply *apply, struct slice id, const struct cell *cells, struct error *err);

/* Something else happened to SKUs of a product. */
must_use int ahead_touch(struct apply *apply, struct slice product_id, struct error *err);

/* Is there certainly no row of that product, though its id was seen? */
bool ahead_is_without_row(const struct apply *apply, struct slice product_id);

/* The product was stated just now. */
void ahead_note_stated(struct apply *apply, struct slice product_id);

/* Was the row, which is in the catalogue, made ahead? */
bool ahead_has_made(const struct apply *apply, const struct stored_row *row);

/* Undo that: row, links, count and digest are as before. `row` stays readable until its statement is used. */
must_use int ahead_take_back(struct apply *apply, struct slice product_id, const struct stored_row *row, struct error *err);

/* No more SKUs will be created. The last group is done; is there nothing to look at but what was noted? Returns 1, 0 or -1. */
must_use int ahead_finish(struct apply *apply, struct error *err);

/*
 * A statement: what one record says about one category, product or SKU. A
 * pure function of the record's bytes, its context and the dialect.
 *
 * Text is borrowed; whoever hands a statement on says how long it lives.
 */
#pragma once

#include "base/error.h"
#include "base/hash.h"
#include "catalog/complaint.h"
#include "catalog/field.h"

enum presence {
	PRESENCE_ABSENT, /* the record does not have the field */
	PRESENCE_EMPTY,  /* it has it, without a value */
	PRESENCE_VALUE,
};

struct field_value {
	enum presence presence;
	int64_t integer;   /* FIELD_TYPE_INTEGER */
	struct slice text; /* the other types */
};

enum statement_action {
	STATEMENT_STATED,   /* the record says so */
	STATEMENT_DERIVED,  /* follows from a stated one: an ancestor of a category path */
	STATEMENT_REJECTED, /* the record names this id and could not be used; only FIELD_ID, which may be absent */
	/*
	 * More about an item that other records state: items for its lists (categories, images, attributes, tags, prices,
	 * stocks, texts), FIELD_POSITION for their order. Products and SKUs only; without a stated item it waits.
	 */
	STATEMENT_PART,
};

/* How a SKU names its product; SKUs only. */
enum product_link {
	PRODUCT_LINK_SELF,   /* no product named: product and SKU share the id */
	PRODUCT_LINK_GROUP,  /* a shared group value: the product is made from its SKUs */
	PRODUCT_LINK_NAMED,  /* a product that the feed states; without one it is made, with a complaint */
	PRODUCT_LINK_ALONE,  /* a SKU of its own only if no other SKU names this product (Altcraft's YML) */
	PRODUCT_LINK_LISTED, /* the product that lists it among its FIELD_CHILDREN; none: as SELF, and its product id is its own */
};

struct statement {
	enum item_kind kind;
	enum statement_action action;
	enum product_link product_link;
	uint64_t record;        /* ordinal of the record, from 1 */
	uint64_t stream_offset; /* where the record begins in the decoded stream */
	struct field_value fields[FIELD_COUNT];
};

/* The value's text, or the empty slice where it is not a present text. */
static inline struct slice statement_text(const struct statement *statement, enum field_id field)
{
	return statement->fields[field].presence == PRESENCE_VALUE ? statement->fields[field].text : (struct slice){NULL, 0};
}

/* Bit 1 << field_id: the lists that a part may have. */
uint64_t statement_part_fields(void);

/* The definition of a custom field; texts are borrowed. */
struct field_statement {
	enum item_kind entity; /* product or SKU */
	struct slice field_id;
	struct slice name;       /* may be empty */
	struct slice value_type; /* unicode, int, float, bool, enum, date */
	bool is_required;
	struct slice default_value; /* JSON; empty = none */
	struct slice enum_values;   /* JSON object; empty = none */
	uint64_t record;
	uint64_t stream_offset;
};

/* Everything absent, kind and action as given. */
void statement_init(struct statement *statement, enum item_kind kind, enum statement_action action);

/*
 * Where statements and complaints go. Within a record: begin, then its SKU
 * statement (if any) before its other statements and complaints, then end.
 * A callback returns 0, or -1 with `err` set, which ends the reading.
 */
struct statement_sink {
	void *context;
	int (*statement)(void *context, const struct statement *statement, struct error *err);
	int (*field)(void *context, const struct field_statement *field, struct error *err);
	int (*complaint)(void *context, const struct complaint *complaint, struct error *err);
	/* A record of the feed is done; `is_mapped` is false for a rejected one. Not called for category declarations and feed values. */
	/* … With the `fingerprint` of its bytes, by which it may be known the next time; NULL = it has to be read again. */
	int (*record_end)(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err);
	/* A whole record was not read, because it is known; it counts as mapped. NULL = every record is read. */
	int (*known)(void *context, uint64_t record, uint64_t stream_offset, struct hash128 fingerprint, struct error *err);
};

/*
 * The numbers of a run, and the sums that must hold before it may commit.
 *
 * Per kind:  stated + derived = created + updated + restored + unchanged
 *                               + skipped + merged + duplicate + rejected
 * Records:   read = known + parsed, parsed = mapped + rejected
 * Stock, per kind and job, present = active + hidden:
 *            before + created + restored + adopted - removed - released = after
 *            where before and after are SELECTed inside the transaction.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "catalog/complaint.h"

struct record_counts {
	int64_t read;
	int64_t known;
	int64_t parsed;
	int64_t mapped;
	int64_t rejected;
};

struct kind_counts {
	int64_t stated;  /* statements by records */
	int64_t derived; /* keys nobody states: a product made from its SKUs, an ancestor of a category path */
	int64_t created;
	int64_t updated;
	int64_t restored; /* was missing; wins over updated */
	int64_t unchanged;
	int64_t skipped_mode;
	int64_t skipped_scope;
	int64_t skipped_foreign;
	int64_t merged;    /* a further statement of a shared kind, or one that rode along with a statement that did not count */
	int64_t duplicate; /* a further statement of a SKU */
	int64_t rejected;
	int64_t conflicting; /* part of duplicate: with other content */
	int64_t moved;       /* part of updated: category with another parent, SKU with another product */
	int64_t kept;        /* part of rejected: named by a rejected record, keeps its last good values */
};

struct stock_counts {
	int64_t before;
	int64_t created;
	int64_t restored;
	int64_t adopted;
	int64_t removed;
	int64_t released;
	int64_t after;
	/* Part of after: absent from this feed, but not yet from so many in a row that it is removed; 0 in a run that removes nothing. */
	int64_t waiting;
};

#define COUNTS_CURRENCIES_MAX 32

struct currency_count {
	char code[4];
	int64_t records;
};

struct run_counts {
	struct record_counts records;
	struct kind_counts kinds[ITEM_KIND_COUNT];
	struct stock_counts stock[ITEM_KIND_COUNT];
	int64_t complaints_new[COMPLAINT_CODE_COUNT];
	int64_t complaints_standing[COMPLAINT_CODE_COUNT];
	int64_t fields[FIELD_COUNT];                             /* SKU statements with a value of the field, duplicates included */
	struct currency_count currencies[COUNTS_CURRENCIES_MAX]; /* SKU statements by currency; further ones under 'XXX' */
	size_t currency_count;
};

/* 0 if every sum holds, else -1 with ERROR_COUNTS naming the first that does not, with its figures. */
must_use int counts_check(const struct run_counts *counts, struct error *err);

/* The place of a currency among those counted, made where there is room; XXX for what has none. */
size_t counts_currency_place(struct run_counts *counts, struct slice code);

/* The members 'records', 'categories', 'products', 'skus' (each with its 'stock'), 'complaints' {total, new, standing, codes}, 'fields', 'currencies' into an open object. */
void counts_append_json(const struct run_counts *counts, struct json_writer *json);

int64_t counts_complaints_total(const struct run_counts *counts);

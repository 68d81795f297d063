/*
 * What a probe's figures may mean: which part of the record is a SKU, and
 * which field is which. Pure; each guess says how sure it is.
 */
#pragma once

#include "probe/field_names.h"
#include "probe/report.h"

#define GUESS_NONE UINT32_MAX
#define GUESS_SURE 70     /* per cent; below it a guess wants a look */
#define GUESS_DOUBTFUL 30 /* below it nothing is guessed */
#define GUESS_MAPPINGS_MAX 100
#define GUESS_PAIRS_MAX 16

struct guess_mapping {
	enum probe_target target;
	uint32_t field;
	int confidence;       /* per cent */
	uint32_t alternative; /* another field that may be meant, or GUESS_NONE */
};

/* A list of names with their values: attributes. */
struct guess_pairs {
	uint32_t list;
	uint32_t name_field;
	uint32_t value_field;
};

/* A list of objects that are the categories of the item. */
struct guess_categories {
	uint32_t list;
	uint32_t id_field;
	uint32_t name_field;
};

/* The record, or the list in it whose entries are its SKUs. */
struct guess_item {
	uint32_t list;
	size_t mapping_count;
	struct guess_mapping mappings[GUESS_MAPPINGS_MAX]; /* in the order of enum probe_target */
	size_t pairs_count;
	struct guess_pairs pairs[GUESS_PAIRS_MAX];
	bool has_categories;
	struct guess_categories categories;
};

struct guess {
	struct guess_item record;
	bool has_skus; /* the record is a product, and a list in it its SKUs */
	struct guess_item sku;
};

/* The report must have records. */
void guess_make(const struct probe_report *report, struct guess *ret_guess);

/* The mapping of a single target, or NULL. */
const struct guess_mapping *guess_find(const struct guess_item *item, enum probe_target target);

/* The guess for a field, of the record or of a SKU; NULL where there is none. */
const struct guess_mapping *guess_of_field(const struct guess *guess, uint32_t field);

/* Per cent of `part` in `of`: 0 and 100 only where it is none and all. */
int guess_percent(uint64_t part, uint64_t of);

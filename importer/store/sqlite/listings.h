/* The listings of store_select as data: what they select, and which filters they know. Private to importer/store/sqlite. */
#pragma once

#include "store/store.h"

enum listing_filter {
	LISTING_CATALOG,
	LISTING_JOB,
	LISTING_ID,
	LISTING_STATUS,
	LISTING_PRODUCT,
	LISTING_CATEGORY,
	LISTING_CODE,
	LISTING_RUN,
	LISTING_FILTER_COUNT
};

#define LISTING_COLUMNS_MAX 40

struct listing_column {
	const char *name;
	enum store_value_type type;
};

struct listing {
	const char *select; /* the columns in order, up to and with FROM and JOIN */
	const char *order;
	bool needs_run; /* :run is part of `select` */
	struct listing_column columns[LISTING_COLUMNS_MAX];
	const char *conditions[LISTING_FILTER_COUNT]; /* NULL = the listing has no such filter */
};

/* The parameter that a filter's condition names, ':catalog'. */
const char *listing_parameter(enum listing_filter filter);

/* The listing for `selection`: one item asked for by its id, or one run by its number, is told in full. */
const struct listing *listing_find(const struct store_selection *selection);

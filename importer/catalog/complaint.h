/*
 * Faults in the content of a feed: data, not errors. One table, grouped by
 * weight; a complaint never stops a run by itself.
 */
#pragma once

#include "catalog/field.h"

enum complaint_severity {
	SEVERITY_NOTE,    /* read, but worth knowing */
	SEVERITY_WARNING, /* a value was left out or changed */
	SEVERITY_ERROR,   /* a record or item was left out */
};

enum complaint_code {
	/* a record or item is left out */
	COMPLAINT_ID_MISSING,
	COMPLAINT_ID_TOO_LONG,
	COMPLAINT_REQUIRED_MISSING,      /* a field that the dialect marks as required */
	COMPLAINT_RECORD_LIMIT,          /* too large, too deep, too many parts */
	COMPLAINT_DUPLICATE,             /* id seen before in this feed with the same content */
	COMPLAINT_DUPLICATE_CONFLICTING, /* … with other content */
	COMPLAINT_FOREIGN,               /* the item belongs to another job */
	/* a value is left out or changed */
	COMPLAINT_NUMBER_INVALID,
	COMPLAINT_NUMBER_TOO_LARGE,
	COMPLAINT_NUMBER_ROUNDED,
	COMPLAINT_NUMBER_NEGATIVE,
	COMPLAINT_CURRENCY_UNKNOWN,
	COMPLAINT_WORD_UNKNOWN, /* not in the word map: availability, condition */
	COMPLAINT_BOOL_INVALID,
	COMPLAINT_DATE_INVALID,
	COMPLAINT_URL_INVALID, /* not absolute http(s); kept as it is */
	COMPLAINT_TEXT_TOO_LONG,
	COMPLAINT_LIST_TOO_LONG,
	COMPLAINT_OLD_PRICE_NOT_GREATER,
	COMPLAINT_CATEGORY_PARENT_MISSING,
	COMPLAINT_CATEGORY_LOOP,
	COMPLAINT_CATEGORY_UNDECLARED, /* an item names a category that no statement declares */
	COMPLAINT_PRODUCT_NOT_STATED,  /* a SKU names a product that the feed should state and does not */
	COMPLAINT_BYTE_UNDEFINED,      /* a byte without meaning in the encoding, read as U+FFFD */
	COMPLAINT_MARKUP_MENDED,       /* lenient: a stray '&', a control character, what stood before the prolog */
	COMPLAINT_KEY_REPEATED,        /* a key twice in one JSON object: the last one counts */
	COMPLAINT_ROW_LENGTH,          /* a row with fewer or more cells than the header */
	COMPLAINT_CELL_INVALID,        /* a cell that should hold JSON and does not, a stray quote */
	COMPLAINT_ITEM_NOT_STATED,     /* a part of an item (its category, its image) that no record states */
	COMPLAINT_CHILD_NOT_STATED,    /* a product lists a SKU that no record states */
	COMPLAINT_FIELD_UNKNOWN,       /* a custom field that is not defined */
	COMPLAINT_FIELD_MISSING,       /* an item without a custom field that its definition requires */
	COMPLAINT_FIELD_VALUE_UNKNOWN, /* a custom field with none of the values that its definition lists */
	COMPLAINT_VALUE_COMPOUND,      /* an object or list of JSON where a text is mapped */
	/* worth knowing */
	COMPLAINT_NUMBER_AMBIGUOUS,
	COMPLAINT_PRICE_ZERO,
	COMPLAINT_CURRENCY_MISSING,
	COMPLAINT_GTIN_INVALID,
	COMPLAINT_RECORD_UNUSED, /* no rule of the dialect takes the record */
	COMPLAINT_NEW_SKIPPED,   /* mode update, or scope: the item is not known */
	COMPLAINT_CODE_COUNT
};

struct complaint_definition {
	const char *name; /* stable, in reports: 'number_invalid' */
	enum complaint_severity severity;
	const char *advice; /* what to do, one sentence */
};

const struct complaint_definition *complaint_definition(enum complaint_code code);
const char *complaint_severity_name(enum complaint_severity severity);

/* The code called `name`, or COMPLAINT_CODE_COUNT. */
enum complaint_code complaint_find(struct slice name);

struct complaint {
	enum complaint_code code;
	enum item_kind kind;
	struct slice item_id;   /* may be empty; a batch drops one of more than LIMIT_ID_BYTES, which names no item */
	struct slice field;     /* a field or a path of the dialect, cut to COMPLAINT_FIELD_MAX bytes; may be empty */
	struct slice text;      /* the offending value, cut to COMPLAINT_TEXT_MAX bytes; untrusted */
	uint64_t record;        /* ordinal of the record, from 1 */
	uint64_t stream_offset; /* where the record begins in the decoded (UTF-8) stream; see feed/position.h */
};

#define COMPLAINT_TEXT_MAX 200
#define COMPLAINT_FIELD_MAX 200

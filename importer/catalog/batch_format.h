/*
 * How a batch lies in memory. Everything is 8-aligned and without gaps:
 *
 *   head
 *   entry*:  entry head
 *            field_count field heads, in rising order of field
 *            integer_count 64-bit integers, in the order of the heads that have one
 *            text_size bytes: the texts behind one another, in the order of the heads
 *            zeroes up to the next multiple of eight
 *
 * Only present fields are there. What a type of entry does not use is zero.
 * Without fields, but with two integers: a record end that has a fingerprint
 * (low and high half), and known records (index and count).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define BATCH_MAGIC UINT32_C(0x54424D46) /* 'FMBT' on a little-endian machine */
#define BATCH_VERSION UINT32_C(2)
#define BATCH_ALIGNMENT 8u

struct batch_head {
	uint32_t magic;
	uint32_t version;
	uint64_t size; /* of the whole batch */
	uint32_t entries;
	uint32_t zero;
};

struct batch_entry_head {
	uint32_t size;        /* of the whole entry */
	uint8_t type;         /* enum batch_entry_type */
	uint8_t kind;         /* statement, complaint and field: enum item_kind */
	uint8_t detail;       /* statement: its action; complaint: its code; record end: is_mapped; field: is_required */
	uint8_t product_link; /* SKU statement */
	uint64_t record;
	uint64_t stream_offset; /* statement, complaint, field and known records */
	uint16_t field_count;
	uint16_t integer_count;
	uint32_t text_size;
};

/* Of a statement, or one of the texts of a complaint or field. */
struct batch_field_head {
	uint8_t field;    /* enum field_id; of a complaint or field: the number of the text */
	uint8_t presence; /* EMPTY or VALUE; of a complaint or field: VALUE */
	uint16_t zero;
	uint32_t text_size;
};

#define BATCH_PAIR 2u /* integers of a fingerprint, and of known records */

enum batch_complaint_text { BATCH_COMPLAINT_ITEM_ID, BATCH_COMPLAINT_FIELD, BATCH_COMPLAINT_TEXT, BATCH_COMPLAINT_TEXT_COUNT };

enum batch_field_text {
	BATCH_FIELD_TEXT_ID,
	BATCH_FIELD_TEXT_NAME,
	BATCH_FIELD_TEXT_VALUE_TYPE,
	BATCH_FIELD_TEXT_DEFAULT_VALUE,
	BATCH_FIELD_TEXT_ENUM_VALUES,
	BATCH_FIELD_TEXT_COUNT
};

_Static_assert(sizeof(struct batch_head) == 24, "a head without gaps");
_Static_assert(sizeof(struct batch_entry_head) == 32, "an entry head without gaps");
_Static_assert(sizeof(struct batch_field_head) == 8, "a field head without gaps");

/* Bytes of an entry; the sum of what its head can say does not overflow. */
static inline size_t batch_entry_size(size_t field_count, size_t integer_count, size_t text_size)
{
	const size_t size = sizeof(struct batch_entry_head) + field_count * sizeof(struct batch_field_head) +
	                    integer_count * sizeof(int64_t) + text_size;

	return (size + BATCH_ALIGNMENT - 1) / BATCH_ALIGNMENT * BATCH_ALIGNMENT;
}

/* Batches written byte for byte, whether the encoder would or not. */
#pragma once

#include "base/buffer.h"
#include "catalog/batch.h"

#define RAW_FIELDS_MAX 6

/* A field as the wire has it; presence 0 ends the list. */
struct raw_field {
	unsigned field;
	unsigned presence;
	struct slice text;
	bool has_integer;
	int64_t integer;
	uint16_t zero;
};

/* An entry whose sizes agree with its content, whatever that is. */
struct raw_entry {
	unsigned type;
	unsigned kind;
	unsigned detail;
	unsigned link;
	uint64_t record;
	uint64_t stream_offset;
	struct raw_field fields[RAW_FIELDS_MAX];
};

#define VALUE(id, literal)                                                        \
	{                                                                         \
		.field = (id), .presence = PRESENCE_VALUE, .text = SLICE(literal) \
	}
#define NUMBER(id, number)                                                                          \
	{                                                                                           \
		.field = (id), .presence = PRESENCE_VALUE, .has_integer = true, .integer = (number) \
	}
#define EMPTY(id)                                         \
	{                                                 \
		.field = (id), .presence = PRESENCE_EMPTY \
	}
#define ID VALUE(FIELD_ID, "7")
#define PRODUCT_ID VALUE(FIELD_PRODUCT_ID, "7")

/* Behind what is in `bytes`. */
void raw_append(struct buffer *bytes, const struct raw_entry *entry);

/* A batch of these entries instead of what is in `bytes`; its own sizes and counts are right. */
void raw_batch(struct buffer *bytes, const struct raw_entry *entries, size_t count);

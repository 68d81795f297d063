/* Entries and batches as they lie on the wire. */
#include "raw_batch.h"

#include "catalog/batch_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void raw_append(struct buffer *bytes, const struct raw_entry *entry)
{
	struct batch_entry_head head = {
		.type = (uint8_t)entry->type,
		.kind = (uint8_t)entry->kind,
		.detail = (uint8_t)entry->detail,
		.product_link = (uint8_t)entry->link,
		.record = entry->record,
		.stream_offset = entry->stream_offset,
	};
	const size_t start = bytes->size;
	const struct raw_field *field;

	while (head.field_count < RAW_FIELDS_MAX && entry->fields[head.field_count].presence != 0) {
		field = &entry->fields[head.field_count++];
		head.text_size += (uint32_t)field->text.size;
		head.integer_count = (uint16_t)(head.integer_count + (field->has_integer ? 1 : 0));
	}
	head.size = (uint32_t)batch_entry_size(head.field_count, head.integer_count, head.text_size);
	(void)buffer_append(bytes, &head, sizeof(head));
	for (unsigned i = 0; i < head.field_count; i++) {
		field = &entry->fields[i];
		(void)buffer_append(bytes,
		                    &(struct batch_field_head){.field = (uint8_t)field->field,
		                                               .presence = (uint8_t)field->presence,
		                                               .zero = field->zero,
		                                               .text_size = (uint32_t)field->text.size},
		                    sizeof(struct batch_field_head));
	}
	for (unsigned i = 0; i < head.field_count; i++)
		if (entry->fields[i].has_integer)
			(void)buffer_append(bytes, &entry->fields[i].integer, sizeof(int64_t));
	for (unsigned i = 0; i < head.field_count; i++)
		(void)buffer_append_slice(bytes, entry->fields[i].text);
	while (bytes->size < start + head.size)
		(void)buffer_append_byte(bytes, '\0');
}

void raw_batch(struct buffer *bytes, const struct raw_entry *entries, size_t count)
{
	struct batch_head head = {.magic = BATCH_MAGIC, .version = BATCH_VERSION, .entries = (uint32_t)count};

	buffer_clear(bytes);
	(void)buffer_append(bytes, &head, sizeof(head));
	for (size_t i = 0; i < count; i++)
		raw_append(bytes, &entries[i]);
	assert_false(bytes->failed);
	head.size = bytes->size;
	memcpy(bytes->data, &head, sizeof(head));
}

/* Writing batches: one pass to measure an entry, one to copy it. */
#include "catalog/batch.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "catalog/batch_format.h"
#include "catalog/field_table.h"

#include <string.h>

_Static_assert(LIMIT_BATCH_BYTES <= UINT32_MAX, "sizes in a batch have 32 bits");

void batch_encoder_init(struct batch_encoder *encoder)
{
	*encoder = (struct batch_encoder){.entries = 0, .last_known = 0};
	buffer_init(&encoder->bytes, LIMIT_BATCH_BYTES);
}

void batch_encoder_release(struct batch_encoder *encoder)
{
	buffer_release(&encoder->bytes);
	encoder->entries = 0;
	encoder->last_known = 0;
}

void batch_encoder_clear(struct batch_encoder *encoder)
{
	buffer_clear(&encoder->bytes);
	encoder->entries = 0;
	encoder->last_known = 0;
}

/* An entry being written. */
struct draft {
	struct batch_entry_head head;
	struct batch_field_head fields[FIELD_COUNT];
	int64_t integers[FIELD_COUNT];
	struct slice texts[FIELD_COUNT]; /* by head; empty for integers */
	size_t text_size;
};

_Static_assert((int)BATCH_COMPLAINT_TEXT_COUNT <= (int)FIELD_COUNT, "a draft holds a complaint too");
_Static_assert((int)BATCH_FIELD_TEXT_COUNT <= (int)FIELD_COUNT, "and the definition of a field");

static void draft_begin(struct draft *draft, struct batch_entry_head head)
{
	draft->head = head;
	draft->text_size = 0;
}

/* A text that is too large for any batch is counted, so that the entry as a whole is too large. */
static void draft_add_field(struct draft *draft, unsigned field, enum presence presence, struct slice text)
{
	const size_t number = draft->head.field_count++;
	const size_t size = text.size <= LIMIT_BATCH_BYTES ? text.size : LIMIT_BATCH_BYTES;

	draft->fields[number] = (struct batch_field_head){
		.field = (uint8_t)field, .presence = (uint8_t)presence, .text_size = (uint32_t)size};
	draft->texts[number] = text;
	draft->text_size += size;
}

/* The entry's size, or 0 with `err` set where it does not fit. */
static size_t draft_size(const struct batch_encoder *encoder, const struct draft *draft, struct error *err)
{
	const size_t size = batch_entry_size(draft->head.field_count, draft->head.integer_count, draft->text_size);
	const size_t used = encoder->bytes.size > 0 ? encoder->bytes.size : sizeof(struct batch_head);

	if (size > LIMIT_BATCH_BYTES - used || encoder->entries == UINT32_MAX) {
		(void)error_set(err, ERROR_LIMIT, "record %llu does not fit a batch of %d bytes",
		                (unsigned long long)draft->head.record, LIMIT_BATCH_BYTES);
		return 0;
	}
	return size;
}

static char *put(char *place, const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(place, bytes, size);
	return place + size;
}

static int draft_append(struct batch_encoder *encoder, struct draft *draft, struct error *err)
{
	const size_t size = draft_size(encoder, draft, err);
	const size_t head_size = encoder->bytes.size > 0 ? 0 : sizeof(struct batch_head);
	char *place;
	const char *end;

	if (size == 0)
		return -1;
	place = buffer_extend(&encoder->bytes, head_size + size);
	if (place == NULL)
		return error_set_memory(err);
	end = place + head_size + size;
	memset(place, 0, head_size);
	draft->head.size = (uint32_t)size;
	draft->head.text_size = (uint32_t)draft->text_size;
	place = put(place + head_size, &draft->head, sizeof(draft->head));
	place = put(place, draft->fields, draft->head.field_count * sizeof(draft->fields[0]));
	place = put(place, draft->integers, draft->head.integer_count * sizeof(draft->integers[0]));
	for (size_t i = 0; i < draft->head.field_count; i++)
		place = put(place, draft->texts[i].data, draft->texts[i].size);
	memset(place, 0, (size_t)(end - place));
	encoder->entries++;
	encoder->last_known = draft->head.type == BATCH_KNOWN ? encoder->bytes.size - size : 0;
	return 0;
}

/* Is the value of a rejected statement's field worth handing on? */
static bool is_usable_id(enum field_id field, const struct field_value *value)
{
	return field == FIELD_ID && value->presence == PRESENCE_VALUE && value->text.size > 0 && value->text.size <= LIMIT_ID_BYTES;
}

int batch_add_statement(struct batch_encoder *encoder, const struct statement *statement, struct error *err)
{
	struct draft draft;

	draft_begin(&draft, (struct batch_entry_head){
				    .type = BATCH_STATEMENT,
				    .kind = (uint8_t)statement->kind,
				    .detail = (uint8_t)statement->action,
				    .product_link = statement->kind == ITEM_SKU ? (uint8_t)statement->product_link : 0,
				    .record = statement->record,
				    .stream_offset = statement->stream_offset,
			    });
	for (enum field_id field = 0; field < FIELD_COUNT; field++) {
		const struct field_value *value = &statement->fields[field];

		if (value->presence == PRESENCE_ABSENT)
			continue;
		if (statement->action == STATEMENT_REJECTED && !is_usable_id(field, value))
			continue;
		if (value->presence == PRESENCE_EMPTY) {
			draft_add_field(&draft, field, PRESENCE_EMPTY, (struct slice){NULL, 0});
		} else if (field_table[field].type == FIELD_TYPE_INTEGER) {
			draft.integers[draft.head.integer_count++] = value->integer;
			draft_add_field(&draft, field, PRESENCE_VALUE, (struct slice){NULL, 0});
		} else {
			draft_add_field(&draft, field, value->text.size > 0 ? PRESENCE_VALUE : PRESENCE_EMPTY, value->text);
		}
	}
	return draft_append(encoder, &draft, err);
}

int batch_add_field(struct batch_encoder *encoder, const struct field_statement *field, struct error *err)
{
	const struct slice texts[BATCH_FIELD_TEXT_COUNT] = {
		[BATCH_FIELD_TEXT_ID] = field->field_id,
		[BATCH_FIELD_TEXT_NAME] = field->name,
		[BATCH_FIELD_TEXT_VALUE_TYPE] = field->value_type,
		[BATCH_FIELD_TEXT_DEFAULT_VALUE] = field->default_value,
		[BATCH_FIELD_TEXT_ENUM_VALUES] = field->enum_values,
	};
	struct draft draft;

	draft_begin(&draft, (struct batch_entry_head){
				    .type = BATCH_FIELD,
				    .kind = (uint8_t)field->entity,
				    .detail = field->is_required,
				    .record = field->record,
				    .stream_offset = field->stream_offset,
			    });
	for (unsigned i = 0; i < BATCH_FIELD_TEXT_COUNT; i++)
		draft_add_field(&draft, i, PRESENCE_VALUE, texts[i]);
	return draft_append(encoder, &draft, err);
}

int batch_add_complaint(struct batch_encoder *encoder, const struct complaint *complaint, struct error *err)
{
	const struct slice no_id = {NULL, 0};
	struct draft draft;

	draft_begin(&draft, (struct batch_entry_head){
				    .type = BATCH_COMPLAINT,
				    .kind = (uint8_t)complaint->kind,
				    .detail = (uint8_t)complaint->code,
				    .record = complaint->record,
				    .stream_offset = complaint->stream_offset,
			    });
	draft_add_field(&draft, BATCH_COMPLAINT_ITEM_ID, PRESENCE_VALUE,
	                complaint->item_id.size <= LIMIT_ID_BYTES ? complaint->item_id : no_id);
	draft_add_field(&draft, BATCH_COMPLAINT_FIELD, PRESENCE_VALUE, utf8_cut(complaint->field, COMPLAINT_FIELD_MAX));
	draft_add_field(&draft, BATCH_COMPLAINT_TEXT, PRESENCE_VALUE, utf8_cut(complaint->text, COMPLAINT_TEXT_MAX));
	return draft_append(encoder, &draft, err);
}

static void draft_set_pair(struct draft *draft, uint64_t first, uint64_t second)
{
	const uint64_t pair[BATCH_PAIR] = {first, second};

	memcpy(draft->integers, pair, sizeof(pair));
	draft->head.integer_count = BATCH_PAIR;
}

int batch_add_record_end(struct batch_encoder *encoder, uint64_t record, bool is_mapped, const struct hash128 *fingerprint,
                         struct error *err)
{
	struct draft draft;

	draft_begin(&draft, (struct batch_entry_head){.type = BATCH_RECORD_END, .detail = is_mapped, .record = record});
	if (fingerprint != NULL)
		draft_set_pair(&draft, fingerprint->low, fingerprint->high);
	return draft_append(encoder, &draft, err);
}

/* Does the record go on from the last entry? Then it is counted there. */
static bool join_known(struct batch_encoder *encoder, uint64_t record, uint32_t index)
{
	struct batch_entry_head head;
	uint64_t pair[BATCH_PAIR];
	char *place;

	if (encoder->last_known == 0)
		return false;
	place = encoder->bytes.data + encoder->last_known;
	memcpy(&head, place, sizeof(head));
	memcpy(pair, place + sizeof(head), sizeof(pair));
	if (head.record + pair[1] != record || pair[0] + pair[1] != index)
		return false;
	pair[1]++;
	memcpy(place + sizeof(head), pair, sizeof(pair));
	return true;
}

int batch_add_known(struct batch_encoder *encoder, uint64_t record, uint64_t stream_offset, uint32_t index, struct error *err)
{
	struct draft draft;

	if (join_known(encoder, record, index))
		return 0;
	draft_begin(&draft, (struct batch_entry_head){.type = BATCH_KNOWN, .record = record, .stream_offset = stream_offset});
	draft_set_pair(&draft, index, 1);
	return draft_append(encoder, &draft, err);
}

struct slice batch_encoder_bytes(struct batch_encoder *encoder)
{
	struct batch_head head = {
		.magic = BATCH_MAGIC,
		.version = BATCH_VERSION,
		.size = encoder->bytes.size,
		.entries = encoder->entries,
	};

	if (encoder->bytes.size > 0)
		memcpy(encoder->bytes.data, &head, sizeof(head));
	return buffer_slice(&encoder->bytes);
}

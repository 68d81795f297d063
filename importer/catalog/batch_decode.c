/* Reading batches: every byte is checked before it is believed. */
#include "catalog/batch.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "catalog/batch_check.h"
#include "catalog/batch_format.h"
#include "catalog/field_table.h"

#include <inttypes.h>
#include <string.h>

static int refuse(struct error *err, const char *reason)
{
	(void)error_set(err, ERROR_READER, "%s", reason);
	return -1;
}

int batch_decoder_init(struct batch_decoder *decoder, struct slice bytes, struct error *err)
{
	struct batch_head head;

	if (bytes.size < sizeof(head))
		return refuse(err, "the batch is too short for its head");
	if (bytes.size > LIMIT_BATCH_BYTES)
		return error_set(err, ERROR_READER, "the batch has more than %d bytes", LIMIT_BATCH_BYTES);
	if ((uintptr_t)bytes.data % BATCH_ALIGNMENT != 0)
		return refuse(err, "the batch is not aligned");
	memcpy(&head, bytes.data, sizeof(head));
	if (head.magic != BATCH_MAGIC)
		return refuse(err, "the batch does not begin as one");
	if (head.version != BATCH_VERSION)
		return error_set(err, ERROR_READER, "the batch has version %" PRIu32 " instead of %" PRIu32, head.version,
		                 BATCH_VERSION);
	if (head.size != bytes.size)
		return error_set(err, ERROR_READER, "the batch says it has %" PRIu64 " bytes and has %zu", head.size, bytes.size);
	if (head.zero != 0)
		return refuse(err, "the batch's head is not in order");
	*decoder = (struct batch_decoder){.bytes = bytes, .offset = sizeof(head), .entries_left = head.entries};
	return 0;
}

int batch_decoder_init_checked(struct batch_decoder *decoder, struct slice bytes, struct error *err)
{
	if (batch_decoder_init(decoder, bytes, err) < 0)
		return -1;
	decoder->is_checked = true;
	return 0;
}

/* An entry whose parts lie within the batch. */
struct parts {
	struct batch_entry_head head;
	const char *fields;
	const char *integers;
	struct slice text; /* without NUL */
	bool is_checked;   /* each of the texts, as its field demands it */
	bool is_utf8;      /* the texts as a whole */
};

static int check_text_area(struct slice text, struct slice padding, struct error *err)
{
	for (size_t i = 0; i < padding.size; i++)
		if (padding.data[i] != '\0')
			return refuse(err, "the bytes behind its text are not zero");
	if (text.size > 0 && memchr(text.data, '\0', text.size) != NULL)
		return refuse(err, "its text has a NUL");
	return 0;
}

static int open_parts(const struct batch_decoder *decoder, struct parts *ret_parts, struct error *err)
{
	const size_t left = decoder->bytes.size - decoder->offset;
	const char *const start = decoder->bytes.data + decoder->offset;
	struct batch_entry_head *const head = &ret_parts->head;
	const char *text;

	if (left < sizeof(*head))
		return refuse(err, "its head does not fit");
	memcpy(head, start, sizeof(*head));
	if (head->size > left)
		return refuse(err, "it does not fit");
	if (head->size != batch_entry_size(head->field_count, head->integer_count, head->text_size))
		return refuse(err, "its parts do not make up its size");
	if (head->record > INT64_MAX || head->stream_offset > INT64_MAX)
		return refuse(err, "its record or offset is out of range");
	ret_parts->fields = start + sizeof(*head);
	ret_parts->integers = ret_parts->fields + head->field_count * sizeof(struct batch_field_head);
	text = ret_parts->integers + head->integer_count * sizeof(int64_t);
	ret_parts->text = (struct slice){text, head->text_size};
	ret_parts->is_checked = decoder->is_checked;
	ret_parts->is_utf8 = decoder->is_checked || utf8_is_valid(ret_parts->text);
	if (decoder->is_checked)
		return 0;
	return check_text_area(ret_parts->text,
	                       (struct slice){text + head->text_size, (size_t)(start + head->size - text) - head->text_size}, err);
}

/* What of an entry's parts has not been handed out yet. */
struct cursor {
	const char *fields;
	const char *integers;
	unsigned integers_left;
	struct slice text;
	bool is_checked;
	bool is_utf8;
};

static struct cursor cursor_make(const struct parts *parts)
{
	return (struct cursor){.fields = parts->fields,
	                       .integers = parts->integers,
	                       .integers_left = parts->head.integer_count,
	                       .text = parts->text,
	                       .is_checked = parts->is_checked,
	                       .is_utf8 = parts->is_utf8};
}

static struct batch_field_head take_field(struct cursor *cursor)
{
	struct batch_field_head field;

	memcpy(&field, cursor->fields, sizeof(field));
	cursor->fields += sizeof(field);
	return field;
}

static int take_text(struct cursor *cursor, size_t size, struct slice *ret_text, struct error *err)
{
	if (size > cursor->text.size)
		return refuse(err, "a text reaches beyond its entry");
	*ret_text = (struct slice){cursor->text.data, size};
	cursor->text = (struct slice){cursor->text.data + size, cursor->text.size - size};
	return 0;
}

static int take_integer(struct cursor *cursor, int64_t *ret_integer, struct error *err)
{
	if (cursor->integers_left == 0)
		return refuse(err, "it has fewer integers than its fields");
	memcpy(ret_integer, cursor->integers, sizeof(*ret_integer));
	cursor->integers += sizeof(*ret_integer);
	cursor->integers_left--;
	return 0;
}

static int check_used_up(const struct cursor *cursor, struct error *err)
{
	if (cursor->integers_left != 0 || cursor->text.size != 0)
		return refuse(err, "its fields do not use up its integers and text");
	return 0;
}

/* Of the text that was taken last. What is cut out of UTF-8 in front of a character is UTF-8, too: one look at all is enough. */
static bool taken_is_utf8(const struct cursor *cursor, struct slice text)
{
	if (!cursor->is_utf8)
		return utf8_is_valid(text);
	return cursor->text.size == 0 || !utf8_is_continuation(cursor->text.data[0]);
}

static int take_value(struct cursor *cursor, const struct batch_field_head *head, struct field_value *ret_value, struct error *err)
{
	const enum field_id field = head->field;

	ret_value->presence = head->presence;
	if (head->presence == PRESENCE_EMPTY || field_table[field].type == FIELD_TYPE_INTEGER) {
		if (head->text_size != 0)
			return error_set(err, ERROR_READER, "field '%s' has text that it cannot have", field_table[field].name);
		if (head->presence == PRESENCE_EMPTY)
			return 0;
		if (take_integer(cursor, &ret_value->integer, err) < 0)
			return -1;
		return batch_check_integer(field, ret_value->integer, err);
	}
	if (head->text_size == 0)
		return error_set(err, ERROR_READER, "field '%s' has a value without bytes", field_table[field].name);
	if (take_text(cursor, head->text_size, &ret_value->text, err) < 0)
		return -1;
	if (cursor->is_checked)
		return 0;
	if (!taken_is_utf8(cursor, ret_value->text))
		return error_set(err, ERROR_READER, "field '%s' is not UTF-8", field_table[field].name);
	return batch_check_text(field, ret_value->text, err);
}

static int decode_fields(const struct parts *parts, struct statement *statement, struct error *err)
{
	struct cursor cursor = cursor_make(parts);
	int last = -1;

	for (unsigned i = 0; i < parts->head.field_count; i++) {
		const struct batch_field_head head = take_field(&cursor);

		if (head.field >= FIELD_COUNT || head.field <= last)
			return refuse(err, "its fields are unknown or not in rising order");
		last = head.field;
		if ((head.presence != PRESENCE_EMPTY && head.presence != PRESENCE_VALUE) || head.zero != 0)
			return refuse(err, "a field's head is not in order");
		if ((field_table[head.field].kinds & 1u << statement->kind) == 0)
			return error_set(err, ERROR_READER, "a %s has no field '%s'", item_kind_name(statement->kind),
			                 field_table[head.field].name);
		if (take_value(&cursor, &head, &statement->fields[head.field], err) < 0)
			return -1;
	}
	return check_used_up(&cursor, err);
}

/* A part has lists for an item, and their order. */
static int check_part(const struct statement *statement, struct error *err)
{
	const uint64_t allowed = UINT64_C(1) << FIELD_ID | UINT64_C(1) << FIELD_POSITION | statement_part_fields();

	if (statement->kind == ITEM_CATEGORY)
		return refuse(err, "a category has no parts");
	if (statement->product_link != 0)
		return refuse(err, "a part names a product");
	if (statement->fields[FIELD_ID].presence != PRESENCE_VALUE)
		return refuse(err, "a part has no item");
	for (enum field_id field = 0; field < FIELD_COUNT; field++)
		if (statement->fields[field].presence != PRESENCE_ABSENT && (allowed & UINT64_C(1) << field) == 0)
			return error_set(err, ERROR_READER, "a part has field '%s'", field_table[field].name);
	return 0;
}

/* What an action demands of the fields as a whole. */
static int check_action(const struct statement *statement, unsigned field_count, struct error *err)
{
	const struct field_value *const id = &statement->fields[FIELD_ID];
	const struct field_value *const product = &statement->fields[FIELD_PRODUCT_ID];

	if (statement->action == STATEMENT_REJECTED) {
		if (field_count != (id->presence == PRESENCE_VALUE ? 1u : 0u))
			return refuse(err, "a rejected statement has more than its id");
		return 0;
	}
	if (statement->action == STATEMENT_PART)
		return check_part(statement, err);
	if (statement->action == STATEMENT_DERIVED && statement->kind != ITEM_CATEGORY)
		return refuse(err, "only a category can be derived");
	if (id->presence != PRESENCE_VALUE)
		return refuse(err, "a statement has no id");
	if (statement->kind != ITEM_SKU)
		return 0;
	if (product->presence != PRESENCE_VALUE)
		return refuse(err, "a SKU has no product");
	if ((statement->product_link == PRODUCT_LINK_SELF || statement->product_link == PRODUCT_LINK_LISTED) &&
	    !slice_equal(id->text, product->text))
		return refuse(err, "a SKU that names no other product has another id");
	return 0;
}

static int decode_statement(const struct parts *parts, struct statement *statement, struct error *err)
{
	const struct batch_entry_head *const head = &parts->head;

	if (head->kind >= ITEM_KIND_COUNT || head->detail > STATEMENT_PART)
		return refuse(err, "its kind or action is unknown");
	if (head->product_link > (head->kind == ITEM_SKU ? PRODUCT_LINK_LISTED : 0))
		return refuse(err, "its product link is unknown");
	statement_init(statement, head->kind, head->detail);
	statement->product_link = head->product_link;
	statement->record = head->record;
	statement->stream_offset = head->stream_offset;
	if (decode_fields(parts, statement, err) < 0)
		return -1;
	return check_action(statement, head->field_count, err);
}

/* The texts of an entry that has `count` of them, in order, each of any size. */
static int decode_texts(const struct parts *parts, unsigned count, struct slice *ret_texts, struct error *err)
{
	struct cursor cursor = cursor_make(parts);

	if (parts->head.product_link != 0 || parts->head.field_count != count)
		return refuse(err, "its head is not in order");
	for (unsigned i = 0; i < count; i++) {
		const struct batch_field_head field = take_field(&cursor);

		if (field.field != i || field.presence != PRESENCE_VALUE || field.zero != 0)
			return refuse(err, "a text's head is not in order");
		if (take_text(&cursor, field.text_size, &ret_texts[i], err) < 0)
			return -1;
	}
	return check_used_up(&cursor, err);
}

static int decode_complaint(const struct parts *parts, struct complaint *complaint, struct error *err)
{
	const struct batch_entry_head *const head = &parts->head;
	struct slice texts[BATCH_COMPLAINT_TEXT_COUNT];

	if (head->kind >= ITEM_KIND_COUNT || head->detail >= COMPLAINT_CODE_COUNT)
		return refuse(err, "its kind or code is unknown");
	if (decode_texts(parts, BATCH_COMPLAINT_TEXT_COUNT, texts, err) < 0)
		return -1;
	for (unsigned i = 0; i < BATCH_COMPLAINT_TEXT_COUNT; i++)
		if (!utf8_is_valid(texts[i]))
			return refuse(err, "a complaint's text is not UTF-8");
	if (texts[BATCH_COMPLAINT_ITEM_ID].size > 0 && !batch_id_is_valid(texts[BATCH_COMPLAINT_ITEM_ID]))
		return refuse(err, "a complaint's id is too long or has white space around it");
	if (texts[BATCH_COMPLAINT_FIELD].size > COMPLAINT_FIELD_MAX || texts[BATCH_COMPLAINT_TEXT].size > COMPLAINT_TEXT_MAX)
		return refuse(err, "a complaint's text is too long");
	*complaint = (struct complaint){
		.code = head->detail,
		.kind = head->kind,
		.item_id = texts[BATCH_COMPLAINT_ITEM_ID],
		.field = texts[BATCH_COMPLAINT_FIELD],
		.text = texts[BATCH_COMPLAINT_TEXT],
		.record = head->record,
		.stream_offset = head->stream_offset,
	};
	return 0;
}

static int decode_definition(const struct parts *parts, struct field_statement *field, struct error *err)
{
	const struct batch_entry_head *const head = &parts->head;
	struct slice texts[BATCH_FIELD_TEXT_COUNT];

	if ((head->kind != ITEM_PRODUCT && head->kind != ITEM_SKU) || head->detail > 1)
		return refuse(err, "a custom field is of no kind that has them");
	if (decode_texts(parts, BATCH_FIELD_TEXT_COUNT, texts, err) < 0)
		return -1;
	*field = (struct field_statement){
		.entity = head->kind,
		.field_id = texts[BATCH_FIELD_TEXT_ID],
		.name = texts[BATCH_FIELD_TEXT_NAME],
		.value_type = texts[BATCH_FIELD_TEXT_VALUE_TYPE],
		.is_required = head->detail == 1,
		.default_value = texts[BATCH_FIELD_TEXT_DEFAULT_VALUE],
		.enum_values = texts[BATCH_FIELD_TEXT_ENUM_VALUES],
		.record = head->record,
		.stream_offset = head->stream_offset,
	};
	return batch_check_definition(field, err);
}

static int decode_record_end(const struct batch_decoder *decoder, const struct parts *parts, struct batch_entry *entry,
                             struct error *err)
{
	const struct batch_entry_head *const head = &parts->head;

	if (head->kind != 0 || head->detail > 1 || head->product_link != 0 || head->stream_offset != 0 || head->field_count != 0 ||
	    head->text_size != 0 || (head->integer_count != 0 && head->integer_count != BATCH_PAIR))
		return refuse(err, "a record's end is not in order");
	if (head->record == 0 || head->record < decoder->last_end)
		return refuse(err, "a record's end is not in the order of records");
	entry->is_mapped = head->detail == 1;
	entry->has_fingerprint = head->integer_count == BATCH_PAIR;
	if (entry->has_fingerprint)
		memcpy(&entry->fingerprint, parts->integers, sizeof(entry->fingerprint));
	return 0;
}

static int decode_known(const struct batch_decoder *decoder, const struct parts *parts, struct batch_entry *entry,
                        struct error *err)
{
	const struct batch_entry_head *const head = &parts->head;
	uint64_t pair[BATCH_PAIR];

	if (head->kind != 0 || head->detail != 0 || head->product_link != 0 || head->field_count != 0 || head->text_size != 0 ||
	    head->integer_count != BATCH_PAIR)
		return refuse(err, "an entry of known records is not in order");
	memcpy(pair, parts->integers, sizeof(pair));
	if (pair[1] == 0 || pair[0] > UINT32_MAX || pair[1] > UINT32_MAX - pair[0])
		return refuse(err, "an entry of known records has too many of them, or none");
	if (head->record == 0 || head->record < decoder->last_end || head->record > INT64_MAX - pair[1])
		return refuse(err, "known records are not in the order of records");
	entry->known = (struct batch_known){
		.index = (uint32_t)pair[0], .count = (uint32_t)pair[1], .stream_offset = head->stream_offset};
	return 0;
}

/* A part says more about an item that stands anywhere. */
static bool is_sku_statement(const struct batch_entry_head *head)
{
	return head->type == BATCH_STATEMENT && head->kind == ITEM_SKU && head->detail != STATEMENT_PART;
}

/* Within a record, SKU statements come before everything else. */
static int check_order(const struct batch_decoder *decoder, const struct batch_entry_head *head, struct error *err)
{
	if (is_sku_statement(head) && decoder->open_is_past_skus && head->record == decoder->open_record &&
	    head->stream_offset == decoder->open_offset)
		return refuse(err, "a SKU statement stands behind others of its record");
	return 0;
}

static void note_order(struct batch_decoder *decoder, const struct batch_entry_head *head, const struct batch_entry *entry)
{
	if (head->type == BATCH_RECORD_END || head->type == BATCH_KNOWN) {
		decoder->last_end = head->type == BATCH_KNOWN ? head->record + entry->known.count - 1 : head->record;
		return;
	}
	decoder->open_record = head->record;
	decoder->open_offset = head->stream_offset;
	decoder->open_is_past_skus = !is_sku_statement(head);
}

static int decode_entry(struct batch_decoder *decoder, struct batch_entry *entry, struct error *err)
{
	struct parts parts;
	int result;

	if (open_parts(decoder, &parts, err) < 0)
		return -1;
	if (check_order(decoder, &parts.head, err) < 0)
		return -1;
	switch (parts.head.type) {
	case BATCH_STATEMENT:
		result = decode_statement(&parts, &entry->statement, err);
		break;
	case BATCH_COMPLAINT:
		result = decode_complaint(&parts, &entry->complaint, err);
		break;
	case BATCH_RECORD_END:
		result = decode_record_end(decoder, &parts, entry, err);
		break;
	case BATCH_FIELD:
		result = decode_definition(&parts, &entry->field, err);
		break;
	case BATCH_KNOWN:
		result = decode_known(decoder, &parts, entry, err);
		break;
	default:
		return refuse(err, "its type is unknown");
	}
	if (result < 0)
		return -1;
	entry->type = parts.head.type;
	entry->record = parts.head.record;
	note_order(decoder, &parts.head, entry);
	decoder->offset += parts.head.size;
	decoder->entries_left--;
	return 0;
}

int batch_decoder_next(struct batch_decoder *decoder, struct batch_entry *ret_entry, struct error *err)
{
	if (decoder->entries_left == 0) {
		if (decoder->offset != decoder->bytes.size)
			return refuse(err, "the batch has bytes behind its last entry");
		return BATCH_END;
	}
	if (decode_entry(decoder, ret_entry, err) < 0)
		return error_wrap(err, "batch entry at byte %zu", decoder->offset);
	return BATCH_ENTRY;
}

int batch_check(struct slice bytes, struct error *err)
{
	struct batch_decoder decoder = {.entries_left = 0};
	struct batch_entry entry;
	int step = BATCH_ENTRY;

	if (batch_decoder_init(&decoder, bytes, err) < 0)
		return -1;
	while (step == BATCH_ENTRY)
		step = batch_decoder_next(&decoder, &entry, err);
	return step < 0 ? -1 : 0;
}

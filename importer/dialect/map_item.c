/* One record: its ids, its product, its fields, what is left, and the statements it makes. */
#include "dialect/mapping.h"

#include <string.h>

/* --- ids --- */

static struct slice kind_prefix(const struct mapper *mapper)
{
	return mapper->rule->kind == ITEM_CATEGORY ? mapper->options.category_prefix : mapper->options.id_prefix;
}

/* Sets the statement's id where the record has a usable one. */
static bool map_id(struct mapper *mapper)
{
	struct mapped_value value;
	struct slice id;

	if (!field_read(mapper, (enum target)FIELD_ID, &value))
		return false;
	if (value.presence != PRESENCE_VALUE)
		return mapper_complain(mapper, COMPLAINT_ID_MISSING, "id", (struct slice){NULL, 0});
	if (!field_make_id(mapper, kind_prefix(mapper), value.text, "id", &id))
		return false;
	if (id.size > 0) {
		field_set_text(mapper, FIELD_ID, id);
		mapper_take(mapper, &value);
	}
	return true;
}

static bool map_parent(struct mapper *mapper)
{
	struct mapped_value value;
	struct slice id = {NULL, 0};

	if (!field_read(mapper, (enum target)FIELD_PARENT_ID, &value))
		return false;
	if (value.presence == PRESENCE_VALUE &&
	    !field_make_id(mapper, mapper->options.category_prefix, value.text, "parent_id", &id))
		return false;
	if (id.size > 0)
		field_set_text(mapper, FIELD_PARENT_ID, id);
	else if (value.presence == PRESENCE_EMPTY)
		mapper->statement.fields[FIELD_PARENT_ID].presence = PRESENCE_EMPTY;
	if (id.size > 0 || value.presence == PRESENCE_EMPTY)
		mapper_take(mapper, &value);
	return true;
}

/* The SKU's product, and how it is named; without a usable name the SKU is its own product. */
static bool map_product_id(struct mapper *mapper, const struct product_rule *product)
{
	struct statement *statement = &mapper->statement;
	struct mapped_value value;
	struct slice id = {NULL, 0};

	value_set_absent(&value);
	if (product->id != NULL && !value_read(mapper, product->id, MATCH_RECORD, &value))
		return false;
	if (value.is_too_costly) {
		value.presence = PRESENCE_ABSENT;
		if (!mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, "product_id", value.text))
			return false;
	}
	if (value.presence == PRESENCE_VALUE && !field_make_id(mapper, mapper->options.id_prefix, value.text, "product_id", &id))
		return false;
	if (id.size > 0) {
		field_set_text(mapper, FIELD_PRODUCT_ID, id);
		statement->product_link = product->mode == PRODUCT_MODE_GROUP ? PRODUCT_LINK_GROUP : PRODUCT_LINK_NAMED;
		mapper_take(mapper, &value);
		return true;
	}
	if (value.presence == PRESENCE_EMPTY)
		mapper_take(mapper, &value);
	field_set_text(mapper, FIELD_PRODUCT_ID, statement->fields[FIELD_ID].text);
	statement->product_link = product->mode == PRODUCT_MODE_PARENT ? PRODUCT_LINK_ALONE : PRODUCT_LINK_SELF;
	return true;
}

/* --- the rest of the fields --- */

static bool map_extra(struct mapper *mapper)
{
	const size_t start = mapper->json.size;

	switch (extra_write(mapper->extra, &mapper->evaluator, field_definition(FIELD_EXTRA)->max_bytes, &mapper->json)) {
	case EXTRA_NOTHING:
		return true;
	case EXTRA_WRITTEN:
		break;
	case EXTRA_CUT:
		if (!mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, field_definition(FIELD_EXTRA)->name, (struct slice){NULL, 0}))
			return false;
		break;
	case EXTRA_NO_MEMORY:
		return false;
	}
	if (mapper->json.size > start) {
		mapper->statement.fields[FIELD_EXTRA].presence = PRESENCE_VALUE;
		mapper->spans[FIELD_EXTRA] = (struct json_span){.offset = start, .size = mapper->json.size - start};
	}
	return true;
}

/* Notes each required field without a value; false in `ret_complete` where there is one. */
static bool check_required(struct mapper *mapper, bool *ret_complete)
{
	*ret_complete = true;
	for (int field = 0; field < FIELD_COUNT; field++) {
		if (!mapper->rule->fields[field].is_required || field == FIELD_ID)
			continue;
		if (mapper->statement.fields[field].presence == PRESENCE_VALUE)
			continue;
		*ret_complete = false;
		if (!mapper_complain(mapper, COMPLAINT_REQUIRED_MISSING, field_definition((enum field_id)field)->name,
		                     (struct slice){NULL, 0}))
			return false;
	}
	return true;
}

static bool map_fields(struct mapper *mapper, const struct product_rule *product, bool *ret_complete)
{
	const enum item_kind kind = mapper->rule->kind;

	if (kind == ITEM_CATEGORY && !map_parent(mapper))
		return false;
	if (kind == ITEM_SKU && !map_product_id(mapper, product))
		return false;
	if (!map_single_fields(mapper))
		return false;
	if (kind != ITEM_CATEGORY && (!map_prices(mapper) || !map_lists(mapper) || !map_categories(mapper)))
		return false;
	if (!check_required(mapper, ret_complete))
		return false;
	return !*ret_complete || map_extra(mapper);
}

/* --- statements --- */

/* The buffer of JSON texts moves no more: now they can be pointed to. */
static void place_json(struct mapper *mapper)
{
	for (size_t field = 0; field < FIELD_COUNT; field++)
		if (mapper->spans[field].size > 0)
			mapper->statement.fields[field].text = slice_make(mapper->json.data + mapper->spans[field].offset,
			                                                  mapper->spans[field].size);
}

/* Altcraft's way: a record without a product id is the product itself, besides a SKU. */
static int emit_stated_product(struct mapper *mapper, struct error *err)
{
	struct statement product;

	statement_init(&product, ITEM_PRODUCT, STATEMENT_STATED);
	product.record = mapper->statement.record;
	product.stream_offset = mapper->statement.stream_offset;
	for (int field = 0; field < FIELD_COUNT; field++)
		if (field_belongs((enum field_id)field, ITEM_PRODUCT))
			product.fields[field] = mapper->statement.fields[field];
	return mapper->sink.statement(mapper->sink.context, &product, err);
}

static int emit_complaints(struct mapper *mapper, struct error *err)
{
	const struct slice id = statement_text(&mapper->statement, FIELD_ID);

	for (size_t i = 0; i < mapper->complaint_count; i++) {
		const struct complaint complaint = {.code = mapper->complaints[i].code,
		                                    .kind = mapper->statement.kind,
		                                    .item_id = id,
		                                    .field = mapper->complaints[i].field,
		                                    .text = mapper->complaints[i].text,
		                                    .record = mapper->statement.record,
		                                    .stream_offset = mapper->statement.stream_offset};

		if (mapper->sink.complaint(mapper->sink.context, &complaint, err) != 0)
			return -1;
	}
	return 0;
}

/* The end of a record that counts as one: categories do not. */
static int emit_end(struct mapper *mapper, bool is_mapped, struct error *err)
{
	if (mapper->rule->kind == ITEM_CATEGORY)
		return 0;
	mapper->counts.records++;
	if (is_mapped)
		mapper->counts.mapped++;
	return mapper->sink.record_end(mapper->sink.context, mapper->ordinal, is_mapped, err);
}

static int emit_rejected(struct mapper *mapper, struct error *err)
{
	const struct field_value id = mapper->statement.fields[FIELD_ID];

	statement_init(&mapper->statement, mapper->rule->kind, STATEMENT_REJECTED);
	mapper->statement.record = mapper->ordinal;
	mapper->statement.stream_offset = mapper->record->stream_offset;
	mapper->statement.fields[FIELD_ID] = id;
	if (mapper->sink.statement(mapper->sink.context, &mapper->statement, err) != 0 || emit_complaints(mapper, err) != 0)
		return -1;
	return emit_end(mapper, false, err);
}

static int emit_mapped(struct mapper *mapper, struct error *err)
{
	place_json(mapper);
	if (mapper->sink.statement(mapper->sink.context, &mapper->statement, err) != 0)
		return -1;
	if (mapper->statement.product_link == PRODUCT_LINK_ALONE && emit_stated_product(mapper, err) != 0)
		return -1;
	if (map_emit_category_paths(mapper, err) != 0 || emit_complaints(mapper, err) != 0)
		return -1;
	return emit_end(mapper, true, err);
}

/* --- a record --- */

static bool begin(struct mapper *mapper)
{
	arena_reset(&mapper->record_arena);
	buffer_clear(&mapper->json);
	memset(mapper->spans, 0, sizeof mapper->spans);
	mapper->complaint_count = 0;
	mapper->category_path_count = 0;
	mapper->currency = (struct currency){.code = ""};
	statement_init(&mapper->statement, mapper->rule->kind, STATEMENT_STATED);
	mapper->statement.record = mapper->ordinal;
	mapper->statement.stream_offset = mapper->record->stream_offset;
	return evaluator_begin(&mapper->evaluator, mapper->record);
}

int map_record(struct mapper *mapper, const struct product_rule *product, struct error *err)
{
	bool is_complete = false;

	if (!begin(mapper) || !map_id(mapper))
		return error_set_memory(err);
	if (mapper->statement.fields[FIELD_ID].presence != PRESENCE_VALUE)
		return emit_rejected(mapper, err);
	if (!map_fields(mapper, product, &is_complete))
		return error_set_memory(err);
	return is_complete ? emit_mapped(mapper, err) : emit_rejected(mapper, err);
}

int map_oversize(struct mapper *mapper, const char *text, struct error *err)
{
	if (!begin(mapper) || !map_id(mapper))
		return error_set_memory(err);
	mapper->complaint_count = 0; /* of an id that may have stood in what was left out */
	if (!mapper_complain(mapper, COMPLAINT_RECORD_LIMIT, "", slice_from(text)))
		return error_set_memory(err);
	return emit_rejected(mapper, err);
}

/* Hands on what came of a record, in the order that the other side expects: SKUs, products, categories, parts, complaints. */
#include "dialect/mapping.h"

/* The buffer of JSON texts and the items move no more: now they can be pointed to. */
static void place_texts(const struct mapper *mapper, struct mapped_item *item)
{
	static const enum field_id fields[] = {
		FIELD_IMAGES, FIELD_ATTRIBUTES, FIELD_TAGS,  FIELD_CATEGORIES,    FIELD_PRICES,
		FIELD_STOCKS, FIELD_EXTRA,      FIELD_TEXTS, FIELD_CUSTOM_FIELDS, FIELD_CHILDREN,
	};
	struct field_value *currency = &item->statement.fields[FIELD_CURRENCY];

	if (currency->presence == PRESENCE_VALUE)
		currency->text = slice_from(item->currency.code);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct json_span span = item->spans[fields[i]];

		if (span.size > 0)
			item->statement.fields[fields[i]].text = (struct slice){mapper->json.data + span.offset, span.size};
	}
}

/* Of a rejected item only its id is said. */
static void strip_rejected(struct mapped_item *item)
{
	const struct statement before = item->statement;

	statement_init(&item->statement, before.kind, STATEMENT_REJECTED);
	item->statement.record = before.record;
	item->statement.stream_offset = before.stream_offset;
	item->statement.fields[FIELD_ID] = before.fields[FIELD_ID];
}

/* Altcraft's way: a record without a product id is the product itself, besides a SKU. */
static int emit_stated_product(struct mapper *mapper, size_t item, struct error *err)
{
	const struct statement *sku = &mapper->items[item].statement;
	struct statement product;

	statement_init(&product, ITEM_PRODUCT, STATEMENT_STATED);
	product.record = sku->record;
	product.stream_offset = sku->stream_offset;
	for (int field = 0; field < FIELD_COUNT; field++)
		if (field_belongs((enum field_id)field, ITEM_PRODUCT))
			product.fields[field] = sku->fields[field];
	if (!trace_item(mapper, item, &product))
		return error_set_memory(err);
	return mapper->sink.statement(mapper->sink.context, &product, err);
}

static unsigned kind_bit(enum record_role role, enum item_kind kind)
{
	return 1u << ((unsigned)role * ITEM_KIND_COUNT + (unsigned)kind);
}

/* Those of the record's statements; most records have but one. */
static unsigned find_kinds(const struct mapper *mapper)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < mapper->item_count; i++)
		if (!mapper->items[i].is_silent)
			kinds |= kind_bit(mapper->items[i].rule->role, mapper->items[i].rule->kind);
	return kinds;
}

static int emit_kind(struct mapper *mapper, unsigned kinds, enum record_role role, enum item_kind kind, struct error *err)
{
	for (size_t i = 0; i < mapper->item_count && (kinds & kind_bit(role, kind)) != 0; i++) {
		const struct mapped_item *item = &mapper->items[i];

		if (item->is_silent || item->rule->role != role || item->rule->kind != kind)
			continue;
		if (!trace_item(mapper, i, &item->statement))
			return error_set_memory(err);
		if (mapper->sink.statement(mapper->sink.context, &item->statement, err) != 0)
			return -1;
	}
	return 0;
}

static int emit_products(struct mapper *mapper, unsigned kinds, struct error *err)
{
	for (size_t i = 0; i < mapper->item_count; i++)
		if (!mapper->items[i].is_rejected && mapper->items[i].statement.product_link == PRODUCT_LINK_ALONE &&
		    emit_stated_product(mapper, i, err) != 0)
			return -1;
	return emit_kind(mapper, kinds, RECORD_OF_ITEM, ITEM_PRODUCT, err);
}

static int emit_definitions(struct mapper *mapper, struct error *err)
{
	for (size_t i = 0; i < mapper->item_count; i++)
		if (mapper->items[i].definition != NULL && mapper->sink.field != NULL &&
		    mapper->sink.field(mapper->sink.context, mapper->items[i].definition, err) != 0)
			return -1;
	return 0;
}

static int emit_complaints(struct mapper *mapper, struct error *err)
{
	for (size_t i = 0; i < mapper->complaint_count; i++) {
		const struct noted_complaint *noted = &mapper->complaints[i];
		const struct statement *statement = &mapper->items[noted->item].statement;
		const struct complaint complaint = {.code = noted->code,
		                                    .kind = statement->kind,
		                                    .item_id = statement_text(statement, FIELD_ID),
		                                    .field = noted->field,
		                                    .text = noted->text,
		                                    .record = statement->record,
		                                    .stream_offset = statement->stream_offset};

		if (mapper->sink.complaint(mapper->sink.context, &complaint, err) != 0)
			return -1;
	}
	return 0;
}

/* The end of a record that counts as one; it is rejected only where nothing of it could be used. */
static int emit_end(struct mapper *mapper, struct error *err)
{
	bool is_mapped = false;

	for (size_t i = 0; i < mapper->item_count; i++)
		is_mapped |= !mapper->items[i].is_rejected;
	mapper->counts.records++;
	if (is_mapped)
		mapper->counts.mapped++;
	return mapper->sink.record_end(mapper->sink.context, mapper->ordinal, is_mapped, known_fingerprint(mapper), err);
}

int emit_record(struct mapper *mapper, bool is_counted, struct error *err)
{
	unsigned kinds;

	for (size_t i = 0; i < mapper->item_count; i++) {
		if (mapper->items[i].is_rejected)
			strip_rejected(&mapper->items[i]);
		else
			place_texts(mapper, &mapper->items[i]);
	}
	kinds = find_kinds(mapper);
	if (emit_kind(mapper, kinds, RECORD_OF_ITEM, ITEM_SKU, err) != 0 || emit_products(mapper, kinds, err) != 0 ||
	    emit_kind(mapper, kinds, RECORD_OF_ITEM, ITEM_CATEGORY, err) != 0 || map_emit_categories(mapper, err) != 0 ||
	    emit_kind(mapper, kinds, RECORD_OF_PART, ITEM_SKU, err) != 0 ||
	    emit_kind(mapper, kinds, RECORD_OF_PART, ITEM_PRODUCT, err) != 0 || emit_definitions(mapper, err) != 0 ||
	    emit_complaints(mapper, err) != 0 || fault_emit(mapper, err) != 0)
		return -1;
	return is_counted ? emit_end(mapper, err) : 0;
}

/* Writing a dialect from guesses. */
#include "probe/dialect_text.h"

#include "base/utf8.h"

#include "catalog/field.h"
#include "probe/yaml_text.h"

#include <stdio.h>
#include <string.h>

#define COMMENT_SAMPLE_BYTES 60
#define UNMAPPED_MAX 60
#define FIELD_COLUMN 18 /* where values would begin if names were aligned */

struct draft {
	const struct probe_report *report;
	const struct guess *guess;
	struct buffer *out;
	const struct guess_item *item; /* in hand */
	enum item_kind kind;
	int indent;
};

static bool is_table(const struct draft *draft)
{
	return draft->report->format == FEED_CSV;
}

static void begin_line(struct draft *draft)
{
	(void)buffer_append_format(draft->out, "%*s", draft->indent, ""); /* failure sticks and is seen at the end */
}

static void put(struct draft *draft, const char *text)
{
	(void)buffer_append_text(draft->out, text); /* as above */
}

/* --- paths --- */

/* A path from the record as one from the item. */
static void put_path(struct draft *draft, struct slice full)
{
	const struct slice outer = draft->report->lists[draft->item->list].full;
	struct buffer path;

	if (draft->item->list == 0) {
		yaml_append_scalar(draft->out, full);
		return;
	}
	buffer_init(&path, full.size + 4);
	if (full.size > outer.size && memcmp(full.data, outer.data, outer.size) == 0)
		full = slice_make(full.data + outer.size, full.size - outer.size);
	if (slice_starts_with(full, "/") || slice_starts_with(full, "."))
		full = slice_make(full.data + 1, full.size - 1);
	else if (slice_starts_with(full, "["))
		(void)buffer_append_byte(&path, '@'); /* failure sticks */
	(void)buffer_append_slice(&path, full);
	draft->out->failed = draft->out->failed || path.failed;
	yaml_append_scalar(draft->out, buffer_slice(&path));
	buffer_release(&path);
}

/* The path of a field; of several folded ones all, or in a table the pattern that meets them all. */
static void put_field(struct draft *draft, const struct probe_field *field)
{
	if (field->list == draft->item->list && draft->item->list != 0 && field->member_count == 0) {
		yaml_append_scalar(draft->out, field->path);
	} else if (field->member_count == 0 || is_table(draft)) {
		put_path(draft, field->full);
	} else {
		for (uint32_t i = 0; i < field->member_count; i++) {
			put(draft, i == 0 ? "" : ", ");
			put_path(draft, field->members[i]);
		}
	}
}

/* For single values one path. */
static void put_single(struct draft *draft, const struct probe_field *field)
{
	if (field->member_count > 0)
		put_path(draft, field->members[0]);
	else
		put_field(draft, field);
}

/* --- comments --- */

static void put_samples(struct draft *draft, const struct probe_field *field)
{
	for (uint32_t i = 0; i < field->sample_count; i++) {
		const struct slice text = field->samples[i].text;
		const bool is_cut = field->samples[i].is_cut || text.size > COMMENT_SAMPLE_BYTES;
		size_t size = text.size > COMMENT_SAMPLE_BYTES ? COMMENT_SAMPLE_BYTES : text.size;

		while (size > 0 && size < text.size && utf8_is_continuation(text.data[size]))
			size--;
		put(draft, i == 0 ? "" : " | ");
		yaml_append_comment(draft->out, slice_make(text.data, size));
		put(draft, is_cut ? "…" : "");
	}
}

static void put_doubt(struct draft *draft, const struct guess_mapping *mapping)
{
	const struct probe_field *field = &draft->report->fields[mapping->field];

	if (mapping->confidence >= GUESS_SURE)
		return;
	begin_line(draft);
	(void)buffer_append_format(draft->out, "# ? %d %% sure; filled in %d %% of %s: ", mapping->confidence,
	                           guess_percent(field->owners_filled, draft->report->lists[field->list].count),
	                           field->list == 0 ? "the records" : "the list");
	put_samples(draft, field);
	if (mapping->alternative != GUESS_NONE) {
		put(draft, "  ; or: ");
		yaml_append_comment(draft->out, draft->report->fields[mapping->alternative].full);
	}
	put(draft, "\n");
}

static void put_note(struct draft *draft, const char *note)
{
	begin_line(draft);
	(void)buffer_append_format(draft->out, "# ? %s\n", note);
}

/* --- fields --- */

static bool is_allowed(const struct draft *draft, enum probe_target target)
{
	const enum field_id field = field_find(slice_from(probe_target_name(target)));

	if (target == PROBE_TARGET_SALE_PRICE)
		return draft->kind == ITEM_SKU;
	return target != PROBE_TARGET_PRODUCT_ID && field != FIELD_COUNT && field_belongs(field, draft->kind);
}

static bool has_gram_name(struct slice name)
{
	char bytes[FIELD_NAME_MAX];
	const struct slice folded = field_name_fold(name, bytes);

	return slice_equal_text(folded, "grams") || slice_find(folded, slice_from("gram")) != SIZE_MAX ||
	       slice_equal_text(folded, "weightg");
}

static void put_value(struct draft *draft, enum probe_target target, const struct probe_field *field)
{
	const enum value_type type = value_tally_type(&field->tally);

	if (target == PROBE_TARGET_ID) {
		put(draft, "{from: ");
		put_single(draft, field);
		put(draft, ", required: true}");
	} else if (target == PROBE_TARGET_WEIGHT && type != VALUE_WEIGHT) {
		put(draft, "{from: ");
		put_single(draft, field);
		(void)buffer_append_format(draft->out, ", unit: %s}", has_gram_name(field->name) ? "g" : "kg");
	} else {
		put_single(draft, field);
	}
	put(draft, "\n");
}

static void put_single_fields(struct draft *draft)
{
	for (size_t i = 0; i < draft->item->mapping_count; i++) {
		const struct guess_mapping *mapping = &draft->item->mappings[i];
		const struct probe_field *field = &draft->report->fields[mapping->field];

		if (probe_target_is_list(mapping->target) || !is_allowed(draft, mapping->target))
			continue;
		put_doubt(draft, mapping);
		if (mapping->target == PROBE_TARGET_WEIGHT && value_tally_type(&field->tally) != VALUE_WEIGHT)
			put_note(draft, "the unit is a guess: g, kg, lb or oz");
		begin_line(draft);
		(void)buffer_append_format(draft->out, "%s: ", probe_target_name(mapping->target));
		put_value(draft, mapping->target, field);
	}
}

/* A cell or text with several values in it: what stands between them, or NULL. */
static const char *find_split(const struct probe_field *field, enum probe_target target)
{
	static const char *const signs[] = {"|", ";", ","};

	for (size_t sign = 0; sign < sizeof(signs) / sizeof(signs[0]); sign++) {
		for (uint32_t i = 0; i < field->sample_count; i++) {
			const struct slice text = field->samples[i].text;
			const size_t at = slice_find(text, slice_from(signs[sign]));

			if (at == SIZE_MAX)
				continue;
			const struct slice rest = slice_trim(slice_make(text.data + at + 1, text.size - at - 1));
			if (target == PROBE_TARGET_TAGS || slice_starts_with(rest, "http"))
				return signs[sign];
		}
	}
	return NULL;
}

static size_t count_of(const struct draft *draft, enum probe_target target)
{
	size_t count = 0;

	for (size_t i = 0; i < draft->item->mapping_count; i++)
		count += draft->item->mappings[i].target == target;
	return count;
}

static void put_texts(struct draft *draft, enum probe_target target)
{
	if (count_of(draft, target) == 0 || !is_allowed(draft, target))
		return;
	begin_line(draft);
	(void)buffer_append_format(draft->out, "%s:\n", probe_target_name(target));
	draft->indent += 2;
	for (size_t i = 0; i < draft->item->mapping_count; i++) {
		const struct guess_mapping *mapping = &draft->item->mappings[i];
		const struct probe_field *field = &draft->report->fields[mapping->field];
		const char *split = mapping->target == target ? find_split(field, target) : NULL;

		if (mapping->target != target)
			continue;
		put_doubt(draft, mapping);
		begin_line(draft);
		put(draft, "- {from: [");
		put_field(draft, field);
		put(draft, "]");
		if (split)
			(void)buffer_append_format(draft->out, ", split: '%s'", split);
		put(draft, "}\n");
	}
	draft->indent -= 2;
}

/* Paths in words become a tree; numbers are ids. */
static void put_category(struct draft *draft, const struct guess_mapping *mapping)
{
	const struct probe_field *field = &draft->report->fields[mapping->field];
	const enum value_type type = value_tally_type(&field->tally);
	const size_t separator = value_tally_separator(&field->tally);
	const bool is_id = type == VALUE_INTEGER || type == VALUE_BIT || type == VALUE_GTIN;

	put_doubt(draft, mapping);
	begin_line(draft);
	put(draft, "- {from: ");
	put_single(draft, field);
	if (!is_id) {
		const struct slice sign = slice_trim(
			slice_from(value_separator(separator < VALUE_SEPARATOR_COUNT ? separator : 0)));
		put(draft, ", separator: ");
		(void)buffer_append_format(draft->out, "'%.*s'", (int)sign.size, sign.data);
	}
	put(draft, "}\n");
}

static void put_categories(struct draft *draft)
{
	const struct guess_categories *list = &draft->item->categories;

	if (count_of(draft, PROBE_TARGET_CATEGORIES) == 0 && !draft->item->has_categories)
		return;
	begin_line(draft);
	put(draft, "categories:\n");
	draft->indent += 2;
	if (draft->item->has_categories) {
		begin_line(draft);
		put(draft, "- {each: ");
		put_path(draft, draft->report->lists[list->list].full);
		put(draft, ", id: ");
		yaml_append_scalar(draft->out, draft->report->fields[list->id_field].path);
		put(draft, ", name: ");
		yaml_append_scalar(draft->out, draft->report->fields[list->name_field].path);
		put(draft, "}\n");
	}
	for (size_t i = 0; i < draft->item->mapping_count; i++) {
		if (draft->item->mappings[i].target == PROBE_TARGET_CATEGORIES)
			put_category(draft, &draft->item->mappings[i]);
	}
	draft->indent -= 2;
}

static void put_attributes(struct draft *draft)
{
	if (count_of(draft, PROBE_TARGET_ATTRIBUTES) == 0 && draft->item->pairs_count == 0)
		return;
	begin_line(draft);
	put(draft, "attributes:\n");
	draft->indent += 2;
	for (size_t i = 0; i < draft->item->pairs_count; i++) {
		const struct guess_pairs *pairs = &draft->item->pairs[i];
		begin_line(draft);
		put(draft, "- {each: ");
		put_path(draft, draft->report->lists[pairs->list].full);
		put(draft, ", name: ");
		yaml_append_scalar(draft->out, draft->report->fields[pairs->name_field].path);
		put(draft, ", value: ");
		yaml_append_scalar(draft->out, draft->report->fields[pairs->value_field].path);
		put(draft, "}\n");
	}
	for (size_t i = 0; i < draft->item->mapping_count; i++) {
		const struct probe_field *field = &draft->report->fields[draft->item->mappings[i].field];
		if (draft->item->mappings[i].target != PROBE_TARGET_ATTRIBUTES)
			continue;
		put_doubt(draft, &draft->item->mappings[i]);
		for (uint32_t k = 0; k == 0 || k < field->member_count; k++) {
			begin_line(draft);
			put(draft, "- ");
			if (field->member_count > 0)
				put_path(draft, field->members[k]);
			else
				put_field(draft, field);
			put(draft, "\n");
		}
	}
	draft->indent -= 2;
}

static void put_fields(struct draft *draft)
{
	begin_line(draft);
	put(draft, "fields:\n");
	draft->indent += 2;
	put_single_fields(draft);
	put_texts(draft, PROBE_TARGET_IMAGES);
	put_categories(draft);
	put_texts(draft, PROBE_TARGET_TAGS);
	put_attributes(draft);
	draft->indent -= 2;
}

/* --- records --- */

/* A shared value names the product; else each SKU is its own. */
static void put_product_rule(struct draft *draft)
{
	const struct guess_mapping *group = guess_find(draft->item, PROBE_TARGET_PRODUCT_ID);

	if (group != NULL)
		put_doubt(draft, group);
	begin_line(draft);
	if (group == NULL) {
		put(draft, "product: {rule: self}\n");
		return;
	}
	put(draft, "product: {rule: group, id: ");
	put_single(draft, &draft->report->fields[group->field]);
	put(draft, "}\n");
}

static void put_nested(struct draft *draft)
{
	const struct probe_list *list = &draft->report->lists[draft->guess->sku.list];

	begin_line(draft);
	put(draft, "nested:\n");
	draft->indent += 2;
	begin_line(draft);
	put(draft, "sku:\n");
	draft->indent += 2;
	if (list->owners < draft->report->lists[0].count)
		put_note(draft, "some records have none of these, and so no SKU");
	begin_line(draft);
	put(draft, "each: ");
	yaml_append_scalar(draft->out, list->full);
	put(draft, "\n");
	begin_line(draft);
	put(draft, "kind: sku\n");
	draft->item = &draft->guess->sku;
	draft->kind = ITEM_SKU;
	put_fields(draft);
	draft->indent -= 4;
}

static void put_record(struct draft *draft)
{
	put(draft, "\nrecords:\n");
	draft->indent = 2;
	begin_line(draft);
	put(draft, draft->guess->has_skus ? "product:\n" : "sku:\n");
	draft->indent = 4;
	if (!is_table(draft)) {
		begin_line(draft);
		put(draft, "path: ");
		yaml_append_scalar(draft->out, draft->report->lists[0].path);
		put(draft, "\n");
	}
	begin_line(draft);
	put(draft, draft->guess->has_skus ? "kind: product\n" : "kind: sku\n");
	if (!draft->guess->has_skus)
		put_product_rule(draft);
	put_fields(draft);
	if (draft->guess->has_skus)
		put_nested(draft);
}

/* --- the head --- */

static const char *format_word(enum feed_format format)
{
	switch (format) {
	case FEED_XML:
		return "xml";
	case FEED_JSON:
	case FEED_JSON_LINES:
		return "json";
	case FEED_CSV:
		break;
	}
	return "csv";
}

static void put_namespaces(struct draft *draft)
{
	if (draft->report->namespace_count == 0)
		return;
	put(draft, "namespaces:\n");
	for (uint32_t i = 0; i < draft->report->namespace_count; i++) {
		put(draft, "  ");
		yaml_append_scalar(draft->out, draft->report->namespaces[i].prefix);
		put(draft, ": ");
		yaml_append_scalar(draft->out, draft->report->namespaces[i].uri);
		put(draft, "\n");
	}
}

/* A path from the root, out of one from the record. */
static void put_absolute(struct draft *draft, struct slice full)
{
	const struct slice record = draft->report->lists[0].path;
	struct buffer path;

	if (is_table(draft)) {
		yaml_append_scalar(draft->out, full);
		return;
	}
	buffer_init(&path, record.size + full.size + 2);
	(void)buffer_append_slice(&path, record); /* failure sticks and is handed on */
	if (draft->report->format == FEED_XML)
		(void)buffer_append_byte(&path, '/');
	else if (!slice_starts_with(full, "@"))
		(void)buffer_append_byte(&path, '.');
	else
		full = slice_make(full.data + 1, full.size - 1);
	(void)buffer_append_slice(&path, full);
	draft->out->failed = draft->out->failed || path.failed;
	yaml_append_scalar(draft->out, buffer_slice(&path));
	buffer_release(&path);
}

/* Known again by the fields that are in every record. */
static void put_recognition(struct draft *draft)
{
	static const enum probe_target wanted[] = {PROBE_TARGET_ID, PROBE_TARGET_NAME, PROBE_TARGET_PRICE};
	size_t count = 0;

	put(draft, "recognise:\n  - {");
	if (draft->report->format == FEED_XML) {
		put(draft, "root: ");
		yaml_append_scalar(draft->out, draft->report->root);
		put(draft, ", ");
	}
	put(draft, "has: [");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct guess_mapping *mapping = guess_find(&draft->guess->record, wanted[i]);
		const struct probe_field *field = mapping ? &draft->report->fields[mapping->field] : NULL;

		if (!field || field->list != 0 || field->is_own_text || field->member_count > 0 ||
		    (count > 0 && field->records < draft->report->lists[0].count))
			continue;
		put(draft, count++ > 0 ? ", " : "");
		put_absolute(draft, field->full);
	}
	put(draft, "]}\n");
}

static void put_unmapped(struct draft *draft)
{
	size_t count = 0;

	for (uint32_t i = 0; i < draft->report->field_count && count < UNMAPPED_MAX; i++) {
		const struct probe_field *field = &draft->report->fields[i];

		if (field->filled == 0 || field->list != 0 || guess_of_field(draft->guess, i) != NULL)
			continue;
		put(draft, count++ == 0 ? "\n# not mapped, and kept in extra: " : ", ");
		yaml_append_comment(draft->out, field->full);
	}
	if (count > 0)
		put(draft, "\n");
}

bool dialect_draft_lacks_currency(const struct dialect_draft *draft)
{
	const struct guess *guess = draft->guess;
	const struct guess_item *item = guess->has_skus ? &guess->sku : &guess->record;
	const struct guess_mapping *price = guess_find(item, PROBE_TARGET_PRICE);

	if (price == NULL || guess_find(item, PROBE_TARGET_CURRENCY) != NULL)
		return false;
	return value_tally_type(&draft->report->fields[price->field].tally) != VALUE_MONEY;
}

int dialect_draft_write(const struct dialect_draft *source, struct buffer *buffer, struct error *err)
{
	struct draft draft = {
		.report = source->report,
		.guess = source->guess,
		.out = buffer,
		.item = &source->guess->record,
		.kind = source->guess->has_skus ? ITEM_PRODUCT : ITEM_SKU,
	};

	if (guess_find(&source->guess->record, PROBE_TARGET_ID) == NULL ||
	    (source->guess->has_skus && guess_find(&source->guess->sku, PROBE_TARGET_ID) == NULL))
		return error_set(err, ERROR_FEED, "no field of the feed looks like an id, so no dialect was written");
	put(&draft, "# Written by 'feedmill probe' from ");
	yaml_append_comment(buffer, slice_from(source->source));
	(void)buffer_append_format(buffer, ", %llu records.\n# Lines below a '# ?' want a look.\n",
	                           (unsigned long long)source->report->lists[0].count);
	put(&draft, "description: as found by feedmill probe\n");
	(void)buffer_append_format(buffer, "format: %s\n", format_word(source->report->format));
	put_namespaces(&draft);
	put_recognition(&draft);
	put_record(&draft);
	put_unmapped(&draft);
	return buffer->failed ? error_set_memory(err) : 0;
}

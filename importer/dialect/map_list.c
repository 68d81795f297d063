/* List fields as JSON arrays: images and tags, attributes, stocks. */
#include "dialect/mapping.h"

#include "catalog/values.h"

/* --- the builder --- */

void list_begin(struct list_builder *list, struct mapper *mapper, enum field_id field, size_t count_max)
{
	*list = (struct list_builder){.mapper = mapper, .field = field, .start = mapper->json.size, .count_max = count_max};
	(void)buffer_append_byte(&mapper->json, '['); /* the buffer remembers a failure */
}

/* From here on nothing more fits; the first time is complained about. */
static bool list_fill(struct list_builder *list, struct slice text)
{
	if (list->is_full)
		return true;
	list->is_full = true;
	return mapper_complain(list->mapper, COMPLAINT_LIST_TOO_LONG, field_definition(list->field)->name, text);
}

bool list_item_begin(struct list_builder *list, struct slice text, bool *ret_fits)
{
	*ret_fits = !list->is_full && list->count < list->count_max;
	if (!*ret_fits)
		return list_fill(list, text);
	list->size_before = list->mapper->json.size;
	json_writer_init(&list->json, &list->mapper->json);
	return list->count == 0 || buffer_append_byte(&list->mapper->json, ',') == 0;
}

bool list_item_end(struct list_builder *list, struct slice text, bool *ret_fits)
{
	struct buffer *buffer = &list->mapper->json;

	if (buffer->failed)
		return false;
	*ret_fits = buffer->size - list->start + 1 <= field_definition(list->field)->max_bytes;
	if (*ret_fits) {
		list->count++;
		return true;
	}
	buffer->size = list->size_before;
	return list_fill(list, text);
}

bool list_end(struct list_builder *list, enum presence presence)
{
	struct mapper *mapper = list->mapper;
	struct field_value *value = &mapper->statement.fields[list->field];

	if (buffer_append_byte(&mapper->json, ']') != 0)
		return false;
	if (list->count == 0) {
		mapper->json.size = list->start;
		value->presence = presence;
		return true;
	}
	value->presence = PRESENCE_VALUE;
	mapper->spans[list->field] = (struct json_span){.offset = list->start, .size = mapper->json.size - list->start};
	return true;
}

/* --- texts --- */

static bool add_text(struct mapper *mapper, struct list_builder *list, const struct mapped_value *value)
{
	const char *name = field_definition(list->field)->name;
	bool fits;

	if (value->is_too_costly || (list->field == FIELD_IMAGES && value->text.size > LIMIT_URL_BYTES))
		return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, name, value->text);
	if (!list_item_begin(list, value->text, &fits))
		return false;
	if (!fits)
		return true;
	if (list->field == FIELD_IMAGES && !url_is_absolute(value->text) &&
	    !mapper_complain(mapper, COMPLAINT_URL_INVALID, name, value->text))
		return false;
	quote_append(&mapper->json, value->text);
	if (!list_item_end(list, value->text, &fits))
		return false;
	if (fits && value->is_last_piece)
		mapper_take(mapper, value);
	return true;
}

static bool map_texts(struct mapper *mapper, enum field_id field)
{
	const struct field_rule *rule = &mapper->rule->fields[field];
	enum presence presence = PRESENCE_ABSENT;
	struct list_builder list;

	if (rule->entry_count == 0)
		return true;
	list_begin(&list, mapper, field, LIMIT_LIST_ITEMS);
	for (size_t i = 0; i < rule->entry_count; i++) {
		struct mapped_values values;

		if (!value_read_all(mapper, &rule->entries[i].value, &values))
			return false;
		presence = values.presence > presence ? values.presence : presence;
		for (size_t k = 0; k < values.count; k++)
			if (!add_text(mapper, &list, &values.items[k]))
				return false;
	}
	return list_end(&list, presence);
}

/* --- attributes --- */

/* What an entry says at one match; a member without a rule is the match's own name or text. */
static bool read_attribute(struct mapper *mapper, const struct list_entry *entry, struct match match,
                           struct mapped_value members[MEMBER_COUNT])
{
	struct slice text;

	for (int member = MEMBER_NAME; member <= MEMBER_UNIT; member++) {
		if (entry->members[member] == NULL)
			value_set_absent(&members[member]);
		else if (!value_read(mapper, entry->members[member], match, &members[member]))
			return false;
	}
	if (entry->members[MEMBER_NAME] == NULL)
		value_set_text(&members[MEMBER_NAME], evaluator_name(&mapper->evaluator, match), MATCH_NOTHING);
	if (entry->members[MEMBER_VALUE] != NULL)
		return true;
	if (!evaluator_text(&mapper->evaluator, match, &text))
		return false;
	value_set_text(&members[MEMBER_VALUE], text, match);
	return true;
}

/* Member by member without the writer's bookkeeping: attributes are most of what most items have. */
static void write_attribute(struct list_builder *list, const struct mapped_value members[MEMBER_COUNT])
{
	struct buffer *buffer = &list->mapper->json;

	quote_append_behind(buffer, (struct slice)SLICE("{\"name\":"), members[MEMBER_NAME].text);
	quote_append_behind(buffer, (struct slice)SLICE(",\"value\":"), members[MEMBER_VALUE].text);
	if (members[MEMBER_UNIT].presence == PRESENCE_VALUE)
		quote_append_behind(buffer, (struct slice)SLICE(",\"unit\":"), members[MEMBER_UNIT].text);
	(void)buffer_append_byte(buffer, '}'); /* the buffer remembers a failure */
}

/* An attribute without a name stays unread, so that extra keeps it. */
static bool add_attribute(struct mapper *mapper, struct list_builder *list, const struct mapped_value members[MEMBER_COUNT])
{
	const struct slice text = members[MEMBER_VALUE].text;
	bool fits;

	if (members[MEMBER_NAME].presence != PRESENCE_VALUE)
		return true;
	for (int member = MEMBER_NAME; member <= MEMBER_UNIT; member++)
		if (members[member].is_too_costly)
			return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, "attributes", members[member].text);
	if (!list_item_begin(list, text, &fits))
		return false;
	if (!fits)
		return true;
	write_attribute(list, members);
	if (!list_item_end(list, text, &fits))
		return false;
	if (fits)
		for (int member = MEMBER_NAME; member <= MEMBER_UNIT; member++)
			mapper_take(mapper, &members[member]);
	return true;
}

/* --- stocks --- */

static bool read_stock(struct mapper *mapper, const struct list_entry *entry, struct match match,
                       struct mapped_value members[MEMBER_COUNT])
{
	for (int member = MEMBER_PLACE; member <= MEMBER_AVAILABILITY; member++) {
		if (entry->members[member] == NULL)
			value_set_absent(&members[member]);
		else if (!value_read(mapper, entry->members[member], match, &members[member]))
			return false;
	}
	return true;
}

/* What can be said of a place; without a place, or without anything to say of it, it stays unread. */
static bool add_stock(struct mapper *mapper, struct list_builder *list, const struct mapped_value members[MEMBER_COUNT])
{
	const struct mapped_value *quantity = &members[MEMBER_QUANTITY];
	const struct mapped_value *availability = &members[MEMBER_AVAILABILITY];
	struct number_judgement judgement = {.is_usable = false};
	const char *word = NULL;
	int64_t micros = 0;
	bool fits;

	if (members[MEMBER_PLACE].presence != PRESENCE_VALUE)
		return true;
	if (quantity->presence == PRESENCE_VALUE) {
		const enum number_outcome outcome = number_parse_micros(quantity->text, mapper->options.decimal_sign, &micros);

		if (!number_judge(mapper, outcome, micros, FIELD_QUANTITY, "stocks", quantity->text, &judgement))
			return false;
	}
	if (availability->presence == PRESENCE_VALUE && (word = availability_parse(availability->text)) == NULL &&
	    !mapper_complain(mapper, COMPLAINT_WORD_UNKNOWN, "stocks", availability->text))
		return false;
	if (!judgement.is_usable && word == NULL)
		return true;
	if (!list_item_begin(list, members[MEMBER_PLACE].text, &fits))
		return false;
	if (!fits)
		return true;
	json_object_begin(&list->json);
	json_member_string(&list->json, "place", members[MEMBER_PLACE].text);
	if (judgement.is_usable)
		json_member_integer(&list->json, "quantity_micros", micros);
	if (word != NULL)
		json_member_text(&list->json, "availability", word);
	json_object_end(&list->json);
	if (!list_item_end(list, members[MEMBER_PLACE].text, &fits))
		return false;
	if (fits)
		mapper_take(mapper, &members[MEMBER_PLACE]);
	if (fits && judgement.is_exact)
		mapper_take(mapper, quantity);
	if (fits && word != NULL)
		mapper_take(mapper, availability);
	return true;
}

static bool map_objects(struct mapper *mapper, enum field_id field)
{
	const struct field_rule *rule = &mapper->rule->fields[field];
	struct evaluator *evaluator = &mapper->evaluator;
	struct list_builder list;

	if (rule->entry_count == 0)
		return true;
	list_begin(&list, mapper, field, LIMIT_LIST_ITEMS);
	for (size_t i = 0; i < rule->entry_count; i++) {
		const struct list_entry *entry = &rule->entries[i];
		size_t first;
		size_t count;

		if (evaluator_is_absent(evaluator, entry->each))
			continue;
		if (!evaluator_match(evaluator, entry->each, MATCH_RECORD, &first, &count))
			return false;
		for (size_t k = 0; k < count && !list.is_full; k++) {
			const struct match match = evaluator->matches[first + k];
			struct mapped_value members[MEMBER_COUNT];

			if (field == FIELD_ATTRIBUTES
			            ? !read_attribute(mapper, entry, match, members) || !add_attribute(mapper, &list, members)
			            : !read_stock(mapper, entry, match, members) || !add_stock(mapper, &list, members))
				return false;
		}
		evaluator_pop(evaluator, first);
	}
	return list_end(&list, PRESENCE_ABSENT);
}

bool map_lists(struct mapper *mapper)
{
	return map_texts(mapper, FIELD_IMAGES) && map_texts(mapper, FIELD_TAGS) && map_objects(mapper, FIELD_ATTRIBUTES) &&
	       map_objects(mapper, FIELD_STOCKS);
}

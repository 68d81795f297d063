/* List fields as JSON: the builder, lists of texts, attributes, stocks. */
#include "dialect/mapping.h"

#include "catalog/values.h"

/* --- the builder --- */

static bool is_object(enum field_id field)
{
	return field_definition(field)->type == FIELD_TYPE_OBJECT;
}

void list_begin(struct list_builder *list, struct mapper *mapper, enum field_id field, size_t count_max)
{
	*list = (struct list_builder){.mapper = mapper, .field = field, .start = mapper->json.size, .count_max = count_max};
	(void)buffer_append_byte(&mapper->json, is_object(field) ? '{' : '['); /* the buffer remembers a failure */
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
	struct field_value *value = &mapper->statement->fields[list->field];

	if (buffer_append_byte(&mapper->json, is_object(list->field) ? '}' : ']') != 0)
		return false;
	if (list->count == 0) {
		mapper->json.size = list->start;
		value->presence = list->has_empty && !list->has_unread ? PRESENCE_EMPTY : presence;
		return true;
	}
	value->presence = PRESENCE_VALUE;
	mapper->spans[list->field] = (struct json_span){.offset = list->start, .size = mapper->json.size - list->start};
	return true;
}

/* --- entries --- */

bool list_read_members(struct mapper *mapper, enum field_id field, const struct list_entry *entry, struct match match,
                       struct mapped_value members[MEMBER_COUNT])
{
	const unsigned named = list_members(field);

	for (unsigned member = 0; named >> member != 0; member++) {
		if ((named & MEMBER_BIT(member)) == 0)
			continue;
		if (entry->members[member] == NULL)
			value_set_absent(&members[member]);
		else if (!value_read(mapper, entry->members[member], match, &members[member]) ||
		         !value_complain(mapper, &members[member], field_definition(field)->name))
			return false;
	}
	return true;
}

bool list_read_match(struct mapper *mapper, enum field_id field, struct match match, struct mapped_value *ret_value)
{
	return value_read_match(mapper, match, ret_value) &&
	       (!mapper_is_traced(mapper) || trace_value(mapper, mapper->tracing.place, ret_value)) &&
	       value_complain(mapper, ret_value, field_definition(field)->name);
}

/* Nothing but blank cells or empty arrays: as any entry that is there and empty, they make prices and stocks empty, not absent. */
static bool note_blank(struct list_builder *list, const struct list_entry *entry)
{
	struct evaluator *evaluator = &list->mapper->evaluator;
	size_t first;
	size_t count;

	if ((list->field != FIELD_PRICES && list->field != FIELD_STOCKS) || entry->when.count > 0)
		return true;
	if (!evaluator_match(evaluator, entry->each, evaluator_scope(evaluator), &first, &count))
		return false;
	evaluator_pop(evaluator, first);
	list->has_empty |= count > 0;
	return true;
}

bool list_add_entry(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, list_adder *add)
{
	struct evaluator *evaluator = &mapper->evaluator;
	size_t first;
	size_t count;

	if (evaluator_is_absent(evaluator, entry->each))
		return true;
	mapper->tracing.place = &entry->place;
	mapper->tracing.steps = 0;
	if (!evaluator_match_each(evaluator, entry->each, evaluator_scope(evaluator), &first, &count))
		return false;
	for (size_t i = 0; i < count && !list->is_full; i++) {
		const struct match match = evaluator->matches[first + i];
		bool holds = true;

		if (entry->when.count > 0 && !conditions_hold(mapper, &entry->when, match, &holds))
			return false;
		if (holds && !add(mapper, list, entry, match))
			return false;
	}
	evaluator_pop(evaluator, first);
	return count > 0 || note_blank(list, entry);
}

bool list_add_entries(struct mapper *mapper, struct list_builder *list, list_adder *add)
{
	const struct field_rule *rule = &mapper->rule->fields[list->field];

	for (size_t i = 0; i < rule->entry_count; i++) {
		const struct list_entry *entry = &rule->entries[i];

		/* most entries of a dialect do not occur in most records */
		if (!evaluator_is_absent(&mapper->evaluator, entry->each) && !list_add_entry(mapper, list, entry, add))
			return false;
	}
	return true;
}

static bool map_objects(struct mapper *mapper, enum field_id field, list_adder *add)
{
	struct list_builder list;

	if (mapper->rule->fields[field].entry_count == 0)
		return true;
	list_begin(&list, mapper, field, LIMIT_LIST_ITEMS);
	return list_add_entries(mapper, &list, add) && list_end(&list, PRESENCE_ABSENT);
}

/* --- lists of texts --- */

/* What an item may be, with what there is to complain; false in `ret_is_usable` where it is left out. */
static bool check_item(struct mapper *mapper, enum field_id field, const struct mapped_value *value, struct slice *text,
                       bool *ret_is_usable)
{
	const char *name = field_definition(field)->name;

	*ret_is_usable = false;
	if (value->fault != VALUE_SOUND)
		return value_complain(mapper, value, name);
	if (field == FIELD_IMAGES && text->size > LIMIT_URL_BYTES)
		return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, name, *text);
	if (field == FIELD_CHILDREN && !field_make_id(mapper, mapper->options.id_prefix, *text, name, text))
		return false;
	*ret_is_usable = text->size > 0;
	return field != FIELD_IMAGES || url_is_absolute(*text) || mapper_complain(mapper, COMPLAINT_URL_INVALID, name, *text);
}

static bool add_text(struct mapper *mapper, struct list_builder *list, const struct mapped_value *value)
{
	struct slice text = value->text;
	bool is_usable;
	bool fits;

	if (list->is_full || list->count == list->count_max)
		return list_item_begin(list, text, &fits); /* complains once */
	if (!check_item(mapper, list->field, value, &text, &is_usable))
		return false;
	if (!is_usable)
		return true;
	if (!list_item_begin(list, text, &fits))
		return false;
	quote_append(&mapper->json, text);
	if (!list_item_end(list, text, &fits))
		return false;
	if (fits && value->is_last_piece)
		mapper_take(mapper, value);
	return true;
}

/* The texts of one match: by the entry's rule, or its own. */
static bool add_texts_of(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match)
{
	const struct value_rule *const rule = entry->members[MEMBER_VALUE];
	struct mapped_values values;
	struct mapped_value own;

	if (rule == NULL) {
		if (!value_read_match(mapper, match, &own))
			return false;
		own.is_last_piece = true;
		return own.presence != PRESENCE_VALUE || add_text(mapper, list, &own);
	}
	if (!value_read_all(mapper, rule, match, &values))
		return false;
	for (size_t i = 0; i < values.count; i++)
		if (!add_text(mapper, list, &values.items[i]))
			return false;
	return true;
}

static bool map_list(struct mapper *mapper, enum field_id field)
{
	const struct field_rule *rule = &mapper->rule->fields[field];
	enum presence presence = PRESENCE_ABSENT;
	struct list_builder list;

	if (rule->entry_count == 0)
		return true;
	list_begin(&list, mapper, field, LIMIT_LIST_ITEMS);
	for (size_t i = 0; i < rule->entry_count; i++) {
		const struct match scope = evaluator_scope(&mapper->evaluator);
		struct mapped_values values;
		bool holds;

		if (rule->entries[i].has_each) {
			if (!list_add_entry(mapper, &list, &rule->entries[i], add_texts_of))
				return false;
			continue;
		}
		if (!conditions_hold(mapper, &rule->entries[i].when, scope, &holds))
			return false;
		if (!holds)
			continue;
		if (!value_read_all(mapper, &rule->entries[i].value, scope, &values))
			return false;
		presence = values.presence > presence ? values.presence : presence;
		for (size_t k = 0; k < values.count; k++)
			if (!add_text(mapper, &list, &values.items[k]))
				return false;
	}
	return list_end(&list, presence);
}

/* --- attributes --- */

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

static bool write_checked(struct mapper *mapper, struct list_builder *list, const struct mapped_value members[MEMBER_COUNT])
{
	const struct slice text = members[MEMBER_VALUE].text;
	bool fits;

	for (int member = MEMBER_NAME; member <= MEMBER_UNIT; member++)
		if (members[member].fault != VALUE_SOUND)
			return value_complain(mapper, &members[member], "attributes");
	if (!list_item_begin(list, text, &fits))
		return false;
	if (!fits)
		return true;
	write_attribute(list, members);
	if (!list_item_end(list, text, &fits))
		return false;
	if (fits)
		for (int member = MEMBER_NAME; member <= MEMBER_UNIT; member++)
			if (member != MEMBER_VALUE || members[member].is_last_piece)
				mapper_take(mapper, &members[member]);
	return true;
}

/* Can the rule yield but one value here? Nearly all attributes can; lists and split texts become one attribute per value. */
static bool reads_one(const struct mapper *mapper, const struct value_rule *rule, struct match match)
{
	enum single_outcome outcome;

	if (rule->split_count != 0 || rule->source_count != 1)
		return false;
	if (rule->sources[0].kind != SOURCE_PATH)
		return true;
	(void)evaluator_match_single(&mapper->evaluator, rule->sources[0].index, match, &outcome); /* what it is does not matter */
	return outcome != SINGLE_UNKNOWN;
}

static bool add_each_value(struct mapper *mapper, struct list_builder *list, const struct value_rule *rule, struct match match,
                           struct mapped_value members[MEMBER_COUNT])
{
	struct mapped_values values;

	if (!value_read_all(mapper, rule, match, &values))
		return false;
	if (values.count == 0) {
		value_set_absent(&members[MEMBER_VALUE]);
		return write_checked(mapper, list, members);
	}
	for (size_t i = 0; i < values.count && !list->is_full; i++) {
		members[MEMBER_VALUE] = values.items[i];
		if (!write_checked(mapper, list, members))
			return false;
	}
	return true;
}

/* A member without a rule is the match's own name or text. An attribute without a name stays unread, so that extra keeps it. */
static bool add_attribute(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match)
{
	const struct value_rule *const value_rule = entry->members[MEMBER_VALUE];
	struct mapped_value members[MEMBER_COUNT];
	struct mapped_value *value = &members[MEMBER_VALUE];

	for (int member = MEMBER_NAME; member <= MEMBER_UNIT; member++) {
		if (entry->members[member] == NULL || member == MEMBER_VALUE)
			value_set_absent(&members[member]);
		else if (!value_read(mapper, entry->members[member], match, &members[member]))
			return false;
	}
	if (entry->members[MEMBER_NAME] == NULL)
		value_set_text(&members[MEMBER_NAME], evaluator_name(&mapper->evaluator, match), MATCH_NOTHING);
	if (members[MEMBER_NAME].presence != PRESENCE_VALUE)
		return true;
	if (value_rule != NULL && !reads_one(mapper, value_rule, match))
		return add_each_value(mapper, list, value_rule, match, members);
	if (value_rule != NULL ? !value_read(mapper, value_rule, match, value) : !value_read_match(mapper, match, value))
		return false;
	if (value_rule == NULL && mapper_is_traced(mapper) && !trace_value(mapper, &entry->place, value))
		return false;
	value->is_last_piece = true;
	return write_checked(mapper, list, members);
}

/* --- stocks --- */

/* The store keeps one stock of each place. */
static bool is_new_place(const struct mapper *mapper, struct slice place)
{
	for (size_t i = 0; i < mapper->place_count; i++)
		if (slice_equal(mapper->places[i], place))
			return false;
	return true;
}

/* What can be said of a place; without one, with one named before, or without anything to say of it, it stays unread. */
static bool add_stock(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match)
{
	struct mapped_value members[MEMBER_COUNT];
	const struct mapped_value *quantity = &members[MEMBER_QUANTITY];
	const struct mapped_value *availability = &members[MEMBER_AVAILABILITY];
	struct number_judgement judgement = {.is_usable = false};
	const char *word = NULL;
	int64_t micros = 0;
	bool fits;

	if (!list_read_members(mapper, FIELD_STOCKS, entry, match, members))
		return false;
	if (members[MEMBER_PLACE].presence != PRESENCE_VALUE || !is_new_place(mapper, members[MEMBER_PLACE].text))
		return true;
	if (quantity->presence == PRESENCE_VALUE) {
		const enum number_outcome outcome = value_parse_number(mapper, quantity, &micros);

		if (!number_judge(mapper, outcome, micros, FIELD_QUANTITY, "stocks", quantity->text, &judgement))
			return false;
	}
	if (availability->presence == PRESENCE_VALUE && (word = availability_parse(availability->text)) == NULL &&
	    !mapper_complain(mapper, COMPLAINT_WORD_UNKNOWN, "stocks", availability->text))
		return false;
	if (quantity->presence == PRESENCE_EMPTY || availability->presence == PRESENCE_EMPTY)
		list->has_empty = true;
	if (quantity->presence == PRESENCE_VALUE || availability->presence == PRESENCE_VALUE)
		list->has_unread = true; /* where it is read, the list is not empty */
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
	if (fits) {
		mapper->places[mapper->place_count++] = members[MEMBER_PLACE].text;
		mapper_take(mapper, &members[MEMBER_PLACE]);
	}
	if (fits && judgement.is_exact)
		mapper_take(mapper, quantity);
	if (fits && word != NULL)
		mapper_take(mapper, availability);
	return true;
}

bool map_lists(struct mapper *mapper)
{
	mapper->place_count = 0;
	return map_list(mapper, FIELD_IMAGES) && map_list(mapper, FIELD_TAGS) && map_list(mapper, FIELD_CHILDREN) &&
	       map_objects(mapper, FIELD_ATTRIBUTES, add_attribute) && map_objects(mapper, FIELD_STOCKS, add_stock) &&
	       map_objects(mapper, FIELD_TEXTS, map_add_text) && map_objects(mapper, FIELD_CUSTOM_FIELDS, map_add_custom_field);
}

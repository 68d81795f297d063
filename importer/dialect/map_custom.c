/* Custom fields: one object, its values as JSON has them in the feed, else as texts. */
#include "dialect/mapping.h"

/* Has the object a member of this name already? Its names are written one after the other, so it is read from the start. */
static bool is_named(const struct list_builder *list, struct slice name)
{
	for (size_t i = 0; i < list->count; i++)
		if (slice_equal(list->mapper->custom_names[i], name))
			return true;
	return false;
}

/* Is the value a number or a truth value of JSON that nothing was done to? */
static bool is_literal(const struct mapper *mapper, const struct mapped_value *value)
{
	const enum record_type type = value_literal_type(mapper, value);

	if (type == RECORD_NUMBER)
		return json_number_is_valid(value->text);
	return type == RECORD_BOOL && (slice_equal_text(value->text, "true") || slice_equal_text(value->text, "false"));
}

static bool write_member(struct mapper *mapper, struct list_builder *list, struct slice name, const struct mapped_value *value,
                         bool *ret_fits)
{
	if (!list_item_begin(list, value->text, ret_fits))
		return false;
	if (!*ret_fits)
		return true;
	quote_append(&mapper->json, name);
	(void)buffer_append_byte(&mapper->json, ':'); /* the buffer remembers a failure */
	if (is_literal(mapper, value))
		(void)buffer_append_slice(&mapper->json, value->text); /* as above */
	else
		quote_append(&mapper->json, value->text);
	mapper->custom_names[list->count] = name;
	return list_item_end(list, value->text, ret_fits);
}

/* A date that is written in the feed's own way becomes RFC 3339; one that cannot be read is left out. */
static bool read_date(struct mapper *mapper, struct mapped_value *value)
{
	struct slice text;

	if (value->presence != PRESENCE_VALUE || !value_has_date(value))
		return true;
	if (!value_format_date(mapper, value, &text))
		return false;
	if (text.size == 0) {
		value->presence = PRESENCE_ABSENT;
		return mapper_complain(mapper, COMPLAINT_DATE_INVALID, "custom_fields", value->text);
	}
	value->text = text;
	return true;
}

/* What has no name, no value, or a name that the item has already stays unread, so that extra keeps it. */
bool map_add_custom_field(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match)
{
	struct mapped_value members[MEMBER_COUNT];
	struct mapped_value *name = &members[MEMBER_NAME];
	struct mapped_value *value = &members[MEMBER_VALUE];
	bool fits;

	if (!list_read_members(mapper, FIELD_CUSTOM_FIELDS, entry, match, members))
		return false;
	if (entry->members[MEMBER_NAME] == NULL)
		value_set_text(name, evaluator_name(&mapper->evaluator, match), MATCH_NOTHING);
	if (entry->members[MEMBER_VALUE] == NULL && !list_read_match(mapper, FIELD_CUSTOM_FIELDS, match, value))
		return false;
	if (!read_date(mapper, value))
		return false;
	if (name->presence != PRESENCE_VALUE || value->presence != PRESENCE_VALUE || is_named(list, name->text))
		return true;
	if (name->text.size > LIMIT_ID_BYTES)
		return mapper_complain(mapper, COMPLAINT_ID_TOO_LONG, "custom_fields", name->text);
	if (!write_member(mapper, list, name->text, value, &fits))
		return false;
	if (fits) {
		mapper_take(mapper, name);
		mapper_take(mapper, value);
	}
	return true;
}

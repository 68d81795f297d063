/* Texts in other languages than the item's own. */
#include "dialect/mapping.h"

#include "catalog/language.h"

#define FIELD_NAME_OF_TEXTS "texts"

/* Is this the language that the item's own texts are in, as job or dialect say? */
static bool is_own_language(struct mapper *mapper, struct slice language)
{
	char tag[LANGUAGE_TAG_MAX];
	struct slice own;

	return language_parse(mapper_language(mapper), tag, &own) && slice_equal(own, language);
}

static bool is_stated(const struct list_builder *list, enum field_id field, struct slice language)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->mapper->text_keys[i].field == field && slice_equal(list->mapper->text_keys[i].language, language))
			return true;
	return false;
}

static bool write_text(struct mapper *mapper, struct list_builder *list, const struct text_key *key, struct slice text,
                       bool *ret_fits)
{
	if (!list_item_begin(list, text, ret_fits))
		return false;
	if (!*ret_fits)
		return true;
	json_object_begin(&list->json);
	json_member_text(&list->json, "field", field_definition(key->field)->name);
	json_member_string(&list->json, "language", key->language);
	json_member_string(&list->json, "value", text);
	json_object_end(&list->json);
	mapper->text_keys[list->count] = *key;
	return list_item_end(list, text, ret_fits);
}

/* Field and language of an entry; false in `ret_is_usable` (with a complaint) where one is none. */
static bool read_key(struct mapper *mapper, const struct mapped_value members[MEMBER_COUNT], struct text_key *ret_key,
                     bool *ret_is_usable)
{
	const struct slice field = members[MEMBER_FIELD].text;
	char *tag = arena_alloc(&mapper->record_arena, LANGUAGE_TAG_MAX);

	*ret_is_usable = false;
	if (tag == NULL)
		return false;
	ret_key->field = field_find(field);
	if (ret_key->field != FIELD_NAME && (ret_key->field != FIELD_DESCRIPTION || mapper->rule->kind == ITEM_CATEGORY))
		return mapper_complain(mapper, COMPLAINT_WORD_UNKNOWN, FIELD_NAME_OF_TEXTS, field);
	if (!language_parse(members[MEMBER_LANGUAGE].text, tag, &ret_key->language))
		return mapper_complain(mapper, COMPLAINT_WORD_UNKNOWN, FIELD_NAME_OF_TEXTS, members[MEMBER_LANGUAGE].text);
	*ret_is_usable = true;
	return true;
}

/* What is in the item's own language, or was said already, stays unread, so that extra keeps it unless a field reads it. */
bool map_add_text(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match)
{
	struct mapped_value members[MEMBER_COUNT];
	struct mapped_value *value = &members[MEMBER_VALUE];
	struct text_key key;
	bool is_usable;
	bool fits;

	if (!list_read_members(mapper, FIELD_TEXTS, entry, match, members))
		return false;
	if (entry->members[MEMBER_VALUE] == NULL && !list_read_match(mapper, FIELD_TEXTS, match, value))
		return false;
	if (members[MEMBER_FIELD].presence != PRESENCE_VALUE || members[MEMBER_LANGUAGE].presence != PRESENCE_VALUE ||
	    value->presence != PRESENCE_VALUE)
		return true;
	if (!read_key(mapper, members, &key, &is_usable))
		return false;
	if (!is_usable || is_own_language(mapper, key.language) || is_stated(list, key.field, key.language))
		return true;
	if (value->text.size > field_definition(key.field)->max_bytes)
		return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, FIELD_NAME_OF_TEXTS, value->text);
	if (!write_text(mapper, list, &key, value->text, &fits))
		return false;
	if (!fits)
		return true;
	mapper_take(mapper, &members[MEMBER_FIELD]);
	mapper_take(mapper, &members[MEMBER_LANGUAGE]);
	mapper_take(mapper, value);
	return true;
}

/* One item: its ids, its product, its fields. */
#include "dialect/mapping.h"

/* --- ids --- */

static struct slice kind_prefix(const struct mapper *mapper)
{
	return mapper->rule->kind == ITEM_CATEGORY ? mapper->options.category_prefix : mapper->options.id_prefix;
}

/* The nearest usable item of these kinds (bits) around the current one, or NULL. */
static const struct mapped_item *find_outer(const struct mapper *mapper, unsigned kinds)
{
	size_t outer = mapper->items[mapper->item].outer;

	for (; outer != ITEM_NONE; outer = mapper->items[outer].outer) {
		const struct mapped_item *item = &mapper->items[outer];

		if (!item->is_rejected && item->rule->role == RECORD_OF_ITEM && (kinds & 1u << item->rule->kind) != 0)
			return item;
	}
	return NULL;
}

bool map_id(struct mapper *mapper)
{
	const struct mapped_item *outer;
	struct mapped_value value;
	struct slice id;

	if (mapper->rule->role == RECORD_OF_PART && mapper->rule->fields[FIELD_ID].value == NULL) {
		outer = find_outer(mapper, 1u << mapper->rule->kind);
		if (outer != NULL)
			field_set_text(mapper, FIELD_ID, statement_text(&outer->statement, FIELD_ID));
		return true; /* the complaint is the outer item's */
	}
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
	const struct mapped_item *outer;
	struct mapped_value value;
	struct slice id = {NULL, 0};

	if (mapper->rule->fields[FIELD_PARENT_ID].value == NULL) {
		outer = find_outer(mapper, 1u << ITEM_CATEGORY);
		if (outer != NULL)
			field_set_text(mapper, FIELD_PARENT_ID, statement_text(&outer->statement, FIELD_ID));
		return true;
	}
	if (!field_read(mapper, (enum target)FIELD_PARENT_ID, &value))
		return false;
	if (value.presence == PRESENCE_VALUE &&
	    !field_make_id(mapper, mapper->options.category_prefix, value.text, "parent_id", &id))
		return false;
	if (id.size > 0)
		field_set_text(mapper, FIELD_PARENT_ID, id);
	else if (value.presence == PRESENCE_EMPTY)
		mapper->statement->fields[FIELD_PARENT_ID].presence = PRESENCE_EMPTY;
	if (id.size > 0 || value.presence == PRESENCE_EMPTY)
		mapper_take(mapper, &value);
	return true;
}

/* The product of the record around the SKU; false in `ret_found` where none there has one. */
static void link_outer(struct mapper *mapper, bool *ret_found)
{
	const struct mapped_item *outer = find_outer(mapper, 1u << ITEM_PRODUCT | 1u << ITEM_SKU);
	struct statement *statement = mapper->statement;

	*ret_found = outer != NULL;
	if (outer == NULL)
		return;
	if (outer->rule->kind == ITEM_PRODUCT) {
		field_set_text(mapper, FIELD_PRODUCT_ID, statement_text(&outer->statement, FIELD_ID));
		statement->product_link = PRODUCT_LINK_NAMED;
		return;
	}
	field_set_text(mapper, FIELD_PRODUCT_ID, statement_text(&outer->statement, FIELD_PRODUCT_ID));
	statement->product_link = outer->statement.product_link == PRODUCT_LINK_SELF ||
	                                          outer->statement.product_link == PRODUCT_LINK_GROUP
	                                  ? PRODUCT_LINK_GROUP
	                                  : PRODUCT_LINK_NAMED;
}

/* What is said of a SKU's product where no id names it. */
static enum product_link unnamed_link(enum product_mode mode)
{
	return mode == PRODUCT_MODE_PARENT   ? PRODUCT_LINK_ALONE
	       : mode == PRODUCT_MODE_LISTED ? PRODUCT_LINK_LISTED
	                                     : PRODUCT_LINK_SELF;
}

/* The SKU's product, and how it is named; without a usable name the SKU is its own product. */
static bool map_product_id(struct mapper *mapper)
{
	const struct record_rule *rule = mapper->rule;
	const struct product_rule *product =
		&rule->products[rule->product_option == OPTION_NONE ? 0 : mapper->chosen[rule->product_option]];
	struct statement *statement = mapper->statement;
	struct mapped_value value;
	struct slice id = {NULL, 0};
	bool is_found = false;

	if (product->mode == PRODUCT_MODE_OUTER)
		link_outer(mapper, &is_found);
	if (is_found)
		return true;
	value_set_absent(&value);
	if (product->id != NULL && !value_read(mapper, product->id, evaluator_scope(&mapper->evaluator), &value))
		return false;
	if (!value_complain(mapper, &value, "product_id"))
		return false;
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
	statement->product_link = unnamed_link(product->mode);
	return true;
}

/* --- fields --- */

/* Notes each required field without a value; false in `ret_complete` where there is one. */
static bool check_required(struct mapper *mapper, bool *ret_complete)
{
	*ret_complete = true;
	for (int field = 0; field < FIELD_COUNT; field++) {
		if (!mapper->rule->fields[field].is_required || field == FIELD_ID)
			continue;
		if (mapper->statement->fields[field].presence == PRESENCE_VALUE)
			continue;
		*ret_complete = false;
		if (!mapper_complain(mapper, COMPLAINT_REQUIRED_MISSING, field_definition((enum field_id)field)->name,
		                     (struct slice){NULL, 0}))
			return false;
	}
	return true;
}

static bool map_fields(struct mapper *mapper)
{
	const bool is_item = mapper->rule->role == RECORD_OF_ITEM;
	const enum item_kind kind = mapper->rule->kind;

	if (is_item && kind == ITEM_CATEGORY && !map_parent(mapper))
		return false;
	if (is_item && kind == ITEM_SKU && !map_product_id(mapper))
		return false;
	return map_single_fields(mapper) && map_prices(mapper) && map_lists(mapper) && map_categories(mapper);
}

/* Does a part say anything? */
static bool has_content(const struct statement *statement)
{
	for (int field = 0; field < FIELD_COUNT; field++)
		if (field != FIELD_ID && field != FIELD_POSITION && statement->fields[field].presence == PRESENCE_VALUE)
			return true;
	return false;
}

bool map_item(struct mapper *mapper)
{
	const size_t path_count = mapper->category_path_count;
	const size_t entry_count = mapper->category_entry_count;
	const bool is_part = mapper->rule->role == RECORD_OF_PART;
	bool is_complete = false;

	if (!map_id(mapper))
		return false;
	if (mapper->statement->fields[FIELD_ID].presence == PRESENCE_VALUE &&
	    (!map_fields(mapper) || !check_required(mapper, &is_complete)))
		return false;
	mapper->items[mapper->item].is_rejected = !is_complete;
	mapper->items[mapper->item].is_silent = is_part && (!is_complete || !has_content(mapper->statement));
	if (!is_complete) { /* and what it says of categories does not count */
		mapper->category_path_count = path_count;
		mapper->category_entry_count = entry_count;
	}
	return true;
}

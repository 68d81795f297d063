/* Words of availability and condition, and truth values. */
#include "catalog/values.h"

#include "catalog/word.h"

#include <stdint.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Schema.org's members of ItemAvailability and OfferItemCondition stand here without their address. */
static const struct word availability_words[] = {
	{"0", "out_of_stock"},
	{"1", "in_stock"},
	{"archived", "discontinued"},
	{"available", "in_stock"},
	{"available_for_order", "backorder"},
	{"back_order", "backorder"},
	{"backorder", "backorder"},
	{"backordered", "backorder"},
	{"discontinued", "discontinued"},
	{"end_of_life", "discontinued"},
	{"false", "out_of_stock"},
	{"in_stock", "in_stock"},
	{"in_store_only", "in_stock"},
	{"instock", "in_stock"},
	{"instoreonly", "in_stock"},
	{"limited", "limited"},
	{"limited_availability", "limited"},
	{"limited_stock", "limited"},
	{"limitedavailability", "limited"},
	{"low_stock", "limited"},
	{"lowstock", "limited"},
	{"made_to_order", "on_order"},
	{"madetoorder", "on_order"},
	{"mark_as_sold", "out_of_stock"},
	{"n", "out_of_stock"},
	{"no", "out_of_stock"},
	{"not_available", "out_of_stock"},
	{"not_in_stock", "out_of_stock"},
	{"on_back_order", "backorder"},
	{"on_backorder", "backorder"},
	{"on_order", "on_order"},
	{"onbackorder", "backorder"},
	{"online_only", "in_stock"},
	{"onlineonly", "in_stock"},
	{"out_of_stock", "out_of_stock"},
	{"outofstock", "out_of_stock"},
	{"pre_order", "preorder"},
	{"pre_sale", "preorder"},
	{"preorder", "preorder"},
	{"presale", "preorder"},
	{"reserved", "out_of_stock"},
	{"sold", "out_of_stock"},
	{"sold_out", "out_of_stock"},
	{"soldout", "out_of_stock"},
	{"temporarily_out_of_stock", "out_of_stock"},
	{"to_order", "on_order"},
	{"true", "in_stock"},
	{"unavailable", "out_of_stock"},
	{"unknown", "unknown"},
	{"y", "in_stock"},
	{"yes", "in_stock"},
	{"в_наличии", "in_stock"},
	{"в_наявності", "in_stock"},
	{"да", "in_stock"},
	{"есть", "in_stock"},
	{"есть_в_наличии", "in_stock"},
	{"знято_з_виробництва", "discontinued"},
	{"на_заказ", "on_order"},
	{"нема_в_наявності", "out_of_stock"},
	{"немає", "out_of_stock"},
	{"немає_в_наявності", "out_of_stock"},
	{"нет", "out_of_stock"},
	{"нет_в_наличии", "out_of_stock"},
	{"ні", "out_of_stock"},
	{"передзамовлення", "preorder"},
	{"под_заказ", "on_order"},
	{"предварительный_заказ", "preorder"},
	{"предзаказ", "preorder"},
	{"під_замовлення", "on_order"},
	{"снят_с_производства", "discontinued"},
	{"так", "in_stock"},
	{"є", "in_stock"},
	{"є_в_наявності", "in_stock"},
};

static const char *const availability_names[] = {"in_stock", "out_of_stock", "preorder",     "backorder",
                                                 "on_order", "limited",      "discontinued", "unknown"};

/* 'Open box' and a shop's display piece are used: Google calls new only what is unopened. */
static const struct word condition_words[] = {
	{"brand_new", "new"},
	{"certified_pre_owned", "used"},
	{"cpo", "used"},
	{"fashionpreowned", "used"},
	{"like_new", "used"},
	{"likenew", "used"},
	{"new", "new"},
	{"newcondition", "new"},
	{"open_box", "used"},
	{"open_box_new", "used"},
	{"pre_owned", "used"},
	{"preowned", "used"},
	{"reconditioned", "refurbished"},
	{"refurbished", "refurbished"},
	{"refurbishedcondition", "refurbished"},
	{"remanufactured", "refurbished"},
	{"renewed", "refurbished"},
	{"second_hand", "used"},
	{"secondhand", "used"},
	{"showcasesample", "used"},
	{"used", "used"},
	{"used_fair", "used"},
	{"used_good", "used"},
	{"used_like_new", "used"},
	{"usedcondition", "used"},
	{"б/у", "used"},
	{"бывший_в_употреблении", "used"},
	{"вживаний", "used"},
	{"восстановленный", "refurbished"},
	{"восстановлено", "refurbished"},
	{"відновлений", "refurbished"},
	{"нова", "new"},
	{"новая", "new"},
	{"нове", "new"},
	{"новий", "new"},
	{"новое", "new"},
	{"новый", "new"},
};

static const char *const condition_names[] = {"new", "refurbished", "used"};

static const struct word truth_words[] = {
	{"0", ""},        {"1", "true"}, {"false", ""},   {"n", ""},      {"no", ""},
	{"true", "true"}, {"y", "true"}, {"yes", "true"}, {"да", "true"}, {"нет", ""},
};

static const struct word status_words[] = {
	{"active", "active"},      {"archive", "hidden"},   {"archived", "hidden"}, {"deleted", "hidden"},  {"disabled", "hidden"},
	{"draft", "hidden"},       {"enabled", "active"},   {"hidden", "hidden"},   {"inactive", "hidden"}, {"invisible", "hidden"},
	{"offline", "hidden"},     {"online", "active"},    {"pending", "hidden"},  {"private", "hidden"},  {"public", "active"},
	{"publish", "active"},     {"published", "active"}, {"staging", "hidden"},  {"trash", "hidden"},    {"unlisted", "hidden"},
	{"unpublished", "hidden"}, {"visible", "active"},
};

static const struct word price_kind_words[] = {
	{"cost", "cost"},
	{"cost_of_goods_sold", "cost"},
	{"cost_price", "cost"},
	{"current", "current"},
	{"deposit", "deposit"},
	{"list", "list"},
	{"list_price", "list"},
	{"map", "map"},
	{"min", "min"},
	{"minimum", "min"},
	{"minimum_advertised_price", "map"},
	{"msrp", "msrp"},
	{"promo", "sale"},
	{"promotion", "sale"},
	{"purchase", "cost"},
	{"purchase_price", "cost"},
	{"recommended_retail_price", "msrp"},
	{"regular", "regular"},
	{"regular_price", "regular"},
	{"rrp", "msrp"},
	{"sale", "sale"},
	{"sale_price", "sale"},
	{"special", "sale"},
	{"special_price", "sale"},
	{"subscription", "subscription"},
	{"uvp", "msrp"},
	{"wholesale", "wholesale"},
};

const char *const price_kind_names[PRICE_KIND_COUNT] = {"current", "list", "regular",   "sale",         "cost",   "msrp",
                                                        "map",     "min",  "wholesale", "subscription", "deposit"};

/* Behind 'schema.org/' where there is one. */
static struct slice without_address(struct slice text)
{
	static const char host[] = "schema.org/";
	const struct slice needle = SLICE(host);
	size_t found = text.size > needle.size ? slice_find(text, needle) : SIZE_MAX;

	if (found == SIZE_MAX)
		return text;
	return (struct slice){text.data + found + needle.size, text.size - found - needle.size};
}

static const char *parse_word(struct slice text, const struct word *table, size_t count)
{
	char bytes[WORD_MAX];

	return word_find(table, count, word_fold(without_address(slice_trim(text)), WORD_JOINT_ONE, bytes));
}

static bool is_one_of(struct slice word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal_text(word, names[i]))
			return true;
	return false;
}

const char *availability_parse(struct slice text)
{
	return parse_word(text, availability_words, COUNT_OF(availability_words));
}

bool availability_is_canonical(struct slice word)
{
	return is_one_of(word, availability_names, COUNT_OF(availability_names));
}

const char *condition_parse(struct slice text)
{
	return parse_word(text, condition_words, COUNT_OF(condition_words));
}

bool condition_is_canonical(struct slice word)
{
	return is_one_of(word, condition_names, COUNT_OF(condition_names));
}

const char *status_parse(struct slice text)
{
	const char *word = parse_word(text, status_words, COUNT_OF(status_words));

	if (word != NULL)
		return word;
	switch (bool_parse(text)) {
	case BOOL_TRUE:
		return "hidden";
	case BOOL_FALSE:
		return "active";
	case BOOL_EMPTY:
	case BOOL_INVALID:
		break;
	}
	return NULL;
}

const char *price_kind_parse(struct slice text)
{
	return parse_word(text, price_kind_words, COUNT_OF(price_kind_words));
}

enum bool_outcome bool_parse(struct slice text)
{
	char bytes[WORD_MAX];
	struct slice trimmed = slice_trim(text);
	const char *truth;

	if (slice_is_empty(trimmed))
		return BOOL_EMPTY;
	truth = word_find(truth_words, COUNT_OF(truth_words), word_fold(trimmed, WORD_JOINT_KEPT, bytes));
	if (truth == NULL)
		return BOOL_INVALID;
	return *truth != '\0' ? BOOL_TRUE : BOOL_FALSE;
}

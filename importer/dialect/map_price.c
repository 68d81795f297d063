/* The price rule: price, old price, a sale with or without dates, the currency, and further prices. */
#include "dialect/mapping.h"

#include "catalog/values.h"

#include <string.h>

/* An amount that the record states. */
struct amount {
	struct mapped_value value;
	int64_t micros;
	struct currency currency; /* its own; "" = none */
	bool is_usable;
	bool is_exact;
};

static bool has_currency(struct currency currency)
{
	return currency.code[0] != '\0';
}

static bool same_currency(struct currency left, struct currency right)
{
	return !has_currency(left) || !has_currency(right) || strcmp(left.code, right.code) == 0;
}

static bool judge_amount(struct mapper *mapper, const char *field, struct amount *amount)
{
	struct money money = {.micros = 0};
	struct number_judgement judgement;
	enum number_outcome outcome;

	if (amount->value.presence != PRESENCE_VALUE)
		return true;
	outcome = value_parse_money(mapper, &amount->value, &money);
	if (!number_judge(mapper, outcome, money.micros, FIELD_PRICE, field, amount->value.text, &judgement))
		return false;
	amount->micros = money.micros;
	amount->currency = money.currency;
	amount->is_usable = judgement.is_usable;
	amount->is_exact = judgement.is_exact;
	return true;
}

static bool read_amount(struct mapper *mapper, enum target target, struct amount *ret_amount)
{
	ret_amount->is_usable = false;
	ret_amount->is_exact = false;
	ret_amount->micros = 0;
	ret_amount->currency = (struct currency){.code = ""};
	return field_read(mapper, target, &ret_amount->value) && judge_amount(mapper, target_name(target), ret_amount);
}

static void take_amount(struct mapper *mapper, const struct amount *amount)
{
	if (amount->is_exact)
		mapper_take(mapper, &amount->value);
}

/* --- currency --- */

/* The currency field, where the price does not say it itself; its default and the job's only where there is a price. */
static bool map_currency_field(struct mapper *mapper, bool has_price)
{
	struct mapped_value value;

	if (!field_read(mapper, (enum target)FIELD_CURRENCY, &value))
		return false;
	if (value.presence == PRESENCE_EMPTY) {
		mapper->statement->fields[FIELD_CURRENCY].presence = PRESENCE_EMPTY;
		mapper_take(mapper, &value);
	}
	if (value.presence == PRESENCE_VALUE && !currency_parse(value.text, &mapper->further_currency))
		return mapper_complain(mapper, COMPLAINT_CURRENCY_UNKNOWN, "currency", value.text);
	if (value.presence == PRESENCE_VALUE && !value.is_default)
		mapper_take(mapper, &value);
	if (!has_currency(mapper->further_currency))
		memcpy(mapper->further_currency.code, mapper->options.default_currency, sizeof mapper->further_currency.code);
	if (has_price || (value.presence == PRESENCE_VALUE && !value.is_default))
		mapper->currency = mapper->further_currency;
	return true;
}

static bool map_currency(struct mapper *mapper, struct currency stated, bool has_price)
{
	const size_t complaints = mapper->complaint_count;

	mapper->currency = stated;
	mapper->further_currency = stated;
	if (!has_currency(stated) && !map_currency_field(mapper, has_price))
		return false;
	if (has_currency(mapper->currency)) {
		field_set_text(mapper, FIELD_CURRENCY, slice_make(mapper->currency.code, strlen(mapper->currency.code)));
		return true;
	}
	if (has_price && mapper->complaint_count == complaints) /* an unknown one was complained about */
		return mapper_complain(mapper, COMPLAINT_CURRENCY_MISSING, "currency", (struct slice){NULL, 0});
	return true;
}

/* --- the sale --- */

struct sale {
	struct amount amount;
	bool is_running; /* always: the sale price is the price */
	bool has_dates;
	struct mapped_value dates;
	int64_t from_ms; /* INT64_MIN = open */
	int64_t to_ms;   /* INT64_MAX = open */
};

static bool read_sale_dates(struct mapper *mapper, struct sale *sale)
{
	if (!field_read(mapper, TARGET_SALE_DATES, &sale->dates))
		return false;
	if (sale->dates.presence != PRESENCE_VALUE) {
		sale->is_running = true;
		return true;
	}
	sale->has_dates = value_parse_interval(mapper, &sale->dates, &sale->from_ms, &sale->to_ms) && sale->from_ms <= sale->to_ms;
	return sale->has_dates || mapper_complain(mapper, COMPLAINT_DATE_INVALID, "sale_dates", sale->dates.text);
}

/* A sale counts where it is below the regular price, in its currency, and its dates (if any) can be read. */
static bool read_sale(struct mapper *mapper, const struct amount *price, struct sale *ret_sale)
{
	*ret_sale = (struct sale){.is_running = false};
	if (!read_amount(mapper, TARGET_SALE_PRICE, &ret_sale->amount))
		return false;
	if (!ret_sale->amount.is_usable)
		return true;
	if (ret_sale->amount.micros == 0)
		return mapper_complain(mapper, COMPLAINT_PRICE_ZERO, "sale_price", ret_sale->amount.value.text);
	if (price->is_usable &&
	    (ret_sale->amount.micros >= price->micros || !same_currency(ret_sale->amount.currency, price->currency)))
		return mapper_complain(mapper, COMPLAINT_OLD_PRICE_NOT_GREATER, "sale_price", ret_sale->amount.value.text);
	if (!read_sale_dates(mapper, ret_sale))
		return false;
	if (ret_sale->is_running || ret_sale->has_dates) {
		take_amount(mapper, &ret_sale->amount);
		mapper_take(mapper, &ret_sale->dates);
	}
	return true;
}

/* --- price and old price --- */

static bool map_old_price(struct mapper *mapper, const struct amount *price)
{
	struct amount old;

	if (!read_amount(mapper, (enum target)FIELD_OLD_PRICE, &old))
		return false;
	if (old.value.presence == PRESENCE_EMPTY) {
		mapper->statement->fields[FIELD_OLD_PRICE].presence = PRESENCE_EMPTY;
		mapper_take(mapper, &old.value);
	}
	if (!old.is_usable)
		return true;
	if (!price->is_usable || old.micros <= price->micros || !same_currency(old.currency, price->currency))
		return mapper_complain(mapper, COMPLAINT_OLD_PRICE_NOT_GREATER, "old_price", old.value.text);
	field_set_integer(mapper, FIELD_OLD_PRICE, old.micros);
	take_amount(mapper, &old);
	return true;
}

static bool map_price(struct mapper *mapper, const struct amount *price, const struct sale *sale)
{
	if (price->value.presence == PRESENCE_EMPTY) {
		mapper->statement->fields[FIELD_PRICE].presence = PRESENCE_EMPTY;
		mapper_take(mapper, &price->value);
	}
	if (price->is_usable) {
		take_amount(mapper, price);
		if (price->micros == 0 && !mapper_complain(mapper, COMPLAINT_PRICE_ZERO, "price", price->value.text))
			return false;
	}
	if (sale->is_running) {
		field_set_integer(mapper, FIELD_PRICE, sale->amount.micros);
		if (price->is_usable)
			field_set_integer(mapper, FIELD_OLD_PRICE, price->micros);
		return true;
	}
	if (price->is_usable)
		field_set_integer(mapper, FIELD_PRICE, price->micros);
	return map_old_price(mapper, price);
}

/* --- further prices --- */

struct further_price {
	struct slice kind;
	struct slice currency;
	struct slice region;
	bool has_min_quantity;
	int64_t min_quantity_micros;
	int64_t from_ms;
	int64_t to_ms;
	int64_t amount_micros;
};

static bool write_price(struct list_builder *list, const struct further_price *price, struct slice text, bool *ret_fits)
{
	struct json_writer *json = &list->json;

	if (!list_item_begin(list, text, ret_fits))
		return false;
	if (!*ret_fits)
		return true;
	json_object_begin(json);
	json_member_string(json, "kind", price->kind);
	if (price->currency.size > 0)
		json_member_string(json, "currency", price->currency);
	if (price->has_min_quantity)
		json_member_integer(json, "min_quantity_micros", price->min_quantity_micros);
	if (price->region.size > 0)
		json_member_string(json, "region", price->region);
	if (price->from_ms != INT64_MIN)
		json_member_integer(json, "valid_from_ms", price->from_ms);
	if (price->to_ms != INT64_MAX)
		json_member_integer(json, "valid_to_ms", price->to_ms);
	json_member_integer(json, "amount_micros", price->amount_micros);
	json_object_end(json);
	return list_item_end(list, text, ret_fits);
}

/* What one entry of `prices` says at one match; members that were read are kept, to be taken when the price is. */
struct price_reading {
	struct mapped_value members[MEMBER_COUNT];
	struct amount amount;
	struct further_price price;
	bool is_usable;
};

static bool read_instant_member(struct mapper *mapper, struct price_reading *reading, enum list_member member, int64_t *ms)
{
	const struct mapped_value *value = &reading->members[member];

	if (value->presence != PRESENCE_VALUE || value_parse_instant(mapper, value, ms))
		return true;
	reading->is_usable = false; /* a price without its bounds would be another price */
	return mapper_complain(mapper, COMPLAINT_DATE_INVALID, "prices", value->text);
}

static bool read_price_currency(struct mapper *mapper, struct price_reading *reading)
{
	const struct mapped_value *value = &reading->members[MEMBER_CURRENCY];
	struct currency *currency = &reading->amount.currency;

	if (!has_currency(*currency) && value->presence == PRESENCE_VALUE && !currency_parse(value->text, currency)) {
		reading->is_usable = false;
		return mapper_complain(mapper, COMPLAINT_CURRENCY_UNKNOWN, "prices", value->text);
	}
	if (!has_currency(*currency))
		*currency = mapper->further_currency;
	reading->price.currency = slice_make(currency->code, strlen(currency->code));
	return true;
}

static bool read_min_quantity(struct mapper *mapper, struct price_reading *reading)
{
	const struct mapped_value *value = &reading->members[MEMBER_MIN_QUANTITY];
	struct number_judgement judgement;
	enum number_outcome outcome;

	if (value->presence != PRESENCE_VALUE)
		return true;
	outcome = value_parse_number(mapper, value, &reading->price.min_quantity_micros);
	if (!number_judge(mapper, outcome, reading->price.min_quantity_micros, FIELD_PRICE, "prices", value->text, &judgement))
		return false;
	reading->price.has_min_quantity = judgement.is_usable;
	reading->is_usable &= judgement.is_usable;
	return true;
}

static bool read_kind(struct mapper *mapper, struct price_reading *reading)
{
	const struct mapped_value *value = &reading->members[MEMBER_KIND];
	const char *kind;

	if (value->presence != PRESENCE_VALUE) {
		reading->is_usable = false;
		return true;
	}
	kind = price_kind_parse(value->text);
	reading->price.kind = slice_from(kind);
	if (kind != NULL)
		return true;
	reading->is_usable = false;
	return mapper_complain(mapper, COMPLAINT_WORD_UNKNOWN, "prices", value->text);
}

/* Both bounds, which must leave some time between them. */
static bool read_bounds(struct mapper *mapper, struct price_reading *reading)
{
	struct further_price *price = &reading->price;

	if (!read_instant_member(mapper, reading, MEMBER_VALID_FROM, &price->from_ms) ||
	    !read_instant_member(mapper, reading, MEMBER_VALID_TO, &price->to_ms))
		return false;
	if (price->from_ms <= price->to_ms)
		return true;
	reading->is_usable = false;
	return mapper_complain(mapper, COMPLAINT_DATE_INVALID, "prices", reading->members[MEMBER_VALID_TO].text);
}

static bool read_price(struct mapper *mapper, const struct list_entry *entry, struct match match, struct price_reading *reading)
{
	reading->amount = (struct amount){.is_usable = false};
	reading->price = (struct further_price){.from_ms = INT64_MIN, .to_ms = INT64_MAX};
	if (!list_read_members(mapper, FIELD_PRICES, entry, match, reading->members))
		return false;
	reading->amount.value = reading->members[MEMBER_AMOUNT];
	if (entry->members[MEMBER_AMOUNT] == NULL && !list_read_match(mapper, FIELD_PRICES, match, &reading->amount.value))
		return false;
	if (!judge_amount(mapper, "prices", &reading->amount))
		return false;
	reading->is_usable = reading->amount.is_usable;
	reading->price.amount_micros = reading->amount.micros;
	reading->price.region = reading->members[MEMBER_REGION].text;
	if (!reading->is_usable)
		return true;
	return read_kind(mapper, reading) && read_price_currency(mapper, reading) && read_min_quantity(mapper, reading) &&
	       read_bounds(mapper, reading);
}

static bool add_price(struct mapper *mapper, struct list_builder *list, const struct list_entry *entry, struct match match)
{
	struct price_reading reading;
	bool fits;

	if (!read_price(mapper, entry, match, &reading))
		return false;
	if (reading.amount.value.presence == PRESENCE_EMPTY)
		list->has_empty = true;
	if (!reading.is_usable) {
		list->has_unread |= reading.amount.value.presence == PRESENCE_VALUE;
		return true;
	}
	if (!write_price(list, &reading.price, reading.amount.value.text, &fits))
		return false;
	if (!fits)
		return true;
	for (int member = MEMBER_KIND; member <= MEMBER_VALID_TO; member++)
		if (member != MEMBER_AMOUNT)
			mapper_take(mapper, &reading.members[member]);
	take_amount(mapper, &reading.amount);
	return true;
}

static bool map_further_prices(struct mapper *mapper, const struct sale *sale)
{
	const struct field_rule *rule = &mapper->rule->fields[FIELD_PRICES];
	struct list_builder list;
	bool fits;

	if (rule->entry_count == 0 && !sale->has_dates)
		return true;
	list_begin(&list, mapper, FIELD_PRICES, LIMIT_LIST_ITEMS);
	if (sale->has_dates) {
		const struct further_price price = {.kind = SLICE("sale"),
		                                    .currency = slice_make(mapper->currency.code, strlen(mapper->currency.code)),
		                                    .from_ms = sale->from_ms,
		                                    .to_ms = sale->to_ms,
		                                    .amount_micros = sale->amount.micros};

		if (!write_price(&list, &price, sale->amount.value.text, &fits))
			return false;
	}
	return list_add_entries(mapper, &list, add_price) && list_end(&list, PRESENCE_ABSENT);
}

bool map_prices(struct mapper *mapper)
{
	struct amount price;
	struct sale sale;
	struct currency stated;

	if (!read_amount(mapper, (enum target)FIELD_PRICE, &price) || !read_sale(mapper, &price, &sale) ||
	    !map_price(mapper, &price, &sale))
		return false;
	stated = has_currency(price.currency) ? price.currency : sale.amount.currency;
	if (!map_currency(mapper, stated, price.is_usable || sale.is_running || sale.has_dates))
		return false;
	return map_further_prices(mapper, &sale);
}

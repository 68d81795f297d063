/*
 * Records by chance over a few ids, so that they meet: groups, products that
 * list SKUs, products that are SKUs, parts, categories, custom fields, rejects.
 */
#include "apply_random.h"

#include <stdio.h>

uint64_t chance_next(struct chance *chance)
{
	uint64_t value = chance->state += UINT64_C(0x9E3779B97F4A7C15);

	value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
	return value ^ (value >> 31);
}

unsigned chance_below(struct chance *chance, unsigned limit)
{
	return (unsigned)(chance_next(chance) % limit);
}

bool chance_percent(struct chance *chance, unsigned percent)
{
	return chance_below(chance, 100) < percent;
}

#define PICK(chance, words) ((words)[chance_below((chance), (unsigned)(sizeof(words) / sizeof((words)[0])))])

/* Some ids are of a SKU here and of a product there. */
static const char *const sku_ids[] = {"s1", "s2", "s3", "s4", "s5", "s6", "s7", "x1", "x2", "x3"};
static const char *const product_ids[] = {"p1", "p2", "p3", "x1", "x2", "x3"};
static const char *const category_ids[] = {"c1", "c2", "c3", "c4", "c5", "c6"};
static const char *const names[] = {"Shirt Red S", "Shirt Red M",  "Shirt Blue S", "Shirt", "Sh",
                                    "Lamp – tall", "Lamp — small", "Ünder",        "Über"};
static const char *const brands[] = {"Acme", "Bolt"};
static const char *const texts[] = {"one", "two \"quoted\"", "three\nlines"};
static const char *const images[] = {"[\"http://a/1\"]", "[\"http://a/1\",\"http://a/2\"]"};
static const char *const attributes[] = {"[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\",\"value\":\"2\"}]",
                                         "[{\"name\":\"b\",\"value\":\"2\"}]",
                                         "[{\"name\":\"c\",\"value\":\"3\",\"unit\":\"cm\"}]"};
static const char *const tags[] = {"[\"new\",\"sale\"]", "[\"sale\"]", "[\"old\"]"};
static const char *const lists[] = {"[\"c1\"]", "[\"c2\",\"c1\"]", "[\"c3\",\"c4\",\"c3\"]", "[\"c5\"]", "[\"nowhere\"]"};
static const char *const prices[] = {"[{\"kind\":\"sale\",\"currency\":\"EUR\",\"valid_from_ms\":5,\"amount_micros\":7}]",
                                     "[{\"kind\":\"list\",\"amount_micros\":9},{\"kind\":\"list\",\"amount_micros\":10}]"};
static const char *const stocks[] = {"[{\"place\":\"north\",\"quantity_micros\":1000000}]",
                                     "[{\"place\":\"south\",\"availability\":\"in_stock\"}]"};

/* Texts in other languages; one has two of a kind, of which the first counts. */
static const char *const translations[] = {
	"[{\"field\":\"name\",\"language\":\"de\",\"value\":\"Hemd\"}]",
	"[{\"field\":\"name\",\"language\":\"de\",\"value\":\"Bluse\"},{\"field\":\"name\",\"language\":\"fr\",\"value\":\"Chemise\"}]",
	"[{\"field\":\"name\",\"language\":\"fr\",\"value\":\"un\"},{\"field\":\"name\",\"language\":\"fr\",\"value\":\"deux\"}]"};
static const char *const bags[] = {"{\"color\":\"red\"}", "{\"color\":5,\"size\":true}", "{\"material\":\"silk\"}"};
static const char *const children[] = {"[\"s1\",\"s2\"]", "[\"s2\",\"r1\"]", "[\"s3\"]", "[\"r1\",\"s4\",\"nobody\"]"};
static const char *const references[] = {"r1", "s3"};

static void maybe_set(struct feed *feed, struct chance *chance, struct statement *statement, enum field_id field, const char *text)
{
	if (chance_percent(chance, 60))
		statement_set(feed, statement, field, text);
}

static void maybe_set_integer(struct chance *chance, struct statement *statement, enum field_id field)
{
	if (chance_percent(chance, 60))
		statement_set_integer(statement, field, chance_below(chance, 3));
}

/* What products and SKUs both have. */
static void fill(struct feed *feed, struct chance *chance, struct statement *statement)
{
	maybe_set(feed, chance, statement, FIELD_NAME, PICK(chance, names));
	maybe_set(feed, chance, statement, FIELD_DESCRIPTION, PICK(chance, texts));
	maybe_set(feed, chance, statement, FIELD_BRAND, PICK(chance, brands));
	maybe_set(feed, chance, statement, FIELD_IMAGES, PICK(chance, images));
	maybe_set(feed, chance, statement, FIELD_ATTRIBUTES, PICK(chance, attributes));
	maybe_set(feed, chance, statement, FIELD_TAGS, PICK(chance, tags));
	maybe_set(feed, chance, statement, FIELD_CATEGORIES, PICK(chance, lists));
	maybe_set_integer(chance, statement, FIELD_PRICE);
	if (chance_percent(chance, 15))
		statement_set(feed, statement, FIELD_STATUS, "hidden");
	if (chance_percent(chance, 20))
		statement_set(feed, statement, FIELD_EXTRA, "{\"color\":\"red\"}");
	if (chance_percent(chance, 30))
		statement_set(feed, statement, FIELD_TEXTS, PICK(chance, translations));
	if (chance_percent(chance, chance->is_plain ? 3 : 30))
		statement_set(feed, statement, FIELD_CUSTOM_FIELDS, PICK(chance, bags));
}

static struct statement *product(struct feed *feed, struct chance *chance, const char *id)
{
	struct statement *statement = feed_statement(feed, ITEM_PRODUCT, STATEMENT_STATED, id);

	fill(feed, chance, statement);
	if (chance_percent(chance, 50))
		statement_set(feed, statement, FIELD_CHILDREN, PICK(chance, children));
	return statement;
}

/* More about an item, whether the feed has it or not. */
static void part(struct feed *feed, struct chance *chance)
{
	const enum item_kind kind = chance_percent(chance, 60) ? ITEM_SKU : ITEM_PRODUCT;
	struct statement *statement = feed_statement(feed, kind, STATEMENT_PART,
	                                             kind == ITEM_SKU ? PICK(chance, sku_ids) : PICK(chance, product_ids));

	if (chance_percent(chance, 40))
		statement_set(feed, statement, FIELD_IMAGES, PICK(chance, images));
	if (chance_percent(chance, 40))
		statement_set(feed, statement, FIELD_CATEGORIES, PICK(chance, lists));
	if (chance_percent(chance, 20))
		statement_set(feed, statement, FIELD_ATTRIBUTES, PICK(chance, attributes));
	if (chance_percent(chance, 20))
		statement_set(feed, statement, FIELD_TEXTS, PICK(chance, translations));
	if (kind == ITEM_SKU && chance_percent(chance, 30))
		statement_set(feed, statement, FIELD_PRICES, PICK(chance, prices));
	if (kind == ITEM_SKU && chance_percent(chance, 30))
		statement_set(feed, statement, FIELD_STOCKS, PICK(chance, stocks));
	maybe_set_integer(chance, statement, FIELD_POSITION);
}

static void definition(struct feed *feed, struct chance *chance)
{
	static const char *const ids[] = {"color", "size"};
	static const char *const types[] = {"unicode", "bool", "enum"};
	struct field_statement *field = feed_field(feed, chance_percent(chance, 50) ? ITEM_SKU : ITEM_PRODUCT, PICK(chance, ids),
	                                           PICK(chance, types));

	field->is_required = chance_percent(chance, 30);
	if (chance_percent(chance, 30))
		field->enum_values = feed_text(feed, "{\"red\":\"Red\"}");
}

/* A leaf that is stated and an ancestor that follows from it. */
/* In plain feeds a category has the same words nearly everywhere. */
static const char *category_name(struct chance *chance, const char *id)
{
	return chance->is_plain && chance_percent(chance, 90) ? id : PICK(chance, names);
}

static void path(struct feed *feed, struct chance *chance)
{
	const unsigned place = chance_below(chance, 6);
	const char *const top = chance->is_plain ? category_ids[place / 2 * 2] : PICK(chance, category_ids);
	const char *const leaf = category_ids[place];
	struct statement *statement = feed_statement(feed, ITEM_CATEGORY, STATEMENT_STATED, leaf);

	statement_set(feed, statement, FIELD_NAME, category_name(chance, leaf));
	statement_set(feed, statement, FIELD_PARENT_ID, top);
	statement = feed_statement(feed, ITEM_CATEGORY, STATEMENT_DERIVED, top);
	statement_set(feed, statement, FIELD_NAME, category_name(chance, top));
}

/* In plain feeds most SKUs are there once. */
static const char *sku_id(struct chance *chance, char *text, size_t size)
{
	if (!chance->is_plain || chance_percent(chance, 20))
		return PICK(chance, sku_ids);
	(void)snprintf(text, size, "u%u", chance_below(chance, 2000));
	return text;
}

static void sku(struct feed *feed, struct chance *chance)
{
	char text[16];
	const char *const id = sku_id(chance, text, sizeof(text));
	const enum product_link link = (enum product_link)chance_below(chance,
	                                                               chance->is_plain && chance_percent(chance, 85) ? 3 : 5);
	const bool is_own = link == PRODUCT_LINK_SELF || link == PRODUCT_LINK_LISTED ||
	                    (link == PRODUCT_LINK_ALONE && chance_percent(chance, 90));
	const char *const product_id = is_own ? id : PICK(chance, product_ids);
	struct statement *statement = feed_statement(feed, ITEM_SKU, STATEMENT_STATED, id);

	statement->product_link = link;
	statement_set(feed, statement, FIELD_PRODUCT_ID, product_id);
	fill(feed, chance, statement);
	maybe_set(feed, chance, statement, FIELD_URL, "http://a/item");
	maybe_set(feed, chance, statement, FIELD_PRICES, PICK(chance, prices));
	maybe_set(feed, chance, statement, FIELD_STOCKS, PICK(chance, stocks));
	if (chance_percent(chance, 25))
		statement_set(feed, statement, FIELD_REFERENCE, PICK(chance, references));
	if (link == PRODUCT_LINK_ALONE || chance_percent(chance, 20))
		(void)product(feed, chance, product_id);
	if (chance_percent(chance, 40))
		path(feed, chance);
}

static void category(struct feed *feed, struct chance *chance)
{
	struct statement *statement = feed_category(feed, PICK(chance, category_ids),
	                                            chance_percent(chance, 60) ? PICK(chance, category_ids) : NULL,
	                                            PICK(chance, names));

	maybe_set_integer(chance, statement, FIELD_POSITION);
}

static void rejected(struct feed *feed, struct chance *chance)
{
	static const enum item_kind kinds[] = {ITEM_SKU, ITEM_SKU, ITEM_SKU, ITEM_PRODUCT, ITEM_CATEGORY};
	const enum item_kind kind = PICK(chance, kinds);
	const char *const id = kind == ITEM_SKU       ? PICK(chance, sku_ids)
	                       : kind == ITEM_PRODUCT ? PICK(chance, product_ids)
	                                              : PICK(chance, category_ids);

	(void)feed_statement(feed, kind, STATEMENT_REJECTED, chance_percent(chance, 80) ? id : NULL);
	feed_complaint(feed, COMPLAINT_REQUIRED_MISSING, id);
}

enum record_type { RECORD_SKU, RECORD_PRODUCT, RECORD_PART, RECORD_DEFINITION, RECORD_CATEGORY, RECORD_REJECTED };

static enum record_type record_type(struct chance *chance, const struct random_options *options)
{
	const unsigned share = chance_below(chance, 100);

	if (share < 46)
		return RECORD_SKU;
	if (share < 58)
		return RECORD_PRODUCT;
	if (share < 74)
		return options->is_plain ? RECORD_SKU : RECORD_PART;
	if (share < 76)
		return RECORD_DEFINITION;
	if (share < 92 || !options->rejects)
		return RECORD_CATEGORY;
	return RECORD_REJECTED;
}

void random_feed_build(const struct random_feed *random, const struct random_options *options, struct feed *ret_feed)
{
	feed_init(ret_feed);
	for (size_t index = 0; index < random->count; index++) {
		struct chance chance = {.state = random->seeds[index], .is_plain = options->is_plain};
		const enum record_type type = record_type(&chance, options);

		if (type == RECORD_CATEGORY || type == RECORD_DEFINITION) {
			if (type == RECORD_CATEGORY)
				category(ret_feed, &chance);
			else
				definition(ret_feed, &chance);
			continue;
		}
		feed_record_begin(ret_feed);
		if (type == RECORD_SKU)
			sku(ret_feed, &chance);
		else if (type == RECORD_PRODUCT)
			(void)product(ret_feed, &chance, PICK(&chance, product_ids));
		else if (type == RECORD_PART)
			part(ret_feed, &chance);
		else
			rejected(ret_feed, &chance);
		feed_record_end(ret_feed, type != RECORD_REJECTED);
		feed_set_fingerprint(ret_feed, random->seeds[index]);
	}
}

void random_feed_first(struct chance *chance, struct random_feed *ret_feed)
{
	ret_feed->count = chance_below(chance, RANDOM_RECORDS_MAX);
	for (size_t index = 0; index < ret_feed->count; index++)
		ret_feed->seeds[index] = chance_next(chance);
}

void random_feed_next(struct chance *chance, struct random_feed *feed)
{
	for (unsigned changes = chance_below(chance, 8); changes > 0; changes--) {
		const unsigned what = chance_below(chance, 4);

		if (what == 0 && feed->count > 0) {
			feed->seeds[chance_below(chance, (unsigned)feed->count)] = feed->seeds[feed->count - 1];
			feed->count--;
		} else if (what == 1 && feed->count < RANDOM_RECORDS_MAX) {
			feed->seeds[feed->count++] = chance_next(chance);
		} else if (what == 2 && feed->count > 0) {
			feed->seeds[chance_below(chance, (unsigned)feed->count)] = chance_next(chance);
		} else if (feed->count > 1) {
			const unsigned left = chance_below(chance, (unsigned)feed->count);
			const unsigned right = chance_below(chance, (unsigned)feed->count);
			const uint64_t seed = feed->seeds[left];

			feed->seeds[left] = feed->seeds[right];
			feed->seeds[right] = seed;
		}
	}
}

const char *const random_jobs[2] = {"acme", "bolt"};

static enum apply_scope random_scope(struct chance *chance)
{
	const unsigned share = chance_below(chance, 100);

	return share < 60 ? APPLY_SCOPE_ALL : share < 70 ? APPLY_SCOPE_SKUS : share < 90 ? APPLY_SCOPE_PRICES : APPLY_SCOPE_TEXTS;
}

static uint64_t random_fields(struct chance *chance)
{
	const unsigned share = chance_below(chance, 3);

	return share == 0 ? 0 : share == 1 ? UINT64_MAX : chance_next(chance);
}

struct run_options random_run_options(struct chance *chance, const char *catalog, size_t job)
{
	struct run_options options = {
		.job = random_jobs[job],
		.catalog = catalog,
		.missing = (enum apply_missing)chance_below(chance, 3),
		.is_unproven = chance_percent(chance, 10),
		.policy =
			{
				.mode = chance_percent(chance, 60) ? APPLY_MODE_UPSERT : (enum apply_mode)chance_below(chance, 3),
				.scope = random_scope(chance),
				.missing_after = 1 + chance_below(chance, 2),
				.categories = (enum apply_categories)chance_below(chance, 3),
				.duplicates = chance_percent(chance, 50) ? APPLY_DUPLICATES_FIRST : APPLY_DUPLICATES_LAST,
				.keep_absent = random_fields(chance),
				.keep_empty = random_fields(chance),
				.language = chance_percent(chance, 50) ? "de" : "fr",
			},
	};

	if (chance_percent(chance, 20)) {
		options.policy.take_over = &random_jobs[1 - job];
		options.policy.take_over_count = 1;
	}
	return options;
}

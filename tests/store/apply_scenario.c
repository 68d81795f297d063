/* Reads feeds as text and runs tables of them. */
#include "apply_scenario.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *word_text(struct feed *feed, struct slice word)
{
	const char *text = arena_text(&feed->text, word);

	assert_non_null(text);
	return text;
}

/* The next word, or fails: every line has as many as its kind needs. */
static struct slice next_word(struct slice_splitter *words)
{
	struct slice word;

	if (!slice_split_next(words, &word))
		fail_msg("a line of a feed lacks a word");
	return word;
}

static const char *next_id(struct feed *feed, struct slice_splitter *words)
{
	const struct slice word = next_word(words);

	return slice_equal_text(word, "-") ? NULL : word_text(feed, word);
}

static enum item_kind next_kind(struct slice_splitter *words)
{
	const struct slice word = next_word(words);

	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++)
		if (slice_equal_text(word, item_kind_name(kind)))
			return kind;
	fail_msg("'%.*s' is no kind", (int)word.size, word.data);
	return ITEM_SKU;
}

static enum product_link next_link(struct slice_splitter *words)
{
	static const char *const names[] = {[PRODUCT_LINK_SELF] = "self",
	                                    [PRODUCT_LINK_GROUP] = "group",
	                                    [PRODUCT_LINK_NAMED] = "named",
	                                    [PRODUCT_LINK_ALONE] = "alone"};
	const struct slice word = next_word(words);

	for (size_t link = 0; link < sizeof(names) / sizeof(names[0]); link++)
		if (slice_equal_text(word, names[link]))
			return (enum product_link)link;
	fail_msg("'%.*s' is no link", (int)word.size, word.data);
	return PRODUCT_LINK_SELF;
}

/* 'name=value' */
static void parse_field(struct feed *feed, struct statement *statement, struct slice text)
{
	const size_t sign = slice_find(text, slice_from("="));
	const enum field_id field = field_find(slice_make(text.data, sign));
	const struct slice value = slice_make(text.data + sign + 1, text.size - sign - 1);
	int64_t number;

	if (sign == SIZE_MAX || field == FIELD_COUNT)
		fail_msg("'%.*s' is no field", (int)text.size, text.data);
	if (field_definition(field)->type != FIELD_TYPE_INTEGER) {
		statement_set(feed, statement, field, word_text(feed, value));
		return;
	}
	assert_true(number_parse_integer(value, INT64_MIN, INT64_MAX, &number));
	statement_set_integer(statement, field, number);
}

static struct statement *parse_statement(struct feed *feed, struct slice head)
{
	struct slice_splitter words = slice_split(head, slice_from(" "));
	const struct slice what = next_word(&words);
	struct statement *statement;

	if (slice_equal_text(what, "sku")) {
		statement = feed_statement(feed, ITEM_SKU, STATEMENT_STATED, next_id(feed, &words));
		statement_set(feed, statement, FIELD_PRODUCT_ID, next_id(feed, &words));
		statement->product_link = next_link(&words);
	} else if (slice_equal_text(what, "product")) {
		statement = feed_statement(feed, ITEM_PRODUCT, STATEMENT_STATED, next_id(feed, &words));
	} else if (slice_equal_text(what, "category")) {
		statement = feed_statement(feed, ITEM_CATEGORY, STATEMENT_STATED, next_id(feed, &words));
		statement_set(feed, statement, FIELD_PARENT_ID, next_id(feed, &words));
	} else if (slice_equal_text(what, "derived")) {
		statement = feed_statement(feed, ITEM_CATEGORY, STATEMENT_DERIVED, next_id(feed, &words));
		statement_set(feed, statement, FIELD_PARENT_ID, next_id(feed, &words));
	} else {
		const enum item_kind kind = next_kind(&words);

		assert_true(slice_equal_text(what, "reject"));
		statement = feed_statement(feed, kind, STATEMENT_REJECTED, next_id(feed, &words));
	}
	return statement;
}

static void parse_line(struct feed *feed, struct slice line)
{
	struct slice_splitter fields = slice_split(line, slice_from(" | "));
	struct statement *statement = parse_statement(feed, next_word(&fields));
	struct slice field;

	while (slice_split_next(&fields, &field))
		parse_field(feed, statement, field);
}

static bool begins_record(struct slice line)
{
	return line.data[0] != '+' && !slice_starts_with(line, "category");
}

void feed_parse(struct feed *feed, const char *text)
{
	struct slice_splitter lines = slice_split(slice_from(text), slice_from("\n"));
	bool is_open = false;
	bool is_mapped = true;
	struct slice line;

	while (slice_split_next(&lines, &line)) {
		if (slice_is_empty(line))
			continue;
		if (line.data[0] == '+') {
			parse_line(feed, slice_make(line.data + 1, line.size - 1));
			continue;
		}
		if (is_open)
			feed_record_end(feed, is_mapped);
		is_open = begins_record(line);
		is_mapped = !slice_starts_with(line, "reject");
		if (is_open)
			feed_record_begin(feed);
		parse_line(feed, line);
	}
	if (is_open)
		feed_record_end(feed, is_mapped);
}

static void check_counts(const struct scenario_step *step, const struct run_result *result)
{
	if (step->skus != NULL)
		assert_counts(result, ITEM_SKU, step->skus);
	if (step->products != NULL)
		assert_counts(result, ITEM_PRODUCT, step->products);
	if (step->categories != NULL)
		assert_counts(result, ITEM_CATEGORY, step->categories);
	if (step->sku_stock != NULL)
		assert_stock(result, ITEM_SKU, step->sku_stock);
	if (step->product_stock != NULL)
		assert_stock(result, ITEM_PRODUCT, step->product_stock);
	if (step->category_stock != NULL)
		assert_stock(result, ITEM_CATEGORY, step->category_stock);
	if (step->complaints != NULL)
		assert_complaints(result, step->complaints);
}

static void check_store(struct world *world, const struct scenario_step *step, const struct run_result *result)
{
	char sql[256];

	if (step->rows != NULL)
		assert_query(world, step->query, step->rows);
	if (step->changes == NULL)
		return;
	(void)snprintf(sql, sizeof(sql),
	               "SELECT kind, item_id, action, before, after FROM change WHERE run_id = %" PRId64 " ORDER BY kind, item_id",
	               result->run_id);
	assert_query(world, sql, step->changes);
}

static void run_scenario(const struct scenario *scenario)
{
	struct world world;

	world_open(&world);
	for (size_t index = 0; index < SCENARIO_STEPS && scenario->steps[index].feed != NULL; index++) {
		const struct scenario_step *step = &scenario->steps[index];
		const struct run_options options = {
			.job = step->job, .missing = step->missing, .policy = step->policy, .is_unproven = step->is_unproven};
		struct run_result result;
		struct feed feed;

		print_message("           %s, step %zu\n", scenario->name, index + 1);
		if (step->by_hand != NULL)
			world_execute(&world, step->by_hand);
		feed_init(&feed);
		feed_parse(&feed, step->feed);
		feed_run(&world, &feed, &options, &result);
		check_counts(step, &result);
		check_store(&world, step, &result);
		feed_release(&feed);
	}
	world_close(&world);
}

void run_scenarios(const struct scenario *scenarios, size_t count)
{
	for (size_t index = 0; index < count; index++)
		run_scenario(&scenarios[index]);
}

/* Feeds made by hand, runs, and what they left behind. */
#include "apply_support.h"

#include "base/limits.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct error no_error = ERROR_INIT;

#define MUST(call)                                              \
	do {                                                    \
		if ((call) < 0)                                 \
			fail_msg("%s: %s", #call, err.message); \
	} while (0)

void world_open(struct world *world)
{
	struct error err = no_error;
	char location[128];

	(void)snprintf(world->folder, sizeof(world->folder), "/tmp/feedmill-apply-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world->folder);
	MUST(store_open(location, STORE_CREATE, &world->store, &err));
}

void world_close(struct world *world)
{
	DIR *folder;
	const struct dirent *entry;

	store_close(world->store);
	folder = opendir(world->folder);
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		(void)unlinkat(dirfd(folder), entry->d_name, 0);
	(void)closedir(folder);
	assert_int_equal(rmdir(world->folder), 0);
}

void world_execute(struct world *world, const char *sql)
{
	struct error err = no_error;

	MUST(sqlite_execute(world->store, sql, &err));
}

static void append_column(struct buffer *text, sqlite3_stmt *statement, int column)
{
	if (column > 0)
		(void)buffer_append_byte(text, '|');
	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		(void)buffer_append_byte(text, '-');
	else
		(void)buffer_append_slice(text, sqlite_column_slice(statement, column));
}

char *world_query(struct world *world, const char *sql)
{
	struct error err = no_error;
	sqlite3_stmt *statement;
	struct buffer text;
	char *copy;
	int step;

	buffer_init(&text, (size_t)64 * 1024 * 1024);
	MUST(sqlite_prepare(world->store, sql, &statement, &err));
	while ((step = sqlite_step_row(world->store, statement, &err)) == 1) {
		if (text.size > 0)
			(void)buffer_append_byte(&text, '\n');
		for (int column = 0; column < sqlite3_column_count(statement); column++)
			append_column(&text, statement, column);
	}
	MUST(step);
	(void)sqlite3_finalize(statement);
	assert_non_null(buffer_text(&text));
	copy = strdup(buffer_text(&text));
	assert_non_null(copy);
	buffer_release(&text);
	return copy;
}

void assert_query(struct world *world, const char *sql, const char *expected)
{
	char *found = world_query(world, sql);

	if (strcmp(found, expected) != 0)
		print_error("%s\n", sql);
	assert_string_equal(found, expected);
	free(found);
}

void feed_init(struct feed *feed)
{
	*feed = (struct feed){.count = 0};
	arena_init(&feed->text, (size_t)1 << 30);
}

void feed_release(struct feed *feed)
{
	free(feed->entries);
	arena_release(&feed->text);
}

static struct batch_entry *feed_entry(struct feed *feed, enum batch_entry_type type)
{
	struct batch_entry *entry = arena_alloc(&feed->text, sizeof(*entry));

	assert_non_null(entry);
	*entry = (struct batch_entry){.record = feed->record};
	if (feed->count == feed->capacity) {
		feed->capacity = feed->capacity > 0 ? feed->capacity * 2 : 16;
		feed->entries = reallocarray(feed->entries, feed->capacity, sizeof(struct batch_entry *));
		assert_non_null(feed->entries);
	}
	feed->entries[feed->count++] = entry;
	entry->type = type;
	return entry;
}

struct slice feed_text(struct feed *feed, const char *text)
{
	struct slice copy;

	assert_true(arena_copy(&feed->text, slice_from(text), &copy));
	return copy;
}

struct statement *feed_statement(struct feed *feed, enum item_kind kind, enum statement_action action, const char *id)
{
	struct batch_entry *entry = feed_entry(feed, BATCH_STATEMENT);

	statement_init(&entry->statement, kind, action);
	entry->statement.record = feed->record;
	entry->statement.stream_offset = 1000 + feed->count;
	if (id != NULL)
		statement_set(feed, &entry->statement, FIELD_ID, id);
	return &entry->statement;
}

void feed_complaint(struct feed *feed, enum complaint_code code, const char *id)
{
	struct batch_entry *entry = feed_entry(feed, BATCH_COMPLAINT);

	entry->complaint = (struct complaint){.code = code,
	                                      .kind = ITEM_SKU,
	                                      .item_id = feed_text(feed, id),
	                                      .record = feed->record,
	                                      .stream_offset = 1000 + feed->count};
}

void feed_record_begin(struct feed *feed)
{
	feed->record++;
}

void feed_record_end(struct feed *feed, bool is_mapped)
{
	struct batch_entry *entry = feed_entry(feed, BATCH_RECORD_END);

	entry->record = feed->record;
	entry->is_mapped = is_mapped;
}

void feed_set_fingerprint(struct feed *feed, uint64_t seed)
{
	struct batch_entry *entry = feed->entries[feed->count - 1];

	assert_int_equal(entry->type, BATCH_RECORD_END);
	entry->has_fingerprint = true;
	entry->fingerprint = hash_bytes(slice_make((const char *)&seed, sizeof(seed)), 1);
}

void statement_set(struct feed *feed, struct statement *statement, enum field_id field, const char *text)
{
	struct field_value *value = &statement->fields[field];

	if (text == NULL)
		*value = (struct field_value){.presence = PRESENCE_ABSENT};
	else if (text[0] == '\0')
		*value = (struct field_value){.presence = PRESENCE_EMPTY};
	else
		*value = (struct field_value){.presence = PRESENCE_VALUE, .text = feed_text(feed, text)};
}

void statement_set_integer(struct statement *statement, enum field_id field, int64_t integer)
{
	statement->fields[field] = (struct field_value){.presence = PRESENCE_VALUE, .integer = integer};
}

struct statement *feed_sku(struct feed *feed, const char *id, const char *product_id, enum product_link link, const char *name)
{
	struct statement *statement;

	feed_record_begin(feed);
	statement = feed_statement(feed, ITEM_SKU, STATEMENT_STATED, id);
	statement->product_link = link;
	statement_set(feed, statement, FIELD_PRODUCT_ID, product_id);
	statement_set(feed, statement, FIELD_NAME, name);
	feed_record_end(feed, true);
	return statement;
}

struct statement *feed_product(struct feed *feed, const char *id, const char *name)
{
	struct statement *statement;

	feed_record_begin(feed);
	statement = feed_statement(feed, ITEM_PRODUCT, STATEMENT_STATED, id);
	statement_set(feed, statement, FIELD_NAME, name);
	feed_record_end(feed, true);
	return statement;
}

struct statement *feed_category(struct feed *feed, const char *id, const char *parent_id, const char *name)
{
	struct statement *statement = feed_statement(feed, ITEM_CATEGORY, STATEMENT_STATED, id);

	statement->record = 0;
	statement_set(feed, statement, FIELD_PARENT_ID, parent_id);
	statement_set(feed, statement, FIELD_NAME, name);
	return statement;
}

void feed_part(struct feed *feed, enum item_kind kind, const char *id, enum field_id field, const char *json, int64_t position)
{
	struct statement *statement;

	feed_record_begin(feed);
	statement = feed_statement(feed, kind, STATEMENT_PART, id);
	statement_set(feed, statement, field, json);
	if (position != 0)
		statement_set_integer(statement, FIELD_POSITION, position);
	feed_record_end(feed, true);
}

struct field_statement *feed_field(struct feed *feed, enum item_kind entity, const char *id, const char *value_type)
{
	struct batch_entry *entry = feed_entry(feed, BATCH_FIELD);

	entry->field = (struct field_statement){.entity = entity,
	                                        .field_id = feed_text(feed, id),
	                                        .value_type = feed_text(feed, value_type),
	                                        .stream_offset = 1000 + feed->count};
	return &entry->field;
}

void feed_rejected(struct feed *feed, enum item_kind kind, const char *id)
{
	feed_record_begin(feed);
	(void)feed_statement(feed, kind, STATEMENT_REJECTED, id);
	feed_record_end(feed, false);
}

struct run_ticket world_ticket(struct world *world, const char *job, const char *catalog)
{
	const struct run_start start = {.job = job != NULL ? job : "acme",
	                                .catalog = catalog != NULL ? catalog : "main",
	                                .trigger = "manual",
	                                .config_digest = "c0ffee",
	                                .now_ms = 1000,
	                                .host = "host",
	                                .pid = 1,
	                                .process_start = 1};
	struct error err = no_error;
	struct run_ticket ticket;

	MUST(store_run_begin(world->store, &start, &ticket, &err));
	return ticket;
}

static struct run_end run_end(const char *outcome)
{
	return (struct run_end){.outcome = outcome, .finished_at_ms = 2000, .source = "file", .bytes = -1};
}

void world_end_run(struct world *world, const struct run_ticket *ticket, const char *outcome)
{
	const struct run_end end = run_end(outcome);
	struct error err = no_error;

	MUST(store_run_end(world->store, ticket, &end, &err));
}

static void read_plan(struct apply *apply, const struct run_options *options)
{
	struct error err = no_error;
	FILE *stream = fmemopen(options->plan, options->plan_size, "w");

	assert_non_null(stream);
	MUST(apply_write_plan(apply, stream, &err));
	(void)fclose(stream);
}

void feed_run(struct world *world, const struct feed *feed, const struct run_options *options, struct run_result *ret_result)
{
	const struct run_ticket ticket = world_ticket(world, options->job, options->catalog);
	const struct job_memory memory = {.is_clean = true};
	struct run_end end = run_end("applied");
	struct error err = no_error;
	struct apply_policy policy = options->policy;
	struct apply *apply;

	policy.missing = options->missing;
	MUST(apply_begin(world->store, &ticket, &policy, NULL, &apply, &err));
	for (size_t index = 0; index < feed->count; index++)
		MUST(apply_entry(apply, feed->entries[index], &err));
	if (options->is_unproven)
		apply_set_unproven(apply);
	MUST(apply_finish(apply, &err));
	if (options->plan != NULL)
		read_plan(apply, options);
	ret_result->run_id = ticket.run_id;
	ret_result->counts = *apply_counts(apply);
	apply_plan_digest(apply, ret_result->digest);
	if (options->is_dry) {
		apply_rollback(apply);
		world_end_run(world, &ticket, "planned");
		return;
	}
	end.counts = &ret_result->counts;
	end.plan_digest = ret_result->digest;
	MUST(apply_commit(apply, &end, &memory, &err));
}

struct word {
	const char *name;
	int64_t count;
};

static void assert_words(const struct word *words, size_t count, const char *expected)
{
	struct buffer text;

	buffer_init(&text, 4096);
	for (size_t index = 0; index < count; index++)
		if (words[index].count != 0)
			(void)buffer_append_format(&text, "%s%s %" PRId64, text.size > 0 ? " " : "", words[index].name,
			                           words[index].count);
	if (text.size == 0)
		(void)buffer_append_text(&text, "nothing");
	assert_string_equal(buffer_text(&text), expected);
	buffer_release(&text);
}

void assert_counts(const struct run_result *result, enum item_kind kind, const char *expected)
{
	const struct kind_counts *counts = &result->counts.kinds[kind];
	const struct word words[] = {
		{"stated", counts->stated},           {"derived", counts->derived},     {"created", counts->created},
		{"updated", counts->updated},         {"restored", counts->restored},   {"unchanged", counts->unchanged},
		{"mode", counts->skipped_mode},       {"scope", counts->skipped_scope}, {"foreign", counts->skipped_foreign},
		{"merged", counts->merged},           {"duplicate", counts->duplicate}, {"rejected", counts->rejected},
		{"conflicting", counts->conflicting}, {"moved", counts->moved},         {"kept", counts->kept},
	};

	assert_words(words, sizeof(words) / sizeof(words[0]), expected);
}

void assert_stock(const struct run_result *result, enum item_kind kind, const char *expected)
{
	const struct stock_counts *stock = &result->counts.stock[kind];
	const struct word words[] = {
		{"before", stock->before},   {"created", stock->created}, {"restored", stock->restored},
		{"adopted", stock->adopted}, {"removed", stock->removed}, {"released", stock->released},
		{"after", stock->after},     {"waiting", stock->waiting},
	};

	assert_words(words, sizeof(words) / sizeof(words[0]), expected);
}

void assert_complaints(const struct run_result *result, const char *expected)
{
	struct word words[COMPLAINT_CODE_COUNT];

	for (size_t code = 0; code < COMPLAINT_CODE_COUNT; code++)
		words[code] = (struct word){complaint_definition((enum complaint_code)code)->name,
		                            result->counts.complaints_new[code]};
	assert_words(words, COMPLAINT_CODE_COUNT, expected);
}

/* Runs of jobs that leave out what they know. */
#include "known_support.h"

#include "catalog/known_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(call)                                              \
	do {                                                    \
		if ((call) < 0)                                 \
			fail_msg("%s: %s", #call, err.message); \
	} while (0)

/* Which of the feed's records are known, by their ordinal; UINT32_MAX = not. */
static uint32_t *known_places(const struct feed *feed, const struct known_records *known)
{
	const uint32_t count = known_records_count(known);
	const size_t size = known_table_size(count);
	uint32_t *places = malloc((size_t)(feed->record + 1) * sizeof(*places));
	void *memory = malloc(size);
	struct error err = ERROR_INIT;
	struct known_table table;

	assert_non_null(places);
	assert_non_null(memory);
	memset(places, 0xFF, (size_t)(feed->record + 1) * sizeof(*places));
	known_table_build(memory, known_records_fingerprints(known), count);
	MUST(known_table_open(slice_make(memory, size), &table, &err));
	for (size_t index = 0; index < feed->count; index++) {
		const struct batch_entry *entry = feed->entries[index];

		if (entry->type == BATCH_RECORD_END && entry->has_fingerprint)
			(void)known_table_find(&table, entry->fingerprint, &places[entry->record]);
	}
	free(memory);
	return places;
}

static uint64_t entry_record(const struct batch_entry *entry)
{
	switch (entry->type) {
	case BATCH_STATEMENT:
		return entry->statement.record;
	case BATCH_COMPLAINT:
		return entry->complaint.record;
	case BATCH_FIELD:
		return entry->field.record;
	case BATCH_RECORD_END:
	case BATCH_KNOWN:
		break;
	}
	return entry->record;
}

/* Joined with the entry before it, where that is about the records before. */
static size_t append_known(struct feed *feed, struct batch_entry **entries, size_t count, uint64_t record, uint32_t place)
{
	struct batch_entry *last = count > 0 && entries[count - 1]->type == BATCH_KNOWN ? entries[count - 1] : NULL;
	struct batch_entry *entry;

	if (last != NULL && last->record + last->known.count == record && last->known.index + last->known.count == place) {
		last->known.count++;
		return count;
	}
	entry = arena_alloc(&feed->text, sizeof(*entry));
	assert_non_null(entry);
	*entry = (struct batch_entry){.type = BATCH_KNOWN, .record = record, .known = {.index = place, .count = 1}};
	entries[count] = entry;
	return count + 1;
}

size_t known_filter(const struct feed *feed, const struct known_records *known, struct batch_entry ***ret_entries)
{
	struct feed *owner = (struct feed *)(uintptr_t)feed;
	struct batch_entry **entries = calloc(feed->count + 1, sizeof(struct batch_entry *));
	uint32_t *places = known_places(feed, known);
	size_t count = 0;

	assert_non_null(entries);
	for (size_t index = 0; index < feed->count; index++) {
		struct batch_entry *entry = feed->entries[index];
		const uint64_t record = entry_record(entry);

		if (record == 0 || places[record] == UINT32_MAX)
			entries[count++] = entry;
		else if (entry->type == BATCH_RECORD_END)
			count = append_known(owner, entries, count, record, places[record]);
	}
	free(places);
	*ret_entries = entries;
	return count;
}

/* Everything up to the commit: true, or false where what is known is in doubt. */
static bool apply_entries(struct world *world, const struct run_ticket *ticket, const struct feed *feed,
                          const struct run_options *options, const struct known_records *known, struct apply **ret_apply)
{
	struct apply_policy policy = options->policy;
	struct batch_entry **entries = NULL;
	size_t count = feed->count;
	struct error err = ERROR_INIT;
	int result;

	policy.missing = options->missing;
	if (known != NULL)
		count = known_filter(feed, known, &entries);
	*ret_apply = NULL;
	result = apply_begin(world->store, ticket, &policy, known, ret_apply, &err);
	for (size_t index = 0; result == 0 && index < count; index++)
		result = apply_entry(*ret_apply, known != NULL ? entries[index] : feed->entries[index], &err);
	if (result == 0 && options->is_unproven)
		apply_set_unproven(*ret_apply);
	if (result == 0)
		result = apply_finish(*ret_apply, &err);
	free(entries);
	if (result == 0)
		return true;
	if (known == NULL || err.code != ERROR_KNOWN)
		fail_msg("%s", err.message);
	print_message("           in doubt: %s\n", err.message);
	apply_rollback(*ret_apply);
	return false;
}

void known_run(struct world *world, const struct feed *feed, const struct run_options *options, const char *seed, bool uses_known,
               struct known_run *ret_run)
{
	const struct run_ticket ticket = world_ticket(world, options->job, options->catalog);
	struct run_end end = {.outcome = "applied", .finished_at_ms = 2000, .source = "file", .bytes = -1};
	struct job_memory memory = {.is_clean = true};
	struct known_records *known = NULL;
	struct error err = ERROR_INIT;
	struct apply *apply;

	(void)snprintf(memory.seed, sizeof(memory.seed), "%s", seed);
	*ret_run = (struct known_run){.offered = 0};
	if (uses_known)
		MUST(store_known_read(world->store, &ticket, seed, &known, &err));
	ret_run->offered = known != NULL ? known_records_count(known) : 0;
	if (!apply_entries(world, &ticket, feed, options, known, &apply)) {
		ret_run->was_in_doubt = true;
		assert_true(apply_entries(world, &ticket, feed, options, NULL, &apply));
	}
	ret_run->result.run_id = ticket.run_id;
	ret_run->result.counts = *apply_counts(apply);
	ret_run->known = ret_run->result.counts.records.known;
	apply_plan_digest(apply, ret_run->result.digest);
	end.counts = &ret_run->result.counts;
	end.plan_digest = ret_run->result.digest;
	if (options->is_dry) {
		apply_rollback(apply);
		world_end_run(world, &ticket, "planned");
	} else {
		MUST(apply_commit(apply, &end, &memory, &err));
	}
	known_records_free(known);
}

void world_copy(struct world *world, struct world *ret_copy)
{
	struct error err = ERROR_INIT;
	sqlite3_backup *backup;
	sqlite3 *database;
	char path[128];

	world_open(ret_copy);
	(void)snprintf(path, sizeof(path), "%s/copy.db", ret_copy->folder);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	backup = sqlite3_backup_init(database, "main", world->store->database, "main");
	assert_non_null(backup);
	assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
	assert_int_equal(sqlite3_backup_finish(backup), SQLITE_OK);
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
	store_close(ret_copy->store);
	(void)snprintf(path, sizeof(path), "sqlite:%s/copy.db", ret_copy->folder);
	MUST(store_open(path, STORE_WRITE, &ret_copy->store, &err));
}

/* What a job remembers of its last applied feed, and what it has in the catalogue. */
#include "store/sqlite/sqlite_store.h"

#include <string.h>

/* job_memory.is_clean; 0: somebody else changed something. */
#define MEMORY_DONE 1  /* nobody did, and the same feed would do nothing */
#define MEMORY_CLEAN 2 /* nobody did, but the feed has to be read again */

/*
 * Those of one catalogue and job. Where the index has no others, as most stores
 * have it, its entries are counted without comparing any: in less than half the time.
 */
#define OTHERS(kind, condition) \
	"EXISTS (SELECT 1 FROM " kind "_data INDEXED BY " kind "_data_present WHERE status <> 'missing' AND " condition ")"
#define COUNT_ITEMS(kind)                                                                                                                                            \
	"SELECT CASE WHEN " OTHERS(kind, "catalog_key < ?1") " OR " OTHERS(kind, "catalog_key > ?1") " OR " OTHERS(                                                  \
		kind,                                                                                                                                                \
		"catalog_key = ?1 AND job_key < ?2") " OR " OTHERS(kind,                                                                                             \
	                                                           "catalog_key = ?1 AND job_key > ?2") " THEN (SELECT count(*) FROM " kind                          \
													"_data INDEXED BY " kind                                     \
													"_data_present WHERE catalog_key = ?1 AND job_key = ?2"      \
													" AND status <> 'missing') ELSE (SELECT count(*) FROM " kind \
													"_data INDEXED BY " kind                                     \
													"_data_present WHERE status <> 'missing') END"

/* ?1 is the catalogue's key, ?2 the job's. */
static const char *const present_sql[ITEM_KIND_COUNT] = {
	[ITEM_CATEGORY] = "SELECT count(*) FROM category_holder h CROSS JOIN category_data c ON c.category_key = h.category_key"
			  " WHERE h.job_key = ?2 AND c.catalog_key = ?1 AND c.status <> 'missing'",
	[ITEM_PRODUCT] = COUNT_ITEMS("product"),
	[ITEM_SKU] = COUNT_ITEMS("sku"),
};

static int prepare_scoped(struct store *store, const char *sql, const struct run_ticket *ticket, sqlite3_stmt **ret_statement,
                          struct error *err)
{
	if (sqlite_prepare(store, sql, ret_statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(*ret_statement, 1, ticket->catalog_key);
	(void)sqlite3_bind_int64(*ret_statement, 2, ticket->job_key);
	return 0;
}

int present_count_kind(struct store *store, const struct run_ticket *ticket, enum item_kind kind, int64_t *ret_present,
                       struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (prepare_scoped(store, present_sql[kind], ticket, &statement, err) < 0)
		return -1;
	step = sqlite_step_row(store, statement, err);
	if (step == 1)
		*ret_present = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

int present_count(struct store *store, const struct run_ticket *ticket, int64_t ret_present[ITEM_KIND_COUNT], struct error *err)
{
	struct present_cache now = {.is_set = true,
	                            .job_key = ticket->job_key,
	                            .catalog_key = ticket->catalog_key,
	                            .total_changes = sqlite3_total_changes64(store->database)};
	const struct present_cache *cache = &store->present;

	if (sqlite_integer(store, "PRAGMA data_version", &now.data_version, err) < 0)
		return -1;
	if (cache->is_set && cache->job_key == now.job_key && cache->catalog_key == now.catalog_key &&
	    cache->data_version == now.data_version && cache->total_changes == now.total_changes) {
		memcpy(ret_present, cache->present, sizeof(cache->present));
		return 0;
	}
	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++)
		if (present_count_kind(store, ticket, kind, &now.present[kind], err) < 0)
			return -1;
	memcpy(ret_present, now.present, sizeof(now.present));
	store->present = now;
	return 0;
}

/* False where it does not fit; `ret_text` is empty then. */
static bool copy_column(sqlite3_stmt *statement, int column, char *ret_text, size_t size)
{
	const struct slice text = sqlite_column_slice(statement, column);

	ret_text[0] = '\0';
	if (text.size >= size)
		return false;
	if (text.size > 0)
		memcpy(ret_text, text.data, text.size);
	ret_text[text.size] = '\0';
	return true;
}

static void read_row(sqlite3_stmt *statement, struct job_memory *ret_memory, int64_t ret_present[ITEM_KIND_COUNT])
{
	struct job_memory *memory = ret_memory;
	const bool is_whole = copy_column(statement, 1, memory->source_digest, sizeof(memory->source_digest)) &&
	                      copy_column(statement, 2, memory->seed, sizeof(memory->seed)) &&
	                      copy_column(statement, 3, memory->feed_sha256, sizeof(memory->feed_sha256)) &&
	                      copy_column(statement, 4, memory->etag, sizeof(memory->etag)) &&
	                      copy_column(statement, 5, memory->last_modified, sizeof(memory->last_modified)) &&
	                      copy_column(statement, 6, memory->charset, sizeof(memory->charset));

	if (!is_whole)
		*memory = (struct job_memory){.is_clean = false};
	memory->is_clean = is_whole && sqlite3_column_int64(statement, 0) == MEMORY_DONE;
	memory->awaits_items = sqlite3_column_int64(statement, 7 + ITEM_KIND_COUNT) != 0;
	memory->owes_products = sqlite3_column_int64(statement, 8 + ITEM_KIND_COUNT) != 0;
	for (int kind = 0; kind < ITEM_KIND_COUNT; kind++)
		ret_present[kind] = sqlite3_column_int64(statement, 7 + kind);
}

static int read_memory(struct store *store, const struct run_ticket *ticket, struct job_memory *ret_memory, struct error *err)
{
	struct job_memory memory = {.is_clean = false};
	int64_t left[ITEM_KIND_COUNT] = {0}, present[ITEM_KIND_COUNT];
	sqlite3_stmt *statement;
	int step;

	if (prepare_scoped(
		    store,
		    "SELECT is_clean, source_digest, seed, feed_sha256, etag, last_modified, charset, categories_present,"
		    " products_present, skus_present, awaits_items, owes_products FROM job_memory WHERE catalog_key = ?1 AND job_key = ?2",
		    ticket, &statement, err) < 0)
		return -1;
	step = sqlite_step_row(store, statement, err);
	if (step == 1)
		read_row(statement, &memory, left);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	if (step < 0)
		return -1;
	if (memory.is_clean) {
		if (present_count(store, ticket, present, err) < 0)
			return -1;
		memory.is_clean = memcmp(present, left, sizeof(present)) == 0;
	}
	*ret_memory = memory;
	return 0;
}

int store_job_memory_read(struct store *store, const struct run_ticket *ticket, struct job_memory *ret_memory, struct error *err)
{
	if (sqlite_execute(store, "BEGIN", err) < 0)
		return -1;
	if (read_memory(store, ticket, ret_memory, err) < 0 || sqlite_execute(store, "COMMIT", err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	return 0;
}

int memory_known_read(struct store *store, const struct run_ticket *ticket, struct memory_known *ret_known, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	*ret_known = (struct memory_known){.is_clean = false};
	if (prepare_scoped(store,
	                   "SELECT is_clean, run_id, known_records, seed, categories_present, products_present, skus_present,"
	                   " known_segment FROM job_memory WHERE catalog_key = ?1 AND job_key = ?2",
	                   ticket, &statement, err) < 0)
		return -1;
	step = sqlite_step_row(store, statement, err);
	if (step == 1) {
		const int64_t clean = sqlite3_column_int64(statement, 0);

		ret_known->is_clean = (clean == MEMORY_DONE || clean == MEMORY_CLEAN) &&
		                      copy_column(statement, 3, ret_known->seed, sizeof(ret_known->seed));
		ret_known->run_id = sqlite3_column_int64(statement, 1);
		ret_known->records = sqlite3_column_int64(statement, 2);
		ret_known->segment = sqlite3_column_int64(statement, 4 + ITEM_KIND_COUNT);
		for (int kind = 0; kind < ITEM_KIND_COUNT; kind++)
			ret_known->present[kind] = sqlite3_column_int64(statement, 4 + kind);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

int memory_write(struct store *store, const struct run_ticket *ticket, const struct job_memory *memory,
                 const struct memory_left *left, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (prepare_scoped(
		    store,
		    "INSERT OR REPLACE INTO job_memory (catalog_key, job_key, is_clean, source_digest, seed, feed_sha256, etag,"
		    " last_modified, charset, categories_present, products_present, skus_present, awaits_items, owes_products,"
		    " run_id, known_records, known_segment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
		    ticket, &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int(statement, 3, memory->is_clean ? MEMORY_DONE : MEMORY_CLEAN);
	sqlite_bind_text(statement, 4, memory->source_digest);
	sqlite_bind_text(statement, 5, memory->seed);
	sqlite_bind_text(statement, 6, memory->feed_sha256);
	sqlite_bind_text(statement, 7, memory->etag);
	sqlite_bind_text(statement, 8, memory->last_modified);
	sqlite_bind_text(statement, 9, memory->charset);
	for (int kind = 0; kind < ITEM_KIND_COUNT; kind++)
		(void)sqlite3_bind_int64(statement, 10 + kind, left->present[kind]);
	(void)sqlite3_bind_int(statement, 10 + ITEM_KIND_COUNT, memory->awaits_items ? 1 : 0);
	(void)sqlite3_bind_int(statement, 11 + ITEM_KIND_COUNT, memory->owes_products ? 1 : 0);
	(void)sqlite3_bind_int64(statement, 12 + ITEM_KIND_COUNT, ticket->run_id);
	(void)sqlite3_bind_int64(statement, 13 + ITEM_KIND_COUNT, left->known_records);
	(void)sqlite3_bind_int64(statement, 14 + ITEM_KIND_COUNT, left->known_segment);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

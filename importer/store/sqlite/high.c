/* The highest stock of a job by day, so that a catalogue that bleeds slowly is seen. */
#include "store/sqlite/high.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define HIGH_DAYS 7

/* ?1 is the catalogue's key, ?2 the job's. */
#define LAST_UNDO                                                                                        \
	"(SELECT coalesce(max(run_id), 0) FROM run INDEXED BY run_undo WHERE trigger = 'undo' AND job =" \
	" (SELECT job FROM job_name WHERE job_key = ?2) AND catalog = (SELECT catalog FROM catalog_name" \
	" WHERE catalog_key = ?1) AND outcome = 'applied')"

static const char read_sql[] = "SELECT coalesce(max(products), 0), coalesce(max(skus), 0) FROM job_high"
			       " WHERE catalog_key = ?1 AND job_key = ?2 AND day BETWEEN ?3 AND ?4 AND run_id > " LAST_UNDO;

/* Days to come are those of a clock that went wrong. */
static const char forget_sql[] = "DELETE FROM job_high WHERE catalog_key = ?1 AND job_key = ?2"
				 " AND (?5 OR day NOT BETWEEN ?3 AND ?4 OR run_id <= " LAST_UNDO ")";

static const char write_sql[] =
	"INSERT INTO job_high (job_key, catalog_key, day, run_id, products, skus) VALUES (?2, ?1, ?4, ?3, ?5, ?6)"
	" ON CONFLICT DO UPDATE SET run_id = excluded.run_id, products = max(products, excluded.products),"
	" skus = max(skus, excluded.skus)";

static int64_t day_of(const struct run_ticket *ticket)
{
	return ticket->now_ms / DAY_MS;
}

static int prepare(struct store *store, const char *sql, const struct run_ticket *ticket, sqlite3_stmt **ret_statement,
                   struct error *err)
{
	if (sqlite_prepare(store, sql, ret_statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(*ret_statement, 1, ticket->catalog_key); /* a failure shows at the step */
	(void)sqlite3_bind_int64(*ret_statement, 2, ticket->job_key);
	(void)sqlite3_bind_int64(*ret_statement, 3, day_of(ticket) - HIGH_DAYS + 1);
	(void)sqlite3_bind_int64(*ret_statement, 4, day_of(ticket));
	return 0;
}

int high_read(struct store *store, const struct run_ticket *ticket, int64_t ret_high[ITEM_KIND_COUNT], struct error *err)
{
	sqlite3_stmt *statement;

	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		ret_high[kind] = 0;
	if (prepare(store, read_sql, ticket, &statement, err) < 0)
		return -1;
	int step = sqlite_step_row(store, statement, err);
	if (step == 1) {
		ret_high[ITEM_PRODUCT] = sqlite3_column_int64(statement, 0);
		ret_high[ITEM_SKU] = sqlite3_column_int64(statement, 1);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

int high_write(struct store *store, const struct run_ticket *ticket, const int64_t present[ITEM_KIND_COUNT], bool is_reset,
               struct error *err)
{
	sqlite3_stmt *statement;

	if (prepare(store, forget_sql, ticket, &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int(statement, 5, is_reset ? 1 : 0);
	int result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	if (result < 0 || prepare(store, write_sql, ticket, &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 3, ticket->run_id);
	(void)sqlite3_bind_int64(statement, 5, present[ITEM_PRODUCT]);
	(void)sqlite3_bind_int64(statement, 6, present[ITEM_SKU]);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* as above */
	return result;
}

/* Numbers of category ids that no product is in any more go, some at a time. */
#include "store/retention.h"

#include "store/sqlite/sqlite_store.h"

#define PIECE_IDS 2000 /* looked at in one statement, and deleted in one transaction: some milliseconds */

#define IS_IDLE(id)                                                                                            \
	"NOT EXISTS (SELECT 1 FROM product_category_data m INDEXED BY product_category_data_by_category WHERE" \
	" m.category_number = " id ")"

/* Those behind ?1 up to ?2, at most ?3: the last, how many they are, and how many of them are idle. */
static const char look_sql[] = "SELECT max(category_number), count(*), sum(" IS_IDLE(
	"k.category_number") ") FROM (SELECT category_number FROM category_name WHERE category_number > ?1 AND category_number <= ?2"
			     " ORDER BY category_number LIMIT ?3) k";

/* Some may have been linked since they were looked at. */
static const char delete_sql[] = "DELETE FROM category_name WHERE category_number > ?1 AND category_number <= ?2 AND " IS_IDLE(
	"category_name.category_number");

struct piece {
	int64_t last;
	int64_t ids;
	int64_t idle_ids;
};

static int look(struct store *store, int64_t after, int64_t until, int64_t ids_max, struct piece *ret_piece, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, look_sql, &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, after); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, until);
	(void)sqlite3_bind_int64(statement, 3, ids_max);
	step = sqlite_step_row(store, statement, err);
	if (step == 1)
		*ret_piece = (struct piece){.last = sqlite3_column_int64(statement, 0),
		                            .ids = sqlite3_column_int64(statement, 1),
		                            .idle_ids = sqlite3_column_int64(statement, 2)};
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

static int delete_rows(struct store *store, int64_t after, int64_t until, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(store, delete_sql, &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, after); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, until);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

static int delete_idle(struct store *store, int64_t after, int64_t until, struct error *err)
{
	if (sqlite_write_begin(store, err) < 0)
		return -1;
	if (delete_rows(store, after, until, err) < 0 || sqlite_write_commit(store, err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	return 0;
}

static int prune_range(struct store *store, int64_t after, int64_t until, int64_t *ids_left, struct error *err)
{
	while (*ids_left > 0) {
		struct piece piece = {.ids = 0};

		if (look(store, after, until, *ids_left < PIECE_IDS ? *ids_left : PIECE_IDS, &piece, err) < 0)
			return -1;
		if (piece.ids == 0)
			return 0;
		if (piece.idle_ids > 0 && delete_idle(store, after, piece.last, err) < 0)
			return -1;
		*ids_left -= piece.ids;
		after = piece.last;
	}
	return 0;
}

/* Multiples of the golden ratio fall far from each other. */
static int64_t first_number(int64_t turn, int64_t last)
{
	return last > 0 ? (int64_t)((uint64_t)turn * UINT64_C(0x9E3779B97F4A7C15) % (uint64_t)last) : 0;
}

int store_category_ids_prune(struct store *store, int64_t turn, int64_t ids_max, struct error *err)
{
	int64_t ids_left = ids_max;
	int64_t last = 0;

	if (sqlite_integer(store, "SELECT coalesce(max(category_number), 0) FROM category_name", &last, err) < 0)
		return -1;
	const int64_t middle = first_number(turn, last);
	if (prune_range(store, middle, INT64_MAX, &ids_left, err) < 0)
		return -1;
	return prune_range(store, 0, middle, &ids_left, err);
}

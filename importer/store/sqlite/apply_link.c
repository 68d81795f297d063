/*
 * The categories that products are in. Their ids have numbers, which links
 * need as soon as they are written: a random place among a million numbers
 * costs less than one among as many texts.
 */
#include "store/sqlite/apply_private.h"

#include "store/sqlite/apply_list.h"

/* Kept in memory: 3 MiB. Hardly a catalogue has more; where one has, the store is asked again. */
#define NUMBERS_MAX ((size_t)96 * 1024)

/* The id's number in the store: 1, 0 = it has none, -1. */
static int find_number(struct apply *apply, struct slice id, int64_t *ret_number, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CATEGORY_NUMBER, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	sqlite_bind_slice(statement, 2, id);
	step = sqlite_step_row(apply->store, statement, err);
	if (step == 1)
		*ret_number = sqlite3_column_int64(statement, 0);
	(void)sqlite3_reset(statement); /* its failure is that of the step */
	return step;
}

static int insert_number(struct apply *apply, struct slice id, int64_t *ret_number, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CATEGORY_NUMBER_INSERT, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	sqlite_bind_slice(statement, 2, id);
	if (sqlite_step_done(apply->store, statement, err) < 0)
		return -1;
	*ret_number = sqlite3_last_insert_rowid(apply->store->database);
	return 0;
}

static int remember_number(struct hash_table *numbers, struct hash128 hash, int64_t number, struct error *err)
{
	uint32_t *place;

	if (number <= 0 || number > UINT32_MAX)
		return 0;
	if (numbers->count >= NUMBERS_MAX)
		hash_table_release(numbers);
	place = hash_table_put(numbers, hash, NULL);
	if (place == NULL)
		return error_set_memory(err);
	*place = (uint32_t)number;
	return 0;
}

static int number_of(struct apply *apply, struct slice id, int64_t *ret_number, struct error *err)
{
	const struct hash128 hash = hash_bytes(id, apply->store->seed);
	const uint32_t *known = hash_table_find(&apply->category_numbers, hash);
	int found;

	if (known != NULL) {
		*ret_number = *known;
		return 0;
	}
	found = find_number(apply, id, ret_number, err);
	if (found < 0 || (found == 0 && insert_number(apply, id, ret_number, err) < 0))
		return -1;
	return remember_number(&apply->category_numbers, hash, *ret_number, err);
}

int link_add_all(struct apply *apply, int64_t product_key, struct slice categories, struct error *err)
{
	struct list_walk walk = list_walk_begin(categories);
	struct slice element;
	struct slice id;
	int64_t number = 0;

	for (int64_t position = 0; list_walk_next(&walk, &element); position++) {
		if (!list_string(element, &apply->scratch, &id)) {
			if (apply->scratch.failed)
				return error_set_memory(err);
			continue;
		}
		if (number_of(apply, id, &number, err) < 0 || bulk_add_link(apply, product_key, number, position, err) < 0)
			return -1;
	}
	return 0;
}

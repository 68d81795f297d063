/* What became of price, currency and stock of the SKUs that stay, read from the changes of the run. */
#include "store/sqlite/apply_figures.h"

#include "base/number.h"
#include "store/sqlite/apply_list.h"

#define SHARE_WHOLE 10000 /* shares are hundredths of a percent */

/* ?1 is the catalogue's key, ?3 the run. */

static const char changes_sql[] = "SELECT item_id, before, after FROM change INDEXED BY change_by_run"
				  " WHERE run_id = ?3 AND kind = 'sku' AND action = 'updated'";

static const char row_sql[] = "SELECT availability, quantity_micros FROM sku_data INDEXED BY sku_data_by_id"
			      " CROSS JOIN offer_data USING (sku_key) WHERE catalog_key = ?1 AND sku_id = ?4";

/* Values as they stand in JSON; the empty slice: not told. */
struct side {
	struct slice price;
	struct slice currency;
	struct slice availability;
	struct slice quantity;
};

/* Both sides of a change have the same members: what they lack is as it was. */
struct value_change {
	struct slice sku_id;
	struct side before;
	struct side after;
};

static struct side side_read(struct slice json)
{
	struct list_walk walk = object_walk_begin(json);
	struct side side = {.price = {NULL, 0}};
	struct slice name, value;

	while (object_walk_next(&walk, &name, &value)) {
		if (slice_equal_text(name, "\"price_micros\""))
			side.price = value;
		else if (slice_equal_text(name, "\"currency\""))
			side.currency = value;
		else if (slice_equal_text(name, "\"availability\""))
			side.availability = value;
		else if (slice_equal_text(name, "\"quantity_micros\""))
			side.quantity = value;
	}
	return side;
}

static bool is_null(struct slice value)
{
	return slice_is_empty(value) || slice_equal_text(value, "null");
}

/* 0 where there is none; an integer is all that a run writes. */
static int64_t number_of(struct slice value)
{
	int64_t number = 0;

	return number_parse_integer(value, INT64_MIN, INT64_MAX, &number) ? number : 0;
}

/* The word of a string, which needs no escapes; the empty slice where there is none. */
static struct slice word_of(struct slice value)
{
	if (value.size < 2 || value.data[0] != '"')
		return slice_make(NULL, 0);
	return slice_make(value.data + 1, value.size - 2);
}

static bool currency_is_same(const struct value_change *change)
{
	if (is_null(change->before.currency) || is_null(change->after.currency))
		return is_null(change->before.currency) && is_null(change->after.currency);
	return slice_equal(change->before.currency, change->after.currency);
}

/* Is the price another one by more than the share? */
static bool price_is_other(const struct value_change *change, int64_t share)
{
	const __int128 before = number_of(change->before.price);
	const __int128 difference = number_of(change->after.price) - before;

	return currency_is_same(change) &&
	       (difference < 0 ? -difference : difference) * SHARE_WHOLE > (before < 0 ? -before : before) * share;
}

static bool is_in_stock(struct slice availability, int64_t quantity)
{
	if (slice_is_empty(availability) || slice_equal_text(availability, "unknown"))
		return quantity > 0;
	return slice_equal_text(availability, "in_stock") || slice_equal_text(availability, "limited");
}

/* The row is read only where it decides: rows are all over the store. */
static bool row_decides(const struct value_change *change)
{
	const bool quantity_told = !slice_is_empty(change->before.quantity);

	if (!slice_is_empty(change->before.availability))
		return !quantity_told;
	return number_of(change->before.quantity) > 0 && number_of(change->after.quantity) <= 0;
}

/* 1, 0, -1 */
static int went_out_of_stock(struct apply *apply, sqlite3_stmt *row, const struct value_change *change, struct error *err)
{
	struct slice word_before = word_of(change->before.availability);
	struct slice word_after = word_of(change->after.availability);
	int64_t number_before = number_of(change->before.quantity);
	int64_t number_after = number_of(change->after.quantity);

	if (row_decides(change)) {
		(void)sqlite3_reset(row); /* a failure was told at its step */
		sqlite_bind_slice(row, 4, change->sku_id);
		if (sqlite_step_row(apply->store, row, err) < 0)
			return -1;
		if (slice_is_empty(change->before.availability))
			word_before = word_after = sqlite_column_slice(row, 0);
		if (slice_is_empty(change->before.quantity))
			number_before = number_after = sqlite3_column_int64(row, 1);
	}
	return is_in_stock(word_before, number_before) && !is_in_stock(word_after, number_after);
}

static int count_change(struct apply *apply, sqlite3_stmt *row, const struct value_change *change, int64_t share,
                        struct store_figures *figures, struct error *err)
{
	const struct slice price = change->before.price;
	const int out_of_stock = went_out_of_stock(apply, row, change, err);

	if (out_of_stock < 0)
		return -1;
	figures->out_of_stock += out_of_stock;
	if (!is_null(price) && (is_null(change->after.price) || price_is_other(change, share)))
		figures->prices_changed++;
	if (number_of(price) > 0 && number_of(change->after.price) <= 0)
		figures->prices_lost++;
	if (!is_null(change->before.currency) && !currency_is_same(change))
		figures->currencies_changed++;
	return 0;
}

int figures_read_values(struct apply *apply, int64_t share, struct store_figures *figures, struct error *err)
{
	sqlite3_stmt *const changes = figures_prepare(apply, changes_sql, err);
	sqlite3_stmt *const row = changes != NULL ? figures_prepare(apply, row_sql, err) : NULL;
	int step = row != NULL ? 0 : -1;

	figures->prices_changed = 0;
	figures->prices_lost = 0;
	figures->currencies_changed = 0;
	figures->out_of_stock = 0;
	while (step == 0) {
		step = sqlite_step_row(apply->store, changes, err);
		if (step != 1)
			break;
		const struct value_change change = {.sku_id = sqlite_column_slice(changes, 0),
		                                    .before = side_read(sqlite_column_slice(changes, 1)),
		                                    .after = side_read(sqlite_column_slice(changes, 2))};

		step = count_change(apply, row, &change, share, figures, err);
	}
	(void)sqlite3_finalize(row); /* its failure is that of the step */
	(void)sqlite3_finalize(changes);
	return step;
}

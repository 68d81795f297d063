/* Cells and the shapes of the three catalogue tables. */
#include "store/sqlite/apply_row.h"

#include "store/sqlite/sqlite_store.h"

#define COLUMN(name_, form_, field_)                                             \
	{                                                                        \
		.name = (name_), .form = COLUMN_##form_, .field = FIELD_##field_ \
	}

static const struct column category_columns[CATEGORY_COLUMN_COUNT] = {
	[CATEGORY_COLUMN_PARENT_ID] = COLUMN("parent_id", TEXT, PARENT_ID),
	[CATEGORY_COLUMN_NAME] = COLUMN("name", TEXT, NAME),
	[CATEGORY_COLUMN_PATH] = COLUMN("path", JSON, COUNT),
	[CATEGORY_COLUMN_POSITION] = COLUMN("position", INTEGER, POSITION),
	[CATEGORY_COLUMN_URL] = COLUMN("url", TEXT, URL),
	[CATEGORY_COLUMN_STATUS] = COLUMN("status", TEXT, COUNT),
	[CATEGORY_COLUMN_EXTRA] = COLUMN("extra", JSON, EXTRA),
	[CATEGORY_COLUMN_TEXTS] = COLUMN("texts", JSON, TEXTS),
};

static const struct column product_columns[PRODUCT_COLUMN_COUNT] = {
	[PRODUCT_COLUMN_ORIGIN] = COLUMN("origin", TEXT, COUNT),
	[PRODUCT_COLUMN_NAME] = COLUMN("name", TEXT, NAME),
	[PRODUCT_COLUMN_DESCRIPTION] = COLUMN("description", TEXT, DESCRIPTION),
	[PRODUCT_COLUMN_BRAND] = COLUMN("brand", TEXT, BRAND),
	[PRODUCT_COLUMN_URL] = COLUMN("url", TEXT, URL),
	[PRODUCT_COLUMN_IMAGES] = COLUMN("images", JSON, IMAGES),
	[PRODUCT_COLUMN_ATTRIBUTES] = COLUMN("attributes", JSON, ATTRIBUTES),
	[PRODUCT_COLUMN_TAGS] = COLUMN("tags", JSON, TAGS),
	[PRODUCT_COLUMN_STATUS] = COLUMN("status", TEXT, COUNT),
	[PRODUCT_COLUMN_EXTRA] = COLUMN("extra", JSON, EXTRA),
	[PRODUCT_COLUMN_CATEGORIES] = COLUMN("categories", JSON, CATEGORIES),
	[PRODUCT_COLUMN_PRICE] = COLUMN("price_micros", INTEGER, PRICE),
	[PRODUCT_COLUMN_OLD_PRICE] = COLUMN("old_price_micros", INTEGER, OLD_PRICE),
	[PRODUCT_COLUMN_CURRENCY] = COLUMN("currency", TEXT, CURRENCY),
	[PRODUCT_COLUMN_AVAILABILITY] = COLUMN("availability", TEXT, AVAILABILITY),
	[PRODUCT_COLUMN_QUANTITY] = COLUMN("quantity_micros", INTEGER, QUANTITY),
	[PRODUCT_COLUMN_TEXTS] = COLUMN("texts", JSON, TEXTS),
	[PRODUCT_COLUMN_CUSTOM_FIELDS] = COLUMN("custom_fields", JSON, CUSTOM_FIELDS),
	[PRODUCT_COLUMN_CHILDREN] = COLUMN("children", JSON, CHILDREN),
	[PRODUCT_COLUMN_PARTS] = COLUMN("parts", JSON, COUNT),
};

static const struct column sku_columns[SKU_COLUMN_COUNT] = {
	[SKU_COLUMN_PRODUCT_ID] = COLUMN("product_id", TEXT, PRODUCT_ID),
	[SKU_COLUMN_PRODUCT_LINK] = COLUMN("product_link", INTEGER, COUNT),
	[SKU_COLUMN_NAME] = COLUMN("name", TEXT, NAME),
	[SKU_COLUMN_DESCRIPTION] = COLUMN("description", TEXT, DESCRIPTION),
	[SKU_COLUMN_URL] = COLUMN("url", TEXT, URL),
	[SKU_COLUMN_BRAND] = COLUMN("brand", TEXT, BRAND),
	[SKU_COLUMN_PRICE] = COLUMN("price_micros", INTEGER, PRICE),
	[SKU_COLUMN_OLD_PRICE] = COLUMN("old_price_micros", INTEGER, OLD_PRICE),
	[SKU_COLUMN_CURRENCY] = COLUMN("currency", TEXT, CURRENCY),
	[SKU_COLUMN_AVAILABILITY] = COLUMN("availability", TEXT, AVAILABILITY),
	[SKU_COLUMN_QUANTITY] = COLUMN("quantity_micros", INTEGER, QUANTITY),
	[SKU_COLUMN_CONDITION] = COLUMN("condition", TEXT, CONDITION),
	[SKU_COLUMN_GTIN] = COLUMN("gtin", TEXT, GTIN),
	[SKU_COLUMN_MPN] = COLUMN("mpn", TEXT, MPN),
	[SKU_COLUMN_MERCHANT_SKU] = COLUMN("merchant_sku", TEXT, MERCHANT_SKU),
	[SKU_COLUMN_IMAGES] = COLUMN("images", JSON, IMAGES),
	[SKU_COLUMN_ATTRIBUTES] = COLUMN("attributes", JSON, ATTRIBUTES),
	[SKU_COLUMN_TAGS] = COLUMN("tags", JSON, TAGS),
	[SKU_COLUMN_WEIGHT] = COLUMN("weight_g", INTEGER, WEIGHT),
	[SKU_COLUMN_STATUS] = COLUMN("status", TEXT, COUNT),
	[SKU_COLUMN_CATEGORIES] = COLUMN("categories", JSON, CATEGORIES),
	[SKU_COLUMN_PRICES] = COLUMN("prices", JSON, PRICES),
	[SKU_COLUMN_STOCKS] = COLUMN("stocks", JSON, STOCKS),
	[SKU_COLUMN_EXTRA] = COLUMN("extra", JSON, EXTRA),
	[SKU_COLUMN_TEXTS] = COLUMN("texts", JSON, TEXTS),
	[SKU_COLUMN_CUSTOM_FIELDS] = COLUMN("custom_fields", JSON, CUSTOM_FIELDS),
	[SKU_COLUMN_REFERENCE] = COLUMN("reference", TEXT, REFERENCE),
	[SKU_COLUMN_PARTS] = COLUMN("parts", JSON, COUNT),
};

static const struct row_shape shapes[ITEM_KIND_COUNT] = {
	[ITEM_CATEGORY] = {.table = "category_data",
                           .key = "category_key",
                           .adopt = "job_key = ?1",
                           .columns = category_columns,
                           .count = CATEGORY_COLUMN_COUNT,
                           .status = CATEGORY_COLUMN_STATUS,
                           .texts = CATEGORY_COLUMN_TEXTS,
                           .parts = CATEGORY_COLUMN_COUNT},
	[ITEM_PRODUCT] = {.table = "product_data",
                          .key = "product_key",
                          .adopt = "job_key = ?1",
                          .columns = product_columns,
                          .count = PRODUCT_COLUMN_COUNT,
                          .status = PRODUCT_COLUMN_STATUS,
                          .texts = PRODUCT_COLUMN_TEXTS,
                          .parts = PRODUCT_COLUMN_PARTS},
	[ITEM_SKU] = {.table = "sku_data",
                      .key = "sku_key",
                      /* What a price job has of it stays with that job. */
                      .adopt = "job_key = ?1, offer_job_key = iif(offer_job_key = job_key, ?1, offer_job_key),"
                               " stock_job_key = iif(stock_job_key = job_key, ?1, stock_job_key)",
                      .columns = sku_columns,
                      .count = SKU_COLUMN_COUNT,
                      .status = SKU_COLUMN_STATUS,
                      .texts = SKU_COLUMN_TEXTS,
                      .parts = SKU_COLUMN_PARTS,
                      .apart = "offer_data",
                      .apart_columns = COLUMN_BIT(SKU_COLUMN_QUANTITY + 1) - COLUMN_BIT(SKU_COLUMN_PRICE)},
};

const struct row_shape *row_shape(enum item_kind kind)
{
	return &shapes[kind];
}

struct cell cell_text(struct slice text)
{
	if (slice_is_empty(text))
		return (struct cell){.type = CELL_NULL};
	return (struct cell){.type = CELL_TEXT, .text = text};
}

struct cell cell_integer(int64_t integer)
{
	return (struct cell){.type = CELL_INTEGER, .integer = integer};
}

bool cell_is_text(const struct cell *cell, const char *text)
{
	return cell->type == CELL_TEXT && slice_equal_text(cell->text, text);
}

struct slice cell_slice(const struct cell *cell)
{
	return cell->type == CELL_TEXT ? cell->text : slice_make(NULL, 0);
}

/* A list or bag without content states nothing. */
static bool is_empty_json(struct slice text)
{
	return text.size == 2 && (text.data[0] == '[' || text.data[0] == '{');
}

/* Written where it stays: making each cell elsewhere and copying it took 4 % of a first import. */
static void fill_cell(struct cell *ret_cell, const struct field_value *value, enum column_form form)
{
	ret_cell->type = CELL_NULL;
	if (value->presence != PRESENCE_VALUE)
		return;
	if (form == COLUMN_INTEGER) {
		ret_cell->type = CELL_INTEGER;
		ret_cell->integer = value->integer;
	} else if (!slice_is_empty(value->text) && !(form == COLUMN_JSON && is_empty_json(value->text))) {
		ret_cell->type = CELL_TEXT;
		ret_cell->text = value->text;
	}
}

void row_from_statement(const struct statement *statement, struct cell *ret_cells)
{
	const struct row_shape *shape = &shapes[statement->kind];

	for (size_t index = 0; index < shape->count; index++) {
		const struct column *column = &shape->columns[index];

		if (column->field != FIELD_COUNT)
			fill_cell(&ret_cells[index], &statement->fields[column->field], column->form);
		else
			ret_cells[index].type = CELL_NULL;
	}
}

void row_read_cells(sqlite3_stmt *statement, int first, size_t count, struct cell *ret_cells)
{
	for (size_t index = 0; index < count; index++) {
		const int column = first + (int)index;

		switch (sqlite3_column_type(statement, column)) {
		case SQLITE_NULL:
			ret_cells[index] = (struct cell){.type = CELL_NULL};
			break;
		case SQLITE_INTEGER:
			ret_cells[index] = cell_integer(sqlite3_column_int64(statement, column));
			break;
		default:
			ret_cells[index] = (struct cell){.type = CELL_TEXT, .text = sqlite_column_slice(statement, column)};
			break;
		}
	}
}

void row_read(sqlite3_stmt *statement, enum item_kind kind, struct stored_row *ret_row)
{
	const int count = (int)shapes[kind].count;

	row_read_cells(statement, 0, shapes[kind].count, ret_row->cells);
	ret_row->suppressed = sqlite3_column_int64(statement, count);
	ret_row->job_key = sqlite3_column_int64(statement, count + 1);
	ret_row->key = sqlite3_column_int64(statement, count + 2);
}

void row_bind(sqlite3_stmt *statement, int first, const struct cell *cells, size_t count)
{
	for (size_t index = 0; index < count; index++) {
		const int parameter = first + (int)index;

		switch (cells[index].type) {
		case CELL_NULL:
			(void)sqlite3_bind_null(statement, parameter);
			break;
		case CELL_INTEGER:
			(void)sqlite3_bind_int64(statement, parameter, cells[index].integer);
			break;
		case CELL_TEXT:
			sqlite_bind_slice(statement, parameter, cells[index].text);
			break;
		}
	}
}

static bool cell_equal(const struct cell *left, const struct cell *right)
{
	if (left->type != right->type)
		return false;
	switch (left->type) {
	case CELL_INTEGER:
		return left->integer == right->integer;
	case CELL_TEXT:
		return slice_equal(left->text, right->text);
	case CELL_NULL:
		break;
	}
	return true;
}

column_mask row_told(enum item_kind kind, column_mask mask)
{
	return kind == ITEM_SKU && mask == COLUMN_BIT(SKU_COLUMN_PRODUCT_LINK) ? 0 : mask;
}

size_t row_pick(enum item_kind kind, const struct cell *cells, bool of_apart, struct cell *ret_cells)
{
	const struct row_shape *shape = &shapes[kind];
	size_t count = 0;

	for (size_t index = 0; index < shape->count; index++)
		if (((shape->apart_columns & COLUMN_BIT(index)) != 0) == of_apart)
			ret_cells[count++] = cells[index];
	return count;
}

column_mask row_difference(enum item_kind kind, const struct cell *left, const struct cell *right)
{
	column_mask mask = 0;

	for (size_t index = 0; index < shapes[kind].count; index++)
		if (!cell_equal(&left[index], &right[index]))
			mask |= COLUMN_BIT(index);
	return mask;
}

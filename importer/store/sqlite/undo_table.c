/* The tables of the undo log: their columns, and SQL made from them or written here. */
#include "store/sqlite/undo_table.h"

#include <string.h>

/*
 * In triggers a conflict is left to DO NOTHING: an OR clause there would give
 * way to that of the statement that fires them.
 */
#define IGNORED " ON CONFLICT DO NOTHING; END;"

static const char *const shared_rest[] = {"suppressed", "job_key", "created_run_id"};
static const char *const sku_rest[] = {"suppressed", "job_key", "offer_job_key", "stock_job_key", "created_run_id"};

/* clang-format off */

#define TRIGGER(source, event, table) "CREATE TEMP TRIGGER undo_" source "_" event " AFTER " event " ON " table

/* The keys of items by their ids; ?1 is the catalogue's. */
#define KEY_OF(kind, id) \
	"(SELECT " kind "_key FROM " kind "_data INDEXED BY " kind "_data_by_id WHERE catalog_key = ?1 AND " kind "_id = " id ")"
#define KEY_OF_ANY(number, id) \
	"CASE " number " WHEN 0 THEN " KEY_OF("category", id) " WHEN 1 THEN " KEY_OF("product", id) " WHEN 2 THEN " KEY_OF("sku", id) " END"
#define CATALOG "(SELECT catalog FROM catalog_name WHERE catalog_key = ?1)"

/* Holders */

#define HOLDER_NOTE(row, existed) \
	" BEGIN INSERT INTO undo_holder SELECT category_id, " row ".job_key, " existed " FROM category_data" \
	" WHERE category_key = " row ".category_key" IGNORED
#define HOLDER_WATCH \
	"CREATE TEMP TABLE undo_holder (item_id TEXT, job_key, existed, PRIMARY KEY (item_id, job_key)) WITHOUT ROWID;" \
	TRIGGER("holder", "insert", "category_holder") HOLDER_NOTE("NEW", "0") \
	TRIGGER("holder", "delete", "category_holder") HOLDER_NOTE("OLD", "1")
#define HOLDER_WHERE "job_key = ?3 AND category_key = " KEY_OF("category", "?2")

/* Absent items, whose key is that of an item of any kind */

static const char *const absent_columns[] = {"runs"};

#define ABSENT_NOTE(row, existed, runs) \
	" BEGIN INSERT INTO undo_absent SELECT kind, item_id, " row ".job_key, " existed ", " runs \
	" FROM (SELECT " row ".kind AS kind, CASE " row ".kind" \
	" WHEN 0 THEN (SELECT category_id FROM category_data WHERE category_key = " row ".item_key)" \
	" WHEN 1 THEN (SELECT product_id FROM product_data WHERE product_key = " row ".item_key)" \
	" WHEN 2 THEN (SELECT sku_id FROM sku_data WHERE sku_key = " row ".item_key) END AS item_id)" \
	" WHERE item_id IS NOT NULL" IGNORED
#define ABSENT_WATCH \
	"CREATE TEMP TABLE undo_absent (kind, item_id TEXT, job_key, existed, runs, PRIMARY KEY (kind, item_id, job_key)) WITHOUT ROWID;" \
	TRIGGER("absent", "insert", "absent_item") ABSENT_NOTE("NEW", "0", "NULL") \
	TRIGGER("absent", "update", "absent_item") ABSENT_NOTE("OLD", "1", "OLD.runs") \
	TRIGGER("absent", "delete", "absent_item") ABSENT_NOTE("OLD", "1", "OLD.runs")
#define ABSENT_COMPARE \
	"SELECT o.item_id, json_array(o.kind, o.job_key), o.existed, a.item_key IS NOT NULL, o.runs, a.runs" \
	" FROM temp.undo_absent o LEFT JOIN absent_item a ON a.job_key = o.job_key AND a.catalog_key = ?1" \
	" AND a.kind = o.kind AND a.item_key = " KEY_OF_ANY("o.kind", "o.item_id") " ORDER BY o.kind, o.item_id, o.job_key"
#define ABSENT_WHERE "job_key = ?4 AND catalog_key = ?1 AND kind = ?3 AND item_key = " KEY_OF_ANY("?3", "?2")
/* Counted by no run that can be: whether it was this one is all that is asked of it. */
#define ABSENT_PUT \
	"INSERT INTO absent_item (job_key, catalog_key, kind, item_key, runs, run_id) SELECT ?4, ?1, ?3, item_key, ?5, 0" \
	" FROM (SELECT " KEY_OF_ANY("?3", "?2") " AS item_key) WHERE item_key IS NOT NULL ON CONFLICT DO UPDATE SET runs = excluded.runs"

/* Parts */

static const char *const part_columns[] = {"content", "absent_runs"};

#define PART_NOTE(row, existed, values) \
	" BEGIN INSERT INTO undo_part VALUES (" row ".kind, " row ".item_id, " row ".job_key, " row ".position, " row ".hash, " \
	existed ", " values ")" IGNORED
#define PART_WATCH \
	"CREATE TEMP TABLE undo_part (kind, item_id TEXT, job_key, position, hash BLOB, existed, content, absent_runs," \
	" PRIMARY KEY (kind, item_id, job_key, position, hash)) WITHOUT ROWID;" \
	TRIGGER("part", "insert", "part_data") PART_NOTE("NEW", "0", "NULL, NULL") \
	TRIGGER("part", "update", "part_data") PART_NOTE("OLD", "1", "OLD.content, OLD.absent_runs") \
	TRIGGER("part", "delete", "part_data") PART_NOTE("OLD", "1", "OLD.content, OLD.absent_runs")
#define PART_WHERE "catalog_key = ?1 AND job_key = ?4 AND kind = ?3 AND item_id = ?2 AND position = ?5 AND hash = ?6"

/* Definitions of custom fields */

static const char *const field_columns[] = {"name", "value_type", "required", "default_value", "enum_values"};

#define FIELD_NOTE(row, existed, values) \
	" BEGIN INSERT INTO undo_field VALUES (" row ".entity, " row ".field_id, " existed ", " values ")" IGNORED
#define FIELD_OLD "OLD.name, OLD.value_type, OLD.required, OLD.default_value, OLD.enum_values"
#define FIELD_WATCH \
	"CREATE TEMP TABLE undo_field (entity TEXT, item_id TEXT, existed, name, value_type, required, default_value, enum_values," \
	" PRIMARY KEY (entity, item_id)) WITHOUT ROWID;" \
	TRIGGER("field", "insert", "field") FIELD_NOTE("NEW", "0", "NULL, NULL, NULL, NULL, NULL") \
	TRIGGER("field", "update", "field") FIELD_NOTE("OLD", "1", FIELD_OLD) \
	TRIGGER("field", "delete", "field") FIELD_NOTE("OLD", "1", FIELD_OLD)
#define FIELD_WHERE "catalog = " CATALOG " AND entity = ?3 AND field_id = ?2"

/* Products left without SKUs */

#define LEFT_NOTE(row, existed) \
	" BEGIN INSERT INTO undo_left SELECT product_id, " existed " FROM product_data WHERE product_key = " row ".product_key" IGNORED
#define LEFT_WATCH \
	"CREATE TEMP TABLE undo_left (item_id TEXT PRIMARY KEY, existed) WITHOUT ROWID;" \
	TRIGGER("left", "insert", "product_without_sku") LEFT_NOTE("NEW", "0") \
	TRIGGER("left", "delete", "product_without_sku") LEFT_NOTE("OLD", "1")

/* Texts of jobs; an item's own text in its place counts as none */

static const char *const text_columns[] = {"value", "job_key"};

#define TEXT_NOTE(row, existed, values) \
	" BEGIN INSERT INTO undo_text VALUES (" row ".entity, " row ".item_id, " row ".field, " row ".language, " existed ", " values ")" \
	IGNORED
#define TEXT_WATCH \
	"CREATE TEMP TABLE undo_text (entity TEXT, item_id TEXT, field TEXT, language TEXT, existed, value, job_key," \
	" PRIMARY KEY (entity, item_id, field, language)) WITHOUT ROWID;" \
	TRIGGER("text", "insert", "text") " WHEN NEW.job_key IS NOT NULL" TEXT_NOTE("NEW", "0", "NULL, NULL") \
	TRIGGER("text", "update", "text") " WHEN OLD.job_key IS NOT NULL OR NEW.job_key IS NOT NULL" \
		TEXT_NOTE("OLD", "OLD.job_key IS NOT NULL", "OLD.value, OLD.job_key") \
	TRIGGER("text", "delete", "text") " WHEN OLD.job_key IS NOT NULL" TEXT_NOTE("OLD", "1", "OLD.value, OLD.job_key")
#define TEXT_WHERE "catalog = " CATALOG " AND entity = ?3 AND item_id = ?2 AND field = ?4 AND language = ?5 AND job_key IS NOT NULL"

/* clang-format on */

static const struct undo_table tables[UNDO_SOURCE_COUNT] = {
	[UNDO_CATEGORY] = {.name = "category",
                           .columns = shared_rest,
                           .count = CATEGORY_COLUMN_COUNT + 3,
                           .jobs = UNDO_BIT(CATEGORY_COLUMN_COUNT + 1)},
	[UNDO_PRODUCT] = {.name = "product",
                          .columns = shared_rest,
                          .count = PRODUCT_COLUMN_COUNT + 3,
                          .jobs = UNDO_BIT(PRODUCT_COLUMN_COUNT + 1)},
	[UNDO_SKU] = {.name = "sku",
                      .columns = sku_rest,
                      .count = SKU_COLUMN_COUNT + 5,
                      .jobs = UNDO_BIT(SKU_COLUMN_COUNT + 1) | UNDO_BIT(SKU_COLUMN_COUNT + 2) | UNDO_BIT(SKU_COLUMN_COUNT + 3)},
	[UNDO_HOLDER] =
		{.name = "holder",
                 .keys = {UNDO_KEY_JOB},
                 .watch = HOLDER_WATCH,
                 .compare = "SELECT o.item_id, json_array(o.job_key), o.existed, h.category_key IS NOT NULL FROM temp.undo_holder o"
                            " LEFT JOIN category_data c ON c.catalog_key = ?1 AND c.category_id = o.item_id"
                            " LEFT JOIN category_holder h ON h.job_key = o.job_key AND h.category_key = c.category_key"
                            " ORDER BY o.item_id, o.job_key",
                 .get = "SELECT 1 FROM category_holder WHERE " HOLDER_WHERE,
                 .put = "INSERT INTO category_holder (job_key, category_key) SELECT ?3, category_key FROM category_data"
                        " INDEXED BY category_data_by_id WHERE catalog_key = ?1 AND category_id = ?2 ON CONFLICT DO NOTHING",
                 .remove = "DELETE FROM category_holder WHERE " HOLDER_WHERE},
	[UNDO_ABSENT] = {.name = "absent",
                         .columns = absent_columns,
                         .count = 1,
                         .keys = {UNDO_KEY_KIND, UNDO_KEY_JOB},
                         .watch = ABSENT_WATCH,
                         .compare = ABSENT_COMPARE,
                         .get = "SELECT runs FROM absent_item WHERE " ABSENT_WHERE,
                         .put = ABSENT_PUT,
                         .remove = "DELETE FROM absent_item WHERE " ABSENT_WHERE},
	[UNDO_PART] =
		{.name = "part",
                 .columns = part_columns,
                 .count = 2,
                 .keys = {UNDO_KEY_KIND, UNDO_KEY_JOB, UNDO_KEY_INTEGER, UNDO_KEY_HASH},
                 .keyed = UNDO_BIT(0),
                 .watch = PART_WATCH,
                 .compare =
                         "SELECT o.item_id, json_array(o.kind, o.job_key, o.position, hex(o.hash)), o.existed, p.part_key IS NOT NULL,"
                         " o.content, o.absent_runs, p.content, p.absent_runs FROM temp.undo_part o LEFT JOIN part_data p"
                         " ON p.catalog_key = ?1 AND p.job_key = o.job_key AND p.kind = o.kind AND p.item_id = o.item_id"
                         " AND p.position = o.position AND p.hash = o.hash ORDER BY o.kind, o.item_id, o.job_key, o.position, o.hash",
                 .get = "SELECT content, absent_runs FROM part_data INDEXED BY part_data_by_content WHERE " PART_WHERE,
                 .put = "INSERT INTO part_data (catalog_key, job_key, kind, item_id, position, hash, content, absent_runs)"
                        " VALUES (?1, ?4, ?3, ?2, ?5, ?6, ?7, ?8) ON CONFLICT (catalog_key, job_key, kind, item_id, position, hash)"
                        " DO UPDATE SET absent_runs = excluded.absent_runs",
                 .remove = "DELETE FROM part_data INDEXED BY part_data_by_content WHERE " PART_WHERE},
	[UNDO_FIELD] =
		{.name = "field",
                 .columns = field_columns,
                 .count = 5,
                 .keys = {UNDO_KEY_TEXT},
                 .watch = FIELD_WATCH,
                 .compare =
                         "SELECT o.item_id, json_array(o.entity), o.existed, f.field_id IS NOT NULL, o.name, o.value_type, o.required,"
                         " o.default_value, o.enum_values, f.name, f.value_type, f.required, f.default_value, f.enum_values"
                         " FROM temp.undo_field o LEFT JOIN field f ON f.catalog = " CATALOG
                         " AND f.entity = o.entity AND f.field_id = o.item_id ORDER BY o.entity, o.item_id",
                 .get = "SELECT name, value_type, required, default_value, enum_values FROM field WHERE " FIELD_WHERE,
                 .put = "INSERT INTO field (catalog, entity, field_id, name, value_type, required, default_value, enum_values)"
                        " SELECT catalog, ?3, ?2, ?4, ?5, ?6, ?7, ?8 FROM catalog_name WHERE catalog_key = ?1"
                        " ON CONFLICT (catalog, entity, field_id) DO UPDATE SET name = excluded.name, value_type = excluded.value_type,"
                        " required = excluded.required, default_value = excluded.default_value, enum_values = excluded.enum_values",
                 .remove = "DELETE FROM field WHERE " FIELD_WHERE},
	[UNDO_LEFT] = {.name = "left",
                       .watch = LEFT_WATCH,
                       .compare = "SELECT o.item_id, '', o.existed, w.product_key IS NOT NULL FROM temp.undo_left o"
                                  " LEFT JOIN product_data p ON p.catalog_key = ?1 AND p.product_id = o.item_id"
                                  " LEFT JOIN product_without_sku w ON w.product_key = p.product_key ORDER BY o.item_id",
                       .get = "SELECT 1 FROM product_without_sku WHERE product_key = " KEY_OF("product", "?2"),
                       .put = "INSERT INTO product_without_sku SELECT product_key FROM product_data INDEXED BY product_data_by_id"
                              " WHERE catalog_key = ?1 AND product_id = ?2 ON CONFLICT DO NOTHING",
                       .remove = "DELETE FROM product_without_sku WHERE product_key = " KEY_OF("product", "?2")},
	[UNDO_TEXT] =
		{.name = "text",
                 .columns = text_columns,
                 .count = 2,
                 .keys = {UNDO_KEY_TEXT, UNDO_KEY_TEXT, UNDO_KEY_TEXT},
                 .jobs = UNDO_BIT(1),
                 .watch = TEXT_WATCH,
                 .compare =
                         "SELECT o.item_id, json_array(o.entity, o.field, o.language), o.existed, x.job_key IS NOT NULL, o.value,"
                         " o.job_key, x.value, x.job_key FROM temp.undo_text o LEFT JOIN text x ON x.catalog = " CATALOG
                         " AND x.entity = o.entity AND x.item_id = o.item_id AND x.field = o.field AND x.language = o.language"
                         " AND x.job_key IS NOT NULL ORDER BY o.entity, o.item_id, o.field, o.language",
                 .get = "SELECT value, job_key FROM text WHERE " TEXT_WHERE,
                 .put = "INSERT INTO text (catalog, entity, item_id, field, language, value, job_key) SELECT catalog, ?3, ?2, ?4, ?5, ?6, ?7"
                        " FROM catalog_name WHERE catalog_key = ?1 ON CONFLICT (catalog, entity, item_id, field, language) DO UPDATE SET"
                        " value = excluded.value, job_key = excluded.job_key WHERE job_key IS NOT NULL",
                 .remove = "DELETE FROM text WHERE " TEXT_WHERE},
};

const struct undo_table *undo_table(enum undo_source source)
{
	return &tables[source];
}

enum undo_source undo_source_find(struct slice name)
{
	enum undo_source source = 0;

	while (source < UNDO_SOURCE_COUNT && !slice_equal_text(name, tables[source].name))
		source++;
	return source;
}

const char *undo_column_name(enum undo_source source, size_t column)
{
	const size_t content = undo_source_is_item(source) ? undo_content_count(source) : 0;

	if (column < content)
		return row_shape((enum item_kind)source)->columns[column].name;
	return tables[source].columns[column - content];
}

size_t undo_column_find(enum undo_source source, struct slice name)
{
	size_t column = 0;

	while (column < tables[source].count && !slice_equal_text(name, undo_column_name(source, column)))
		column++;
	return column;
}

/*
 * SQL of items, made from their columns
 *
 * A note of an item has all of it as it was before the run first changed it. Where that was only what stands apart, the
 * note has only that, and `existed` is 2, until more is changed: the rest may be a kilobyte.
 */

/* Does the column stand in the table apart? */
static bool is_apart(enum undo_source source, size_t column)
{
	return column < undo_content_count(source) && (row_shape((enum item_kind)source)->apart_columns & COLUMN_BIT(column)) != 0;
}

/* The columns between two texts; the first one is that of the column's table, NULL passes it over. */
static void append_columns(struct buffer *sql, enum undo_source source, const char *own, const char *apart, const char *behind)
{
	for (size_t column = 0; column < tables[source].count; column++) {
		const char *const before = is_apart(source, column) ? apart : own;

		if (before != NULL)
			(void)buffer_append_format(sql, "%s%s%s", before, undo_column_name(source, column), behind);
	}
}

static void append_rest_of_note(struct buffer *sql, enum undo_source source)
{
	(void)buffer_append_text(sql, " ON CONFLICT (item_id) DO UPDATE SET existed = 1");
	for (size_t column = 0; column < tables[source].count; column++)
		if (!is_apart(source, column))
			(void)buffer_append_format(sql, ", %s = excluded.%s", undo_column_name(source, column),
			                           undo_column_name(source, column));
	(void)buffer_append_text(sql, " WHERE existed = 2; END;");
}

static void append_watch_trigger(struct buffer *sql, enum undo_source source, const char *event, int64_t run_id)
{
	const struct row_shape *shape = row_shape((enum item_kind)source);
	const char *const name = tables[source].name;

	/* What the run inserted itself is told by created_run_id, and has no state before. */
	(void)buffer_append_format(sql,
	                           "CREATE TEMP TRIGGER undo_%s_%s BEFORE %s ON %s WHEN OLD.created_run_id <> %lld"
	                           " BEGIN INSERT INTO undo_%s SELECT OLD.%s_id, 1",
	                           name, event, event, shape->table, (long long)run_id, name, name);
	append_columns(sql, source, ", OLD.", ", ", "");
	if (shape->apart == NULL) {
		(void)buffer_append_text(sql, " WHERE true" IGNORED);
		return;
	}
	(void)buffer_append_format(sql, " FROM (SELECT 1) LEFT JOIN %s ON %s = OLD.%s WHERE true", shape->apart, shape->key,
	                           shape->key);
	append_rest_of_note(sql, source);
}

static void append_apart_trigger(struct buffer *sql, enum undo_source source, int64_t run_id)
{
	const struct row_shape *shape = row_shape((enum item_kind)source);
	const char *const name = tables[source].name;

	(void)buffer_append_format(
		sql, "CREATE TEMP TRIGGER undo_%s_apart BEFORE UPDATE ON %s BEGIN INSERT INTO undo_%s (item_id, existed", name,
		shape->apart, name);
	append_columns(sql, source, NULL, ", ", "");
	(void)buffer_append_format(sql, ") SELECT %s_id, 2", name);
	append_columns(sql, source, NULL, ", OLD.", "");
	(void)buffer_append_format(sql, " FROM %s WHERE %s = OLD.%s AND created_run_id <> %lld" IGNORED, shape->table, shape->key,
	                           shape->key, (long long)run_id);
}

void undo_sql_watch(enum undo_source source, int64_t run_id, bool notes_inserts, struct buffer *sql)
{
	const char *const name = tables[source].name;

	if (tables[source].watch != NULL) {
		(void)buffer_append_text(sql, tables[source].watch);
		return;
	}
	(void)buffer_append_format(sql, "CREATE TEMP TABLE undo_%s (item_id TEXT PRIMARY KEY, existed", name);
	append_columns(sql, source, ", ", ", ", "");
	(void)buffer_append_text(sql, ");");
	append_watch_trigger(sql, source, "update", run_id);
	append_watch_trigger(sql, source, "delete", run_id);
	if (row_shape((enum item_kind)source)->apart != NULL)
		append_apart_trigger(sql, source, run_id);
	if (notes_inserts)
		(void)buffer_append_format(sql,
		                           "CREATE TEMP TRIGGER undo_%s_insert AFTER INSERT ON %s_data BEGIN INSERT INTO undo_%s"
		                           " (item_id, existed) VALUES (NEW.%s_id, 0)" IGNORED,
		                           name, name, name, name);
}

void undo_sql_unwatch(enum undo_source source, struct buffer *sql)
{
	static const char *const events[] = {"insert", "update", "delete", "apart"};

	for (size_t event = 0; event < sizeof(events) / sizeof(events[0]); event++)
		(void)buffer_append_format(sql, "DROP TRIGGER IF EXISTS temp.undo_%s_%s;", tables[source].name, events[event]);
	(void)buffer_append_format(sql, "DROP TABLE IF EXISTS temp.undo_%s;", tables[source].name);
}

void undo_sql_compare(enum undo_source source, struct buffer *sql)
{
	const char *const name = tables[source].name;
	const struct row_shape *shape;

	if (tables[source].compare != NULL) {
		(void)buffer_append_text(sql, tables[source].compare);
		return;
	}
	shape = row_shape((enum item_kind)source);
	(void)buffer_append_format(sql, "SELECT o.item_id, '', o.existed, n.%s IS NOT NULL", shape->key);
	append_columns(sql, source, ", o.", ", o.", "");
	append_columns(sql, source, ", iif(o.existed = 2, NULL, n.", ", (a.", ")"); /* reads no row for what is not noted */
	(void)buffer_append_format(sql,
	                           " FROM temp.undo_%s o LEFT JOIN %s n INDEXED BY %s_by_id ON n.catalog_key = ?1"
	                           " AND n.%s_id = o.item_id",
	                           name, shape->table, shape->table, name);
	if (shape->apart != NULL)
		(void)buffer_append_format(sql, " LEFT JOIN %s a ON a.%s = n.%s", shape->apart, shape->key, shape->key);
	(void)buffer_append_text(sql, " ORDER BY o.item_id");
}

void undo_sql_get(enum undo_source source, struct buffer *sql)
{
	const struct row_shape *shape = row_shape((enum item_kind)source);

	(void)buffer_append_text(sql, "SELECT ");
	append_columns(sql, source, "", "", ", ");
	(void)buffer_append_format(sql, "%s FROM %s INDEXED BY %s_by_id", shape->key, shape->table, shape->table);
	if (shape->apart != NULL)
		(void)buffer_append_format(sql, " CROSS JOIN %s USING (%s)", shape->apart, shape->key);
	(void)buffer_append_format(sql, " WHERE catalog_key = ?1 AND %s_id = ?2", tables[source].name);
}

void undo_sql_insert(enum undo_source source, struct buffer *sql)
{
	const char *const name = tables[source].name;

	(void)buffer_append_format(sql, "INSERT INTO %s_data (catalog_key, %s_id", name, name);
	append_columns(sql, source, ", ", NULL, "");
	(void)buffer_append_text(sql, ") VALUES (?1, ?2");
	for (size_t column = 0; column < tables[source].count; column++)
		if (!is_apart(source, column))
			(void)buffer_append_format(sql, ", ?%zu", column + 3);
	(void)buffer_append_text(sql, ")");
}

void undo_sql_update_rest(enum undo_source source, struct buffer *sql)
{
	const size_t first = undo_content_count(source);
	const char *const name = tables[source].name;

	(void)buffer_append_format(sql, "UPDATE %s_data SET ", name);
	for (size_t column = first; column < tables[source].count; column++)
		(void)buffer_append_format(sql, "%s%s = ?%zu", column > first ? ", " : "", undo_column_name(source, column),
		                           column - first + 2);
	(void)buffer_append_format(sql, " WHERE %s_key = ?1", name);
}

/*
 * The SQL of the applying half.
 *
 * ?1 is the catalogue's key and ?2 the job's wherever both are asked for.
 * Indexes are named where a wrong guess of the planner would scan a
 * catalogue for every item: the store is never ANALYZEd.
 */
#include "store/sqlite/statements.h"

/* Content, in the order of the shapes in apply_row.c. */
#define CATEGORY_COLUMNS "parent_id, name, path, position, url, status, extra, texts"
#define PRODUCT_COLUMNS                                                                                              \
	"origin, name, description, brand, url, images, attributes, tags, status, extra, categories, price_micros, " \
	"old_price_micros, currency, availability, quantity_micros, texts, custom_fields, children, parts"
/* A SKU's price and stock stand apart from the rest of it. */
#define OFFER_COLUMNS "price_micros, old_price_micros, currency, availability, quantity_micros"
#define SKU_COLUMNS_BEFORE "product_id, product_link, name, description, url, brand, "
#define SKU_COLUMNS_BEHIND                                                                                             \
	"condition, gtin, mpn, merchant_sku, images, attributes, tags, weight_g, status, categories, prices, stocks, " \
	"extra, texts, custom_fields, reference, parts"
#define SKU_COLUMNS SKU_COLUMNS_BEFORE OFFER_COLUMNS ", " SKU_COLUMNS_BEHIND

/* As row_read takes them. */
#define CATEGORY_ROW                                                                                            \
	"c.parent_id, c.name, c.path, c.position, c.url, c.status, c.extra, c.texts, c.suppressed, c.job_key, " \
	"c.category_key"
#define PRODUCT_ROW PRODUCT_COLUMNS ", suppressed, job_key, product_key"
#define SKU_ROW SKU_COLUMNS ", suppressed, job_key, sku_key"

#define WITH_OFFER "CROSS JOIN offer_data USING (sku_key) "

#define PRESENT "status <> 'missing'"

/* What derive_read takes: a SKU as far as its product depends on it. */
#define DERIVE_COLUMNS                                                                                                        \
	"SELECT sku_key, sku_id, product_link, name, description, url, brand, images, attributes, tags, categories, status, " \
	"product_id FROM sku_data INDEXED BY sku_data_by_product "

/* A member of an object that json_each gives, NULL where it is of another type or beyond 64 bits. */
#define JSON_TEXT(name) "iif(json_type(value, '$." name "') = 'text', json_extract(value, '$." name "'), NULL) AS " name
#define JSON_INTEGER(name, as)                                                                                      \
	"iif(typeof(json_extract(value, '$." name "')) = 'integer' AND json_type(value, '$." name "') = 'integer'," \
	" json_extract(value, '$." name "'), NULL) AS " as

/* Columns of a custom field's definition. */
#define DEFINITION_COLUMNS "name, value_type, required, default_value, enum_values"

/* JSON that a person may have edited. */
#define JSON_OR_EMPTY(column) "iif(json_valid(" column "), " column ", '{}')"

/* The definitions of ?1's fields of an entity, and the present items of job ?2 that have them. */
#define DEFINED_ITEMS(kind)                                                                                           \
	" FROM catalog_name n CROSS JOIN field f ON f.catalog = n.catalog AND f.entity = '" kind "' CROSS JOIN " kind \
	"_data i INDEXED BY " kind "_data_present WHERE n.catalog_key = ?1 AND i.catalog_key = ?1 AND i.job_key = ?2" \
	" AND i." PRESENT " AND "
#define ITEMS_WITHOUT_FIELD(kind)                                               \
	"SELECT i." kind "_key, i." kind "_id, f.field_id, NULL" DEFINED_ITEMS( \
		kind) "f.required <> 0 AND NOT EXISTS"                          \
		      " (SELECT 1 FROM json_each(" JSON_OR_EMPTY("i.custom_fields") ") e WHERE e.key = f.field_id)"
#define ITEMS_WITH_OTHER_VALUE(kind)                                                                                        \
	"SELECT i." kind "_key, i." kind "_id, f.field_id, e.value FROM catalog_name n CROSS JOIN field f"                  \
	" ON f.catalog = n.catalog AND f.entity = '" kind "' CROSS JOIN " kind "_data i INDEXED BY " kind "_data_present"   \
	" CROSS JOIN json_each(" JSON_OR_EMPTY(                                                                             \
		"i.custom_fields") ") e ON e.key = f.field_id WHERE n.catalog_key = ?1"                                     \
				   " AND i.catalog_key = ?1 AND i.job_key = ?2 AND i." PRESENT " AND f.value_type = 'enum'" \
				   " AND f.enum_values IS NOT NULL AND NOT EXISTS (SELECT 1 FROM json_each(" JSON_OR_EMPTY( \
					   "f.enum_values") ") v"                                                           \
							    " WHERE v.key = CAST(e.value AS TEXT))"

static const char *const texts[SQL_COUNT] = {
	[SQL_CATALOG_HAS_SKUS] = "SELECT EXISTS (SELECT 1 FROM sku_data WHERE catalog_key = ?1)",
	[SQL_CATALOG_HAS_PRODUCTS] = "SELECT EXISTS (SELECT 1 FROM product_data WHERE catalog_key = ?1)",
	[SQL_MEMORY_UNCLEAN_OTHERS] =
		"UPDATE job_memory SET is_clean = 0 WHERE catalog_key = ?1 AND job_key <> ?2 AND is_clean <> 0",
	[SQL_MEMORY_IS_CLEAN] = "SELECT is_clean = 1 FROM job_memory WHERE catalog_key = ?1 AND job_key = ?2",
	[SQL_CATALOG_HAS_OTHER_JOBS] = "SELECT EXISTS (SELECT 1 FROM job_memory WHERE catalog_key = ?1 AND job_key <> ?2)",
	[SQL_JOB_HAS_PARTS] = "SELECT EXISTS (SELECT 1 FROM part_data WHERE catalog_key = ?1 AND job_key = ?2)",
	[SQL_STATED_COUNT] = "SELECT count(*) FROM product_data INDEXED BY product_data_present"
			     " WHERE catalog_key = ?1 AND job_key = ?2 AND " PRESENT " AND origin = 'stated'",
	[SQL_JOB_NAME] = "SELECT job FROM job_name WHERE job_key = ?1",
	[SQL_JOB_KEY] = "SELECT job_key FROM job_name WHERE job = ?1",
	[SQL_MEMORY_OWES] = "SELECT owes_products FROM job_memory WHERE catalog_key = ?1 AND job_key = ?2",
	[SQL_MEMORY_UNCLEAN_AWAITING] =
		"UPDATE job_memory SET is_clean = 0 WHERE catalog_key = ?1 AND job_key <> ?2 AND awaits_items <> 0 AND is_clean <> 0",

	[SQL_SKU_FIND] = "SELECT " SKU_ROW ", offer_job_key, stock_job_key FROM sku_data INDEXED BY sku_data_by_id " WITH_OFFER
			 "WHERE catalog_key = ?1 AND sku_id = ?3",
	[SQL_SKU_GET] = "SELECT " SKU_ROW ", sku_id FROM sku_data " WITH_OFFER "WHERE sku_key = ?1",
	[SQL_SKU_LAST_KEY] = "SELECT max(sku_key) FROM sku_data",
	/*
	 * This one and the other three of apply_bulk.c end with the values of a row, which others may follow. Their columns stand in
	 * the order of the table: SQLite copies the values of any other order once more.
	 */
	[SQL_SKU_INSERT] =
		"INSERT OR FAIL INTO sku_data (sku_key, catalog_key, job_key, created_run_id, sku_id, " SKU_COLUMNS_BEFORE
			SKU_COLUMNS_BEHIND ", offer_job_key, stock_job_key)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_OFFER_INSERT] = "INSERT OR FAIL INTO offer_data (sku_key, " OFFER_COLUMNS ")"
			     " VALUES (?, ?, ?, ?, ?, ?)",
	[SQL_SKU_SET_MISSING] = "UPDATE sku_data SET status = 'missing' WHERE sku_key = ?1",
	[SQL_SKU_DELETE] = "DELETE FROM sku_data WHERE sku_key = ?1",
	[SQL_SKU_PRESENT_KEYS] = "SELECT sku_key FROM sku_data INDEXED BY sku_data_present"
				 " WHERE catalog_key = ?1 AND job_key = ?2 AND " PRESENT
				 " AND sku_key > ?3 ORDER BY sku_key LIMIT 512",
	[SQL_SKU_NAMERS] = "SELECT sku_key, sku_id FROM sku_data INDEXED BY sku_data_by_product"
			   " WHERE catalog_key = ?1 AND product_id = ?3 AND sku_id <> ?3 AND job_key = ?2 AND " PRESENT,
	/* What a list lacks or has in another form is neutral; an entry without its key or amount says nothing. */
	[SQL_PRICES_INSERT] =
		"INSERT INTO price_data SELECT ?1, kind, coalesce(currency, ''), coalesce(quantity, 0), coalesce(region, ''),"
		" coalesce(valid_from, -9223372036854775807 - 1), coalesce(valid_to, 9223372036854775807), amount FROM"
		" (SELECT " JSON_TEXT("kind") ", " JSON_TEXT("currency") ", " JSON_INTEGER("min_quantity_micros", "quantity") ", " JSON_TEXT(
			"region") ", " JSON_INTEGER("valid_from_ms",
                                                    "valid_from") ", " JSON_INTEGER("valid_to_ms",
                                                                                    "valid_to") ", " JSON_INTEGER("amount_micros",
                                                                                                                  "amount") " FROM json_each(?2) WHERE type = 'object')"
															    " WHERE kind IS NOT NULL AND amount IS NOT NULL ON CONFLICT DO NOTHING",
	[SQL_PRICES_DELETE] = "DELETE FROM price_data WHERE sku_key = ?1",
	[SQL_STOCKS_INSERT] =
		"INSERT INTO stock_data SELECT ?1, place, quantity, availability FROM (SELECT " JSON_TEXT("place") ", " JSON_INTEGER(
			"quantity_micros",
			"quantity") ", " JSON_TEXT("availability") " FROM json_each(?2) WHERE type = 'object') WHERE place IS NOT NULL ON CONFLICT DO NOTHING",
	[SQL_STOCKS_DELETE] = "DELETE FROM stock_data WHERE sku_key = ?1",
	[SQL_ALONE_INSERT] =
		"INSERT INTO temp.alone_statement (sku_id, record, stream_offset, stated, kept, is_superseded, " SKU_COLUMNS ")"
		" VALUES (?1, ?2, ?3, ?32, ?33, ?34, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
		" ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)",
	[SQL_ALONE_ALL] = "SELECT " SKU_COLUMNS ", sequence, sku_id, record, stream_offset, stated, kept FROM temp.alone_statement"
			  " WHERE is_superseded = 0 ORDER BY sequence",
	/* The last one first, as the last of those that the policies let pass counts. */
	[SQL_ALONE_SUPERSEDED] = "SELECT " SKU_COLUMNS
				 ", sequence, sku_id, record, stream_offset, stated, kept FROM temp.alone_statement"
				 " WHERE is_superseded = 1 ORDER BY sequence DESC",
	[SQL_ALONE_IDS] = "SELECT sequence, sku_id FROM temp.alone_statement WHERE is_superseded = 0 ORDER BY sequence",
	[SQL_ALONE_GET] = "SELECT " SKU_COLUMNS " FROM temp.alone_statement WHERE sequence = ?1",
	[SQL_OFFER_TAKE] = "UPDATE sku_data SET offer_job_key = ?2 WHERE sku_key = ?1",
	[SQL_STOCK_TAKE] = "UPDATE sku_data SET stock_job_key = ?2 WHERE sku_key = ?1",
	[SQL_OFFER_RELEASE] = "UPDATE sku_data SET offer_job_key = job_key WHERE sku_key = ?1",
	[SQL_STOCK_RELEASE] = "UPDATE sku_data SET stock_job_key = job_key WHERE sku_key = ?1",
	[SQL_OFFER_HELD_KEYS] =
		"SELECT sku_key FROM sku_data INDEXED BY sku_data_offer WHERE catalog_key = ?1 AND offer_job_key = ?2"
		" AND offer_job_key <> job_key AND sku_key > ?3 ORDER BY sku_key LIMIT 512",
	[SQL_STOCK_HELD_KEYS] =
		"SELECT sku_key FROM sku_data INDEXED BY sku_data_stock WHERE catalog_key = ?1 AND stock_job_key = ?2"
		" AND stock_job_key <> job_key AND sku_key > ?3 ORDER BY sku_key LIMIT 512",
	[SQL_HELD_BATCH_INSERT] = "INSERT INTO temp.held_batch VALUES (NULL, ?1)",
	[SQL_HELD_BATCH_NEXT] = "SELECT sequence, bytes FROM temp.held_batch WHERE sequence > ?1 ORDER BY sequence LIMIT 1",
	[SQL_KEPT_INSERT] = "INSERT INTO temp.kept_item VALUES (?1, ?2) ON CONFLICT DO NOTHING",
	[SQL_KEPT_ALL] = "SELECT kind, item_key FROM temp.kept_item ORDER BY kind, item_key",

	[SQL_SKU_CREATED_RUN] = "SELECT created_run_id FROM sku_data WHERE sku_key = ?1",

	[SQL_TOUCH_CHILD] = "INSERT INTO temp.touched_child VALUES (?1) ON CONFLICT DO NOTHING",
	[SQL_TOUCH_LISTED] =
		"INSERT INTO temp.touched_child SELECT coalesce(reference, sku_id) FROM sku_data INDEXED BY sku_data_listed"
		" WHERE catalog_key = ?1 AND job_key = ?2 AND product_link = 4 AND " PRESENT " ON CONFLICT DO NOTHING",
	[SQL_CHILDREN_INSERT] = "INSERT INTO product_child_data SELECT ?1, value, ?2 FROM json_each(?3) WHERE type = 'text'"
				" ON CONFLICT DO NOTHING",
	[SQL_CHILDREN_DELETE] = "DELETE FROM product_child_data WHERE catalog_key = ?1 AND product_key = ?2"
				" AND child_id IN (SELECT value FROM json_each(?3) WHERE type = 'text')",
	[SQL_PRODUCT_PARENT_KEYS] =
		"SELECT product_key FROM product_data INDEXED BY product_data_with_children WHERE catalog_key = ?1"
		" AND job_key = ?2 AND children IS NOT NULL AND " PRESENT " AND product_key > ?3 ORDER BY product_key LIMIT 512",
	[SQL_LISTING_PRODUCTS] = "SELECT " PRODUCT_ROW
				 ", product_id FROM product_child_data CROSS JOIN product_data USING (product_key)"
				 " WHERE product_child_data.catalog_key = ?1 AND child_id = ?3 AND job_key = ?2 AND " PRESENT
				 " ORDER BY product_id",
	[SQL_LISTED_GATHER] =
		"INSERT INTO temp.listed_sku SELECT s.sku_key FROM temp.touched_child t CROSS JOIN sku_data s INDEXED BY sku_data_by_id"
		" ON s.catalog_key = ?1 AND s.sku_id = t.child_id WHERE s.job_key = ?2 AND s.product_link = 4 AND s.reference IS NULL"
		" AND s." PRESENT " UNION SELECT s.sku_key FROM temp.touched_child t CROSS JOIN sku_data s"
		" INDEXED BY sku_data_by_reference ON s.catalog_key = ?1 AND s.reference = t.child_id"
		" WHERE s.job_key = ?2 AND s.product_link = 4 AND s." PRESENT,
	[SQL_LISTED_ALL] = "SELECT sku_key FROM temp.listed_sku ORDER BY sku_key",
	[SQL_CHILD_IS_THERE] =
		"SELECT EXISTS (SELECT 1 FROM sku_data INDEXED BY sku_data_by_id WHERE catalog_key = ?1 AND sku_id = ?2"
		" AND reference IS NULL AND " PRESENT ") OR EXISTS (SELECT 1 FROM sku_data"
		" INDEXED BY sku_data_by_reference WHERE catalog_key = ?1 AND reference = ?2 AND " PRESENT ")",

	[SQL_PART_FIND] = "SELECT part_key FROM part_data INDEXED BY part_data_by_content WHERE catalog_key = ?1 AND job_key = ?2"
			  " AND kind = ?3 AND item_id = ?4 AND position = ?5 AND hash = ?6",
	[SQL_PART_INSERT] = "INSERT INTO part_data (catalog_key, job_key, kind, item_id, position, hash, content)"
			    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_PART_SEEN] = "INSERT INTO temp.part_seen VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
	[SQL_PART_ITEMS_OF_SKUS] = "INSERT INTO temp.part_item SELECT 2, sku_id FROM sku_data INDEXED BY sku_data_with_parts"
				   " WHERE catalog_key = ?1 AND job_key = ?2 AND parts IS NOT NULL ON CONFLICT DO NOTHING",
	[SQL_PART_ITEMS_OF_PRODUCTS] =
		"INSERT INTO temp.part_item SELECT 1, product_id FROM product_data INDEXED BY product_data_with_parts"
		" WHERE catalog_key = ?1 AND job_key = ?2 AND parts IS NOT NULL ON CONFLICT DO NOTHING",
	[SQL_PART_ITEMS_OF_PARTS] = "INSERT INTO temp.part_item SELECT DISTINCT kind, item_id FROM part_data"
				    " INDEXED BY part_data_by_content WHERE catalog_key = ?1 AND job_key = ?2 AND kind = ?3"
				    " ON CONFLICT DO NOTHING",
	[SQL_PART_ITEMS] = "SELECT item_id FROM temp.part_item WHERE kind = ?1 ORDER BY item_id",
	[SQL_PARTS_OF_ITEM] =
		"SELECT p.content, p.absent_runs, s.record, s.stream_offset FROM part_data p INDEXED BY part_data_by_content"
		" LEFT JOIN temp.part_seen s ON s.part_key = p.part_key"
		" WHERE p.catalog_key = ?1 AND p.job_key = ?2 AND p.kind = ?3 AND p.item_id = ?4"
		" ORDER BY p.position, p.content",
	[SQL_PARTS_COUNT_ABSENT] =
		"UPDATE part_data INDEXED BY part_data_by_content SET absent_runs = absent_runs + 1 WHERE catalog_key = ?1"
		" AND job_key = ?2 AND kind = ?3 AND item_id = ?4 AND NOT EXISTS (SELECT 1 FROM temp.part_seen s"
		" WHERE s.part_key = part_data.part_key)",
	[SQL_PARTS_COUNT_SEEN] = "UPDATE part_data INDEXED BY part_data_by_content SET absent_runs = 0 WHERE catalog_key = ?1"
				 " AND job_key = ?2 AND kind = ?3 AND item_id = ?4 AND absent_runs > 0"
				 " AND EXISTS (SELECT 1 FROM temp.part_seen s WHERE s.part_key = part_data.part_key)",
	[SQL_PARTS_DELETE_ABSENT] = "DELETE FROM part_data INDEXED BY part_data_by_content WHERE catalog_key = ?1 AND job_key = ?2"
				    " AND kind = ?3 AND item_id = ?4 AND absent_runs >= ?5",

	/* Only what the item's own list had goes: another job may bring other languages. */
	[SQL_TEXTS_DELETE] =
		"DELETE FROM text WHERE catalog = (SELECT catalog FROM catalog_name WHERE catalog_key = ?1) AND entity = ?2"
		" AND item_id = ?3 AND (field, language) IN (SELECT json_extract(value, '$.field'),"
		" json_extract(value, '$.language') FROM json_each(iif(json_valid(?4), ?4, '[]')) WHERE type = 'object') AND job_key IS NULL",
	/* Of several texts of a field in one language the first counts. */
	[SQL_TEXTS_INSERT] =
		"INSERT INTO text (catalog, entity, item_id, field, language, value) SELECT n.catalog, ?2, ?3, e.field, e.language, e.value FROM catalog_name n CROSS JOIN (SELECT min(key),"
		" json_extract(value, '$.field') AS field, json_extract(value, '$.language') AS language,"
		" json_extract(value, '$.value') AS value FROM json_each(?4) WHERE type = 'object' GROUP BY 2, 3) e"
		" WHERE n.catalog_key = ?1 AND e.field IS NOT NULL AND e.language IS NOT NULL AND e.value IS NOT NULL"
		" ON CONFLICT (catalog, entity, item_id, field, language)"
		" DO UPDATE SET value = excluded.value, job_key = NULL",
	[SQL_TEXTS_DELETE_ITEM] = "DELETE FROM text WHERE catalog = (SELECT catalog FROM catalog_name WHERE catalog_key = ?1)"
				  " AND entity = ?2 AND item_id = ?3 AND job_key IS NOT NULL",
	[SQL_TEXT_OF_JOB] =
		"SELECT x.entity, x.item_id, x.field, x.language, x.value FROM text x INDEXED BY text_by_job"
		" WHERE x.job_key = ?2 AND x.catalog = (SELECT catalog FROM catalog_name WHERE catalog_key = ?1) LIMIT 1",
	[SQL_TEXT_GET] = "SELECT value, job_key FROM text WHERE catalog = (SELECT catalog FROM catalog_name WHERE catalog_key = ?1)"
			 " AND entity = ?2 AND item_id = ?3 AND field = ?4 AND language = ?5",
	[SQL_TEXT_SET] =
		"INSERT INTO text (catalog, entity, item_id, field, language, value, job_key) SELECT catalog, ?2, ?3, ?4, ?5, ?6,"
		" ?7 FROM catalog_name WHERE catalog_key = ?1 ON CONFLICT (catalog, entity, item_id, field, language)"
		" DO UPDATE SET value = excluded.value, job_key = excluded.job_key",
	[SQL_TEXT_DELETE] = "DELETE FROM text WHERE catalog = (SELECT catalog FROM catalog_name WHERE catalog_key = ?1)"
			    " AND entity = ?2 AND item_id = ?3 AND field = ?4 AND language = ?5",
	[SQL_CATEGORY_KNOWN_KEY] = "SELECT category_key FROM category_data INDEXED BY category_data_by_id"
				   " WHERE catalog_key = ?1 AND category_id = ?2 AND " PRESENT,
	[SQL_PRODUCT_KNOWN_KEY] = "SELECT product_key FROM product_data INDEXED BY product_data_by_id"
				  " WHERE catalog_key = ?1 AND product_id = ?2 AND " PRESENT,
	[SQL_SKU_KNOWN_KEY] =
		"SELECT sku_key FROM sku_data INDEXED BY sku_data_by_id WHERE catalog_key = ?1 AND sku_id = ?2 AND " PRESENT,
	[SQL_FIELD_STATE] = "INSERT INTO temp.field_statement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
	[SQL_FIELD_NOTE] = "INSERT INTO temp.field_seen VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
			   " ON CONFLICT (entity, field_id) DO UPDATE SET types = excluded.types",
	[SQL_FIELDS_DIFFERING] =
		"SELECT d.entity, d.field_id, d.name, d.value_type, d.required, d.default_value, d.enum_values, f.name, f.value_type,"
		" f.required, f.default_value, f.enum_values FROM temp.field_statement d CROSS JOIN catalog_name n LEFT JOIN field f"
		" ON f.catalog = n.catalog AND f.entity = d.entity AND f.field_id = d.field_id WHERE n.catalog_key = ?1"
		" AND (d.name, d.value_type, d.required, d.default_value, d.enum_values)"
		" IS NOT (f.name, f.value_type, f.required, f.default_value, f.enum_values) ORDER BY d.entity, d.field_id",
	[SQL_FIELDS_UNDEFINED] =
		"SELECT d.entity, d.field_id, d.types, d.item_id, d.record, d.stream_offset FROM temp.field_seen d"
		" CROSS JOIN catalog_name n WHERE n.catalog_key = ?1 AND NOT EXISTS (SELECT 1 FROM field f"
		" WHERE f.catalog = n.catalog AND f.entity = d.entity AND f.field_id = d.field_id) ORDER BY d.entity, d.field_id",
	[SQL_FIELD_WRITE] =
		"INSERT INTO field (catalog, entity, field_id, " DEFINITION_COLUMNS ") SELECT catalog, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
		" FROM catalog_name WHERE catalog_key = ?1 ON CONFLICT (catalog, entity, field_id) DO UPDATE SET name = excluded.name,"
		" value_type = excluded.value_type, required = excluded.required, default_value = excluded.default_value,"
		" enum_values = excluded.enum_values",
	[SQL_FIELD_TELL] = "INSERT INTO temp.field_change VALUES (?1)",
	[SQL_FIELD_CHANGES] = "SELECT line FROM temp.field_change ORDER BY rowid",
	[SQL_PRODUCTS_WITHOUT_FIELD] = ITEMS_WITHOUT_FIELD("product"),
	[SQL_SKUS_WITHOUT_FIELD] = ITEMS_WITHOUT_FIELD("sku"),
	[SQL_PRODUCTS_WITH_OTHER_VALUE] = ITEMS_WITH_OTHER_VALUE("product"),
	[SQL_SKUS_WITH_OTHER_VALUE] = ITEMS_WITH_OTHER_VALUE("sku"),

	[SQL_PRODUCT_FIND] = "SELECT " PRODUCT_ROW " FROM product_data INDEXED BY product_data_by_id"
			     " WHERE catalog_key = ?1 AND product_id = ?3",
	[SQL_PRODUCT_GET] = "SELECT " PRODUCT_ROW ", product_id FROM product_data WHERE product_key = ?1",
	[SQL_PRODUCT_LAST_KEY] = "SELECT max(product_key) FROM product_data",
	[SQL_PRODUCT_INSERT] =
		"INSERT OR FAIL INTO product_data (product_key, catalog_key, job_key, created_run_id, product_id, " PRODUCT_COLUMNS
		")"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_PRODUCT_CREATED_RUN] = "SELECT created_run_id FROM product_data WHERE product_key = ?1",
	[SQL_PRODUCT_SET_MISSING] = "UPDATE product_data SET status = 'missing' WHERE product_key = ?1",
	[SQL_PRODUCT_DELETE] = "DELETE FROM product_data WHERE product_key = ?1",
	[SQL_PRODUCT_STATED_KEYS] = "SELECT product_key FROM product_data INDEXED BY product_data_present WHERE catalog_key = ?1"
				    " AND job_key = ?2 AND " PRESENT " AND origin = 'stated' AND product_key > ?3"
				    " ORDER BY product_key LIMIT 512",
	[SQL_PRODUCT_CATEGORY_INSERT] =
		"INSERT OR IGNORE INTO product_category_data (product_key, category_number, position) VALUES (?, ?, ?)",
	[SQL_PRODUCT_CATEGORIES_DELETE] = "DELETE FROM product_category_data WHERE product_key = ?1",
	[SQL_CATEGORY_NUMBER] =
		"SELECT category_number FROM category_name INDEXED BY category_name_by_id WHERE category_id = ?2 AND catalog_key = ?1",
	[SQL_CATEGORY_NUMBER_INSERT] = "INSERT INTO category_name (catalog_key, category_id) VALUES (?1, ?2)",
	[SQL_PRODUCT_NOT_STATED] =
		"SELECT p.product_id, p.product_key, s.sku_key FROM product_data p INDEXED BY product_data_present"
		" CROSS JOIN sku_data s INDEXED BY sku_data_by_product"
		" WHERE p.catalog_key = ?1 AND p.job_key = ?2 AND p." PRESENT " AND p.origin <> 'stated'"
		" AND s.catalog_key = ?1 AND s.product_id = p.product_id AND s.job_key = ?2 AND s." PRESENT
		" AND s.product_link = ?3 ORDER BY p.product_key",
	[SQL_PRODUCT_KNOWN] = "SELECT EXISTS (SELECT 1 FROM product_data INDEXED BY product_data_by_id"
			      " WHERE catalog_key = ?1 AND product_id = ?2 AND " PRESENT ")",
	[SQL_PRODUCT_LEAVE] = "INSERT INTO product_without_sku VALUES (?1) ON CONFLICT DO NOTHING",
	[SQL_PRODUCT_LEFT_FORGET] = "DELETE FROM product_without_sku WHERE product_key = ?1",
	[SQL_TOUCH] = "INSERT INTO temp.touched_product VALUES (?1) ON CONFLICT DO NOTHING",
	[SQL_TOUCH_LEFT] = "INSERT INTO temp.touched_product SELECT p.product_id FROM product_without_sku w"
			   " CROSS JOIN product_data p ON p.product_key = w.product_key"
			   " WHERE p.catalog_key = ?1 AND p.job_key = ?2 AND p." PRESENT " ON CONFLICT DO NOTHING",
	[SQL_TOUCH_SKUS] = "INSERT INTO temp.touched_product SELECT product_id FROM sku_data INDEXED BY sku_data_by_product"
			   " WHERE catalog_key = ?1 AND job_key = ?2 AND " PRESENT " ON CONFLICT DO NOTHING",
	[SQL_TOUCH_DERIVED] = "INSERT INTO temp.touched_product SELECT product_id FROM product_data INDEXED BY product_data_present"
			      " WHERE catalog_key = ?1 AND job_key = ?2 AND " PRESENT
			      " AND origin <> 'stated' ON CONFLICT DO NOTHING",
	[SQL_TOUCH_UNOWNED] =
		"INSERT INTO temp.touched_product SELECT s.product_id FROM sku_data s INDEXED BY sku_data_by_product"
		" WHERE s.catalog_key = ?1 AND s.job_key = ?2 AND s." PRESENT " AND NOT EXISTS (SELECT 1 FROM product_data p"
		" INDEXED BY product_data_by_id WHERE p.catalog_key = ?1 AND p.product_id = s.product_id AND p." PRESENT ")"
		" ON CONFLICT DO NOTHING",
	/* ?3: the job that it is taken from. */
	[SQL_TOUCH_TAKEN] =
		"INSERT INTO temp.touched_product SELECT p.product_id FROM product_data p INDEXED BY product_data_present"
		" WHERE p.catalog_key = ?1 AND p.job_key = ?3 AND p." PRESENT " AND p.origin <> 'stated'"
		" AND EXISTS (SELECT 1 FROM sku_data s INDEXED BY sku_data_by_product WHERE s.catalog_key = ?1"
		" AND s.product_id = p.product_id AND s.job_key = ?2 AND s." PRESENT ") ON CONFLICT DO NOTHING",
	[SQL_TOUCHED_ALL] = "SELECT product_id FROM temp.touched_product ORDER BY product_id",
	[SQL_DERIVE_ONE] = DERIVE_COLUMNS "WHERE catalog_key = ?1 AND product_id = ?3 AND job_key = ?2 AND " PRESENT
					  " ORDER BY sku_id",
	[SQL_DERIVE_ALL] = DERIVE_COLUMNS "WHERE catalog_key = ?1 AND job_key = ?2 AND " PRESENT " ORDER BY product_id, sku_id",

	/* A statement that replaces a derived one takes its place. */
	[SQL_CATEGORY_STATE] =
		"INSERT INTO temp.category_statement (category_id, state, record, stream_offset, kept, " CATEGORY_COLUMNS ")"
		" VALUES (?1, ?2, ?3, ?4, ?13, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
		" ON CONFLICT (category_id) DO UPDATE SET state = excluded.state, record = excluded.record,"
		" stream_offset = excluded.stream_offset, kept = excluded.kept, parent_id = excluded.parent_id, name = excluded.name, path = excluded.path,"
		" position = excluded.position, url = excluded.url, status = excluded.status, extra = excluded.extra,"
		" texts = excluded.texts",
	[SQL_CATEGORY_STATED_ALL] = "SELECT " CATEGORY_COLUMNS
				    ", category_id, state, record, stream_offset, kept FROM temp.category_statement"
				    " ORDER BY sequence",
	[SQL_CATEGORY_DERIVED_COUNT] = "SELECT count(*) FROM temp.category_statement WHERE state = ?1",
	[SQL_CATEGORY_FIND] =
		"SELECT " CATEGORY_ROW ","
		" EXISTS (SELECT 1 FROM category_holder h WHERE h.job_key = ?2 AND h.category_key = c.category_key),"
		" EXISTS (SELECT 1 FROM category_holder h WHERE h.job_key = c.job_key AND h.category_key = c.category_key)"
		" FROM category_data c INDEXED BY category_data_by_id WHERE c.catalog_key = ?1 AND c.category_id = ?3",
	[SQL_CATEGORY_GET] = "SELECT " CATEGORY_ROW ", c.category_id FROM category_data c WHERE c.category_key = ?1",
	[SQL_CATEGORY_INSERT] = "INSERT INTO category_data (catalog_key, job_key, category_id, created_run_id, " CATEGORY_COLUMNS
				")"
				" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[SQL_CATEGORY_SET_MISSING] = "UPDATE category_data SET status = 'missing' WHERE category_key = ?1",
	[SQL_CATEGORY_DELETE] = "DELETE FROM category_data WHERE category_key = ?1",
	[SQL_CATEGORY_PASS_ON] = "UPDATE category_data SET job_key = ?2 WHERE category_key = ?1",
	[SQL_CATEGORY_HELD_KEYS] = "SELECT h.category_key FROM category_holder h"
				   " CROSS JOIN category_data c ON c.category_key = h.category_key WHERE h.job_key = ?2"
				   " AND h.category_key > ?3 AND c.catalog_key = ?1 ORDER BY h.category_key LIMIT 512",
	[SQL_CATEGORY_PRESENT] = "SELECT EXISTS (SELECT 1 FROM category_data INDEXED BY category_data_by_id"
				 " WHERE catalog_key = ?1 AND category_id = ?2 AND " PRESENT ")",
	[SQL_CATEGORY_PARENTS_MISSING] =
		"SELECT f.category_id, f.record, f.stream_offset, f.parent_id FROM temp.category_statement f"
		" WHERE f.state = ?2 AND f.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM category_data c"
		" INDEXED BY category_data_by_id WHERE c.catalog_key = ?1 AND c.category_id = f.parent_id AND c." PRESENT ")"
		" AND EXISTS (SELECT 1 FROM category_data o INDEXED BY category_data_by_id WHERE o.catalog_key = ?1"
		" AND o.category_id = f.category_id AND o." PRESENT ")"
		" ORDER BY f.sequence",
	[SQL_CATEGORY_NEXT_NAMED] = "SELECT category_id FROM category_name INDEXED BY category_name_by_id"
				    " WHERE category_id > ?2 AND catalog_key = ?1 ORDER BY category_id LIMIT 1",
	[SQL_CATEGORY_NAMERS] =
		"SELECT p.product_key, s.sku_key FROM category_name k INDEXED BY category_name_by_id"
		" CROSS JOIN product_category_data n INDEXED BY product_category_data_by_category"
		" ON n.category_number = k.category_number"
		" CROSS JOIN product_data p ON p.product_key = n.product_key LEFT JOIN sku_data s INDEXED BY sku_data_by_product"
		" ON s.catalog_key = ?1 AND s.product_id = p.product_id AND s.job_key = ?2 AND s." PRESENT
		" AND p.origin <> 'stated' WHERE k.category_id = ?3 AND k.catalog_key = ?1 AND p.job_key = ?2 AND p." PRESENT,
	[SQL_HOLDER_INSERT] = "INSERT INTO category_holder VALUES (?2, ?1)",
	[SQL_HOLDER_DELETE] = "DELETE FROM category_holder WHERE category_key = ?1 AND job_key = ?2",
	[SQL_HOLDER_NEXT] = "SELECT min(job_key) FROM category_holder WHERE category_key = ?1",
	[SQL_KEPT_CATEGORY_INSERT] = "INSERT INTO temp.kept_category VALUES (?1) ON CONFLICT DO NOTHING",
	[SQL_KEPT_CATEGORY_OF_PRODUCT] =
		"INSERT INTO temp.kept_category SELECT k.category_id FROM product_data p INDEXED BY product_data_by_id"
		" CROSS JOIN product_category_data n ON n.product_key = p.product_key"
		" CROSS JOIN category_name k ON k.category_number = n.category_number WHERE p.catalog_key = ?1 AND p.job_key = ?2"
		" AND p.product_id = ?3 AND p." PRESENT " AND p.origin = 'stated' ON CONFLICT DO NOTHING",
	[SQL_KEPT_CATEGORY_ANCESTORS] =
		"WITH RECURSIVE up (category_id) AS (SELECT category_id FROM temp.kept_category UNION SELECT c.parent_id FROM up"
		" CROSS JOIN category_data c ON c.catalog_key = ?1 AND c.category_id = up.category_id WHERE c.parent_id IS NOT NULL)"
		" INSERT INTO temp.kept_category SELECT category_id FROM up WHERE true ON CONFLICT DO NOTHING",
	[SQL_KEPT_CATEGORY_HAS] = "SELECT EXISTS (SELECT 1 FROM temp.kept_category WHERE category_id = ?1)",
	[SQL_BEFORE_INSERT] = "INSERT INTO temp.category_before SELECT category_key, ?2, " CATEGORY_COLUMNS
			      " FROM category_data WHERE category_key = ?1 ON CONFLICT DO NOTHING",
	[SQL_BEFORE_ALL] = "SELECT b.parent_id, b.name, b.path, b.position, b.url, b.status, b.extra, b.texts, " CATEGORY_ROW
			   ", c.category_id, b.action FROM temp.category_before b"
			   " CROSS JOIN category_data c ON c.category_key = b.category_key ORDER BY b.category_key",

	[SQL_PATH_NODES] = "INSERT INTO temp.category_node SELECT parent_id, category_key, category_id, coalesce(name, category_id)"
			   " FROM category_data INDEXED BY category_data_by_id"
			   " WHERE catalog_key = ?1 AND " PRESENT " AND parent_id IS NOT NULL",
	/* ?2: bytes of a path, ?3: depth; what lies beyond has no path. */
	[SQL_PATH_BUILD] = "WITH RECURSIVE tree (category_key, category_id, path, depth) AS ("
			   "SELECT category_key, category_id, json_array(coalesce(name, category_id)), 1 FROM category_data"
			   " INDEXED BY category_data_by_id WHERE catalog_key = ?1 AND " PRESENT " AND parent_id IS NULL"
			   " AND length(CAST(coalesce(name, category_id) AS BLOB)) <= ?2"
			   " UNION ALL SELECT n.category_key, n.category_id, json_insert(t.path, '$[#]', n.name), t.depth + 1"
			   " FROM tree t CROSS JOIN temp.category_node n ON n.parent_id = t.category_id"
			   " WHERE t.depth < ?3 AND length(CAST(t.path AS BLOB)) + length(CAST(n.name AS BLOB)) <= ?2)"
			   " INSERT INTO temp.category_path SELECT category_key, path FROM tree",
	[SQL_PATH_CHANGES] =
		"INSERT INTO temp.path_change SELECT c.category_key, t.path FROM category_data c INDEXED BY category_data_by_id"
		" LEFT JOIN temp.category_path t ON t.category_key = c.category_key"
		" WHERE c.catalog_key = ?1 AND c." PRESENT " AND c.path IS NOT t.path",
	[SQL_PATH_CHANGES_ALL] = "SELECT category_key, path FROM temp.path_change ORDER BY category_key",
	[SQL_PATH_SET] = "UPDATE category_data SET path = ?2 WHERE category_key = ?1",
	/* Who reaches no root although the parent is there: on a loop, or below one, or below a dangling one. */
	[SQL_LOOP_NODES] = "INSERT INTO temp.loop_node SELECT c.category_key, p.category_key, 0, 0 FROM category_data c"
			   " INDEXED BY category_data_by_id CROSS JOIN category_data p INDEXED BY category_data_by_id"
			   " ON p.catalog_key = c.catalog_key AND p.category_id = c.parent_id"
			   " WHERE c.catalog_key = ?1 AND c." PRESENT " AND c.path IS NULL AND p." PRESENT,
	[SQL_LOOP_NODE_NEXT] = "SELECT category_key FROM temp.loop_node WHERE category_key > ?1 ORDER BY category_key LIMIT 1",
	[SQL_LOOP_NODE_GET] = "SELECT parent_key, walk, on_loop FROM temp.loop_node WHERE category_key = ?1",
	[SQL_LOOP_NODE_WALK] = "UPDATE temp.loop_node SET walk = ?2 WHERE category_key = ?1",
	[SQL_LOOP_NODE_MARK] = "UPDATE temp.loop_node SET on_loop = 1 WHERE category_key = ?1",
	[SQL_LOOPS_STATED] = "SELECT f.category_id, f.record, f.stream_offset FROM temp.loop_node l"
			     " CROSS JOIN category_data c ON c.category_key = l.category_key"
			     " CROSS JOIN temp.category_statement f ON f.category_id = c.category_id"
			     " WHERE l.on_loop = 1 AND f.state = ?1 ORDER BY f.sequence",

	/* Once a run, however often it is asked. */
	[SQL_ABSENT_COUNT_RUN] =
		"INSERT INTO absent_item (job_key, catalog_key, kind, item_key, runs, run_id) VALUES (?2, ?1, ?3, ?4, 1, ?5)"
		" ON CONFLICT DO UPDATE SET runs = runs + (run_id <> excluded.run_id), run_id = excluded.run_id RETURNING runs",
	[SQL_ABSENT_RUNS_BEFORE] =
		"SELECT runs - (run_id = ?5) FROM absent_item WHERE catalog_key = ?1 AND job_key = ?2 AND kind = ?3"
		" AND item_key = ?4",
	[SQL_ABSENT_FORGET] = "DELETE FROM absent_item WHERE catalog_key = ?1 AND job_key = ?2 AND kind = ?3 AND item_key = ?4",
	[SQL_ABSENT_FORGET_ITEM] = "DELETE FROM absent_item WHERE job_key IN (SELECT job_key FROM job_name) AND catalog_key = ?1"
				   " AND kind = ?2 AND item_key = ?3",
	[SQL_ABSENT_KEYS] =
		"SELECT item_key FROM absent_item WHERE catalog_key = ?1 AND job_key = ?2 AND kind = ?4 AND item_key > ?3"
		" ORDER BY item_key LIMIT 512",
	[SQL_ABSENT_TOUCH] =
		"UPDATE absent_item SET run_id = ?5 WHERE catalog_key = ?1 AND job_key = ?2 AND kind = ?3 AND item_key = ?4",
	[SQL_ABSENT_PURGE] = "DELETE FROM absent_item WHERE catalog_key = ?1 AND job_key = ?2 AND run_id <> ?3",
	[SQL_ABSENT_TOTALS] = "SELECT kind, count(*) FROM absent_item WHERE catalog_key = ?1 AND job_key = ?2 GROUP BY kind",

	[SQL_CHANGE_INSERT] = "INSERT INTO change (run_id, kind, item_id, action, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_CHANGE_FIND] =
		"SELECT rowid, action, before, after FROM change INDEXED BY change_by_run WHERE run_id = ?1 AND kind = ?2"
		" AND item_id = ?3 ORDER BY rowid LIMIT 1",
	[SQL_CHANGE_AMEND] = "UPDATE change SET before = ?2, after = ?3 WHERE rowid = ?1",
	[SQL_CHANGES_OF_RUN] = "SELECT kind, item_id, action, before, after FROM change WHERE run_id = ?1 ORDER BY rowid",
	[SQL_CREATED_CATEGORIES] = "SELECT " CATEGORY_ROW ", c.category_id FROM category_data c"
				   " WHERE c.created_run_id = ?1 ORDER BY c.category_key",
	[SQL_CREATED_PRODUCTS] = "SELECT " PRODUCT_ROW
				 ", product_id FROM product_data WHERE created_run_id = ?1 ORDER BY product_key",
	[SQL_CREATED_SKUS] = "SELECT " SKU_ROW ", sku_id FROM sku_data " WITH_OFFER "WHERE created_run_id = ?1 ORDER BY sku_key",
	[SQL_COMPLAINT_INSERT] = "INSERT INTO complaint (run_id, severity, code, kind, item_id, field, text, record, stream_offset)"
				 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_COMPLAINTS_OF_RUN] =
		"SELECT severity, code, kind, item_id, line_no, column_no, byte_offset, field, text, record,"
		" stream_offset FROM complaint WHERE run_id = ?1 ORDER BY byte_offset IS NULL, byte_offset, rowid",
	[SQL_COMPLAINT_PLACES] = "SELECT rowid, stream_offset FROM complaint WHERE run_id = ?1 AND stream_offset IS NOT NULL"
				 " ORDER BY stream_offset, rowid",
	[SQL_COMPLAINT_LOCATE] =
		"UPDATE complaint SET line_no = ?2, column_no = ?3, byte_offset = ?4 WHERE rowid = ?1 AND run_id = ?5",

	[SQL_UNDO_ROW_INSERT] =
		"INSERT INTO undo_row (run_id, source, item_id, detail, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_UNDO_TELL] = "INSERT INTO temp.undo_told VALUES (?1, ?2) ON CONFLICT DO NOTHING",
	/* ?4 is a column, NULL for the row as a whole. */
	[SQL_UNDO_LATER] =
		"SELECT max(l.run_id) FROM temp.undo_later l CROSS JOIN undo_row u ON u.run_id = l.run_id AND u.source = ?1"
		" AND u.item_id = ?2 AND u.detail = ?3 WHERE ?4 IS NULL OR u.before IS NULL OR u.after IS NULL"
		" OR json_type(u.after, '$.' || ?4) IS NOT NULL",
	/* Of the row that the run ?3 had before it, or made: who created it, when a later run removed it, or the run ?4. */
	[SQL_UNDO_REMOVED_CREATOR] =
		"SELECT json_extract(u.before, '$.created_run_id') FROM (SELECT ?4 AS run_id UNION ALL SELECT run_id FROM temp.undo_later) l"
		" CROSS JOIN undo_row u ON u.run_id = l.run_id"
		" AND u.source = ?1 AND u.item_id = ?2 AND u.detail = '' WHERE u.after IS NULL"
		" AND json_extract(u.before, '$.created_run_id') <= ?3 ORDER BY l.run_id LIMIT 1",
	[SQL_UNDO_BROUGHT_BACK] =
		"SELECT 1 FROM undo_row WHERE run_id = ?3 AND source = ?1 AND item_id = ?2 AND detail = '' AND before IS NULL",
	/* The first later run that did something to the product's status, and whether it was there until then. */
	[SQL_UNDO_PRODUCT_LOST] =
		"SELECT json_extract(u.before, '$.status') <> 'missing', l.run_id FROM temp.undo_later l CROSS JOIN undo_row u ON u.run_id = l.run_id AND u.source = 'product' AND u.item_id = ?1"
		" AND u.detail = '' WHERE json_type(u.before, '$.status') IS NOT NULL ORDER BY l.run_id LIMIT 1",
	[SQL_UNDO_GOING] = "SELECT item_id FROM temp.undo_going WHERE kind = ?1 ORDER BY item_id",
	[SQL_UNDO_GOING_REMOVE] = "DELETE FROM temp.undo_going WHERE kind = ?1 AND item_id = ?2",
	[SQL_UNDO_STAYS] = "INSERT INTO temp.undo_staying VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
	[SQL_UNDO_HOLDERS_DELETE] = "DELETE FROM category_holder WHERE category_key = ?1",
	[SQL_MEMORY_FORGET] = "UPDATE job_memory SET is_clean = 0, etag = iif(job_key = ?2, '', etag),"
			      " last_modified = iif(job_key = ?2, '', last_modified) WHERE catalog_key = ?1",
	[SQL_RUN_SET_UNDOABLE] = "UPDATE run SET undoable = 1 WHERE run_id = ?1",
};

static const char scratch_create[] =
	"CREATE TEMP TABLE alone_statement (sequence INTEGER PRIMARY KEY, sku_id, record, stream_offset, stated, kept, is_superseded, " SKU_COLUMNS
	");"
	"CREATE TEMP TABLE held_batch (sequence INTEGER PRIMARY KEY, bytes BLOB);"
	"CREATE TEMP TABLE kept_item (kind INTEGER, item_key INTEGER, PRIMARY KEY (kind, item_key)) WITHOUT ROWID;"
	"CREATE TEMP TABLE touched_product (product_id TEXT PRIMARY KEY) WITHOUT ROWID;"
	"CREATE TEMP TABLE touched_child (child_id TEXT PRIMARY KEY) WITHOUT ROWID;"
	"CREATE TEMP TABLE listed_sku (sku_key INTEGER PRIMARY KEY);"
	"CREATE TEMP TABLE absent_product (product_id TEXT PRIMARY KEY, skus INTEGER) WITHOUT ROWID;"
	"CREATE TEMP TABLE part_seen (part_key INTEGER PRIMARY KEY, record, stream_offset);"
	"CREATE TEMP TABLE part_item (kind INTEGER, item_id TEXT, PRIMARY KEY (kind, item_id)) WITHOUT ROWID;"
	"CREATE TEMP TABLE field_statement (entity TEXT, field_id TEXT, " DEFINITION_COLUMNS
	", PRIMARY KEY (entity, field_id)) WITHOUT ROWID;"
	"CREATE TEMP TABLE field_seen (entity TEXT, field_id TEXT, types, item_id, record, stream_offset,"
	" PRIMARY KEY (entity, field_id)) WITHOUT ROWID;"
	"CREATE TEMP TABLE field_change (line TEXT);"
	"CREATE TEMP TABLE category_statement (sequence INTEGER PRIMARY KEY, category_id TEXT NOT NULL UNIQUE, state, record,"
	" stream_offset, kept, " CATEGORY_COLUMNS ");"
	"CREATE TEMP TABLE category_before (category_key INTEGER PRIMARY KEY, action, " CATEGORY_COLUMNS ");"
	"CREATE TEMP TABLE kept_category (category_id TEXT PRIMARY KEY) WITHOUT ROWID;"
	"CREATE TEMP TABLE category_node (parent_id TEXT, category_key INTEGER, category_id, name,"
	" PRIMARY KEY (parent_id, category_key)) WITHOUT ROWID;"
	"CREATE TEMP TABLE category_path (category_key INTEGER PRIMARY KEY, path);"
	"CREATE TEMP TABLE path_change (category_key INTEGER PRIMARY KEY, path);"
	"CREATE TEMP TABLE loop_node (category_key INTEGER PRIMARY KEY, parent_key, walk, on_loop);";

static const char scratch_drop[] = "DROP TABLE IF EXISTS temp.alone_statement;"
				   "DROP TABLE IF EXISTS temp.held_batch;"
				   "DROP TABLE IF EXISTS temp.kept_item;"
				   "DROP TABLE IF EXISTS temp.touched_product;"
				   "DROP TABLE IF EXISTS temp.touched_child;"
				   "DROP TABLE IF EXISTS temp.listed_sku;"
				   "DROP TABLE IF EXISTS temp.absent_product;"
				   "DROP TABLE IF EXISTS temp.part_seen;"
				   "DROP TABLE IF EXISTS temp.part_item;"
				   "DROP TABLE IF EXISTS temp.field_statement;"
				   "DROP TABLE IF EXISTS temp.field_seen;"
				   "DROP TABLE IF EXISTS temp.field_change;"
				   "DROP TABLE IF EXISTS temp.category_statement;"
				   "DROP TABLE IF EXISTS temp.category_before;"
				   "DROP TABLE IF EXISTS temp.kept_category;"
				   "DROP TABLE IF EXISTS temp.category_node;"
				   "DROP TABLE IF EXISTS temp.category_path;"
				   "DROP TABLE IF EXISTS temp.path_change;"
				   "DROP TABLE IF EXISTS temp.loop_node;";

sqlite3_stmt *sql_use(struct store *store, struct sql_set *set, enum sql_id id, struct error *err)
{
	sqlite3_stmt *statement = set->prepared[id];

	if (statement != NULL) {
		(void)sqlite3_reset(statement); /* repeats the failure of its last step, which was told then */
		return statement;
	}
	if (sqlite_prepare(store, texts[id], &set->prepared[id], err) < 0) {
		set->prepared[id] = NULL;
		return NULL;
	}
	return set->prepared[id];
}

void sql_set_release(struct sql_set *set)
{
	for (size_t id = 0; id < SQL_COUNT; id++) {
		(void)sqlite3_finalize(set->prepared[id]); /* as above */
		set->prepared[id] = NULL;
	}
}

const char *sql_text(enum sql_id id)
{
	return texts[id];
}

int sql_scratch_create(struct store *store, struct error *err)
{
	if (sqlite_execute(store, scratch_drop, err) < 0)
		return -1;
	return sqlite_execute(store, scratch_create, err);
}

int sql_scratch_discard(struct store *store, struct error *err)
{
	/* A change of this setting closes the temporary database; dropping its tables would write every page once more. */
	return sqlite_execute(store, "PRAGMA temp_store = MEMORY; PRAGMA temp_store = FILE", err);
}

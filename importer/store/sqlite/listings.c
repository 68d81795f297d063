/* The listings of store_select. */
#include "store/sqlite/listings.h"

#include "store/sqlite/held_sql.h"

#define OF_RUN                                                                                                                \
	[LISTING_CATALOG] = "r.catalog = :catalog", [LISTING_JOB] = "r.job = :job", [LISTING_STATUS] = "r.outcome = :status", \
	[LISTING_RUN] = "r.run_id = :run"

/* :run is in the SELECT already. */
#define IN_SELECT "1"

static const char *const parameters[LISTING_FILTER_COUNT] = {
	[LISTING_CATALOG] = ":catalog", [LISTING_JOB] = ":job",           [LISTING_ID] = ":id",     [LISTING_STATUS] = ":status",
	[LISTING_PRODUCT] = ":product", [LISTING_CATEGORY] = ":category", [LISTING_CODE] = ":code", [LISTING_RUN] = ":run",
};

/* ---- The ledger ---- */

#define OVERTAKEN_BY                                                                                                              \
	"(SELECT min(later.run_id) FROM run later INDEXED BY run_by_job WHERE r.outcome = 'held' AND " HELD_IS_OVERTAKEN("later", \
	                                                                                                                 "r") ")"

#define APPROVED_BY                                                                                                     \
	"(SELECT min(later.run_id) FROM run later INDEXED BY run_by_job WHERE r.outcome = 'held' AND later.job = r.job" \
	" AND later.run_id > r.run_id AND later.trigger = 'approve' AND later.parent_run_id = r.run_id"                 \
	" AND later.outcome = 'applied')"

/* The newest held run of a job that nothing has overtaken. */
#define HELD_OF_JOB                                                                                                   \
	"(SELECT max(held.run_id) FROM run held INDEXED BY run_held WHERE held.job = j.job AND held.outcome = 'held'" \
	" AND NOT EXISTS (SELECT 1 FROM run later INDEXED BY run_by_job WHERE " HELD_IS_OVERTAKEN("later", "held") "))"

static const struct listing runs = {
	.select = "SELECT r.run_id, r.job, r.catalog, r.trigger, r.outcome, r.started_at_ms, r.finished_at_ms, r.source, r.dialect,"
		  " r.bytes, r.feed_sha256, r.plan_digest, r.error, r.counts FROM run r",
	.order = "r.run_id DESC",
	.columns = {{"run_id", STORE_INTEGER},
                    {"job", STORE_TEXT},
                    {"catalog", STORE_TEXT},
                    {"trigger", STORE_TEXT},
                    {"outcome", STORE_TEXT},
                    {"started_at_ms", STORE_INTEGER},
                    {"finished_at_ms", STORE_INTEGER},
                    {"source", STORE_TEXT},
                    {"dialect", STORE_TEXT},
                    {"bytes", STORE_INTEGER},
                    {"feed_sha256", STORE_TEXT},
                    {"plan_digest", STORE_TEXT},
                    {"error", STORE_JSON},
                    {"counts", STORE_JSON}},
	.conditions = {OF_RUN},
};

static const struct listing one_run = {
	.select =
		"SELECT r.run_id, r.job, r.catalog, r.trigger, r.outcome, r.due_at_ms, r.attempt, r.retry_at_ms, r.started_at_ms, r.finished_at_ms, r.source,"
		" r.dialect, r.encoding, r.unsifted, r.bytes, r.feed_sha256, r.config_digest, r.plan_digest, r.guard, r.connection,"
		" r.connection_revision, r.parent_run_id, r.settings, r.fetched, " APPROVED_BY ", " OVERTAKEN_BY
		", r.error, r.counts FROM run r",
	.order = "r.run_id DESC",
	.columns = {{"run_id", STORE_INTEGER},
                    {"job", STORE_TEXT},
                    {"catalog", STORE_TEXT},
                    {"trigger", STORE_TEXT},
                    {"outcome", STORE_TEXT},
                    {"due_at_ms", STORE_INTEGER},
                    {"attempt", STORE_INTEGER},
                    {"retry_at_ms", STORE_INTEGER},
                    {"started_at_ms", STORE_INTEGER},
                    {"finished_at_ms", STORE_INTEGER},
                    {"source", STORE_TEXT},
                    {"dialect", STORE_TEXT},
                    {"encoding", STORE_TEXT},
                    {"unsifted", STORE_TEXT},
                    {"bytes", STORE_INTEGER},
                    {"feed_sha256", STORE_TEXT},
                    {"config_digest", STORE_TEXT},
                    {"plan_digest", STORE_TEXT},
                    {"guard", STORE_JSON},
                    {"connection", STORE_TEXT},
                    {"connection_revision", STORE_TEXT},
                    {"parent_run_id", STORE_INTEGER},
                    {"settings", STORE_JSON},
                    {"fetched", STORE_JSON},
                    {"approved_by_run_id", STORE_INTEGER},
                    {"superseded_by_run_id", STORE_INTEGER},
                    {"error", STORE_JSON},
                    {"counts", STORE_JSON}},
	.conditions = {OF_RUN},
};

/* Present items of a job in all catalogues; the index asks for the catalogue first. */
#define PRESENT_OF_JOB(table)                                                                  \
	"(SELECT sum((SELECT count(*) FROM " table "_data i INDEXED BY " table "_data_present" \
	" WHERE i.catalog_key = n.catalog_key AND i.job_key = j.job_key AND i.status <> 'missing')) FROM catalog_name n)"

#define CATEGORIES_OF_JOB                                                                                       \
	"(SELECT count(*) FROM category_holder h CROSS JOIN category_data c ON c.category_key = h.category_key" \
	" WHERE h.job_key = j.job_key AND c.status <> 'missing')"

/* Of the last runs that applied a feed, the newest first: how many records it had. */
#define TREND_OF_JOB                                                                                                    \
	"(SELECT nullif(json_group_array(t.records), '[]') FROM (SELECT records FROM run INDEXED BY run_by_outcome"     \
	" WHERE job = j.job AND outcome = 'applied' AND trigger <> 'undo' AND records IS NOT NULL ORDER BY run_id DESC" \
	" LIMIT 12) t)"

#define LAST_END(outcome)                                                                                              \
	"coalesce((SELECT finished_at_ms FROM run INDEXED BY run_by_outcome WHERE job = j.job AND outcome = '" outcome \
	"' AND trigger <> 'undo' ORDER BY run_id DESC LIMIT 1), 0)"
#define SUCCESS_OF_JOB "nullif(max(" LAST_END("applied") ", " LAST_END("unchanged") "), 0)"

static const struct listing jobs = {
	.select =
		"SELECT j.job, r.catalog, r.run_id, r.outcome, r.started_at_ms, r.finished_at_ms,"
		" " CATEGORIES_OF_JOB ", " PRESENT_OF_JOB("product") ", " PRESENT_OF_JOB(
			"sku") ", " HELD_OF_JOB ", " SUCCESS_OF_JOB ", " TREND_OF_JOB
			       ", s.paused_at_ms, s.paused_until_ms, s.paused_reason, s.problem, s.problem_at_ms, s.problem_run_id,"
			       " s.problem_runs, l.run_id, l.host, l.pid, l.expires_at_ms FROM job_name j"
			       " LEFT JOIN job_state s ON s.job_key = j.job_key"
			       " LEFT JOIN run r ON r.run_id = (SELECT max(run_id) FROM run WHERE job = j.job)"
			       " LEFT JOIN job_lease l ON l.job_key = j.job_key AND l.run_id IS NOT NULL",
	.order = "j.job",
	.columns = {{"job", STORE_TEXT},
                    {"catalog", STORE_TEXT},
                    {"run_id", STORE_INTEGER},
                    {"outcome", STORE_TEXT},
                    {"started_at_ms", STORE_INTEGER},
                    {"finished_at_ms", STORE_INTEGER},
                    {"categories", STORE_INTEGER},
                    {"products", STORE_INTEGER},
                    {"skus", STORE_INTEGER},
                    {"held_run_id", STORE_INTEGER},
                    {"succeeded_at_ms", STORE_INTEGER},
                    {"trend", STORE_JSON},
                    {"paused_at_ms", STORE_INTEGER},
                    {"paused_until_ms", STORE_INTEGER},
                    {"paused_reason", STORE_TEXT},
                    {"problem", STORE_TEXT},
                    {"problem_at_ms", STORE_INTEGER},
                    {"problem_run_id", STORE_INTEGER},
                    {"problem_runs", STORE_INTEGER},
                    {"lease_run_id", STORE_INTEGER},
                    {"lease_host", STORE_TEXT},
                    {"lease_pid", STORE_INTEGER},
                    {"lease_expires_at_ms", STORE_INTEGER}},
	.conditions = {[LISTING_CATALOG] = "r.catalog = :catalog",
                       [LISTING_JOB] = "j.job = :job",
                       [LISTING_STATUS] = "r.outcome = :status"},
};

static const struct listing figures = {
	.select =
		"SELECT j.job, r.run_id, r.outcome, r.started_at_ms, r.finished_at_ms, r.bytes, r.counts, " CATEGORIES_OF_JOB
		", " PRESENT_OF_JOB("product") ", " PRESENT_OF_JOB(
			"sku") ", " HELD_OF_JOB ", " SUCCESS_OF_JOB
			       ", s.paused_at_ms, s.paused_until_ms, s.problem, s.problem_at_ms, s.problem_runs FROM job_name j"
			       " LEFT JOIN job_state s ON s.job_key = j.job_key"
			       " LEFT JOIN run r ON r.run_id = (SELECT max(run_id) FROM run INDEXED BY run_by_job WHERE job = j.job"
			       " AND outcome NOT IN ('running', 'planned') AND trigger <> 'undo')",
	.order = "j.job",
	.columns = {{"job", STORE_TEXT},
                    {"run_id", STORE_INTEGER},
                    {"outcome", STORE_TEXT},
                    {"started_at_ms", STORE_INTEGER},
                    {"finished_at_ms", STORE_INTEGER},
                    {"bytes", STORE_INTEGER},
                    {"counts", STORE_JSON},
                    {"categories", STORE_INTEGER},
                    {"products", STORE_INTEGER},
                    {"skus", STORE_INTEGER},
                    {"held_run_id", STORE_INTEGER},
                    {"succeeded_at_ms", STORE_INTEGER},
                    {"paused_at_ms", STORE_INTEGER},
                    {"paused_until_ms", STORE_INTEGER},
                    {"problem", STORE_TEXT},
                    {"problem_at_ms", STORE_INTEGER},
                    {"problem_runs", STORE_INTEGER}},
	.conditions = {[LISTING_JOB] = "j.job = :job"},
};

static const struct listing complaints = {
	.select = "SELECT o.severity, o.code, o.kind, o.item_id, o.line_no, o.column_no, o.byte_offset, o.field, o.text, o.record"
		  " FROM complaint o",
	.order = "o.byte_offset IS NULL, o.byte_offset, o.rowid",
	.needs_run = true,
	.columns = {{"severity", STORE_TEXT},
                    {"code", STORE_TEXT},
                    {"kind", STORE_TEXT},
                    {"item_id", STORE_TEXT},
                    {"line_no", STORE_INTEGER},
                    {"column_no", STORE_INTEGER},
                    {"byte_offset", STORE_INTEGER},
                    {"field", STORE_TEXT},
                    {"text", STORE_TEXT},
                    {"record", STORE_INTEGER}},
	.conditions = {[LISTING_RUN] = "o.run_id = :run", [LISTING_CODE] = "o.code = :code"},
};

/* What a run created is told by the items; how they look now is theirs to tell. */
#define CREATED(part, kind)                                                                                   \
	" UNION ALL SELECT " part ", " kind "_key, '" kind "', " kind "_id, 'created', NULL, NULL FROM " kind \
	"_data WHERE created_run_id = :run"

static const struct listing changes = {
	.select = "SELECT h.kind, h.item_id, h.action, h.before, h.after FROM (SELECT 0 AS part, rowid AS place, kind, item_id,"
		  " action, before, after FROM change WHERE run_id = :run" CREATED("1", "category") CREATED("2", "product")
			  CREATED("3", "sku") ") h",
	.order = "h.part, h.place",
	.needs_run = true,
	.columns = {{"kind", STORE_TEXT},
                    {"item_id", STORE_TEXT},
                    {"action", STORE_TEXT},
                    {"before", STORE_JSON},
                    {"after", STORE_JSON}},
	.conditions = {[LISTING_RUN] = IN_SELECT, [LISTING_ID] = "h.item_id = :id"},
};

/* ---- The catalogue ---- */

/* Texts in other languages: an object of languages, each an object of fields. */
#define TEXTS(entity, catalog, id)                                                                                    \
	"(SELECT nullif(json_group_object(t.language, json(t.words)), '{}') FROM (SELECT language,"                   \
	" json_group_object(field, value) AS words FROM text x WHERE x.catalog = " catalog " AND x.entity = '" entity \
	"' AND x.item_id = " id " GROUP BY language) t)"

#define ITEM_CONDITIONS(alias) \
	[LISTING_CATALOG] = "n.catalog = :catalog", [LISTING_JOB] = "j.job = :job", [LISTING_STATUS] = (alias ".status = :status")

#define CATEGORY_FROM                                                                      \
	" FROM catalog_name n CROSS JOIN category_data c ON c.catalog_key = n.catalog_key" \
	" CROSS JOIN job_name j ON j.job_key = c.job_key"

#define CATEGORY_PRODUCTS                                                                                                  \
	"(SELECT count(*) FROM category_name k INDEXED BY category_name_by_id CROSS JOIN product_category_data m"          \
	" INDEXED BY product_category_data_by_category ON m.category_number = k.category_number CROSS JOIN product_data p" \
	" ON p.product_key = m.product_key WHERE k.category_id = c.category_id AND k.catalog_key = c.catalog_key"          \
	" AND p.status <> 'missing')"

static const struct listing categories = {
	.select = "SELECT n.catalog, c.category_id, c.parent_id, c.name, c.path, c.position, " CATEGORY_PRODUCTS
		  ", c.status, j.job" CATEGORY_FROM,
	/* Without its last bracket a path is the beginning of those below it. */
	.order = "n.catalog, c.path IS NULL, rtrim(c.path, ']'), c.position, c.category_id",
	.columns = {{"catalog", STORE_TEXT},
                    {"category_id", STORE_TEXT},
                    {"parent_id", STORE_TEXT},
                    {"name", STORE_TEXT},
                    {"path", STORE_JSON},
                    {"position", STORE_INTEGER},
                    {"products", STORE_INTEGER},
                    {"status", STORE_TEXT},
                    {"job", STORE_TEXT}},
	.conditions = {ITEM_CONDITIONS("c")},
};

static const struct listing one_category = {
	.select =
		"SELECT n.catalog, c.category_id, c.parent_id, c.name, c.path, c.position, c.url, c.status, c.suppressed, j.job,"
		" c.created_run_id, (SELECT json_group_array(job) FROM (SELECT o.job FROM category_holder h"
		" CROSS JOIN job_name o ON o.job_key = h.job_key WHERE h.category_key = c.category_key ORDER BY o.job)), " CATEGORY_PRODUCTS
		", " TEXTS("category", "n.catalog", "c.category_id") ", c.extra" CATEGORY_FROM,
	.order = "n.catalog",
	.columns = {{"catalog", STORE_TEXT},
                    {"category_id", STORE_TEXT},
                    {"parent_id", STORE_TEXT},
                    {"name", STORE_TEXT},
                    {"path", STORE_JSON},
                    {"position", STORE_INTEGER},
                    {"url", STORE_TEXT},
                    {"status", STORE_TEXT},
                    {"suppressed", STORE_INTEGER},
                    {"job", STORE_TEXT},
                    {"created_run_id", STORE_INTEGER},
                    {"held_by", STORE_JSON},
                    {"products", STORE_INTEGER},
                    {"texts", STORE_JSON},
                    {"extra", STORE_JSON}},
	.conditions = {ITEM_CONDITIONS("c"), [LISTING_ID] = "c.category_id = :id"},
};

#define PRODUCT_FROM                                                                      \
	" FROM catalog_name n CROSS JOIN product_data p ON p.catalog_key = n.catalog_key" \
	" CROSS JOIN job_name j ON j.job_key = p.job_key"

#define PRODUCT_CATEGORIES                                                                              \
	"(SELECT json_group_array(category_id) FROM (SELECT k.category_id FROM product_category_data m" \
	" CROSS JOIN category_name k ON k.category_number = m.category_number"                          \
	" WHERE m.product_key = p.product_key ORDER BY m.position, k.category_id))"

#define PRODUCT_SKUS                                                                                          \
	"(SELECT count(*) FROM sku_data s INDEXED BY sku_data_by_product WHERE s.catalog_key = p.catalog_key" \
	" AND s.product_id = p.product_id AND s.status <> 'missing')"

#define IN_CATEGORY                                                                                   \
	("p.product_key IN (SELECT m.product_key FROM category_name k INDEXED BY category_name_by_id" \
	 " CROSS JOIN product_category_data m INDEXED BY product_category_data_by_category"           \
	 " ON m.category_number = k.category_number WHERE k.category_id = :category)")

static const struct listing products = {
	.select = "SELECT n.catalog, p.product_id, p.name, p.brand, " PRODUCT_CATEGORIES ", " PRODUCT_SKUS
		  ", p.origin, p.status, j.job" PRODUCT_FROM,
	.order = "n.catalog, p.product_id",
	.columns = {{"catalog", STORE_TEXT},
                    {"product_id", STORE_TEXT},
                    {"name", STORE_TEXT},
                    {"brand", STORE_TEXT},
                    {"categories", STORE_JSON},
                    {"skus", STORE_INTEGER},
                    {"origin", STORE_TEXT},
                    {"status", STORE_TEXT},
                    {"job", STORE_TEXT}},
	.conditions = {ITEM_CONDITIONS("p"), [LISTING_PRODUCT] = "p.product_id = :product", [LISTING_CATEGORY] = IN_CATEGORY},
};

static const struct listing one_product = {
	.select =
		"SELECT n.catalog, p.product_id, p.origin, p.name, p.description, p.brand, p.url, p.status, p.suppressed, j.job,"
		" p.created_run_id, " PRODUCT_SKUS ", " PRODUCT_CATEGORIES
		", p.images, p.attributes, p.tags, p.price_micros, p.old_price_micros, p.currency, p.availability, p.quantity_micros,"
		" p.children, p.custom_fields, " TEXTS(
			"product", "n.catalog",
			"p.product_id") ", (SELECT count(*) FROM part_data o"
					" INDEXED BY part_data_by_content WHERE o.catalog_key = p.catalog_key AND o.job_key = p.job_key AND o.kind = 1"
					" AND o.item_id = p.product_id), p.extra" PRODUCT_FROM,
	.order = "n.catalog",
	.columns = {{"catalog", STORE_TEXT},
                    {"product_id", STORE_TEXT},
                    {"origin", STORE_TEXT},
                    {"name", STORE_TEXT},
                    {"description", STORE_TEXT},
                    {"brand", STORE_TEXT},
                    {"url", STORE_TEXT},
                    {"status", STORE_TEXT},
                    {"suppressed", STORE_INTEGER},
                    {"job", STORE_TEXT},
                    {"created_run_id", STORE_INTEGER},
                    {"skus", STORE_INTEGER},
                    {"categories", STORE_JSON},
                    {"images", STORE_JSON},
                    {"attributes", STORE_JSON},
                    {"tags", STORE_JSON},
                    {"price_micros", STORE_INTEGER},
                    {"old_price_micros", STORE_INTEGER},
                    {"currency", STORE_TEXT},
                    {"availability", STORE_TEXT},
                    {"quantity_micros", STORE_INTEGER},
                    {"children", STORE_JSON},
                    {"custom_fields", STORE_JSON},
                    {"texts", STORE_JSON},
                    {"parts", STORE_INTEGER},
                    {"extra", STORE_JSON}},
	.conditions = {ITEM_CONDITIONS("p"), [LISTING_ID] = "p.product_id = :id", [LISTING_CATEGORY] = IN_CATEGORY},
};

/* A SKU is in the categories of its product, which the first half finds by an index, in any catalogue. */
#define SKU_IN_CATEGORY                                                                                                      \
	("s.product_id IN (SELECT product_id FROM product_category WHERE category_id = :category) AND EXISTS (SELECT 1 FROM" \
	 " product_category m WHERE m.catalog = s.catalog AND m.product_id = s.product_id AND m.category_id = :category)")

#define SKU_CONDITIONS                                                                                                       \
	[LISTING_CATALOG] = "s.catalog = :catalog", [LISTING_JOB] = "s.job = :job", [LISTING_STATUS] = "s.status = :status", \
	[LISTING_PRODUCT] = "s.product_id = :product", [LISTING_CATEGORY] = SKU_IN_CATEGORY

static const struct listing skus = {
	.select = "SELECT s.catalog, s.sku_id, s.product_id, s.name, s.price, s.old_price, s.currency, s.availability, s.quantity,"
		  " s.status, s.job FROM sku_now s",
	.order = "s.catalog, s.sku_id",
	.columns = {{"catalog", STORE_TEXT},
                    {"sku_id", STORE_TEXT},
                    {"product_id", STORE_TEXT},
                    {"name", STORE_TEXT},
                    {"price", STORE_TEXT},
                    {"old_price", STORE_TEXT},
                    {"currency", STORE_TEXT},
                    {"availability", STORE_TEXT},
                    {"quantity", STORE_TEXT},
                    {"status", STORE_TEXT},
                    {"job", STORE_TEXT}},
	.conditions = {SKU_CONDITIONS},
};

static const struct listing one_sku = {
	.select =
		"SELECT s.catalog, s.sku_id, s.product_id, s.name, s.description, s.url, s.price_micros, s.old_price_micros,"
		" s.currency, s.availability, s.quantity_micros, s.condition, s.gtin, s.mpn, s.merchant_sku, s.weight_g, s.status,"
		" s.suppressed, s.job, s.offer_job, s.created_run_id, s.images, s.attributes, s.tags,"
		" (SELECT json_group_array(category_id) FROM (SELECT m.category_id FROM product_category m WHERE"
		" m.catalog = s.catalog AND m.product_id = s.product_id ORDER BY m.position, m.category_id)),"
		" (SELECT json_group_array(json_object('kind', kind, 'currency', currency, 'min_quantity_micros', min_quantity_micros,"
		" 'region', region, 'valid_from_ms', valid_from_ms, 'valid_to_ms', valid_to_ms, 'amount_micros', amount_micros))"
		" FROM price WHERE catalog = s.catalog AND sku_id = s.sku_id),"
		" (SELECT json_group_array(json_object('place', place, 'quantity_micros', quantity_micros, 'availability',"
		" availability)) FROM stock WHERE catalog = s.catalog AND sku_id = s.sku_id), s.custom_fields,"
		" " TEXTS(
			"sku", "s.catalog",
			"s.sku_id") ", (SELECT d.reference FROM catalog_name n CROSS JOIN sku_data d"
				    " ON d.catalog_key = n.catalog_key AND d.sku_id = s.sku_id WHERE n.catalog = s.catalog), (SELECT count(*)"
				    " FROM catalog_name n CROSS JOIN job_name j CROSS JOIN part_data o INDEXED BY part_data_by_content"
				    " ON o.catalog_key = n.catalog_key AND o.job_key = j.job_key AND o.kind = 2 AND o.item_id = s.sku_id"
				    " WHERE n.catalog = s.catalog AND j.job = s.job), s.extra FROM sku s",
	.order = "s.catalog",
	.columns = {{"catalog", STORE_TEXT},
                    {"sku_id", STORE_TEXT},
                    {"product_id", STORE_TEXT},
                    {"name", STORE_TEXT},
                    {"description", STORE_TEXT},
                    {"url", STORE_TEXT},
                    {"price_micros", STORE_INTEGER},
                    {"old_price_micros", STORE_INTEGER},
                    {"currency", STORE_TEXT},
                    {"availability", STORE_TEXT},
                    {"quantity_micros", STORE_INTEGER},
                    {"condition", STORE_TEXT},
                    {"gtin", STORE_TEXT},
                    {"mpn", STORE_TEXT},
                    {"merchant_sku", STORE_TEXT},
                    {"weight_g", STORE_INTEGER},
                    {"status", STORE_TEXT},
                    {"suppressed", STORE_INTEGER},
                    {"job", STORE_TEXT},
                    {"offer_job", STORE_TEXT},
                    {"created_run_id", STORE_INTEGER},
                    {"images", STORE_JSON},
                    {"attributes", STORE_JSON},
                    {"tags", STORE_JSON},
                    {"categories", STORE_JSON},
                    {"prices", STORE_JSON},
                    {"stocks", STORE_JSON},
                    {"custom_fields", STORE_JSON},
                    {"texts", STORE_JSON},
                    {"reference", STORE_TEXT},
                    {"parts", STORE_INTEGER},
                    {"extra", STORE_JSON}},
	.conditions = {SKU_CONDITIONS, [LISTING_ID] = "s.sku_id = :id"},
};

const char *listing_parameter(enum listing_filter filter)
{
	return parameters[filter];
}

const struct listing *listing_find(const struct store_selection *selection)
{
	switch (selection->list) {
	case STORE_LIST_RUNS:
		return selection->run_id > 0 ? &one_run : &runs;
	case STORE_LIST_FIGURES:
		return &figures;
	case STORE_LIST_JOBS:
		return &jobs;
	case STORE_LIST_COMPLAINTS:
		return &complaints;
	case STORE_LIST_CHANGES:
		return &changes;
	case STORE_LIST_CATEGORIES:
		return selection->id != NULL ? &one_category : &categories;
	case STORE_LIST_PRODUCTS:
		return selection->id != NULL ? &one_product : &products;
	case STORE_LIST_SKUS:
		return selection->id != NULL ? &one_sku : &skus;
	}
	return NULL;
}

-- What other programs read. Made anew whenever a store is migrated.
--
-- Category, product and SKU may be changed and deleted through their views. What
-- a run would write differently makes the jobs of that catalogue read their
-- next feed in full, whether it has changed or not; `suppressed` is a person's
-- alone and does not. Both are noted: an undo does not delete what a person changed.
--
-- Catalogues are few: where they come first, an id is found without reading all items, as the store is never ANALYZEd.

CREATE VIEW category AS
SELECT n.catalog, c.category_id, c.parent_id, c.name, c.path, c.position, c.url, c.status, c.suppressed, j.job, c.extra, c.created_run_id
FROM catalog_name n CROSS JOIN category_data c USING (catalog_key) JOIN job_name j USING (job_key);

CREATE VIEW product AS
SELECT n.catalog, p.product_id, p.origin, p.name, p.description, p.brand, p.url, p.images, p.attributes, p.tags, p.custom_fields, p.status, p.suppressed, j.job, p.extra,
       p.created_run_id
FROM catalog_name n CROSS JOIN product_data p USING (catalog_key) JOIN job_name j USING (job_key);

-- SQLite takes a catalogue for ten products, fewer than a category has, and would read it through for them. Told that it
-- has more, it finds the products of a category, and the categories of a product, by their indexes.
CREATE VIEW product_category AS
SELECT n.catalog, p.product_id, c.category_id, m.position
FROM product_category_data m JOIN product_data p USING (product_key) JOIN category_name c USING (category_number)
     JOIN catalog_name n ON likelihood(n.catalog_key = p.catalog_key, 0.00003);

-- A product's own price and stock pass to SKUs that lack them.
CREATE VIEW sku AS
SELECT n.catalog, s.sku_id, s.product_id, s.name, s.description, s.url,
       iif(f.price_micros IS NULL, p.price_micros, f.price_micros) AS price_micros,
       iif(f.price_micros IS NULL AND p.price_micros IS NOT NULL, p.old_price_micros, f.old_price_micros) AS old_price_micros,
       iif(f.price_micros IS NULL AND p.price_micros IS NOT NULL, p.currency, f.currency) AS currency,
       coalesce(f.availability, p.availability) AS availability,
       coalesce(f.quantity_micros, p.quantity_micros) AS quantity_micros,
       s.condition, s.gtin, s.mpn, s.merchant_sku, s.images, s.attributes, s.tags, s.custom_fields, s.weight_g, s.status, s.suppressed, j.job,
       o.job AS offer_job, s.extra, s.created_run_id, t.job AS stock_job
FROM catalog_name n CROSS JOIN sku_data s USING (catalog_key) LEFT JOIN offer_data f USING (sku_key) JOIN job_name j USING (job_key)
     JOIN job_name o ON o.job_key = s.offer_job_key JOIN job_name t ON t.job_key = s.stock_job_key
     LEFT JOIN product_data p ON p.catalog_key = s.catalog_key AND p.product_id = s.product_id AND p.origin = 'stated' AND p.status <> 'missing';

CREATE VIEW price AS
SELECT n.catalog, s.sku_id, p.kind, p.currency, p.min_quantity_micros, p.region, p.valid_from_ms, p.valid_to_ms, p.amount_micros
FROM price_data p JOIN sku_data s USING (sku_key) JOIN catalog_name n USING (catalog_key);

CREATE VIEW stock AS
SELECT n.catalog, s.sku_id, t.place, t.quantity_micros, t.availability
FROM stock_data t JOIN sku_data s USING (sku_key) JOIN catalog_name n USING (catalog_key);

-- Texts of other languages with their words as JSON. SQLite takes its JSON functions as unsafe in a schema, so what
-- JSON escapes is replaced here, in the few words that have any of it.
CREATE VIEW text_quoted AS
SELECT catalog, entity, item_id, field, language,
       '"' || iif(field NOT GLOB '*[' || char(1) || '-' || char(31) || '"\]*', field,
           (WITH RECURSIVE step (code, word) AS (
            SELECT 0, replace(replace(field, '\', '\\'), '"', '\"')
            UNION ALL SELECT code + 1, replace(word, char(code + 1), printf('\u%04x', code + 1)) FROM step WHERE code < 31)
            SELECT word FROM step WHERE code = 31)) || '"' AS field_json,
       '"' || iif(language NOT GLOB '*[' || char(1) || '-' || char(31) || '"\]*', language,
           (WITH RECURSIVE step (code, word) AS (
            SELECT 0, replace(replace(language, '\', '\\'), '"', '\"')
            UNION ALL SELECT code + 1, replace(word, char(code + 1), printf('\u%04x', code + 1)) FROM step WHERE code < 31)
            SELECT word FROM step WHERE code = 31)) || '"' AS language_json,
       '"' || iif(value NOT GLOB '*[' || char(1) || '-' || char(31) || '"\]*', value,
           (WITH RECURSIVE step (code, word) AS (
            SELECT 0, replace(replace(value, '\', '\\'), '"', '\"')
            UNION ALL SELECT code + 1, replace(word, char(code + 1), printf('\u%04x', code + 1)) FROM step WHERE code < 31)
            SELECT word FROM step WHERE code = 31)) || '"' AS value_json
FROM text;

-- What a SKU costs now. Amounts are exact decimal text; a sale with dates counts while it lasts, if it is one.
-- Texts of other languages are an object of them, each an object of fields.
-- Each LIMIT keeps SQLite from working out a sale again for every place in which its amount stands.
CREATE VIEW sku_now AS
SELECT catalog, sku_id, product_id, name, description, url, brand,
       (SELECT iif(v < 0, '-', '') || abs(v / 1000000) || rtrim(rtrim(printf('.%06d', abs(v % 1000000)), '0'), '.')
        FROM (SELECT coalesce(sale, regular) AS v LIMIT 1)) AS price,
       (SELECT iif(v < 0, '-', '') || abs(v / 1000000) || rtrim(rtrim(printf('.%06d', abs(v % 1000000)), '0'), '.')
        FROM (SELECT iif(sale IS NULL, old, regular) AS v LIMIT 1)) AS old_price,
       currency, availability,
       (SELECT iif(v < 0, '-', '') || abs(v / 1000000) || rtrim(rtrim(printf('.%06d', abs(v % 1000000)), '0'), '.')
        FROM (SELECT quantity AS v LIMIT 1)) AS quantity,
       condition, gtin, mpn, merchant_sku, images, attributes, tags, custom_fields, weight_g,
       (SELECT '{' || group_concat(t.words, ',') || '}'
        FROM (SELECT x.language_json || ':{' || group_concat(x.field_json || ':' || x.value_json, ',') || '}' AS words FROM text_quoted x
              WHERE x.catalog = w.catalog AND x.entity = 'sku' AND x.item_id = w.sku_id GROUP BY x.language) t) AS texts,
       status, suppressed, job, offer_job
FROM (SELECT a.*,
             (SELECT d.amount_micros FROM price_data d
              WHERE d.sku_key = a.sku_key AND d.kind = 'sale' AND d.region = '' AND d.min_quantity_micros <= 1000000
                    AND d.currency IN ('', a.currency) AND d.amount_micros < a.regular
                    AND d.valid_from_ms <= CAST(strftime('%s', 'now') AS INTEGER) * 1000
                    AND d.valid_to_ms > CAST(strftime('%s', 'now') AS INTEGER) * 1000
              ORDER BY d.valid_from_ms DESC, d.amount_micros LIMIT 1) AS sale
      FROM (SELECT n.catalog, s.sku_key, s.sku_id, s.product_id, coalesce(s.name, q.name) AS name,
                   coalesce(s.description, q.description) AS description, coalesce(s.url, q.url) AS url, coalesce(s.brand, q.brand) AS brand,
                   iif(f.price_micros IS NULL, p.price_micros, f.price_micros) AS regular,
                   iif(f.price_micros IS NULL AND p.price_micros IS NOT NULL, p.old_price_micros, f.old_price_micros) AS old,
                   iif(f.price_micros IS NULL AND p.price_micros IS NOT NULL, p.currency, f.currency) AS currency,
                   coalesce(f.availability, p.availability) AS availability, coalesce(f.quantity_micros, p.quantity_micros) AS quantity,
                   s.condition, s.gtin, s.mpn, s.merchant_sku, s.images, s.attributes, s.tags, s.custom_fields, s.weight_g, s.status,
                   s.suppressed, j.job, o.job AS offer_job
            FROM catalog_name n CROSS JOIN sku_data s USING (catalog_key) LEFT JOIN offer_data f USING (sku_key)
                 JOIN job_name j ON j.job_key = s.job_key JOIN job_name o ON o.job_key = s.offer_job_key
                 LEFT JOIN product_data q ON q.catalog_key = s.catalog_key AND q.product_id = s.product_id AND q.status <> 'missing'
                 LEFT JOIN product_data p ON p.product_key = q.product_key AND p.origin = 'stated') a) w;

-- Depth and path are NULL where no root is reached: a parent that does not exist, or a loop.
CREATE VIEW category_tree AS
WITH RECURSIVE node AS MATERIALIZED (
	SELECT category_key, catalog_key, category_id, parent_id, coalesce(name, category_id) AS name FROM category_data WHERE status <> 'missing'
), tree (category_key, catalog_key, category_id, depth, path) AS (
	SELECT category_key, catalog_key, category_id, 1, name FROM node WHERE parent_id IS NULL
	UNION ALL
	SELECT c.category_key, c.catalog_key, c.category_id, t.depth + 1, t.path || ' > ' || c.name
	FROM tree t JOIN node c ON c.parent_id = t.category_id AND c.catalog_key = t.catalog_key
	WHERE t.depth < 32
)
SELECT n.catalog, c.category_id, c.parent_id, t.depth, t.path,
       (SELECT count(*) FROM category_name k CROSS JOIN product_category_data m USING (category_number) CROSS JOIN product_data p USING (product_key)
        WHERE k.category_id = c.category_id AND k.catalog_key = c.catalog_key AND p.status <> 'missing') AS product_count
FROM category_data c JOIN catalog_name n USING (catalog_key) LEFT JOIN tree t USING (category_key)
WHERE c.status <> 'missing';

CREATE TRIGGER category_update INSTEAD OF UPDATE OF parent_id, name, path, position, url, status, extra ON category
BEGIN
	SELECT RAISE(ABORT, 'status is active, missing or hidden') WHERE coalesce(NEW.status NOT IN ('active', 'missing', 'hidden'), 1);
	UPDATE category_data SET parent_id = NEW.parent_id, name = NEW.name, path = NEW.path, position = NEW.position, url = NEW.url,
		status = NEW.status, extra = NEW.extra
	WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND category_id = OLD.category_id;
	UPDATE job_memory SET is_clean = 0 WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog);
	INSERT INTO hand_edit SELECT catalog_key, 0, OLD.category_id, (SELECT coalesce(max(run_id), 0) FROM run) FROM catalog_name WHERE catalog = OLD.catalog
		ON CONFLICT (catalog_key, kind, item_id) DO UPDATE SET run_id = excluded.run_id;
END;

CREATE TRIGGER category_suppress INSTEAD OF UPDATE OF suppressed ON category
BEGIN
	SELECT RAISE(ABORT, 'suppressed is 0 or 1') WHERE coalesce(NEW.suppressed NOT IN (0, 1), 1);
	UPDATE category_data SET suppressed = NEW.suppressed
	WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND category_id = OLD.category_id;
	INSERT INTO hand_edit SELECT catalog_key, 0, OLD.category_id, (SELECT coalesce(max(run_id), 0) FROM run) FROM catalog_name WHERE catalog = OLD.catalog
		ON CONFLICT (catalog_key, kind, item_id) DO UPDATE SET run_id = excluded.run_id;
END;

CREATE TRIGGER category_keep_key INSTEAD OF UPDATE OF catalog, category_id, job, created_run_id ON category
WHEN NEW.catalog IS NOT OLD.catalog OR NEW.category_id IS NOT OLD.category_id OR NEW.job IS NOT OLD.job OR NEW.created_run_id IS NOT OLD.created_run_id
BEGIN
	SELECT RAISE(ABORT, 'catalog, category_id, job and created_run_id cannot be changed');
END;

CREATE TRIGGER category_delete INSTEAD OF DELETE ON category
BEGIN
	DELETE FROM category_holder WHERE category_key IN (SELECT category_key FROM category_data
		WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND category_id = OLD.category_id);
	DELETE FROM absent_item WHERE job_key IN (SELECT job_key FROM job_name) AND kind = 0 AND (catalog_key, item_key) IN (SELECT catalog_key, category_key
		FROM category_data WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND category_id = OLD.category_id);
	DELETE FROM text WHERE catalog = OLD.catalog AND entity = 'category' AND item_id = OLD.category_id;
	DELETE FROM category_data WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND category_id = OLD.category_id;
	UPDATE job_memory SET is_clean = 0 WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog);
END;

CREATE TRIGGER product_update INSTEAD OF UPDATE OF name, description, brand, url, images, attributes, tags, custom_fields, status, extra ON product
BEGIN
	SELECT RAISE(ABORT, 'status is active, missing or hidden') WHERE coalesce(NEW.status NOT IN ('active', 'missing', 'hidden'), 1);
	UPDATE product_data SET name = NEW.name, description = NEW.description, brand = NEW.brand, url = NEW.url, images = NEW.images,
		attributes = NEW.attributes, tags = NEW.tags, custom_fields = NEW.custom_fields, status = NEW.status, extra = NEW.extra
	WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND product_id = OLD.product_id;
	UPDATE job_memory SET is_clean = 0 WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog);
	INSERT INTO hand_edit SELECT catalog_key, 1, OLD.product_id, (SELECT coalesce(max(run_id), 0) FROM run) FROM catalog_name WHERE catalog = OLD.catalog
		ON CONFLICT (catalog_key, kind, item_id) DO UPDATE SET run_id = excluded.run_id;
END;

CREATE TRIGGER product_suppress INSTEAD OF UPDATE OF suppressed ON product
BEGIN
	SELECT RAISE(ABORT, 'suppressed is 0 or 1') WHERE coalesce(NEW.suppressed NOT IN (0, 1), 1);
	UPDATE product_data SET suppressed = NEW.suppressed
	WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND product_id = OLD.product_id;
	INSERT INTO hand_edit SELECT catalog_key, 1, OLD.product_id, (SELECT coalesce(max(run_id), 0) FROM run) FROM catalog_name WHERE catalog = OLD.catalog
		ON CONFLICT (catalog_key, kind, item_id) DO UPDATE SET run_id = excluded.run_id;
END;

CREATE TRIGGER product_keep_key INSTEAD OF UPDATE OF catalog, product_id, origin, job, created_run_id ON product
WHEN NEW.catalog IS NOT OLD.catalog OR NEW.product_id IS NOT OLD.product_id OR NEW.origin IS NOT OLD.origin OR NEW.job IS NOT OLD.job OR NEW.created_run_id IS NOT OLD.created_run_id
BEGIN
	SELECT RAISE(ABORT, 'catalog, product_id, origin, job and created_run_id cannot be changed');
END;

CREATE TRIGGER product_delete INSTEAD OF DELETE ON product
BEGIN
	DELETE FROM product_category_data WHERE product_key IN (SELECT product_key FROM product_data
		WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND product_id = OLD.product_id);
	DELETE FROM product_child_data WHERE (catalog_key, child_id, product_key) IN (SELECT p.catalog_key, c.value, p.product_key
		FROM product_data p, json_each(p.children) c
		WHERE p.catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND p.product_id = OLD.product_id);
	DELETE FROM product_without_sku WHERE product_key IN (SELECT product_key FROM product_data
		WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND product_id = OLD.product_id);
	DELETE FROM absent_item WHERE job_key IN (SELECT job_key FROM job_name) AND kind = 1 AND (catalog_key, item_key) IN (SELECT catalog_key, product_key
		FROM product_data WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND product_id = OLD.product_id);
	DELETE FROM text WHERE catalog = OLD.catalog AND entity = 'product' AND item_id = OLD.product_id;
	DELETE FROM product_data WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND product_id = OLD.product_id;
	UPDATE job_memory SET is_clean = 0 WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog);
END;

-- What a SKU has from its product stays its product's until it is changed.
CREATE TRIGGER sku_update INSTEAD OF UPDATE OF product_id, name, description, url, price_micros, old_price_micros, currency, availability, quantity_micros,
	condition, gtin, mpn, merchant_sku, images, attributes, tags, custom_fields, weight_g, status, extra ON sku
BEGIN
	SELECT RAISE(ABORT, 'status is active, missing or hidden') WHERE coalesce(NEW.status NOT IN ('active', 'missing', 'hidden'), 1);
	UPDATE sku_data SET product_id = NEW.product_id, name = NEW.name, description = NEW.description, url = NEW.url,
		condition = NEW.condition, gtin = NEW.gtin, mpn = NEW.mpn, merchant_sku = NEW.merchant_sku, images = NEW.images,
		attributes = NEW.attributes, tags = NEW.tags, custom_fields = NEW.custom_fields, weight_g = NEW.weight_g, status = NEW.status, extra = NEW.extra
	WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND sku_id = OLD.sku_id;
	UPDATE offer_data SET
		price_micros = iif(NEW.price_micros IS OLD.price_micros AND NEW.old_price_micros IS OLD.old_price_micros AND NEW.currency IS OLD.currency, price_micros, NEW.price_micros),
		old_price_micros = iif(NEW.price_micros IS OLD.price_micros AND NEW.old_price_micros IS OLD.old_price_micros AND NEW.currency IS OLD.currency, old_price_micros, NEW.old_price_micros),
		currency = iif(NEW.price_micros IS OLD.price_micros AND NEW.old_price_micros IS OLD.old_price_micros AND NEW.currency IS OLD.currency, currency, NEW.currency),
		availability = iif(NEW.availability IS OLD.availability, availability, NEW.availability),
		quantity_micros = iif(NEW.quantity_micros IS OLD.quantity_micros, quantity_micros, NEW.quantity_micros)
	WHERE sku_key = (SELECT sku_key FROM sku_data
		WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND sku_id = OLD.sku_id);
	UPDATE job_memory SET is_clean = 0 WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog);
	INSERT INTO hand_edit SELECT catalog_key, 2, OLD.sku_id, (SELECT coalesce(max(run_id), 0) FROM run) FROM catalog_name WHERE catalog = OLD.catalog
		ON CONFLICT (catalog_key, kind, item_id) DO UPDATE SET run_id = excluded.run_id;
END;

CREATE TRIGGER sku_suppress INSTEAD OF UPDATE OF suppressed ON sku
BEGIN
	SELECT RAISE(ABORT, 'suppressed is 0 or 1') WHERE coalesce(NEW.suppressed NOT IN (0, 1), 1);
	UPDATE sku_data SET suppressed = NEW.suppressed
	WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND sku_id = OLD.sku_id;
	INSERT INTO hand_edit SELECT catalog_key, 2, OLD.sku_id, (SELECT coalesce(max(run_id), 0) FROM run) FROM catalog_name WHERE catalog = OLD.catalog
		ON CONFLICT (catalog_key, kind, item_id) DO UPDATE SET run_id = excluded.run_id;
END;

CREATE TRIGGER sku_keep_key INSTEAD OF UPDATE OF catalog, sku_id, job, offer_job, stock_job, created_run_id ON sku
WHEN NEW.catalog IS NOT OLD.catalog OR NEW.sku_id IS NOT OLD.sku_id OR NEW.job IS NOT OLD.job OR NEW.offer_job IS NOT OLD.offer_job
	OR NEW.stock_job IS NOT OLD.stock_job OR NEW.created_run_id IS NOT OLD.created_run_id
BEGIN
	SELECT RAISE(ABORT, 'catalog, sku_id, job, offer_job, stock_job and created_run_id cannot be changed');
END;

CREATE TRIGGER sku_delete INSTEAD OF DELETE ON sku
BEGIN
	DELETE FROM price_data WHERE sku_key IN (SELECT sku_key FROM sku_data
		WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND sku_id = OLD.sku_id);
	DELETE FROM stock_data WHERE sku_key IN (SELECT sku_key FROM sku_data
		WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND sku_id = OLD.sku_id);
	DELETE FROM absent_item WHERE job_key IN (SELECT job_key FROM job_name) AND kind = 2 AND (catalog_key, item_key) IN (SELECT catalog_key, sku_key
		FROM sku_data WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND sku_id = OLD.sku_id);
	DELETE FROM text WHERE catalog = OLD.catalog AND entity = 'sku' AND item_id = OLD.sku_id;
	DELETE FROM sku_data WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog) AND sku_id = OLD.sku_id;
	UPDATE job_memory SET is_clean = 0 WHERE catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog);
END;

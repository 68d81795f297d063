// DuckDB as its users would do it: the feed read by read_json into a staging table, then merged by set operations; the same columns and keys.
import { DuckDBInstance } from '@duckdb/node-api'

const [feed, store, threads] = process.argv.slice(2)
const instance = await DuckDBInstance.create(store, { threads })
const connection = await instance.connect()
const columns = `{id: 'VARCHAR', product_id: 'VARCHAR', category: 'VARCHAR', name: 'VARCHAR', brand: 'VARCHAR', url: 'VARCHAR',
    price: 'DECIMAL(18,6)', old_price: 'DECIMAL(18,6)', currency: 'VARCHAR', available: 'BOOLEAN', quantity: 'BIGINT', barcode: 'VARCHAR',
    part_number: 'VARCHAR', pictures: 'VARCHAR[]', params: 'STRUCT(name VARCHAR, value VARCHAR)[]', description: 'VARCHAR'}`
const format = feed.endsWith('.jsonl') ? 'newline_delimited' : 'array'
const values = `product_id, name, description, url, brand, price, old_price, currency, availability, quantity, gtin, mpn, images, attributes, status`

await connection.run(`
    CREATE TABLE IF NOT EXISTS sku (sku_id VARCHAR PRIMARY KEY, product_id VARCHAR, name VARCHAR, description VARCHAR, url VARCHAR, brand VARCHAR,
        price DECIMAL(18,6), old_price DECIMAL(18,6), currency VARCHAR, availability VARCHAR, quantity BIGINT, gtin VARCHAR, mpn VARCHAR,
        images VARCHAR[], attributes STRUCT(name VARCHAR, value VARCHAR)[], status VARCHAR);
    CREATE TABLE IF NOT EXISTS product (product_id VARCHAR PRIMARY KEY, name VARCHAR, brand VARCHAR);
    CREATE TABLE IF NOT EXISTS product_category (product_id VARCHAR, category_id VARCHAR, PRIMARY KEY (product_id, category_id));
    BEGIN;
    CREATE TEMP TABLE feed AS SELECT id AS sku_id, product_id, name, description, url, brand, price, old_price, currency,
        CASE WHEN available THEN 'in_stock' ELSE 'on_order' END AS availability, quantity, barcode AS gtin, part_number AS mpn,
        pictures AS images, params AS attributes, 'active' AS status, category AS category_id
        FROM read_json('${feed}', format = '${format}', columns = ${columns}, maximum_object_size = 1073741824);
    INSERT INTO sku SELECT sku_id, ${values} FROM feed f WHERE NOT EXISTS (SELECT 1 FROM sku s WHERE s.sku_id = f.sku_id);
    UPDATE sku s SET ${values.split(', ').map(name => `${name} = f.${name}`).join(', ')}
        FROM feed f WHERE s.sku_id = f.sku_id AND (${values.split(', ').map(name => `s.${name} IS DISTINCT FROM f.${name}`).join(' OR ')});
    UPDATE sku s SET status = 'missing' WHERE status <> 'missing' AND NOT EXISTS (SELECT 1 FROM feed f WHERE f.sku_id = s.sku_id);
    INSERT OR REPLACE INTO product SELECT product_id, arg_min(name, sku_id), arg_min(brand, sku_id) FROM feed GROUP BY product_id
        EXCEPT SELECT product_id, name, brand FROM product;
    INSERT OR IGNORE INTO product_category SELECT DISTINCT product_id, category_id FROM feed
        EXCEPT SELECT product_id, category_id FROM product_category;
    COMMIT;`)
const result = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM sku WHERE status = 'active'`)
console.log(JSON.stringify({ skus: result.getRows()[0][0] }))
connection.closeSync()
instance.closeSync()

"""What most shops have: a script that reads the feed with lxml and upserts it into SQLite, row by row, with the same columns and keys."""

import json
import sqlite3
import sys

from lxml import etree

SCHEMA = """
CREATE TABLE IF NOT EXISTS category (category_id TEXT PRIMARY KEY, parent_id TEXT, name TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS product (product_id TEXT PRIMARY KEY, name TEXT, brand TEXT);
CREATE TABLE IF NOT EXISTS product_category (product_id TEXT, category_id TEXT, PRIMARY KEY (product_id, category_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sku (sku_id TEXT PRIMARY KEY, product_id TEXT, name TEXT, description TEXT, url TEXT, brand TEXT,
    price INTEGER, old_price INTEGER, currency TEXT, availability TEXT, quantity INTEGER, gtin TEXT, mpn TEXT, images TEXT, attributes TEXT,
    status TEXT, seen INTEGER);
CREATE INDEX IF NOT EXISTS sku_by_product ON sku (product_id);
"""

COLUMNS = ["product_id", "name", "description", "url", "brand", "price", "old_price", "currency", "availability", "quantity", "gtin",
           "mpn", "images", "attributes", "status", "seen"]
UPSERT = (f"INSERT INTO sku (sku_id, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)}) ON CONFLICT (sku_id) DO UPDATE SET "
          + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS))


def micros(text):
    if not text:
        return None
    whole, _, rest = text.partition(".")
    return int(whole) * 1000000 + int((rest + "000000")[:6])


def offer_row(offer, run):
    text = {child.tag: child.text for child in offer}
    images = json.dumps([child.text for child in offer if child.tag == "picture"], ensure_ascii=False)
    attributes = json.dumps([{"name": child.get("name"), "value": child.text} for child in offer if child.tag == "param"], ensure_ascii=False)
    available = "in_stock" if offer.get("available") == "true" else "on_order"
    return (offer.get("id"), offer.get("group_id"), text.get("name"), text.get("description"), text.get("url"), text.get("vendor"),
            micros(text.get("price")), micros(text.get("oldprice")), text.get("currencyId"), available, int(text.get("count", 0)),
            text.get("barcode"), text.get("vendorCode"), images, attributes, "active", run), text.get("categoryId")


def main(feed, store):
    database = sqlite3.connect(store, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    run = database.execute("SELECT coalesce(max(seen), 0) + 1 FROM sku").fetchone()[0]
    for _, element in etree.iterparse(feed, tag=("offer", "category")):
        if element.tag == "category":
            database.execute("INSERT INTO category VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name",
                             (element.get("id"), element.get("parentId"), element.text))
        else:
            row, category = offer_row(element, run)
            database.execute(UPSERT, row)
            database.execute("INSERT INTO product VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, brand = excluded.brand",
                             (row[1], row[2], row[5]))
            database.execute("INSERT INTO product_category VALUES (?, ?) ON CONFLICT DO NOTHING", (row[1], category))
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    database.execute("UPDATE sku SET status = 'missing' WHERE seen < ?", (run,))
    database.execute("COMMIT")
    print(json.dumps({"skus": database.execute("SELECT count(*) FROM sku WHERE status = 'active'").fetchone()[0]}))


main(sys.argv[1], sys.argv[2])

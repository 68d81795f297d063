"""Real feeds of the shipped dialects agree with facts that were computed without feedmill."""

import decimal
import json
import unittest

from support import FEEDS, Case, check_sums, needs_feeds

# Format of the facts: the dialect that reads it.
FORMATS = {
    "yml": "yml",
    "google": "google",
    "facebook": None,  # items are Google's, listings Meta's own
    "heureka": "heureka",
    "zbozi": "zbozi",
    "ceneo": "ceneo",
    "skroutz": "skroutz",
    "trovaprezzi": "trovaprezzi",
    "icecat": "icecat",
    "cxml": "cxml",
    "prestashop": "prestashop",
    "atom-shopify": "shopify-atom",
    "bmecat-1.01": "bmecat",
    "bmecat-1.2": "bmecat",
    "bmecat-2005": "bmecat",
    "sfcc": "sfcc",
    "sfcc-pricebook": "sfcc-pricebook",
    "sfcc-inventory": "sfcc-inventory",
    "shopify-json": "shopify",
    "shopify-jsonl": "shopify",
    "shopify-csv": "shopify-csv",
    "woocommerce": "woocommerce",
    "woocommerce-csv": "woocommerce-csv",
    "magento": "magento",
    "magento-csv": "magento-csv",
    "bigcommerce": "bigcommerce",
    "google-retail-jsonl": "google-retail",
    "walmart": "walmart",
    "openfoodfacts-tsv": "openfoodfacts",
    "facebook-csv": "google-csv",
}

# Files of these formats that no shipped dialect reads, why
FOREIGN = {
    "shopify-3dts-variants-cost.json": "a shop's own JSON of its variants' costs",
}

# file, field, what is expected instead, why
EXCEPTIONS = {
    ("google-memoro-outside-channel.xml", "products"): (5, "a group named only by a duplicate does not arise"),
    ("facebook-cdjr-listings.xml", "categories"): (0, "vehicle listings have no category; the facts count the make, which is the brand"),
    ("facebook-chevy-listings.xml", "categories"): (0, "as above"),
    ("bmecat101-official-sample.xml", "currencies"): ({"DEM": 2}, "a price without a currency has that of the catalogue's header"),
    ("bmecat12-no-product-id.xml", "currencies"): ({}, "the record has no id and is rejected"),
    ("bmecat2005-golden.xml", "categories"): (2, "the product's classes of two systems; the facts count groups only"),
    ("bmecat2005-weidmueller-1918770000.xml", "categories"): (1, "as above"),
    ("bmecat2005-weidmueller-7760056106.xml", "categories"): (1, "as above"),
    ("heureka-schema-sample-ns.xml", "categories"): (0, "no record has an id: all are rejected"),
    ("heureka-schema-sample-ns.xml", "pictures"): (0, "as above"),
    ("zbozi-schema-sample.xml", "pictures"): (0, "as above"),
    ("sfcc-electronics-master-catalog.xml", "records"): (155, "four masters are products, not SKUs"),
    ("sfcc-electronics-master-catalog.xml", "skus"): (155, "as above"),
    ("sfcc-electronics-master-catalog.xml", "without price"): (155, "as above"),
    ("sfcc-electronics-master-catalog.xml", "products"): (127, "32 variants belong to the four masters"),
    ("sfcc-electronics-master-catalog.xml", "pictures"): (155, "variants have the pictures of their masters"),
    ("shopify-apparel.csv", "pictures"): (22, "two variants have the pictures of their products; the facts count rows"),
    ("shopify-cedora-raw.json", "pictures"): (64, "SKUs, not records: twelve records repeat a product"),
    ("shopify-pfp-bulk.jsonl", "categories"): (1, "the product type; the facts look for none"),
    ("shopify-skate-full-export.json", "categories"): (5, "three product types and two collections; the facts count types only"),
    ("woo-bambini-flat.json", "records"): (581, "92 variable products are products, not SKUs"),
    ("woo-bambini-flat.json", "skus"): (581, "as above"),
    ("woo-bambini-flat.json", "pictures"): (581, "as above"),
    ("woo-bambini-flat.json", "prices"): (1543475, "as above: the price of each is that of its cheapest variation"),
    ("woo-ios-products-load-all.json", "records"): (8, "one variable and one grouped product are products, not SKUs"),
    ("woo-ios-products-load-all.json", "skus"): (8, "as above"),
    ("woo-ios-products-load-all.json", "pictures"): (8, "as above"),
    ("woo-ios-products-load-all.json", "prices"): (7734, "as above"),
    ("woo-ios-products-load-all.json", "without price"): (0, "as above"),
    ("woo-vitalseeds-rest.json", "records"): (1, "four variable products are products, not SKUs"),
    ("woo-vitalseeds-rest.json", "skus"): (1, "as above"),
    ("woo-vitalseeds-rest.json", "pictures"): (1, "as above"),
    ("woo-vitalseeds-rest.json", "without price"): (0, "as above"),
    ("magento-aljaber-rest.json", "records"): (9, "one configurable product is a product, not a SKU"),
    ("magento-aljaber-rest.json", "skus"): (9, "as above"),
    ("magento-aljaber-rest.json", "pictures"): (9, "as above"),
    ("magento-sample-gear-bags.csv", "prices"): (574, "one price is special; the facts count the regular one"),
    ("magento-sample-gear-bags.csv", "categories"): (6, "names in lines of one cell, where the facts do not look"),
    ("off-products.tsv", "pictures"): (389, "nine records have a picture of their ingredients or nutrition only"),
    ("off-products.tsv", "categories"): (303, "each of the tags; the facts count lists of tags"),
    ("series/yml-fiskars-rozetka/2-2026-06-03-feda7cba95.xml", "price_changed"): (4, "61 prices are the same number written otherwise: 219.00 and 219"),
    ("series/google-koritsa/2-2026-07-01-35aaacd762.xml", "price_changed"): (106, "the facts compare the last record of an id, the policy keeps the first"),
}

# As the facts write it, and as we store it.
CURRENCIES = {"RUR": "RUB"}


def load_facts():
    return json.loads((FEEDS / "facts.json").read_text())


def sources(facts):
    """Every feed of a shipped format outside series/ and malformed/."""
    return sorted(name for name, fact in facts.items() if "/" not in name and not name.startswith("_") and name not in FOREIGN
                  and fact.get("format") in FORMATS)


def expected(name, field, value):
    return EXCEPTIONS.get((name, field), (value,))[0]


@needs_feeds
class Corpus(Case):
    def regular_price_sum(self):
        """Of what the facts call the price: the one before a sale."""
        total = self.value("SELECT sum(CASE WHEN old_price_micros IS NOT NULL AND instr(coalesce(extra, ''), 'oldprice') = 0 "
                           "AND job LIKE '%google-%' THEN old_price_micros ELSE price_micros END) FROM sku")
        return decimal.Decimal(total or 0) / 1000000

    def categories(self, fact):
        if fact["categories_source"] == "declared":
            return self.value("SELECT count(*) FROM category")
        return self.value("SELECT count(DISTINCT category_id) FROM product_category")

    def pictures(self, report):
        """Records with a picture of their own, or SKUs that have one of their product."""
        own = report["fields"].get("images", 0)
        inherited = self.value("SELECT count(*) FROM sku s JOIN product p USING (catalog, product_id) "
                               "WHERE s.images IS NULL AND p.images IS NOT NULL AND p.origin = 'stated'")
        return own + inherited

    def compare(self, name, fact):
        self.store = self.folder / f"{name}.db"
        report = self.run_feed(self.write_job(name, FEEDS / name, guards="off"))
        fields, skus = report["fields"], report["skus"]
        currencies = {}
        for code, records in fact["currencies"].items():
            code = CURRENCIES.get(code, code)
            currencies[code] = currencies.get(code, 0) + records
        facts = {
            "dialect": FORMATS[fact["format"]] or report["feed"]["dialect"],
            "records": fact["records"],
            "skus": fact["skus_distinct"],
            "products": fact["products_distinct"],
            "duplicates": fact["duplicate_records"],
            "prices": decimal.Decimal(fact["price_sum_distinct_first"]),
            "without price": fact["price_missing_or_empty"],
            "currencies": currencies or report["currencies"],  # a dialect may know the currency of its country
            "pictures": fact["records_with_picture"],
            "categories": fact["categories_distinct"],
        }
        found = {
            "dialect": report["feed"]["dialect"],
            "records": skus["stated"] - skus["merged"],
            "skus": self.value("SELECT count(*) FROM sku"),
            "products": self.value("SELECT count(*) FROM product"),
            "duplicates": skus["duplicate"],
            "prices": self.regular_price_sum(),
            "without price": skus["stated"] - skus["merged"] - skus["rejected"] - fields.get("price", 0) - fact["price_unparseable"],
            "currencies": report["currencies"],
            "pictures": self.pictures(report),
            "categories": self.categories(fact),
        }
        self.assertEqual(found, {field: expected(name, field, value) for field, value in facts.items()})

    def test_every_feed_of_a_shipped_dialect_agrees_with_the_facts(self):
        facts = load_facts()
        names = sources(facts)
        self.assertGreater(len(names), 20)
        for name in names:
            with self.subTest(feed=name):
                self.compare(name, facts[name])


@needs_feeds
class Series(Case):
    """Successive versions of one feed."""

    def import_version(self, job, path):
        report = self.run_feed(self.write_job(job, FEEDS / path, guards="off"))
        check_sums(self, report)
        return report

    def price_changes(self, report):
        """SKUs that were there before and after, with another regular price."""
        rows = self.feedmill("changes", report["run"], "--json").rows
        changed = 0
        for row in rows:
            if row["kind"] != "sku" or row["action"] != "updated":
                continue
            changed += "price_micros" in row["before"] or "price_micros" in row["after"]
        return changed

    def compare_step(self, job, step):
        report = self.import_version(job, step["to"].removeprefix("open/"))
        skus = report["skus"]
        self.assertEqual(skus["stock"]["removed"], step["removed"], "removed")
        self.assertEqual(skus["created"] + skus["restored"], step["added"], "added")
        self.assertEqual(skus["updated"] + skus["unchanged"], step["kept"], "kept")
        changed = expected(step["to"].removeprefix("open/"), "price_changed", step["price_changed"])
        self.assertEqual(self.price_changes(report), changed, "price changes")

    def test_every_series_adds_up_at_each_step(self):
        facts = load_facts()
        names = sorted(name for name in facts if name.endswith("/#steps") and facts[name][0]["to"].endswith(".xml"))
        names = [name for name in names if facts[name][0].get("format", name.split("/")[1].split("-")[0]) in FORMATS]
        self.assertGreaterEqual(len(names), 6)
        for name in names:
            folder = FEEDS / name.removesuffix("/#steps")
            job = folder.name
            with self.subTest(series=job):
                self.store = self.folder / f"{job}.db"
                first = sorted(folder.iterdir())[0]
                self.import_version(job, first.relative_to(FEEDS))
                for step in facts[name]:
                    with self.subTest(to=step["to"]):
                        self.compare_step(job, step)


if __name__ == "__main__":
    unittest.main()

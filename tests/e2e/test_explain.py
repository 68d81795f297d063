"""Explaining an item: where each field came from, by the feed that its job applied last."""

import json
import re
import unittest

from support import FIXTURES, Case, offer, yml

OWN = """description: for a test
format: xml
recognise: [{root: shop}]
feed:
  money: /shop/@money
records:
  group:
    path: /shop/groups/group
    kind: category
    fields: {id: '@nr', name: '.'}
  good:
    path: /shop/goods/good
    kind: sku
    product: {rule: group, id: family}
    fields:
      id: {from: '@nr', required: true}
      name: {join: [maker, kind], with: ' '}
      brand: {from: maker, upper: true}
      description: {from: text, strip_html: true}
      price: cost
      currency: {from: coin, default: 'feed:money'}
      availability: {from: there, words: {'ja': in_stock, 'nein': out_of_stock}}
      condition: {constant: new}
      mpn: {from: part, empty_when: ['-']}
      quantity: {from: amount, replace: {pattern: 'approx\\. ', with: ''}}
      tags: {from: words, split: ','}
      categories: [{from: group}, {from: trail, separator: '>'}]
      attributes: [{each: param, name: '@name', value: '.'}, colour]
"""

SHOP = """<?xml version="1.0"?>
<shop money="CHF">
 <groups><group nr="7">Lamps</group><group nr="8">Chairs</group></groups>
 <goods>
  <good nr="A1"><maker>Lumo</maker><kind>Lamp</kind><text>&lt;b&gt;Bright&lt;/b&gt;</text><cost>12,50</cost><there>ja</there><part>-</part>
   <amount>approx. 5</amount><words>home, light</words><group>7</group><trail>Home &gt; Light</trail><param name="Watt">40</param><colour>red</colour>
   <family>F</family></good>
  <good nr="A2"><maker>Sit</maker><kind>Chair</kind><cost>a lot</cost><coin>EUR</coin><group>8</group></good>
 </goods>
</shop>
"""


class Explain(Case):
    def explain(self, kind, identifier, *arguments):
        result = self.feedmill(kind, "get", identifier, "--explain", "--json", *arguments)
        self.assertEqual(result.status, 0, result.err)
        return json.loads(result.out)

    @staticmethod
    def sources(report, name):
        field = next(field for field in report["fields"] if field["field"] == name)
        return field["value"], [(source["path"], source["raw"], source["text"], source["steps"], source["part"]) for source in field["from"]]

    def configure(self, dialect=OWN, more=""):
        self.write("config/dialects/own.yaml", dialect)
        self.write("config/jobs/acme.yaml", f"source: {self.folder}/shop.xml\ndialect: own\n{more}")
        return self.write("config/feedmill.yaml", "jobs: jobs\ndialects: dialects\n")

    def test_every_kind_of_step_is_told(self):
        config = self.configure()
        self.write("shop.xml", SHOP)
        self.run_feed("acme", "--config", config)
        report = self.explain("skus", "A1", "--config", config)
        self.assertEqual((report["job"], report["configured"], report["dialect"], report["record"], report["line"], report["column"]),
                         ("acme", True, "own", 3, 5, 3))
        self.assertEqual(report["byte"], SHOP.index('<good nr="A1"'))
        expected = {
            "id": ("A1", [("@nr", "A1", "A1", [], False)]),
            "product_id": ("F", [("family", "F", "F", [], False)]),
            "name": ("Lumo Lamp", [("maker", "Lumo", "Lumo", [], True), ("kind", "Lamp", "Lamp", [], True), (None, None, "Lumo Lamp", ["joined"], False)]),
            "brand": ("LUMO", [("maker", "Lumo", "LUMO", ["case"], False)]),
            "description": ("Bright", [("text", "<b>Bright</b>", "Bright", ["html"], False)]),
            "price": (12500000, [("cost", "12,50", "12,50", [], False)]),
            "currency": ("CHF", [(None, None, "CHF", ["feed", "default"], False)]),
            "availability": ("in_stock", [("there", "ja", "in_stock", ["words"], False)]),
            "condition": ("new", [(None, None, "new", ["constant"], False)]),
            "mpn": (None, [("part", "-", None, ["empty_when"], False)]),
            "quantity": (5000000, [("amount", "approx. 5", "5", ["replaced"], False)]),
            "tags": ('["home","light"]', [("words", "home", "home", ["split"], False), ("words", "light", "light", ["split"], False)]),
            "attributes": ('[{"name":"Watt","value":"40"},{"name":"colour","value":"red"}]',
                           [("param/@name", "Watt", "Watt", [], False), ("param", "40", "40", [], False), ("colour", "red", "red", [], False)]),
            "categories": ('["7","Home > Light"]', [("group", "7", "7", [], False), ("trail", "Home > Light", "Home > Light", [], False)]),
        }
        for name, wanted in expected.items():
            with self.subTest(name):
                self.assertEqual(self.sources(report, name), wanted)
        currency = next(field for field in report["fields"] if field["field"] == "currency")["from"][0]
        self.assertEqual(currency["feed_value"], "money")
        lines = OWN.splitlines()
        for field in report["fields"]:
            for source in field["from"]:
                self.assertTrue(source["file"].endswith("config/dialects/own.yaml"))
                word = "rule: group" if field["field"] == "product_id" else field["field"]
                self.assertIn(word, lines[source["line"] - 1])

    def test_what_could_not_be_used_is_told_too(self):
        config = self.configure()
        self.write("shop.xml", SHOP)
        self.run_feed("acme", "--config", config)
        report = self.explain("skus", "A2", "--config", config)
        self.assertEqual(self.sources(report, "price"), (None, [("cost", "a lot", "a lot", [], False)]))
        product = next(field for field in report["fields"] if field["field"] == "product_id")
        self.assertEqual((product["value"], product["from"], product["reason"]), ("A2", [], "the SKU's own id"))
        text = self.feedmill("skus", "get", "A2", "--explain", "--config", config).out
        self.assertRegex(text, r"\nprice +cost +a lot +not usable +own.yaml:\d+\n")

    def test_categories_that_are_stated_or_named_by_a_path(self):
        config = self.configure()
        self.write("shop.xml", SHOP)
        self.run_feed("acme", "--config", config)
        report = self.explain("categories", "8", "--config", config)
        self.assertEqual((report["line"], report["by_path"]), (3, False))
        self.assertEqual(self.sources(report, "name"), ("Chairs", [(".", "Chairs", "Chairs", [], False)]))
        report = self.explain("categories", "Home > Light", "--config", config)
        self.assertEqual((report["line"], report["by_path"]), (5, True))
        self.assertEqual(self.sources(report, "categories")[1][-1][:2], ("trail", "Home > Light"))

    def test_a_product_made_from_its_skus_says_so(self):
        config = self.configure()
        self.write("shop.xml", SHOP)
        self.run_feed("acme", "--config", config)
        result = self.feedmill("products", "get", "F", "--explain", "--config", config)
        self.assertEqual(result.status, 1)
        self.assertIn("made from its SKUs", result.err)

    def test_nested_skus_and_their_products(self):
        config = self.folder / "own"
        for name, sku, product in (("furniture.json", "9002", "101"), ("shoes-nested.xml", "P1-41", "P1")):
            with self.subTest(name):
                self.store = self.folder / f"{name}.db"
                job = name.split(".")[0]
                self.assertEqual(self.feedmill("probe", FIXTURES / "probe" / name, "--write", config, store=False).status, 0)
                self.run_feed(job, "--config", config / "feedmill.yaml")
                report = self.explain("skus", sku, "--config", config / "feedmill.yaml")
                path = self.sources(report, "id")[1][0][0]
                self.assertRegex(path, r"^variants(\[1?\d\]|/variant\[2\])")
                outer = next(field for field in report["fields"] if field["field"] == "product_id")
                self.assertEqual((outer["value"], outer["reason"]), (product, "the record around it"))
                report = self.explain("products", product, "--config", config / "feedmill.yaml")
                self.assertEqual(self.sources(report, "name")[1][0][0], "title")

    def test_tables_name_columns(self):
        config = self.folder / "own"
        self.assertEqual(self.feedmill("probe", FIXTURES / "probe/narzedzia.csv", "--write", config, store=False).status, 0)
        self.run_feed("narzedzia", "--config", config / "feedmill.yaml")
        report = self.explain("skus", "NRZ/003", "--config", config / "feedmill.yaml")
        self.assertEqual(self.sources(report, "price")[1][0][:2], ("Cena brutto", "33,99"))
        self.assertEqual(self.sources(report, "images")[1][0][0], "Zdjęcie 1")
        text = (FIXTURES / "probe/narzedzia.csv").read_bytes().decode()
        self.assertEqual(report["line"], text[: text.index("NRZ/003")].count("\n") + 1)

    def test_a_prefix_is_part_of_the_id(self):
        config = self.configure(more="id_prefix: ac-\ncategory_prefix: ac-\n")
        self.write("shop.xml", SHOP)
        self.run_feed("acme", "--config", config)
        report = self.explain("skus", "ac-A1", "--config", config)
        self.assertEqual(self.sources(report, "id"), ("ac-A1", [("@nr", "A1", "A1", [], False)]))
        self.assertEqual(self.explain("categories", "ac-7", "--config", config)["line"], 3)

    def test_of_repeated_ids_the_one_that_counts_is_explained(self):
        feed = yml(offer("A", "1") + "\n" + offer("A", "2"))
        for policy, line in (("first", 2), ("last", 3)):
            with self.subTest(policy):
                self.store = self.folder / f"{policy}.db"
                self.write("shop.xml", feed)
                self.write("config/jobs/acme.yaml", f"source: {self.folder}/shop.xml\nduplicates: {policy}\n")
                config = self.write("config/feedmill.yaml", "jobs: jobs\n")
                self.run_feed("acme", "--config", config)
                self.assertEqual(self.explain("skus", "A", "--config", config)["line"], line)

    def test_the_feed_applied_last_counts_and_must_still_be_there(self):
        self.run_feed(self.write("1.xml", yml(offer("A", "1"))), "--as", "acme")
        self.run_feed(self.write("2.xml", "\n" * 0 + yml("\n" + offer("A", "2"))), "--as", "acme")
        self.run_feed(self.write("3.xml", yml(offer("A", "3"))), "--as", "acme", "--dry-run")
        report = self.explain("skus", "A")
        self.assertEqual((report["run"], report["configured"], self.sources(report, "price")[0]), (2, False, 2000000))
        for spool in (self.folder / "state/feedmill/spool").glob("*.feed"):
            spool.unlink()
        result = self.feedmill("skus", "get", "A", "--explain")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn("no longer in the spool", result.err)

    def test_an_item_that_left_the_feed(self):
        self.run_feed(self.write("1.xml", yml(offer("A") + offer("B"))), "--as", "acme", "--missing", "mark")
        self.run_feed(self.write("2.xml", yml(offer("A") + offer("C"))), "--as", "acme", "--missing", "mark")
        result = self.feedmill("skus", "get", "B", "--explain")
        self.assertEqual(result.status, 1)
        self.assertIn("no record of the feed that run 2", result.err)

    def test_what_is_not_there_and_what_makes_no_sense(self):
        self.run_feed(self.write("1.xml", yml(offer("A"))), "--as", "acme")
        self.assertEqual(self.feedmill("skus", "get", "Z", "--explain").status, 1)
        self.assertEqual(self.feedmill("skus", "list", "--explain").status, 2)
        self.run_feed(self.write("1.xml", yml(offer("A"))), "--as", "acme2", "--catalog", "other")
        self.assertIn("--catalog", self.feedmill("skus", "get", "A", "--explain").err)
        self.assertEqual(self.explain("skus", "A", "--catalog", "other")["catalog"], "other")

    def test_text_is_aligned_and_cannot_talk_to_the_terminal(self):
        self.run_feed(self.write("1.xml", yml(offer("A", name="x\u202ey\u009b31m" + "long " * 100))), "--as", "acme")
        result = self.feedmill("skus", "get", "A", "--explain")
        self.assertEqual(result.status, 0)
        for character in ("\u202e", "\u009b", "\x1b"):
            self.assertNotIn(character, result.out)
        lines = result.out.splitlines()
        header = next(line for line in lines if line.startswith("field "))
        price = next(line for line in lines if re.match(r"price ", line))
        self.assertEqual(header.index("where"), price.index("price", 5))


if __name__ == "__main__":
    unittest.main()

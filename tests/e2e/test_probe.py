"""Probing: what a feed is, what its fields may mean, and a first dialect that imports it."""

import csv
import fcntl
import json
import unittest

from support import FEEDS, FIXTURES, Case, needs_feeds, offer, yml

# A feed written for this: records, SKUs, fields that must be guessed (path by field of an item), of SKUs in lists the path from the record
UNKNOWN = {
    "leuchten.xml": ("XML", "/katalog/artikelliste/artikel", 6, 6, {
        "id": "@artikelnummer", "name": "bezeichnung", "description": "beschreibung", "price": "preis", "currency": "waehrung",
        "quantity": "bestand", "brand": "hersteller", "gtin": "ean", "categories": "warengruppe", "images": "bild_*", "url": "link"}),
    "shoes-nested.xml": ("XML", "/export/product", 3, 6, {
        "name": "title", "description": "description", "brand": "manufacturer", "categories": "category", "price": "variants/variant/price",
        "currency": "variants/variant/price/@currency", "quantity": "variants/variant/stock", "attributes": "variants/variant/size"}),
    "furniture.json": ("JSON", "$.products[*]", 4, 7, {
        "name": "title", "description": "details.html", "brand": "vendor.name", "images": "images[*].src", "tags": "tags[*]",
        "price": "variants[*].price", "merchant_sku": "variants[*].sku", "quantity": "variants[*].inventory", "url": "url"}),
    "books.jsonl": ("JSON Lines", "$[*]", 7, 7, {
        "name": "titre", "price": "prix", "currency": "devise", "availability": "disponible", "quantity": "@['quantité en stock']", "images": "image"}),
    "narzedzia.csv": ("CSV", None, 5, 5, {
        "id": "Kod produktu", "name": "Nazwa", "description": "Opis", "price": "Cena brutto", "currency": "Waluta", "quantity": "Ilość",
        "brand": "Producent", "gtin": "EAN", "categories": "Kategoria", "images": "Zdjęcie *", "weight": "Waga"}),
    "shirts.tsv": ("CSV", None, 8, 8, {
        "id": "variant sku", "product_id": "item_group_id", "name": "product title", "price": "price", "sale_price": "sale price",
        "currency": "currency", "availability": "availability"}),
}

# Fields that the fixtures of shipped dialects have under names that are known: what they must be taken for.
KNOWN = {
    "yml": {"@id": "id", "@group_id": "product_id", "name": "name", "description": "description", "url": "url", "vendor": "brand",
            "price": "price", "oldprice": "old_price", "currencyId": "currency", "picture": "images", "categoryId": "categories"},
    "google": {"id": "id", "title": "name", "description": "description", "price": "price", "sale_price": "sale_price", "brand": "brand",
               "gtin": "gtin", "availability": "availability", "item_group_id": "product_id", "image_link": "images"},
    "facebook": {"id": "id", "vehicle_id": "id", "title": "name", "price": "price", "availability": "availability", "brand": "brand"},
}

# Real feeds whose record is another one than the facts count.
OTHER_RECORDS = {
    "atom-saintpotential.xml": "the facts count Shopify's variants, whose ids are all the product's address",
    "bmecat12-update-prices.xml": "one article, of which only two prices are told",
    "icecat-not-found.xml": "an answer without a product",
    "saleor-populatedb.json": "a dump of many models; the facts count one of them",
    "series/shopify-json-3dts/1-2026-06-27-0b6f0219eb.json": "an empty list",
    "sfcc-storefront-catalog-en.xml": "the facts count assignments of products to categories; the categories hold more",
    "shopify-apparel.csv": "the rows of one handle are one record; the facts count variants",
    "shopify-jewelery.csv": "as above",
    "woo-bambini-flat.json": "96 products with 577 variations, which the facts add up",
}


class Probe(Case):
    def probe(self, *arguments, expect=0, **keywords):
        result = self.feedmill("probe", *arguments, "--json", store=False, **keywords)
        self.assertEqual(result.status, expect, result.err)
        return json.loads(result.out)

    @staticmethod
    def guesses(report):
        """For each field of an item the paths that are taken for it."""
        found = {}
        for field in report["fields"]:
            if field["guess"]:
                found.setdefault(field["guess"]["field"], []).append(field["path"])
        return found

    def test_a_known_feed(self):
        report = self.probe(self.write("feed.xml", yml("".join(offer(f"A{n}", f"{n}.50") for n in range(20)))))
        self.assertEqual((report["format"], report["encoding"], report["encoding_from"], report["root"]), ("XML", "UTF-8", "declared", "yml_catalog"))
        self.assertEqual((report["dialect"], report["dialect_reason"]), ("yml", None))
        self.assertEqual((report["record"]["path"], report["record"]["count"]), ("/yml_catalog/shop/offers/offer", 20))
        self.assertEqual((report["record"]["id"]["path"], report["record"]["id"]["repeats"]), ("@id", 0))
        price = next(field for field in report["fields"] if field["path"] == "price")
        self.assertEqual((price["share"], price["distinct"], price["type"]), (100, 20, "number"))
        self.assertEqual(price["samples"], ["0.50", "1.50", "2.50"])

    def test_ids_that_repeat_are_counted(self):
        report = self.probe(self.write("feed.xml", yml("".join(offer(f"A{n % 15}") for n in range(20)))))
        self.assertEqual((report["record"]["id"]["path"], report["record"]["id"]["distinct"], report["record"]["id"]["repeats"]), ("@id", 15, 5))

    def test_many_values_are_estimated(self):
        report = self.probe(self.write("feed.xml", yml("".join(offer(f"A{n}", "5") for n in range(5000)))))
        field = next(field for field in report["fields"] if field["path"] == "@id")
        self.assertTrue(field["estimated"])
        self.assertAlmostEqual(field["distinct"], 5000, delta=500)
        self.assertEqual(field["repeats"], 0)

    def test_every_fixture_of_a_shipped_dialect_is_recognised_and_its_known_names_are_guessed(self):
        seen = set()
        for dialect, known in KNOWN.items():
            for path in sorted((FIXTURES / dialect).glob("*/feed.*")):
                with self.subTest(path.parent.name):
                    report = self.probe(path)
                    # Meta's items are Google's; only its listings tell it.
                    self.assertIn(report["dialect"], (dialect, "google") if dialect == "facebook" else (dialect,))
                    self.assertIsNotNone(report["record"])
                    guesses = self.guesses(report)
                    for field in report["fields"]:
                        name = field["path"].rsplit(":", 1)[-1]
                        if name in known and field["list"] == 0 and field["share_filled"] > 0:
                            seen.add((dialect, name))
                            self.assertIn(known[name], guesses, f"{field['path']}: {guesses}")
        missing = {(dialect, name) for dialect, names in KNOWN.items() for name in names} - seen
        self.assertEqual(missing, set(), "no fixture has these fields")

    def test_unknown_feeds_are_understood_in_every_format(self):
        for name, (form, path, records, _, expected) in UNKNOWN.items():
            with self.subTest(name):
                report = self.probe(FIXTURES / "probe" / name)
                self.assertEqual((report["format"], report["dialect"]), (form, None))
                self.assertTrue(report["dialect_reason"])
                self.assertEqual((report["record"]["path"], report["record"]["count"]), (path, records))
                guesses = self.guesses(report)
                for field, where in expected.items():
                    self.assertIn(where, guesses.get(field, []), (field, guesses))

    def test_what_is_written_checks_and_imports_every_record(self):
        for name, (_, _, records, skus, _) in UNKNOWN.items():
            with self.subTest(name):
                job = name.split(".")[0]
                folder = self.folder / f"config-{job}"
                self.store = folder.with_suffix(".db")
                result = self.feedmill("probe", FIXTURES / "probe" / name, "--write", folder, store=False)
                self.assertEqual(result.status, 0, result.err)
                check = self.feedmill("check", "--config", folder / "feedmill.yaml", store=False)
                self.assertEqual(check.status, 0, check.err)
                report = self.run_feed(job, "--config", folder / "feedmill.yaml")
                self.assertEqual((report["outcome"], report["records"]["read"], report["records"]["rejected"]), ("applied", records, 0))
                self.assertEqual(report["skus"]["stock"]["after"], skus)
                self.assertEqual(self.value("SELECT count(*) FROM sku WHERE price_micros IS NULL"), 0)
                self.assertEqual(self.value("SELECT count(*) FROM product WHERE name IS NULL"), 0)

    def test_a_written_dialect_is_recognised_afterwards(self):
        for name in UNKNOWN:
            with self.subTest(name):
                folder = self.folder / "own"
                self.assertEqual(self.feedmill("probe", FIXTURES / "probe" / name, "--write", folder, store=False).status, 0)
                again = self.probe(FIXTURES / "probe" / name, "--config", folder / "feedmill.yaml")
                self.assertEqual(again["dialect"], name.split(".")[0])

    def test_a_known_feed_gets_a_job_and_no_dialect(self):
        path = self.write("acme.xml", yml(offer("A")))
        folder = self.folder / "config"
        result = self.feedmill("probe", path, "--write", folder, store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(sorted(found.name for found in folder.rglob("*.yaml")), ["acme.yaml", "feedmill.yaml"])
        self.assertEqual((folder / "jobs/acme.yaml").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.run_feed("acme", "--config", folder / "feedmill.yaml")["skus"]["created"], 1)

    def test_files_that_are_there_are_not_touched_without_force(self):
        path, folder = FIXTURES / "probe/shirts.tsv", self.folder / "config"
        self.assertEqual(self.feedmill("probe", path, "--write", folder, "--as", "acme", store=False).status, 0)
        for name in ("jobs/acme.yaml", "dialects/acme.yaml"):
            other = folder / ("dialects/acme.yaml" if name.startswith("jobs") else "jobs/acme.yaml")
            other.rename(folder / "aside")
            before = (folder / name).read_bytes()
            result = self.feedmill("probe", path, "--write", folder, "--as", "acme", store=False)
            self.assertEqual(result.status, 2, result.err)
            self.assertIn(name, result.err)
            self.assertEqual((folder / name).read_bytes(), before)
            self.assertFalse(other.exists())
            (folder / "aside").rename(other)
        (folder / "jobs/acme.yaml").write_text("source: ./x\n")
        result = self.feedmill("probe", path, "--write", folder, "--as", "acme", "--force", store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertIn("shirts.tsv", (folder / "jobs/acme.yaml").read_text())
        self.assertEqual(list(folder.rglob("*.new*")), [])

    def test_what_a_killed_program_left_is_in_nobodys_way(self):
        path, folder = self.write("acme.xml", yml(offer("A"))), self.folder / "config"
        (folder / "jobs").mkdir(parents=True)
        for name in ("acme.yaml.new", "acme.yaml.new-Ab3dE9", "acme.yaml.new-living", "acme.yaml.new-Living", "other.yaml.new-Ab3dE9"):
            (folder / "jobs" / name).write_text("half a fi")
        with (folder / "jobs/acme.yaml.new-living").open() as living:
            fcntl.flock(living, fcntl.LOCK_EX)
            result = self.feedmill("probe", path, "--write", folder, store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(sorted(found.name for found in (folder / "jobs").iterdir()),
                         ["acme.yaml", "acme.yaml.new", "acme.yaml.new-living", "other.yaml.new-Ab3dE9"])
        self.assertIn("acme.xml", (folder / "jobs/acme.yaml").read_text())

    def test_a_configuration_in_place_says_where_jobs_and_dialects_are(self):
        self.write("config/feedmill.yaml", "jobs: imports\ndialects: languages\n")
        for folder in ("imports", "languages"):
            (self.folder / "config" / folder).mkdir()
        result = self.feedmill("probe", FIXTURES / "probe/shirts.tsv", "--write", self.folder / "config", store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertTrue((self.folder / "config/imports/shirts.yaml").is_file())
        self.assertTrue((self.folder / "config/languages/shirts.yaml").is_file())

    def test_names_that_cannot_be(self):
        path = FIXTURES / "probe/shirts.tsv"
        for name, status in (("google", 2), ("bad name", 2), ("../x", 2)):
            with self.subTest(name):
                result = self.feedmill("probe", path, "--write", self.folder / "config", "--as", name, store=False)
                self.assertEqual(result.status, status, result.err)
                self.assertFalse((self.folder / "config").exists())

    def test_a_hostile_feed_writes_a_dialect_that_still_checks(self):
        evil = "a: b # c' \" {x} [y] *z &amp; !t %u @v `w` \u202e \u0085 \ufeff"
        feed = "<r>" + "".join(f"<i><id>{n}</id><name>{evil}{n}</name><price>{n}</price><note>{evil}</note></i>" for n in range(3)) + "</r>"
        columns = ["id", "name", "price: x # y", "'quoted'", '"twice"', "a*b", "&map", "- dash", "true", "key"]
        table = "\n".join([";".join('"' + column.replace('"', '""') + '"' for column in columns)]
                          + [";".join([str(row), "n", "1.5", "x", "y", "z", "m", "d", "t", "w"]) for row in range(4)]) + "\n"
        members = {"id": 1, "name": "n", "price": "2", "it's": "x", "back\\slash": "y", "new\nline": "z", "": "e", "a.b": "d", "*": "s"}
        document = json.dumps([dict(members, id=n) for n in range(3)])
        for name, text in (("evil.xml", feed), ("evil.csv", table), ("evil.json", document)):
            with self.subTest(name):
                folder = self.folder / f"config-{name}"
                result = self.feedmill("probe", self.write(name, text), "--write", folder, store=False)
                self.assertEqual(result.status, 0, result.err)
                for character in ("\u202e", "\u0085"):
                    self.assertNotIn(character, result.out + result.err + (folder / "dialects/evil.yaml").read_text())
                self.assertEqual(self.feedmill("check", "--config", folder / "feedmill.yaml", store=False).status, 0)
                self.store = folder.with_suffix(".db")
                report = self.run_feed("evil", "--config", folder / "feedmill.yaml")
                self.assertEqual(report["records"]["rejected"], 0)

    def test_errors_are_those_of_a_run(self):
        for name, text, part in (("page.html", "<!DOCTYPE html><html><body>login</body></html>", "HTML"), ("cut.xml", yml(offer("A"))[:200], "line"),
                                 ("bad.xml", yml(offer("A", "&nope;")), "line 2"), ("empty.xml", "", "empty")):
            with self.subTest(name):
                path = self.write(name, text)
                result = self.feedmill("probe", path, store=False)
                self.assertEqual(result.status, 1)
                self.assertEqual(result.out, "")
                self.assertIn(part, result.err)
                self.assertIn(self.run_feed(path, expect=1)["error"]["message"], result.err)
        self.assertEqual(self.feedmill("probe", "./nothing.xml", store=False).status, 1)
        self.assertEqual(self.feedmill("probe", "nothing", store=False).status, 2)
        self.assertEqual(self.feedmill("probe", store=False).status, 2)
        self.assertEqual(self.feedmill("probe", "-", "--force", stdin=b"<a/>", store=False).status, 2)

    def test_a_feed_without_records_is_a_feed(self):
        report = self.probe(self.write("a.xml", "<a><b>text</b></a>"))
        self.assertEqual((report["root"], report["record"]), ("a", None))
        result = self.feedmill("probe", self.write("a.xml", "<a><b>text</b></a>"), "--write", self.folder / "config", store=False)
        self.assertEqual(result.status, 1)
        self.assertFalse((self.folder / "config").exists())

    def test_standard_input_and_nothing_left_behind(self):
        self.assertEqual(self.probe("-", stdin=yml(offer("A")).encode())["record"]["count"], 1)
        self.run_feed(self.write("feed.xml", yml(offer("A"))), "--as", "acme")
        spool = sorted((self.folder / "state/feedmill/spool").iterdir())
        self.feedmill("probe", self.write("page.html", "<html>"), store=False)
        self.probe(self.write("feed2.xml", yml(offer("B"))))
        self.assertEqual(sorted((self.folder / "state/feedmill/spool").iterdir()), spool)
        self.assertEqual([path.name for path in (self.folder / "state/feedmill").iterdir() if path.name.startswith("probe")], [])

    def test_text_is_aligned_and_cannot_talk_to_the_terminal(self):
        feed = yml(offer("A\u009b31m", name="x\u202ey") + offer("B"))
        result = self.feedmill("probe", self.write("feed.xml", feed), store=False)
        self.assertEqual(result.status, 0)
        for character in ("\u009b", "\u202e", "\x1b"):
            self.assertNotIn(character, result.out)
        header = next(line for line in result.out.splitlines() if line.strip().startswith("field"))
        price = next(line for line in result.out.splitlines() if line.strip().startswith("price "))
        self.assertEqual(header.index("share"), price.index("100 %"))

    @needs_feeds
    def test_records_of_real_feeds_agree_with_the_facts(self):
        with open(FEEDS / "MANIFEST.tsv", encoding="utf-8") as manifest:
            rows = list(csv.DictReader(manifest, delimiter="\t"))
        read, other = 0, {}
        for row in rows:
            if row["file"].startswith("hostile/"):
                continue
            result = self.feedmill("probe", FEEDS / row["file"], "--json", store=False)
            if result.status != 0:
                self.assertNotEqual(result.err, "")
                continue
            read += 1
            report = json.loads(result.out)
            counts = {report["record"]["count"]} if report["record"] else set()
            counts |= {entry["count"] for entry in report.get("lists", []) if entry["skus"]}
            if int(row["records"]) not in counts:
                other[row["file"]] = (report["record"], row["records"])
        self.assertGreater(read, 110)
        self.assertEqual(set(other), set(OTHER_RECORDS), other)
        self.assertLess(len(other), read / 10)


if __name__ == "__main__":
    unittest.main()

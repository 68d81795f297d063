"""Records that are known are left out, and nobody can tell: whatever a feed becomes, `run` and `run --full` do the same."""

import contextlib
import json
import os
import pathlib
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import FEEDS, Case, needs_feeds, offer, yml  # noqa: E402

import model_driver  # noqa: E402
import model_store  # noqa: E402

MISBEHAVING = os.environ.get("FEEDMILL_MISBEHAVING", "")
COMPLAINTS = "severity, code, kind, item_id, line_no, column_no, byte_offset, field, text"
LINES = """
format: json
records:
  item: {path: PATH, kind: sku, fields: {id: id, name: name, price: price}}
"""
TABLE = """
format: csv
records:
  item: {kind: sku, fields: {id: id, name: name, price: price}}
"""


def dated(feed, day):
    """The same feed, made on another day of the month."""
    return feed.replace("2026-01-01", f"2026-01-{day:02}")


class KnownCase(Case):
    def setUp(self):
        super().setUp()
        self.write("feedmill.yaml", "jobs: jobs\ndialects: dialects\n")
        (self.folder / "dialects").mkdir()
        self.copy = self.folder / "copy.db"

    def job(self, name="acme", suffix="xml", **keys):
        """A configured job, and the place of its feed."""
        self.write(f"jobs/{name}.yaml", json.dumps({"source": str(self.folder / f"{name}.{suffix}"), "guards": "off", **keys}))
        return name

    def copy_store(self):
        for path in self.folder.glob("copy.db*"):
            path.unlink()
        if not self.store.exists():
            return
        with contextlib.closing(sqlite3.connect(self.store)) as source, contextlib.closing(sqlite3.connect(self.copy)) as target:
            source.backup(target)

    def complaints(self, store):
        with contextlib.closing(sqlite3.connect(store)) as database:
            return sorted(database.execute(f"SELECT {COMPLAINTS} FROM complaint WHERE run_id = (SELECT max(run_id) FROM run)"), key=repr)

    def run_both(self, job, expect=0, known=None):
        """`run`, and `run --full` from a copy of the store: everything is the same but what was known. The report of the first."""
        self.copy_store()
        report = self.run_feed(job, expect=expect)
        full = self.run_feed(job, "--full", "--store", f"sqlite:{self.copy}", expect=expect, store=False)
        model_driver.compare_reports(report, full, "run", "run --full")
        model_store.compare_tables(model_store.read_tables(self.store), model_store.read_tables(self.copy), ("run", "run --full"))
        for part in ("outcome", "fields", "currencies", "warnings"):
            self.assertEqual(report[part], full[part], part)
        self.assertEqual(self.complaints(self.store), self.complaints(self.copy))
        self.assertEqual(full["records"]["known"], 0)
        if known is not None:
            self.assertEqual(report["records"]["known"], known, report["feed"]["unsifted"])
        return report

    def import_both(self, content, job="acme", suffix="xml", **keywords):
        self.write(f"{job}.{suffix}", content)
        return self.run_both(job, **keywords)


class Known(KnownCase):
    def setUp(self):
        super().setUp()
        self.job()
        self.offers = [offer(str(number), attributes=f' group_id="g{number % 3}"') for number in range(1, 11)]
        self.feed = yml("".join(self.offers))

    def test_nothing_is_read_again_where_only_the_date_changed(self):
        report = self.import_both(self.feed, known=0)
        self.assertEqual(report["skus"]["created"], 10)
        before = self.catalogue()
        report = self.import_both(dated(self.feed, 2), known=10)
        self.assertEqual((report["records"]["read"], report["records"]["parsed"]), (10, 0))
        self.assertEqual((report["outcome"], report["skus"]["unchanged"], report["products"]["unchanged"]), ("applied", 10, 3))
        self.assertIsNone(report["feed"]["unsifted"])
        self.assertEqual(self.catalogue(), before)
        self.import_both(dated(self.feed, 3), known=10)
        self.assertIn("10 read = 0 mapped + 0 rejected + 10 known",
                      self.feedmill("run", "acme", "--verbose").out if self.write("acme.xml", dated(self.feed, 4)) else "")

    def test_what_changed_is_read_and_known_the_next_time(self):
        self.import_both(self.feed)
        changed = yml("".join([*self.offers[:4], offer("5", "11", attributes=' group_id="g2"'), *self.offers[5:], offer("new")]))
        report = self.import_both(changed, known=9)
        self.assertEqual((report["skus"]["updated"], report["skus"]["created"], report["skus"]["unchanged"]), (1, 1, 9))
        self.import_both(dated(changed, 2), known=11)
        self.import_both(self.feed, known=9)

    def test_records_may_change_their_places(self):
        self.import_both(self.feed)
        self.import_both(yml("\n".join(reversed(self.offers))), known=10)
        self.import_both(yml("".join(self.offers[5:] + self.offers[:5])), known=10)

    def test_a_row_that_was_deleted_by_hand_comes_back(self):
        self.import_both(self.feed)
        with self.writing() as database:
            database.execute("DELETE FROM sku WHERE sku_id = '3'")
        report = self.import_both(dated(self.feed, 2), known=0)
        self.assertEqual(report["skus"]["created"], 1)
        self.import_both(dated(self.feed, 3), known=10)

    def test_a_row_that_was_changed_by_hand_is_put_right(self):
        self.import_both(self.feed)
        for table, column in (("sku", "name"), ("product", "brand"), ("category", "name")):
            with self.subTest(table=table):
                with self.writing() as database:
                    database.execute(f"UPDATE {table} SET {column} = 'by hand'")
                self.import_both(dated(self.feed, 2), known=0)
                self.assertEqual(self.value(f"SELECT count(*) FROM {table} WHERE {column} = 'by hand'"), 0)
                self.import_both(dated(self.feed, 3), known=10)

    def test_an_item_that_went_missing_comes_back_with_the_same_record(self):
        for missing in ("mark", "delete", {"action": "mark", "after": 2}):
            with self.subTest(missing=missing):
                self.store = self.folder / f"{json.dumps(missing)[:7].strip(chr(34))}.db"
                self.job(missing=missing)
                self.import_both(self.feed)
                fewer = yml("".join(self.offers[:-1]))
                self.import_both(fewer, known=9)
                self.import_both(dated(fewer, 2), known=9)
                gone = self.value("SELECT count(*) FROM sku WHERE sku_id = '10' AND status <> 'missing'")
                self.assertEqual(gone, 0)
                report = self.import_both(dated(self.feed, 3), known=9)
                self.assertEqual(report["skus"]["created"] + report["skus"]["restored"], 1)
                self.import_both(dated(self.feed, 4), known=10)

    def test_other_policies_options_and_dialects_know_nothing(self):
        self.write("dialects/own.yaml", "extends: yml\n")
        changes = ({"on_absent": "keep"}, {"dialect": "own"}, {"dialect": {"name": "yml", "group_id": "parent"}}, {"id_prefix": "x-"},
                   {"default_currency": "USD"}, {"unknown_fields": "drop"}, {"categories": "add"}, {"language": "de"})
        for keys in changes:
            with self.subTest(keys=keys):
                self.job()
                self.import_both(self.feed)
                self.import_both(dated(self.feed, 2), known=10)
                self.job(**keys)
                self.import_both(dated(self.feed, 3), known=0)
        self.job(dialect="own")
        self.import_both(self.feed)
        self.import_both(dated(self.feed, 2), known=10)
        self.write("dialects/other.yaml", "extends: own\n")
        self.import_both(dated(self.feed, 3), known=10)
        self.write("dialects/own.yaml", "extends: yml\ndescription: another one\n")
        self.import_both(dated(self.feed, 4), known=0)
        self.job(dialect="other")
        self.import_both(self.feed)
        self.import_both(dated(self.feed, 2), known=10)
        self.write("dialects/own.yaml", "extends: yml\n")
        self.import_both(dated(self.feed, 5), known=0)

    def test_records_that_are_complained_about_are_read_each_time(self):
        faulty = yml("".join(self.offers) + offer("soon", "soon") + "<offer><name>nameless</name></offer>")
        self.import_both(faulty)
        report = self.import_both(dated(faulty, 2), known=10)
        self.assertEqual((report["records"]["parsed"], report["records"]["rejected"]), (2, 1))
        self.assertEqual(report["complaints"]["codes"], {"number_invalid": 1, "id_missing": 1})

    def test_values_of_the_feed_count_for_all_records(self):
        feed = yml("".join(self.offers), shop='<url>http://a.example/</url><currencies><currency id="EUR" rate="1"/></currencies>')
        self.import_both(feed)
        self.import_both(dated(feed, 2), known=10)
        self.import_both(feed.replace('currency id="EUR"', 'currency id="USD"'))
        self.import_both(feed.replace("a.example", "b.example"))

    def test_categories_that_change_are_told_though_all_goods_are_known(self):
        self.import_both(self.feed)
        report = self.import_both(yml("".join(self.offers), categories='<category id="1">Other things</category><category id="2"/>'), known=10)
        self.assertEqual((report["categories"]["updated"], report["categories"]["created"]), (1, 1))

    def test_a_full_run_remembers_and_a_dry_run_forgets_nothing(self):
        self.import_both(self.feed)
        self.write("acme.xml", dated(self.feed, 2))
        self.assertEqual(self.run_feed("acme", "--full")["records"]["known"], 0)
        self.write("acme.xml", dated(self.feed, 3))
        for _ in range(2):
            self.assertEqual(self.run_feed("acme", "--dry-run")["records"]["known"], 10)
        self.assertEqual(self.run_feed("acme")["records"]["known"], 10)

    def test_a_failed_run_forgets_nothing(self):
        self.import_both(self.feed)
        self.write("acme.xml", self.feed[:-40])
        self.run_feed("acme", expect=1)
        self.import_both(dated(self.feed, 2), known=10)

    def test_an_undone_run_knows_nothing(self):
        self.import_both(self.feed)
        self.import_both(yml("".join(self.offers[:5]) + offer("new")), known=5)
        self.assertEqual(self.feedmill("undo", "acme").status, 0)
        self.import_both(dated(self.feed, 2), known=0)
        self.import_both(dated(self.feed, 3), known=10)

    def test_a_held_plan_is_the_approved_one(self):
        self.job(guards={"removed": {"max": 2}})
        self.import_both(self.feed)
        self.write("acme.xml", yml("".join(self.offers[:3]) + offer("new")))
        held = self.run_feed("acme", expect=3)
        self.assertEqual(held["records"]["known"], 3)
        self.assertEqual(self.feedmill("approve", "acme", "--json").status, 0)
        self.assertEqual(self.value("SELECT count(*) FROM sku WHERE status = 'active'"), 4)
        self.import_both(yml("".join(self.offers[:3]) + offer("new")).replace("2026-01-01", "2026-02-01"), known=4)

    def test_jobs_that_leave_something_out_remember_nothing(self):
        for keys in ({"mode": "add"}, {"scope": "skus"}, {"scope": "prices"}):
            with self.subTest(keys=keys):
                self.job(**keys)
                self.import_both(self.feed)
                self.import_both(dated(self.feed, 2), known=0)


class Duplicates(KnownCase):
    def test_a_repeated_id_is_judged_as_if_all_were_read(self):
        one, two, other = offer("1"), offer("2"), offer("1", "99", name="Another one")
        feeds = ([one, two], [one, two, other], [other, one, two], [one, two], [two, one, one], [two, one])
        for policy in ("first", "last"):
            self.job(policy, duplicates=policy)
            self.store = self.folder / f"{policy}.db"
            for number, offers in enumerate(feeds):
                with self.subTest(policy=policy, number=number):
                    self.import_both(dated(yml("".join(offers)), number + 1), job=policy)

    def test_a_repeated_id_fails_where_it_must_with_the_same_words(self):
        self.job(duplicates="fail")
        offers = [offer(str(number)) for number in range(5)]
        self.import_both(yml("".join(offers)))
        self.write("acme.xml", yml("".join(offers) + "\n" + offer("3", "12")))
        errors = [self.run_feed("acme", *options, expect=1)["error"] for options in ((), ("--full",))]
        self.assertEqual(errors[0], errors[1])
        self.assertIn("line", errors[0])
        self.import_both(dated(yml("".join(offers)), 2), known=5)


class Faulty(KnownCase):
    """A feed that fails is told in the words of a full reading."""

    def test_a_feed_that_is_cut_or_malformed_fails_at_the_same_place(self):
        self.job()
        offers = "\n".join(offer(str(number)) for number in range(20))
        feed = yml(offers)
        self.import_both(feed)
        before = self.catalogue()
        for name, faulty in (("cut", feed[:feed.index('<offer id="15"') + 30]), ("tag", dated(feed, 2).replace("Thing 17</name>", "Thing 17</nome>")),
                             ("behind", dated(feed, 2) + "<more/>"), ("entity", dated(feed, 2).replace("Thing 18<", "Thing &nope; 18<")),
                             ("empty", ""), ("page", "<html><body>Sorry</body></html>")):
            with self.subTest(name):
                self.write("acme.xml", faulty)
                results = [self.feedmill("run", "acme", *options, "--json") for options in ((), ("--full",))]
                self.assertEqual([result.status for result in results], [1, 1])
                self.assertEqual(results[0].report["error"], results[1].report["error"])
                self.assertEqual(self.catalogue(), before)
        self.import_both(dated(feed, 3), known=20)

    def test_why_a_feed_was_not_sifted_is_told(self):
        self.job(lenient=True)
        feed = yml(offer("1"))
        self.import_both(feed)
        report = self.import_both(dated(feed, 2), known=0)
        self.assertEqual(report["feed"]["unsifted"], "it is read leniently")
        self.assertEqual(self.feedmill("show", "acme", "--json").rows[0]["unsifted"], "it is read leniently")
        self.assertIn("it is read leniently", self.feedmill("show", "acme").out)
        self.job("own", "xml")
        subset = dated(feed, 3).replace("<yml_catalog", "<!DOCTYPE yml_catalog [<!ELEMENT name ANY>]><yml_catalog", 1)
        self.write("own.xml", subset)
        self.assertIn("document type definition", self.run_feed("own")["feed"]["unsifted"])


def cyrillic(offers):
    return yml(offers).replace("UTF-8", "windows-1251").replace("Thing", "Вещь").encode("windows-1251")


def rss(records):
    items = "".join(f"<item><g:id>{identifier}</g:id><g:title>Thing {identifier}</g:title><g:price>{price} EUR</g:price>"
                    f"<g:link>http://a.example/{identifier}</g:link><g:availability>in_stock</g:availability></item>" for identifier, price in records)
    return f'<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>{len(records)}</title>{items}</channel></rss>'


def shopify(records):
    return json.dumps({"products": [{"id": int(identifier), "title": f"Thing {identifier}", "handle": f"thing-{identifier}", "variants": [
        {"id": int(identifier) * 10 + number, "title": f"Size {number}", "price": f"{price}.00"} for number in (1, 2)]} for identifier, price in records]})


def things(records):
    return [{"id": identifier, "name": f"Thing {identifier}", "price": price} for identifier, price in records]


FORMATS = {
    "yml": ("yml", "xml", lambda records: yml("".join(offer(*record) for record in records))),
    "windows-1251": ("yml", "xml", lambda records: cyrillic("".join(offer(*record) for record in records))),
    "utf-16": ("yml", "xml", lambda records: yml("".join(offer(*record) for record in records)).replace("UTF-8", "UTF-16").encode("utf-16")),
    "google": ("google", "xml", rss),
    "shopify": ("shopify", "json", shopify),
    "json": ("json", "json", lambda records: json.dumps({"date": len(records), "goods": things(records)}, indent=1)),
    "lines": ("lines", "jsonl", lambda records: "".join(json.dumps(thing) + "\n" for thing in things(records))),
    "csv": ("table", "csv", lambda records: "id,name,price\n" + "".join(f'{identifier},"Thing, {identifier}",{price}\n' for identifier, price in records)),
}
# The first of JSON Lines is read always, since only it shows what they are.
KNOWN = {"utf-16": (0, 0, 0), "lines": (6, 4, 3)}
UNSIFTED = {"utf-16": "its encoding does not write ASCII as such"}


class Formats(KnownCase):
    def test_records_of_every_format_are_known(self):
        self.write("dialects/json.yaml", LINES.replace("PATH", "'$.goods[*]'"))
        self.write("dialects/lines.yaml", LINES.replace("PATH", "'$[*]'"))
        self.write("dialects/table.yaml", TABLE)
        for name, (dialect, suffix, make) in FORMATS.items():
            with self.subTest(name):
                self.store = self.folder / f"{name}.db"
                job = self.job(name, suffix, dialect=dialect, default_currency="EUR")
                records = [(str(number), "10") for number in range(1, 8)]

                counts = KNOWN.get(name, (7, 5, 5))
                self.import_both(make(records), job, suffix, known=0)
                report = self.import_both(make([*records, ("8", "11")]), job, suffix, known=counts[0])
                self.assertEqual(report["feed"]["unsifted"], UNSIFTED.get(name))
                self.import_both(make([records[0], ("3", "12"), *records[3:]]), job, suffix, known=counts[1])
                self.import_both(make([*reversed(records)]), job, suffix, known=counts[2])


@unittest.skipUnless(MISBEHAVING, "the program with a misbehaving reader is not here")
class Misbehaving(KnownCase):
    """A reader that has been taken over, and says what it knows."""

    def test_a_reader_that_knows_what_nobody_told_it_is_refused(self):
        self.job()
        feed = yml("".join(offer(str(number)) for number in range(5)))
        for act in ("knows_too_much", "knows_too_many", "knows_it_twice"):
            with self.subTest(act):
                self.store = self.folder / f"{act}.db"
                self.write("acme.xml", feed)
                self.run_feed("acme")
                before = self.catalogue()
                self.write("acme.xml", feed.replace("<shop>", f"<!--{act}--><shop>"))
                result = self.feedmill("run", "acme", "--json", program=(MISBEHAVING,))
                self.assertEqual((result.status, result.report["outcome"], result.report["error"]["code"]), (1, "failed", "reader"), result.out)
                self.assertEqual(self.catalogue(), before)
                self.write("acme.xml", dated(feed, 2))
                self.assertEqual(self.run_feed("acme")["records"]["known"], 5)


@needs_feeds
class Series(KnownCase):
    """Successive versions of real feeds."""

    def test_every_version_is_imported_as_in_full(self):
        folders = sorted(path for path in (FEEDS / "series").iterdir() if path.is_dir())
        self.assertGreater(len(folders), 5)
        read, known = 0, 0
        for folder in folders:
            versions = sorted(path for path in folder.iterdir() if path.is_file())
            self.store = self.folder / f"{folder.name}.db"
            for path in versions:
                with self.subTest(series=folder.name, version=path.name):
                    self.write(f"jobs/{folder.name}.yaml", json.dumps({"source": str(path), "guards": "off"}))
                    result = self.feedmill("run", folder.name, "--dry-run", "--json")
                    if result.status != 0:  # of a format that no shipped dialect reads
                        self.assertIn("dialect", result.report["error"]["code"])
                        continue
                    report = self.run_both(folder.name)
                    if path != versions[0]:
                        read += report["records"]["read"]
                        known += report["records"]["known"]
        self.assertGreater(known, read // 10, "too few records of successive versions are known")


if __name__ == "__main__":
    unittest.main()

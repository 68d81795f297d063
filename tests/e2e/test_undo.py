"""Taking runs back: everything returns, an undo can be undone, and what was touched since is told and left alone."""

import contextlib
import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import time
import unittest

from support import BINARY, Case, check_sums, offer, yml

CATEGORIES = '<category id="1">Things</category><category id="2" parentId="1">Small things</category>'
FIRST = yml(offer("A") + offer("B", "20", more="<picture>http://x/b.jpg</picture>") + offer("C", "30"), CATEGORIES)
SECOND = yml(offer("A", "11", "Anchor") + offer("B", "20", more="<picture>http://x/b2.jpg</picture>") + offer("D", "40", attributes=' group_id="G"'),
             '<category id="1">All things</category><category id="3" parentId="1">New things</category>')
VIEWS = {"category": "category_id", "product": "product_id", "product_category": "product_id, category_id", "sku": "sku_id",
         "price": "sku_id, kind", "stock": "sku_id, place", "text": "entity, item_id, field, language", "field": "entity, field_id"}


class Undo(Case):
    def views(self):
        """What readers see, without the integer keys that a row loses when it is deleted."""
        return {view: self.query(f"SELECT * FROM {view} ORDER BY catalog, {order}") for view, order in VIEWS.items()}

    def items(self):
        """The same without the runs that made it."""
        return {view: self.query(f"SELECT {columns} FROM {view} ORDER BY 1, 2") for view, columns in
                {"category": "category_id, name, path, job", "product": "product_id, name, status, job", "sku": "sku_id, name, price_micros, job"}.items()}

    def import_feed(self, feed, missing="delete"):
        return self.run_feed(self.write("feed.xml", feed), "--as", "shop", "--missing", missing)

    def undo(self, run, *options, expect=0):
        result = self.feedmill("undo", str(run), "--json", *options)
        self.assertEqual(result.status, expect, result.err + result.out)
        report = json.loads(result.out)
        self.assertEqual(report["exit_status"], expect)
        if expect == 0:
            check_sums(self, report)
        return report

    def refuse(self, run, words):
        before = self.views()
        result = self.feedmill("undo", str(run))
        self.assertEqual(result.status, 1, result.err)
        self.assertIn(words, result.err)
        self.assertEqual(result.err.count("\n"), 1)
        self.assertEqual(self.views(), before)

    def test_an_undo_restores_what_a_run_created_changed_and_deleted(self):
        self.import_feed(FIRST)
        first = self.views()
        run = self.import_feed(SECOND)["run"]
        second = self.views()
        self.assertNotEqual(first, second)
        report = self.undo(run)
        self.assertEqual(self.views(), first)
        self.assertEqual((report["undone_run"], report["job"], report["outcome"], report["conflict_count"]), (run, "shop", "applied", 0))
        self.assertEqual(report["skus"]["restored"], 1)
        self.assertEqual(report["skus"]["updated"], 2)
        self.assertEqual(report["skus"]["stock"]["removed"], 1)
        redo = self.undo(report["run"])
        self.assertEqual(self.views(), second)
        self.assertEqual(redo["undone_run"], report["run"])
        self.undo(run)
        self.assertEqual(self.views(), first)

    def test_undoing_every_run_leaves_an_empty_catalogue(self):
        for feed in (FIRST, SECOND, FIRST):
            self.import_feed(feed, "mark")
        for run in (3, 2, 1):
            self.undo(run)
        self.assertTrue(all(rows == [] for rows in self.views().values()), self.views())

    def test_the_undo_is_a_run_of_the_ledger_with_its_changes(self):
        self.import_feed(FIRST)
        run = self.import_feed(SECOND)["run"]
        report = self.undo("shop")
        row = self.feedmill("show", report["run"], "--json").rows[0]
        self.assertEqual((row["trigger"], row["parent_run_id"], row["outcome"], row["job"]), ("undo", run, "applied", "shop"))
        self.assertEqual(row["counts"]["skus"], report["skus"])
        self.assertEqual(row["plan_digest"], report["plan_digest"])
        changes = {(line["kind"], line["item_id"]): line for line in self.feedmill("changes", report["run"], "--json").rows}
        self.assertEqual(changes["sku", "D"]["action"], "removed")
        self.assertEqual(changes["sku", "C"]["action"], "restored")
        self.assertEqual(changes["sku", "C"]["after"]["price_micros"], 30000000)
        self.assertEqual(changes["sku", "A"]["before"]["price_micros"], 11000000)
        self.assertEqual(changes["sku", "A"]["after"]["price_micros"], 10000000)

    def test_the_same_feed_is_read_again_after_its_undo_and_held(self):
        self.import_feed(FIRST)
        run = self.import_feed(SECOND)["run"]
        second = self.items()
        self.assertEqual(self.import_feed(SECOND)["outcome"], "unchanged")
        self.undo(run)
        self.assertEqual(self.query("SELECT is_clean, etag, last_modified FROM job_memory"), [(0, "", "")])
        held = self.run_feed(self.folder / "feed.xml", "--as", "shop", "--missing", "delete", expect=3)
        self.assertEqual((held["outcome"], held["skus"]["created"]), ("held", 1))
        self.assertEqual(self.feedmill("approve", str(held["run"])).status, 0)
        self.assertEqual(self.items(), second)
        self.undo("shop")

    def test_what_a_later_run_changed_is_in_the_way(self):
        self.import_feed(FIRST)
        run = self.import_feed(SECOND)["run"]
        later = self.import_feed(yml(offer("A", "12", "Anchor") + offer("B", "20") + offer("D", "41", attributes=' group_id="G"'),
                                     '<category id="1">All things</category><category id="3" parentId="1">New things</category>'))["run"]
        before = self.views()
        report = self.undo(run, expect=1)
        self.assertEqual(self.views(), before)
        self.assertEqual(report["outcome"], "failed")
        conflicts = {(line["kind"], line["item_id"], line["field"]): line for line in report["conflicts"]}
        price = conflicts["sku", "A", "price_micros"]
        self.assertEqual((price["to_be"], price["is_now"], price["run"]), (10000000, 12000000, later))
        self.assertEqual(conflicts["sku", "D", "price_micros"]["run"], later)
        self.assertNotIn(("sku", "A", "name"), conflicts)
        self.assertEqual(self.value("SELECT outcome FROM run WHERE run_id = ?", report["run"]), "failed")
        text = self.feedmill("undo", run)
        self.assertEqual(text.status, 1)
        self.assertIn("sku A, price_micros: it is no longer what the run made of it; was to be 10000000, is 12000000 (run 3)", text.out)
        kept = self.undo(run, "--keep-later")
        self.assertEqual(kept["conflict_count"], report["conflict_count"])
        self.assertEqual(self.query("SELECT sku_id, name, price_micros FROM sku ORDER BY 1"),
                         [("A", "Thing A", 12000000), ("B", "Thing B", 20000000), ("C", "Thing C", 30000000), ("D", "Thing D", 41000000)])
        self.assertEqual(self.query("SELECT count(*) FROM product WHERE product_id = 'G'"), [(1,)])
        self.undo(kept["run"])
        self.assertEqual(self.views(), before)

    def test_what_a_person_changed_is_in_the_way(self):
        self.import_feed(FIRST)
        run = self.import_feed(SECOND)["run"]
        with self.writing() as database:
            database.execute("UPDATE sku SET price_micros = 5 WHERE sku_id = 'A'")
            database.execute("UPDATE sku SET suppressed = 1 WHERE sku_id = 'D'")
        report = self.undo(run, expect=1)
        found = {(line["kind"], line["item_id"], line["field"], line["run"]) for line in report["conflicts"]}
        self.assertIn(("sku", "A", "price_micros", None), found)
        self.assertIn(("sku", "D", None, None), found)
        self.assertIn("(by hand)", self.feedmill("undo", run).out)

    def test_a_created_item_that_is_gone_is_not_in_the_way(self):
        self.import_feed(FIRST)
        first = self.views()
        run = self.import_feed(SECOND)["run"]
        with self.writing() as database:
            database.execute("DELETE FROM sku WHERE sku_id = 'D'")
        self.undo(run)
        self.assertEqual(self.views(), first)

    def test_runs_that_cannot_be_undone_say_why(self):
        run = self.import_feed(FIRST)["run"]
        planned = self.run_feed(self.write("feed.xml", SECOND), "--as", "shop", "--dry-run")["run"]
        self.refuse(planned, f"run {planned} was not applied (its outcome is 'planned')")
        self.refuse(99, "there is no run '99'")
        self.refuse("nobody", "there is no run 'nobody'")
        with self.writing() as database:
            database.execute("UPDATE run SET undoable = 0")
        self.refuse(run, "can no longer be undone")
        with self.writing() as database:
            database.execute("UPDATE run SET undoable = 1")
        undone = self.undo(run)["run"]
        self.refuse(run, f"is undone already, by run {undone}")
        self.refuse("shop", f"is undone already, by run {undone}")

    def test_a_run_that_is_going_on_is_not_disturbed(self):
        run = self.import_feed(FIRST)["run"]
        with self.writing() as database:
            database.execute("UPDATE job_lease SET run_id = 7, host = 'elsewhere', pid = 1, expires_at_ms = ?", (int(time.time() * 1000) + 600000,))
        before = self.views()
        result = self.feedmill("undo", run)
        self.assertEqual(result.status, 5, result.err)
        self.assertIn("elsewhere", result.err)
        self.assertEqual(self.views(), before)

    def test_an_undo_that_waits_for_another_writer_can_be_stopped(self):
        run = self.import_feed(FIRST)["run"]
        before = self.views()
        with contextlib.closing(sqlite3.connect(self.store, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            process = subprocess.Popen([BINARY, "undo", str(run), "--store", f"sqlite:{self.store}"], stderr=subprocess.PIPE, env=self.environment)
            status = pathlib.Path(f"/proc/{process.pid}/status")
            while not int(re.search(r"SigCgt:\s*(\w+)", status.read_text()).group(1), 16) >> (signal.SIGTERM - 1) & 1:
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            self.assertIn(b"stopped by signal 15", process.communicate(timeout=30)[1])
            self.assertEqual(process.returncode, 128 + signal.SIGTERM)
            database.execute("ROLLBACK")
        self.assertEqual(self.views(), before)
        self.undo(run)

    def test_a_log_that_no_run_has_written_is_refused(self):
        self.import_feed(FIRST)
        run = self.import_feed(SECOND)["run"]
        rows = (("sku", "A", "", '{"sku_key":1}', '{"sku_key":2}'), ("sku_data", "A", "", '{"name":"x"}', '{"name":"y"}'),
                ("sqlite_master", "A", "", None, "{}"), ("sku", "A", "", '{"name":"x"', '{"name":"y"}'), ("sku", "A", "", '{"name":"x"}', '{"url":"y"}'),
                ("sku", "A", "", "null", None), ("sku", "A", "", None, None), ("holder", "1", "", None, "{}"), ("holder", "1", "[1,2]", None, "{}"),
                ("absent", "A", "[9,1]", None, '{"runs":1}'), ("part", "A", '[2,1,0,"zz"]', None, '{"absent_runs":0}'),
                ("sku", "A", "", '{"name":["4"]}', '{"name":"y"}'), ("holder", "1", "[99]", '{}', None),
                ("sku", "A", "", '{"job_key":99}', '{"job_key":1}'))
        before = self.views()
        for row in rows:
            with self.subTest(row), self.writing() as database:
                database.execute("DELETE FROM undo_row WHERE run_id = ?", (run,))
                database.execute("INSERT INTO undo_row VALUES (?, ?, ?, ?, ?, ?)", (run, *row))
            result = self.feedmill("undo", run)
            self.assertEqual(result.status, 1, (row, result.out, result.err))
            self.assertIn("damaged", result.err)
            self.assertEqual(self.views(), before, row)

    def test_usage(self):
        for arguments in (["undo"], ["undo", "1", "2"], ["undo", "1", "--limit", "3"]):
            self.assertEqual(self.feedmill(*arguments).status, 2, arguments)
        self.assertEqual(self.feedmill("undo", "1").status, 1)


if __name__ == "__main__":
    unittest.main()

"""What runs leave behind goes again: feeds, plans, changes, complaints; and the store does not grow without end."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time
import unittest

from support import BINARY, Case, offer, yml

DAY_S = 24 * 3600


def shop(price, count=3):
    return yml("".join(offer(str(number), str(price)) for number in range(count)))


class RetentionCase(Case):
    def setUp(self):
        super().setUp()
        self.spool = self.folder / "state/feedmill/spool"

    def configure(self, keep="", jobs=("acme",), **keeps):
        self.write("feedmill.yaml", "jobs: jobs\n" + (f"keep: {keep}\n" if keep else ""))
        for job in jobs:
            own = f"keep: {keeps[job]}\n" if job in keeps else ""
            self.write(f"jobs/{job}.yaml", f"source: ../{job}.xml\nmissing: keep\nguards: {{prices: off}}\n{own}")

    def run_price(self, price, *arguments, job="acme", count=3, **keywords):
        self.write(f"{job}.xml", shop(price, count))
        return self.run_feed(job, *arguments, **keywords)

    def feeds(self):
        return sorted(path.stem for path in self.spool.glob("*.feed"))

    def plans(self):
        return sorted(int(path.stem.rsplit("-", 1)[1]) for path in self.spool.glob("plan-*.jsonl"))

    def vacuum(self, expect=0):
        result = self.feedmill("vacuum", "--json")
        self.assertEqual(result.status, expect, result.err)
        return json.loads(result.out) if expect == 0 else result.err

    def set_back(self, days):
        """As if all runs had been so long ago."""
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("UPDATE run SET started_at_ms = started_at_ms - ?, finished_at_ms = finished_at_ms - ?", (days * DAY_S * 1000,) * 2)
            database.commit()


class SpoolTest(RetentionCase):
    def test_the_feeds_of_the_last_runs_stay(self):
        self.configure("{runs: 3}")
        reports = [self.run_price(price) for price in range(1, 7)]
        self.assertEqual(self.feeds(), sorted(report["feed"]["sha256"] for report in reports[-3:]))
        self.assertEqual(len(self.query("SELECT 1 FROM run")), 6)

    def test_a_job_has_figures_of_its_own(self):
        self.configure("{runs: 3}", jobs=("acme", "other"), other="{spool: {runs: 1}}")
        for price in range(1, 5):
            self.run_price(price)
            self.run_price(price + 100, job="other")
        self.assertEqual(len(self.feeds()), 4)

    def test_bytes_are_limited_the_oldest_go_first(self):
        size = len(shop(1))
        self.configure(f"{{spool_max_bytes: {2 * size + size // 2}}}")
        reports = [self.run_price(price) for price in range(1, 6)]
        self.assertEqual(self.feeds(), sorted(report["feed"]["sha256"] for report in reports[-2:]))

    def test_a_feed_stays_as_long_as_another_job_keeps_it(self):
        self.configure("{runs: 1}", jobs=("acme", "other"))
        shared = self.run_price(1)["feed"]["sha256"]
        self.run_price(1, job="other", count=3)
        self.run_price(2)
        self.assertIn(shared, self.feeds())
        last = self.run_price(3, job="other")["feed"]["sha256"]
        self.assertNotIn(shared, self.feeds())
        self.assertIn(last, self.feeds())
        self.assertEqual(len(self.feeds()), 2)
        self.assertEqual(len(list(self.spool.glob("*.kept"))), 2)

    def test_a_feed_stays_as_long_as_another_store_keeps_it(self):
        self.configure("{runs: 1}")
        shared = self.run_price(1)["feed"]["sha256"]
        second = self.folder / "second.db"
        self.assertEqual(self.feedmill("run", "acme", "--store", second, store=False).status, 0)
        self.run_price(2)
        self.assertIn(shared, self.feeds())
        self.assertEqual(self.feedmill("skus", "get", "1", "--explain", "--store", second, store=False).status, 0)
        self.assertEqual(self.feedmill("run", "acme", "--store", second, store=False).status, 0)
        self.assertEqual(len(self.feeds()), 1)
        self.assertNotIn(shared, self.feeds())

    def test_plans_go_with_their_runs(self):
        self.configure("{runs: 2}")
        self.run_price(1)
        runs = [self.run_price(price, "--dry-run")["run"] for price in range(2, 7)]
        self.assertEqual(self.plans(), runs[-2:])
        self.assertEqual(len(self.feeds()), 3)
        self.assertEqual(len(self.feedmill("changes", runs[-1], "--json").rows), 3)

    def test_a_held_run_keeps_plan_and_feed_while_it_waits(self):
        self.configure("{runs: 1, days: 1}")
        self.run_price(1)
        self.write("acme.xml", yml(""))
        held = self.run_feed("acme", expect=3)
        self.assertEqual(held["outcome"], "held")
        self.set_back(5)
        for price in range(2, 5):
            self.run_price(price, "--dry-run")
        self.assertIn(held["run"], self.plans())
        self.assertIn(held["feed"]["sha256"], self.feeds())
        self.assertTrue(pathlib.Path(held["plan"]).exists())
        self.run_price(9)
        self.assertNotIn(held["run"], self.plans())
        self.assertNotIn(held["feed"]["sha256"], self.feeds())

    def test_a_replay_leaves_the_spool_tidy_and_its_feed_there(self):
        self.configure("{runs: 2}")
        runs = [self.run_price(price) for price in range(1, 4)]
        result = self.feedmill("replay", runs[1]["run"], "--json")
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(result.report["outcome"], "applied")
        self.assertEqual(self.feeds(), sorted(report["feed"]["sha256"] for report in runs[1:]))
        self.assertEqual(self.feedmill("replay", runs[0]["run"]).status, 1)
        self.assertEqual(self.run_price(9)["outcome"], "applied")

    def test_the_last_failed_feed_stays(self):
        self.configure("{runs: 1, days: 1}")
        applied = self.run_price(1)["feed"]["sha256"]
        failed = []
        for number in range(3):
            self.write("acme.xml", shop(1)[:-30 - number])
            failed.append(self.run_feed("acme", expect=1)["feed"]["sha256"])
            self.set_back(5)
        self.assertEqual(self.feeds(), sorted([applied, failed[-1]]))

    def test_what_a_killed_fetch_left_goes_after_a_day_and_strangers_files_stay(self):
        self.configure()
        self.run_price(1)
        old = time.time() - 2 * DAY_S
        for name in (".incoming-AAAAAA", "a" * 64 + ".feed", "notes.txt"):
            (self.spool / name).write_text("x")
            os.utime(self.spool / name, (old, old))
        for name in (".incoming-BBBBBB", "b" * 64 + ".feed"):
            (self.spool / name).write_text("x")
        self.vacuum()
        names = {path.name for path in self.spool.iterdir()}
        self.assertLessEqual({".incoming-BBBBBB", "b" * 64 + ".feed", "notes.txt"}, names)
        self.assertFalse({".incoming-AAAAAA", "a" * 64 + ".feed"} & names)

    def test_an_unchanged_feed_is_still_not_read_again(self):
        self.configure("{runs: 1, days: 1}")
        self.run_price(1)
        self.set_back(50)
        self.assertEqual(self.run_price(1)["outcome"], "unchanged")
        self.assertEqual(len(self.feeds()), 1)
        self.assertEqual(self.run_price(1)["outcome"], "unchanged")


class StoreTest(RetentionCase):
    def test_the_store_does_not_grow_without_end(self):
        self.configure("{runs: 5}")
        sizes = []
        for price in range(1, 51):
            report = self.run_price(price, count=300)
            self.assertEqual(report["skus"]["updated"], 300 if price > 1 else 0)
            sizes.append(report["store_size"]["bytes"])
        self.assertEqual(self.query("SELECT run_id, count(*) FROM change GROUP BY run_id"), [(run, 300) for run in range(46, 51)])
        self.assertEqual(len(self.feeds()), 5)
        # What stays is the ledger's row, of 2 KiB; 300 changes are ten times as much.
        self.assertLessEqual(sizes[49] - sizes[14], 35 * 4096, sizes)
        self.assertGreater(sizes[4] - sizes[0], 4 * 4 * 4096, sizes)
        self.assertLessEqual(sum(path.stat().st_size for path in self.folder.glob("market.db*")), sizes[49] * 1.1)

    def test_changes_and_complaints_grow_old(self):
        self.configure("{days: 30, complaints: {days: 3}}")
        bad = '<offer id="9" available="true"><name>x</name><price>dear</price></offer>'
        for price in (1, 2):
            self.write("acme.xml", yml(offer("1", str(price)) + bad))
            self.run_feed("acme")
        self.assertEqual(self.value("SELECT count(DISTINCT run_id) FROM complaint"), 2)
        self.set_back(10)
        self.run_price(3)
        self.assertEqual(self.value("SELECT count(*) FROM complaint WHERE run_id < 3"), 0)
        self.assertGreater(self.value("SELECT count(*) FROM change WHERE run_id = 2"), 0)
        self.set_back(30)
        self.run_price(4)
        self.assertEqual(self.value("SELECT count(*) FROM change WHERE run_id <= 3"), 0)

    def test_who_asks_for_what_is_gone_is_told(self):
        self.configure("{runs: 1}")
        bad = '<offer id="9" available="true"><name>x</name><price>dear</price></offer>'
        for price in range(1, 4):
            self.write("acme.xml", yml(offer("1", str(price)) + offer(str(price + 100)) + bad))
            self.run_feed("acme")
        for run in range(4, 6):
            self.run_price(run, "--dry-run")
        for run, changes, complaints in ((1, False, True), (2, True, True), (3, False, False), (4, True, True), (5, False, False)):
            for command, is_gone in (("changes", changes), ("complaints", complaints)):
                with self.subTest(run=run, command=command):
                    result = self.feedmill(command, run, "--json")
                    self.assertEqual(result.status, 0)
                    self.assertEqual(f"the {command} of run {run} are kept no longer" in result.err, is_gone, result.err)
        self.assertIn("are kept no longer", self.feedmill("complaints", 2).err)

    def test_what_changes_nothing_pushes_out_nothing(self):
        self.configure("{runs: 2}")
        for price in (1, 2, 3):
            self.run_price(price)
        for minute in range(5):
            self.write("acme.xml", shop(3).replace("00:00", f"00:0{minute + 1}"))
            self.assertEqual(self.run_feed("acme")["outcome"], "applied")
        self.assertEqual(self.query("SELECT DISTINCT run_id FROM change ORDER BY 1"), [(2,), (3,)])

    def test_the_report_tells_the_sizes(self):
        size = self.run_feed(self.write("feed.xml", shop(1)))["store_size"]
        self.assertEqual(size["bytes"], self.store.stat().st_size)
        self.assertEqual(set(size), {"bytes", "free_bytes", "wal_bytes"})
        self.store.unlink()
        self.store.mkdir()
        self.assertIsNone(self.run_feed(self.folder / "feed.xml", expect=1)["store_size"])


class CategoryIdTest(RetentionCase):
    def ids(self):
        return [row[0] for row in self.query("SELECT category_id FROM category_name ORDER BY 1")]

    def run_categories(self, *categories, **keywords):
        offers = "".join(offer(str(number)).replace("<categoryId>1<", f"<categoryId>{category}<") for number, category in enumerate(categories))
        return self.run_feed(self.write("feed.xml", yml(offers)), "--as", "acme", **keywords)

    def test_ids_that_no_product_is_in_any_more_go_after_a_run(self):
        self.run_categories("1", "2", "3")
        self.assertEqual(self.ids(), ["1", "2", "3"])
        run = self.run_categories("1", "4", "1")["run"]
        self.assertEqual(self.ids(), ["1", "4"])
        self.assertEqual(self.query("SELECT category_id FROM product_category ORDER BY product_id"), [("1",), ("4",), ("1",)])
        result = self.feedmill("undo", str(run))
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(self.query("SELECT category_id FROM product_category ORDER BY product_id"), [("1",), ("2",), ("3",)])

    def test_a_dry_run_leaves_no_ids(self):
        self.run_categories("1")
        self.run_feed(self.write("feed.xml", yml(offer("9").replace("<categoryId>1<", "<categoryId>77<"))), "--as", "acme", "--dry-run")
        self.assertEqual(self.ids(), ["1"])

    def test_those_of_products_that_a_person_deleted_go_on_demand(self):
        self.run_categories("1", "2", "2")
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("DELETE FROM product WHERE product_id <> '0'")
            database.commit()
        self.assertEqual(self.ids(), ["1", "2"])
        self.vacuum()
        self.assertEqual(self.ids(), ["1"])
        self.assertEqual(self.value("PRAGMA integrity_check"), "ok")


class VacuumTest(RetentionCase):
    def test_it_does_at_once_what_runs_do_one_by_one(self):
        self.configure("{runs: 20}")
        for price in range(1, 9):
            self.run_price(price, count=500)
        for price in range(20, 23):
            self.run_price(price, "--dry-run")
        before = {path.name: path.stat().st_size for path in self.spool.glob("*.feed")}
        self.configure("{runs: 2}")
        report = self.vacuum()
        self.assertEqual(report["removed"]["changes"], 5 * 500)
        self.assertEqual(report["removed"]["plans"], 1)
        self.assertEqual(report["removed"]["feeds"], len(before) - 4)
        self.assertEqual(report["spool"]["feeds"], 4)
        self.assertEqual(report["removed"]["feed_bytes"], sum(before.values()) - sum(path.stat().st_size for path in self.spool.glob("*.feed")))
        self.assertLess(report["after"]["bytes"], report["before"]["bytes"])
        self.assertEqual(report["after"]["free_bytes"], 0)
        self.assertEqual(report["after"]["wal_bytes"], 0)
        self.assertEqual(report["after"]["bytes"], self.store.stat().st_size)
        self.assertEqual(self.value("PRAGMA integrity_check"), "ok")
        self.assertEqual(self.query("SELECT DISTINCT run_id FROM change ORDER BY 1"), [(7,), (8,)])
        again = self.vacuum()
        self.assertEqual(set(again["removed"].values()), {0})
        self.assertEqual(again["before"], again["after"])
        self.assertEqual(self.run_price(8, count=500)["outcome"], "unchanged")

    def test_jobs_without_a_file_go_by_the_figures_for_all(self):
        for price in range(1, 5):
            self.run_feed(self.write("feed.xml", shop(price)))
        self.assertEqual(len(self.feeds()), 4)
        self.configure("{runs: 1}", jobs=())
        (self.folder / "jobs").mkdir(exist_ok=True)
        self.assertEqual(self.vacuum()["removed"]["feeds"], 3)

    def test_it_tells_people_too(self):
        self.run_feed(self.write("feed.xml", shop(1)))
        result = self.feedmill("vacuum")
        self.assertEqual(result.status, 0, result.err)
        self.assertIn("0 changes, 0 rows of undo log, 0 complaints", result.out)
        self.assertIn("1 feeds with", result.out)

    def test_it_waits_for_no_run(self):
        self.run_feed(self.write("feed.xml", shop(1)), "--as", "acme")
        os.mkfifo(self.folder / "slow.xml")
        running = subprocess.Popen([BINARY, "run", self.folder / "slow.xml", "--as", "slow", "--store", f"sqlite:{self.store}"], env=self.environment,
                                   cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with open(self.folder / "slow.xml", "wb") as pipe:  # opened when the run reads it
                self.assertIn("job 'slow' is being run already: run 2, process", self.vacuum(expect=5))
                pipe.write(shop(1).encode())
            running.wait(timeout=60)
        finally:
            running.kill()
            running.wait()
        self.vacuum()

    def test_there_must_be_a_store(self):
        self.assertIn("does not exist", self.vacuum(expect=1))
        self.assertFalse(self.store.exists())
        self.assertEqual(self.feedmill("vacuum", "now").status, 2)


@unittest.skipUnless(shutil.which("unshare") and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0,
                     "mounting a small disk is not allowed here")
class FullDiskTest(RetentionCase):
    def run_on_small_disk(self, where, kibibytes):
        (self.folder / where).mkdir(parents=True)
        feed = self.write("feed.xml", shop(1, count=6000))
        command = f"mount -t tmpfs -o size={kibibytes}k none {self.folder / where} && exec {BINARY} run {feed} --store sqlite:{self.store} --json"
        done = subprocess.run(["unshare", "-m", "sh", "-c", command], env=self.environment, cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        return json.loads(done.stdout)["error"]["message"]

    def test_the_spool_has_no_room(self):
        message = self.run_on_small_disk("state", 200)
        self.assertRegex(message, r"the feed has \d+ bytes, but the spool folder '.*/spool' has only \d+ free; free some, .*'feedmill vacuum'")

    def test_the_store_has_no_room(self):
        self.store = self.folder / "small/market.db"
        message = self.run_on_small_disk("small", 1000)
        self.assertRegex(message, r"store '.*/small/market.db': the disk is full: \d+ bytes are free where it is .*'feedmill vacuum'")


if __name__ == "__main__":
    unittest.main()

"""Plan, hold, approve, replay: what a dry run says is what the run does, and a held run is applied as it was shown or not at all."""

import contextlib
import json
import pathlib
import random
import sqlite3
import subprocess
import sys
import unittest

from support import FIXTURES, ROOT, Case, check_sums, offer, yml

sys.path.insert(0, str(ROOT / "tests"))

EMPTY = yml("")
NOTHING = yml("", categories="")  # one of categories alone passes where there is nothing to lose
THREE = yml(offer("A", "10") + offer("B", "20") + offer("C", "30"))


def changes_of(rows):
    """Lines of a plan or of the ledger, but for how a created item looks, which only a plan tells."""
    return sorted(json.dumps(dict(row, after=None if row["action"] == "created" else row["after"]), sort_keys=True) for row in rows)


class Holding(Case):
    """A catalogue of three, and an empty feed that the guard 'records' holds."""

    def begin(self, *options, content=THREE):
        self.feed = self.write("feed.xml", content)
        return self.run_feed(self.feed, "--as", "acme", "--missing", "mark", *options)

    def hold(self, content=EMPTY, *options):
        self.feed = self.write("feed.xml", content)
        return self.run_feed(self.feed, "--as", "acme", "--missing", "mark", *options, expect=3)

    def show(self, run):
        return self.feedmill("show", run, "--json").rows[0]

    def statuses(self):
        return dict(self.query("SELECT sku_id, status FROM sku"))

    def spool(self, sha256):
        return self.folder / "state/feedmill/spool" / f"{sha256}.feed"


class DryRun(Case):
    """A plan, and the run of the same feed after it."""

    def configure(self, source):
        self.write("feedmill.yaml", "jobs: jobs\n")
        self.write("jobs/acme.yaml", f"source: {json.dumps(str(source))}\nguards: off\nunproven: apply\n")

    def compare(self, planned):
        check_sums(self, planned)
        plan = self.feedmill("changes", planned["run"], "--json").rows
        real = self.run_feed("acme", "--full")
        self.assertEqual((planned["outcome"], real["outcome"]), ("planned", "applied"))
        for key in ("plan_digest", "records", "categories", "products", "skus", "complaints", "fields", "currencies"):
            self.assertEqual(planned[key], real[key], key)
        self.assertEqual(changes_of(plan), changes_of(self.feedmill("changes", real["run"], "--json").rows))
        for row in plan:
            self.assertEqual(set(row), {"kind", "item_id", "action", "before", "after"})
            self.assertEqual(row["before"] is None, row["action"] == "created", row)
        listed = [self.feedmill("complaints", run["run"], "--list", "--json").rows for run in (planned, real)]
        self.assertEqual(*listed)
        return plan

    def test_of_every_fixture_is_what_the_run_does(self):
        feeds = sorted(FIXTURES.glob("*/*/feed.*"))
        compared = 0
        for number, source in enumerate(feeds):
            self.store = self.folder / f"{number}.db"
            self.configure(source)
            with self.subTest(source.parent.name, dialect=source.parent.parent.name):
                planned = self.feedmill("run", "acme", "--dry-run", "--full", "--json")
                if planned.status == 0:  # else a fixture of a fault
                    self.compare(planned.report)
                    compared += 1
        self.assertGreater(compared, 50)

    def test_of_random_feeds_in_a_row_is_what_the_run_does(self):
        for seed in range(1, 6):
            self.store = self.folder / f"{seed}.db"
            dice = random.Random(seed)
            seen = set()
            for step in range(6):
                with self.subTest(seed=seed, step=step):
                    self.configure(self.write("feed.xml", random_feed(dice)))
                    seen |= {(row["kind"], row["action"]) for row in self.compare(self.run_feed("acme", "--dry-run", "--full"))}
            self.assertLessEqual({("sku", action) for action in ("created", "updated", "removed", "restored")}, seen)
            self.assertIn(("category", "updated"), seen)

    def test_people_see_samples_of_each_action(self):
        self.run_feed(self.write("1.xml", THREE), "--as", "acme")
        second = self.write("2.xml", yml(offer("A", "12.5") + offer("D", "9", "Dial") + offer("B", "20")))
        text = self.feedmill("run", second, "--as", "acme", "--missing", "mark", "--dry-run", "--verbose").out
        self.assertIn("updated   sku A: price 10 → 12.5\n", text)
        self.assertIn("created   sku D: name 'Dial', price 9, currency 'EUR'\n", text)
        self.assertIn("removed   sku C", text)
        self.assertIn("plan    ", text)
        table = self.feedmill("changes", "acme").out
        self.assertRegex(table, r"(?m)^kind +item_id +action +before +after$")
        self.assertRegex(table, r"(?m)^sku +A +updated +\{\"price_micros\":10000000\} +\{\"price_micros\":12500000\}$")

    def test_a_sample_cannot_talk_to_the_terminal(self):
        feed = self.write("feed.xml", yml(offer("A", name="\u009b31m\u202e")))
        text = self.feedmill("run", feed, "--dry-run", "--verbose").out
        self.assertIn("created   sku A", text)
        self.assertNotIn("\u009b", text)
        self.assertNotIn("\u202e", text)


def random_feed(dice):
    categories = "".join(f'<category id="{number}"{dice.choice(["", parent(dice, number)])}>Shelf {dice.randint(1, 3)}</category>'
                         for number in range(1, 6) if dice.random() < 0.8)
    offers = ""
    for number in range(dice.randint(12, 20)):
        more = "".join((f"<categoryId>{dice.randint(1, 5)}</categoryId>" if dice.random() < 0.5 else "",
                        f"<vendor>Brand {dice.randint(1, 2)}</vendor>" if dice.random() < 0.5 else "",
                        f'<param name="Size">{dice.randint(1, 3)}</param>' if dice.random() < 0.5 else ""))
        group = f' group_id="G{dice.randint(1, 3)}"' if dice.random() < 0.4 else ""
        if dice.random() < 0.75:
            offers += offer(f"S{number}", dice.choice(["10", "11", "12.50", "a word"]), f"Thing {dice.randint(1, 3)}", more, group)
    return yml(offers, categories)


def parent(dice, number):
    return f' parentId="{dice.randint(1, number)}"' if number > 1 else ""


class Held(Holding):
    def test_a_held_run_changes_nothing_and_keeps_plan_and_feed(self):
        self.begin()
        before = self.catalogue()
        held = self.hold()
        self.assertEqual((held["outcome"], held["exit_status"], held["guards"]["verdict"]), ("held", 3, "hold"))
        self.assertEqual(self.catalogue(), before)
        self.assertTrue(pathlib.Path(held["plan"]).is_file())
        self.assertTrue(self.spool(held["feed"]["sha256"]).is_file())
        removed = [row["item_id"] for row in self.feedmill("changes", held["run"], "--json").rows if row["kind"] == "sku"]
        self.assertEqual(removed, ["A", "B", "C"])
        self.assertEqual(self.feedmill("complaints", held["run"]).status, 0)
        row = self.show(held["run"])
        self.assertEqual((row["outcome"], row["plan_digest"], row["approved_by_run_id"], row["superseded_by_run_id"]),
                         ("held", held["plan_digest"], None, None))
        self.assertEqual(row["guard"]["findings"][0]["guard"], "records")
        self.assertEqual(self.feedmill("jobs", "--json").rows[0]["held_run_id"], held["run"])

    def test_show_says_why_what_the_worst_is_and_what_to_do(self):
        self.begin()
        run = self.hold()["run"]
        text = self.feedmill("show", run).out
        for words in ("held by its guards", "records: the feed has 0 records", "removed   sku A", f"feedmill approve {run}", f"feedmill changes {run}"):
            self.assertIn(words, text)
        self.assertEqual(text.count("removed   sku A"), 1, "once, though two guards mind it")

    def test_the_worst_of_new_prices_are_those_that_change_most(self):
        self.begin(content=yml("".join(offer(f"S{n}", "100") for n in range(20))))
        run = self.hold(yml("".join(offer(f"S{n}", str(100 + n * n * 10)) for n in range(20))))["run"]
        text = self.feedmill("show", run).out
        self.assertIn("prices: ", text)
        self.assertEqual([line.split()[2] for line in text.splitlines() if line.startswith("    updated")], ["S19:", "S18:", "S17:", "S16:", "S15:"])

    def test_one_line_is_said_where_no_report_is_printed(self):
        self.begin()
        self.write("feed.xml", EMPTY)
        quiet = self.feedmill("run", self.feed, "--as", "acme", "--missing", "mark")
        self.assertEqual((quiet.status, quiet.out), (3, ""))
        self.assertRegex(quiet.err, r"^feedmill: acme: held by guard 'records': .*'feedmill approve 2'.*\n$")
        told = self.feedmill("run", self.feed, "--as", "acme", "--missing", "mark", "--verbose")
        self.assertEqual((told.status, told.err), (3, ""))
        self.assertIn("feedmill approve 3", told.out)

    def test_a_dry_run_that_would_be_held_ends_in_3(self):
        self.begin()
        self.write("feed.xml", EMPTY)
        self.assertEqual(self.run_feed(self.feed, "--as", "acme", "--missing", "mark", "--dry-run", expect=3)["outcome"], "planned")
        self.assertIsNone(self.feedmill("jobs", "--json").rows[0]["held_run_id"])
        text = self.feedmill("run", self.feed, "--as", "acme", "--missing", "mark", "--dry-run", "--verbose").out
        self.assertIn("the run would be held", text)

    def test_of_several_runs_the_worst_status_counts(self):
        good = self.write("good.xml", THREE)
        empty = self.write("empty.xml", NOTHING)
        self.assertEqual(self.feedmill("run", good, empty).status, 3)
        self.assertEqual(self.feedmill("run", empty, "./missing.xml").status, 1)

    def test_a_later_applied_run_supersedes_it(self):
        self.begin()
        held = self.hold()["run"]
        later = self.begin(content=yml(offer("A", "11")))
        self.assertEqual(later["outcome"], "applied")
        self.refused(held, f"superseded by run {later['run']}")
        self.assertIn(f"superseded by run {later['run']}\n", self.feedmill("show", held).out)
        self.assertIsNone(self.feedmill("jobs", "--json").rows[0]["held_run_id"])

    def test_a_later_run_that_found_nothing_new_supersedes_it(self):
        self.begin()
        held = self.hold()["run"]
        self.assertEqual(self.begin()["outcome"], "unchanged")
        self.refused(held, "superseded by run 3")

    def test_the_same_plan_held_again_supersedes_it_and_another_does_not(self):
        self.begin()
        first = self.hold()["run"]
        second = self.hold()["run"]
        other = self.hold(EMPTY + "\n")["run"]
        self.refused(first, f"superseded by run {second}")
        self.assertEqual([self.show(run)["superseded_by_run_id"] for run in (first, second, other)], [second, None, None])
        self.assertEqual(self.feedmill("approve", second).status, 0)

    def test_runs_that_failed_or_only_planned_do_not_supersede_it(self):
        self.begin()
        held = self.hold()["run"]
        self.run_feed(self.write("feed.xml", THREE), "--as", "acme", "--dry-run", "--full")
        self.run_feed(self.write("feed.xml", "<yml_catalog>"), "--as", "acme", expect=1)
        self.run_feed(self.write("feed.xml", THREE), "--as", "acme", "--catalog", "other")
        self.run_feed(self.write("feed.xml", yml(offer("Z"))), "--as", "another")
        self.assertEqual(self.feedmill("undo", "another").status, 0)
        self.assertEqual(self.feedmill("approve", held).status, 0)

    def refused(self, run, words):
        runs = self.value("SELECT count(*) FROM run")
        result = self.feedmill("approve", run)
        self.assertEqual(result.status, 1)
        self.assertIn(words, result.err)
        self.assertEqual(self.value("SELECT count(*) FROM run"), runs, "what is refused at once leaves no run")


class Rejected(Case):
    """Records without an id, and what the job's guard says of them."""

    def test_beyond_the_limit_a_run_is_held_or_applied_with_status_4(self):
        feed = yml(offer("A") + "".join(offer("", name=f"Nameless {number}") for number in range(20)))
        self.write("jobs/feed.xml", feed)
        self.write("feedmill.yaml", "store: sqlite:market.db\n")
        for action, status, outcome, verdict in (("hold", 3, "held", "hold"), ("fail", 1, "failed", "fail"), ("report", 4, "applied", "report")):
            with self.subTest(action):
                self.write("jobs/acme.yaml", f"source: feed.xml\nguards: {{rejected: {{percent: 5, action: {action}}}}}\n")
                planned = self.feedmill("run", "acme", "--dry-run", "--json", store=False)
                self.assertEqual(planned.status, {3: 3, 1: 1, 4: 0}[status], planned.err)
                result = self.feedmill("run", "acme", "--json", store=False)
                self.assertEqual((result.status, result.report["exit_status"], result.report["outcome"]), (status, status, outcome))
                self.assertEqual(result.report["guards"]["verdict"], verdict)
                finding = result.report["guards"]["findings"][0]
                self.assertEqual((finding["guard"], finding["figure"]), ("rejected", 20))

    def test_what_a_person_approved_ends_in_0(self):
        feed = self.write("feed.xml", yml(offer("A") + "".join(offer("") for _ in range(20))))
        self.run_feed(feed, "--as", "acme", expect=3)
        self.assertEqual(self.feedmill("approve", "acme").status, 0)


class Approve(Holding):
    def approve(self, name, expect=0):
        result = self.feedmill("approve", name, "--json")
        self.assertEqual(result.status, expect, result.err + result.out)
        return result.report

    def test_it_applies_what_was_held_without_fetching(self):
        self.begin()
        held = self.hold()
        self.feed.unlink()
        report = self.approve("acme")
        self.assertEqual((report["outcome"], report["trigger"], report["parent_run"]), ("applied", "approve", held["run"]))
        self.assertEqual((report["plan_digest"], report["feed"]["sha256"]), (held["plan_digest"], held["feed"]["sha256"]))
        self.assertEqual((report["guards"]["verdict"], report["guards"]["approved"]), ("hold", True))
        self.assertEqual(set(self.statuses().values()), {"missing"})
        row = self.show(report["run"])
        self.assertEqual((row["trigger"], row["parent_run_id"], row["guard"]["approved"]), ("approve", held["run"], True))
        self.assertEqual(self.show(held["run"])["approved_by_run_id"], report["run"])
        self.assertIn(f"approved: applied by run {report['run']}\n", self.feedmill("show", held["run"]).out)
        again = self.feedmill("approve", held["run"])
        self.assertEqual(again.status, 1)
        self.assertIn("approved already", again.err)

    def test_after_it_the_same_feed_is_unchanged(self):
        self.begin()
        self.hold()
        self.approve("acme")
        self.assertEqual(self.run_feed(self.feed, "--as", "acme", "--missing", "mark")["outcome"], "unchanged")

    def test_what_the_command_line_said_is_said_again(self):
        feed = yml(offer("P") + offer("P-1", attributes=' group_id="P"'))
        options = ("--catalog", "shop", "--dialect", "yml,group_id=parent")
        self.begin(*options, content=feed)
        held = self.hold(EMPTY, *options)
        self.assertEqual(self.show(held["run"])["settings"],
                         {"ad_hoc": True, "catalog": "shop", "dialect": "yml,group_id=parent", "missing": "mark"})
        report = self.approve(held["run"])
        self.assertEqual((report["catalog"], report["missing"], report["plan_digest"]), ("shop", "mark", held["plan_digest"]))

    def test_another_plan_is_refused_and_told(self):
        self.begin()
        held = self.hold()
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("DELETE FROM sku WHERE sku_id = 'B'")
            database.execute("UPDATE sku SET status = 'hidden' WHERE sku_id = 'C'")
            database.commit()
        before = self.catalogue()
        report = self.approve(held["run"], expect=1)
        self.assertEqual(self.catalogue(), before)
        self.assertEqual((report["outcome"], report["error"]["code"]), ("failed", "guard"))
        difference = report["plan_difference"]
        self.assertEqual((difference["then"]["sku"]["removed"], difference["now"]["sku"]["removed"]), (2, 1))
        self.assertIn({"only": "then", "kind": "sku", "item_id": "B", "action": "removed", "what": None}, difference["samples"])
        self.assertIn(f"'feedmill changes {report['run']}'", report["error"]["message"])
        now = [row["item_id"] for row in self.feedmill("changes", report["run"], "--json").rows if row["kind"] == "sku"]
        self.assertEqual(now, ["A", "C"])
        text = self.feedmill("approve", held["run"], "--verbose")
        self.assertIn("only in the plan that was held: ", text.out)
        self.assertIn("removed   sku B", text.out)
        self.assertEqual(self.show(held["run"])["superseded_by_run_id"], None)

    def test_another_plan_is_refused_also_where_the_old_one_is_gone(self):
        self.begin()
        held = self.hold()
        pathlib.Path(held["plan"]).unlink()
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("DELETE FROM sku WHERE sku_id = 'B'")
            database.commit()
        report = self.approve(held["run"], expect=1)
        self.assertIsNone(report["plan_difference"])
        self.assertIn("no longer the one", report["error"]["message"])

    def test_only_held_runs_are_approved(self):
        run = self.begin()["run"]
        for name, words in ((run, "not held but applied"), ("acme", "no run of the job 'acme' is held"), ("99", "there is no run '99'")):
            result = self.feedmill("approve", name)
            self.assertEqual(result.status, 1, name)
            self.assertIn(words, result.err)
        self.assertEqual(self.feedmill("approve").status, 2)

    def test_a_job_is_approved_as_it_is_configured_now(self):
        self.write("feedmill.yaml", "store: sqlite:market.db\n")
        self.write("jobs/acme.yaml", "source: feed.xml\n")
        self.write("jobs/feed.xml", THREE)
        self.assertEqual(self.feedmill("run", "acme", store=False).status, 0)
        self.write("jobs/feed.xml", EMPTY)
        self.assertEqual(self.feedmill("run", "acme", store=False).status, 3)
        self.write("jobs/acme.yaml", "source: feed.xml\nmissing: delete\n")
        other = self.feedmill("approve", "acme", "--json", store=False)
        self.assertEqual(other.status, 1)
        self.assertIn("no longer the one", other.err)
        (self.folder / "jobs/acme.yaml").unlink()
        gone = self.feedmill("approve", "acme", store=False)
        self.assertEqual(gone.status, 2)
        self.assertIn("not configured", gone.err)
        self.write("jobs/acme.yaml", "source: feed.xml\n")
        self.assertEqual(self.feedmill("approve", "acme", store=False).status, 0)
        self.assertEqual(set(self.statuses().values()), {"missing"})

    def test_a_job_that_moved_to_another_catalog_is_not_approved(self):
        self.write("feedmill.yaml", "store: sqlite:market.db\n")
        self.write("jobs/acme.yaml", "source: feed.xml\n")
        self.write("jobs/feed.xml", NOTHING)
        self.assertEqual(self.feedmill("run", "acme", store=False).status, 3)
        self.write("jobs/acme.yaml", "source: feed.xml\ncatalog: other\n")
        result = self.feedmill("approve", "acme", store=False)
        self.assertEqual(result.status, 1)
        self.assertIn("catalog", result.err)

    def test_the_ledger_is_not_believed(self):
        self.begin()
        held = self.hold()["run"]
        good = self.show(held)["fetched"]
        bad = [None, "", "[]", "{", "{}", json.dumps(dict(good, sha256="../../../etc/passwd")), json.dumps(dict(good, sha256="A" * 64)),
               json.dumps(dict(good, bytes=-1)), json.dumps(dict(good, etag='"x"\r\nHost: evil')), json.dumps(dict(good, charset="x" * 500)),
               json.dumps(dict(good, source_digest="x")), json.dumps(dict(good, bytes=good["bytes"] + 1)), json.dumps({"sha256": 5})]
        for text in bad:
            self.write_row(held, fetched=text)
            with self.subTest(text):
                self.approve(held, expect=1)
        self.write_row(held, fetched=json.dumps(good), settings=json.dumps({"ad_hoc": True, "catalog": "../x"}))
        result = self.feedmill("approve", held)
        self.assertEqual(result.status, 2)
        self.assertIn("catalog", result.err)
        self.assertEqual(set(self.statuses().values()), {"active"})

    def write_row(self, run, **columns):
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            for name, value in columns.items():
                database.execute(f"UPDATE run SET {name} = ? WHERE run_id = ?", (value, run))
            database.commit()


class Replay(Holding):
    def replay(self, name, *options, expect=0):
        result = self.feedmill("replay", name, "--json", *options)
        self.assertEqual(result.status, expect, result.err + result.out)
        return result.report

    def test_it_imports_the_spooled_bytes_again(self):
        run = self.begin()
        self.feed.unlink()
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("UPDATE sku SET price_micros = 1 WHERE sku_id = 'A'")
            database.commit()
        planned = self.replay(run["run"], "--dry-run")
        self.assertEqual((planned["outcome"], planned["skus"]["updated"]), ("planned", 1))
        report = self.replay("acme")
        self.assertEqual((report["trigger"], report["parent_run"], report["skus"]["updated"]), ("replay", planned["run"], 1))
        self.assertEqual(report["plan_digest"], planned["plan_digest"])
        self.assertEqual(self.value("SELECT price_micros FROM sku WHERE sku_id = 'A'"), 10000000)
        self.assertEqual(self.replay(report["run"])["skus"]["unchanged"], 3, "read again although nothing has changed")

    def test_it_is_guarded(self):
        self.begin()
        held = self.hold()
        again = self.replay(held["run"], expect=3)
        self.assertEqual((again["outcome"], again["parent_run"]), ("held", held["run"]))
        self.assertEqual(self.show(held["run"])["superseded_by_run_id"], again["run"])
        self.assertEqual(self.feedmill("approve", again["run"]).status, 0)

    def test_it_follows_the_configuration_of_today(self):
        self.write("feedmill.yaml", "store: sqlite:market.db\n")
        self.write("jobs/acme.yaml", "source: feed.xml\n")
        self.write("jobs/feed.xml", THREE)
        self.assertEqual(self.feedmill("run", "acme", store=False).status, 0)
        self.write("jobs/acme.yaml", "source: feed.xml\nid_prefix: x-\nmissing: keep\n")
        self.assertEqual(self.feedmill("replay", "acme", store=False).status, 0)
        self.assertEqual(self.value("SELECT count(*) FROM sku WHERE sku_id LIKE 'x-%'"), 3)

    def test_a_feed_that_is_gone_or_changed_is_refused(self):
        run = self.begin()
        before = self.catalogue()
        spool = self.spool(run["feed"]["sha256"])
        spool.write_bytes(spool.read_bytes().replace(b"<price>10", b"<price>99"))
        report = self.replay(run["run"], expect=1)
        self.assertIn("has been changed", report["error"]["message"])
        spool.unlink()
        self.assertIn("is gone", self.replay(run["run"], expect=1)["error"]["message"])
        spool.symlink_to(self.write("other.xml", THREE))
        self.replay(run["run"], expect=1)
        self.assertEqual(self.catalogue(), before)

    def test_a_run_that_fetched_nothing_cannot_be_replayed(self):
        failed = self.run_feed("./missing.xml", "--as", "acme", expect=1)
        self.assertIn("fetched no feed", self.replay(failed["run"], expect=1)["error"]["message"])

    def test_json_lines_are_known_as_such_again(self):
        line = json.dumps({"id": "1", "title": "One", "priceInfo": {"price": 5, "currencyCode": "EUR"}}) + "\n"
        run = self.run_feed(self.write("feed.jsonl", line), "--as", "acme")
        self.assertEqual(run["outcome"], "applied")
        again = self.replay(run["run"])
        self.assertEqual((again["skus"]["unchanged"], again["feed"]["whole"]), (run["skus"]["created"], run["feed"]["whole"]))


class Validators(Holding):
    """What a server says of a held feed is remembered with its approval."""

    def serve(self):
        process = subprocess.Popen([sys.executable, ROOT / "tests/serve.py", self.folder / "www"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return int(process.stdout.readline())

    def test_after_an_approval_the_server_says_not_modified(self):
        self.write("www/feed.xml", THREE)
        arguments = (f"http://127.0.0.1:{self.serve()}/feed.xml?key=s3cret", "--as", "acme", "--missing", "mark")
        self.run_feed(*arguments)
        self.write("www/feed.xml", EMPTY)
        held = self.run_feed(*arguments, expect=3)
        self.assertNotIn("s3cret", json.dumps(self.show(held["run"])))
        approved = self.feedmill("approve", "acme", "--json")
        self.assertEqual(approved.status, 0, approved.err)
        after = self.run_feed(*arguments)
        self.assertEqual((after["outcome"], after["feed"]["http_status"]), ("unchanged", 304))
        refused = self.feedmill("replay", after["run"], "--json")
        self.assertEqual(refused.status, 1)
        self.assertIn("fetched no feed", refused.report["error"]["message"])
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"s3cret", path.read_bytes(), path)


if __name__ == "__main__":
    unittest.main()

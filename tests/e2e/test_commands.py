"""The command line as a user meets it: options, exit statuses, lists, and one clear line for everything that is wrong."""

import os
import re
import sqlite3
import subprocess
import unittest

from support import BINARY, Case, offer, yml

TWO = yml(offer("A", "10.50", "Anchor", attributes=' group_id="G"') + offer("B", "20", "Anchor large", attributes=' group_id="G"'))


class Help(Case):
    def test_help_lists_every_command_and_each_explains_itself(self):
        result = self.feedmill("help", store=False)
        self.assertEqual(result.status, 0)
        commands = re.findall(r"^  ([a-z]+) +\S", result.out.split("first steps")[0], re.M)
        self.assertIn("run", commands)
        for command in commands:
            text = self.feedmill(command, "--help", store=False)
            self.assertEqual((text.status, text.err), (0, ""))
            self.assertIn(f"usage: feedmill {command}", text.out)

    def test_the_manual_is_made_from_the_same_tables(self):
        manual = self.feedmill("help", "--man", store=False)
        self.assertIn(".SS run", manual.out)
        self.assertIn("dry\\-run", manual.out)

    def test_a_misspelt_command_or_option_is_answered_with_the_nearest(self):
        self.assertIn("did you mean 'complaints'", self.feedmill("complaint", "1").err)
        result = self.feedmill("run", "x", "--misssing", "keep")
        self.assertEqual(result.status, 2)
        self.assertIn("did you mean '--missing'", result.err)

    def test_version(self):
        self.assertRegex(self.feedmill("version", store=False).out, r"^feedmill \d+\.\d+\.\d+\n$")
        self.assertIn('"version"', self.feedmill("version", "--json", store=False).out)

    def test_usage_errors_exit_2(self):
        for arguments in ([], ["run"], ["run", "/x", "--limit", "3"], ["skus", "get"], ["skus", "put", "x"], ["show"], ["skus", "list", "--limit", "0"],
                          ["run", "-", "-"], ["run", "./a", "--as", "bad name"], ["run", "./a", "--missing", "maybe"], ["run", "nothing-of-that-name"],
                          ["run", "./a", "--connection", "acme"], ["run", "./a", "--dialect", "nope"], ["run", "./a", "--dialect", "yml,group_id=maybe"]):
            result = self.feedmill(*arguments) if arguments else self.feedmill("frobnicate")
            self.assertEqual(result.status, 2, (arguments, result.err))
            self.assertTrue(result.err.startswith("feedmill: "), result.err)


class Run(Case):
    def test_a_file_needs_no_configuration(self):
        report = self.run_feed(self.write("feed.xml", TWO))
        self.assertEqual(report["outcome"], "applied")
        self.assertEqual(report["feed"]["dialect"], "yml")
        self.assertEqual(report["feed"]["whole"], ["end_of_document", "length"])
        self.assertEqual(report["records"]["read"], 2)
        self.assertEqual(self.query("SELECT product_id, origin, name FROM product"), [("G", "synthesised", "Anchor")])
        self.assertTrue(report["job"].startswith("adhoc:/"))

    def test_standard_input(self):
        report = self.run_feed("-", stdin=TWO.encode())
        self.assertEqual((report["job"], report["records"]["read"]), ("adhoc:-", 2))

    def test_the_same_bytes_again_are_unchanged_and_a_full_dry_run_plans_nothing(self):
        path = self.write("feed.xml", TWO)
        self.run_feed(path)
        again = self.run_feed(path)
        self.assertEqual((again["outcome"], again["records"], again["skus"]), ("unchanged", None, None))
        full = self.run_feed(path, "--full", "--dry-run")
        self.assertEqual(full["outcome"], "planned")
        self.assertEqual(full["plan_digest"], "0" * 32)
        self.assertEqual(full["skus"]["unchanged"], 2)

    def test_a_row_deleted_by_hand_comes_back_with_the_same_feed(self):
        path = self.write("feed.xml", TWO)
        self.run_feed(path)
        with sqlite3.connect(self.store) as database:
            database.execute("DELETE FROM sku WHERE sku_id = 'A'")
        database.close()
        report = self.run_feed(path)
        self.assertEqual((report["outcome"], report["skus"]["created"]), ("applied", 1))

    def test_a_dry_run_changes_nothing_and_says_what_the_run_does(self):
        self.run_feed(self.write("1.xml", TWO), "--as", "acme")
        before = self.catalogue()
        second = self.write("2.xml", yml(offer("A", "11") + offer("C")))
        planned = self.run_feed(second, "--as", "acme", "--missing", "mark", "--dry-run")
        self.assertEqual(self.catalogue(), before)
        plan = self.feedmill("changes", planned["run"], "--json").rows
        real = self.run_feed(second, "--as", "acme", "--missing", "mark")
        self.assertEqual(planned["plan_digest"], real["plan_digest"])
        for plural in ("categories", "products", "skus"):
            self.assertEqual(planned[plural], real[plural])
        changes = self.feedmill("changes", real["run"], "--json").rows

        def key(row):
            return (row["kind"], row["item_id"], row["action"])

        self.assertEqual(sorted(map(key, plan)), sorted(map(key, changes)))

    def test_the_plan_of_another_store_is_not_shown(self):
        feed = self.write("feed.xml", TWO)
        self.assertEqual(self.run_feed(feed, "--dry-run")["run"], 1)
        self.store = self.folder / "other.db"
        self.assertEqual(self.run_feed(self.write("one.xml", yml(offer("Z"))))["run"], 1)
        skus = [row["item_id"] for row in self.feedmill("changes", "1", "--json").rows if row["kind"] == "sku"]
        self.assertEqual(skus, ["Z"])

    def test_missing_keep_mark_and_delete(self):
        one = yml(offer("A"))
        for policy, status in (("keep", [("active",)]), ("mark", [("missing",)]), ("delete", [])):
            self.store = self.folder / f"{policy}.db"
            self.run_feed(self.write("1.xml", TWO), "--as", "acme")
            self.run_feed(self.write("2.xml", one), "--as", "acme", "--missing", policy)
            self.assertEqual(self.query("SELECT status FROM sku WHERE sku_id = 'B'"), status)

    def test_an_ad_hoc_run_never_removes(self):
        path = self.write("feed.xml", TWO)
        self.run_feed(path)
        path.write_text(yml(offer("A")))
        self.assertEqual(self.run_feed(path)["missing"], "keep")
        self.assertEqual(self.value("SELECT count(*) FROM sku WHERE status = 'active'"), 2)

    def test_items_of_another_job_are_left_alone(self):
        self.run_feed(self.write("1.xml", TWO), "--as", "owner")
        report = self.run_feed(self.write("2.xml", yml(offer("A", "99"))), "--as", "other")
        self.assertEqual(report["skus"]["skipped"]["foreign"], 1)
        self.assertEqual(self.value("SELECT price_micros FROM sku WHERE sku_id = 'A'"), 10500000)

    def test_what_one_job_gives_up_another_takes_at_its_next_run(self):
        self.run_feed(self.write("1.xml", TWO), "--as", "owner")
        other = self.write("2.xml", yml(offer("B", "99")))
        self.assertEqual(self.run_feed(other, "--as", "other")["skus"]["skipped"]["foreign"], 1)
        self.assertEqual(self.run_feed(other, "--as", "other")["outcome"], "unchanged")
        self.run_feed(self.write("3.xml", yml(offer("A"))), "--as", "owner", "--missing", "mark")
        report = self.run_feed(other, "--as", "other")
        self.assertEqual((report["outcome"], report["skus"]["restored"]), ("applied", 1))

    def test_group_id_means_what_the_option_says(self):
        feed = yml(offer("P", name="Shoe") + offer("P-41", name="Shoe 41", attributes=' group_id="P"') + offer("solo"))
        self.run_feed(self.write("feed.xml", feed), "--as", "variants", "--catalog", "variants")
        self.run_feed(self.write("feed.xml", feed), "--as", "parent", "--catalog", "parent", "--dialect", "yml,group_id=parent")
        self.assertEqual(self.query("SELECT sku_id FROM sku WHERE catalog = 'variants' ORDER BY 1"), [("P",), ("P-41",), ("solo",)])
        self.assertEqual(self.query("SELECT sku_id FROM sku WHERE catalog = 'parent' ORDER BY 1"), [("P-41",), ("solo",)])
        self.assertEqual(self.query("SELECT product_id, origin FROM product WHERE catalog = 'parent' ORDER BY 1"), [("P", "stated"), ("solo", "stated")])

    def test_several_sources_end_in_the_worst_status(self):
        good = self.write("good.xml", TWO)
        result = self.feedmill("run", good, "./missing.xml", "--json")
        self.assertEqual(result.status, 1)
        self.assertEqual([row["outcome"] for row in result.rows], ["applied", "failed"])

    def test_quiet_but_for_errors_when_nobody_looks(self):
        result = self.feedmill("run", self.write("feed.xml", TWO))
        self.assertEqual((result.out, result.err), ("", ""))
        verbose = self.feedmill("run", self.write("feed.xml", yml(offer("A", "12"))), "--verbose")
        self.assertIn("applied", verbose.out)
        self.assertIn("skus", verbose.out)

    def test_what_the_store_says_of_a_run(self):
        feed = yml(offer("A", "a word"))
        report = self.run_feed(self.write("feed.xml", feed), "--as", "acme")
        shown = self.feedmill("show", "acme", "--json").rows[0]
        self.assertEqual((shown["run_id"], shown["outcome"], shown["job"]), (report["run"], "applied", "acme"))
        complaint = self.feedmill("complaints", report["run"], "--list", "--json").rows[0]
        self.assertEqual((complaint["code"], complaint["item_id"], complaint["text"]), ("number_invalid", "A", "a word"))
        self.assertEqual((complaint["line_no"], complaint["column_no"]), (2, feed.splitlines()[1].index("<offer ") + 1))
        self.assertEqual(len(self.feedmill("runs", "--json").rows), 1)
        self.assertEqual(self.feedmill("jobs", "--json").rows[0]["last_outcome"], "applied")
        self.assertEqual(self.feedmill("show", "nobody").status, 1)

    def test_complaints_are_grouped_with_a_sample_and_advice(self):
        feed = yml("".join(offer(f"A{n}", "a word") for n in range(3)) + offer("B", "0") + offer("B", "0") + offer("C", more="<url>/c</url>"))
        path = self.write("feed.xml", feed)
        for arguments in ((), ("--dry-run",)):
            with self.subTest(arguments):
                self.store = self.folder / f"{len(arguments)}.db"
                run = self.run_feed(path, *arguments)
                totals = run["complaints"]["codes"]
                groups = {row["code"]: row for row in self.feedmill("complaints", run["run"], "--json").rows}
                self.assertEqual({code: row["count"] for code, row in groups.items()}, totals)
                self.assertEqual({code: row["kept"] for code, row in groups.items()}, totals)
                number = groups["number_invalid"]
                self.assertEqual((number["severity"], number["count"]), ("warning", 3))
                self.assertIn("1290.50", number["advice"])
                sample = number["sample"]
                self.assertEqual((sample["item_id"], sample["field"], sample["text"]), ("A0", "price", "a word"))
                self.assertEqual((sample["line_no"], sample["column_no"]), (2, feed.splitlines()[1].index("<offer ") + 1))
                severities = [row["severity"] for row in self.feedmill("complaints", run["run"], "--json").rows]
                self.assertEqual(severities, sorted(severities, key=["error", "warning", "note"].index))
                listed = self.feedmill("complaints", run["run"], "--list", "--json").rows
                self.assertEqual(len(listed), sum(totals.values()))
                listed = self.feedmill("complaints", run["run"], "--code", "number_invalid", "--json").rows
                self.assertEqual([row["item_id"] for row in listed], ["A0", "A1", "A2"])
                text = self.feedmill("complaints", run["run"]).out
                self.assertIn("sku A0, line 2, column", text)
                self.assertIn(number["advice"], text)
                self.assertEqual(len(self.feedmill("complaints", run["run"], "--json", "--limit", "1").rows), 1)
        self.assertEqual(self.feedmill("complaints", run["run"], "--code", "nonsense").status, 2)

    def test_the_counts_of_complaints_are_those_of_the_run_and_not_of_the_rows_kept(self):
        run = self.run_feed(self.write("feed.xml", yml("".join(offer(f"A{n}", "a word") for n in range(1100)))))
        group = self.feedmill("complaints", run["run"], "--json").rows[0]
        self.assertEqual((group["count"], group["kept"]), (1100, 1000))

    def test_a_run_without_complaints_says_so(self):
        run = self.run_feed(self.write("feed.xml", TWO))
        result = self.feedmill("complaints", run["run"])
        self.assertEqual((result.status, result.out, result.err), (0, "", "no complaints\n"))
        self.feedmill("run", "./missing.xml")
        self.assertIn("did not read", self.feedmill("complaints", "2").err)

    def test_a_sample_cannot_talk_to_the_terminal(self):
        run = self.run_feed(self.write("feed.xml", yml(offer("A\u009b31m", "12\u202e34"))))
        text = self.feedmill("complaints", run["run"]).out
        self.assertIn("number_invalid", text)
        self.assertNotIn("\u009b", text)
        self.assertNotIn("\u202e", text)

    def test_lists_and_single_items(self):
        self.run_feed(self.write("feed.xml", TWO), "--as", "acme")
        self.assertEqual([row["sku_id"] for row in self.feedmill("skus", "list", "--json").rows], ["A", "B"])
        self.assertEqual(self.feedmill("skus", "list", "--json", "--limit", "1").rows[0]["price"], "10.5")
        self.assertEqual(self.feedmill("skus", "get", "B", "--json").rows[0]["product_id"], "G")
        self.assertEqual(self.feedmill("products", "get", "G", "--json").rows[0]["origin"], "synthesised")
        self.assertEqual(self.feedmill("categories", "list", "--json").rows[0]["category_id"], "1")
        self.assertEqual(self.feedmill("skus", "get", "nobody").status, 1)
        self.assertIn("sku_id", self.feedmill("skus", "list").out)


class Jobs(Case):
    def configure(self, job="source: feed.xml\n", main="store: sqlite:market.db\n"):
        self.write("feedmill.yaml", main)
        self.write("jobs/acme.yaml", job)
        self.write("jobs/feed.xml", TWO)

    def test_a_configured_job_runs_by_its_name(self):
        self.configure("source: feed.xml\nmissing: delete\n")
        result = self.feedmill("run", "acme", "--json", store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual((result.report["job"], result.report["missing"]), ("acme", "delete"))
        self.assertEqual(self.value("SELECT count(*) FROM sku"), 2)
        listed = self.feedmill("jobs", "--json", store=False).rows
        self.assertEqual([(row["job"], row["last_outcome"]) for row in listed], [("acme", "applied")])

    def test_the_source_of_a_job_is_no_ad_hoc_run(self):
        self.configure(f"source: {self.folder}/jobs/feed.xml\n")
        result = self.feedmill("run", self.folder / "jobs/feed.xml")
        self.assertEqual(result.status, 2)
        self.assertIn("'acme'", result.err)

    def test_a_name_that_is_job_and_file_is_refused(self):
        self.configure()
        self.write("acme", TWO)
        self.assertEqual(self.feedmill("run", "acme").status, 2)

    def test_check_lists_every_mistake_with_line_column_and_caret(self):
        self.configure("sorce: feed.xml\nmissing: perhaps\nmissing: mark\nkeep: 10\n")
        result = self.feedmill("check", store=False)
        self.assertEqual(result.status, 2)
        self.assertIn("acme.yaml:1:1: unknown key 'sorce'; did you mean 'source'?\n    sorce: feed.xml\n    ^\n", result.err)
        for place in ("acme.yaml:2:10:", "acme.yaml:3:1:", "acme.yaml:4:"):
            self.assertIn(place, result.err)
        self.assertEqual(self.feedmill("run", "acme", store=False).status, 2)
        self.assertEqual(self.feedmill("check", "--json", store=False).report["ok"], False)

    def test_check_accepts_a_good_configuration(self):
        self.configure()
        result = self.feedmill("check", store=False)
        self.assertEqual((result.status, result.err), (0, ""))
        self.assertIn("1 jobs", result.out)

    def test_a_yaml_bomb_is_refused(self):
        self.configure("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n")
        result = self.feedmill("check", store=False)
        self.assertEqual(result.status, 2)
        self.assertRegex(result.err, "anchor|alias")

    def test_configuration_that_others_can_write_is_refused(self):
        self.configure()
        (self.folder / "jobs/acme.yaml").chmod(0o666)
        result = self.feedmill("check", store=False)
        self.assertEqual(result.status, 2)
        self.assertIn("acme.yaml", result.err)


class BadStore(Case):
    def refused(self, status=1):
        before = self.store.read_bytes() if self.store.is_file() else None
        result = self.feedmill("run", self.write("feed.xml", TWO))
        self.assertEqual(result.status, status, result.err)
        self.assertRegex(result.err, r"^feedmill: .+\n$")
        self.assertIn("market.db", result.err)
        if before is not None:
            self.assertEqual(self.store.read_bytes(), before)
        return result.err

    def test_a_file_that_is_no_database(self):
        self.store.write_text("hello, this is a text file and no database at all\n" * 50)
        self.refused()

    def test_a_database_of_another_program(self):
        with sqlite3.connect(self.store) as database:
            database.execute("CREATE TABLE customer (name TEXT)")
        database.close()
        self.refused()

    def test_a_store_of_a_newer_version(self):
        self.run_feed(self.write("feed.xml", TWO))
        with sqlite3.connect(self.store) as database:
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute("PRAGMA user_version = 99")
        database.close()
        self.assertIn("newer", self.refused())

    def test_a_folder(self):
        self.store.mkdir()
        self.refused()

    def test_a_limit_on_file_size_is_an_error_and_no_death(self):
        self.run_feed(self.write("feed.xml", TWO), "--as", "acme")
        before = self.catalogue()
        many = self.write("many.xml", yml("".join(offer(str(number), more=f"<description>{'x' * 900}</description>") for number in range(3000))))
        result = subprocess.run(["/bin/sh", "-c", f"ulimit -f 1000; exec '{BINARY}' run '{many}' --as acme --store 'sqlite:{self.store}'"],
                                capture_output=True, env=self.environment, cwd=self.folder, check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr.decode(), r"^feedmill: .+\n$")
        self.assertEqual(self.catalogue(), before)

    def test_a_full_disk(self):
        if os.geteuid() != 0 or not os.path.exists("/bin/mount"):
            self.skipTest("needs root for a small file system of its own")
        small = self.folder / "small"
        small.mkdir()
        if os.system(f"mount -t tmpfs -o size=2000k none {small} 2>/dev/null") != 0:
            self.skipTest("mount is not allowed here")
        self.addCleanup(os.system, f"umount {small}")
        self.store = small / "market.db"
        self.run_feed(self.write("feed.xml", TWO), "--as", "acme")
        before = self.catalogue()
        many = yml("".join(offer(str(number), more=f"<description>{number} {'x' * 900}</description>") for number in range(4000)))
        result = self.feedmill("run", self.write("many.xml", many), "--as", "acme")
        self.assertEqual(result.status, 1, result.err)
        self.assertIn("full", result.err)
        self.assertEqual(self.catalogue(), before)


if __name__ == "__main__":
    unittest.main()

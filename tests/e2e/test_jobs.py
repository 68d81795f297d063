"""Jobs beside their runs: how they are, pauses, copies and other names."""

import datetime
import json
import os
import pathlib
import pty
import subprocess
import time
import unittest

from support import BINARY, Case, offer, yml


class JobCase(Case):
    """Jobs with feeds in files."""

    def setUp(self):
        super().setUp()
        self.configure()

    def configure(self, **keys):
        self.write("feedmill.yaml", json.dumps({"store": f"sqlite:{self.store}", "jobs": "jobs", **keys}))
        (self.folder / "jobs").mkdir(exist_ok=True)

    def job(self, name, *offers, **keys):
        """A job whose feed has these offers; without offers its feed is no feed."""
        self.feed(name, *offers)
        self.write(f"jobs/{name}.yaml", json.dumps({"source": f"../{name}.xml", **keys}))
        return name

    def feed(self, name, *offers):
        self.write(f"{name}.xml", yml("".join(offers)) if offers else "this is no feed")

    def run_job(self, name, expect=0, *arguments):
        result = self.feedmill("run", name, *arguments, store=False)
        self.assertEqual(result.status, expect, result.err + result.out)
        return result

    def jobs(self):
        return {row["job"]: row for row in self.feedmill("jobs", "--json", store=False).rows}

    def act(self, *arguments, expect=0):
        result = self.feedmill("job", *arguments, store=False)
        self.assertEqual(result.status, expect, result.err + result.out)
        return result


class Dialects(JobCase):
    def setUp(self):
        super().setUp()
        (self.folder / "dialects").mkdir()
        self.configure(dialects="dialects")

    def refused(self, name, *words):
        result = self.run_job(name, 2)
        for word in words:
            self.assertIn(word, result.err)
        self.assertEqual(result.out, "")

    def test_mistakes_in_a_dialect_stop_the_jobs_that_are_made_of_it(self):
        self.write("dialects/base.yaml", "extends: yml\n")
        self.write("dialects/mine.yaml", "extends: base\n")
        self.job("apart", offer("A"), dialect="yml")
        self.job("mine", offer("B"), dialect="mine")
        self.job("recognised", offer("C"))
        for name in ("apart", "mine"):
            self.run_job(name)
        self.write("dialects/base.yaml", "extends: yml\nfromat: xml\n")
        self.feed("apart", offer("A"), offer("A2"))
        self.run_job("apart")
        self.refused("mine", "dialects/base.yaml:2:1: unknown key 'fromat'", "did you mean 'format'", "job 'mine': there are mistakes in the dialect 'mine', or in one that it extends")
        self.refused("recognised", "dialects/base.yaml:2:1: unknown key 'fromat'", "job 'recognised': a feed cannot be recognised while")
        for command in (("check",), ("replay", "2")):
            result = self.feedmill(*command, store=False)
            self.assertEqual(result.status, 2, result.out + result.err)
            self.assertIn("base.yaml:2:1", result.err)

    def test_a_dialect_that_is_not_there_is_suggested(self):
        self.write("dialects/mine.yaml", "extends: bsae\n")
        self.write("dialects/base.yaml", "extends: yml\n")
        self.job("mine", offer("A"), dialect="mine")
        self.refused("mine", "dialects/mine.yaml:1:10: unknown dialect 'bsae'; did you mean 'base'?")
        self.job("mine", offer("A"), dialect="bsae")
        for content in ("extends: base\n", "extends: base\nfromat: xml\n"):
            self.write("dialects/mine.yaml", content)
            self.refused("mine", "job 'mine': unknown dialect 'bsae'; did you mean 'base'?")


class Glance(JobCase):
    def test_jobs_tell_how_they_are(self):
        self.job("good", offer("A"))
        self.job("bad")
        self.job("new", offer("C"))
        for count in (1, 2, 3):
            self.feed("good", *(offer(f"A{n}") for n in range(count)))
            self.run_job("good")
        self.run_job("good")  # unchanged: no new count
        self.run_job("bad", 1)
        self.run_job("bad", 1)
        jobs = self.jobs()
        self.assertEqual(list(jobs), ["bad", "good", "new"])
        good, bad, new = jobs["good"], jobs["bad"], jobs["new"]
        self.assertEqual((good["last_outcome"], good["trend"], good["problem"], good["skus"]), ("unchanged", [1, 2, 3], None, 3))
        self.assertEqual(good["succeeded_at_ms"], good["finished_at_ms"])
        self.assertEqual((bad["last_outcome"], bad["trend"], bad["problem"], bad["problem_runs"]), ("failed", [], "failed", 2))
        self.assertEqual(bad["problem_run_id"], bad["run_id"] - 1)
        self.assertIsNone(bad["succeeded_at_ms"])
        self.assertEqual((new["last_outcome"], new["run_id"], new["skus"], new["trend"]), (None, None, None, []))
        self.assertEqual(self.act("list", "--json").rows, list(jobs.values()))

    def test_people_are_told_since_when_it_fails(self):
        self.job("bad")
        self.run_job("bad", 1)
        self.run_job("bad", 1)
        self.assertRegex(self.feedmill("jobs", store=False).out, r"failing, 2 runs since run 1, \d+s ago")
        self.feed("bad", offer("A"))
        self.run_job("bad")
        self.assertNotIn("failing", self.feedmill("jobs", store=False).out)

    def test_the_next_run_is_by_the_schedule_and_behind_a_pause(self):
        self.job("acme", offer("A"), schedule="30 2 * * *", timezone="+02:00")
        self.job("every", offer("B"), schedule={"every": "15m"})
        self.job("hand", offer("C"))
        now = time.time()
        jobs = self.jobs()
        self.assertEqual((jobs["acme"]["next_at_ms"] / 1000) % 86400, 1800)
        self.assertLessEqual(jobs["acme"]["next_at_ms"] / 1000 - now, 86400)
        self.assertEqual(jobs["every"]["next_at_ms"] % 900000, 0)
        self.assertIsNone(jobs["hand"]["next_at_ms"])
        self.assertRegex(self.feedmill("jobs", store=False).out, r"acme +\d+[hms] ")
        self.act("pause", "acme", "--until", "2150-12-24")
        self.assertEqual(self.jobs()["acme"]["next_at_ms"] / 1000, datetime.datetime(2150, 12, 24, 0, 30, tzinfo=datetime.UTC).timestamp())
        self.act("pause", "acme")
        self.assertIsNone(self.jobs()["acme"]["next_at_ms"])

    def test_a_terminal_that_can_shows_the_trend_as_bars(self):
        self.job("good", offer("A"))
        for count in (1, 8):
            self.feed("good", *(offer(f"A{n}") for n in range(count)))
            self.run_job("good")
        self.assertIn("1 8", self.feedmill("jobs", store=False).out)
        for language, wanted in (("C.UTF-8", "▁▅"), ("C", "1 8")):
            master, slave = pty.openpty()
            try:
                subprocess.run([BINARY, "jobs"], stdout=slave, stderr=slave, cwd=self.folder, env={**self.environment, "LC_ALL": language}, check=True)
                self.assertIn(wanted, os.read(master, 65536).decode())
            finally:
                os.close(master)
                os.close(slave)

    def test_a_hundred_times_a_hundred_jobs_are_listed_in_one_go(self):
        self.job("acme", offer("A"))
        self.run_job("acme")
        with self.writing() as database:
            database.execute("INSERT INTO job_name (job) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT printf('job-%05d', i) FROM n")
            database.execute("INSERT INTO run (job, catalog, trigger, started_at_ms, finished_at_ms, outcome, records, counts) SELECT j.job, 'main', 'manual', 1, 2,"
                             " iif(abs(random()) % 4, 'applied', 'failed'), 5, (SELECT counts FROM run WHERE run_id = 1) FROM job_name j, (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"
                             " UNION ALL SELECT 4 UNION ALL SELECT 5)")
        started = time.monotonic()
        result = self.feedmill("jobs", "--json", store=False)
        print(f"10,000 jobs with 50,000 runs listed in {time.monotonic() - started:.2f} s")
        self.assertEqual(len(result.rows), 10001)
        self.assertLess(time.monotonic() - started, 20)


class Pause(JobCase):
    def test_a_pause_is_kept_and_shown_and_ends(self):
        self.job("acme", offer("A"))
        self.act("pause", "acme", "--reason", "the supplier moves")
        row = self.jobs()["acme"]
        self.assertEqual((row["paused_reason"], row["paused_until_ms"]), ("the supplier moves", None))
        self.assertLess(abs(row["paused_at_ms"] / 1000 - time.time()), 60)
        self.assertIn("paused: the supplier moves", self.feedmill("jobs", store=False).out)
        # By hand it runs, and stays paused.
        self.run_job("acme")
        self.assertIsNotNone(self.jobs()["acme"]["paused_at_ms"])
        self.assertIn("resumed", self.act("resume", "acme").err)
        self.assertIsNone(self.jobs()["acme"]["paused_at_ms"])
        self.assertIn("is not paused", self.act("resume", "acme").err)

    def test_a_pause_ends_by_itself(self):
        self.job("acme", offer("A"))
        self.job("other", offer("B"))
        self.act("pause", "acme", "other", "--until", "2999-12-24")
        self.assertEqual(self.jobs()["other"]["paused_until_ms"], datetime.datetime(2999, 12, 24, tzinfo=datetime.UTC).timestamp() * 1000)
        self.act("pause", "acme", "--until", "48h")
        row = self.jobs()["acme"]
        self.assertEqual(row["paused_until_ms"], row["paused_at_ms"] + 48 * 3600 * 1000)
        with self.writing() as database:
            database.execute("UPDATE job_state SET paused_until_ms = 1000")
        self.assertIsNone(self.jobs()["acme"]["paused_at_ms"])

    def test_what_cannot_be_paused(self):
        self.job("acme", offer("A"))
        rows = (
            (["acmee"], "did you mean 'acme'"), (["zzzz"], "there is no job 'zzzz'"), (["acme", "--until", "soon"], "--until: 'soon' is neither"),
            (["acme", "--until", "2001-01-01"], "is over"), (["acme", "--until", "-1h"], "neither"), (["acme", "--reason", "a\nb"], "--reason"), (["acme", "--reason", "x" * 1025], "--reason"), ([], "needs JOB"), (["acme", "--force"], "no option '--force'"),
        )
        for arguments, words in rows:
            with self.subTest(arguments):
                self.assertIn(words, self.act("pause", *arguments, expect=2).err)
        self.assertIsNone(self.jobs()["acme"]["paused_at_ms"])
        self.assertIn("there is no 'job stop'", self.act("stop", "acme", expect=2).err)


class Clone(JobCase):
    def test_a_clone_is_the_same_text_under_another_name(self):
        text = b"# by hand, with care\r\nsource:   ../acme.xml   # here\r\ncatalog: staging\r\n"
        self.job("acme", offer("A"))
        self.write("jobs/acme.yaml", text)
        self.act("clone", "acme", "beta")
        self.assertEqual((self.folder / "jobs/beta.yaml").read_bytes(), text)
        self.assertEqual((self.folder / "jobs/beta.yaml").stat().st_mode & 0o777, 0o600)
        self.assertEqual(sorted(path.name for path in (self.folder / "jobs").iterdir()), ["acme.yaml", "beta.yaml"])
        self.assertEqual(list(self.jobs()), ["acme", "beta"])
        self.assertFalse(self.store.exists())  # nothing has run
        self.run_job("beta")

    def test_what_is_not_cloned(self):
        self.job("acme", offer("A"), take_over=["gamma"])
        self.job("beta", offer("B"))
        self.write("jobs/odd.yaml~", "")
        before = {path.name: path.read_bytes() for path in (self.folder / "jobs").iterdir()}
        os.symlink("nowhere", self.folder / "jobs/dangling.yaml~")
        for arguments, words in ((("acme", "beta"), "there is a job 'beta' already"), (("nobody", "new"), "there is no job 'nobody'"), (("acme", "../x"), "no job name"),
                                 (("acme", "acme"), "both names"), (("acme", "adhoc"), "runs without a job"), (("acme", "gamma"), "no job under the name 'gamma'"), (("acme",), "needs JOB NEW"),
                                 (("acme", "b", "c"), "'job clone' takes JOB NEW and no more")):
            with self.subTest(arguments):
                self.assertIn(words, self.act("clone", *arguments, expect=2).err)
        os.unlink(self.folder / "jobs/dangling.yaml~")
        self.assertEqual({path.name: path.read_bytes() for path in (self.folder / "jobs").iterdir()}, before)


class Rename(JobCase):
    def owners(self):
        return self.query("SELECT sku_id, job FROM sku ORDER BY sku_id")

    def test_a_new_name_has_the_items_the_runs_and_the_undo(self):
        self.job("acme", offer("A"), offer("B"))
        self.run_job("acme")
        self.feed("acme", offer("A", "20"), offer("B"), offer("C"))
        self.run_job("acme")
        self.act("pause", "acme")
        (self.folder / "acme.xml").rename(self.folder / "kept.xml")
        (self.folder / "jobs/acme.yaml").write_text(json.dumps({"source": "../kept.xml"}))
        self.act("rename", "acme", "beta")
        self.assertEqual([path.name for path in (self.folder / "jobs").iterdir()], ["beta.yaml"])
        self.assertEqual(self.owners(), [("A", "beta"), ("B", "beta"), ("C", "beta")])
        self.assertEqual([row["job"] for row in self.feedmill("runs", "--json", store=False).rows], ["beta", "beta"])
        self.assertEqual(list(self.jobs()), ["beta"])
        self.assertIsNotNone(self.jobs()["beta"]["paused_at_ms"])
        self.assertEqual({row["item_id"] for row in self.feedmill("changes", "beta", "--json", store=False).rows if row["kind"] == "sku"}, {"A", "C"})
        self.assertEqual(self.feedmill("show", "acme", store=False).status, 1)
        undone = self.feedmill("undo", "beta", store=False)
        self.assertEqual(undone.status, 0, undone.err)
        self.assertEqual(self.owners(), [("A", "beta"), ("B", "beta")])
        # The memory went along: what was undone does not come again by itself.
        self.run_job("beta", 3)
        self.feedmill("approve", "beta", store=False)
        self.assertEqual(self.owners(), [("A", "beta"), ("B", "beta"), ("C", "beta")])

    def test_the_next_run_knows_what_it_had(self):
        self.job("acme", offer("A"), offer("B"))
        self.run_job("acme")
        (self.folder / "jobs/acme.yaml").rename(self.folder / "jobs/beta.yaml")  # by hand
        self.assertIn("its file was there already", self.act("rename", "acme", "beta").err)
        self.assertEqual(json.loads(self.run_job("beta", 0, "--json").out)["outcome"], "unchanged")
        self.feed("acme", offer("A"), offer("B"), offer("C"))
        report = json.loads(self.run_job("beta", 0, "--json").out)
        self.assertEqual((report["records"]["known"], report["skus"]["created"]), (2, 1))

    def test_without_a_store_the_file_moves(self):
        self.job("acme", offer("A"))
        self.act("rename", "acme", "beta")
        self.assertEqual(list(self.jobs()), ["beta"])
        self.assertFalse(self.store.exists())

    def test_jobs_that_name_it_are_told_with_their_places(self):
        self.job("acme", offer("A"))
        self.run_job("acme")
        self.job("beta", offer("B"))
        self.write("jobs/beta.yaml", "source: ../beta.xml\ntake_over: [zeta, acme]\n")
        refused = self.act("rename", "acme", "gamma", expect=2)
        self.assertIn("beta.yaml:2:19: 'take_over' names the job 'acme'", refused.err)
        self.assertTrue((self.folder / "jobs/acme.yaml").exists())
        forced = self.act("rename", "acme", "gamma", "--force")
        self.assertIn("beta.yaml:2:19:", forced.err)
        self.assertEqual(self.owners(), [("A", "gamma")])

    def test_what_is_not_renamed(self):
        self.job("acme", offer("A"), take_over=["delta"])
        self.job("beta", offer("B"))
        self.job("gone", offer("C"))
        for name in ("acme", "beta", "gone"):
            self.run_job(name)
        (self.folder / "jobs/gone.yaml").unlink()
        rows = (("acme", "beta", "there is a job 'beta' already"), ("acme", "gone", "the store has runs of a job 'gone' already"), ("acme", "a/b", "no job name"),
                ("nobody", "new", "there is no job 'nobody'"), ("gone", "beta", "has runs of a job 'beta'"), ("gone", "new", "there is no job 'gone'"),
                ("acme", "delta", "no job under the name 'delta'"))
        before = self.owners()
        for name, new, words in rows:
            with self.subTest((name, new)):
                self.assertIn(words, self.act("rename", name, new, expect=2).err)
        self.assertEqual(self.owners(), before)
        self.assertEqual(sorted(path.name for path in (self.folder / "jobs").iterdir()), ["acme.yaml", "beta.yaml"])

    def test_a_job_that_runs_is_not_renamed(self):
        self.job("acme", offer("A"))
        self.run_job("acme")
        start = int(pathlib.Path(f"/proc/{os.getpid()}/stat").read_text().rpartition(")")[2].split()[19])
        with self.writing() as database:
            database.execute("INSERT INTO run (run_id, job, catalog, trigger, started_at_ms, outcome) VALUES (7, 'acme', 'main', 'manual', 1, 'running')")
            database.execute("UPDATE job_lease SET run_id = 7, host = ?, pid = ?, process_start = ?, expires_at_ms = 0", (host_name(), os.getpid(), start))
        self.assertIn("is being run already: run 7", self.act("rename", "acme", "beta", expect=1).err)
        self.assertTrue((self.folder / "jobs/acme.yaml").exists())
        self.assertEqual(self.owners(), [("A", "acme")])
        with self.writing() as database:  # it died
            database.execute("UPDATE job_lease SET process_start = process_start + 1")
        self.act("rename", "acme", "beta")
        self.assertEqual(self.query("SELECT outcome FROM run WHERE run_id = 7"), [("interrupted",)])
        self.run_job("beta")

    def test_a_store_that_cannot_be_written_leaves_file_and_store(self):
        self.job("acme", offer("A"))
        self.run_job("acme")
        with self.writing() as database:
            database.execute("CREATE TRIGGER no BEFORE UPDATE ON job_name BEGIN SELECT raise(ABORT, 'no'); END")
        self.act("rename", "acme", "beta", expect=1)
        self.assertEqual(list(self.jobs()), ["acme"])
        self.assertEqual(self.query("SELECT DISTINCT job FROM run"), [("acme",)])


def host_name():
    """As the store has it: processes of another namespace of processes are another host's."""
    space = os.readlink("/proc/self/ns/pid")
    return os.uname().nodename + ("" if space == "pid:[4026531836]" else f" {space}")


if __name__ == "__main__":
    unittest.main()

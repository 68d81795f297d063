"""Signals to people: one notice for each problem and one at its end, by hook, line and journal."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
import unittest

from support import BINARY
from test_jobs import JobCase, offer


class NoticeCase(JobCase):
    def setUp(self):
        super().setUp()
        self.log = self.folder / "notices"
        self.environment["CANARY_TOKEN"] = "canary-of-the-environment"

    def script(self, name, text):
        path = self.write(name, "#!/bin/sh\n" + textwrap.dedent(text))
        path.chmod(0o700)
        return str(path)

    def hook(self):
        """A hook that keeps what it was told, and its environment."""
        return [self.script("hook", f"""
            cat >> {self.log}
            env > {self.folder}/environment
            """)]

    def notices(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def told(self):
        return [(notice["event"], notice["problem"], notice["before"]) for notice in self.notices()]


class Story(NoticeCase):
    def test_there_is_one_notice_for_each_problem(self):
        guards = {"removed": {"percent": 10, "count": 1}}
        self.job("acme", *(offer(f"A{n}") for n in range(9)), on_failure=self.hook(), guards=guards, missing="mark")
        self.run_job("acme")
        self.assertEqual(self.told(), [])
        story = (
            (None, 1, ("problem", "failed", None)), (None, 1, None), (None, 1, None), (["A0"], 3, ("problem", "held", "failed")), (["A0"], 3, None),
            ([f"A{n}" for n in range(9)], 0, ("recovered", None, "held")), ([f"A{n}" for n in range(10)], 0, None), (None, 1, ("problem", "failed", None)), (None, 1, None),
        )
        expected = []
        for offers, status, notice in story:
            self.feed("acme", *(offer(identifier) for identifier in offers or ()))
            result = self.run_job("acme", status)
            expected += [notice] if notice else []
            self.assertEqual(self.told(), expected)
            self.assertEqual("feedmill: notice: acme: " in result.err, notice is not None, result.err)
        first, held, recovered, again = self.notices()
        self.assertEqual((first["job"], first["catalog"], first["runs"], first["since_run"]), ("acme", "main", 1, 2))
        self.assertEqual((first["run"]["run"], first["run"]["outcome"], first["run"]["trigger"]), (2, "failed", "manual"))
        self.assertEqual(first["run"]["error"]["message"], json.loads(self.value("SELECT error FROM run WHERE run_id = 2"))["message"])
        self.assertIn(first["run"]["error"]["message"], first["message"])
        self.assertEqual((held["runs"], held["since_run"], held["run"]["guard"]["verdict"]), (4, 2, "hold"))
        self.assertEqual((recovered["runs"], recovered["since_run"], recovered["run"]["outcome"]), (0, None, "unchanged"))
        self.assertEqual((again["runs"], again["since_run"]), (1, 9))

    def test_what_is_held_and_approved_is_over(self):
        self.job("acme", *(offer(f"A{n}") for n in range(9)), on_failure=self.hook(), guards={"removed": {"percent": 10, "count": 1}}, missing="mark")
        self.run_job("acme")
        self.feed("acme", offer("A0"))
        self.run_job("acme", 3)
        self.assertEqual(self.feedmill("approve", "acme", store=False).status, 0)
        self.assertEqual(self.told(), [("problem", "held", None), ("recovered", None, "held")])

    def test_an_unreachable_host_fails_for_now(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # nobody listens
            self.write("jobs/acme.yaml", json.dumps({"source": f"http://127.0.0.1:{taken.getsockname()[1]}/feed.xml?key=CANARYSECRET", "on_failure": self.hook()}))
            result = self.run_job("acme", 75)
        self.assertEqual(self.told(), [("problem", "temporary", None)])
        self.assertNotIn("CANARYSECRET", self.log.read_text() + result.err)

    def test_a_hook_of_all_jobs_and_one_of_its_own(self):
        self.configure(on_failure=self.hook())
        other = self.script("other", f"cat > {self.folder}/other-told")
        self.job("acme")
        self.job("beta", on_failure=[other])
        self.run_job("acme", 1)
        self.run_job("beta", 1)
        self.assertEqual([notice["job"] for notice in self.notices()], ["acme"])
        self.assertEqual(json.loads((self.folder / "other-told").read_text())["job"], "beta")

    def test_runs_without_a_job_and_dry_ones_are_nobodys_business(self):
        self.configure(on_failure=self.hook())
        self.job("acme")
        self.assertEqual(self.feedmill("run", "./acme.xml", store=False).status, 1)
        self.assertEqual(self.told(), [])
        self.run_job("acme", 1, "--dry-run")
        self.assertEqual(self.told(), [])  # the next real run tells it

    def test_a_hook_has_nothing_of_our_environment_that_may_be_secret(self):
        self.job("acme", on_failure=self.hook())
        self.run_job("acme", 1)
        environment = (self.folder / "environment").read_text()
        self.assertNotIn("canary", environment)
        self.assertNotIn("XDG_STATE_HOME", environment)
        self.assertIn("PATH=", environment)

    def test_arguments_are_no_shell_words(self):
        hook = self.script("hook", f'printf "%s|" "$@" > {self.log}; cat > /dev/null')
        self.job("acme", on_failure=[hook, "a b", "$HOME", "; touch x", "*"])
        self.run_job("acme", 1)
        self.assertEqual(self.log.read_text(), "a b|$HOME|; touch x|*|")


class Trouble(NoticeCase):
    def test_a_hook_that_is_not_there_is_told_and_called_again(self):
        hook = str(self.folder / "later")
        self.job("acme", on_failure=[hook])
        for _ in range(2):
            err = self.run_job("acme", 1).err
            self.assertEqual(err.count(f"nobody could be told, the next run tries again: the hook '{hook}': the program cannot be started"), 1, err)
        shutil.copy(self.hook()[0], hook)
        self.run_job("acme", 1)
        self.run_job("acme", 1)
        self.assertEqual([(notice["problem"], notice["runs"]) for notice in self.notices()], [("failed", 3)])
        # The end fails to be told and is over by the next failure: people have heard nothing but the first.
        os.unlink(hook)
        self.feed("acme", offer("A"))
        self.run_job("acme")
        shutil.copy(self.hook()[0], hook)
        self.feed("acme")
        self.run_job("acme", 1)
        self.assertEqual(len(self.notices()), 1)

    def test_another_run_tells_what_one_could_not(self):
        hook = str(self.folder / "later")
        self.job("acme", on_failure=[hook])
        self.job("beta", offer("B"))
        self.run_job("acme", 1)
        shutil.copy(self.hook()[0], hook)
        self.run_job("beta")
        self.assertEqual([notice["job"] for notice in self.notices()], ["acme"])

    def test_a_hook_that_hangs_is_ended_with_all_that_it_started(self):
        self.job("acme", on_failure=[self.script("hook", f"sleep 1000 & echo $! > {self.folder}/pid; wait")])
        process = subprocess.Popen([BINARY, "run", "acme"], cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not (self.folder / "pid").exists() or not (self.folder / "pid").read_text().strip():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        # The ledger has the run, and its lease is free, before anybody is told.
        self.assertEqual(self.query("SELECT outcome FROM run"), [("failed",)])
        self.assertEqual(self.query("SELECT run_id FROM job_lease"), [(None,)])
        # Nobody else tells meanwhile.
        self.assertNotIn("notice", self.run_job("acme", 1).err)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual(process.returncode, 1)
        self.assertIn("the command was given up because of a signal", err)
        pid = int((self.folder / "pid").read_text())
        while is_running(pid):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        # What was not told is told by the next one.
        self.write("hook", f"#!/bin/sh\ncat > {self.log}\n").chmod(0o700)
        self.run_job("acme", 1)
        self.assertEqual(self.told(), [("problem", "failed", None)])

    def test_what_was_told_is_known_although_others_write_for_long(self):
        self.job("acme", on_failure=[self.script("hook", f"cat >> {self.log}; touch {self.folder}/told; while [ ! -e {self.folder}/go ]; do sleep 0.05; done")])
        process = subprocess.Popen([BINARY, "run", "acme"], cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not (self.folder / "told").exists():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        with self.writing() as database:  # longer than anybody waits who has nothing to lose
            database.execute("BEGIN IMMEDIATE")
            (self.folder / "go").touch()
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(timeout=6)
        self.assertEqual(process.wait(timeout=60), 1)
        process.stderr.close()
        self.run_job("acme", 1)
        self.assertEqual(self.told(), [("problem", "failed", None)])

    def test_a_killed_run_is_told_by_another(self):
        self.configure(on_failure=self.hook())
        self.job("acme", offer("A"))
        self.job("beta", offer("B"))
        self.run_job("acme")
        with self.writing() as database:  # as a run leaves it that was killed
            database.execute("INSERT INTO run (run_id, job, catalog, trigger, started_at_ms, outcome) VALUES (7, 'acme', 'main', 'manual', 1, 'running')")
            database.execute("UPDATE job_lease SET run_id = 7, host = 'gone', pid = 1, process_start = 1, expires_at_ms = 1")
        self.run_job("acme")  # heals, and is well again by its own end
        self.assertEqual(self.told(), [])
        with self.writing() as database:
            database.execute("INSERT INTO run (run_id, job, catalog, trigger, started_at_ms, outcome) VALUES (17, 'acme', 'main', 'manual', 1, 'running')")
            database.execute("UPDATE run SET outcome = 'interrupted' WHERE run_id = 17")
        self.run_job("beta")
        self.assertEqual([(notice["job"], notice["message"]) for notice in self.notices()], [("acme", "acme: run 17 was killed")])


class Scheduled(NoticeCase):
    """Runs as timers and the daemon start them."""

    def scheduled(self, expect):
        result = self.feedmill("run", "--scheduled", "acme", store=False)
        self.assertEqual(result.status, expect, result.err)
        return result

    def write_scheduled(self, source, **keys):
        self.write("jobs/acme.yaml", json.dumps({"source": source, "schedule": "@hourly", "on_failure": self.hook(), **keys}))

    def test_a_failure_for_now_is_told_when_no_attempt_is_left(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # nobody listens
            self.write_scheduled(f"http://127.0.0.1:{taken.getsockname()[1]}/feed.xml", retry={"attempts": 3, "delay": "1s"})
            for attempt in (1, 2, 3):
                self.assertEqual(self.told(), [])
                result = self.scheduled(1 if attempt == 3 else 75)
                self.assertEqual("notice" in result.err, attempt == 3, result.err)
                with self.writing() as database:  # the pause between attempts has gone
                    database.execute("UPDATE run SET retry_at_ms = 1 WHERE retry_at_ms IS NOT NULL")
        self.assertEqual([(notice["problem"], notice["runs"], notice["run"]["trigger"]) for notice in self.notices()], [("temporary", 3, "schedule")])

    def test_one_that_passes_is_nobodys_business(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.write_scheduled(f"http://127.0.0.1:{taken.getsockname()[1]}/feed.xml", retry={"attempts": 3, "delay": "1s"})
            self.scheduled(75)
        with self.writing() as database:
            database.execute("UPDATE run SET retry_at_ms = 1")
        self.feed("acme", offer("A"))
        self.write_scheduled("../acme.xml", retry={"attempts": 3, "delay": "1s"})
        self.scheduled(0)
        self.assertEqual(self.told(), [])
        self.assertIsNone(self.jobs()["acme"]["problem"])

    def test_a_run_that_takes_too_long_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.write_scheduled(f"http://127.0.0.1:{silent.getsockname()[1]}/feed.xml", run_timeout="1s", retry={"attempts": 1})
            self.scheduled(1)
        notice, = self.notices()
        self.assertEqual((notice["problem"], notice["run"]["error"]["code"]), ("temporary", "timeout"))
        self.assertIn("run_timeout", notice["message"])

    def test_the_daemon_tells_each_problem_once(self):
        self.feed("acme", offer("A"))
        self.write_scheduled("../acme.xml", schedule={"every": "1s"})
        self.job("steady", offer("S"), schedule={"every": "1s"})
        self.assertEqual(self.feedmill("jobs", "--missed", store=False).status, 0)  # makes the store
        process = subprocess.Popen([BINARY, "daemon"], cwd=self.folder, env=self.environment, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def wait_for(*outcomes, runs=1):
            """Until acme has ended so this many times more."""
            last = self.value("SELECT coalesce(max(run_id), 0) FROM run WHERE job = 'acme'")
            deadline = time.monotonic() + 60
            while self.value(f"SELECT count(*) FROM run WHERE job = 'acme' AND run_id > {last} AND outcome IN ({', '.join(repr(word) for word in outcomes)})") < runs:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)

        wait_for("applied", "unchanged", runs=2)
        for _ in range(2):
            self.feed("acme")
            wait_for("failed", runs=3)
            self.feed("acme", offer("A"))
            wait_for("applied", "unchanged", runs=2)
        process.terminate()
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(self.told(), [("problem", "failed", None), ("recovered", None, "failed")] * 2)

    def test_a_paused_job_is_not_run(self):
        self.feed("acme", offer("A"))
        self.write_scheduled("../acme.xml")
        self.act("pause", "acme")
        self.assertIn("paused", self.scheduled(0).err)
        self.assertEqual(self.query("SELECT count(*) FROM run"), [(0,)])
        self.act("resume", "acme")
        self.scheduled(0)
        self.assertEqual(self.query("SELECT outcome FROM run"), [("applied",)])


class Missed(NoticeCase):
    """Time is a matter of what the store says of it: when it was last looked, since when a job is watched, when a run ended."""

    def setUp(self):
        super().setUp()
        self.configure(on_failure=self.hook())
        self.job("acme", offer("A"), schedule="@hourly")
        self.job("beta", offer("B"))

    def age(self, *statements):
        """As if more than a day had gone."""
        with self.writing() as database:
            for statement in ("UPDATE missed_check SET checked_at_ms = 0", "UPDATE job_state SET watched_at_ms = 1 WHERE watched_at_ms IS NOT NULL", *statements):
                database.execute(statement)

    def missed(self, expect):
        result = self.feedmill("jobs", "--missed", "--json", store=False)
        self.assertEqual(result.status, 1 if expect else 0, result.err)
        self.assertEqual([row["job"] for row in result.rows], expect)
        return result

    def test_a_run_that_does_not_come_is_told_by_another_once(self):
        self.run_job("beta")  # the first look: from now on acme is watched
        self.run_job("beta")
        self.assertEqual(self.told(), [])
        self.age()
        self.assertIn("feedmill: notice: acme: no run has come that was due at ", self.run_job("beta").err)
        self.age()
        self.run_job("beta")
        self.assertEqual(self.told(), [("problem", "missed", None)])
        notice = self.notices()[0]
        self.assertEqual((notice["job"], notice["run"], notice["runs"], notice["since_at_ms"] % 3600000), ("acme", None, 0, 0))
        self.assertIn("no run came when it was due", self.feedmill("jobs", store=False).out)
        self.run_job("acme")
        self.age()
        self.run_job("beta")
        self.assertEqual(self.told()[1:], [("recovered", None, "missed")])

    def test_a_dead_scheduler_is_one_problem(self):
        for number in range(20):
            self.job(f"gone{number:02}", offer(f"G{number}"), schedule="@hourly")
        own = self.script("own", f"cat >> {self.folder}/own-told")
        self.job("own", offer("O"), schedule="@hourly", on_failure=[own])
        self.run_job("beta")
        self.age()
        result = self.run_job("beta")
        self.assertEqual(result.err.count("feedmill: notice: "), 2, result.err)
        self.assertEqual([(notice["job"], notice["problem"], notice["other_jobs"]) for notice in self.notices()], [("acme", "missed", 20)])
        self.assertEqual(json.loads((self.folder / "own-told").read_text())["other_jobs"], 0)
        self.assertEqual(len(self.feedmill("jobs", "--missed", "--json", store=False).rows), 22)
        for number in range(20):
            self.run_job(f"gone{number:02}")
        self.assertEqual(len(self.notices()), 1)
        self.run_job("acme")
        self.assertEqual(self.told()[1:], [("recovered", None, "missed")])
        # What is wrong with one of them later is its own.
        self.feed("gone07")
        self.run_job("gone07", 1)
        self.assertEqual([(notice["job"], notice["before"]) for notice in self.notices()[2:]], [("gone07", None)])

    def test_nobody_looks_twice_in_five_minutes(self):
        self.run_job("beta")
        with self.writing() as database:
            database.execute("UPDATE job_state SET watched_at_ms = 1")
        self.run_job("beta")
        self.assertEqual(self.told(), [])

    def test_a_monitor_can_ask(self):
        self.missed([])  # no store yet: it begins to watch
        self.age()
        self.missed(["acme"])
        self.assertEqual(self.told(), [])  # asking tells nobody else
        self.act("pause", "acme")
        self.missed([])
        self.act("resume", "acme")
        self.run_job("acme")
        self.missed([])
        self.age("UPDATE run SET finished_at_ms = 5 WHERE job = 'acme'")
        result = self.feedmill("jobs", "--missed", store=False)
        self.assertEqual(result.status, 1)
        self.assertIn("acme", result.out)
        self.assertNotIn("beta", result.out)
        # Another schedule begins anew.
        self.job("acme", offer("A"), schedule="@daily")
        self.feedmill("jobs", "--missed", store=False)
        self.run_job("acme")
        self.missed([])

    def test_a_killed_scheduler_leaves_runs_that_do_not_count(self):
        self.run_job("acme")
        self.run_job("beta")
        self.age("UPDATE run SET finished_at_ms = 5 WHERE job = 'acme'", "INSERT INTO run (job, catalog, trigger, started_at_ms, finished_at_ms, outcome)"
                 " VALUES ('acme', 'main', 'schedule', 1, 9999999999999, 'cancelled')")
        self.missed(["acme"])

    def test_where_no_run_ends_a_look_of_its_own_tells(self):
        def look(*said):
            result = self.feedmill("notify", store=False)
            self.assertEqual((result.status, result.out), (0, ""), result.err)
            self.assertEqual(re.findall("feedmill: notice: ([^:]*: [a-z]+)", result.err), list(said), result.err)

        self.configure(on_failure=self.hook(), metrics="feedmill.prom")
        look()  # it makes the store, and begins to watch
        self.age()
        look("acme: no")
        self.assertEqual(self.told(), [("problem", "missed", None)])
        self.assertEqual(self.query("SELECT count(*) FROM run"), [(0,)])
        self.assertIn('feedmill_job_missed{job="acme"} 1\n', (self.folder / "feedmill.prom").read_text())
        self.age()
        look()
        self.run_job("acme")
        self.assertEqual(self.told()[1:], [("recovered", None, "missed")])
        look()

    def test_what_keeps_a_look_from_telling_is_a_failure(self):
        self.store.parent.mkdir(parents=True, exist_ok=True)
        self.configure(metrics="gone/feedmill.prom")
        result = self.feedmill("notify", store=False)
        self.assertEqual(result.status, 1)
        self.assertIn("feedmill: warning: the metrics 'gone/feedmill.prom': ", result.err)
        self.configure(store="sqlite:feedmill.yaml")
        result = self.feedmill("notify", store=False)
        self.assertEqual(result.status, 1)
        self.assertIn("is no", result.err)

    def test_metrics_say_so(self):
        self.configure(metrics="feedmill.prom")
        self.missed([])
        self.age()
        self.missed(["acme"])
        self.run_job("beta")
        self.assertIn('feedmill_job_missed{job="acme"} 1\n', (self.folder / "feedmill.prom").read_text())


class Journal(NoticeCase):
    """A socket where the journal's is, in a namespace of mounts of our own."""

    RECEIVER = textwrap.dedent("""
        import json, os, socket, subprocess, sys
        binary, folder, *arguments = sys.argv[1:]
        subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
        os.makedirs("/run/systemd/journal")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal, open("/run/stream", "w") as stream:
            journal.bind("/run/systemd/journal/socket")
            journal.settimeout(60)
            status = os.fstat(stream.fileno())
            environment = {**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
            process = subprocess.Popen([binary, *arguments], cwd=folder, env=environment, stderr=stream)
            entry = journal.recv(65536).decode()
            if arguments == ["daemon"]:
                process.terminate()
            print(json.dumps({"status": process.wait(), "entry": entry, "lines": open("/run/stream").read()}))
        """)

    def receive(self, *arguments):
        """What the journal and standard error got of a call: its fields, status and lines."""
        if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("a namespace of mounts cannot be made here")
        done = subprocess.run(["unshare", "-m", sys.executable, "-c", self.RECEIVER, BINARY, self.folder, *arguments], env=self.environment, capture_output=True, text=True, check=False,
                              timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout)
        return dict(line.split("=", 1) for line in seen["entry"].splitlines()), seen["status"], seen["lines"]

    def test_a_notice_is_an_entry_with_fields(self):
        self.job("acme")
        fields, status, lines = self.receive("run", "acme")
        self.assertEqual(status, 1)
        self.assertEqual((fields["FEEDMILL_JOB"], fields["FEEDMILL_EVENT"], fields["FEEDMILL_PROBLEM"], fields["FEEDMILL_RUN"]), ("acme", "problem", "failed", "1"))
        self.assertEqual((fields["PRIORITY"], fields["SYSLOG_IDENTIFIER"]), ("3", "feedmill"))
        self.assertTrue(fields["MESSAGE"].startswith("acme: run 1 failed: "))
        self.assertEqual(len(fields["MESSAGE_ID"]), 32)
        self.assertNotIn("notice", lines)

    def test_so_is_that_of_a_run_of_the_daemon(self):
        self.job("acme", schedule={"every": "1s"})
        fields, status, lines = self.receive("daemon")
        self.assertEqual((fields["FEEDMILL_JOB"], fields["FEEDMILL_PROBLEM"]), ("acme", "failed"))
        self.assertEqual(status, 0, lines)
        self.assertIn("acme: ", lines)
        self.assertNotIn("notice", lines)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as status:
            return status.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()

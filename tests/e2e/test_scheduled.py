"""`run --scheduled`, as timers and the daemon start it: once for each time that a job was due."""

import json
import subprocess
import time
import unittest

from daemon_support import DEADLINE_SECONDS, Daemons, hanging, steady
from support import BINARY, SANITIZED


class Scheduled(Daemons):
    """Without a daemon: each call is a timer's."""

    def setUp(self):
        super().setUp()
        self.write_configuration()

    def call(self, job, *options):
        return self.feedmill("run", "--scheduled", job, *options, timeout=120)

    def due(self, name, behaviour, **keys):
        """A job whose last time is some minutes away from the next, so that calls see the same one."""
        self.job(name, behaviour, **{"schedule": "{every: 1h}", "catch_up": "once"} | keys)
        if time.time() % 3600 > 3500:
            self.skipTest("the hour is about to end")
        return name

    def rows_of(self, job):
        return self.query("SELECT trigger, attempt, outcome FROM run WHERE job = ? ORDER BY run_id", job)

    def test_a_time_is_run_once(self):
        self.due("acme", steady)
        self.assertEqual(self.call("acme").status, 0)
        second = self.call("acme", "--json")
        self.assertEqual((second.status, second.out), (0, ""))
        self.assertIn("nothing is due", second.err)
        self.assertEqual(self.rows_of("acme"), [("schedule", 1, "applied")])
        self.assertEqual(self.value("SELECT due_at_ms % 3600000 FROM run"), 0)
        self.assertEqual(self.feedmill("run", "acme").status, 0)
        self.assertEqual(self.rows_of("acme")[1:], [("manual", None, "unchanged")])
        self.assertEqual(len(self.feeds.times("/acme.xml")), 2)

    def test_what_fails_for_a_time_is_tried_as_often_as_the_job_says_and_never_too_early(self):
        self.due("acme", lambda request, _: request.answer(500), retry="{attempts: 2, delay: 2s}")
        self.assertEqual(self.call("acme").status, 75)
        early = self.call("acme")
        self.assertEqual(early.status, 75)
        self.assertIn("to wait until", early.err)
        self.assertEqual(len(self.feeds.times("/acme.xml")), 1)
        retry_at = self.value("SELECT retry_at_ms FROM run") / 1000
        self.wait_until(lambda: time.time() > retry_at, "the time of the second attempt")
        self.assertEqual(self.call("acme").status, 1)  # the last: no retry is worth anything
        self.assertEqual(self.rows_of("acme"), [("schedule", 1, "failed"), ("schedule", 2, "failed")])
        last = self.call("acme")
        self.assertEqual(last.status, 0)
        self.assertIn("2 runs have seen to it", last.err)

    def test_a_server_that_asks_to_be_left_alone_is(self):
        self.due("acme", lambda request, _: request.answer(429, Retry_After="600"), retry="{attempts: 2, delay: 1s}")
        self.assertEqual(self.call("acme").status, 75)
        self.assertGreaterEqual(self.value("SELECT retry_at_ms - finished_at_ms FROM run"), 599000)
        self.assertEqual(self.call("acme").status, 75)
        self.assertEqual(len(self.feeds.times("/acme.xml")), 1)
        shown = json.loads(self.feedmill("show", "acme", "--json").out)
        self.assertEqual(shown["attempt"], 1)
        self.assertEqual(shown["retry_at_ms"], self.value("SELECT retry_at_ms FROM run"))

    def test_a_start_that_is_too_early_may_wait(self):
        self.due("acme", lambda request, _: request.answer(429, Retry_After="3600"), retry="{attempts: 2, delay: 1s}")
        self.assertEqual(self.call("acme", "--wait", "1h").status, 75)  # who tried something does not wait
        began = time.monotonic()
        early = self.call("acme", "--wait", "2s")
        self.assertEqual(early.status, 75)
        self.assertIn("to wait until", early.err)
        self.assertGreaterEqual(time.monotonic() - began, 2)
        process = subprocess.Popen([BINARY, "run", "--scheduled", "acme", "--wait", "1h", "--store", f"sqlite:{self.store}"], cwd=self.folder,
                                   env=self.environment, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        with process.stderr:
            while "to wait until" not in process.stderr.readline():
                self.assertIsNone(process.poll())
            process.terminate()
            self.assertEqual(process.wait(DEADLINE_SECONDS), 143)
        self.assertEqual(len(self.feeds.times("/acme.xml")), 1)
        self.assertEqual(self.rows_of("acme"), [("schedule", 1, "failed")])

    def test_what_restarts_a_run_waits_for_the_last_of_it(self):
        """The job's delay passes there: who is that near to its next attempt ends at once, and the wait ends that much before it."""
        self.due("acme", lambda request, _: request.answer(429, Retry_After="6"), retry="{attempts: 2, delay: 4s}")
        self.assertEqual(self.call("acme").status, 75)
        retry_at = self.value("SELECT retry_at_ms FROM run") / 1000
        self.assertEqual(self.call("acme", "--wait", "1h").status, 75)
        self.assertGreaterEqual(time.time(), retry_at - 4)
        if not SANITIZED:
            self.assertLess(time.time(), retry_at)

    def test_a_wait_is_of_a_scheduled_run(self):
        self.due("acme", steady)
        for words, said in ((("acme", "--wait", "1h"), "goes with '--scheduled'"), (("acme", "--scheduled", "--wait", "soon"), "--wait"),
                            (("acme", "--scheduled", "--wait", "25h"), "--wait")):
            result = self.feedmill("run", *words)
            self.assertEqual(result.status, 2)
            self.assertIn(said, result.err)

    def test_what_fails_for_good_is_not_tried_again(self):
        self.due("acme", lambda request, _: request.answer(404))
        self.assertEqual(self.call("acme").status, 1)
        self.assertEqual(self.call("acme").status, 0)
        self.assertEqual(self.rows_of("acme"), [("schedule", 1, "failed")])

    def test_a_run_that_takes_too_long_is_stopped(self):
        self.due("acme", hanging, run_timeout="1s", retry="{attempts: 2, delay: 1s}")
        began = time.monotonic()
        result = self.call("acme")
        self.assertEqual(result.status, 75)
        self.assertIn("run_timeout", result.err)
        self.assertGreater(time.monotonic() - began, 0.9)
        self.assertEqual(json.loads(self.value("SELECT error FROM run"))["code"], "timeout")

    def test_a_paused_job_is_not_run(self):
        self.due("acme", steady)
        self.assertEqual(self.feedmill("job", "pause", "acme").status, 0)
        result = self.call("acme")
        self.assertEqual(result.status, 0)
        self.assertIn("paused since", result.err)
        self.assertEqual(self.rows_of("acme"), [])
        self.assertEqual(self.feedmill("job", "resume", "acme").status, 0)
        self.assertEqual(self.call("acme").status, 0)
        self.assertEqual(self.rows_of("acme"), [("schedule", 1, "applied")])

    def test_a_job_runs_after_another_has_succeeded(self):
        self.due("acme", steady)
        self.job("follower", steady, after="acme")
        self.assertIn("has not been due yet", self.call("follower").err)
        self.call("acme")
        self.assertEqual(self.call("follower").status, 0)
        self.assertEqual(self.call("follower").status, 0)
        self.assertEqual(self.rows_of("follower"), [("schedule", 1, "applied")])
        self.assertEqual(self.value("SELECT due_at_ms FROM run WHERE job = 'follower'"), self.value("SELECT finished_at_ms FROM run WHERE job = 'acme'"))
        self.feedmill("run", "acme")  # by hand, too
        self.call("follower")
        self.assertEqual(self.rows_of("follower")[1:], [("schedule", 1, "unchanged")])

    def test_quiet_hours_are_kept(self):
        quiet = time.strftime("%H:%M", time.gmtime(time.time() - 3600)) + "-" + time.strftime("%H:%M", time.gmtime(time.time() + 3600))
        self.due("acme", steady, schedule="{every: 10m}", quiet=f'"{quiet}"')
        result = self.call("acme")
        self.assertEqual(result.status, 0)
        self.assertIn("the end of its quiet time", result.err)
        self.assertEqual(self.feeds.times("/acme.xml"), [])

    def test_while_the_job_runs_otherwise_it_is_left_out_or_waits(self):
        for overlap, status in (("skip", 5), ("queue", 75)):
            with self.subTest(overlap=overlap):
                self.due(overlap, hanging, overlap=overlap)
                daemon = self.start_run(overlap)
                self.wait_until(lambda: self.outcomes(overlap) == ["running"], "a run by hand")
                self.assertEqual(self.call(overlap).status, status)
                self.end(daemon)

    def start_run(self, job):
        """A run by hand, in the background."""
        process = subprocess.Popen([BINARY, "run", job, "--store", f"sqlite:{self.store}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=self.environment, cwd=self.folder)
        self.addCleanup(self.end, process)
        return process

    def test_it_is_of_one_job_that_is_due_some_time_as_it_is_configured(self):
        self.due("acme", steady)
        self.job("other", steady)
        for arguments, words in (
            (("acme", "other"), "of one job"),
            (("other",), "neither a 'schedule' nor an 'after'"),
            (("./feedmill.yaml",), "of a configured job"),
            (("acme", "--dry-run"), "without '--dry-run'"),
            (("acme", "--full"), "without '--full'"),
            (("acme", "--catalog", "x"), "without '--catalog'"),
        ):
            with self.subTest(arguments=arguments):
                result = self.call(*arguments)
                self.assertEqual(result.status, 2)
                self.assertIn(words, result.err)


if __name__ == "__main__":
    unittest.main()

"""The daemon: what is due is run, whatever happens to feeds, processes and configuration."""

import os
import random
import signal
import socket
import time
import unittest

from daemon_support import DEADLINE_SECONDS, Daemons, changing, hanging, steady, ticks_per_second, usage_of
from support import SANITIZED, offer, yml


class Stories(Daemons):
    def test_the_ledger_tells_of_feeds_that_change_fail_hang_and_come_back(self):
        def unwell(request, count):
            """Well, then away for three seconds of the server's choice, then well again."""
            if count == 1:
                request.answer(503, Retry_After="3")
            else:
                changing(request, count)

        def sometimes(request, count):
            steady(request, count) if count % 2 else request.answer(500)

        self.write_configuration(concurrency=6, per_host=6)
        every = {"schedule": "{every: 1s}", "retry": "{attempts: 2, delay: 1s, max_delay: 2s}"}
        self.job("changing", changing, **every)
        self.job("steady", steady, **every)
        self.job("gone", lambda request, count: request.answer(404), **every)
        self.job("unwell", unwell, **every)
        self.job("sometimes", sometimes, **every)
        self.job("hanging", hanging, run_timeout="1s", schedule="{every: 6s}", retry="{attempts: 2, delay: 1s}")
        self.job("follower", steady, after="changing")
        daemon = self.start()
        self.wait_for_outcomes("changing", "applied", "applied", "applied")
        self.wait_for_outcomes("steady", "applied", "unchanged", "unchanged")
        self.wait_for_outcomes("gone", "failed", "failed")
        self.wait_for_outcomes("unwell", "applied", "failed", "applied")
        self.wait_for_outcomes("sometimes", "failed", "applied", "failed", "unchanged")
        self.wait_for_outcomes("hanging", "failed", "failed")
        self.wait_for_outcomes("follower", "applied", "unchanged")
        self.assertEqual(self.stop(daemon), 0, self.said())
        self.check_ledger()
        self.assertEqual(self.query("SELECT DISTINCT trigger FROM run"), [("schedule",)])
        self.assertEqual(self.query("SELECT run_id FROM run WHERE outcome = 'running'"), [])
        # A server that wants to be left alone is: neither its instant nor a later one is tried before.
        times = self.feeds.times("/unwell.xml")
        self.assertGreaterEqual(times[2] - times[1], 2.9)
        wait = self.value("SELECT retry_at_ms - started_at_ms FROM run WHERE job = 'unwell' AND outcome = 'failed'")
        self.assertGreaterEqual(wait, 2900)
        # What is gone for good is not tried again, what is away for a time is, in its time.
        self.assertEqual(self.value("SELECT max(attempt) FROM run WHERE job = 'gone'"), 1)
        self.assertEqual(self.query("SELECT DISTINCT retry_at_ms FROM run WHERE job = 'gone'"), [(None,)])
        early = self.query("SELECT b.run_id FROM run a JOIN run b ON a.job = b.job AND b.run_id > a.run_id"
                           " WHERE a.retry_at_ms IS NOT NULL AND b.started_at_ms < a.retry_at_ms")
        self.assertEqual(early, [])
        # What hangs is stopped, and tried once more.
        hung = self.query("SELECT attempt, json_extract(error, '$.code') FROM run WHERE job = 'hanging' AND outcome = 'failed' ORDER BY run_id LIMIT 2")
        self.assertEqual(hung, [(1, "timeout"), (2, "timeout")])
        # A follower's instant is the end of the run it follows.
        self.assertEqual(self.query("SELECT f.run_id FROM run f WHERE f.job = 'follower' AND NOT EXISTS (SELECT 1 FROM run c"
                                    " WHERE c.job = 'changing' AND c.outcome = 'applied' AND c.finished_at_ms = f.due_at_ms)"), [])
        self.assertIn("gone: feedmill: gone: ", self.said())

    def test_places_are_kept(self):
        running = []
        most = [0]

        def slow(request, count):
            running.append(request)
            most[0] = max(most[0], len(running))
            request.server.closing.wait(0.3)
            running.remove(request)
            steady(request, count)

        self.write_configuration(concurrency=8, per_host=2)
        for number in range(6):
            self.job(f"job{number}", slow, schedule="{every: 1s}")
        daemon = self.start()
        for number in range(6):
            self.wait_for_outcomes(f"job{number}", "applied", "unchanged")
        self.assertEqual(self.stop(daemon), 0)
        self.assertEqual(most[0], 2)
        self.check_ledger()


class Outsiders(Daemons):
    """Runs that the daemon did not start."""

    def test_who_runs_after_another_is_run_soon_whoever_ran_that(self):
        self.write_configuration()
        self.job("by-hand", changing)
        self.job("by-timer", changing, schedule="{every: 1h}", catch_up="none")
        self.job("after-hand", steady, after="by-hand")
        self.job("after-timer", steady, after="[by-timer, by-hand]")
        if time.time() % 3600 > 3500:
            self.skipTest("the hour is about to end")
        daemon = self.start()
        self.wait_until(lambda: self.rows("SELECT 1 FROM job_schedule"), "the daemon to be ready")
        for number, words in enumerate((("by-hand",), ("--scheduled", "by-timer"), ("by-hand",))):
            leader = words[-1]
            self.assertEqual(self.feedmill("run", *words).status, 0)
            finished = self.value("SELECT max(finished_at_ms) FROM run WHERE job = ?", leader)
            for follower in ("after-hand", "after-timer")[leader == "by-timer":]:
                started = self.wait_until(lambda: self.rows("SELECT started_at_ms FROM run WHERE job = ? AND due_at_ms = ? AND outcome <> 'running'",
                                                            follower, finished), f"{follower} after {leader}, run {number}")
                if not SANITIZED:
                    self.assertLess(started[0][0] - finished, 10000)
        self.assertEqual(self.stop(daemon), 0)
        self.assertEqual((len(self.outcomes("after-hand")), len(self.outcomes("after-timer"))), (2, 3))
        self.assertEqual(self.outcomes("by-timer"), ["applied"])
        self.check_ledger()

    def test_a_failure_of_others_is_no_reason_to_run(self):
        self.write_configuration()
        self.job("by-hand", lambda request, count: request.answer(404))
        self.job("after-hand", steady, after="by-hand")
        self.job("clock", steady, schedule="{every: 1s}")
        daemon = self.start()
        self.wait_for_outcomes("clock", "applied")
        self.assertEqual(self.feedmill("run", "by-hand").status, 1)
        count = len(self.outcomes("clock"))
        self.wait_until(lambda: len(self.outcomes("clock")) > count + 3, "some seconds")
        self.assertEqual(self.stop(daemon), 0)
        self.assertEqual(self.outcomes("after-hand"), [])


class Deaths(Daemons):
    def test_a_killed_daemon_leaves_nobody_behind_and_its_successor_goes_on(self):
        dice = random.Random(7)

        def slow(request, count):
            request.server.closing.wait(0.2)
            changing(request, count)

        self.write_configuration(concurrency=4, per_host=4)
        for name in ("one", "two", "three"):
            self.job(name, slow, schedule="{every: 1s}", retry="{attempts: 3, delay: 1s}")
        for _ in range(3 if SANITIZED else 8):
            runs = len(self.rows("SELECT run_id FROM run"))
            daemon = self.start()
            self.wait_until(lambda: len(self.rows("SELECT run_id FROM run")) > runs, "a run")
            deadline = time.monotonic() + dice.random()
            self.wait_until(lambda: time.monotonic() > deadline, "a moment of no choice")
            daemon.kill()
            daemon.wait()
            self.wait_until(lambda: not self.processes(), "the runs to die with their daemon")
        for name in ("one", "two", "three"):
            self.feeds.behaviours[f"/{name}.xml"] = steady
        daemon = self.start()
        started = int(time.time() * 1000)
        for name in ("one", "two", "three"):
            self.wait_until(lambda: self.rows("SELECT run_id FROM run WHERE job = ? AND started_at_ms > ? AND outcome = 'unchanged'", name, started),
                            f"{name} to go on")
        self.assertEqual(self.stop(daemon), 0)
        self.check_ledger()
        self.assertEqual(self.query("SELECT run_id FROM run WHERE outcome = 'running'"), [])
        self.assertEqual(self.query("SELECT job_key FROM job_lease WHERE run_id IS NOT NULL"), [])
        self.assertGreater(len(self.query("SELECT run_id FROM run WHERE outcome = 'interrupted'")), 0)

    def test_what_was_running_or_missed_is_run_once_after_a_restart(self):
        self.write_configuration()
        self.job("acme", hanging, schedule="{every: 1h}", catch_up="once")
        self.write_store_since_long("acme")
        daemon = self.start()
        self.wait_until(lambda: self.outcomes("acme") == ["running"], "the run that was missed")
        due = self.value("SELECT due_at_ms FROM run WHERE job = 'acme'")
        self.assertEqual(due % 3600000, 0)
        daemon.kill()
        daemon.wait()
        self.wait_until(lambda: not self.processes(), "its run to die")
        self.feeds.behaviours["/acme.xml"] = steady
        daemon = self.start()
        self.wait_for_outcomes("acme", "interrupted", "applied")
        self.assertEqual(self.stop(daemon), 0)
        self.job("clock", steady, schedule="{every: 1s}")
        daemon = self.start()
        self.wait_for_outcomes("clock", "applied", "unchanged")
        self.assertEqual(self.stop(daemon), 0)
        if int(time.time() * 1000) - due < 3600000:
            self.assertEqual(self.query("SELECT due_at_ms, attempt, outcome FROM run WHERE job = 'acme' ORDER BY run_id"),
                             [(due, 1, "interrupted"), (due, 2, "applied")])

    def write_store_since_long(self, job):
        """The job is known for a day, and has not run."""
        self.feedmill("jobs")
        self.run_feed(self.write("seed.xml", yml(offer("A"))), "--as", "seed")
        with self.writing() as database:
            database.execute("INSERT OR IGNORE INTO job_name (job) VALUES (?)", (job,))
            database.execute("INSERT INTO job_schedule (job_key, since_ms) SELECT job_key, ? FROM job_name WHERE job = ?",
                             (int(time.time() * 1000) - 86400000, job))

    def test_what_does_not_catch_up_waits_for_its_next_time(self):
        self.write_configuration()
        self.job("acme", steady, schedule="{every: 1h}", catch_up="none")
        self.job("clock", steady, schedule="{every: 1s}")
        self.write_store_since_long("acme")
        if time.time() % 3600 < 120 or time.time() % 3600 > 3500:
            self.skipTest("the hour has just begun, or is about to")
        daemon = self.start()
        self.wait_for_outcomes("clock", "applied", "unchanged")
        self.assertEqual(self.stop(daemon), 0)
        self.assertEqual(self.outcomes("acme"), [])

    def test_a_run_that_does_not_come_is_told_though_no_run_ends(self):
        """The last time was the beginning of the year, and is not caught up."""
        self.write_configuration()
        self.job("yearly", steady, schedule='"0 0 1 1 *"', catch_up="none")
        self.assertEqual(self.feedmill("notify").status, 0)  # from now on it is watched
        with self.writing() as database:
            database.execute("UPDATE job_state SET watched_at_ms = 1")
            database.execute("UPDATE missed_check SET checked_at_ms = 0")
        daemon = self.start()
        told = "feedmill: notice: yearly: no run has come that was due at "
        self.wait_until(lambda: told in self.said(), "the notice")
        self.assertEqual(self.stop(daemon), 0, self.said())
        self.assertEqual((self.said().count("notice: "), self.query("SELECT run_id FROM run")), (1, []))

    def test_a_job_that_is_new_has_missed_nothing(self):
        self.write_configuration()
        self.job("acme", steady, schedule="{every: 1h}", catch_up="once")
        self.job("clock", steady, schedule="{every: 1s}")
        if time.time() % 3600 > 3500:
            self.skipTest("the hour is about to end")
        daemon = self.start()
        self.wait_for_outcomes("clock", "applied", "unchanged")
        self.assertEqual(self.stop(daemon), 0)
        self.assertEqual(self.outcomes("acme"), [])

    def test_a_killed_run_is_begun_again(self):
        self.write_configuration()
        self.job("acme", hanging, schedule="{every: 1s}", overlap="skip")
        daemon = self.start()
        self.wait_until(lambda: self.outcomes("acme") == ["running"], "a run")
        self.feeds.behaviours["/acme.xml"] = steady
        os.kill(self.value("SELECT pid FROM job_lease WHERE run_id = 1"), signal.SIGKILL)
        self.wait_for_outcomes("acme", "interrupted", "applied")
        self.assertEqual(self.stop(daemon), 0)
        self.assertIn("the run of 'acme' was killed by signal 9", self.said())
        self.check_ledger()


class Signals(Daemons):
    def test_a_second_daemon_is_refused_and_told_who_has_the_store(self):
        self.write_configuration()
        self.job("acme", steady, schedule="{every: 1s}")
        daemon = self.start()
        self.wait_for_outcomes("acme", "applied")
        second = self.feedmill("daemon")
        self.assertEqual(second.status, 5)
        self.assertIn(f"has a daemon already: process {daemon.pid}", second.err)
        self.assertEqual(self.stop(daemon), 0)
        third = self.start()
        runs = len(self.outcomes("acme"))
        self.wait_until(lambda: len(self.outcomes("acme")) > runs, "the next to go on")
        self.assertEqual(self.stop(third), 0)

    def test_a_new_configuration_is_taken_and_a_broken_one_is_not(self):
        self.write_configuration()
        self.job("old", steady, schedule="{every: 1s}")
        daemon = self.start()
        self.wait_for_outcomes("old", "applied")
        self.job("new", steady, schedule='"61 * * * *"')
        daemon.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "the configuration stays as it was" in self.said(), "the refusal")
        self.assertIn("new.yaml:3:", self.said())
        count = len(self.outcomes("old"))
        self.wait_until(lambda: len(self.outcomes("old")) > count + 1, "the old jobs to go on")
        self.write("jobs/new.yaml", "source: [")
        daemon.send_signal(signal.SIGHUP)
        self.wait_until(lambda: self.said().count("the configuration stays as it was") == 2, "the second refusal")
        self.job("new", steady, schedule="{every: 1s}")
        (self.folder / "jobs/old.yaml").unlink()
        daemon.send_signal(signal.SIGHUP)
        self.wait_for_outcomes("new", "applied", "unchanged")
        self.assertIn("the configuration was read again: 1 jobs are scheduled", self.said())
        self.assertEqual(self.stop(daemon), 0)
        self.check_ledger()

    def test_a_run_goes_on_over_a_reload(self):
        self.write_configuration(grace="0s")
        self.job("acme", hanging, schedule="{every: 1s}", overlap="queue")
        daemon = self.start()
        self.wait_until(lambda: self.outcomes("acme") == ["running"], "a run")
        self.job("other", steady, schedule="{every: 1s}")
        daemon.send_signal(signal.SIGHUP)
        self.wait_for_outcomes("other", "applied", "unchanged")
        self.assertEqual(self.outcomes("acme"), ["running"])
        (self.folder / "jobs/acme.yaml").unlink()
        daemon.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "read again: 1 jobs" in self.said(), "the reload")
        self.assertEqual(self.outcomes("acme"), ["running"])
        self.assertEqual(self.stop(daemon), 0)
        self.assertEqual(self.outcomes("acme"), ["cancelled"])

    def test_a_stop_lets_runs_end(self):
        def slow(request, count):
            request.server.closing.wait(2)
            steady(request, count)

        self.write_configuration(grace="60s")
        self.job("acme", slow, schedule="{every: 1s}")
        daemon = self.start()
        self.wait_until(lambda: self.outcomes("acme") == ["running"], "a run")
        self.assertEqual(self.stop(daemon), 0)
        self.assertEqual(self.outcomes("acme"), ["applied"])
        self.assertEqual(self.processes(), set())

    def test_a_stop_ends_runs_after_its_grace_and_they_are_begun_again(self):
        self.write_configuration(grace="1s")
        self.job("acme", hanging, schedule="{every: 1h}", catch_up="once")
        Deaths.write_store_since_long(self, "acme")
        daemon = self.start()
        self.wait_until(lambda: self.outcomes("acme") == ["running"], "a run")
        begun = time.monotonic()
        self.assertEqual(self.stop(daemon), 0)
        self.assertGreater(time.monotonic() - begun, 0.9)
        self.assertEqual(self.outcomes("acme"), ["cancelled"])
        self.feeds.behaviours["/acme.xml"] = steady
        daemon = self.start()
        self.wait_for_outcomes("acme", "cancelled", "applied")
        self.assertEqual(self.stop(daemon), 0)

    def test_a_second_signal_does_not_wait(self):
        self.write_configuration(grace="1h")
        self.job("acme", hanging, schedule="{every: 1s}")
        daemon = self.start()
        self.wait_until(lambda: self.outcomes("acme") == ["running"], "a run")
        daemon.send_signal(signal.SIGINT)
        self.wait_until(lambda: "told to stop: 1 runs have 3600 s" in self.said(), "the daemon to wait")
        daemon.send_signal(signal.SIGINT)
        daemon.wait(DEADLINE_SECONDS)
        self.assertEqual(daemon.returncode, 0)
        self.assertEqual(self.outcomes("acme"), ["cancelled"])

    def test_the_service_manager_is_told(self):
        self.write_configuration()
        self.job("acme", steady, schedule="{every: 1s}")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(self.folder / "notify"))
            manager.settimeout(DEADLINE_SECONDS)
            self.environment |= {"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "500000"}
            daemon = self.start()

            def wait_for(word):
                while word not in (text := manager.recv(4096).decode()):
                    pass
                return text

            self.assertEqual(wait_for("READY=1"), "READY=1")
            self.assertRegex(wait_for("STATUS="), r"STATUS=1 jobs, \d running, \d waiting for a place, next 20\d\d-")
            wait_for("WATCHDOG=1")
            wait_for("WATCHDOG=1")
            daemon.send_signal(signal.SIGHUP)
            self.assertRegex(wait_for("RELOADING=1"), r"MONOTONIC_USEC=\d+")
            wait_for("READY=1")
            daemon.send_signal(signal.SIGTERM)
            wait_for("STOPPING=1")
            daemon.wait(DEADLINE_SECONDS)
        self.assertEqual(daemon.returncode, 0)

    def test_a_daemon_without_a_usable_configuration_does_not_start(self):
        self.assertEqual(self.feedmill("daemon").status, 2)
        self.write_configuration()
        self.job("acme", steady, schedule='"0 0 30 2 *"')
        result = self.feedmill("daemon")
        self.assertEqual(result.status, 2, result.err)
        self.assertIn("acme.yaml", result.err)


class Idleness(Daemons):
    def test_who_has_nothing_to_do_does_nothing(self):
        self.write_configuration()
        for number in range(50):
            self.job(f"job{number}", steady, schedule='"@yearly"')
            self.job(f"follower{number}", steady, after=f"job{number}")
        self.job("first", steady, schedule="{every: 1s}", active_until=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5)))
        daemon = self.start()
        self.wait_for_outcomes("first", "applied")
        self.wait_until(lambda: time.time() > self.value("SELECT max(started_at_ms) FROM run") / 1000 + 5, "the last of its runs")
        self.wait_until(lambda: "looked for missing runs, status 0" in self.said(), "the look that follows the start")
        ticks, switches = usage_of(daemon.pid)
        end = time.monotonic() + 3
        self.wait_until(lambda: time.monotonic() > end, "three seconds")
        ticks_after, switches_after = usage_of(daemon.pid)
        print(f"\nidle for 3 s: {(ticks_after - ticks) / ticks_per_second():.2f} s of processor, {switches_after - switches} wake-ups")
        self.assertLessEqual(ticks_after - ticks, 1)
        self.assertLessEqual(switches_after - switches, 1)
        self.assertEqual(self.stop(daemon), 0)


if __name__ == "__main__":
    unittest.main()

"""Many runs at once: one of a job, one after the other into a store, and gone in two seconds when they are told to stop."""

import contextlib
import json
import os
import signal
import sqlite3
import struct
import subprocess
import time
import unittest

from support import BINARY, SANITIZED, check_sums, offer, yml
from test_process import DEADLINE_SECONDS, TWO, Processes

# A run that is told to stop is gone in two seconds; a sanitizer and a busy machine take their time.
STOP_SECONDS = 10 if SANITIZED else 4


class Contention(Processes):
    def finish(self, process, feed=None):
        """The status of a run, its report, and what it said."""
        out, err = process.communicate(feed, DEADLINE_SECONDS)
        self.assertNotIn(b"Sanitizer", err)
        return process.returncode, out, err.decode()

    def drawn(self):
        """How many writes have asked for their turn."""
        try:
            return struct.unpack("<q", (self.folder / "market.db-queue").read_bytes()[:8])[0]
        except (FileNotFoundError, struct.error):
            return 0

    @contextlib.contextmanager
    def locked(self):
        """Another program that writes to the store, and does not end."""
        with contextlib.closing(sqlite3.connect(self.store, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")

    def stand_in_line(self, process):
        """Give a run that waits for it the rest of its feed, and wait until it asks for the write lock."""
        before = self.drawn()
        process.stdin.write(TWO[50:].encode())
        process.stdin.close()
        process.stdin = None
        self.wait_until(lambda: self.drawn() > before, "the run to stand in line")

    def stop(self, process, number=signal.SIGTERM):
        started = time.monotonic()
        process.send_signal(number)
        process.wait(DEADLINE_SECONDS)
        self.assertLess(time.monotonic() - started, STOP_SECONDS)


class OneOfAJob(Contention):
    def test_of_ten_runs_of_a_job_one_runs_and_nine_exit_5(self):
        for attempt in ("the first makes the store", "the store is there"):
            with self.subTest(attempt):
                before = len(self.outcomes()) if self.store.exists() else 0
                processes = [self.start("-", "--as", "acme") for _ in range(10)]
                self.wait_until(lambda: sum(process.poll() is not None for process in processes) == 9, "nine refusals")
                winner = next(process for process in processes if process.poll() is None)
                for process in processes:
                    if process is not winner:
                        status, _, err = self.finish(process)
                        self.assertEqual(status, 5, err)
                        self.assertIn(f"process {winner.pid} on host", err)
                status, _, err = self.finish(winner, TWO.encode())
                self.assertEqual(status, 0, err)
                self.assertEqual(len(self.outcomes()), before + 1)
                self.assertIn(self.outcomes()[-1], ("applied", "unchanged"))

    def test_a_run_that_is_stopped_for_long_keeps_its_lease(self):
        process = self.start_waiting()
        process.send_signal(signal.SIGSTOP)
        with contextlib.closing(sqlite3.connect(self.store)) as database, database:
            database.execute("UPDATE job_lease SET expires_at_ms = 1")
        second = self.feedmill("run", "-", "--as", "acme", stdin=TWO.encode())
        self.assertEqual(second.status, 5, second.err)
        process.send_signal(signal.SIGCONT)
        status, _, err = self.finish(process, TWO[50:].encode())
        self.assertEqual(status, 0, err)
        self.assertEqual(self.outcomes(), ["applied"])

    def test_a_run_whose_lease_another_host_has_taken_fails_and_changes_nothing(self):
        process = self.start_waiting()
        with contextlib.closing(sqlite3.connect(self.store)) as database, database:
            database.execute("UPDATE job_lease SET token = token + 1, host = 'elsewhere', pid = 1")
        status, _, err = self.finish(process, TWO[50:].encode())
        self.assertEqual(status, 5, err)
        self.assertIn("has lost its lease", err)
        self.assertEqual(self.outcomes(), ["failed"])
        self.assertEqual(self.value("SELECT count(*) FROM sku_data"), 0)

    def test_the_next_run_of_any_job_tells_the_truth_about_the_dead(self):
        process = self.start_waiting()
        process.kill()
        process.wait()
        self.run_feed("-", "--as", "other", stdin=TWO.encode())
        self.assertEqual(self.outcomes(), ["interrupted", "applied"])


class OneAfterTheOther(Contention):
    def feed(self, job, count=600):
        return self.write(f"{job}.xml", yml("".join(offer(f"{job}-{number}", str(number + 1)) for number in range(count))))

    def test_ten_jobs_write_to_one_store_at_once(self):
        jobs = [f"job{number}" for number in range(10)]
        for attempt in ("they make the store", "they find it"):
            with self.subTest(attempt):
                processes = [self.start(self.feed(job), "--as", job, "--full", stdin=subprocess.DEVNULL) for job in jobs]
                for process in processes:
                    status, out, err = self.finish(process)
                    self.assertEqual(status, 0, err)
                    report = json.loads(out)
                    check_sums(self, report)
                    self.assertGreaterEqual(report["lock_wait_ms"], 0)
                    self.assertGreaterEqual(report["lock_held_ms"], 0)
                self.assertEqual(self.value("SELECT count(*) FROM sku WHERE status = 'active'"), 6000)
                self.assertEqual(self.query("SELECT job, count(*) FROM sku GROUP BY job ORDER BY job"), [(job, 600) for job in jobs])
                self.assertEqual(self.value("PRAGMA integrity_check"), "ok")
        self.assertEqual(set(self.outcomes()), {"applied"})
        self.assertEqual(self.value("SELECT count(*) FROM run WHERE lock_wait_ms IS NULL OR lock_held_ms IS NULL"), 0)

    def test_a_run_tells_how_long_it_waited(self):
        process = self.start_waiting()
        with self.locked():
            self.stand_in_line(process)
            started = time.monotonic()
            self.wait_until(lambda: time.monotonic() - started > 0.3, "time to pass")
        status, out, err = self.finish(process)
        self.assertEqual(status, 0, err)
        self.assertGreaterEqual(json.loads(out)["lock_wait_ms"], 100)
        self.assertGreaterEqual(self.value("SELECT lock_wait_ms FROM run"), 100)


class Cancelled(Contention):
    def test_while_it_waits_for_the_lock(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                process = self.start_waiting()
                with self.locked():
                    self.stand_in_line(process)
                    self.stop(process, number)
                self.assertEqual(self.finish(process)[0], 128 + number)
                # It could not write its row; the next run does.
                self.run_feed("-", "--as", "other", stdin=yml(offer("C")).encode())
                self.assertEqual(self.outcomes()[-2], "cancelled")
                self.assertIn(f"signal {int(number)}", self.query("SELECT error FROM run ORDER BY run_id DESC LIMIT 1 OFFSET 1")[0][0])

    def test_while_it_waits_to_begin(self):
        self.run_feed("-", "--as", "other", stdin=TWO.encode())
        before = self.drawn()
        with self.locked():
            process = self.start("-", "--as", "acme")
            self.wait_until(lambda: self.drawn() > before, "the run to stand in line")
            self.stop(process)
        self.assertEqual(self.finish(process)[0], 128 + signal.SIGTERM)
        self.assertEqual(self.outcomes(), ["applied"])

    def test_a_second_signal_kills_at_once(self):
        process = self.start_waiting()
        with self.locked():
            self.stand_in_line(process)
            # It still tries to write its row for half a second after the first.
            self.wait_until(lambda: process.send_signal(signal.SIGTERM) or process.poll() is not None, "the end")
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.run_feed("-", "--as", "acme", stdin=TWO.encode())
        self.assertEqual(self.outcomes(), ["interrupted", "applied"])

    def test_two_signals_at_once_are_one(self):
        process = self.start_waiting()
        process.send_signal(signal.SIGTERM)
        self.stop(process, signal.SIGINT)
        self.assertIn(self.finish(process)[0], (128 + signal.SIGTERM, 128 + signal.SIGINT))
        self.assertEqual(self.outcomes(), ["cancelled"])

    def test_the_whole_group_may_have_the_signal(self):
        big = self.big_feed()
        command = [BINARY, "run", str(big), "--as", "acme", "--json", "--store", f"sqlite:{self.store}"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment, cwd=self.folder, start_new_session=True)
        self.addCleanup(self.end, process)
        self.wait_until(lambda: self.reader_of(process) or process.poll() is not None, "the reader")
        os.killpg(process.pid, signal.SIGTERM)
        status, _, err = self.finish(process)
        self.assertEqual(status, 128 + signal.SIGTERM, err)
        self.assertEqual(self.outcomes(), ["cancelled"])

    def test_at_any_moment_of_a_big_run(self):
        self.run_feed("-", "--as", "before", stdin=TWO.encode())
        before = self.catalogue()
        big = self.big_feed()
        started = time.monotonic()
        self.run_feed(big, "--as", "measured", "--dry-run")
        whole = time.monotonic() - started
        seen = set()
        for step in range(12):
            process = self.start(big, "--as", "acme", "--full", stdin=subprocess.DEVNULL)
            started = time.monotonic()
            self.wait_until(lambda: process.poll() is not None or time.monotonic() - started > whole * (step + 1) / 13, "the moment")
            done_before = process.poll() is not None
            if not done_before:
                self.stop(process)
            status, _, err = self.finish(process)
            outcome = self.outcomes()[-1]
            seen.add(outcome)
            if status == 0:
                self.assertEqual(outcome, "applied")
                break
            if status < 0:
                # The signal came before the program was ready for any.
                continue
            self.assertEqual((status, outcome), (128 + signal.SIGTERM, "cancelled"), err)
            after = self.catalogue()
            for table in ("sku_data", "product_data", "category_data", "product_category"):
                self.assertEqual(after[table], before[table])
            self.assertEqual(self.value("PRAGMA integrity_check"), "ok")
        self.assertIn("cancelled", seen)
        self.run_feed(big, "--as", "acme", "--full")
        self.assertEqual(self.value("SELECT count(*) FROM sku"), 40002)
        self.assertEqual(self.value("SELECT count(*) FROM run WHERE outcome = 'running'"), 0)


if __name__ == "__main__":
    unittest.main()

"""Runs as processes: one at a time per job, stopped by signals, killed at any moment."""

import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import unittest

from support import BINARY, Case, offer, yml

TWO = yml(offer("A", "10") + offer("B", "20"))
DEADLINE_SECONDS = 60


class Processes(Case):
    """What tests of runs in the background share."""

    def start(self, *arguments, stdin=subprocess.PIPE):
        """A run in the background; one that reads standard input goes on until it is closed."""
        command = [BINARY, "run", *map(str, arguments), "--json", "--store", f"sqlite:{self.store}"]
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment, cwd=self.folder)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream and not stream.closed:
                stream.close()

    def wait_until(self, condition, what):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            os.sched_yield()
        self.fail(f"waited in vain for {what}")

    def running(self):
        """The run that the ledger shows as going on."""
        try:
            rows = self.query("SELECT run_id FROM run WHERE outcome = 'running'")
        except sqlite3.OperationalError:
            return None
        return rows[0][0] if rows else None

    def start_waiting(self):
        """A run that holds its job's lease and waits for the rest of its feed."""
        process = self.start("-", "--as", "acme")
        process.stdin.write(TWO[:50].encode())
        process.stdin.flush()
        self.wait_until(self.running, "the ledger row")
        return process

    def outcomes(self):
        return [row[0] for row in self.query("SELECT outcome FROM run ORDER BY run_id")]

    def big_feed(self):
        return self.write("big.xml", yml("".join(offer(str(number), more=f"<description>{'x' * 500}</description>") for number in range(40000))))

    def reader_of(self, process):
        """The process id of a run's reader, or None."""
        try:
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            for child in children:
                if pathlib.Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"feedmill-reader"):
                    return int(child)
        except OSError:
            pass
        return None


class Runs(Processes):
    def test_a_second_run_of_a_job_exits_5_and_names_the_holder(self):
        first = self.start_waiting()
        second = self.feedmill("run", "-", "--as", "acme", stdin=TWO.encode())
        self.assertEqual(second.status, 5)
        self.assertIn(str(first.pid), second.err)
        out, _ = first.communicate(TWO[50:].encode())
        self.assertEqual(first.returncode, 0, out)
        self.assertEqual(self.outcomes(), ["applied"])

    def test_another_job_runs_meanwhile(self):
        self.start_waiting()
        report = self.run_feed("-", "--as", "other", stdin=yml(offer("C")).encode())
        self.assertEqual(report["outcome"], "applied")

    def test_a_signal_ends_a_run_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                process = self.start_waiting()
                started = time.monotonic()
                process.send_signal(number)
                process.wait(DEADLINE_SECONDS)
                self.assertLess(time.monotonic() - started, 10)
                self.assertEqual(process.returncode, 128 + number)
                self.assertEqual(self.outcomes()[-1], "cancelled")
                self.assertEqual(self.value("SELECT count(*) FROM sku_data"), 0)
        self.assertEqual(self.run_feed("-", "--as", "acme", stdin=TWO.encode())["outcome"], "applied")

    def test_a_run_under_nohup_goes_on_when_its_terminal_is_closed(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup(1) leaves it to the program
        self.addCleanup(signal.signal, signal.SIGHUP, before)
        process = self.start_waiting()
        process.send_signal(signal.SIGHUP)
        out, _ = process.communicate(TWO[50:].encode())
        self.assertEqual(process.returncode, 0, out)
        self.assertEqual(self.outcomes(), ["applied"])

    def test_a_killed_run_does_not_block_the_next(self):
        process = self.start_waiting()
        process.kill()
        process.wait()
        self.assertEqual(self.run_feed("-", "--as", "acme", stdin=TWO.encode())["outcome"], "applied")
        self.assertEqual(self.outcomes(), ["interrupted", "applied"])

    def test_a_killed_reader_fails_the_run_and_nothing_else(self):
        self.run_feed("-", "--as", "before", stdin=TWO.encode())
        before = self.catalogue()
        process = self.start(self.big_feed(), "--as", "acme", stdin=subprocess.DEVNULL)
        reader = self.wait_until(lambda: self.reader_of(process) or process.poll() is not None, "the reader")
        self.assertIsNot(reader, True, "the run ended before its reader could be found")
        os.kill(reader, signal.SIGKILL)
        _, err = process.communicate()
        self.assertEqual(process.returncode, 1, err)
        self.assertIn(b"killed by signal 9", err)
        self.assertEqual({table: rows for table, rows in self.catalogue().items() if table != "catalog_name"},
                         {table: rows for table, rows in before.items() if table != "catalog_name"})
        self.assertEqual(self.outcomes()[-1], "failed")

    def test_a_reader_has_no_environment_and_dies_with_its_run(self):
        self.environment["FEEDMILL_TEST_CANARY"] = "canary-6711"
        process = self.start(self.big_feed(), "--as", "acme", stdin=subprocess.DEVNULL)
        reader = self.wait_until(lambda: self.reader_of(process), "the reader")
        try:
            self.assertNotIn(b"canary", pathlib.Path(f"/proc/{reader}/environ").read_bytes())
        except PermissionError:
            pass  # it is in its cage, and only root may look into it
        except FileNotFoundError:
            self.skipTest("the reader was too fast to be looked at")
        process.kill()
        process.wait()
        self.wait_until(lambda: not pathlib.Path(f"/proc/{reader}").exists() or "Z" in pathlib.Path(f"/proc/{reader}/stat").read_text().split(")")[1][:3],
                        "the end of the reader")
        self.assertEqual(self.value("SELECT count(*) FROM sku_data"), 0)

    def test_a_run_killed_while_it_applies_leaves_the_catalogue_as_it_was(self):
        self.run_feed("-", "--as", "before", stdin=TWO.encode())
        before = self.value("SELECT count(*) FROM sku_data")
        big = self.big_feed()
        for _ in range(3):
            process = self.start(big, "--as", "acme", stdin=subprocess.DEVNULL)
            wal = pathlib.Path(f"{self.store}-wal")
            self.wait_until(lambda: process.poll() is not None or (wal.exists() and wal.stat().st_size > 1 << 20), "writing to begin")
            process.kill()
            process.wait()
            self.assertIn(self.value("SELECT count(*) FROM sku_data"), (before, before + 40000))
            self.assertEqual(self.value("PRAGMA integrity_check"), "ok")
        self.run_feed(big, "--as", "acme", "--full")
        self.assertEqual(self.value("SELECT count(*) FROM sku"), before + 40000)


if __name__ == "__main__":
    unittest.main()

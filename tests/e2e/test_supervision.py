"""What surrounds the daemon and its runs: who started it, what runs leave behind, which store it has, and who is told."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import unittest

from daemon_support import DEADLINE_SECONDS, Daemons, hanging, steady
from support import BINARY


def start_like_a_careless_parent():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD})


class Supervision(Daemons):
    def careless(self, *arguments):
        with open(self.log, "ab") as log:
            process = subprocess.Popen([BINARY, *arguments, "--store", f"sqlite:{self.store}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env=self.environment, cwd=self.folder, preexec_fn=start_like_a_careless_parent)
        self.addCleanup(self.end, process)
        return process

    def test_a_parent_that_ignores_the_ends_of_children_keeps_nobody_from_waiting_for_them(self):
        self.write_configuration()
        self.job("acme", steady, schedule="{every: 1s}")
        daemon = self.careless("daemon", "-v")
        self.wait_for_outcomes("acme", "applied", "unchanged")
        self.assertEqual(self.stop(daemon), 0, self.said())

    def test_a_parent_that_blocks_signals_keeps_no_run_from_being_stopped(self):
        self.write_configuration()
        self.job("acme", hanging, schedule="{every: 1s}", run_timeout="1s")
        run = self.careless("run", "--scheduled", "acme")
        self.assertEqual(run.wait(DEADLINE_SECONDS), 75, self.said())

    def test_a_run_that_took_too_long_is_told(self):
        told = self.folder / "told"
        self.write_configuration()
        self.job("acme", hanging, schedule="{every: 1s}", run_timeout="1s", retry="{attempts: 1}", on_failure=json.dumps(["tee", str(told)]))
        result = self.feedmill("run", "--scheduled", "acme", cwd=self.folder)
        self.assertEqual(result.status, 1, result.err)
        notice = json.loads(told.read_text())
        self.assertEqual((notice["event"], notice["run"]["error"]["code"]), ("problem", "timeout"))

    def test_what_floods_behind_a_run_keeps_the_daemon_from_nothing(self):
        """A hook leaves somebody behind who writes without an end to what he thinks is the run's standard error."""
        hook = self.write("hook", f"#!{sys.executable}\n" + textwrap.dedent(f"""
            import os, signal, time
            ready, begin = os.pipe()
            if os.fork():
                os.close(begin)
                os.read(ready, 1)
                time.sleep(1)  # while the run goes on, it is flooded too
                raise SystemExit
            os.setsid()
            signal.alarm({2 * DEADLINE_SECONDS})
            open({str(self.folder / "flooding")!r}, "w").write(str(os.getpid()))
            os.write(begin, b"x")
            while True:
                os.write(2, b"flood\\n" * 10000)
            """))
        hook.chmod(0o700)
        self.write_configuration(grace="2s")
        self.job("acme", lambda request, _: request.answer(404), schedule="{every: 1h}", after="other", on_failure=json.dumps([str(hook)]))
        self.job("other", steady, schedule="{every: 1s}")
        daemon = self.start()
        self.wait_for_outcomes("acme", "failed")
        self.wait_until(lambda: (self.folder / "flooding").exists(), "the flood")
        count = len(self.outcomes("other"))
        self.wait_until(lambda: len(self.outcomes("other")) > count + 2, "runs of others")
        before = time.monotonic()
        self.assertEqual(self.stop(daemon), 0)
        self.assertLess(time.monotonic() - before, 20)

    def test_a_store_has_one_daemon_by_whatever_link_it_is_found(self):
        self.write_configuration()
        self.job("acme", steady, schedule="'@yearly'")
        first = self.start()
        self.wait_until(lambda: os.path.exists(f"{self.store}-daemon") and os.path.getsize(f"{self.store}-daemon") > 0, "the first daemon")
        link = self.folder / "link.db"
        link.symlink_to(self.store)
        second = subprocess.run([BINARY, "daemon", "--store", f"sqlite:{link}"], cwd=self.folder, env=self.environment, capture_output=True,
                                text=True, timeout=DEADLINE_SECONDS)
        self.assertEqual(second.returncode, 5, second.stderr)
        self.assertIn(f"process {first.pid}", second.stderr)
        self.assertEqual(self.stop(first), 0, self.said())

    def test_a_job_that_is_renamed_under_a_daemon_goes_on_when_that_is_told(self):
        self.write_configuration()
        self.job("acme", steady, schedule="{every: 2s}")
        daemon = self.start()
        self.wait_for_outcomes("acme", "applied")

        def rename():
            result = self.feedmill("job", "rename", "acme", "beta", cwd=self.folder)
            self.assertIn(result.status, (0, 1), result.err)  # 1: it is being run just now
            return result if result.status == 0 else None

        renamed = self.wait_until(rename, "a moment without a run")
        self.assertIn("(SIGHUP)", renamed.err)
        self.assertIn("feedmill systemd install beta", renamed.err)
        before = len(self.outcomes("beta"))
        daemon.send_signal(signal.SIGHUP)
        self.wait_until(lambda: len(self.outcomes("beta")) > before + 1, "runs under the new name")
        self.assertEqual(self.stop(daemon), 0, self.said())
        self.assertEqual(self.outcomes("acme"), [])
        self.assertEqual(self.query("SELECT count(*), count(DISTINCT due_at_ms) FROM run"), [(len(self.outcomes("beta")),) * 2])
        self.assertEqual(self.query("SELECT DISTINCT job FROM sku"), [("beta",)])

    def test_hooks_that_hang_hold_up_a_run_once(self):
        self.write_configuration()
        self.write("jobs/other.yaml", "source: /nowhere/other.xml\non_failure: [\"false\"]\n")
        self.assertIn("ended with status 1", self.feedmill("run", "other", cwd=self.folder).err)
        script = self.write("hook", f"#!/bin/sh\ntest ! -e {self.folder}/hangs || exec sleep 1000\ncat >> {self.folder}/told\n")
        script.chmod(0o700)
        self.write("hangs", "")
        hook = json.dumps([str(script)])
        for name in ("acme", "beta"):
            self.write(f"jobs/{name}.yaml", f"source: /nowhere/{name}.xml\non_failure: {hook}\n")
            with self.assertRaises(subprocess.TimeoutExpired):  # killed, as it waits for its hook
                self.feedmill("run", name, cwd=self.folder, timeout=3)
        with self.writing() as store:
            store.execute("UPDATE job_state SET telling_until_ms = NULL")
        self.job("fine", steady)
        begun = time.monotonic()
        result = self.feedmill("run", "fine", cwd=self.folder)
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(result.err.count("the command took longer"), 1, result.err)
        self.assertIn("nobody could be told: a hook has failed since ", result.err)
        self.assertEqual(result.err.count("ended with status 1"), 1, result.err)  # another hook is called all the same
        self.assertLess(time.monotonic() - begun, 55)
        # Runs that come soon after do not wait for it, though it may work by now; of how it is, people can know.
        begun = time.monotonic()
        for name, status in (("fine", 0), ("acme", 1)):
            result = self.feedmill("run", name, cwd=self.folder)
            self.assertEqual(result.status, status, result.err)
            self.assertEqual(result.err.count("a hook has failed since "), 1, result.err)
        self.assertLess(time.monotonic() - begun, 25)
        jobs = self.feedmill("jobs", cwd=self.folder)
        self.assertRegex(jobs.err, rf"warning: a hook has failed since \S+, 1 times, and is left alone until \S+: the hook '{script}': the command took longer")
        self.assertRegex(jobs.err, r"warning: a hook has failed since \S+, \d times: the hook 'false'")
        rows = {row["job"]: row for row in self.feedmill("jobs", "--json", cwd=self.folder).rows}
        self.assertGreater(rows["acme"]["hook_failing_at_ms"], 0)
        self.assertEqual(rows["acme"]["hook_error"], rows["beta"]["hook_error"])
        self.assertEqual((rows["fine"]["hook_failing_at_ms"], rows["fine"]["hook_error"]), (None, None))
        # When it is due and works, each is told once.
        (self.folder / "hangs").unlink()
        self.feedmill("run", "fine", cwd=self.folder)
        self.assertFalse((self.folder / "told").exists())
        with self.writing() as store:
            store.execute("UPDATE hook_state SET waits_until_ms = 1 WHERE waits_until_ms IS NOT NULL")
        for _ in range(2):
            result = self.feedmill("run", "fine", cwd=self.folder)
            self.assertNotIn("a hook has failed", result.err)
        told = [json.loads(line) for line in (self.folder / "told").read_text().splitlines()]
        self.assertEqual(sorted((notice["job"], notice["problem"]) for notice in told), [("acme", "failed"), ("beta", "failed")])
        self.assertNotIn(str(script), self.feedmill("jobs", cwd=self.folder).err)


if __name__ == "__main__":
    unittest.main()

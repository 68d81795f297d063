"""Nothing outlives a run or a daemon that is killed: neither runs, nor their readers, hooks and secret commands, nor what those started."""

import json
import os
import pathlib
import signal
import subprocess
import unittest

from daemon_support import Daemons, steady
from support import BINARY


def status_of(pid):
    """Letter of its state and its parent; None where it is gone."""
    try:
        state, parent = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state in "ZX" else (state, int(parent))


class Orphans(Daemons):
    def setUp(self):
        super().setUp()
        self.pids = self.folder / "pids"

    def waiter(self):
        """A program that starts another one, says who is there, and does not end by itself or by a mild signal."""
        script = self.write("waiter", f"#!/bin/sh\ntrap '' TERM HUP INT\nsleep 1000 &\necho $PPID $$ $! > {self.pids}.new && mv {self.pids}.new {self.pids}\nwait\n")
        script.chmod(0o700)
        return str(script)

    def hook_job(self, **keys):
        self.job("acme", lambda request, _: request.answer(404), on_failure=json.dumps([self.waiter()]), **keys)

    def secret_job(self, **keys):
        self.write("connections/shop.yaml", json.dumps({"kind": "bearer", "token": {"command": [self.waiter()]}}))
        self.job("acme", steady, connection="shop", **keys)

    def wait_for_pids(self):
        """Of the run, and of what it started: the keeper, the program, and the program's own child."""
        keeper, program, child = map(int, self.wait_until(lambda: self.pids.exists() and self.pids.read_text().split(), "the program"))
        for pid in (keeper, program, child):
            self.addCleanup(self.kill, pid)
        run = status_of(keeper)[1]
        self.assertIn(b"run", pathlib.Path(f"/proc/{run}/cmdline").read_bytes().split(b"\0"))
        return run, (keeper, program, child)

    @staticmethod
    def kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait_for_ends(self, *pids):
        self.wait_until(lambda: not any(map(status_of, pids)), f"the ends of {pids}")

    def start_run(self):
        with open(self.log, "ab") as log:
            process = subprocess.Popen([BINARY, "run", "acme", "--store", f"sqlite:{self.store}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env=self.environment, cwd=self.folder, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    def jobs(self):
        """Ways to make a job whose run waits for a program."""
        self.write_configuration()
        return (("hook", self.hook_job), ("secret command", self.secret_job))

    def make(self, make_job, **keys):
        self.pids.unlink(missing_ok=True)
        make_job(**keys)

    def test_a_run_that_is_killed_takes_its_programs_with_it(self):
        for name, make_job in self.jobs():
            with self.subTest(program=name):
                self.make(make_job)
                process = self.start_run()
                run, pids = self.wait_for_pids()
                self.assertEqual(run, process.pid)
                process.kill()
                process.wait()
                self.wait_for_ends(*pids)

    def test_so_does_one_that_is_killed_with_its_process_group(self):
        for name, make_job in self.jobs():
            with self.subTest(program=name):
                self.make(make_job)
                process = self.start_run()
                _, pids = self.wait_for_pids()
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                self.wait_for_ends(*pids)

    def test_a_daemon_that_is_killed_takes_all_with_it(self):
        for name, make_job in self.jobs():
            with self.subTest(program=name):
                self.make(make_job, schedule="{every: 1s}")
                daemon = self.start()
                run, pids = self.wait_for_pids()
                self.assertEqual(status_of(run)[1], daemon.pid)
                daemon.kill()
                daemon.wait()
                self.wait_for_ends(run, *pids)
                self.wait_until(lambda: not self.processes(), "the ends of all")

    def test_the_daemon_outlives_a_run_that_is_killed_with_its_programs(self):
        self.write_configuration()
        self.hook_job(schedule="{every: 1s}")
        daemon = self.start()
        run, pids = self.wait_for_pids()
        os.kill(run, signal.SIGKILL)
        self.wait_for_ends(run, *pids)
        self.assertIsNone(daemon.poll())
        self.wait_until(lambda: len(self.outcomes("acme")) > 1, "another run")
        self.assertEqual(self.stop(daemon), 0, self.said())
        self.assertIn("was killed by signal 9", self.said())


if __name__ == "__main__":
    unittest.main()

"""Time and memory of feedmill's daemon with many jobs, one file each: from its start to READY=1, at rest, and of 'check' and 'next'.

    daemon.py --program build/release/feedmill [--jobs N] [--rounds N] [--folder FOLDER]

Each figure is the median of the rounds. 'new' begins without a store, so that all jobs are new to it; 'known' goes on with that
store. Processor time is user and system time together; the memory at the start is the peak, at rest what is left of it.
"""

import argparse
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

REST_SECONDS = 2.0

CONFIGURATION = """state: state
daemon:
  concurrency: 4
"""

SCHEDULES = ["'{minute} {hour} * * *'", "{{every: {period}m}}", "'Mon..Fri {hour:02}:{minute:02}'", "'*-*-01/2 {hour:02}:{minute:02}'"]
ZONES = ["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata", "Europe/Warsaw"]

JOB = """# feeds of a supplier
source: https://feeds-{host}.example/export/{number}.xml
dialect: google
catalog: main
id_prefix: s{number}-
schedule: {schedule}
timezone: {zone}
jitter: 5m
default_currency: EUR
guards:
  removed: {{percent: 20}}
"""


def make_jobs(folder, count):
    """A configuration whose jobs are of several kinds of schedules, zones and hosts; none of them is due in the next minutes."""
    (folder / "jobs").mkdir()
    (folder / "feedmill.yaml").write_text(CONFIGURATION)
    hour_now = time.gmtime().tm_hour
    for number in range(count):
        zone = ZONES[number // len(SCHEDULES) % len(ZONES)]
        schedule = SCHEDULES[number % len(SCHEDULES)].format(minute=number % 60, hour=(hour_now + 12) % 24, period=1440)
        text = JOB.format(host=number % 1000, number=number, schedule=schedule, zone=zone)
        (folder / "jobs" / f"supplier-{number:06}.yaml").write_text(text)


class Daemon:
    """One that is started, and waited for until it is ready."""

    def __init__(self, program, folder):
        path = str(folder / "notify")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(path)
        listener.settimeout(120)
        started = time.monotonic()
        self.process = subprocess.Popen([program, "daemon", "--config", folder / "feedmill.yaml"], env=dict(os.environ, NOTIFY_SOCKET=path))
        while b"READY=1" not in listener.recv(4096):
            pass
        self.seconds = time.monotonic() - started
        self.cpu = self.ticks() / os.sysconf("SC_CLK_TCK")
        self.peak = self.memory("VmHWM")
        listener.close()
        os.unlink(path)

    def ticks(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def memory(self, which):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(which + ":"):
                return int(line.split()[1]) / 1024
        raise ValueError(which)

    def rest(self):
        """(ticks in REST_SECONDS, memory)"""
        time.sleep(0.2)
        before = self.ticks()
        time.sleep(REST_SECONDS)
        return self.ticks() - before, self.memory("VmRSS")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            raise SystemExit(f"the daemon ended with status {self.process.returncode}")


def run_command(program, *arguments):
    """(seconds, processor seconds) of a command that is to succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run([program, *arguments], stdout=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(program, folder, rounds):
    figures = {name: [] for name in ("new", "known", "check", "next")}
    rest = []
    for _ in range(rounds):
        for name in ("new", "known"):
            if name == "new":
                shutil.rmtree(folder / "state", ignore_errors=True)
            daemon = Daemon(program, folder)
            figures[name].append((daemon.seconds, daemon.cpu, daemon.peak))
            if name == "known":
                rest.append(daemon.rest())
            daemon.stop()
        for name in ("check", "next"):
            figures[name].append(run_command(program, name, "--config", folder / "feedmill.yaml"))
    return figures, rest


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=pathlib.Path, help="where the files are put; a file system in memory shows feedmill's own time")
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        make_jobs(folder, arguments.jobs)
        figures, rest = measure(program, folder, arguments.rounds)
    print(f"{arguments.jobs} jobs, {arguments.rounds} rounds: seconds, processor seconds, peak MiB")
    for name, rows in figures.items():
        print(f"{name:6}", *(f"{statistics.median(column):8.2f}" for column in zip(*rows)))
    print(f"at rest: {max(ticks for ticks, _ in rest)} ticks in {REST_SECONDS:.0f} s, {statistics.median(size for _, size in rest):.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())

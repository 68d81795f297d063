"""Time and memory of feedmill beside floors and peers, on feeds made up for it; ratios of medians of interleaved runs.

    bench.py --program build/release/feedmill --tools build/release/tests/bench [--offers N] [--rounds N] [--table FILE]
             [--plot FILE --sizes N,N,...] [--without-peers]

Times are from start to exit, less what fetching the feed into the spool took; peers read the file where it is. Memory is the sum of
the peaks of all processes, in which what they share counts once.
"""

import argparse
import contextlib
import http.server
import itertools
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"  # Debian's, which python3-lxml is for
ASKED_RUNS = 20  # with nothing to do, in each round
MEMORY = re.compile(rb"^(?:VmHWM|RssShmem):\s+(\d+) kB$", re.MULTILINE)


class Failed(Exception):
    """A measured program did not do its work."""


def processes_below(pid):
    """It and all that it and they have started."""
    found, waiting = [], [pid]
    with contextlib.suppress(OSError):
        while waiting:
            each = waiting.pop()
            found.append(each)
            for task in os.listdir(f"/proc/{each}/task"):
                waiting += map(int, pathlib.Path(f"/proc/{each}/task/{task}/children").read_text().split())
    return found


def memory_of(pid):
    """MiB: the most that it had, and what it has now of memory that it may share; None when it is gone."""
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as status:
            found = MEMORY.findall(status.read())
    except OSError:
        return None
    return tuple(int(kilobytes) / 1024 for kilobytes in found) if len(found) == 2 else None


def measure(arguments, **options):
    """Run to the end: (standard output, seconds, MiB). What processes share counts once."""
    os.sync()  # what others have written is not to be written while this one is measured
    peaks, shared = {}, {}
    started = time.monotonic()
    process = subprocess.Popen([str(each) for each in arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def watch():
        pids = []
        for look in itertools.count():
            if process.poll() is not None:
                return
            # Looking for new ones takes most of a look, and is taken from what is measured; but a short run is soon over.
            if look < 50 or look % 5 == 0:
                pids = processes_below(process.pid)
            for pid in pids:
                peak, part = memory_of(pid) or (0, 0)
                peaks[pid] = max(peak, peaks.get(pid, 0))
                shared[pid] = max(part, shared.get(pid, 0))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, err = process.communicate()
    seconds = time.monotonic() - started
    watcher.join()
    if process.returncode != 0:
        raise Failed(f"{arguments[0]} ended with {process.returncode}: {err.decode(errors='replace')[-400:]}")
    return out.decode(), seconds, sum(peaks.values()) - sum(shared.values()) + max(shared.values(), default=0)


@contextlib.contextmanager
def serve(content):
    """The URL of a server of one document that never changes."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            is_known = self.headers.get("If-None-Match") == '"1"'
            self.send_response(304 if is_known else 200)
            self.send_header("ETag", '"1"')
            if not is_known:
                self.send_header("Content-Type", "application/xml")
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not is_known:
                self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/feed.xml"
        finally:
            server.shutdown()


class Bench:
    def __init__(self, arguments, folder):
        self.program = pathlib.Path(arguments.program).resolve()
        self.tools = pathlib.Path(arguments.tools).resolve()
        self.folder = folder
        (folder / "config/dialects").mkdir(parents=True)
        (folder / "config/jobs").mkdir()
        for path in (HERE / "dialects").iterdir():
            shutil.copy(path, folder / "config/dialects")
        if arguments.node:  # a module looks for others in the folders above it
            shutil.copy(HERE / "peer_duckdb.mjs", folder)
            (folder / "node_modules").symlink_to(pathlib.Path(arguments.node).resolve() / "node_modules")
        self.configuration = folder / "config/feedmill.yaml"
        self.configuration.write_text("dialects: dialects\njobs: jobs\n")
        self.configuration.chmod(0o644)

    def feed(self, name, extension, *options):
        path = self.folder / f"{name}.{extension}"
        with open(path, "wb") as out:
            subprocess.run([self.tools / "feed_generate", "--format", extension, *map(str, options)], stdout=out, check=True)
        return path

    @property
    def environment(self):
        return {**os.environ, "XDG_STATE_HOME": str(self.folder / "state"), "FEEDMILL_CONFIG": str(self.configuration)}

    def job(self, name, text):
        path = self.folder / f"config/jobs/{name}.yaml"
        path.write_text(text)
        path.chmod(0o644)

    def command(self, job, store):
        return [str(self.program), "run", job, "--store", f"sqlite:{store}", "--json"]

    def run(self, feed, store):
        self.job("bench", f"source: {feed}\nmissing: mark\nmax_bytes: 64GiB\n")
        out, seconds, memory = measure(self.command("bench", store), env=self.environment)
        report = json.loads(out)
        if report["outcome"] != "applied":
            raise Failed(f"{feed.name}: {report['outcome']}")
        return seconds - report["fetch_ms"] / 1000, memory, report

    def cold(self, feed):
        store = self.folder / "cold.db"
        remove(store)
        return self.run(feed, store)

    def again(self, feed, base):
        """A run onto a copy of a store that has an earlier version."""
        store = self.folder / "again.db"
        remove(store)
        shutil.copy(base, store)
        return self.run(feed, store)

    def asked(self, store):
        """One run whose server may say that nothing has changed: (seconds, whether it did)."""
        started = time.monotonic()
        done = subprocess.run(self.command("asked", store), env=self.environment, capture_output=True, check=False)
        seconds = time.monotonic() - started
        if done.returncode != 0:
            raise Failed(f"the run that asks ended with {done.returncode}: {done.stderr.decode(errors='replace')[-400:]}")
        report = json.loads(done.stdout)
        return seconds - report["fetch_ms"] / 1000, (report["outcome"], report["feed"]["http_status"]) == ("unchanged", 304)

    def not_modified(self, base):
        """The median of some such runs of a small feed, beside a large catalog."""
        feed = self.feed("asked", "yml", "--offers", 100)
        store = self.folder / "asked.db"
        remove(store)
        shutil.copy(base, store)
        with serve(feed.read_bytes()) as url:
            self.job("asked", f"source: {url}\nnetwork: private\ncatalog: asked\ndialect: yml\n")
            self.asked(store)
            played = [self.asked(store) for _ in range(ASKED_RUNS)]
        if not all(is_known for _, is_known in played):
            raise Failed("a feed that had not changed was fetched again")
        return statistics.median(seconds for seconds, _ in played), 0, None

    def parse_floor(self, feed):
        _, seconds, memory = measure([self.tools / "floor_parse", feed])
        return seconds, memory, None

    def insert_floor(self, base):
        store = self.folder / "floor.db"
        remove(store)
        out, _, memory = measure([self.tools / "floor_insert", base, store])
        return json.loads(out)["ms"] / 1000, memory, None

    def lxml(self, feed, base):
        store = self.folder / "lxml.db"
        remove(store)
        if base:
            shutil.copy(base, store)
        _, seconds, memory = measure([PYTHON, HERE / "peer_lxml.py", feed, store])
        return seconds, memory, None

    def duckdb(self, feed, base):
        store = self.folder / "peer.duckdb"
        remove(store)
        if base:
            shutil.copy(base, store)
        _, seconds, memory = measure(["node", self.folder / "peer_duckdb.mjs", feed, store, str(os.cpu_count())])
        return seconds, memory, None


def remove(store):
    for suffix in ("", "-wal", "-shm", "-journal", ".wal"):
        pathlib.Path(f"{store}{suffix}").unlink(missing_ok=True)


def settle(store):
    """Put what a write-ahead log holds into the file, so that the file alone is the store."""
    subprocess.run(["sqlite3", store, "PRAGMA wal_checkpoint(TRUNCATE)"], check=True, stdout=subprocess.DEVNULL)


class Case:
    """What is measured; its ceiling is a ratio, or seconds where it reads no feed."""

    def __init__(self, name, play, against=None, ceiling=None, reads=True):
        self.name, self.play, self.against, self.ceiling, self.reads = name, play, against, ceiling, reads
        self.seconds, self.memory = [], []

    def measure(self):
        seconds, memory, _ = self.play()
        self.seconds.append(seconds)
        self.memory.append(memory)

    @property
    def median(self):
        return statistics.median(self.seconds)


def make_first_cases(bench, offers):
    """Those of the plot, the first feed, and a store that has it."""
    first = bench.feed("first", "yml", "--offers", offers)
    redated = bench.feed("redated", "yml", "--offers", offers, "--version", 1)
    one = bench.feed("one", "yml", "--offers", offers, "--version", 2, "--changed", 0.01)
    base = bench.folder / "base.db"
    bench.run(first, base)
    settle(base)
    return [
        Case("cold", lambda: bench.cold(first), ("floor: parse", "floor: insert"), 1.2),
        Case("unchanged", lambda: bench.again(redated, base)),
        Case("1 % changed", lambda: bench.again(one, base), ("unchanged",), 2),
    ], first, base


def make_cases(bench, offers, peers):
    """All cases of one size, in the order in which a round plays them, and the first feed."""
    own, first, base = make_first_cases(bench, offers)
    ten = bench.feed("ten", "yml", "--offers", offers, "--version", 3, "--changed", 0.1)
    touched = bench.feed("touched", "yml", "--offers", offers, "--version", 4, "--touched", "--changed", 0.01)
    cyrillic = bench.feed("cyrillic", "yml", "--offers", offers, "--encoding", "windows-1251")
    cases = [
        Case("floor: parse", lambda: bench.parse_floor(first)),
        Case("floor: insert", lambda: bench.insert_floor(base)),
        *own,
        Case("10 % changed", lambda: bench.again(ten, base), ("unchanged",), 6),
        Case("all bytes differ, 1 % of items", lambda: bench.again(touched, base), ("floor: parse",), 1.5),
        Case("cold, windows-1251", lambda: bench.cold(cyrillic), ("cold",), 1.1),
        Case("304 Not Modified", lambda: bench.not_modified(base), None, 0.02, reads=False),
    ]
    if not peers:
        return cases, first
    lxml = bench.folder / "lxml-base.db"
    lines = bench.feed("first", "jsonl", "--offers", offers)
    array = bench.feed("first", "json", "--offers", offers)
    touched_lines = bench.feed("again", "jsonl", "--offers", offers)
    with open(touched_lines, "ab") as out:
        out.write(b"\n")
    duck, lines_base = bench.folder / "base.duckdb", bench.folder / "lines-base.db"
    bench.run(lines, lines_base)
    settle(lines_base)
    measure([PYTHON, HERE / "peer_lxml.py", first, lxml])
    settle(lxml)
    measure(["node", bench.folder / "peer_duckdb.mjs", lines, duck, str(os.cpu_count())])
    return cases + [
        Case("lxml and sqlite3, cold", lambda: bench.lxml(first, None), ("cold",)),
        Case("lxml and sqlite3, unchanged", lambda: bench.lxml(first, lxml), ("unchanged",)),
        Case("JSON Lines, cold", lambda: bench.cold(lines)),
        Case("JSON Lines, unchanged", lambda: bench.again(touched_lines, lines_base)),
        Case("JSON, cold", lambda: bench.cold(array)),
        Case("DuckDB, JSON Lines, cold", lambda: bench.duckdb(lines, None), ("JSON Lines, cold",)),
        Case("DuckDB, JSON Lines, unchanged", lambda: bench.duckdb(lines, duck), ("JSON Lines, unchanged",)),
        Case("DuckDB, JSON, cold", lambda: bench.duckdb(array, None), ("JSON, cold",)),
    ], first


def play(cases, rounds):
    for number in range(rounds):
        for case in cases:
            case.measure()
            print(f"round {number + 1}: {case.name}: {case.seconds[-1]:.3f} s, {case.memory[-1]:.0f} MiB", file=sys.stderr, flush=True)


def slower(by_name, names):
    return max((by_name[name] for name in names), key=lambda case: case.median)


def table_of(cases, offers, feed):
    by_name = {case.name: case for case in cases}
    megabytes = feed.stat().st_size / 1e6
    lines = [f"{offers:,} offers, {megabytes:.0f} MB of YML, {os.cpu_count()} processors, medians of {len(cases[0].seconds)} rounds", "",
             "| what | s | MB/s | MiB | ratio | ceiling |", "| --- | --- | --- | --- | --- | --- |"]
    for case in cases:
        ratio = ceiling = ""
        if case.against:
            other = slower(by_name, case.against)
            ratio = f"{case.median / other.median:.2f} × {other.name}"
        if case.ceiling:
            ceiling = f"≤ {case.ceiling} ×" if case.reads else f"≤ {case.ceiling:.3f} s"
        speed = f"{megabytes / case.median:.0f} | {max(case.memory):.0f}" if case.reads else " | "
        lines.append(f"| {case.name} | {case.median:.3f} | {speed} | {ratio} | {ceiling} |")
    return "\n".join(lines) + "\n"


# ---- the plot ----

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 420, 70, 50, 30, 160
COLOURS = {"cold": "#b3261e", "1 % changed": "#e08600", "unchanged": "#1b6e3c"}


def logarithm(value, low, high, start, end):
    import math
    return start + (math.log10(value) - math.log10(low)) / (math.log10(high) - math.log10(low)) * (end - start)


def ticks(low, high):
    tick = 1e-4
    while tick <= high * 1.0001:
        if tick >= low * 0.9999:
            yield tick
        tick *= 10


def plot_of(series):
    """Seconds against offers, both logarithmic: {name: [(offers, seconds), ...]}."""
    points = [point for line in series.values() for point in line]
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    y_low, y_high = min(y for _, y in points) / 1.5, max(y for _, y in points) * 1.5

    def place(x, y):
        return logarithm(x, x_low, x_high, LEFT, WIDTH - RIGHT), logarithm(y, y_low, y_high, HEIGHT - BOTTOM, TOP)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for tick in ticks(x_low, x_high):
        x, _ = place(tick, y_high)
        out.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
                   f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:,.0f}</text>')
    for tick in ticks(y_low, y_high):
        _, y = place(x_low, tick)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g} s</text>')
    for name, line in series.items():
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        x, y = place(*line[-1])
        out.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>'
                   f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{COLOURS[name]}">{name}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">offers in the feed</text></svg>')
    return "\n".join(out) + "\n"


def growth(arguments, sizes):
    """[(offers, {name: case})]: time and memory of each size."""
    measured = []
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="feedmill-bench.") as folder:
            cases, _, _ = make_first_cases(Bench(arguments, pathlib.Path(folder)), size)
            play(cases, max(1, min(arguments.rounds, 3)))
        measured.append((size, {case.name: case for case in cases}))
    return measured


def growth_table_of(measured):
    names = list(COLOURS)
    lines = ["| offers | " + " | ".join(f"{name}, s | µs each" for name in names) + " | MiB | ceiling |",
             "| --- |" + " --- |" * (2 * len(names) + 2)]
    for size, cases in measured:
        times = " | ".join(f"{cases[name].median:.3f} | {cases[name].median / size * 1e6:.2f}" for name in names)
        memory = max(max(case.memory) for case in cases.values())
        lines.append(f"| {size:,} | {times} | {memory:.0f} | ≤ {96 + 32 * size / 2**20:.0f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--tools", required=True)
    parser.add_argument("--folder", default=os.environ.get("TMPDIR", "/tmp"), help="where feeds and stores are put")
    parser.add_argument("--node", help="a folder with node_modules/@duckdb/node-api in it")
    parser.add_argument("--offers", type=int, default=500000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--table", type=pathlib.Path, help="also write the table to this file")
    parser.add_argument("--plot", type=pathlib.Path, help="an SVG of time against size, and a table of it")
    parser.add_argument("--sizes", default="1000,10000,100000,500000,2000000")
    parser.add_argument("--without-peers", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="feedmill-bench.") as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        cases, feed = make_cases(bench, arguments.offers, not arguments.without_peers)
        play(cases, arguments.rounds)
        table = table_of(cases, arguments.offers, feed)
    print(table)
    if arguments.table:
        arguments.table.write_text(table)
    if arguments.plot:
        measured = growth(arguments, [int(size) for size in arguments.sizes.split(",")])
        print(growth_table_of(measured))
        arguments.plot.write_text(plot_of({name: [(size, cases[name].median) for size, cases in measured] for name in COLOURS}))


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")

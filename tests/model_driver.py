"""Runs histories through the program and the model, compares them after each step, and makes what differs small.

Environment: FEEDMILL_BINARY (the program). Files are made in /dev/shm where there is one.
"""

import argparse
import collections
import contextlib
import copy
import json
import multiprocessing
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import model
import model_feed
import model_history
import model_layout
import model_undo
from model_sku import RunFails
from model_store import KIND_PLURALS, Difference, compare_tables, dump, edit_state, read_bookkeeping, read_tables, tables_of, write_edit

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = os.environ.get("FEEDMILL_BINARY", str(ROOT / "build/dev/feedmill"))
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
STRICT_DIALECT = """description: every offer has a name
extends: {}
records:
  offer:
    fields:
      name: {{from: name, required: true}}
"""
MINIMISE_SECONDS = 60


# The program


class Program:
    """The program in a folder of its own."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="feedmill-model-", dir=SCRATCH))
        for name in ("jobs", "dialects"):
            (self.folder / name).mkdir(mode=0o700)
        self.store = str(self.folder / "market.db")
        self.write("feedmill.yaml", f"store: sqlite:{self.store}\njobs: jobs\ndialects: dialects\nkeep: {{runs: 1000}}\n")
        for name, text in model_layout.DIALECTS.items():
            self.write(f"dialects/{name}.yaml", text)
        for name in ("yml", *model_layout.DIALECTS):
            self.write(f"dialects/strict-{name}.yaml", STRICT_DIALECT.format(name))
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state"),
                            "ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def reset(self):
        for path in self.folder.glob("market.db*"):
            path.unlink()
        for path in self.folder.glob("copy.db*"):
            path.unlink()
        shutil.rmtree(self.folder / "state", ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    def call(self, *arguments):
        return subprocess.run([BINARY, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120, check=False)

    def run(self, job, *options):
        done = self.call("run", job, "--json", *options)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            raise Difference(f"status {done.returncode}, no report\n{done.stdout}{done.stderr}") from None
        if done.returncode != report["exit_status"]:
            raise Difference(f"exit status {done.returncode}, reported {report['exit_status']}")
        return report


def job_text(folder, job, config, feed):
    """The job's file."""
    dialect = config["dialect"]
    if dialect != "google":
        layout = feed.get("layout", "yml")
        name = f"strict-{layout}" if dialect.startswith("strict") else layout
        dialect = f"{{name: {name}, group_id: parent}}" if dialect.endswith("parent") else name
    lines = [f"source: {folder}/{job}.feed", f"dialect: {dialect}", "catalog: main", "guards: off"]
    lines += [f"{key}: {json.dumps(value)}" for key, value in effective(job, config).items()]
    return "\n".join(lines) + "\n"


def effective(job, config):
    """A job's keys as its file has them: those that go together, and `missing` only where the job can remove items, and may want to (`removes`)."""
    keys = {key: value for key, value in config.items() if key not in ("dialect", "after", "removes")}
    if keys.get("scope") == "prices":
        if keys.get("mode") == "add":
            del keys["mode"]
        keys.pop("missing", None)
    elif not config.get("removes") and (config.get("mode", "upsert") != "upsert" or keys.get("scope", "all") != "all"):
        del keys["missing"]
    elif "after" in config and keys["missing"] != "keep":
        keys["missing"] = {"action": keys["missing"], "after": config["after"]}
    if "take_over" in keys:
        keys["take_over"] = [each for each in keys["take_over"] if each != job]
        if not keys["take_over"]:
            del keys["take_over"]
    return keys


def policy_of(job, config):
    """What the model takes of a job's file, with the defaults that follow from other keys."""
    policy = effective(job, config)
    missing = policy.get("missing", "keep")
    if isinstance(missing, dict):
        policy["after"] = missing["after"]
        missing = missing["action"]
    policy["missing"] = missing
    policy["dialect"] = config["dialect"]
    scope = policy.get("scope", "all")
    if scope != "all":
        policy["categories"] = "ignore"
    if policy.get("mode", "upsert") != "upsert" or scope != "all":
        words = policy.get("on_absent", "keep")
        policy["on_absent"] = words if not isinstance(words, dict) or "default" in words else {"default": "keep", **words}
    if config["dialect"] in ("parent", "strict_parent"):
        policy["group_id"] = "parent"
    return policy


PROBES = {
    "on_absent": "on_absent: keep",
    "on_empty": "on_empty: {name: keep}",
    "duplicates": "duplicates: last",
    "categories": "categories: add",
    "mode": "mode: add",
    "scope": "scope: skus",
    "after": "missing: {action: mark, after: 3}",
    "take_over": "take_over: [b]",
}


def probe_features():
    """Which keys this program has: those that `check` lets pass."""
    program = Program()
    try:
        features = set()
        for name, text in PROBES.items():
            program.write("jobs/probe.yaml", f"source: {program.folder}/a.feed\ncatalog: main\n{text}\n")
            if program.call("check").returncode == 0:
                features.add(name)
        if program.call("undo", "--help").returncode == 0:
            features.add("undo")
        return features
    finally:
        program.close()


# One history


class Judge:
    """Runs a history, and raises Difference at the first step that is not as the model says."""

    def __init__(self, program):
        self.program = program
        self.runs = 0
        self.undos = {"whole": 0, "refused": 0, "in part": 0}
        self.known = 0        # records that runs left out because they knew them

    def play(self, history):
        self.program.reset()
        self.state = model.empty_state()
        self.made = {}        # (kind, id): the run that created it
        self.events = []      # model_undo.Event of every run that was applied, and of every edit
        self.clean = {}       # job: (feed, job file) of its last applied run, while nothing else has touched the catalogue
        for number, step in enumerate(history["steps"]):
            try:
                if step["do"] == "sql":
                    self.play_edit(step)
                elif step["do"] == "undo":
                    self.play_undo(step)
                else:
                    self.play_run(step)
            except Difference as difference:
                raise Difference(f"step {number}: {difference}") from None

    def play_edit(self, step):
        if not os.path.exists(self.program.store):
            return
        item = (KIND_PLURALS[step["table"]], step["id"])
        before = self.snapshot()
        write_edit(self.program.store, step)
        if edit_state(self.state, step):
            self.clean = {}
        if before.row(*item) is not None:
            if step["set"] is None:
                del self.made[item]
            self.events.append(model_undo.Event(before, self.snapshot(), edited=item if step["set"] else None))
        compare_tables(tables_of(self.state), read_tables(self.program.store), ("the model", "the store after the edit"))

    def snapshot(self):
        return model_undo.Snapshot(self.state, self.made)

    def play_run(self, step):
        job, program = step["job"], self.program
        document = model_feed.write(step["feed"])
        text = job_text(program.folder, job, step["config"], step["feed"])
        program.write(f"{job}.feed", document)
        program.write(f"jobs/{job}.yaml", text)
        try:
            state, outcome = model.apply(self.state, job, step["feed"], policy_of(job, step["config"]))
        except RunFails as failure:
            self.play_failure(job, failure)
            return

        copied = program.folder / "copy.db"
        if "copy" in step["checks"] and os.path.exists(program.store):
            copy_store(program.store, copied)
        dry = self.dry_run(job, state, outcome) if "dry" in step["checks"] else None
        full = self.dry_run(job, state, outcome, "--full") if "full" in step["checks"] else None
        before = dump(program.store)
        report = self.run(job)
        self.judge(step, report, state, outcome, (document, text))
        if report["outcome"] == "unchanged" and dump(program.store) != before:
            raise Difference("the run was unchanged, but wrote more than its ledger row")
        if dry and dry["outcome"] != "unchanged" and report["outcome"] == "applied":
            compare_reports(dry, report, "dry run", "run")
        if full and report["outcome"] == "applied":
            compare_reports(full, report, "--full --dry-run", "run")
        if os.path.exists(copied):
            self.compare_full(job, report, copied)
            for path in program.folder.glob("copy.db*"):
                path.unlink()
        if model.has_changed(outcome) or model.has_passed_offers(self.state, state):
            self.clean = {}
        self.clean[job] = None if outcome.is_waiting else (document, text)
        before = self.snapshot()
        self.state = state
        if report["outcome"] == "applied":
            self.made = model_undo.made_after(before, state, report["run"])
            self.events.append(model_undo.Event(before, self.snapshot(), run_id=report["run"]))
        self.compare_bookkeeping()

    def play_undo(self, step):
        """A run or an undo that holds is undone: all is as the model says, or, with conflicts, as it was. `back`: how many there are after it."""
        runs = [event for event in self.events if event.run_id and model_undo.undone_by(self.events, event.run_id) is None]
        if "back" not in step:
            runs = [event for event in runs if not event.undoes]
        if len(runs) <= step.get("back", 0):
            return
        event = runs[-1 - step.get("back", 0)]
        before = self.snapshot()
        keeps_later = step.get("keep_later", False)
        after, conflicts = model_undo.undo(self.events, event.run_id, before, keeps_later)
        result = self.program.call("undo", str(event.run_id), "--json", *["--keep-later"] * keeps_later)
        report = json.loads(result.stdout) if result.stdout else {"outcome": result.stderr}
        what = f"the undo of run {event.run_id}{' --keep-later' * keeps_later}"
        told = {(each["kind"], each["item_id"]) for each in report.get("conflicts", ())}
        if told != conflicts:
            raise Difference(f"{what} ended {report['outcome']} ({report.get('error')})\n  conflicts only of the model: {sorted(conflicts - told)}\n"
                             f"  conflicts only of the program: {[each for each in report['conflicts'] if (each['kind'], each['item_id']) not in conflicts]}")
        if report["outcome"] != ("applied" if keeps_later or not conflicts else "failed"):
            raise Difference(f"{what} ended {report['outcome']}: {report.get('error')}")
        self.undos["whole" if not conflicts else "in part" if keeps_later else "refused"] += 1
        if report["outcome"] == "applied":
            check_sums(report)
            self.clean = {}
            self.state, self.made = copy.deepcopy(after.state), dict(after.made)
            self.events.append(model_undo.Event(before, after, run_id=report["run"], undoes=event.run_id))
        compare_tables(tables_of(self.state), read_tables(self.program.store), ("the model", f"the store after {what}"))
        self.compare_bookkeeping()

    def compare_bookkeeping(self):
        """Who made what is there, who holds it, and for how many runs it has been absent."""
        snapshot = self.snapshot()
        expected = {"made": {(*item, run_id) for item, run_id in self.made.items()}, "sides": {(*key, value) for key, value in snapshot.sides().items()}}
        compare_tables(expected, read_bookkeeping(self.program.store), ("the model", "the store"))

    def play_failure(self, job, failure):
        """A run that must fail, and leave the store as it was."""
        before = dump(self.program.store)
        report = self.run(job)
        if report["outcome"] != "failed" or report["exit_status"] != 1 or not report["error"]:
            raise Difference(f"the run should fail ({failure}), but: {report['outcome']}, {report['exit_status']}, {report['error']}")
        if before is not None and dump(self.program.store) != before:
            raise Difference("a failed run changed the store")

    def run(self, job, *options):
        self.runs += 1
        report = self.program.run(job, *options)
        if report["records"]:
            self.known += report["records"]["known"]
        return report

    def judge(self, step, report, state, outcome, memory):
        if report["outcome"] == "unchanged":
            if model.has_changed(outcome):
                raise Difference(f"the run was unchanged, but should do {sorted(outcome.actions)} {outcome.stock}")
        elif report["outcome"] != "applied":
            raise Difference(f"outcome {report['outcome']}, error {report['error']}")
        else:
            if self.clean.get(step["job"]) == memory:
                raise Difference("the same feed was read again, although nothing has changed since")
            compare_outcome(outcome, report)
        compare_tables(tables_of(state), read_tables(self.program.store), ("the model", "the store"))
        if report["outcome"] == "applied":
            self.compare_changes(report["run"], outcome)

    def compare_changes(self, run_id, outcome):
        with contextlib.closing(sqlite3.connect(self.program.store)) as database:
            actual = {tuple(row) for row in database.execute("SELECT kind, item_id, action FROM change WHERE run_id = ?", (run_id,))}
            for kind in KIND_PLURALS:
                actual |= {(kind, row[0], "created") for row in database.execute(f"SELECT {kind}_id FROM {kind} WHERE created_run_id = ?", (run_id,))}
        if actual != outcome.actions:
            raise Difference(f"changes\n  only the model: {sorted(outcome.actions - actual)}\n  only the store: {sorted(actual - outcome.actions)}")

    def dry_run(self, job, state, outcome, *options):
        before = dump(self.program.store)
        report = self.run(job, "--dry-run", *options)
        if dump(self.program.store) != before and before is not None:
            raise Difference("a dry run changed the store")
        if report["outcome"] == "planned":
            compare_outcome(outcome, report)
        elif report["outcome"] != "unchanged":
            raise Difference(f"dry run: outcome {report['outcome']}, error {report['error']}")
        return report

    def compare_full(self, job, report, copied):
        """`run` and `run --full` of one feed, from copies of one store."""
        full = self.run(job, "--full", "--store", f"sqlite:{copied}")
        if report["outcome"] == "applied":
            compare_reports(report, full, "run", "run --full")
        elif full["outcome"] != "applied" or any(full[kind][what] for kind in model.KINDS for what in ("created", "updated", "restored")):
            raise Difference(f"the run was unchanged, but --full plans {full}")
        compare_tables(read_tables(self.program.store), read_tables(copied), ("run", "run --full"))


def copy_store(store, copied):
    with contextlib.closing(sqlite3.connect(store)) as source, contextlib.closing(sqlite3.connect(copied)) as target:
        source.backup(target)


def flat_counts(report):
    """A report's figures by name, those that do not depend on what was known."""
    figures = {"records read": report["records"]["read"], "records rejected": report["records"]["rejected"]}
    for kind in model.KINDS:
        part = report[kind]
        for what, value in part.items():
            if what == "skipped":
                figures |= {f"{kind} skipped_{reason}": count for reason, count in value.items()}
            elif what == "stock":
                figures |= {f"{kind} stock {name}": count for name, count in value.items()}
            else:
                figures[f"{kind} {what}"] = value
    return figures


def compare_outcome(outcome, report):
    expected = {"records read": outcome.records["read"], "records rejected": outcome.records["rejected"]}
    for kind in model.KINDS:
        expected |= {f"{kind} {what}": count for what, count in outcome.counts[kind].items()}
        expected |= {f"{kind} stock {what}": count for what, count in outcome.stock[kind].items()}
    compare_figures(expected, flat_counts(report), "the model", "the report")
    actual = report["complaints"]["codes"]
    compare_figures(outcome.complaints, actual, "complaints of the model", "of the report")
    if report["complaints"]["total"] != sum(actual.values()) or report["complaints"]["total"] != report["complaints"]["new"] + report["complaints"]["standing"]:
        raise Difference(f"complaints do not add up: {report['complaints']}")
    check_sums(report)


def check_sums(report):
    """The sums of design §6, of the report's own figures."""
    records = report["records"]
    if records["read"] != records["known"] + records["parsed"] or records["parsed"] != records["mapped"] + records["rejected"]:
        raise Difference(f"records do not add up: {records}")
    for kind in model.KINDS:
        part, stock = report[kind], report[kind]["stock"]
        outcomes = sum(part[name] for name in ("created", "updated", "restored", "unchanged", "merged", "duplicate", "rejected"))
        if part["stated"] + part["derived"] != outcomes + sum(part["skipped"].values()):
            raise Difference(f"{kind} do not add up: {part}")
        if stock["before"] + stock["created"] + stock["restored"] + stock["adopted"] - stock["removed"] - stock["released"] != stock["after"]:
            raise Difference(f"stock of {kind} does not add up: {stock}")


def compare_figures(expected, actual, who, other):
    names = sorted(name for name in expected.keys() | actual.keys() if expected.get(name, 0) != actual.get(name, 0))
    if names:
        raise Difference("figures\n" + "\n".join(f"  {name}: {who} {expected.get(name, 0)}, {other} {actual.get(name, 0)}" for name in names))


def compare_reports(one, other, who, whom):
    compare_figures(flat_counts(one), flat_counts(other), who, whom)
    compare_figures(one["complaints"]["codes"], other["complaints"]["codes"], f"complaints of {who}", f"of {whom}")
    if one["plan_digest"] != other["plan_digest"]:
        raise Difference(f"plan digest: {who} {one['plan_digest']}, {whom} {other['plan_digest']}")


# Making a difference small


def minimise(judge, history, message):
    """The smallest history found that still differs, and how."""

    def differs(candidate):
        nonlocal message
        try:
            judge.play(candidate)
        except Difference as difference:
            message = str(difference)
            return True
        return False

    best = history
    deadline = time.monotonic() + MINIMISE_SECONDS
    progress = True
    while progress:
        progress, at = False, 0
        candidates = list(smaller(best))
        while at < len(candidates) and time.monotonic() < deadline:
            if differs(candidates[at]):
                best = candidates[at]
                candidates = list(smaller(best))
                progress = True
            else:
                at += 1
    return best, message


def smaller(history):
    """Histories with one thing less, the greatest cuts first."""
    steps = history["steps"]
    for at in range(len(steps)):
        yield {"steps": steps[:at] + steps[at + 1:]}
    for at, step in enumerate(steps):
        if step["do"] != "run":
            continue

        def cut(change, at=at):
            changed = copy.deepcopy(steps)
            change(changed[at])
            return {"steps": changed}

        for check in step["checks"]:
            yield cut(lambda s, check=check: s["checks"].remove(check))
        for part in ("records", "categories"):
            for index in range(len(step["feed"].get(part, ()))):
                yield cut(lambda s, part=part, index=index: s["feed"][part].pop(index))
        for key in step["config"]:
            if key not in ("dialect", "missing"):
                yield cut(lambda s, key=key: s["config"].pop(key))
        for index, record in enumerate(step["feed"]["records"]):
            for field in record:
                yield cut(lambda s, index=index, field=field: s["feed"]["records"][index].pop(field))
                if isinstance(record[field], list):
                    for item in range(len(record[field])):
                        yield cut(lambda s, index=index, field=field, item=item: s["feed"]["records"][index][field].pop(item))
        for index, category in enumerate(step["feed"].get("categories", ())):
            for field in category:
                yield cut(lambda s, index=index, field=field: s["feed"]["categories"][index].pop(field))
        for key in ("currency", "layout"):
            if step["feed"].get(key):
                yield cut(lambda s, key=key: s["feed"].pop(key))


def explain(history, message):
    """A history as a person repeats it: files, edits and commands, then as JSON for --replay."""
    lines = []
    for number, step in enumerate(history["steps"]):
        if step["do"] == "sql":
            values = "" if step["set"] is None else ", ".join(f"{column} = {value!r}" for column, value in step["set"].items())
            lines.append(f"{number}. {'DELETE FROM' if step['set'] is None else 'UPDATE'} {step['table']} {'SET ' + values if values else ''} "
                         f"WHERE {step['table']}_id = '{step['id']}'")
            continue
        if step["do"] == "undo":
            lines.append(f"{number}. undo, {step.get('back', 0)} before the last that holds{' --keep-later' * step.get('keep_later', False)}")
            continue
        config = ", ".join(f"{key}: {value}" for key, value in step["config"].items())
        lines.append(f"{number}. run {step['job']} ({config}) {' '.join(step['checks'])}")
        lines.append("   " + model_feed.write(step["feed"]).replace("\n", "\n   ").rstrip())
    return "\n".join([*lines, "=> " + message, json.dumps(history, ensure_ascii=False)])


# Many histories


def play_seeds(task):
    """Histories first, first + step, … in one program folder; (runs, [(seed, history, message)])."""
    first, step, count, features, undo_chance = task
    program = Program()
    judge = Judge(program)
    failures = []
    try:
        for seed in range(first, first + step * count, step):
            history = model_history.history(seed, features, undo_chance)
            try:
                judge.play(history)
            except Difference as difference:
                history, message = minimise(judge, history, str(difference))
                failures.append((seed, history, message))
                if len(failures) >= 2:
                    break
    finally:
        program.close()
    return judge.runs, judge.known, judge.undos, failures


def main(arguments):
    parser = argparse.ArgumentParser(description="Random histories through the program, judged by the model.")
    parser.add_argument("--histories", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="of the first one (default 1)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once (default 1)")
    parser.add_argument("--features", help="only these policies beyond the first ones, with commas (default: all that the program has)")
    parser.add_argument("--undo-chance", type=float, default=0.2, help="that there is an undo, or a further one, after a run (default 0.2)")
    parser.add_argument("--stop-after", type=int, default=8, help="end at so many differences (default 8)")
    parser.add_argument("--replay", metavar="FILE", help="play the history in this JSON file ('-': standard input)")
    options = parser.parse_args(arguments)
    if options.replay:
        return replay(options.replay)

    started = time.monotonic()
    features = probe_features()
    if options.features is not None:
        features &= set(options.features.split(","))
    runs, known, undos, failures, chunk = 0, 0, collections.Counter(), [], 20
    tasks = [(options.seed + at, 1, min(chunk, options.histories - at), features, options.undo_chance) for at in range(0, options.histories, chunk)]
    with multiprocessing.Pool(options.jobs) as pool:
        for number, (part, part_known, undone, found) in enumerate(pool.imap_unordered(play_seeds, tasks), 1):
            runs += part
            known += part_known
            undos.update(undone)
            if number % 25 == 0:
                print(f"{number * chunk} histories, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
            failures += found
            for seed, history, message in found:
                print(f"seed {seed} differs:\n{explain(history, message)}\n", flush=True)
            if len(failures) >= options.stop_after:
                pool.terminate()
                break
    seconds = time.monotonic() - started
    print(f"{options.histories} histories from seed {options.seed}, {runs} runs, {known} known records, undos {dict(undos)}, {len(failures)} differ, {seconds:.0f} s; "
          f"features: {' '.join(sorted(features)) or 'none beyond the first'}")
    return 1 if failures else 0


def replay(name):
    history = json.load(sys.stdin if name == "-" else open(name, encoding="utf-8"))
    program = Program()
    try:
        Judge(program).play(history)
    except Difference as difference:
        print(explain(history, str(difference)))
        return 1
    finally:
        program.close()
    print("no difference")
    return 0

"""What the end-to-end tests share: the program as a user has it, a folder of its own for each test, and looks into the store.

Environment: FEEDMILL_BINARY (the program), FEEDMILL_FEEDS (real feeds, private; tests that need them skip where the folder is absent),
FEEDMILL_SANITIZED (not empty: the program runs under a sanitizer, so it is slower and larger).
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FEEDMILL_BINARY", str(ROOT / "build/dev/feedmill"))
FEEDS = pathlib.Path(os.environ.get("FEEDMILL_FEEDS", ROOT.parent / "shared/feeds"))
FIXTURES = ROOT / "fixtures"
SANITIZED = bool(os.environ.get("FEEDMILL_SANITIZED"))

# The leak checker looks at the program's threads when it ends, and on a busy machine sometimes says that it cannot see one.
NOISE = re.compile(r"^==\d+==Unable to get registers from thread \d+\.\n", re.MULTILINE)

CATALOGUE_TABLES = (
    "category_data", "category_holder", "product_data", "product_category", "sku_data", "offer_data", "price_data", "stock_data", "text", "field",
    "catalog_name",
)


class Result:
    """What a call of the program left behind."""

    def __init__(self, status, out, err, usage=None, seconds=0.0):
        self.status = status
        self.out = out
        self.err = err
        self.usage = usage
        self.seconds = seconds

    @property
    def report(self):
        """The one JSON object of `run --json`."""
        return json.loads(self.out)

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Case(unittest.TestCase):
    """A test with a folder, a store and an environment of its own."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="feedmill-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.store = self.folder / "market.db"
        self.environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:detect_leaks=1",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
        }

    def feedmill(self, *arguments, stdin=b"", store=True, cwd=None, timeout=300, program=(BINARY,)):
        """Call the program; with `store` on this test's store."""
        command = [*program, *map(str, arguments)]
        if store:
            command += ["--store", f"sqlite:{self.store}"]
        done = subprocess.run(command, input=stdin, capture_output=True, env=self.environment, cwd=cwd or self.folder, timeout=timeout, check=False)
        result = Result(done.returncode, done.stdout.decode(), NOISE.sub("", done.stderr.decode()))
        self.assertNotIn("Sanitizer", result.err, result.err)
        self.assertNotIn("runtime error", result.err, result.err)
        self.assertGreaterEqual(result.status, 0, f"died of a signal: {result.err}")
        return result

    def run_feed(self, *arguments, expect=0, **keywords):
        """`feedmill run … --json`, which must end with `expect`; the report."""
        result = self.feedmill("run", *arguments, "--json", **keywords)
        self.assertEqual(result.status, expect, result.err + result.out)
        report = result.report
        if report["outcome"] in ("applied", "planned"):
            check_sums(self, report)
        return report

    def query(self, sql, *parameters):
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            return database.execute(sql, parameters).fetchall()

    @contextlib.contextmanager
    def writing(self):
        """The store as another program writes to it."""
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            with database:
                yield database

    def value(self, sql, *parameters):
        return self.query(sql, *parameters)[0][0]

    def catalogue(self):
        return self.catalogue_of(self.store)

    @staticmethod
    def catalogue_of(store):
        """Every row of every catalogue table; of products' categories their ids, as the numbers of those need not be the same."""
        if not store.exists():
            return {}
        with contextlib.closing(sqlite3.connect(store)) as database:
            known = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
            return {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in CATALOGUE_TABLES if table in known}

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o600)
        return path

    def write_job(self, name, source, **keys):
        """A configured job; a run of it names no option that is a key. Returns its name."""
        self.write("feedmill.yaml", "jobs: jobs\n")
        self.write(f"jobs/{name}.yaml", json.dumps({"source": str(source), **keys}))  # JSON is YAML
        return name


def feed_warnings(report):
    """Warnings but that of a system that lacks a part of the sandbox."""
    return [warning for warning in report["warnings"] if "sandbox" not in warning]


def check_sums(case, report):
    """The sums that every report must hold, computed here again from its figures."""
    records = report["records"]
    case.assertEqual(records["read"], records["known"] + records["parsed"])
    case.assertEqual(records["parsed"], records["mapped"] + records["rejected"])
    for plural in ("categories", "products", "skus"):
        kind = report[plural]
        outcomes = ("created", "updated", "restored", "unchanged", "merged", "duplicate", "rejected")
        skipped = kind["skipped"]
        case.assertEqual(kind["stated"] + kind["derived"], sum(kind[name] for name in outcomes) + sum(skipped.values()), (plural, kind))
        stock = kind["stock"]
        case.assertEqual(stock["before"] + stock["created"] + stock["restored"] + stock["adopted"] - stock["removed"] - stock["released"],
                         stock["after"], (plural, stock))


def yml(offers, categories='<category id="1">Things</category>', shop=""):
    """A small YML feed around the given offers."""
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<yml_catalog date="2026-01-01 00:00"><shop><name>Shop</name>{shop}'
            f"<categories>{categories}</categories><offers>{offers}</offers></shop></yml_catalog>\n")


def offer(identifier, price="10", name=None, more="", attributes=""):
    return (f'<offer id="{identifier}" available="true"{attributes}><name>{name or "Thing " + identifier}</name><price>{price}</price>'
            f"<currencyId>EUR</currencyId><categoryId>1</categoryId>{more}</offer>")


def needs_feeds(test):
    return unittest.skipUnless(FEEDS.is_dir(), f"the real feeds are not here ({FEEDS})")(test)

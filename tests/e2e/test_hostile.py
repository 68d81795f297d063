"""Feeds that are cut, malformed or hostile: a clear outcome, in bounded time and memory, and never a change."""

import json
import concurrent.futures
import os
import subprocess
import time
import unittest

from support import BINARY, FEEDS, FIXTURES, NOISE, SANITIZED, Case, Result, feed_warnings, needs_feeds, offer, yml

SECONDS_MAX = 5
MEMORY_MAX_KIB = 64 * 1024
# Bytes between two cuts. FEEDMILL_EVERY_BYTE=1 takes minutes; the unit tests of feed/ cut at every byte always.
STRIDE = 1 if os.environ.get("FEEDMILL_EVERY_BYTE") else 97 if SANITIZED else 23


class Bounded(Case):
    def setUp(self):
        super().setUp()
        self.run_feed(self.write("before.xml", yml(offer("A") + offer("B"))), "--as", "before")

    def measured(self, *arguments, stdin=None):
        """Call the program and measure it and its reader."""
        command = [BINARY, *map(str, arguments), "--store", f"sqlite:{self.store}"]
        started = time.monotonic()
        with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment, cwd=self.folder) as process:
            out = process.stdout.read().decode()
            err = process.stderr.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        result = Result(process.returncode, out, NOISE.sub("", err), usage, time.monotonic() - started)
        self.assertNotIn("Sanitizer", err, err)
        self.assertNotIn("runtime error", err, err)
        return result

    def assert_harmless(self, result, before, expect=None):
        self.assertIn(result.status, (0, 1, 2, 3, 75) if expect is None else expect, result.err)
        self.assertLess(result.seconds, SECONDS_MAX)
        self.assertLess(result.usage.ru_maxrss, MEMORY_MAX_KIB, "peak memory in KiB")
        self.assertEqual(self.catalogue(), before)
        if result.status != 0:
            self.assertRegex(result.err, r"^feedmill: .+\n$", "one line that names the thing")


@needs_feeds
class Hostile(Bounded):
    def check_files(self, paths):
        before = self.catalogue()
        for path in paths:
            with self.subTest(feed=path.relative_to(FEEDS)):
                result = self.measured("run", path, "--as", "before", "--missing", "keep", "--json")
                self.assert_harmless(result, before)
                self.assertIn(result.report["outcome"], ("failed", "applied", "unchanged", "held"))

    def test_hostile_xml_is_harmless(self):
        paths = [path for folder in sorted((FEEDS / "hostile").iterdir()) if folder.is_dir() and "json" not in folder.name
                 for path in sorted(folder.iterdir())]
        self.assertGreater(len(paths), 100)
        self.check_files(paths)

    def test_malformed_feeds_fail_and_change_nothing(self):
        before = self.catalogue()
        paths = [path for path in sorted((FEEDS / "malformed").iterdir()) if path.suffix in (".xml", ".php")]
        self.assertGreaterEqual(len(paths), 8)
        for path in paths:
            with self.subTest(feed=path.name):
                result = self.measured("run", path, "--json")
                self.assert_harmless(result, before, expect=(1,))
                self.assertEqual(result.report["error"]["code"], "feed")


class Made(Bounded):
    """Hostile documents that are made here."""

    def refuse(self, name, content, *words):
        before = self.catalogue()
        result = self.measured("run", self.write(name, content), "--json")
        self.assert_harmless(result, before, expect=(1,))
        for word in words:
            self.assertIn(word, result.err)
        return result.report

    def test_a_nested_document_is_refused(self):
        self.refuse("deep.xml", "<yml_catalog>" + "<a>" * 100000, "deep")

    def test_entities_are_refused(self):
        self.refuse("lol.xml", '<!DOCTYPE yml_catalog [<!ENTITY a "aaaa">]><yml_catalog>&a;</yml_catalog>', "'a'", "entity")

    def test_an_external_entity_is_refused(self):
        secret = self.write("secret.txt", "canary-in-a-file")
        report = self.refuse("xxe.xml", f'<!DOCTYPE yml_catalog [<!ENTITY a SYSTEM "file://{secret}">]><yml_catalog>&a;</yml_catalog>')
        self.assertNotIn("canary", str(report))

    def test_an_html_page_is_no_feed(self):
        report = self.refuse("page.html", "<!DOCTYPE html><html><head><title>Log in</title></head><body></body></html>", "HTML", "Log in")
        self.assertEqual(report["error"]["code"], "feed")

    def test_an_empty_feed_is_refused(self):
        self.refuse("empty.xml", "", "empty")

    def test_compressed_bytes_are_named(self):
        self.refuse("feed.xml.gz", b"\x1f\x8b\x08\x00" + b"\0" * 100, "gzip")

    def test_an_unknown_format_lists_the_dialects(self):
        self.refuse("other.xml", "<inventory><thing/></inventory>", "inventory", "yml", "google")

    def test_a_single_line_of_2_gb_is_refused_in_fixed_memory(self):
        before = self.catalogue()
        path = self.folder / "line.xml"
        size = 2 << 30
        with path.open("wb") as file:
            file.write(b'<yml_catalog><shop><offers><offer id="')
            file.truncate(size)  # a sparse file: NULs from here on
        result = self.measured("run", path, "--json")
        self.assertEqual(result.status, 1, result.err)
        self.assertLess(result.usage.ru_maxrss, MEMORY_MAX_KIB)
        self.assertEqual(self.catalogue(), before)
        self.assertIn("larger than the limit", result.err)

    def test_a_token_without_end_is_refused_in_fixed_memory(self):
        before = self.catalogue()
        path = self.folder / "token.xml"
        with path.open("wb") as file:
            file.write(b'<yml_catalog><shop><offers><offer id="')
            for _ in range(300):
                file.write(b"a" * (1 << 20))
        result = self.measured("run", path, "--json")
        self.assertEqual(result.status, 1, result.err)
        self.assertLess(result.usage.ru_maxrss, MEMORY_MAX_KIB)
        self.assertEqual(self.catalogue(), before)

    def test_a_huge_description_rejects_its_record_only(self):
        feed = yml(offer("1") + offer("2", more=f"<description>{'x' * 9000000}</description>") + offer("3"))
        report = self.run_feed(self.write("huge.xml", feed), "--as", "huge")
        self.assertEqual(report["records"]["rejected"], 1)
        self.assertEqual(self.value("SELECT count(*) FROM sku WHERE job = 'huge'"), 2)

    def test_what_is_nested_in_a_record_beyond_the_limits_is_not_removed(self):
        feed = {"products": [{"id": 1, "title": "T", "handle": "t", "variants": [{"id": 11, "price": "1"}, {"id": 12, "price": "2"}]}]}
        self.write_job("shop", self.write("shop.json", json.dumps(feed)), dialect="shopify", missing="delete", guards="off")
        self.run_feed("shop")
        feed["products"][0]["body_html"] = "x" * 2000000
        self.write("shop.json", json.dumps(feed))
        report = self.run_feed("shop")
        self.assertEqual(report["records"]["rejected"], 1)
        self.assertEqual(feed_warnings(report), ["records beyond the limits hold items that could not be read: nothing was removed"])
        self.assertEqual(self.value("SELECT count(*) FROM sku WHERE job = 'shop' AND status = 'active'"), 2)


class Cut(Bounded):
    """A feed that ends early is never taken for the whole."""

    def test_the_first_line_of_json_lines_removes_nothing(self):
        lines = "".join(json.dumps({"id": i, "title": "T", "handle": f"t{i}", "variants": [{"id": i, "price": "1"}]}) + "\n" for i in (1, 2, 3))
        arguments = ("--as", "lines", "--dialect", "shopify", "--missing", "delete")
        self.run_feed(self.write("shop.jsonl", lines), *arguments)
        self.assertEqual(self.value("SELECT count(*) FROM sku WHERE job = 'lines'"), 3)
        report = self.run_feed("-", *arguments, stdin=lines.splitlines()[0].encode(), expect=1)
        self.assertIn("nothing proves that the feed is whole", report["error"]["message"])
        self.assertEqual(self.value("SELECT count(*) FROM sku WHERE job = 'lines'"), 3)

    def fixtures(self):
        """Small documents of shipped dialects: the others stand beside a dialect of their own."""
        paths = sorted([*FIXTURES.rglob("*.xml"), *FIXTURES.rglob("*.json")])
        return [path for path in paths if path.stat().st_size <= 4096 and not (path.parent / "dialect.yaml").exists() and "probe" not in path.relative_to(FIXTURES).parts]

    def run_cut(self, store, content):
        return subprocess.run([BINARY, "run", "cut", "--json", "--store", f"sqlite:{store}"], input=content,
                              capture_output=True, env=self.environment, cwd=self.folder, timeout=60, check=False)

    def try_cuts(self, store, content, sizes):
        """Import the first bytes of a feed, whose whole was imported before, under a job that would remove what is missing."""
        self.assertEqual(self.run_cut(store, content).returncode, 0)
        before = self.catalogue_of(store)
        for size in sizes:
            result = self.run_cut(store, content[:size])
            self.assertEqual(result.returncode, 1, f"cut at {size}: {result.stderr.decode()}")
            self.assertNotIn('"outcome":"applied"', result.stdout.decode(), f"cut at {size}")
        self.assertEqual(self.catalogue_of(store), before)
        return len(sizes)

    def test_no_cut_of_any_fixture_is_applied(self):
        self.assertGreaterEqual(len(self.fixtures()), 5)
        self.write_job("cut", "-", missing="delete", guards="off")
        workers = os.cpu_count() or 1
        for number, path in enumerate(self.fixtures()):
            content = path.read_bytes()
            sizes = range(0, len(content.rstrip()), STRIDE)
            with self.subTest(fixture=path.relative_to(FIXTURES)), concurrent.futures.ThreadPoolExecutor(workers) as pool:
                parts = [pool.submit(self.try_cuts, self.folder / f"{number}-{worker}.db", content, sizes[worker::workers]) for worker in range(workers)]
                self.assertEqual(sum(part.result() for part in parts), len(sizes))


if __name__ == "__main__":
    unittest.main()

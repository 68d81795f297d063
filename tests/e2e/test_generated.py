"""Made-up feeds of a known size and difference, in every format: what a run reports is what was made."""

import os
import pathlib
import shutil
import subprocess
import unittest

from support import BINARY, ROOT, Case

GENERATE = pathlib.Path(os.environ.get("FEEDMILL_BENCH_TOOLS", pathlib.Path(BINARY).parent / "tests/bench")) / "feed_generate"
FORMATS = ("yml", "google", "json", "jsonl", "csv")
OFFERS = 1200


class Generated(Case):
    def setUp(self):
        super().setUp()
        (self.folder / "dialects").mkdir()
        for path in (ROOT / "tests/bench/dialects").iterdir():
            shutil.copy(path, self.folder / "dialects")
        self.write("feedmill.yaml", "dialects: dialects\njobs: jobs\n")
        (self.folder / "jobs").mkdir()

    def generate(self, extension, *options):
        path = self.folder / f"feed.{extension}"
        with open(path, "wb") as out:
            subprocess.run([GENERATE, "--format", extension, "--offers", str(OFFERS), *map(str, options)], stdout=out, check=True)
        return path

    def import_version(self, extension, *options):
        report = self.run_feed(self.generate(extension, *options), "--as", extension, "--catalog", extension, "--missing", "mark")
        return report["skus"], report

    def test_every_format_brings_the_same_catalogue(self):
        for extension in FORMATS:
            with self.subTest(format=extension):
                skus, report = self.import_version(extension)
                self.assertEqual((skus["created"], report["products"]["created"]), (OFFERS, OFFERS // 4))
                self.assertEqual(report["complaints"]["total"], 0, report["complaints"])
        prices = {extension: self.query("SELECT sku_id, price_micros, quantity_micros, brand FROM sku_data s JOIN offer_data USING (sku_key) JOIN catalog_name USING (catalog_key)"
                                        " WHERE catalog = ? ORDER BY 1", extension) for extension in ("yml", "json", "jsonl", "csv")}
        for extension, rows in prices.items():
            self.assertEqual(rows, prices["yml"], extension)

    def test_a_later_version_changes_what_was_asked_for(self):
        for extension in FORMATS:
            with self.subTest(format=extension):
                self.import_version(extension)
                skus, report = self.import_version(extension, "--version", 1, "--changed", 0.1, "--added", 0.05, "--removed", 0.02)
                self.assertEqual(skus["created"], OFFERS // 20)
                self.assertLessEqual(report["records"]["parsed"], skus["created"] + skus["updated"] + 1)  # the first of JSON Lines
                self.assertAlmostEqual(skus["updated"] / OFFERS, 0.1, delta=0.03)
                self.assertAlmostEqual(skus["stock"]["removed"] / OFFERS, 0.02, delta=0.015)
                again, _ = self.import_version(extension)
                self.assertEqual((again["restored"], again["stock"]["removed"]), (skus["stock"]["removed"], OFFERS // 20))

    def test_order_and_looks_change_nothing(self):
        for extension in FORMATS:
            with self.subTest(format=extension):
                self.import_version(extension)
                for options in (["--shuffled"], ["--touched"], ["--shuffled", "--touched"]):
                    skus, report = self.import_version(extension, "--version", 1, *options)
                    self.assertEqual((skus["unchanged"], skus["updated"], report["plan_digest"]), (OFFERS, 0, "0" * 32), options)

    def test_windows_1251_is_the_same_feed(self):
        self.import_version("yml")
        skus, report = self.import_version("yml", "--encoding", "windows-1251")
        self.assertEqual((skus["unchanged"], report["feed"]["encoding"]), (OFFERS, "windows-1251"))


if __name__ == "__main__":
    unittest.main()

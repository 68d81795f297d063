"""The policies of a job as a user has them: YAML in, reports and tables out."""

import http.server
import threading
import unittest

from support import Case, feed_warnings, offer, yml

LINES = """
format: json
records:
  item:
    path: $[*]
    kind: sku
    fields: {id: id, name: name, price: price, quantity: quantity}
"""


class Policies(Case):
    def setUp(self):
        super().setUp()
        self.write("feedmill.yaml", "jobs: jobs\ndialects: dialects\n")
        self.write("dialects/lines.yaml", LINES)
        (self.folder / "jobs").mkdir()

    def job(self, name, policy="", source=None, dialect="yml"):
        self.write(f"jobs/{name}.yaml", f"source: {source or self.folder / (name + '.xml')}\ndialect: {dialect}\n{policy}\n")

    def feed(self, name, offers, **more):
        self.write(f"{name}.xml", yml(offers, **more))

    def import_feed(self, name, offers, expect=0, **more):
        self.feed(name, offers, **more)
        return self.run_feed(name, expect=expect)

    def skus(self):
        return self.query("SELECT sku_id, status, name, price_micros / 1000000 FROM sku ORDER BY sku_id")


class Modes(Policies):
    def test_add_brings_what_is_new_and_leaves_the_rest(self):
        self.job("acme")
        self.import_feed("acme", offer("a", "10"))
        self.job("acme", "mode: add")
        report = self.import_feed("acme", offer("a", "11") + offer("b", "12"))
        self.assertEqual((report["mode"], report["missing"]), ("add", "keep"))
        self.assertEqual((report["skus"]["created"], report["skus"]["skipped"]["mode"]), (1, 1))
        self.assertEqual(self.skus(), [("a", "active", "Thing a", 10), ("b", "active", "Thing b", 12)])

    def test_update_brings_nothing_new_and_says_so(self):
        self.job("acme")
        self.import_feed("acme", offer("a", "10") + offer("b", "20"))
        self.job("acme", "mode: update")
        report = self.import_feed("acme", offer("a", "11") + offer("c", "12"))
        self.assertEqual((report["skus"]["updated"], report["skus"]["skipped"]["mode"]), (1, 1))
        self.assertEqual(report["complaints"]["codes"]["new_skipped"], 1)
        self.assertEqual(self.skus(), [("a", "active", "Thing a", 11), ("b", "active", "Thing b", 20)])
        row = self.feedmill("complaints", "acme", "--json").out
        self.assertIn('"c"', row)


class Values(Policies):
    def test_what_is_absent_stays_where_the_job_says_so(self):
        full = offer("a", "10", more="<description>Long</description><vendor>Acme</vendor>")
        self.job("acme", "on_absent: {description: keep}")
        self.import_feed("acme", full)
        self.import_feed("acme", offer("a", "11"))
        self.assertEqual(self.query("SELECT description, brand FROM sku_now"), [("Long", None)])
        self.import_feed("acme", offer("a", "12", more="<description/>"))
        self.assertEqual(self.query("SELECT description FROM sku_now"), [(None,)])
        self.import_feed("acme", full)
        self.job("acme", "on_empty: keep\non_absent: keep")
        self.import_feed("acme", offer("a", "13", more="<description></description>"))
        self.assertEqual(self.query("SELECT description, brand, price FROM sku_now"), [("Long", "Acme", "13")])

    def test_of_duplicates_the_first_the_last_or_none_counts(self):
        twice = offer("a", "10") + offer("b", "20") + offer("a", "11")
        self.job("first", "catalog: one")
        self.job("last", "catalog: two\nduplicates: last")
        self.job("fail", "catalog: three\nduplicates: fail")
        for name, price in (("first", 10), ("last", 11)):
            report = self.import_feed(name, twice)
            self.assertEqual((report["skus"]["duplicate"], report["skus"]["conflicting"]), (1, 1))
            self.assertEqual(self.value("SELECT price_micros / 1000000 FROM sku WHERE sku_id = 'a' AND job = ?", name), price)
        self.feed("fail", twice)
        result = self.feedmill("run", "fail")
        self.assertEqual(result.status, 1)
        self.assertRegex(result.err, r"the SKU 'a' is stated twice, by the records 2 and 4.*\(line 2, column \d+\)")
        self.assertEqual(self.value("SELECT count(*) FROM sku WHERE job = 'fail'"), 0)


class Missing(Policies):
    def test_an_item_goes_after_as_many_runs_as_the_job_says(self):
        self.job("acme", "missing: {action: delete, after: 2}")
        self.import_feed("acme", offer("a") + offer("b"))
        report = self.import_feed("acme", offer("b"))
        self.assertEqual((report["missing_after"], report["skus"]["stock"]["waiting"], report["skus"]["stock"]["removed"]), (2, 1, 0))
        again = self.run_feed("acme")  # the same bytes: they are read again, since something waits
        self.assertEqual((again["outcome"], again["skus"]["stock"]["removed"]), ("applied", 1))
        self.assertEqual(self.run_feed("acme")["outcome"], "unchanged")
        self.assertEqual([row[0] for row in self.skus()], ["b"])

    def test_a_dry_run_does_not_count(self):
        self.job("acme", "missing: {action: delete, after: 2}")
        self.import_feed("acme", offer("a") + offer("b"))
        self.feed("acme", offer("b"))
        for _ in range(3):
            self.assertEqual(self.run_feed("acme", "--dry-run")["skus"]["stock"]["removed"], 0)
        self.assertEqual(self.run_feed("acme")["skus"]["stock"]["removed"], 0)
        self.assertEqual(self.run_feed("acme")["skus"]["stock"]["removed"], 1)


class Categories(Policies):
    ONE = '<category id="1">Things</category>'
    TWO = '<category id="1">Renamed</category><category id="2" parentId="1">More</category>'

    def links(self):
        return self.query("SELECT product_id, category_id FROM product_category ORDER BY position")

    def test_add_keeps_what_is_known_and_only_adds(self):
        self.job("acme", "categories: add")
        self.import_feed("acme", offer("a"), categories=self.ONE)
        self.import_feed("acme", offer("a").replace("<categoryId>1<", "<categoryId>2<"), categories=self.TWO)
        self.assertEqual(self.query("SELECT category_id, name FROM category ORDER BY 1"), [("1", "Things"), ("2", "More")])
        self.assertEqual(self.links(), [("a", "1"), ("a", "2")])
        self.job("acme")
        self.run_feed("acme")
        self.assertEqual(self.query("SELECT category_id, name FROM category ORDER BY 1"), [("1", "Renamed"), ("2", "More")])
        self.assertEqual(self.links(), [("a", "2")])

    def test_ignore_leaves_them_out(self):
        self.job("acme", "categories: ignore")
        report = self.import_feed("acme", offer("a"), categories=self.TWO)
        self.assertEqual((report["categories"]["skipped"]["scope"], report["complaints"]["total"]), (2, 0))
        self.assertEqual((self.query("SELECT * FROM category"), self.links()), ([], []))


class Scopes(Policies):
    def offers(self):
        return self.query("SELECT sku_id, price_micros / 1000000, quantity_micros / 1000000, job, offer_job, stock_job FROM sku ORDER BY sku_id")

    def test_price_and_stock_come_from_jobs_of_their_own_and_go_back(self):
        self.job("acme")
        self.job("prices", "scope: prices", self.folder / "prices.jsonl", "lines")
        self.job("stock", "scope: prices", self.folder / "stock.jsonl", "lines")
        self.import_feed("acme", offer("a", "10") + offer("b", "20"))
        self.write("prices.jsonl", '{"id": "a", "name": "Not mine", "price": 9}\n{"id": "z", "price": 1}\n')
        self.write("stock.jsonl", '{"id": "a", "quantity": 5}\n{"id": "b", "quantity": 0}\n')
        report = self.run_feed("prices")
        self.assertEqual((report["skus"]["updated"], report["skus"]["skipped"]["scope"], report["skus"]["stock"]["after"]), (1, 1, 0))
        self.run_feed("stock")
        self.assertEqual(self.offers(), [("a", 9, 5, "acme", "prices", "stock"), ("b", 20, 0, "acme", "acme", "stock")])
        self.import_feed("acme", offer("a", "11", "Anew") + offer("b", "21"))
        self.assertEqual(self.offers(), [("a", 9, 5, "acme", "prices", "stock"), ("b", 21, 0, "acme", "acme", "stock")])
        self.assertEqual(self.skus()[0][2], "Anew")
        self.write("prices.jsonl", '{"id": "b", "price": 19}\n{"id": "z", "price": 1}\n')
        self.run_feed("prices")
        self.assertEqual(self.run_feed("acme")["outcome"], "applied")  # the same feed, but its price of 'a' counts again
        self.assertEqual(self.offers(), [("a", 11, 5, "acme", "acme", "stock"), ("b", 19, 0, "acme", "prices", "stock")])

    def test_a_price_job_looks_again_when_the_sku_it_names_has_come(self):
        self.job("acme")
        self.job("prices", "scope: prices", self.folder / "prices.jsonl", "lines")
        self.write("prices.jsonl", '{"id": "a", "price": 9}\n{"id": "z", "price": 9}\n')
        self.assertEqual(self.run_feed("prices")["skus"]["skipped"]["scope"], 2)
        self.assertEqual(self.run_feed("prices")["outcome"], "unchanged")
        self.import_feed("acme", offer("a", "10"))
        self.assertEqual(self.run_feed("prices")["outcome"], "applied")
        self.assertEqual(self.offers(), [("a", 9, None, "acme", "prices", "acme")])

    def test_skus_come_to_known_products_only(self):
        self.job("acme")
        self.job("more", "scope: skus")
        self.import_feed("acme", offer("a", attributes=' group_id="g"'))
        report = self.import_feed("more", offer("b", attributes=' group_id="g"') + offer("c"))
        self.assertEqual((report["skus"]["created"], report["skus"]["skipped"]["scope"], report["products"]["stock"]["after"]), (1, 1, 0))
        self.assertEqual(self.query("SELECT product_id, job FROM product"), [("g", "acme")])

    def test_texts_of_one_language(self):
        self.job("acme")
        self.job("german", "scope: texts\nlanguage: de")
        self.import_feed("acme", offer("a", "10", "Anchor"))
        report = self.import_feed("german", offer("a", "99", "Anker") + offer("b", "1", "Boje"))
        self.assertEqual((report["skus"]["updated"], report["skus"]["skipped"]["scope"]), (1, 1))
        self.assertEqual(self.skus(), [("a", "active", "Anchor", 10)])
        self.assertIn(("sku", "a", "name", "de", "Anker"), self.query("SELECT entity, item_id, field, language, value FROM text"))


class TakeOver(Policies):
    def test_what_a_job_had_becomes_another_job_s(self):
        self.job("old")
        self.import_feed("old", offer("a") + offer("b"))
        self.job("new", "take_over: [old]\nmissing: delete")
        report = self.import_feed("new", offer("a", "12"))
        self.assertEqual((report["skus"]["stock"]["adopted"], report["skus"]["updated"], report["skus"]["stock"]["removed"]), (1, 1, 0))
        self.assertEqual(self.query("SELECT sku_id, job, offer_job FROM sku ORDER BY 1"), [("a", "new", "new"), ("b", "old", "old")])
        report = self.run_feed("old")
        self.assertEqual((report["skus"]["skipped"]["foreign"], report["skus"]["stock"]["before"]), (1, 1))


class Whole(Policies):
    """A feed without an end of its own needs a length."""

    ITEMS = b'{"id": "a", "price": 1}\n{"id": "b", "price": 2}\n{"id": "c", "price": 3}\n'

    def test_lines_from_a_file_have_its_length(self):
        self.write("feed.jsonl", self.ITEMS)
        report = self.run_feed("./feed.jsonl", "--dialect", "lines")
        self.assertEqual((report["feed"]["whole"], feed_warnings(report)), (["length"], []))

    def test_lines_through_a_pipe_prove_nothing(self):
        result = self.feedmill("run", "-", "--dialect", "lines", stdin=self.ITEMS)
        self.assertEqual(result.status, 1)
        self.assertIn("nothing proves that the feed is whole", result.err)
        self.assertIn("unproven: apply", result.err)
        self.assertEqual(self.catalogue().get("sku_data"), [])

    def test_they_are_applied_and_remove_nothing_where_the_job_says_so(self):
        self.job("acme", "missing: delete\nunproven: apply", "'-'", "lines")
        self.run_feed("acme", stdin=self.ITEMS)
        report = self.run_feed("acme", stdin=b"".join(self.ITEMS.splitlines(keepends=True)[:2]))
        self.assertEqual((report["feed"]["whole"], report["skus"]["stock"]["removed"], report["skus"]["stock"]["after"]), ([], 0, 3))
        self.assertEqual(len(feed_warnings(report)), 1)
        text = self.feedmill("run", "acme", "--verbose", "--full", stdin=self.ITEMS).out
        self.assertIn("not proven whole", text)
        self.assertIn("warning", text)

    def test_a_chunked_answer_proves_nothing_and_one_with_a_length_does(self):
        items = self.ITEMS

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.send_response(200)
                if self.path == "/chunked":
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(items), items))
                else:
                    self.send_header("Content-Length", str(len(items)))
                    self.end_headers()
                    self.wfile.write(items)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        base = f"http://127.0.0.1:{server.server_port}"
        self.assertEqual(self.feedmill("run", f"{base}/chunked", "--dialect", "lines").status, 1)
        self.assertEqual(self.run_feed(f"{base}/whole", "--dialect", "lines")["feed"]["whole"], ["length"])


class Lenient(Policies):
    def test_a_stray_ampersand_is_mended_where_the_job_says_so(self):
        faulty = yml(offer("a", name="Salt & Pepper"))
        self.job("acme")
        self.write("acme.xml", faulty)
        self.assertEqual(self.feedmill("run", "acme").status, 1)
        self.job("acme", "lenient: true")
        report = self.run_feed("acme")
        self.assertEqual(report["complaints"]["codes"]["markup_mended"], 1)
        self.assertEqual(self.skus()[0][2], "Salt & Pepper")


class UnknownFields(Policies):
    FEED = offer("a", more="<colour>red</colour>")

    def test_they_are_kept_made_dropped_or_refused(self):
        for policy, extra, custom in (("extra", True, False), ("drop", False, False), ("create", False, True)):
            self.job(policy, f"catalog: {policy}\nunknown_fields: {policy}")
            self.import_feed(policy, self.FEED)
            row = self.query("SELECT extra, custom_fields FROM sku_data JOIN catalog_name USING (catalog_key) WHERE catalog = ?", policy)[0]
            self.assertEqual(("red" in str(row[0]), "red" in str(row[1])), (extra, custom), (policy, row))
        self.job("fail", "catalog: fail\nunknown_fields: fail")
        self.feed("fail", self.FEED)
        result = self.feedmill("run", "fail")
        self.assertEqual(result.status, 1)
        self.assertIn("colour", result.err)


class Configuration(Policies):
    def test_check_names_the_place_of_each_mistake(self):
        self.job("acme", "scope: texts\non_absent: {nmae: keep}\ntake_over: [acme]\nduplicates: all")
        result = self.feedmill("check", store=False)
        self.assertEqual(result.status, 2)
        for expected in ("acme.yaml:3:8: scope: 'texts' needs the key 'language'", "acme.yaml:4:13: on_absent: there is no field 'nmae'",
                         "acme.yaml:5:13: take_over: 'acme' is this job itself", "acme.yaml:6:13: duplicates: unknown word 'all'"):
            self.assertIn(expected, result.err)

    def test_a_changed_policy_reads_an_unchanged_feed_again(self):
        self.job("acme")
        self.import_feed("acme", offer("a", more="<description>Long</description>"))
        self.assertEqual(self.run_feed("acme")["outcome"], "unchanged")
        self.job("acme", "categories: ignore")
        self.assertEqual(self.run_feed("acme")["outcome"], "applied")

    def test_jobs_shows_the_policies(self):
        self.job("acme", "mode: update\nscope: prices")
        row = self.feedmill("jobs", "--json").rows[0]
        self.assertEqual((row["mode"], row["scope"], row["missing"]), ("update", "prices", "keep"))

    def test_missing_on_the_command_line_follows_the_same_rules(self):
        self.job("acme", "scope: prices")
        self.feed("acme", offer("a"))
        result = self.feedmill("run", "acme", "--missing", "mark")
        self.assertEqual(result.status, 2)
        self.assertIn("removes no items", result.err)


if __name__ == "__main__":
    unittest.main()

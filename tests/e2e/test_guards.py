"""What guards hold, what they let pass, and what a person can say about it."""

import os
import unittest

from support import FEEDS, Case, needs_feeds, offer, yml

# Bytes between two cuts; FEEDMILL_EVERY_BYTE=1 cuts at every byte.
STRIDE = 1 if os.environ.get("FEEDMILL_EVERY_BYTE") else 29

NUMBER = 40


def goods(first=0, last=NUMBER, price="10", currency="EUR", available="true", prefix="s"):
    """Offers that are alike."""
    return "".join(f'<offer id="{prefix}{i}" available="{available}"><name>Thing {i}</name><price>{price}</price><currencyId>{currency}</currencyId>'
                   "<categoryId>1</categoryId><vendor>Acme</vendor></offer>" for i in range(first, last))


def faulty(number):
    """Offers without an id."""
    return "<offer><name>Nameless</name><price>1</price></offer>" * number


HELD = "held"

# What the feed has by now, and how the run ends under the guards that every job has: 40 SKUs were there.
TABLE = (
    ("the same with another shop name", yml(goods(), shop="<company>x</company>"), "applied", []),
    ("three fewer", yml(goods(3)), "applied", []),
    ("a tenth fewer, but few", yml(goods(9)), "applied", []),
    ("a quarter fewer", yml(goods(10)), HELD, ["removed"]),
    ("half of it", yml(goods(20)), HELD, ["removed", "removed_by_category", "removed_by_brand"]),
    ("one is left", yml(goods(39)), HELD, ["removed", "removed_by_category", "removed_by_brand"]),
    ("none, but categories", yml(""), HELD, ["records", "removed", "removed_by_category", "removed_by_brand"]),
    ("twice as many", yml(goods(0, 80)), "applied", []),
    ("other ids", yml(goods(prefix="t")), HELD, ["removed", "ids", "removed_by_category", "removed_by_brand"]),
    ("prices a little higher", yml(goods(price="14.99")), "applied", []),
    ("prices in minor units", yml(goods(price="1000")), HELD, ["prices"]),
    ("some prices in minor units", yml(goods(0, 11, price="1000") + goods(11)), "applied", []),
    ("prices of nothing", yml(goods(price="0")), HELD, ["prices"]),
    ("no prices", yml(goods(price="")), HELD, ["prices"]),
    ("another currency", yml(goods(currency="PLN")), HELD, ["currency"]),
    ("some of another currency", yml(goods(0, 9, currency="PLN") + goods(9)), "applied", []),
    ("nothing in stock", yml(goods(available="false")), HELD, ["out_of_stock"]),
    ("one in stock", yml(goods(0, 39, available="false") + goods(39)), "applied", []),
    ("one without an id", yml(goods() + faulty(1)), "applied", []),
    ("several without an id", yml(goods() + faulty(3)), HELD, ["rejected"]),
    ("an id twice", yml(goods() + goods(0, 1, price="11")), "applied", []),
    ("ids twice", yml(goods() + goods(0, 3, price="11")), HELD, ["conflicting"]),
    ("an empty file", "", "failed", []),
    ("an empty document", '<?xml version="1.0"?><yml_catalog/>', HELD, ["records", "removed", "removed_by_category", "removed_by_brand"]),
    ("a page", "<!DOCTYPE html><html><head><title>Log in</title></head><body>Sorry</body></html>", "failed", []),
    ("an error as JSON", '{"error": "quota"}', "failed", []),
)

# Files of feeds/series by their number, and how a job with the guards of every job takes them, each upon the one before.
SERIES = {
    "google-huenox": ("applied", "applied", "applied"),
    "google-koritsa": ("conflicting", "conflicting", "conflicting"),
    "google-majorworld-vehicles": ("applied", "removed", "removed", "removed removed_by_category removed_by_brand"),
    "google-solarmarket": ("conflicting", "removed removed_by_category removed_by_brand conflicting", "conflicting",
                           "removed ids removed_by_category removed_by_brand"),
    "skroutz-ruris": ("applied", "applied", "applied"),
    "trovaprezzi-saivera": ("applied", "applied", "applied"),
    "yml-fiskars-rozetka": ("applied", "applied", "applied", "applied"),
    "yml-snowball-maudau": ("applied", "removed ids removed_by_brand", "applied", "applied"),
}


def names(report):
    """The guards that found something, once each, in their order."""
    return list(dict.fromkeys(finding["guard"] for finding in report["guards"]["findings"]))


class Guards(Case):
    def setUp(self):
        super().setUp()
        self.feed = self.write("feed.xml", yml(goods()))
        self.write_job("acme", self.feed, missing="mark")

    def say(self, **keys):
        """Change what the job says."""
        self.write_job("acme", self.feed, **{"missing": "mark", **keys})

    def run_with(self, content, expect=0):
        self.feed.write_text(content)
        return self.run_feed("acme", expect=expect)

    def skus(self):
        return self.value("SELECT count(*) FROM sku WHERE status = 'active'")

    def test_feeds_that_lose_or_change_much_are_held(self):
        self.run_with(yml(goods()))
        before, store = self.catalogue(), self.store
        for name, content, outcome, guards in TABLE:
            with self.subTest(feed=name):
                self.store = self.folder / "one.db"
                self.store.write_bytes(store.read_bytes())
                report = self.run_with(content, expect={"applied": 0, HELD: 3, "failed": 1}[outcome])
                self.assertEqual(report["outcome"], outcome)
                self.assertEqual(names(report) if report["guards"] else [], guards)
                if outcome != "applied":
                    self.assertEqual(self.catalogue(), before)

    def test_a_feed_cut_anywhere_changes_nothing(self):
        self.run_with(yml(goods()))
        before, content = self.catalogue(), yml(goods(5))
        for size in range(0, len(content.rstrip()), STRIDE):
            report = self.run_with(content[:size], expect=1)
            self.assertEqual((report["outcome"], report["error"]["code"]), ("failed", "feed"), size)
        self.assertEqual(self.catalogue(), before)
        self.assertEqual(self.run_with(content)["skus"]["stock"]["removed"], 5)

    def test_a_dry_run_ends_as_the_run_would(self):
        self.run_with(yml(goods()))
        self.feed.write_text(yml(goods(20)))
        planned = self.run_feed("acme", "--dry-run", expect=3)
        held = self.run_feed("acme", expect=3)
        self.assertEqual((planned["outcome"], held["outcome"]), ("planned", HELD))
        self.assertEqual(planned["guards"], held["guards"])

    def test_one_guard_may_be_tuned_or_turned_off(self):
        self.run_with(yml(goods()))
        half = yml(goods(20))
        by_group = {"removed_by_category": "off", "removed_by_brand": "off"}
        for guards, status, expected in (
            ({"removed": {"percent": 51}, **by_group}, 3, ["removed"]),  # below the high
            ({"removed": {"percent": 51, "below_high": "off"}, **by_group}, 0, []),
            ({"removed": {"percent": 51, "below_high": 50}, **by_group}, 0, []),
            ({"removed": {"percent": 51, "below_high": "off", "max": 20}, **by_group}, 3, ["removed"]),
            ({"removed": {"percent": 51, "below_high": "off", "max": 21}, **by_group}, 0, []),
            ({"removed": "off"}, 3, ["removed_by_category", "removed_by_brand"]),
            ({"removed": "off", **by_group}, 0, []),
            ({"removed": {"action": "fail"}}, 1, ["removed", "removed_by_category", "removed_by_brand"]),
            ("off", 0, []),
        ):
            with self.subTest(guards=guards):
                self.say(guards=guards)
                self.feed.write_text(half)
                report = self.run_feed("acme", "--dry-run", expect=status)
                self.assertEqual(names(report), expected)
                self.assertEqual(report["guards"]["off"], guards == "off")
                if status == 1:
                    self.assertIn("guard 'removed': 20 of 40 SKUs are absent from the feed", report["error"]["message"])

    def test_feedmill_yaml_says_what_jobs_start_from(self):
        self.run_with(yml(goods()))
        self.feed.write_text(yml(goods(5)))
        (self.folder / "feedmill.yaml").write_text("jobs: jobs\nguards: {removed: {count: 5}}\n")
        self.assertEqual(names(self.run_feed("acme", expect=3)), ["removed"])
        self.assertEqual(self.run_feed(self.feed.rename(self.folder / "other.xml"), "--as", "other", "--catalog", "other")["outcome"], "applied")

    def test_check_says_loudly_that_guards_are_off(self):
        self.assertEqual(self.feedmill("check", store=False).err, "")
        self.say(guards="off")
        checked = self.feedmill("check", store=False)
        self.assertEqual(checked.status, 0)
        self.assertRegex(checked.err, r"WARNING: .*jobs/acme\.yaml: guards are off")
        self.assertEqual(self.feedmill("check", "--json", store=False).report["unguarded_jobs"], ["acme"])

    def test_a_changed_limit_does_not_make_the_feed_be_read_anew(self):
        self.run_with(yml(goods()))
        self.say(guards={"removed": {"percent": 50}})
        self.assertEqual(self.run_feed("acme")["outcome"], "unchanged")
        digests = self.query("SELECT DISTINCT config_digest FROM run")
        self.assertEqual(len(digests), 2, "the ledger shows that the job has changed")

    def test_what_was_approved_is_the_new_measure(self):
        self.run_with(yml(goods()))
        held = self.run_with(yml(goods(20)), expect=3)
        self.assertEqual(self.feedmill("approve", held["run"]).status, 0)
        self.assertEqual(self.skus(), 20)
        report = self.run_with(yml(goods(21)))
        self.assertEqual(report["guards"]["figures"]["skus"], {"before": 20, "absent": 1, "present": 19, "high": 20})

    def test_an_approval_counts_for_all_runs_that_items_wait(self):
        self.say(missing={"action": "delete", "after": 3})
        self.run_with(yml(goods()))
        held = self.run_with(yml(goods(20)), expect=3)
        self.assertEqual(names(held), ["removed", "removed_by_category", "removed_by_brand"])
        self.assertEqual(self.feedmill("approve", held["run"]).status, 0)
        self.assertEqual(self.skus(), 40)
        self.assertEqual(self.run_feed("acme")["skus"]["stock"]["waiting"], 20)
        self.assertEqual(self.run_feed("acme")["skus"]["stock"]["removed"], 20)
        self.assertEqual(self.skus(), 20)

    def test_the_feed_of_an_undone_run_is_held_until_it_is_approved(self):
        self.run_with(yml(goods()))
        wrong = yml(goods(price="12"))
        run = self.run_with(wrong)["run"]
        self.assertEqual(self.feedmill("undo", run).status, 0)
        report = self.run_with(wrong, expect=3)
        self.assertEqual(names(report), ["undone_feed"])
        self.assertEqual(report["guards"]["findings"][0]["figure"], run)
        self.assertEqual(self.feedmill("approve", report["run"]).status, 0)
        self.assertEqual(self.value("SELECT DISTINCT price_micros FROM sku"), 12000000)
        self.assertIn(self.run_with(wrong)["outcome"], ("applied", "unchanged"))

    def test_the_feed_of_an_undone_run_is_let_pass_after_another(self):
        self.run_with(yml(goods()))
        wrong = yml(goods(price="12"))
        self.assertEqual(self.feedmill("undo", self.run_with(wrong)["run"]).status, 0)
        self.run_with(yml(goods(price="11")))
        self.assertEqual(self.run_with(wrong)["outcome"], "applied")

    def test_a_job_may_demand_a_proof_that_the_feed_is_whole(self):
        table = "id,title,price\n1,A,5 EUR\n"
        self.write_job("lines", self.write("feed.csv", table), dialect="google-csv", whole="length")
        self.assertEqual(self.run_feed("lines")["feed"]["whole"], ["length"])
        self.write_job("lines", self.write("feed.csv", table), dialect="google-csv", whole=["length", "end_of_document"])
        report = self.run_feed("lines", "--full", expect=1)
        self.assertIn("whole: end_of_document", report["error"]["message"])

    def test_a_catalogue_of_one_is_not_emptied(self):
        self.run_with(yml(goods(0, 1)))
        report = self.run_with(yml(goods(1, 2)), expect=3)
        self.assertEqual(report["guards"]["findings"][0]["message"], "all 1 SKUs are absent from the feed")

    def test_a_person_reads_what_was_found(self):
        self.run_with(yml(offer("A")))
        self.feed.write_text(yml(offer("B")))
        shown = self.feedmill("run", "acme", "--verbose")
        self.assertEqual(shown.status, 3)
        self.assertIn("guard   removed: all 1 SKUs are absent from the feed", shown.out)


@needs_feeds
class Series(Case):
    def take(self, job, path):
        """One step: how the run ends, and then it is applied whatever was found."""
        self.write_job(job, path, missing="mark")
        result = self.feedmill("run", job, "--json")
        if result.status == 3:
            self.write_job(job, path, missing="mark", guards="off")
            self.run_feed(job)
        return " ".join(names(result.report)) or result.report["outcome"]

    def test_real_feeds_pass_but_where_they_lose_or_contradict(self):
        for job, outcomes in SERIES.items():
            with self.subTest(series=job):
                self.store = self.folder / f"{job}.db"
                steps = sorted((FEEDS / "series" / job).iterdir())
                self.assertEqual([self.take(job, path) for path in steps], list(outcomes))


if __name__ == "__main__":
    unittest.main()

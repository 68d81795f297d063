"""Dates of feeds that state no offset are those of the clocks in the job's time zone."""

import datetime
import unittest
import zoneinfo

from support import Case

ITEM = """<item><g:id>{id}</g:id><title>Lamp</title><link>https://shop.example/{id}</link><g:price>10.00 EUR</g:price>
<g:sale_price>8.00 EUR</g:sale_price><g:sale_price_effective_date>{dates}</g:sale_price_effective_date>
<g:availability>in_stock</g:availability></item>"""
FEED = '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>t</title>{items}</channel></rss>'

# Two dates as the feed has them.
DATES = {
    "winter": ("2026-01-10 08:00", "2026-02-10 20:30"),
    "summer": ("2026-07-10 08:00", "2026-08-10 20:30"),
    "changing": ("2026-03-28 08:00", "2026-03-30 08:00"),
    "twice": ("2026-10-25 02:30", "2026-10-25 03:00"),
    "day": ("2026-07-01", "2026-12-01"),
    "offset": ("2026-07-10T08:00+0500", "2026-08-10T08:00Z"),
}


def instant(text, zone):
    moment = datetime.datetime.fromisoformat(text.replace("+0500", "+05:00").replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return int(moment.timestamp() * 1000)


class Zone(Case):
    def import_in(self, zone, dates=None, dialect="google", more=""):
        items = "".join(ITEM.format(id=name, dates="/".join(pair)) for name, pair in (dates or DATES).items())
        self.write("feed.xml", FEED.format(items=items))
        self.write("feedmill.yaml", "jobs: jobs\n" + more)
        (self.folder / "jobs").mkdir(exist_ok=True)
        self.write("jobs/acme.yaml", f"source: ../feed.xml\ndialect: {dialect}\ntimezone: {zone}\n")
        return self.feedmill("run", "acme")

    def sales(self):
        return {row[0]: row[1:] for row in self.query(
            "SELECT sku_id, valid_from_ms, valid_to_ms FROM price WHERE valid_from_ms IS NOT NULL")}

    def test_dates_are_those_of_the_zones_clocks(self):
        for name in ("Europe/Warsaw", "America/St_Johns", "UTC"):
            with self.subTest(zone=name):
                result = self.import_in(name)
                self.assertEqual(result.status, 0, result.err)
                zone = zoneinfo.ZoneInfo(name)
                self.assertEqual({sku: tuple(times) for sku, times in self.sales().items()},
                                 {sku: (instant(first, zone), instant(last, zone)) for sku, (first, last) in DATES.items()})

    def test_a_time_that_clocks_skip_is_where_they_go_on(self):
        self.assertEqual(self.import_in("Europe/Warsaw", {"gap": ("2026-03-29 02:30", "2026-03-30 08:00")}).status, 0)
        zone = zoneinfo.ZoneInfo("Europe/Warsaw")
        self.assertEqual(tuple(self.sales()["gap"]), (instant("2026-03-29 03:00", zone), instant("2026-03-30 08:00", zone)))

    def write_dialect(self, zone):
        self.write("dialects/mine.yaml", "extends: google\nrecords:\n  item:\n    fields:\n"
                   f"      sale_dates: {{from: sale_price_effective_date, timezone: {zone}}}\n")

    def test_the_zone_of_a_dialect_comes_before_the_jobs(self):
        for name in ("Europe/Warsaw", "Australia/Lord_Howe"):
            with self.subTest(zone=name):
                self.write_dialect(name)
                result = self.import_in("America/New_York", dialect="mine", more="dialects: dialects\n")
                self.assertEqual(result.status, 0, result.err)
                zone = zoneinfo.ZoneInfo(name)
                self.assertEqual({sku: tuple(times) for sku, times in self.sales().items()},
                                 {sku: (instant(first, zone), instant(last, zone)) for sku, (first, last) in DATES.items()})

    def test_a_dialects_time_that_clocks_skip_is_where_they_go_on(self):
        self.write_dialect("Europe/Warsaw")
        dates = {"gap": ("2026-03-29 02:30", "2026-10-25 02:59")}
        self.assertEqual(self.import_in("UTC", dates, dialect="mine", more="dialects: dialects\n").status, 0)
        zone = zoneinfo.ZoneInfo("Europe/Warsaw")
        self.assertEqual(tuple(self.sales()["gap"]), (instant("2026-03-29 03:00", zone), instant("2026-10-25 02:59", zone)))

    def test_a_dialects_zone_that_does_not_exist_is_told_at_its_place(self):
        self.write_dialect("Mars/Olympus")
        result = self.import_in("UTC", dialect="mine", more="dialects: dialects\n")
        self.assertEqual(result.status, 2)
        self.assertRegex(result.err, r"mine.yaml:5:\d+: timezone: there is no time zone 'Mars/Olympus'")
        check = self.feedmill("check", store=False)
        self.assertEqual((check.status, "Mars/Olympus" in check.err), (2, True))

    def test_a_zone_that_does_not_exist_fails_the_run(self):
        result = self.import_in("Mars/Olympus")
        self.assertEqual(result.status, 2)
        self.assertIn("timezone: there is no time zone 'Mars/Olympus'", result.err + result.out)


if __name__ == "__main__":
    unittest.main()

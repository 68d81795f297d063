"""The table of times (tests/schedule/times.tsv) is what other programs say, too."""

import datetime
import shutil
import unittest

import calendar_check
from support import ROOT

TABLE = ROOT / "tests/schedule/times.tsv"


# Times that systemd 252 loses besides, all of them in the rows: the first one behind the end of a month whose step leads beyond the
# day, and a morning whose change it takes for the other one, as Irish winter time is less than standard.
SYSTEMD_LOSES = {("UTC", "0/5:0"), ("Europe/Dublin", "1..3:10,50")}


def rows_of(form):
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            columns = line.split("\t")
            if columns[0] == form:
                yield columns[1:]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def times_of(text):
    """Times and notes of a row."""
    return [(instant(word.rstrip("gr")), word[len(word.rstrip("gr")):]) for word in text.split() if word != "never"]


class Calendar(unittest.TestCase):
    def test_every_row_of_cron_is_what_a_loop_over_minutes_finds(self):
        count = 0
        for zone, after, expression, times in rows_of("cron"):
            with self.subTest(zone=zone, after=after, expression=expression):
                expected = times_of(times)
                cron = calendar_check.Cron(expression)
                self.assertEqual(cron.times(calendar_check.zone_of(zone), instant(after), len(expected)), expected)
                count += 1
        self.assertGreater(count, 200)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not there (Debian: systemd)")
    def test_every_row_of_on_calendar_is_what_systemd_finds(self):
        """But for what systemd 252 leaves out: times that clocks skip, and the second time of a repeated hour."""
        count = 0
        for zone, after, expression, times in rows_of("calendar"):
            with self.subTest(zone=zone, after=after, expression=expression):
                rows = times_of(times)
                by_systemd = calendar_check.systemd_times(expression, zone if zone[0] not in "+-" else "UTC", instant(after),
                                                          len(rows) or 1)
                if zone[0] in "+-":  # systemd has no offsets: shift by hand
                    offset = calendar_check.zone_of(zone).utcoffset(None)
                    by_systemd = [time - offset for time in by_systemd]
                self.assertIsNotNone(by_systemd)
                kept = [time for time, note in rows
                        if (note != "g" or time in by_systemd) and not self.comes_again(zone, time)]
                if (zone, expression) in SYSTEMD_LOSES:
                    kept = [time for time in kept if time in by_systemd]
                self.assertEqual(kept, by_systemd[:len(kept)])
                self.assertGreaterEqual(len(kept), len(rows) // 2)
                count += 1
        self.assertGreater(count, 150)

    @staticmethod
    def comes_again(zone, time):
        if zone[0] in "+-":
            return False
        return time.astimezone(calendar_check.zone_of(zone)).fold == 1

    def test_every_interval_counts_from_the_epoch(self):
        units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
        for _, after, expression, times in rows_of("every"):
            with self.subTest(expression=expression):
                number, period = "", 0
                for sign in expression:
                    if sign in units:
                        period, number = period + int(number) * units[sign], ""
                    else:
                        number += sign
                first = (int(instant(after).timestamp()) // period + 1) * period
                expected = [first + period * index for index in range(len(times.split()))]
                self.assertEqual([int(time.timestamp()) for time, _ in times_of(times)], expected)


if __name__ == "__main__":
    unittest.main()

"""When jobs run next, and what 'check' says of schedules that are none."""

import json
import unittest

from support import Case


class Next(Case):
    def setUp(self):
        super().setUp()
        self.write("feedmill.yaml", json.dumps({"store": f"sqlite:{self.store}", "jobs": "jobs"}))
        (self.folder / "jobs").mkdir()

    def job(self, name, **keys):
        self.write(f"jobs/{name}.yaml", json.dumps({"source": "../feed.xml", **keys}))

    def next(self, *arguments, expect=0):
        result = self.feedmill("next", *arguments, store=False)
        self.assertEqual(result.status, expect, result.err)
        return result

    def rows(self, *arguments):
        return self.next("--json", *arguments).rows

    def test_times_are_told_by_the_clock_of_the_zone_and_in_utc(self):
        self.job("acme", schedule="30 2 * * *", timezone="Europe/Warsaw")
        rows = self.rows("acme", "-n", "3", "--after", "2026-03-28")
        self.assertEqual([row["due"] for row in rows],
                         ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"])
        self.assertEqual([row["due_at_ms"] for row in rows], [1774661400000, 1774746000000, 1774830600000])
        self.assertEqual([row["notes"] for row in rows], [[], ["after_gap"], []])
        rows = self.rows("acme", "-n", "2", "--after", "2026-10-24T12:00+02:00")
        self.assertEqual([row["due"] for row in rows], ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"])
        self.assertEqual(rows[0]["notes"], ["first_of_two"])
        text = self.next("acme", "-n", "2", "--after", "2026-03-28").out
        self.assertIn("Sun 2026-03-29 03:00:00 CEST  Europe/Warsaw  2026-03-29T01:00:00Z", text)
        self.assertIn("clocks skip the time that is meant", text)

    def test_jitter_and_quiet_hours_move_the_start(self):
        self.job("acme", schedule={"every": "1h"}, jitter="30m", quiet="22:00-06:00", timezone="+01:00")
        row, = self.rows("acme", "-n", "1", "--after", "2026-01-10T20:30Z")
        self.assertEqual(row["due"], "2026-01-10T22:00:00+01:00")
        self.assertEqual(row["starts"], "2026-01-11T06:00:00+01:00")
        self.assertIn("quiet", row["notes"])

    def test_the_job_that_starts_first_stands_first(self):
        self.job("late", schedule="0 20 * * *")
        self.job("early", schedule="0 4 * * *")
        self.job("chained", after="early")
        self.job("over", schedule="2020-01-01")
        self.job("by-hand")
        rows = self.rows("--after", "2026-01-10T12:00Z")
        self.assertEqual([row["job"] for row in rows], ["late", "early", "chained", "over"])
        self.assertEqual(rows[2]["after"], ["early"])
        self.assertEqual(rows[3]["notes"], ["never_again"])
        self.assertEqual(self.feedmill("job", "next", "--json", "--after", "2026-01-10T12:00Z", store=False).rows, rows)

    def test_a_plan_is_the_expression_it_stands_for(self):
        self.job("plan", schedule={"plan": {"weekdays": ["tue"], "nth": "last", "hours": [6, 18], "start": "2026-03-01",
                                            "stop": "2026-04-30"}}, timezone="America/New_York")
        self.assertEqual([row["due"] for row in self.rows("plan", "-n", "10", "--after", "2026-01-01")],
                         [f"{day}T{hour}:00:00-04:00" for day in ("2026-03-31", "2026-04-28") for hour in ("06", "18")])

    def test_a_pause_is_told(self):
        self.job("acme", schedule="@daily")
        self.assertEqual(self.feedmill("job", "pause", "acme", "--until", "2099-01-01", store=False).status, 0)
        self.assertIn("paused until 2099-01-01T00:00:00Z", self.next("acme", "-n", "1").out)
        self.assertEqual(self.rows("acme", "-n", "1")[0]["notes"], ["paused"])

    def test_jobs_without_a_schedule_are_not_listed(self):
        self.job("acme")
        self.assertEqual(self.next().out, "")
        self.assertIn("job 'acme' has no schedule", self.next("acme", expect=2).err)
        self.assertIn("there is no job 'acm'; did you mean 'acme'?", self.next("acm", expect=2).err)
        self.assertIn("'0' is no value of '--times'", self.next("-n", "0", expect=2).err)
        self.assertIn("'soon' is no value of '--after'", self.next("--after", "soon", expect=2).err)

    def test_check_tells_mistakes_of_schedules_at_their_place(self):
        rows = (
            ('schedule: "30 27 * * *"', "2:15: schedule: hour: 27 is not from 0 to 23"),
            ("schedule: 0 0 30 2 *", "2:11: schedule: '0 0 30 2 *' is never due: there is no such day from 1970 to 2199"),
            ("schedule:\n  calendar: Mon..Fry 10:00", "3:18: schedule: the name of a weekday is missing"),
            ("schedule: {every: 1h}\nquiet: '22:00-6'", "3:15: quiet: expected a time of the day"),
            ("schedule: daily\ntimezone: Mars/Olympus", "3:11: timezone: there is no time zone 'Mars/Olympus'"),
            ("timezone: Mars/Olympus", "2:11: timezone: there is no time zone 'Mars/Olympus'"),
            ("schedule: daily Mars/Olympus", "2:17: schedule: there is no time zone 'Mars/Olympus'"),
            ("schedule: '@daily'\nactive_from: 2026-01-02\nactive_until: 2026-01-01",
             "4:15: active_until: '@daily' is never due while the job is active"),
            ("schedule: {plan: {month_days: 31, months: feb}}",
             "2:18: schedule: '*-02-31 *:00:00' is never due: there is no such day from 1970 to 2199"),
            ("after: [other]", "2:8: after: 'other' is no job of this configuration"),
        )
        for text, message in rows:
            with self.subTest(text=text):
                self.write("jobs/acme.yaml", f"source: x\n{text}\n")
                checked = self.feedmill("check", store=False)
                self.assertEqual(checked.status, 2, checked.out)
                self.assertIn(f"acme.yaml:{message}", checked.err)
                if "after" not in text and text.startswith("schedule"):
                    self.assertIn(f"acme.yaml:{message}", self.next("acme", expect=2).err)

    def test_check_warns_of_schedules_that_are_over(self):
        self.job("over", schedule="2020-01-01 12:00")
        self.job("ended", schedule="@daily", active_until="2020-06-30")
        self.job("going", schedule="@daily")
        checked = self.feedmill("check", store=False)
        self.assertEqual(checked.status, 0, checked.err)
        self.assertIn("WARNING: jobs/over.yaml: the schedule is over: '2020-01-01 12:00' is never due again", checked.err)
        self.assertIn("jobs/ended.yaml", checked.err)
        self.assertNotIn("going", checked.err)
        self.assertEqual(self.feedmill("check", "--json", store=False).report["finished_jobs"], ["ended", "over"])

    def test_jobs_that_run_after_each_other_are_refused(self):
        self.job("a", after="c")
        self.job("b", after="a")
        self.job("c", after="b")
        checked = self.feedmill("check", store=False)
        self.assertEqual(checked.status, 2)
        self.assertEqual(checked.err.count("runs after this job, or after one that does: they would never end"), 1)


if __name__ == "__main__":
    unittest.main()

"""Units of systemd: what they say, what systemd says of them, and whose files they are."""

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import unittest

from support import BINARY, Case

EXPOSURE_MAX = 1.5  # of 10, by systemd-analyze security
COMMON = ("feedmill@.service", "feedmill-notify.service", "feedmill-notify.timer")  # whatever the jobs
JOBS = {
    "acme-de.1": {"schedule": "30 2 * * *", "timezone": "Europe/Warsaw", "jitter": "10m", "run_timeout": "2h"},
    "often": {"schedule": {"every": "90m"}, "catch_up": "none", "retry": {"attempts": 5, "delay": "10s"}},
    "quiet": {"schedule": "*/15 * * * *", "timezone": "America/New_York", "quiet": "22:00-06:00"},
    "then": {"after": ["acme-de.1", "often"]},
    "by-hand": {},
}


def needs_systemd(test):
    return unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not there (Debian: systemd)")(test)


class Systemd(Case):
    def setUp(self):
        super().setUp()
        self.units = self.folder / "units"
        self.write("feedmill.yaml", "store: sqlite:/var/lib/feedmill/market.db\nmetrics: /srv/metrics/feedmill.prom\n")
        for name, keys in JOBS.items():
            self.write(f"jobs/{name}.yaml", json.dumps({"source": "https://shop.example/feed.xml", **keys}))

    def systemd(self, *words, expect=0):
        result = self.feedmill("systemd", *words, "--directory", self.units, store=False)
        self.assertEqual(result.status, expect, result.err + result.out)
        return result

    def installed(self):
        return {str(path.relative_to(self.units)) for path in self.units.rglob("*") if path.is_file()}

    def lines(self, unit, key):
        return re.findall(rf"^{key}=(.*)$", (self.units / unit).read_text(), re.M)

    def analyze(self, *words):
        done = subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    # --- what they say ---

    def test_all_jobs_with_a_schedule_get_what_they_need(self):
        self.systemd("install")
        self.assertEqual(self.installed(), {
            *COMMON, "feedmill@acme-de.1.timer", "feedmill@acme-de.1.service.d/feedmill.conf", "feedmill@often.timer",
            "feedmill@often.service.d/feedmill.conf", "feedmill@quiet.timer"})
        self.assertEqual(self.lines("feedmill@.service", "ExecStart"),
                         [f"{pathlib.Path(BINARY).resolve()} run --config {self.folder}/feedmill.yaml --scheduled --wait 30m %i"])
        self.assertEqual(self.lines("feedmill-notify.service", "ExecStart"), [f"{pathlib.Path(BINARY).resolve()} notify --config {self.folder}/feedmill.yaml"])
        for unit in ("feedmill@.service", "feedmill-notify.service"):
            self.assertEqual(self.lines(unit, "ReadWritePaths"), ["-/srv/metrics"])
        self.assertEqual(self.lines("feedmill@acme-de.1.service.d/feedmill.conf", "OnSuccess"), ["feedmill@then.service"])
        self.assertEqual(self.lines("feedmill@acme-de.1.service.d/feedmill.conf", "RuntimeMaxSec"), ["7320"])
        self.assertEqual(self.lines("feedmill@often.service.d/feedmill.conf", "RestartSec"), ["10"])
        self.assertEqual(self.lines("feedmill@acme-de.1.timer", "OnCalendar")[0], "*-*-* 02:30:00 Europe/Warsaw")
        self.assertEqual(self.lines("feedmill@acme-de.1.timer", "RandomizedDelaySec"), ["600"])
        self.assertEqual(self.lines("feedmill@acme-de.1.timer", "Persistent"), ["yes"])
        self.assertEqual(self.lines("feedmill@often.timer", "Persistent"), ["no"])
        self.assertIn("*-*-* 06:00:00 America/New_York", self.lines("feedmill@quiet.timer", "OnCalendar"))

    @needs_systemd
    def test_systemd_has_nothing_to_say_against_them(self):
        self.systemd("install")
        self.systemd("install", "--daemon")
        timers = [self.units / name for name in self.installed() if name.endswith(".timer")]
        for name in ("feedmill@acme-de.1.service", "feedmill@often.service"):  # with their drop-ins
            shutil.copy(self.units / "feedmill@.service", self.units / name)
            timers.append(self.units / name)
        self.assertEqual(self.analyze("verify", "--man=no", *timers, self.units / "feedmill-daemon.service", self.units / "feedmill-notify.service"), (0, ""))

    @needs_systemd
    def test_a_folder_that_is_missing_is_warned_of_and_is_no_obstacle(self):
        there = self.folder / "there" / "of 50%"
        (self.folder / "feedmill.yaml").write_text(f"store: 'sqlite:{there}/market.db'\nmetrics: /srv/no such folder/feedmill.prom\n")
        for options in ((), ("--daemon",), ("--user",)):
            result = self.systemd("show", *options)
            self.assertIn(f"there is no folder '{there}'", result.err)
            self.assertIn("there is no folder '/srv/no such folder', which the services are to write to; make it before they start: "
                          + ("mkdir -p" if "--user" in options else "install -d -o feedmill -g feedmill") + " '/srv/no such folder'", result.err)
            self.assertEqual(result.err.count("there is no folder"), 2)
        there.mkdir(parents=True)
        self.assertNotIn(str(there), self.systemd("install").err.replace(f"'{self.folder}/feedmill.yaml'", ""))
        self.assertEqual(self.lines("feedmill@.service", "ReadWritePaths"), [f'"-{there}"'.replace("%", "%%"), '"-/srv/no such folder"'])
        service = shutil.copy(self.units / "feedmill@.service", self.units / "feedmill@often.service")
        self.assertEqual(self.analyze("verify", "--man=no", service), (0, ""))

    @needs_systemd
    def test_their_exposure_is_low(self):
        """Units of a user's own systemd have no User=, and offline that is taken for root, which they are not: 0.4 of the sum."""
        for options, more in (((), 0.0), (("--user",), 0.4)):
            self.systemd("install", "--force", *options)
            self.systemd("install", "--daemon", "--force", *options)
            for unit in ("feedmill@.service", "feedmill-daemon.service", "feedmill-notify.service"):
                with self.subTest(unit=unit, options=options):
                    status, text = self.analyze("security", "--offline=yes", "--no-pager", self.units / unit)
                    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", text).group(1))
                    self.assertEqual((status, round(exposure - more, 1) <= EXPOSURE_MAX), (0, True), text)

    def test_what_is_shown_is_what_is_installed(self):
        shown = self.systemd("show", "acme-de.1").out
        self.systemd("install", "acme-de.1")
        for name in self.installed():
            self.assertIn(f"# {self.units}/{name}\n" + (self.units / name).read_text(), shown)

    def test_units_of_a_user_do_without_what_root_gives(self):
        self.systemd("install", "often", "--user")
        text = (self.units / "feedmill@.service").read_text()
        for key in ("User=", "StateDirectory=", "LoadCredential", "ProtectHome=yes"):
            self.assertNotIn(key, text)
        self.assertEqual(self.lines("feedmill@.service", "ReadWritePaths")[0], f"-{self.folder}/state/feedmill")
        self.assertTrue((self.folder / "state/feedmill").is_dir())

    def test_a_user_without_units_gets_the_folders_too(self):
        result = self.feedmill("systemd", "install", "often", "--user", store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertIn("loginctl enable-linger", result.out)
        self.assertTrue((self.folder / ".config/systemd/user/feedmill@often.timer").is_file())

    def test_the_key_of_the_vault_comes_as_the_configuration_says(self):
        with open(self.folder / "feedmill.yaml", "a", encoding="utf-8") as file:
            file.write("vault_key: credential:acme-key\n")
        self.systemd("install", "often", "--on-failure", "mail@%n.service")
        self.assertEqual(self.lines("feedmill@.service", "LoadCredentialEncrypted"), ["acme-key:feedmill.acme-key"])
        self.assertEqual(self.lines("feedmill@.service", "OnFailure"), ["mail@%n.service"])

    # --- whose they are ---

    def test_installing_again_changes_nothing_and_others_may_read(self):
        first = self.systemd("install").out
        self.assertNotIn("daemon-reload", first)  # it is part of what comes with enabling
        self.assertIn("systemctl enable --now feedmill-notify.timer feedmill@acme-de.1.timer feedmill@often.timer feedmill@quiet.timer", first)
        again = self.systemd("install").out
        self.assertNotIn("written", again)
        self.assertNotIn("daemon-reload", again)
        for path in self.units.rglob("*"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o755 if path.is_dir() else 0o644, path)

    def test_nothing_is_installed_where_one_file_is_somebodys(self):
        (self.units / "feedmill@quiet.service.d").mkdir(parents=True)
        (self.units / "feedmill@quiet.timer").write_text("[Timer]\nOnCalendar=daily\n")
        self.assertIn("is not feedmill's", self.systemd("install", expect=2).err)
        self.assertEqual(self.installed(), {"feedmill@quiet.timer"})

    def test_what_people_wrote_or_changed_is_kept(self):
        self.units.mkdir()
        timer = self.units / "feedmill@often.timer"
        timer.write_text("[Timer]\nOnCalendar=daily\n")
        self.assertIn("is not feedmill's", self.systemd("install", "often", expect=2).err)
        self.assertIn("is not feedmill's", self.systemd("remove", "often", expect=2).err)
        self.systemd("remove")
        self.assertEqual(timer.read_text(), "[Timer]\nOnCalendar=daily\n")
        self.systemd("install", "often", "--force")
        with open(timer, "a", encoding="utf-8") as file:
            file.write("WakeSystem=yes\n")
        self.assertIn("was changed", self.systemd("install", "often", expect=2).err)
        self.assertIn("was changed", self.systemd("remove", "often", expect=2).err)
        self.systemd("remove", "often", "--force")
        self.assertFalse(timer.exists())

    def test_removing_leaves_other_jobs_or_nothing(self):
        self.systemd("install")
        (self.units / "timers.target.wants").mkdir()
        (self.units / "timers.target.wants/feedmill@often.timer").symlink_to(self.units / "feedmill@often.timer")
        (self.folder / "jobs/often.yaml").unlink()
        (self.folder / "jobs/then.yaml").unlink()
        out = self.systemd("remove", "often").out
        self.assertIn("systemctl stop feedmill@often.timer", out)
        self.assertEqual(self.installed(), {*COMMON, "feedmill@acme-de.1.timer", "feedmill@acme-de.1.service.d/feedmill.conf", "feedmill@quiet.timer"})
        self.assertFalse(os.path.lexists(self.units / "timers.target.wants/feedmill@often.timer"))
        self.systemd("remove")
        self.assertEqual(self.installed(), set())

    def test_a_schedule_that_went_takes_its_timer_with_it(self):
        self.systemd("install", "often")
        (self.folder / "jobs/then.yaml").unlink()
        self.write("jobs/often.yaml", json.dumps({"source": "https://shop.example/feed.xml", "after": "quiet"}))
        self.assertIn("systemctl enable --now feedmill-notify.timer\n", self.systemd("install", "often").out)
        self.assertEqual(self.installed(), {*COMMON, "feedmill@quiet.service.d/feedmill.conf"})

    def test_now_tells_systemctl(self):
        log = self.folder / "log"
        self.write("bin/systemctl", f"#!/bin/sh\necho \"$*\" >>{log}\n").chmod(0o755)
        self.environment["PATH"] = f"{self.folder}/bin:{self.environment['PATH']}"
        self.systemd("install", "often", "--now")
        self.systemd("remove", "often", "--now", "--user")
        self.assertEqual(log.read_text().splitlines(), ["enable --now feedmill-notify.timer feedmill@often.timer",
                                                        "--user stop feedmill@often.timer", "--user daemon-reload"])
        self.write("bin/systemctl", "#!/bin/sh\nexit 1\n").chmod(0o755)
        self.assertIn("systemctl enable", self.systemd("install", "often", "--now", expect=1).err)

    def test_mistakes_are_told(self):
        for words, said in ((("frobnicate",), "say 'show', 'install' or 'remove'"), (("install", "nobody"), "there is no job 'nobody'"),
                            (("install", "by-hand"), "has no schedule"), (("show", "--now"), "'systemd show' has no option '--now'"),
                            (("show", "--force"), "'systemd show' has no option '--force'"), (("install", "often", "--daemon"), "without a job"),
                            (("remove", "a/b"), "no name of a job")):
            with self.subTest(words=words):
                self.assertIn(said, self.systemd(*words, expect=2).err)
        self.write("jobs/often.yaml", json.dumps({"source": "https://shop.example/feed.xml", "schedule": {"every": "1500ms"}}))
        self.assertIn("parts of a second", self.systemd("install", "often", expect=2).err)
        (self.folder / "feedmill.yaml").unlink()
        self.assertIn("there is no configuration", self.systemd("install", expect=2).err)


if __name__ == "__main__":
    unittest.main()

"""The Debian package on a bare Debian: installed, run by its service, upgraded, purged.

Environment besides that of support.py: FEEDMILL_PACKAGE (a package that is made already; else it is built, in build/package).
"""

import concurrent.futures
import functools
import gzip
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import clean_root
from support import FIXTURES, ROOT, SANITIZED

BUILD = ROOT / "build/package"
JOBS = "/etc/feedmill/jobs"
TIMER_SECONDS = 30

# Besides what the package depends on: a systemd to run it, and bash completes by itself.
SYSTEM = ("systemd", "dbus", "dbus-user-session", "libpam-systemd", "ca-certificates", "adduser", "tzdata", "libcurl4", "libpcre2-8-0", "libsqlite3-0", "libxml2", "libxxhash0", "libyajl2",
          "libyaml-0-2")


def run(*words, **keywords):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, **keywords)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def build():
    """The package as this tree makes it."""
    given = os.environ.get("FEEDMILL_PACKAGE")
    if given:
        return pathlib.Path(given)
    run("cmake", "--preset", "package", cwd=ROOT)
    run("cmake", "--build", "--preset", "package", "--parallel", os.cpu_count() or 1, cwd=ROOT)
    return max(BUILD.glob("feedmill_*-1_*.deb"), key=lambda path: path.stat().st_mtime)


def next_release(package, folder):
    """The same package as a later release, whose configuration file has changed too."""
    tree = pathlib.Path(folder, "next")
    run("dpkg-deb", "--raw-extract", package, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*-)1$", r"\g<1>2", control.read_text(), flags=re.M))
    with open(tree / "etc/feedmill/feedmill.yaml", "a", encoding="utf-8") as file:
        file.write("# of the later release\n")
    later = pathlib.Path(folder, package.name.replace("-1_", "-2_"))
    run("dpkg-deb", "--root-owner-group", "--build", tree, later)
    return later


class Feeds:
    """A feed on loopback, which the machine inside shares; answers 503 where it has none."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            if os.path.exists(self.translate_path(self.path)):
                super().do_GET()
            else:
                self.send_error(503)

        def log_message(self, *_arguments):
            pass

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(self.Handler, directory=self.folder))
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/feed.xml"

    def publish(self, version):
        shutil.copy(FIXTURES / f"demo/{version}.xml", self.folder / "feed.new")
        os.replace(self.folder / "feed.new", self.folder / "feed.xml")

    def withdraw(self):
        (self.folder / "feed.xml").unlink()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@unittest.skipIf(SANITIZED, "the package is tested once, as it is shipped")
@unittest.skipIf(clean_root.missing(), clean_root.missing() or "there can be a clean root")
class Package(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="feedmill-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.feeds = Feeds(cls.folder / "www")
        cls.addClassCleanup(cls.feeds.close)
        # In memory: it is written once, and read no longer than the test lasts.
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755,size=2g", "tmpfs", cls.make_folder("root")], capture_output=True, text=True,
                                 check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"nothing may be mounted here: {mounted.stderr}")
        cls.addClassCleanup(subprocess.run, ["umount", "--recursive", "--lazy", str(cls.folder / "root")], check=False)
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor() as threads:  # one waits for the network, the other for the processor
            package = threads.submit(build)
            try:
                cls.debian = clean_root.CleanRoot(cls.folder / "root", cls.make_folder("disk"), SYSTEM)
            except clean_root.NoRoot as reason:
                raise unittest.SkipTest(str(reason)) from reason
            cls.package = package.result()
        cls.later = next_release(cls.package, cls.folder)
        cls.addClassCleanup(cls.debian.close)
        cls.before = cls.debian.files()
        cls.is_machine = cls.debian.boot()
        print(f"package and clean root: {time.monotonic() - started:.0f} s, systemd {'is up' if cls.is_machine else 'did not come up'}", flush=True)
        if not cls.is_machine:
            cls.debian.close()
            cls.debian.machine = None
            try:
                cls.debian.mount_processes()
            except clean_root.NoRoot as reason:
                raise unittest.SkipTest(str(reason)) from reason

    @classmethod
    def make_folder(cls, name):
        (cls.folder / name).mkdir()
        return str(cls.folder / name)

    # --- helpers ---

    def apt(self, *words):
        return self.debian.run("apt-get", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *words, timeout=300)

    def install(self, package):
        shutil.copy(package, self.debian.root / "root")
        return self.apt("install", f"/root/{package.name}")

    def feedmill(self, *words, check=True):
        """As somebody calls it who looks after the services."""
        return self.debian.run("runuser", "-u", "feedmill", "--", "feedmill", *words, check=check)

    def runs(self):
        return [json.loads(line) for line in self.feedmill("runs", "--json").stdout.splitlines()]

    def write_job(self, name, **keys):
        self.debian.write(f"{JOBS}/{name}.yaml", json.dumps({"source": self.feeds.url, "missing": "mark", **keys}))

    def start(self, unit, expect):
        self.debian.run("systemctl", "start", unit)
        return self.wait_for(unit, expect)

    def wait_for(self, unit, expect):
        """Wait until properties of a unit are as expected."""
        shown = {}
        for _ in range(TIMER_SECONDS * 5):
            lines = self.debian.run("systemctl", "show", "-p", ",".join(expect), unit).stdout.splitlines()
            shown = dict(line.split("=", 1) for line in lines)
            if shown == expect:
                return
            time.sleep(0.2)
        journal = self.debian.run("journalctl", "--no-pager", "-n", "50", "-u", unit, check=False).stdout
        self.fail(f"{unit} is {shown}, not {expect}\n{journal}")

    def wait_until(self, condition, message):
        for _ in range(TIMER_SECONDS * 5):
            if condition():
                return
            time.sleep(0.2)
        self.fail(message)

    # --- the story of a package, in order ---

    def test_it_is_installed_run_upgraded_and_purged(self):
        for step in (self.check_policy, self.check_installation, self.check_completion, self.check_run_of_service, self.check_units,
                     self.check_upgrade, self.check_purge):
            started = time.monotonic()
            with self.subTest(step=step.__name__):
                step()
            print(f"{step.__name__}: {time.monotonic() - started:.1f} s", flush=True)

    def check_policy(self):
        if shutil.which("lintian") is None:
            self.skipTest("lintian is not installed here")
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", self.package],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check_installation(self):
        self.install(self.package)
        self.assertRegex(self.debian.run("feedmill", "version").stdout, r"^feedmill \d")
        for page, text in (("man1/feedmill.1", ".SS systemd"), ("man5/feedmill.yaml.5", "schedule"), ("man5/feedmill-dialect.5", "DIALECT")):
            with gzip.open(self.debian.root / f"usr/share/man/{page}.gz", "rt") as file:
                self.assertIn(text, file.read(), page)
        state = self.debian.root / "var/lib/feedmill"
        user = self.debian.run("id", "-u", "feedmill").stdout.strip()
        self.assertEqual((oct(state.stat().st_mode & 0o777), str(state.stat().st_uid)), ("0o700", user))
        self.assertEqual(self.feedmill("check").returncode, 0)

    def check_completion(self):
        script = ("source /usr/share/bash-completion/completions/feedmill; COMP_WORDS=(feedmill {}); COMP_CWORD={}; _feedmill; "
                  "echo \"${{COMPREPLY[@]}}\"")
        self.assertEqual(self.debian.run("bash", "-c", script.format("compl", 1)).stdout.split(), ["complaints"])
        self.assertEqual(self.debian.run("bash", "-c", script.format("run --dry", 2)).stdout.split(), ["--dry-run"])

    def check_run_of_service(self):
        """By the very command of the unit: where no systemd came up, without what else it says."""
        self.feeds.publish(1)
        self.write_job("shop-de.1", schedule="@daily", timezone="Europe/Warsaw")
        with open(self.debian.root / "etc/feedmill/feedmill.yaml", "a", encoding="utf-8") as file:
            file.write("sandbox: required\n")
        installed = self.debian.run("feedmill", "systemd", "install", "shop-de.1").stdout
        for name in ("feedmill@.service", "feedmill-notify.service", "feedmill-notify.timer"):
            self.assertIn(f"shipped:   {name}", installed)
        if self.is_machine:
            self.start("feedmill@shop-de.1.service", {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"})
        else:
            unit = (self.debian.root / "lib/systemd/system/feedmill@.service").read_text()
            command = re.search(r"^ExecStart=(.*)$", unit, re.M).group(1).replace("%i", "shop-de.1")
            self.debian.run("runuser", "-u", "feedmill", "--", *command.split())
        root = self.debian.run("feedmill", "run", "shop-de.1", check=False)
        self.assertEqual((root.returncode, "sudo -u feedmill" in root.stderr), (2, True), root.stderr)
        self.assertEqual([(row["job"], row["outcome"], row["trigger"]) for row in self.runs()], [("shop-de.1", "applied", "schedule")])

    def check_units(self):
        if not self.is_machine:
            self.skipTest("systemd did not come up in the clean root: this kernel or container does not let it")
        self.check_credential()
        self.check_timer()
        self.check_follower()
        self.check_temporary_failure()
        self.check_daemon()
        self.check_user()

    def check_credential(self):
        """The vault's key comes encrypted, and only the services have it."""
        with open(self.debian.root / "etc/feedmill/feedmill.yaml", "a", encoding="utf-8") as file:
            file.write("vault_key: credential:vault-key\n")
        self.debian.run("sh", "-ec", "mkdir -p /etc/credstore.encrypted; runuser -u feedmill -- feedmill secret export-key |"
                        " systemd-creds encrypt --name=vault-key - /etc/credstore.encrypted/feedmill.vault-key")
        self.debian.run("systemd-run", "--quiet", "--pipe", "--wait", "-p", "User=feedmill", "-p",
                        "LoadCredentialEncrypted=vault-key:feedmill.vault-key", "feedmill", "secret", "set", "acme", stdin="swordfish")
        self.debian.write("/etc/feedmill/connections/acme.yaml",
                          json.dumps({"kind": "basic", "allowed_url": self.feeds.url.rsplit("/", 1)[0] + "/", "user": "u", "password": "vault:acme"}))

    def check_timer(self):
        """A timer, set up as the manual says, starts a run with everything that the unit takes away from it."""
        self.feeds.publish(2)
        self.write_job("often", schedule={"every": "2s"}, connection="acme", catalog="often")
        written = self.debian.run("feedmill", "systemd", "install", "often", "--now").stdout
        self.assertIn("/etc/systemd/system/feedmill@often.timer", written)
        self.wait_until(lambda: any(row["job"] == "often" for row in self.runs()), "the timer started nothing")
        row = next(row for row in self.runs() if row["job"] == "often")
        self.assertIn((row["outcome"], row["trigger"]), (("applied", "schedule"), ("running", "schedule")))
        self.assertIn("feedmill@often.timer", self.debian.run("systemctl", "list-timers", "--all").stdout)
        self.debian.run("feedmill", "systemd", "remove", "often", "--now")
        self.assertNotIn("feedmill@often.timer", self.debian.run("systemctl", "list-timers", "--all").stdout)

    def check_follower(self):
        """A job that runs after another has no timer: the other's service starts it."""
        self.write_job("follower", after="shop-de.1", catalog="follower")
        self.debian.run("feedmill", "systemd", "install", "follower")
        self.debian.run("systemctl", "daemon-reload")
        self.debian.run("systemctl", "start", "feedmill@shop-de.1.service")
        self.wait_until(lambda: any((row["job"], row["outcome"]) == ("follower", "applied") for row in self.runs()), "nothing followed")

    def check_temporary_failure(self):
        """Status 75 has systemd start the run again, until the job allows no further attempt."""
        self.feeds.withdraw()
        self.write_job("gone", schedule="@hourly", catalog="gone", retry={"attempts": 3, "delay": "1s", "max_delay": "1s"})
        self.debian.run("feedmill", "systemd", "install", "gone")
        self.debian.run("systemctl", "daemon-reload")
        self.start("feedmill@gone.service", {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "1"})
        self.assertEqual([row["outcome"] for row in self.runs() if row["job"] == "gone"], ["failed"] * 3)

    def check_daemon(self):
        """The daemon says when it is ready, runs what is due, reads its configuration again, and goes when it is told."""
        before = len(self.runs())
        self.feeds.publish(1)
        self.write_job("gone", schedule={"every": "1s"}, catalog="gone")
        self.assertIn("shipped:   feedmill-daemon.service", self.debian.run("feedmill", "systemd", "install", "--daemon", "--now").stdout)
        self.wait_for("feedmill-daemon.service", {"ActiveState": "active", "SubState": "running"})
        self.wait_until(lambda: len(self.runs()) > before, "the daemon ran nothing")
        self.debian.run("systemctl", "reload", "feedmill-daemon.service")
        self.wait_for("feedmill-daemon.service", {"ActiveState": "active", "NRestarts": "0"})
        self.debian.run("systemctl", "disable", "--now", "feedmill-daemon.service")
        self.wait_for("feedmill-daemon.service", {"ActiveState": "inactive", "Result": "success"})

    def check_user(self):
        """Somebody without rights has timers of their own."""
        self.debian.run("useradd", "--create-home", "joe")
        self.debian.run("loginctl", "enable-linger", "joe")
        number = self.debian.run("id", "-u", "joe").stdout.strip()
        self.wait_until(lambda: self.debian.run("test", "-S", f"/run/user/{number}/bus", check=False).returncode == 0, "joe has no systemd")
        shutil.copy(FIXTURES / "demo/1.xml", self.debian.root / "home/joe/feed.xml")
        self.debian.write("/home/joe/feedmill.yaml", "sandbox: required\n")
        self.debian.write("/home/joe/jobs/mine.yaml", json.dumps({"source": "/home/joe/feed.xml", "schedule": {"every": "1s"}}))
        self.debian.run("chown", "-R", "joe:", "/home/joe")

        def as_joe(*words):
            return self.debian.run("runuser", "-u", "joe", "--", "env", "-C", "/home/joe", "HOME=/home/joe", f"XDG_RUNTIME_DIR=/run/user/{number}",
                                   *words)

        as_joe("feedmill", "systemd", "install", "--user", "--now")
        self.wait_until(lambda: "applied" in as_joe("sh", "-c", "feedmill runs 2>/dev/null || true").stdout, "joe's timer ran nothing")
        as_joe("feedmill", "systemd", "remove", "--user", "--now")
        self.debian.run("loginctl", "terminate-user", "joe", check=False)
        self.debian.run("loginctl", "disable-linger", "joe")
        self.wait_until(lambda: self.debian.run("userdel", "--remove", "joe", check=False).returncode in (0, 6), "joe does not go")

    def check_upgrade(self):
        runs = self.runs()
        self.install(self.later)
        self.assertIn("-2", self.debian.run("dpkg-query", "-W", "-f", "${Version}", "feedmill").stdout)
        self.assertEqual(self.runs(), runs)
        self.assertIn("sandbox: required", (self.debian.root / "etc/feedmill/feedmill.yaml").read_text())

    def check_purge(self):
        """What is left is what people wrote, and the user, whose number no other may get."""
        for job in list((self.debian.root / JOBS.lstrip("/")).glob("*.yaml")):
            if self.is_machine:
                self.debian.run("feedmill", "systemd", "install", job.stem, check=False)
        self.apt("purge", "feedmill")
        self.apt("autoremove", "--purge")
        left = {path for path in self.debian.files() - self.before if not path.startswith("etc/feedmill")}
        passwords = {"etc/group-", "etc/gshadow-", "etc/passwd-", "etc/shadow-", "etc/subgid-", "etc/subuid-"}
        self.assertLessEqual(left, passwords | {"etc/credstore.encrypted", "etc/credstore.encrypted/feedmill.vault-key", "etc/.updated", "var/.updated"})
        kept = {path for path in self.debian.files() if path.startswith("etc/feedmill/") and path.endswith(".yaml")}
        self.assertNotIn("etc/feedmill/feedmill.yaml", kept)
        self.assertIn("etc/feedmill/jobs/shop-de.1.yaml", kept)
        self.assertIn("feedmill", self.debian.run("getent", "passwd", "feedmill").stdout)


if __name__ == "__main__":
    unittest.main()

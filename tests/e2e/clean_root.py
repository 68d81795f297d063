"""A Debian of its own for a test: a bare root made by debootstrap, with a systemd in it that runs as if it had a machine to itself.

Needs root, debootstrap and systemd-nspawn, and the mirror that this machine's apt uses; `missing()` says what is not there.
"""

import os
import pathlib
import shutil
import subprocess
import time

BOOT_SECONDS = 60
NEEDED = ("debootstrap", "systemd-nspawn", "nsenter", "dpkg-deb")

# What nspawn of Debian 12 forbids to all in it, and the reader's cage is made of.
CALLS = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"


class NoRoot(Exception):
    """The archive cannot be reached, or has not what is needed."""


def missing():
    """Why there can be no clean root here, or ''."""
    if os.geteuid() != 0:
        return "a clean root is made by root only"
    lacking = [program for program in NEEDED if shutil.which(program) is None]
    return f"not installed here: {', '.join(lacking)}" if lacking else ""


def mirror():
    """URI and release of the first archive that apt is told of."""
    done = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"], capture_output=True,
                          text=True, check=False)
    words = (done.stdout.splitlines() or [""])[0].split()
    if done.returncode != 0 or len(words) != 2:
        raise NoRoot("apt knows no archive: apt-get update")
    return words


class CleanRoot:
    """`folder` may be in memory; `disk` may not: systemd leaves no keys where they end with the power."""

    def __init__(self, folder, disk, packages):
        self.root = pathlib.Path(folder)
        self.disk = disk
        self.machine = None
        uri, release = mirror()
        try:
            done = subprocess.run(["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", release, str(self.root), uri],
                                  capture_output=True, text=True, check=False, timeout=600)
        except subprocess.TimeoutExpired as reason:
            raise NoRoot("debootstrap does not come to an end here") from reason
        if done.returncode != 0:
            raise NoRoot(f"debootstrap could not make a clean root: {done.stdout[-300:]}{done.stderr[-300:]}")

    def boot(self):
        """True if its systemd is up; else it is a root and no machine."""
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        self.machine = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--resolv-conf=copy-host", "--timezone=off", "--console=pipe",
             f"--bind={self.disk}:/var/lib/systemd", f"--system-call-filter={CALLS}", "--directory", str(self.root), "--boot"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        for _ in range(BOOT_SECONDS * 5):
            if self.machine.poll() is not None:
                return False
            if self.leader() and self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"):
                return True
            time.sleep(0.2)
        return False

    def mount_processes(self):
        """/proc, where no systemd has mounted it; it goes with the root."""
        done = subprocess.run(["mount", "-t", "proc", "proc", str(self.root / "proc")], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoRoot(f"nothing may be mounted in the clean root: {done.stderr}")

    def leader(self):
        """The id of the first process of the machine, as this system has it."""
        children = pathlib.Path(f"/proc/{self.machine.pid}/task/{self.machine.pid}/children").read_text().split()
        return children[0] if children else None

    def run(self, *words, stdin="", check=True, timeout=120, environment=None):
        """Run a command in it, as root."""
        inside = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8",
                  *(f"{name}={value}" for name, value in (environment or {}).items()), *map(str, words)]
        outside = ["nsenter", "--target", self.leader(), "--all", "--root", "--wd", "--"] if self.machine else ["chroot", str(self.root)]
        done = subprocess.run([*outside, *inside], input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def write(self, path, content):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        target.chmod(0o644)

    def files(self):
        """All paths but those of the system's own bookkeeping."""
        skipped = ("dev", "proc", "sys", "run", "tmp", "root", "var/cache", "var/log", "var/tmp", "var/lib/apt", "var/lib/dpkg", "var/lib/systemd")
        found = set()
        for folder, folders, files in os.walk(self.root):
            inside = os.path.relpath(folder, self.root)
            folders[:] = [name for name in folders if os.path.normpath(os.path.join(inside, name)) not in skipped]
            found.update(os.path.normpath(os.path.join(inside, name)) for name in folders + files)
        return found

    def close(self):
        if self.machine:
            self.machine.terminate()
            try:
                self.machine.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.machine.kill()
                self.machine.wait()
            self.machine.stdout.close()

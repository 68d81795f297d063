"""What 'cmake --install' puts where, and that the program finds its own there."""

import pathlib
import shutil
import subprocess
import unittest

from support import BINARY, FIXTURES, Case

BUILD = pathlib.Path(BINARY).parent


@unittest.skipUnless(shutil.which("cmake") and (BUILD / "cmake_install.cmake").exists(), "the program does not stand where it was built")
class Install(Case):
    def install(self):
        subprocess.run(["cmake", "--install", BUILD, "--prefix", "/opt/feedmill"], env={**self.environment, "DESTDIR": str(self.folder / "root")},
                       stdout=subprocess.DEVNULL, check=True)
        return self.folder / "root"

    def test_everything_is_there_and_is_found(self):
        root = self.install()
        prefix = root / "opt/feedmill"
        for name in ("bin/feedmill", "share/feedmill/dialects/yml.yaml", "share/feedmill/schema/job.schema.json", "share/man/man1/feedmill.1",
                     "share/man/man5/feedmill.yaml.5", "share/man/man5/feedmill-dialect.5", "share/bash-completion/completions/feedmill",
                     "lib/systemd/system/feedmill@.service", "lib/systemd/system/feedmill-daemon.service",
                     "lib/systemd/system/feedmill-notify.service", "lib/systemd/system/feedmill-notify.timer", "lib/sysusers.d/feedmill.conf",
                     "lib/tmpfiles.d/feedmill.conf"):
            self.assertTrue((prefix / name).is_file(), name)
        for name in ("jobs", "connections", "dialects"):
            self.assertTrue((root / "etc/feedmill" / name).is_dir(), name)
        (prefix / "share/feedmill/dialects/yml.yaml").rename(prefix / "share/feedmill/dialects/mine.yaml")
        result = self.feedmill("run", FIXTURES / "demo/1.xml", "--dialect", "mine", program=(str(prefix / "bin/feedmill"),))
        self.assertEqual(result.status, 0, result.err)

    def test_what_somebody_configured_stays(self):
        path = self.install() / "etc/feedmill/feedmill.yaml"
        path.write_text("jobs: jobs\n")
        self.install()
        self.assertEqual(path.read_text(), "jobs: jobs\n")


if __name__ == "__main__":
    unittest.main()

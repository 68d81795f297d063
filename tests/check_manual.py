"""Each manual page in a folder is read by groff without a warning, and has no line that a terminal would cut."""
import pathlib
import subprocess
import sys

TERMINAL = 132


def faults_of(groff, page):
    done = subprocess.run([groff, "-man", "-ww", "-k", "-Tutf8", "-P-bcou", f"-rLL={TERMINAL}n", str(page)], capture_output=True)
    faults = done.stderr.decode(errors="replace").splitlines()
    for number, line in enumerate(done.stdout.decode(errors="replace").splitlines(), 1):
        if len(line) > TERMINAL:
            faults.append(f"{page}: line {number} of the output has {len(line)} columns: {line[:40]}...")
    if done.returncode != 0 or not done.stdout:
        faults.append(f"{page}: groff failed ({done.returncode})")
    return faults


def main():
    groff, folder = sys.argv[1:]
    pages = sorted(pathlib.Path(folder).glob("*.[1-8]"))
    faults = [fault for page in pages for fault in faults_of(groff, page)]
    print("\n".join(faults or [f"{len(pages)} pages are clean"]))
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())

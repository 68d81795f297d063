"""Refuses a header of importer/ that does not compile by itself.

Usage: check_headers.py PROJECT COMPILER [FLAG ...]
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys


def compile_alone(importer, header, command):
    """What the compiler says about a file with nothing but this include; '' when it is content."""
    name = header.relative_to(importer).as_posix()
    result = subprocess.run(
        [*command, "-fsyntax-only", f"-I{importer}", "-x", "c", "-"],
        input=f'#include "{name}"\n', capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return ""
    return f"{name} does not compile by itself:\n{result.stderr}"


def check(project, command):
    importer = pathlib.Path(project) / "importer"
    headers = sorted(importer.rglob("*.h"))
    if not headers:
        return [f"{importer} has no headers"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda header: compile_alone(importer, header, command), headers)
        return [answer for answer in answers if answer]


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    faults = check(sys.argv[1], sys.argv[2:])
    print("\n".join(faults), end="")
    sys.exit(1 if faults else 0)

"""Says in one line how many tests of a ctest run passed, counting the cases inside each test program.

Usage: summary.py JUNIT.XML      (exit status 1 when a test failed, or none passed)
"""
import re
import sys
import xml.etree.ElementTree

CMOCKA = {word: re.compile(rf"^\[\s+{word}\s+\] (\d+) test", re.MULTILINE) for word in ("PASSED", "SKIPPED", "FAILED")}
UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
UNITTEST_SKIPPED = re.compile(r"^OK \(skipped=(\d+)\)", re.MULTILINE)


def count_case(case):
    """(passed, skipped, failed) of one ctest test."""
    output = case.findtext("system-out") or ""
    status = case.get("status")
    if CMOCKA["PASSED"].search(output):
        counts = [sum(int(number) for number in pattern.findall(output)) for pattern in CMOCKA.values()]
        if status == "fail" and counts[2] == 0:
            counts[2] = 1  # it passed its cases and then crashed, timed out or leaked
        return tuple(counts)
    if status == "fail":
        return 0, 0, 1
    if status != "run":
        return 0, 1, 0
    ran = UNITTEST_RAN.search(output)
    if ran:
        found = UNITTEST_SKIPPED.search(output)
        skipped = int(found.group(1)) if found else 0
        return int(ran.group(1)) - skipped, skipped, 0
    return 1, 0, 0


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    counts = [count_case(case) for case in xml.etree.ElementTree.parse(sys.argv[1]).iter("testcase")]
    passed, skipped, failed = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0, 0)
    failures = f"{failed} tests failed, " if failed else ""
    print(f"{failures}{passed} tests passed, {skipped} skipped")
    sys.exit(0 if passed and not failed else 1)


if __name__ == "__main__":
    main()

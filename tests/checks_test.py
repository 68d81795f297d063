"""Tests of the checks of the source text: each must find its fault, and leave sound text alone."""
import pathlib
import shutil
import tempfile
import unittest
import xml.etree.ElementTree

import check_banned
import check_headers
import check_includes
import summary

SOUND = {
    "importer/base/CMakeLists.txt": "feedmill_module(base\n\tSOURCES a.c # USES feed\n)\n",
    "importer/base/a.h": "#pragma once\nint a(void);\n",
    "importer/base/a.c": '#include "base/a.h"\n',
    "importer/feed/CMakeLists.txt": "feedmill_module(feed SOURCES b.c USES base LIBRARIES PkgConfig::XML)\n",
    "importer/feed/b.h": '#pragma once\n#include "base/a.h"\n',
    "importer/feed/b.c": '#include "feed/b.h"\n#include <stdio.h>\n',
    "tests/feed/CMakeLists.txt": "feedmill_test(feed SOURCES b_test.c USES feed)\n",
    "tests/feed/own.h": "#pragma once\n",
    "tests/feed/b_test.c": '#include "own.h"\n#include "feed/b.h"\n#include "base/a.h"\n',
}


class Tree(unittest.TestCase):
    def setUp(self):
        self.project = pathlib.Path(tempfile.mkdtemp(prefix="feedmill-checks-"))
        self.addCleanup(shutil.rmtree, self.project)
        for name, text in SOUND.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class Includes(Tree):
    def faults(self):
        return check_includes.check(self.project, ["base", "feed"])

    def test_sound_tree_has_no_faults(self):
        self.assertEqual(self.faults(), [])

    def test_faults_are_found_with_their_line(self):
        cases = [
            ("importer/base/a.c", '#include "base/a.h"\n#include "feed/b.h"\n', "importer/base/a.c:2: "),
            ("importer/base/a.c", '#include "a.h"\n', "does not name its folder"),
            ("importer/feed/b.c", '\n # include "base/gone.h"\n', "importer/feed/b.c:2: "),
            ("importer/base/CMakeLists.txt", "feedmill_module(base SOURCES a.c USES feed)\n", "does not stand below base"),
            ("importer/feed/CMakeLists.txt", "add_library(feed b.c)\n", "does not call feedmill_module"),
            ("importer/late/CMakeLists.txt", "feedmill_module(late SOURCES c.c)\n", "no place in the order"),
            ("tests/feed/CMakeLists.txt", "feedmill_test(feed SOURCES b_test.c USES base)\n", "tests/feed/b_test.c:2: "),
        ]
        for name, text, expected in cases:
            with self.subTest(expected):
                self.setUp()
                self.write(name, text)
                self.assertIn(expected, "\n".join(self.faults()))

    def test_tree_without_modules_is_a_fault(self):
        shutil.rmtree(self.project / "importer")
        self.assertIn("importer/ has no modules", self.faults())


class Banned(Tree):
    def faults_of(self, text, name="importer/base/a.c"):
        self.write(name, text)
        return check_banned.check(self.project)

    def test_sound_text_is_left_alone(self):
        for text in [
            "",
            "// strcpy(a, b)\n/* gets(\n double */\n",
            'const char *text = "system(\\"double\\") // /*"; int quote = \'"\';\n',
            "int error_set_system(int number);\nint a(void) { return world.system(1) + world->popen(2); }\n",
            "int doubled; int my_strcpy(void);\n",
        ]:
            with self.subTest(text):
                self.assertEqual(self.faults_of(text), [])

    def test_every_banned_call_is_found(self):
        for call in check_banned.CALLS:
            with self.subTest(call):
                faults = self.faults_of(f"int x;\nint y(void) {{ return !{call} (x); }}\n")
                self.assertEqual(len(faults), 1)
                self.assertTrue(faults[0].startswith(f"importer/base/a.c:2: {call}() is banned"))

    def test_code_behind_a_comment_or_text_is_code(self):
        self.assertEqual(len(self.faults_of('/* " */ int a = atoi("1"); // "\nint b = atoi("/*");\n')), 2)

    def test_floating_point_is_found_but_for_progress(self):
        for word in ["float", "double", "strtod"]:
            self.assertEqual(len(self.faults_of(f"int {word};\n")), 1)
        self.faults_of("")
        self.assertEqual(self.faults_of("double share;\n", "importer/cli/progress.c"), [])
        self.assertEqual(self.faults_of("double share;\n", "tests/feed/own.h"), [])

    def test_promises_are_found_in_comments_and_other_files(self):
        promise = "TO" "DO"
        self.assertEqual(len(self.faults_of(f"/* {promise}: later */\n")), 1)
        self.assertEqual(len(self.faults_of(f"# {promise}\n", "schema/dialects/a.yaml")), 2)

    def test_tree_without_code_is_a_fault(self):
        shutil.rmtree(self.project / "importer")
        shutil.rmtree(self.project / "tests")
        self.assertEqual(len(check_banned.check(self.project)), 1)


class Headers(Tree):
    def faults(self):
        return check_headers.check(self.project, ["cc", "-std=c11", "-Werror"])

    def test_sound_headers_compile(self):
        self.assertEqual(self.faults(), [])

    def test_header_that_leans_on_another_is_found(self):
        self.write("importer/feed/b.h", "#pragma once\nsize_t b(void);\n")
        faults = self.faults()
        self.assertEqual(len(faults), 1)
        self.assertTrue(faults[0].startswith("feed/b.h does not compile by itself"))

    def test_tree_without_headers_is_a_fault(self):
        shutil.rmtree(self.project / "importer")
        self.assertEqual(len(self.faults()), 1)


class Summary(unittest.TestCase):
    def test_cases_inside_programs_are_counted(self):
        skipped = "[  PASSED  ] 3 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] a_case\n"
        failed = "[  PASSED  ] 5 test(s).\n[  FAILED  ] 2 test(s), listed below:\n[  FAILED  ] a_case\n"
        cases = [
            ("run", skipped + "[  PASSED  ] 4 test(s).\n", (7, 1, 0)),
            ("fail", failed, (5, 0, 2)),
            ("fail", "[  PASSED  ] 5 test(s).\nleaked\n", (5, 0, 1)),
            ("fail", "", (0, 0, 1)),
            ("notrun", "", (0, 1, 0)),
            ("run", "", (1, 0, 0)),
            ("run", "Ran 9 tests in 0.1s\n\nOK (skipped=2)\n", (7, 2, 0)),
            ("run", "Ran 1 test in 0.1s\n\nOK\n", (1, 0, 0)),
        ]
        for status, output, expected in cases:
            with self.subTest(status=status, output=output):
                case = xml.etree.ElementTree.Element("testcase", status=status)
                xml.etree.ElementTree.SubElement(case, "system-out").text = output
                self.assertEqual(summary.count_case(case), expected)


if __name__ == "__main__":
    unittest.main()

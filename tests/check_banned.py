"""Refuses calls that invite faults, floating point, and words that promise to finish later.

Floating point is banned in importer/, where money and quantities are exact;
only the display of progress (importer/cli/progress*) may use it.

Usage: check_banned.py PROJECT
"""
import pathlib
import re
import sys

CALLS = {
    "strcpy": "memcpy with a checked size, or base/buffer.h",
    "strcat": "base/buffer.h",
    "sprintf": "snprintf or buffer_append_format",
    "vsprintf": "vsnprintf",
    "gets": "base/bytes.h",
    "atoi": "number_parse_integer",
    "atol": "number_parse_integer",
    "atof": "number_parse_micros",
    "strtok": "slice_split",
    "alloca": "base/arena.h",
    "system": "posix_spawn or fork and exec with an argument list",
    "popen": "posix_spawn or fork and exec with an argument list",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(CALLS) + r")\s*\(")
FLOATING = re.compile(r"\b(float|double|strtod|strtof|strtold)\b")

# In pieces, so that this file does not find itself.
PROMISES = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "HA" "CK"]) + r")\b")

# A comment, a string or a character, in the order in which a compiler would see them begin.
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

WATCHED_FOLDERS = ("importer", "tests", "schema", "schedules", ".ci")
WATCHED_FILES = ("CMakeLists.txt", "CMakePresets.json", "bootstrap", "README.md")
TEXT_SUFFIXES = (".c", ".h", ".py", ".sh", ".sql", ".yaml", ".json", ".txt", ".md", "")


def code_only(text):
    """The text with comments and literals blanked, lines kept."""
    return NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def matches(pattern, text):
    for found in pattern.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found.group(1)


def check_code(name, text):
    code = code_only(text)
    for line, word in matches(CALL, code):
        yield f"{name}:{line}: {word}() is banned; use {CALLS[word]}"
    if name.startswith("importer/") and not name.startswith("importer/cli/progress"):
        for line, word in matches(FLOATING, code):
            yield f"{name}:{line}: {word}: floating point is banned; amounts are micros (base/number.h)"


def watched(project):
    for name in WATCHED_FILES:
        if (project / name).is_file():
            yield project / name
    for folder in WATCHED_FOLDERS:
        for path in sorted((project / folder).rglob("*")):
            if path.is_file() and path.suffix in TEXT_SUFFIXES:
                yield path


def check(project):
    project = pathlib.Path(project)
    faults, code_files = [], 0
    for path in watched(project):
        name = path.relative_to(project).as_posix()
        text = path.read_text(encoding="utf-8", errors="replace")
        faults.extend(f"{name}:{line}: the word {word}" for line, word in matches(PROMISES, text))
        if path.suffix in (".c", ".h"):
            code_files += 1
            faults.extend(check_code(name, text))
    if code_files == 0:
        faults.append(f"{project} has no C files")
    return faults


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found_faults = check(sys.argv[1])
    for fault in found_faults:
        print(fault)
    sys.exit(1 if found_faults else 0)

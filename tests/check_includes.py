"""Refuses an #include that the USES list of its folder does not allow.

A module of importer/ may include its own headers and those of the folders that
its feedmill_module() names; all of these stand before it in the order of
folders. A test may besides include what the folders it uses are built on,
and headers of other tests by their folder.

Usage: check_includes.py PROJECT FOLDER ...      (folders from the ground up)
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]*)"', re.MULTILINE)
CALL = re.compile(r"\b(feedmill_module|feedmill_test)\s*\(([^)]*)\)")
KEYWORDS = {"SOURCES", "USES", "LIBRARIES", "TIMEOUT"}


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def uses_of(listing, function):
    """The folders that `function` in a CMakeLists.txt names as USES, or None where it is not called."""
    text = re.sub(r"#.*", "", read(listing))
    for name, arguments in CALL.findall(text):
        if name != function:
            continue
        keyword, uses = None, []
        for word in arguments.split():
            if word in KEYWORDS:
                keyword = word
            elif keyword == "USES":
                uses.append(word)
        return uses
    return None


def closure(uses, modules):
    """`uses` and all that they are built on."""
    seen, waiting = set(), list(uses)
    while waiting:
        folder = waiting.pop()
        if folder not in seen:
            seen.add(folder)
            waiting.extend(modules.get(folder, []))
    return seen


def check_file(project, path, allowed, beside):
    """Faults of one file; `beside` is a folder whose headers it may name without a folder, or None."""
    text = read(path)
    for found in INCLUDE.finditer(text):
        name = found.group(1)
        where = f"{path.relative_to(project)}:{text.count(chr(10), 0, found.start()) + 1}"
        folder = name.split("/")[0]
        if beside is not None and "/" not in name and (beside / name).is_file():
            continue
        if beside is not None and "/" in name and (project / "tests" / name).is_file():
            continue
        if "/" not in name:
            yield f'{where}: "{name}" does not name its folder'
        elif not (project / "importer" / name).is_file():
            yield f'{where}: "{name}" is not in importer/'
        elif folder not in allowed:
            yield f'{where}: "{name}" is not allowed: {folder} is not in USES'


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".h"))


def check_modules(project, order, modules):
    for folder, uses in modules.items():
        for used in uses:
            if used not in order[:order.index(folder)]:
                yield f"importer/{folder}/CMakeLists.txt: USES {used}, which does not stand below {folder}"
        for path in sources(project / "importer" / folder):
            yield from check_file(project, path, {folder, *uses}, None)


def check_tests(project, modules):
    for listing in sorted((project / "tests").glob("*/CMakeLists.txt")):
        uses = uses_of(listing, "feedmill_test")
        if uses is None:
            continue
        for path in sources(listing.parent):
            yield from check_file(project, path, closure(uses, modules), listing.parent)


def check(project, order):
    project = pathlib.Path(project)
    modules, faults = {}, []
    for listing in sorted((project / "importer").glob("*/CMakeLists.txt")):
        folder = listing.parent.name
        uses = uses_of(listing, "feedmill_module")
        if folder not in order:
            faults.append(f"importer/{folder} has no place in the order of folders")
        elif uses is None:
            faults.append(f"importer/{folder}/CMakeLists.txt does not call feedmill_module")
        else:
            modules[folder] = uses
    if not modules:
        faults.append("importer/ has no modules")
    faults.extend(check_modules(project, order, modules))
    faults.extend(check_tests(project, modules))
    return faults


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    found_faults = check(sys.argv[1], sys.argv[2:])
    for fault in found_faults:
        print(fault)
    sys.exit(1 if found_faults else 0)

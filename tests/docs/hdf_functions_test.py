#!/usr/bin/python3
"""docs/hdf.md has a row for every function, inline function and macro with arguments that the
headers of HDF declare, every member function of their structs, and for nothing else; what they
declare a library has; and every limit that it gives by name has the value that the source has."""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
KINDS = {"same", "better", "different"}
INSIDE = {"VIA_HDF_JOIN", "VIA_HDF_JOIN_EXPANDED", "via_hdf_log"}  # of other macros
# Words that stand before a bracket and are no names.
NO_NAMES = {"defined", "sizeof", "__attribute__", "while", "for", "if", "return", "switch"}


def declared():
    """Where each name is declared, {name: header}, and those that a library is to have."""
    names, exported = {}, set()
    for path in sorted((ROOT / "include" / "hdf").glob("*.h")):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", path.read_text(), flags=re.DOTALL)
        text = text.replace("\\\n", " ")
        for name in re.findall(r"(?m)^\s*#\s*define\s+(\w+)\(", text):
            names[name] = path.name
        text = re.sub(r"(?m)^\s*#.*$", " ", text)
        inline = set(re.findall(r"static inline[^;{(]*?(\w+)\s*\(", text))
        text = re.sub(r'extern\s+"C"\s*\{', " ", text)
        while True:  # bodies of inline functions
            shorter = re.sub(r"(\)\s*)\{[^{}]*\}", r"\1;", text)
            shorter = re.sub(r"\{[^{};]*;[^{}()]*\}(?=[^;{}]*\})", ";", shorter)
            if shorter == text:
                break
            text = shorter
        for name in re.findall(r"\(\*(\w+)\)\s*\(", text):
            if not re.search(rf"typedef[^;]*\(\*{name}\)", text):
                names[name] = path.name
        text = re.sub(r"typedef[^;{]*;", " ", text)
        text = re.sub(r"(?:struct|enum|union)\s*\w*\s*\{[^{}]*\}", " ", text)
        for name in re.findall(r"\b(\w+)\s*\((?!\s*\*)", text):
            if name not in NO_NAMES:
                names[name] = path.name
                exported |= {name} - inline
    return {name: header for name, header in names.items() if name not in INSIDE}, exported


def documented():
    """What the rows of tables of functions name: {name: kind}."""
    rows, in_table = {}, False
    for line in (ROOT / "docs" / "hdf.md").read_text().splitlines():
        if line.startswith("| function | | "):
            in_table = True
        elif not line.startswith("|"):
            in_table = False
        elif in_table and not line.startswith("| ---"):
            first, kind = [cell.strip() for cell in line.split("|")[1:3]]
            for name in re.findall(r"`(?:\w+\.)?(\w+)`", first):
                rows[name] = kind
    return rows


def named_limits():
    """{name: value} of the table of limits."""
    text = (ROOT / "docs" / "hdf.md").read_text()
    return {name: int(value.replace(",", ""))
            for value, name in re.findall(r"(?m)^\|[^|]*\| ([\d,]+)[^|]*\| `([A-Z]\w+)` \|", text)}


def number(words):
    """Of what stands behind a name in a #define."""
    words = re.sub(r"\\\n|\(size_t\)|/\*.*", " ", words)
    words = re.sub(r"(?<=\d)[uUlL]+\b", "", words).strip(" ()")
    for sign, apply in (("<<", lambda a, b: a << b), ("*", lambda a, b: a * b)):
        if sign in words:
            left, right = words.split(sign)
            return apply(int(left, 0), int(right, 0))
    return int(words, 0)


def value_in_source(name):
    for path in sorted((ROOT / "bridge" / "hdf").glob("*.[ch]")):
        found = re.search(rf"(?m)^#define {name}\b((?:.*\\\n)*.*)$", path.read_text())
        if found:
            return number(found.group(1))
    return None


def main():
    faults = []
    (names, exported), rows = declared(), documented()
    faults += [f"no row names {name} ({header})" for name, header in sorted(names.items())
               if name not in rows]
    faults += [f"a row names {name}, which no header has" for name in sorted(rows)
               if name not in names]
    faults += [f"{name}: '{kind}' is none of {sorted(KINDS)}" for name, kind in sorted(rows.items())
               if kind not in KINDS]
    lines = (ROOT / "bridge" / "hdf" / "viaduct-hdf.symbols").read_text().splitlines()
    faults += [f"{name} is in no library" for name in sorted(exported - set(lines))]
    limits = named_limits()
    faults += [f"{name} is {value_in_source(name)}, not {value}" for name, value in limits.items()
               if value_in_source(name) != value]
    if len(names) < 100 or len(limits) < 5:
        faults.append(f"only {len(names)} names and {len(limits)} limits were found")
    print("\n".join(faults))
    print(f"{len(names)} functions, {len(limits)} limits, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

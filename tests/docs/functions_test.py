#!/usr/bin/python3
"""docs/FAMILY.md (Portfolio's is docs/event-broker.md) has a row for every function, inline function
and macro with arguments that the headers of the family declare, every member function of their
structs, and for nothing else but macros without arguments; what they declare the library has, and
nothing else; and every limit that it gives by name has the value that the source has. A section
that a comment sends the reader to is there. Where there is a stand-in for generated code, the
document names all that it calls.

A name that ends with _ is inside of macros, as are those that are listed here. Phoenix's open() is
a macro that names phoenix_open(), and phoenix_host_open() where files are the host's: both are open.
"""

import pathlib
import re
import sys

ROOT, FAMILY = pathlib.Path(sys.argv[1]), sys.argv[2]
TITLE = {"portfolio": "event-broker"}.get(FAMILY, FAMILY)
DOCUMENT = ROOT / "docs" / f"{TITLE}.md"
KINDS = {"same", "better", "different"}
INSIDE = {
    "hdf": {"VIA_HDF_JOIN", "VIA_HDF_JOIN_EXPANDED", "via_hdf_log"},
    "legato": {"STRINGIZE_EXPAND", "PRIMITIVE_CAT", "SECOND", "init"},
    "phoenix": set(),
    "portfolio": {"GENERICTABLE", "portfolio_kernel_base"},
}[FAMILY]
# What the library has for those who link it, which no header declares.
UNDECLARED = {"legato": {"main"}}.get(FAMILY, set())
# What a header declares because libc does not always, which has it.
OF_LIBC = {"gettid"}
# What is declared for programs whose linker replaces it.
WRAPPED = ROOT / "bridge" / FAMILY / "files.wrap"
# Where limits are defined.
SOURCES = [f"bridge/{FAMILY}/*.[ch]", f"include/{FAMILY}/**/*.[ch]"] + {
    "phoenix": ["codecs/phoenix_*.[ch]", "gateway/directory.h", "gateway/phoenix_*.[ch]",
                "gateway/cli/command_phx*.[ch]", "gateway/cli/phx*.[ch]", "gateway/cli/mount*.[ch]"],
    "portfolio": ["codecs/portfolio_*.[ch]", "gateway/event_broker/*.[ch]",
                  "gateway/broker_rights.[ch]", "gateway/json_ports*.[ch]",
                  "gateway/cli/command_pod*.[ch]", "gateway/cli/pod*.[ch]"],
}.get(FAMILY, [])
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "": 1}
# Words that stand before a bracket and are no names.
NO_NAMES = {"defined", "sizeof", "__attribute__", "format", "while", "for", "if", "return",
            "switch", "_Static_assert", "static_assert"}
# Functions that are arguments.
ARGUMENTS = {
    "phoenix": {"compare", "filter", "start"},
    "portfolio": {"code", "handler"},
}.get(FAMILY, set())


def is_inside(name):
    return name in INSIDE or name.endswith("_")


def public_name(name):
    return re.sub("^phoenix_(host_)?", "", name)


def declared():
    """Where each name is declared, {name: header}, those that a library is to have, and macros that
    have no arguments."""
    names, exported, plain, macros = {}, set(), set(), set()
    for path in sorted((ROOT / "include" / FAMILY).rglob("*.h")):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", path.read_text(), flags=re.DOTALL)
        text = text.replace("\\\n", " ")
        plain |= set(re.findall(r"(?m)^\s*#\s*define\s+(\w+)(?![\w(])", text))
        for name in re.findall(r"(?m)^\s*#\s*define\s+(\w+)\(", text):
            names[name] = path.name
            macros |= {name}
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
            if name not in ARGUMENTS and not re.search(rf"typedef[^;]*\(\*{name}\)", text):
                names[name] = path.name
        text = re.sub(r"typedef[^;{]*;", " ", text)
        text = re.sub(r"(?:struct|enum|union)\s*\w*\s*\{[^{}]*\}", " ", text)
        for name in re.findall(r"\b(\w+)\s*\((?!\s*\*)", text):
            if name not in NO_NAMES | macros:
                names[name] = path.name
                exported |= {name} - inline
    shown = {public_name(name): header for name, header in names.items() if not is_inside(name)}
    return shown, exported, plain


def documented():
    """What the rows of tables of functions name: {name: kind}."""
    rows, in_table = {}, False
    for line in DOCUMENT.read_text().splitlines():
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
    limits = {}
    rows = re.findall(r"(?m)^\|[^|]*\| (\d[^|]*)\| (`[A-Z]\w+`(?:, `\w+`)*) \|$",
                      DOCUMENT.read_text())
    for values, names in rows:
        values = re.findall(r"(?:^|; )([\d,]+)(?: (KiB|MiB)\b)?", values)
        for (value, unit), name in zip(values, re.findall(r"`(\w+)`", names), strict=True):
            limits[name] = int(value.replace(",", "")) * UNITS[unit]
    return limits


def number(words, text):
    """Of what stands behind a name in a #define, in a file of that text."""
    words = re.sub(r"\\\n|\(size_t\)|/\*.*", " ", words)
    words = re.sub(r"(?<=\d)[uUlL]+\b", "", words).strip(" ()")
    signs = {" - ": lambda a, b: a - b, "<<": lambda a, b: a << b, "*": lambda a, b: a * b}
    for sign, apply in signs.items():
        if sign in words:
            left, right = words.split(sign)
            return apply(number(left, text), number(right, text))
    other = re.search(rf"(?m)^#define {words}\b(.*)$", text) if words.isidentifier() else None
    return number(other.group(1), text) if other else int(words, 0)


def is_in_source(name, value):
    values = set()
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        text = path.read_text()
        found = re.search(rf"(?m)^#define {name}\b((?:.*\\\n)*.*)$", text)
        if found:
            values.add(number(found.group(1), text))
    return value in values


def cited():
    """Sections of the document that comments name, {section: file}."""
    found = {}
    for folder in (f"bridge/{FAMILY}", f"include/{FAMILY}", "codecs", "gateway"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            words = re.sub(r"\s*\n\s*\*\s*", " ", path.read_text())
            for section in re.findall(rf'docs/{TITLE}\.md, "([^"]+)"', words):
                found[section] = path.name
    return found


def calls_of_generated_code():
    """What the stand-in for generated code calls, and what the document says that it does."""
    folder = ROOT / "tests" / "integration" / FAMILY / "generated"
    if not folder.is_dir():
        return set(), set()
    pattern = r"\b(?:le|LE)_[A-Za-z]+(?:_[A-Za-z]+)*\b"
    called = set()
    for path in (folder / "greeting_client.c", folder / "greeting_server.c"):
        code = re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.DOTALL)
        called |= {name for name in re.findall(pattern, code)
                   if not name.startswith("le_pack_") and not name.endswith("_t")}
    section = DOCUMENT.read_text().split("\n## Generated code\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if re.match(r"\| (both|client|server) ", line)]
    return called, set(re.findall(pattern, " ".join(rows)))


def main():
    faults = []
    (names, exported, plain), rows = declared(), documented()
    faults += [f"no row names {name} ({header})" for name, header in sorted(names.items())
               if name not in rows]
    faults += [f"a row names {name}, which no header has" for name in sorted(rows)
               if name not in names and name not in plain]
    faults += [f"{name}: '{kind}' is none of {sorted(KINDS)}" for name, kind in sorted(rows.items())
               if kind not in KINDS]
    symbols = ROOT / "bridge" / FAMILY / f"viaduct-{FAMILY}.symbols"
    listed = {line for line in symbols.read_text().splitlines() if not line.startswith("#")}
    wrapped = set(WRAPPED.read_text().splitlines()) if WRAPPED.is_file() else set()
    faults += [f"{name} is in no library" for name in sorted(exported - listed - wrapped - OF_LIBC)]
    faults += [f"no header declares {name}" for name in sorted(listed - exported - UNDECLARED)]
    headings = set(re.findall(r"(?m)^##+ (.*)$", DOCUMENT.read_text()))
    faults += [f"{path} sends the reader to a section \"{section}\", which is not there"
               for section, path in cited().items() if section not in headings]
    called, said = calls_of_generated_code()
    called &= set(names) | plain
    faults += [f"generated code calls {name}, which is not said" for name in sorted(called - said)]
    faults += [f"the stand-in does not call {name}" for name in sorted(said - called)]
    limits = named_limits()
    faults += [f"{name} is not {value}" for name, value in limits.items()
               if not is_in_source(name, value)]
    if len(names) < 100 or len(limits) < 5:
        faults.append(f"only {len(names)} names and {len(limits)} limits were found")
    print("\n".join(faults))
    print(f"{len(names)} functions, {len(limits)} limits, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""What the documents say of the event broker is what there is, and nothing is left out: its options
and exit statuses, the warnings of its log, codes of providers of pods, flavors, rights, commands of
`viaduct pod`, and where in the house everything is."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])
BROKER = ROOT / "gateway" / "event_broker"


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def section(path, title):
    return text(path).split(f"\n## {title}\n")[1].split("\n## ")[0]


def told_by(program):
    path = f"{os.environ['VIADUCT_TEST_BIN']}/{program}"
    return subprocess.run([path, "--help"], capture_output=True, text=True, check=True).stdout


def differ(what, there, said):
    """@there must be found, or nothing has been looked at."""
    return ([f"{what}: nothing was found"] if len(there) < 2 else []) + \
        [f"{what}: no document has {name}" for name in sorted(there - said)] + \
        [f"{what}: there is no {name}" for name in sorted(said - there)]


def options():
    told, said = told_by("viaduct-event-broker"), section("docs/OPERATIONS.md", "The event broker")
    there = set(re.findall(r"(?m)^  (?:--[a-z-]+ [A-Z=]+, )*(--[a-z-]+)", told))
    there |= {option for line in re.findall(r"(?m)^  (--.*)$", told)
              for option in re.findall(r"--[a-z-]+", line.split("  ")[0])}
    rows = "".join(re.findall(r"(?m)^\| (`--[^|]*)\|", said))
    statuses = re.search(r"(?s)exit status: (.*)", told).group(1)
    return differ("options", there - {"--help", "--version"},
                  set(re.findall(r"--[a-z-]+", rows))) + \
        differ("exit statuses", set(re.findall(r"\b\d\b", statuses)),
               set(re.findall(r"\b\d\b", re.search(r"Exit status: (.*)", said).group(1))))


def warnings():
    sources = "".join(path.read_text() for path in sorted(BROKER.glob("*.c")))
    said = set(re.findall(r"`([a-z_]+\.[a-z_]+)(?= )", section("docs/OPERATIONS.md",
                                                              "The event broker")))
    there = {(level, name) for level, name in re.findall(r'log_(\w+)\(\s*"([a-z_.]+)"', sources)}
    warned = {name for level, name in there if level in ("warn", "error")}
    return differ("warnings", warned | said & {name for _, name in there}, said)


def codes():
    names = dict(re.findall(r'\{(PORTFOLIO_\w+), "(\w+)"\}', text("codecs/portfolio_flavors.c")))
    values = re.findall(r"(PORTFOLIO_\w+) = (0x10[0-9a-f])", text("codecs/portfolio_pod.h"))
    return differ("codes of providers", {(value, names[name]) for name, value in values},
                  set(re.findall(r"(?m)^\| (0x10[0-9a-f]) (\w+) \|", text("docs/PROTOCOL.md"))))


def flavors():
    there = set(re.findall(r"\b(EB_\w+) = \d", text("include/portfolio/event.h")))
    rows = "".join(re.findall(r"(?m)^\| (`EB_[^|]*)\|", section("docs/event-broker.md",
                                                               "The broker")))
    return differ("flavors", {name for name in there if not name.endswith("Reply")},
                  set(re.findall(r"EB_\w+", rows)))


def rights():
    def rows(part):
        cells = re.search(r"(?s)\n\| right \|.*?\n\n", part + "\n\n").group(0)
        return {name for cell in re.findall(r"(?m)^\| (`[^|]*)\|", cells)
                for name in re.findall(r"`(\w+)`", cell)}
    pages = section("docs/event-broker.md", "JSON").split("\n### Rights\n")[1]
    return differ("rights of other hosts",
                  set(re.findall(r'\{"(\w+)", RIGHT_', text("gateway/event_broker/rights.c"))),
                  rows(section("docs/event-broker.md", "The broker"))) + \
        differ("rights of pages",
               set(re.findall(r'\{"(\w+)", (?:BROKER_|EVERY_RIGHT)',
                              text("gateway/broker_rights.c"))), rows(pages))


def commands():
    said = "".join(text(f"docs/{name}.md") for name in ("event-broker", "OPERATIONS"))
    return differ("commands", set(re.findall(r'(?m)^    \{"(\w+)", \d, \d, pod_',
                                             text("gateway/cli/command_pod.c"))),
                  set(re.findall(r"\bviaduct pod (\w+)", said)))


def house():
    """Each source of the family's folders stands in the table of its folder."""
    faults, tables = [], 0
    for folder, rows in re.findall(r"(?m)^\|.*\| files in `([^`]+)` \|\n\| --- \| --- \|\n"
                                   r"((?:\|.*\n)+)", section("docs/ARCHITECTURE.md", "Portfolio")):
        there = {path.name for path in (ROOT / folder).glob("*.c")} - {"main.c"}
        faults += differ(folder, there, set(re.findall(r"`(\w+\.c)`", rows)))
        tables += 1
    return faults if tables == 2 else faults + [f"docs/ARCHITECTURE.md: {tables} tables"]


def main():
    faults = [fault for look in (options, warnings, codes, flavors, rights, commands, house)
              for fault in look()]
    print("\n".join(faults))
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

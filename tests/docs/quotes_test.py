#!/usr/bin/python3
"""The README quotes the examples as they are built, to the letter. What docs/event-broker.md has
its reader compile and start is what the test of the installed package does; the map of pods that it
shows is one, and its lines of JSON are JSON."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def programs():
    readme = text("README.md")
    return [f"README.md does not quote {name} as it stands"
            for name in ("examples/core/clock_service.c", "examples/core/clock_client.c")
            if f"```c\n{text(name)}```" not in readme]


def commands():
    """Of "To two hosts": each is run there with what that place needs around it."""
    document, script = text("docs/event-broker.md"), text("tests/consumer/consume.sh")
    section = document.split("\n## To two hosts\n")[1].split("\n## ")[0]
    wanted = re.findall(r"(?m)^ +(gcc .*|viaduct-event-broker|viaduct pod feed .*|\./pad_listener)(?: &)?$",
                        section)
    faults = [f"docs/event-broker.md: nobody tries {command}" for command in wanted
              if command not in script]
    if len(wanted) < 4:
        faults.append(f"docs/event-broker.md: only {len(wanted)} commands were found")
    said = re.findall(r"It prints `([^`]+)`", section)
    faults += [f"docs/event-broker.md: nobody waits for {line}" for line in said
               if line not in script]
    return faults


def blocks():
    return re.findall(r"(?s)```\n(.*?)```", text("docs/event-broker.md"))


def lines_of_json():
    faults, n = [], 0
    for line in (line for block in blocks() for line in block.splitlines()):
        if line.startswith("{"):
            n += 1
            try:
                json.loads(line)
            except ValueError as error:
                faults.append(f"docs/event-broker.md: {line}: {error}")
    return faults if n >= 5 else faults + [f"docs/event-broker.md: only {n} lines of JSON"]


def maps():
    found = [block for block in blocks() if "\ngrab yes\n" in block]
    faults = [] if found else ["docs/event-broker.md: no map of pods"]
    for block in found:
        read = subprocess.run([f"{os.environ['VIADUCT_TEST_BIN']}/viaduct", "pod", "map", "-"],
                              input=block, capture_output=True, text=True, check=False)
        if read.returncode != 0:
            faults.append(f"docs/event-broker.md: {read.stderr}")
    return faults


missing = programs() + commands() + lines_of_json() + maps()
print("\n".join(missing))
print(f"{len(missing)} faults")
sys.exit(1 if missing else 0)

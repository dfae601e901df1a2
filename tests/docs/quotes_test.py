#!/usr/bin/python3
"""The README quotes the examples as they are built, to the letter."""

import pathlib
import sys

root = pathlib.Path(sys.argv[1])
readme = (root / "README.md").read_text(encoding="utf-8")
quoted = ["examples/core/clock_service.c", "examples/core/clock_client.c"]
missing = [name for name in quoted if f"```c\n{(root / name).read_text(encoding='utf-8')}```" not in readme]
for name in missing:
    print(f"README.md does not quote {name} as it stands")
print(f"{len(quoted) - len(missing)} passed, {len(missing)} failed")
sys.exit(1 if missing else 0)

"""Programs of Portfolio around a real viaductd: what the tests of ports and messages share."""

import re

import puppets
from puppets import Puppets
from world import PROGRAMS, Process

FOLDER = PROGRAMS / "portfolio"

BADITEM, NOTOWNER, BADPRIV = (0xD57B9000 + n - 2**32 for n in (1, 18, 4))
NOTFOUND, ABORTED = (0xD57B9000 + n - 2**32 for n in (5, 10))
BADSIZE, UNIQUE = (0xD57B9100 + n - 2**32 for n in (11, 27))


class Puppet(puppets.Puppet):
    """What it says of a number is an int, of a message a dict, whose "item" is its number."""

    def do(self, *words):
        return self.understood(super().do(*words))

    def heard(self):
        return self.understood(self.hear())

    @staticmethod
    def understood(line):
        if re.fullmatch(r"-?\d+", line):
            return int(line)
        if "result=" not in line:
            return line
        first, *rest = line.split(" ")
        message = dict(word.split("=", 1) for word in rest)
        numbers = {key: int(message[key])
                   for key in ("result", "size", "priority", "capacity", "reply")}
        return {"item": int(first), **message, **numbers}


class PortfolioWorld(Puppets):
    def puppet(self, far=False, port=None, **settings):
        process = Process(FOLDER / "puppet",
                          settings={**self.gateway.settings(remote=far, port=port), **settings})
        return self.begin(process, Puppet)

    def pair(self, place, **settings):
        return self.puppet(far=place[0]), self.puppet(far=place[1], **settings)

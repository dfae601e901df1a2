"""A program that says "ready", and then does what it is told line by line and says what came of
it."""


class Told:
    def __init__(self, process):
        self.process = process
        self.pid = process.pid
        line = process.line()
        if line != "ready":
            raise AssertionError(f"it said: {line}")

    def tell(self, *words):
        """Not waiting for what it says."""
        self.process.popen.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.popen.stdin.flush()

    def hear(self):
        return self.process.line()

    def do(self, *words):
        self.tell(*words)
        return self.hear()

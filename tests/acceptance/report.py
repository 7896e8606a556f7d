"""What held and what did not: one line for each failure, counts for the rest."""

import contextlib
import traceback
from pathlib import Path

OURS = Path(__file__).resolve().parent


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self._check = ""

    @contextlib.contextmanager
    def check(self, name):
        """Runs the body as one named check; an exception in it is a failure and ends only this check."""
        around, self._check = self._check, name
        try:
            yield
        except Exception as error:
            self._broke(error)
        finally:
            self._check = around

    def _broke(self, error):
        ours = [frame for frame in traceback.extract_tb(error.__traceback__) if OURS in Path(frame.filename).parents]
        where = f" at `{ours[-1].line}`" if ours else ""
        self._fail(f"expected no exception{where}, got {type(error).__name__}: {error}")

    def equal(self, what, actual, expected):
        if actual == expected:
            self.passed += 1
        else:
            self._fail(f"{what}: expected {expected!r}, got {actual!r}")

    def true(self, what, holds):
        self.equal(what, bool(holds), True)

    def contains(self, what, whole, part):
        if part in whole:
            self.passed += 1
        else:
            self._fail(f"{what}: expected {part!r} in {whole!r}")

    def raises(self, what, kind, call, *, status=None, text=""):
        """`call` must raise `kind` (with that HTTP status, and `text` in its words)."""
        expected = f"{kind.__name__} {status or ''} {text!r}"
        try:
            answer = call()
        except kind as error:
            if status in (None, getattr(error, "status_code", None)) and text in str(error):
                self.passed += 1
            else:
                self._fail(f"{what}: expected {expected}, got {error!r}")
        except Exception as error:
            self._fail(f"{what}: expected {expected}, got {error!r}")
        else:
            self._fail(f"{what}: expected {expected}, got the answer {answer!r}")

    def _fail(self, line):
        self.failed += 1
        print(f"FAILED {self._check}: {' '.join(line.split())}", flush=True)

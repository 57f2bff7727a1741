"""Mutation testing of passplan/qkd: ``mutants.py [--sample N] [--seed S] [--jobs J] [FILE...]``.

Changes one token of the source at a time (a number, an operator, a boolean, one name of a pair such as min and max) and
asks whether the tests of ``tests/qkd`` notice. A mutant is killed by a failing test, by an error, or by taking four
times as long as the tests do. What survives is either a gap in the tests or a change that nobody can observe; each is
printed with its line, and which of the two it is must be said by a reader.

Never touched: docstrings, annotations, imports, decorators, ``raise`` statements (their messages), f-strings, sizes of
caches and ``strict=``. The checkout is not touched either: everything runs in a copy of it. Tests of the mutated file
and those that import it come first, then the others; the slow ones only for what they are about.
"""

import argparse
import ast
import io
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
import tokenize
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parents[2]
FOLDER, TESTS = Path("passplan/qkd"), Path("tests/qkd")
COPIED = ("passplan", "tests", "tle", "stations", "pyproject.toml", "README.md")
SLOW = {  # and the files for which they are run nevertheless
    "test_optimize.py": {"gain", "optimize", "optimum", "search", "space", "window"},
    "test_sweep.py": {"gain", "optimize", "sweep"},
}
PROCESSES = multiprocessing.get_context("forkserver")  # a new process for each mutant, with the libraries loaded
PROCESSES.set_forkserver_preload(["pytest", "hypothesis", "hypothesis.extra.numpy", "scipy.optimize", "scipy.stats"])
WRONG_PACKAGE = 99
LONGER = 4.0  # times the running time of all tests: then a mutant hangs
OPERATORS = {
    "+": "-", "-": "+", "*": "/", "/": "*", "//": "/", "**": "*", "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=",
    "<": "<= >=", "<=": "< >", ">": ">= <=", ">=": "> <", "==": "!=", "!=": "==", "&": "|", "|": "&", "&=": "|=",
}  # fmt: skip
WORDS = {"and": "or", "or": "and", "True": "False", "False": "True", "not": ""}
PAIRS = (
    ("min", "max"), ("minimum", "maximum"), ("smaller", "larger"), ("argmin", "argmax"), ("any", "all"),
    ("floor", "ceil"), ("log1p", "expm1"), ("amin", "amax"), ("nanmin", "nanmax"),
)  # fmt: skip
CALLED = {**dict(PAIRS), **{second: first for first, second in PAIRS}}
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed token.

    path : file, relative to the checkout
    start, stop : where the token begins and ends: line from 1, column from 0
    old, new : the token and what stands in its place
    """

    path: Path
    start: Place
    stop: Place
    old: str
    new: str

    def applied(self, source: str) -> str:
        """The source text of the file with the change in it."""
        lines = source.splitlines(keepends=True)
        line = lines[self.start[0] - 1]
        lines[self.start[0] - 1] = line[: self.start[1]] + self.new + line[self.stop[1] :]
        return "".join(lines)


def untouched(tree: ast.AST) -> Iterator[tuple[Place, Place]]:
    """Begin and end of every part of a file that is no behaviour: types, texts, decorators."""
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Raise | ast.JoinedStr):
            parts = [node]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            parts = [*node.decorator_list, getattr(node, "returns", None)]
        elif isinstance(node, ast.arg | ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.keyword) and node.arg in {"strict", "maxsize"}:
            parts = [node.value]
        elif isinstance(node, ast.Module):
            parts = [step for step in node.body if is_alias(step)]
        for part in parts:
            if part is not None:
                yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)  # type: ignore[attr-defined]


def is_alias(step: ast.stmt) -> bool:
    """Say whether a statement of a module names a type, such as ``Numbers = float | FloatArray``."""
    return (
        isinstance(step, ast.Assign) and isinstance(step.value, ast.Subscript | ast.BinOp) and "Array" in ast.dump(step)
    )


def replacements(tokens: list[tokenize.TokenInfo], i: int) -> list[str]:
    """What may stand in the place of token i, nothing where it is left alone."""
    token, before, after = tokens[i], tokens[max(i - 1, 0)], tokens[i + 1]
    follows_value = before.string in {")", "]"} or (
        before.type in {tokenize.NAME, tokenize.NUMBER}
        and before.string not in {"return", "lambda", "in", "if", "else"}
    )
    if token.type == tokenize.NUMBER:
        return [repr(ast.literal_eval(token.string) + 1)]
    if token.type == tokenize.OP and token.string in OPERATORS:
        if follows_value:
            return OPERATORS[token.string].split()
        return ["+"] if token.string == "-" else []  # a sign; a star here unpacks
    if token.string in WORDS and token.type == tokenize.NAME:
        return [WORDS[token.string]]
    return [CALLED[token.string]] if token.string in CALLED and after.string == "(" else []


def mutants_of(path: Path, root: Path) -> list[Mutant]:
    """All mutants of one file of the checkout, in its order."""
    source = (root / path).read_text(encoding="utf-8")
    lines, spans = source.splitlines(), list(untouched(ast.parse(source)))

    def is_touched(token: tokenize.TokenInfo) -> bool:
        line, column = token.start
        place = (line, len(lines[line - 1][:column].encode()))  # the tree counts bytes, the tokens letters
        return not any(begin <= place < end for begin, end in spans)

    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    return [
        Mutant(path=path, start=token.start, stop=token.end, old=token.string, new=new)
        for i, token in enumerate(tokens[:-1])
        for new in replacements(tokens, i)
        if is_touched(token)
    ]


def tests_for(path: Path, root: Path) -> tuple[list[str], list[str]]:
    """Test files for a file: its own and those that import it, then the others; it is enough that one fails."""
    module = ".".join(path.with_suffix("").parts)
    imports = re.compile(rf"from {re.escape(module)} import")
    near: list[str] = []
    far: list[str] = []
    for test in sorted((root / TESTS).glob("test_*.py")):
        if test.name == f"test_{path.stem}.py":
            near.insert(0, str(TESTS / test.name))
        elif test.name not in SLOW and imports.search(test.read_text(encoding="utf-8")):
            near.append(str(TESTS / test.name))
        elif test.name not in SLOW or path.stem in SLOW[test.name]:
            far.append(str(TESTS / test.name))
    return near, far


class Copy:
    """A copy of the checkout in which one mutant at a time is tried."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tried = 0
        root.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, root / name)
        start = time.monotonic()
        if not self.passes([str(TESTS)], limit_s=None):
            raise SystemExit("the tests fail without any mutant")
        self.limit_s = LONGER * (time.monotonic() - start)

    def passes(self, tests: list[str], limit_s: float | None) -> bool:
        """Say whether the tests pass in a process of their own, and within a time [s]."""
        process = PROCESSES.Process(target=run_tests, args=(self.root, tests))
        process.start()
        process.join(limit_s)
        process.kill()
        process.join()
        if process.exitcode == WRONG_PACKAGE:
            raise SystemExit(f"the tests do not import the package in {self.root}")
        return process.exitcode == 0

    def survives(self, mutant: Mutant) -> bool:
        """Say whether the tests pass with a mutant in the place of its file."""
        path = self.root / mutant.path
        source = path.read_text(encoding="utf-8")
        try:
            self.write(path, mutant.applied(source))
            return all(self.passes(tests, self.limit_s) for tests in tests_for(mutant.path, self.root) if tests)
        finally:
            self.write(path, source)

    def write(self, path: Path, source: str) -> None:
        """Write a file with a time of its own: compiled files are told apart by time and size."""
        path.write_text(source, encoding="utf-8")
        self.tried += 1
        os.utime(path, (self.tried, self.tried))


def run_tests(root: Path, tests: list[str]) -> None:
    """Run tests of a copy in this process, up to the first that fails; leave with pytest's code."""
    import pytest

    os.chdir(root)
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = False  # the next mutant is spared the compilation
    os.environ["PYTHONPATH"] = str(root)  # for tests that start a process
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    code = int(pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--assert=plain", *tests]))
    package = sys.modules.get("passplan")
    if package is not None and not str(package.__file__).startswith(str(root)):
        code = WRONG_PACKAGE
    os._exit(code)  # a mutant may have left anything behind


def report(mutant: Mutant, survived: bool, done: str) -> None:
    """Print one verdict, with the line of a survivor."""
    if not survived:
        print(done, end="\r", flush=True)
        return
    line = (ROOT / mutant.path).read_text(encoding="utf-8").splitlines()[mutant.start[0] - 1].strip()
    change = f"column {mutant.start[1] + 1}, {mutant.old} -> {mutant.new or '(nothing)'}"
    print(f"{done} SURVIVED {mutant.path.name}:{mutant.start[0]} {change}\n    {line}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="names of files in passplan/qkd; all by default")
    parser.add_argument("--sample", type=int, default=100, help="how many mutants to try (100); 0 tries all")
    parser.add_argument("--seed", type=int, default=1, help="of the generator that draws them (1)")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once, each in a copy of its own (1)")
    asked = parser.parse_args()
    names = [Path(name).name for name in asked.files] or sorted(path.name for path in (ROOT / FOLDER).glob("*.py"))
    pool = [mutant for name in names for mutant in mutants_of(FOLDER / name, ROOT)]
    drawn = random.Random(asked.seed).sample(pool, min(asked.sample or len(pool), len(pool)))
    print(f"{len(pool)} mutants in {len(names)} files; trying {len(drawn)}, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        idle: Queue[Copy] = Queue()
        for i in range(asked.jobs):
            idle.put(Copy(Path(folder) / str(i)))

        def survives(mutant: Mutant) -> bool:
            copy = idle.get()
            try:
                return copy.survives(mutant)
            finally:
                idle.put(copy)

        survivors = 0
        with ThreadPoolExecutor(asked.jobs) as workers:
            for i, (mutant, survived) in enumerate(zip(drawn, workers.map(survives, drawn), strict=True), start=1):
                survivors += survived
                report(mutant, survived, f"[{i}/{len(drawn)}, {survivors} survived]")
    share = survivors / max(len(drawn), 1)
    print(f"killed {len(drawn) - survivors}, survived {survivors} of {len(drawn)} ({100.0 * share:.1f} %)")


if __name__ == "__main__":
    main()

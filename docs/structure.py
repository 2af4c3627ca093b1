"""Describes the folders of `aggregator/` and their imports, for docs/design.md and tests/docs/test_structure.py."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "aggregator"

ORDER: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("model",),
    ("text",),
    ("runtime", "report"),
    ("http",),
    ("plugin", "expressions", "feeds", "grouping", "pages", "outputs"),
    ("config",),
    ("scheduling",),
    ("ingest", "pictures"),
    ("store",),
    ("editions", "context", "subscriptions", "run", "delivery"),
    ("pipeline", "inspect", "testing"),
    ("jobs",),
    ("cli",),
)
"""The levels, lowest first. A folder imports from lower levels, and from its own level without a cycle."""

LEVELS = {folder: level for level, folders in enumerate(ORDER, start=1) for folder in folders}
"""The level of each folder. A module directly in `aggregator/` counts as a folder."""

EVERYWHERE = "aggregator.__version__"
"""The one name that any module may import from the root package."""

Imports = Mapping[str, Mapping[str, set[str]]]
"""Importing folder -> imported folder -> the modules that do so, as paths below `aggregator/`."""


def folders() -> set[str]:
    """Return the folders and modules directly in `aggregator/`, except for the public names and `python -m`."""
    names = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return names - {"__init__", "__main__"}


def modules() -> Iterator[tuple[str, Path]]:
    """Yield (folder, path) of each module, except for the templates of `plugins new`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        folder = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if folder in folders() and "scaffold" not in path.parts:
            yield folder, path


@cache
def imports() -> Imports:
    """Return the imports between folders, including those in functions and under TYPE_CHECKING."""
    edges: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for folder, path in modules():
        names = set(imported_names(ast.parse(path.read_text(encoding="utf-8"))))
        for target in {name.split(".")[1] for name in names - {EVERYWHERE}} - {folder}:
            edges[folder][target].add(path.relative_to(PACKAGE).as_posix())
    return edges


def imported_names(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted names that a module imports from `aggregator`, or loads by a string that is a module's name."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_module(node.value):
            names = [node.value]
        yield from (name for name in names if name.startswith("aggregator."))


def _is_module(text: str) -> bool:
    parts = text.split(".")
    if parts[0] != "aggregator" or len(parts) == 1 or not all(part.isidentifier() for part in parts):
        return False
    path = PACKAGE.joinpath(*parts[1:])
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def upward(edges: Imports) -> set[tuple[str, str]]:
    """Return the imports (from, to) that lead to a higher level, or to something that has no level."""
    top = len(ORDER) + 1
    pairs = ((folder, target) for folder, targets in edges.items() for target in targets)
    return {(folder, target) for folder, target in pairs if LEVELS.get(target, top) > LEVELS.get(folder, top)}


def cycle(edges: Imports) -> list[str]:
    """Return the folders of a cycle, each imported by the one before it, or an empty list."""
    try:
        TopologicalSorter({folder: set(targets) for folder, targets in edges.items()}).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def picture() -> str:
    """Return a matrix of the imports: a row for each importing folder, a column for each imported one."""
    edges = imports()
    names = [folder for level in ORDER for folder in level]
    width = max(map(len, names))
    rows = ["level".ljust(width + 10) + " ".join(f"{number:2}" for number in range(1, len(names) + 1))]
    for number, name in enumerate(names, start=1):
        cells = (" ■" if target in edges.get(name, ()) else " ╲" if target == name else " ·" for target in names)
        rows.append(f"{LEVELS[name]:5} {number:2} {name:{width}} {' '.join(cells).rstrip('· ')}")
    return "\n".join(rows)


def table() -> str:
    """Return a table of the folders and the top-level modules: level, path, and summary of the docstring."""
    rows = ["| Level | Path | Contents |", "|---|---|---|"]
    for name in (folder for level in ORDER for folder in level):
        for path in _paths(name):
            label = path.relative_to(PACKAGE.parent).as_posix().removesuffix("__init__.py")
            level = LEVELS[name] if path.parent in (PACKAGE, PACKAGE / name) else ""
            rows.append(f"| {level} | `{label}` | {_summary(path)} |")
    return "\n".join(rows)


def _paths(name: str) -> list[Path]:
    return sorted((PACKAGE / name).rglob("__init__.py")) or [PACKAGE / f"{name}.py"]


def _summary(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    sentence = " ".join(text.partition("\n\n")[0].split()).partition(". ")[0].removesuffix(".")
    return sentence.replace("|", r"\|")

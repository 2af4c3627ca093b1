"""Write a new plugin with its test: a file for a folder of plugins, or a package of its own.

What is written lies in the folder `scaffold`: files that work as they are, but for their names. `dot_` in front of a
name stands for a dot.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from aggregator.errors import ConfigError
from aggregator.plugin.loader import TEST_FILES
from aggregator.plugin.plugin import Kind

SCAFFOLD = Path(__file__).with_name("scaffold")


def check_name(name: str, kind: Kind) -> None:
    """Raises ConfigError for a name that cannot be one of a plugin's function and of its file."""
    if not _is_name(name):
        proposed = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower()).strip("_")
        hint = f'; try "{proposed}"' if _is_name(proposed) else ""
        raise ConfigError([f'"{name}": must be a name of letters, digits and "_", as functions have in Python{hint}'])
    if any(Path(f"{name}.py").match(pattern) for pattern in TEST_FILES):
        raise ConfigError([f'"{name}": is a name of tests, which are no plugins; choose another'])
    if name in _used(kind) or find_spec(name):
        raise ConfigError([f'"{name}": means something else in Python already; try "{name.lower()}_news"'])


def _is_name(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("_")


def _used(kind: Kind) -> set[str]:
    """The names that what is written needs for itself."""
    text = (SCAFFOLD / kind / f"new_{kind}.py").read_text(encoding="utf-8")
    imported = re.findall(r"^from \S+ import (.+)$", text, re.MULTILINE)
    return {"SAMPLE", f"register_{kind}s", *dir(builtins), *re.findall(r"\w+", " ".join(imported))}


def plugin_files(name: str, kind: Kind) -> dict[str, str]:
    """A plugin file and its test, by relative path."""
    return {
        path: text.replace(f"new_{kind}", name)
        for folder in (kind, "folder")
        for path, text in _texts(folder, {f"new_{kind}": name})
    }


def package_files(name: str, kind: Kind) -> dict[str, str]:
    """A package with one plugin, ready to be published, by relative path."""
    module = f"aggregate_{name}"
    words = {"plugin-name": name.replace("_", "-"), "plugin_name": name, "plugin_kind": kind}
    files = dict(_texts("package", {"dot_": "."}))
    for old, new in words.items():
        files = {path: text.replace(old, new) for path, text in files.items()}
    for path, text in plugin_files(name, kind).items():
        if path == f"{name}.py":
            files[f"src/{module}/__init__.py"] = text
        elif path.startswith("tests/test_"):
            files[path] = text.replace(f"from {name} import", f"from {module} import")
        elif "/" not in path:
            files[f"src/{module}/{path}"] = text
    return files | {f"src/{module}/py.typed": ""}


def _texts(folder: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    root = SCAFFOLD / folder
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            relative = path.relative_to(root).as_posix()
            for old, new in names.items():
                relative = relative.replace(old, new)
            yield relative, path.read_text(encoding="utf-8")


def write_files(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write them into a folder; what is there already as it should be is left out of the list that this gives.

    Raises ConfigError where one is there and is another, before any is written, or where one cannot be written.
    """
    targets = {folder / path: text for path, text in files.items()}
    new = {path: text for path, text in targets.items() if not _is_there(path, text)}
    try:
        for path, text in new.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise ConfigError([f"{error.filename}: cannot be written: {error.strerror}"]) from error
    return list(new)


def _is_there(path: Path, text: str) -> bool:
    if not path.exists():
        return False
    if path.name == "conftest.py" or (path.is_file() and path.read_bytes() == text.encode()):
        return True
    raise ConfigError([f"{path}: is there already, and is left as it is; choose another name"])

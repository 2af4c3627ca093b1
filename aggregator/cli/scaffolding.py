"""Writes a new plugin with its test, as a file for a plugin folder or as a package.

The templates are the files in the folder `scaffold`: working code, in which only names are replaced. The prefix `dot_`
of a file name becomes a dot.
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
from aggregator.runtime.atomic_write import create_file
from aggregator.text.plain import printable

MAX_NAME = 100
"""Characters of a name: file systems allow 255 bytes, and files are named after it."""
SCAFFOLD = Path(__file__).with_name("scaffold")


def check_name(name: str, kind: Kind) -> None:
    """Raise ConfigError for a name that cannot be that of a function and a file."""
    if not _is_name(name):
        proposed = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower()).strip("_")
        hint = f'; try "{proposed}"' if _is_name(proposed) else ""
        allowed = 'must be a valid name of a Python function: letters, digits and "_"'
        raise ConfigError([f'"{printable(name)}": {allowed}{hint}'])
    if len(name) > MAX_NAME:
        raise ConfigError([f'"{name}": must have at most {MAX_NAME} characters'])
    if any(Path(f"{name}.py").match(pattern) for pattern in TEST_FILES):
        raise ConfigError([f'"{name}": is a name for tests, which are not loaded as plugins; choose another'])
    if name in _names_in_use(kind) or find_spec(name):
        raise ConfigError([f'"{name}": is already a name in Python or its modules; try "{name.lower()}_news"'])


def _is_name(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("_")


def _names_in_use(kind: Kind) -> set[str]:
    """Return the names that the template uses itself."""
    text = (SCAFFOLD / kind / f"new_{kind}.py").read_text(encoding="utf-8")
    imported = re.findall(r"^from \S+ import (.+)$", text, re.MULTILINE)
    return {"SAMPLE", f"register_{kind}s", *dir(builtins), *re.findall(r"\w+", " ".join(imported))}


def plugin_files(name: str, kind: Kind) -> dict[str, str]:
    """Return a plugin file and its test as {relative path: text}."""
    return {
        path: text.replace(f"new_{kind}", name)
        for folder in (kind, "folder")
        for path, text in _texts(folder, {f"new_{kind}": name})
    }


def package_files(name: str, kind: Kind) -> dict[str, str]:
    """Return a publishable package with one plugin as {relative path: text}."""
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
    """Write files into a folder, and return those that did not exist with the same content.

    Raises ConfigError if a file exists with other content (before any is written), or cannot be written.
    """
    targets = {folder / path: text for path, text in files.items()}
    new = {path: text for path, text in targets.items() if not _exists(path, text)}
    for path, text in new.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            create_file(path, text)
        except OSError as error:
            raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error
    return list(new)


def _exists(path: Path, text: str) -> bool:
    if not path.exists():
        return False
    if path.name == "conftest.py" or (path.is_file() and path.read_bytes() == text.encode()):
        return True
    raise ConfigError([f"{path}: already exists and was not changed; choose another name"])

"""Import the public names of a package when they are first used (PEP 562)."""

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_names(package: str, defined_in: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of a package. `defined_in`: its names by module, separated by spaces."""
    modules = {name: module for module, names in defined_in.items() for name in names.split()}

    def __getattr__(name: str) -> object:  # noqa: N807 - the name that PEP 562 gives it
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(modules[name]), name)

    return __getattr__

"""A registered source, filter or output: its function, its options, and the parameters that the core supplies."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from aggregator.errors import ConfigError, PluginError
from aggregator.plugin import introspection
from aggregator.plugin.probe import SHIPPED

if TYPE_CHECKING:
    from aggregator.plugin.options import Option, Problem

Kind = Literal["source", "filter", "output"]
KINDS: tuple[Kind, ...] = ("source", "filter", "output")

FIRST = {"filter": "article", "output": "edition"}
"""What the first parameter of the function receives, by kind."""
SUPPLIED = {
    "source": ("http", "state", "config_folder"),
    "filter": ("http", "state"),
    "output": ("path", "archive", "now", "delivered", "config_folder"),
}
"""Further parameters that the core supplies by name, by kind."""
SUPPLIED_TO_DELIVER = ("http", "path", "config_folder")
"""The same for the deliver function of an output."""


@dataclass(eq=False)
class Plugin:
    """One source, filter or output.

    `name`: the name used in configurations; `provider`: the plugin module that registered it; `origin`: where that
    module was found; `is_fallback`: another plugin of the same name replaces it; `deliver`: the function that sends
    what an output yields as `Delivery`, or None; `writes_files`: whether an output needs a path.
    """

    kind: Kind
    name: str
    function: Callable[..., Any]
    provider: str
    origin: str
    is_fallback: bool = False
    deliver: Callable[..., None] | None = None
    writes_files: bool = True

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """The parameters of its function. Raises PluginError where they cannot be read."""
        try:
            return introspection.parameters(self.function)
        except TypeError as error:
            raise PluginError(f'plugin "{self.name}" ({self.origin}): {error}') from error

    @cached_property
    def supplied_parameters(self) -> tuple[str, ...]:
        """The parameters that the core supplies; all others are options.

        Raises PluginError where the function takes no article or edition.
        """
        supplied = SUPPLIED[self.kind]
        if self.kind == "source":
            return supplied
        first = next((name for name, one in self.parameters.items() if one.kind is not one.KEYWORD_ONLY), None)
        if first is None:
            wanted = FIRST[self.kind]
            raise PluginError(f'plugin "{self.name}" ({self.origin}): its first parameter must be the {wanted}')
        return (first, *supplied)

    @cached_property
    def is_async(self) -> bool:
        """Whether a call of its function may return a coroutine or an asynchronous generator."""
        return introspection.is_async(self.function)

    @cached_property
    def awaits_http(self) -> bool:
        """Whether its function uses `http` with `await`; the innermost one decides where decorators change that."""
        return introspection.returns_awaitable(introspection.innermost(self.function))

    @cached_property
    def module(self) -> str:
        """The name of the module that defines its function."""
        return getattr(introspection.innermost(self.function), "__module__", None) or ""

    @property
    def is_shipped(self) -> bool:
        """Whether it is part of this program; other plugins are not trusted to return in time."""
        return self.module.startswith(SHIPPED)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Its options. Raises PluginError where the signature cannot be read."""
        from aggregator.plugin.options import read_options

        try:
            return read_options(self.function, self.supplied_parameters)
        except TypeError as error:
            raise PluginError(f'plugin "{self.name}" ({self.origin}): {error}') from error

    @property
    def docstring(self) -> str:
        """The docstring of its function, or ""."""
        return introspection.docstring_of(self.function).strip()

    @property
    def documentation(self) -> str:
        """The docstring of its module, or that of its function where the module has none."""
        module = sys.modules.get(self.module)
        return ((module and module.__doc__) or self.docstring).strip()

    @property
    def summary(self) -> str:
        """The first line of its function's docstring, or of its documentation where it has none."""
        return (self.docstring or self.documentation).split("\n")[0]

    @property
    def default_url(self) -> str | None:
        """The default of the option `url`: the address of a source whose configuration has no `url`."""
        default = next((option.default for option in self.options if option.name == "url"), None)
        return default if isinstance(default, str) and default else None

    def accepts(self, name: str) -> bool:
        """Whether its function has a parameter of this name."""
        return name in self.parameters

    @cached_property
    def deliver_parameters(self) -> tuple[str, ...]:
        """The parameters of its deliver function after the first, which receives the delivery."""
        assert self.deliver
        return tuple(introspection.parameters(self.deliver))[1:]

    def convert(self, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the values converted to the types of the options, and every problem with them."""
        from aggregator.plugin.options import convert_options

        return convert_options(self.options, values)

    def bind(self, values: dict[str, Any], label: str, advice: str = "") -> dict[str, Any]:
        """Return the values converted to the types of the options.

        Raises ConfigError with one line per problem: `label`, the option, what is allowed, and `advice`, in which
        `{key}` stands for the option.
        """
        converted, problems = self.convert(values)
        if problems:
            raise ConfigError([f"{label}: {p.key}: {p.allowed}{advice.format(key=p.key)}" for p in problems])
        return converted


class MissingPlugin(Plugin):
    """Stands for a plugin that could not be loaded: it accepts any options, and fails when it is called."""

    options = ()

    def __init__(self, kind: Kind, name: str, reason: str) -> None:
        self._reason = reason
        super().__init__(kind, name, self._fail, name, "not loaded")

    def accepts(self, name: str) -> bool:
        """It accepts no parameter."""
        return False

    def convert(self, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return no options and no problems."""
        return {}, []

    def _fail(self, *_: object) -> None:
        raise PluginError(f'no {self.kind} plugin is called "{self.name}"; {self._reason}')

"""Packages of wrappers that load one tool's module when its first name is asked for (PEP 562)."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class LazyPackage(ModuleType):
    """A package in which a tool and the module that defines it have the same name.

    The import system binds a module in its package under its own name; what scripts import from
    the package is the tool.
    """

    _modules: dict[str, str]

    def __getattr__(self, name: str) -> Any:
        module = self._modules.get(name)
        if module is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{self.__name__}.{module}"), name)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and self._modules.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._modules})


def make_lazy(package: str, classes: dict[str, str]) -> None:
    """Makes the package that is being imported a `LazyPackage`.

    ``classes`` holds, by the name of each tool and its module, the names of the classes to import
    along with it, with spaces between.
    """
    module = sys.modules[package]
    names = {name: tool for tool, listed in classes.items() for name in [tool, *listed.split()]}
    module.__dict__["_modules"] = names
    module.__class__ = LazyPackage

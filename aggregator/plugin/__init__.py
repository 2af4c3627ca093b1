"""Plugins: hooks, loader, registry, option checking, and the execution of plugin functions."""

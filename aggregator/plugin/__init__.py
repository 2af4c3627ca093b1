"""Plugins: the hooks, the loader, the registry, option checking, and the execution of plugin functions."""

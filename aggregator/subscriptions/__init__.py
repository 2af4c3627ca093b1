"""Adding, importing and previewing sources."""

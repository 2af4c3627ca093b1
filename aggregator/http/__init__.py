"""The HTTP client: polite, conditional, guarded requests, shared by all sources of a run."""

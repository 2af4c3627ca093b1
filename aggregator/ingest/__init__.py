"""From sources to articles: select, collect, convert, normalise, identify and filter."""

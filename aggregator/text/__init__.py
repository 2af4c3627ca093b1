"""Text: plain text, dates, languages, charsets, URLs, safe HTML, TOML, XML characters, suggestions, and units."""

"""Plain text, dates, languages, charsets, URLs, safe HTML, and the units in which people write times and sizes."""

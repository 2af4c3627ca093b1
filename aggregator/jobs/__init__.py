"""Several workers on one PostgreSQL database: which sources are due, who collects them, and what else is to be done."""

"""Turn answers into sentences whose numbers are quoted from cells."""

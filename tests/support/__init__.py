"""What several test modules share: a town to report on, tickets, documents, a browser; tests import from here alone."""

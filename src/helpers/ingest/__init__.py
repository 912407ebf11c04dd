"""Turn exports of a hotline into tickets."""

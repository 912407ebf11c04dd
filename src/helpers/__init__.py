"""The yearly report of a city's hotline, reproducible from its tickets.

Imports run one way: paths, editions → ingest, simulate → cube → measures, ranking, zones → (notebook) → prose, charts,
tables → report. An `ibis.Table` asks, a `DataFrame` answers, an `Axes` draws; the notebook is where one becomes the next.
"""

"""The yearly report of a city's hotline, reproducible from its tickets.

Thirteen rooms, each a step of the road; imports run one way: settings → tickets → ingest, simulate → cube → analysis → writing,
drawing → chapters → document → publish, batch → report. An `ibis.Table` asks, a `DataFrame` answers, an `Axes` draws; the
notebook is where one becomes the next.
"""

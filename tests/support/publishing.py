"""A publisher's run on results that a test has composed."""

import dataclasses
import json

from helpers.report import fingerprints


def publish(press, *results, previous=None, early=()):
    """Print results; those whose stems are `early` begin before all are known."""
    run = {"narrative": {}, "written": {}, "notebooks": [
        {"stem": one.stem, "title": one.title, "parameters": {}, "key": "", "status": one.status, "reason": one.reason,
         "digest": fingerprints.hash_bytes(json.dumps(one.notebook, sort_keys=True).encode())} for one in results]}
    press = dataclasses.replace(press, previous={"parts": previous or {}}, begun={})
    alone = {one.stem: lambda one=one: one for one in results if one.notebook is not None and one.status != "failed"}
    for stem in early:
        only = [one for one in run["notebooks"] if one["stem"] == stem]
        press.chapter(stem, run | {"notebooks": only}, alone[stem])
    return press.publish(run, alone, lambda: results)

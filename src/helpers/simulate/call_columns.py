"""Draw the columns of all calls: id, time, channel, kind, tags, category, subcategory, topic."""

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.settings.errors import UserError
from helpers.simulate import arrow_columns, calibration, fitting
from helpers.simulate.months import CHOICES, NONE, Month


def columns(tickets: Month) -> dict[str, pa.Array]:
    """Return the columns of all calls of a month, by name."""
    constraints, everyone = tickets.year.constraints, np.ones(len(tickets.unit), dtype=bool)
    answered = tickets.unit == NONE
    web = _labelled(tickets, constraints.web, everyone, tickets.rng(1))
    praise = _labelled(tickets, constraints.praise, answered, tickets.rng(2))
    tags = {tag: _labelled(tickets, label, everyone, tickets.rng(3)) for tag, label in constraints.tags.items()}
    kinds = constraints.kinds | {"praise": {"praise": 1}}
    return {
        "ticket_id": arrow_columns.identifiers(tickets.received),
        "received_at": arrow_columns.times(tickets.received),
        "channel": arrow_columns.words(web, ["phone", "web"]),
        "source": _words(constraints.sources, ["phone", "web"], web, tickets.rng(4)),
        "kind": _words(kinds, ["dispatched", "answered", "praise"], answered + praise.astype(int), tickets.rng(5)),
        "tags": arrow_columns.tags(tags, len(everyone)),
        "handling": arrow_columns.words(answered, ["dispatched", "answered"]),
    } | _subjects(tickets, tickets.rng(6))


def _labelled(tickets: Month, label: calibration.Label, among: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the mask of tickets with a label: all of its whole categories, and the month's number of others by weight."""
    volumes, month = tickets.year.volumes, tickets.month - 1
    categories = volumes.subjects["category"].fillna("unnamed")
    whole = categories.isin(label.whole).to_numpy()
    count = fitting.round_to_total(np.array(label.months), label.tickets - volumes.calls[whole].sum())[month]
    weights = categories.map(label.weights).fillna(0).to_numpy() * ~whole
    return whole[tickets.subject] | fitting.sample_mask(weights[tickets.subject] * among, count, rng)


def _words(choices: dict[str, dict[str, float]], keys: list[str], key: np.ndarray,
           rng: np.random.Generator) -> pa.DictionaryArray:
    """Return a word for each ticket, drawn by the weights `choices` of its key; `key` is a position in `keys`."""
    names = list(dict.fromkeys(name for kind in keys for name in choices[kind]))
    table = fitting.lookup(np.array([[choices[kind].get(name, 0) for name in names] for kind in keys]), CHOICES)
    return arrow_columns.words(table[key.astype(np.int8), rng.integers(0, CHOICES, len(key), dtype=np.uint8)], names)


def _subjects(tickets: Month, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Return the columns category, subcategory and topic."""
    subjects, quotas = tickets.year.volumes.subjects, tickets.year.constraints.quotas
    blocks = [block.topics for block in subjects["block"]]
    names = list(dict.fromkeys([*(quota.topic for quota in quotas), *(topic for topics in blocks for topic in topics)]))
    shares = np.array([[topics.get(name, 0) for name in names] for topics in blocks])
    table = fitting.lookup(np.column_stack([shares, 1 - shares.sum(axis=1)]), CHOICES)
    topic = table[tickets.subject, rng.integers(0, CHOICES, len(tickets.subject), dtype=np.uint8)]
    topic[topic == len(names)] = NONE
    for quota in quotas:
        topic[_quota(tickets, quota, rng)] = names.index(quota.topic)
    words = {"topic": arrow_columns.words(topic, names)}
    for column in ("category", "subcategory"):
        codes, known = pd.factorize(subjects[column])
        words[column] = arrow_columns.words(codes.astype(np.int16)[tickets.subject], list(known))
    return words


def _quota(tickets: Month, quota: calibration.Quota, rng: np.random.Generator) -> np.ndarray:
    """Return the mask of the month's tickets with the topic of a quota."""
    volumes = tickets.year.volumes
    named = (volumes.subjects["category"] == quota.category) & (volumes.subjects["subcategory"] == quota.subcategory)
    count = fitting.round_to_total(volumes.calls[named.to_numpy()].sum(axis=0), quota.tickets)[tickets.month - 1]
    own = np.append((volumes.units["owner"] == quota.owner).to_numpy(), False)  # NONE takes the last
    among = named.to_numpy()[tickets.subject] & own[tickets.unit]
    if among.sum() < count:
        raise UserError(f"calibration: {quota.owner} has fewer tickets of {quota.subcategory} in month "
                         f"{tickets.month} than the {count} of {quota.topic}: lower the quota.")
    return fitting.sample_mask(among.astype(float), count, rng)

"""Find a topic or an area by its name in the cube of a city, as a brief asks for it: 供暖, 公共服务/供暖, 朝阳区/望京街道."""

from typing import NamedTuple

import ibis
import pandas as pd

from helpers.cube import selections
from helpers.cube.cube import Cube
from helpers.settings import labels
from helpers.settings.errors import UserError, did_you_mean

__all__ = ["Area", "Topic", "find_area", "find_topic", "others"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_LEVELS = ("category", "subcategory", "topic")  # each within the one before


_FINER = {"category": "subcategory", "subcategory": "topic", "topic": "handling", "tag": "category"}


class Topic(NamedTuple):
    """What a brief is about: a `level` (category, subcategory, topic or tag), and its columns with their values.

    `name` is what it is called in print.
    """

    level: str
    values: dict[str, str]
    name: str

    @property
    def finer(self) -> str:
        """The column that splits the topic further."""
        return _FINER[self.level]

    def selects(self, rows: ibis.Table) -> ibis.Value:
        """Return whether a ticket is of the topic."""
        if self.level == "tag":
            return selections.has_tag(rows, self.values["tag"])
        return ibis.and_(*(rows[column] == value for column, value in self.values.items()))


class Area(NamedTuple):
    """Where a brief looks: columns with their values (district, subdistrict); none for the whole city."""

    values: dict[str, str]

    @property
    def name(self) -> str:
        """What it is called in print, "" for the whole city."""
        return "".join(self.values.values())

    def selects(self, rows: ibis.Table) -> ibis.Value:
        """Return whether a ticket is of the area."""
        return ibis.and_(ibis.literal(True), *(rows[column] == value for column, value in self.values.items()))


def find_topic(cube: Cube, name: str) -> Topic:
    """Return the topic that `name` or `parent/name` calls: of several levels with it the broadest.

    Labels across categories are called by their words (疫情防控和复工复产). Raises UserError (exit code 2) where there is none,
    with the nearest, and where it stands under two parents, which are named.
    """
    parent, _, last = name.rpartition("/")
    found = [topic for topic in _topics(cube) if topic.name == last and (not parent or parent in topic.values.values())]
    broadest = [topic for topic in found if topic.level == found[0].level]
    if len(broadest) > 1:
        paths = "、".join("/".join([*topic.values.values()][-2:]) for topic in broadest)
        raise UserError(f"topic '{name}' stands under several parents: write one of {paths}.", exit_code=2)
    if not broadest:
        known = {topic.name for topic in _topics(cube)}
        raise UserError(f"topic '{name}' is no category, subcategory, topic or label of these tickets."
                        f"{did_you_mean(last, known) if len(known) < 30 else _nearest(last, known)}", exit_code=2)
    return broadest[0]


def find_area(cube: Cube, name: str) -> Area:
    """Return the area that `name` calls: a district, or `district/subdistrict`; "" is the whole city.

    Raises UserError (exit code 2) where there is none, with the nearest.
    """
    if not name:
        return Area({})
    district, _, subdistrict = name.partition("/")
    wanted = {"district": district} | ({"subdistrict": subdistrict} if subdistrict else {})
    rows = _distinct(cube.areas, [*wanted])
    if not (rows[[*wanted]] == list(wanted.values())).all(axis="columns").any():
        within = rows[rows["district"] == district] if subdistrict else rows
        column = [*wanted][-1] if not within.empty else "district"
        known = set((within if not within.empty else rows)[column])
        raise UserError(f"area '{name}' is not in these tickets.{_nearest(wanted.get(column, name), known)}", exit_code=2)
    return Area(wanted)


def others(volumes: pd.DataFrame, area: str) -> pd.DataFrame:
    """Return the rows of a volume of districts or subdistricts that are not the area itself: a brief on it compares no others."""
    names = dict(zip(("district", "subdistrict"), area.split("/"), strict=False))
    key = "subdistrict" if "subdistrict" in volumes else "district"
    return volumes[volumes[key] != names[key]] if names.get(key) else volumes


def _topics(cube: Cube) -> list[Topic]:
    """Return every topic that has a name, the broadest level first; labels come last."""
    rows = _distinct(cube.calls, [*_LEVELS], every=False)
    found: dict[tuple[str, ...], Topic] = {}
    for depth in range(1, len(_LEVELS) + 1):
        columns = list(_LEVELS[:depth])
        for values in rows[columns].dropna(subset=columns[-1:]).drop_duplicates().itertuples(index=False):
            known = {column: value for column, value in zip(columns, values, strict=True) if pd.notna(value)}
            found.setdefault((columns[-1], *known.values()), Topic(columns[-1], known, known[columns[-1]]))
    tags = _distinct(cube.tags, ["tag"])["tag"]
    return [*found.values(), *(Topic("tag", {"tag": tag}, labels.value("tag", tag)) for tag in tags)]


def _distinct(table: ibis.Table, columns: list[str], *, every: bool = True) -> pd.DataFrame:
    rows = table.select(*columns).distinct().to_pandas()
    return rows.dropna() if every else rows


def _nearest(name: str, known: set[str]) -> str:
    hint = did_you_mean(name, known)
    return hint if hint.startswith(" Did") else f" There are {len(known)}, such as {'、'.join(sorted(known)[:5])}."

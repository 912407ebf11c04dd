"""Simulated coordinates lie around published centres, as many as are asked for, from a generator of their own."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from helpers.settings import paths
from helpers.simulate import calibration, coordinate_columns
from helpers.simulate.calibration import Coordinates

RULES = Coordinates(tag="epidemic", tickets=120, centres="beijing/centres.csv", system="GCJ-02",
                    spread=dict.fromkeys(calibration.read("beijing-2020").coordinates.spread, 2.0))


def month(purposes, coordinates=RULES):
    names = calibration.read("beijing-2020").districts
    constraints = SimpleNamespace(coordinates=coordinates, districts=names,
                                  tags={"epidemic": SimpleNamespace(months=[1] * 12)})

    def rng(purpose):
        purposes.append(purpose)
        return np.random.default_rng(purpose)

    return SimpleNamespace(year=SimpleNamespace(constraints=constraints), month=3, unit=np.zeros(40), rng=rng)


def drawn(tags=40):
    districts = ["密云区"] * 5 + [None] * 34 + ["北京经济技术开发区"]
    return {"tags": pa.array([["epidemic"] if place < tags else [] for place in range(40)]),
            "district": pa.array(districts).dictionary_encode()}


def test_the_month_s_share_of_labelled_tickets_gets_a_pair_near_its_district():
    purposes = []
    got = coordinate_columns.columns(month(purposes), drawn())
    east, north = (got[name].to_pylist() for name in ("longitude", "latitude"))
    known = [place for place, degrees in enumerate(east) if degrees is not None]
    assert len(known) == 10  # a twelfth of 120
    assert known == [place for place, degrees in enumerate(north) if degrees is not None]
    own = [place for place in known if place < 5]
    assert own
    for place in own:  # Miyun's centre in WGS84, some 0.006 degrees from that in GCJ-02
        assert east[place] == pytest.approx(116.837, abs=0.12)
        assert north[place] == pytest.approx(40.376, abs=0.1)
    assert purposes == [10]


def test_no_other_column_draws_from_its_generator():
    sources = [file for file in (paths.PACKAGE / "simulate").glob("*.py") if "rng(10)" in file.read_text(encoding="utf-8")]
    assert [file.name for file in sources] == ["coordinate_columns.py"]


def test_without_coordinates_nothing_is_drawn():
    purposes = []
    assert coordinate_columns.columns(month(purposes, None), drawn()) == {}
    assert purposes == []

import ibis

from helpers.cube import selections
from helpers.settings.editions import Zones

TWO = Zones(members={"中心": ["东城区", "西城区"], "新城": ["大兴区"]}, source="assumed")


def asked(*districts):
    return ibis.memtable([{"district": district} for district in districts], schema={"district": "string"})


def test_a_district_stands_in_its_zone_and_others_in_none():
    table = selections.in_zones(asked("西城区", "大兴区", "别处", None), TWO)
    assert table.to_pyarrow().to_pydict() == {"district": ["西城区", "大兴区", "别处", None],
                                              "zone": ["中心", "新城", None, None]}


def test_an_edition_without_zones_leaves_every_district_without_one():
    table = selections.in_zones(asked("西城区"), None)
    assert table.to_pyarrow().to_pylist() == [{"district": "西城区", "zone": None}]
    assert table.zone.type() == ibis.dtype("string")


def test_a_source_that_is_neither_phone_nor_web_is_a_channel_of_its_own_name():
    rows = ibis.memtable({"channel": ["phone", None, None], "source": ["12345", "微信", None], "tickets": [1, 2, 3]},
                         schema={"channel": "string", "source": "string", "tickets": "int64"})
    named = selections.by_channel(rows).order_by("tickets").to_pandas()
    assert named["channel"].astype(object).where(named["channel"].notna(), None).tolist() == ["phone", "微信", None]

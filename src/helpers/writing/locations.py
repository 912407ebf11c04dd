"""Write sentences on where tickets are, and why they are not on a map."""

from collections.abc import Mapping

from helpers.analysis.coordinate_check import Doubt
from helpers.writing.citations import Sentence, literal, phrase, sentence

__all__ = ["doubted", "located", "undeclared"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


def located(numbers: Mapping[str, int], what: str) -> list[Sentence]:
    """State how many tickets have coordinates, how many have none, and how many lie outside of the map."""
    if not numbers:
        return []
    without = phrase("，没有经纬度的{n}", n=literal(numbers["unlocated"], "count")) if numbers["unlocated"] else ()
    outside = phrase("；落在制图范围之外的{n}，不画", n=literal(numbers["outside"], "count")) if numbers["outside"] else ()
    return [sentence("{what}中，有经纬度的{n}{without}{outside}。", what=what, n=literal(numbers["located"], "count"),
                     without=without, outside=outside)]


def undeclared(is_declared: bool) -> list[Sentence]:
    """Say why there is no map where the system of the coordinates is not declared."""
    if is_declared:
        return []
    return [sentence("经纬度所用的坐标系没有声明，不作点位图：国内地图常用的GCJ-02与WGS84在北京相差五百余米，"
                     "足以把一件诉求画到相邻的街道。请在字段对照文件中写明 coordinates"
                     "（WGS84、GCJ-02、BD-09、CGCS2000之一），再读入一次。")]


def doubted(doubt: Doubt | None) -> list[Sentence]:
    """Warn that another system of coordinates fits the districts better than the declared one."""
    if doubt is None:
        return []
    return [sentence("坐标系可能声明有误：按各区轮廓核对，{own}的点落在工单所写的区内，若原为{system}则有{other}。"
                     "请核对字段对照文件中的 coordinates。", own=literal(doubt.fitting_share, "share"), system=doubt.system,
                     other=literal(doubt.other_share, "share"))]

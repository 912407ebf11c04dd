"""Sanitise and measure SVG drawings, and prefix their ids so that several fit in one page."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import lru_cache

_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_KEPT = frozenset((
    "svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text",
    "tspan", "textPath", "clipPath", "mask", "pattern", "marker", "linearGradient", "radialGradient", "stop", "image",
    "style", "filter", "feBlend", "feColorMatrix", "feComposite", "feFlood", "feGaussianBlur", "feMerge", "feMergeNode",
    "feOffset"))
_POINTS = {"": 0.75, "px": 0.75, "pt": 1.0, "pc": 12.0, "in": 72.0, "cm": 72 / 2.54, "mm": 7.2 / 2.54}
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
_FOREIGN = re.compile(r"url\(\s*['\"]?(?!#)|@import|javascript:|expression\(", re.IGNORECASE)
_FONT_SIZE = re.compile(r"font(?:-size)?:[^;]*?([\d.]+)px")
_BOLD = re.compile(r"font(?:-weight)?:[^;]*\b(?:bold|[6-9]00)\b")
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CHUNK = 4096  # characters: where the outer element of most drawings ends
_RASTER = re.compile(r"data:image/(?:png|jpeg|gif);base64,", re.IGNORECASE)


def writable(value: object) -> str:
    """Return a text that XML can hold and that reads in the direction it is written in; other characters as 〔U+0001〕."""
    return _UNWRITABLE.sub(lambda match: f"〔U+{ord(match[0]):04X}〕", str(value))


def clean(svg: str) -> ET.Element:
    """Return a drawing without scripts, handlers, foreign markup and links to anything outside it; no namespaces.

    Raises ValueError where the text is no SVG.
    """
    if "<!ENTITY" in svg:
        raise ValueError("an SVG with entities of its own is not read")
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise ValueError(f"not readable as SVG: {error}") from None
    if root.tag.removeprefix(_SVG) != "svg":
        raise ValueError("not readable as SVG: the outer element is not svg")
    return _cleaned(root)


def _cleaned(element: ET.Element) -> ET.Element:
    kept = ET.Element(element.tag.removeprefix(_SVG), _attributes(element.attrib))
    kept.text, kept.tail = element.text, element.tail
    for child in element:
        name = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else ""
        unsafe_style = name == "style" and _FOREIGN.search("".join(child.itertext()))
        if name in _KEPT and not unsafe_style:
            kept.append(_cleaned(child))
    return kept


def _attributes(attributes: dict[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in attributes.items():
        plain = "href" if name == _LINK else name
        if plain.startswith(("{", "on")) or (plain != "href" and _FOREIGN.search(value)):
            continue
        if plain != "href" or value.startswith("#") or _RASTER.match(value):
            kept[plain] = value
    return kept


def size(drawing: ET.Element) -> tuple[float, float]:
    """Return width and height in points; where they are not written, those of the view box, else 6 by 4 inches."""
    width, height = (_points(drawing.get(side, "")) for side in ("width", "height"))
    if not (width and height):
        box = [float(number) for number in re.findall(r"-?[\d.]+", drawing.get("viewBox", ""))][2:4]
        width, height = (side * 0.75 for side in box) if len(box) == 2 and all(box) else (432.0, 288.0)
    return round(width, 2), round(height, 2)


@lru_cache(maxsize=512)
def size_of(svg: str) -> tuple[float, float]:
    """Return the `size` of a drawing from its text; only its outer element is read."""
    parser = ET.XMLPullParser(["start"])
    for begin in range(0, len(svg), _CHUNK):
        parser.feed(svg[begin:begin + _CHUNK])
        for _, root in parser.read_events():
            return size(root)
    raise ValueError("not readable as SVG: it has no element")


def _points(length: str) -> float:
    match = re.fullmatch(r"\s*([\d.]+)\s*(|px|pt|pc|in|cm|mm)\s*", length)
    return float(match[1]) * _POINTS[match[2]] if match else 0.0


def standalone(drawing: ET.Element) -> str:
    """Return a drawing as a file of its own would hold it."""
    root = ET.Element("svg", {"xmlns": _SVG[1:-1], **drawing.attrib})
    root.text = drawing.text
    root.extend(drawing)
    return ET.tostring(root, encoding="unicode")


def inline(drawing: ET.Element, prefix: str, alt: str, advance: Callable[[str, bool], float | None] = lambda *_: None) -> str:
    """Return a drawing for the middle of a page: names prefixed, so that no two drawings share one; no style sheet.

    `advance` is how wide a character (bold or not) of size 1 was when the drawing was laid out, None where that is not known: a
    text becomes as wide as it was then, in whichever font a reader has.
    """
    marks = {"data-marks": drawing.get("data-marks")} if "data-marks" in drawing.attrib else {}
    root = ET.Element("svg", {"viewBox": _view(drawing), "role": "img", "aria-label": alt} | marks)
    root.extend(_prefixed(child, prefix) for child in drawing if child.tag != "style")
    for text in root.iter("text"):
        if (length := _length(text, advance)) and not len(text):
            text.attrib |= {"textLength": f"{length:.2f}", "lengthAdjust": "spacingAndGlyphs"}
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _length(text: ET.Element, advance: Callable[[str, bool], float | None]) -> float:
    """Return how wide a text was laid out, 0 where that is not known."""
    style = text.get("style", "")
    size, bold = _FONT_SIZE.search(style), bool(_BOLD.search(style))
    wide = [advance(character, bold) for character in text.text or ""]
    return sum(wide) * float(size[1]) if size and None not in wide else 0


def _view(drawing: ET.Element) -> str:
    width, height = size(drawing)
    return drawing.get("viewBox") or f"0 0 {width / 0.75:g} {height / 0.75:g}"


def _prefixed(element: ET.Element, prefix: str) -> ET.Element:
    renamed = ET.Element(element.tag, {name: _renamed(name, value, prefix) for name, value in element.attrib.items()})
    renamed.text, renamed.tail = element.text, element.tail
    renamed.extend(_prefixed(child, prefix) for child in element if child.tag != "style")
    return renamed


def _renamed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name == "href" and value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    return _REFERENCE.sub(rf"url(#{prefix}\1)", value)


def framed(content: str, mime: str, width: float, height: float) -> str:
    """Return a picture made of pixels (base64) as an SVG with nothing else."""
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
            f'viewBox="0 0 {width} {height}"><image width="{width}" height="{height}" '
            f'href="data:{mime};base64,{content}"/></svg>')

"""Tag the cells that name a row of a table as its headers, which Typst's language has no word for.

The template gives such a cell a white ground, and nothing else has one: Typst writes it into the attributes of the cell's
structure element, and these elements as objects of their own. They are written anew at the end of the file, as PDF's
incremental update has it (ISO 32000-1, 7.5.6), so that no other byte moves.
"""

import re

_OBJECT = re.compile(rb"\n(\d+) 0 obj\n(<</Type/StructElem/S/TD/[^\n]*/BackgroundColor\[1 1 1\][^\n]*)\nendobj\n")
_TRAILER = re.compile(rb"trailer\n<<([^\n]*)>>\nstartxref\n(\d+)\n%%EOF\s*\Z")


def tagged(content: bytes) -> bytes:
    """Return a PDF of Typst with its cells of row names as TH of the scope Row.

    Raises ValueError where the file does not end as Typst's do, or has a cell in a form that is not known.
    """
    cells = {int(number): _header(cell) for number, cell in _OBJECT.findall(content)}
    trailer = _TRAILER.search(content)
    if not trailer:
        raise ValueError("the PDF does not end in a table of its objects and a trailer")
    if not cells:
        return content
    written, places = content.rstrip() + b"\n", {}
    for number, cell in sorted(cells.items()):
        places[number] = len(written)
        written += b"%d 0 obj\n%b\nendobj\n" % (number, cell)
    table = b"".join(b"%d 1\n%010d 00000 n\r\n" % entry for entry in places.items())
    return written + b"xref\n%btrailer\n<<%b/Prev %b>>\nstartxref\n%d\n%%%%EOF" % (table, trailer[1], trailer[2], len(written))


def _header(cell: bytes) -> bytes:
    """Return a structure element of a cell as one of a row's header."""
    header, found = re.subn(rb"<</O/Table/", b"<</O/Table/Scope/Row/", cell.replace(b"/S/TD/", b"/S/TH/", 1))
    if found != 1:
        raise ValueError(f"a cell of row names has {found} attributes of a table, not one")
    return header

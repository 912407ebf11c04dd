"""Scan tickets for PII (personally identifiable information): numbers, names, addresses and words of persons.

Numbers are detected by shape and check digits (GB 11643 identity cards, ISO/IEC 7812 bank cards, Taiwan's identity letter;
mobiles have 11 digits from 13 to 19, Taiwan's ten from 09), addresses by a house or a flat with its number, persons by a form of
address, words of callers by sentences; a column as a whole by what most of its words look like. Cells are counted, never shown.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import synonyms
from helpers.settings.errors import UserError
from helpers.tickets import schema

_ID = "ticket_id"
_PLACES = {"district", "subdistrict", "community"}  # columns that may have thousands of names
_HAN = "\u4e00-\u9fff"
_RARE = ("冼逯邢岳温康毕戚俞季傅卞齐伍卜穆湛祁禹狄臧庞纪舒屈项阮蓝闵席麻娄童颜梅盛刁骆樊凌霍虞柯昝管卢裘缪郁单杭洪诸左崔"
         "吉钮嵇滑裴荣翁荀甄曲封芮羿储靳汲邴糜井巫乌焦隗宓蓬郗班仰仲伊宫宁仇栾暴厉戎祖符景詹束韶郜蓟薄蒲邰鄂咸籍卓蔺屠池胥"
         "莘党翟贡逄姬冉宰郦雍郤璩桑桂濮寿扈冀郏尚晏柴瞿阎茹宦艾鱼容古易慎戈庾暨耿匡寇阙欧殳沃利蔚夔隆厍聂晁敖訾阚饶毋沙"
         "乜鞠丰巢蒯荆竺权盖桓仝亓苑佟那辛芦衣麦")  # surnames of few people, and words besides
_DOUBLE = ("欧阳|歐陽|上官|司马|司馬|诸葛|諸葛|尉迟|尉遲|皇甫|夏侯|慕容|公孙|公孫|令狐|长孙|長孫|宇文|司徒"
           "|司空|轩辕|端木|独孤|南宫|呼延|万俟|申屠|太史|钟离|澹台|闻人|东郭|西门|拓跋|赫连")
_SURNAMES = ("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
             "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤張劉陳楊黃趙吳孫馬羅鄭許"
             "韓馮鄧蕭蔣葉蘇魏盧鐘譚陸賈")
_OFFICES = "区區县縣镇鎮乡鄉村街路局处處办辦所队隊站院校场場部委厅廳市河桥橋庄莊"  # last characters of places and offices
_WESTERN = re.compile(r"([A-ZÀ-Þ][a-zà-ÿ]{1,20})(?: [A-Z]\.?)?(?:[ -][A-ZÀ-Þ][A-Za-zÀ-ÿ'’-]{1,20}){1,2}")
_NAME = re.compile(rf"[{_SURNAMES}][{_HAN}]{{1,2}}(?<![{_OFFICES}])")
_SEVERAL, _MOST = 5, 0.5  # a column of names has this many words or more, and more than this share are names …
_MOST_WESTERN = 0.3  # … or this share begins with a given name, of which the list has the commonest
_ROWS, _OWN = 1000, 0.5  # a column of free text has this many rows or more, and different words in more than this share
_LONG, _OVERLAP = 2_000, 300  # characters of a text that are searched at once
_LIST = 100_000  # words; no column of fixed words has more
REMEDY = ("leave it out of the mapping, or map only the words that `values` lists (`keep: false`), or the part that a `pattern` "
          "picks out")


class Kind(NamedTuple):
    """A kind of PII: `words` for messages, a `pattern` of RE2 and Python, a `check` of its matches, whether ids are searched."""

    words: str
    pattern: str
    check: Callable[[str], bool] = lambda found: True
    of_ids: bool = False


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _resident(found: str) -> bool:
    """Check an identity number by GB 11643-1999: a day of birth, and a check character by ISO 7064 MOD 11-2."""
    try:
        date(int(found[6:10]), int(found[10:12]), int(found[12:14]))
    except ValueError:
        return False
    return "10X98765432"[_weighed(found, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11] == found[17].upper()


def _card(found: str) -> bool:
    """Check a card number by ISO/IEC 7812-1: the digits, every second from the right doubled, add to a multiple of ten."""
    digits = [int(digit) for digit in reversed(re.sub(r"\D", "", found))]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def _taiwanese(found: str) -> bool:
    """Check Taiwan's identity number: the letter is two digits; all digits, weighed, add to a multiple of ten."""
    letter = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(found[0]) + 10
    return (letter // 10 + letter % 10 * 9 + _weighed(found[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def _own_account(found: str) -> bool:
    """Return whether an account's name may be a person's: it has a digit or a mark, and does not end as a hotline's does."""
    return bool(re.search(r"[\d_-]", found)) and not found.endswith("12345")


def _numbered(found: str) -> bool:
    return any(map(str.isdigit, found))


_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_NUMBER, _END, _CODE, _STOP = r"(?:^|\D)", r"(?:$|\D)", r"(?:^|[^0-9A-Za-z])", r"(?:$|[^0-9A-Za-z])"
_GAP, _NO_LETTER = "[ .·—–_-]", "(?:^|[^A-Za-z])"
_LETTER = "[A-Za-zÀ-ÿ'’-]"
_FORMAL = "[^\x00-\u4dff\ua000-\uffff皆客子仕同模異多各王神有]"  # Han characters before 様 …
_FAMILIAR = "[^\x00-\u4dff\ua000-\uffff皆母父子客娘奥者屋隣]"  # … and before さん, but for those of no name
_STREETS = "st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|ct|court|pl|place|ter|terrace|pkwy"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
KINDS = (
    Kind("mobile numbers", rf"{_NUMBER}(?:86[ -]?)?(1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}){_END}"),
    Kind("mobile numbers", rf"{_NUMBER}(09\d{{2}}[ -]?\d{{3}}[ -]?\d{{3}}){_END}"),
    Kind("mobile numbers", rf"{_NUMBER}(1[3-9]\d(?:{_GAP}\d{{4}}{_GAP}\d{{4}}|{_GAP}\d{{3}}{_GAP}\d{{5}}|"
                           rf"\d{_GAP}\d{{3}}{_GAP}\d{{4}})|1(?: \d){{10}}){_END}"),
    Kind("mobile numbers", r"([一幺][三四五六七八九][一二三四五六七八九零〇幺]{9})"),
    Kind("mobile numbers", rf"{_CODE}(?:86[ -]?)?(1[3-9]\d(?:[ -]?\d{{4}}){{2}}|09\d{{2}}(?:[ -]?\d{{3}}){{2}}){_STOP}",
         of_ids=True),
    Kind("telephone numbers", rf"{_NUMBER}(0\d{{1,3}}[)）-] ?[2-9]\d{{2,3}}[ -]?\d{{4}}){_END}"),
    Kind("telephone numbers", rf"{_NUMBER}(0(?:10|2\d|[3-9]\d{{2}}){_GAP}{{0,2}}[2-9]\d{{6,7}}){_END}"),
    Kind("identity numbers", rf"{_CODE}([1-8]\d{{5}}[ -]?(?:18|19|20)\d{{2}}[ -]?(?:0[1-9]|1[0-2])[ -]?"
                             rf"(?:0[1-9]|[12]\d|3[01])[ -]?\d{{3}}[0-9Xx]){_STOP}",
         lambda found: _resident(re.sub("[ -]", "", found))),
    Kind("WeChat and QQ ids", rf"(?:微信|威信|{_NO_LETTER}(?:[Ww]e[Cc]hat|WECHAT|[Ww]ei[Xx]in|[VvWw][Xx]))[号號]?[:： ]{{0,3}}"
                              r"([A-Za-z][A-Za-z0-9_-]{5,19})(?:$|[^A-Za-z0-9_-])", _own_account),
    Kind("WeChat and QQ ids", rf"{_NO_LETTER}[Qq]{{2}}[号號]?[码碼]?[:： ]{{0,3}}([1-9]\d{{4,10}}){_END}", _own_account),
    Kind("identity numbers", rf"{_CODE}([1-8]\d{{5}}(?:18|19|20)\d{{2}}{_DAY}\d{{3}}[0-9Xx]){_STOP}", _resident, of_ids=True),
    Kind("identity numbers", rf"{_CODE}([1-8]\d{{7}}{_DAY}\d{{3}}){_STOP}"),  # of the first generation, without a check digit
    Kind("identity numbers", rf"{_CODE}([A-Z][1289]\d{{8}}){_STOP}", _taiwanese, of_ids=True),
    Kind("bank card numbers", rf"{_CODE}((?:62\d{{2}}|[45]\d{{3}})(?:[ -]?\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?){_STOP}", _card),
    Kind("e-mail addresses",
         r"([0-9A-Za-z._%+-]{1,64}@[0-9A-Za-z-]{1,63}(?:\.[0-9A-Za-z-]{1,63}){0,5}\.[A-Za-z]{2,24})", of_ids=True),
    Kind("addresses", r"(\d{1,6}(?:号楼|號樓|[栋幢棟])\D{0,2}\d|[0-9一二三四五六七八九十]{1,6}单元\D?\d|\d{3,4}室|"
                      r"(?:[路街巷弄段]|大道|胡同)\d{1,6}(?:-\d{1,6})?[号號](?:$|[^线線院]))"),
    Kind("persons", rf"(?:{_DOUBLE}|[{_RARE}])[{_HAN}*＊×]{{0,2}}((?:先生|女士))", of_ids=True),
    Kind("persons", rf"([{_SURNAMES}][{_HAN}*＊×]{{0,2}}(?:先生|女士|小姐|师傅)|"
                    rf"(?:姓名|联系人|聯絡人|来电人|來電人|投诉人|举报人|当事人)[:：] ?[{_HAN}])", of_ids=True),
    Kind("words of callers", rf"([{_HAN}][。！!]|"
                             r"(?:市民|来电人|诉求人|本人|我家|我们)(?:来电|致电)?(?:反映|表示|称|希望|要求|咨询).{4})"),
    Kind("telephone numbers", rf"{_NUMBER}(\([2-9]\d{{2}}\) ?[2-9]\d{{2}}[ .-]\d{{4}}|[2-9]\d{{2}}[.-][2-9]\d{{2}}[.-]\d{{4}})"
                              rf"{_END}"),
    Kind("telephone numbers", rf"{_NUMBER}(\+[1-9]\d{{0,2}}[ ./-]?(?:\(0\) ?)?\d(?:[ ./-]?\d){{6,12}}|"
                              rf"00[1-9]\d(?:[ /-]\d{{2,8}}){{2,5}}|"
                              rf"0[1-9](?:[ .]\d{{2}}){{4}}|0\d{{2,4}} ?/ ?\d{{5,8}}|0\d{{2}} \d{{3}} \d{{2}} \d{{2}}|"
                              rf"0\d{{2,4}} \d{{3,4}} \d{{3,4}}|"
                              rf"0\d-\d{{4}}-\d{{4}}|0[5789]0-\d{{4}}-\d{{4}}|0\d{{2,3}}-\d{{2,3}}-\d{{4}}){_END}"),
    Kind("addresses", rf"{_CODE}((?i:\d{{1,5}}[a-z]? (?:{_LETTER}{{1,20}}\.? ){{1,3}}(?:{_STREETS})){_STOP}|"
                      rf"(?i:apt|apartment|flat)\.? ?#?\d{{1,4}}|(?i:\d{{1,4}},? (?:bis )?(?:rue|boulevard|chemin|quai) )|"
                      r"[A-ZÄÖÜ][a-zäöüß-]{1,30}(?:straße|strasse|str\.|gasse|allee) \d{1,4})"),
    Kind("addresses", r"(\d{1,3}丁目\d{1,3}(?:番|-)|\d{1,4}番地|\d{1,4}号室)"),
    Kind("persons", rf"(?:^|[^A-Za-zÀ-ÿ])((?:Mrs?|Ms|Herr|Frau|Mme|Monsieur|Madame)\.? [A-ZÀ-Þ]{_LETTER}{{1,30}})"),
    Kind("persons", rf"(?:^|[,;:(] ?|by |from |contact )(Dr\. ?[A-Z]{_LETTER}{{1,30}})"),
    Kind("persons", r"((?i:^|[^a-z])(?i:name|caller|complainant|contact|phone|tel)[:：] ?[A-Za-z0-9+(]|(?:氏名|お名前)[:：] ?.|"
                    rf"[{_HAN}]{{0,3}}{_FORMAL}様(?:$|[^{_HAN}])|"
                    rf"[{_HAN}]{{0,3}}{_FAMILIAR}さん)"),
    Kind("words of callers", r"(?:^|[^A-Za-z])((?i:(?:my|our) (?:neighbou?rs?|landlord|house|apartment|flat|street|car|child|"
                             r"children|mother|father|wife|husband|son|daughter)|"
                             r"i (?:am|have|cannot|can't|want|live|saw|was|would|called|need)|i'm|i've|"
                             r"please (?:call|fix|help|send|remove|come)|call(?:ed)? me|(?:caller|citizen|resident) "
                             r"(?:states|stated|says|said|reports|reported|complains|claims|requests)))(?:$|[^A-Za-z])"),
    Kind("words of callers", r"(?:^|[^A-Za-z])((?i:ich (?:habe|bin|wohne|möchte|kann)|"
                             r"mein(?:e|em|en|er)? (?:nachbar|straße|haus|wohnung|auto|kind)|"
                             r"bitte (?:um|rufen|entfernen|reparieren)))"),
    Kind("words of callers", r"(ください|下さい|してほしい|困っています|[すた]。)"),
    Kind("licence plates", rf"([{_PROVINCES}][A-HJ-NP-Z][·•. ]?[A-HJ-NP-Z0-9]{{5,6}}){_STOP}", _numbered),
    Kind("licence plates", rf"([{_PROVINCES}][A-HJ-NP-Z][·•. ]?[A-HJ-NP-Z0-9]{{4}}[港澳学警挂领试超使])", _numbered),
    Kind("licence plates", rf"{_CODE}([A-ZÄÖÜ]{{1,3}}-[A-Z]{{1,2}} \d{{1,4}}[EH]?|[A-Z]{{2}}\d{{2}} [A-Z]{{3}}){_STOP}"),
    Kind("licence plates", rf"([{_HAN}]{{2,4}} ?\d{{3}} ?[ぁ-ん] ?\d{{2}}-\d{{2}})"),
    Kind("licence plates", rf"{_CODE}(?i:(?:plate|tag)(?: no\.?| number)?[:# ]{{1,2}})"
                           rf"([A-Z0-9]{{2,3}}[ -]?[A-Z0-9]{{3,4}}){_STOP}",
         _numbered),
)
_PYTHON = {kind.pattern: re.compile(kind.pattern, re.ASCII) for kind in KINDS}
_ANY, _OF_IDS = ("|".join(kind.pattern for kind in kinds) for kinds in (KINDS, [kind for kind in KINDS if kind.of_ids]))


def kinds(text: str, of_id: bool = False) -> set[str]:
    """Return the kinds of PII in a text, as `Kind.words`; `of_id` searches only the kinds that are safe to search in ids.

    A long text is searched in parts that overlap, and by RE2 before, so that the time grows as its length does.
    """
    parts = [text[start:start + _LONG + _OVERLAP] for start in range(0, len(text), _LONG)]
    likely = KINDS if len(parts) <= 1 else [kind for kind in KINDS if pc.match_substring_regex(text, kind.pattern).as_py()]
    return {kind.words for kind in likely if kind.of_ids or not of_id
            if any(kind.check(found[1]) for part in parts for found in _PYTHON[kind.pattern].finditer(part))}


def public_name(name: str, substitute: str) -> str:
    """Return the name of a file or a sheet, or `substitute` where it holds PII: names of inputs are printed."""
    return substitute if _kinds_of_name(name) else name


def reject_name(name: str, what: str) -> None:
    """Raise UserError where the name of an export, which every report prints as its source, holds PII; the name is not shown."""
    if found := _kinds_of_name(name):
        raise UserError(f"the name of {what} holds what may point at a person ({', '.join(sorted(found))}), and every report "
                        "prints it: give the file another name.")


def _kinds_of_name(name: str) -> set[str]:
    """Return the kinds of PII in the name of a file, which may hold days and times, as ids do."""
    return kinds(unicodedata.normalize("NFKC", name), of_id=True)


_HASHED = "place_key"  # written by ingest itself


@dataclass
class Scan:
    """PII scan of a year's tickets, batch by batch: `rows` counts rows with PII by (column, kind)."""

    year: int
    rows: Counter = field(default_factory=Counter)
    _filled: Counter = field(default_factory=Counter)
    _words: dict[str, set[str]] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """Scan a batch of tickets: its strings, dictionary-encoded or not, and its tags; columns of codes and hashes are
        skipped.
        """
        for name in batch.schema.names:
            column = batch[name].flatten() if pa.types.is_list(batch[name].type) else batch[name]
            if name in schema.VALUES or name not in schema.SCHEMA.names or name == _HASHED:
                continue
            if name == _ID:
                self._count(name, column.filter(pc.match_substring_regex(column, _OF_IDS)))
            elif pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
                self._add_words(name, column if pa.types.is_dictionary(column.type) else column.dictionary_encode())

    def found(self) -> dict[str, dict[str, int]]:
        """Return {column: {kind: rows}} of all PII found, in the order of tickets' columns; empty where there is none."""
        whole = {name: {kind: self._filled[name]} for name, words in self._words.items()
                 if (kind := self._as_a_whole(name, words))}
        single: dict[str, dict[str, int]] = {}
        for (name, kind), rows in sorted(self.rows.items()):
            single.setdefault(name, {})[kind] = rows
        return {name: whole.get(name, {}) | single.get(name, {}) for name in schema.SCHEMA.names if name in whole | single}

    def _add_words(self, name: str, column: pa.DictionaryArray) -> None:
        plain = pc.utf8_normalize(column.dictionary, "NFKC")  # full-width digits are digits
        suspect = pc.match_substring_regex(plain, _ANY).fill_null(False)
        if pc.any(suspect).as_py():
            indices = column.indices.drop_null()
            self._count(name, plain.take(indices.filter(suspect.take(indices))))
        self._filled[name] += len(column) - column.null_count
        known = self._words.setdefault(name, set())
        if len(known) <= _LIST:
            known.update(plain.drop_null().to_pylist())

    def _count(self, name: str, texts: pa.StringArray) -> None:
        for entry in pc.value_counts(texts).to_pylist():
            text = self._undated(entry["values"]) if name == _ID else entry["values"]
            for kind in kinds(text, of_id=name == _ID):
                self.rows[name, kind] += entry["counts"]

    def _undated(self, text: str) -> str:
        """Return an id without a date of the year and the digits after it: 180131-01510 in 2018 is no mobile's number."""
        return re.sub(rf"(?:{self.year}|(?<!\d){self.year % 100:02}){_DAY}(?:\d*|[- ]\d{{1,6}}(?!\d))", "", text)

    def _as_a_whole(self, name: str, words: set[str]) -> str | None:
        """Return the kind of PII of a column as a whole, judged by all of its words, or None."""
        names = sum(bool(_NAME.fullmatch(word)) for word in words)
        known = set(synonyms.read().given_names)
        given = sum(bool(found := _WESTERN.fullmatch(word)) and found[1] in known for word in words)
        if len(words) >= _SEVERAL and (names > _MOST * len(words) or given > _MOST_WESTERN * len(words)):
            return "names of persons"
        own = self._filled[name] >= _ROWS and len(words) > _OWN * self._filled[name]
        return "words of single tickets" if name not in _PLACES and (own or len(words) > _LIST) else None


def reject(scan: Scan, key: str, origins: Mapping[str, list[str]]) -> None:
    """Raise UserError where a scan found PII, with columns (of tickets, and of the export by `origins`), kinds and rows."""
    ours = {name: f"{name} ({' '.join(origins[name])})" if name in origins else name for name in schema.SCHEMA.names}
    sentences = [f"{key}: {ours[name]} holds what may point at a person: "
                 f"{', '.join(f'{kind} in {rows} rows' for kind, rows in found.items())}; nothing was written: {REMEDY}."
                 for name, found in scan.found().items()]
    if sentences:
        raise UserError("\n".join(sentences))


@contextmanager
def redact_errors() -> Iterator[None]:
    """Redact messages of unexpected exceptions, which may quote cells; type and traceback remain."""
    try:
        yield
    except (UserError, OSError, MemoryError):
        raise
    except Exception as error:
        raise RuntimeError(f"{type(error).__name__}; its words may quote a cell and are left out").with_traceback(
            error.__traceback__) from None

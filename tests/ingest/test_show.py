"""An account fits on a screen, and names the command that shows what it sums up."""

from collections import Counter

import pytest

from helpers.ingest import ingest
from helpers.ingest.tally import IngestCounts
from helpers.settings import paths

YEAR = ["--city", "test", "--year", "2020"]
MAPPING = """
source: a test
columns: {ticket_id: 编号, received_at: 登记, closed_at: 办结, category: 类型}
"""
ROWS = """编号,登记,办结,类型
1,2020-01-02,2020-01-01,张三13800138000家
2,,,
3,,,
4,昨天,,
5,,,
6,2020-01-03,,供水
"""


@pytest.fixture
def ingested(home, capsys):
    text = paths.edition("taipei", 2018).read_text(encoding="utf-8").replace("city: taipei", "city: test").replace(
        "year: 2018", "year: 2020").replace("mapping: taipei", "mapping: test").replace("limit: 0.05", "limit: 0.9")
    paths.edition("test", 2020).write_text(text, encoding="utf-8")
    paths.mapping("test").write_text(MAPPING, encoding="utf-8")
    (home / "a.csv").write_text(ROWS.replace("张三13800138000家", "路灯"), encoding="utf-8")
    assert ingest.main([str(home / "a.csv"), *YEAR]) == 0
    return capsys.readouterr().out


def test_the_account_ends_with_the_command_that_shows_more(ingested):
    assert ingested.splitlines()[0] == "test-2020: 6 read = 2 accepted + 4 quarantined + 0 duplicates"
    assert ingested.splitlines()[-1] == (
        "  rows and rules: python -m helpers.ingest --city test --year 2020 --show quarantine|doubted")


def test_rows_in_quarantine_are_shown_by_number_file_and_reason(ingested, capsys):
    assert ingest.main([*YEAR, "--show", "quarantine"]) == 0
    assert capsys.readouterr().out.splitlines() == ["a.csv: rows 3-4, 6: received_at is blank",
                                                    "a.csv: rows 5: received_at cannot be read"]
    assert ingest.main([*YEAR, "--show", "quarantine", "--reason", "cannot be read"]) == 0
    assert capsys.readouterr().out == "a.csv: rows 5: received_at cannot be read\n"


def test_rules_of_doubtful_fields_are_shown_with_their_counts(ingested, capsys):
    assert ingest.main([*YEAR, "--show", "doubted"]) == 0
    assert capsys.readouterr().out == "1: closed_at lies before received_at\n"


@pytest.mark.parametrize(("arguments", "words"), [
    (["--show", "changed"], "nothing of 'changed'"), (["--show", "doubted", "--reason", "x"], "with the reason 'x'")])
def test_what_the_account_does_not_hold_is_said(ingested, capsys, arguments, words):
    assert ingest.main([*YEAR, *arguments]) == 1
    assert words in capsys.readouterr().err


def test_an_account_fits_on_a_screen_whatever_happened():
    counter = Counter({f"rule {number}": number + 1 for number in range(30)})
    account = IngestCounts(10_000, 0, counter, counter, counter, counter, Counter({"2019": 1}), 1, unread=["unread"],
                           notes=[f"note {number}" for number in range(40)])
    lines = account.lines("a-b-2020")
    assert len(lines) == 24
    assert "  quarantined 378: 27 further reasons" in lines
    assert "  mended 378: 27 further reasons" in lines
    assert "  unread" in lines
    assert lines[-2].endswith("further notes")
    assert "--city a-b --year 2020" in lines[-1]
    whole = IngestCounts(9, 0, notes=["note"]).lines("a-2020")
    assert whole == ["a-2020: 9 read = 9 accepted + 0 quarantined + 0 duplicates", "  note"]

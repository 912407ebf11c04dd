"""The glossary explains what a document says, and refuses a file that is not in order."""

import pytest

from helpers.document import glossary
from helpers.settings import paths
from helpers.settings.errors import UserError


def written(monkeypatch, tmp_path, text):
    file = tmp_path / "glossary.yml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "GLOSSARY", file)


def test_only_terms_that_stand_in_the_text_are_given_in_the_order_of_the_file(monkeypatch, tmp_path):
    written(monkeypatch, tmp_path, "terms:\n- {term: 占比, definition: a}\n- {term: 环比, definition: b}\n"
                                   "- {term: 同比, definition: c, source: d}\n")
    assert [(one.term, one.source) for one in glossary.occurring("同比上升，占比下降。")] == [("占比", ""), ("同比", "d")]


@pytest.mark.parametrize(("text", "said"), [
    ("terms:\n- {term: 占比}\n", r"terms\.0\.definition' is missing"),
    ("terms:\n- {term: 占比, definition: ''}\n", r"terms\.0\.definition"),
    ("terms:\n- {term: 占比, definition: a, definiton: b}\n", r"definiton' is not a known key.*definition"),
    ("terms:\n- {term: 占比, definition: a}\n- {term: 占比, definition: b}\n", "占比 occurs twice"),
    ("- 占比\n", "must be a list of keys and values"),
])
def test_a_glossary_that_is_not_in_order_is_refused_with_file_and_key(monkeypatch, tmp_path, text, said):
    written(monkeypatch, tmp_path, text)
    with pytest.raises(UserError, match=said) as refused:
        glossary.read()
    assert "glossary.yml" in str(refused.value)


def test_a_missing_glossary_is_named_with_its_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "GLOSSARY", tmp_path / "glossary.yml")
    with pytest.raises(UserError, match=r"glossary\.yml is missing: restore it"):
        glossary.read()


def test_the_projects_own_glossary_holds_the_terms_of_the_report():
    terms = {one.term for one in glossary.read()}
    assert {"接诉即办", "诉求", "派单", "直接解答", "承办单位", "同比", "环比", "有效回访", "响应率", "解决率", "满意率"} <= terms


def test_a_source_of_one_city_is_not_cited_in_anothers_report(monkeypatch, tmp_path):
    written(monkeypatch, tmp_path, "terms:\n- {term: 占比, definition: a, source: d, sources: {linhai: e}}\n"
                                   "- {term: 同比, definition: c, sources: {linhai: f}}\n")
    share, change = glossary.read()
    assert [share.source_for("linhai"), share.source_for("taipei")] == ["e", "d"]
    assert [change.source_for("linhai"), change.source_for("taipei")] == ["f", ""]


def test_no_term_cites_beijing_in_taipeis_report():
    assert not [entry.term for entry in glossary.read() if "北京" in entry.source_for("taipei")]
    assert any("北京" in entry.source_for("beijing") for entry in glossary.read())

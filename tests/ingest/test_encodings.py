"""Encodings are told apart by their letters; where these do not decide, the file is refused with the candidates."""

import random
from collections import Counter
from pathlib import Path

import pytest

from helpers.ingest import encodings, export_files
from helpers.settings.errors import UserError

TRIALS = Path(__file__).parent / "trials"
LANGUAGES = {  # encoding, header, words of an export in this language
    "simplified Chinese": ("gb18030", "工单编号 受理时间 一级分类 区", """
        噪音 供暖 停车 垃圾 物业管理 市容环卫 违法建设 路灯损坏 占道经营 供水 施工扰民 公共交通 朝阳区 海淀区 东城区
        三里屯街道 水务局 城管委
        社会保障 劳动纠纷 拖欠工资 房屋漏水 管道堵塞 道路积水"""),
    "traditional Chinese": ("cp950", "案件編號 立案時間 派工項目 行政區", """
        違規停車 噪音舉發 路面坑洞 人孔蓋破損 路樹修剪 垃圾清運 大安區 信義區 中正區 士林區 環境保護局 工務局 交通號誌
        路燈故障 髒亂點 動物救援
        違章建築 騎樓佔用 排水溝 公園管理"""),
    "Japanese": ("cp932", "受付番号 受付日時 分類 区", """
        道路損傷 街路灯故障 不法投棄 公園遊具 騒音苦情 ごみ収集 放置自転車 新宿区 世田谷区 練馬区 渋谷区 対応済み
        カーブミラー 落書き 雑草
        側溝のふた 下水道 街路樹 マンホール 交通安全課"""),
    "Korean": ("cp949", "접수번호 접수일시 분류 구", """
        불법주정차 도로파손 가로등고장 쓰레기 소음 공사장먼지 강남구 서초구 송파구 종로구 처리완료 교통시설 하수구막힘
        보도블럭 공원시설 환경미화
        불법현수막 버스정류장 도로관리과"""),
    "French": ("cp1252", "Numéro Créé Catégorie Arrondissement", """
        Déneigement Égouts Propreté Montréal-Nord Côte-des-Neiges Éclairage Chaussée Bâtiment Forêt Fermé Réglé Système"""),
    "German": ("cp1252", "Nummer Eröffnet Kategorie Kreis", """
        Straßenschäden Grünflächen Müllabfuhr Lärm Spielplätze Höngg Schädlinge Gehölz Geländer Brücke Gebühren"""),
    "Spanish": ("cp1252", "Número Creación Categoría Distrito", """
        Señalización Árboles Peñarol Recolección Inundación Semáforo Chamartín Tetuán Cañería"""),
    "Portuguese": ("cp1252", "Número Criação Categoria Bairro", """
        Iluminação Remoção Calçadas São João Fiscalização Conservação Ônibus Trânsito"""),
}
OUTSIDE = {"Russian": ("cp1251", "Дороги Освещение Мусор Шум Центральный"), "Thai": ("cp874", "น้ำท่วม ถนน ทางเท้า แสงสว่าง"),
           "Greek": ("cp1253", "Δρόμοι Φωτισμός Απορρίμματα Θόρυβος"),
           "Polish": ("cp1250", "Śmieci Hałas Oświetlenie Łąka"),
           "Turkish": ("cp1254", "Gürültü Aydınlatma Kadıköy Beşiktaş Şişli Ağaç")}
SIZES = ((0, 1.0), (1, 1.0), (3, 1.0), (9, 1.0), (60, 1.0), (200, 0.02), (1000, 0.002))  # rows, and how many have such words


def table(words: list[str], header: list[str], rows: int, share: float, draw: random.Random) -> str:
    cells = [(draw.choice(words) if draw.random() < share else "x", draw.choice(words) if draw.random() < share else "y")
             for _ in range(rows)]
    lines = [",".join(header), *(f"A{n},2020-04-{n % 28 + 1:02} 08:00,{a},{b}" for n, (a, b) in enumerate(cells))]
    return "\n".join([*lines, f"B,2020-04-01 08:00,{draw.choice(words)},z"]) + "\n"


def outcome(raw: bytes, text: str) -> str:
    try:
        found = encodings.detect(raw, "a.csv").name
    except UserError:
        return "refused"
    return "right" if raw.decode(found, "replace") == text else found


def confusions(language: str, as_utf8: bool) -> Counter:
    encoding, header, words = LANGUAGES[language]
    found: Counter = Counter()
    for rows, share in SIZES:
        for names in (header.split(), ["id", "time", "item", "place"]):
            for number in range(12):
                text = table(words.split(), names, rows, share, random.Random(f"{rows}{share}{names}{number}"))
                size = "few" if rows < 3 else "more"
                found[size, outcome(text.encode("utf-8" if as_utf8 else encoding), text)] += 1
    return found


@pytest.mark.parametrize(("language", "few", "more"), [
    ("simplified Chinese", 0, 5), ("traditional Chinese", 5, 0), ("Japanese", 1, 0), ("Korean", 6, 2), ("French", 0, 0),
    ("German", 0, 0), ("Spanish", 0, 0), ("Portuguese", 0, 0)])
def test_of_168_files_of_each_language_none_is_misread_and_this_many_are_refused(language, few, more):
    found = confusions(language, as_utf8=False)
    assert found == Counter({("few", "right"): 48 - few, ("few", "refused"): few, ("more", "right"): 120 - more,
                             ("more", "refused"): more})


@pytest.mark.parametrize("language", LANGUAGES)
def test_utf_8_is_taken_for_nothing_else(language):
    assert confusions(language, as_utf8=True) == {("few", "right"): 48, ("more", "right"): 120}


@pytest.mark.parametrize("language", OUTSIDE)
def test_an_encoding_that_is_not_searched_is_refused(language):
    encoding, words = OUTSIDE[language]
    text = table(words.split(), ["id", "time", "item", "place"], 60, 1, random.Random(1))
    assert outcome(text.encode(encoding), text) == "refused"


@pytest.mark.parametrize(("name", "encoding", "word"), [
    ("big5_ascii_header", "Big5", "大安區"), ("shift_jis", "Shift-JIS", "中央区"), ("euc_kr", "EUC-KR", "강남구"),
    ("latin1", "windows-1252", "Déneigement")])
def test_a_small_export_is_read_and_its_encoding_is_said(name, encoding, word):
    (export,) = export_files.read(TRIALS / f"{name}.csv")
    assert word in {cell for batch in export.batches for column in batch.columns[2:4] for cell in column.to_pylist()}
    assert any(f"{name}.csv: is read as {encoding}, by" in note for note in export.notes)


def test_the_refusal_names_the_candidates_and_no_word():
    raw = "id,time\n1,소음\n".encode("cp949")
    with pytest.raises(UserError) as raised:
        encodings.detect(raw, "a.csv")
    assert str(raised.value) == (
        "a.csv: its encoding cannot be told from 1 words that are not ASCII; in row 2 the first is by GB18030 (2 CJK), "
        "EUC-KR (2 HANGUL): name `encoding` in the mapping's `format`.")


def test_a_word_of_the_synonyms_decides():
    assert encodings.detect("编号,内容\n1,x\n".encode("gb18030"), "a.csv").name == "gb18030"

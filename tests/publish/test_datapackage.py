"""The data package of the tables: a resource for each file, whose fields are the file's own columns."""

import dataclasses
import json

from support.csv_files import DISTRICT, SHARE, TICKETS, read, table

from helpers.document.document import Document
from helpers.publish import csv_tables, datapackage


def described(**files):
    blocks = [dataclasses.replace(block, file=name) for name, block in files.items()]
    document = Document("报告", "", (), "simulated", "", "zh-Hans", blocks)
    return json.loads(datapackage.render(document).contents)["resources"]


def test_the_fields_of_a_file_are_its_columns_in_order():
    exhibit = table([DISTRICT, SHARE, TICKETS], [["甲", 0.5, 3], ["乙", None, 4]])
    resource, = described(**{"01-a 甲": exhibit})
    assert [field["name"] for field in resource["schema"]["fields"]] == read(csv_tables.table(exhibit))[0]
    assert [field["type"] for field in resource["schema"]["fields"]] == ["string", "string", "number", "integer"]
    assert (resource["path"], resource["name"]) == ("01-a 甲.csv", "01-a-甲")
    assert resource["schema"]["missingValues"] == [""]


def test_a_file_without_rows_is_described_too():
    resource, = described(a=table([DISTRICT], []))
    assert [field["name"] for field in resource["schema"]["fields"]] == ["data", "district"]

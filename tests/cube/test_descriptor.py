"""Data packages of tickets and cube: every column of the code, and the section of data/README.md that is made from it."""

import pandas as pd
import pytest

from helpers.cube import cube, descriptor
from helpers.settings import paths
from helpers.tickets import schema

README = paths.PACKAGE.parents[1] / "data" / "README.md"


def test_the_readme_has_the_tables_of_the_cube_as_the_code_has_them():
    assert descriptor.markdown() in README.read_text(encoding="utf-8")


def test_every_table_of_the_cube_is_described():
    assert [resource["name"] for resource in descriptor.cube()["resources"]] == cube.STORED
    assert all(resource["description"] for resource in descriptor.cube()["resources"])


def test_the_fields_of_tickets_are_those_of_the_schema_with_the_values_they_take():
    fields = {field["name"]: field for field in descriptor.tickets()["resources"][0]["schema"]["fields"]}
    assert list(fields) == schema.SCHEMA.names
    assert fields["received_at"]["type"] == "datetime"
    assert fields["tags"]["type"] == "array"
    assert fields["channel"]["constraints"] == {"enum": ["phone", "web"]}


@pytest.mark.reported
def test_the_described_columns_are_those_of_a_built_cube(town):
    for resource in descriptor.cube()["resources"]:
        file = paths.cube("town-2020") / resource["path"]
        assert [field["name"] for field in resource["schema"]["fields"]] == list(pd.read_parquet(file).columns)

"""Islands, lands of the past and divisions of the world after the name of a city, and alone."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from astra_pipeline.places import UnknownPlace, gazetteer, tables
from astra_pipeline.places import search as places

# Geography and history from general knowledge: one row per text.
with (Path(__file__).parent / "lands.csv").open(encoding="utf-8", newline="") as _file:
    LANDS = list(csv.DictReader(_file))

MEASURED = {
    "Port of Spain, Trinidad": "Port of Spain, Trinidad and Tobago",
    "San Fernando, Trinidad": "San Fernando, Trinidad and Tobago",
    "Scarborough, Tobago": "Scarborough, Trinidad and Tobago",
    "Kingstown, St Vincent": "Kingstown, Saint Vincent and the Grenadines",
    "St John's, Antigua": "Saint John’s, Antigua and Barbuda",
    "Denpasar, Bali": "Denpasar, Indonesia",
    "Accra, Gold Coast": "Accra, Ghana",
    "Trivandrum, Travancore": "Thiruvananthapuram, Kerala, India",
    "Jamaica, New York": "Jamaica, New York, United States",
    "Paris, Texas": "Paris, Texas, United States",
    "Delhi, Ontario": "Delhi, Ontario, Canada",
    "Melbourne": "Melbourne, Victoria, Australia",
    "Cawnpore": "Kanpur, Uttar Pradesh, India",
    "Leningrad, USSR": "Saint Petersburg, Russia",
    "Aurangabad, Bihar": "Aurangābād, Bihar, India",
    "Udaipur, Tripura": "Udaipur, Tripura, India",
    "Cuttack, Orissa": "Cuttack, Odisha, India",
    "Karaikal, Pondicherry": "Kāraikāl, Puducherry, India",
    "Nainital, Uttaranchal": "Naini Tāl, Uttarakhand, India",
}


@pytest.mark.parametrize(("text", "label"), [*MEASURED.items(), *((row["text"], row["label"]) for row in LANDS)])
def test_the_land_after_a_city_decides(text: str, label: str) -> None:
    found = places.find(text)
    assert (found.label, found.flags) == (label, ())


def test_there_are_many_of_them() -> None:
    assert len(LANDS) >= 150


@pytest.mark.parametrize(
    "text",
    [
        "Bali", "Tobago", "Trinidad", "Sicily", "Java", "Corsica", "Crete", "Nevis", "Antigua", "Maui", "Oahu",
        "Skye", "Orkney", "Penang", "Sumatra", "Borneo", "Tasmania", "Mallorca", "Tahiti", "Kashmir",
        "Transylvania", "Bohemia", "Siberia", "Tibet", "Ceylon", "Siam", "Rhodesia", "Transvaal", "Travancore",
        "Mewar", "Kathiawar", "Vidarbha", "Bengal", "Malabar", "Bali, Indonesia", "Gold Coast Colony",
    ],
)  # fmt: skip
def test_an_island_or_a_land_alone_is_no_village_elsewhere(text: str) -> None:
    with pytest.raises(UnknownPlace, match="the city is missing"):
        places.find(text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Zanzibar", "Zanzibar, Tanzania"),
        ("Corfu", "Corfu, Greece"),
        ("Gold Coast", "Gold Coast, Queensland, Australia"),
        ("Surfers Paradise, Gold Coast", "Surfers Paradise, Queensland, Australia"),
        ("Natal", "Natal, Brazil"),
        ("Osaka", "Osaka, Japan"),
    ],
)
def test_a_city_that_shares_its_name_with_a_land_is_the_city(text: str, label: str) -> None:
    found = places.find(text)
    assert (found.label, found.flags) == (label, ())


def test_an_unknown_village_of_a_land_is_refused_and_not_placed_in_a_town_of_its_name() -> None:
    with pytest.raises(UnknownPlace):
        places.find("Xanaduville, Trinidad")


def test_every_land_lies_in_countries_and_divisions_that_have_cities() -> None:
    known = {(country, None) for country in gazetteer.gazetteer().countries}
    known |= set(gazetteer._rows("SELECT DISTINCT country, division FROM city"))
    for region in [*tables.lands(), *tables.divisions()]:
        assert (region.country, None) in known, region
    for region in tables.lands():
        assert (region.country, region.division) in known, region


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("lands.yaml", "islands: {}", "lands: Field required"),
        ("lands.yaml", "islands: {tt: [tobago]}\nlands: {}", "islands > tt"),
        ("lands.yaml", "islands: {TT: []}\nlands: {}", "islands > TT"),
        ("lands.yaml", "islands: {TT: [St Vincent]}\nlands: {}", "write it so"),
        ("lands.yaml", "islands: [", "no YAML"),
        ("divisions.tsv", "TT\t02", "line 1"),
    ],
)
def test_a_table_that_cannot_be_read_names_the_problem(
    name: str, text: str, problem: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    with pytest.raises(tables.BadTable, match=problem) as refused:
        list(tables.lands() if name == "lands.yaml" else tables.divisions())
    assert name in str(refused.value)


def test_a_hindi_name_has_letters_of_hindi_script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = "countries: {IN: [Bharat]}\ndivisions: {}\nlands: {}\ncities: {}\n"
    (tmp_path / "devanagari.yaml").write_text(table, encoding="utf-8")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    with pytest.raises(tables.BadTable, match="no letter of Hindi script"):
        tables.hindi_names()

"""Clocks of old births: local mean time by the longitude, and a flag where another clock may have been kept.

Sources, unless a line says otherwise: the comments of the IANA time zone database, files asia, africa, europe,
northamerica and southamerica, whose rules are promised for 1970 and later, and for the zone's city only.
"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.astrology import births, clocks, localtime
from astra_pipeline.astrology.births import Birth
from astra_pipeline.astrology.clock_table import all_zone_cities, clock_table, zone_cities
from astra_pipeline.astrology.globe import kilometres

ATLANTA = (33.75, -84.39, "America/New_York")
PORTO_ALEGRE = (-30.03, -51.23, "America/Sao_Paulo")
JEDDAH = (21.49, 39.19, "Asia/Riyadh")
URUMQI = (43.80, 87.60, "Asia/Urumqi")
JAMAICA_NY = (40.69, -73.81, "America/New_York")
BROOKLINE = (42.33, -71.12, "America/New_York")
DELHI = (28.65, 77.23, "Asia/Kolkata")
MUMBAI = (19.07, 72.88, "Asia/Kolkata")
KOLKATA = (22.56, 88.36, "Asia/Kolkata")


def born(moment: str, latitude: float, longitude: float, zone: str) -> Birth:
    local = dt.datetime.fromisoformat(moment)
    return births.birth(local.date(), local.time(), latitude, longitude, zone)


def flags_of(birth: Birth) -> list[str]:
    return [flag.partition(":")[0] for flag in birth.flags]


@pytest.mark.parametrize(
    ("moment", "place", "utc"),
    [
        # Brazil's standard time began in 1914, Saudi Arabia's in 1947.
        ("1910-01-01 12:00", PORTO_ALEGRE, "15:25"),
        ("1940-01-01 12:00", JEDDAH, "09:23"),
        ("1910-01-01 12:00", (-8.05, -34.9, "America/Recife"), "14:20"),
        ("1912-06-01 12:00", (-12.97, -38.5, "America/Bahia"), "14:34"),
        # Nepal's began in 1920 (Calcutta's meridian of 5:30), Afghanistan's in 1890, Bhutan's in 1947.
        ("1915-01-01 12:00", (28.21, 83.99, "Asia/Kathmandu"), "06:24"),
        ("1940-01-01 12:00", (27.43, 89.42, "Asia/Thimphu"), "06:02"),
    ],
)
def test_before_standard_time_the_mean_time_of_the_birth_place_counts(
    moment: str, place: tuple[float, float, str], utc: str
) -> None:
    birth = born(moment, *place)
    assert f"{birth.utc:%H:%M:%S}" == f"{utc}:00"
    assert flags_of(birth) == [localtime.LOCAL_MEAN]
    assert f"({utc} UTC)" in birth.flags[0]


def test_the_mean_time_names_its_meridian() -> None:
    (flag,) = born("1910-01-01 12:00", *PORTO_ALEGRE).flags
    assert "51.2 W (UTC-3:25)" in flag
    (flag,) = born("1940-01-01 12:00", *JEDDAH).flags
    assert "39.2 E (UTC+2:37)" in flag


UNCERTAIN = [
    # Georgia kept Central Time until 1941.
    ("1929-01-15 12:00", ATLANTA),
    # Two clocks are kept in Xinjiang, Beijing's and the local one.
    ("1988-07-01 12:00", URUMQI),
    ("1955-07-01 12:00", URUMQI),
    ("2005-07-01 12:00", URUMQI),
    # Bombay Time until 1955, Calcutta Time until 1948; no standard time in India before 1906.
    ("1930-03-01 06:00", MUMBAI),
    ("1954-12-31 06:00", MUMBAI),
    ("1940-01-01 06:00", KOLKATA),
    ("1903-01-01 06:00", DELHI),
    # Michigan's west kept Central Time until 1931, Ohio until 1927.
    ("1925-01-01 12:00", (42.96, -85.67, "America/Detroit")),
    ("1920-01-01 12:00", (39.10, -84.51, "America/New_York")),
    # Towns of the United States and Canada chose their summer time until 1967 and later.
    ("1955-07-01 12:00", (32.78, -96.80, "America/Chicago")),
    ("1950-07-01 12:00", (42.36, -71.06, "America/New_York")),
    ("1935-07-01 12:00", (43.26, -79.87, "America/Toronto")),
    # Counties of Indiana and Kentucky chose their clock.
    ("1950-01-01 12:00", (41.08, -85.14, "America/Indiana/Indianapolis")),
    ("1955-01-01 12:00", (38.03, -84.50, "America/Kentucky/Louisville")),
    # Five zones in China until 1949.
    ("1930-01-01 12:00", (30.67, 104.07, "Asia/Shanghai")),
    # The zone of another country stands for these before 1970.
    ("1950-05-01 06:00", (59.91, 10.75, "Europe/Oslo")),
    ("1955-01-01 12:00", (3.14, 101.69, "Asia/Kuala_Lumpur")),
    # Vichy France, divided Poland, Ireland before 1916, the zones of occupation of 1945, Hungarian Transylvania.
    ("1941-01-01 12:00", (45.76, 4.84, "Europe/Paris")),
    ("1910-01-01 12:00", (50.06, 19.94, "Europe/Warsaw")),
    ("1910-01-01 12:00", (54.60, -5.93, "Europe/London")),
    ("1945-06-01 12:00", (51.05, 13.74, "Europe/Berlin")),
    ("1910-01-01 12:00", (46.77, 23.60, "Europe/Bucharest")),
    # Clocks were set at sunset in Saudi Arabia until 1968, hours counted from sunset in Turkey until 1926.
    ("1955-01-01 12:00", JEDDAH),
    ("1920-01-01 12:00", (38.41, 27.14, "Europe/Istanbul")),
]


@pytest.mark.parametrize(("moment", "place"), UNCERTAIN)
def test_a_clock_that_is_not_certain_is_flagged_with_the_one_used(
    moment: str, place: tuple[float, float, str]
) -> None:
    birth = born(moment, *place)
    assert flags_of(birth) == [clocks.UNCERTAIN]
    assert f"is used ({birth.utc:%H:%M} UTC)" in birth.flags[0]


CERTAIN = [
    ("1946-06-14 10:54", JAMAICA_NY, "14:54"),
    ("1917-05-29 15:00", BROOKLINE, "20:00"),
    ("1955-03-01 06:00", DELHI, "00:30"),
    ("1943-01-01 06:00", DELHI, "23:30"),  # the war time of 1942 to 1945 was the law of all India
    ("1960-01-01 06:00", MUMBAI, "00:30"),
    ("1955-01-01 06:00", KOLKATA, "00:30"),
    ("1950-01-01 06:00", (13.09, 80.28, "Asia/Kolkata"), "00:30"),
    ("1920-01-01 06:00", (26.18, 91.75, "Asia/Kolkata"), "00:30"),
    ("1950-01-01 12:00", (31.55, 74.34, "Asia/Karachi"), "06:30"),
    ("1950-01-01 12:00", (53.48, -2.24, "Europe/London"), "12:00"),
    ("1925-01-01 12:00", (48.14, 11.58, "Europe/Berlin"), "11:00"),
    ("1925-01-01 12:00", (45.76, 4.84, "Europe/Paris"), "12:00"),
    ("1955-01-01 12:00", (42.24, -8.72, "Europe/Madrid"), "11:00"),
    ("1955-01-01 12:00", (34.05, -118.24, "America/Los_Angeles"), "20:00"),
    ("1955-07-01 12:00", (41.85, -87.65, "America/Chicago"), "17:00"),
    ("1955-01-01 12:00", (25.77, -80.19, "America/New_York"), "17:00"),
    ("1960-01-01 12:00", ATLANTA, "17:00"),
    ("1955-01-01 12:00", (34.69, 135.50, "Asia/Tokyo"), "03:00"),
    ("1955-01-01 12:00", (30.67, 104.07, "Asia/Shanghai"), "04:00"),
]


@pytest.mark.parametrize(("moment", "place", "utc"), CERTAIN)
def test_a_clock_that_is_certain_is_not_flagged(moment: str, place: tuple[float, float, str], utc: str) -> None:
    birth = born(moment, *place)
    assert f"{birth.utc:%H:%M}" == utc
    assert birth.flags == ()


@given(
    st.dates(dt.date(1977, 1, 1), dt.date(2049, 12, 31)),
    st.times(),
    st.sampled_from(sorted(set(zone_cities()) - clocks.LATER)),
)
def test_since_1977_no_clock_is_doubted(date: dt.date, time: dt.time, zone: str) -> None:
    city = all_zone_cities()[zone]
    birth = births.birth(date, time, *city.place, zone)
    assert not {clocks.UNCERTAIN, localtime.LOCAL_MEAN} & set(flags_of(birth))


def test_without_a_place_the_zone_alone_counts() -> None:
    resolved = localtime.resolve(dt.date(1910, 1, 1), dt.time(12), "America/Sao_Paulo")
    assert f"{resolved.utc:%H:%M:%S}" == "15:06:28"
    assert resolved.flags == ()


def test_a_doubt_and_a_time_that_came_twice_are_both_flagged() -> None:
    birth = born("1941-10-05 02:30", 45.76, 4.84, "Europe/Paris")
    assert clocks.UNCERTAIN in flags_of(birth)
    birth = born("1967-10-29 01:30", 43.8, -90.0, "America/Chicago")
    assert localtime.AMBIGUOUS in flags_of(birth)


def test_every_zone_of_the_table_is_one_and_later_doubts_are_looked_for() -> None:
    table = clock_table()
    entries = [*table.doubts, *table.settled]
    assert all(births.is_zone(zone) for entry in entries for zone in entry.zones)
    assert all(births.is_zone(zone) for zone in table.national)
    late = {zone for entry in table.doubts if entry.until.year > 1970 for zone in entry.zones}
    assert late == clocks.LATER


def test_a_zones_city_is_where_it_is() -> None:
    cities = all_zone_cities()
    assert kilometres(cities["Asia/Kolkata"].place, (22.57, 88.36)) < 10
    assert kilometres(cities["America/New_York"].place, (40.71, -74.01)) < 10
    assert kilometres(cities["America/Sao_Paulo"].place, (-23.55, -46.63)) < 10
    assert cities["Europe/Oslo"].countries == {"NO"}
    assert "Europe/Oslo" not in zone_cities()

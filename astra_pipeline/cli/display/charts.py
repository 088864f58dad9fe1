"""The tables of `astra chart` and `astra sky`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

Document = Mapping[str, Any]


def print_chart(console: Console, chart: Document) -> None:
    """Print a chart document, as `astrology.chart.charts` computes it."""
    born, vedic, western = chart["input"], chart["vedic"], chart["western"]
    title = f"{born['date']} {born['time']}  {born['place'] or _coordinates(born)}  ({born['timezone']})"
    periods = vedic["dasha"]
    parts: list[Any] = [
        Text(f"{born['utc']:%Y-%m-%d %H:%M:%S} UTC, {_coordinates(born)}", style="dim"),
        *(Text(f"! {flag}", style="yellow") for flag in born["flags"]),
        _heading("Vedic", f"Lahiri, ayanamsa {vedic['ayanamsa']:.4f}°"),
        Text(vedic["chart_summary"]),
        _planets(vedic["planets"], nakshatra=True),
        Text(f"Born in {periods['mahadasha']}/{periods['antardasha']}. {_current(periods)}"),
        _heading("Western", "Placidus" if western["house_system"] == "placidus" else "whole signs"),
        Text(western["chart_summary"]),
        _planets(western["planets"], nakshatra=False),
        _cusps(western["house_cusps"]),
        _aspects(western["aspects"]),
    ]
    console.print(Panel(Group(*parts), title=title, border_style="magenta"))


def print_sky(console: Console, sky: Document) -> None:
    """Print the sky document of a day, as `astrology.sky.day` computes it.

    It has the names of its `festivals` too, and may have the day of a `person`: {system, moon, key, theme}.
    """
    moon = sky["moon"]
    summary = f"{moon['phase']} ({moon['phase_angle']:.2f}°), {moon['tithi']}, Moon in {moon['nakshatra']}"
    table = Table("at (UTC)", "event", title="Events")
    for event in sky["events"]:
        table.add_row(f"{event['at']:%H:%M}", event["detail"])
    parts: list[Any] = [Text(summary), _planets(sky["positions"], nakshatra=False), _aspects(sky["aspects"])]
    parts.append(table if sky["events"] else Text("No ingress, station, phase or tithi begins."))
    if sky["festivals"]:
        parts.append(Text(f"In India: {', '.join(sky['festivals'])}"))
    console.print(Panel(Group(*parts), title=f"{sky['date']}, positions at 00:00 UTC", border_style="magenta"))
    if "person" in sky:
        console.print(Panel(_day_of_person(sky["person"]), title="for this chart", border_style="magenta"))


def _day_of_person(day: Document) -> Table:
    """A table of all that stands out on the day for a chart, the theme first, and of all that is under way."""
    table = Table(
        "what", "stage", "on", "sign", "house", "at (UTC)", title=f"Theme: {day['key']} ({day['system']})"
    )
    theme = day["theme"]
    for one in (theme["subject"], *theme["others"], *theme["under_way"]):
        name = one.get("name") or " ".join(filter(None, (one.get("planet"), one.get("aspect"), one.get("body"))))
        at = f"{one['at']:%H:%M}" if one.get("at") else ""
        house = str(one["house"]) if one.get("house") else ""
        table.add_row(name, one.get("stage", ""), one.get("point", ""), one.get("sign", ""), house, at)
    return table


def _current(periods: Document) -> str:
    if periods["current_mahadasha"] is None:
        return ""
    running = f"{periods['current_mahadasha']}/{periods['current_antardasha']}"
    return f"Now {running}, {periods['start_date']:%d %b %Y} to {periods['end_date']:%d %b %Y}."


def _coordinates(born: Document) -> str:
    north, east = born["latitude"], born["longitude"]
    return f"{abs(north):.4f}° {'N' if north >= 0 else 'S'} {abs(east):.4f}° {'E' if east >= 0 else 'W'}"


def _heading(name: str, detail: str) -> Text:
    return Text.assemble((f"\n{name}", "bold magenta"), (f"  {detail}", "dim"))


def _planets(planets: list[Document], *, nakshatra: bool) -> Table:
    houses = "house" in planets[0]
    columns = ["planet", "sign", "degree", *(["house"] if houses else []), *(["nakshatra"] if nakshatra else [])]
    table = Table(*columns, "°/day")
    for planet in planets:
        cells = [planet["name"] + (" ℞" if planet["retrograde"] else ""), planet["sign"], planet["degree"]]
        cells += [str(planet["house"])] if houses else []
        cells += [f"{planet['nakshatra']} {planet['pada']}"] if nakshatra else []
        table.add_row(*cells, f"{planet['speed']:+.3f}")
    return table


def _aspects(aspects: list[Document]) -> Text:
    lines = []
    for one in sorted(aspects, key=lambda one: one["orb"]):
        phase = "" if one["applying"] else " separating"
        lines.append(f"{one['planet1']} {one['aspect']} {one['planet2']} {one['orb']:.1f}°{phase}")
    return Text("Aspects: " + "; ".join(lines) if lines else "No aspects.")


def _cusps(cusps: list[Document]) -> Text:
    return Text("Cusps: " + "  ".join(f"{cusp['house']} {cusp['sign'][:3]} {cusp['degree']}" for cusp in cusps))

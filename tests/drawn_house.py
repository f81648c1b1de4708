"""The picture of the house, docs/pictures/architecture.svg, drawn from the floors that test_floors.py checks."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from test_floors import FLOORS, HOMES

ROOT = Path(__file__).resolve().parents[1]
WIDTH, ROW, TOP, LEFT, RIGHT = 1080, 74, 56, 64, 320
STYLE = """
text { font: 14px system-ui, sans-serif; fill: #10192b }
.dim { fill: #5b6779; font-size: 12px } .room { font-weight: 600 }
.band { fill: #f5f7fa } .box { fill: #ffffff; stroke: #0f5fdc } .way { stroke: #5b6779; fill: none }
.page { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6eaf1 } .dim { fill: #93a0b4 } .band { fill: #171e29 } .box { fill: #0e131b; stroke: #6ea3ff }
  .page { fill: #0e131b } .way { stroke: #93a0b4 }
}
"""


def told() -> dict[int, tuple[tuple[str, ...], str]]:
    """(rooms, what for) of each floor, as the table in docs/architecture.md tells them."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d) \| (.*?) \| (.*?) \|$", text, re.M)
    return {int(number): (tuple(re.findall(r"`(\w+)`", rooms)), said) for number, rooms, said in rows}


def libraries(room: str) -> str:
    """The outside libraries whose home is a room, or a part of it."""
    return " ".join(name for name, homes in HOMES.items() if room in {home.split("/")[0] for home in homes})


def house() -> str:
    """The picture as SVG: a band a floor with its rooms, the libraries that live there, and what the floor is for."""
    floors, height = told(), TOP + ROW * len(FLOORS) + 16
    parts = [f'<rect class="page" width="{WIDTH}" height="{height}"/>']
    parts += [f'<text x="{LEFT}" y="34" class="room">Imports go down: no room asks a room above it</text>']
    for number, rooms in enumerate(FLOORS):
        y = TOP + ROW * (len(FLOORS) - 1 - number)
        parts += [f'<rect class="band" x="16" y="{y}" width="{WIDTH - 32}" height="{ROW - 8}" rx="8"/>']
        parts += [f'<text x="26" y="{y + 38}" class="dim">{number}</text>']
        parts += _rooms(rooms, y, WIDTH - LEFT - RIGHT)
        parts += _lines(floors[number][1].replace("`", ""), WIDTH - RIGHT + 8, y)
    parts += [f'<path class="way" d="M 44 {TOP + 12} V {height - 32} m -4 -8 l 4 8 l 4 -8"/>']
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_label()}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>\n"])


def _label() -> str:
    floors = "; ".join(f"floor {number}: {', '.join(rooms)}" for number, rooms in reversed(list(enumerate(FLOORS))))
    return escape(f"The floors of ModelLab. {floors}", quote=True)


def _rooms(rooms: tuple[str, ...], y: int, width: int) -> list[str]:
    each, parts = width / len(rooms), []
    for place, room in enumerate(rooms):
        x, middle = LEFT + place * each, LEFT + (place + 0.5) * each - 4
        inside = libraries(room)
        parts += [f'<rect class="box" x="{x:.0f}" y="{y + 8}" width="{each - 8:.0f}" height="{ROW - 24}" rx="6"/>']
        at = y + (30 if inside else 38)
        parts += [f'<text x="{middle:.0f}" y="{at}" text-anchor="middle" class="room">{escape(room)}</text>']
        lines = [f'<text x="{middle:.0f}" y="{y + 48}" text-anchor="middle" class="dim">{escape(inside)}</text>']
        parts += lines if inside else []
    return parts


def _lines(sentence: str, x: int, y: int) -> list[str]:
    words, lines = sentence.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 46:
            lines.append("")
        lines[-1] += f"{word} "
    top = y + 38 - 8 * (len(lines) - 1)
    return [
        f'<text x="{x}" y="{top + 16 * n}" class="dim">{escape(line.strip())}</text>' for n, line in enumerate(lines)
    ]

"""Draws what `soak` and `growth` have measured: SVG, with nothing but Python itself.

usage: plot.py soak FILE.csv FOLDER      soak-latency.svg and soak-memory.svg
       plot.py growth FILE.csv FOLDER    one drawing for each measure, named after it

The same figures give the same bytes, so that drawings can be committed. Lines and greys can be read
on a light page as on a dark one; nothing is painted behind them.
"""
import argparse
import csv
import html
import math
import pathlib
import re

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 616, 64, 272
GREY, BLUE, ORANGE, GREEN = "#808080", "#3b8ad9", "#d9772b", "#3fa066"
#: From here on, values on one drawing lie too far apart for a plain axis.
SPAN_OF_LOG = 30
#: The sizes of ledger that `growth` is about.
FEWEST_EVENTS, MOST_EVENTS = 10_000, 10_000_000


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["soak", "growth"])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    with arguments.file.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        parser.error(f"{arguments.file} has no figures")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    drawings = soak(rows) if arguments.what == "soak" else growth(rows)
    for name, drawing in drawings.items():
        (arguments.folder / f"{name}.svg").write_text(drawing, encoding="utf-8")


def soak(rows):
    def line(column):
        return [(float(row["seconds"]) / 60, float(row[column])) for row in rows]

    latencies = {
        "reads": (BLUE, line("read_p99_ms")),
        "commands": (ORANGE, line("command_p99_ms")),
    }
    sizes = {
        "memory": (BLUE, line("memory_mb")),
        "ledger’s log": (ORANGE, line("ledger_log_mb")),
        "vault’s log": (GREEN, line("vault_log_mb")),
    }
    minutes = Linear([0.0, max(float(row["seconds"]) for row in rows) / 60], LEFT, RIGHT)
    of_latency = Log(values_of(latencies), BOTTOM, TOP)
    of_size = Linear([0.0, *values_of(sizes)], BOTTOM, TOP)
    return {
        "soak-latency": chart("99th percentile of latency, from when a request was due",
                              "minutes", minutes, "ms", of_latency, latencies),
        "soak-memory": chart("Memory of the server, and its logs on the disk",
                             "minutes", minutes, "MB", of_size, sizes),
    }


def growth(rows):
    by_measure = {}
    for row in rows:
        point = (float(row["events"]), float(row["value"]))
        by_measure.setdefault(row["measure"], []).append(point)
    return {file_name(measure): growth_of(measure, sorted(points))
            for measure, points in by_measure.items()}


def growth_of(measure, points):
    title, _, unit = measure.rpartition(", ")
    sizes = [FEWEST_EVENTS, MOST_EVENTS, *(events for events, _ in points)]
    values = [value for _, value in points]
    lies_apart = min(values) > 0 and max(values) > SPAN_OF_LOG * min(values)
    axis = Log(values, BOTTOM, TOP) if lies_apart else Linear([0.0, *values], BOTTOM, TOP)
    return chart(title[:1].upper() + title[1:], "events in the ledger",
                 Log(sizes, LEFT, RIGHT, short), unit, axis, {"": (BLUE, points)})


def file_name(measure):
    return re.sub("[^a-z0-9]+", "-", measure.lower()).strip("-")


def values_of(lines):
    return [value for _, points in lines.values() for _, value in points if not math.isnan(value)]


def plain(number):
    return format(number, ",.10g").replace("-", "−")


def short(number):
    for size, letter in [(1_000_000, "M"), (1_000, "k")]:
        if number >= size:
            return plain(number / size) + letter
    return plain(number)


def three_digits(number):
    """As much of a value as can be read off a drawing."""
    if number == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(number)))
    return plain(round(number, digits))


class Linear:
    """From the lowest to the highest of `values`, widened to whole steps."""

    def __init__(self, values, start, end):
        low, high = min(values), max(values)
        self.step = step_of((high - low) or 1.0)
        self.first = math.floor(low / self.step)
        self.last = max(math.ceil(high / self.step), self.first + 1)
        self.start, self.end = start, end

    def at(self, value):
        share = (value / self.step - self.first) / (self.last - self.first)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        whole = (number * self.step for number in range(self.first, self.last + 1))
        return [(value, plain(value)) for value in whole]


def step_of(span):
    """The round number of which four to eight make up the span."""
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next(power * part for part in (5, 2.5, 2, 1) if power * part <= span / 4)


class Log:
    """The same with equal ratios at equal distances, widened to 1, 2 or 5 times a power of ten."""

    def __init__(self, values, start, end, name=plain):
        positive = [value for value in values if value > 0] or [1.0]
        known = [part * 10.0 ** power for power in range(-9, 16) for part in (1, 2, 5)]
        self.low = max(tick for tick in known if tick <= min(positive) * 1.000001)
        self.high = min(tick for tick in known if tick >= max(positive) * 0.999999)
        if self.low == self.high:
            self.high = known[known.index(self.low) + 1]
        self.between = [tick for tick in known if self.low <= tick <= self.high]
        self.start, self.end, self.name = start, end, name

    def at(self, value):
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        powers = [tick for tick in self.between if f"{tick:e}".startswith("1")]
        shown = powers if len(powers) > 2 else self.between
        return [(value, self.name(value)) for value in shown]


def chart(title, x_unit, x_axis, y_unit, y_axis, lines):
    escaped = html.escape(title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escaped}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{GREY}">',
        f"<title>{escaped}</title>",
        text(16, 24, title, font_size=15, font_weight=600),
        text(LEFT - 8, TOP - 16, y_unit, text_anchor="end" if len(y_unit) < 9 else "start"),
        text((LEFT + RIGHT) / 2, HEIGHT - 10, x_unit, text_anchor="middle"),
        *grid(x_axis, y_axis),
    ]
    for colour, points in lines.values():
        parts += curve(colour, points, x_axis, y_axis)
        if len(lines) == 1:
            parts += values_at(colour, points, x_axis, y_axis)
    parts += legend({name: colour for name, (colour, _) in lines.items() if name})
    return "\n".join([*parts, "</svg>", ""])


def text(x, y, words, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{html.escape(words)}</text>'


def grid(x_axis, y_axis):
    for value, name in y_axis.ticks():
        y = y_axis.at(value)
        yield (f'<line x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}" stroke="{GREY}" '
               f'stroke-opacity="0.3"/>')
        yield text(LEFT - 8, y + 4, name, text_anchor="end")
    for value, name in x_axis.ticks():
        x = x_axis.at(value)
        yield (f'<line x1="{x:.1f}" y1="{BOTTOM}" x2="{x:.1f}" y2="{BOTTOM + 5}" '
               f'stroke="{GREY}"/>')
        yield text(x, BOTTOM + 20, name, text_anchor="middle")
    yield f'<line x1="{LEFT}" y1="{BOTTOM}" x2="{RIGHT}" y2="{BOTTOM}" stroke="{GREY}"/>'


def curve(colour, points, x_axis, y_axis):
    """Broken where nothing was measured."""
    for run in unbroken(points):
        path = " ".join(f"{x_axis.at(x):.1f},{y_axis.at(y):.1f}" for x, y in run)
        yield (f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8" '
               f'stroke-linejoin="round"/>')


def values_at(colour, points, x_axis, y_axis):
    for number, (x, y) in enumerate(points):
        yield f'<circle cx="{x_axis.at(x):.1f}" cy="{y_axis.at(y):.1f}" r="3.5" fill="{colour}"/>'
        # Beside the ends, or they would leave the drawing.
        anchor = "start" if number == 0 else "end" if number == len(points) - 1 else "middle"
        yield text(x_axis.at(x), y_axis.at(y) - 9, three_digits(y), text_anchor=anchor, fill=colour)


def unbroken(points):
    run = []
    for point in points:
        if math.isnan(point[1]):
            if run:
                yield run
            run = []
        else:
            run.append(point)
    if run:
        yield run


def legend(colours):
    x = RIGHT
    for name, colour in reversed(colours.items()):
        # A wide guess at what the name takes, as nobody here can measure it.
        x -= 7 * len(name)
        yield text(x, TOP - 16, name, fill=colour)
        yield (f'<line x1="{x - 18}" y1="{TOP - 20}" x2="{x - 6}" y2="{TOP - 20}" '
               f'stroke="{colour}" stroke-width="2.5"/>')
        x -= 36


if __name__ == "__main__":
    main()

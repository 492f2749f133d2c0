"""An appraisal as one self-contained HTML page: no script, nothing fetched, prints well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from bridge.training.appraisal import PEOPLE, Appraisal, Likeness
from bridge.training.corpus.report import FileReport
from bridge.training.manner import Figure, Spread

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")
"""People's, then the bundles'; told apart by people who see few colours (Okabe and Ito, 2008)."""
WIDTH, HEIGHT, FOOT = 420, 130, 18
BINS = 16

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1f24; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: .25rem .8rem; border-bottom: 1px solid #d0d7de; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.bundle { font-weight: 600; }
figure { display: inline-block; margin: .6rem .8rem .6rem 0; }
figcaption { font-size: .9rem; }
svg text { font: 10px system-ui, sans-serif; fill: #57606a; }
.key span { margin-right: 1.2rem; } .key i { display: inline-block; width: .8rem; height: .8rem;
       margin-right: .35rem; }
"""


def report_page(appraisal: Appraisal, files: Sequence[FileReport], data: str) -> str:
    """The page.

    Args:
        appraisal: What to show.
        files: What became of the files of the data.
        data: What the data is called.
    """
    title = f"{appraisal.bundle} on {data}"
    body = "\n".join(
        (
            f"<h1>{escape(title)}</h1>",
            f"<p>Encoding {escape(appraisal.encoding)}; {appraisal.steps} held-out steps with"
            f" {appraisal.notes} notes.</p>",
            "<h2>How well held-out music is predicted</h2>",
            _predicted(appraisal),
            "<h2>How its phrases are, beside people's</h2>",
            *_phrases(appraisal),
            "<h2>The files</h2>",
            "<ul>" + "".join(f"<li>{escape(one.line())}</li>" for one in files) + "</ul>",
        )
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _phrases(appraisal: Appraisal) -> Iterator[str]:
    """Figures and plots of the phrases, or why there are none."""
    if appraisal.unmeasured:
        yield f"<p>{escape(appraisal.unmeasured)}</p>"
        return
    heat = f"{appraisal.temperature:g}"
    yield f"<p>Four bars after the same calls of two bars, at temperature {heat}."
    yield "Alike is 1.00 where nothing can be told apart.</p>"
    yield _likenesses(appraisal)
    yield _key(appraisal)
    yield from _plots(appraisal)


def _predicted(appraisal: Appraisal) -> str:
    rows = "".join(
        f'<tr class="{"bundle" if one.name in appraisal.likenesses else ""}">'
        f'<td>{escape(one.name)}</td><td class="number">{one.nats_per_step:.3f}</td>'
        f'<td class="number">{one.nats_per_note:.3f}</td></tr>'
        for one in appraisal.predicted
    )
    return f"<table><tr><th>by</th><th>nats a step</th><th>nats a note</th></tr>{rows}</table>"


def _likenesses(appraisal: Appraisal) -> str:
    names = list(appraisal.likenesses)
    head = "".join(f"<th>{escape(name)}</th><th>alike</th>" for name in names)
    rows = []
    for place, one in enumerate(appraisal.likenesses[names[0]]):
        cells = "".join(_cells(appraisal.likenesses[name][place]) for name in names)
        rows.append(
            f'<tr><td>{escape(one.name)}</td><td class="number">{_number(one.people)}</td>'
            f"{cells}</tr>"
        )
    return f"<table><tr><th></th><th>{PEOPLE}</th>{head}</tr>{''.join(rows)}</table>"


def _cells(one: Likeness) -> str:
    return f'<td class="number">{_number(one.model)}</td><td class="number">{one.alike:.2f}</td>'


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2f}"


def _key(appraisal: Appraisal) -> str:
    parts = (
        f'<span><i style="background:{colour}"></i>{escape(name)}</span>'
        for name, colour in zip(appraisal.manners, COLOURS, strict=False)
    )
    return f'<p class="key">{"".join(parts)}</p>'


def _plots(appraisal: Appraisal) -> Iterator[str]:
    manners = list(appraisal.manners.values())
    for name in manners[0].figures:
        yield _figure(name, _histograms([one.figures[name] for one in manners]))
    for name in manners[0].spreads:
        yield _figure(name, _bars([one.spreads[name] for one in manners]))


def _figure(name: str, drawing: str) -> str:
    return f"<figure>{drawing}<figcaption>{escape(name)}</figcaption></figure>"


def _histograms(figures: Sequence[Figure]) -> str:
    """Figures as histograms over the same bins."""
    both = np.concatenate(figures)
    low, high = float(both.min()), float(both.max())
    high = high if high - low > 1e-9 else low + 1.0
    shares = [np.histogram(one, BINS, (low, high))[0] / len(one) for one in figures]
    labels = [""] * BINS
    labels[0], labels[-1] = f"{low:.2g}", f"{high:.2g}"
    return _drawn(shares, labels)


def _bars(spreads: Sequence[Spread]) -> str:
    return _drawn([spread.shares for spread in spreads], list(spreads[0].names))


def _drawn(shares: Sequence[Figure], labels: Sequence[str]) -> str:
    """Groups of bars side by side, one bar for each of those who are compared."""
    groups = len(labels)
    highest = max(1e-9, max(float(one.max()) for one in shares))
    group = WIDTH / groups
    bar = group * 0.8 / len(shares)
    parts = []
    for who, one in enumerate(shares):
        for place, share in enumerate(one):
            height = (HEIGHT - FOOT) * float(share) / highest
            x, y = place * group + group * 0.1 + who * bar, HEIGHT - FOOT - height
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{bar:.1f}" height="{height:.1f}"'
                f' fill="{COLOURS[who % len(COLOURS)]}"/>'
            )
    every = max(1, groups // 13)
    for place, label in enumerate(labels):
        if label and place % every == 0:
            x = (place + 0.5) * group
            parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - 5}" text-anchor="middle">{escape(label)}</text>'
            )
    return f'<svg width="{WIDTH}" height="{HEIGHT}" role="img">{"".join(parts)}</svg>'

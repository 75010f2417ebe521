#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Are drawn traces what the programs that open them expect?

    check_trace.py FILE.json FILE.svg ...

JSON: Chrome's trace event format. Spans of one track are inside one another
or apart; asynchronous ones begin and end; arrows begin, go on and end, in the
order of time, each at a span of its track.
SVG: well-formed, with a title, and with a legend for every colour in it.
"""

import collections
import json
import sys
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"
OKABE_ITO = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2",
             "#D55E00", "#CC79A7"}
GREYS = {"#FFFFFF", "#BBBBBB", "#DDDDDD"}


def ns(event, key):
    """Exact: the file has three decimals."""
    return round(event[key] * 1000)


def ends(span):
    return ns(span, "ts"), ns(span, "ts") + ns(span, "dur")


def check_track(spans):
    """The outer first; each ends before what it is inside of."""
    inside = []
    for span in sorted(spans, key=lambda s: (ends(s)[0], -ends(s)[1])):
        begin, end = ends(span)
        while inside and inside[-1] <= begin:
            inside.pop()
        assert not inside or end <= inside[-1], f"overlaps: {span}"
        inside.append(end)


def check_arrow(arrow, tracks):
    phases = [step["ph"] for step in arrow]
    middle = phases[1:-1]
    assert phases[0] == "s" and phases[-1] == "f", phases
    assert all(phase == "t" for phase in middle), phases
    times = [ns(step, "ts") for step in arrow]
    assert times == sorted(times), f"backwards: {arrow}"
    for step in arrow:
        at = ns(step, "ts")
        assert any(begin <= at <= end
                   for begin, end in map(ends, tracks[step["tid"]])), \
            f"at no span: {step}"


def check_json(path):
    with open(path, encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    tracks = collections.defaultdict(list)
    arrows = collections.defaultdict(list)
    stays = collections.defaultdict(list)
    names = set()
    for event in events:
        phase = event["ph"]
        if phase == "X":
            assert event["dur"] >= 0 and event["ts"] >= 0, event
            tracks[event["tid"]].append(event)
        elif phase in "stf":
            arrows[event["id"]].append(event)
        elif phase in "be":
            stays[event["id"]].append(event)
        else:
            assert phase == "M", event
            if event["name"] == "thread_name":
                names.add(event["tid"])
    for track, spans in tracks.items():
        assert track in names, f"track {track} has no name"
        check_track(spans)
    for stay in stays.values():
        assert [event["ph"] for event in stay] == ["b", "e"], stay
        assert ns(stay[0], "ts") <= ns(stay[1], "ts"), stay
    for arrow in arrows.values():
        check_arrow(arrow, tracks)
    return f"{len(events)} events, {len(arrows)} arrows"


def check_svg(path):
    root = ElementTree.parse(path).getroot()
    assert root.tag == SVG + "svg", root.tag
    assert root.find(SVG + "title").text, "no title"
    assert root.find(SVG + "desc").text, "no desc"
    rects = root.iter(SVG + "rect")
    titled = {r.get("fill") for r in rects if r.find(SVG + "title") is not None}
    legend = {r.get("fill") for r in root.findall(SVG + "rect")
              if r.find(SVG + "title") is None}
    used = {e.get("fill") for e in root.iter()} - {None, "none"}
    assert used <= OKABE_ITO | GREYS, used - OKABE_ITO - GREYS
    assert titled <= legend, titled - legend
    return f"{len(titled)} colours"


def main(paths):
    assert paths, __doc__
    for path in paths:
        check = check_json if path.endswith(".json") else check_svg
        print(f"{path}: {check(path)}")


if __name__ == "__main__":
    main(sys.argv[1:])

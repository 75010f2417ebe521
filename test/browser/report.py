#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Opens reports of compare in a browser, as a reader would.

    report.py COMPARE SAMPLE_JSON

COMPARE is the program; SAMPLE_JSON the results of some run, with every part.
The figures of the tables are formatted here once more, from the JSON.
"""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile

import chromium

LIMIT = 400 * 1024
SKIPPED = 77
METRICS = ["requests_per_second", "p50_us", "p99_us", "p999_us", "max_us",
           "cpu_us"]
WHERE = ["queue_us", "handler_us", "output_us", "other_us"]
READY = "window.__report && window.__report.ready"

# Each cell as the lines that a reader sees.
TABLES = """[...document.querySelectorAll("table.KIND")].map((table) => ({
    of: table.dataset.workload ?? table.dataset.sweep ?? null,
    rows: [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) =>
        cell.innerText.trim().split(/\\n/)))}))"""

compare, sample = map(os.path.abspath, sys.argv[1:3])


# ---- the words of the report ----

def digits(value, fine=2):
    if value == 0 or value >= 99.95:
        return f"{value:.0f}"
    if value >= 9.995:
        return f"{value:.1f}"
    return f"{value:.{2 if value >= 0.0995 else fine}f}"


def say_number(value):
    if value is None:
        return "n/a"
    if value >= 999500:
        return digits(value / 1e6) + "M"
    return digits(value / 1e3) + "k" if value >= 9995 else digits(value, 4)


def say_time(us):
    if us is None:
        return "n/a"
    if us >= 999500:
        return digits(us / 1e6) + "\u00a0s"
    return digits(us / 1e3) + "\u00a0ms" if us >= 999.5 \
        else digits(us) + "\u00a0\u00b5s"


def say_metric(metric, value):
    return (say_number if metric == "requests_per_second" else say_time)(value)


def say_range(metric, low, high):
    first, last = say_metric(metric, low), say_metric(metric, high)
    if "\u00a0" in first and first.split("\u00a0")[1] == last.split("\u00a0")[1]:
        first = first.split("\u00a0")[0]
    return f"{first}\u2013{last}"


def say_ratio(value):
    return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


# ---- what is checked of every report ----

def tables(browser, kind):
    """The body rows of each table of a class, by what the table is of."""
    found = browser.evaluate(TABLES.replace("KIND", kind))
    return {table["of"]: table["rows"] for table in found}


def rows_of(results, workload):
    return [result for result in results["results"]
            if result["workload"] == workload]


def name(cell):
    return "".join(cell)


def figures_are_those_of_the_results(browser, results):
    shown = tables(browser, "figures")
    assert set(shown) == {w["id"] for w in results["workloads"]}
    for workload, rows in shown.items():
        rows = iter(rows)
        for result in rows_of(results, workload):
            row = next(rows)
            assert name(row[0]) == result["variant"], row
            for cell, metric in zip(row[1:], METRICS):
                median = result["median"][metric]
                expected = [say_metric(metric, median["value"])]
                if median["value"] is not None:
                    expected += [say_range(metric, median["min"],
                                           median["max"])]
                assert cell == expected, (workload, metric, cell, expected)
            check_relative(row[7], result)
            if result["note"] is not None:
                assert next(rows) == [[result["note"]]]
        assert next(rows, None) is None


def check_relative(cell, result):
    relative = result["relative"]
    if relative["value"] is None:
        assert cell == ["n/a"]
    elif relative["to"] == result["variant"]:
        assert cell == ["1", "the reference"]
    else:
        assert cell == [say_ratio(relative["value"]) + "\u00d7",
                        say_ratio(relative["low"]) + "\u2013" +
                        say_ratio(relative["high"]), relative["verdict"]], cell


def reasons_are_those_of_the_results(browser, results):
    for workload, rows in tables(browser, "reasons").items():
        expected = rows_of(results, workload)
        assert len(rows) == len(expected)
        for row, result in zip(rows, expected):
            assert name(row[0]) == result["variant"]
            assert [cell[0] for cell in row[1:]] == \
                [say_number(v) for v in result["per_request"].values()] + \
                [say_time(result["where"][part]) for part in WHERE], row


def say_winner(winners):
    return "\u2605 best" if len(winners) == 1 else "\u2606 unbeaten"


def sweeps_are_those_of_the_results(browser, results):
    shown = tables(browser, "sweep")
    assert len(shown) == len(results["sweeps"])
    for index, rows in shown.items():
        sweep = results["sweeps"][int(index)]
        points = {(p["variant"], p["value"]): p for p in sweep["points"]}
        for row, variant in zip(rows, results["variants"], strict=True):
            assert name(row[0]) == variant["id"]
            for cell, winners in zip(row[1:], sweep["winners"], strict=True):
                point = points[variant["id"], winners["value"]]
                expected = [
                    say_metric(sweep["metric"], point["median"]),
                    say_range(sweep["metric"], point["min"], point["max"])]
                if variant["id"] in winners["variants"]:
                    expected.append(say_winner(winners["variants"]))
                assert cell == expected, (cell, expected)


def the_score_agrees_with_the_verdicts(browser, results):
    rows = tables(browser, "score")[None]
    for row, variant in zip(rows, results["variants"], strict=True):
        assert name(row[0][:1]) == variant["id"]
        assert row[0][1] == variant["about"]
        for cell, workload in zip(row[1:], results["workloads"], strict=True):
            check_standing(cell, variant["id"], workload, results)


def who_is_unbeaten(clause, variants):
    if clause.startswith("all but "):
        behind = re.findall(r"times (\S+)'s", clause)
        return [variant for variant in variants if variant not in behind]
    unbeaten = clause.split(", the first")[0] if ", the first" in clause \
        else clause.split(", ")[0]
    return re.split(", | or ", unbeaten)


def check_standing(cell, variant, workload, results):
    [result] = [result for result in rows_of(results, workload["id"])
                if result["variant"] == variant]
    clause = workload["verdict"].split("; ")[0].split(": ", 1)[-1]
    names = who_is_unbeaten(clause, [r["variant"] for r in
                                     rows_of(results, workload["id"])])
    median = result["median"][workload["metric"]]["value"]
    assert cell[0] == say_metric(workload["metric"], median)
    assert cell[1].endswith(" \u2020") == (result["note"] is not None), cell
    cell[1] = cell[1].removesuffix(" \u2020")
    if "rounds" in clause:
        assert cell[1] == "not judged", cell
    elif clause == "no difference seen":
        assert cell[1] == "no difference", cell
    elif clause.startswith("undecided, "):
        assert cell[1] == "undecided", cell
    else:
        assert (cell[1] == say_winner(names)) == (variant in names), \
            (cell, clause)
        assert (variant not in names) == \
            cell[1].endswith(("fewer", "longer", "behind")), (cell, clause)


def sentences_are_there(browser, results):
    text = browser.evaluate("document.body.innerText")
    flat = re.sub(r"\s+", " ", text)
    for warning in results["warnings"]:
        assert re.sub(r"\s+", " ", warning) in flat, warning
    for verdict in results["verdicts"]:
        for clause in verdict.split(": ", 1)[1].split("; "):
            assert re.sub(r"\s+", " ", clause) in flat, clause
    assert results["command"] in flat
    for variant in results["variants"]:
        for key in variant["configuration"]:
            assert key in flat, key


def the_json_is_that_of_the_results(browser, results):
    expected = copy.deepcopy(results)
    for result in expected["results"]:
        result["rounds"] = []
    for variant in expected["variants"]:
        variant["configuration"] = {}
    for timeline in expected["timelines"]:
        timeline["spans"] = []
    embedded = json.loads(browser.evaluate(
        "document.getElementById('results').textContent"))
    assert embedded == expected


def spans_are_those_of_the_results(browser, results):
    shown = browser.evaluate("results.timelines.map((t) => t.spans)")
    for timeline, spans in zip(results["timelines"], shown, strict=True):
        expected = sorted(timeline["spans"], key=lambda span: span[0])
        for ours, theirs in zip(expected, spans, strict=True):
            assert [ours[0], ours[1], ours[4]] == \
                [theirs[0], theirs[1], theirs[4]], (ours, theirs)
            # Six digits in the file, tenths of a microsecond in the page.
            assert abs(ours[2] - theirs[2]) < 0.06, (ours, theirs)
            assert abs(ours[3] - theirs[3]) < 0.06, (ours, theirs)


def drawings_are_there(browser, results):
    has_library = browser.evaluate(
        "document.getElementById('library').textContent !== ''")
    drawn = browser.evaluate("window.__report.drawn")
    expected = [f"where {w['id']}" for w in results["workloads"]
                if any(r["where"]["queue_us"] is not None
                       for r in rows_of(results, w["id"]))]
    expected += [f"timeline {t['variant']}" for t in results["timelines"]]
    if has_library:
        expected += [f"percentiles {w['id']}" for w in results["workloads"]]
        expected += [f"sweep {i}" for i in range(len(results["sweeps"]))]
        canvases_are_painted(browser)
    else:
        assert "libjs-chart.js" in browser.evaluate(
            "document.getElementById('no-plots').innerText")
    assert sorted(drawn) == sorted(expected), drawn
    bars_are_to_scale(browser, results)
    lanes_show_all_roles(browser, results)


def canvases_are_painted(browser):
    """Each canvas has pixels, and each line of it has a place to be."""
    for plot in browser.evaluate("""plots.map((chart) => ({
        painted: chart.ctx.getImageData(0, 0, chart.canvas.width,
            chart.canvas.height).data.filter((v, i) => i % 4 === 3 && v).length,
        sets: chart.data.datasets.map((set, i) => ({ id: set.label,
            inside: chart.getDatasetMeta(i).data.filter((point) =>
                point.x >= chart.chartArea.left - 1 &&
                point.x <= chart.chartArea.right + 1 &&
                point.y >= chart.chartArea.top - 1 &&
                point.y <= chart.chartArea.bottom + 1).length,
            all: set.data.length })) }))"""):
        assert plot["painted"] > 5000, plot
        for line in plot["sets"]:
            assert line["all"] > 0 and line["inside"] == line["all"], plot


def bars_are_to_scale(browser, results):
    shown = browser.evaluate("""Object.fromEntries(
        [...document.querySelectorAll("[data-plot=where]")].map((figure) =>
        [figure.dataset.workload, [...figure.querySelectorAll(".bar")].map(
            (bar) => [...bar.children].map((part) =>
                part.getBoundingClientRect().width /
                bar.getBoundingClientRect().width))]))""")
    for workload, drawn in shown.items():
        wheres = [[result["where"][part] for part in WHERE]
                  for result in rows_of(results, workload)]
        wheres = [where for where in wheres if None not in where]
        whole = max(map(sum, wheres), default=1) or 1
        assert len(drawn) == len(wheres)
        for bar, where in zip(drawn, wheres):
            for part, us in zip(bar, where, strict=True):
                assert abs(part - us / whole) < 0.01, (workload, bar, where)


def lanes_show_all_roles(browser, results):
    shown = browser.evaluate("""Object.fromEntries(
        [...document.querySelectorAll(".timeline")].map((figure) =>
        [figure.dataset.variant, { roles: [...figure.querySelectorAll("path")]
            .map((path) => path.getAttribute("class"))
            .filter((name) => name?.startsWith("role-")),
        depth: figure.querySelector(".depth") !== null }]))""")
    for timeline in results["timelines"]:
        roles = {f"role-{span[1]}" for span in timeline["spans"]}
        drawn = shown[timeline["variant"]]
        assert roles <= set(drawn["roles"]), (roles, drawn)
        assert drawn["depth"] == (timeline["queue"] != [])


def nothing_went_wrong(browser):
    assert browser.named("Runtime.exceptionThrown") == []
    assert browser.named("Runtime.consoleAPICalled") == []
    assert browser.named("Log.entryAdded") == []
    if browser.evaluate("document.getElementById('library').textContent"):
        errors = browser.evaluate("window.__report.errors")
        assert errors == [], errors


def nothing_was_asked_of_anyone(browser):
    addresses = [event["request"]["url"]
                 for event in browser.named("Network.requestWillBeSent")]
    assert [a for a in addresses if a.startswith("file:")], addresses
    assert all(a.startswith(("file:", "data:", "blob:", "about:"))
               for a in addresses), addresses


def nothing_overflows(browser):
    for width in (1280, 800, 400):
        resize(browser, width)
        browser.wait(f"document.documentElement.scrollWidth <= {width}")
    resize(browser, 1280)


def resize(browser, width):
    browser.call("Emulation.setDeviceMetricsOverride", width=width,
                 height=800, deviceScaleFactor=1, mobile=False)


# ---- what a reader does ----

def hiding_a_pattern_needs_no_mouse(browser):
    browser.evaluate("document.querySelector('#keys button').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Enter",
                     code="Enter", text="\r", windowsVirtualKeyCode=13)
    assert browser.evaluate("""document.activeElement
        .getAttribute("aria-pressed")""") == "false"
    assert browser.evaluate("""plots.every((chart) =>
        !chart.isDatasetVisible(0) && chart.isDatasetVisible(1))""")
    browser.evaluate("document.activeElement.click()")
    assert browser.evaluate("""plots.every((chart) =>
        chart.isDatasetVisible(0))""")


def the_window_of_the_timelines_moves(browser):
    lanes = "document.querySelector('.timeline > svg').textContent"
    before = browser.evaluate(lanes)
    browser.evaluate("""(() => {
        const length = document.getElementById("window-length");
        const from = document.getElementById("window-from");
        length.value = 5000; length.dispatchEvent(new Event("input"));
        from.value = 20000; from.dispatchEvent(new Event("input")); })()""")
    after = browser.evaluate(lanes)
    assert browser.evaluate("""[...document.querySelectorAll(".timeline")]
        .every((figure) => figure.querySelectorAll("svg").length === 2)""")
    assert "100\u00a0ms" in before and "100\u00a0ms" not in after, before
    assert "20\u00a0ms" in after and "25\u00a0ms" in after, after


def dark_and_paper_have_their_colours(browser):
    paint = "getComputedStyle(document.documentElement).backgroundColor"
    ink = "plots[0]?.options.scales.x.ticks.color"
    light, light_ink = browser.evaluate(paint), browser.evaluate(ink)
    browser.call("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme", "value": "dark"}])
    dark, dark_ink = browser.evaluate(paint), browser.evaluate(ink)
    assert dark != light
    assert dark_ink is None or dark_ink != light_ink
    browser.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert browser.evaluate(paint) == light
    assert browser.evaluate(ink) == light_ink
    browser.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert browser.evaluate(ink) == dark_ink
    assert len(browser.call("Page.printToPDF")["data"]) > 20000


def without_scripts_the_tables_are_there(path, results):
    with chromium.Browser() as browser:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.open(path)
        figures_are_those_of_the_results(browser, results)
        sentences_are_there(browser, results)
        assert browser.evaluate("document.querySelector('noscript')"
                                ".innerText.includes('JavaScript')")


# ---- the reports ----

def render(results_path, report_path):
    subprocess.run([compare, "--from", results_path, "--html", report_path],
                   check=True, stdout=subprocess.DEVNULL, timeout=60)
    size = os.path.getsize(report_path)
    assert size < LIMIT, size
    with open(results_path, encoding="utf-8") as file:
        return json.load(file)


def check(browser, path, results):
    resize(browser, 1280)
    browser.open(path, READY)
    figures_are_those_of_the_results(browser, results)
    reasons_are_those_of_the_results(browser, results)
    sweeps_are_those_of_the_results(browser, results)
    the_score_agrees_with_the_verdicts(browser, results)
    sentences_are_there(browser, results)
    the_json_is_that_of_the_results(browser, results)
    spans_are_those_of_the_results(browser, results)
    drawings_are_there(browser, results)
    nothing_overflows(browser)


def report_of_the_sample():
    results = render(sample, "sample.html")
    with chromium.Browser() as browser:
        check(browser, "sample.html", results)
        if browser.evaluate("plots.length > 0"):
            hiding_a_pattern_needs_no_mouse(browser)
        the_window_of_the_timelines_moves(browser)
        dark_and_paper_have_their_colours(browser)
        nothing_went_wrong(browser)
        nothing_was_asked_of_anyone(browser)
    without_scripts_the_tables_are_there("sample.html", results)


def report_of_a_real_run():
    """So few rounds that nothing may be claimed."""
    subprocess.run([compare, "--reps", "3", "--seconds", "0.02",
                    "--patterns", "hsha,lf,reactor", "--workloads",
                    "echo,block", "--sweep", "block=0,100us",
                    "--json", "run.json", "--no-html"],
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=120)
    results = render("run.json", "run.html")
    with chromium.Browser() as browser:
        check(browser, "run.html", results)
        nothing_went_wrong(browser)
        nothing_was_asked_of_anyone(browser)


def report_of_a_circle():
    """Each is better than the next in three rounds of four."""
    with open(sample, encoding="utf-8") as file:
        results = json.load(file)
    [workload] = [w for w in results["workloads"] if w["id"] == "echo"]
    for i, result in enumerate(rows_of(results, "echo")):
        rates = [(400, 100, 200, 300)[(turn + i) % 4] for turn in range(96)]
        result["rounds"] = [
            result["rounds"][0] | {"requests_per_second": rate}
            for rate in rates]
    said = f"echo: {workload['verdict']}"
    workload["verdict"] = "most requests per second: undecided, as some " \
        "are better than each other in a circle"
    results["verdicts"][results["verdicts"].index(said)] = \
        f"echo: {workload['verdict']}"
    with open("circle.json", "w", encoding="utf-8") as file:
        json.dump(results, file)
    results = render("circle.json", "circle.html")
    with chromium.Browser() as browser:
        check(browser, "circle.html", results)
        nothing_went_wrong(browser)


def report_of_hostile_words():
    """Whatever stands in the results stays text."""
    with open(sample, encoding="utf-8") as file:
        results = json.load(file)
    attack = "</script></table><!--<script>window.hit = 1</script> \"'&amp;\\"
    results["command"] = results["warnings"][0] = attack
    results["workloads"][0]["title"] = attack
    results["results"][0]["note"] = attack
    results["machine"]["model"] = attack
    results["sweeps"][0]["parameter"] = attack
    results["timelines"][0]["threads"][0] = attack
    with open("hostile.json", "w", encoding="utf-8") as file:
        json.dump(results, file)
    results = render("hostile.json", "hostile.html")
    with chromium.Browser() as browser:
        browser.open("hostile.html", READY)
        assert browser.evaluate("window.hit === undefined")
        the_json_is_that_of_the_results(browser, results)
        figures_are_those_of_the_results(browser, results)
        drawings_are_there(browser, results)
        nothing_went_wrong(browser)
        assert browser.evaluate(
            "document.querySelector('pre').textContent") == attack


def main():
    if chromium.find() is None:
        print("skipped: no chromium (Debian's package chromium)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        report_of_the_sample()
        report_of_a_real_run()
        report_of_a_circle()
        report_of_hostile_words()
        os.chdir("/")
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())

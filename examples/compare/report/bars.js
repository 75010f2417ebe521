/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the time goes: a bar for each variant, all to one scale, or each as
 * parts of its own whole. And beside each ratio in a table its interval.
 */
const PARTS = [["queue", "in queue"], ["handler", "in handler"],
	["output", "in output"], ["other", "other"]];

const bars = { asShares: false, figures: [] };

function sumWhere(result) {
	return PARTS.reduce((sum, [part]) =>
		sum + (result.where[`${part}_us`] ?? NaN), 0);
}

function drawBar(result, whole) {
	const bar = make("div", { class: "bar", role: "img", "aria-label":
		PARTS.map(([part, title]) => `${title} ` +
			sayTime(result.where[`${part}_us`])).join(", ") });

	for (const [part, title] of PARTS) {
		const us = result.where[`${part}_us`];
		const share = us / whole * 100;
		const element = make("div", { class: `part part-${part}`,
			style: `width: ${share}%`,
			title: `${title}: ${sayTime(us)}` });

		if (share > 16) {
			element.append(sayTime(us));
		}
		bar.append(element);
	}
	return bar;
}

function fillBars({ body, workload }) {
	const rows = findVariants(workload).filter((result) =>
		!Number.isNaN(sumWhere(result)) && !hidden.has(result.variant));
	const longest = Math.max(...rows.map(sumWhere));

	body.replaceChildren(...rows.flatMap((result) => {
		const sum = sumWhere(result);

		return [make("div", { class: "name" }, sayName(result.variant)),
			drawBar(result, (bars.asShares ? sum : longest) || 1),
			make("div", {}, sayTime(sum))];
	}));
}

function makeBarsLegend() {
	return make("ul", { class: "legend" }, ...PARTS.map(([part, title]) =>
		make("li", {}, make("span", { class: `swatch part part-${part}` }),
			title)));
}

function turnBars() {
	bars.asShares = !bars.asShares;
	bars.figures.forEach(fillBars);
	for (const button of document.querySelectorAll(".choice")) {
		button.setAttribute("aria-pressed", bars.asShares);
		button.textContent = bars.asShares ? "show times" : "show shares";
	}
}

function drawWhere(figure) {
	const workload = figure.dataset.workload;
	const choice = make("button", { class: "choice", type: "button",
		"aria-pressed": "false" }, "show shares");
	const place = { body: make("div", { class: "bars" }), workload };

	if (findVariants(workload).every((result) =>
		Number.isNaN(sumWhere(result)))) {
		figure.append(make("p", { class: "conditions" },
			"Not known for this run."));
		return;
	}
	choice.addEventListener("click", turnBars);
	figure.querySelector("figcaption").append(choice);
	figure.append(place.body, makeBarsLegend());
	bars.figures.push(place);
	fillBars(place);
	noteDrawn("where", workload);
}

/* ---- the interval of a ratio, to one scale within a table ---- */

const FOREST = { width: 110, height: 12, edge: 4 };

function drawForest(relative, toX) {
	const middle = FOREST.height / 2;
	const colour = relative.verdict === "better" ? "--best-ink"
		: relative.verdict === "worse" ? "--behind" : "--muted";

	return draw("svg", { class: "forest", width: FOREST.width,
		height: FOREST.height, "aria-hidden": "true" },
		draw("path", { d: `M${toX(1)} 0v${FOREST.height}`,
			stroke: "var(--muted)", "stroke-dasharray": "2 2" }),
		draw("path", { d: `M${toX(relative.low)} ${middle}` +
			`H${toX(relative.high)}`, "stroke-width": 3,
			stroke: `var(${colour})`, opacity: .55 }),
		draw("circle", { cx: toX(relative.value), cy: middle, r: 3.5,
			fill: `var(${colour})` }));
}

function drawForests(table) {
	const rows = findVariants(table.dataset.workload);
	const known = rows.map((row) => row.relative).filter((relative) =>
		relative.low > 0 && relative.high > 0);
	const low = Math.log(Math.min(1, ...known.map((r) => r.low)));
	const high = Math.log(Math.max(1, ...known.map((r) => r.high)));
	const room = FOREST.width - 2 * FOREST.edge;
	const toX = (ratio) => FOREST.edge +
		(Math.log(ratio) - low) / (high - low || 1) * room;
	const cells = table.querySelectorAll("td.relative");
	let i = 0;

	for (const row of rows) {
		const relative = row.relative;

		if (relative.value === null || relative.to === row.variant ||
			relative.to === null) {
			continue;
		}
		if (known.includes(relative)) {
			cells[i].querySelector("small")
				.prepend(drawForest(relative, toX));
		}
		i++;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Chart.js draws. Percentiles stand on an axis of nines: x is how often
 * one of so many requests took longer, as a power of ten, so that 90 %, 99 %
 * and 99.9 % are equally far apart. A sweep's axis is logarithmic, with 0,
 * where there is one, a step left of the smallest value.
 */
const plots = [];

function toNines(fraction) {
	return -Math.log10(1 - fraction);
}

function sayFraction(fraction) {
	return `${Number((fraction * 100).toPrecision(7))}\u00a0%`;
}

/* Powers of ten, with 2 and 5 between them where there is room. */
function makeTicks(min, max) {
	const steps = Math.log10(max / min) > 2.6 ? [1] : [1, 2, 5];
	const ticks = [];

	for (let power = Math.floor(Math.log10(min));
		power <= Math.log10(max); power++) {
		for (const step of steps) {
			const value = step * 10 ** power;

			if (value >= min && value <= max) {
				ticks.push({ value });
			}
		}
	}
	return ticks;
}

function makeAxis(title, more) {
	return { title: { display: true, text: title }, border: {}, ...more };
}

/* Above the values is room for lines of text, if any. */
function makeLogAxis(title, values, say, lines = 0) {
	const least = Math.min(...values);
	const most = Math.max(...values);
	const min = least / 1.15;
	const max = most * 1.15 * (most / least) ** (lines * .08);

	return makeAxis(title, { type: "logarithmic", min, max,
		afterBuildTicks: (axis) => { axis.ticks = makeTicks(min, max); },
		ticks: { callback: say, autoSkip: false } });
}

function makeSet(id, data) {
	const look = looks.get(id);

	return { label: id, data, borderDash: look.dash, borderWidth: 2,
		pointStyle: look.marker, hidden: hidden.has(id), clip: 8 };
}

/* Colours are asked for anew whenever the page changes its own. */
function paint(chart) {
	const ink = getColour("--ink");
	const line = getColour("--line");

	for (const set of chart.data.datasets) {
		const colour = getColour(looks.get(set.label).colour);

		set.borderColor = set.pointBorderColor = colour;
		set.backgroundColor = set.pointBackgroundColor = colour;
		set.hidden = hidden.has(set.label);
	}
	for (const axis of Object.values(chart.options.scales)) {
		axis.grid = { color: line, borderColor: line };
		axis.ticks.color = axis.title.color = ink;
	}
	chart.update("none");
}

function addPlot(figure, kind, label, config) {
	const canvas = make("canvas", { role: "img", "aria-label": label });

	figure.append(make("div", { class: "canvas" }, canvas),
		makeLegend(config.data.datasets.map((set) => set.label)));
	config.options = { animation: false, maintainAspectRatio: false,
		devicePixelRatio: Math.max(2, window.devicePixelRatio),
		interaction: { mode: "nearest", intersect: false },
		...config.options };
	config.options.plugins = { legend: { display: false },
		...config.options.plugins };
	const chart = new Chart(canvas, config);
	paint(chart);
	plots.push(chart);
	noteDrawn(kind, figure.dataset.workload ?? figure.dataset.sweep);
}

/* ---- percentiles ---- */

const NINES = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

function getPercentiles(result) {
	return result.percentiles
		.filter(([fraction, us]) => fraction >= 0.5 && us > 0)
		.map(([fraction, us]) => ({ x: toNines(fraction), y: us, fraction }));
}

function makePercentileTable(rows) {
	const fractions = [...new Set(rows.flatMap((row) =>
		row.percentiles.map(([fraction]) => fraction)))].sort();
	const head = make("tr", {}, make("th", { scope: "col" }, "pattern"),
		...fractions.map((fraction) =>
			make("th", { scope: "col" }, sayFraction(fraction))));
	const body = rows.map((row) => {
		const of = new Map(row.percentiles);

		return make("tr", {}, make("th", { scope: "row" },
			sayName(row.variant)), ...fractions.map((fraction) =>
			make("td", {}, sayTime(of.get(fraction) ?? null))));
	});

	return make("details", {}, make("summary", {}, "These as a table"),
		make("div", { class: "wide", tabindex: 0, role: "region",
			"aria-label": "percentiles" },
		make("table", { class: "percentiles" }, make("thead", {}, head),
			make("tbody", {}, ...body))));
}

function drawPercentiles(figure) {
	const workload = figure.dataset.workload;
	const rows = findVariants(workload);
	const sets = rows.map((row) => ({
		...makeSet(row.variant, getPercentiles(row)),
		pointRadius: (point) =>
			NINES.includes(point.raw?.fraction) ? 4 : 0,
		pointHoverRadius: 5,
	})).filter((set) => set.data.length > 0);
	const points = sets.flatMap((set) => set.data);
	const nines = NINES.filter((fraction) =>
		points.some((point) => point.fraction >= fraction));

	if (sets.length === 0) {
		figure.append(make("p", { class: "conditions" },
			"This load generator tells none."));
		return;
	}
	addPlot(figure, "percentiles", `Latency by percentile of ${workload}`, {
		type: "line", data: { datasets: sets },
		options: { scales: {
			x: makeAxis("so many of all requests took no longer", {
				type: "linear", min: toNines(0.5),
				max: Math.max(...points.map((point) => point.x)),
				afterBuildTicks: (axis) => {
					axis.ticks = nines.map((fraction) =>
						({ value: toNines(fraction) }));
				},
				ticks: { autoSkip: false, maxRotation: 0,
					callback: (x) => sayFraction(1 - 10 ** -x) },
			}),
			y: makeLogAxis("latency (logarithmic)",
				points.map((point) => point.y), sayRoundTime),
		}, plugins: { tooltip: { callbacks: {
			title: ([item]) => sayFraction(item.raw.fraction),
			label: (item) => `${item.dataset.label}: within ` +
				sayTime(item.raw.y),
		} } } },
	});
	figure.append(makePercentileTable(rows));
}

/* ---- sweeps ---- */

function makePlaces(sweep) {
	const values = [...new Set(sweep.points.map((point) => point.value))]
		.sort((a, b) => a - b);
	const positive = values.filter((value) => value > 0);
	const zero = Math.log10(positive[0] ?? 1) - .6;

	return { values, at: (value) => value > 0 ? Math.log10(value) : zero };
}

/* From the smallest to the largest, through the median. */
const whiskers = {
	id: "whiskers",
	afterDatasetsDraw(chart) {
		const context = chart.ctx;

		chart.data.datasets.forEach((set, index) => {
			const meta = chart.getDatasetMeta(index);

			if (!chart.isDatasetVisible(index)) {
				return;
			}
			context.strokeStyle = set.borderColor;
			context.lineWidth = 1.5;
			context.beginPath();
			meta.data.forEach((element, i) => {
				const { min, max } = set.data[i];
				const top = chart.scales.y.getPixelForValue(max);
				const bottom = chart.scales.y.getPixelForValue(min);

				context.moveTo(element.x, top);
				context.lineTo(element.x, bottom);
				for (const y of [top, bottom]) {
					context.moveTo(element.x - 3, y);
					context.lineTo(element.x + 3, y);
				}
			});
			context.stroke();
		});
	},
};

/* Where one overtakes another; of many the list above the plot tells. */
const SHOWN = 3;

function makeCrossings(sweep, places) {
	return { id: "crossings", beforeDatasetsDraw(chart) {
		const { top, bottom } = chart.chartArea;
		const context = chart.ctx;

		const shown = sweep.crossovers.slice(0, SHOWN).map((crossover) =>
			({ text: `${crossover.before} → ${crossover.after}`,
				from: chart.scales.x.getPixelForValue(
					places.at(crossover.from)),
				to: chart.scales.x.getPixelForValue(
					places.at(crossover.to)) }));

		context.save();
		context.fillStyle = getColour("--raised");
		for (const { from, to } of shown) {
			context.fillRect(from, top, to - from, bottom - top);
		}
		context.fillStyle = getColour("--muted");
		context.font = `12px ${Chart.defaults.font.family}`;
		context.textAlign = "center";
		shown.forEach(({ text, from, to }, i) =>
			context.fillText(text, (from + to) / 2, top + 16 + 16 * i));
		context.restore();
	} };
}

function makeSweepSets(sweep, places, width) {
	const ids = results.variants.map((variant) => variant.id).filter((id) =>
		sweep.points.some((point) => point.variant === id));
	const wins = new Set(sweep.winners.flatMap((winner) =>
		winner.variants.map((id) => `${winner.value} ${id}`)));

	return ids.map((id, index) => {
		const aside = (index - (ids.length - 1) / 2) * width;
		const points = sweep.points.filter((point) => point.variant === id &&
			point.median > 0);
		const radii = points.map((point) =>
			wins.has(`${point.value} ${id}`) ? 6 : 3);

		return { ...makeSet(id, points.map((point) => ({ ...point,
			x: places.at(point.value) + aside, y: point.median }))),
			pointRadius: radii, pointHoverRadius: 7 };
	});
}

function drawSweep(figure) {
	const sweep = results.sweeps[Number(figure.dataset.sweep)];
	const places = makePlaces(sweep);
	const first = places.at(places.values[0]);
	const last = places.at(places.values.at(-1));
	const range = last - first || 1;
	const say = sweep.unit === "us" ? sayRoundTime : sayRoundNumber;
	const [metric, sayValue, sayRound] = METRICS[sweep.metric];
	const sets = makeSweepSets(sweep, places,
		range * Math.min(.009, .05 / results.variants.length));
	const values = sets.flatMap((set) => set.data.flatMap((point) =>
		[point.min, point.max].filter((value) => value > 0)));

	if (values.length === 0) {
		return;
	}
	addPlot(figure, "sweep", `${metric} by ${sweep.parameter}`, {
		type: "line", data: { datasets: sets },
		plugins: [makeCrossings(sweep, places), whiskers],
		options: { scales: {
			x: makeAxis(sayParameter(sweep), { type: "linear",
				min: first - range * .05, max: last + range * .05,
				afterBuildTicks: (axis) => {
					axis.ticks = places.values.map((value) =>
						({ value: places.at(value) }));
				},
				ticks: { autoSkip: false, maxRotation: 0,
					callback: (_, i) => say(places.values[i]) },
			}),
			y: makeLogAxis(`${metric} (logarithmic)`, values, sayRound,
				Math.min(sweep.crossovers.length, SHOWN)),
		}, plugins: { tooltip: { callbacks: {
			title: ([item]) =>
				`${sweep.parameter} ${say(item.raw.value)}`,
			label: ({ dataset, raw }) => `${dataset.label}: ` +
				`${sayValue(raw.median)} ` +
				`(${sayValue(raw.min)} to ${sayValue(raw.max)})`,
		} } } },
	});
	figure.append(make("p", { class: "conditions" },
		"A large marker: nobody beats it at that value."));
}

function sayParameter(sweep) {
	const titles = { block: "time that the handler sleeps",
		threads: "threads in the pool", connections: "connections" };

	return `${titles[sweep.parameter] ?? sweep.parameter} (logarithmic` +
		(sweep.points.some((point) => point.value === 0)
			? "; 0 at the left)" : ")");
}

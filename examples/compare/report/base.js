/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all drawings need: the results, elements, numbers in words, and how a
 * pattern looks. A pattern has one colour in all its settings, and each
 * variant a dash and a marker of its own.
 */
const results = JSON.parse(document.getElementById("results").textContent);

/* The page has the spans of a thread as one text: letter, how long in tenths
 * of a microsecond, and of whom. */
const LETTERS = { a: "asynchronous", l: "leader", d: "dispatching",
	w: "processing", p: "parked", s: "searching" };

function readLane(text, thread) {
	const spans = [];
	let at = 0;

	for (const [, letter, tenths, handle] of
		text.matchAll(/(\S)(-?\d+)(?:,(\S+))?/g)) {
		const end = at + Number(tenths);

		if (letter !== "_") {
			spans.push([thread, LETTERS[letter], at / 10, end / 10,
				handle ?? ""]);
		}
		at = end;
	}
	return spans;
}

JSON.parse(document.getElementById("lanes").textContent)
	.forEach((lanes, i) => {
		results.timelines[i].spans = lanes.flatMap(readLane);
	});

/* What a test asks: which drawings there are, and what went wrong. */
window.__report = { ready: false, drawn: [], errors: [] };
window.addEventListener("error", (event) =>
	window.__report.errors.push(String(event.message)));

function make(name, attributes = {}, ...children) {
	const element = document.createElement(name);

	for (const [key, value] of Object.entries(attributes)) {
		element.setAttribute(key, value);
	}
	element.append(...children);
	return element;
}

function draw(name, attributes = {}, ...children) {
	const element = document.createElementNS(
		"http://www.w3.org/2000/svg", name);

	for (const [key, value] of Object.entries(attributes)) {
		element.setAttribute(key, value);
	}
	element.append(...children);
	return element;
}

/* Three digits, as the tables have them. */
function sayDigits(value) {
	const digits = value === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;

	return value.toFixed(digits);
}

function sayTime(us) {
	if (us === null) {
		return "n/a";
	}
	if (us >= 999500) {
		return sayDigits(us / 1e6) + "\u00a0s";
	}
	return us >= 999.5 ? sayDigits(us / 1e3) + "\u00a0ms"
		: sayDigits(us) + "\u00a0µs";
}

/* Without the digits that say nothing: for the values on an axis. */
function sayRoundTime(us) {
	const [value, unit] = us >= 1e6 ? [us / 1e6, "s"]
		: us >= 1e3 ? [us / 1e3, "ms"] : [us, "µs"];

	return us === 0 ? "0" : Number(value.toPrecision(3)) + "\u00a0" + unit;
}

function sayNumber(value) {
	if (value === null) {
		return "n/a";
	}
	if (value >= 999500) {
		return sayDigits(value / 1e6) + "M";
	}
	return value >= 9995 ? sayDigits(value / 1e3) + "k" : sayDigits(value);
}

function sayRoundNumber(value) {
	return value >= 1e6 ? Number((value / 1e6).toPrecision(3)) + "M"
		: value >= 1e3 ? Number((value / 1e3).toPrecision(3)) + "k"
		: String(Number(value.toPrecision(3)));
}

const METRICS = {
	requests_per_second: ["requests per second", sayNumber, sayRoundNumber],
	p50_us: ["p50", sayTime, sayRoundTime],
	p99_us: ["p99", sayTime, sayRoundTime],
	p999_us: ["p99.9", sayTime, sayRoundTime],
	max_us: ["longest", sayTime, sayRoundTime],
	cpu_us: ["CPU per request", sayTime, sayRoundTime],
};

/* ---- how a variant looks ---- */

const FAMILIES = ["half-sync-half-async", "leader-followers", "reactor",
	"half-sync-half-reactive", "reactor-per-thread",
	"thread-per-connection"];
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [15, 4]];
const MARKERS = ["circle", "triangle", "rect", "rectRot", "star", "crossRot"];

/* How much of what is mixed into a family's colour. */
const TINTS = [["--ink", 0], ["--ink", .3], ["--paper", .25], ["--ink", .55],
	["--paper", .4]];

const looks = new Map();
const hidden = new Set();

function giveLooks() {
	const members = new Map();

	results.variants.forEach((variant, index) => {
		const place = members.get(variant.pattern) ?? 0;
		const family = FAMILIES.indexOf(variant.pattern);

		members.set(variant.pattern, place + 1);
		looks.set(variant.id, {
			family: `--family-${(family < 0 ? index : family) % 6 + 1}`,
			tint: TINTS[place % TINTS.length],
			colour: `--variant-${index}`,
			dash: DASHES[place % DASHES.length],
			marker: MARKERS[index % MARKERS.length],
		});
	});
}

function getColour(name) {
	return getComputedStyle(document.documentElement)
		.getPropertyValue(name).trim();
}

function readColour(name) {
	const digits = getColour(name).slice(1);
	const each = digits.length === 3 ? [...digits].map((d) => d + d)
		: digits.match(/../g);

	return each.map((pair) => parseInt(pair, 16));
}

/* Gives each variant its shade of the family, which dark and light differ in. */
function dyeVariants() {
	for (const { family, tint: [other, part], colour } of looks.values()) {
		const added = readColour(other);
		const mixed = readColour(family).map((value, i) =>
			Math.round(value * (1 - part) + added[i] * part));

		document.documentElement.style.setProperty(colour,
			`rgb(${mixed.join(", ")})`);
	}
}

const MARKS = {
	circle: "M17 2a4 4 0 1 0 .01 0z",
	triangle: "M17 1.5l4.6 8h-9.2z",
	rect: "M13.3 2.3h7.4v7.4h-7.4z",
	rectRot: "M17 .8l5.2 5.2-5.2 5.2-5.2-5.2z",
	star: "M17 1v10M12.7 3.5l8.6 5M12.7 8.5l8.6-5",
	crossRot: "M13.5 2.5l7 7M20.5 2.5l-7 7",
};

/* The piece of line that stands before a variant's name. */
function drawKey(id) {
	const look = looks.get(id);

	return draw("svg", { class: "key", viewBox: "0 0 34 12",
		"aria-hidden": "true" },
		draw("path", { d: "M0 6h34", fill: "none", "stroke-width": 2,
			stroke: `var(${look.colour})`,
			"stroke-dasharray": look.dash.join(" ") || "none" }),
		draw("path", { d: MARKS[look.marker], "stroke-width": 1.5,
			fill: `var(${look.colour})`,
			stroke: `var(${look.colour})` }));
}

/* Long names may break where the tables break them. */
function sayName(id) {
	const name = make("span");

	for (const piece of id.split(/(?<=[:+])/)) {
		name.append(piece, make("wbr"));
	}
	return name;
}

function makeLegend(ids) {
	return make("ul", { class: "legend" }, ...ids.map((id) =>
		make("li", {}, drawKey(id), sayName(id))));
}

function addKeysToTables() {
	for (const cell of document.querySelectorAll("[data-key]")) {
		if (looks.has(cell.dataset.key)) {
			cell.prepend(drawKey(cell.dataset.key));
		}
	}
}

function findVariants(workload) {
	return results.results.filter((result) => result.workload === workload);
}

function noteDrawn(kind, of) {
	window.__report.drawn.push(`${kind} ${of}`);
}

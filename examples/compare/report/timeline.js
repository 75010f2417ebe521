/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who did what: a lane for each thread, and what was queued as a line below.
 * How high a piece is says what its colour says: whoever processes fills the
 * lane, whoever waits for events half of it, whoever is parked is a line.
 */
const ROLES = [
	["asynchronous", "asynchronous layer", .56],
	["leader", "leader, waiting", .56],
	["dispatching", "waiting for events", .56],
	["processing", "in a handler", 1],
	["searching", "looking for work", .34],
	["parked", "parked", .12],
];
const HEIGHT = new Map(ROLES.map(([role, , height]) => [role, height]));
const TITLE = new Map(ROLES.map(([role, title]) => [role, title]));

const GUTTER = 150;
const EDGE = 12;
const NARROWEST = 480;
const PAPER = 700;

/* What is shown, in microseconds, and how wide, in pixels. */
const view = { from: 0, length: 0, width: 0, lanes: [] };

/* Threads that were parked all the time have no lane. */
function findLanes(timeline) {
	const busy = new Set(timeline.spans.filter(([, role]) =>
		role !== "parked").map(([thread]) => thread));

	return timeline.threads.map((name, thread) => ({ name, thread }))
		.filter(({ thread }) => busy.has(thread));
}

function toX(us) {
	return GUTTER + (us - view.from) / view.length *
		(view.width - GUTTER - EDGE);
}

function findVisible(timeline) {
	const end = view.from + view.length;

	return timeline.spans.filter(([, , begin, finish]) =>
		finish >= view.from && begin <= end);
}

function clip([, , begin, end]) {
	const left = toX(Math.max(begin, view.from));

	return [left, Math.max(.6,
		toX(Math.min(end, view.from + view.length)) - left)];
}

/* One path a role: thousands of rectangles would be slow. */
function drawSpans(timeline, tops, lane) {
	const paths = new Map(ROLES.map(([role]) => [role, ""]));

	for (const span of findVisible(timeline)) {
		const [thread, role] = span;

		if (!tops.has(thread) || !paths.has(role)) {
			continue;
		}
		const [x, width] = clip(span);
		const height = lane * HEIGHT.get(role);
		const y = tops.get(thread) + (lane - height) / 2;

		paths.set(role, paths.get(role) + `M${x.toFixed(1)} ` +
			`${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}` +
			`h${(-width).toFixed(1)}z`);
	}
	return [...paths].filter(([, d]) => d !== "").map(([role, d]) =>
		draw("path", { d, class: `role-${role}` }));
}

/* Which connection it is, where there is room to say it. */
function drawHandles(timeline, tops, lane) {
	return findVisible(timeline).filter(([thread, role, , , handle]) =>
		role === "processing" && handle !== "" && tops.has(thread) &&
		lane >= 12).map((span) => [span, clip(span)])
		.filter(([[, , , , handle], [, width]]) =>
			width > 6.5 * handle.length + 6)
		.map(([[thread, , , , handle], [x, width]]) =>
			draw("text", { x: x + width / 2, class: "handle",
				y: tops.get(thread) + lane / 2 + 3.5,
				"text-anchor": "middle" }, handle));
}

function chooseStep(length) {
	const most = (view.width - GUTTER) / 80;

	return [50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000]
		.find((step) => length / step <= most) ?? length / 2;
}

function drawAxis(bottom) {
	const step = chooseStep(view.length);
	const group = draw("g");

	for (let us = Math.ceil(view.from / step) * step;
		us <= view.from + view.length + .01; us += step) {
		const x = toX(us);

		group.append(draw("path", { class: "grid",
			d: `M${x} 18V${bottom}` }),
			draw("text", { x, y: 12, "text-anchor":
				us === view.from + view.length ? "end" : "middle" },
				`${Number((us / 1000).toFixed(2))}\u00a0ms`));
	}
	return group;
}

function drawQueue(timeline, top, height) {
	const deepest = Math.max(1, ...timeline.queue.map(([, depth]) => depth));
	const toY = (depth) => top + height - depth / deepest * height;
	const end = view.from + view.length;
	let depth = 0;
	let d = "";

	for (const [us, next] of timeline.queue) {
		if (us >= view.from && us <= end) {
			d += `${d === "" ? `M${toX(view.from)} ${toY(depth)}` : ""}` +
				`H${toX(us).toFixed(1)}V${toY(next).toFixed(1)}`;
		}
		depth = us <= end ? next : depth;
	}
	d = (d || `M${toX(view.from)} ${toY(depth)}`) + `H${toX(end)}`;
	return [
		draw("path", { class: "grid", d: `M${GUTTER} ${top + height}` +
			`H${view.width - EDGE}M${GUTTER} ${top}` +
			`H${view.width - EDGE}` }),
		draw("path", { class: "depth", d }),
		draw("text", { x: GUTTER - 8, y: top + height / 2 + 4,
			"text-anchor": "end" }, "requests queued"),
		draw("text", { x: GUTTER + 3, y: top - 3 },
			`up to ${deepest}`),
	];
}

function fillTimeline({ timeline, place }) {
	const lanes = findLanes(timeline);
	const lane = lanes.length > 24 ? 7 : 17;
	const step = lane + (lane > 10 ? 4 : 2);
	const tops = new Map(lanes.map(({ thread }, i) =>
		[thread, 24 + i * step]));
	const bottom = 24 + lanes.length * step;
	const hasQueue = timeline.queue.length > 0;
	const height = bottom + (hasQueue ? 62 : 4);
	const svg = draw("svg", { viewBox: `0 0 ${view.width} ${height}`,
		role: "img", "aria-label":
		`Roles of the threads of ${timeline.variant}` },
		drawAxis(bottom), ...drawSpans(timeline, tops, lane),
		...drawHandles(timeline, tops, lane));

	lanes.forEach(({ name, thread }, i) => {
		if (lane > 10 || i % 2 === 0) {
			svg.append(draw("text", { x: GUTTER - 8, "text-anchor": "end",
				y: tops.get(thread) + lane / 2 + 4 }, name));
		}
	});
	if (hasQueue) {
		svg.append(...drawQueue(timeline, bottom + 18, 36));
	}
	svg.addEventListener("pointermove", (event) =>
		tell(timeline, tops, lane, svg, event));
	place.querySelector(":scope > svg")?.remove();
	place.querySelector(".says").before(svg);
}

/* What lies under the pointer, in words. */
function tell(timeline, tops, lane, svg, event) {
	const box = svg.getBoundingClientRect();
	const scale = view.width / box.width;
	const x = (event.clientX - box.left) * scale;
	const y = (event.clientY - box.top) * scale;
	const us = view.from + (x - GUTTER) / (view.width - GUTTER - EDGE) *
		view.length;
	const thread = [...tops].find(([, top]) =>
		y >= top && y <= top + lane)?.[0];
	const span = timeline.spans.find(([of, , begin, end]) =>
		of === thread && us >= begin && us <= end);

	svg.parentNode.querySelector(".says").textContent = span === undefined
		? "" : `${timeline.threads[thread]}: ${TITLE.get(span[1])}` +
			`${span[4] ? ` (${span[4]})` : ""}, ` +
			`${sayTime(span[3] - span[2])} from ` +
			`${(span[2] / 1000).toFixed(3)} ms on`;
}

function sayIdle(timeline) {
	const idle = timeline.threads.length - findLanes(timeline).length;

	return idle === 0 ? "" : `and ${idle} more thread` +
		`${idle > 1 ? "s" : ""}, parked all the time`;
}

function makeWindow() {
	const whole = results.timelines[0].microseconds;
	const from = make("input", { type: "range", min: 0, max: 0, value: 0,
		step: 100, id: "window-from" });
	const length = make("select", { id: "window-length" });
	const update = () => {
		view.length = Number(length.value);
		from.max = whole - view.length;
		from.step = view.length / 20;
		from.disabled = view.length === whole;
		view.from = Math.min(Number(from.value), whole - view.length);
		view.lanes.forEach(fillTimeline);
	};

	for (const us of [whole, whole / 2, whole / 5, whole / 10, whole / 20,
		whole / 50, whole / 100]) {
		length.append(make("option", { value: us }, sayRoundTime(us)));
	}
	from.addEventListener("input", update);
	length.addEventListener("input", update);
	view.length = whole;
	from.disabled = true;
	return make("div", { class: "window" },
		make("label", {}, "Show ", length),
		make("label", {}, "from ", from));
}

/* How many threads were in a role, on average: the lanes as numbers. */
function makeRoleTable() {
	const used = ROLES.filter(([role]) => results.timelines.some((timeline) =>
		timeline.spans.some((span) => span[1] === role)));
	const rows = results.timelines.map((timeline) => {
		const share = (role) => timeline.spans.reduce(
			(sum, [, of, begin, end]) =>
				sum + (of === role ? end - begin : 0), 0) /
			timeline.microseconds;
		const depth = Math.max(0, ...timeline.queue.map(([, d]) => d));

		return make("tr", {}, make("th", { scope: "row",
			"data-key": timeline.variant }, sayName(timeline.variant)),
			make("td", {}, String(timeline.threads.length)),
			...used.map(([role]) => make("td", {},
				share(role) === 0 ? "–" : share(role).toFixed(2))),
			make("td", {}, timeline.queue.length ? String(depth) : "–"));
	});

	return make("div", { class: "wide", tabindex: 0, role: "region",
		"aria-label": "threads by role" },
		make("table", { class: "roles" }, make("caption", {},
			"So many threads were, on average"),
			make("thead", {}, make("tr", {},
				...["pattern", "threads", ...used.map(([, title]) => title),
					"most queued"].map((title) =>
					make("th", { scope: "col" }, title)))),
			make("tbody", {}, ...rows)));
}

function makeRoleLegend() {
	return make("ul", { class: "legend" }, ...ROLES.filter(([role]) =>
		results.timelines.some((timeline) =>
			timeline.spans.some((span) => span[1] === role)))
		.map(([role, title, height]) => make("li", {},
			draw("svg", { class: "swatch", viewBox: "0 0 26 13" },
				draw("rect", { class: `role-${role}`, width: 26,
					height: 13 * height, y: 6.5 * (1 - height) })),
			title)));
}

/* Letters keep their size, however wide the page is. */
function fitTimelines(width) {
	const fitting = Math.max(NARROWEST, Math.round(width));

	if (fitting !== view.width) {
		view.width = fitting;
		view.lanes.forEach(fillTimeline);
	}
}

function drawTimelines(section) {
	if (results.timelines.length === 0) {
		return;
	}
	const first = results.timelines[0];

	view.width = Math.max(NARROWEST, section.clientWidth);

	section.append(make("h2", {}, `${first.microseconds / 1000} ms of each`,
		make("small", {}, first.workload)), makeWindow(),
		makeRoleLegend());
	for (const timeline of results.timelines) {
		const place = make("figure", { class: "timeline",
			"data-variant": timeline.variant },
			make("figcaption", {}, drawKey(timeline.variant),
				sayName(timeline.variant),
				make("small", {}, sayIdle(timeline))),
			make("div", { class: "says" }));

		section.append(place);
		view.lanes.push({ timeline, place });
		fillTimeline({ timeline, place });
		noteDrawn("timeline", timeline.variant);
	}
	section.append(makeRoleTable());
	window.addEventListener("resize", () =>
		fitTimelines(section.clientWidth));
}

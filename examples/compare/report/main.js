/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Draws everything that is not there without a script, and redraws it when
 * the colours change, for dark and light and for paper.
 */
async function loadLibrary() {
	const packed = document.getElementById("library").textContent;

	if (packed === "") {
		throw new Error("the plots need Chart.js, from the package " +
			"libjs-chart.js when compare is built");
	}
	if (typeof DecompressionStream === "undefined") {
		throw new Error("the plots need a browser of 2023 or later");
	}
	const bytes = Uint8Array.from(atob(packed), (byte) =>
		byte.charCodeAt(0));
	const stream = new Blob([bytes]).stream()
		.pipeThrough(new DecompressionStream("gzip"));

	document.head.append(make("script", {},
		await new Response(stream).text()));
}

function complain(error) {
	const place = document.getElementById("no-plots");

	place.textContent = `No plots: ${error.message}.`;
	place.hidden = false;
	window.__report.errors.push(error.message);
	for (const figure of document.querySelectorAll(
		"[data-plot=percentiles], [data-plot=sweep]")) {
		figure.hidden = true;
	}
}

/* Each pattern may be hidden in all plots at once. */
function makeKeys() {
	const place = document.getElementById("keys");

	place.append("Plots show ");
	for (const { id } of results.variants) {
		const button = make("button", { type: "button",
			"aria-pressed": "true" }, drawKey(id), id);

		button.addEventListener("click", () => {
			const shown = hidden.delete(id) || !hidden.add(id);

			button.setAttribute("aria-pressed", shown);
			plots.forEach(paint);
			bars.figures.forEach(fillBars);
		});
		place.append(button);
	}
	place.hidden = false;
}

function drawAll(kind, draw) {
	for (const figure of document.querySelectorAll(
		`[data-plot=${kind}]`)) {
		draw(figure);
	}
}

function redraw() {
	dyeVariants();
	plots.forEach(paint);
}

/* On paper the colours are those of light, and plots have the size they are
 * printed at: what is scaled then has letters that cannot be read. */
function dressForPaper(isPaper) {
	document.documentElement.classList.toggle("printing", isPaper);
	for (const plot of plots) {
		const isWide = plot.canvas.closest("section.sweep") !== null;

		if (isPaper) {
			plot.resize(isWide ? 690 : 410, isWide ? 330 : 290);
		} else {
			plot.resize();
		}
	}
	fitTimelines(isPaper ? PAPER
		: document.getElementById("timelines").clientWidth);
	redraw();
}

function removeDeadLinks() {
	for (const link of document.querySelectorAll("nav a")) {
		const part = document.querySelector(link.getAttribute("href"));

		link.hidden = part.children.length === 0;
	}
}

async function start() {
	giveLooks();
	dyeVariants();
	makeKeys();
	drawAll("where", drawWhere);
	document.querySelectorAll("table.figures").forEach(drawForests);
	drawTimelines(document.getElementById("timelines"));
	addKeysToTables();
	removeDeadLinks();
	try {
		await loadLibrary();
		Chart.defaults.font.family = getComputedStyle(document.body)
			.fontFamily;
		Chart.defaults.font.size = 12.5;
		drawAll("percentiles", drawPercentiles);
		drawAll("sweep", drawSweep);
	} catch (error) {
		complain(error);
	}
	matchMedia("(prefers-color-scheme: dark)")
		.addEventListener("change", redraw);
	window.addEventListener("beforeprint", () => dressForPaper(true));
	window.addEventListener("afterprint", () => dressForPaper(false));
	window.__report.ready = true;
}

start();

/* Features that need a script: ages of live parts, charts, and selecting all rows. Pages are readable without it. */
"use strict";

(() => {
  const STALE_AFTER = 3;

  function ageInWords(seconds) {
    return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  }

  function loadedAt(part) {
    part.dataset.loadedAt ||= String(Date.now());
    return Number(part.dataset.loadedAt);
  }

  function showAges() {
    for (const part of document.querySelectorAll("[data-live]")) {
      const seconds = (Date.now() - loadedAt(part)) / 1000;
      const note = part.querySelector(".stale");
      note.hidden = seconds < STALE_AFTER * Number(part.dataset.live);
      note.querySelector("[data-age]").textContent = ageInWords(seconds);
    }
  }

  function chooseAll(box) {
    for (const each of document.querySelectorAll(`input[name="${box.dataset.chooseAll}"]`)) each.checked = box.checked;
    countChosen();
  }

  function countChosen() {
    for (const shown of document.querySelectorAll("[data-chosen]")) {
      const count = document.querySelectorAll(`input[name="${shown.dataset.chosen}"]:checked`).length;
      shown.dataset.none ||= shown.textContent;
      shown.textContent = count ? `${count} chosen` : shown.dataset.none;
    }
  }

  /* A figure has its numbers as JSON in `data-chart`: {unit, times, series: [{label, color, values}]}. */
  function draw(figure) {
    const chart = JSON.parse(figure.dataset.chart);
    const place = figure.querySelector("[data-plot]");
    place.replaceChildren();
    const probe = document.createElement("span");
    place.append(probe);
    const resolved = (name) => ((probe.style.color = `var(${name})`), getComputedStyle(probe).color);
    const axis = {stroke: resolved("--muted"), grid: {stroke: resolved("--line"), width: 1}, ticks: {show: false}};
    const series = chart.series.map((each) => ({
      label: each.label, stroke: resolved(each.color), width: 1.75, points: {size: 4}, spanGaps: false,
      value: (_plot, value) => (value == null ? "–" : `${value} ${chart.unit}`),
    }));
    const options = {
      width: place.clientWidth, height: 180, cursor: {y: false}, legend: {live: true},
      scales: {y: {range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1]}},
      axes: [axis, {...axis, size: 56}], series: [{label: "at"}, ...series],
    };
    probe.remove();
    figure.plot = new uPlot(options, [chart.times, ...chart.series.map((each) => each.values)], place);
  }

  function drawAll(within) {
    for (const figure of within.querySelectorAll("[data-chart]")) draw(figure);
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector('[aria-current="page"]')?.scrollIntoView({block: "nearest", inline: "center"});
    drawAll(document);
    showAges();
    countChosen();
    setInterval(showAges, 1000);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
    let resizing;
    addEventListener("resize", () => {
      clearTimeout(resizing);
      resizing = setTimeout(() => drawAll(document), 150);
    });
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-choose-all]")) chooseAll(event.target);
    else if (event.target.matches("[data-choose]")) countChosen();
    else if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
})();

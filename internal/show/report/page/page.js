// Computes costs at the reader's rate, and draws the charts of report.html from the
// data that stands in the page.
(() => {
  "use strict";
  // Three significant digits, as the page was written.
  const plain = v => v > 0 ? v.toFixed(Math.max(0, 2 - Math.floor(Math.log10(v)))) : "0";
  const rows = [...document.querySelectorAll(".rate tbody tr")];
  function cost() {
    const rps = Math.max(0, +document.getElementById("rps").value), price = Math.max(0, +document.getElementById("core-hour").value);
    for (const row of rows) {
      const micros = +row.dataset.micros;
      [micros * rps / 1e6, micros, micros / 3600 * price].forEach((v, i) => { row.cells[i + 1].textContent = plain(v); });
    }
    const worth = document.getElementById("worth"), spread = +worth.dataset.micros * rps / 1e6;
    if (worth.dataset.micros) worth.textContent = `Between the cheapest arm and the dearest lie ${plain(spread)} CPUs.` +
      (spread < +worth.dataset.least ? " At this rate cost does not decide: choose by what else distinguishes them." : "");
  }
  for (const id of ["rps", "core-hour"]) document.getElementById(id)?.addEventListener("input", cost);

  for (const d of document.querySelectorAll("details")) addEventListener("beforeprint", () => { d.open = true; });
  const source = document.getElementById("data");
  if (!source) return;
  const {arms, charts} = JSON.parse(source.textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const three = new Intl.NumberFormat("en", {maximumSignificantDigits: 3});
  const micros = v => v == null ? "–" : v >= 1e6 ? three.format(v / 1e6) + " s" : v >= 1e3 ? three.format(v / 1e3) + " ms" : three.format(v) + " µs";
  const rate = v => v == null ? "–" : v >= 1e3 ? three.format(v / 1e3) + " k/s" : three.format(v) + " /s";
  // An axis of nines: 0 is p0, 1 is p90, 2 is p99.
  const percentile = v => v == null ? "–" : "p" + +(100 * (1 - 10 ** -v)).toFixed(Math.max(0, Math.ceil(v) - 1) + (v % 1 ? 1 : 0));
  const xForms = {
    percentile: {print: percentile, splits: (u, axis, lo, hi) => [0, 0.30103, 1, 2, 3, 4, 5, 6].filter(v => v >= lo && v <= hi)},
    rate: {print: rate},
    micros: {print: micros},
    seconds: {print: v => v == null ? "–" : three.format(v) + " s"},
    slice: {print: (v, labels) => labels && labels[v] || ""},
  };

  // What begins at zero; times have a logarithmic axis.
  const yForms = {
    rate: {print: rate},
    steps: {print: v => v == null ? "–" : three.format(v), paths: uPlot.paths.stepped({align: 1})},
  };

  function draw(box, chart) {
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink").trim(), line = style.getPropertyValue("--line").trim();
    const form = xForms[chart.x], print = v => form.print(v, chart.labels);
    const upward = yForms[chart.y], printY = upward ? upward.print : micros;
    // Over time, points stand where they are far apart, or alone.
    const points = chart.x === "seconds" ? {size: 5} : {size: 6, show: !upward && (chart.x === "rate" || chart.x === "micros")};
    const axis = {stroke: ink, grid: {stroke: line, width: 1}, ticks: {stroke: line, width: 1}};
    const plot = new uPlot({
      width: box.clientWidth, height: 320, padding: [12, 30, 0, 0],
      scales: {x: {time: false, distr: chart.logX ? 3 : 1}, y: upward ? {range: (u, lo, hi) => [0, hi > 0 ? 1.05 * hi : 1]} : {distr: 3}},
      axes: [
        {...axis, label: chart.xLabel, labelSize: 22, ...(form.splits && {splits: form.splits}), values: (u, at) => at.map(v => v == null ? "" : print(v))},
        {...axis, size: 66, values: (u, at) => at.map(v => v == null ? "" : printY(v))},
      ],
      cursor: {drag: {x: false, y: false}},
      series: [{label: chart.x === "micros" || chart.x === "seconds" ? "at" : chart.xLabel, value: (u, v) => v == null ? "–" : print(v)}].concat(chart.arms.map(i => ({
        label: arms[i].name, stroke: arms[i].hue, dash: arms[i].dash || [], width: 2, spanGaps: chart.x === "rate",
        points, value: (u, v) => printY(v),
        ...(upward?.paths && {paths: upward.paths, fill: arms[i].hue + "40"}),
      }))),
    }, [chart.at, ...chart.values], box);
    for (const name of box.querySelectorAll(".u-series:not(:first-child) th")) {
      name.tabIndex = 0;
      name.setAttribute("role", "button");
      name.addEventListener("keydown", e => {
        if (e.key === "Enter" || e.key === " ") { e.preventDefault(); name.click(); }
      });
    }
    return plot;
  }

  function move(plot, said, step) {
    const last = plot.data[0].length - 1, now = plot.cursor.idx;
    const at = now == null ? 0 : Math.min(last, Math.max(0, now + step));
    plot.setCursor({left: plot.valToPos(plot.data[0][at], "x"), top: plot.bbox.height / devicePixelRatio / 2});
    said.textContent = [...plot.root.querySelectorAll(".u-series")].map(row => row.textContent).join(", ");
  }

  for (const box of document.querySelectorAll(".chart")) {
    const chart = charts[box.dataset.chart], said = box.nextElementSibling;
    let plot = draw(box, chart);
    const again = () => { plot.destroy(); plot = draw(box, chart); };
    dark.addEventListener("change", again);
    new ResizeObserver(() => {
      if (Math.abs(plot.width - box.clientWidth) > 1) plot.setSize({width: box.clientWidth, height: 320});
    }).observe(box);
    box.addEventListener("keydown", e => {
      if (e.target !== box || (e.key !== "ArrowLeft" && e.key !== "ArrowRight")) return;
      e.preventDefault();
      move(plot, said, e.key === "ArrowRight" ? 1 : -1);
    });
  }
})();

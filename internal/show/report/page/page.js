// Computes costs at the reader's rate, and draws the charts of report.html from the
// data that stands in the page.
(() => {
  "use strict";
  // Three significant digits, as the page was written.
  const plain = v => v > 0 ? v.toFixed(Math.max(0, 2 - Math.floor(Math.log10(v)))) : "0";
  const price = v => v > 0 && v < 0.01 ? "< 0.01" : plain(v);
  const hoursPerMonth = 730;
  const rows = [...document.querySelectorAll(".rate tbody tr")];
  const change = +document.querySelector(".rate")?.dataset.switch; // below it the open load's costs count
  function cost() {
    const rps = Math.max(0, +document.getElementById("rps").value), coreHour = Math.max(0, +document.getElementById("core-hour").value);
    const of = e => +(rps < change ? e.dataset.below : e.dataset.micros);
    for (const row of rows) {
      const micros = of(row), cores = micros * rps / 1e6;
      [plain(cores), plain(micros), price(cores * hoursPerMonth * coreHour)].forEach((text, i) => { row.cells[i + 1].textContent = text; });
    }
    const worth = document.getElementById("worth"), spread = of(worth) * rps / 1e6;
    if (worth.dataset.micros) worth.textContent = `The cheapest and the dearest arm differ by ${plain(spread)} CPUs.` +
      (spread < +worth.dataset.least ? " At this rate cost does not decide: choose by their other differences." : "");
  }
  for (const id of ["rps", "core-hour"]) document.getElementById(id)?.addEventListener("input", cost);

  // What is folded for its length alone is printed whole. Others are not,
  // unless the reader has unfolded them.
  for (const d of document.querySelectorAll("details:not(.more)")) addEventListener("beforeprint", () => { d.open = true; });
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
    // p0 is left out where p50 has no room beside it.
    percentile: {print: percentile, splits: (chart, scale) => (u, axis, lo, hi) =>
      [0, 0.30103, 1, 2, 3, 4, 5, 6].filter(v => v >= lo && v <= hi && (v > 0 || u.width * 0.30103 > 50 * scale * (hi - lo)))},
    rate: {print: rate},
    micros: {print: micros},
    // What is too short to be measured stands at the left end, whose label may need the room of the
    // next one.
    since: {range: chart => (u, lo, hi) => [300, 10 ** (Math.ceil(Math.log10(hi)) + (chart.named && u.width > 600 ? 0.9 : 0))], print: v => v != null && v <= 300 ? "at once" : micros(v), splits: (chart, scale) => (u, axis, lo, hi) => [300, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9].filter(v => v >= lo && v <= hi && (v !== 1e3 || u.width > 500 * scale))},
    seconds: {print: v => v == null ? "–" : three.format(v) + " s"},
    // Ticks are where launches begin, as many as have room.
    slice: {print: (v, chart) => chart.labels[v] || "", tick: (v, chart) => chart.ticks.find(t => t.at === v)?.label, splits: (chart, scale) => u =>
      chart.ticks.filter((t, i) => i % Math.ceil(30 * scale * chart.ticks.length / u.width) === 0).map(t => t.at)},
  };

  // What begins at zero; times have a logarithmic axis.
  const yForms = {
    rate: {print: rate},
    share: {print: v => v == null ? "–" : three.format(100 * v) + " %"},
    steps: {print: v => v == null ? "–" : three.format(v), paths: uPlot.paths.stepped({align: 1})},
  };

  // On paper two charts stand beside each other, in the colours of paper. They are drawn
  // larger by scale, and the style sheet makes them as much smaller: paper is finer than a
  // screen.
  const paper = {scale: 3, width: 335, height: 215, ink: "#1a1a1a", line: "#d8d8d8"};
  let printing = false;
  function look(box) {
    if (printing) return paper;
    const style = getComputedStyle(document.documentElement);
    return {scale: 1, width: box.clientWidth, height: 320, ink: style.getPropertyValue("--ink").trim(), line: style.getPropertyValue("--line").trim()};
  }

  // As wide as the longest label is in the font that the reader's browser has.
  function labelWidth(u, values, index, cycle) {
    const axis = u.axes[index];
    if (cycle > 1) return axis._size;
    u.ctx.font = axis.font[0];
    const widest = Math.max(0, ...(values || []).map(text => u.ctx.measureText(text).width));
    return Math.ceil(axis.ticks.size + axis.gap + widest / devicePixelRatio);
  }

  // Where arms are points, their names stand beside them, and below one another.
  function names(u, size, ink) {
    const {ctx, bbox} = u, placed = [];
    const points = u.series.flatMap((s, i) => i && s.show ? u.data[i].map((v, k) => v != null && {name: s.label, x: u.valToPos(u.data[0][k], "x", true), y: u.valToPos(v, "y", true)}) : []);
    ctx.save();
    ctx.font = `${size}px system-ui, sans-serif`;
    ctx.fillStyle = ink;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    for (const p of points.filter(Boolean).sort((a, b) => a.y - b.y)) {
      const wide = ctx.measureText(p.name).width, gap = 0.6 * size;
      const left = p.x + gap + wide > bbox.left + bbox.width ? p.x - gap - wide : p.x + gap;
      let y = p.y;
      for (const q of placed) if (left < q.right && q.left < left + wide && y < q.y + size) y = q.y + size;
      placed.push({left, right: left + wide, y});
      ctx.fillText(p.name, left, y);
    }
    ctx.restore();
  }

  function draw(box, chart) {
    const {scale, width, height, ink, line} = look(box), font = `${12 * scale}px system-ui, sans-serif`;
    const form = xForms[chart.x], print = v => form.print(v, chart), tick = form.tick || form.print;
    const upward = yForms[chart.y], printY = upward ? upward.print : micros;
    // Over time, points stand where they are far apart, or alone.
    const points = chart.x === "seconds" ? {size: 5 * scale} : {size: 6 * scale, show: !upward && ["rate", "micros", "since"].includes(chart.x)};
    const rule = {stroke: line, width: scale};
    const axis = {stroke: ink, font, labelFont: "bold " + font, gap: 5 * scale, grid: rule, ticks: {...rule, size: 8 * scale}};
    const plot = new uPlot({
      width: scale * width, height: scale * height, padding: [12 * scale, 30 * scale, 0, 0],
      scales: {x: {time: false, distr: chart.logX ? 3 : 1, ...(form.range && {range: form.range(chart)})}, y: upward ? {range: (u, lo, hi) => [0, hi > 0 ? 1.05 * hi : 1]} : {distr: 3}},
      axes: [
        {...axis, label: chart.xLabel, labelSize: 22 * scale, size: 34 * scale, space: 50 * scale, ...(form.splits && {splits: form.splits(chart, scale), filter: (u, at) => at}), values: (u, at) => at.map(v => v == null ? "" : tick(v, chart))},
        {...axis, size: labelWidth, space: 30 * scale, values: (u, at) => at.map(v => v == null ? "" : printY(v))},
      ],
      cursor: {drag: {x: false, y: false}},
      hooks: chart.named ? {draw: [u => names(u, 12 * scale * devicePixelRatio, ink)]} : {},
      series: [{label: ["micros", "since", "seconds", "slice"].includes(chart.x) ? "at" : chart.xLabel, value: (u, v) => v == null ? "–" : print(v)}].concat(chart.arms.map(i => ({
        label: arms[i].name, stroke: arms[i].hue, dash: (arms[i].dash || []).map(v => v * scale), width: 2 * scale, spanGaps: chart.x === "rate",
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

  const redraws = [];
  for (const event of ["beforeprint", "afterprint"]) {
    addEventListener(event, () => {
      printing = event === "beforeprint";
      for (const again of redraws) again();
    });
  }
  for (const box of document.querySelectorAll(".chart")) {
    const chart = charts[box.dataset.chart], said = box.nextElementSibling;
    let plot = draw(box, chart);
    const again = () => { plot.destroy(); plot = draw(box, chart); };
    redraws.push(again);
    dark.addEventListener("change", again);
    new ResizeObserver(() => {
      if (!printing && Math.abs(plot.width - box.clientWidth) > 1) plot.setSize({width: box.clientWidth, height: 320});
    }).observe(box);
    box.addEventListener("keydown", e => {
      if (e.target !== box || (e.key !== "ArrowLeft" && e.key !== "ArrowRight")) return;
      e.preventDefault();
      move(plot, said, e.key === "ArrowRight" ? 1 : -1);
    });
  }
})();

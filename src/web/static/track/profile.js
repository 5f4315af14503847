// What a script adds to the curves of a track: the place that is looked at, in step with the map, stretches that are
// measured, and curves that are shown or not. By pointer, by finger, or by keyboard as a slider. The values are read
// from the curves themselves, whose pictures are 1,000 wide and high.
(() => {
  "use strict";
  const doc = document;
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];
  const charts = all(".trackpage .chart"), main = charts[0];
  if (!main) return;
  const stage = main.closest("[data-profile]"), words = JSON.parse(stage.dataset.profile), length = +main.dataset.way;
  const make = (tag, attributes, home) => {
    const element = doc.createElementNS(home.namespaceURI, tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    home.append(element);
    return element;
  };
  const written = (value, decimals) =>
    new Intl.NumberFormat(doc.documentElement.lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
  const curves = charts.map((chart) => {
    const { low, high, unit, spoken, decimals, name } = chart.dataset, plot = chart.querySelector(".plot");
    const numbers = all(".curve", chart).map((path) => path.getAttribute("d").match(/[\d.]+/g).map(Number));
    const runs = numbers.map((run) => run.flatMap((x, at) => (at % 2 ? [] : [[x, run[at + 1]]])));
    const shade = make("rect", { class: "stretched", y: 0, width: 0, height: "100%" }, plot);
    const line = make("line", { class: "here", y1: 0, y2: "100%" }, plot), dot = make("circle", { class: "here", r: 5 }, plot);
    const value = (y) => +low + (1 - y / 1000) * (high - low);
    return { chart, runs, shade, line, dot, value, unit, spoken, name, decimals: +decimals };
  });
  // What lies at a place between two points; null beside them. So is a gap.
  const between = (run, x) => {
    if (!run.length || x < run[0][0] || x > run[run.length - 1][0]) return null;
    const after = Math.max(1, run.findIndex((point) => point[0] >= x)), [[x0, y0], [x1, y1]] = [run[after - 1], run[after] || run[after - 1]];
    return x1 > x0 ? y0 + (y1 - y0) * (x - x0) / (x1 - x0) : y1;
  };
  const down = (runs, x) => runs.reduce((found, run) => found ?? between(run, x), null);
  const clock = new Intl.DateTimeFormat(doc.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });
  const moment = (part) => between(words.times, Math.min(part * length * 1000, words.times.length ? words.times[words.times.length - 1][0] : 0));

  // Above the curves: what is there, and which of them are shown.
  const bar = make("div", { class: "alongbar" }, stage), told = make("p", { class: "readout", "aria-hidden": "true" }, bar);
  const [far, time] = [make("span", {}, told), make("span", {}, told)];
  const places = curves.map(() => make("span", {}, told));
  const measured = make("div", { class: "stretch" }, stage), figures = make("span", { id: "stretch", role: "status" }, measured);
  const slider = make("div", { class: "along", role: "slider", tabindex: 0, "aria-label": main.dataset.place, "aria-valuemin": 0, "aria-valuemax": 100,
    "aria-describedby": "stretch" }, main.querySelector(".x"));
  const ticks = make("div", { class: "ticks" }, main.querySelector(".x"));
  main.before(bar);
  const panels = stage.querySelector("details.panels");
  if (panels) {
    const open = doc.createElement("div");
    open.className = "table panels";
    panels.replaceWith(open);
    open.append(...all(".chart", panels));
    open.after(measured);
  } else main.after(measured);
  charts.forEach((chart) => chart.setAttribute("role", "group"));

  const isOn = ({ chart }) => !chart.hidden;
  // The first curve that is shown holds what is pressed.
  const arrange = () => {
    const home = curves.find(isOn).chart.querySelector(".x");
    if (slider.parentNode !== home) home.append(slider, ticks);
    curves.forEach((curve, at) => { places[at].hidden = !isOn(curve); });
  };
  if (curves.length > 1) {
    const group = make("div", { class: "switches", role: "group", "aria-label": words.curves }, bar);
    for (const curve of curves) {
      const button = make("button", { type: "button", class: "switch", "aria-pressed": curve === curves[0] }, group);
      button.textContent = curve.name;
      button.addEventListener("click", () => {
        // The last one stays.
        if (isOn(curve) && curves.filter(isOn).length === 1) return;
        curve.chart.hidden = isOn(curve);
        button.setAttribute("aria-pressed", isOn(curve));
        arrange();
      });
      curve.chart.hidden = curve !== curves[0];
    }
  }
  arrange();

  let part = 0, timer = 0;
  const say = (kind, detail) => doc.dispatchEvent(new CustomEvent(kind, { detail }));
  const mark = (is) => stage.classList.toggle("at", is);
  const show = (to, isTold) => {
    clearTimeout(timer);
    part = Math.min(1, Math.max(0, to));
    const x = 1000 * part, spoken = [written(part * length, 1) + " " + main.dataset.spokenWay], at = moment(part);
    far.textContent = written(part * length, 1) + "\u202fkm";
    time.textContent = at === null ? "" : clock.format(at * 1000);
    time.hidden = at === null;
    if (at !== null) spoken.push(time.textContent);
    curves.forEach((curve, n) => {
      const y = down(curve.runs, x), said = y === null ? "–" : written(curve.value(y), curve.decimals);
      places[n].textContent = said + "\u202f" + curve.unit;
      if (y !== null && isOn(curve)) spoken.push(said + " " + curve.spoken);
      for (const [mark, name] of [[curve.line, "x1"], [curve.line, "x2"], [curve.dot, "cx"]]) mark.setAttribute(name, x / 10 + "%");
      curve.dot.setAttribute("cy", (y ?? -1000) / 10 + "%");
    });
    slider.setAttribute("aria-valuenow", Math.round(100 * part));
    slider.setAttribute("aria-valuetext", spoken.join(", "));
    mark(true);
    if (!isTold) say("place", { part, by: "chart" });
  };
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (doc.activeElement === slider) return;
      mark(false);
      say("place", { part: null, by: "chart" });
    }, 2000);
  };

  // A stretch between two places: how long it is, what it climbs, how long it took.
  let anchor = null, stretch = null;
  const lasting = (seconds) => {
    const minutes = Math.round(seconds / 60), rest = String(minutes % 60).padStart(2, "0");
    return minutes < 60 ? minutes + "\u202fmin" : Math.floor(minutes / 60) + ":" + rest + "\u202fh";
  };
  const climbed = (from, to) => {
    const sums = [0, 0], heights = curves[0].chart.classList.contains("heights") ? curves[0] : null;
    for (const run of heights ? heights.runs : []) {
      const inner = run.filter(([x]) => x > from && x < to).map(([, y]) => y);
      const steps = [between(run, Math.max(from, run[0][0])), ...inner, between(run, Math.min(to, run[run.length - 1][0]))].filter((y) => y !== null);
      for (let at = 1; at < steps.length; at++) {
        const up = heights.value(steps[at]) - heights.value(steps[at - 1]);
        sums[up > 0 ? 0 : 1] += Math.abs(up);
      }
    }
    const said = [words.up, words.down].map((text, at) => text.replace("{height}", written(sums[at], 0) + "\u202fm"));
    return heights ? said : [];
  };
  const measure = (from, to) => {
    stretch = from === null || from === to ? null : [Math.min(from, to), Math.max(from, to)];
    const [start, end] = stretch || [0, 0];
    for (const { shade } of curves) {
      shade.setAttribute("x", 100 * start + "%");
      shade.setAttribute("width", 100 * (end - start) + "%");
    }
    measured.classList.toggle("shown", Boolean(stretch));
    figures.textContent = words.hint;
    if (stretch) {
      const way = (end - start) * length, [begun, ended] = [moment(start), moment(end)], took = begun === null || ended === null ? 0 : ended - begun;
      const speed = took > 0 ? [lasting(took), written(way / took * 3600, 1) + "\u202fkm/h"] : [];
      const distance = way < 1 ? written(way * 1000, 0) + "\u202fm" : written(way, 1) + "\u202fkm";
      figures.textContent = words.stretch + ": " + [distance, ...climbed(1000 * start, 1000 * end), ...speed].join(" · ");
    }
    say("stretch", stretch);
  };
  const clear = () => { anchor = null; measure(null); };
  for (const [name, deed] of [[words.fit, () => say("fit")], [words.clear, () => { clear(); slider.focus(); }]]) {
    const button = make("button", { type: "button", class: "button quiet" }, measured);
    button.textContent = name;
    button.addEventListener("click", deed);
  }

  for (const side of charts.map((chart) => chart.querySelector(".x"))) {
    const at = (event) => {
      const box = side.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    };
    let from = null, drags = false;
    side.addEventListener("pointermove", (event) => {
      show(at(event));
      // A hand that shakes measures nothing.
      drags = from !== null && (drags || Math.abs(at(event) - from) * side.clientWidth > 6);
      if (drags) measure(from, at(event));
    });
    side.addEventListener("pointerdown", (event) => {
      if (event.button || event.target.closest("button")) return;
      show(at(event));
      from = at(event);
      if (stretch && (from < stretch[0] || from > stretch[1])) clear();
      side.setPointerCapture(event.pointerId);
    });
    for (const end of ["pointerup", "pointercancel"]) side.addEventListener(end, () => { from = null; });
    side.addEventListener("pointerleave", leave);
    side.addEventListener("dblclick", () => say("fit"));
  }
  const steps = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, Home: -1, End: 1 };
  slider.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const deeds = {
      Enter: () => { anchor = anchor === null ? part : null; if (anchor !== null) measure(null); },
      Escape: clear,
    };
    if (event.key in steps) {
      show(part + steps[event.key] * (event.shiftKey ? 10 : 1));
      if (anchor !== null) measure(anchor, part);
    } else if (event.key in deeds) deeds[event.key]();
    else return;
    event.preventDefault();
  });
  doc.addEventListener("keydown", (event) => { if (event.key === "Escape" && stretch && !event.defaultPrevented) clear(); });
  slider.addEventListener("focus", () => show(part));
  slider.addEventListener("blur", leave);

  // The map points at places too, and knows where photos stand.
  doc.addEventListener("place", ({ detail: { part, by } }) => {
    if (by === "chart") return;
    if (part === null) mark(false); else show(part, true);
  });
  doc.addEventListener("photos", ({ detail }) => {
    for (const { part, link } of detail) {
      const picture = link.querySelector("img"), tick = make("button", { type: "button", class: "tick", "aria-label": picture.alt, title: picture.alt }, ticks);
      tick.style.left = 100 * part + "%";
      tick.addEventListener("click", () => link.click());
      tick.addEventListener("focus", () => show(part));
      tick.addEventListener("blur", leave);
    }
  });
  show(0, true);
  mark(false);
  measure(null);
})();

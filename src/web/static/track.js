// What a script adds to the page of a track: its photos over the whole window, and the place along the way that is
// looked at. Both are there without it, as links and as curves with a table.
(() => {
  "use strict";
  const doc = document;
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];

  // Photos open one by one over the whole window: buttons, arrow keys and swipes go on, Escape (the
  // dialog's own) and Close leave, and the focus goes back to the photo that was seen last.
  const viewer = doc.querySelector("dialog.viewer");
  if (viewer && viewer.showModal) {
    const links = all(".photos a[data-large]");
    const part = (name) => viewer.querySelector(name);
    let at = 0;
    const show = (number) => {
      at = (number + links.length) % links.length;
      const link = links[at], caption = link.parentNode.querySelector("figcaption");
      const picture = part("img").cloneNode();
      picture.src = link.dataset.large;
      picture.alt = link.querySelector("img").alt;
      // A new element, for the old one would show the last photo until this one has come.
      part("img").replaceWith(picture);
      part(".caption").textContent = caption ? caption.textContent : "";
      part(".count").textContent = link.dataset.count;
      part(".original").href = link.href;
    };
    links.forEach((link, number) => link.addEventListener("click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      show(number);
      viewer.showModal();
      part(".shut").focus();
    }));
    const steps = links.length > 1 ? { ArrowLeft: -1, ArrowRight: 1 } : {};
    viewer.addEventListener("keydown", (event) => { if (event.key in steps) show(at + steps[event.key]); });
    for (const [name, step] of [[".prev", -1], [".next", 1]])
      if (part(name)) part(name).addEventListener("click", () => show(at + step));
    part(".shut").addEventListener("click", () => viewer.close());
    viewer.addEventListener("close", () => links[at].focus());
    let from = null;
    viewer.addEventListener("touchstart", (event) => { from = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
    viewer.addEventListener("touchend", (event) => {
      if (!from || links.length < 2 || (visualViewport && visualViewport.scale > 1)) return;
      const to = event.changedTouches[0], x = to.clientX - from.clientX, y = to.clientY - from.clientY;
      if (Math.abs(x) > 48 && Math.abs(x) > 2 * Math.abs(y)) show(at + (x < 0 ? 1 : -1));
    });
  }

  // The place along the way: a line in every curve, the values above the profile, and a word to the map. The values are read from the curves themselves, whose pictures are 1,000 wide and high. By pointer, by touch or as
  // a slider.
  const charts = all(".trackpage .chart"), main = charts[0];
  if (main) {
    const make = (tag, attributes, home) => {
      const element = doc.createElementNS(home.namespaceURI, tag);
      for (const name in attributes) element.setAttribute(name, attributes[name]);
      home.append(element);
      return element;
    };
    const curves = charts.map((chart) => {
      const { low, high, unit, spoken, decimals } = chart.dataset, plot = chart.querySelector(".plot");
      const numbers = all(".curve", chart).map((path) => path.getAttribute("d").match(/[\d.]+/g).map(Number));
      const runs = numbers.map((run) => run.flatMap((x, at) => (at % 2 ? [] : [[x, run[at + 1]]])));
      const line = make("line", { class: "here", y1: 0, y2: "100%" }, plot), dot = make("circle", { class: "here", r: 5 }, plot);
      return { runs, line, dot, low: +low, high: +high, unit, spoken, decimals: +decimals };
    });
    // How far down a curve is at a place: between its two points there, null in a gap.
    const down = (runs, x) => {
      const run = runs.find((run) => run[0][0] <= x && x <= run[run.length - 1][0]);
      if (!run) return null;
      const after = Math.max(1, run.findIndex((point) => point[0] >= x)), [[x0, y0], [x1, y1]] = [run[after - 1], run[after]];
      return x1 > x0 ? y0 + (y1 - y0) * (x - x0) / (x1 - x0) : y1;
    };
    const text = (value, decimals) =>
      new Intl.NumberFormat(doc.documentElement.lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);

    const told = make("p", { class: "readout", "aria-hidden": "true" }, main);
    const places = [null, ...curves].map(() => make("span", {}, told));
    const slider = make("div", { class: "along", role: "slider", tabindex: 0, "aria-label": main.dataset.place,
      "aria-valuemin": 0, "aria-valuemax": 100 }, main.querySelector(".x"));
    main.setAttribute("role", "group");
    let part = 0, timer = 0;
    const tell = (part) => doc.dispatchEvent(new CustomEvent("place", { detail: { part, by: "chart" } }));
    const hide = () => charts.forEach((chart) => chart.classList.remove("at"));
    const show = (to, isTold) => {
      clearTimeout(timer);
      part = Math.min(1, Math.max(0, to));
      const way = part * main.dataset.way, x = 1000 * part, spoken = [text(way, 1) + " " + main.dataset.spokenWay];
      places[0].textContent = text(way, 1) + "\u202fkm";
      curves.forEach((curve, at) => {
        const y = down(curve.runs, x), value = curve.low + (1 - y / 1000) * (curve.high - curve.low);
        const isThere = y !== null, said = isThere ? text(value, curve.decimals) : "–";
        places[at + 1].textContent = said + "\u202f" + curve.unit;
        if (isThere) spoken.push(said + " " + curve.spoken);
        for (const [mark, name] of [[curve.line, "x1"], [curve.line, "x2"], [curve.dot, "cx"]]) mark.setAttribute(name, x / 10 + "%");
        curve.dot.setAttribute("cy", (y ?? -1000) / 10 + "%");
      });
      slider.setAttribute("aria-valuenow", Math.round(100 * part));
      slider.setAttribute("aria-valuetext", spoken.join(", "));
      charts.forEach((chart) => chart.classList.add("at"));
      if (!isTold) tell(part);
    };
    const leave = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (doc.activeElement === slider) return;
        hide();
        tell(null);
      }, 2000);
    };
    for (const side of charts.map((chart) => chart.querySelector(".x"))) {
      const point = (event) => {
        const box = side.getBoundingClientRect();
        show((event.clientX - box.left) / box.width);
      };
      side.addEventListener("pointermove", point);
      side.addEventListener("pointerdown", point);
      side.addEventListener("pointerleave", leave);
    }
    const steps = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, Home: -1, End: 1 };
    slider.addEventListener("keydown", (event) => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      show(part + steps[event.key] * (event.shiftKey ? 10 : 1));
    });
    slider.addEventListener("focus", () => show(part));
    slider.addEventListener("blur", leave);
    // The map points at places too.
    doc.addEventListener("place", ({ detail: { part, by } }) => {
      if (by === "chart") return;
      if (part === null) hide(); else show(part, true);
    });
    show(0, true);
    hide();
  }
})();

// A map in its box: where it looks, what is drawn, the buttons around it.
const credit = (html, home) => {
  const parsed = new DOMParser().parseFromString(html, "text/html").body;
  for (const node of parsed.childNodes) {
    const isLink = node.tagName === "A" && /^https?:/.test(node.href);
    if (isLink) make("a", { href: node.href, rel: "noopener" }, home).textContent = node.textContent;
    else home.append(node.textContent);
  }
};

class Board {
  constructor(box, facts) {
    Object.assign(this, { box, facts, words: facts.words, x: 0.5, y: 0.5, zoom: 2, painters: [], pins: [], layers: [], listeners: [] });
    this.view = make("div", { class: "view", tabindex: 0, role: "application", "aria-label": facts.name });
    this.ground = make("div", { class: "tiles" }, this.view);
    this.canvas = make("canvas", { "aria-hidden": "true" }, this.view);
    this.brush = this.canvas.getContext("2d");
    this.pinboard = make("div", { class: "pins" }, this.view);
    this.left = make("div", { class: "tools" });
    this.right = make("div", { class: "tools right" });
    this.scale = make("p", { class: "scale", "aria-hidden": "true" });
    this.credits = make("p", { class: "credit" });
    this.told = make("p", { class: "told", role: "status" });
    this.button("plus", this.words.in, this.left, () => this.step(1));
    this.button("minus", this.words.out, this.left, () => this.step(-1));
    this.fullButton = this.button("full", this.words.full, this.right, () => this.full());
    this.button("fit", this.words.fit, this.right, () => this.fit(true));
    box.append(this.told);
  }

  // From here on it is the map that is seen, and not what stood in its place.
  begin(box) {
    this.home = box;
    if (this.begun) return this.ask();
    this.begun = true;
    this.box.append(this.view, this.left, this.right, this.scale, this.credits);
    this.box.classList.add("live");
    this.offer();
    letMove(this);
    new ResizeObserver(() => this.measure()).observe(this.view);
    doc.addEventListener("fullscreenchange", () => this.activate(this.isFull()));
    const retry = () => { for (const tiles of this.layers) tiles.retry(); };
    doc.addEventListener("visibilitychange", retry);
    addEventListener("online", retry);
    this.measure();
    this.fit(false);
  }

  button(icon, name, home, deed) {
    const button = make("button", { type: "button", class: "tool", "aria-label": name, title: name }, home);
    button.append(this.icon(icon));
    button.addEventListener("click", deed);
    return button;
  }

  icon(name) {
    const svg = doc.createElementNS("http://www.w3.org/2000/svg", "svg"), use = doc.createElementNS(svg.namespaceURI, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", this.facts.icons + "#" + name);
    svg.append(use);
    return svg;
  }

  // The layers to choose from, where there is a choice.
  offer() {
    const { layers, overlays = [] } = this.facts, bases = layers.filter((layer) => layer.type === "base");
    const over = [...overlays, ...layers.filter((layer) => layer.type !== "base")];
    const choose = (base, shown) => {
      for (const tiles of this.layers) tiles.home.remove();
      const chosen = [base, ...over.filter((layer) => shown.has(layer))].filter(Boolean);
      this.layers = chosen.map((layer) => new Tiles(this.ground, layer));
      this.layers.forEach((tiles, at) => { if (at || !base) tiles.home.className = "over"; });
      this.most = base ? (base.zoom ?? 18) + 2 : 19;
      this.zoom = Math.min(this.zoom, this.most);
      this.credits.replaceChildren();
      chosen.filter((layer) => layer.attribution).forEach((layer, at) => {
        if (at) this.credits.append(" · ");
        credit(layer.attribution, this.credits);
      });
      this.ask();
    };
    const shown = new Set(overlays.slice(0, 1));
    let base = bases[0];
    choose(base, shown);
    if (bases.length + over.length < 2 && !this.toggles) return;
    const details = make("details", { class: "layers" }, this.right), summary = make("summary", { class: "tool", "aria-label": this.words.layers, title: this.words.layers }, details);
    summary.append(this.icon("layers"));
    const panel = make("div", { class: "panel" }, details);
    const group = (name, type, list, isChecked, change) => {
      if (!list.length) return;
      const fieldset = make("fieldset", {}, panel);
      make("legend", {}, fieldset).textContent = name;
      for (const item of list) {
        const label = make("label", { class: "box" }, fieldset), input = make("input", { type, name: "map-" + type }, label);
        label.append(item.name);
        input.checked = isChecked(item);
        input.addEventListener("change", () => change(item, input.checked));
      }
    };
    group(this.words.base, "radio", bases, (layer) => layer === base, (layer) => choose(base = layer, shown));
    group(this.words.over, "checkbox", over, (layer) => shown.has(layer), (layer, on) => {
      shown[on ? "add" : "delete"](layer);
      choose(base, shown);
    });
    for (const { name, change } of this.toggles || []) group("", "checkbox", [{ name }], () => true, (_, on) => change(on));
    const close = (event) => { if (details.open && !details.contains(event.target)) details.open = false; };
    doc.addEventListener("pointerdown", close);
    details.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      details.open = false;
      summary.focus();
    });
  }

  measure() {
    const { clientWidth: width, clientHeight: height } = this.view, grown = this.width === 0;
    Object.assign(this, { width, height });
    [this.canvas.width, this.canvas.height] = [width, height].map((side) => Math.round(side * devicePixelRatio));
    if (grown) this.fit(false); else this.paint();
  }

  spot(x, y) { const scale = pixels(this.zoom); return [(x - this.x) * scale + this.width / 2, (y - this.y) * scale + this.height / 2]; }

  place(right, down) {
    const scale = pixels(this.zoom);
    return [this.x + (right - this.width / 2) / scale, this.y + (down - this.height / 2) / scale];
  }

  look(x, y, zoom) { this.zoom = clamp(zoom, 1, this.most); [this.x, this.y] = [x, clamp(y, 0, 1)]; this.ask(); }

  pan(right, down) { const scale = pixels(this.zoom); this.look(this.x + right / scale, this.y + down / scale, this.zoom); }

  // Nearer or farther, so that what lies at a spot stays there.
  zoomBy(step, [right, down] = [this.width / 2, this.height / 2]) {
    const [x, y] = this.place(right, down), zoom = clamp(this.zoom + step, 1, this.most), scale = pixels(zoom);
    this.look(x - (right - this.width / 2) / scale, y - (down - this.height / 2) / scale, zoom);
  }

  step(step, spot) { this.glide({ zoom: clamp(Math.round((this.goal ?? this.zoom) + step), 1, this.most), spot }); }

  fit(glides, box = this.home, nearest = 16) {
    if (!this.width || !box) return;
    const free = this.width < 640 ? 24 : 32, room = (side, size) => Math.log2((side - 2 * free) / Math.max(size, 1e-12) / 256);
    const zoom = Math.floor(Math.min(room(this.width, box[2] - box[0]), room(this.height, box[3] - box[1]), nearest));
    const to = { to: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], zoom: clamp(zoom, 1, this.most) };
    if (glides) this.glide(to); else this.look(...to.to, to.zoom);
  }

  // Moves in a quarter of a second to a zoom (around a spot), to a place, or by so many pixels.
  glide({ zoom = this.zoom, spot, to, by }) {
    this.stop();
    const [x, y, was] = [this.x, this.y, this.zoom], scale = pixels(was);
    const end = to || (by ? [x + by[0] / scale, y + by[1] / scale] : null), begun = performance.now();
    this.goal = zoom;
    const frame = (now) => {
      const part = still.matches ? 1 : clamp((now - begun) / (by ? 400 : 250), 0, 1), eased = 1 - (1 - part) ** 3;
      this.glides = part < 1;
      if (end) this.look(x + (end[0] - x) * eased, y + (end[1] - y) * eased, was + (zoom - was) * eased);
      else this.zoomBy(was + (zoom - was) * eased - this.zoom, spot);
      if (part < 1) this.frame = requestAnimationFrame(frame);
      else this.goal = undefined;
    };
    frame(begun);
  }

  stop() { cancelAnimationFrame(this.frame); this.glides = false; this.goal = undefined; }

  isFull() { return doc.fullscreenElement === this.box || this.box.classList.contains("whole-window"); }
  isActive() { return this.isFull() || this.box.classList.contains("active"); }

  // One finger moves it as long as it is active.
  activate(is) { this.box.classList.toggle("active", is); this.fullButton.setAttribute("aria-pressed", this.isFull()); }

  full() {
    if (doc.fullscreenElement) doc.exitFullscreen();
    else if (this.box.requestFullscreen) this.box.requestFullscreen().catch(() => {});
    else { this.box.classList.toggle("whole-window"); this.activate(this.isFull()); }
  }

  hint() {
    if (this.hinted) return;
    this.hinted = true;
    this.tell(this.words.hint);
    setTimeout(() => this.tell(""), 2500);
  }

  tell(text) { this.told.textContent = text; }

  // A place that can be pressed.
  pin(x, y, element) {
    const pin = { x, y, element };
    this.pinboard.append(element);
    this.pins.push(pin);
    this.ask();
    return pin;
  }

  unpin(pin) { pin.element.remove(); this.pins = this.pins.filter((other) => other !== pin); }

  ask() { if (this.asked || !this.begun) return; this.asked = requestAnimationFrame(() => this.paint()); }

  paint() {
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    if (!this.width) return;
    for (const tiles of this.layers) tiles.show(this);
    this.brush.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    this.brush.clearRect(0, 0, this.width, this.height);
    for (const paint of this.painters) paint(this.brush, this);
    for (const { x, y, element } of this.pins) {
      const [right, down] = this.spot(x, y);
      element.style.transform = `translate(${Math.round(right)}px, ${Math.round(down)}px)`;
    }
    const metres = metresAPixel(this.y, this.zoom), most = 120 * metres, power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((of) => of * power).find((of) => of <= most);
    this.scale.textContent = length >= 1000 ? written(length / 1000) + "\u202fkm" : written(length, length < 1 ? 1 : 0) + "\u202fm";
    this.scale.style.width = Math.round(length / metres) + "px";
    if (!this.glides) for (const hear of this.listeners) hear();
  }
}

// What the server tells, with a word while it lasts and a button when it fails.
const load = async (board, address) => {
  const timer = setTimeout(() => board.tell(board.words.loading), 400);
  for (;;) {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw answer.status;
      const value = await answer.json();
      clearTimeout(timer);
      board.tell("");
      return value;
    } catch {
      clearTimeout(timer);
      board.tell(board.words.failed + " ");
      const again = make("button", { type: "button", class: "button" }, board.told);
      again.textContent = board.words.again;
      await new Promise((retry) => again.addEventListener("click", retry));
    }
  }
};

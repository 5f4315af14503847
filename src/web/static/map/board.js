// A map in its box: where it looks, what is drawn, the buttons around it.
class Board {
  constructor(box, facts) {
    const parts = box.querySelector("template").content.cloneNode(true), part = (css) => parts.querySelector(css);
    Object.assign(this, { box, facts, parts, words: facts.words, x: 0.5, y: 0.5, zoom: 2, painters: [], pins: [], layers: [], listeners: [] });
    Object.assign(this, { view: part(".view"), ground: part(".tiles"), canvas: part("canvas"), pinboard: part(".pins"), panel: part(".layers") });
    Object.assign(this, { scale: part(".scale"), credits: part(".credit"), told: part(".told"), fullButton: part("[data-do=full]") });
    this.brush = this.canvas.getContext("2d");
    const deeds = { in: () => this.step(1), out: () => this.step(-1), full: () => this.full(), fit: () => this.fit(true) };
    for (const button of all("[data-do]", parts)) button.addEventListener("click", deeds[button.dataset.do]);
    box.append(this.told);
  }

  // From here on it is the map that is seen, and not what stood in its place.
  begin(box) {
    this.home = box;
    this.box.append(this.parts);
    this.box.classList.add("live");
    this.choose();
    this.panel.addEventListener("change", ({ target }) => { if (target.dataset.layer) this.choose(); });
    letMove(this);
    new ResizeObserver(() => this.measure()).observe(this.view);
    doc.addEventListener("fullscreenchange", () => this.activate(this.isFull()));
    // What failed may be had now.
    const retry = () => { this.layers.forEach(({ failed }) => failed.clear()); this.ask(); };
    doc.addEventListener("visibilitychange", retry);
    addEventListener("online", retry);
    this.measure();
  }

  // The layers that are ticked.
  choose() {
    for (const tiles of this.layers) tiles.home.remove();
    const ticked = all("[data-layer]:checked", this.panel), chosen = ticked.map(({ dataset }) => this.facts.layers[dataset.layer]);
    const base = chosen.find((layer) => layer.type === "base");
    this.layers = chosen.map((layer) => new Tiles(this.ground, layer, layer !== base));
    this.most = base ? (base.zoom ?? 18) + 2 : 19;
    this.zoom = Math.min(this.zoom, this.most);
    this.credits.replaceChildren(...ticked.map((input) => input.nextElementSibling.content.cloneNode(true)));
    this.ask();
  }

  measure() {
    const { clientWidth: width, clientHeight: height } = this.view, isNew = !this.width;
    Object.assign(this, { width, height });
    [this.canvas.width, this.canvas.height] = [width, height].map((side) => Math.round(side * devicePixelRatio));
    if (isNew) this.fit(false); else this.paint();
  }

  spot(x, y) { const scale = pixels(this.zoom); return [(x - this.x) * scale + this.width / 2, (y - this.y) * scale + this.height / 2]; }

  place(right, down) {
    const scale = pixels(this.zoom);
    return [this.x + (right - this.width / 2) / scale, this.y + (down - this.height / 2) / scale];
  }

  // A spot of the window as one of the map, and the place that is under a pointer.
  off(x, y) { const box = this.view.getBoundingClientRect(); return [x - box.left, y - box.top]; }
  under(event) { return this.place(...this.off(event.clientX, event.clientY)); }

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

  ask() { if (!this.asked && this.home) this.asked = requestAnimationFrame(() => this.paint()); }

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

// What the server tells; null when it does not.
const find = (address) =>
  fetch(address, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);

// The same, with a word while it lasts and a button when it fails.
const load = async (board, address) => {
  for (;;) {
    const timer = setTimeout(() => board.tell(board.words.loading), 400), value = await find(address);
    clearTimeout(timer);
    board.tell(value ? "" : board.words.failed + " ");
    if (value) return value;
    const again = make("button", { type: "button", class: "button" }, board.told);
    again.textContent = board.words.again;
    await new Promise((retry) => again.addEventListener("click", retry));
  }
};

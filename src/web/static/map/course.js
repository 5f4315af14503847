// The map of one track: its line, what stands along it, and the place that is looked at, in step with the profile.
const NEAR = 24;

// A card above a place; Escape or a press elsewhere closes it.
const openCard = (board, x, y, content, opener) => {
  if (board.card) board.unpin(board.card);
  const card = make("div", { class: "card" });
  card.append(...content);
  const holder = make("div", { class: "holder" });
  holder.append(card);
  board.card = board.pin(x, y, holder);
  const closing = new AbortController();
  const close = (back) => {
    closing.abort();
    if (board.card && board.card.element === holder) [board.card] = [board.unpin(board.card)];
    if (back && opener) opener.focus();
  };
  card.addEventListener("keydown", (event) => { if (event.key === "Escape") close(true); });
  board.view.addEventListener("pointerdown", (event) => { if (!card.contains(event.target)) close(); }, { capture: true, signal: closing.signal });
  board.paint();
  // It stays inside the map: pushed in from the sides, and below the place where there is no room above.
  const [right, down] = board.spot(x, y), half = card.offsetWidth / 2 + 8;
  card.style.left = clamp(right, half, Math.max(half, board.width - half)) - right + "px";
  holder.classList.toggle("below", down < card.offsetHeight + 40 && down < board.height / 2);
  const link = card.querySelector("a");
  if (link && opener) link.focus({ preventScroll: true });
};

// Places with a name. Where one would hide the start or the finish it is there without its drawing.
const showPlaces = (board, way, places) => {
  const pins = places.map(({ lat, lon, name }) => {
    const spot = onPlane(lat / 1e6, lon / 1e6), button = make("button", { type: "button", class: "rhombus", "aria-label": name || "●", title: name });
    const text = make("p", { class: "user" });
    text.textContent = name;
    if (name) button.addEventListener("click", () => openCard(board, ...spot, [text], button));
    return board.pin(...spot, button);
  });
  board.listeners.push(() => {
    const ends = way.marked().map(([x, y]) => board.spot(x, y));
    for (const { x, y, element } of pins) {
      const [right, down] = board.spot(x, y);
      element.classList.toggle("under", ends.some((end) => Math.hypot(end[0] - right, end[1] - down) < 18));
    }
  });
};

// Photos are round; those that would lie on each other become one with a number.
const showPhotos = (board, photos) => {
  const links = all(".photos a[data-large]"), layer = { shown: true, pins: [], zoom: null };
  const found = photos.map((photo) => ({ ...photo, link: links[photo.n], spot: onPlane(photo.lat / 1e6, photo.lon / 1e6) })).filter((photo) => photo.link);
  const arrange = () => {
    const zoom = layer.shown ? board.zoom : null;
    if (layer.zoom === zoom) return;
    layer.zoom = zoom;
    for (const pin of layer.pins.splice(0)) board.unpin(pin);
    const groups = [];
    for (const photo of layer.shown ? found : []) {
      const near = groups.find(([first]) => Math.hypot(first.spot[0] - photo.spot[0], first.spot[1] - photo.spot[1]) * pixels(board.zoom) < 36);
      if (near) near.push(photo); else groups.push([photo]);
    }
    for (const group of groups) {
      const [{ link, spot }] = group, picture = link.querySelector("img");
      const name = group.length > 1 ? board.words.photos.replace("{n}", group.length) : picture.alt;
      const button = make("button", { type: "button", class: "thumb", "aria-label": name, title: name });
      button.append(make("img", { src: picture.src, alt: "", width: 32, height: 32 }));
      if (group.length > 1) make("b", {}, button).textContent = group.length;
      layer.pins.push(board.pin(...spot, button));
      button.addEventListener("click", () => openCard(board, ...spot, group.slice(0, 8).map(({ link }) => {
        const item = make("a", { class: "item", href: link.href }), words = make("span", {});
        const caption = link.parentNode.querySelector("figcaption");
        words.textContent = (caption && caption.textContent) || board.words.open;
        item.append(make("img", { src: link.querySelector("img").src, alt: "", width: 64, height: 64 }), words);
        item.addEventListener("click", (event) => { event.preventDefault(); link.click(); });
        return item;
      }), button));
    }
  };
  board.listeners.push(arrange);
  if (found.length) board.toggles = [{ name: board.words.pictures, change: (on) => { layer.shown = on; board.ask(); } }];
};

const showTrack = async (board) => {
  const { facts } = board, told = await load(board, facts.line), way = new Way(told.pieces, told.ends, told.hidden);
  if (!way.pieces.length) return;
  let here = null;
  board.painters.push((brush) => {
    paintWay(brush, board, way, facts.planned);
    if (here === null) return;
    const [x, y] = way.at(here);
    circle(brush, board.spot(x, y), 7, COURSE, RIM, 3);
  });
  showPhotos(board, told.photos || []);
  showPlaces(board, way, told.places);
  board.begin(way.box);
  // The profile tells where it is looked at, and is told.
  doc.addEventListener("place", ({ detail }) => { here = detail.part === null ? null : detail.part * told.length; board.ask(); });
  const tell = (part) => doc.dispatchEvent(new CustomEvent("place", { detail: { part, by: "map" } }));
  let isHere = false;
  const point = (event) => {
    if (board.view.classList.contains("moves") || event.target.closest("button, .card")) return;
    const box = board.view.getBoundingClientRect(), near = way.nearest(...board.place(event.clientX - box.left, event.clientY - box.top), board.zoom);
    if (near.off < NEAR && told.length) tell(near.m / told.length);
    else if (isHere) tell(null);
    isHere = near.off < NEAR;
  };
  board.view.addEventListener("pointermove", point);
  board.view.addEventListener("click", point);
  board.view.addEventListener("pointerleave", (event) => { if (isHere && event.pointerType === "mouse") tell(null); isHere = false; });
};

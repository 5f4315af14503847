// The map of one track: its line, what stands along it, and the place that is looked at, in step with the profile.
const NEAR = 24;

const closeCard = (board, goesBack) => {
  if (!board.card) return;
  board.unpin(board.card);
  board.card = null;
  if (goesBack) board.opener.focus();
};

// A card above a place; Escape or a press elsewhere closes it.
const openCard = (board, x, y, content, opener) => {
  closeCard(board);
  const holder = make("div", { class: "holder" }), card = make("div", { class: "card" }, holder);
  card.append(...content);
  board.card = board.pin(x, y, holder);
  board.opener = opener;
  board.paint();
  // It stays inside the map: pushed in from the sides, and below the place where there is no room above.
  const [right, down] = board.spot(x, y), half = card.offsetWidth / 2 + 8;
  card.style.left = clamp(right, half, Math.max(half, board.width - half)) - right + "px";
  holder.classList.toggle("below", down < card.offsetHeight + 40 && down < board.height / 2);
  const link = card.querySelector("a");
  if (link) link.focus({ preventScroll: true });
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
  if (!photos.length) return;
  let pins = [], zoom = null, isShown = true;
  const item = ({ link }) => {
    const item = make("a", { class: "item", href: link.href }), caption = link.parentNode.querySelector("figcaption");
    make("img", { src: link.querySelector("img").src, alt: "", width: 64, height: 64 }, item);
    make("span", {}, item).textContent = (caption && caption.textContent) || board.words.open;
    item.addEventListener("click", (event) => { event.preventDefault(); link.click(); });
    return item;
  };
  const stand = (group) => {
    const [{ link, spot }] = group, picture = link.querySelector("img");
    const name = group.length > 1 ? board.words.photos.replace("{n}", group.length) : picture.alt;
    const button = make("button", { type: "button", class: "thumb", "aria-label": name, title: name });
    make("img", { src: picture.src, alt: "", width: 32, height: 32 }, button);
    if (group.length > 1) make("b", {}, button).textContent = group.length;
    button.addEventListener("click", () => openCard(board, ...spot, group.slice(0, 8).map(item), button));
    return board.pin(...spot, button);
  };
  const arrange = () => {
    if (zoom === board.zoom) return;
    zoom = board.zoom;
    for (const pin of pins) board.unpin(pin);
    const groups = [], isNear = (a, b) => Math.hypot(a.spot[0] - b.spot[0], a.spot[1] - b.spot[1]) * pixels(zoom) < 36;
    for (const photo of isShown ? photos : []) {
      const near = groups.find(([first]) => isNear(first, photo));
      if (near) near.push(photo); else groups.push([photo]);
    }
    pins = groups.map(stand);
  };
  board.listeners.push(arrange);
  const tick = board.panel.querySelector("[data-photos]");
  board.panel.hidden = tick.closest("label").hidden = false;
  tick.addEventListener("change", () => { [isShown, zoom] = [tick.checked, null]; board.ask(); });
};

const showTrack = async (board) => {
  const { facts } = board, told = await load(board, facts.line), way = new Way(told.pieces, told.ends);
  if (!way.pieces.length) return;
  let here = null, stretch = null;
  const metres = (part) => part * told.length;
  board.painters.push((brush) => {
    paintWay(brush, board, way, facts.planned, stretch);
    if (here === null) return;
    const [x, y] = way.at(metres(here));
    circle(brush, board.spot(x, y), 7, COURSE, RIM, 3);
  });
  const links = all(".photos a[data-large]"), placed = ({ n, lat, lon }) => ({ link: links[n], spot: onPlane(lat / 1e6, lon / 1e6) });
  const photos = (told.photos || []).map(placed).filter((photo) => photo.link);
  showPhotos(board, photos);
  showPlaces(board, way, told.places);
  board.begin(way.box);
  // The profile tells where it is looked at and what is measured, and is told.
  doc.addEventListener("place", ({ detail }) => { here = detail.part; board.ask(); });
  doc.addEventListener("stretch", ({ detail }) => { stretch = detail && way.between(...detail.map(metres)); board.ask(); });
  doc.addEventListener("fit", () => board.fit(true, stretch ? boxOf(stretch) : way.box));
  const say = (kind, detail) => doc.dispatchEvent(new CustomEvent(kind, { detail }));
  if (!told.length) return;
  say("photos", photos.map(({ link, spot }) => ({ link, part: way.nearest(...spot, 16).m / told.length })));
  let isHere = false;
  const point = (event) => {
    if (board.view.classList.contains("moves") || event.target.closest("button, .card")) return;
    const near = way.nearest(...board.under(event), board.zoom);
    if (near.off < NEAR || isHere) say("place", { part: near.off < NEAR ? near.m / told.length : null, by: "map" });
    isHere = near.off < NEAR;
  };
  board.view.addEventListener("pointermove", point);
  board.view.addEventListener("click", point);
  board.view.addEventListener("pointerleave", (event) => {
    if (isHere && event.pointerType === "mouse") say("place", { part: null, by: "map" });
    isHere = false;
  });
};

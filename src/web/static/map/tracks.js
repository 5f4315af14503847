// The map of many tracks: pointing at one brings it out, on the map or in the list beside it; a press tells what it is.
const AROUND = 8, LISTED = 20, FINE = 12;

const showTracks = async (board) => {
  const { facts, words } = board, list = doc.querySelector("[data-inview]"), told = await load(board, facts.lines);
  const read = (tracks) => tracks.map((track) => ({ ...track, way: new Way(track.line.map(([lat, lon]) => ({ lat, lon })), track.ends) })).filter(({ way }) => way.pieces.length);
  const known = read(told.tracks);
  let chosen = null;
  const inView = ({ way: { box } }) => {
    const [left, top] = board.place(0, 0), [right, bottom] = board.place(board.width, board.height);
    return box[0] < right && box[2] > left && box[1] < bottom && box[3] > top;
  };
  board.painters.push((brush) => {
    const zoom = Math.round(board.zoom), seen = known.filter(inView);
    brush.lineCap = brush.lineJoin = "round";
    for (const [colour, width, alpha] of [[RIM, 5, 0.7], [COURSE, 3, 1]]) {
      brush.globalAlpha = alpha * (chosen ? 0.35 : 1);
      for (const track of seen) {
        trace(brush, board, track.way.level(zoom).pieces);
        stroke(brush, colour, width, track.planned && width === 3 ? [10, 7] : []);
        // What is too small for a line is a dot.
        const [left, top, right, bottom] = track.way.box;
        if (Math.max(right - left, bottom - top) * pixels(board.zoom) < 8)
          circle(brush, board.spot((left + right) / 2, (top + bottom) / 2), 4.5, colour, colour, width);
      }
    }
    brush.globalAlpha = 1;
    if (!chosen) return;
    trace(brush, board, chosen.way.level(zoom).pieces);
    stroke(brush, RIM, 10);
    stroke(brush, COURSE, 6, chosen.planned ? [10, 7] : []);
    marks(brush, board, chosen.way);
  });
  const choose = (track) => {
    if (chosen === track) return;
    chosen = track;
    board.view.classList.toggle("points", Boolean(track));
    board.ask();
  };
  const near = (event) => {
    const place = board.under(event), off = known.filter(inView).map((track) => [track.way.nearest(...place, board.zoom).off, track]);
    return { place, tracks: off.filter(([far]) => far < AROUND).sort((a, b) => a[0] - b[0]).map(([, track]) => track) };
  };
  const link = (track, home) => {
    const item = make("a", { href: facts.track.replace("{id}", track.id), class: "item" }, home), title = make("b", { dir: "auto" }, item);
    title.textContent = track.title;
    make("span", { class: "meta" }, item).textContent = track.about;
    item.addEventListener("pointerenter", () => choose(track));
    item.addEventListener("focus", () => choose(track));
    return item;
  };
  board.view.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && !board.card && !board.view.classList.contains("moves")) choose(near(event).tracks[0] || null);
  });
  board.view.addEventListener("click", (event) => {
    if (event.target.closest("button, .card") || board.dragged > 4) return;
    const { place, tracks } = near(event);
    choose(tracks[0] || null);
    if (tracks.length) openCard(board, ...place, tracks.slice(0, 8).map((track) => link(track)), board.view);
  });
  // Near by, the lines are those of the tracks' own maps.
  const refine = async () => {
    for (const track of board.zoom > FINE ? known.filter((track) => !track.fine && inView(track)).slice(0, LISTED) : []) {
      track.fine = true;
      const fine = await find(facts.fine.replace("{id}", track.id)), way = fine && new Way(fine.pieces, fine.ends);
      if (way && way.pieces.length) track.way = way;
      board.ask();
    }
  };
  let listed = "";
  const tell = () => {
    const seen = known.filter(inView), shown = seen.slice(0, LISTED), key = shown.map(({ id }) => id) + "/" + seen.length;
    if (!list || key === listed) return;
    listed = key;
    list.replaceChildren();
    for (const track of shown) link(track, make("li", {}, list)).addEventListener("blur", () => choose(null));
    const rest = seen.length - shown.length, text = shown.length ? (rest ? words.more.replace("{n}", written(rest)) : "") : words.none;
    if (text) make("li", { class: "meta" }, list).textContent = text;
  };
  if (list) list.addEventListener("pointerleave", () => choose(null));
  let timer = 0;
  board.listeners.push(() => { clearTimeout(timer); timer = setTimeout(() => { tell(); refine(); }, 150); });
  board.begin(known.length ? boxOf(known.flatMap(({ way }) => way.pieces)) : [0.4, 0.25, 0.65, 0.45]);
  if (told.more) board.tell(told.more);
  // Lines that were not stored yet are made while they are asked for.
  for (let left = told.left; left > 0;) {
    const again = await find(facts.lines);
    if (!again || again.left >= left) return;
    left = again.left;
    known.push(...read(again.tracks.filter(({ id }) => !known.some((track) => track.id === id))));
    board.ask();
  }
};

for (const box of all("[data-map]")) {
  const facts = JSON.parse(box.dataset.map), board = new Board(box, facts);
  box.hidden = false;
  (facts.line ? showTrack : showTracks)(board);
}

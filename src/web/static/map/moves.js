// Mouse, wheel, fingers and keys move the map. In the page one finger scrolls the page, and so does a wheel that was
// turning when the map came under it.
const TAP = 10;

let wheelSeen = 0, wheelHome = null;
addEventListener("wheel", (event) => {
  if (event.timeStamp - wheelSeen > 300) wheelHome = event.target.closest(".view");
  wheelSeen = event.timeStamp;
}, { capture: true, passive: true });

const letMove = (board) => {
  const { view } = board, isOn = (event) => event.target.closest("button, a, .card");

  let held = null, trail = [];
  view.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".card")) closeCard(board);
    board.dragged = 0;
    if (event.pointerType === "touch" || event.button || isOn(event)) return;
    view.setPointerCapture(event.pointerId);
    board.stop();
    [held, trail] = [[event.clientX, event.clientY], []];
  });
  view.addEventListener("pointermove", (event) => {
    if (!held) return;
    const step = [held[0] - event.clientX, held[1] - event.clientY];
    board.pan(...step);
    board.dragged += Math.hypot(...step);
    held = [event.clientX, event.clientY];
    trail = [...trail, [event.timeStamp, ...step]].filter(([at]) => event.timeStamp - at < 80);
    view.classList.add("moves");
  });
  const let_go = (event) => {
    if (!held) return;
    held = null;
    view.classList.remove("moves");
    const fresh = trail.filter(([at]) => event.timeStamp - at < 80), sum = (n) => fresh.reduce((all, step) => all + step[n], 0) * 1.6;
    if (Math.hypot(sum(1), sum(2)) > 24 && !still.matches) board.glide({ by: [sum(1), sum(2)] });
  };
  view.addEventListener("pointerup", let_go);
  view.addEventListener("pointercancel", let_go);
  view.addEventListener("dblclick", (event) => { if (!isOn(event)) board.step(event.shiftKey ? -1 : 1, board.off(event.clientX, event.clientY)); });

  let turned = 0, turnedAt = 0;
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && wheelHome !== view && !board.isFull()) return;
    event.preventDefault();
    if (event.timeStamp - turnedAt > 300) turned = 0;
    turnedAt = event.timeStamp;
    turned += event.deltaY * (event.deltaMode ? 33 : 1) * (event.ctrlKey ? 4 : 1);
    // A step needs the turn of a notch; a touchpad's small ones add up.
    if (Math.abs(turned) < 60) return;
    board.step(turned > 0 ? -1 : 1, board.off(event.clientX, event.clientY));
    turned = 0;
  }, { passive: false });

  let fingers = null, moved = 0;
  const spread = ({ touches }) => {
    const [one, other] = [touches[0], touches[touches.length - 1]];
    return { count: touches.length, at: [(one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2],
      wide: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) };
  };
  view.addEventListener("touchstart", (event) => {
    if (!fingers) moved = isOn(event) ? Infinity : 0;
    fingers = spread(event);
    board.stop();
  }, { passive: true });
  view.addEventListener("touchmove", (event) => {
    if (!fingers) return;
    const now = spread(event), mine = now.count > 1 || board.isActive();
    const step = [fingers.at[0] - now.at[0], fingers.at[1] - now.at[1]];
    moved += Math.hypot(...step) + Math.abs(now.wide - fingers.wide);
    if (!mine) { if (moved > 3 * TAP) board.hint(); } else if (now.count === fingers.count) {
      if (event.cancelable) event.preventDefault();
      board.pan(...step);
      if (now.wide > 0 && fingers.wide > 0) board.zoomBy(Math.log2(now.wide / fingers.wide), board.off(...now.at));
    }
    fingers = now;
  }, { passive: false });
  view.addEventListener("touchend", (event) => {
    const last = fingers;
    fingers = event.touches.length ? spread(event) : null;
    if (fingers || !last) return;
    if (moved < TAP) board.activate(true);
    else if (board.zoom % 1) board.step(0, board.off(...last.at));
  });
  doc.addEventListener("touchstart", (event) => { if (!board.box.contains(event.target)) board.activate(false); }, { passive: true });

  const ways = { ArrowLeft: [-64, 0], ArrowRight: [64, 0], ArrowUp: [0, -64], ArrowDown: [0, 64] };
  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const deeds = { "+": () => board.step(1), "=": () => board.step(1), "-": () => board.step(-1), 0: () => board.fit(true), f: () => board.full(),
      escape: board.card && (() => closeCard(board, true)) };
    const deed = ways[event.key] ? () => board.pan(...ways[event.key]) : deeds[event.key.toLowerCase()];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
};

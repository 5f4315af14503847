// Seconds after which a tile that failed is asked for again.
const PAUSES = [2, 8, 30, 600];

// A layer: pictures of 256 × 256, of the zoom that is shown or, on dense screens, of the next one at half the size.
class Tiles {
  constructor(home, layer, lies) {
    Object.assign(this, { layer, home: make("div", lies ? { class: "over" } : {}, home), tiles: new Map(), failed: new Map() });
  }

  // Puts every tile where it belongs. New ones are asked for when nothing glides; those of another zoom stay until
  // the new ones have come.
  show(board) {
    const { width, height, zoom } = board, dense = devicePixelRatio > 1.5 ? 1 : 0, most = this.layer.zoom ?? 18;
    const z = clamp(Math.round(zoom) + dense, 0, most), count = 2 ** z, size = pixels(zoom) / count;
    const [left, top] = [board.x * pixels(zoom) - width / 2, board.y * pixels(zoom) - height / 2];
    const [x0, x1] = [Math.floor(left / size), Math.floor((left + width) / size)];
    const [y0, y1] = [Math.max(0, Math.floor(top / size)), Math.min(count - 1, Math.floor((top + height) / size))];
    if (!board.glides) {
      const wanted = [];
      const isDue = (key) => !this.tiles.has(key) && !(this.failed.get(key)?.until > performance.now());
      for (let x = x0; x <= x1; x++) for (let y = y0; y <= y1; y++) if (isDue(z + "/" + x + "/" + y)) wanted.push([x, y]);
      const far = ([x, y]) => Math.hypot(x - (x0 + x1) / 2, y - (y0 + y1) / 2);
      for (const [x, y] of wanted.sort((a, b) => far(a) - far(b))) this.add(board, z, x, y);
    }
    const shown = ({ x, y, z: of }) => of === z && x >= x0 - 1 && x <= x1 + 1 && y >= y0 - 1 && y <= y1 + 1;
    const whole = !board.glides && [...this.tiles.values()].filter(shown).every((tile) => tile.done);
    for (const [key, tile] of this.tiles) {
      if (!shown(tile) && (tile.z === z || whole || Math.abs(tile.z - z) > 4)) {
        if (!tile.done) tile.picture.removeAttribute("src");
        tile.picture.remove();
        this.tiles.delete(key);
        continue;
      }
      // Rounded to whole pixels: no seam shows.
      const side = pixels(zoom) / 2 ** tile.z, [from, down] = [Math.round(tile.x * side - left), Math.round(tile.y * side - top)];
      const { style } = tile.picture;
      style.transform = `translate(${from}px, ${down}px)`;
      style.width = Math.round((tile.x + 1) * side - left) - from + "px";
      style.height = Math.round((tile.y + 1) * side - top) - down + "px";
      style.zIndex = tile.z === z ? 1 : 0;
    }
  }

  add(board, z, x, y) {
    const count = 2 ** z, values = { z, x: ((x % count) + count) % count, y }, key = z + "/" + x + "/" + y;
    const picture = make("img", { alt: "", draggable: "false", decoding: "async" }, this.home), tile = { picture, z, x, y, done: false };
    this.tiles.set(key, tile);
    picture.onload = () => {
      tile.done = true;
      picture.classList.add("loaded");
      this.failed.delete(key);
      board.ask();
    };
    picture.onerror = () => {
      if (this.tiles.get(key) !== tile) return;
      picture.remove();
      this.tiles.delete(key);
      // A little apart from each other, or all that failed together would come together again.
      const { tries = 0 } = this.failed.get(key) || {}, pause = (PAUSES[tries] ?? PAUSES.at(-1)) * (1000 + 250 * Math.random());
      this.failed.set(key, { tries: tries + 1, until: performance.now() + pause });
      setTimeout(() => board.ask(), pause + 10);
      board.ask();
    };
    picture.src = this.layer.url.replace(/\{([zxy])\}/g, (_, name) => values[name]);
  }
}

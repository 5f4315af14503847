// The map, in plain JavaScript: these files become one module, in the order of the table in asset.rs. This one: the
// plane of web maps (Web Mercator, the Earth as a square of 1 × 1, x to the east, y to the south) and lines on it.
const doc = document;
const all = (selector, root = doc) => [...root.querySelectorAll(selector)];
const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
const still = matchMedia("(prefers-reduced-motion: reduce)");
const pixels = (zoom) => 256 * 2 ** zoom;
const make = (tag, attributes, home) => {
  const element = doc.createElement(tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  if (home) home.append(element);
  return element;
};
const onPlane = (lat, lon) => {
  const sine = Math.sin(clamp(lat, -85.0511, 85.0511) * Math.PI / 180);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
};
const metresAPixel = (y, zoom) => 40075016.7 / Math.cosh(Math.PI * (1 - 2 * y)) / pixels(zoom);
const written = (value, decimals = 0) =>
  new Intl.NumberFormat(doc.documentElement.lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);

// Sums up what the server tells step by step.
const summed = (steps) => { let sum = 0; return Float64Array.from(steps || [], (step) => (sum += step)); };

const boxOf = (pieces) => {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of pieces) for (let at = 0; at < x.length; at++) {
    [box[0], box[1]] = [Math.min(box[0], x[at]), Math.min(box[1], y[at])];
    [box[2], box[3]] = [Math.max(box[2], x[at]), Math.max(box[3], y[at])];
  }
  return box;
};

// A way: pieces of places, each with its metres from the start; whether it begins and ends where the recording does;
// and which pieces others do not see.
class Way {
  constructor(pieces, has = [true, true]) {
    Object.assign(this, { levels: new Map(), has });
    this.pieces = pieces.map(({ lat, lon, m, hidden }) => {
      const [lats, lons, x, y] = [summed(lat), summed(lon), [], []];
      lats.forEach((lat, at) => { [x[at], y[at]] = onPlane(lat / 1e6, lons[at] / 1e6); });
      return { x: Float64Array.from(x), y: Float64Array.from(y), m: summed(m), hidden };
    }).filter((piece) => piece.x.length);
    this.box = boxOf(this.pieces);
  }

  // The same at a zoom with the points that can be told apart there, and arrows every 130 pixels.
  level(zoom) {
    const known = this.levels.get(zoom);
    if (known) return known;
    const scale = pixels(zoom), arrows = [], pieces = [];
    let left = 65;
    for (const { x, y, m, hidden } of this.pieces) {
      const piece = { x: [x[0]], y: [y[0]], m: [m[0]], hidden };
      for (let at = 1; at < x.length; at++) {
        const end = piece.x.length - 1, dx = x[at] - piece.x[end], dy = y[at] - piece.y[end], length = Math.hypot(dx, dy) * scale;
        if (length < 1.2 && at < x.length - 1) continue;
        for (; left < length; left += 130) arrows.push([piece.x[end] + dx * left / length, piece.y[end] + dy * left / length, Math.atan2(dy, dx)]);
        left -= length;
        piece.x.push(x[at]); piece.y.push(y[at]); piece.m.push(m[at]);
      }
      pieces.push(piece);
    }
    // Each piece is met after the one before: its arrows are not counted from the gap.
    const isFar = ([x, y]) => this.marked().every((end) => Math.hypot(x - end[0], y - end[1]) * scale >= 40);
    const level = { pieces, arrows: arrows.filter(isFar) };
    this.levels.set(zoom, level);
    return level;
  }

  // The ends that are the recording's own.
  marked() { return this.ends().filter((_, at) => this.has[at]); }

  ends() {
    const first = this.pieces[0], last = this.pieces[this.pieces.length - 1];
    return [[first.x[0], first.y[0]], [last.x[last.x.length - 1], last.y[last.y.length - 1]]];
  }

  // The place so many metres from the start.
  at(metres, piece = this.pieces.find(({ m }) => m[m.length - 1] >= metres) || this.pieces[this.pieces.length - 1]) {
    const { x, y, m } = piece, high = Math.max(1, m.findIndex((at) => at >= metres)), low = high - 1;
    if (m.length < 2) return [x[0], y[0]];
    const part = m[high] > m[low] ? clamp((metres - m[low]) / (m[high] - m[low]), 0, 1) : 0;
    return [x, y].map((of) => of[low] + (of[high] - of[low]) * part);
  }

  // What lies between two places, given by their metres.
  between(from, to) {
    return this.pieces.filter(({ m }) => m[m.length - 1] > from && m[0] < to).map((piece) => {
      const { m } = piece, [first, last] = [Math.max(from, m[0]), Math.min(to, m[m.length - 1])];
      const places = [first, ...m.filter((at) => at > first && at < last), last].map((at) => this.at(at, piece));
      return { x: places.map(([x]) => x), y: places.map(([, y]) => y) };
    });
  }

  // The place of the line that is nearest to another: how far from it (in pixels), and metres from the start.
  nearest(x, y, zoom) {
    const scale = pixels(zoom), found = { off: Infinity, m: 0 };
    for (const piece of this.level(Math.round(zoom)).pieces) for (let at = 0; at < piece.x.length; at++) {
      const before = Math.max(0, at - 1), dx = piece.x[at] - piece.x[before], dy = piece.y[at] - piece.y[before], square = dx * dx + dy * dy;
      const part = square ? clamp(((x - piece.x[before]) * dx + (y - piece.y[before]) * dy) / square, 0, 1) : 0;
      const off = Math.hypot(piece.x[before] + dx * part - x, piece.y[before] + dy * part - y) * scale;
      if (off < found.off) Object.assign(found, { off, m: piece.m[before] + (piece.m[at] - piece.m[before]) * part });
    }
    return found;
  }
}

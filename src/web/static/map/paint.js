// How ways look on a map: the same in both themes, for the ground below is bright in both.
const COURSE = "#9c0f71", RIM = "#fff", FAINT = "#4f5a54";

const trace = (brush, board, pieces) => {
  const scale = pixels(board.zoom), right = board.width / 2 - board.x * scale, down = board.height / 2 - board.y * scale;
  const side = (x, y) => (x < -40 ? 1 : x > board.width + 40 ? 2 : 0) | (y < -40 ? 4 : y > board.height + 40 ? 8 : 0);
  brush.beginPath();
  for (const piece of pieces) {
    let last = -1, lx = 0, ly = 0;
    for (let at = 0; at < piece.x.length; at++) {
      const x = piece.x[at] * scale + right, y = piece.y[at] * scale + down, here = side(x, y);
      // What lies outside on one side is not drawn.
      if (last >= 0 && !(here & last)) { if (last) brush.moveTo(lx, ly); brush.lineTo(x, y); } else brush.moveTo(x, y);
      [last, lx, ly] = [here, x, y];
    }
    // A single place is a dot.
    if (piece.x.length === 1) brush.lineTo(lx + 0.01, ly);
  }
};

const stroke = (brush, colour, width, dash = []) => {
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.setLineDash(dash);
  brush.stroke();
};

const circle = (brush, [x, y], radius, fill, line, width) => {
  brush.beginPath();
  brush.arc(x, y, radius, 0, 2 * Math.PI);
  brush.fillStyle = fill;
  brush.fill();
  stroke(brush, line, width);
};

// A shape that is drawn to the east, turned.
const turned = (brush, [x, y], angle, points) => {
  brush.beginPath();
  for (const [ahead, aside] of points)
    brush.lineTo(x + Math.cos(angle) * ahead - Math.sin(angle) * aside, y + Math.sin(angle) * ahead + Math.cos(angle) * aside);
  brush.closePath();
};

// A triangle for the start and a double circle for the finish, or both in one where they fall together. Where the way
// was cut off there is none: it would point at what is hidden.
const marks = (brush, board, way) => {
  const [start, finish] = way.ends().map(([x, y]) => board.spot(x, y)), first = way.pieces[0];
  let at = 0, ahead = start;
  while (at < first.x.length && Math.hypot(ahead[0] - start[0], ahead[1] - start[1]) < 6) ahead = board.spot(first.x[at], first.y[at++]);
  const angle = ahead === start ? -Math.PI / 2 : Math.atan2(ahead[1] - start[1], ahead[0] - start[0]);
  const triangle = (spot, points) => {
    turned(brush, spot, angle, points);
    brush.fillStyle = RIM;
    brush.fill();
    stroke(brush, COURSE, 3);
  };
  const [begins, ends] = way.has;
  if (begins && ends && Math.hypot(start[0] - finish[0], start[1] - finish[1]) < 24) {
    circle(brush, finish, 14, RIM, COURSE, 3);
    triangle(finish, [[8, 0], [-5, 7], [-5, -7]]);
  } else {
    for (const radius of ends ? [10, 5] : []) circle(brush, finish, radius, RIM, COURSE, 3);
    if (begins) triangle(start, [[11, 0], [-6.5, 9.5], [-6.5, -9.5]]);
  }
};

// A way by itself, with its gaps, arrows and marks, and the stretch that is measured.
const paintWay = (brush, board, way, planned, stretch) => {
  const { pieces, arrows } = way.level(Math.round(board.zoom)), more = board.zoom >= 16 ? 1 : 0;
  brush.lineCap = brush.lineJoin = "round";
  const gaps = way.pieces.slice(1).map((piece, at) => {
    const { x, y } = way.pieces[at];
    return { x: [x[x.length - 1], piece.x[0]], y: [y[y.length - 1], piece.y[0]] };
  });
  trace(brush, board, gaps.filter(({ x, y }) => x[0] !== x[1] || y[0] !== y[1]));
  stroke(brush, RIM, 4, [0.1, 6]);
  stroke(brush, FAINT, 2.5, [0.1, 6]);
  trace(brush, board, pieces.filter((piece) => piece.hidden));
  stroke(brush, RIM, 8 + more, [0.1, 9]);
  stroke(brush, COURSE, 5 + more, [0.1, 9]);
  trace(brush, board, pieces.filter((piece) => !piece.hidden));
  stroke(brush, RIM, 8 + more);
  stroke(brush, COURSE, 4 + more, planned ? [10, 7] : []);
  if (stretch) {
    trace(brush, board, stretch);
    for (const [colour, width] of [[RIM, 13], [COURSE, 9], [RIM, 3]]) stroke(brush, colour, width + more);
  }
  for (const [x, y, angle] of arrows) {
    const spot = board.spot(x, y);
    if (spot[0] < -10 || spot[1] < -10 || spot[0] > board.width + 10 || spot[1] > board.height + 10) continue;
    turned(brush, spot, angle, [[6, 0], [-4, 6], [-4, -6]]);
    stroke(brush, RIM, 3);
    brush.fillStyle = COURSE;
    brush.fill();
  }
  marks(brush, board, way);
};

//! Which parts of a line touch which tiles.

use super::line::BITS;
use super::{Line, Place, Tile};

/// The points of a piece of a line, from one to another, that touch a tile one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Run {
    pub tile: Tile,
    /// The number of the line.
    pub line: u32,
    pub piece: u32,
    pub first: u32,
    pub last: u32,
}

/// Runs of one line at one zoom: 150,000 km along tiles of the nearest one. What goes on after that was made up, and
/// is not drawn there.
const MOST: usize = 500_000;

/// A tile's side in units of a place.
pub(super) fn side(zoom: u8) -> i64 {
    1 << (BITS - u32::from(zoom))
}

/// Pushes the runs of a line at a zoom, drawn as wide as `reach` (units of a place) to either side.
pub(super) fn push(runs: &mut Vec<Run>, line: &Line, number: u32, zoom: u8, reach: i64) {
    let grid = Grid { zoom, reach };
    let most = runs.len() + MOST;
    for (piece, places) in (0..).zip(&line.pieces) {
        let run = |tile, first, last| Run {
            tile,
            line: number,
            piece,
            first,
            last,
        };
        if let [place] = places[..] {
            grid.tiles(place, place, |tile| runs.push(run(tile, 0, 0)));
        }
        // Those that reach to the present point, and those that reach to the next.
        let (mut open, mut next): (Vec<Run>, Vec<Run>) = (Vec::new(), Vec::new());
        for (at, pair) in (0..).zip(places.windows(2)) {
            grid.tiles(pair[0], pair[1], |tile| {
                let goes_on = open.iter().position(|run| run.tile == tile);
                let first = goes_on.map_or(at, |found| open.swap_remove(found).first);
                next.push(run(tile, first, at + 1));
            });
            runs.append(&mut open);
            std::mem::swap(&mut open, &mut next);
            if runs.len() > most {
                return;
            }
        }
        runs.append(&mut open);
    }
}

struct Grid {
    zoom: u8,
    reach: i64,
}

impl Grid {
    /// The tiles that the way from one place to another touches: row by row those between its westernmost and
    /// easternmost place in that row. Now and then one more, whose corner is out of reach.
    fn tiles(&self, a: Place, b: Place, mut found: impl FnMut(Tile)) {
        let side = side(self.zoom);
        let last = (1_i64 << self.zoom) - 1;
        let index = |unit: i64| unit.div_euclid(side).clamp(0, last);
        let (a, b) = if a.1 <= b.1 { (a, b) } else { (b, a) };
        let [(ax, ay), (bx, by)] = [a, b].map(|(x, y)| (i64::from(x), i64::from(y)));
        let (north, south) = (index(ay - self.reach), index(by + self.reach));
        for row in north..=south {
            let (mut west, mut east) = (ax.min(bx), ax.max(bx));
            if north != south {
                // The part of the way that is near enough to the row.
                let at = |y: i64| ax + (bx - ax) * (y.clamp(ay, by) - ay) / (by - ay).max(1);
                let (one, other) = (at(row * side - self.reach), at((row + 1) * side + self.reach));
                if ay != by {
                    (west, east) = (one.min(other), one.max(other));
                }
            }
            for column in index(west - self.reach - 1)..=index(east + self.reach + 1) {
                found((column as u32, row as u32));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(line: &Line, zoom: u8) -> Vec<Run> {
        let mut runs = Vec::new();
        push(&mut runs, line, 7, zoom, 64);
        runs.sort_unstable();
        runs
    }

    #[test]
    fn a_line_that_comes_back_has_two_runs_there() {
        let side = side(16) as u32;
        let at = |column: u32, n: u32| (column * side + 1000 + n * 100, 500 * side + 2000);
        let places = vec![at(300, 0), at(300, 1), at(301, 0), at(301, 1), at(301, 2), at(300, 2)];
        let line = Line { pieces: vec![places] };
        let found: Vec<_> = runs(&line, 16)
            .iter()
            .map(|run| (run.tile, run.first, run.last))
            .collect();
        assert_eq!(found, [((300, 500), 0, 2), ((300, 500), 4, 5), ((301, 500), 1, 5)]);
        assert_eq!(runs(&line, 0).len(), 1);
    }

    #[test]
    fn a_long_way_touches_the_tiles_along_it_and_not_its_box() {
        let side = side(16) as u32;
        let line = Line {
            pieces: vec![vec![(300 * side, 300 * side), (400 * side, 400 * side)]],
        };
        let count = runs(&line, 16).len();
        assert!((200..=420).contains(&count), "{count}");
    }

    #[test]
    fn what_was_made_up_has_an_end() {
        // To and fro, each time farther south.
        let places = (0..40_000).map(|n| ((n % 2) << 17, n << 12)).collect();
        let count = runs(&Line { pieces: vec![places] }, 16).len();
        assert!((MOST..2 * MOST).contains(&count), "{count}");
    }

    #[test]
    fn what_lies_on_the_rim_of_a_tile_is_drawn_on_its_neighbour_too_and_never_beyond_the_plane() {
        let side = side(16) as u32;
        let line = Line {
            pieces: vec![vec![(side, side)], vec![(0, 0)], vec![(u32::MAX >> 4, u32::MAX >> 4)]],
        };
        let tiles: Vec<Tile> = runs(&line, 16).iter().map(|run| run.tile).collect();
        assert_eq!(tiles, [(0, 0), (0, 0), (0, 1), (1, 0), (1, 1), (65_535, 65_535)]);
    }
}

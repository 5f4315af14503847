//! Which pixels of a tile one track touches, a bit each, and the pen that sets them.

use super::{Pixels, SIDE};

/// Words of a row.
const WORDS: usize = SIDE / 64;

/// A place on the tile in pixels, from its north-western corner.
pub(super) type Point = (f32, f32);

/// The pixels that are touched.
pub(super) struct Mask {
    words: Box<[u64; WORDS * SIDE]>,
    /// The rows that something was drawn in: from the first to before the last.
    rows: (usize, usize),
}

impl Mask {
    /// Nothing touched.
    pub(super) fn new() -> Mask {
        Mask {
            words: Box::new([0; WORDS * SIDE]),
            rows: (SIDE, 0),
        }
    }

    /// Touches every pixel whose centre is as near to the way from `a` to `b` as `reach`. That shape is convex, so
    /// each row of it is one stretch: between the outermost of what the two round ends and the two long edges have
    /// in that row.
    pub(super) fn draw(&mut self, a: Point, b: Point, reach: f32) {
        let side = SIDE as f32;
        let (west, east) = (a.0.min(b.0) - reach, a.0.max(b.0) + reach);
        let (north, south) = (a.1.min(b.1) - reach, a.1.max(b.1) + reach);
        if east < 0.0 || west > side || south < 0.0 || north > side {
            return;
        }
        let (first, end) = stretch(north, south);
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        let (dx, dy) = ((b.0 - a.0) / length * reach, (b.1 - a.1) / length * reach);
        for row in first..end {
            let y = row as f32 + 0.5;
            let mut span = (f32::INFINITY, f32::NEG_INFINITY);
            for end in [a, b] {
                let off = y - end.1;
                if off.abs() <= reach {
                    let half = (reach * reach - off * off).sqrt();
                    span = (span.0.min(end.0 - half), span.1.max(end.0 + half));
                }
            }
            for (from, to) in [
                ((a.0 - dy, a.1 + dx), (b.0 - dy, b.1 + dx)),
                ((a.0 + dy, a.1 - dx), (b.0 + dy, b.1 - dx)),
            ] {
                if from.1.min(to.1) <= y && y <= from.1.max(to.1) && from.1 != to.1 {
                    let x = from.0 + (y - from.1) / (to.1 - from.1) * (to.0 - from.0);
                    span = (span.0.min(x), span.1.max(x));
                }
            }
            if span.0 <= span.1 {
                self.fill(row, span);
            }
        }
    }

    /// Touches what of a row has its centre within.
    fn fill(&mut self, row: usize, span: (f32, f32)) {
        let (first, end) = stretch(span.0, span.1);
        if first >= end {
            return;
        }
        self.rows = (self.rows.0.min(row), self.rows.1.max(row + 1));
        let words = &mut self.words[row * WORDS..(row + 1) * WORDS];
        for (at, word) in words.iter_mut().enumerate() {
            let (from, to) = (first.max(at * 64), end.min(at * 64 + 64));
            if from < to {
                *word |= (u64::MAX >> (64 - (to - from))) << (from - at * 64);
            }
        }
    }

    /// Counts one more at each pixel that is touched, up to 255, and forgets all.
    pub(super) fn count_in(&mut self, counts: &mut Pixels) {
        for at in self.rows.0 * WORDS..self.rows.1 * WORDS {
            let mut word = std::mem::take(&mut self.words[at]);
            let pixels = &mut counts[at * 64..at * 64 + 64];
            if word == u64::MAX {
                pixels.iter_mut().for_each(|count| *count = count.saturating_add(1));
                continue;
            }
            while word != 0 {
                let count = &mut pixels[word.trailing_zeros() as usize];
                *count = count.saturating_add(1);
                word &= word - 1;
            }
        }
        self.rows = (SIDE, 0);
    }
}

/// The pixels of a side whose centres are from `low` to `high`: from the first to before the end.
fn stretch(low: f32, high: f32) -> (usize, usize) {
    let side = SIDE as f32;
    let first = (low - 0.5).ceil().clamp(0.0, side);
    let end = (high + 0.5).floor().clamp(0.0, side);
    (first as usize, end as usize)
}

#[cfg(test)]
mod tests {
    use super::super::blank;
    use super::*;

    /// The squared distance from a point to the way from `a` to `b`.
    fn distance(p: Point, a: Point, b: Point) -> f32 {
        let (vx, vy) = (b.0 - a.0, b.1 - a.1);
        let square = vx * vx + vy * vy;
        let t = match square {
            0.0 => 0.0,
            square => (((p.0 - a.0) * vx + (p.1 - a.1) * vy) / square).clamp(0.0, 1.0),
        };
        (p.0 - a.0 - t * vx).hypot(p.1 - a.1 - t * vy)
    }

    #[test]
    fn exactly_the_pixels_within_reach_are_touched() {
        for (a, b, reach) in [
            ((10.3, 20.7), (40.1, 25.2), 4.0),
            ((40.0, 25.0), (10.0, 20.0), 1.0),
            ((100.0, 100.0), (100.0, 100.0), 3.0),
            ((50.0, 10.0), (50.0, 90.0), 2.0),
            ((10.0, 50.0), (90.0, 50.0), 2.0),
            ((-40.0, -30.0), (300.0, 280.0), 4.0),
            ((250.0, 128.0), (9000.0, 130.0), 4.0),
            ((-3.0, 128.0), (-3.0, 130.0), 4.0),
            ((400.0, 300.0), (500.0, 500.0), 4.0),
        ] {
            let (mut mask, mut counts) = (Mask::new(), blank());
            mask.draw(a, b, reach);
            mask.count_in(&mut counts);
            for (at, count) in counts.iter().enumerate() {
                let centre = ((at % SIDE) as f32 + 0.5, (at / SIDE) as f32 + 0.5);
                let far = distance(centre, a, b);
                // On the rim the last bit of the numbers decides.
                if (far - reach).abs() > 0.01 {
                    assert_eq!(*count == 1, far < reach, "{centre:?} of {a:?} {b:?}: {far}");
                }
            }
        }
    }

    #[test]
    fn a_track_counts_once_however_often_it_passes_and_255_is_the_most() {
        let (mut mask, mut counts) = (Mask::new(), blank());
        mask.draw((0.0, 10.0), (256.0, 10.0), 2.0);
        mask.draw((256.0, 10.0), (0.0, 10.0), 2.0);
        mask.count_in(&mut counts);
        assert_eq!(
            (counts[10 * SIDE], counts[10 * SIDE + 255], counts[20 * SIDE]),
            (1, 1, 0)
        );
        for _ in 0..300 {
            mask.draw((0.0, 10.0), (5.0, 10.0), 2.0);
            mask.count_in(&mut counts);
        }
        assert_eq!((counts[10 * SIDE], counts[10 * SIDE + 255]), (255, 1));
    }
}

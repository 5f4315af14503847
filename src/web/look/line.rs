//! A track's line, from places on the earth to places in a picture.
//!
//! Pictures here are small, so Web Mercator (spherical) is enough: true to scale and north up. A line that
//! crosses the 180th meridian is kept in one piece.

use crate::gpx::mercator::north;
use crate::gpx::thin::kept;
use std::fmt::Write;

/// A place in a picture: right, down.
pub type Spot = [f64; 2];

/// A track's line on the earth: its pieces, each a run of places (latitude, longitude; degrees).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// The pieces, in order; between two of them nothing was recorded.
    pub pieces: Vec<Vec<(f64, f64)>>,
    /// Whether it begins and ends where the recording does: a mark elsewhere would point at what is hidden.
    pub ends: [bool; 2],
}

/// A box to draw in: its size and what stays free at each side.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Free at each side.
    pub inset: f64,
}

/// A line that fits into a picture.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The pieces, each of at least one spot.
    pub pieces: Vec<Vec<Spot>>,
    ends: [bool; 2],
}

impl Line {
    /// A line that nothing was taken out of.
    pub fn whole(pieces: Vec<Vec<(f64, f64)>>) -> Line {
        Line {
            pieces,
            ends: [true; 2],
        }
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.pieces.iter().all(Vec::is_empty)
    }

    /// The line as large as the frame allows, in its middle. A line without extent becomes its middle.
    pub fn fit(&self, frame: Frame) -> Option<Fitted> {
        let flat = self.flat();
        let [left, top, right, bottom] = bounds(&flat)?;
        let room = |size: f64| (size - 2.0 * frame.inset).max(1.0);
        let stretch = |room: f64, size: f64| if size > 0.0 { room / size } else { f64::INFINITY };
        let scale = stretch(room(frame.width), right - left).min(stretch(room(frame.height), bottom - top));
        let scale = if scale.is_finite() { scale } else { 0.0 };
        let place = |[x, y]: Spot| {
            let middle = [(left + right) / 2.0, (top + bottom) / 2.0];
            [
                frame.width / 2.0 + (x - middle[0]) * scale,
                frame.height / 2.0 + (y - middle[1]) * scale,
            ]
        };
        let pieces = flat
            .into_iter()
            .map(|piece| piece.into_iter().map(place).collect())
            .collect();
        Some(Fitted {
            pieces,
            ends: self.ends,
        })
    }

    /// The pieces in radians on the Mercator plane, y pointing south.
    fn flat(&self) -> Vec<Vec<Spot>> {
        let usable = |&&(lat, lon): &&(f64, f64)| lat.is_finite() && lon.is_finite() && lat.abs() < 89.9;
        let places = || self.pieces.iter().flatten().filter(usable);
        let east = places().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
        let west = places().map(|p| p.1).fold(f64::INFINITY, f64::min);
        let turn = if east - west > 180.0 { 360.0 } else { 0.0 };
        let project = |&(lat, lon): &(f64, f64)| {
            let lon = if lon < 0.0 { lon + turn } else { lon };
            [lon.to_radians(), -north(lat)]
        };
        let pieces = self
            .pieces
            .iter()
            .map(|piece| piece.iter().filter(usable).map(project).collect::<Vec<_>>());
        pieces.filter(|piece| !piece.is_empty()).collect()
    }
}

fn bounds(pieces: &[Vec<Spot>]) -> Option<[f64; 4]> {
    let mut spots = pieces.iter().flatten();
    let first = spots.next()?;
    let start = [first[0], first[1], first[0], first[1]];
    Some(spots.fold(start, |b, s| {
        [b[0].min(s[0]), b[1].min(s[1]), b[2].max(s[0]), b[3].max(s[1])]
    }))
}

fn thinned(piece: &[Spot], tolerance: f64) -> Vec<Spot> {
    let kept = kept(piece, tolerance);
    piece
        .iter()
        .zip(kept)
        .filter(|(_, kept)| *kept)
        .map(|(spot, _)| *spot)
        .collect()
}

/// So many tenths as SVG takes them, without the nought before the point.
fn tenths(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    match (number.abs() / 10, number.abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (0, tenth) => format!("{sign}.{tenth}"),
        (whole, tenth) => format!("{sign}{whole}.{tenth}"),
    }
}

impl Fitted {
    /// The whole as the `d` of an SVG path, to a tenth of a unit; spots that fall together are left out. Each
    /// spot is told from the one before, which is shorter: pages hold many of these.
    pub fn path(&self) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            let mut last: Option<[i64; 2]> = None;
            for spot in piece {
                let rounded = spot.map(|v| (v * 10.0).round() as i64);
                let step = |at: usize| rounded[at] - last.map_or(0, |last| last[at]);
                if last.is_some() && step(0) == 0 && step(1) == 0 {
                    continue;
                }
                let letter = if last.is_none() { 'M' } else { 'l' };
                let [x, y] = [step(0), step(1)].map(tenths);
                let gap = if y.starts_with('-') { "" } else { " " };
                let _ = write!(out, "{letter}{x}{gap}{y}");
                last = Some(rounded);
            }
        }
        out
    }

    /// The same line with at most so many spots, as few as needed to show it to within `tolerance`; a crowd of
    /// pieces may keep more, since each has two ends.
    pub fn sketched(self, most: usize, tolerance: f64) -> Fitted {
        let mut tolerance = tolerance;
        let mut sketch = self.thinned(tolerance);
        while sketch.pieces.iter().map(Vec::len).sum::<usize>() > most.max(2 * sketch.pieces.len()) {
            tolerance *= 1.5;
            sketch = sketch.thinned(tolerance);
        }
        sketch
    }

    /// The same line with as few spots as show it to within so much.
    pub fn thinned(self, tolerance: f64) -> Fitted {
        Fitted {
            pieces: self.pieces.iter().map(|piece| thinned(piece, tolerance)).collect(),
            ends: self.ends,
        }
    }

    /// Where it begins.
    pub fn start(&self) -> Option<Spot> {
        self.pieces.first()?.first().copied()
    }

    /// Where it ends.
    pub fn finish(&self) -> Option<Spot> {
        self.pieces.last()?.last().copied()
    }

    /// Where start and finish are to be marked.
    pub fn marked(&self) -> [Option<Spot>; 2] {
        [
            self.start().filter(|_| self.ends[0]),
            self.finish().filter(|_| self.ends[1]),
        ]
    }

    /// The direction of travel at the start, in degrees clockwise from north.
    pub fn heading(&self) -> f64 {
        let Some([x, y]) = self.start() else { return 0.0 };
        let ahead = self.pieces.iter().flatten().find(|s| (s[0] - x).hypot(s[1] - y) > 6.0);
        ahead.map_or(0.0, |s| (s[0] - x).atan2(y - s[1]).to_degrees())
    }

    /// The length of the line in the picture.
    pub fn length(&self) -> f64 {
        let of = |piece: &Vec<Spot>| {
            piece
                .windows(2)
                .map(|w| (w[1][0] - w[0][0]).hypot(w[1][1] - w[0][1]))
                .sum::<f64>()
        };
        self.pieces.iter().map(of).sum()
    }

    /// Spots every `step` along the line with the direction of travel there (degrees clockwise from north).
    pub fn along(&self, step: f64) -> Vec<(Spot, f64)> {
        let mut out = Vec::new();
        let mut left = step;
        for pair in self.pieces.iter().flat_map(|piece| piece.windows(2)) {
            let ([x, y], [dx, dy]) = (pair[0], [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]]);
            let length = dx.hypot(dy);
            let mut at = left;
            while at <= length && length > 0.0 {
                let part = at / length;
                out.push(([x + dx * part, y + dy * part], dx.atan2(-dy).to_degrees()));
                at += step;
            }
            left = at - length;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame {
        width: 44.0,
        height: 44.0,
        inset: 5.0,
    };

    fn line(places: &[(f64, f64)]) -> Line {
        Line::whole(vec![places.to_vec()])
    }

    #[test]
    fn north_is_up_and_the_scale_is_true() {
        let fitted = line(&[(0.0, 0.0), (1.0, 2.0)]).fit(FRAME).unwrap();
        let (start, finish) = (fitted.start().unwrap(), fitted.finish().unwrap());
        assert!((start[0] - 5.0).abs() < 0.01 && (finish[0] - 39.0).abs() < 0.01);
        assert!(start[1] > finish[1]);
        assert!((start[1] - finish[1] - 17.0).abs() < 0.01);
    }

    #[test]
    fn a_single_place_is_the_middle() {
        let fitted = line(&[(48.0, 7.0), (48.0, 7.0)]).fit(FRAME).unwrap();
        assert_eq!(fitted.start(), Some([22.0, 22.0]));
        assert_eq!(fitted.path(), "M22 22");
    }

    #[test]
    fn nothing_and_nonsense_draw_nothing() {
        assert!(Line::default().fit(FRAME).is_none());
        assert!(
            line(&[(f64::NAN, 1.0), (95.0, 1.0), (1.0, f64::INFINITY)])
                .fit(FRAME)
                .is_none()
        );
    }

    #[test]
    fn the_date_line_does_not_tear_a_track() {
        let fitted = line(&[(0.0, 179.0), (1.0, -179.0)]).fit(FRAME).unwrap();
        assert!(fitted.start().unwrap()[0] < fitted.finish().unwrap()[0]);
    }

    #[test]
    fn a_thinned_line_keeps_its_ends_and_its_corners() {
        let wave = (0..300)
            .map(|n| [f64::from(n), if n == 100 { 9.0 } else { 0.1 * f64::from(n % 2) }])
            .collect();
        let thin = Fitted {
            pieces: vec![wave, vec![[1.0, 1.0]], vec![]],
            ends: [true; 2],
        }
        .thinned(0.4);
        let kept: Vec<f64> = thin.pieces[0].iter().map(|spot| spot[0]).collect();
        assert!(
            kept.len() < 10 && [0.0, 100.0, 299.0].iter().all(|x| kept.contains(x)),
            "{kept:?}"
        );
        assert_eq!((thin.pieces[1].len(), thin.pieces[2].len()), (1, 0));
    }

    #[test]
    fn a_sketch_has_few_spots_however_winding_the_way() {
        let winding = (0..900).map(|n| [f64::from(n % 44), f64::from(n * n % 41)]).collect();
        let sketch = Fitted {
            pieces: vec![winding],
            ends: [true; 2],
        }
        .sketched(40, 0.35);
        assert!((2..=40).contains(&sketch.pieces[0].len()), "{}", sketch.pieces[0].len());
        let specks = Fitted {
            pieces: vec![vec![[1.0, 1.0], [2.0, 2.0]]; 50],
            ends: [true; 2],
        };
        assert_eq!(specks.sketched(40, 0.35).pieces.len(), 50);
    }

    #[test]
    fn a_path_tells_each_spot_from_the_one_before() {
        let fitted = Fitted {
            pieces: vec![
                vec![[1.04, 2.0], [3.0, 1.5], [3.0, 1.52], [2.95, 7.0]],
                vec![[5.0, 5.0], [4.0, 6.0]],
            ],
            ends: [true; 2],
        };
        assert_eq!(fitted.path(), "M1 2l2-.5l0 5.5M5 5l-1 1");
    }

    #[test]
    fn arrows_stand_at_even_steps() {
        let fitted = Fitted {
            pieces: vec![vec![[0.0, 0.0], [5.0, 0.0], [25.0, 0.0]]],
            ends: [true; 2],
        };
        let spots: Vec<f64> = fitted.along(10.0).iter().map(|(s, _)| s[0]).collect();
        assert_eq!(spots, [10.0, 20.0]);
        assert_eq!(fitted.along(10.0)[0].1, 90.0);
        assert_eq!(fitted.length(), 25.0);
    }
}

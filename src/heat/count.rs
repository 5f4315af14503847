//! The heat map: how many tracks touch each pixel of a tile.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::line::BITS;
use super::mask::{Mask, Point};
use super::palette::Palette;
use super::runs::{self, Run};
use super::{Line, Pixels, Tile, blank, picture};

/// Parts of lines that are held at once, 24 bytes each.
const MOST_RUNS: usize = 2_000_000;

/// Points of a line that are nearer to the last one than this are passed over, in pixels.
const FINE: f32 = 0.25;

/// How far a line reaches to either side at a zoom, in pixels.
fn reach(zoom: u8) -> u8 {
    (zoom / 4).max(1)
}

/// A pixel in units of a place.
fn pixel(zoom: u8) -> i64 {
    1 << (BITS - 8 - u32::from(zoom))
}

/// Some lines at one zoom, and which tiles they touch.
pub struct Lines<'a> {
    zoom: u8,
    lines: &'a [Line],
    /// In the order of their tiles, those of a tile in the order of their lines.
    runs: Vec<Run>,
}

/// As many of the lines as are worked on at once, one at least; where there is only room for some, the rest comes
/// back too. `wanted`: only these tiles.
pub fn spread<'a>(lines: &'a [Line], zoom: u8, wanted: Option<&BTreeSet<Tile>>) -> (Lines<'a>, &'a [Line]) {
    let mut runs = Vec::new();
    let mut done = 0;
    for (number, line) in (0..).zip(lines) {
        let from = runs.len();
        runs::push(&mut runs, line, number, zoom, i64::from(reach(zoom)) * pixel(zoom));
        if let Some(wanted) = wanted {
            let mut at = from;
            while at < runs.len() {
                match wanted.contains(&runs[at].tile) {
                    true => at += 1,
                    false => drop(runs.swap_remove(at)),
                }
            }
        }
        done += 1;
        if runs.len() > MOST_RUNS {
            break;
        }
    }
    runs.sort_unstable();
    let (lines, rest) = lines.split_at(done);
    (Lines { zoom, lines, runs }, rest)
}

impl Lines<'_> {
    /// The tiles that are touched, in order.
    pub fn tiles(&self) -> Vec<Tile> {
        self.runs
            .chunk_by(|a, b| a.tile == b.tile)
            .map(|runs| runs[0].tile)
            .collect()
    }

    /// Draws the lines on tiles, each given with what is on it already: the PNG of each that has anything on it
    /// then, in the same order. Absent for one that has not. With so many threads.
    pub fn draw(&self, tiles: &[(Tile, Option<Vec<u8>>)], palette: &Palette, threads: usize) -> Vec<Option<Vec<u8>>> {
        let next = AtomicUsize::new(0);
        let drawn = Mutex::new(vec![None; tiles.len()]);
        let work = || {
            let mut mask = Mask::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((tile, before)) = tiles.get(at) else { return };
                let counts = self.count(*tile, before.as_deref(), &mut mask);
                let png = picture::encode(&counts, palette, u8::MAX);
                drawn.lock().unwrap_or_else(PoisonError::into_inner)[at] = png;
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        drawn.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, tile: Tile, before: Option<&[u8]>, mask: &mut Mask) -> Box<Pixels> {
        let mut counts = before.and_then(picture::decode).unwrap_or_else(blank);
        let from = self.runs.partition_point(|run| run.tile < tile);
        let to = from + self.runs[from..].partition_point(|run| run.tile == tile);
        // A track counts once, however many of its parts are here.
        for of_line in self.runs[from..to].chunk_by(|a, b| a.line == b.line) {
            for run in of_line {
                self.draw_run(run, mask);
            }
            mask.count_in(&mut counts);
        }
        counts
    }

    fn draw_run(&self, run: &Run, mask: &mut Mask) {
        let piece = &self.lines[run.line as usize].pieces[run.piece as usize];
        let side = runs::side(self.zoom);
        let origin = (i64::from(run.tile.0) * side, i64::from(run.tile.1) * side);
        let unit = pixel(self.zoom) as f32;
        let on_tile = |at: u32| -> Point {
            let (x, y) = piece[at as usize];
            (
                (i64::from(x) - origin.0) as f32 / unit,
                (i64::from(y) - origin.1) as f32 / unit,
            )
        };
        let reach = f32::from(reach(self.zoom));
        let mut last = on_tile(run.first);
        if run.first == run.last {
            mask.draw(last, last, reach);
        }
        for at in run.first + 1..=run.last {
            let point = on_tile(at);
            let is_fine = (point.0 - last.0).abs() < FINE && (point.1 - last.1).abs() < FINE;
            // The first one draws, or a line within a pixel would not be there at all.
            if !is_fine || at == run.first + 1 {
                mask.draw(last, point, reach);
                last = point;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Line {
        Line::new([points.iter().copied()])
    }

    /// A ride through some tiles at the nearest zoom.
    fn ride(seed: u32) -> Line {
        let step = |n: u32, by: u32| f64::from((n * by + seed * 31) % 17) / 1e4;
        line(&Vec::from_iter((0..400).map(|n| {
            let along = f64::from(n) / 1e4;
            (48.0 + along + step(n, 7), 7.8 + along / 2.0 + step(n, 5))
        })))
    }

    fn draw(lines: &[Line], zoom: u8, threads: usize) -> Vec<(Tile, Vec<u8>)> {
        let (spread, rest) = spread(lines, zoom, None);
        assert!(rest.is_empty());
        let tiles: Vec<_> = spread.tiles().into_iter().map(|tile| (tile, None)).collect();
        let drawn = spread.draw(&tiles, &Palette::of_heat(9), threads);
        let with_tile = tiles
            .iter()
            .zip(drawn)
            .filter_map(|((tile, _), png)| Some((*tile, png?)));
        with_tile.collect()
    }

    #[test]
    fn tracks_that_are_added_one_by_one_make_the_same_picture() {
        let lines: Vec<Line> = (0..5).map(ride).collect();
        for zoom in [0, 7, 12, 16] {
            let whole = draw(&lines, zoom, 3);
            let mut grown: Vec<(Tile, Vec<u8>)> = Vec::new();
            for line in &lines {
                let (spread, _) = spread(std::slice::from_ref(line), zoom, None);
                let find = |tile: &Tile| {
                    grown
                        .iter()
                        .find(|(known, _)| known == tile)
                        .map(|(_, png)| png.clone())
                };
                let tiles: Vec<_> = spread.tiles().iter().map(|tile| (*tile, find(tile))).collect();
                let drawn = spread.draw(&tiles, &Palette::of_heat(9), 1);
                for ((tile, _), png) in tiles.iter().zip(drawn) {
                    grown.retain(|(known, _)| known != tile);
                    grown.extend(png.map(|png| (*tile, png)));
                }
            }
            grown.sort();
            assert!(grown == whole, "{zoom}");
        }
    }

    #[test]
    fn a_tile_is_as_it_would_be_among_all() {
        let lines: Vec<Line> = (0..3).map(ride).collect();
        let whole = draw(&lines, 16, 1);
        let wanted = BTreeSet::from([whole[1].0]);
        let (spread, _) = spread(&lines, 16, Some(&wanted));
        assert_eq!(spread.tiles(), [whole[1].0]);
        let drawn = spread.draw(&[(whole[1].0, None)], &Palette::of_heat(9), 1);
        assert_eq!(drawn, [Some(whole[1].1.clone())]);
    }

    #[test]
    fn a_place_is_as_hot_as_tracks_were_there() {
        let there_and_back = line(&[(48.0, 7.8), (48.001, 7.8), (48.0, 7.8)]);
        let lines = [there_and_back, line(&[(48.0005, 7.8)])];
        for (_, png) in draw(&lines, 16, 1) {
            let counts = picture::decode(&png).unwrap();
            assert!(counts.contains(&1) && counts.iter().all(|count| *count <= 2));
        }
        let all = draw(&lines, 16, 1);
        assert!(all.iter().any(|(_, png)| picture::find_peak(png) == Some(2)));
        assert!(draw(&[Line::default()], 3, 2).is_empty());
    }
}

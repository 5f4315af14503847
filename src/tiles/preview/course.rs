//! A track on its picture: the line with its casing, a triangle for the start and a double circle for the finish, in
//! the shapes and sizes of the maps in the browser (`static/map/paint.js`).

use std::f32::consts::FRAC_PI_2;

use tiny_skia::{Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};

/// A place in the picture: right, down; pixels of the usual picture.
type Spot = (f32, f32);

/// Width of the line, of its casing, and of the outline of marks, in pixels.
const LINE: f32 = 5.0;
const CASING: f32 = 9.0;
const OUTLINE: f32 = 3.0;
/// Dashes and gaps of a planned line, in pixels; round ends make the ones longer and the others shorter.
const DASHES: [f32; 2] = [10.0, 7.0];
/// Start and finish nearer to one another share a mark, in pixels.
const TOGETHER: f32 = 24.0;
/// The way ahead is that to the first place so far from the start, in pixels.
const AHEAD: f32 = 6.0;

/// Draws the pieces of a line, none of them empty; everything is `scale` times as large in the picture. What is
/// planned is dashed, over a casing that is not.
pub(super) fn draw(picture: &mut Pixmap, pieces: &[Vec<Spot>], is_planned: bool, scale: f32) {
    let mut brush = Brush { picture, scale };
    let mut line = PathBuilder::new();
    for piece in pieces {
        let Some((first, rest)) = piece.split_first() else {
            continue;
        };
        line.move_to(first.0, first.1);
        rest.iter().for_each(|(x, y)| line.line_to(*x, *y));
        // A single place is a dot.
        if rest.is_empty() {
            line.line_to(first.0 + 0.01, first.1);
        }
    }
    let Some(path) = line.finish() else { return };
    brush.stroke(&path, white(), CASING, None);
    let dash = is_planned.then(|| StrokeDash::new(DASHES.to_vec(), 0.0)).flatten();
    brush.stroke(&path, course(), LINE, dash);
    brush.marks(pieces);
}

struct Brush<'a> {
    picture: &'a mut Pixmap,
    scale: f32,
}

impl Brush<'_> {
    /// Both in one mark where they fall together.
    fn marks(&mut self, pieces: &[Vec<Spot>]) {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            return;
        };
        let (Some(start), Some(finish)) = (first.first(), last.last()) else {
            return;
        };
        let heading = heading(first);
        if distance(*start, *finish) < TOGETHER {
            self.ring(*finish, 14.0);
            self.triangle(*finish, heading, [(8.0, 0.0), (-5.0, 7.0), (-5.0, -7.0)]);
        } else {
            self.ring(*finish, 10.0);
            self.ring(*finish, 5.0);
            self.triangle(*start, heading, [(11.0, 0.0), (-6.5, 9.5), (-6.5, -9.5)]);
        }
    }

    fn ring(&mut self, (x, y): Spot, radius: f32) {
        if let Some(path) = PathBuilder::from_circle(x, y, radius) {
            self.mark(&path);
        }
    }

    /// Corners: so far ahead, so far aside.
    fn triangle(&mut self, (x, y): Spot, heading: f32, corners: [(f32, f32); 3]) {
        let (sin, cos) = heading.sin_cos();
        let [tip, right, left] =
            corners.map(|(ahead, aside)| (x + cos * ahead - sin * aside, y + sin * ahead + cos * aside));
        let mut path = PathBuilder::new();
        path.move_to(tip.0, tip.1);
        path.line_to(right.0, right.1);
        path.line_to(left.0, left.1);
        path.close();
        if let Some(path) = path.finish() {
            self.mark(&path);
        }
    }

    fn mark(&mut self, path: &Path) {
        let place = Transform::from_scale(self.scale, self.scale);
        self.picture
            .fill_path(path, &paint(white()), FillRule::Winding, place, None);
        self.stroke(path, course(), OUTLINE, None);
    }

    fn stroke(&mut self, path: &Path, color: Color, width: f32, dash: Option<StrokeDash>) {
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            dash,
            ..Stroke::default()
        };
        let place = Transform::from_scale(self.scale, self.scale);
        self.picture.stroke_path(path, &paint(color), &stroke, place, None);
    }
}

/// Where a piece leads from its first place, in radians from east to south; up if it leads nowhere.
fn heading(piece: &[Spot]) -> f32 {
    let (Some(start), Some(last)) = (piece.first(), piece.last()) else {
        return -FRAC_PI_2;
    };
    let ahead = piece.iter().find(|spot| distance(*start, **spot) >= AHEAD);
    let (x, y) = ahead.unwrap_or(last);
    let (right, down) = (x - start.0, y - start.1);
    if right == 0.0 && down == 0.0 {
        return -FRAC_PI_2;
    }
    down.atan2(right)
}

fn distance(a: Spot, b: Spot) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn white() -> Color {
    Color::WHITE
}

fn course() -> Color {
    Color::from_rgba8(0x9c, 0x0f, 0x71, 0xff)
}

fn paint(color: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(color);
    paint
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: &str = "white";
    const COURSE: &str = "course";

    /// What is at a spot of the drawing.
    fn seen(picture: &Pixmap, scale: f32, (x, y): Spot) -> &'static str {
        let pixel = picture.pixel((x * scale) as u32, (y * scale) as u32).unwrap();
        match (pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()) {
            (255, 255, 255, 255) => WHITE,
            (0x9c, 0x0f, 0x71, 255) => COURSE,
            (0, 0, 0, 0) => "nothing",
            _ => "an edge",
        }
    }

    fn drawn(pieces: &[Vec<Spot>], scale: f32) -> Pixmap {
        let side = (300.0 * scale) as u32;
        let mut picture = Pixmap::new(side, side).unwrap();
        draw(&mut picture, pieces, false, scale);
        picture
    }

    #[test]
    fn a_planned_line_is_dashed_over_a_whole_casing() {
        let line = [vec![(50.5, 150.5), (250.5, 150.5)]];
        for scale in [1.0, 2.0] {
            let side = (300.0 * scale) as u32;
            let mut picture = Pixmap::new(side, side).unwrap();
            draw(&mut picture, &line, true, scale);
            let colours: Vec<&str> = (80..220).map(|x| seen(&picture, scale, (x as f32, 150.5))).collect();
            assert!(colours.contains(&COURSE) && colours.contains(&WHITE) && !colours.contains(&"nothing"));
            let dashes = colours.chunk_by(|a, b| a == b).filter(|run| run[0] == COURSE).count();
            assert!((7..=10).contains(&dashes), "{dashes} at {scale}");
        }
    }

    #[test]
    fn start_and_finish_are_those_of_the_maps_in_both_densities() {
        let line = [
            vec![(50.5, 150.5), (120.0, 150.5)],
            vec![(130.0, 150.5), (250.5, 150.5)],
        ];
        for scale in [1.0, 2.0] {
            let picture = drawn(&line, scale);
            let expected = [
                // The finish: a ring of 10 around one of 5, white between and within.
                ((250.5, 150.5), WHITE),
                ((250.5, 155.5), COURSE),
                ((250.5, 158.0), WHITE),
                ((250.5, 160.5), COURSE),
                ((250.5, 163.0), "nothing"),
                // The start: a triangle with its tip to the east and a side to the west.
                ((50.5, 150.5), WHITE),
                ((61.0, 150.5), COURSE),
                ((44.0, 150.5), COURSE),
                ((44.0, 160.0), COURSE),
                ((55.5, 160.0), "nothing"),
                // The line, its casing, and the gap.
                ((90.5, 150.5), COURSE),
                ((90.5, 154.2), WHITE),
                ((90.5, 156.0), "nothing"),
            ];
            for (spot, what) in expected {
                assert_eq!(seen(&picture, scale, spot), what, "{spot:?} at {scale}");
            }
        }
    }

    #[test]
    fn a_loop_has_one_mark_and_a_single_place_points_up() {
        let round = vec![(150.5, 150.5), (150.5, 250.5), (50.5, 250.5), (150.5, 160.0)];
        let picture = drawn(&[round], 1.0);
        // Around the finish, and within it the triangle that leads south.
        for (spot, what) in [
            ((164.5, 160.0), COURSE),
            ((150.5, 168.0), COURSE),
            ((150.5, 149.5), WHITE),
        ] {
            assert_eq!(seen(&picture, 1.0, spot), what, "{spot:?}");
        }
        assert_eq!(heading(&[(10.0, 10.0)]), -FRAC_PI_2);
        // A shiver at the start is no direction.
        assert_eq!(heading(&[(10.0, 10.0), (9.0, 10.0), (20.0, 10.0)]), 0.0);
        assert_eq!(seen(&drawn(&[], 1.0), 1.0, (150.0, 150.0)), "nothing");
    }
}

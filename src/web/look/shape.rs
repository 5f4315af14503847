//! A track's outline alone: the small shape in rows, the drawing on the stage, the picture of a card.
//!
//! One grammar everywhere: a line in the course colour, a triangle at the start, a double circle at the
//! finish; planned tracks are dashed. The picture carries its own colours, since no style sheet reaches it.

use super::line::{Fitted, Frame, Line, Spot};
use maud::{Markup, html};

/// Spots of an outline in a row.
const SKETCH: usize = 40;

/// The outline in a square of 44, for rows.
pub fn shape(line: &Line, planned: bool) -> Markup {
    let frame = Frame {
        width: 44.0,
        height: 44.0,
        inset: 5.0,
    };
    // A third of a pixel is not seen, and a page may hold four hundred of these.
    let fitted = line.fit(frame).map(|fitted| fitted.sketched(SKETCH, 0.35));
    html! {
        svg .shape viewBox="0 0 44 44" aria-hidden="true" {
            @if let Some(fitted) = fitted {
                @if fitted.length() < 1.0 { circle .dot cx="22" cy="22" r="4" {} }
                @else { path .course .planned[planned] d=(fitted.path()) {} }
            }
        }
    }
}

/// The room on a phone's stage.
pub const PHONE: Frame = Frame {
    width: 390.0,
    height: 360.0,
    inset: 28.0,
};

/// The room on a desk's stage.
pub const DESK: Frame = Frame {
    width: 1088.0,
    height: 416.0,
    inset: 32.0,
};

/// The drawing on the stage of a track's page, in the page's own colours. Marks do not scale with the
/// window, so there is one for each kind of stage; `class` says on which it is shown.
pub fn stage(line: &Line, planned: bool, name: &str, frame: Frame, class: &str) -> Markup {
    framed(&course(line, planned, frame), name, frame, class)
}

/// What [`stage`] draws, without its frame and the name there.
pub fn course(line: &Line, planned: bool, frame: Frame) -> Markup {
    html! {
        @if let Some(fitted) = line.fit(frame) {
            @let path = fitted.path();
            path .casing stroke-width="8" d=(path) {}
            path .course .planned[planned] stroke-width="4" d=(path) {}
            @for ([x, y], heading) in arrows(&fitted) {
                path .arrow transform=(turned([x, y], heading)) d="M0-6 5 6H-5z" {}
            }
            (marks(&fitted, None))
        }
    }
}

/// A [`course`] in the frame that it was drawn for.
pub fn framed(course: &Markup, name: &str, frame: Frame, class: &str) -> Markup {
    html! {
        svg class=(class) role="img" aria-label=(name) viewBox={ "0 0 " (frame.width) " " (frame.height) } { (course) }
    }
}

/// The picture of a track that has no map picture: an SVG file of its own, 300 × 300.
pub fn picture(line: &Line, planned: bool) -> String {
    let fitted = line.fit(Frame {
        width: 300.0,
        height: 300.0,
        inset: 28.0,
    });
    let paint = Paint {
        course: "#9c0f71",
        ground: "#ffffff",
    };
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 300" width="300" height="300" {
            rect width="300" height="300" fill="#e9ece7" {}
            @if let Some(fitted) = fitted {
                @let path = fitted.path();
                g fill="none" stroke-linecap="round" stroke-linejoin="round" {
                    path stroke=(paint.ground) stroke-width="9" d=(path) {}
                    path stroke=(paint.course) stroke-width="5" stroke-dasharray=[planned.then_some("10 7")] d=(path) {}
                }
                (marks(&fitted, Some(&paint)))
            }
        }
    }
    .into_string()
}

struct Paint {
    course: &'static str,
    ground: &'static str,
}

/// Start and finish, where they are the recording's; one combined mark when they fall together.
fn marks(fitted: &Fitted, paint: Option<&Paint>) -> Markup {
    let [start, finish] = fitted.marked();
    let both = start.zip(finish);
    let together = both.filter(|(start, finish)| (start[0] - finish[0]).hypot(start[1] - finish[1]) < 24.0);
    let (fill, stroke) = (paint.map(|p| p.ground), paint.map(|p| p.course));
    let class = paint.is_none().then_some("mark");
    let ring = |at: Spot, r: &str| {
        html! { circle class=[class] fill=[fill] stroke=[stroke] stroke-width="3" cx=(tenth(at[0])) cy=(tenth(at[1])) r=(r) {} }
    };
    let triangle = |at: Spot, d: &str| {
        html! { path class=[class] fill=[fill] stroke=[stroke] stroke-width="3" stroke-linejoin="round" transform=(turned(at, fitted.heading())) d=(d) {} }
    };
    html! {
        @if let Some((_, at)) = together {
            (ring(at, "14"))
            (triangle(at, "M0-8 7 5H-7z"))
        } @else {
            @if let Some(at) = finish { (ring(at, "10")) (ring(at, "5")) }
            @if let Some(at) = start { (triangle(at, "M0-11 9.5 6.5H-9.5z")) }
        }
    }
}

/// Arrowheads every 130 along the line, none near the marks, none on a short line.
fn arrows(fitted: &Fitted) -> Vec<(Spot, f64)> {
    let ends: Vec<Spot> = fitted.marked().into_iter().flatten().collect();
    let near = |s: &Spot| ends.iter().any(|e| (e[0] - s[0]).hypot(e[1] - s[1]) < 40.0);
    if fitted.length() < 200.0 {
        return Vec::new();
    }
    fitted
        .along(130.0)
        .into_iter()
        .filter(|(spot, _)| !near(spot))
        .collect()
}

fn turned([x, y]: Spot, degrees: f64) -> String {
    format!("translate({} {}) rotate({})", tenth(x), tenth(y), degrees.round())
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way() -> Line {
        Line::whole(vec![vec![(48.0, 7.0), (48.1, 7.3), (48.2, 7.2)]])
    }

    #[test]
    fn a_standstill_is_a_dot_and_nothing_is_nothing() {
        let still = Line::whole(vec![vec![(48.0, 7.0)]]);
        assert!(shape(&still, false).into_string().contains("class=\"dot\""));
        assert!(!shape(&Line::default(), false).into_string().contains("path"));
    }

    #[test]
    fn a_loop_has_one_combined_mark() {
        let mut places = way().pieces.remove(0);
        places.push(places[0]);
        let round = Line::whole(vec![places]);
        assert_eq!(
            stage(&round, false, "", DESK, "desk")
                .into_string()
                .matches("<circle")
                .count(),
            1
        );
        assert_eq!(
            stage(&way(), false, "", DESK, "desk")
                .into_string()
                .matches("<circle")
                .count(),
            2
        );
    }

    #[test]
    fn an_end_that_is_not_the_recording_s_has_no_mark() {
        for (ends, circles, triangles) in [([true, false], 0, 1), ([false, true], 2, 0), ([false, false], 0, 0)] {
            let drawn = stage(&Line { ends, ..way() }, false, "", DESK, "desk").into_string();
            let count = |what: &str| drawn.matches(what).count();
            assert_eq!(
                (count("<circle"), count("M0-11")),
                (circles, triangles),
                "{ends:?}: {drawn}"
            );
        }
    }

    #[test]
    fn planned_tracks_are_dashed_everywhere() {
        assert!(shape(&way(), true).into_string().contains("planned"));
        assert!(stage(&way(), true, "", DESK, "desk").into_string().contains("planned"));
        assert!(picture(&way(), true).contains("stroke-dasharray=\"10 7\""));
        assert!(!picture(&way(), false).contains("stroke-dasharray"));
    }

    #[test]
    fn a_picture_is_a_file_of_its_own() {
        let svg = picture(&way(), false);
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{svg}");
        assert!(!svg.contains("class=") && !svg.contains("style="), "{svg}");
    }
}

//! A drawing of costs over sizes, both logarithmic, as an SVG that reads in light and dark.

use std::fmt::Write;

const WIDTH: f64 = 460.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 24.0;
const ROW: f64 = 17.0;
/// ms: the lowest and the highest that is drawn.
const RANGE: (f64, f64) = (0.1, 1000.0);

const STYLE: &str = "text{font:12px sans-serif;fill:#222}.grid{stroke:#ccc}.limit{stroke:#c33;stroke-dasharray:5 4}\
    polyline{fill:none;stroke-width:1.6}@media(prefers-color-scheme:dark){svg{background:#181a1b}text{fill:#ddd}.grid{stroke:#444}}";

/// The lines, with their names beside them, the highest first.
pub fn draw(sizes: &[u32], series: &[(&str, Vec<f64>)], limit: f64) -> String {
    let mut sorted: Vec<&(&str, Vec<f64>)> = series.iter().collect();
    sorted.sort_by(|a, b| last(&b.1).total_cmp(&last(&a.1)));
    let height = ROW * sorted.len() as f64;
    let y = |ms: f64| TOP + height * (RANGE.1.log10() - ms.max(RANGE.0).log10()) / (RANGE.1 / RANGE.0).log10();
    let x = |at: usize| LEFT + WIDTH * at as f64 / (sizes.len().max(2) - 1) as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\"><style>{STYLE}</style>\n\
         <text x=\"4\" y=\"14\">processor time of a page (p95, ms) by the number of tracks</text>\n",
        LEFT + WIDTH + 260.0,
        TOP + height + 28.0
    );
    // Writing into a text does not fail.
    let mut put = |line: String| _ = writeln!(out, "{line}");
    let across = |class: &str, ms: f64| {
        let y = y(ms);
        format!("<path class=\"{class}\" d=\"M{LEFT} {y:.1}h{WIDTH}\"/>")
    };
    for ms in [0.1, 1.0, 10.0, 100.0, 1000.0] {
        put(across("grid", ms));
        put(format!("<text x=\"8\" y=\"{:.1}\">{ms}</text>", y(ms) + 4.0));
    }
    put(across("limit", limit));
    for (at, tracks) in sizes.iter().enumerate() {
        put(format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tracks}</text>",
            x(at),
            TOP + height + 20.0
        ));
    }
    for (rank, (name, costs)) in sorted.iter().enumerate() {
        let colour = format!("hsl({} 65% 50%)", rank * 360 / sorted.len());
        let beside = TOP + ROW * (rank as f64 + 0.5);
        let mut points: Vec<String> = costs
            .iter()
            .enumerate()
            .map(|(at, ms)| format!("{:.1},{:.1}", x(at), y(*ms)))
            .collect();
        points.push(format!("{:.1},{beside:.1}", LEFT + WIDTH + 40.0));
        put(format!(
            "<polyline stroke=\"{colour}\" points=\"{}\"/>",
            points.join(" ")
        ));
        put(format!(
            "<text x=\"{:.1}\" y=\"{:.1}\">{name}: {:.1}</text>",
            LEFT + WIDTH + 46.0,
            beside + 4.0,
            last(costs)
        ));
    }
    out + "</svg>\n"
}

fn last(costs: &[f64]) -> f64 {
    costs.last().copied().unwrap_or_default()
}

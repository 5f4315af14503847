//! The scale of a chart: round steps, their labels, and where a value lies.

use super::Look;
use maud::{Markup, html};

/// The scale of one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    pub step: f64,
}

impl Axis {
    /// An axis over a range with at most `most` steps of 1, 2, 2.5 or 5 times a power of ten.
    pub fn over(low: f64, high: f64, most: f64, whole_steps: bool) -> Axis {
        let rough = ((high - low) / most).max(1e-6);
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .iter()
            .map(|n| n * power)
            .find(|s| *s >= rough * 0.999)
            .unwrap_or(rough);
        if !whole_steps {
            return Axis { low, high, step };
        }
        Axis {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
        }
    }

    /// Where it is labelled.
    pub fn ticks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step + 1e-9).floor() as usize;
        (0..=count.min(12)).map(|n| self.low + n as f64 * self.step).collect()
    }

    /// Where a value lies, from 0 to 1.
    pub fn part(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Decimals that its ticks need.
    pub fn decimals(&self) -> usize {
        (0..3)
            .find(|n| (self.step * 10f64.powi(*n)).fract().abs() < 1e-6)
            .unwrap_or(3) as usize
    }
}

/// The labels at the left in a picture of fixed width; the unit stands with the topmost.
pub(super) fn y_labels(look: &Look, axis: &Axis, unit: &str) -> Markup {
    let ticks = axis.ticks();
    let last = ticks.len().saturating_sub(1);
    html! {
        svg .y aria-hidden="true" {
            @for (n, tick) in ticks.iter().enumerate() {
                text x="56" y={ (percent(1.0 - axis.part(*tick))) } dy=".35em" text-anchor="end" {
                    (look.lang.decimal(*tick, axis.decimals())) @if n == last && !unit.is_empty() { "\u{202f}" (unit) }
                }
            }
        }
    }
}

/// To one decimal, which is all that a drawing needs.
pub(super) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A part of the whole as an attribute.
pub(super) fn percent(part: f64) -> String {
    format!("{}%", tenth(part * 1000.0) / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        let axis = Axis::over(213.0, 1480.0, 4.0, true);
        assert_eq!((axis.low, axis.high, axis.step), (0.0, 1500.0, 500.0));
        let axis = Axis::over(0.0, 57.4, 4.0, false);
        assert_eq!(axis.ticks(), [0.0, 20.0, 40.0]);
        assert_eq!(Axis::over(0.0, 0.9, 4.0, false).decimals(), 2);
    }
}

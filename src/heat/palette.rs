//! From the number of tracks to a colour: what was ridden once is red, what was ridden most is yellow.

/// The colours of the numbers 0 to 255, red, green, blue; 0 is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette(pub(super) [[u8; 3]; 256]);

/// From seldom to often.
const STOPS: [[u8; 3]; 5] = [
    [0xa3, 0x0b, 0x26],
    [0xd9, 0x25, 0x1e],
    [0xf4, 0x71, 0x1f],
    [0xfd, 0xb4, 0x3a],
    [0xff, 0xed, 0x7a],
];

/// As long as no place was ridden so often, the most ridden one is no yellow yet: the first track would have no
/// other colour.
const LEAST_MOST: u8 = 4;

impl Palette {
    /// The colours where the most ridden place of a zoom was ridden `most` times. The scale is steep where it is
    /// seldom: between once and twice there is more to see than between 50 and 51 times.
    pub fn of_heat(most: u8) -> Palette {
        let most = f32::from(most.max(LEAST_MOST));
        let mut colours = [[0; 3]; 256];
        for (count, colour) in colours.iter_mut().enumerate().skip(1) {
            let share = (count as f32 / most).min(1.0);
            *colour = between((share - 1.0).powi(3) + 1.0);
        }
        Palette(colours)
    }

    /// One colour.
    pub(super) const fn of_one(colour: [u8; 3]) -> Palette {
        let mut colours = [colour; 256];
        colours[0] = [0; 3];
        Palette(colours)
    }
}

/// A colour on the way from the first stop (0) to the last (1).
fn between(way: f32) -> [u8; 3] {
    let way = way.clamp(0.0, 1.0) * (STOPS.len() - 1) as f32;
    let at = (way as usize).min(STOPS.len() - 2);
    let part = way - at as f32;
    std::array::from_fn(|n| {
        let (from, to) = (f32::from(STOPS[at][n]), f32::from(STOPS[at + 1][n]));
        (from + (to - from) * part).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_ridden_place_is_yellow_and_a_first_track_is_not() {
        let Palette(colours) = Palette::of_heat(200);
        assert_eq!((colours[0], colours[200], colours[255]), ([0; 3], STOPS[4], STOPS[4]));
        assert!(colours[1][1] < 0x20, "{:?}", colours[1]);
        // From red to yellow the green grows.
        assert!(colours.windows(2).skip(1).all(|pair| pair[0][1] <= pair[1][1]));
        assert_eq!(Palette::of_heat(1), Palette::of_heat(LEAST_MOST));
        assert_ne!(Palette::of_heat(1).0[1], STOPS[4]);
    }
}

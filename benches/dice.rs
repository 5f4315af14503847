//! Numbers that look like chance and are the same in every run.

/// What comes next depends on this alone.
pub struct Dice(pub u64);

impl Dice {
    /// From -1 to 1.
    pub fn roll(&mut self) -> f64 {
        // Knuth's MMIX; the upper bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
    }
}

//! Sizes as the tools print them: 1024-based, `B` whole, larger units with one decimal.

/// The units above `B`, each with its shift.
const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];

/// A number of bytes in words; what is larger than GiB stays in GiB.
pub fn text(bytes: u64) -> String {
    match UNITS.iter().find(|(shift, _)| bytes >> shift > 0) {
        // Exact up to 2^53 bytes, far beyond what the decimal shows.
        Some((shift, unit)) => format!("{:.1} {unit}", bytes as f64 / (1_u64 << shift) as f64),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_change_their_unit_at_powers_of_1024() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (12428, "12.1 KiB"),
            (3 << 20, "3.0 MiB"),
            (1 << 30, "1.0 GiB"),
            (5 << 40, "5120.0 GiB"),
        ] {
            assert_eq!(text(bytes), expected);
        }
    }
}

//! Whether stored figures are those of the recording.

use crate::model::figures::Figures;

/// What two computations of the same may differ by, of the larger. The engine agrees with the original to a thousandth
/// of this; what nobody can read off a page is no difference.
const RELATIVE: f64 = 1e-6;
/// The same near nought: m, s, m/s.
const ABSOLUTE: f64 = 1e-3;
/// Times are stored to the microsecond.
const SECONDS: f64 = 0.001;

/// The first figure that differs, in words; one that is absent is filled in when it is shown, and does not count.
pub(super) fn find_difference(stored: &Figures, computed: &Figures) -> Option<String> {
    let numbers = [
        ("length", stored.length, computed.length, "m"),
        ("climb", stored.uphill, computed.uphill, "m"),
        ("descent", stored.downhill, computed.downhill, "m"),
        ("time in motion", stored.moving_time, computed.moving_time, "s"),
        ("time at rest", stored.stopped_time, computed.stopped_time, "s"),
        ("highest speed", stored.max_speed, computed.max_speed, "m/s"),
        ("average speed", stored.avg_speed, computed.avg_speed, "m/s"),
    ];
    for (name, stored, computed, unit) in numbers {
        if let (Some(stored), Some(computed)) = (stored, computed)
            && !are_alike(stored, computed)
        {
            return Some(format!(
                "its {name} is stored as {stored:.3} {unit} and is {computed:.3} {unit}"
            ));
        }
    }
    // Those without times have a mark instead, in a zone of the original's choosing.
    if !stored.has_times() && !computed.has_times() {
        return None;
    }
    let times = [
        ("start", stored.start, computed.start),
        ("end", stored.end, computed.end),
    ];
    for (name, stored, computed) in times {
        if let (Some(stored), Some(computed)) = (stored, computed)
            && (stored.instant() - computed.instant()).as_seconds_f64().abs() > SECONDS
        {
            let [stored, computed] = [stored, computed].map(|at| crate::clock::rfc3339(at.instant()));
            return Some(format!("its {name} is stored as {stored} and is {computed}"));
        }
    }
    None
}

fn are_alike(a: f64, b: f64) -> bool {
    (a - b).abs() <= ABSOLUTE.max(RELATIVE * a.abs().max(b.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::track::LocalTime;
    use time::macros::datetime;

    const STORED: Figures = Figures {
        length: Some(15256.3238297341),
        uphill: Some(703.8282738),
        downhill: None,
        moving_time: Some(7084.0),
        stopped_time: Some(6009.0),
        max_speed: Some(1.295514909662),
        avg_speed: Some(0.847325830918681),
        start: Some(LocalTime {
            wall: datetime!(2010-10-03 9:36:30),
            offset: 0,
        }),
        end: Some(LocalTime {
            wall: datetime!(2010-10-03 13:19:31),
            offset: 0,
        }),
    };

    #[test]
    fn rounding_and_what_is_absent_are_no_differences() {
        let mut computed = STORED;
        computed.length = Some(15256.3238297349);
        computed.downhill = Some(710.0);
        computed.start = Some(LocalTime {
            wall: datetime!(2010-10-03 11:36:30),
            offset: 120,
        });
        assert_eq!(find_difference(&STORED, &computed), None);
    }

    #[test]
    fn the_first_difference_is_told_with_both_values() {
        let mut computed = STORED;
        computed.stopped_time = Some(6010.0);
        let text = find_difference(&STORED, &computed).unwrap();
        assert_eq!(text, "its time at rest is stored as 6009.000 s and is 6010.000 s");
        computed = STORED;
        computed.start = Some(LocalTime {
            wall: datetime!(2010-10-03 9:36:30),
            offset: 120,
        });
        assert!(
            find_difference(&STORED, &computed)
                .unwrap()
                .contains("its start is stored as 2010-10-03T09:36:30Z")
        );
    }
}

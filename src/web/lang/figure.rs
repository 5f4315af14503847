//! The figures of a track as visitors read them: distance, height, speed, time (DESIGN-UI 5.9).
//!
//! Value and unit come apart, because the unit is set smaller. Values in: metres, metres a second,
//! seconds. What is missing, or no number, is a dash: never nought.

use crate::web::lang::{Lang, Text};

/// One figure, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// The number, `–` when there is none.
    pub value: String,
    /// Its unit; empty when there is no value.
    pub unit: &'static str,
    /// How it is said aloud.
    pub spoken: String,
}

const NOT_RECORDED: Text = Text {
    en: "not recorded",
    de: "nicht aufgezeichnet",
};
/// How the unit is said aloud.
pub const METRES: Text = Text {
    en: "metres",
    de: "Meter",
};
/// How the unit is said aloud.
pub const KILOMETRES: Text = Text {
    en: "kilometres",
    de: "Kilometer",
};
/// How the unit is said aloud.
pub const KILOMETRES_AN_HOUR: Text = Text {
    en: "kilometres an hour",
    de: "Kilometer pro Stunde",
};
/// How the unit is said aloud.
pub const A_MINUTE: Text = Text {
    en: "a minute",
    de: "pro Minute",
};
/// How the unit is said aloud.
pub const WATTS: Text = Text {
    en: "watts",
    de: "Watt",
};
/// How the unit is said aloud.
pub const DEGREES: Text = Text {
    en: "degrees Celsius",
    de: "Grad Celsius",
};
/// How the unit is said aloud.
pub const BEATS_A_MINUTE: Text = Text {
    en: "beats a minute",
    de: "Schläge pro Minute",
};
const HOUR: Text = Text {
    en: "{n} hour",
    de: "{n} Stunde",
};
const HOURS: Text = Text {
    en: "{n} hours",
    de: "{n} Stunden",
};
const MINUTE: Text = Text {
    en: "{n} minute",
    de: "{n} Minute",
};
const MINUTES: Text = Text {
    en: "{n} minutes",
    de: "{n} Minuten",
};

impl Amount {
    /// Value and unit in one text, with a narrow no-break space between.
    pub fn plain(&self) -> String {
        match self.unit {
            "" => self.value.clone(),
            unit => format!("{}\u{202f}{unit}", self.value),
        }
    }
}

impl Lang {
    /// A distance in metres: `670 m`, `109.5 km`, from 10,000 km without decimals.
    pub fn distance(self, metres: Option<f64>) -> Amount {
        let Some(metres) = usable(metres) else {
            return self.missing();
        };
        match metres {
            m if m.round() < 1000.0 => self.figure(self.decimal(m, 0), "m", &METRES),
            m if (m / 100.0).round() < 100_000.0 => self.figure(self.decimal(m / 1000.0, 1), "km", &KILOMETRES),
            m => self.figure(self.decimal(m / 1000.0, 0), "km", &KILOMETRES),
        }
    }

    /// A height, climb or descent in metres: `1,240 m`.
    pub fn height(self, metres: Option<f64>) -> Amount {
        match usable(metres) {
            Some(metres) => self.figure(self.decimal(metres, 0), "m", &METRES),
            None => self.missing(),
        }
    }

    /// A heart rate in beats a minute: `132 bpm`.
    pub fn heart_rate(self, beats: Option<f64>) -> Amount {
        match usable(beats) {
            Some(beats) => self.figure(self.decimal(beats, 0), "bpm", &BEATS_A_MINUTE),
            None => self.missing(),
        }
    }

    /// A speed in metres a second: `24.6 km/h`.
    pub fn speed(self, metres_a_second: Option<f64>) -> Amount {
        match usable(metres_a_second) {
            Some(speed) => self.figure(self.decimal(speed * 3.6, 1), "km/h", &KILOMETRES_AN_HOUR),
            None => self.missing(),
        }
    }

    /// A duration in seconds: `42 min`, `7:42 h`, from 100 hours `153 h`; rounded to the minute.
    pub fn duration(self, seconds: Option<f64>) -> Amount {
        let Some(seconds) = usable(seconds).filter(|s| *s >= 0.0) else {
            return self.missing();
        };
        let minutes = (seconds / 60.0).round() as u64;
        let (hours, rest) = (minutes / 60, minutes % 60);
        let (value, unit) = match hours {
            0 => (minutes.to_string(), "min"),
            1..=99 => (format!("{hours}:{rest:02}"), "h"),
            _ => (self.decimal(seconds / 3600.0, 0), "h"),
        };
        let mut spoken = Vec::new();
        if hours > 0 {
            spoken.push(self.plural(hours, &HOUR, &HOURS));
        }
        if rest > 0 || hours == 0 {
            spoken.push(self.plural(rest, &MINUTE, &MINUTES));
        }
        Amount {
            value,
            unit,
            spoken: spoken.join(" "),
        }
    }

    /// A duration in seconds as 0.11 prints it: `7:42:05`, from 24 hours `1 day, 7:42:05`; whole seconds.
    pub fn duration_full(self, seconds: f64) -> String {
        if !seconds.is_finite() || seconds < 0.0 {
            return "–".to_string();
        }
        let seconds = seconds as u64;
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let clock = format!("{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
        let day = Text {
            en: "{n} day",
            de: "{n} Tag",
        };
        let several = Text {
            en: "{n} days",
            de: "{n} Tage",
        };
        match days {
            0 => clock,
            _ => format!("{}, {clock}", self.plural(days, &day, &several)),
        }
    }

    /// A number of bytes for people: `340 kB`, `12.5 MB`; powers of ten.
    pub fn bytes(self, bytes: u64) -> String {
        let number = bytes as f64;
        match bytes {
            0..1_000 => format!("{bytes}\u{202f}B"),
            1_000..1_000_000 => format!("{}\u{202f}kB", self.decimal(number / 1e3, 0)),
            1_000_000..1_000_000_000 => format!("{}\u{202f}MB", self.one_decimal_at_most(number / 1e6)),
            _ => format!("{}\u{202f}GB", self.one_decimal_at_most(number / 1e9)),
        }
    }

    fn one_decimal_at_most(self, number: f64) -> String {
        self.two_decimals((number * 10.0).round() / 10.0)
    }

    fn figure(self, value: String, unit: &'static str, name: &Text) -> Amount {
        Amount {
            spoken: format!("{value} {}", self.text(name)),
            value,
            unit,
        }
    }

    fn missing(self) -> Amount {
        Amount {
            value: "–".to_string(),
            unit: "",
            spoken: self.text(&NOT_RECORDED).to_string(),
        }
    }
}

fn usable(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(figure: fn(Lang, Option<f64>) -> Amount, rows: &[(f64, &str, &str)]) {
        for (value, en, de) in rows {
            assert_eq!(figure(Lang::En, Some(*value)).plain().replace('\u{202f}', " "), *en);
            assert_eq!(figure(Lang::De, Some(*value)).plain().replace('\u{202f}', " "), *de);
        }
        for nothing in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            assert_eq!(figure(Lang::En, nothing).plain(), "–");
            assert_eq!(figure(Lang::De, nothing).spoken, "nicht aufgezeichnet");
        }
    }

    #[test]
    fn distances_are_rounded_as_people_say_them() {
        check(
            Lang::distance,
            &[
                (0.0, "0 m", "0 m"),
                (670.4, "670 m", "670 m"),
                (999.4, "999 m", "999 m"),
                (999.6, "1.0 km", "1,0 km"),
                (109_480.0, "109.5 km", "109,5 km"),
                (1_816_500.0, "1,816.5 km", "1.816,5 km"),
                (9_999_940.0, "9,999.9 km", "9.999,9 km"),
                (9_999_960.0, "10,000 km", "10.000 km"),
                (12_345_678.0, "12,346 km", "12.346 km"),
            ],
        );
    }

    #[test]
    fn heights_are_whole_metres() {
        check(
            Lang::height,
            &[
                (1239.6, "1,240 m", "1.240 m"),
                (-3.2, "-3 m", "-3 m"),
                (0.2, "0 m", "0 m"),
            ],
        );
    }

    #[test]
    fn speeds_are_shown_in_kilometres_an_hour() {
        check(
            Lang::speed,
            &[(6.8333, "24.6 km/h", "24,6 km/h"), (0.0, "0.0 km/h", "0,0 km/h")],
        );
    }

    #[test]
    fn heart_rates_are_whole() {
        check(
            Lang::heart_rate,
            &[(131.6, "132 bpm", "132 bpm"), (60.0, "60 bpm", "60 bpm")],
        );
    }

    #[test]
    fn durations_are_rounded_to_the_minute() {
        check(
            Lang::duration,
            &[
                (0.0, "0 min", "0 min"),
                (42.0 * 60.0, "42 min", "42 min"),
                (3599.0, "1:00 h", "1:00 h"),
                (27_720.0, "7:42 h", "7:42 h"),
                (359_969.0, "99:59 h", "99:59 h"),
                (359_990.0, "100 h", "100 h"),
                (153.2 * 3600.0, "153 h", "153 h"),
            ],
        );
        assert_eq!(Lang::En.duration(Some(-5.0)).value, "–");
    }

    #[test]
    fn durations_are_spoken_in_words() {
        for (seconds, en, de) in [
            (27_720.0, "7 hours 42 minutes", "7 Stunden 42 Minuten"),
            (3_660.0, "1 hour 1 minute", "1 Stunde 1 Minute"),
            (7_200.0, "2 hours", "2 Stunden"),
            (0.0, "0 minutes", "0 Minuten"),
        ] {
            assert_eq!(Lang::En.duration(Some(seconds)).spoken, en);
            assert_eq!(Lang::De.duration(Some(seconds)).spoken, de);
        }
        assert_eq!(Lang::En.distance(Some(109_480.0)).spoken, "109.5 kilometres");
    }

    #[test]
    fn the_table_of_all_figures_prints_durations_as_the_original_does() {
        for (seconds, en, de) in [
            (5.9, "0:00:05", "0:00:05"),
            (27_725.0, "7:42:05", "7:42:05"),
            (86_400.0, "1 day, 0:00:00", "1 Tag, 0:00:00"),
            (200_000.0, "2 days, 7:33:20", "2 Tage, 7:33:20"),
            (f64::NAN, "–", "–"),
        ] {
            assert_eq!(Lang::En.duration_full(seconds), en);
            assert_eq!(Lang::De.duration_full(seconds), de);
        }
    }

    #[test]
    fn sizes_are_told_in_powers_of_ten() {
        for (bytes, en, de) in [
            (999, "999 B", "999 B"),
            (340_200, "340 kB", "340 kB"),
            (12_480_000, "12.5 MB", "12,5 MB"),
            (1_073_741_824, "1.1 GB", "1,1 GB"),
            (25_000_000, "25 MB", "25 MB"),
        ] {
            assert_eq!(Lang::En.bytes(bytes).replace('\u{202f}', " "), en);
            assert_eq!(Lang::De.bytes(bytes).replace('\u{202f}', " "), de);
        }
    }
}

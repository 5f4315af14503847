//! Numbers as a language writes them: `1,240.5` and `1.240,5`.

use crate::web::lang::Lang;

impl Lang {
    /// The mark between the thousands.
    fn group_mark(self) -> char {
        match self {
            Lang::En => ',',
            Lang::De => '.',
        }
    }

    /// The mark before the decimals.
    fn decimal_mark(self) -> char {
        match self {
            Lang::En => '.',
            Lang::De => ',',
        }
    }

    /// A whole number.
    pub fn whole(self, number: i64) -> String {
        self.group(&number.to_string())
    }

    /// A number with exactly so many decimals; `–` for what is no number.
    pub fn decimal(self, number: f64, places: usize) -> String {
        if !number.is_finite() {
            return "–".to_string();
        }
        let text = format!("{number:.places$}");
        // A small negative number may round to nought, which has no sign.
        let nought = !text.bytes().any(|b| matches!(b, b'1'..=b'9'));
        self.group(if nought { text.trim_start_matches('-') } else { &text })
    }

    /// A number with at most two decimals and no trailing noughts, as 0.11 prints figures.
    pub fn two_decimals(self, number: f64) -> String {
        let text = self.decimal(number, 2);
        match text.contains(self.decimal_mark()) {
            true => text
                .trim_end_matches('0')
                .trim_end_matches(self.decimal_mark())
                .to_string(),
            false => text,
        }
    }

    /// Sets the marks into a number written as `-1240.50`.
    fn group(self, text: &str) -> String {
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut grouped = sign.to_string();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(self.group_mark());
            }
            grouped.push(digit);
        }
        if !fraction.is_empty() {
            grouped.push(self.decimal_mark());
            grouped.push_str(fraction);
        }
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_grouped() {
        for (number, en, de) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1240, "1,240", "1.240"),
            (-1240, "-1,240", "-1.240"),
            (1_234_567, "1,234,567", "1.234.567"),
            (i64::MIN, "-9,223,372,036,854,775,808", "-9.223.372.036.854.775.808"),
        ] {
            assert_eq!(Lang::En.whole(number), en);
            assert_eq!(Lang::De.whole(number), de);
        }
    }

    #[test]
    fn decimals_are_rounded() {
        for (number, places, en, de) in [
            (109.45, 1, "109.5", "109,5"),
            (1234567.891, 2, "1,234,567.89", "1.234.567,89"),
            (0.125, 2, "0.12", "0,12"),
            (999.96, 1, "1,000.0", "1.000,0"),
            (-0.04, 1, "0.0", "0,0"),
            (f64::NAN, 1, "–", "–"),
            (f64::INFINITY, 1, "–", "–"),
        ] {
            assert_eq!(Lang::En.decimal(number, places), en);
            assert_eq!(Lang::De.decimal(number, places), de);
        }
    }

    #[test]
    fn figures_of_the_original_have_no_trailing_noughts() {
        for (number, en, de) in [
            (0.0, "0", "0"),
            (4.5, "4.5", "4,5"),
            (61.399, "61.4", "61,4"),
            (100.0, "100", "100"),
            (1000.001, "1,000", "1.000"),
            (1234567.89, "1,234,567.89", "1.234.567,89"),
        ] {
            assert_eq!(Lang::En.two_decimals(number), en);
            assert_eq!(Lang::De.two_decimals(number), de);
        }
    }
}

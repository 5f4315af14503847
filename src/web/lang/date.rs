//! Dates and times as a language writes them. What comes in is a wall clock already: nothing here
//! knows a time zone.

use time::{Date, Month, PrimitiveDateTime, Time, Weekday};

use crate::clock;
use crate::web::lang::Lang;

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const SHORT_EN: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const SHORT_DE: [&str; 12] = [
    "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
];
const DAYS_EN: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const DAYS_DE: [&str; 7] = [
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
];

impl Lang {
    /// `November`.
    pub fn month(self, month: Month) -> &'static str {
        let names = match self {
            Lang::En => &MONTHS_EN,
            Lang::De => &MONTHS_DE,
        };
        names[usize::from(u8::from(month)) - 1]
    }

    /// `Nov`, `Nov.`
    pub fn month_short(self, month: Month) -> &'static str {
        let names = match self {
            Lang::En => &SHORT_EN,
            Lang::De => &SHORT_DE,
        };
        names[usize::from(u8::from(month)) - 1]
    }

    /// `Monday`.
    pub fn weekday(self, day: Weekday) -> &'static str {
        let names = match self {
            Lang::En => &DAYS_EN,
            Lang::De => &DAYS_DE,
        };
        names[usize::from(day.number_days_from_monday())]
    }

    /// `Mon`, `Mo`.
    pub fn weekday_short(self, day: Weekday) -> &'static str {
        match self {
            Lang::En => &self.weekday(day)[..3],
            Lang::De => &self.weekday(day)[..2],
        }
    }

    /// `24 November 2025`, `24. November 2025`.
    pub fn date(self, date: Date) -> String {
        self.day_month_year(date, self.month(date.month()))
    }

    /// `24 Nov 2025`, `24. Nov. 2025`.
    pub fn date_short(self, date: Date) -> String {
        self.day_month_year(date, self.month_short(date.month()))
    }

    /// `22 Nov`, `22. Nov.`
    pub fn day_month(self, date: Date) -> String {
        let month = self.month_short(date.month());
        match self {
            Lang::En => format!("{} {month}", date.day()),
            Lang::De => format!("{}. {month}", date.day()),
        }
    }

    /// `Sunday, 24 November 2025`, `Sonntag, 24. November 2025`.
    pub fn weekday_date(self, date: Date) -> String {
        format!("{}, {}", self.weekday(date.weekday()), self.date(date))
    }

    /// `Sun, 24 Nov 2025`, `So., 24. Nov. 2025`.
    pub fn weekday_date_short(self, date: Date) -> String {
        let mark = match self {
            Lang::En => "",
            Lang::De => ".",
        };
        format!(
            "{}{mark}, {}",
            self.weekday_short(date.weekday()),
            self.date_short(date)
        )
    }

    /// `November 2025`.
    pub fn month_year(self, date: Date) -> String {
        format!("{} {}", self.month(date.month()), date.year())
    }

    /// `12:58`: 24 hours in both languages.
    pub fn time(self, time: Time) -> String {
        format!("{:02}:{:02}", time.hour(), time.minute())
    }

    /// `24 November 2025, 12:58`.
    pub fn date_time(self, at: PrimitiveDateTime) -> String {
        format!("{}, {}", self.date(at.date()), self.time(at.time()))
    }

    /// `24 Nov 2025, 12:58`.
    pub fn date_time_short(self, at: PrimitiveDateTime) -> String {
        format!("{}, {}", self.date_short(at.date()), self.time(at.time()))
    }

    /// The date-time as 0.11 prints it (CLDR "medium"): `Jun 1, 2024, 8:00:00 AM`, `01.06.2024, 08:00:00`.
    pub fn date_time_full(self, at: PrimitiveDateTime) -> String {
        let (date, time) = (at.date(), at.time());
        match self {
            Lang::En => {
                let (hour, half) = match time.hour() {
                    0 => (12, "AM"),
                    hour @ 1..=11 => (hour, "AM"),
                    12 => (12, "PM"),
                    hour => (hour - 12, "PM"),
                };
                let month = self.month_short(date.month());
                let (minute, second) = (time.minute(), time.second());
                // CLDR puts a narrow no-break space before the half of the day.
                format!(
                    "{month} {}, {}, {hour}:{minute:02}:{second:02}\u{202f}{half}",
                    date.day(),
                    date.year()
                )
            }
            Lang::De => format!(
                "{:02}.{:02}.{}, {}",
                date.day(),
                u8::from(date.month()),
                date.year(),
                clock::time_text(time)
            ),
        }
    }

    fn day_month_year(self, date: Date, month: &str) -> String {
        match self {
            Lang::En => format!("{} {month} {}", date.day(), date.year()),
            Lang::De => format!("{}. {month} {}", date.day(), date.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn dates_are_written_in_both_languages() {
        let day = date!(2025 - 11 - 24);
        for (form, en, de) in [
            (
                Lang::date as fn(Lang, Date) -> String,
                "24 November 2025",
                "24. November 2025",
            ),
            (Lang::date_short, "24 Nov 2025", "24. Nov. 2025"),
            (Lang::day_month, "24 Nov", "24. Nov."),
            (
                Lang::weekday_date,
                "Monday, 24 November 2025",
                "Montag, 24. November 2025",
            ),
            (Lang::weekday_date_short, "Mon, 24 Nov 2025", "Mo., 24. Nov. 2025"),
            (Lang::month_year, "November 2025", "November 2025"),
        ] {
            assert_eq!(form(Lang::En, day), en);
            assert_eq!(form(Lang::De, day), de);
        }
        assert_eq!(Lang::De.month_year(date!(2024 - 03 - 01)), "März 2024");
        assert_eq!(Lang::De.date_short(date!(2024 - 09 - 01)), "1. Sept. 2024");
    }

    #[test]
    fn times_are_written_in_both_languages() {
        let at = datetime!(2024-06-01 08:00:05.7);
        assert_eq!(Lang::En.date_time(at), "1 June 2024, 08:00");
        assert_eq!(Lang::De.date_time_short(at), "1. Juni 2024, 08:00");
        assert_eq!(Lang::En.date_time_full(at), "Jun 1, 2024, 8:00:05\u{202f}AM");
        assert_eq!(Lang::De.date_time_full(at), "01.06.2024, 08:00:05");
        for (hour, text) in [
            (0, "12:30:00\u{202f}AM"),
            (12, "12:30:00\u{202f}PM"),
            (23, "11:30:00\u{202f}PM"),
        ] {
            let at = date!(2024 - 06 - 01).with_hms(hour, 30, 0).unwrap();
            assert!(Lang::En.date_time_full(at).ends_with(text));
        }
    }

    #[test]
    fn weekdays_have_short_names() {
        assert_eq!(Lang::En.weekday_short(Weekday::Wednesday), "Wed");
        assert_eq!(Lang::De.weekday_short(Weekday::Wednesday), "Mi");
    }
}

//! What a graph can show, as its address names it: a measure, a step, a year.

use crate::model::summary::Sums;
use crate::web::lang::Text;
use crate::web::look::Look;
use crate::web::page::user::Subject;
use crate::web::text::{count, figure as words, profile as texts};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Distance,
    Climb,
    Time,
    Tracks,
}

impl Measure {
    pub const ALL: [Measure; 4] = [Measure::Distance, Measure::Climb, Measure::Time, Measure::Tracks];

    pub fn name(self) -> &'static str {
        match self {
            Measure::Distance => "distance",
            Measure::Climb => "climb",
            Measure::Time => "time",
            Measure::Tracks => "tracks",
        }
    }

    pub fn text(self) -> &'static Text {
        match self {
            Measure::Distance => &words::DISTANCE,
            Measure::Climb => &words::CLIMB,
            Measure::Time => &words::MOVING,
            Measure::Tracks => &texts::TRACKS,
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Measure::Distance => "km",
            Measure::Climb => "m",
            Measure::Time => "h",
            Measure::Tracks => "",
        }
    }

    /// In its unit.
    pub fn value(self, sums: &Sums) -> f64 {
        match self {
            Measure::Distance => sums.length / 1000.0,
            Measure::Climb => sums.uphill,
            Measure::Time => sums.moving_time / 3600.0,
            Measure::Tracks => sums.tracks as f64,
        }
    }

    /// As it is read.
    pub fn shown(self, look: &Look, sums: &Sums) -> String {
        match self {
            Measure::Distance => look.lang.distance(Some(sums.length)).plain(),
            Measure::Climb => look.lang.height(Some(sums.uphill)).plain(),
            Measure::Time => look.lang.duration(Some(sums.moving_time)).plain(),
            Measure::Tracks => count(look.lang, sums.tracks, &words::TRACKS),
        }
    }
}

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Month,
    Week,
    Year,
}

impl Step {
    pub const ALL: [Step; 3] = [Step::Month, Step::Week, Step::Year];

    pub fn name(self) -> &'static str {
        match self {
            Step::Month => "month",
            Step::Week => "week",
            Step::Year => "year",
        }
    }

    pub fn text(self) -> &'static Text {
        match self {
            Step::Month => &texts::MONTH,
            Step::Week => &texts::WEEK,
            Step::Year => &texts::YEAR,
        }
    }
}

/// What was chosen; without tracks there is no year.
#[derive(Debug, Clone, Copy)]
pub struct Chosen {
    pub measure: Measure,
    pub step: Step,
    pub year: Option<i32>,
}

impl Chosen {
    pub fn href(&self, look: &Look, subject: &Subject) -> String {
        let mut path = format!("graphs?measure={}&step={}", self.measure.name(), self.step.name());
        if let Some(year) = self.year {
            path += &format!("&year={year}");
        }
        subject.path(look, &path)
    }
}

//! How long recovery points are kept: a policy's daily, weekly, monthly and yearly rules (M-10) as
//! one function of the points' times. It knows no clock: it answers until when, not whether.
//!
//! A day is a day of UTC, as the schedule's times are. What runs here are backups on demand, by
//! hand or by cron. One with -ExpiryDateTimeUTC is kept exactly until then. Any other is kept for
//! Azure's 30 days of a backup on demand, and longer where the policy says so.

use std::collections::HashSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::domain::policy::{
    DayOfMonth, DayOfWeek, DaysByDate, DaysByWeek, Frequency, Month, RetentionPolicy, WeekOfMonth,
};
use crate::domain::{Item, ProtectionState, Vault};

/// What retention looks at of a recovery point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatedPoint {
    /// When it was made.
    pub time: Timestamp,
    /// Not to go before.
    pub expires: Timestamp,
    /// `expires` was asked for with -ExpiryDateTimeUTC: the policy has no say.
    pub exact: bool,
}

/// Until when each of an item's points is kept, in their order; `None`: for ever.
///
/// `points` are in the order they were made. What is stopped with its data kept, or deleted softly,
/// keeps everything: there the operator or the purge date decides, not the policy.
#[must_use]
pub fn kept_until(vault: &Vault, item: &Item, points: &[DatedPoint]) -> Vec<Option<Timestamp>> {
    let stopped = item.state == ProtectionState::ProtectionStopped;
    match vault.policy(&item.policy) {
        Ok(policy) if !stopped && item.soft_deleted.is_none() => {
            let until = policy.retention.kept_until(points);
            until.into_iter().map(Some).collect()
        }
        _ => points.iter().map(|_| None).collect(),
    }
}

/// Which points have expired at `now`. The newest one never does: an item that is backed up no
/// more keeps its last recovery point until its data is deleted, as in Azure.
#[must_use]
pub fn expired(until: &[Option<Timestamp>], now: Timestamp) -> Vec<bool> {
    let newest = until.len().saturating_sub(1);
    let over = |(place, until): (usize, &Option<Timestamp>)| {
        place != newest && until.is_some_and(|until| until <= now)
    };
    until.iter().enumerate().map(over).collect()
}

impl RetentionPolicy {
    /// Until when each point is kept; `points` are in the order they were made.
    ///
    /// Every point counts as a daily one. Of the points of a day only the first that the policy
    /// governs becomes its weekly, monthly or yearly one, so that a later one changes nothing.
    #[must_use]
    pub fn kept_until(&self, points: &[DatedPoint]) -> Vec<Timestamp> {
        let mut days = HashSet::new();
        let until = |point: &DatedPoint| {
            if point.exact {
                return point.expires;
            }
            let day = TimeZone::UTC.to_datetime(point.time).date();
            let long = days.insert(day).then(|| self.longest_rule(point.time, day));
            let rules = [self.daily(point.time), long.flatten()];
            rules
                .into_iter()
                .flatten()
                .fold(point.expires, Timestamp::max)
        };
        points.iter().map(until).collect()
    }

    fn daily(&self, time: Timestamp) -> Option<Timestamp> {
        let daily = self
            .daily_schedule
            .as_ref()
            .filter(|_| self.is_daily_schedule_enabled)?;
        Some(after(
            time,
            Span::new().try_days(daily.duration_count_in_days),
        ))
    }

    /// The longest of the weekly, monthly and yearly rules that `day` is one of.
    fn longest_rule(&self, time: Timestamp, day: Date) -> Option<Timestamp> {
        let weekly = self
            .weekly_schedule
            .as_ref()
            .filter(|w| self.is_weekly_schedule_enabled && is_one_of(day, &w.days_of_the_week))
            .map(|w| Span::new().try_weeks(w.duration_count_in_weeks));
        let monthly = self
            .monthly_schedule
            .as_ref()
            .filter(|m| {
                let chosen = match m.retention_schedule_format_type {
                    Frequency::Daily => by_date(day, m.retention_schedule_daily.as_ref()),
                    Frequency::Weekly => by_week(day, m.retention_schedule_weekly.as_ref()),
                };
                self.is_monthly_schedule_enabled && chosen
            })
            .map(|m| Span::new().try_months(m.duration_count_in_months));
        let yearly = self
            .yearly_schedule
            .as_ref()
            .filter(|y| {
                let chosen = match y.retention_schedule_format_type {
                    Frequency::Daily => by_date(day, y.retention_schedule_daily.as_ref()),
                    Frequency::Weekly => by_week(day, y.retention_schedule_weekly.as_ref()),
                };
                let month = y.months_of_year.iter().any(|m| number(*m) == day.month());
                self.is_yearly_schedule_enabled && chosen && month
            })
            .map(|y| Span::new().try_years(y.duration_count_in_years));
        let rules = [weekly, monthly, yearly].into_iter().flatten();
        rules.map(|span| after(time, span)).max()
    }
}

/// The same time of day so much later; what no calendar reaches is for ever.
fn after(time: Timestamp, span: Result<Span, jiff::Error>) -> Timestamp {
    let start = TimeZone::UTC.to_datetime(time);
    span.and_then(|span| start.checked_add(span))
        .and_then(|end| TimeZone::UTC.to_timestamp(end))
        .unwrap_or(Timestamp::MAX)
}

fn is_one_of(day: Date, days: &[DayOfWeek]) -> bool {
    days.iter().any(|d| weekday(*d) == day.weekday())
}

fn by_date(day: Date, days: Option<&DaysByDate>) -> bool {
    let is = |chosen: &DayOfMonth| match chosen.is_last {
        true => day.day() == day.days_in_month(),
        false => i64::from(chosen.date) == i64::from(day.day()),
    };
    days.is_some_and(|days| days.days_of_the_month.iter().any(is))
}

fn by_week(day: Date, weeks: Option<&DaysByWeek>) -> bool {
    let is = |week: &WeekOfMonth| match week {
        WeekOfMonth::First => day.day() <= 7,
        WeekOfMonth::Second => (8..=14).contains(&day.day()),
        WeekOfMonth::Third => (15..=21).contains(&day.day()),
        WeekOfMonth::Fourth => (22..=28).contains(&day.day()),
        WeekOfMonth::Last => day.day() + 7 > day.days_in_month(),
    };
    weeks.is_some_and(|weeks| {
        is_one_of(day, &weeks.days_of_the_week) && weeks.weeks_of_the_month.iter().any(is)
    })
}

fn weekday(day: DayOfWeek) -> Weekday {
    match day {
        DayOfWeek::Sunday => Weekday::Sunday,
        DayOfWeek::Monday => Weekday::Monday,
        DayOfWeek::Tuesday => Weekday::Tuesday,
        DayOfWeek::Wednesday => Weekday::Wednesday,
        DayOfWeek::Thursday => Weekday::Thursday,
        DayOfWeek::Friday => Weekday::Friday,
        DayOfWeek::Saturday => Weekday::Saturday,
    }
}

fn number(month: Month) -> i8 {
    // The first variant is January.
    month as i8 + 1
}

//! Backup policies: schedule and retention as values, in PowerShell's spelling (M-10), because an
//! operator edits them as objects. Nothing here runs by itself: a schedule is kept and shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::Refusal;

/// Protected machines a policy may have; the cmdlet counts to 100, its text says 1000 (R94).
pub const POLICY_ITEMS_MAX: usize = 100;
/// 17:00 UTC, when DefaultPolicy and a new schedule run; of the date only the time counts.
const RUN_TIME: Timestamp = Timestamp::constant(1_460_653_200, 0);

/// A day, in PowerShell's spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum DayOfWeek {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

/// A week of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum WeekOfMonth {
    First,
    Second,
    Third,
    Fourth,
    Last,
}

/// A month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Month {
    January,
    February,
    March,
    April,
    May,
    June,
    July,
    August,
    September,
    October,
    November,
    December,
}

/// How often a backup runs, or how a month's days are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frequency {
    /// Every day; days of a month by their date.
    Daily,
    /// On some days of the week; days of a month by week and weekday.
    Weekly,
}

/// When backups run (`SimpleSchedulePolicy`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SchedulePolicy {
    /// Daily or weekly.
    pub schedule_run_frequency: Frequency,
    /// Days of a weekly schedule.
    #[serde(default)]
    pub schedule_run_days: Vec<DayOfWeek>,
    /// One time, on the hour or half past; of the date only the time counts.
    pub schedule_run_times: Vec<Timestamp>,
}

/// How long daily recovery points are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DailyRetention {
    /// Days, 7-9999.
    pub duration_count_in_days: u32,
    /// The schedule's time.
    #[serde(default)]
    pub retention_times: Vec<Timestamp>,
}

/// How long weekly recovery points are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WeeklyRetention {
    /// Weeks, 1-5163.
    pub duration_count_in_weeks: u32,
    /// Which days' points.
    pub days_of_the_week: Vec<DayOfWeek>,
    /// The schedule's time.
    #[serde(default)]
    pub retention_times: Vec<Timestamp>,
}

/// A day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DayOfMonth {
    /// 1-28; 0 with `IsLast`.
    pub date: u32,
    /// The last day, whatever its date.
    #[serde(default)]
    pub is_last: bool,
}

/// Days of a month by date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DaysByDate {
    /// The days.
    pub days_of_the_month: Vec<DayOfMonth>,
}

/// Days of a month by week and weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DaysByWeek {
    /// Weekdays.
    pub days_of_the_week: Vec<DayOfWeek>,
    /// Weeks.
    pub weeks_of_the_month: Vec<WeekOfMonth>,
}

/// How long monthly recovery points are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MonthlyRetention {
    /// Months, 1-1188.
    pub duration_count_in_months: u32,
    /// Which of the two below counts.
    pub retention_schedule_format_type: Frequency,
    /// By date.
    #[serde(default)]
    pub retention_schedule_daily: Option<DaysByDate>,
    /// By week and weekday.
    #[serde(default)]
    pub retention_schedule_weekly: Option<DaysByWeek>,
    /// The schedule's time.
    #[serde(default)]
    pub retention_times: Vec<Timestamp>,
}

/// How long yearly recovery points are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct YearlyRetention {
    /// Years, 1-99.
    pub duration_count_in_years: u32,
    /// Which of the two below counts.
    pub retention_schedule_format_type: Frequency,
    /// Which months.
    pub months_of_year: Vec<Month>,
    /// By date.
    #[serde(default)]
    pub retention_schedule_daily: Option<DaysByDate>,
    /// By week and weekday.
    #[serde(default)]
    pub retention_schedule_weekly: Option<DaysByWeek>,
    /// The schedule's time.
    #[serde(default)]
    pub retention_times: Vec<Timestamp>,
}

/// How long recovery points are kept (`LongTermRetentionPolicy`). A schedule counts only while it
/// is enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetentionPolicy {
    /// Daily points are kept as `DailySchedule` says.
    #[serde(default)]
    pub is_daily_schedule_enabled: bool,
    /// Weekly ones.
    #[serde(default)]
    pub is_weekly_schedule_enabled: bool,
    /// Monthly ones.
    #[serde(default)]
    pub is_monthly_schedule_enabled: bool,
    /// Yearly ones.
    #[serde(default)]
    pub is_yearly_schedule_enabled: bool,
    /// Daily.
    #[serde(default)]
    pub daily_schedule: Option<DailyRetention>,
    /// Weekly.
    #[serde(default)]
    pub weekly_schedule: Option<WeeklyRetention>,
    /// Monthly.
    #[serde(default)]
    pub monthly_schedule: Option<MonthlyRetention>,
    /// Yearly.
    #[serde(default)]
    pub yearly_schedule: Option<YearlyRetention>,
}

/// A backup policy for virtual machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Name.
    pub name: String,
    /// When backups run.
    #[serde(default = "SchedulePolicy::daily")]
    pub schedule: SchedulePolicy,
    /// How long recovery points are kept.
    #[serde(default = "RetentionPolicy::thirty_days")]
    pub retention: RetentionPolicy,
    /// Days of local snapshots; 0 keeps none (a local snapshot costs the space twice).
    pub snapshot_retention_days: u32,
}

fn bad(text: impl Into<String>) -> Refusal {
    Refusal::usage("ArgumentException", text)
}

impl SchedulePolicy {
    /// Every day at 17:00 UTC.
    #[must_use]
    pub fn daily() -> Self {
        Self::new(Frequency::Daily)
    }

    /// What Get-…SchedulePolicyObject answers: at 17:00 UTC, a weekly one on Sundays.
    #[must_use]
    pub fn new(frequency: Frequency) -> Self {
        Self {
            schedule_run_frequency: frequency,
            schedule_run_days: vec![DayOfWeek::Sunday],
            schedule_run_times: vec![RUN_TIME],
        }
    }

    /// Checks the run time and the days of a weekly schedule.
    ///
    /// # Errors
    /// `ArgumentException`, for the time with Azure's text.
    pub fn check(&self) -> Result<(), Refusal> {
        let half_hour = 1800;
        let on_slot =
            |time: &Timestamp| time.as_second() % half_hour == 0 && time.subsec_nanosecond() == 0;
        if self.schedule_run_times.len() != 1 || !self.schedule_run_times.iter().all(on_slot) {
            return Err(bad(
                "ScheduleTimes in Schedule should be in UTC Timezone, have ONE time and must be \
                 of multiples of 30 Mins with seconds and milliseconds set to 0",
            ));
        }
        if self.schedule_run_frequency == Frequency::Weekly && self.schedule_run_days.is_empty() {
            return Err(bad(
                "A weekly schedule needs at least one day in ScheduleRunDays.",
            ));
        }
        Ok(())
    }
}

impl RetentionPolicy {
    /// DefaultPolicy's: daily points for 30 days.
    #[must_use]
    pub fn thirty_days() -> Self {
        Self {
            is_daily_schedule_enabled: true,
            is_weekly_schedule_enabled: false,
            is_monthly_schedule_enabled: false,
            is_yearly_schedule_enabled: false,
            daily_schedule: Some(DailyRetention {
                duration_count_in_days: 30,
                retention_times: vec![RUN_TIME],
            }),
            weekly_schedule: None,
            monthly_schedule: None,
            yearly_schedule: None,
        }
    }

    /// What Get-…RetentionPolicyObject answers: 180 days, 104 weeks, 60 months, 10 years; a weekly
    /// schedule makes no daily points.
    #[must_use]
    pub fn long_term(frequency: Frequency) -> Self {
        let daily = frequency == Frequency::Daily;
        let times = || vec![RUN_TIME];
        let first_sunday = || {
            Some(DaysByWeek {
                days_of_the_week: vec![DayOfWeek::Sunday],
                weeks_of_the_month: vec![WeekOfMonth::First],
            })
        };
        Self {
            is_daily_schedule_enabled: daily,
            is_weekly_schedule_enabled: true,
            is_monthly_schedule_enabled: true,
            is_yearly_schedule_enabled: true,
            daily_schedule: daily.then(|| DailyRetention {
                duration_count_in_days: 180,
                retention_times: times(),
            }),
            weekly_schedule: Some(WeeklyRetention {
                duration_count_in_weeks: 104,
                days_of_the_week: vec![DayOfWeek::Sunday],
                retention_times: times(),
            }),
            monthly_schedule: Some(MonthlyRetention {
                duration_count_in_months: 60,
                retention_schedule_format_type: Frequency::Weekly,
                retention_schedule_daily: None,
                retention_schedule_weekly: first_sunday(),
                retention_times: times(),
            }),
            yearly_schedule: Some(YearlyRetention {
                duration_count_in_years: 10,
                retention_schedule_format_type: Frequency::Weekly,
                months_of_year: vec![Month::January],
                retention_schedule_daily: None,
                retention_schedule_weekly: first_sunday(),
                retention_times: times(),
            }),
        }
    }

    /// What is kept by day, week, month and year, as counts of those; `None` where it is off.
    fn counts(&self) -> [Option<u32>; 4] {
        let count = |on: bool, count: Option<u32>| count.filter(|_| on);
        let (daily, weekly) = (self.daily_schedule.as_ref(), self.weekly_schedule.as_ref());
        let (monthly, yearly) = (
            self.monthly_schedule.as_ref(),
            self.yearly_schedule.as_ref(),
        );
        [
            count(
                self.is_daily_schedule_enabled,
                daily.map(|d| d.duration_count_in_days),
            ),
            count(
                self.is_weekly_schedule_enabled,
                weekly.map(|w| w.duration_count_in_weeks),
            ),
            count(
                self.is_monthly_schedule_enabled,
                monthly.map(|m| m.duration_count_in_months),
            ),
            count(
                self.is_yearly_schedule_enabled,
                yearly.map(|y| y.duration_count_in_years),
            ),
        ]
    }

    /// True when `self` keeps anything shorter than `before` did, or no more (R126).
    #[must_use]
    pub fn keeps_less_than(&self, before: &Self) -> bool {
        // `None` is less than any count.
        self.counts()
            .iter()
            .zip(before.counts())
            .any(|(now, then)| *now < then)
    }

    fn check(&self, schedule: &SchedulePolicy) -> Result<(), Refusal> {
        let enabled = [
            self.is_daily_schedule_enabled,
            self.is_weekly_schedule_enabled,
            self.is_monthly_schedule_enabled,
            self.is_yearly_schedule_enabled,
        ];
        let limits = [
            ("Days", 7..=9999),
            ("Weeks", 1..=5163),
            ("Months", 1..=1188),
            ("Years", 1..=99),
        ];
        for ((count, on), (unit, range)) in self.counts().iter().zip(enabled).zip(limits) {
            if on && !count.is_some_and(|n| range.contains(&n)) {
                return Err(bad(format!(
                    "RetentionDuration in {unit} should be from {} - {}",
                    range.start(),
                    range.end()
                )));
            }
        }
        match schedule.schedule_run_frequency {
            Frequency::Daily if !self.is_daily_schedule_enabled => {
                Err(bad("A daily schedule needs daily retention."))
            }
            Frequency::Weekly if self.is_daily_schedule_enabled => Err(bad(
                "A weekly schedule makes no daily recovery points: turn daily retention off.",
            )),
            Frequency::Weekly => self.check_weekly(schedule),
            Frequency::Daily => Ok(()),
        }
    }

    fn check_weekly(&self, schedule: &SchedulePolicy) -> Result<(), Refusal> {
        let days = self
            .weekly_schedule
            .as_ref()
            .filter(|_| self.is_weekly_schedule_enabled)
            .map(|w| &w.days_of_the_week);
        let runs = &schedule.schedule_run_days;
        let same = |days: &Vec<DayOfWeek>| {
            runs.iter().all(|d| days.contains(d)) && days.iter().all(|d| runs.contains(d))
        };
        if days.is_some_and(same) {
            return Ok(());
        }
        Err(bad(
            "A weekly schedule needs weekly retention for the same days.",
        ))
    }

    /// Gives every part the schedule's time, as the cmdlets do.
    fn take_time(&mut self, times: &[Timestamp]) {
        let parts = [
            self.daily_schedule.as_mut().map(|d| &mut d.retention_times),
            self.weekly_schedule
                .as_mut()
                .map(|w| &mut w.retention_times),
            self.monthly_schedule
                .as_mut()
                .map(|m| &mut m.retention_times),
            self.yearly_schedule
                .as_mut()
                .map(|y| &mut y.retention_times),
        ];
        for part in parts.into_iter().flatten() {
            *part = times.to_vec();
        }
    }
}

impl Policy {
    /// The policy that exists in every new vault: daily, 30 days.
    #[must_use]
    pub fn default_policy() -> Self {
        Self {
            name: "DefaultPolicy".into(),
            schedule: SchedulePolicy::daily(),
            retention: RetentionPolicy::thirty_days(),
            snapshot_retention_days: 0,
        }
    }

    /// Checks all of it and gives retention the schedule's time.
    ///
    /// # Errors
    /// `ArgumentException` with Azure's text where there is one.
    pub fn settle(&mut self) -> Result<(), Refusal> {
        self.schedule.check()?;
        self.retention.check(&self.schedule)?;
        let weekly = self.schedule.schedule_run_frequency == Frequency::Weekly;
        match self.snapshot_retention_days {
            0 | 5 => {}
            1..=4 if !weekly => {}
            _ if weekly => return Err(bad("Instant restore of a weekly policy is 5 days, or 0.")),
            _ => return Err(bad("Instant restore is from 1 - 5 days, or 0.")),
        }
        self.retention.take_time(&self.schedule.schedule_run_times);
        Ok(())
    }

    /// The names a new policy may have.
    ///
    /// # Errors
    /// Azure's texts.
    pub fn check_name(name: &str) -> Result<(), Refusal> {
        if !(3..=150).contains(&name.chars().count()) {
            return Err(bad(
                "Backup policy name must contain between 3 and 150 characters",
            ));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.chars().all(fits) && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Ok(());
        }
        Err(bad(
            "Backup policy name should contain alphanumeric characters and cannot start with a \
             number",
        ))
    }
}

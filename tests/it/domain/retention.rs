//! Which recovery points a policy keeps, and until when.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rsvault::domain::{DatedPoint, RetentionPolicy, expired};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3600;

fn policy(value: Value) -> RetentionPolicy {
    serde_json::from_value(value).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A backup without -ExpiryDateTimeUTC.
fn governed(time: Timestamp) -> DatedPoint {
    DatedPoint {
        time,
        expires: time + SignedDuration::from_hours(30 * 24),
        exact: false,
    }
}

/// Until when a single point of that time is kept, as a date.
fn until(policy: &RetentionPolicy, time: &str) -> String {
    policy.kept_until(&[governed(at(time))])[0].to_string()
}

#[test]
fn daily_points_are_kept_for_their_days_and_never_less_than_thirty() {
    let daily = |days| {
        policy(
            json!({"IsDailyScheduleEnabled": true, "DailySchedule": {"DurationCountInDays": days}}),
        )
    };
    assert_eq!(
        until(&daily(180), "2027-01-01T10:00:00Z"),
        "2027-06-30T10:00:00Z"
    );
    assert_eq!(
        until(&daily(7), "2027-01-01T10:00:00Z"),
        "2027-01-31T10:00:00Z"
    );
    // A rule that is off does not count, whatever it says.
    let off = policy(
        json!({"IsDailyScheduleEnabled": false, "DailySchedule": {"DurationCountInDays": 500}}),
    );
    assert_eq!(until(&off, "2027-01-01T10:00:00Z"), "2027-01-31T10:00:00Z");
}

#[test]
fn the_long_term_defaults_keep_sundays_first_sundays_and_the_one_of_january() {
    let long: RetentionPolicy =
        RetentionPolicy::long_term(serde_json::from_value(json!("Daily")).unwrap());
    // A Saturday, a Sunday, the first Sunday of a month, the first Sunday of the year.
    assert_eq!(until(&long, "2027-02-13T17:00:00Z"), "2027-08-12T17:00:00Z");
    assert_eq!(until(&long, "2027-02-14T17:00:00Z"), "2029-02-11T17:00:00Z");
    assert_eq!(until(&long, "2027-02-07T17:00:00Z"), "2032-02-07T17:00:00Z");
    assert_eq!(until(&long, "2027-01-03T17:00:00Z"), "2037-01-03T17:00:00Z");
}

#[test]
fn days_by_date_know_the_last_day_of_each_month() {
    let monthly = policy(json!({
        "IsMonthlyScheduleEnabled": true,
        "MonthlySchedule": {
            "DurationCountInMonths": 12,
            "RetentionScheduleFormatType": "Daily",
            "RetentionScheduleDaily": {"DaysOfTheMonth": [{"Date": 15}, {"Date": 0, "IsLast": true}]},
        },
    }));
    for (time, kept) in [
        ("2027-02-28T01:00:00Z", "2028-02-28T01:00:00Z"),
        ("2028-02-28T01:00:00Z", "2028-03-29T01:00:00Z"),
        ("2028-02-29T01:00:00Z", "2029-02-28T01:00:00Z"),
        ("2027-04-15T01:00:00Z", "2028-04-15T01:00:00Z"),
        ("2027-04-16T01:00:00Z", "2027-05-16T01:00:00Z"),
    ] {
        assert_eq!(until(&monthly, time), kept, "{time}");
    }
}

#[test]
fn the_last_week_of_a_month_may_be_its_fourth_or_fifth() {
    let yearly = policy(json!({
        "IsYearlyScheduleEnabled": true,
        "YearlySchedule": {
            "DurationCountInYears": 3,
            "RetentionScheduleFormatType": "Weekly",
            "MonthsOfYear": ["February", "March"],
            "RetentionScheduleWeekly": {"DaysOfTheWeek": ["Monday"], "WeeksOfTheMonth": ["Last"]},
        },
    }));
    // February 2027 has four Mondays, March 2027 five; April is none of the months.
    assert_eq!(
        until(&yearly, "2027-02-22T00:00:00Z"),
        "2030-02-22T00:00:00Z"
    );
    assert_eq!(
        until(&yearly, "2027-03-22T00:00:00Z"),
        "2027-04-21T00:00:00Z"
    );
    assert_eq!(
        until(&yearly, "2027-03-29T00:00:00Z"),
        "2030-03-29T00:00:00Z"
    );
    assert_eq!(
        until(&yearly, "2027-04-26T00:00:00Z"),
        "2027-05-26T00:00:00Z"
    );
}

#[test]
fn only_the_first_point_of_a_day_becomes_its_weekly_one() {
    let weekly = policy(json!({
        "IsWeeklyScheduleEnabled": true,
        "WeeklySchedule": {"DurationCountInWeeks": 52, "DaysOfTheWeek": ["Sunday"]},
    }));
    let exact = DatedPoint {
        exact: true,
        expires: at("2027-02-15T00:00:00Z"),
        ..governed(at("2027-02-14T01:00:00Z"))
    };
    let points = [
        exact,
        governed(at("2027-02-14T02:00:00Z")),
        governed(at("2027-02-14T03:00:00Z")),
    ];
    let until: Vec<_> = weekly
        .kept_until(&points)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        until,
        [
            "2027-02-15T00:00:00Z",
            "2028-02-13T02:00:00Z",
            "2027-03-16T03:00:00Z"
        ]
    );
}

/// Which parts are on, and how long each keeps.
type Parts = (Vec<bool>, [u32; 4]);

fn parts() -> impl Strategy<Value = Parts> {
    let counts = (7u32..500, 1u32..200, 1u32..100, 1u32..50);
    let on = proptest::collection::vec(any::<bool>(), 4);
    (on, counts).prop_map(|(on, (days, weeks, months, years))| (on, [days, weeks, months, years]))
}

/// The long-term policy with these parts.
fn made((on, counts): &Parts) -> RetentionPolicy {
    let daily = serde_json::from_value(json!("Daily")).unwrap();
    let mut long = serde_json::to_value(RetentionPolicy::long_term(daily)).unwrap();
    let units = ["Days", "Weeks", "Months", "Years"];
    for (n, name) in ["Daily", "Weekly", "Monthly", "Yearly"].iter().enumerate() {
        long[format!("Is{name}ScheduleEnabled")] = json!(on[n]);
        long[format!("{name}Schedule")][format!("DurationCountIn{}", units[n])] = json!(counts[n]);
    }
    policy(long)
}

fn policies() -> impl Strategy<Value = RetentionPolicy> {
    parts().prop_map(|parts| made(&parts))
}

/// Points in order, some with a time of their own to go.
fn histories() -> impl Strategy<Value = Vec<DatedPoint>> {
    let step = (600i64..5 * DAY, proptest::option::of(1i64..400 * DAY));
    proptest::collection::vec(step, 1..60).prop_map(|steps| {
        let mut time = at("2027-01-01T00:00:00Z");
        let point = |(step, exact): (i64, Option<i64>)| {
            time += SignedDuration::from_secs(step);
            match exact {
                None => governed(time),
                Some(kept) => DatedPoint {
                    time,
                    expires: time + SignedDuration::from_secs(kept),
                    exact: true,
                },
            }
        };
        steps.into_iter().map(point).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_goes_before_its_own_time_and_what_was_asked_for_is_exact(
        policy in policies(), points in histories()
    ) {
        for (point, until) in points.iter().zip(policy.kept_until(&points)) {
            prop_assert!(until >= point.expires);
            prop_assert!(!point.exact || until == point.expires);
        }
    }

    #[test]
    fn the_newest_point_never_expires_and_time_only_takes_away(
        policy in policies(), points in histories(), first in 0i64..9000, later in 0i64..9000
    ) {
        let until: Vec<_> = policy.kept_until(&points).into_iter().map(Some).collect();
        let now = |days| at("2027-01-01T00:00:00Z") + SignedDuration::from_secs(days * DAY);
        let one = expired(&until, now(first));
        let two = expired(&until, now(first + later));
        prop_assert_eq!(one.len(), points.len());
        prop_assert!(!two[points.len() - 1]);
        prop_assert!(one.iter().zip(&two).all(|(one, two)| !one || *two));
    }

    #[test]
    fn a_later_backup_changes_nothing_for_those_before(
        policy in policies(), points in histories()
    ) {
        let before = policy.kept_until(&points[..points.len() - 1]);
        prop_assert_eq!(&policy.kept_until(&points)[..points.len() - 1], &before[..]);
    }

    #[test]
    fn a_policy_that_keeps_no_less_keeps_every_point_as_long(
        less in parts(), more in parts(), points in histories()
    ) {
        let on = less.0.iter().zip(&more.0).map(|(one, two)| *one || *two).collect();
        let longer = |n: usize| less.1[n].max(more.1[n]);
        let (one, two) = (made(&less), made(&(on, [longer(0), longer(1), longer(2), longer(3)])));
        prop_assert!(!two.keeps_less_than(&one));
        let pairs = one.kept_until(&points).into_iter().zip(two.kept_until(&points));
        for (one, two) in pairs {
            prop_assert!(two >= one);
        }
    }
}

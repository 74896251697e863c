//! Rotation policies of keys: when a new version is due, and how long versions live.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::{KeyVersion, Refusal};

/// What happens at a point of a version's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RotationAction {
    /// A new version is due.
    Rotate,
    /// Somebody should know.
    Notify,
}

/// One action and its trigger; exactly one of the periods is there (ISO 8601, such as `P18M`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifetimeAction {
    /// What.
    pub action: RotationAction,
    /// So long after the version was made.
    #[serde(default)]
    pub after_create: Option<String>,
    /// So long before it expires.
    #[serde(default)]
    pub before_expiry: Option<String>,
}

/// The rotation policy of a key (M-13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationPolicy {
    /// Actions.
    pub actions: Vec<LifetimeAction>,
    /// How long new versions live (ISO 8601, at least `P28D`).
    #[serde(default)]
    pub expires_in: Option<String>,
    /// When it was first set; absent: it is the default one.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// When it was last set.
    #[serde(default)]
    pub updated: Option<Timestamp>,
}

impl Default for RotationPolicy {
    /// What every key has before one is set: notify 30 days before expiry.
    fn default() -> Self {
        Self {
            actions: vec![LifetimeAction {
                action: RotationAction::Notify,
                after_create: None,
                before_expiry: Some("P30D".into()),
            }],
            expires_in: None,
            created: None,
            updated: None,
        }
    }
}

impl RotationPolicy {
    /// Key Vault's limits: 28 days of life, 7 days before or after for a rotation, one trigger.
    ///
    /// # Errors
    /// `BadParameter`.
    pub fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        if let Some(life) = &self.expires_in {
            at_least(life, "P28D", "-ExpiresIn", now)?;
        }
        for action in &self.actions {
            let period = match (&action.after_create, &action.before_expiry) {
                (Some(period), None) | (None, Some(period)) => period,
                _ => {
                    return Err(bad(
                        "An action has exactly one of TimeAfterCreate and TimeBeforeExpiry.",
                    ));
                }
            };
            let least = match action.action {
                RotationAction::Rotate => "P7D",
                RotationAction::Notify => "P0D",
            };
            at_least(period, least, "The trigger of an action", now)?;
        }
        Ok(())
    }

    /// When a version made at `created` expires by this policy.
    #[must_use]
    pub fn expiry(&self, created: Timestamp) -> Option<Timestamp> {
        moved(created, self.expires_in.as_deref()?, false).ok()
    }

    /// When a new version is due: the earliest trigger of a Rotate action.
    #[must_use]
    pub fn rotation_due(&self, newest: &KeyVersion) -> Option<Timestamp> {
        let due = |action: &LifetimeAction| match (&action.after_create, &action.before_expiry) {
            (Some(period), _) => moved(newest.created, period, false).ok(),
            (None, Some(period)) => moved(newest.expires?, period, true).ok(),
            (None, None) => None,
        };
        self.actions
            .iter()
            .filter(|action| action.action == RotationAction::Rotate)
            .filter_map(due)
            .min()
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::usage("BadParameter", message)
}

fn at_least(period: &str, least: &str, what: &str, now: Timestamp) -> Result<(), Refusal> {
    if moved(now, period, false)? >= moved(now, least, false)? {
        return Ok(());
    }
    Err(bad(format!(
        "{what} is {period}, but has to be {least} or longer."
    )))
}

/// A time moved by an ISO 8601 period, in the calendar of UTC.
fn moved(from: Timestamp, period: &str, back: bool) -> Result<Timestamp, Refusal> {
    let wrong = || {
        bad(format!("'{period}' is not a period."))
            .hint("Write it as ISO 8601 does: P90D, P18M, P2Y.")
    };
    let span: Span = Some(period)
        .filter(|p| p.starts_with('P'))
        .and_then(|p| p.parse().ok())
        .ok_or_else(wrong)?;
    let zoned = from.to_zoned_datetime(TimeZone::UTC);
    let moved = if back {
        zoned.checked_sub(span)
    } else {
        zoned.checked_add(span)
    };
    Ok(moved.map_err(|_| wrong())?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(
        expires_in: Option<&str>,
        actions: &[(RotationAction, &str, bool)],
    ) -> RotationPolicy {
        RotationPolicy {
            actions: actions
                .iter()
                .map(|(action, period, after)| LifetimeAction {
                    action: *action,
                    after_create: after.then(|| (*period).into()),
                    before_expiry: (!after).then(|| (*period).into()),
                })
                .collect(),
            expires_in: expires_in.map(Into::into),
            created: None,
            updated: None,
        }
    }

    #[test]
    fn periods_have_key_vaults_lower_limits() {
        let now = Timestamp::UNIX_EPOCH;
        use RotationAction::{Notify, Rotate};
        for good in [
            policy(Some("P28D"), &[(Rotate, "P7D", true)]),
            policy(
                Some("P2Y"),
                &[(Rotate, "P18M", false), (Notify, "P30D", false)],
            ),
            RotationPolicy::default(),
        ] {
            good.check(now).unwrap();
        }
        for wrong in [
            policy(Some("P27D"), &[]),
            policy(None, &[(Rotate, "P6D", true)]),
            policy(Some("30 days"), &[]),
            policy(Some("P"), &[]),
        ] {
            assert_eq!(wrong.check(now).unwrap_err().code, "BadParameter");
        }
    }

    #[test]
    fn due_dates_follow_the_calendar() {
        let created: Timestamp = "2027-01-31T00:00:00Z".parse().unwrap();
        let expected: Timestamp = "2027-07-31T00:00:00Z".parse().unwrap();
        let mine = policy(Some("P6M"), &[(RotationAction::Rotate, "P1M", false)]);
        assert_eq!(mine.expiry(created), Some(expected));
        assert_eq!(RotationPolicy::default().expiry(created), None);
    }
}

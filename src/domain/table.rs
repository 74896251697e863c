//! One kind of resource, by ARM id; lookups by id, by name and by group.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Refusal, ResourceId, Tagged};

/// All resources of one kind. Keys are lower-case ARM ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Table<T>(BTreeMap<String, T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Tagged> Table<T> {
    /// The resource with this id.
    ///
    /// # Errors
    /// `ResourceNotFound`, ARM's text.
    pub fn get(&self, id: &ResourceId) -> Result<&T, Refusal> {
        self.check_kind(id)?;
        self.0.get(&id.key()).ok_or_else(|| Self::missing(id))
    }

    /// The resource with this id, to be changed.
    ///
    /// # Errors
    /// `ResourceNotFound`, ARM's text.
    pub fn get_mut(&mut self, id: &ResourceId) -> Result<&mut T, Refusal> {
        self.check_kind(id)?;
        self.0.get_mut(&id.key()).ok_or_else(|| Self::missing(id))
    }

    /// True when it exists.
    #[must_use]
    pub fn contains(&self, id: &ResourceId) -> bool {
        self.0.contains_key(&id.key())
    }

    /// Adds or replaces.
    pub fn put(&mut self, value: T) {
        self.0.insert(value.id().key(), value);
    }

    /// Takes it out.
    pub fn remove(&mut self, id: &ResourceId) -> Option<T> {
        self.0.remove(&id.key())
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }

    /// Those of a subscription, a group and a name, each if given; names match without case, and
    /// may hold `*` and `?`.
    pub fn select<'a>(
        &'a self,
        subscription: Option<Uuid>,
        group: Option<&'a str>,
        name: Option<&'a str>,
    ) -> impl Iterator<Item = &'a T> {
        self.0.values().filter(move |value| {
            let base = value.base();
            subscription.is_none_or(|s| s == base.subscription)
                && group.is_none_or(|g| matches_name(g, &base.group))
                && name.is_none_or(|n| matches_name(n, &base.name))
        })
    }

    /// The one resource of this name in the subscription (and group, if given).
    ///
    /// # Errors
    /// `ResourceNotFound`, or `RsvAmbiguousName` when several groups have one.
    pub fn one(&self, subscription: Uuid, group: Option<&str>, name: &str) -> Result<&T, Refusal> {
        let mut found = self.0.values().filter(|value| {
            let base = value.base();
            base.subscription == subscription
                && group.is_none_or(|g| g.eq_ignore_ascii_case(&base.group))
                && base.name.eq_ignore_ascii_case(name)
        });
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (Some(first), Some(second)) => Err(Refusal::usage(
                "RsvAmbiguousName",
                format!(
                    "There is a {} '{name}' in '{}' and one in '{}'.",
                    T::KIND.label(),
                    first.base().group,
                    second.base().group
                ),
            )
            .hint("Add -ResourceGroupName, or give the resource id.")),
            (None, _) => Err(self.unnamed(subscription, group, name)),
        }
    }

    /// No resource has this name; says which has one like it.
    fn unnamed(&self, subscription: Uuid, group: Option<&str>, name: &str) -> Refusal {
        let here = self.select(Some(subscription), group, None);
        Refusal::not_found(match group {
            Some(group) => format!(
                "The Resource '{}/{name}' under resource group '{group}' was not found.",
                T::KIND.type_name()
            ),
            None => format!(
                "The Resource '{}/{name}' was not found in subscription '{subscription}'.",
                T::KIND.type_name()
            ),
        })
        .suggest(name, here.map(|value| value.base().name.as_str()))
    }

    fn check_kind(&self, id: &ResourceId) -> Result<(), Refusal> {
        if id.kind == T::KIND {
            return Ok(());
        }
        Err(Refusal::usage(
            "RsvWrongKind",
            format!(
                "A {} is needed here, but '{id}' is a {}.",
                T::KIND.label(),
                id.kind.label()
            ),
        ))
    }

    fn missing(id: &ResourceId) -> Refusal {
        Refusal::not_found(format!(
            "The Resource '{}/{}' under resource group '{}' was not found.",
            T::KIND.type_name(),
            id.name,
            id.group
        ))
    }
}

/// Matches a name against a pattern with `*` and `?`, without regard to case.
#[must_use]
pub fn matches_name(pattern: &str, name: &str) -> bool {
    fn at(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => {
                at(rest, name)
                    || name
                        .split_first()
                        .is_some_and(|(_, tail)| at(pattern, tail))
            }
            (Some(('?', rest)), Some((_, tail))) => at(rest, tail),
            (Some((p, rest)), Some((n, tail))) => p == n && at(rest, tail),
            _ => false,
        }
    }
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    at(&lower(pattern), &lower(name))
}

#[cfg(test)]
mod tests {
    use super::matches_name;

    #[test]
    fn patterns_match_without_case() {
        assert!(matches_name("Test*", "testvault"));
        assert!(matches_name("*vault", "TESTVAULT"));
        assert!(matches_name("te?t", "test"));
        assert!(!matches_name("te?t", "tet"));
        assert!(!matches_name("vault", "testvault"));
        assert!(matches_name("*", ""));
    }
}

//! What a mistyped name could have meant.

use rsvault::domain::nearest;

#[test]
fn suggestions_bridge_a_few_mistakes_only() {
    assert_eq!(nearest("Identiy", ["Name", "Identity"]), Some("Identity"));
    assert_eq!(nearest("nmae", ["Name", "Id"]), Some("Name"));
    assert_eq!(nearest("x", ["y"]), None);
    assert_eq!(nearest("completely", ["different"]), None);
}

//! The home itself: where it lies, what kind it is, how its root key is kept, and which state of it
//! counts.

mod approve;
mod initialize;
mod places;
mod update;

use serde_json::{Value, json};

pub use places::{Places, places};

use crate::cmdlet::registry::{Row, row};
use crate::output::{Form, View};
use crate::state::RootKeyKind;
use crate::workflow::Context;

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<initialize::Initialize>(),
    row::<update::Update>(),
    row::<approve::Approve>(),
];

static VIEW: View = View {
    type_name: "Rsv.Home",
    form: Form::List,
    table: &[],
    list: &[],
};

/// The home in the activity log.
fn home_id(context: &Context) -> String {
    format!("/providers/Rsv/homes/{}", context.installation())
}

fn view(context: &Context) -> Value {
    let (home, installation) = (context.home(), context.installation());
    json!({
        "Home": home.folder(),
        "Installation": installation,
        "RootKeyFile": home.root_key_file(installation),
        "RootKeyKind": match context.root_key_kind() {
            RootKeyKind::KeyFile => "KeyFile",
            RootKeyKind::Passphrase => "Passphrase",
        },
        "AnchorFile": home.anchor(installation),
        "Generation": context.generation(),
        "Rehearsal": context.document().rehearsal,
    })
}

//! The seam to the terminal: what a cmdlet may say or ask while it runs.

use zeroize::Zeroizing;

/// Shows how far a long operation is. Calls may come from any thread.
pub trait Progress: Send + Sync {
    /// The total is known now, in bytes.
    fn set_total(&self, bytes: u64);
    /// So many more bytes are done.
    fn advance(&self, bytes: u64);
    /// The operation is over; clears the bar.
    fn finish(&self);
}

/// Talks to whoever runs the cmdlet. Results never go through here.
pub trait Console {
    /// A warning (stderr, `WARNING: …`), unless -WarningAction silences it.
    fn warn(&self, text: &str);
    /// A detail (stderr, `VERBOSE: …`), shown under -Verbose.
    fn verbose(&self, text: &str);
    /// What -WhatIf would have done.
    fn what_if(&self, operation: &str, target: &str);
    /// True when a person can be asked: stdin and stderr are terminals.
    fn interactive(&self) -> bool;
    /// Asks a yes/no question on the terminal; the default answer is no.
    fn ask(&self, question: &str) -> std::io::Result<bool>;
    /// Asks for a name to be typed, for steps that cannot be undone.
    fn ask_name(&self, question: &str, name: &str) -> std::io::Result<bool>;
    /// Asks for a secret without showing it; `None` when there is nobody to ask.
    fn ask_secret(&self, question: &str) -> std::io::Result<Option<Zeroizing<Vec<u8>>>>;
    /// Reads all of standard input, once.
    fn read_input(&self) -> std::io::Result<String>;
    /// A progress bar (bytes, speed, time left), silent when stderr is no terminal.
    fn progress(&self, label: &str) -> Box<dyn Progress>;
}

/// What the common parameters said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Preferences {
    /// -WhatIf: run every check, write nothing.
    pub what_if: bool,
    /// -Confirm or -Confirm:false; absent: by the cmdlet's effect.
    pub confirm: Option<bool>,
}

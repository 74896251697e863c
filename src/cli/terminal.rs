//! The console of a process: warnings, questions and progress on standard error, answers on
//! standard input.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use zeroize::Zeroizing;

use crate::cli::secret;
use crate::cmdlet::{Console, Progress};
use crate::output::escape;

/// Operations shorter than this show no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a bar is drawn again while nothing advances, so that the time left stays true.
const TICK: Duration = Duration::from_millis(250);
/// Label, bar, bytes, speed, time left.
const BAR: &str = "{prefix} [{bar:20}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
/// The same before the total is known.
const COUNTER: &str = "{prefix} {bytes} {bytes_per_sec}";

/// What the console may say.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// Show warnings.
    pub warnings: bool,
    /// Show details.
    pub verbose: bool,
    /// Show progress bars.
    pub progress: bool,
}

/// The process's terminal, or what stands in its place.
#[derive(Debug)]
pub struct Terminal {
    voice: Voice,
    bars: MultiProgress,
    input: Option<String>,
    input_read: AtomicBool,
}

impl Terminal {
    /// A console that says only what `voice` allows; bars are shown only on a terminal.
    #[must_use]
    pub fn new(voice: Voice) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let progress = voice.progress && io::stderr().is_terminal();
        Self {
            voice: Voice { progress, ..voice },
            bars,
            input: None,
            input_read: AtomicBool::new(false),
        }
    }

    /// Reads standard input now, to its end: what the command before the pipe has committed is
    /// then seen by whoever opens the state next.
    ///
    /// # Errors
    /// I/O, or bytes that are not UTF-8.
    pub fn read_ahead(mut self) -> io::Result<Self> {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text)?;
        self.input = Some(text);
        Ok(self)
    }

    /// Writes to standard error without spoiling a bar. There is nobody to tell if that fails.
    fn say(&self, text: &str) {
        let text = escape(text, &['\n', '\t']);
        let write = || {
            let _ = io::stderr().lock().write_all(text.as_bytes());
        };
        if self.voice.progress {
            self.bars.suspend(write);
        } else {
            write();
        }
    }

    /// Asks and reads one line; the end of the input is an empty answer.
    fn answer(&self, prompt: &str) -> io::Result<String> {
        self.say(prompt);
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Console for Terminal {
    fn warn(&self, text: &str) {
        if self.voice.warnings {
            self.say(&format!("WARNING: {text}\n"));
        }
    }

    fn verbose(&self, text: &str) {
        if self.voice.verbose {
            self.say(&format!("VERBOSE: {text}\n"));
        }
    }

    fn what_if(&self, operation: &str, target: &str) {
        let text = format!("Performing the operation \"{operation}\" on target \"{target}\".");
        self.say(&format!("What if: {text}\n"));
    }

    fn interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn ask(&self, question: &str) -> io::Result<bool> {
        let answer = self.answer(&format!("{question} [y/N] "))?.to_lowercase();
        Ok(answer == "y" || answer == "yes")
    }

    fn ask_name(&self, question: &str, name: &str) -> io::Result<bool> {
        Ok(self.answer(&format!("{question}\nType '{name}' to go on: "))? == name)
    }

    fn ask_secret(&self, question: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        // Standard input may be a pipe: the answer comes from the terminal itself.
        if !io::stderr().is_terminal() {
            return Ok(None);
        }
        secret::read_secret(&escape(question, &[])).map(Some)
    }

    fn read_input(&self) -> io::Result<String> {
        if self.input_read.swap(true, Ordering::Relaxed) {
            return Err(io::Error::other(
                "standard input was already read: '-' may stand only once",
            ));
        }
        if let Some(text) = &self.input {
            return Ok(text.clone());
        }
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text)?;
        Ok(text)
    }

    fn progress(&self, label: &str) -> Box<dyn Progress> {
        let bar = ProgressBar::hidden().with_prefix(escape(label, &[]).into_owned());
        bar.set_style(style(COUNTER));
        Box::new(Bar {
            bar,
            bars: self.bars.clone(),
            started: Instant::now(),
            shown: AtomicBool::new(!self.voice.progress),
        })
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

/// One bar; it joins the terminal once the operation has lasted a while.
struct Bar {
    bar: ProgressBar,
    bars: MultiProgress,
    started: Instant,
    /// True when there is nothing left to show: shown already, or never to be shown.
    shown: AtomicBool,
}

impl Progress for Bar {
    fn set_total(&self, bytes: u64) {
        self.bar.set_length(bytes);
        self.bar.set_style(style(BAR));
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
        let due = !self.shown.load(Ordering::Relaxed) && self.started.elapsed() >= PATIENCE;
        if due && !self.shown.swap(true, Ordering::Relaxed) {
            self.bars.add(self.bar.clone());
            self.bar.enable_steady_tick(TICK);
        }
    }

    fn finish(&self) {
        self.shown.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}

impl Drop for Bar {
    /// An operation that ends in an error leaves no bar behind.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

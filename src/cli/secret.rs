//! Asks for a secret on the process's terminal, without showing it.

use std::fs::File;
use std::io::{self, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Most bytes that are taken.
const BYTES_MAX: usize = 1025;
const INTERRUPT: u8 = 3;
const END: u8 = 4;
const BACKSPACE: [u8; 2] = [8, 127];
const WORD_ERASE: u8 = 21;

/// Puts the terminal back as it was, whatever happens.
struct Quiet<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    /// No echo, no line editing, no signals: a Ctrl-C that killed the process here would leave
    /// the terminal silent.
    fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Asks on the controlling terminal, even when standard input is a pipe.
///
/// # Errors
/// There is no terminal, or Ctrl-C (`Interrupted`).
pub(super) fn read_secret(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    (&terminal).write_all(format!("{question}: ").as_bytes())?;
    let quiet = Quiet::new(&terminal)?;
    let typed = read_line(&terminal);
    drop(quiet);
    (&terminal).write_all(b"\n")?;
    typed
}

fn read_line(mut terminal: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it, so that the buffer never moves and leaves a copy behind.
    let mut line = Zeroizing::new(Vec::with_capacity(BYTES_MAX));
    let mut byte = Zeroizing::new([0]);
    while line.len() < BYTES_MAX {
        if terminal.read(&mut *byte)? == 0 {
            break;
        }
        match byte[0] {
            b'\n' | b'\r' | END => break,
            INTERRUPT => return Err(io::Error::other("interrupted")),
            WORD_ERASE => line.clear(),
            b if BACKSPACE.contains(&b) => {
                // A character of UTF-8 goes as a whole.
                while line.pop().is_some_and(|b| b & 0xC0 == 0x80) {}
            }
            b => line.push(b),
        }
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::read_line;

    #[test]
    fn a_line_ends_at_return_and_can_be_corrected() {
        let typed = |text: &str| read_line(text.as_bytes()).unwrap().to_vec();
        assert_eq!(typed("secret\rmore"), b"secret");
        assert_eq!(typed("secre\u{e9}\u{7f}t\n"), b"secret");
        assert_eq!(typed("wrong\u{15}right\u{4}"), b"right");
        assert!(read_line("half\u{3}".as_bytes()).is_err());
    }
}

//! A command line as POSIX shells and fish read it, up to the cursor; and words quoted for bash.

/// The words of the command that is being typed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The words, unquoted; the last one is being typed and may be empty.
    pub(super) words: Vec<String>,
    /// The quotation mark that is still open.
    pub(super) open: Option<char>,
    /// Where the last word starts, in bytes.
    pub(super) start: usize,
    /// True where the word in hand is a redirection's file, and none of the command's.
    redirects: bool,
}

impl Line {
    /// Reads a line; of several commands in it, the last one.
    pub(super) fn read(text: &str) -> Self {
        let mut line = Self::default();
        let mut word: Option<String> = None;
        let mut letters = text.char_indices().peekable();
        while let Some((at, c)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            if line.open.is_none() && (is_redirection(c) || (c == '&' && next == Some('>'))) {
                // A number before it belongs to it.
                line.end(word.take().filter(|word| !is_number(word)));
                let is_more = |c: char| is_redirection(c) || matches!(c, '&' | '|');
                while letters.next_if(|(_, c)| is_more(*c)).is_some() {}
                line.redirects = true;
                continue;
            }
            if line.open.is_none() && is_break(c) {
                line.end(word.take());
                if is_operator(c) {
                    line.words.clear();
                    line.redirects = false;
                }
                continue;
            }
            if word.is_none() {
                line.start = at;
            }
            let word = word.get_or_insert_default();
            match (line.open, c) {
                (None, '\'' | '"') => line.open = Some(c),
                (Some(mark), _) if c == mark => line.open = None,
                (Some('\''), _) => word.push(c),
                (Some(_), '\\') => {
                    // Between double quotes it stands for itself before other letters.
                    let next = letters.next_if(|(_, c)| matches!(c, '"' | '\\' | '$' | '`'));
                    word.push(next.map_or('\\', |(_, c)| c));
                }
                (None, '\\') => word.extend(letters.next().map(|(_, c)| c)),
                _ => word.push(c),
            }
        }
        if word.is_none() {
            line.start = text.len();
        }
        line.words.push(word.unwrap_or_default());
        line
    }

    /// Takes a word that is complete, unless it only is a redirection's file.
    fn end(&mut self, word: Option<String>) {
        if let Some(word) = word
            && !std::mem::take(&mut self.redirects)
        {
            self.words.push(word);
        }
    }
}

fn is_break(c: char) -> bool {
    c.is_whitespace() || is_operator(c)
}

fn is_redirection(c: char) -> bool {
    matches!(c, '<' | '>')
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit())
}

/// After these a new command begins.
fn is_operator(c: char) -> bool {
    matches!(c, '\n' | ';' | '|' | '&' | '(' | ')' | '`')
}

/// Quotes text for bash, where `open` is the quotation mark it stands behind.
pub(super) fn quote(text: &str, open: Option<char>) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match open {
            Some('\'') if c == '\'' => quoted.push_str("'\\'"),
            Some('"') if matches!(c, '"' | '\\' | '$' | '`') => quoted.push('\\'),
            None if needs_backslash(c) => quoted.push('\\'),
            _ => {}
        }
        quoted.push(c);
    }
    quoted
}

fn needs_backslash(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-./:=,@%+".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_the_shell_reads_them() {
        for (text, words, open, start) in [
            ("rsv ", &["rsv", ""][..], None, 4),
            ("rsv Get", &["rsv", "Get"], None, 4),
            (
                "a | rsv 'x y' \"b\\\"c",
                &["rsv", "x y", "b\"c"],
                Some('"'),
                14,
            ),
            ("x=$(rsv -N:'v 1", &["rsv", "-N:v 1"], Some('\''), 8),
            ("rsv a\\;b c\\ d", &["rsv", "a;b", "c d"], None, 9),
            ("rsv ''", &["rsv", ""], None, 4),
            ("rsv x;", &[""], None, 6),
            ("rsv a 2>/dev/null b", &["rsv", "a", "b"], None, 18),
            ("rsv a 2>&1 b <c &>> d e", &["rsv", "a", "b", "e"], None, 22),
            ("rsv a > f | rsv b", &["rsv", "b"], None, 16),
            ("x <(rsv -N:v", &["rsv", "-N:v"], None, 8),
        ] {
            let line = Line::read(text);
            assert_eq!(line.words, words, "{text}");
            assert_eq!((line.open, line.start), (open, start), "{text}");
        }
    }

    #[test]
    fn what_is_quoted_reads_back_as_it_was() {
        for text in [
            "iaasvmcontainerv2;rg;vm",
            "$x `y` \"z\" 'q' \\",
            "a b&c|d",
            "日本",
        ] {
            for open in [None, Some('\''), Some('"')] {
                let mark = open.map(String::from).unwrap_or_default();
                let line = Line::read(&format!("{mark}{}{mark}", quote(text, open)));
                assert_eq!(line.words, [text], "{open:?}");
            }
        }
    }
}

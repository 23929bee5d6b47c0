//! The grammar of addresses: one method for each of its parts, each takes what it has read.

use super::MailError;

/// What is left to read.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a str);

fn is_text(letter: char, dot: bool) -> bool {
    match letter {
        '.' => dot,
        '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"' => false,
        '!'..='~' => true,
        other => !other.is_ascii(),
    }
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// What is left to read.
    pub(super) const fn rest(&self) -> &'a str {
        self.0
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn take(&mut self, letter: char) -> bool {
        match self.0.strip_prefix(letter) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Skips spaces and comments, which may hold comments; false where one does not end.
    pub(super) fn comments(&mut self) -> bool {
        self.spaces();
        while self.0.starts_with('(') {
            let mut depth = 0_usize;
            let mut letters = self.0.char_indices();
            let end = loop {
                match letters.next() {
                    None => return false,
                    Some((_, '\\')) => drop(letters.next()),
                    Some((_, '(')) => depth += 1,
                    Some((at, ')')) if depth == 1 => break at + 1,
                    Some((_, ')')) => depth -= 1,
                    Some(_) => {}
                }
            };
            self.0 = &self.0[end..];
            self.spaces();
        }
        true
    }

    /// An address with or without a name, or a group of them; how many there were.
    pub(super) fn address(&mut self, group: bool) -> Result<usize, MailError> {
        self.spaces();
        if self.0.is_empty() {
            return Err(MailError::Empty);
        }
        let before = self.0;
        if self.bare().is_ok() {
            self.spaces();
            return if self.comments() {
                Ok(1)
            } else {
                Err(MailError::Comment)
            };
        }
        self.0 = before;
        let plain = self.0.starts_with('<') || self.name()?;
        self.spaces();
        if group && self.take(':') {
            return self.members();
        }
        if !self.take('<') {
            return Err(if plain {
                MailError::NoAddress
            } else {
                MailError::NoAngle
            });
        }
        self.bare()?;
        if self.take('>') {
            Ok(1)
        } else {
            Err(MailError::Unclosed)
        }
    }

    fn members(&mut self) -> Result<usize, MailError> {
        self.spaces();
        let mut count = 0;
        if self.take(';') {
            return Ok(count);
        }
        loop {
            count += self.address(false)?;
            if !self.comments() {
                return Err(MailError::Comment);
            }
            if self.take(';') {
                return Ok(count);
            }
            if !self.take(',') {
                return Err(MailError::NoComma);
            }
        }
    }

    /// Words before an address, and comments between them; whether it is one word that could begin an address.
    fn name(&mut self) -> Result<bool, MailError> {
        let (mut words, mut plain) = (0, true);
        loop {
            if words > 0 && !self.comments() {
                return Err(MailError::Comment);
            }
            self.spaces();
            let Ok(word) = self.word() else { break };
            words += 1;
            plain = words == 1 && word.chars().all(|letter| is_text(letter, true));
        }
        if words == 0 {
            return Err(MailError::NoWord);
        }
        Ok(plain)
    }

    fn word(&mut self) -> Result<&'a str, MailError> {
        if self.0.starts_with('"') {
            return self.quoted().ok_or(MailError::Invalid);
        }
        self.atom()
    }

    /// `local@domain`.
    fn bare(&mut self) -> Result<(), MailError> {
        self.spaces();
        if self.0.is_empty() {
            return Err(MailError::NoSpec);
        }
        if self.0.starts_with('"') {
            if self.quoted().is_none_or(str::is_empty) {
                return Err(MailError::EmptyQuoted);
            }
        } else {
            dots(self.atom()?)?;
        }
        if !self.take('@') {
            return Err(MailError::NoAt);
        }
        self.spaces();
        if self.take('[') {
            let (_, rest) = self.0.split_once(']').ok_or(MailError::NoLiteralEnd)?;
            self.0 = rest;
            return Ok(());
        }
        dots(self.atom()?)
    }

    fn atom(&mut self) -> Result<&'a str, MailError> {
        let rest = self.0.trim_start_matches(|letter| is_text(letter, true));
        let atom = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        if atom.is_empty() {
            Err(MailError::Invalid)
        } else {
            Ok(atom)
        }
    }

    /// A text in quotes, as it was written, if it ends.
    fn quoted(&mut self) -> Option<&'a str> {
        let text = self.0;
        let mut letters = text.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.0 = &text[at + 1..];
                    return Some(&text[1..at]);
                }
                '\\' => drop(letters.next()),
                _ => {}
            }
        }
        None
    }
}

/// No dot at an end, no two in a row.
fn dots(atom: &str) -> Result<(), MailError> {
    if atom.starts_with('.') {
        Err(MailError::LeadingDot)
    } else if atom.contains("..") {
        Err(MailError::DoubleDot)
    } else if atom.ends_with('.') {
        Err(MailError::TrailingDot)
    } else {
        Ok(())
    }
}

//! Cuts a selector text into tokens.
//!
//! One rule is unusual and kept because stored selectors depend on it: after an operator, white space belongs to the value
//! until the next comma or symbol, so that `model = EPYC 7402` needs no quotes (and `a = b ` ends with a space).

use std::iter::Peekable;
use std::str::Chars;

/// A piece of a selector text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    End,
    Word(String),
    Symbol(&'static str),
    /// A text that cannot be cut; the words say why.
    Broken(&'static str),
}

/// The tokens of one text, with one token of look-ahead.
pub(super) struct Lexer<'a> {
    chars: Peekable<Chars<'a>>,
    ahead: Option<Token>,
    after_operator: bool,
    in_list: bool,
}

const SYMBOLS: [&str; 11] = [")", "(", ",", "!", "!=", "==", "=", ">", ">=", "<", "<="];
const KEYWORDS: [&str; 2] = ["in", "notin"];

// === impl Token ===

impl Token {
    /// What a message shows as found.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::End => "",
            Self::Word(word) => word,
            Self::Symbol(text) | Self::Broken(text) => text,
        }
    }

    /// The same token where an operator cannot stand: `in` is a word there.
    pub(super) fn into_value(self) -> Self {
        match self {
            Self::Symbol(word) if KEYWORDS.contains(&word) => Self::Word(word.to_owned()),
            other => other,
        }
    }
}

// === impl Lexer ===

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            chars: text.chars().peekable(),
            ahead: None,
            after_operator: false,
            in_list: false,
        }
    }

    /// The next token, which stays where it is.
    pub(super) fn peek(&mut self) -> Token {
        if self.ahead.is_none() {
            self.ahead = Some(self.lex());
        }
        self.ahead.clone().unwrap_or(Token::End)
    }

    /// The next token, taken.
    pub(super) fn next(&mut self) -> Token {
        match self.ahead.take() {
            Some(token) => token,
            None => self.lex(),
        }
    }

    fn lex(&mut self) -> Token {
        while self.chars.next_if(|c| is_space(*c)).is_some() {}
        let token = match self.chars.peek() {
            None | Some('\0') => return Token::End,
            Some('"') => return self.quoted(),
            Some(c) if is_symbol(*c) => self.symbol(),
            Some(_) => self.word(),
        };
        match &token {
            Token::Symbol("(") => self.in_list = true,
            Token::Symbol(")") => self.in_list = false,
            Token::Symbol(",") => self.after_operator &= self.in_list,
            Token::Symbol(_) => self.after_operator = true,
            _ => {}
        }
        token
    }

    fn quoted(&mut self) -> Token {
        let mut text = String::new();
        self.chars.next();
        loop {
            match self.chars.next() {
                None | Some('\0') => return Token::Broken("unterminated quoted string"),
                Some('"') => return Token::Word(text),
                Some('\\') => match self.chars.next() {
                    None | Some('\0') => {
                        return Token::Broken("unterminated escape sequence in quoted string");
                    }
                    Some(escaped) => text.push(escaped),
                },
                Some(c) => text.push(c),
            }
        }
    }

    /// The longest symbol that starts here.
    fn symbol(&mut self) -> Token {
        let mut text = String::new();
        let mut found = Token::Broken("no symbol");
        while let Some(c) = self.chars.next_if(|c| {
            let longer = format!("{text}{c}");
            SYMBOLS.contains(&longer.as_str())
        }) {
            text.push(c);
            if let Some(symbol) = SYMBOLS.iter().find(|symbol| **symbol == text) {
                found = Token::Symbol(symbol);
            }
        }
        found
    }

    fn word(&mut self) -> Token {
        let mut text = String::new();
        let keep_space = self.after_operator;
        while let Some(c) = self
            .chars
            .next_if(|c| *c != '\0' && !is_symbol(*c) && (keep_space || !is_space(*c)))
        {
            text.push(c);
        }
        match KEYWORDS.iter().find(|keyword| **keyword == text) {
            Some(keyword) => Token::Symbol(keyword),
            None => Token::Word(text),
        }
    }
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

const fn is_symbol(c: char) -> bool {
    matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<')
}

//! A strict JSON parser (RFC 8259): no comments, no trailing commas, no lone surrogates, nothing after the value.
//!
//! Recursive, with a limit on the depth; separate from the tree that it builds, so that the grammar can be read on
//! its own.

use super::{Member, Node, Value};

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// Something else was expected here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What is allowed here.
        expected: &'static str,
        /// What was found here.
        found: String,
    },
    /// The text continues after the value.
    #[error("the policy ends before {found}: nothing may follow it")]
    Trailing {
        /// The text after the value.
        found: String,
    },
    /// A string contains a control character that must be escaped.
    #[error("a string may not hold the control character U+{code:04X}: escape it")]
    Control {
        /// The character's code point.
        code: u32,
    },
    /// A string contains an escape that does not exist in JSON, or half of a surrogate pair.
    #[error("`\\{found}` is no JSON escape")]
    Escape {
        /// The text after the backslash.
        found: String,
    },
    /// A string is not closed.
    #[error("the string that begins here is not closed")]
    Unclosed,
    /// Lists and objects are nested deeper than any policy.
    #[error("nested more than {limit} deep")]
    Depth {
        /// The maximum depth.
        limit: usize,
    },
    /// The text begins with a byte order mark.
    #[error("the text begins with a byte order mark: save it as UTF-8 without one")]
    ByteOrderMark,
    /// The text has nothing but white space.
    #[error("the text is empty")]
    Empty,
}

/// Maximum nesting depth of lists and objects. A policy needs seven levels.
const DEPTH: usize = 64;

/// Parses a text that is one JSON value.
///
/// # Errors
/// The first syntax error, with its byte offset.
pub(crate) fn parse(text: &str) -> Result<Node, (usize, SyntaxError)> {
    let mut parser = Parser { text, at: 0 };
    if text.starts_with('\u{feff}') {
        return Err((0, SyntaxError::ByteOrderMark));
    }
    parser.skip_blanks();
    if parser.peek().is_none() {
        return Err((0, SyntaxError::Empty));
    }
    let node = parser.value(DEPTH)?;
    parser.skip_blanks();
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err((parser.at, SyntaxError::Trailing { found: parser.what_stands_here() })),
    }
}

type Outcome<T> = Result<T, (usize, SyntaxError)>;

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Consumes `byte` if it is next; returns whether it was.
    fn take(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    fn what_stands_here(&self) -> String {
        match self.rest().chars().next() {
            None => "the end of the text".to_owned(),
            Some(c) if c.is_ascii_alphanumeric() => {
                let word: String = self.rest().chars().take_while(char::is_ascii_alphanumeric).take(24).collect();
                format!("`{word}`")
            }
            Some(c) => format!("`{}`", c.escape_debug()),
        }
    }

    fn unexpected<T>(&self, expected: &'static str) -> Outcome<T> {
        Err((self.at, SyntaxError::Unexpected { expected, found: self.what_stands_here() }))
    }

    fn value(&mut self, depth: usize) -> Outcome<Node> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Node { start, end: self.at, value })
    }

    fn word(&mut self) -> Outcome<Value> {
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.unexpected("a value")
    }

    fn deeper(&self, depth: usize) -> Outcome<usize> {
        depth.checked_sub(1).ok_or((self.at, SyntaxError::Depth { limit: DEPTH }))
    }

    fn array(&mut self, depth: usize) -> Outcome<Value> {
        let depth = self.deeper(depth)?;
        self.at += 1;
        let mut nodes = Vec::new();
        self.skip_blanks();
        if self.take(b']') {
            return Ok(Value::Array(nodes));
        }
        loop {
            self.skip_blanks();
            nodes.push(self.value(depth)?);
            self.skip_blanks();
            if self.take(b']') {
                return Ok(Value::Array(nodes));
            }
            if !self.take(b',') {
                return self.unexpected("`,` or `]`");
            }
        }
    }

    fn object(&mut self, depth: usize) -> Outcome<Value> {
        let depth = self.deeper(depth)?;
        self.at += 1;
        let mut members = Vec::new();
        self.skip_blanks();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_blanks();
            members.push(self.member(depth)?);
            self.skip_blanks();
            if self.take(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.take(b',') {
                return self.unexpected("`,` or `}`");
            }
        }
    }

    fn member(&mut self, depth: usize) -> Outcome<Member> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return self.unexpected("a member's name in double quotes");
        }
        let name = self.string()?;
        self.skip_blanks();
        if !self.take(b':') {
            return self.unexpected("`:`");
        }
        self.skip_blanks();
        let node = self.value(depth)?;
        Ok(Member { name, start, node })
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Outcome<Value> {
        let from = self.at;
        self.take(b'-');
        if !self.take(b'0') && self.digits() == 0 {
            return self.unexpected("a digit");
        }
        if self.take(b'.') && self.digits() == 0 {
            return self.unexpected("a digit");
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return self.unexpected("a digit");
            }
        }
        Ok(Value::Number(self.text.get(from..self.at).unwrap_or_default().to_owned()))
    }

    fn string(&mut self) -> Outcome<String> {
        let opened = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let plain = self.rest().bytes().take_while(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f)).count();
            text.push_str(self.rest().get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                None => return Err((opened, SyntaxError::Unclosed)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(control) => return Err((self.at, SyntaxError::Control { code: control.into() })),
            }
        }
    }

    fn escape(&mut self) -> Outcome<char> {
        let start = self.at;
        self.at += 1;
        let wrong = |parser: &Self| {
            let found = parser.text.get(start + 1..).unwrap_or_default().chars().take(5).collect();
            Err((start, SyntaxError::Escape { found }))
        };
        let Some(letter) = self.peek() else { return wrong(self) };
        self.at += 1;
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => match self.code_point() {
                Some(character) => character,
                None => return wrong(self),
            },
            _ => return wrong(self),
        };
        Ok(character)
    }

    /// The character of `XXXX` or, beyond U+FFFF, of `XXXX\uXXXX`.
    fn code_point(&mut self) -> Option<char> {
        let first = self.four_hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if !(self.take(b'\\') && self.take(b'u')) {
            return None;
        }
        let second = self.four_hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)
    }

    fn four_hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let all_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        self.at += 4;
        if all_hex { u32::from_str_radix(digits, 16).ok() } else { None }
    }
}

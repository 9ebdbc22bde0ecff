//! An HTML writer that separates the program's own markup from escaped text.

use std::fmt::{self, Display, Write};

use crate::aws::xml::attribute_reference;

/// HTML being written.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Writes markup, which must be a string constant of the program.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Writes escaped text. It is also safe inside attributes in double quotes.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(Escaped(&mut self.0), "{text}");
        self
    }

    /// A table cell with text.
    pub(super) fn cell(&mut self, text: impl Display) -> &mut Self {
        self.markup("<td>").text(text).markup("</td>")
    }

    /// A table cell with a number.
    pub(super) fn number(&mut self, number: impl Display) -> &mut Self {
        self.markup("<td class=\"n\">").text(number).markup("</td>")
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

struct Escaped<'s>(&'s mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if let Some(reference) = attribute_reference(letter) {
                self.0.push_str(reference);
                continue;
            }
            match letter {
                '\'' => self.0.push_str("&#39;"),
                // Characters that change the text direction or are invisible are shown by their code points.
                hidden if hidden.is_control() || turns(hidden) => write!(self.0, "{}", hidden.escape_unicode())?,
                plain => self.0.push(plain),
            }
        }
        Ok(())
    }
}

/// Whether a character changes the text direction (Unicode Standard Annex 9, 2) or has no width.
const fn turns(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

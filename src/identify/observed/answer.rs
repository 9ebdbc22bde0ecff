//! An answer of STS, read strictly: an element that is there twice, in another place or not closed makes it none.

use std::collections::HashMap;

/// The most elements and the deepest nesting of an answer that is read; those of STS have about fifteen, in five levels.
const MOST: (usize, usize) = (200, 16);

/// The texts of an answer's elements, by their path from the root.
#[derive(Debug)]
pub(super) struct Answer<'x> {
    texts: HashMap<String, Vec<&'x str>>,
}

impl<'x> Answer<'x> {
    /// Reads a document with this root; `None` where it is not well-formed, or has anything but elements and texts.
    pub(super) fn read(xml: &'x str, root: &str) -> Option<Self> {
        let mut rest = xml.trim();
        if let Some(after) = rest.strip_prefix("<?xml ") {
            rest = after.split_once("?>")?.1.trim_start();
        }
        let mut texts: HashMap<String, Vec<&'x str>> = HashMap::new();
        let mut open: Vec<&str> = Vec::new();
        let mut elements = 0;
        while let Some((text, tag)) = rest.split_once('<') {
            if open.is_empty() && (elements > 0 || !text.is_empty()) {
                return None;
            }
            let (tag, after) = tag.split_once('>')?;
            if let Some(name) = tag.strip_prefix('/') {
                let path = open.join("/");
                (open.pop()? == name.trim_end()).then_some(())?;
                texts.entry(path).or_default().push(text.trim());
            } else {
                // Texts between elements are blanks.
                text.trim().is_empty().then_some(())?;
                let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
                let name = tag.split_ascii_whitespace().next()?;
                name.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(())?;
                open.push(name);
                elements += 1;
                (elements <= MOST.0 && open.len() <= MOST.1).then_some(())?;
                if empty {
                    texts.entry(open.join("/")).or_default().push("");
                    open.pop();
                }
            }
            rest = after;
        }
        (open.is_empty() && rest.trim().is_empty()).then_some(())?;
        let answer = Self { texts };
        answer.has(root).then_some(answer)
    }

    /// Whether there is exactly one element of this path.
    fn has(&self, path: &str) -> bool {
        self.texts.get(path).is_some_and(|found| found.len() == 1)
    }

    /// Whether there is an element of this name anywhere.
    pub(super) fn has_anywhere(&self, name: &str) -> bool {
        self.texts.keys().any(|path| path.rsplit('/').next() == Some(name))
    }

    /// The text of the one element of this name in the one element of this path. What is looked for (ids, keys, tokens,
    /// dates, ARNs) has no character that XML would escape.
    pub(super) fn text(&self, path: &str, name: &str) -> Option<&'x str> {
        self.has(path).then_some(())?;
        let found = self.texts.get(&format!("{path}/{name}"))?;
        let [text] = found.as_slice() else { return None };
        (!text.is_empty() && !text.contains('&')).then_some(*text)
    }
}

//! Parses an answer of STS strictly: an element that is repeated, misplaced or not closed makes the answer invalid.

use std::collections::HashMap;

/// The maximum number of elements and the maximum depth of an answer; those of STS have about fifteen elements, in
/// five levels.
const MOST: (usize, usize) = (200, 16);

/// The texts of an answer's elements, by their path from the root.
#[derive(Debug)]
pub(super) struct Answer<'x> {
    texts: HashMap<String, Vec<&'x str>>,
}

impl<'x> Answer<'x> {
    /// Parses a document with this root; `None` if it is not well-formed, or contains anything except elements and
    /// texts.
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
                // Text between elements must be whitespace.
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

    /// Returns whether there is exactly one element with this path.
    fn has(&self, path: &str) -> bool {
        self.texts.get(path).is_some_and(|found| found.len() == 1)
    }

    /// Returns whether there is an element with this name anywhere.
    pub(super) fn has_anywhere(&self, name: &str) -> bool {
        self.texts.keys().any(|path| path.rsplit('/').next() == Some(name))
    }

    /// The text of the only element with this name in the only element with this path. The values that are read
    /// (ids, keys, tokens, dates, ARNs) have no character that XML would escape.
    pub(super) fn text(&self, path: &str, name: &str) -> Option<&'x str> {
        self.has(path).then_some(())?;
        let found = self.texts.get(&format!("{path}/{name}"))?;
        let [text] = found.as_slice() else { return None };
        (!text.is_empty() && !text.contains('&')).then_some(*text)
    }
}

//! A minimal XML writer for responses of the Query protocol.

use std::fmt;

use crate::aws::xml::attribute_reference;

/// An element of a response: a name with either text or children.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Children(Vec<Element>),
}

impl Element {
    /// An element with text, which is escaped when written.
    pub(super) fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), content: Content::Text(text.into()) }
    }

    /// An element with child elements, possibly none.
    pub(super) fn parent(name: impl Into<String>, children: Vec<Self>) -> Self {
        Self { name: name.into(), content: Content::Children(children) }
    }

    /// Builds an element from a sorted list of dotted paths: `Endpoint.Port` is a child of a child. A suffix from
    /// `#` in a step distinguishes the members of a list and is not written.
    pub(super) fn from_paths<'a>(name: impl Into<String>, paths: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut children = Vec::new();
        for (path, text) in paths {
            insert(&mut children, path, text);
        }
        Self::parent(name, children)
    }

    /// Appends a child. Has no effect on an element with text.
    pub(super) fn push(&mut self, child: Self) {
        if let Content::Children(children) = &mut self.content {
            children.push(child);
        }
    }

    /// The children, for a response that has them without the enclosing element.
    pub(super) fn into_children(self) -> Vec<Self> {
        match self.content {
            Content::Text(_) => Vec::new(),
            Content::Children(children) => children,
        }
    }
}

fn insert(children: &mut Vec<Element>, path: &str, text: &str) {
    let Some((step, rest)) = path.split_once('.') else {
        children.push(Element::text(path, text));
        return;
    };
    if children.last().is_none_or(|last| last.name != step) {
        children.push(Element::parent(step, Vec::new()));
    }
    if let Some(Element { content: Content::Children(below), .. }) = children.last_mut() {
        insert(below, rest, text);
    }
}

fn written(step: &str) -> &str {
    step.split_once('#').map_or(step, |(name, _)| name)
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = written(&self.name);
        write!(f, "<{name}>")?;
        match &self.content {
            Content::Text(text) => write!(f, "{}", Escaped(text))?,
            Content::Children(children) => children.iter().try_for_each(|child| write!(f, "{child}"))?,
        }
        write!(f, "</{name}>")
    }
}

/// Text with XML's special characters escaped.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match (attribute_reference(c), c) {
            (Some(reference), _) => f.write_str(reference),
            // A reader of XML takes a bare one for a newline.
            (None, '\r') => f.write_str("&#13;"),
            (None, c) => write!(f, "{c}"),
        })
    }
}

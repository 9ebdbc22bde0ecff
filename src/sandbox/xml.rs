//! Just enough XML to write the answers of the Query protocol.

use std::fmt;

/// An element of an answer: a name with either text or children.
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
    /// An element that holds text, escaped when written.
    pub(super) fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), content: Content::Text(text.into()) }
    }

    /// An element that holds other elements, perhaps none.
    pub(super) fn parent(name: impl Into<String>, children: Vec<Self>) -> Self {
        Self { name: name.into(), content: Content::Children(children) }
    }

    /// The element that a sorted list of dotted paths describes: `Endpoint.Port` is a child of a child. What follows a
    /// `#` in a step tells the members of a list apart and is not written.
    pub(super) fn from_paths<'a>(name: impl Into<String>, paths: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut children = Vec::new();
        for (path, text) in paths {
            insert(&mut children, path, text);
        }
        Self::parent(name, children)
    }

    /// Adds a child at the end; to an element of text it adds nothing.
    pub(super) fn push(&mut self, child: Self) {
        if let Content::Children(children) = &mut self.content {
            children.push(child);
        }
    }

    /// The children, for an answer that shows them without the element around them.
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

/// Text with the characters escaped that mean something in XML.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\r' => f.write_str("&#13;"),
            c => write!(f, "{c}"),
        })
    }
}

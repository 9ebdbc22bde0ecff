//! `application/x-www-form-urlencoded`, read strictly: one text, one meaning.
//!
//! Everything is decoded once into a single buffer; parameters are ranges of it.

use std::{cmp::Ordering, collections::HashMap, ops::Range};

use super::{Error, error::shown};
use crate::aws::rds::Parameter;

/// The most parameters that a request may have, empty ones between two `&` included.
pub const MAX_PARAMETERS: usize = 10_000;

/// The most bytes that the name of a parameter may have; the longest of the table has 87.
pub const MAX_NAME_BYTES: usize = 256;

/// Decoded parameters in the order they were sent, none of them twice.
#[derive(Clone, Default)]
pub(super) struct Form {
    text: String,
    fields: Vec<Field>,
    by_name: Index,
}

/// The places of fields by their names.
#[derive(Clone)]
enum Index {
    /// In the order of [`order`], for a form of few.
    Sorted(Vec<u16>),
    /// For a form of many, whose names may have long beginnings in common.
    Hashed(HashMap<Box<str>, u16>),
}

/// How many fields are sorted rather than hashed.
const FEW: usize = 64;

impl Default for Index {
    fn default() -> Self {
        Self::Sorted(Vec::new())
    }
}

#[derive(Clone)]
struct Field {
    name: Range<u32>,
    /// The name as it was sent, where [`Form::rename`] has given the parameter another one.
    sent: Option<Range<u32>>,
    value: Range<u32>,
    /// What the table says of it.
    known: Option<&'static Parameter>,
}

impl Form {
    /// Decodes a body or a query.
    pub(super) fn read(raw: &[u8]) -> Result<Self, Error> {
        if let Some(byte) = raw.iter().find(|byte| !(0x20..0x7f).contains(*byte)) {
            return Err(Error::RawByte { byte: *byte });
        }
        let mut decoded = Vec::with_capacity(raw.len());
        let mut fields = Vec::with_capacity(16);
        for (count, segment) in raw.split(|byte| *byte == b'&').enumerate() {
            if count >= MAX_PARAMETERS {
                return Err(Error::TooManyParameters { limit: MAX_PARAMETERS });
            }
            if segment.is_empty() {
                continue;
            }
            let equals = memchr::memchr(b'=', segment).unwrap_or(segment.len());
            let (name, value) = segment.split_at_checked(equals).unwrap_or((segment, &[]));
            let name = decode(name, &mut decoded)?;
            match name.len() {
                0 => return Err(Error::NameEmpty),
                1..=MAX_NAME_BYTES => {}
                _ => return Err(Error::NameTooLong { limit: MAX_NAME_BYTES }),
            }
            let value = decode(value.strip_prefix(b"=").unwrap_or_default(), &mut decoded)?;
            fields.push(Field { name, sent: None, value, known: None });
        }
        let text = String::from_utf8(decoded).map_err(|_| Error::Utf8)?;
        Self { text, fields, by_name: Index::default() }.checked()
    }

    /// Parameters that do not come from a form.
    pub(super) fn of(pairs: &[(&str, &str)]) -> Result<Self, Error> {
        let mut form = Self::default();
        for (name, value) in pairs {
            let name = append(name, &mut form.text)?;
            let value = append(value, &mut form.text)?;
            form.fields.push(Field { name, sent: None, value, known: None });
        }
        form.checked()
    }

    /// Takes the parameters out for which `take` holds.
    pub(super) fn split_off(&mut self, take: impl Fn(&str) -> bool) -> Result<Self, Error> {
        if !self.iter().any(|(name, _)| take(name)) {
            return Ok(Self::default());
        }
        let text = self.text.clone();
        let (taken, kept): (Vec<_>, Vec<_>) = self.fields.drain(..).partition(|field| take(slice(&text, &field.name)));
        self.fields = kept;
        *self = std::mem::take(self).checked()?;
        Self { text, fields: taken, by_name: Index::default() }.checked()
    }

    /// Gives parameters another name; the one that was sent is kept for messages.
    pub(super) fn rename(&mut self, rename: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
        for field in &mut self.fields {
            let Some(name) = rename(slice(&self.text, &field.name)) else { continue };
            let name = append(&name, &mut self.text)?;
            field.sent = Some(std::mem::replace(&mut field.name, name));
        }
        *self = std::mem::take(self).checked()?;
        Ok(())
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Looks each parameter up in the table.
    pub(super) fn look_up(&mut self, find: impl Fn(&str) -> Option<&'static Parameter>) {
        for field in &mut self.fields {
            field.known = find(slice(&self.text, &field.name));
        }
    }

    /// All parameters in the order they were sent, with what the table says of them.
    pub(super) fn looked_up(&self) -> impl Iterator<Item = (Option<&'static Parameter>, &str, &str)> {
        self.fields.iter().map(|field| {
            let (name, value) = self.pair(field);
            (field.known, name, value)
        })
    }

    /// The parameters that the table knows under this name, in which `#` stands for any index.
    pub(super) fn known_as<'f>(&'f self, template: &'static str) -> impl Iterator<Item = (&'f str, &'f str)> {
        let own = move |field: &&Field| field.known.is_some_and(|known| known.name == template);
        self.fields.iter().filter(own).map(|field| self.pair(field))
    }

    /// All names and values in the order they were sent.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|field| self.pair(field))
    }

    /// The value of the parameter with exactly this name, that of the model where another one was sent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let at = match &self.by_name {
            Index::Sorted(places) => places.get(places.binary_search_by(|at| order(self.at(*at).0, name)).ok()?)?,
            Index::Hashed(places) => places.get(name)?,
        };
        Some(self.at(*at).1)
    }

    /// The name that a parameter was sent under; `name` itself where there is no such parameter.
    pub(super) fn as_sent<'f>(&'f self, name: &'f str) -> &'f str {
        let renamed = self.fields.iter().find(|field| slice(&self.text, &field.name) == name);
        renamed.and_then(|field| field.sent.as_ref()).map_or(name, |sent| slice(&self.text, sent))
    }

    /// The same, where an empty value is no value.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether there is a member of this list or structure.
    pub(super) fn has_member(&self, name: &str) -> bool {
        self.iter().any(|(found, _)| found.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }

    fn checked(mut self) -> Result<Self, Error> {
        let count = u16::try_from(self.fields.len()).map_err(|_| Error::TooManyParameters { limit: MAX_PARAMETERS })?;
        let by_name = self.index(count)?;
        // Names are ASCII without controls; `%` would be read once more by a server that decodes twice.
        if let Some((name, _)) =
            self.iter().find(|(name, _)| name.bytes().any(|byte| !(0x20..0x7f).contains(&byte) || byte == b'%'))
        {
            return Err(Error::NameCharacter { name: shown(name) });
        }
        self.by_name = by_name;
        Ok(self)
    }

    /// Indexes the first `count` fields by name.
    fn index(&self, count: u16) -> Result<Index, Error> {
        let duplicate = |name: &str| Err(Error::Duplicate { name: shown(name) });
        if usize::from(count) > FEW {
            let mut places = HashMap::with_capacity(usize::from(count));
            for at in 0..count {
                let (name, _) = self.at(at);
                if places.insert(Box::from(name), at).is_some() {
                    return duplicate(name);
                }
            }
            return Ok(Index::Hashed(places));
        }
        let mut places: Vec<u16> = (0..count).collect();
        places.sort_unstable_by(|a, b| order(self.at(*a).0, self.at(*b).0));
        let pairs = places.iter().zip(places.iter().skip(1));
        for (name, next) in pairs.map(|(a, b)| (self.at(*a).0, self.at(*b).0)) {
            if name == next {
                return duplicate(name);
            }
        }
        Ok(Index::Sorted(places))
    }

    fn at(&self, at: u16) -> (&str, &str) {
        self.fields.get(usize::from(at)).map_or(("", ""), |field| self.pair(field))
    }

    fn pair(&self, field: &Field) -> (&str, &str) {
        (slice(&self.text, &field.name), slice(&self.text, &field.value))
    }
}

/// The values of the parameters of this name in a form that may be malformed elsewhere.
pub(super) fn values_of<'r>(raw: &'r [u8], name: &'r str) -> impl Iterator<Item = String> + use<'r> {
    raw.split(|byte| *byte == b'&').take(MAX_PARAMETERS).filter_map(move |segment| {
        let equals = memchr::memchr(b'=', segment)?;
        let (found, value) = segment.split_at_checked(equals)?;
        let text = |raw: &[u8]| {
            let mut decoded = Vec::new();
            self::decode(raw, &mut decoded).ok()?;
            String::from_utf8(decoded).ok()
        };
        if text(found)? == name { text(value.strip_prefix(b"=")?) } else { None }
    })
}

/// The shorter name first: most comparisons end without a look at the bytes.
fn order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn slice<'t>(text: &'t str, range: &Range<u32>) -> &'t str {
    text.get(range.start as usize..range.end as usize).unwrap_or_default()
}

/// Appends the decoded form of `raw`; returns its range.
fn decode(raw: &[u8], decoded: &mut Vec<u8>) -> Result<Range<u32>, Error> {
    let start = decoded.len();
    let mut rest = raw;
    let mut beyond_ascii = false;
    while let Some(at) = memchr::memchr2(b'%', b'+', rest) {
        let (plain, escaped) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        decoded.extend_from_slice(plain);
        rest = match escaped {
            [b'+', rest @ ..] => {
                decoded.push(b' ');
                rest
            }
            [b'%', high, low, rest @ ..] => {
                let (Some(high), Some(low)) = (hexadecimal(*high), hexadecimal(*low)) else {
                    return Err(Error::Escape);
                };
                decoded.push(high << 4 | low);
                beyond_ascii |= high >= 8;
                rest
            }
            _ => return Err(Error::Escape),
        };
    }
    decoded.extend_from_slice(rest);
    let part = decoded.get(start..).unwrap_or_default();
    // A character must not be made of the end of one part and the beginning of the next.
    if beyond_ascii && std::str::from_utf8(part).is_err() {
        return Err(Error::Utf8);
    }
    place(start, decoded.len())
}

fn append(plain: &str, text: &mut String) -> Result<Range<u32>, Error> {
    let start = text.len();
    text.push_str(plain);
    place(start, text.len())
}

fn place(start: usize, end: usize) -> Result<Range<u32>, Error> {
    let narrow = |at: usize| u32::try_from(at).map_err(|_| Error::TooManyParameters { limit: MAX_PARAMETERS });
    Ok(narrow(start)?..narrow(end)?)
}

fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

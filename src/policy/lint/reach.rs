//! Which ARNs a pattern can match: compares the pattern with the form of a type's ARNs.
//!
//! Interprets `*` and `?` as the engine does, matching colons too. A variable can become any text.

use crate::aws::rds::NameForm;
use crate::policy::pattern::{Piece, Variables, Wildcards, parse_template};

use super::vocabulary::KnownType;

/// One element of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Atom {
    Character(char),
    AnyCharacter,
    AnyRun,
}

/// A set of characters in the form of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Only(char),
    Digit,
    /// Lower-case letters, digits and hyphens: partitions and regions.
    Label,
    /// Letters and digits: names of actions.
    Word,
    /// The characters of a name of the type.
    Name(NameForm),
}

impl Set {
    fn holds(self, character: char) -> bool {
        match self {
            Self::Only(only) => only == character,
            Self::Digit => character.is_ascii_digit(),
            Self::Label => character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-',
            Self::Word => character.is_ascii_alphanumeric(),
            Self::Name(form) => form.allows(character),
        }
    }

    /// One character of the set, as an example.
    fn some(self) -> char {
        match self {
            Self::Only(only) => only,
            Self::Digit => '1',
            Self::Label | Self::Word | Self::Name(_) => 'a',
        }
    }
}

/// One element of the form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// One character of the set.
    One(Set),
    /// Any number of characters of the set, including none.
    Many(Set),
}

/// A pattern, prepared for comparison with forms.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    atoms: Vec<Atom>,
}

impl Reader {
    /// Parses a resource pattern of a policy whose variables are interpreted or plain text.
    pub(super) fn of_resource(text: &str, variables: Variables) -> Self {
        let pieces = parse_template(text, variables, Wildcards::Live).unwrap_or_default();
        let mut atoms = Vec::with_capacity(text.len());
        for piece in &pieces {
            match piece {
                Piece::Literal(literal) => atoms.extend(literal.chars().map(Atom::Character)),
                Piece::AnyCharacter => atoms.push(Atom::AnyCharacter),
                Piece::AnyRun | Piece::Variable(_) => atoms.push(Atom::AnyRun),
            }
        }
        Self { atoms }
    }

    /// Parses an action pattern of a policy.
    pub(super) fn of_action(text: &str) -> Self {
        Self::of_resource(&text.to_ascii_lowercase(), Variables::Literal)
    }

    /// Whether the pattern can match some action of a service.
    pub(super) fn meets_action_of(&self, service: &str) -> bool {
        let mut parts = literal(service);
        parts.extend([Part::One(Set::Only(':')), Part::One(Set::Word), Part::Many(Set::Word)]);
        self.witness(&parts).is_some()
    }

    /// An ARN of the type that the pattern matches, if there is one. It is an example of the form; its region and
    /// account need not exist.
    pub(super) fn witness_of(&self, service: &str, kind: &KnownType) -> Option<String> {
        kind.names.heads.iter().find_map(|head| self.witness(&arn(service, kind, head, false)))
    }

    /// Whether the pattern matches the ARN on which a call that lists the type is judged: `…:TYPE:*`, with `*` as a
    /// character.
    pub(super) fn meets_list_of(&self, service: &str, kind: &KnownType) -> bool {
        self.witness(&arn(service, kind, "", true)).is_some()
    }

    /// A text of the form that the pattern matches.
    fn witness(&self, parts: &[Part]) -> Option<String> {
        let (rows, columns) = (self.atoms.len() + 1, parts.len() + 1);
        let mut seen = vec![false; rows * columns];
        // Each state, with the state from which it was reached and the character in between.
        let mut states: Vec<(usize, usize, usize, Option<char>)> = vec![(0, 0, 0, None)];
        let mut at = 0;
        while let Some((row, column, _, _)) = states.get(at).copied() {
            if row + 1 == rows && column + 1 == columns {
                return Some(text(&states, at));
            }
            let (atom, part) = (self.atoms.get(row).copied(), parts.get(column).copied());
            let mut next: Vec<(usize, usize, Option<char>)> = Vec::new();
            if atom == Some(Atom::AnyRun) {
                next.push((row + 1, column, None));
            }
            if let Some(Part::Many(_)) = part {
                next.push((row, column + 1, None));
            }
            if let (Some(atom), Some(part)) = (atom, part) {
                next.extend(step(atom, part, row, column));
            }
            for (row, column, character) in next {
                if let Some(mark) = seen.get_mut(row * columns + column)
                    && !std::mem::replace(mark, true)
                {
                    states.push((row, column, at, character));
                }
            }
            at += 1;
        }
        None
    }
}

/// The state after one character of both.
fn step(atom: Atom, part: Part, row: usize, column: usize) -> Option<(usize, usize, Option<char>)> {
    let (set, behind) = match part {
        Part::One(set) => (set, column + 1),
        Part::Many(set) => (set, column),
    };
    match atom {
        Atom::Character(character) => set.holds(character).then_some((row + 1, behind, Some(character))),
        Atom::AnyCharacter => Some((row + 1, behind, Some(set.some()))),
        Atom::AnyRun => Some((row, behind, Some(set.some()))),
    }
}

/// The characters on the path to a state.
fn text(states: &[(usize, usize, usize, Option<char>)], end: usize) -> String {
    let mut characters = Vec::new();
    let mut at = end;
    while let Some((_, _, before, character)) = states.get(at).copied() {
        characters.extend(character);
        if at == 0 {
            break;
        }
        at = before;
    }
    characters.iter().rev().collect()
}

fn literal(text: &str) -> Vec<Part> {
    text.chars().map(|character| Part::One(Set::Only(character))).collect()
}

/// The form of a type's ARNs with names that begin with `head`, or of the ARN on which list calls are judged.
fn arn(service: &str, kind: &KnownType, head: &str, list: bool) -> Vec<Part> {
    let mut parts = literal("arn:aws");
    parts.push(Part::Many(Set::Label));
    parts.extend(literal(&format!(":{service}:")));
    if !kind.global {
        parts.extend([Part::One(Set::Label), Part::Many(Set::Label)]);
    }
    parts.extend(literal(":"));
    parts.extend([Part::One(Set::Digit); 12]);
    parts.extend(literal(&format!(":{}:{head}", kind.prefix)));
    if list {
        parts.push(Part::One(Set::Only('*')));
    } else {
        let name = [Part::One(Set::Name(kind.names)), Part::Many(Set::Name(kind.names))];
        parts.extend(name);
        if let Some(part) = kind.names.part {
            parts.extend(literal(&format!(":{part}")));
            parts.extend(name);
        }
    }
    parts
}

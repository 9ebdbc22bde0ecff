//! Comments and pages are in plain engineering English: the words that CONTRIBUTING.md bans are not in them.

use std::collections::BTreeMap;

use super::{
    assert_none,
    blocks::sources,
    pages::{Page, root},
};

/// Uses that are right: the file (empty: every file), the phrase with the words around it, and the reason.
const ALLOWED: [(&str, &str, &str); 2] = [
    ("", "stands for", "the usual word for a placeholder or an abbreviation"),
    ("", "way in which", "a manner, not a listener"),
];

/// The heading of the table of banned words.
const HEADING: &str = "## Words";

/// A word of a text and its line. Punctuation and code are `|`, so that no phrase spans them.
type Word = (usize, String);

/// The banned phrases, each with what to write.
fn banned(contributing: &str) -> BTreeMap<String, String> {
    let (_, section) = contributing.split_once(HEADING).expect("the section");
    let section = section.split("\n## ").next().unwrap();
    let mut found = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let [_, phrases, instead, _] = row.split('|').collect::<Vec<_>>()[..] else { panic!("two columns: {row}") };
        for phrase in phrases.split('`').skip(1).step_by(2) {
            found.insert(phrase.to_owned(), instead.trim().to_owned());
        }
    }
    found
}

/// The words of prose, in lower case.
fn words<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Vec<Word> {
    let mut found = Vec::new();
    for (line, text) in lines {
        for (at, prose) in text.split('`').enumerate() {
            // Every second part is code.
            if at > 0 {
                found.push((line, "|".to_owned()));
            }
            if at % 2 == 1 {
                continue;
            }
            let apart = prose.chars().fold(String::new(), |mut apart, c| {
                match c {
                    c if c.is_alphanumeric() => apart.extend(c.to_lowercase()),
                    c if c.is_whitespace() => apart.push(' '),
                    _ => apart.push_str(" | "),
                }
                apart
            });
            found.extend(apart.split_whitespace().map(|word| (line, word.to_owned())));
        }
    }
    found
}

/// The comments of a source file that have a line of their own.
fn comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_start()));
    lines.filter(|(_, line)| line.starts_with("//")).map(|(at, line)| (at, line.trim_start_matches(['/', '!'])))
}

/// Whether `words`, from `at` on, are those of a phrase.
fn is_at(words: &[Word], at: usize, phrase: &str) -> bool {
    let mut rest = words.get(at..).unwrap_or_default().iter();
    phrase.split(' ').all(|wanted| rest.next().is_some_and(|(_, word)| word == wanted))
}

/// Each use of a banned phrase, with its place.
fn uses(file: &str, words: &[Word], banned: &BTreeMap<String, String>) -> Vec<String> {
    let allowed = |at: usize| {
        let here =
            |(name, phrase, _): &(&str, &str, &str)| (name.is_empty() || *name == file) && is_at(words, at, phrase);
        ALLOWED.iter().any(here)
    };
    let mut found = Vec::new();
    for (at, (line, _)) in words.iter().enumerate().filter(|(at, _)| !allowed(*at)) {
        for (phrase, instead) in banned.iter().filter(|(phrase, _)| is_at(words, at, phrase)) {
            found.push(format!("{file}:{line}: `{phrase}`; write: {instead}"));
        }
    }
    found
}

fn table() -> BTreeMap<String, String> {
    banned(&std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap())
}

#[test]
fn no_page_uses_a_banned_word() {
    let banned = table();
    let prose = |page: &Page| words(page.prose.iter().map(|(line, text)| (*line, text.as_str())));
    let wrong: Vec<String> = Page::all().iter().flat_map(|page| uses(&page.name, &prose(page), &banned)).collect();
    assert_none(&wrong);
}

#[test]
fn no_comment_uses_a_banned_word() {
    let banned = table();
    let files = sources().iter().filter(|(name, _)| name.starts_with("src/") && name.ends_with(".rs"));
    let wrong: Vec<String> = files.flat_map(|(name, text)| uses(name, &words(comments(text)), &banned)).collect();
    assert_none(&wrong);
}

#[test]
fn a_banned_word_is_found_in_prose_and_comments_and_not_in_code() {
    let banned = banned(
        "## Words\n\n| not | but |\n| --- | --- |\n| `anew` | again |\n| `way in`, `ways in` | listener |\n\n## Next\n",
    );
    assert_eq!(banned.len(), 3);
    let found = |text: &str| uses("a.md", &words(text.lines().enumerate()), &banned).len();
    assert_eq!(found("It starts Anew, by a way\nin. Two ways in."), 3);
    assert_eq!(found("Run `anew`. The way `in` which; in a way. In the way in which it is renewed"), 0);
    let code = "let x = \"anew\";\n    /// Made anew.\n    // Signed anew.\nlet y = 1; // anew\n//! The way\n//! in.\n";
    assert_eq!(uses("a.rs", &words(comments(code)), &banned).len(), 3);
}

#[test]
fn the_table_has_the_words_that_were_found_most_often() {
    let table = table();
    for phrase in ["anew", "beside", "whoever", "nobody", "somebody", "told", "tells", "stands", "way in", "of late"] {
        assert!(table.contains_key(phrase), "{phrase}");
    }
}

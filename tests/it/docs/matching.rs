//! Text as a page shows it against text as a program prints it.

/// Whether a page's text is what was printed: `…` stands for anything, and white space counts for nothing, so that long
/// lines can be broken to be read.
pub(super) fn is_shown_by(page: &str, printed: &str) -> bool {
    let [page, printed] = [page, printed].map(|text| text.split_whitespace().collect::<String>());
    let mut parts = page.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn dots_stand_for_anything_and_breaks_for_blanks() {
    for (page, printed, same) in [
        ("a b", "a\nb\n", true),
        ("a>\n<b", "a><b", true),
        ("a b", "a b c", false),
        ("a …", "a", true),
        ("a … c", "a b b c", true),
        ("a … c", "a b b c d", false),
        ("… c", "a b c", true),
        ("id=… ok", "id=17-x ok", true),
        ("a … b … c", "a c b", false),
        ("a … b", "a", false),
        ("", "", true),
        ("", "x", false),
    ] {
        assert_eq!(is_shown_by(page, printed), same, "{page} | {printed}");
    }
}

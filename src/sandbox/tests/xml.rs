//! Tests of the XML in responses.

use crate::{aws::xml::unescaped, sandbox::xml::Element};

#[test]
fn what_is_escaped_is_read_as_it_was() {
    let text = "a <b> & \"c\" 'd' \r \u{2026} \u{1f980}";
    let written = Element::text("E", text).to_string();
    let inside = written.strip_prefix("<E>").and_then(|rest| rest.strip_suffix("</E>")).expect("its tags");
    assert!(!inside.contains(['<', '>', '"', '\r']), "{inside}");
    assert_eq!(unescaped(inside), text);
}

#[test]
fn references_by_number_are_read_and_others_stay() {
    let cases = [
        ("&#8230;&#x2026;", "\u{2026}\u{2026}"),
        ("&nbsp; & &#; &#x110000;", "&nbsp; & &#; &#x110000;"),
        ("&amp;lt;", "&lt;"),
    ];
    for (written, meant) in cases {
        assert_eq!(unescaped(written), meant);
    }
}

#[test]
fn members_of_a_list_keep_their_order_and_lose_their_numbers() {
    let paths = [("L.M#0001.A", "1"), ("L.M#0001.B", "2"), ("L.M#0002.A", "3")];
    let element = Element::from_paths("R", paths);
    assert_eq!(element.to_string(), "<R><L><M><A>1</A><B>2</B></M><M><A>3</A></M></L></R>");
}

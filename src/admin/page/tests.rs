//! The content security policy matches the files, and text is never interpreted as markup.

use aws_lc_rs::digest::{SHA256, digest};

use super::*;

/// Base64 of a digest (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]));
        }
    }
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[test]
fn the_policy_for_browsers_allows_this_style_and_this_script_alone() {
    let hash = |text: &str| format!("'sha256-{}'", base64(digest(&SHA256, text.as_bytes()).as_ref()));
    assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
    assert!(CONTENT_SECURITY.contains(&format!("style-src {};", hash(STYLE))), "style-src {}", hash(STYLE));
    assert!(CONTENT_SECURITY.contains(&format!("script-src {};", hash(SCRIPT))), "script-src {}", hash(SCRIPT));
    assert!(CONTENT_SECURITY.starts_with("default-src 'none'; ") && !CONTENT_SECURITY.contains("unsafe"));
}

#[test]
fn text_is_never_markup_and_is_seen_as_it_is() {
    let mut html = Html::default();
    html.cell("<script>alert(\"1\" & '2')</script>").number("\u{202e}evil\u{200b}\n");
    assert_eq!(
        html.into_string(),
        "<td>&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;</td>\
         <td class=\"n\">\\u{202e}evil\\u{200b}\\u{a}</td>"
    );
}

#[test]
fn the_page_of_a_browser_stays_small() {
    assert!(STYLE.len() + SCRIPT.len() < 3 * 1024, "{}", STYLE.len() + SCRIPT.len());
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    for dangerous in ["innerHTML =", "eval", "document.write", "insertAdjacentHTML", "http://", "https://"] {
        assert!(!SCRIPT.contains(dangerous), "{dangerous}");
    }
}

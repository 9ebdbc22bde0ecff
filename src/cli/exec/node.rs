//! Makes Node use the proxy: its own agents ignore the proxy variables, so a module that reads them is loaded
//! first.

/// The module, to be loaded with `--require`.
pub(super) const MODULE: &str = include_str!("node.cjs");

/// Its file name in the command's folder.
pub(super) const FILE: &str = "node.cjs";

/// `NODE_OPTIONS` with the module appended to its previous value.
pub(super) fn options(present: Option<&str>, folder: &str) -> String {
    // Node interprets double quotes in this variable, with a backslash as the escape character.
    let path = format!("{folder}/{FILE}").replace('\\', r"\\").replace('"', r#"\""#);
    [present.unwrap_or_default().trim(), &format!("--require \"{path}\"")].join(" ").trim_start().to_owned()
}

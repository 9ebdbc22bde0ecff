//! Node's way to the proxy: its own agents read no proxy variable, so a module that does is loaded before the program.

/// The module, to be loaded with `--require`.
pub(super) const MODULE: &str = include_str!("node.cjs");

/// Its name in the command's folder.
pub(super) const FILE: &str = "node.cjs";

/// `NODE_OPTIONS` with the module after what it held.
pub(super) fn options(present: Option<&str>, folder: &str) -> String {
    // Node reads double quotes there, with a backslash before what would end them.
    let path = format!("{folder}/{FILE}").replace('\\', r"\\").replace('"', r#"\""#);
    [present.unwrap_or_default().trim(), &format!("--require \"{path}\"")].join(" ").trim_start().to_owned()
}

//! Looks up a name in the hosts file, exactly as the name was judged.
//!
//! The C library is only queried for absolute names, with a trailing dot. It does not find those in the hosts file,
//! where names have no trailing dot. Pods and containers rely on the hosts file (`hostAliases`, `extra_hosts`), so
//! it is read here.

use std::net::IpAddr;

/// The path of the system's hosts file.
const HOSTS_FILE: &str = "/etc/hosts";

/// The addresses that the hosts file lists for a canonical name; empty if the file cannot be read or does not have
/// the name.
pub(super) async fn addresses(name: &str) -> Vec<IpAddr> {
    match tokio::fs::read(HOSTS_FILE).await {
        Ok(bytes) => listed(&bytes, name),
        Err(_) => Vec::new(),
    }
}

/// The addresses of the lines that contain the name, in the order of the lines (hosts(5)).
fn listed(text: &[u8], name: &str) -> Vec<IpAddr> {
    let line = |line: &[u8]| {
        let line = std::str::from_utf8(line).ok()?;
        let mut fields = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        // A zone (`fe80::1%eth0`) occurs only with link-local addresses, which no tunnel reaches.
        let address = fields.next()?.split('%').next()?.parse().ok()?;
        fields.any(|found| found.strip_suffix('.').unwrap_or(found).eq_ignore_ascii_case(name)).then_some(address)
    };
    text.split(|byte| *byte == b'\n').filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_file_is_read_for_the_whole_name_only() {
        let text = "127.0.0.1 localhost\n10.0.0.7\tdb.team-b  Other.Example. # db.comment\n# 10.0.0.8 db.team-b\n\
                    fd00::7 db.team-b\nnonsense db.team-b\n\n10.0.0.9 db.team-b.svc.cluster.local\n";
        let at = |name: &str| listed(text.as_bytes(), name).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(at("db.team-b"), ["10.0.0.7", "fd00::7"]);
        assert_eq!(at("other.example"), ["10.0.0.7"]);
        assert_eq!(at("db.team-b.svc.cluster.local"), ["10.0.0.9"]);
        for absent in ["db", "team-b", "db.comment", "svc.cluster.local"] {
            assert_eq!(at(absent), [""; 0], "{absent}");
        }
    }
}

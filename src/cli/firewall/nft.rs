//! The rules for nftables: one dedicated table, replaced as a whole.

use super::Rules;

/// A file for `nft -f`.
pub(super) fn rules(rules: &Rules) -> String {
    let heading = rules.heading("rds-guard firewall --print nft | nft -f -", "nft delete table inet rds_guard");
    let redirect = |family: &str, port: Option<u16>| {
        port.map(|port| format!("        meta nfproto {family} tcp dport 443 redirect to :{port}\n"))
            .unwrap_or_default()
    };
    let (v4, v6, uid) = (redirect("ipv4", rules.v4), redirect("ipv6", rules.v6), rules.uid);
    // Declaring the table first makes the deletion succeed if it does not exist yet. nft applies the file
    // atomically.
    format!(
        "{heading}
table inet rds_guard
delete table inet rds_guard
table inet rds_guard {{
    chain to_proxy {{
        type nat hook output priority -100; policy accept;
        meta skuid {uid} return
        oifname \"lo\" return
{v4}{v6}    }}
    chain shut {{
        type filter hook output priority 0; policy accept;
        meta skuid {uid} return
        oifname \"lo\" return
        tcp dport 443 reject with tcp reset
        udp dport 443 reject
    }}
}}
"
    )
}

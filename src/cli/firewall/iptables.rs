//! The rules as iptables commands: dedicated chains that are refilled each time.

use super::Rules;

/// Commands for a shell.
pub(super) fn rules(rules: &Rules) -> String {
    let remove = "for i in iptables ip6tables; do $i -w -t nat -D OUTPUT -j RDS_GUARD_TO_PROXY; \
                  $i -w -D OUTPUT -j RDS_GUARD_SHUT; done";
    let mut text = rules.heading("rds-guard firewall --print iptables | sh", remove);
    text.push_str("\nset -e\n");
    for (command, port) in [("iptables", rules.v4), ("ip6tables", rules.v6)] {
        let mut redirect = exemptions(rules.uid);
        redirect.extend(port.map(|port| format!("-p tcp --dport 443 -j REDIRECT --to-ports {port}")));
        chain(&mut text, &format!("{command} -w -t nat"), "RDS_GUARD_TO_PROXY", &redirect);
        let mut shut = exemptions(rules.uid);
        shut.push("-p tcp --dport 443 -j REJECT --reject-with tcp-reset".into());
        shut.push("-p udp --dport 443 -j REJECT".into());
        chain(&mut text, &format!("{command} -w"), "RDS_GUARD_SHUT", &shut);
    }
    text
}

fn exemptions(uid: u32) -> Vec<String> {
    vec![format!("-m owner --uid-owner {uid} -j RETURN"), "-o lo -j RETURN".into()]
}

/// Creates or empties a chain, fills it, and puts it first in OUTPUT.
fn chain(text: &mut String, command: &str, name: &str, rules: &[String]) {
    text.push_str(&format!("{command} -N {name} 2>/dev/null || {command} -F {name}\n"));
    for rule in rules {
        text.push_str(&format!("{command} -A {name} {rule}\n"));
    }
    text.push_str(&format!("{command} -C OUTPUT -j {name} 2>/dev/null || {command} -I OUTPUT 1 -j {name}\n"));
}

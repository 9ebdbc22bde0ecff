//! The policy language, evaluated in the plainest way: by recursion over the JSON, without types, tables or shortcuts.
//!
//! Shares nothing with the engine it checks, not even a parser. `None` is "cannot be known here".

mod conditions;

use serde_json::Value;

use conditions::{Looked, condition, lookup};

type Truth = Option<bool>;

/// What the naive evaluator says of a case: the decision, and the names of the statements that decided.
pub(crate) fn judge(case: &Value) -> (&'static str, Vec<String>) {
    let (policy, request) = (&case["policy"], &case["request"]);
    let statements = list(&policy["Statement"]);
    let variables = policy["Version"] == "2012-10-17";
    let matches = |effect: &str, resource: &Value| -> Vec<(usize, Truth)> {
        let of_effect = statements.iter().enumerate().filter(|(_, statement)| statement["Effect"] == effect);
        of_effect.map(|(at, statement)| (at, statement_matches(statement, request, resource, variables))).collect()
    };
    let name = |at: usize| statements[at]["Sid"].as_str().map_or(format!("#{at}"), str::to_owned);
    let deciding = |effect: &str, truth: Truth| {
        let mut names = Vec::new();
        for resource in list(&request["resources"]) {
            for (at, found) in matches(effect, resource) {
                if found == truth && !names.contains(&name(at)) {
                    names.push(name(at));
                }
            }
        }
        names
    };
    for truth in [Some(true), None] {
        let denying = deciding("Deny", truth);
        if !denying.is_empty() {
            return ("explicit_deny", denying);
        }
    }
    let allowed = |resource: &Value| matches("Allow", resource).iter().any(|(_, truth)| *truth == Some(true));
    if list(&request["resources"]).iter().all(|resource| allowed(resource)) {
        ("allow", deciding("Allow", Some(true)))
    } else {
        ("implicit_deny", Vec::new())
    }
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

fn not(truth: Truth) -> Truth {
    truth.map(|holds| !holds)
}

fn all(truths: &[Truth]) -> Truth {
    if truths.contains(&Some(false)) { Some(false) } else { if truths.contains(&None) { None } else { Some(true) } }
}

fn any(truths: &[Truth]) -> Truth {
    not(all(&truths.iter().map(|truth| not(*truth)).collect::<Vec<_>>()))
}

fn statement_matches(statement: &Value, request: &Value, resource: &Value, variables: bool) -> Truth {
    let mut truths = Vec::new();
    truths.push(match (&statement["Principal"], &statement["NotPrincipal"]) {
        (Value::Null, not_principal) => not(exempt(not_principal, &request["principal"])),
        (principal, _) => any(&entries(principal).iter().map(|e| covers(e, &request["principal"])).collect::<Vec<_>>()),
    });
    let action = request["action"].as_str().unwrap().to_lowercase();
    let listed = |patterns: &Value| {
        Some(list(patterns).iter().any(|p| glob(&plain(&p.as_str().unwrap().to_lowercase()), &literal(&action))))
    };
    truths.push(if statement["Action"].is_null() {
        not(listed(&statement["NotAction"]))
    } else {
        listed(&statement["Action"])
    });
    let of_resource = |patterns: &Value| {
        any(&list(patterns)
            .iter()
            .map(|p| resource_matches(p.as_str().unwrap(), resource, request, variables))
            .collect::<Vec<_>>())
    };
    truths.push(match &statement["Resource"] {
        Value::Null => not(of_resource(&statement["NotResource"])),
        resources => of_resource(resources),
    });
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().unwrap() {
            truths.push(condition(operator, key, &list(values), request, variables));
        }
    }
    all(&truths)
}

// ── Principals ──

fn entries(principal: &Value) -> Vec<String> {
    match principal {
        Value::String(star) => vec![star.clone()],
        map => list(&map["AWS"]).iter().filter_map(|entry| entry.as_str().map(str::to_owned)).collect(),
    }
}

fn fields(arn: &str) -> Vec<&str> {
    arn.splitn(6, ':').collect()
}

fn account_of(entry: &str) -> Option<(Option<&str>, &str)> {
    match fields(entry)[..] {
        [id] if id.len() == 12 => Some((None, id)),
        ["arn", partition, "iam", "", account, "root"] => Some((Some(partition), account)),
        _ => None,
    }
}

/// Whether a role's ARN is that of a session's role: the session's does not carry the path.
fn role_of(role: &str, session: &str) -> bool {
    match (&fields(role)[..], &fields(session)[..]) {
        (["arn", p, "iam", "", a, role], ["arn", q, "sts", "", b, session]) => {
            let same_account = p == q && a == b && role.starts_with("role/") && session.starts_with("assumed-role/");
            same_account && role.rsplit('/').next() == session.split('/').nth(1)
        }
        _ => false,
    }
}

fn covers(entry: &str, principal: &Value) -> Truth {
    let named = entry.starts_with("arn:") && !entry.contains(['*', '?']) || account_of(entry).is_some();
    if entry == "*" {
        return Some(true);
    }
    let Some(caller) = principal["arn"].as_str() else {
        let Some(account) = principal["account"].as_str() else { return if named { None } else { Some(false) } };
        return match account_of(entry) {
            Some((_, listed)) => Some(listed == account),
            None if named && fields(entry)[4] == account => None,
            None => Some(false),
        };
    };
    if let Some((partition, account)) = account_of(entry) {
        let of = fields(caller);
        return Some(of[4] == account && partition.is_none_or(|partition| of[1] == partition));
    }
    if role_of(caller, entry) {
        return None;
    }
    Some(named && (entry == caller || role_of(entry, caller)))
}

fn exempt(not_principal: &Value, principal: &Value) -> Truth {
    let entries = entries(not_principal);
    if entries.iter().any(|entry| entry == "*") {
        return Some(true);
    }
    let Some(caller) = principal["arn"].as_str() else {
        let known = principal["account"].as_str();
        let account_listed = entries
            .iter()
            .any(|entry| account_of(entry).is_some_and(|(_, account)| known.is_none_or(|known| known == account)));
        let somebody_listed = entries.iter().any(|entry| covers(entry, principal).is_none());
        return if account_listed || known.is_none() && somebody_listed { None } else { Some(false) };
    };
    let of = fields(caller);
    let account = entries.iter().any(|entry| {
        account_of(entry).is_some_and(|(partition, account)| account == of[4] && partition.is_none_or(|p| p == of[1]))
    });
    let itself = entries.iter().any(|entry| entry == caller) || of[5] == "root";
    let role = entries.iter().any(|entry| role_of(entry, caller));
    let session = entries.iter().any(|entry| role_of(caller, entry));
    if of[5].starts_with("assumed-role/") {
        Some(account && role && itself)
    } else if of[5].starts_with("role/") {
        if account && itself && session { None } else { Some(false) }
    } else {
        Some(account && itself)
    }
}

// ── Wildcards and variables ──

/// A character of a pattern or of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    Is(char),
    One,
    Run,
    Digit,
    /// A run of the request's, none of whose characters is one of these.
    Without(&'static str),
}

fn literal(text: &str) -> Vec<Sign> {
    text.chars().map(Sign::Is).collect()
}

fn plain(text: &str) -> Vec<Sign> {
    let sign = |c| match c {
        '*' => Sign::Run,
        '?' => Sign::One,
        c => Sign::Is(c),
    };
    text.chars().map(sign).collect()
}

/// What follows the characters that both begin with; none if the next ones differ.
fn behind_what_is_equal<'s>(a: &'s [Sign], b: &'s [Sign]) -> Option<(&'s [Sign], &'s [Sign])> {
    let same = a.iter().zip(b).take_while(|(x, y)| matches!(x, Sign::Is(_)) && x == y).count();
    match (a.get(same), b.get(same)) {
        (Some(Sign::Is(_)), Some(Sign::Is(_))) => None,
        _ => Some((&a[same..], &b[same..])),
    }
}

/// Whether every text that the right side stands for is one that the left side stands for, sign by sign.
fn glob(pattern: &[Sign], text: &[Sign]) -> bool {
    let Some((pattern, text)) = behind_what_is_equal(pattern, text) else { return false };
    let mut rest = vec![vec![false; text.len() + 1]; pattern.len() + 1];
    for (i, j) in (0..=pattern.len()).rev().flat_map(|i| (0..=text.len()).rev().map(move |j| (i, j))) {
        rest[i][j] = match (pattern.get(i), text.get(j)) {
            (None, None) => true,
            (Some(Sign::Run), None) => rest[i + 1][j],
            (Some(Sign::Run), Some(_)) => rest[i + 1][j] || rest[i][j + 1],
            (Some(Sign::One), Some(Sign::Is(_) | Sign::Digit)) => rest[i + 1][j + 1],
            (Some(Sign::Is(a)), Some(Sign::Is(b))) => a == b && rest[i + 1][j + 1],
            _ => false,
        };
    }
    rest[0][0]
}

/// Whether some text is one that both sides stand for: from the ends to the beginnings, for each pair of remainders.
fn meets(a: &[Sign], b: &[Sign]) -> bool {
    let Some((a, b)) = behind_what_is_equal(a, b) else { return false };
    let mut rest = vec![vec![false; b.len() + 1]; a.len() + 1];
    for (i, j) in (0..=a.len()).rev().flat_map(|i| (0..=b.len()).rev().map(move |j| (i, j))) {
        rest[i][j] = match (a.get(i), b.get(j)) {
            (None, None) => true,
            (Some(Sign::Run), None) => rest[i + 1][j],
            (Some(Sign::Run), Some(_)) => rest[i + 1][j] || rest[i][j + 1],
            (None, Some(Sign::Without(_))) => rest[i][j + 1],
            (Some(Sign::Is(x)), Some(Sign::Without(none))) => rest[i][j + 1] || !none.contains(*x) && rest[i + 1][j],
            (Some(Sign::One), Some(Sign::Without(_))) => rest[i][j + 1] || rest[i + 1][j],
            (Some(Sign::Is(x)), Some(Sign::Is(y))) => x == y && rest[i + 1][j + 1],
            (Some(Sign::Is(x)), Some(Sign::Digit)) => x.is_ascii_digit() && rest[i + 1][j + 1],
            (Some(Sign::One), Some(_)) => rest[i + 1][j + 1],
            _ => false,
        };
    }
    rest[0][0]
}

/// The signs of a policy's text with its variables replaced: `Err(None)` if one is not known, `Err(Some(false))` if one
/// has no value.
fn signs(text: &str, live_from: usize, wild: bool, request: &Value) -> Result<Vec<Sign>, Truth> {
    let (mut out, mut problem, mut rest) = (Vec::new(), Some(true), text);
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        if at >= live_from && rest.starts_with("${") {
            let end = rest.find('}').unwrap();
            let inner = &rest[2..end];
            rest = &rest[end + 1..];
            if ["*", "?", "$"].contains(&inner) {
                out.extend(literal(inner));
                continue;
            }
            let (key, default) = inner.split_once(", ").map_or((inner, None), |(k, d)| (k, Some(d.trim_matches('\''))));
            match lookup(key, request) {
                Looked::Unknown | Looked::Values(_, true) => problem = None,
                Looked::Values(values, false) => out.extend(literal(&values[0])),
                Looked::Absent => match default {
                    Some(default) => out.extend(literal(default)),
                    None => problem = problem.map(|_| false),
                },
            }
        } else {
            out.extend(if wild { plain(&c.to_string()) } else { literal(&c.to_string()) });
            rest = &rest[c.len_utf8()..];
        }
    }
    if problem == Some(true) { Ok(out) } else { Err(problem) }
}

/// The characters that an unknown part of a name never has: in ARNs of RDS a colon is in names of snapshots, of option
/// groups, and between a snapshot and its tenant database; a slash is in custom engine versions alone.
fn never_in_names(arn: &str) -> &'static str {
    const TYPES: &str = " auto-backup cev cluster cluster-auto-backup cluster-endpoint cluster-pg cluster-snapshot db \
        db-proxy db-proxy-endpoint deployment es global-cluster integration og pg ri secgrp shard-group snapshot \
        snapshot-tenant-database subgrp target-group tenant-database ";
    let ["arn", partition, "rds", region, account, resource] = fields(arn)[..] else { return "" };
    let Some((kind, name)) = resource.split_once(':') else { return "" };
    if [partition, region, account].iter().any(|field| field.contains('*')) || !TYPES.contains(&format!(" {kind} ")) {
        return "";
    }
    let colons = ["og", "snapshot", "cluster-snapshot", "snapshot-tenant-database"].contains(&kind);
    if colons && !name.contains(':') {
        "/"
    } else if kind == "cev" && !name.contains('/') {
        ":"
    } else {
        ":/"
    }
}

fn resource_matches(pattern: &str, resource: &Value, request: &Value, variables: bool) -> Truth {
    let arn = resource.as_str().unwrap_or_else(|| resource["arn"].as_str().unwrap());
    let kind = resource["kind"].as_str().unwrap_or(if arn == "*" { "star" } else { "exact" });
    if kind == "star" {
        return Some(pattern == "*");
    }
    if kind == "unknown" {
        return if pattern == "*" { Some(true) } else { None };
    }
    let fifth = pattern.match_indices(':').nth(4).map(|(at, _)| at);
    let live_from = fifth.filter(|_| variables).unwrap_or(usize::MAX);
    let pattern = match signs(pattern, live_from, true, request) {
        Ok(signs) => signs,
        Err(truth) => return truth,
    };
    let mut text = literal(arn);
    if kind == "default" || kind == "unknown-id" {
        let run = Sign::Without(never_in_names(arn));
        text.iter_mut().filter(|sign| **sign == Sign::Is('*')).for_each(|sign| *sign = run);
    }
    if fields(arn).get(4) == Some(&"unknown") {
        let at = fields(arn)[..4].iter().map(|field| field.chars().count() + 1).sum::<usize>();
        text.splice(at..at + "unknown".len(), [Sign::Digit; 12]);
    }
    if glob(&pattern, &text) { Some(true) } else { if meets(&pattern, &text) { None } else { Some(false) } }
}

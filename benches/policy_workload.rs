//! Policies and requests for measurements: each statement has three action patterns, two resource patterns and two
//! condition keys, as in long policies of real accounts.

/// The requested action.
pub(crate) const ACTION: &str = "rds:ModifyDBInstance";
/// The requested resource.
pub(crate) const RESOURCE: &str = "arn:aws:rds:eu-west-1:123456789012:db:orders-7";
/// The caller.
pub(crate) const PRINCIPAL: &str = "arn:aws:sts::123456789012:assumed-role/App/i-0abc";
/// The condition keys of the request.
pub(crate) const CONTEXT: [(&str, &str); 4] = [
    ("aws:RequestedRegion", "eu-west-1"),
    ("aws:PrincipalTag/team", "blue"),
    ("aws:SourceVpce", "vpce-0123456789abcdef0"),
    ("aws:PrincipalArn", "arn:aws:iam::123456789012:role/App"),
];
/// Actions of the statements that do not concern the request.
const OTHER_ACTIONS: [&str; 6] = [
    "rds:CreateDBCluster",
    "rds:DeleteDBSnapshot",
    "rds:StopDBInstance",
    "rds:CopyDBSnapshot",
    "rds:StartDBCluster",
    "rds:RebootDBCluster",
];

/// Statement `index`; of those that concern the action the last one allows and all others narrowly miss.
pub(crate) struct Line {
    /// `Allow` or `Deny`.
    pub(crate) effect: &'static str,
    /// Three action patterns.
    pub(crate) actions: [String; 3],
    /// Two resource patterns.
    pub(crate) resources: [String; 2],
    /// The team that the caller must belong to.
    pub(crate) team: &'static str,
}

/// `count` statements, of which `concerned` concern the action.
pub(crate) fn lines(count: usize, concerned: usize) -> Vec<Line> {
    let every = count / concerned.max(1);
    let line = |index: usize| {
        let concerns = index % every == every - 1;
        let last = index + 1 == count;
        let other = |at: usize| OTHER_ACTIONS[(index + at) % OTHER_ACTIONS.len()].to_owned();
        let third = if concerns { "rds:Modify*Instance".to_owned() } else { format!("{}*", other(2)) };
        Line {
            effect: if index % 10 == 3 && !last { "Deny" } else { "Allow" },
            actions: [other(0), format!("{}?", other(1)), third],
            resources: if last {
                ["arn:aws:rds:*:123456789012:db:orders-*".to_owned(), format!("arn:aws:rds:*:*:cluster:c{index}-*")]
            } else {
                [format!("arn:aws:rds:*:123456789012:db:app{index}-*"), format!("arn:aws:rds:*:*:cluster:c{index}-*")]
            },
            team: if last { "blue" } else { "red" },
        }
    };
    (0..count).map(line).collect()
}

/// The statements as an endpoint policy.
pub(crate) fn policy_text(lines: &[Line]) -> String {
    let statement = |line: &Line| {
        let Line { effect, actions: [a, b, c], resources: [r, s], team } = line;
        format!(
            r#"{{"Effect":"{effect}","Principal":"*","Action":["{a}","{b}","{c}"],"Resource":["{r}","{s}"],"Condition":{{"StringEquals":{{"aws:RequestedRegion":"eu-west-1","aws:PrincipalTag/team":"{team}"}}}}}}"#
        )
    };
    let statements: Vec<String> = lines.iter().map(statement).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

//! The boundaries of each rule: pairs of similar statements, of which only one has a finding.

use super::{codes, findings, with_version};

/// A statement with these members; missing ones are filled in with values that have no finding.
pub(super) fn statement(members: &str) -> String {
    let mut all = members.to_owned();
    for (name, default) in [
        ("\"Effect\"", r#""Effect":"Allow""#),
        ("Principal\"", r#""Principal":"*""#),
        ("Action\"", r#""Action":"rds:StopDBInstance""#),
        ("Resource\"", r#""Resource":"*""#),
    ] {
        if !members.contains(name) {
            all = format!("{default},{all}");
        }
    }
    format!("{{{}}}", all.trim_end_matches(','))
}

/// The codes found in one statement, except those about a policy that has only a Deny.
pub(super) fn found(members: &str) -> String {
    let codes = codes(&statement(members));
    let denies = members.contains(r#""Deny""#);
    let mut told: Vec<&str> = codes.into_iter().filter(|code| !denies || !["RG003", "RG004"].contains(code)).collect();
    told.sort_unstable();
    told.join(" ")
}

pub(super) fn check(rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(members, wanted)| found(members) != *wanted)
        .map(|(members, wanted)| format!("{members}\n    wanted {wanted:?}, found {:?}", found(members)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn actions() {
    check(&[
        (r#""Action":["rds:Stop*","rds:StopDBInstance"]"#, "RG034"),
        (r#""Action":["rds:StopDBInstance","rds:Stop*"]"#, "RG034"),
        (r#""Action":["rds:StopDBInstance","rds:DeleteDBInstance"]"#, ""),
        (r#""Action":["rds:StopDBInstance","rds:StopDBInstance"]"#, "RG034"),
        (r#""Action":["rds:StopDBInstance","RDS:stopdbinstance"]"#, "RG033 RG034"),
        // A `?` matches one letter, and `*` any number of them: neither covers the other.
        (r#""Action":["rds:StopDBInst?nce","rds:StopDBInst*nce"]"#, "RG034"),
        (r#""Action":["rds:StopDB?nstance","rds:StopDB?nstance"]"#, "RG034"),
        (r#""Action":["rds:*","rds:StopDB?nstance"]"#, "RG034"),
        (r#""Action":"rds:*Instance""#, "RG035"),
        (r#""Action":"rds:?eleteDBInstance""#, "RG035"),
        (r#""Action":"rds:*""#, ""),
        (r#""Action":"rds:D*""#, ""),
        (r#""Action":"rds:*Attributes""#, ""),
        (r#""Action":"rds:*Instance","Effect":"Deny""#, ""),
        (r#""NotAction":"rds:*Instance""#, "RG036"),
        (r#""NotAction":"rds:*Instance","Effect":"Deny""#, ""),
        (r#""Action":"docdb:StopDBInstance""#, "RG032"),
        (r#""Action":"rds:Zero*""#, "RG031"),
        (r#""Action":"rds:StopDBInstanc""#, "RG030"),
        (r#""Action":"rds:StapDBInstances""#, "RG030"),
        (r#""Action":"rds:CreateDBCapacityReservation""#, "RG038"),
        (r#""Action":"rds:Zero""#, "RG030"),
        // Policies are shared between the endpoints of several services.
        (r#""Action":["rds:StopDBInstance","kms:ListAliases","ec2:Describe*"]"#, "RG037"),
        (r#""NotAction":["iam:*","sts:*"],"Effect":"Deny""#, "RG037"),
        (r#""Action":"lambda:GetLayerVersion","Resource":"arn:aws:lambda:*:aws:layer:tool""#, "RG003 RG011"),
        (r#""Action":"rsd:StopDBInstance""#, "RG032"),
        (r#""Action":"ds:StopDBInstance""#, "RG003 RG011"),
        (
            r#""Action":["rds:StopDBInstance","lambda:*"],"Resource":["arn:aws:rds:*:*:db:a","arn:aws:lambda:*:aws:layer:tool"]"#,
            "RG037 RG085",
        ),
        (
            r#""Action":["rds:StopDBInstance","lambda:*"],"Resource":"arn:aws:lambda:*:aws:layer:tool""#,
            "RG037 RG053 RG085",
        ),
    ]);
}

#[test]
fn principals() {
    let role = r#""arn:aws:iam::123456789012:role/App""#;
    let deny = |principals: &str| format!(r#""Effect":"Deny","NotPrincipal":{{"AWS":[{principals}]}}"#);
    check(&[
        (&deny(role), "RG024 RG025"),
        (&deny(&format!(r#"{role},"123456789012""#)), "RG024"),
        (&deny(&format!(r#"{role},"arn:aws:iam::123456789012:root""#)), "RG024"),
        (&deny(&format!(r#"{role},"210987654321""#)), "RG024 RG025"),
        (&deny(&format!(r#"{role},"arn:aws:iam::210987654321:root""#)), "RG024 RG025"),
        (&deny(&format!(r#"{role},"arn:aws:iam::123456789012:user/ann""#)), "RG024 RG025 RG025"),
        (r#""Principal":{"AWS":["*","123456789012"]}"#, "RG023"),
        (r#""Principal":{"AWS":["123456789012","210987654321"]}"#, ""),
    ]);
}

#[test]
fn resources() {
    let db = |resource: &str| format!(r#""Action":"rds:StopDBInstance","Resource":"{resource}""#);
    check(&[
        (&db("arn:aws:rds:*:123456789012:db:app"), ""),
        (&db("arn:aws:rds:*:123456789012:db:App"), "RG047"),
        (&db("arn:aws:rds:*:123456789012:db:${aws:Username}"), ""),
        (&db("arn:aws:rds:*:123456789012:dbs:app"), "RG046"),
        (&db("arn:aws:rds:*:123456789012:zzzzzz:app"), "RG046"),
        (&db("arn:aws:rds::123456789012:db:app"), "RG048"),
        (&db("arn:aws:rds:*:123456789012:*:app"), ""),
        (&db("arn:aws:rds:*:1234*:db:app"), "RG043"),
        (&db("arn:aws:rds:*:????????????:db:app"), ""),
        (&db("arn:aws:rds:*:1234:db:app"), "RG044"),
        (&db("arn:aws:rds:europe:*:db:app"), "RG045"),
        (&db("arn:aws:rds:eu-*:*:db:app"), ""),
        (&db("arn:aws:s3:*:*:db:app"), "RG042"),
        (&db("arn:aws:*:*:*:db:app"), ""),
        (&db("arn:aws:rds:${aws:RequestedRegion}:*:db:app"), "RG049"),
        (&db("arn:aws:rds:eu-west-1:db"), "RG041"),
        (&db("arn:aws:rds:*"), ""),
        // A `*` matches colons, so this is not a malformed account.
        (&db("arn:aws:rds:*:db:app"), ""),
        (&db("arn:aws:rds:*:db:App"), "RG081"),
        (&db("arn:aws:rds:*:*:db/app"), "RG056"),
        // `arn:aws:rds:eu-west-1:123456789012:db:app` matches it.
        (&db("arn:aws:rds:*:*:app"), ""),
        (&db("arn:aws:rds:eu-west-1:123456789012:app"), "RG057"),
        (&db("arn:aws:rds:eu-west-1:123456789012:*"), ""),
        (&db("arn:aws:rds::123456789012:*"), "RG048"),
        (&db("arn:aws:rds:*:123456789012:db:app_1"), "RG059"),
        (&db("arn:aws:rds:*:123456789012:db:app_*"), "RG059"),
        (&db("arn:aws:rds:*:123456789012:snapshot:rds:app-*"), "RG054"),
        (&db("arn:awss:rds:*:123456789012:db:app"), "RG055"),
        (&db("arn:aws-cn:rds:eu-west-1:123456789012:db:app"), "RG055"),
        (&db("arn:aws-cn:rds:*:123456789012:db:app"), ""),
        (&db("arn:aws:rds:cn-*:123456789012:db:app"), "RG055"),
        (r#""Action":"rds:DeleteDBProxy","Resource":"arn:aws:rds:*:*:db-proxy:orders-*""#, "RG058"),
        (r#""Action":"rds:DeleteDBProxy","Resource":"arn:aws:rds:*:*:db-proxy:*""#, ""),
        (r#""Action":"rds:DeleteDBProxy","Resource":"arn:aws:rds:*:*:db-proxy:prx-0123*""#, ""),
        (r#""Action":"rds:DescribeAccountAttributes","Resource":"arn:aws:rds:*:*:*""#, "RG052"),
        (r#""Action":"rds:DescribeAccountAttributes","Resource":"arn:aws:rds:eu-west-1:123456789012:*""#, "RG052"),
        (r#""Action":"rds:Describe*","Resource":"arn:aws:rds:*:*:*""#, "RG084"),
        (r#""Action":"rds:*","Resource":"arn:aws:rds::123456789012:*""#, "RG083 RG084"),
        (r#""Action":"rds:DeleteDBInstance","Resource":["arn:aws:rds:*:*:db:a","arn:aws:rds:*:*:cluster:a"]"#, "RG082"),
        (r#""Effect":"Deny","Action":"rds:*","NotResource":"*""#, "RG081"),
        (r#""Effect":"Deny","Action":"rds:DeleteDBInstance","NotResource":"arn:aws:rds:*:*:dbs:a""#, "RG046"),
        (r#""Effect":"Deny","Action":"rds:DeleteDBInstance","NotResource":"arn:aws:rds:*:*:cluster:a""#, "RG082"),
        (&db("db:app"), "RG040"),
        (&db("*:db:app"), ""),
        (&db("arn:aws:rds::123456789012:global-cluster:app"), "RG053"),
        (&db("arn:aws:rds:eu-west-1:123456789012:global-cluster:app"), "RG048"),
        (r#""NotResource":"arn:aws:rds:*:*:db:app""#, "RG051"),
        (r#""NotResource":"arn:aws:rds:*:*:db:app","Effect":"Deny""#, ""),
        (r#""Resource":["*","arn:aws:rds:*:*:db:app"]"#, "RG050"),
        (r#""Resource":["arn:aws:rds:*:*:db:a","arn:aws:rds:*:*:db:b"]"#, ""),
        (r#""Action":"rds:DescribeAccountAttributes","Resource":"arn:aws:rds:*:*:db:a""#, "RG052"),
        (r#""Action":"rds:CreateDBInstance","Resource":"arn:aws:rds:*:*:db:a""#, "RG054"),
        (r#""Action":"rds:CreateDBInstance","Resource":"arn:aws:rds:*:*:db:a","Effect":"Deny""#, ""),
    ]);
}

#[test]
fn the_mended_resource_is_the_same_but_for_what_was_odd() {
    for (resource, mended) in [
        ("arn:aws:rds:*:123456789012:clusters:app-1", "\"arn:aws:rds:*:123456789012:cluster:app-1\""),
        ("arn:aws:rds:*:123456789012:db:App-1", "\"arn:aws:rds:*:123456789012:db:app-1\""),
    ] {
        let text = with_version("2012-10-17", &statement(&format!(r#""Resource":"{resource}""#)));
        let fixes: Vec<_> = findings(&text).into_iter().filter_map(|finding| finding.fix).collect();
        assert_eq!(fixes.len(), 1, "{resource}");
        assert_eq!(
            (text.get(fixes[0].start..fixes[0].end).unwrap(), &*fixes[0].replacement),
            (&*format!("\"{resource}\""), mended)
        );
    }
}

#[test]
fn a_fix_ends_where_its_string_ends_whatever_was_escaped() {
    for escaped in [r"App\u0065", r"App\\", r#"App\""#, r#"App\\\"b"#] {
        let escaped = format!("arn:aws:rds:*:*:db:{escaped}");
        let text = with_version("2012-10-17", &statement(&format!(r#""Resource":"{escaped}""#)));
        let fixes: Vec<_> = findings(&text).into_iter().filter_map(|finding| finding.fix).collect();
        assert_eq!(text.get(fixes[0].start..fixes[0].end).unwrap(), format!("\"{escaped}\""));
    }
}

#[test]
fn statements() {
    let both = |one: &str, other: &str| codes(&format!("{},{}", statement(one), statement(other))).join(" ");
    let stop = r#""Action":"rds:StopDBInstance""#;
    for (one, other, wanted) in [
        // Statements that a wider one already covers.
        (stop, r#""Action":"rds:Stop*""#, "RG008"),
        (r#""Action":"rds:Stop*""#, stop, "RG008"),
        (stop, r#""Action":"rds:DeleteDBInstance""#, ""),
        (stop, r#""Action":"rds:Stop*","Effect":"Deny""#, "RG009"),
        (r#""Action":"rds:Stop*""#, r#""Action":"rds:StopDBInstance","Effect":"Deny""#, ""),
        (stop, r#""Action":"*","Resource":"arn:aws:rds:*:*:db:a""#, "RG084"),
        (r#""Resource":"arn:aws:rds:*:*:db:a""#, stop, "RG008"),
        (r#""Resource":"arn:aws:rds:*:*:db:a""#, r#""Resource":"arn:aws:rds:*:*:db:b""#, ""),
        (r#""Principal":{"AWS":"123456789012"}"#, stop, "RG008"),
        (stop, r#""Principal":{"AWS":"123456789012"}"#, "RG008"),
        (r#""Principal":{"AWS":"210987654321"}"#, r#""Principal":{"AWS":"123456789012"}"#, ""),
        (r#""Principal":{"AWS":"123456789012"}"#, r#""Principal":{"AWS":"123456789012"}"#, "RG008"),
        (stop, r#""Condition":{"StringEquals":{"aws:username":"ann"}}"#, "RG008"),
        (
            r#""Condition":{"StringEquals":{"aws:username":"bob"}}"#,
            r#""Condition":{"StringEquals":{"aws:username":"ann"}}"#,
            "",
        ),
        (stop, r#""NotAction":"rds:DeleteDBInstance""#, "RG036"),
        (stop, r#""NotAction":"rds:Stop*""#, "RG036"),
        (r#""NotAction":"rds:StopDBInstance""#, r#""Action":"rds:Stop*""#, "RG036"),
        (r#""Action":"rds:StopDB*""#, r#""Action":"rds:Stop*""#, "RG008"),
        (r#""NotAction":"rds:DeleteDBInstance""#, r#""Action":"*""#, "RG002 RG008 RG036"),
        (stop, r#""NotResource":"arn:aws:rds:*:*:db:a""#, "RG008 RG051"),
        (r#""Action":"rds:StopDBInst*nce""#, r#""Action":"rds:StopDBInst?nce""#, "RG008"),
        // Sids.
        (r#""Sid":"A""#, r#""Sid":"B","Action":"rds:DeleteDBInstance""#, ""),
        (r#""Sid":"A""#, r#""Sid":"A","Action":"rds:DeleteDBInstance""#, "RG006"),
        // An empty Sid counts as no Sid, and any number of statements may have one.
        (r#""Sid":"""#, r#""Action":"rds:DeleteDBInstance""#, ""),
        (r#""Sid":"""#, r#""Sid":"","Action":"rds:DeleteDBInstance""#, ""),
        (r#""Sid":"A b""#, r#""Action":"rds:DeleteDBInstance""#, "RG005"),
    ] {
        assert_eq!(both(one, other), wanted, "{one} / {other}");
    }
}

#[test]
fn messages_name_a_statement_by_its_sid_or_its_number() {
    let text = format!("{},{}", statement(r#""Sid":"First""#), statement(""));
    let found = findings(&with_version("2012-10-17", &text));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "statement \"First\" already says all that statement 2 says");
}

#[test]
fn an_action_that_needs_several_types_may_find_them_in_several_statements() {
    let create = |resource: &str| statement(&format!(r#""Action":"rds:CreateDBInstance","Resource":{resource}"#));
    let db = create(r#""arn:aws:rds:*:*:db:a""#);
    for (other, wanted) in [
        (create(r#"["arn:aws:rds:*:*:og:a","arn:aws:rds:*:*:pg:a","arn:aws:rds:*:*:subgrp:a"]"#), ""),
        (create(r#"["arn:aws:rds:*:*:og:a","arn:aws:rds:*:*:pg:a"]"#), "RG054 RG054"),
        (create(r#""arn:aws:rds:*:*:*:a""#), ""),
        (statement(r#""Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:*:*:*:a""#), "RG054"),
        (statement(r#""Effect":"Deny","Action":"rds:CreateDBInstance","Resource":"arn:aws:rds:*:*:*:a""#), "RG054"),
        (statement(r#""Action":"rds:CreateDBInstance","NotResource":"arn:aws:rds:*:*:db:b""#), "RG051"),
    ] {
        let mut found = codes(&format!("{db},{other}"));
        found.retain(|code| !["RG046", "RG008"].contains(code));
        assert_eq!(found.join(" "), wanted, "{other}");
    }
}

#[test]
fn a_policy_of_just_the_size_that_aws_takes_is_not_too_long() {
    let text = with_version("2012-10-17", &statement(""));
    let padded = |characters: usize| format!("{text}{}", " ".repeat(characters - text.chars().count()));
    assert_eq!(findings(&padded(20_480)).len(), 0);
    assert_eq!(findings(&padded(20_481))[0].rule.code, "RG001");
}

#[test]
fn of_two_equal_actions_the_second_is_too_much() {
    let text = with_version("2012-10-17", &statement(r#""Action":["rds:StopDBInstance","rds:StopDBInstance"]"#));
    let found = findings(&text);
    let second = text.rfind("\"rds:StopDBInstance\"").unwrap();
    assert_eq!((found.len(), found[0].position.column), (1, second + 1));
}

#[test]
fn findings_about_principals_stand_at_the_entry_or_at_the_element() {
    let place = |members: &str, code: &str| {
        let text = with_version("2012-10-17", &statement(members));
        let column = findings(&text).iter().find(|finding| finding.rule.code == code).map(|it| it.position.column);
        (text, column)
    };
    let (text, column) = place(r#""Principal":{"AWS":["123456789012","AROAEXAMPLEEXAMPLE123"]}"#, "RG022");
    assert_eq!(column, text.find("\"AROA").map(|at| at + 1));
    let (text, column) = place(r#""Principal":{"AWS":["*","123456789012"]}"#, "RG023");
    assert_eq!(column, text.find("\"Principal\"").map(|at| at + 1));
}

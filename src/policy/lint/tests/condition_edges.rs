//! The boundaries of the rules about conditions.

use super::{
    edges::{check, statement},
    findings, with_version,
};

#[test]
fn keys_and_operators() {
    let on = |condition: &str| format!(r#""Condition":{{{condition}}}"#);
    let deny = |condition: &str| format!(r#""Effect":"Deny","Condition":{{{condition}}}"#);
    check(&[
        (&on(r#""StringEquals":{"aws:username":"ann"}"#), ""),
        (&on(r#""StringEquals":{"aws:usernam":"ann"}"#), "RG060"),
        (&on(r#""StringEquals":{"aws:Tagged/zzzzzzzzz":"ann"}"#), "RG060"),
        (&on(r#""StringEquals":{"aws:RequestTag/":"ann"}"#), "RG060"),
        (&on(r#""StringEquals":{"aws:RequestTag/a":"ann"}"#), ""),
        (&on(r#""StringEquals":{"guard:Param/Engine":"mysql"}"#), "RG080"),
        (&on(r#""NumericEquals":{"aws:username":"1"}"#), "RG061"),
        (&on(r#""NumericEquals":{"aws:RequestTag/cost":"1"}"#), ""),
        (&on(r#""NumericLessThan":{"aws:EpochTime":"1"}"#), ""),
        (&on(r#""Null":{"rds:MultiAz":"true"}"#), ""),
        // Repeated keys: in other letter case, under another operator, as another key.
        (&on(r#""StringEquals":{"aws:username":"ann","aws:UserName":"bob"}"#), "RG075"),
        (&on(r#""StringEquals":{"aws:username":"ann"},"StringNotEquals":{"aws:username":"bob"}"#), ""),
        (&on(r#""StringEquals":{"aws:username":"ann","aws:UserAgent":"bob"}"#), ""),
        // Set operators.
        (&on(r#""StringEquals":{"aws:TagKeys":"a"}"#), "RG062"),
        (&on(r#""Null":{"aws:TagKeys":"false"}"#), ""),
        (&on(r#""ForAnyValue:StringEquals":{"aws:TagKeys":"a"}"#), ""),
        (&on(r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"}"#), "RG063"),
        (&deny(r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"}"#), ""),
        (&on(r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"false"}"#), ""),
        (&on(r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"true"}"#), "RG063"),
        (&on(r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:username":"false"}"#), "RG063"),
        (&on(r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Bool":{"rds:MultiAz":"false"}"#), "RG063"),
        (&on(r#""ForAnyValue:StringEquals":{"aws:username":"a"}"#), "RG064"),
        (&on(r#""ForAnyValue:StringEquals":{"aws:unheard":"a"}"#), "RG060"),
        (&deny(r#""ForAllValues:StringEquals":{"aws:username":"a"}"#), "RG064"),
        (&deny(r#""ForAllValues:StringEquals":{"aws:unheard":"a"}"#), "RG060"),
    ]);
}

#[test]
fn values() {
    let on = |condition: &str| format!(r#""Condition":{{{condition}}}"#);
    check(&[
        (&on(r#""StringEquals":{"aws:username":["ann","ann"]}"#), "RG074"),
        (&on(r#""StringEquals":{"aws:username":"a*"}"#), "RG065"),
        (&on(r#""StringEquals":{"aws:username":"${aws:userid}*"}"#), ""),
        (&on(r#""StringLike":{"aws:username":"operator-*"}"#), ""),
        (&on(r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*"}"#), "RG069"),
        (&on(r#""ArnLike":{"aws:PrincipalArn":"${aws:PrincipalArn}"}"#), ""),
        (&on(r#""ArnLike":{"aws:PrincipalArn":"arn:aws:sts::123456789012:assumed-role/App/*"}"#), "RG070"),
        (&on(r#""StringEquals":{"aws:SourceVpc":"vpc-:assumed-role/"}"#), ""),
        // Address ranges.
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"10.1.0.0/16"}"#), ""),
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"10.1.2.0/16"}"#), "RG073"),
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"10.1.2.3/32"}"#), ""),
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"10.1.2.3"}"#), ""),
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"0.0.0.0/0"}"#), ""),
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"1.0.0.0/0"}"#), "RG073"),
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"fd00::/8"}"#), ""),
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"fd00::1/64"}"#), "RG073"),
        (&on(r#""IpAddress":{"aws:VpcSourceIp":"fd00::1/128"}"#), ""),
        // Ids that AWS generates, and wildcards without six characters next to them.
        (&on(r#""StringLike":{"aws:PrincipalAccount":"123456*"}"#), "RG066"),
        (&on(r#""StringEquals":{"aws:PrincipalAccount":"123456789012"}"#), ""),
        (&on(r#""StringLike":{"aws:PrincipalAccount":"123456789012"}"#), ""),
        (&on(r#""NumericEquals":{"aws:PrincipalAccount":"123456789012"}"#), "RG061 RG067"),
        (&on(r#""NumericEquals":{"aws:RequestTag/cost":"1"}"#), ""),
        (&on(r#""StringLike":{"aws:username":"ann*"}"#), "RG068"),
        (&on(r#""StringLike":{"aws:username":"annann*"}"#), ""),
        (&on(r#""StringLike":{"aws:username":"*annann"}"#), ""),
        (&on(r#""StringLike":{"aws:username":"annann*a*"}"#), "RG068"),
        (&on(r#""StringLike":{"aws:username":"annann?bobbob*"}"#), ""),
        (&on(r#""StringLike":{"guard:Param/Engine":"my*"}"#), "RG080"),
        (&on(r#""StringEquals":{"aws:SourceIp":"10.0.0.1"}"#), "RG061 RG071"),
        (&on(r#""Bool":{"aws:SecureTransport":"true"}"#), "RG072"),
        (&on(r#""Null":{"aws:SecureTransport":"true"}"#), ""),
    ]);
}

#[test]
fn keys_that_the_actions_do_not_have() {
    let on = |effect: &str, action: &str, condition: &str| {
        format!(r#""Effect":"{effect}","Action":{action},"Condition":{{{condition}}}"#)
    };
    let create = r#""rds:CreateDBInstance""#;
    let delete = r#""rds:DeleteDBInstance""#;
    let stop = r#""rds:RebootDBInstance""#;
    let tagged = r#""StringEquals":{"aws:RequestTag/env":"dev"}"#;
    check(&[
        (&on("Deny", create, r#""Bool":{"rds:MultiAz":"true"}"#), ""),
        (&on("Deny", delete, r#""Bool":{"rds:MultiAz":"true"}"#), "RG077"),
        (&on("Allow", delete, r#""Bool":{"rds:MultiAz":"true"}"#), "RG077"),
        (&on("Deny", delete, r#""BoolIfExists":{"rds:MultiAz":"true"}"#), "RG078"),
        (&on("Allow", delete, r#""BoolIfExists":{"rds:MultiAz":"true"}"#), ""),
        (&on("Deny", stop, r#""Bool":{"rds:MultiAz":"true"}"#), "RG079"),
        (&on("Allow", delete, tagged), "RG077"),
        (&on("Allow", create, tagged), ""),
        (&on("Allow", &format!("[{create},{delete}]"), tagged), "RG077"),
        (&on("Deny", delete, r#""StringNotEquals":{"aws:RequestTag/env":"dev"}"#), "RG078"),
        (&on("Deny", delete, r#""Null":{"aws:RequestTag/env":"true"}"#), "RG078"),
        (&on("Deny", delete, r#""Null":{"aws:RequestTag/env":"false"}"#), "RG077"),
        // A wildcard is not written for each action that it matches.
        (&on("Deny", r#""rds:*""#, tagged), ""),
        (&on("Deny", r#""rds:Delete*""#, tagged), "RG077"),
        (&on("Deny", r#""rds:Reboot*""#, r#""Bool":{"rds:MultiAz":"true"}"#), "RG079"),
        (
            r#""Effect":"Deny","NotAction":"rds:CreateDBInstance","Condition":{"StringEquals":{"aws:RequestTag/env":"dev"}}"#,
            "",
        ),
    ]);
}

#[test]
fn a_finding_about_a_key_names_its_actions_once() {
    let text = with_version(
        "2012-10-17",
        &statement(
            r#""Effect":"Deny","Action":["rds:DeleteDBInstance","rds:DeleteDBProxy","rds:CreateDBInstance"],"Condition":{"Bool":{"rds:MultiAz":"true"}}"#,
        ),
    );
    let found: Vec<_> = findings(&text).into_iter().filter(|finding| finding.rule.code == "RG077").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "`rds:MultiAz` is no key of `rds:DeleteDBInstance`, `rds:DeleteDBProxy`: the statement never denies them; \
         `guard:Param/MultiAZ` compares the parameter of `rds:DeleteDBInstance`, `rds:DeleteDBProxy`"
    );
}

#[test]
fn contradictions() {
    let on = |condition: &str| format!(r#""Condition":{{"Null":{{"aws:username":"true"}},{condition}}}"#);
    check(&[
        (&on(r#""StringEquals":{"aws:username":"ann"}"#), "RG076"),
        (&on(r#""StringNotEquals":{"aws:username":"ann"}"#), ""),
        (&on(r#""StringEqualsIfExists":{"aws:username":"ann"}"#), ""),
        (&on(r#""ForAllValues:StringEquals":{"aws:username":"ann"}"#), "RG063"),
        (&on(r#""ForAnyValue:StringEquals":{"aws:username":"ann"}"#), "RG064 RG076"),
        (&on(r#""StringEquals":{"aws:userid":"ann"}"#), ""),
        (r#""Condition":{"Null":{"aws:username":"false"},"StringEquals":{"aws:username":"ann"}}"#, ""),
        (r#""Condition":{"Null":{"aws:username":"true"}}"#, ""),
        (r#""Condition":{"Bool":{"rds:MultiAz":"true"},"Null":{"rds:MultiAz":"false"}}"#, ""),
    ]);
}

#[test]
fn variables_need_the_newer_version() {
    let variable = r#"{"Effect":"Allow","Principal":"*","Action":"rds:StopDBInstance",
        "Resource":"arn:aws:rds:*:*:db:${aws:username}","Condition":{"StringEquals":{"aws:userid":"${aws:username}"}}}"#;
    let codes = |text: &str| findings(text).iter().filter(|finding| finding.rule.code == "RG007").count();
    assert_eq!(codes(&with_version("2012-10-17", variable)), 0);
    assert_eq!(codes(&with_version("2008-10-17", variable)), 2);
    assert_eq!(codes(&format!("{{\"Statement\":[{variable}]}}")), 2);
}

#[test]
fn findings_about_a_condition_stand_at_its_key() {
    let text = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"rds:StopDBInstance\",\n\
                \"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:usernam\":\"ann\"}}}}";
    let found = findings(text);
    assert_eq!((found[0].rule.code, found[0].position.line, found[0].position.column), ("RG060", 2, 45));
}

#[test]
fn a_family_of_keys_is_nothing_to_write() {
    let text =
        with_version("2012-10-17", &statement(r#""Condition":{"StringEquals":{"aws:RequesTag/${TagKey}":"a"}}"#));
    let found = findings(&text);
    assert_eq!((found[0].rule.code, &found[0].fix), ("RG060", &None));
    assert!(!found[0].message.contains("did you mean"), "{}", found[0].message);
}

#[test]
fn a_key_that_is_nearly_one_is_mended() {
    let text = with_version("2012-10-17", &statement(r#""Condition":{"StringEquals":{"aws:usernam":"ann"}}"#));
    let found = findings(&text);
    assert!(found[0].message.ends_with("; did you mean `aws:username`?"), "{}", found[0].message);
    assert_eq!(found[0].fix.as_ref().map(|fix| &*fix.replacement), Some("\"aws:username\""));
}

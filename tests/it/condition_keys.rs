//! Condition keys that are known, absent, or unknown here, and what each of them permits.

use bytes::Bytes;
use rds_guard::{
    authorize::{self, Circumstances, Enforcement, Judgement, NamedPolicy, Policies},
    aws::endpoint::{Recognised, recognise},
    decode,
    http1::Request,
    identify::{self, Directory},
    policy::{ConfiguredContext, ConfiguredKey, Limits, Policy, Undetermined},
};
use time::macros::datetime;

const HOST: &str = "rds.eu-west-1.amazonaws.com";
const OWN: &str = "123456789012";

/// The caller and the configuration.
struct Setting {
    /// The default principal, whose account is the operator's own.
    principal: &'static str,
    access_key_id: &'static str,
    context: Vec<(&'static str, ConfiguredKey)>,
    roles: Vec<&'static str>,
    public: bool,
    undetermined: Undetermined,
}

impl Default for Setting {
    fn default() -> Self {
        let principal = "arn:aws:iam::123456789012:user/ann";
        Self {
            principal,
            access_key_id: "AKIAIOSFODNN7EXAMPLE",
            context: Vec::new(),
            roles: Vec::new(),
            public: false,
            undetermined: Undetermined::Deny,
        }
    }
}

fn values(values: &[&str]) -> ConfiguredKey {
    ConfiguredKey::Values(values.iter().map(|value| (*value).to_owned()).collect())
}

/// Judges a call with these parameters under this policy.
fn judge(policy: &str, body: &str, setting: &Setting) -> Judgement {
    let body = format!("Version=2014-10-31&{body}");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         X-Amz-Date: 20260131T120000Z\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential={}/20260131/eu-west-1/rds/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={}\r\nContent-Length: {}\r\n\r\n",
        setting.access_key_id,
        "0".repeat(64),
        body.len()
    );
    let request = Request::parse(Bytes::from(head + &body)).unwrap();
    let Recognised::Rds(host) = recognise(HOST) else { panic!("a host of the service") };
    let call = decode::api_call(request, &host, &decode::Settings::default()).unwrap();
    let now = datetime!(2026-01-31 12:00 UTC);
    let default_principal = Some(setting.principal.parse().unwrap());
    let identify = identify::Settings { default_principal, ..identify::Settings::default() };
    let identified = identify::caller(call, &Directory::default(), now, &identify).unwrap();
    let policy = Policy::parse(policy, &Limits::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let policies = Policies { default: Some(NamedPolicy::new("p".into(), policy).into()), ..Policies::default() };
    let context = setting.context.iter().map(|(key, said)| ((*key).to_owned(), said.clone()));
    let settings = authorize::Settings {
        context: ConfiguredContext::of(context),
        roles: setting.roles.iter().map(|role| role.parse().unwrap()).collect(),
        undetermined: setting.undetermined,
        ..authorize::Settings::default()
    };
    let circumstances = Circumstances { now, endpoint: None, vpc: None, public: setting.public, workload: None };
    authorize::permit(identified, &policies, &settings, &circumstances, Enforcement::Enforce).0
}

/// `allowed`, or the reason of the denial.
fn outcome(policy: &str, body: &str, setting: &Setting) -> &'static str {
    judge(policy, body, setting).denied.map_or("allowed", |denied| denied.reason())
}

const OPEN: &str = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;

fn deny_if(condition: &str) -> String {
    let deny = format!(r#"{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{condition}}}"#);
    format!(r#"{{"Version":"2012-10-17","Statement":[{OPEN},{deny}]}}"#)
}

fn allow_if(condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{condition}}}]}}"#
    )
}

const DELETE: &str = "Action=DeleteDBInstance&DBInstanceIdentifier=orders";

/// Keys of other services and of identity providers, and `aws:` keys that are unknown here.
const FOREIGN: [&str; 22] = [
    "ec2:SourceInstanceARN",
    "ec2:RoleDelivery",
    "lambda:SourceFunctionArn",
    "glue:RoleAssumedBy",
    "codebuild:ProjectArn",
    "ssm:SourceInstanceArn",
    "identitystore:UserId",
    "saml:sub_type",
    "accounts.google.com:aud",
    "graph.facebook.com:id",
    "cognito-identity.amazonaws.com:aud",
    "token.actions.githubusercontent.com:sub",
    "provider.example.com:sub",
    "sts:RoleSessionName",
    "iam:ResourceTag/team",
    "kms:ViaService",
    "s3:prefix",
    "aws:SourceIdentity",
    "aws:Ec2InstanceSourceVpc",
    "aws:VpceOrgID",
    "aws:SomethingNew",
    "rds:SomethingNew",
];

#[test]
fn a_key_of_another_service_is_undetermined_until_the_configuration_says_that_it_is_absent() {
    for key in FOREIGN {
        let absent = Setting { context: vec![(key, ConfiguredKey::Absent)], ..Setting::default() };
        let given = Setting { context: vec![(key, values(&["a"]))], ..Setting::default() };
        for (condition, if_absent, if_a) in [
            (format!(r#"{{"Null":{{"{key}":"false"}}}}"#), false, true),
            (format!(r#"{{"StringEquals":{{"{key}":"a"}}}}"#), false, true),
            (format!(r#"{{"StringNotEquals":{{"{key}":"a"}}}}"#), true, false),
            (format!(r#"{{"ArnLikeIfExists":{{"{key}":"arn:*:*:*:*:*"}}}}"#), true, false),
            (format!(r#"{{"ForAllValues:StringEquals":{{"{key}":"a"}}}}"#), true, true),
            (format!(r#"{{"StringEquals":{{"aws:RequestedRegion":"${{{key}, 'eu-west-1'}}"}}}}"#), true, false),
        ] {
            let (deny, allow) = (deny_if(&condition), allow_if(&condition));
            for policy in [&deny, &allow] {
                assert_eq!(outcome(policy, DELETE, &Setting::default()), "undetermined", "{policy}");
            }
            for (setting, holds) in [(&absent, if_absent), (&given, if_a)] {
                let denied = if holds { "explicit_deny" } else { "allowed" };
                let allowed = if holds { "allowed" } else { "implicit_deny" };
                assert_eq!(outcome(&deny, DELETE, setting), denied, "{deny}");
                assert_eq!(outcome(&allow, DELETE, setting), allowed, "{allow}");
            }
        }
    }
}

#[test]
fn a_denial_for_want_of_a_key_names_the_line_of_context_that_would_decide_it() {
    let policy = deny_if(r#"{"ArnLike":{"lambda:SourceFunctionArn":"arn:aws:lambda:*:*:function:a"}}"#);
    let hint = judge(&policy, DELETE, &Setting::default()).denied.unwrap().hint.unwrap();
    assert!(hint.contains("\"lambda:SourceFunctionArn\" = { absent = true }"), "{hint}");
}

#[test]
fn configured_organisations_and_tags_of_resources_count_for_the_own_accounts_resources_alone() {
    let copy = |account: &str| {
        format!(
            "Action=CopyDBSnapshot&TargetDBSnapshotIdentifier=copy&SourceDBSnapshotIdentifier=\
             arn:aws:rds:eu-west-1:{account}:snapshot:nightly"
        )
    };
    for (key, operator, value) in [
        ("aws:ResourceOrgID", "StringEquals", "o-1"),
        ("aws:ResourceOrgPaths", "ForAnyValue:StringEquals", "o-1/r-1/"),
        ("aws:ResourceTag/stage", "StringEquals", "o-1"),
        ("rds:snapshot-tag/stage", "StringEquals", "o-1"),
        ("aws:ResourceAccount", "StringEquals", OWN),
    ] {
        let setting = Setting { context: vec![(key, values(&[value]))], ..Setting::default() };
        let policy = allow_if(&format!(r#"{{"{operator}":{{"{key}":"{value}"}}}}"#));
        assert_eq!(outcome(&policy, &copy(OWN), &setting), "allowed", "{key}");
        let foreign = outcome(&policy, &copy("210987654321"), &setting);
        let expected = if key == "aws:ResourceAccount" { "implicit_deny" } else { "undetermined" };
        assert_eq!(foreign, expected, "{key}");
    }
}

#[test]
fn what_is_configured_of_principals_counts_for_callers_of_the_own_accounts_alone() {
    for (key, operator) in [
        ("aws:PrincipalOrgID", "StringEquals"),
        ("aws:PrincipalOrgPaths", "ForAnyValue:StringEquals"),
        ("aws:PrincipalTag/team", "StringEquals"),
        ("aws:SourceIdentity", "StringEquals"),
        ("lambda:SourceFunctionArn", "StringEquals"),
    ] {
        let context = || vec![(key, values(&["own"]))];
        // A key that itself encodes another account.
        let stranger = Setting { access_key_id: "ASIAY34FZKBOKMUTVV7A", context: context(), ..Setting::default() };
        let own = Setting { context: context(), ..Setting::default() };
        let allow = allow_if(&format!(r#"{{"{operator}":{{"{key}":"own"}}}}"#));
        assert_eq!(outcome(&allow, DELETE, &own), "allowed", "{key}");
        assert_eq!(outcome(&allow, DELETE, &stranger), "undetermined", "{key}");
        let deny = deny_if(&format!(r#"{{"StringNotEquals":{{"aws:RequestedRegion":"eu-west-1","{key}":"own"}}}}"#));
        assert_eq!(outcome(&deny, DELETE, &stranger), "allowed", "the region decides, {key}");
        let deny = deny_if(&format!(r#"{{"Null":{{"{key}":"true"}}}}"#));
        assert_eq!(outcome(&deny, DELETE, &own), "allowed", "{key}");
        assert_eq!(outcome(&deny, DELETE, &stranger), "undetermined", "{key}");
    }
    let described = |condition: &str, setting: &Setting| outcome(&allow_if(condition), DELETE, setting);
    // Facts about the network path of a call apply to every caller.
    let setting = Setting {
        access_key_id: "ASIAY34FZKBOKMUTVV7A",
        context: vec![("aws:SourceVpc", values(&["vpc-1"]))],
        ..Setting::default()
    };
    assert_eq!(described(r#"{"StringEquals":{"aws:SourceVpc":"vpc-1"}}"#, &setting), "allowed");
}

#[test]
fn the_account_of_resources_is_asked_of_each_and_is_the_callers_where_there_are_none() {
    let setting = Setting::default();
    let locked = allow_if(&format!(r#"{{"StringEquals":{{"aws:ResourceAccount":"{OWN}"}}}}"#));
    for action in ["DescribeDBEngineVersions", "DescribeEvents", "DescribeOrderableDBInstanceOptions&Engine=mysql"] {
        assert_eq!(outcome(&locked, &format!("Action={action}"), &setting), "allowed", "{action}");
    }
    let both = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
             "Condition":{{"StringEquals":{{"aws:ResourceAccount":"{OWN}"}}}}}},
            {{"Effect":"Allow","Principal":"*","Action":"rds:CopyDBSnapshot",
             "Resource":"arn:aws:rds:*:210987654321:snapshot:shared-*"}}]}}"#
    );
    let copy = |name: &str| {
        format!(
            "Action=CopyDBSnapshot&TargetDBSnapshotIdentifier=copy&SourceDBSnapshotIdentifier=\
             arn:aws:rds:eu-west-1:210987654321:snapshot:{name}"
        )
    };
    assert_eq!(outcome(&both, &copy("shared-1"), &setting), "allowed");
    let denied = judge(&both, &copy("private-1"), &setting).denied.unwrap();
    assert_eq!(denied.reason(), "implicit_deny");
    assert_eq!(denied.resource.as_deref(), Some("arn:aws:rds:eu-west-1:210987654321:snapshot:private-1"));
}

#[test]
fn the_path_of_a_sessions_role_is_not_known_unless_it_is_configured() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_admin_1";
    let session = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_1/alice";
    let unknown = Setting { principal: session, ..Setting::default() };
    let configured = Setting { principal: session, roles: vec![ROLE], ..Setting::default() };
    let as_role = Setting { principal: ROLE, ..Setting::default() };
    let other = Setting {
        principal: session,
        roles: vec![
            "arn:aws:iam::123456789012:role/x/Other",
            "arn:aws:iam::555555555555:role/x/AWSReservedSSO_admin_1",
        ],
        ..Setting::default()
    };
    for (operator, value) in [
        ("ArnLike", "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*"),
        ("StringLike", "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*"),
        ("ArnEquals", ROLE),
        ("StringEquals", ROLE),
    ] {
        let is = format!(r#"{{"{operator}":{{"aws:PrincipalArn":"{value}"}}}}"#);
        let is_not = format!(
            r#"{{"{}":{{"aws:PrincipalArn":"{value}"}}}}"#,
            operator.replace("Arn", "ArnNot").replace("String", "StringNot")
        );
        for setting in [&unknown, &other] {
            for policy in [deny_if(&is), allow_if(&is_not), allow_if(&is), deny_if(&is_not)] {
                assert_eq!(outcome(&policy, DELETE, setting), "undetermined", "{policy}");
            }
        }
        for setting in [&configured, &as_role] {
            assert_eq!(outcome(&deny_if(&is), DELETE, setting), "explicit_deny");
            assert_eq!(outcome(&allow_if(&is_not), DELETE, setting), "implicit_deny");
            assert_eq!(outcome(&allow_if(&is), DELETE, setting), "allowed");
        }
    }
    // Conditions that no path could change are decided.
    let whatever_path = deny_if(r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}}"#);
    assert_eq!(outcome(&whatever_path, DELETE, &unknown), "allowed");
    let another = deny_if(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*/Other"}}"#);
    assert_eq!(outcome(&another, DELETE, &unknown), "allowed");
}

#[test]
fn a_parameter_is_found_as_a_list_by_any_label_and_place() {
    let setting = Setting::default();
    let share =
        |more: &str| format!("Action=ModifyDBSnapshotAttribute&DBSnapshotIdentifier=a&AttributeName=restore{more}");
    let deny = deny_if(r#"{"ForAnyValue:StringEquals":{"guard:Param/ValuesToAdd":"all"}}"#);
    for (values, expected) in [
        ("&ValuesToAdd.AttributeValue.1=all", "explicit_deny"),
        ("&ValuesToAdd.AttributeValue.2=all", "explicit_deny"),
        ("&ValuesToAdd.AttributeValue.1=123456789012&ValuesToAdd.AttributeValue.7=all", "explicit_deny"),
        ("&ValuesToAdd.AttributeValue.1=123456789012", "allowed"),
        ("", "allowed"),
    ] {
        assert_eq!(outcome(&deny, &share(values), &setting), expected, "{values}");
    }
}

#[test]
fn a_compared_parameter_that_begins_or_ends_with_a_blank_is_refused() {
    let setting = Setting::default();
    let modify = |name: &str| format!("Action=ModifyDBInstance&DBInstanceIdentifier=a&NewDBInstanceIdentifier={name}");
    let deny = deny_if(r#"{"StringLike":{"guard:Param/NewDBInstanceIdentifier":"prod-*"}}"#);
    for (name, expected) in [
        ("prod-1", "explicit_deny"),
        ("+prod-1", "malformed"),
        ("prod-1+", "malformed"),
        ("%09prod-1", "malformed"),
        ("%C2%A0prod-1", "malformed"),
        ("dev-1", "allowed"),
    ] {
        assert_eq!(outcome(&deny, &modify(name), &setting), expected, "{name}");
    }
    // Parameters that no policy compares may have blanks.
    assert_eq!(
        outcome(&deny, "Action=CreateDBSnapshot&DBInstanceIdentifier=a&DBSnapshotIdentifier=b", &setting),
        "allowed"
    );
}

#[test]
fn an_arn_is_compared_as_the_name_in_it_too_and_a_number_in_one_spelling() {
    let setting = Setting::default();
    let by_name = deny_if(r#"{"StringEquals":{"guard:Param/SourceDBInstanceIdentifier":"prod"}}"#);
    let replica = |source: &str| {
        format!("Action=CreateDBInstanceReadReplica&DBInstanceIdentifier=a&SourceDBInstanceIdentifier={source}")
    };
    for (source, expected) in [
        ("prod", "explicit_deny"),
        ("arn:aws:rds:eu-west-1:123456789012:db:prod", "undetermined"),
        ("arn:aws:rds:eu-west-1:123456789012:db:dev", "allowed"),
        ("dev", "allowed"),
    ] {
        assert_eq!(outcome(&by_name, &replica(source), &setting), expected, "{source}");
    }
    let by_size = deny_if(r#"{"StringEquals":{"guard:Param/AllocatedStorage":"10"}}"#);
    for (size, expected) in [("10", "explicit_deny"), ("010", "explicit_deny"), ("11", "allowed")] {
        let modify = format!("Action=ModifyDBInstance&DBInstanceIdentifier=a&AllocatedStorage={size}");
        assert_eq!(outcome(&by_size, &modify, &setting), expected, "{size}");
    }
}

#[test]
fn a_statement_on_a_key_of_this_program_is_never_left_to_aws() {
    let setting = Setting { undetermined: Undetermined::Defer, ..Setting::default() };
    let by_name = deny_if(r#"{"StringEquals":{"guard:Param/SourceDBInstanceIdentifier":"prod"}}"#);
    let replica = "Action=CreateDBInstanceReadReplica&DBInstanceIdentifier=a&SourceDBInstanceIdentifier=\
                   arn:aws:rds:eu-west-1:123456789012:db:prod";
    assert_eq!(outcome(&by_name, replica, &setting), "undetermined");
    let by_tag = deny_if(r#"{"StringEquals":{"aws:ResourceTag/stage":"prod"}}"#);
    assert_eq!(outcome(&by_tag, DELETE, &setting), "allowed");
}

#[test]
fn the_source_address_is_absent_through_an_endpoint_and_not_known_on_a_public_way() {
    let policy = deny_if(r#"{"NotIpAddressIfExists":{"aws:SourceIp":"192.0.2.0/24"}}"#);
    assert_eq!(outcome(&policy, DELETE, &Setting::default()), "explicit_deny");
    let setting = Setting { public: true, ..Setting::default() };
    assert_eq!(outcome(&policy, DELETE, &setting), "undetermined");
    let setting =
        Setting { public: true, context: vec![("aws:SourceIp", values(&["192.0.2.7"]))], ..Setting::default() };
    assert_eq!(outcome(&policy, DELETE, &setting), "allowed");
}

#[test]
fn what_a_request_says_itself_is_not_overruled_by_the_configuration() {
    for (key, value, operator) in [
        ("aws:RequestedRegion", "us-east-1", "StringEquals"),
        ("aws:SecureTransport", "false", "Bool"),
        ("aws:PrincipalAccount", "999999999999", "StringEquals"),
        ("aws:ResourceAccount", "999999999999", "StringEquals"),
    ] {
        let setting = Setting { context: vec![(key, values(&[value]))], ..Setting::default() };
        let policy = allow_if(&format!(r#"{{"{operator}":{{"{key}":"{value}"}}}}"#));
        assert_eq!(outcome(&policy, DELETE, &setting), "implicit_deny", "{key}");
    }
}

#[test]
fn a_misspelt_key_of_this_program_is_an_error_wherever_it_stands() {
    let deny = |condition: &str, resource: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"{resource}",
                "Condition":{condition}}}}}"#
        );
        Policy::parse(&text, &Limits::default()).map(drop).map_err(|errors| errors.to_string())
    };
    for (key, part) in [
        ("guard:Params/SkipFinalSnapshot", "did you mean `guard:Param/SkipFinalSnapshot`?"),
        ("guard:SkipFinalSnapshot", "did you mean `guard:Param/SkipFinalSnapshot`?"),
        ("guard:Param/SkipFinalSnapShots", "did you mean `guard:Param/SkipFinalSnapshot`?"),
        ("guard:ResourceArn", "no condition key"),
        ("GUARD:resourcearn", "no condition key"),
        ("guard:Param/", "no action has this parameter"),
        ("guard:Param/NothingLikeIt", "guard:UnlistedParam/NAME"),
        ("guard:Param/MasterUserPassword", "is a secret"),
        ("guard:Param/masteruserpassword", "is a secret"),
        ("guard:Param/ValuesToAdd.AttributeValue.1", "`guard:Param/ValuesToAdd` is the whole list"),
        ("guard:Param/ValuesToAdd.member.1", "`guard:Param/ValuesToAdd` is the whole list"),
        ("guard:UnlistedParam/", "no condition key"),
    ] {
        for condition in [
            format!(r#"{{"StringEquals":{{"{key}":"a"}}}}"#),
            format!(r#"{{"Null":{{"{key}":"true"}}}}"#),
            format!(r#"{{"StringEquals":{{"aws:username":"${{{key}}}"}}}}"#),
        ] {
            let error = deny(&condition, "*").expect_err(&condition);
            assert!(error.contains(part), "{condition}: {error}");
        }
        let error =
            deny(r#"{"Null":{"aws:username":"true"}}"#, &format!("arn:aws:rds:*:*:db:${{{key}}}")).expect_err(key);
        assert!(error.contains(part), "{key}: {error}");
    }
    for key in
        ["guard:Param/SkipFinalSnapshot", "guard:param/valuestoadd", "guard:Param/Tags.Key", "guard:UnlistedParam/New"]
    {
        deny(&format!(r#"{{"Null":{{"{key}":"true"}}}}"#), "*").unwrap();
    }
}

#[test]
fn an_arn_of_an_unknown_type_escapes_no_deny_and_is_allowed_by_nothing_but_a_star() {
    let policy = |statements: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let on = |effect: &str, action: &str, resource: &str| {
        format!(r#"{{"Effect":"{effect}","Principal":"*","Action":"{action}","Resource":"{resource}"}}"#)
    };
    let name = "arn:aws:rds:eu-west-1:123456789012:new-type:orders";
    let call = &format!("Action=ListTagsForResource&ResourceName={name}");
    let narrow = "arn:aws:rds:eu-west-1:123456789012:db:prod-*";
    for (statements, expected) in [
        (OPEN.to_owned(), true),
        (on("Allow", "*", name), false),
        (on("Allow", "*", "arn:aws:rds:eu-west-1:123456789012:db:*"), false),
        (format!("{OPEN},{}", on("Deny", "rds:*", narrow)), false),
        (format!("{OPEN},{}", on("Deny", "rds:ListTagsForResource", narrow)), false),
        (format!("{OPEN},{}", on("Deny", "rds:DeleteDBInstance", narrow)), true),
        (format!("{OPEN},{}", on("Deny", "rds:*", "*")), false),
    ] {
        let judged = outcome(&policy(&statements), call, &Setting::default());
        assert_eq!(judged == "allowed", expected, "{judged} {statements}");
    }
}

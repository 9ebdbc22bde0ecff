//! Empty lists and the label `member`, for every list of every operation.

use super::*;
use crate::aws::rds::{OPERATIONS, Operation, Parameter, ParameterType, RuleType};

/// A list of an operation: its name with indexes of 1, the model's label, and its parameters.
struct List {
    name: String,
    label: &'static str,
    parameters: Vec<&'static Parameter>,
}

/// The lists of an operation, at every depth.
fn lists(operation: &'static Operation) -> Vec<List> {
    let mut lists: Vec<List> = Vec::new();
    for parameter in operation.parameters {
        for (at, _) in parameter.name.match_indices(".#") {
            let (path, label) = parameter.name.get(..at).unwrap().rsplit_once('.').unwrap();
            let name = path.replace('#', "1");
            match lists.iter_mut().find(|list| list.name == name) {
                Some(list) => list.parameters.push(parameter),
                None => lists.push(List { name, label, parameters: vec![parameter] }),
            }
        }
    }
    lists
}

/// A value that the type of a parameter accepts.
fn value(parameter: &Parameter, number: usize) -> String {
    match parameter.value_type {
        ParameterType::String | ParameterType::Timestamp => format!("v{number}"),
        ParameterType::Boolean => "true".to_owned(),
        ParameterType::Integer | ParameterType::Long | ParameterType::Double => number.to_string(),
    }
}

/// A call of an operation with its required parameters, except those that are lists.
pub(super) fn required(operation: &Operation) -> String {
    let mut body = format!("Action={}", operation.name);
    for name in operation.required {
        let Some(parameter) = operation.parameters.iter().find(|parameter| parameter.name == *name) else { continue };
        let of_any_type = operation.resources.iter().find_map(|rule| match &rule.resource_type {
            RuleType::AnyOf(types) if rule.named_by.iter().any(|named| named.parameter == *name) => types.first(),
            RuleType::One(_) | RuleType::AnyOf(_) | RuleType::Star | RuleType::StarIfNone => None,
        });
        let value = match of_any_type {
            Some(kind) => format!("arn:aws:rds:us-east-1:123456789012:{}:a", kind.prefix),
            None => value(parameter, 1),
        };
        body += &format!("&{name}={value}");
    }
    body
}

/// The elements 1 and 2 of a list with everything that they can contain, as names and values.
fn elements(list: &List) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for number in 1..=2_usize {
        for parameter in &list.parameters {
            let below = parameter.name.replace('#', "1");
            let element = format!("{}.{}.", list.name, list.label);
            let rest = below.strip_prefix(&element).unwrap().strip_prefix('1').unwrap();
            pairs.push((format!("{element}{number}{rest}"), value(parameter, number)));
        }
    }
    pairs
}

/// Everything that later stages read of a call.
fn meaning(call: &ApiCall) -> String {
    let ids = ResourceIds::default();
    let account = "123456789012".parse().ok();
    let resolution = call.resolve(&Scope { region: call.host().region(), account, resource_ids: &ids });
    let mut parameters: Vec<_> = call.parameters().map(|pair| format!("{pair:?}")).collect();
    parameters.sort();
    format!("{} {resolution:?} {:?} {parameters:?}", call.action().as_str(), call.unknown_parameters())
}

fn with(body: &str, pairs: &[(String, String)]) -> String {
    pairs.iter().fold(body.to_owned(), |body, (name, value)| format!("{body}&{name}={value}"))
}

fn each_list(mut check: impl FnMut(&'static Operation, &List)) -> usize {
    let mut count = 0;
    for operation in OPERATIONS.iter() {
        for list in lists(operation) {
            check(operation, &list);
            count += 1;
        }
    }
    count
}

/// A presigned GET of the same call.
fn presigned_get(body: &str) -> Result<ApiCall, Error> {
    let head =
        format!("GET /?{body}&Version=2014-10-31&X-Amz-Algorithm=a&X-Amz-Signature=s HTTP/1.1\r\nHost: h\r\n\r\n");
    api_call(http1::Request::parse(head.into()).unwrap(), &host(), &Settings::default())
}

#[test]
fn an_empty_list_is_the_list_absent_for_every_list_of_every_action() {
    let count = each_list(|operation, list| {
        let absent = required(operation);
        let expected = meaning(&call(&absent).unwrap_or_else(|error| panic!("{absent}: {error}")));
        for empty in [format!("{absent}&{}=", list.name), format!("{absent}&{}", list.name)] {
            let found = call(&empty).unwrap_or_else(|error| panic!("{empty}: {error}"));
            assert_eq!(meaning(&found), expected, "{empty}");
            assert_eq!(found.parameter(&list.name), None, "{empty}");
            let found = presigned_get(&empty).unwrap_or_else(|error| panic!("{empty}: {error}"));
            assert_eq!(meaning(&found), expected, "{empty}");
        }
    });
    assert!(count >= 230, "{count}");
}

#[test]
fn an_empty_list_with_elements_or_a_value_is_refused_for_every_list_of_every_action() {
    each_list(|operation, list| {
        let empty = format!("{}&{}=", required(operation), list.name);
        for element in elements(list) {
            let body = with(&empty, std::slice::from_ref(&element));
            let name = element.0.clone();
            assert_eq!(call(&body).unwrap_err(), Error::EmptyList { list: list.name.clone(), name }, "{body}");
        }
        let member = format!("{empty}&{}.member.1=x", list.name);
        assert!(call(&member).is_err(), "{member}");
        let new = format!("{empty}&{}.New=x", list.name);
        assert!(matches!(call(&new), Err(Error::EmptyList { .. })), "{new}");
        for value in ["x", "+", "0", "%20", "[]", "null", "true"] {
            let body = format!("{empty}{value}");
            assert!(matches!(call(&body), Err(Error::NearMiss { .. })), "{body}");
        }
        for name in [
            list.name.to_lowercase(),
            format!("{}.{}", list.name, list.label),
            format!("{}.member", list.name),
            format!("{}.1", list.name),
            format!("{}.", list.name),
        ] {
            let body = format!("{}&{name}=", required(operation));
            assert!(matches!(call(&body), Err(Error::NearMiss { .. })), "{body}");
        }
    });
}

#[test]
fn an_empty_list_inside_a_presigned_url_is_the_list_absent_there_too() {
    let inner = "Action=CopyDBSnapshot&Version=2014-10-31&SourceDBSnapshotIdentifier=s&TargetDBSnapshotIdentifier=t\
                 &DestinationRegion=us-east-1&X-Amz-Algorithm=a&X-Amz-Signature=s&Tags=";
    let url = |inner: &str| {
        let url = format!("https://rds.eu-west-1.amazonaws.com/?{inner}");
        url.replace('%', "%25").replace('&', "%26").replace('=', "%3D")
    };
    let around = "Action=CopyDBSnapshot&SourceDBSnapshotIdentifier=s&TargetDBSnapshotIdentifier=t&Tags=&PreSignedUrl=";
    let found = call(&format!("{around}{}", url(inner))).unwrap();
    let nested = found.presigned_url().unwrap();
    assert_eq!(nested.parameter("Tags"), None);
    assert!(nested.target().ends_with("&Tags="), "{}", nested.target());
    let both = format!("{around}{}", url(&format!("{inner}&Tags.Tag.1.Key=k")));
    assert!(matches!(call(&both), Err(Error::PresignedUrl { why: PresignedUrlFault::Parameters(_) })));
    let member = format!("{inner}&x").replace("Tags=", "Tags.member.1.Key=k");
    let found = call(&format!("{around}{}", url(&member))).unwrap();
    assert_eq!(found.presigned_url().unwrap().parameter("Tags.Tag.1.Key"), Some(Value::Plain("k")));
}

#[test]
fn a_list_under_the_label_member_is_the_list_under_the_models_label_for_every_list_of_every_action() {
    let mut renamed = 0;
    each_list(|operation, list| {
        if matches!(list.label, "member" | "entry") {
            return;
        }
        renamed += 1;
        let body = required(operation);
        let own = elements(list);
        let member: Vec<_> = own
            .iter()
            .map(|(name, value)| {
                let rest = name.strip_prefix(&format!("{}.{}", list.name, list.label)).unwrap();
                (format!("{}.member{rest}", list.name), value.clone())
            })
            .collect();
        let expected = meaning(&call(&with(&body, &own)).unwrap_or_else(|error| panic!("{}: {error}", list.name)));
        let spelled = with(&body, &member);
        let found = call(&spelled).unwrap_or_else(|error| panic!("{spelled}: {error}"));
        assert_eq!(meaning(&found), expected, "{spelled}");
        let found = presigned_get(&spelled).unwrap_or_else(|error| panic!("{spelled}: {error}"));
        assert_eq!(meaning(&found), expected, "{spelled}");
        let everywhere: Vec<_> = own.iter().map(|(name, value)| (all_member(operation, name), value.clone())).collect();
        let found = call(&with(&body, &everywhere)).unwrap_or_else(|error| panic!("{everywhere:?}: {error}"));
        assert_eq!(meaning(&found), expected, "{everywhere:?}");
        both_labels(&body, list, &own, &member);
    });
    assert!(renamed >= 180, "{renamed}");
}

/// A name of the model with `member` in place of each list's label.
fn all_member(operation: &'static Operation, name: &str) -> String {
    let mut name = name.to_owned();
    for list in lists(operation).iter().filter(|list| list.label != "entry") {
        // Indexes of the outer list are 1 or 2.
        for index in ["1", "2"] {
            let own = list.name.replacen(".1", &format!(".{index}"), 1);
            name = name.replace(&format!("{own}.{}.", list.label), &format!("{own}.member."));
            let member = own.replace("Filter.", "member.").replace("item.", "member.");
            let member = member.replace("OptionConfiguration.", "member.").replace("Parameter.", "member.");
            name = name.replace(&format!("{member}.{}.", list.label), &format!("{member}.member."));
        }
    }
    name
}

/// A list that uses both labels is refused, whatever elements each label has.
fn both_labels(body: &str, list: &List, own: &[(String, String)], member: &[(String, String)]) {
    for (own, member) in own.iter().zip(member) {
        let same = with(body, &[own.clone(), member.clone()]);
        assert!(matches!(call(&same), Err(Error::ListLabels { .. })), "{same}");
        let other = with(body, &[member.clone(), (own.0.replacen(".1", ".7", 1), own.1.clone())]);
        assert!(matches!(call(&other), Err(Error::ListLabels { .. } | Error::NearMiss { .. })), "{other}");
    }
    let further = format!("{}.{}.9.New", list.name, list.label);
    let new = with(body, &[member[0].clone(), (further, "x".to_owned())]);
    assert!(matches!(call(&new), Err(Error::ListLabels { .. })), "{new}");
    let unlabelled = with(body, &[member[0].clone(), (format!("{}.New", list.name), "x".to_owned())]);
    assert!(matches!(call(&unlabelled), Err(Error::ListLabels { .. })), "{unlabelled}");
}

#[test]
fn the_label_member_with_an_odd_index_or_a_wrong_shape_is_refused() {
    let describe = "Action=DescribeDBInstances";
    for name in [
        "Filters.member.0.Name",
        "Filters.member.01.Name",
        "Filters.member.x.Name",
        "Filters.member.-1.Name",
        "Filters.member.2147483648.Name",
        "Filters.member..Name",
        "Filters.member.Name",
        "Filters.member.1",
        "Filters.member",
        "Filters.Member.1.Name",
        "Filters.MEMBER.1.Name",
        "Filters.member.1.name",
        "Filters.member.1.Values.1",
        "Filters.member.1.Values.member",
        "Filters.member.1.Values.member.1.x",
        "Filters.member.1.Values.Member.1",
        "Filters.member.1.member.1.Values.Value.1",
        "filters.member.1.Name",
        "Filters.member[1].Name",
        "Marker.member.1",
        "MaxRecords.member.1",
    ] {
        let body = format!("{describe}&{name}=1");
        assert!(matches!(call(&body), Err(Error::NearMiss { .. })), "{name}: {:?}", call(&body));
    }
    for (action, name) in [
        ("CreateDBProxy&DBProxyName=p&EngineFamily=MYSQL&RoleArn=r", "VpcSecurityGroupIds.VpcSecurityGroupId.1"),
        ("ModifyDBCluster&DBClusterIdentifier=a", "ScalingConfiguration.member.1.MinCapacity"),
        ("ModifyDBCluster&DBClusterIdentifier=a", "DBClusterIdentifier.member.1"),
        ("CreateIntegration&SourceArn=s&TargetArn=t&IntegrationName=i", "AdditionalEncryptionContext.member.1.key"),
    ] {
        let body = format!("Action={action}&{name}=1");
        assert!(matches!(call(&body), Err(Error::NearMiss { .. })), "{body}: {:?}", call(&body));
    }
}

#[test]
fn the_wrong_shape_that_an_old_sdk_for_cpp_writes_stays_what_it_is_to_the_service() {
    // aws-sdk-cpp issue 3264: the service read the list and found no values in it.
    let found = call("Action=DescribeDBInstances&Filters.member.1.Name=db-cluster-id&Filters.member.1.Value.1=x");
    let found = found.unwrap();
    assert_eq!(found.parameter("Filters.Filter.1.Name"), Some(Value::Plain("db-cluster-id")));
    assert_eq!(found.unknown_parameters(), ["Filters.Filter.1.Value.1"]);
}

#[test]
fn a_refused_name_is_shown_as_it_was_sent() {
    let error = call("Action=DescribeDBInstances&Filters.member.1.name=x").unwrap_err();
    assert_eq!(error.parameter(), Some("Filters.member.1.name"));
}

#[test]
fn two_lists_of_one_request_may_have_different_labels() {
    let body = "Action=CreateDBInstance&DBInstanceIdentifier=a&DBInstanceClass=c&Engine=mysql&Tags.member.1.Key=a\
                &Tags.member.1.Value=b&TagSpecifications.item.1.Tags.Tag.1.Key=c\
                &VpcSecurityGroupIds.VpcSecurityGroupId.1=sg-1";
    let found = call(body).unwrap();
    assert_eq!(found.parameter("Tags.Tag.1.Key"), Some(Value::Plain("a")));
    assert_eq!(found.unknown_parameters(), [""; 0]);
}

#[test]
fn a_secret_under_the_label_member_is_a_secret() {
    let own = "OptionsToInclude.OptionConfiguration.1.OptionSettings.OptionSetting.1.Value";
    for name in [
        own,
        "OptionsToInclude.member.1.OptionSettings.member.1.Value",
        "OptionsToInclude.member.1.OptionSettings.OptionSetting.1.Value",
        "OptionsToInclude.OptionConfiguration.1.OptionSettings.member.1.Value",
    ] {
        let found = call(&format!("Action=ModifyOptionGroup&OptionGroupName=g&{name}=hunter2")).unwrap();
        assert!(found.parameter(own).unwrap().is_secret(), "{name}");
        for action in ["DeleteOptionGroup", "NewOptionGroup"] {
            let found = call(&format!("Action={action}&OptionGroupName=g&{name}=hunter2")).unwrap();
            assert!(found.parameters().any(|(_, value)| value.is_secret()), "{action} {name}");
            assert!(!format!("{:?}", found.parameters().collect::<Vec<_>>()).contains("hunter2"), "{action} {name}");
        }
    }
}

#[test]
fn a_recorded_call_with_the_label_member_is_remembered_as_any_other() {
    let remembered = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| ((*name).to_owned(), Some("v".to_owned()))).collect();
        let call = RememberedCall::new("AddTagsToResource", &names)?;
        let (host, ids) = (host(), ResourceIds::default());
        let scope = Scope { region: host.region(), account: None, resource_ids: &ids };
        Some(format!("{:?}", call.resolve(&scope)))
    };
    let own = remembered(&["Tags.Tag.1.Key", "Tags.Tag.1.Value"]).unwrap();
    assert!(own.contains("aws:RequestTag/v"), "{own}");
    assert_eq!(remembered(&["Tags.member.1.Key", "Tags.member.1.Value"]).unwrap(), own);
    assert!(remembered(&["Tags.member.1.Key", "Tags.Tag.1.Value"]).is_none());
}

#[test]
fn many_elements_under_the_label_member_cost_no_more_than_their_number() {
    let filters: String = (1..=2_400)
        .map(|n| format!("&Filters.member.{n}.Name=n&Filters.member.{n}.Values.member.1=v&Filters.member.{n}.New="))
        .collect();
    let started = std::time::Instant::now();
    let found = call(&format!("Action=DescribeDBInstances{filters}")).unwrap();
    assert_eq!(found.unknown_parameters().len(), 2_400);
    let empty: String = (1..=9_000).map(|n| format!("&Filters.Filter.{n}.Values=")).collect();
    assert_eq!(call(&format!("Action=DescribeDBInstances{empty}")).unwrap().parameters().count(), 0);
    // Quadratic work would take minutes here; the limit is generous, since this is an unoptimised build on a busy
    // machine.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

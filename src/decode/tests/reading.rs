//! The accessors of a decoded call.

use super::*;

#[test]
fn parameters_come_in_the_order_they_were_sent_without_action_and_version() {
    let call = call("Action=DeleteDBInstance&SkipFinalSnapshot=true&DBInstanceIdentifier=A+b").unwrap();
    let found: Vec<_> = call.parameters().map(|(name, value)| (name, value.plain())).collect();
    assert_eq!(found, [("SkipFinalSnapshot", Some("true")), ("DBInstanceIdentifier", Some("A b"))]);
}

#[test]
fn a_parameter_is_found_in_any_letter_case_and_a_list_by_its_base() {
    let body = "Action=ModifyDBSnapshotAttribute&DBSnapshotIdentifier=s&AttributeName=restore\
                &ValuesToAdd.AttributeValue.10=b&ValuesToAdd.AttributeValue.2=all";
    let call = call(body).unwrap();
    assert_eq!(call.parameter("attributename"), Some(Value::Plain("restore")));
    assert_eq!(call.parameter_list("valuestoadd"), [Value::Plain("all"), Value::Plain("b")]);
    assert_eq!(call.parameter_list("ValuesToRemove"), []);
    assert_eq!(call.parameter("ValuesToAdd"), None);
}

#[test]
fn the_nested_call_of_a_presigned_url_has_a_host_parameters_and_resources_of_its_own() {
    let source = "arn%3Aaws%3Ards%3Aeu-west-1%3A123456789012%3Asnapshot%3ASrc";
    let inner = format!(
        "Action=CopyDBSnapshot&Version=2014-10-31&SourceDBSnapshotIdentifier={source}&TargetDBSnapshotIdentifier=t\
         &DestinationRegion=us-east-1&X-Amz-Algorithm=a&X-Amz-Signature=s3cret"
    );
    let url = format!("https://rds.eu-west-1.amazonaws.com/?{inner}")
        .replace('%', "%25")
        .replace('&', "%26")
        .replace('=', "%3D");
    let body = format!(
        "Action=CopyDBSnapshot&SourceDBSnapshotIdentifier={source}&TargetDBSnapshotIdentifier=t&PreSignedUrl={url}"
    );
    let call = call(&body).unwrap();
    let nested = call.presigned_url().unwrap();
    assert_eq!((nested.host().name(), nested.action().as_str()), ("rds.eu-west-1.amazonaws.com", "rds:CopyDBSnapshot"));
    assert_eq!(nested.parameter("DestinationRegion"), Some(Value::Plain("us-east-1")));
    assert_eq!(
        nested.authentication_query().collect::<Vec<_>>(),
        [("X-Amz-Algorithm", "a"), ("X-Amz-Signature", "s3cret")]
    );
    let ids = ResourceIds::default();
    let resolution = nested.resolve(&Scope { region: nested.host().region(), account: None, resource_ids: &ids });
    let arns: Vec<_> = resolution.resources.iter().map(|resource| &*resource.arn).collect();
    assert_eq!(arns, ["arn:aws:rds:eu-west-1:123456789012:snapshot:src", "arn:aws:rds:eu-west-1:unknown:snapshot:t"]);
    assert!(!format!("{call:?} {nested:?}").contains("s3cret"));
}

#[test]
fn a_log_file_download_is_an_action_on_its_instance() {
    let head = "GET /v13/downloadCompleteLogFile/Orders/error/mysql.log?X-Amz-Signature=s HTTP/1.1\r\nHost: h\r\n\r\n";
    let request = http1::Request::parse(head.into()).unwrap();
    let call = api_call(request, &host(), &Settings::default()).unwrap();
    assert_eq!(call.action().as_str(), "rds:DownloadCompleteDBLogFile");
    assert_eq!(call.parameter("LogFileName"), Some(Value::Plain("error/mysql.log")));
    assert_eq!(call.authentication_query().collect::<Vec<_>>(), [("X-Amz-Signature", "s")]);
    assert!(call.is_known_action());
}

#[test]
fn a_tag_with_two_values_in_two_lists_is_not_known_and_its_key_is() {
    let body = "Action=CreateDBInstance&DBInstanceIdentifier=a&DBInstanceClass=c&Engine=mysql&Tags.Tag.2.Key=b\
                &Tags.Tag.1.Key=k&Tags.Tag.1.Value=own&TagSpecifications.item.1.Tags.Tag.1.Key=k\
                &TagSpecifications.item.1.Tags.Tag.1.Value=backup";
    let call = call(body).unwrap();
    let ids = ResourceIds::default();
    let resolution = call.resolve(&Scope { region: call.host().region(), account: None, resource_ids: &ids });
    let values = |name: &str| resolution.keys.iter().find(|key| key.name() == name).map(|key| key.values().to_vec());
    assert_eq!(values("aws:RequestTag/k"), None);
    assert!(resolution.unknown_keys.iter().any(|key| key == "aws:RequestTag/k"));
    assert_eq!(values("aws:RequestTag/b").unwrap(), [""]);
    assert_eq!(values("aws:TagKeys").unwrap(), ["k", "b"]);
}

#[test]
fn a_blank_identifier_is_not_a_missing_one() {
    let blank =
        |body: &str, name| assert_eq!(call(body).unwrap_err(), Error::ParameterMissing { name, blank: true }, "{body}");
    blank("Action=DeleteDBInstance&DBInstanceIdentifier=", "DBInstanceIdentifier");
    blank("Action=DeleteDBInstance&DBInstanceIdentifier", "DBInstanceIdentifier");
    let missing = call("Action=DeleteDBInstance").unwrap_err();
    assert_eq!(missing, Error::ParameterMissing { name: "DBInstanceIdentifier", blank: false });
}

#[test]
fn every_identifier_that_an_action_needs_is_blank_where_it_is_empty_and_missing_where_it_is_absent() {
    use crate::aws::rds::{Absent, OPERATIONS};
    let (mut count, mut missing) = (0, 0);
    for operation in OPERATIONS.iter() {
        let body = lists::required(operation);
        let needed = operation.resources.iter().filter(|rule| rule.absent == Absent::Error);
        for name in needed.flat_map(|rule| rule.named_by).filter(|named| named.required).map(|named| named.parameter) {
            let is_it = |pair: &&str| pair.split('=').next() == Some(name);
            let without: Vec<&str> = body.split('&').filter(|pair| !is_it(pair)).collect();
            let without = without.join("&");
            let blank = call(&format!("{without}&{name}=")).unwrap_err();
            assert_eq!(blank, Error::ParameterMissing { name, blank: true }, "{body}");
            // If the action names another resource of the type, that one is judged, and the service reports what is
            // missing.
            if let Err(error) = call(&without) {
                assert_eq!(error, Error::ParameterMissing { name, blank: false }, "{body}");
                missing += 1;
            }
            count += 1;
        }
    }
    assert!(count >= 100 && missing >= 90, "{count} {missing}");
}

#[test]
fn every_number_is_taken_up_to_the_size_of_its_type() {
    use crate::aws::rds::{OPERATIONS, ParameterType};
    let mut count = 0;
    for operation in OPERATIONS.iter() {
        for parameter in operation.parameters {
            let (bits, most, least, beyond) = match parameter.value_type {
                ParameterType::Integer => (32, "2147483647", "-2147483648", "2147483648"),
                ParameterType::Long => (64, "9223372036854775807", "-9223372036854775808", "9223372036854775808"),
                ParameterType::String | ParameterType::Boolean | ParameterType::Double | ParameterType::Timestamp => {
                    continue;
                }
            };
            let name = parameter.name.replace('#', "1");
            let found = |value: &str| call(&format!("Action={}&{name}={value}", operation.name)).err();
            let number = |error: Option<Error>| error.filter(|error| matches!(error, Error::Number { .. }));
            for value in [most, least, "0", "-0", "007"] {
                assert_eq!(number(found(value)), None, "{name}={value}");
            }
            for value in [beyond, "-9223372036854775809", "99999999999999999999"] {
                assert_eq!(
                    number(found(value)),
                    Some(Error::Number { name: name.clone(), bits: Some(bits) }),
                    "{name}={value}"
                );
            }
            for value in ["%2B5", "5.0", "1e3", "0x10", "5+", "-", "--5", "%D9%A5"] {
                assert_eq!(
                    number(found(value)),
                    Some(Error::Number { name: name.clone(), bits: None }),
                    "{name}={value}"
                );
            }
            count += 1;
        }
    }
    assert!(count >= 100, "{count}");
}

#[test]
fn the_destination_region_that_the_sdk_for_php_repeats_in_the_body_is_known_where_it_is_true() {
    let body = "Action=CopyDBSnapshot&SourceDBSnapshotIdentifier=s&TargetDBSnapshotIdentifier=t&DestinationRegion=";
    assert_eq!(call(&format!("{body}us-east-1")).unwrap().unknown_parameters(), [""; 0]);
    assert_eq!(call(&format!("{body}eu-west-1")).unwrap().unknown_parameters(), ["DestinationRegion"]);
    let other = "Action=DeleteDBInstance&DBInstanceIdentifier=a&DestinationRegion=us-east-1";
    assert_eq!(call(other).unwrap().unknown_parameters(), ["DestinationRegion"]);
}

//! What callers of the decoder read from a call.

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
fn the_same_tag_in_two_lists_is_judged_by_the_resources_own() {
    let body = "Action=CreateDBInstance&DBInstanceIdentifier=a&DBInstanceClass=c&Engine=mysql&Tags.Tag.2.Key=b\
                &Tags.Tag.1.Key=k&Tags.Tag.1.Value=own&TagSpecifications.item.1.Tags.Tag.1.Key=k\
                &TagSpecifications.item.1.Tags.Tag.1.Value=backup";
    let call = call(body).unwrap();
    let ids = ResourceIds::default();
    let resolution = call.resolve(&Scope { region: call.host().region(), account: None, resource_ids: &ids });
    let values = |name: &str| resolution.keys.iter().find(|key| key.name() == name).map(|key| key.values().to_vec());
    assert_eq!(values("aws:RequestTag/k").unwrap(), ["own"]);
    assert_eq!(values("aws:RequestTag/b").unwrap(), [""]);
    assert_eq!(values("aws:TagKeys").unwrap(), ["k", "b"]);
}

//! What the record can say about requests that cannot be read unambiguously.

use super::*;

fn refused(request: &str) -> Box<Refused> {
    let request = http1::Request::parse(request.to_owned().into()).unwrap();
    api_call_or_refused(request, &host(), &Settings::default()).unwrap_err()
}

fn action_of_body(body: &str) -> Option<String> {
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
    let refused = refused(&format!("{head}{}\r\n\r\n{body}", body.len()));
    refused.action().map(|action| action.to_string())
}

#[test]
fn the_action_of_a_malformed_call_is_told_where_it_names_one() {
    let delete = Some("rds:DeleteDBInstance".to_owned());
    let version = "&Version=2014-10-31";
    for rest in ["", "&DBInstanceIdentifier=a&DBInstanceIdentifier=b", "&x=%zz", "&Tags=x", "&%00=1", "&=1", "&a=%ff"] {
        assert_eq!(action_of_body(&format!("Action=DeleteDBInstance{rest}{version}")), delete, "{rest}");
    }
    assert_eq!(action_of_body("Action=DeleteDBInstance&DBInstanceIdentifier=a"), delete, "without a version");
    assert_eq!(action_of_body("Action=ShrinkDBInstance&a=%zz"), Some("rds:ShrinkDBInstance".to_owned()));
    for body in [
        "Version=2014-10-31",
        "Action=&Version=2014-10-31",
        "Action&Version=2014-10-31",
        "Action=deletedbinstance&Version=2014-10-31",
        "Action=9&Version=2014-10-31",
        "Action=a+b&Version=2014-10-31",
        "Action=DeleteDBInstance&Action=DescribeDBInstances",
        "Action=DeleteDBInstance&%41ction=DescribeDBInstances",
        "Action=DeleteDBInstance%zz",
        "action=DeleteDBInstance",
    ] {
        assert_eq!(action_of_body(body), None, "{body}");
    }
}

#[test]
fn an_action_in_query_and_body_is_two() {
    let head = "HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
    let body = "Action=DeleteDBInstance";
    let of = |query: &str| refused(&format!("POST /?{query} {head}{}\r\n\r\n{body}", body.len())).action();
    assert_eq!(of("Action=DeleteDBInstance"), None);
    assert_eq!(of("Version=2014-10-31").unwrap().to_string(), "rds:DeleteDBInstance");
}

#[test]
fn a_log_file_download_with_an_odd_path_is_one_all_the_same() {
    let refused = refused("GET /v13/downloadCompleteLogFile/a/../b HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(refused.action().unwrap().to_string(), "rds:DownloadCompleteDBLogFile");
}

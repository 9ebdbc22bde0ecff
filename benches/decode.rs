//! The cost of reading a request: its head, the Query protocol, the resources and condition values.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark that cannot be set up fails by panicking"
)]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use rds_guard::{
    aws::{
        AccountId,
        endpoint::{RdsHost, Recognised, recognise},
    },
    decode::{self, ResourceIds, Scope, Settings},
    http1::Request,
};

fn host() -> RdsHost {
    match recognise("rds.us-east-1.amazonaws.com") {
        Recognised::Rds(host) => host,
        Recognised::Lookalike | Recognised::Other => unreachable!("a name of the RDS API"),
    }
}

/// A request as boto3 1.43 sends it.
fn captured(body: &str) -> Bytes {
    format!(
        "POST / HTTP/1.1\r\nHost: rds.us-east-1.amazonaws.com\r\nAccept-Encoding: identity\r\nContent-Type: \
         application/x-www-form-urlencoded; charset=utf-8\r\nUser-Agent: Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 \
         os/linux lang/python#3.11.7\r\nX-Amz-Date: 20261123T225104Z\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/rds/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, \
         Signature=7d3a39d38efcf6d4cf303ef79064e195b16dd7853c729164f821fae84e02dee0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into()
}

fn bench(criterion: &mut Criterion) {
    let account: AccountId = "123456789012".parse().expect("an account");
    let (host, settings, ids) = (host(), Settings::default(), ResourceIds::default());
    let scope = Scope { region: host.region(), account: Some(account), resource_ids: &ids };
    let create = "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=TestDB-1&DBInstanceClass=db.t3.micro&\
                  Engine=mysql&MultiAZ=true&AllocatedStorage=20&MasterUsername=admin&MasterUserPassword=secret%2Fword&\
                  Tags.Tag.1.Key=stage&Tags.Tag.1.Value=prod&Tags.Tag.2.Key=owner&Tags.Tag.2.Value=team+blue";
    for (name, body) in
        [("describe", "Action=DescribeDBInstances&Version=2014-10-31&DBInstanceIdentifier=orders"), ("create", create)]
    {
        let bytes = captured(body);
        criterion.bench_function(&format!("decode/head/{name}"), |bencher| {
            bencher.iter(|| Request::parse(black_box(bytes.clone())).expect("a request"));
        });
        let request = Request::parse(bytes).expect("a request");
        criterion.bench_function(&format!("decode/call/{name}"), |bencher| {
            bencher.iter(|| decode::api_call(black_box(request.clone()), &host, &settings).expect("a call"));
        });
        let call = decode::api_call(request, &host, &settings).expect("a call");
        criterion.bench_function(&format!("decode/resolve/{name}"), |bencher| {
            bencher.iter(|| black_box(&call).resolve(&scope).resources.len());
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);

#!/usr/bin/env python3
"""Writes the corpus of hostile requests beside this file: `python3 tests/data/hostile/generate.py`.

Each line is a request as it stands on the wire, with the one answer that is right:
  {"id", "note", "request": [part, ...], "expect": {"accept": {"action", "resources", "unknown"}} or {"refuse": "ROOM:Variant"}}
A part is a text, whose characters U+0000 to U+00FF are bytes, or {"repeat": text, "times": n}.
The rooms are http1 and decode; the variants are those of their error types. `tests/it/decode_hostile.rs` runs them all.
"""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "rds.us-east-1.amazonaws.com"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
ARN = "arn:aws:rds:us-east-1:123456789012:"
V = "Version=2014-10-31"
LIST = "Action=DescribeDBInstances&" + V
CREATE = "Action=CreateDBInstance&" + V + "&DBInstanceIdentifier=a&DBInstanceClass=db.t3.micro&Engine=mysql"
CREATED = [ARN + "db:a", ARN + "og:default:mysql*", ARN + "pg:default.mysql*", ARN + "subgrp:default"]
UNTAG = "Action=RemoveTagsFromResource&" + V + "&ResourceName=" + ARN + "db:a"
TAG = "Action=AddTagsToResource&" + V + "&ResourceName=" + ARN + "db:a"
ALL = [ARN + "db:*"]


def length(parts):
    return sum(len(p) if isinstance(p, str) else len(p["repeat"]) * p["times"] for p in parts)


def post(body, kind=FORM, head="", target="/", method="POST", size=None):
    body = body if isinstance(body, list) else [body]
    kind = "" if kind is None else "Content-Type: %s\r\n" % kind
    size = length(body) if size is None else size
    first = "%s %s HTTP/1.1\r\nHost: %s\r\n%s%sContent-Length: %s\r\n\r\n" % (method, target, HOST, kind, head, size)
    return [first] + body


def get(target, head=""):
    return ["GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (target, HOST, head)]


def accept(action, resources, unknown=()):
    return {"accept": {"action": "rds:" + action, "resources": sorted(resources), "unknown": list(unknown)}}


def refuse(kind):
    return {"refuse": kind if ":" in kind else "decode:" + kind}


def write(name, cases):
    with open(os.path.join(HERE, name + ".jsonl"), "w") as out:
        for nth, (note, request, expect) in enumerate(cases, 1):
            line = {"id": "%s-%03d" % (name, nth), "note": note, "request": request, "expect": expect}
            out.write(json.dumps(line) + "\n")
    return len(cases)


def duplicates():
    id1, id2 = "&DBInstanceIdentifier=allowed", "&DBInstanceIdentifier=forbidden"
    dup = refuse("Duplicate")
    cases = [
        ("the identifier twice", post(LIST + id1 + id2), dup),
        ("the identifier twice, equal", post(LIST + id1 + id1), dup),
        ("the identifier twice, the first empty", post(LIST + "&DBInstanceIdentifier=" + id2), dup),
        ("the identifier twice, the first without =", post(LIST + "&DBInstanceIdentifier" + id2), dup),
        ("the action twice", post(LIST + "&Action=DeleteDBInstance"), dup),
        ("the action twice, the first escaped", post("%41ction=DescribeDBInstances&" + V + "&Action=DeleteDBInstance"), dup),
        ("the action twice, the second escaped", post(LIST + "&%41%63%74%69%6f%6e=DeleteDBInstance"), dup),
        ("the version twice", post(LIST + "&" + V), dup),
        ("the version twice, another one", post(LIST + "&Version=2014-09-01"), dup),
        ("the identifier twice, one name escaped", post(LIST + id1 + "&%44BInstanceIdentifier=prod"), dup),
        ("the identifier twice in a query", get("/?" + LIST + id1 + id2), dup),
        ("a list member twice", post(UNTAG + "&TagKeys.member.1=x&TagKeys.member.1=y"), dup),
        ("a tag's value twice", post(TAG + "&Tags.Tag.1.Key=k&Tags.Tag.1.Value=v&Tags.Tag.1.Value=w"), dup),
        ("an unknown parameter twice", post(LIST + "&NewKnob=1&NewKnob=2"), dup),
        ("an unknown parameter twice but for letter case", post(LIST + "&NewKnob=1&newknob=2"), dup),
        ("a tag key twice", post(TAG + "&Tags.Tag.1.Key=k&Tags.Tag.1.Value=a&Tags.Tag.2.Key=k&Tags.Tag.2.Value=b"), refuse("DuplicateTagKey")),
        ("a tag key twice, far apart", post(TAG + "&Tags.Tag.9.Key=k&Tags.Tag.1.Key=z&Tags.Tag.2.Key=k"), refuse("DuplicateTagKey")),
        ("a key to untag twice", post(UNTAG + "&TagKeys.member.1=x&TagKeys.member.2=x"), refuse("DuplicateTagKey")),
        ("a tag key in two letter cases is two tags", post(TAG + "&Tags.Tag.1.Key=k&Tags.Tag.2.Key=K"), accept("AddTagsToResource", [ARN + "db:a"])),
    ]
    return write("duplicates", cases)


def places():
    both = refuse("QueryAndBody")
    cases = [
        ("parameters in query and body", post(LIST, target="/?DBInstanceIdentifier=prod"), both),
        ("the action in query and body", post(LIST, target="/?Action=DeleteDBInstance"), both),
        ("the action in the query only, the rest in the body", post(V + "&DBInstanceIdentifier=a", target="/?Action=DeleteDBInstance"), both),
        ("the same parameters in both", post(LIST, target="/?" + LIST), both),
        ("a GET with a body", post(LIST, method="GET"), both),
        ("a GET with parameters in the query and a body", post("x=1", method="GET", target="/?" + LIST), both),
        ("a GET with a query", get("/?" + LIST), accept("DescribeDBInstances", ALL)),
        ("a POST with a query and an empty body", post("", target="/?" + LIST), accept("DescribeDBInstances", ALL)),
        ("a POST with a query, without Content-Type", post("", kind=None, target="/?" + LIST), accept("DescribeDBInstances", ALL)),
        ("an empty query and a body", post(LIST, target="/?"), accept("DescribeDBInstances", ALL)),
        ("a query of ampersands and a body", post(LIST, target="/?&&"), accept("DescribeDBInstances", ALL)),
        ("nothing at all", post(""), refuse("ActionMissing")),
        ("a GET without a query", get("/"), refuse("ActionMissing")),
        ("a fragment in the target", get("/?" + LIST + "#&DBInstanceIdentifier=prod"), refuse("http1:Target")),
        ("a second question mark is a character", get("/?" + LIST + "&DBInstanceIdentifier=a?b"), refuse("ValueCharacter")),
        ("parameters after # in a body", post(LIST + "#&DBInstanceIdentifier=prod"), refuse("Version")),
        ("# in a value", post(LIST + "&DBInstanceIdentifier=prod#x"), accept("DescribeDBInstances", [ARN + "db:prod#x"])),
        ("another path", post(LIST, target="/v1"), refuse("Path")),
        ("two slashes", post(LIST, target="//"), refuse("Path")),
        ("a dot segment", post(LIST, target="/./"), refuse("Path")),
        ("an escaped slash", post(LIST, target="/%2f"), refuse("Path")),
        ("a path parameter", post(LIST, target="/;Action=DeleteDBInstance"), refuse("Path")),
        ("an absolute target", post(LIST, target="https://rds.eu-west-1.amazonaws.com/"), refuse("http1:Target")),
        ("an asterisk as target", post(LIST, target="*"), refuse("http1:Target")),
        ("X-Amz-Signature in a body", post(LIST + "&X-Amz-Signature=a"), refuse("AuthenticationParameter")),
        ("X-Amz-Security-Token in a body", post(LIST + "&X-Amz-Security-Token=a"), refuse("AuthenticationParameter")),
        ("x-amz-date in a body, lower case", post(LIST + "&x-amz-date=a"), refuse("AuthenticationParameter")),
        ("X-Amz-Target in a body", post(LIST + "&X-Amz-Target=RDS.DeleteDBInstance"), refuse("AuthenticationParameter")),
        ("X-Amz-Date alone in a query", get("/?" + LIST + "&X-Amz-Date=20260102T030405Z"), refuse("AuthenticationParameter")),
        ("a session token alone in a query", get("/?" + LIST + "&X-Amz-Security-Token=t"), refuse("AuthenticationParameter")),
        ("an unknown X-Amz parameter in a presigned query", get("/?" + LIST + "&X-Amz-Signature=a&X-Amz-Action=DeleteDBInstance"), refuse("AuthenticationParameter")),
        ("a presigned parameter in lower case", get("/?" + LIST + "&X-Amz-Algorithm=a&x-amz-signature=b"), refuse("AuthenticationParameter")),
        ("a presigned parameter twice", get("/?" + LIST + "&X-Amz-Signature=a&X-Amz-Signature=b"), refuse("Duplicate")),
        ("a presigned query", get("/?" + LIST + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=c&X-Amz-Date=d&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=s"), accept("DescribeDBInstances", ALL)),
        ("a presigned query and parameters in the body", post(LIST, target="/?X-Amz-Algorithm=a&X-Amz-Signature=s"), accept("DescribeDBInstances", ALL)),
        ("DestinationRegion in a presigned query is known", get("/?" + LIST + "&DestinationRegion=eu-west-1&X-Amz-Signature=s"), accept("DescribeDBInstances", ALL)),
        ("DestinationRegion elsewhere is not", post(LIST + "&DestinationRegion=eu-west-1"), accept("DescribeDBInstances", ALL, ["DestinationRegion"])),
        ("destinationregion in a presigned query", get("/?" + LIST + "&destinationregion=eu-west-1&X-Amz-Signature=s"), refuse("NearMiss")),
    ]
    for method in ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "post", "Get", "DELETEDBINSTANCE"]:
        cases.append(("the method " + method, post(LIST, method=method), refuse("Method")))
    return write("places", cases)


def actions():
    case = refuse("ActionCase")
    cases = [
        ("an action in lower case", post("Action=describedbinstances&" + V), case),
        ("an action in upper case", post("Action=DELETEDBINSTANCE&" + V), case),
        ("an action of the reference only in another case", post("Action=describerecommendations&" + V), case),
        ("an action that the table lacks", post("Action=DescribeDBThings&" + V), accept("DescribeDBThings", ["*"])),
        ("an action that the table lacks, with parameters", post("Action=DeleteDBThing&" + V + "&DBInstanceIdentifier=prod"), accept("DeleteDBThing", ["*"], ["DBInstanceIdentifier"])),
        ("the log file download is no Query action", post("Action=DownloadCompleteDBLogFile&" + V + "&DBInstanceIdentifier=a"), accept("DownloadCompleteDBLogFile", ["*"], ["DBInstanceIdentifier"])),
        ("an action escaped byte by byte", post("Action=%44%65%73%63%72%69%62%65%44%42%49%6e%73%74%61%6e%63%65%73&" + V), accept("DescribeDBInstances", ALL)),
        ("no action", post(V), refuse("ActionMissing")),
        ("an empty action", post("Action=&" + V), refuse("ActionMissing")),
        ("an action without =", post("Action&" + V), refuse("ActionMissing")),
        ("no version", post("Action=DescribeDBInstances"), refuse("VersionMissing")),
        ("an empty version", post("Action=DescribeDBInstances&Version="), refuse("VersionMissing")),
        ("a semicolon as separator", post(LIST + ";DBInstanceIdentifier=prod"), refuse("Version")),
        ("a semicolon after the action", post("Action=DescribeDBInstances;" + V), refuse("ActionMalformed")),
        ("a name of 128 characters", post("Action=" + "A" * 128 + "&" + V), accept("A" * 128, ["*"])),
        ("a name of 129 characters", post("Action=" + "A" * 129 + "&" + V), refuse("ActionMalformed")),
    ]
    for odd in ["rds:DescribeDBInstances", "RDS.DescribeDBInstances", "RDSv19%23DescribeDBInstances", "1DescribeDBInstances",
                "Describe-DBInstances", "DescribeDBInstances%20", "+DescribeDBInstances", "DescribeDBInstances%00",
                "DescribeDBInstances%0a", "DescribeDBInstances%0d%0aX: y", "%2544escribeDBInstances", "Describe*", "*",
                "DescribeDBInstances/", "DescribeDBInstances%26Action=x", "DescribeDBInstances,DeleteDBInstance",
                "Describ%C3%A9DBInstances", "%EF%BB%BFDescribeDBInstances", "DescribeDBIn%C5%BFtances", "${Action}", "%24%7Bx%7D"]:
        cases.append(("an action such as " + odd, post("Action=" + odd + "&" + V), refuse("ActionMalformed")))
    for version in ["2014-09-01", "2013-09-09", "2013-02-12", "2012-09-17", "2014-10-31%20", "+2014-10-31", "2014-10-31%00", "2014-10-3", "latest", "2014%2d10%2d31x"]:
        cases.append(("the version " + version, post("Action=DescribeDBInstances&Version=" + version), refuse("Version")))
    for name in ["action", "ACTION", "Action%5B%5D", "Action[]", "Action[0]", "Action.1", "Action.member.1", "+Action", "Action+", "Action.", ".Action", "%EF%BB%BFAction"]:
        kind = "NameCharacter" if "%EF" in name else "NearMiss"
        cases.append(("%s for Action" % name, post(name + "=DescribeDBInstances&" + V), refuse(kind)))
        cases.append(("%s beside Action" % name, post(LIST + "&" + name + "=DeleteDBInstance"), refuse(kind)))
    for name in ["version", "VERSION", "Version[]", "Version.1", "Version+"]:
        cases.append(("%s beside Version" % name, post(LIST + "&" + name + "=2014-09-01"), refuse("NearMiss")))
    for name in ["Action%00", "Action%0a", "%00Action", "A%00ction", "Action%7f", "%2541ction", "Act%C4%B1on", "%C0%80"]:
        kind = "Utf8" if name == "%C0%80" else "NameCharacter"
        cases.append(("%s beside Action" % name, post(LIST + "&" + name + "=DeleteDBInstance"), refuse(kind)))
    return write("actions", cases)


def names():
    near = refuse("NearMiss")
    cases = []
    for name in ["dbinstanceidentifier", "DBINSTANCEIDENTIFIER", "DbInstanceIdentifier", "DBInstanceIdentifier.1", "DBInstanceIdentifier.0",
                 "DBInstanceIdentifier.member.1", "DBInstanceIdentifier.member", "DBInstanceIdentifier[]", "DBInstanceIdentifier%5B0%5D",
                 "DBInstanceIdentifier.Value", "DBInstanceIdentifier.", "+DBInstanceIdentifier", "DBInstanceIdentifier+", "DBInstance-Identifier.1"]:
        expect = accept("DescribeDBInstances", ALL, [name]) if name.startswith("DBInstance-") else near
        cases.append(("the identifier as " + name, post(LIST + "&" + name + "=prod"), expect))
    for name in ["Filters.1.Name", "Filters.member.1.Name", "Filters.Filter.1.name", "Filters.Filter.01.Name", "Filters.Filter.0.Name",
                 "Filters.Filter.+1.Name", "Filters.Filter.%2B1.Name", "Filters.Filter.1e9.Name", "Filters.Filter.0x1.Name", "Filters.Filter.-1.Name",
                 "Filters.Filter.1.1.Name", "Filters.Filter.Name", "Filters.Filter", "Filters", "Filters.Filter.1", "Filters.Filter.1.Values.1",
                 "Filters.Filter.1.Values", "Filters.Filter.1.Values.member.1", "Filters.Filter.1.Values.Value.1.1", "Filters.Filter.1.Values.Value.01",
                 "Filters.Filter.4294967297.Name", "Filters.Filter.2147483648.Name", "Filters.Filter.99999999999999999999.Name", "Filters[1].Name",
                 "Filters.Filter[1].Name", "filters.filter.1.name", "Filters.item.1.Name", "Filters.Filter.1.Name.1", "Filters.Filter.%23.Name", "Filters.Filter.#.Name", "Filters.Filter.1.Values.Value.%23", "Filters.Filter.%D9%A1.Name"]:
        expect = refuse("NameCharacter") if "%D9" in name else near
        if ".member." in name:
            # The Query protocol's own label is the model's at the place of a list.
            expect = accept("DescribeDBInstances", ALL)
        cases.append(("a filter as " + name, post(LIST + "&" + name + "=x"), expect))
    for name in ["Tags.member.1.Key", "Tags.1.Key", "Tags.tag.1.Key", "Tags.Tag.1.key", "Tags.Tag.01.Key", "Tags.Tag.0.Key", "Tags.Tag.1e0.Key",
                 "Tags.Tag.Key", "Tags.Tag.1", "Tags", "tags.Tag.1.Key", "Tags.Tags.1.Key", "Tags.item.1.Key", "Tags.Tag.1.Key.1", "Tags.entry.1.key",
                 "TagSpecifications.member.1.Tags.Tag.1.Key", "TagSpecifications.item.1.Tags.1.Key", "TagSpecifications.item.1.Tags.member.1.Key",
                 "TagSpecifications.1.Tags.Tag.1.Key", "TagSpecifications.item.1.Tags.Tag.00.Key"]:
        expect = accept("CreateDBInstance", CREATED) if ".member." in name or name.startswith("TagSpecifications.member") else near
        cases.append(("a tag as " + name, post(CREATE + "&" + name + "=k"), expect))
    for name in ["TagKeys.1", "TagKeys.Tag.1", "TagKeys.TagKey.1", "TagKeys.member.0", "TagKeys.member.01", "TagKeys.member.1e9", "TagKeys.member", "TagKeys", "tagkeys.member.1", "TagKeys.Member.1"]:
        cases.append(("a key to untag as " + name, post(UNTAG + "&" + name + "=k"), near))
    for name in ["DBSecurityGroups.member.1", "DBSecurityGroups.1", "DBSecurityGroups.DBSecurityGroup.1", "DBSecurityGroups", "DBSecurityGroups.DBSecurityGroupName.001",
                 "VpcSecurityGroupIds.member.1", "MasterUserPassword.1", "masteruserpassword", "MASTERUSERPASSWORD", "ProcessorFeatures.member.1.Name"]:
        expect = near
        if ".member." in name:
            expect = accept("CreateDBInstance", CREATED + [ARN + "secgrp:x"] if name.startswith("DBSecurity") else CREATED)
        cases.append(("a group or password as " + name, post(CREATE + "&" + name + "=x"), expect))
    # One list has one label in one request, and an empty list has no elements.
    labels, empty = refuse("ListLabels"), refuse("EmptyList")
    for one, other in [("Tags.member.1.Key", "Tags.Tag.1.Key"), ("Tags.member.1.Key", "Tags.Tag.2.Key"), ("Tags.Tag.1.Key", "Tags.member.1.Value"),
                       ("Tags.member.1.Key", "Tags.Tag.1.New"), ("Tags.member.1.Key", "Tags.New"), ("Tags.Tag.1.Key", "Tags.member.x.New"),
                       ("TagSpecifications.member.1.ResourceType", "TagSpecifications.item.1.Tags.Tag.1.Key"),
                       ("TagSpecifications.item.1.Tags.member.1.Key", "TagSpecifications.item.2.Tags.Tag.1.Key"),
                       ("VpcSecurityGroupIds.member.1", "VpcSecurityGroupIds.VpcSecurityGroupId.2")]:
        cases.append(("a list as %s and %s" % (one, other), post(CREATE + "&%s=x&%s=y" % (one, other)), labels))
    for name in ["Tags", "TagSpecifications", "VpcSecurityGroupIds", "DBSecurityGroups", "EnableCloudwatchLogsExports", "TagSpecifications.item.1.Tags", "TagSpecifications.member.1.Tags"]:
        cases.append(("an empty list: " + name, post(CREATE + "&" + name + "="), accept("CreateDBInstance", CREATED)))
        cases.append(("an empty list without an equals sign: " + name, post(CREATE + "&" + name), accept("CreateDBInstance", CREATED)))
        cases.append(("an empty list with something under it: " + name, post(CREATE + "&%s=&%s.New=1" % (name, name)), empty))
    for name in ["Tags.Tag", "Tags.Tag.1", "Tags.member", "Tags.", "tags", "Tags.1", "Engine.Tags", "Tags.Tag.1.Key.1", "ProcessorFeatures.ProcessorFeature"]:
        cases.append(("no empty list: " + name, post(CREATE + "&" + name + "="), near))
    for name in ["NewKnob", "New.Knob.1", "DBInstanceIdentifiers", "XDBInstanceIdentifier", "DBInstanceIdentifierX", "Filters2", "Actions", "Versions",
                 "foo%5B%5D", "foo%20bar", "Filters.Filter.1.Negate", "Signatures", "a", "1", "-", "Tags.Tag.1.Key"]:
        shown = name.replace("%5B", "[").replace("%5D", "]").replace("%20", " ")
        cases.append(("a new name such as " + shown, post(LIST + "&" + name + "=x"), accept("DescribeDBInstances", ALL, [shown])))
    cases += [
        ("a new member of a known structure", post(CREATE + "&Tags.Tag.1.Color=red"), accept("CreateDBInstance", CREATED, ["Tags.Tag.1.Color"])),
        ("a name without a value is an empty value", post(LIST + "&DBInstanceIdentifier"), accept("DescribeDBInstances", ALL)),
        ("an empty name", post(LIST + "&=prod"), refuse("NameEmpty")),
        ("an empty name and value", post(LIST + "&="), refuse("NameEmpty")),
        ("a name escaped byte by byte", post(LIST + "&%44%42%49%6E%73%74%61%6E%63%65%49%64%65%6E%74%69%66%69%65%72=prod"), accept("DescribeDBInstances", [ARN + "db:prod"])),
        ("an escaped = in a name", post(LIST + "&DBInstanceIdentifier%3Dprod"), near),
        ("an escaped & in a value", post(LIST + "&MaxRecords=20%26DBInstanceIdentifier=prod"), refuse("Number")),
        ("gaps in a list", post(UNTAG + "&TagKeys.member.3=x&TagKeys.member.1=y"), accept("RemoveTagsFromResource", [ARN + "db:a"])),
        ("the greatest index", post(UNTAG + "&TagKeys.member.2147483647=x"), accept("RemoveTagsFromResource", [ARN + "db:a"])),
        ("a wrong order in a list of resources", post(CREATE + "&DBSecurityGroups.DBSecurityGroupName.10=b&DBSecurityGroups.DBSecurityGroupName.9=A"),
         accept("CreateDBInstance", CREATED + [ARN + "secgrp:a", ARN + "secgrp:b"])),
    ]
    for name in ["AWSAccessKeyId", "awsaccesskeyid", "SignatureVersion", "SignatureMethod", "Signature", "signature", "SecurityToken"]:
        cases.append(("signature version 2: " + name, post(LIST + "&" + name + "=2"), refuse("SignatureVersion2")))
        cases.append(("signature version 2 in a query: " + name, get("/?" + LIST + "&" + name + "=2"), refuse("SignatureVersion2")))
    return write("names", cases)


def encoding():
    escape, utf8, raw = refuse("Escape"), refuse("Utf8"), refuse("RawByte")
    pre = LIST + "&DBInstanceIdentifier="
    cases = [
        ("a plus sign is a blank", post("Action=DescribeDBSubnetGroups&" + V + "&DBSubnetGroupName=my+group"), accept("DescribeDBSubnetGroups", [ARN + "subgrp:my group"])),
        ("%20 is a blank", post("Action=DescribeDBSubnetGroups&" + V + "&DBSubnetGroupName=my%20group"), accept("DescribeDBSubnetGroups", [ARN + "subgrp:my group"])),
        ("an unescaped blank is a blank", post("Action=DescribeDBSubnetGroups&" + V + "&DBSubnetGroupName=my group"), accept("DescribeDBSubnetGroups", [ARN + "subgrp:my group"])),
        ("%2B is a plus sign", post("Action=DescribeDBSubnetGroups&" + V + "&DBSubnetGroupName=a%2Bb"), accept("DescribeDBSubnetGroups", [ARN + "subgrp:a+b"])),
        ("escapes in lower and upper case are equal", post(pre + "%6f%6F"), accept("DescribeDBInstances", [ARN + "db:oo"])),
        ("a doubly escaped identifier", post(pre + "%2570rod"), refuse("ValueCharacter")),
        ("a trailing ampersand", post(LIST + "&"), accept("DescribeDBInstances", ALL)),
        ("ampersands before and between", post("&&Action=DescribeDBInstances&&" + V), accept("DescribeDBInstances", ALL)),
        ("an = in a value", post(pre + "a=b"), accept("DescribeDBInstances", [ARN + "db:a=b"])),
        ("a UTF-8 value that decides nothing", post("Action=CreateDBSubnetGroup&" + V + "&DBSubnetGroupName=g&DBSubnetGroupDescription=%C3%BC%F0%9F%98%80&SubnetIds.SubnetIdentifier.1=s"), accept("CreateDBSubnetGroup", [ARN + "subgrp:g"])),
        ("a character split between name and value", post(LIST + "&x%C3=%BC"), utf8),
    ]
    for odd in ["%", "%4", "a%zz", "%G1", "%1G", "a%", "%%41", "% 41", "%+1", "%u0041", "%\u00e9", "%-1", "%0x41"]:
        expect = raw if "\u00e9" in odd else escape
        cases.append(("a malformed escape " + odd, post(pre + odd), expect))
    cases.append(("a malformed escape in a name", post(LIST + "&%ZZ=1"), escape))
    cases.append(("a malformed escape in a query", get("/?" + LIST + "&x=%4"), escape))
    for odd in ["%ff", "%C0%AF", "%C1%A1", "%E0%80%AF", "%F0%80%80%AF", "%ED%A0%80", "%F4%90%80%80", "%C3", "%A9", "%C3%28", "%FE%FF%00A", "%F8%88%80%80%80"]:
        cases.append(("no UTF-8: " + odd, post(pre + odd), utf8))
        cases.append(("no UTF-8 where it decides nothing: " + odd, post(LIST + "&Marker=" + odd), utf8))
    for byte in ["\0", "\t", "\n", "\r", "\x0b", "\x1b", "\x7f", "\x80", "\xc3\xbc", "\xff", "\xa0"]:
        cases.append(("an unescaped byte %r" % byte, post(pre + "a" + byte + "b"), raw))
    cases.append(("a line end after the last parameter", post(LIST + "\r\n"), raw))
    cases.append(("a line feed after the last parameter", post(LIST + "\n"), raw))
    cases.append(("a byte order mark before the first", post("\xef\xbb\xbf" + LIST), raw))
    cases.append(("UTF-16", post("".join(c + "\0" for c in LIST)), raw))
    cases.append(("a UTF-7 value", post(pre + "+AGE-"), refuse("ValueCharacter")))
    return write("encoding", cases)


def values():
    char = refuse("ValueCharacter")
    pre = LIST + "&DBInstanceIdentifier="
    cases = [
        ("an upper-case identifier acts on the lower-case one", post(pre + "PROD-Db"), accept("DescribeDBInstances", [ARN + "db:prod-db"])),
        ("an empty identifier is none", post(pre), accept("DescribeDBInstances", ALL)),
        ("an ARN of another account is kept", post(pre + "arn:aws:rds:us-east-1:999999999999:db:X"), accept("DescribeDBInstances", ["arn:aws:rds:us-east-1:999999999999:db:x"])),
        ("an ARN of another region is kept", post(pre + "arn:aws:rds:eu-west-1:123456789012:db:x"), accept("DescribeDBInstances", ["arn:aws:rds:eu-west-1:123456789012:db:x"])),
        ("a required identifier is missing", post("Action=DeleteDBInstance&" + V), refuse("ParameterMissing")),
        ("a required identifier is empty", post("Action=DeleteDBInstance&" + V + "&DBInstanceIdentifier="), refuse("ParameterMissing")),
        ("a required ARN is missing", post("Action=StartExportTask&" + V + "&ExportTaskIdentifier=e"), refuse("ParameterMissing")),
        ("tagging by a bare name", post("Action=AddTagsToResource&" + V + "&ResourceName=a&Tags.Tag.1.Key=k"), refuse("Arn")),
        ("tagging without a name", post("Action=AddTagsToResource&" + V + "&Tags.Tag.1.Key=k"), refuse("ParameterMissing")),
        ("a blank within an engine", post(CREATE.replace("mysql", "my%20sql")), accept("CreateDBInstance", [r.replace("mysql", "my sql") for r in CREATED])),
        ("a wildcard in an engine", post(CREATE.replace("mysql", "*")), char),
        ("a blank after an engine", post(CREATE.replace("mysql", "mysql+")), char),
        ("a blank before a class", post(CREATE.replace("db.t3", "+db.t3")), char),
        ("a control character in a database name", post(CREATE + "&DBName=a%0ab"), char),
        ("an index as identifier", post("Action=DescribeDBInstances&" + V + "&DBInstanceIdentifier=1"), accept("DescribeDBInstances", [ARN + "db:1"])),
        ("a negative port", post(CREATE + "&Port=-1"), accept("CreateDBInstance", CREATED)),
        ("a wildcard in a custom engine version", post("Action=DeleteCustomDBEngineVersion&" + V + "&Engine=custom-oracle-ee&EngineVersion=*"), char),
    ]
    for odd in ["a%00b", "a%0Ab", "a%0db", "%09a", "+prod", "prod+", "%20prod", "prod%20", "prod-*", "prod-%3F", "*", "%E2%84%AAprod", "pr%C3%B6d", "%EF%BB%BFprod", "a%7f", "p%25rod", "%C2%A0prod"]:
        cases.append(("an identifier such as " + odd, post(pre + odd), char))
    for odd in [ARN + "cluster:x", "arn:aws:s3:::bucket", "ARN:aws:rds:us-east-1:123456789012:db:x", "Arn:aws:rds:us-east-1:123456789012:db:x",
                ARN + "db", ARN + "db:", "arn:aws-cn:rds:cn-north-1:123456789012:db:x", "arn:aws:rds::123456789012:db:x", "arn:aws:rds:us-east-1::db:x",
                "arn:aws:rds:us-east-1:12345:db:x", "arn:aws:rds:us-east-1:unknown:db:x", "arn:aws:rds:us-east-1:aws:db:x", "arn:aws:RDS:us-east-1:123456789012:db:x",
                ARN + "DB:x", ARN + "db/x", "arn:", "arn:aws:rds", "arn:aws:rds:US-EAST-1:123456789012:db:x", "arn:aws:rds:*:123456789012:db:x",
                "arn:aws:rds:cn-north-1:123456789012:db:x", "arn:aws:docdb:us-east-1:123456789012:db:x"]:
        kind = "ValueCharacter" if "*" in odd else "Arn"
        cases.append(("an ARN such as " + odd, post(pre + odd), refuse(kind)))
    cases.append(("an ARN of a global type with a region", post("Action=AddTagsToResource&" + V + "&ResourceName=" + ARN + "global-cluster:g&Tags.Tag.1.Key=k"), refuse("Arn")))
    cases.append(("an ARN of a global type", post("Action=AddTagsToResource&" + V + "&ResourceName=arn:aws:rds::123456789012:global-cluster:G&Tags.Tag.1.Key=k"), accept("AddTagsToResource", ["arn:aws:rds::123456789012:global-cluster:g"])))
    for odd in ["TRUE", "True", "1", "yes", "true%20", "+true", "tru", "0", "on", "truefalse"]:
        cases.append(("a switch set to " + odd, post(CREATE + "&StorageEncrypted=" + odd), refuse("Boolean")))
    for odd in ["%2B20", "+20", "20%20", "0x14", "1e2", "20.0", "twenty", "-", "2%2C0", "9999999999999999999", "%D9%A2", "20%00"]:
        cases.append(("a size of " + odd, post(CREATE + "&AllocatedStorage=" + odd), refuse("Number")))
    for odd in ["NaN", "inf", "Infinity", "1e999", ".5", "+1", "1.2.3", "0x1p3", "1_0"]:
        body = "Action=ModifyDBCluster&" + V + "&DBClusterIdentifier=c&ServerlessV2ScalingConfiguration.MinCapacity=" + odd
        cases.append(("a capacity of " + odd, post(body), refuse("Number")))
    return write("values", cases)


def protocols():
    kind, other = refuse("ContentType"), refuse("OtherProtocol")
    cases = [
        ("a body without Content-Type", post(LIST, kind=None), refuse("ContentTypeMissing")),
        ("two Content-Types", post(LIST, head="Content-Type: %s\r\n" % FORM), refuse("ContentTypeRepeated")),
        ("an empty Content-Type", post(LIST, kind=""), kind),
        ("X-Amz-Target", post(LIST, head="X-Amz-Target: AmazonRDSv19.DeleteDBInstance\r\n"), other),
        ("x-amz-target with an empty body", post("", kind=None, target="/?" + LIST, head="x-amz-target: \r\n"), other),
        ("smithy-protocol", post(LIST, head="Smithy-Protocol: rpc-v2-cbor\r\n"), other),
        ("smithy-protocol in a GET", get("/?" + LIST, head="smithy-protocol: rpc-v2-cbor\r\n"), other),
        ("a CBOR path", post("\xa0", kind="application/cbor", target="/service/AmazonRDSv19/operation/DeleteDBInstance"), kind),
        ("a JSON body with the action in the query", post("{}", kind="application/x-amz-json-1.1", target="/?" + LIST), kind),
        ("a JSON body under the form's type", post('{"Action":"DeleteDBInstance"}'), refuse("NearMiss")),
        ("a JSON type without a body", post("", kind="application/x-amz-json-1.0", target="/?" + LIST), kind),
        ("a multipart body under the form's type", post('--b\r\nContent-Disposition: form-data; name="Action"\r\n\r\nDeleteDBInstance\r\n--b--\r\n'), refuse("RawByte")),
        ("a quoted charset", post(LIST, kind='application/x-www-form-urlencoded; charset="utf-8"'), accept("DescribeDBInstances", ALL)),
        ("no charset", post(LIST, kind="application/x-www-form-urlencoded"), accept("DescribeDBInstances", ALL)),
        ("a type in upper case, no blank", post(LIST, kind="APPLICATION/X-WWW-FORM-URLENCODED;CHARSET=UTF-8"), accept("DescribeDBInstances", ALL)),
    ]
    for odd in ["application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/json", "application/cbor", "application/xml", "text/xml", "text/plain",
                "multipart/form-data; boundary=b", "application/octet-stream", "application/x-www-form-urlencoded; charset=utf-16",
                "application/x-www-form-urlencoded; charset=iso-8859-1", "application/x-www-form-urlencoded; charset=utf-8; charset=utf-16",
                "application/x-www-form-urlencoded, application/json", "application/x-www-form-urlencoded;", "application/x-www-form-urlencoded; boundary=x",
                "application/x-www-form-urlencodedx", "x-www-form-urlencoded", "*/*", "application/vnd.amazon.eventstream",
                "application/x-www-form-urlencoded; charset=utf-8 ; a=b", "application/x-www-form-urlencoded; charset=utf8", "application/x-www-form-urlencoded charset=utf-8"]:
        cases.append(("the type " + odd, post(LIST, kind=odd), kind))
    return write("protocols", cases)


def framing():
    def head(lines, body=LIST, first="POST / HTTP/1.1"):
        return [first + "\r\n" + "".join(line + "\r\n" for line in lines) + "\r\n" + body]
    host, kind = "Host: " + HOST, "Content-Type: " + FORM
    size = "Content-Length: %d" % len(LIST)
    chunked = "%x\r\n%s\r\n0\r\n\r\n" % (len(LIST), LIST)
    te = refuse("http1:TransferEncoding")
    cases = [
        ("as it should be", head([host, kind, size]), accept("DescribeDBInstances", ALL)),
        ("chunked", head([host, kind, "Transfer-Encoding: chunked"], chunked), te),
        ("chunked with extensions and trailers", head([host, kind, "Transfer-Encoding: chunked", "Trailer: x"], "%x;a=b\r\n%s\r\n0;c\r\nx: y\r\n\r\n" % (len(LIST), LIST)), te),
        ("gzip, chunked", head([host, kind, "Transfer-Encoding: gzip, chunked"], chunked), te),
        ("identity", head([host, kind, "Transfer-Encoding: identity"]), te),
        ("Content-Length beside Transfer-Encoding", head([host, kind, size, "Transfer-Encoding: chunked"], chunked), refuse("http1:LengthBesideTransferEncoding")),
        ("Transfer-Encoding beside Content-Length", head([host, kind, "transfer-encoding: chunked", size], chunked), refuse("http1:LengthBesideTransferEncoding")),
        ("two equal lengths", head([host, kind, size, size]), refuse("http1:ContentLengthRepeated")),
        ("two lengths", head([host, kind, size, "Content-Length: 0"]), refuse("http1:ContentLengthRepeated")),
        ("a list of lengths", head([host, kind, size + ", %d" % len(LIST)]), refuse("http1:ContentLengthRepeated")),
        ("a length with a sign", head([host, kind, "Content-Length: +%d" % len(LIST)]), refuse("http1:ContentLengthInvalid")),
        ("a negative length", head([host, kind, "Content-Length: -1"]), refuse("http1:ContentLengthInvalid")),
        ("a hexadecimal length", head([host, kind, "Content-Length: 0x2e"]), refuse("http1:ContentLengthInvalid")),
        ("an empty length", head([host, kind, "Content-Length:"]), refuse("http1:ContentLengthInvalid")),
        ("a body shorter than its length", head([host, kind, "Content-Length: 9999"]), refuse("http1:BodyLength")),
        ("a body longer than its length", head([host, kind, "Content-Length: 5"]), refuse("http1:BodyLength")),
        ("a second request behind the body", head([host, kind, size], LIST + "POST / HTTP/1.1\r\n"), refuse("http1:BodyLength")),
        ("no length", head([host, kind]), refuse("http1:BodyLength")),
        ("no Host", head([kind, size]), refuse("http1:HostMissing")),
        ("two Hosts", head([host, "Host: rds.eu-west-1.amazonaws.com", kind, size]), refuse("http1:HostRepeated")),
        ("two equal Hosts", head([host, host, kind, size]), refuse("http1:HostRepeated")),
        ("a folded header", head([host, "X: a\r\n b", kind, size]), refuse("http1:FoldedHeader")),
        ("a tab as fold", head([host, "X: a\r\n\tb", kind, size]), refuse("http1:FoldedHeader")),
        ("a blank before the colon", head([host, "Content-Length : 5", kind]), refuse("http1:HeaderLine")),
        ("a bare line feed", head([host, "X: a\nContent-Length: 0", kind, size]), refuse("http1:BareLineFeed")),
        ("a bare carriage return", head([host, "X: a\rb", kind, size]), refuse("http1:BareCarriageReturn")),
        ("a NUL in a header", head([host, "X: a\0b", kind, size]), refuse("http1:HeaderLine")),
        ("a header without a colon", head([host, "X", kind, size]), refuse("http1:HeaderLine")),
        ("gzip", head([host, kind, size, "Content-Encoding: gzip"]), refuse("http1:ContentEncoding")),
        ("identity as content coding", head([host, kind, size, "Content-Encoding: identity"]), refuse("http1:ContentEncoding")),
        ("aws-chunked", head([host, kind, size, "Content-Encoding: aws-chunked"]), refuse("http1:ContentEncoding")),
        ("an upgrade to h2c", head([host, kind, size, "Connection: Upgrade", "Upgrade: h2c"]), refuse("http1:Upgrade")),
        ("an upgrade to websocket", head([host, kind, size, "Upgrade: websocket"]), refuse("http1:Upgrade")),
        ("the HTTP/2 preface", ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], refuse("http1:Http2Preface")),
        ("HTTP/2.0 in the request line", head([host, kind, size], first="POST / HTTP/2.0"), refuse("http1:Version")),
        ("HTTP/0.9", ["GET /\r\n\r\n"], refuse("http1:RequestLine")),
        ("an empty line first", ["\r\n"] + head([host, kind, size]), refuse("http1:RequestLine")),
        ("two blanks in the request line", head([host, kind, size], first="POST  / HTTP/1.1"), refuse("http1:RequestLine")),
        ("Connection names Content-Type", head([host, kind, size, "Connection: content-type"]), refuse("http1:ConnectionOption")),
        ("another expectation", head([host, kind, size, "Expect: 200-ok"]), refuse("http1:Expectation")),
        ("a raw byte beyond ASCII in the target", head([host, kind, size], first="POST /?\xe9 HTTP/1.1"), refuse("http1:RequestLine")),
        ("a head over the limit", ["POST / HTTP/1.1\r\n" + host + "\r\nX: ", {"repeat": "a", "times": 33000}, "\r\n\r\n"], refuse("http1:HeadTooLong")),
        ("too many headers", ["POST / HTTP/1.1\r\n" + host + "\r\n", {"repeat": "X: y\r\n", "times": 101}, "\r\n"], refuse("http1:TooManyHeaders")),
    ]
    return write("framing", cases)


def sizes():
    many = refuse("TooManyParameters")
    cases = [
        ("1 MiB of ampersands", post([{"repeat": "&", "times": 1 << 20}]), many),
        ("1 MiB of ampersands before the action", post([{"repeat": "&", "times": 1 << 20}, LIST]), many),
        ("10,001 ampersands between", post([LIST, {"repeat": "&", "times": 10001}, "DBInstanceIdentifier=prod"]), many),
        ("as many as may be", post([LIST, {"repeat": "&", "times": 9997}, "&DBInstanceIdentifier=prod"]), accept("DescribeDBInstances", [ARN + "db:prod"])),
        ("one more", post([LIST, {"repeat": "&", "times": 9998}, "&DBInstanceIdentifier=prod"]), many),
        ("10,000 copies of one parameter", post([LIST, {"repeat": "&a=1", "times": 9998}]), refuse("Duplicate")),
        ("20,000 parameters", post([LIST, {"repeat": "&a=1", "times": 20000}]), many),
        ("1 MiB of =", post([LIST + "&x=", {"repeat": "=", "times": 1 << 20}]), accept("DescribeDBInstances", ALL, ["x"])),
        ("1 MiB of escapes", post([LIST + "&Marker=", {"repeat": "%41", "times": 349525}]), accept("DescribeDBInstances", ALL)),
        ("1 MiB of plus signs", post([LIST + "&Marker=", {"repeat": "+", "times": 1 << 20}]), accept("DescribeDBInstances", ALL)),
        ("an identifier of 1 MiB", post([LIST + "&DBInstanceIdentifier=", {"repeat": "a", "times": 1 << 20}]), refuse("ValueTooLong")),
        ("an ARN of 1 MiB", post([LIST + "&DBInstanceIdentifier=" + ARN + "db:", {"repeat": "a", "times": 1 << 20}]), refuse("ValueTooLong")),
        ("a name of 1 MiB", post([LIST + "&", {"repeat": "a", "times": 1 << 20}, "=1"]), refuse("NameTooLong")),
        ("a name of 300,000 labels", post([LIST + "&Filters", {"repeat": ".1", "times": 300000}, "=1"]), refuse("NameTooLong")),
        ("an action of 1 MiB", post(["Action=", {"repeat": "A", "times": 1 << 20}, "&" + V]), refuse("ActionMalformed")),
        ("a version of 1 MiB", post(["Action=DescribeDBInstances&Version=", {"repeat": "2", "times": 1 << 20}]), refuse("Version")),
    ]
    return write("sizes", cases)


def log_files():
    base = "/v13/downloadCompleteLogFile/"
    good = lambda name: accept("DownloadCompleteDBLogFile", [ARN + "db:" + name])
    instance, file, params = refuse("LogFileInstance"), refuse("LogFileName"), refuse("LogFileParameters")
    cases = [
        ("a log file", get(base + "Orders/error/postgresql.log.2026-01-01-00"), good("orders")),
        ("a log file, presigned", get(base + "orders/error/x.log?X-Amz-Algorithm=a&X-Amz-Signature=s"), good("orders")),
        ("an escaped instance, decoded once", get(base + "%6frders/error.log"), good("orders")),
        ("an escaped slash in the file name", get(base + "orders/error%2Fx.log"), good("orders")),
        ("a plus sign in the file name is one", get(base + "orders/a+b"), good("orders")),
        ("POST", post("", target=base + "orders/x", kind=None), refuse("Method")),
        ("HEAD", post("", target=base + "orders/x", kind=None, method="HEAD"), refuse("Method")),
        ("a body", post("x=1", target=base + "orders/x", method="GET"), params),
        ("a parameter", get(base + "orders/x?Action=DeleteDBInstance"), params),
        ("a parameter beside the signature", get(base + "orders/x?X-Amz-Signature=s&DBInstanceIdentifier=prod"), params),
        ("an unknown version", get("/v14/downloadCompleteLogFile/orders/x"), refuse("Path")),
        ("another letter case", get("/v13/DownloadCompleteLogFile/orders/x"), refuse("Path")),
        ("no file", get(base + "orders"), file),
        ("an empty file", get(base + "orders/"), file),
        ("nothing", get(base), file),
        ("no instance", get(base + "/x"), instance),
        ("an instance of 63 letters", get(base + "a" * 63 + "/x"), good("a" * 63)),
        ("an instance of 64 letters", get(base + "a" * 64 + "/x"), instance),
    ]
    for odd in ["1orders", "-orders", "or_ders", "orders%2Fx", "orders%00", "%2e%2e", "..", ".", "orders;x", "orders%20", "orders%252e", "*", "o%C3%A9", "arn:aws:rds:us-east-1:123456789012:db:x", "orders%", "orders%4"]:
        cases.append(("the instance " + odd, get(base + odd + "/x"), instance))
    for odd in ["..", ".", "a/../b", "a/./b", "a//b", "a/", "/a", "a/..", "%2e%2e/b", "a%2E%2E", "..%2Fb", "a%2f..%2fb", "a%00", "a%0a", "a\\b", "a%5cb", "a;b", "..;/a", "a%252e", "a%25", "a%", "a%zz", "a%ff", "a%2f%2fb", "%7f"]:
        cases.append(("the file " + odd, get(base + "orders/" + odd), file))
    return write("log_files", cases)


def presigned():
    source = "arn:aws:rds:eu-west-1:123456789012:snapshot:src"
    copy = "Action=CopyDBSnapshot&" + V + "&SourceDBSnapshotIdentifier=" + source + "&TargetDBSnapshotIdentifier=t"
    signed = "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-west-1%2Frds%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=abc"
    inner = copy + "&DestinationRegion=us-east-1" + signed
    esc = lambda url: "".join(c if c.isalnum() else "%%%02X" % ord(c) for c in url)
    call = lambda url, outer=copy: post(outer + "&PreSignedUrl=" + esc(url))
    at = "https://rds.eu-west-1.amazonaws.com/?"
    no = refuse("PresignedUrl")
    done = accept("CopyDBSnapshot", [source, ARN + "snapshot:t"])
    cases = [
        ("a presigned copy", call(at + inner), done),
        ("a presigned copy at port 443", call("https://rds.eu-west-1.amazonaws.com:443/?" + inner), done),
        ("a presigned copy at a host in upper case", call("https://RDS.EU-WEST-1.AMAZONAWS.COM/?" + inner), done),
        ("a presigned copy without the slash", call("https://rds.eu-west-1.amazonaws.com?" + inner), done),
        ("an empty presigned URL is none", post(copy + "&PreSignedUrl="), done),
        ("no presigned URL, though a region", post(copy + "&SourceRegion=eu-west-1"), done),
        ("presignedurl", post(copy + "&presignedurl=" + esc(at + inner)), refuse("NearMiss")),
        ("two presigned URLs", post(copy + "&PreSignedUrl=a&PreSignedUrl=b"), refuse("Duplicate")),
        ("no URL", call("x"), no),
        ("http", call("http://rds.eu-west-1.amazonaws.com/?" + inner), no),
        ("HTTPS in upper case", call("HTTPS://rds.eu-west-1.amazonaws.com/?" + inner), no),
        ("another host", call("https://evil.example/?" + inner), no),
        ("another service", call("https://s3.eu-west-1.amazonaws.com/?" + inner), no),
        ("a host that only looks so", call("https://rds.eu-west-1.amazonaws.com.evil.example/?" + inner), no),
        ("a host of another partition", call("https://rds.cn-north-1.amazonaws.com.cn/?" + inner), no),
        ("userinfo", call("https://rds.eu-west-1.amazonaws.com@evil.example/?" + inner), no),
        ("userinfo before the host", call("https://evil@rds.eu-west-1.amazonaws.com/?" + inner), no),
        ("another port", call("https://rds.eu-west-1.amazonaws.com:8443/?" + inner), no),
        ("a path", call("https://rds.eu-west-1.amazonaws.com/x/?" + inner), no),
        ("no query", call("https://rds.eu-west-1.amazonaws.com/"), no),
        ("a fragment", call(at + inner + "#x"), no),
        ("a second question mark", call(at + inner + "?x"), no),
        ("another action", call(at + inner.replace("CopyDBSnapshot", "DeleteDBSnapshot").replace("SourceDBS", "DBS").replace("&TargetDBSnapshotIdentifier=t", "")), no),
        ("the action in another letter case", call(at + inner.replace("CopyDBSnapshot", "copydbsnapshot")), no),
        ("two actions", call(at + inner + "&Action=DeleteDBSnapshot"), no),
        ("another destination", call(at + inner.replace("us-east-1" + signed[:1], "us-west-2" + signed[:1])), no),
        ("no destination", call(at + inner.replace("&DestinationRegion=us-east-1", "")), no),
        ("the destination in another letter case", call(at + inner.replace("DestinationRegion", "destinationRegion")), no),
        ("no signature", call(at + copy + "&DestinationRegion=us-east-1"), no),
        ("signature version 2", call(at + copy + "&DestinationRegion=us-east-1&AWSAccessKeyId=a&Signature=b"), no),
        ("another presigned URL within", call(at + copy + "&PreSignedUrl=x&DestinationRegion=us-east-1" + signed), no),
        ("a near miss within", call(at + inner + "&sourcedbsnapshotidentifier=x"), no),
        ("a malformed escape within", call(at + inner + "&x=%zz"), no),
        ("an ARN of another type within", call(at + inner.replace(":snapshot:src", ":db:src")), no),
        ("a presigned URL where the action has none", post(LIST + "&PreSignedUrl=https://evil.example/"), no),
        ("a presigned URL in an unknown action", post("Action=CopyDBThing&" + V + "&PreSignedUrl=https://evil.example/?x=1"), no),
        ("a presigned URL as a list", post(copy + "&PreSignedUrl.1=" + esc(at + inner)), refuse("NearMiss")),
    ]
    return write("presigned", cases)


if __name__ == "__main__":
    groups = [duplicates, places, actions, names, encoding, values, protocols, framing, sizes, log_files, presigned]
    counts = {group.__name__: group() for group in groups}
    print(sum(counts.values()), counts)

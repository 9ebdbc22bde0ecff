//! Why a request is not an API call that can be judged: one variant for each violation, naming the parameter, never
//! its value.

/// Why a request was refused before any policy was evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither GET nor POST, or a POST of a log file download.
    #[error("the method `{method}` is not one of the RDS API")]
    Method {
        /// The method, at most 32 characters of it.
        method: String,
    },
    /// Neither `/` nor the path of a log file download.
    #[error("the path is neither `/` nor that of a log file download")]
    Path,
    /// A header that selects another AWS protocol.
    #[error("the header `{header}` belongs to another protocol than the Query protocol")]
    OtherProtocol {
        /// The header's name in lower case.
        header: &'static str,
    },
    /// A body without a Content-Type.
    #[error("the body has no Content-Type, the RDS API takes `application/x-www-form-urlencoded`")]
    ContentTypeMissing,
    /// More than one Content-Type.
    #[error("the Content-Type header is repeated")]
    ContentTypeRepeated,
    /// Another type than a form, or another charset than UTF-8.
    #[error("the Content-Type is not `application/x-www-form-urlencoded` in UTF-8")]
    ContentType,
    /// Parameters in both the query and the body.
    #[error("parameters stand in the query and in a body")]
    QueryAndBody,
    /// A byte that must be escaped: a control character or a byte outside ASCII.
    #[error("the parameters have a byte 0x{byte:02x} that is not escaped")]
    RawByte {
        /// The value of the byte.
        byte: u8,
    },
    /// A `%` without two hexadecimal digits after it.
    #[error("the parameters have a malformed percent escape")]
    Escape,
    /// Escapes that do not decode to UTF-8.
    #[error("the parameters are not UTF-8")]
    Utf8,
    /// More parameters than [`MAX_PARAMETERS`](super::MAX_PARAMETERS).
    #[error("there are more than {limit} parameters")]
    TooManyParameters {
        /// The maximum number of parameters.
        limit: usize,
    },
    /// A list of more resources than a call of the API may name.
    #[error(
        "the list `{name}` names more than {limit} resources, the most that a call may name here: send several calls"
    )]
    TooManyResources {
        /// The list; `#` is a placeholder for an index.
        name: &'static str,
        /// The maximum number of resources.
        limit: usize,
    },
    /// A request with more tags than the resources of a call can have.
    #[error("`{name}` gives more than {limit} tags; a resource can have 50")]
    TooManyTags {
        /// The parameter with the tags' keys; `#` is a placeholder for an index.
        name: &'static str,
        /// The maximum number of tags.
        limit: usize,
    },
    /// A value without a name.
    #[error("a parameter has no name")]
    NameEmpty,
    /// A name longer than [`MAX_NAME_BYTES`](super::MAX_NAME_BYTES).
    #[error("a parameter name is longer than {limit} bytes")]
    NameTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A name with a control character, a `%` or a character outside ASCII.
    #[error("the parameter name `{name}` has a character that no name has")]
    NameCharacter {
        /// The name, escaped.
        name: String,
    },
    /// The same name twice, or two names that differ only in letter case.
    #[error("the parameter `{name}` stands there twice")]
    Duplicate {
        /// The repeated name.
        name: String,
    },
    /// There is no `Action`.
    #[error("the parameter `Action` is missing")]
    ActionMissing,
    /// The value does not have the form of an action's name.
    #[error("the value of `Action` is not the name of an action")]
    ActionMalformed,
    /// The name of an action in another letter case.
    #[error("there is no action `{found}`, but `{known}`")]
    ActionCase {
        /// The value as sent.
        found: String,
        /// The action it resembles.
        known: &'static str,
    },
    /// An action that is not in the table, where the configuration refuses those.
    #[error("the action `{name}` is not known here, and unknown actions are refused by configuration")]
    ActionUnknown {
        /// The action's name.
        name: String,
    },
    /// There is no `Version`.
    #[error("the parameter `Version` is missing")]
    VersionMissing,
    /// An unsupported version of the API.
    #[error("the API version `{found}` is not one that is read here")]
    Version {
        /// The value as sent, at most 32 characters of it.
        found: String,
    },
    /// A name that is similar to one of the action's parameters, but not equal to it.
    #[error(
        "the parameter `{name}` is not the `{known}` of this action: letter case, list label, index or shape differ"
    )]
    NearMiss {
        /// The name as sent.
        name: String,
        /// The similar name; `#` is a placeholder for an index.
        known: &'static str,
    },
    /// A list whose elements have two different labels. The service might read only one of them.
    #[error(
        "the parameter `{name}` is of the list `{list}`, of which other elements are named with the label `member`: one \
         list needs one label, `{label}` or `member`"
    )]
    ListLabels {
        /// The parameter's name.
        name: String,
        /// The list; `#` is a placeholder for an index.
        list: &'static str,
        /// The label of its elements in the service's model.
        label: &'static str,
    },
    /// A list that is sent as empty, but also has an element or another parameter below its name.
    #[error("the list `{list}` is empty and has the parameter `{name}` as well")]
    EmptyList {
        /// The list's name.
        list: String,
        /// The parameter below the list.
        name: String,
    },
    /// A name that the action does not have, where the configuration refuses those.
    #[error("the parameter `{name}` is not known for this action, and unknown parameters are refused by configuration")]
    ParameterUnknown {
        /// The parameter's name.
        name: String,
    },
    /// A parameter of signature version 2.
    #[error("the parameter `{name}` is one of signature version 2, only version 4 is taken")]
    SignatureVersion2 {
        /// The parameter's name.
        name: String,
    },
    /// An `X-Amz-*` parameter that is not part of a presigned request's query.
    #[error("the parameter `{name}` belongs in the query of a presigned request only")]
    AuthenticationParameter {
        /// The parameter's name.
        name: String,
    },
    /// A parameter that names the resource is missing, or has an empty value. For the latter, the service has its own
    /// code and message.
    #[error("{}", lacking(name, *blank))]
    ParameterMissing {
        /// The parameter's name.
        name: &'static str,
        /// Whether the parameter is present with an empty value.
        blank: bool,
    },
    /// A value with a character that no resource name has.
    #[error("the value of `{name}` has a blank, a wildcard or another character that cannot be judged")]
    ValueCharacter {
        /// The parameter's name.
        name: String,
    },
    /// A value that is longer than any ARN.
    #[error("the value of `{name}` is longer than {limit} bytes")]
    ValueTooLong {
        /// The parameter's name.
        name: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A value that should be an ARN of a type that the action accepts.
    #[error("the value of `{name}` is not an ARN that this action takes: {why}")]
    Arn {
        /// The parameter's name.
        name: String,
        /// Which part of the ARN is wrong.
        why: ArnFault,
    },
    /// Neither `true` nor `false`.
    #[error("the value of `{name}` is neither `true` nor `false`")]
    Boolean {
        /// The parameter's name.
        name: String,
    },
    /// Not a plain decimal number, or a whole number outside the range of the parameter's type.
    #[error("{}", no_number(name, *bits))]
    Number {
        /// The parameter's name.
        name: String,
        /// The size of its type, if the number is outside that range.
        bits: Option<usize>,
    },
    /// Two tags of one list with the same key.
    #[error("the tag key of `{name}` stands in the list twice")]
    DuplicateTagKey {
        /// The parameter of the second.
        name: String,
    },
    /// A log file download whose instance is not an identifier.
    #[error("the log file path does not name a DB instance")]
    LogFileInstance,
    /// A log file download whose file name has an empty, dot, escaped or otherwise odd segment.
    #[error("the log file path has a segment that is no part of a file name")]
    LogFileName,
    /// A log file download with parameters or a body.
    #[error("a log file download has no parameters and no body")]
    LogFileParameters,
    /// A `PreSignedUrl` that is not the request that it must be.
    #[error("the value of `PreSignedUrl` is not a signed request of this action for this region: {why}")]
    PresignedUrl {
        /// What is wrong with it.
        why: PresignedUrlFault,
    },
}

/// Which part of an ARN is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArnFault {
    /// It is not an ARN, which begins with `arn:` in lower case.
    #[error("its form")]
    Form,
    /// Its partition is not the one of the region.
    #[error("its partition")]
    Partition,
    /// It belongs to another service.
    #[error("its service")]
    Service,
    /// Its region is missing, or present where none is allowed.
    #[error("its region")]
    Region,
    /// Its account is not an account id.
    #[error("its account")]
    Account,
    /// Its type is not one of the action's.
    #[error("its resource type")]
    ResourceType,
    /// Its name is empty or a pattern.
    #[error("its resource name")]
    Name,
}

/// What is wrong with the value of `PreSignedUrl`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresignedUrlFault {
    /// Not `https://HOST/?QUERY`.
    #[error("its form")]
    Form,
    /// The host is not the RDS API.
    #[error("its host")]
    Host,
    /// It is nested in the query of another one.
    #[error("it holds another one")]
    Nested,
    /// It is not signed.
    #[error("it has no signature")]
    Unsigned,
    /// It is a request for another action.
    #[error("its action")]
    Action,
    /// `DestinationRegion` is missing or another region than this call's.
    #[error("its destination region")]
    DestinationRegion,
    /// Its parameters are refused by the rules for every request.
    #[error("{0}")]
    Parameters(Box<Error>),
}

impl Error {
    /// The parameter that the error is about.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::NameCharacter { name }
            | Self::Duplicate { name }
            | Self::NearMiss { name, .. }
            | Self::ListLabels { name, .. }
            | Self::EmptyList { name, .. }
            | Self::ParameterUnknown { name }
            | Self::SignatureVersion2 { name }
            | Self::AuthenticationParameter { name }
            | Self::ValueCharacter { name }
            | Self::ValueTooLong { name, .. }
            | Self::Arn { name, .. }
            | Self::Boolean { name }
            | Self::Number { name, .. }
            | Self::DuplicateTagKey { name } => Some(name),
            Self::ParameterMissing { name, .. }
            | Self::TooManyResources { name, .. }
            | Self::TooManyTags { name, .. } => Some(name),
            Self::ActionMissing | Self::ActionMalformed | Self::ActionCase { .. } | Self::ActionUnknown { .. } => {
                Some("Action")
            }
            Self::VersionMissing | Self::Version { .. } => Some("Version"),
            Self::PresignedUrl { .. } => Some("PreSignedUrl"),
            Self::Method { .. }
            | Self::Path
            | Self::OtherProtocol { .. }
            | Self::ContentTypeMissing
            | Self::ContentTypeRepeated
            | Self::ContentType
            | Self::QueryAndBody
            | Self::RawByte { .. }
            | Self::Escape
            | Self::Utf8
            | Self::TooManyParameters { .. }
            | Self::NameEmpty
            | Self::NameTooLong { .. }
            | Self::LogFileInstance
            | Self::LogFileName
            | Self::LogFileParameters => None,
        }
    }
}

fn lacking(name: &str, blank: bool) -> String {
    if blank {
        format!("the parameter {name} must be provided and must not be blank")
    } else {
        format!("the parameter `{name}` is missing")
    }
}

fn no_number(name: &str, bits: Option<usize>) -> String {
    match bits {
        Some(bits) => format!("the value of `{name}` is not a number that {bits} bits can hold"),
        None => format!("the value of `{name}` is not a decimal number"),
    }
}

/// Prepares a name for a message: escapes control characters and limits it to 128 characters.
pub(super) fn shown(name: &str) -> String {
    if name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
        return name.to_owned();
    }
    name.chars().take(128).flat_map(char::escape_debug).collect()
}

//! Why a request is not an API call that can be judged: one variant per misdeed, naming the parameter, never its value.

/// Why a request was refused before any policy was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither GET nor POST, or a POST of a log file.
    #[error("the method `{method}` is not one of the RDS API")]
    Method {
        /// The method, at most 32 characters of it.
        method: String,
    },
    /// Neither `/` nor the log file download.
    #[error("the path is neither `/` nor that of a log file download")]
    Path,
    /// A header that chooses another AWS protocol.
    #[error("the header `{header}` belongs to another protocol than the Query protocol")]
    OtherProtocol {
        /// The header, lower case.
        header: &'static str,
    },
    /// A body that does not say what it is.
    #[error("the body has no Content-Type, the RDS API takes `application/x-www-form-urlencoded`")]
    ContentTypeMissing,
    /// More than one Content-Type.
    #[error("the Content-Type header is repeated")]
    ContentTypeRepeated,
    /// Another type than a form, or another charset than UTF-8.
    #[error("the Content-Type is not `application/x-www-form-urlencoded` in UTF-8")]
    ContentType,
    /// Parameters in two places.
    #[error("parameters stand in the query and in a body")]
    QueryAndBody,
    /// A byte that has to be escaped: a control character or one outside ASCII.
    #[error("the parameters have a byte 0x{byte:02x} that is not escaped")]
    RawByte {
        /// The byte.
        byte: u8,
    },
    /// A `%` without two hexadecimal digits after it.
    #[error("the parameters have a malformed percent escape")]
    Escape,
    /// Escapes that are not UTF-8.
    #[error("the parameters are not UTF-8")]
    Utf8,
    /// More parameters than [`MAX_PARAMETERS`](super::MAX_PARAMETERS).
    #[error("there are more than {limit} parameters")]
    TooManyParameters {
        /// The limit.
        limit: usize,
    },
    /// A list of more resources than a call of the API names.
    #[error(
        "the list `{name}` names more than {limit} resources, the most that a call may name here: send several calls"
    )]
    TooManyResources {
        /// The list; `#` stands for an index.
        name: &'static str,
        /// The limit.
        limit: usize,
    },
    /// More tags than the resources of a call can have.
    #[error("`{name}` gives more than {limit} tags; a resource can have 50")]
    TooManyTags {
        /// The parameter with their keys; `#` stands for an index.
        name: &'static str,
        /// The limit.
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
    /// A name twice, or twice but for letter case.
    #[error("the parameter `{name}` stands there twice")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// No `Action`.
    #[error("the parameter `Action` is missing")]
    ActionMissing,
    /// Not the form of an action's name.
    #[error("the value of `Action` is not the name of an action")]
    ActionMalformed,
    /// The name of an action in another letter case.
    #[error("there is no action `{found}`, but `{known}`")]
    ActionCase {
        /// What stood there.
        found: String,
        /// The action it resembles.
        known: &'static str,
    },
    /// An action that the table lacks, where the configuration refuses those.
    #[error("the action `{name}` is not known here, and unknown actions are refused by configuration")]
    ActionUnknown {
        /// The name.
        name: String,
    },
    /// No `Version`.
    #[error("the parameter `Version` is missing")]
    VersionMissing,
    /// A version of the API that is not read here.
    #[error("the API version `{found}` is not one that is read here")]
    Version {
        /// What stood there, at most 32 characters of it.
        found: String,
    },
    /// A name that is almost one of the action's.
    #[error(
        "the parameter `{name}` is not the `{known}` of this action: letter case, list label, index or shape differ"
    )]
    NearMiss {
        /// The name.
        name: String,
        /// The name it resembles; `#` stands for an index.
        known: &'static str,
    },
    /// A list whose elements have two labels, of which the service may read one only.
    #[error(
        "the parameter `{name}` is of the list `{list}`, of which other elements are named with the label `member`: one \
         list needs one label, `{label}` or `member`"
    )]
    ListLabels {
        /// The parameter.
        name: String,
        /// The list; `#` stands for an index.
        list: &'static str,
        /// The label of its elements in the service's model.
        label: &'static str,
    },
    /// A list that is said to be empty, and has an element or something else beneath its name.
    #[error("the list `{list}` is empty and has the parameter `{name}` as well")]
    EmptyList {
        /// The list.
        list: String,
        /// The other parameter.
        name: String,
    },
    /// A name that the action lacks, where the configuration refuses those.
    #[error("the parameter `{name}` is not known for this action, and unknown parameters are refused by configuration")]
    ParameterUnknown {
        /// The name.
        name: String,
    },
    /// A parameter of signature version 2.
    #[error("the parameter `{name}` is one of signature version 2, only version 4 is taken")]
    SignatureVersion2 {
        /// The name.
        name: String,
    },
    /// An `X-Amz-*` parameter that is not part of a presigned request's query.
    #[error("the parameter `{name}` belongs in the query of a presigned request only")]
    AuthenticationParameter {
        /// The name.
        name: String,
    },
    /// A parameter that names the resource is missing, or has an empty value. The service has a code and words of its own
    /// for the second.
    #[error("{}", lacking(name, *blank))]
    ParameterMissing {
        /// The name.
        name: &'static str,
        /// It is there, with an empty value.
        blank: bool,
    },
    /// A value that no name of a resource has.
    #[error("the value of `{name}` has a blank, a wildcard or another character that cannot be judged")]
    ValueCharacter {
        /// The parameter.
        name: String,
    },
    /// A value that is longer than any ARN.
    #[error("the value of `{name}` is longer than {limit} bytes")]
    ValueTooLong {
        /// The parameter.
        name: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A value that should be an ARN of a type that the action takes.
    #[error("the value of `{name}` is not an ARN that this action takes: {why}")]
    Arn {
        /// The parameter.
        name: String,
        /// What is wrong.
        why: ArnFault,
    },
    /// Neither `true` nor `false`.
    #[error("the value of `{name}` is neither `true` nor `false`")]
    Boolean {
        /// The parameter.
        name: String,
    },
    /// Not a plain decimal number, or a whole number beyond what the type of the parameter can hold.
    #[error("{}", no_number(name, *bits))]
    Number {
        /// The parameter.
        name: String,
        /// The size of its type, where the number is too large for it.
        bits: Option<usize>,
    },
    /// Two tags of one list with the same key.
    #[error("the tag key of `{name}` stands in the list twice")]
    DuplicateTagKey {
        /// The parameter of the second.
        name: String,
    },
    /// A log file download whose instance is no identifier.
    #[error("the log file path does not name a DB instance")]
    LogFileInstance,
    /// A log file download whose file name has an empty, dot, escaped or otherwise odd segment.
    #[error("the log file path has a segment that is no part of a file name")]
    LogFileName,
    /// A log file download with parameters or a body.
    #[error("a log file download has no parameters and no body")]
    LogFileParameters,
    /// A `PreSignedUrl` that is not the request it has to be.
    #[error("the value of `PreSignedUrl` is not a signed request of this action for this region: {why}")]
    PresignedUrl {
        /// What is wrong.
        why: PresignedUrlFault,
    },
}

/// What is wrong with an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArnFault {
    /// It is not an ARN, or not one in lower case.
    #[error("its form")]
    Form,
    /// It is of another partition than the region.
    #[error("its partition")]
    Partition,
    /// It is of another service.
    #[error("its service")]
    Service,
    /// Its region is missing, or there is one where there can be none.
    #[error("its region")]
    Region,
    /// Its account is not an account id.
    #[error("its account")]
    Account,
    /// Its type is none of the action's.
    #[error("its resource type")]
    ResourceType,
    /// It names nothing, or a pattern.
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
    /// It stands in the query of another one.
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
    /// Its parameters are refused as those of any request.
    #[error("{0}")]
    Parameters(Box<Error>),
}

impl Error {
    /// The parameter that the misdeed is about.
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

/// A name as it may stand in a message: without control characters, at most 128 characters.
pub(super) fn shown(name: &str) -> String {
    if name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
        return name.to_owned();
    }
    name.chars().take(128).flat_map(char::escape_debug).collect()
}

//! What the policy language means, shown by cases.

mod corpus;

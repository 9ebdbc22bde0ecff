//! Event subscriptions and their sources.

use crate::sandbox::{
    answer::Refusal,
    api::{Answered, Ask, World, draft, record::Item},
};

const SOURCES: &str = "SourceIdsList.SourceId";

/// CreateEventSubscription.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let topic = ask.parameters.required("SnsTopicArn")?;
    if !topic.starts_with("arn:") || topic.split(':').count() != 6 {
        return Err(Refusal::bad_request("SNSInvalidTopic", format!("{topic} is not the ARN of an SNS topic.")));
    }
    draft::create(world, ask)
}

/// AddSourceIdentifierToSubscription.
pub(in crate::sandbox::api) fn add_source(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let source = ask.parameters.required("SourceIdentifier")?;
    draft.record.keep_items(SOURCES, |known| known.get("") != source);
    draft.record.add_item(SOURCES, Item::text(source));
    draft.put_back(world, ask)
}

/// RemoveSourceIdentifierFromSubscription.
pub(in crate::sandbox::api) fn remove_source(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let source = ask.parameters.required("SourceIdentifier")?;
    if !draft.record.items(SOURCES).contains(&Item::text(source)) {
        return Err(Refusal::not_found("SourceNotFound", format!("The subscription doesn't listen to {source}.")));
    }
    draft.record.keep_items(SOURCES, |known| known.get("") != source);
    draft.put_back(world, ask)
}

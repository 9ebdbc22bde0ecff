//! Reserved instances: a few offerings, and the purchases of them.

use crate::sandbox::api::{Answered, Ask, World, describe, draft, record::Record};

/// DescribeReservedDBInstancesOfferings.
pub(in crate::sandbox::api) fn offerings(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let offerings: Vec<Record> = OFFERINGS.iter().map(|(id, values)| offering(id, values)).collect();
    describe::page_of(ask, (name, family), offerings.iter().collect())
}

/// PurchaseReservedDBInstancesOffering.
pub(in crate::sandbox::api) fn purchase(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let wanted = ask.parameters.required("ReservedDBInstancesOfferingId")?;
    let family = world.model.family("ReservedDBInstancesOffering")?;
    let (id, values) = OFFERINGS
        .iter()
        .find(|(id, _)| *id == wanted)
        .ok_or_else(|| family.missing.of("ReservedDBInstancesOffering", wanted))?;
    let offering = offering(id, values);
    let mut draft = draft::begin(world, ask)?;
    for (path, value) in offering.values {
        draft.record.set(&path, value);
    }
    draft.record.set("DBInstanceCount", ask.value("DBInstanceCount").unwrap_or("1"));
    draft.put_new(world, ask)
}

/// An offering's id, and its class, product, type and price.
type Offering = (&'static str, [&'static str; 4]);

const OFFERINGS: [Offering; 3] = [
    ("248e7b75-01ea-4a04-8a3f-000000000001", ["db.t4g.micro", "postgresql", "No Upfront", "0.0"]),
    ("248e7b75-01ea-4a04-8a3f-000000000002", ["db.r8g.large", "postgresql", "All Upfront", "1402.0"]),
    ("248e7b75-01ea-4a04-8a3f-000000000003", ["db.r8g.large", "mysql", "All Upfront", "1402.0"]),
];

fn offering(id: &str, [class, product, kind, price]: &[&str; 4]) -> Record {
    Record::listed(
        id,
        [
            ("ReservedDBInstancesOfferingId", id),
            ("DBInstanceClass", class),
            ("ProductDescription", product),
            ("OfferingType", kind),
            ("FixedPrice", price),
            ("UsagePrice", "0.0"),
            ("CurrencyCode", "USD"),
            ("Duration", "31536000"),
            ("MultiAZ", "false"),
        ],
    )
}

//! Lists as they were: the models folded from the streams of some merchants, up to a moment.

use super::ReadModels;
use chrono::{DateTime, Utc};
use domain::MerchantId;
use store::aggregate::merchant_stream;
use store::reader::up_to;
use store::{AsOf, ReadError, Reader};

/// What the models said of these merchants then. Of all the others they say nothing.
pub async fn then(
    reader: Reader<'_>,
    merchants: &[MerchantId],
    at: DateTime<Utc>,
) -> Result<ReadModels, ReadError> {
    let models = ReadModels::default();
    for merchant in merchants {
        let events = reader.history(merchant_stream(*merchant)).await?;
        for recorded in up_to(&events, AsOf::Time(at)) {
            models.apply(recorded);
        }
    }
    Ok(models)
}

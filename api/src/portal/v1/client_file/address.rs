//! Postal addresses, as bodies and views write them.

use crate::error::Fields;
use domain::values::{Address, Country, Invalid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    #[schema(example = "12 rue des Lilas")]
    street: String,
    #[schema(example = "75011")]
    postal_code: String,
    #[schema(example = "Paris")]
    city: String,
    #[schema(example = "FR")]
    country: String,
}

pub fn address_view(address: &Address) -> AddressBody {
    AddressBody {
        street: address.street.clone(),
        postal_code: address.postal_code.as_str().to_owned(),
        city: address.city.clone(),
        country: address.country.to_string(),
    }
}

pub fn address(fields: &mut Fields, pointer: &str, body: &AddressBody) -> Option<Address> {
    let country = fields.take(format!("{pointer}/country"), Country::parse(&body.country))?;
    let parsed = Address::parse(&body.street, &body.postal_code, &body.city, country);
    let at = match parsed {
        Err(Invalid::PostalCode) => format!("{pointer}/postal_code"),
        Ok(_) | Err(_) => format!("{pointer}/street"),
    };
    fields.take(at, parsed)
}

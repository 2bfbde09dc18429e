//! Postal addresses, as bodies and views write them.

use crate::http::Fields;
use domain::values::{Address, Country, PostalCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    #[schema(example = "12 rue des Lilas")]
    street: String,
    /// Empty or left out where there are none.
    #[schema(example = "75011")]
    #[serde(default)]
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
    let at = |field: &str| format!("{pointer}/{field}");
    let street = fields.take(at("street"), Address::parse_line(&body.street));
    let city = fields.take(at("city"), Address::parse_line(&body.city));
    let country = fields.take(at("country"), Country::parse(&body.country))?;
    let postal_code = PostalCode::parse(&body.postal_code, country);
    let postal_code = fields.take(at("postal_code"), postal_code);
    Some(Address { street: street?, postal_code: postal_code?, city: city?, country })
}

//! Postal addresses, as they are read.

use crate::http::Fields;
use domain::values::{Address, Country, PostalCode};
use projections::views::portal::client_file::Address as AddressBody;

pub fn address(fields: &mut Fields, pointer: &str, body: &AddressBody) -> Option<Address> {
    let at = |field: &str| format!("{pointer}/{field}");
    let street = fields.take(at("street"), Address::parse_line(&body.street));
    let city = fields.take(at("city"), Address::parse_line(&body.city));
    let country = fields.take(at("country"), Country::parse(&body.country))?;
    let postal_code = PostalCode::parse(&body.postal_code, country);
    let postal_code = fields.take(at("postal_code"), postal_code);
    Some(Address { street: street?, postal_code: postal_code?, city: city?, country })
}

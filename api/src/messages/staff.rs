//! What members of staff are told.

use super::{Owed, Text, link_url, mail};
use crate::app::App;
use crate::error::Error;
use domain::messages::{Medium, Template};
use domain::staff::Profile;
use domain::values::Language;
use domain::{LinkId, Personal, StaffId};

/// The invitation to join.
pub fn invitation(
    app: &App,
    id: StaffId,
    profile: &Personal<Profile>,
    language: Language,
    link: LinkId,
) -> Result<Vec<Owed>, Error> {
    let template = Template::StaffInvitation;
    let Some(profile) = profile.known() else {
        return Ok(vec![Owed::Forgotten(template, Medium::Email)]);
    };
    let url = link_url(app, "join", &app.links.staff_invitation(id, link));
    let text = Text::StaffInvitation { url };
    Ok(vec![mail(template, (id.into(), profile.email.clone()), language, &text)?])
}

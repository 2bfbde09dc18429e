//! What members of staff are told.

use super::{Owed, link_url, mail};
use crate::app::App;
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
) -> Vec<Owed> {
    let template = Template::StaffInvitation;
    let Some(profile) = profile.known() else {
        return vec![Owed::Forgotten(template, Medium::Email)];
    };
    let url = link_url(app, "join", &app.links.staff_invitation(id, link));
    vec![mail(
        template,
        profile.email.clone(),
        language,
        ("Votre accès à la console", "Your access to the console"),
        (
            format!(
                "Bonjour,\n\nUn compte vous attend sur la console. Suivez ce lien dans les 72 heures pour choisir un mot de passe et enregistrer votre second facteur :\n\n{url}\n"
            ),
            format!(
                "Hello,\n\nAn account on the console awaits you. Follow this link within 72 hours to choose a password and enrol your second factor:\n\n{url}\n"
            ),
        ),
    )]
}

//! The legal forms that can apply, with their INSEE category codes.

codes! {
    pub enum LegalForm {
        SoleTrader = "sole_trader", "sole trader", "Entreprise individuelle";
        Eurl = "eurl", "private limited company with one member (EURL)", "EURL";
        Sarl = "sarl", "private limited company (SARL)", "SARL";
        Sas = "sas", "simplified joint-stock company (SAS)", "SAS";
        Sasu = "sasu", "simplified joint-stock company with one shareholder (SASU)", "SASU";
        Sa = "sa", "public limited company (SA)", "SA";
        Snc = "snc", "general partnership (SNC)", "SNC";
        Selarl = "selarl", "professional limited company (SELARL)", "SELARL";
        Sci = "sci", "real-estate partnership (SCI)", "SCI";
        Gie = "gie", "economic interest group (GIE)", "GIE";
        Association = "association", "association", "Association";
    }
}

impl LegalForm {
    /// A sole trader is the person; an association has no capital.
    pub fn has_capital(self) -> bool {
        match self {
            Self::SoleTrader | Self::Association => false,
            Self::Eurl
            | Self::Sarl
            | Self::Sas
            | Self::Sasu
            | Self::Sa
            | Self::Snc
            | Self::Selarl
            | Self::Sci
            | Self::Gie => true,
        }
    }
}

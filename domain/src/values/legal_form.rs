//! The legal forms that can apply, with their INSEE category codes.

codes! {
    pub enum LegalForm {
        SoleTrader = "sole_trader",
        Eurl = "eurl",
        Sarl = "sarl",
        Sas = "sas",
        Sasu = "sasu",
        Sa = "sa",
        Snc = "snc",
        Selarl = "selarl",
        Sci = "sci",
        Gie = "gie",
        Association = "association",
    }
}

impl LegalForm {
    /// How the form is written in a French contract.
    pub fn french_name(self) -> &'static str {
        match self {
            Self::SoleTrader => "Entreprise individuelle",
            Self::Eurl => "EURL",
            Self::Sarl => "SARL",
            Self::Sas => "SAS",
            Self::Sasu => "SASU",
            Self::Sa => "SA",
            Self::Snc => "SNC",
            Self::Selarl => "SELARL",
            Self::Sci => "SCI",
            Self::Gie => "GIE",
            Self::Association => "Association",
        }
    }

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

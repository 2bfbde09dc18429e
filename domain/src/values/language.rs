//! The languages in which we write to people.

codes! {
    /// French is the reference for legal texts and the default.
    pub enum Language {
        French = "fr",
        English = "en",
    }
}

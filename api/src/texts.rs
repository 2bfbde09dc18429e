//! Texts for people: one template for each language, with what stands in it. Whatever is said in one language
//! only does not compile.

macro_rules! texts {
    (
        $(#[$about:meta])*
        pub enum $Text:ident {
            $($name:ident { $($field:ident : $type:ty),* } $french:literal $english:literal;)+
        }
    ) => {
        $(#[$about])*
        pub enum $Text { $($name { $($field: $type),* }),+ }

        impl $Text {
            /// Where its French words are.
            #[cfg(test)]
            pub fn file(&self) -> &'static str {
                match self { $(Self::$name { .. } => $french),+ }
            }

            /// In a language. The first line is the subject of a mail, or the title of a page.
            pub fn render(
                &self,
                language: domain::values::Language,
            ) -> Result<String, askama::Error> {
                use askama::Template;
                use domain::values::Language;
                match self {
                    $(Self::$name { $($field),* } => match language {
                        Language::French => {
                            #[derive(Template)]
                            #[template(path = $french)]
                            struct Said<'a> {
                                $($field: &'a $type,)*
                                #[expect(dead_code, reason = "for texts in which nothing stands")]
                                of: &'a $Text,
                            }
                            Said { $($field,)* of: self }.render()
                        }
                        Language::English => {
                            #[derive(Template)]
                            #[template(path = $english)]
                            struct Said<'a> {
                                $($field: &'a $type,)*
                                #[expect(dead_code, reason = "for texts in which nothing stands")]
                                of: &'a $Text,
                            }
                            Said { $($field,)* of: self }.render()
                        }
                    }),+
                }
            }
        }
    };
}

pub(crate) use texts;

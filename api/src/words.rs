//! The words of every message and of every page, in both languages, printed into `docs/reference/words.fr.md`
//! and `words.en.md` beside the words of the lists and of the problems: what a lawyer reads.
//!
//! `UPDATE_FIXTURES=1 cargo test -p api words` writes the pages.

use crate::http::problem::{Explained, catalogue};
use crate::messages::samples as messages;
use crate::pages::{samples as pages, texts::Text as Page};
use domain::values::Language;
use domain::{Coded, Worded};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What each list is about, and its members.
type Listed = (&'static str, Vec<(&'static str, &'static str)>);

fn list<T: Worded>(about: &'static str, language: Language) -> Listed {
    (about, T::ALL.iter().map(|member| (member.code(), member.words(language))).collect())
}

/// The lists of which people read, in messages, in the history or on a page.
fn lists(language: Language) -> Vec<Listed> {
    let about = |english, french| language.of(english, french);
    vec![
        list::<domain::registration::Status>(about("An account", "Un compte"), language),
        list::<domain::review::Stage>(
            about("A client file with us", "Un Dossier Client chez nous"),
            language,
        ),
        list::<domain::restriction::PublicReason>(
            about("Why something is stopped", "Pourquoi quelque chose est arrêté"),
            language,
        ),
        list::<domain::restriction::Remedy>(
            about("What can be done about it", "Ce qui peut être fait"),
            language,
        ),
        list::<domain::client_file::DocumentKind>(
            about("A kind of document", "Un type de document"),
            language,
        ),
        list::<domain::client_file::DocumentStatus>(about("A document", "Un document"), language),
        list::<domain::client_file::DocumentRefusal>(
            about("Why a document was refused", "Pourquoi un document est refusé"),
            language,
        ),
        list::<domain::client_file::PersonRole>(
            about("What somebody is for the company", "Le rôle d'une personne"),
            language,
        ),
        list::<domain::client_file::RequirementKind>(
            about("What the client file needs", "Ce que demande le Dossier Client"),
            language,
        ),
        list::<domain::client_file::LegalBasis>(
            about("Why it is needed", "Pourquoi cela est demandé"),
            language,
        ),
        list::<domain::review::RequestReason>(
            about("Why a document is asked for", "Pourquoi un document est demandé"),
            language,
        ),
        list::<domain::review::RejectionReason>(
            about(
                "Why a file was rejected; for staff only",
                "Pourquoi un dossier est refusé ; pour nos équipes seulement",
            ),
            language,
        ),
        list::<domain::bank_account::Stage>(
            about("A change of a bank account", "Un changement de compte bancaire"),
            language,
        ),
        list::<domain::bank_account::RefusalReason>(
            about("Why it was refused", "Pourquoi il est refusé"),
            language,
        ),
        list::<domain::services::Service>(about("A service", "Un service"), language),
        list::<domain::services::ServiceRefusal>(
            about("Why a service was refused", "Pourquoi un service est refusé"),
            language,
        ),
        list::<domain::strong_authentication::ActionKind>(
            about("What a code is for", "À quoi sert un code"),
            language,
        ),
        list::<domain::user::Scope>(
            about("What a token is enough for", "Ce que permet un jeton"),
            language,
        ),
        list::<domain::values::LegalForm>(about("A legal form", "Une forme juridique"), language),
        list::<projections::views::console::withheld::Why>(
            about(
                "Why staff are not shown something",
                "Pourquoi nos équipes ne voient pas quelque chose",
            ),
            language,
        ),
        list::<domain::messages::Template>(
            about("A message, in the history", "Un message, dans l'historique"),
            language,
        ),
    ]
}

fn page(language: Language) -> String {
    let mut page = format!(
        "# {}\n\n{}\n",
        language.of("The words in English", "Les mots en français"),
        language.of(
            "Generated: `UPDATE_FIXTURES=1 cargo test -p api words`. Every message and every page with an example, \
             the words of the lists and of the problems.\nThe sentences of the history stand in [history.md](history.md).",
            "Page produite par `UPDATE_FIXTURES=1 cargo test -p api words`. Chaque message et chaque page \
             avec un exemple, les mots des listes et des problèmes.\nLes phrases de l'historique figurent dans [history.md](history.md).",
        ),
    );
    writeln!(page, "\n## {}", language.of("Messages", "Messages")).unwrap();
    for text in messages::all() {
        write_quoted(&mut page, name_of(text.file()), &text.render(language).unwrap());
    }
    writeln!(page, "\n## {}", language.of("Pages", "Pages")).unwrap();
    for text in pages::all() {
        write_quoted(&mut page, name_of(text.file()), &as_read(&text, language));
    }
    writeln!(page, "\n## {}", language.of("Lists", "Listes")).unwrap();
    for (about, members) in lists(language) {
        writeln!(page, "\n{about}:\n").unwrap();
        for (code, words) in members {
            writeln!(page, "- `{code}`: {words}").unwrap();
        }
    }
    writeln!(page, "\n## {}\n", language.of("Problems", "Problèmes")).unwrap();
    for Explained { code, english, french, .. } in once_each(catalogue()) {
        writeln!(page, "- `{code}`: {}", language.of(english, french)).unwrap();
    }
    page
}

fn once_each(mut all: Vec<Explained>) -> Vec<Explained> {
    all.dedup_by_key(|one| (one.status, one.code));
    all
}

fn write_quoted(page: &mut String, name: &str, said: &str) {
    let quoted = said.replace('\n', "\n> ").replace("> \n", ">\n");
    writeln!(page, "\n`{name}`\n\n> {quoted}").unwrap();
}

/// What a page says, one thing under the other, without the signs that a browser reads.
fn as_read(page: &Page, language: Language) -> String {
    let html = page.render(language).unwrap();
    let bare: String = html
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
        .collect();
    let lines = bare.replace("&#39;", "'").replace("&#38;", "&");
    let lines: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n\n")
}

/// What both languages have in common of the file's name.
fn name_of(file: &'static str) -> &'static str {
    let file = file.rsplit('/').next().unwrap();
    file.trim_end_matches(".txt").trim_end_matches(".html").trim_end_matches(".fr")
}

/// The names of the files of a folder of templates; one for each of both languages.
fn templates(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(folder);
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.trim_end_matches(".txt").trim_end_matches(".html");
        // What several pages have in common says nothing.
        let Some((name, language)) = name.rsplit_once('.') else { continue };
        assert!(["fr", "en"].contains(&language), "{name}.{language}");
        names.insert(name.to_owned());
    }
    names
}

fn file(language: Language) -> PathBuf {
    Path::new(ROOT).join(format!("docs/reference/words.{}.md", language.code()))
}

#[test]
fn the_pages_of_words_are_up_to_date() {
    for language in [Language::French, Language::English] {
        let page = page(language);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(file(language), &page).unwrap();
        }
        assert!(
            std::fs::read_to_string(file(language)).unwrap_or_default() == page,
            "{} is out of date; see this file",
            file(language).display()
        );
    }
}

#[test]
fn every_message_has_a_sample_and_says_the_same_in_both_languages() {
    let all = messages::all();
    let sampled: BTreeSet<_> = all.iter().map(|text| name_of(text.file()).to_owned()).collect();
    assert_eq!(sampled, templates("messages"));
    for text in all {
        let [french, english] =
            [Language::French, Language::English].map(|language| text.render(language).unwrap());
        let name = name_of(text.file());
        assert_ne!(french, english, "{name}");
        let is_sms = name.ends_with("sms");
        for said in [&french, &english] {
            assert_eq!(said.split_once("\n\n").is_none(), is_sms, "{name}: a mail has a subject");
            assert!(
                !said.contains("{{") && !said.contains("::") && !said.contains("(s)"),
                "{said}"
            );
            let is_code = |word: &str| word.contains('_') && !word.contains("://");
            let words: Vec<&str> = said.split_whitespace().filter(|word| is_code(word)).collect();
            let is_key = |word: &&&str| word.starts_with("key_");
            assert!(words.iter().all(|word| is_key(&word)), "{name}: {words:?}");
        }
        // Links, codes and ends of IBANs are in both, and so are paragraphs.
        let links = |said: &str| said.matches("https://").count();
        assert_eq!(links(&french), links(&english), "{name}");
        assert_eq!(french.lines().count(), english.lines().count(), "{name}");
    }
}

#[test]
fn every_page_has_a_sample_and_says_the_same_in_both_languages() {
    let all = pages::all();
    let sampled: BTreeSet<_> = all.iter().map(|text| name_of(text.file()).to_owned()).collect();
    assert_eq!(sampled, templates("pages"));
    for page in all {
        let name = name_of(page.file());
        let languages = [Language::French, Language::English];
        let [french, english] = languages.map(|language| page.render(language).unwrap());
        for html in [&french, &english] {
            let title = html.lines().next().unwrap();
            assert!(!title.trim().is_empty() && !title.contains('<'), "{name}: {title:?}");
            assert!(!html.contains("{{") && !html.contains("::"), "{html}");
        }
        // A reader finds the same to do, in the same order.
        let does = |html: &str| {
            let tags = html.split('<').filter_map(|piece| piece.split('>').next());
            let tags = tags.filter(|tag| !tag.contains(' ') || tag.contains('='));
            tags.skip(1).map(ToOwned::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(does(&french), does(&english), "{name}");
        let [french, english] = languages.map(|language| as_read(&page, language));
        assert!(french != english, "{name}");
        assert_eq!(french.lines().count(), english.lines().count(), "{name}");
    }
}

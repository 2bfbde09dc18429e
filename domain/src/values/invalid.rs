//! Why a text is not a value, with what to do about it.

refusals! {
    /// What is wrong with a value that somebody entered.
    pub enum Invalid {
        Email = "invalid_email", "This is not an e-mail address. Write it as name@example.com.", "Ce n'est pas une adresse e-mail. Écrivez-la sous la forme nom@exemple.fr.";
        Phone = "invalid_phone", "There is no such phone number: it has too many or too few digits, or its first ones are nobody's. With its country code it reads as +33 6 12 34 56 78 or +262 692 12 34 56.", "Ce numéro de téléphone n'existe pas : il a trop ou trop peu de chiffres, ou les premiers ne sont à personne. Avec son indicatif, il s'écrit +33 6 12 34 56 78 ou +262 692 12 34 56.";
        PhoneNotMobile = "phone_not_mobile", "A mobile number is needed, because codes are sent to it by SMS.", "Un numéro de mobile est nécessaire, car des codes y sont envoyés par SMS.";
        Siren = "invalid_siren", "A SIREN has nine digits and a check digit that fits.", "Un SIREN comporte neuf chiffres et une clé de contrôle exacte.";
        Siret = "invalid_siret", "A SIRET has fourteen digits: a valid SIREN and five digits that fit it.", "Un SIRET comporte quatorze chiffres : un SIREN valide et cinq chiffres qui s'y accordent.";
        VatNumber = "invalid_vat_number", "This is not a French VAT number: FR, a key of two characters that fits, then the SIREN, as FR44732829320.", "Ce n'est pas un numéro de TVA français : FR, une clé de deux caractères exacte, puis le SIREN, par exemple FR44732829320.";
        VatNumberOfAnotherCompany = "vat_number_of_another_company", "The last nine digits of the VAT number must be the company's SIREN.", "Les neuf derniers chiffres du numéro de TVA doivent être le SIREN de l'entreprise.";
        Iban = "invalid_iban", "This IBAN is not complete or its check digits are wrong.", "Cet IBAN est incomplet ou ses chiffres de contrôle sont faux.";
        IbanRibKey = "invalid_rib_key", "The RIB key inside this IBAN is wrong. Copy it again from your bank's document.", "La clé RIB de cet IBAN est fausse. Recopiez-la depuis le document de votre banque.";
        IbanOutsideSepa = "iban_outside_sepa", "Payouts go to accounts in the SEPA area only.", "Les versements ne se font que vers des comptes de la zone SEPA.";
        PersonName = "invalid_person_name", "A name has 1 to 100 letters, apostrophes, hyphens, middle dots, full stops and spaces, and no digits. Who has one name only gives it as last_name.", "Un nom comporte de 1 à 100 lettres, apostrophes, traits d'union, points et espaces, et aucun chiffre. Qui n'a qu'un nom le donne dans last_name.";
        LegalName = "invalid_legal_name", "A name of a company, a holder or a place has 1 to 120 printable characters, with a letter or a digit among them.", "Un nom de société, de titulaire ou de lieu comporte de 1 à 120 caractères imprimables, dont une lettre ou un chiffre.";
        Date = "invalid_date", "This is not a date. Write it with four digits for the year, as 2026-11-23.", "Ce n'est pas une date. Écrivez-la avec quatre chiffres pour l'année, par exemple 2026-11-23.";
        DateOutOfRange = "date_out_of_range", "No date here lies so far away. Check the year: it is between 1600 and 2199.", "Aucune date n'est ici aussi lointaine. Vérifiez l'année : elle va de 1600 à 2199.";
        Country = "invalid_country", "This is not an ISO 3166-1 code of two letters, as FR; Kosovo is XK. A person without a country has the nationality XXA (stateless), XXB or XXC (refugee), as their travel document says.", "Ce n'est pas un code ISO 3166-1 à deux lettres, par exemple FR ; le Kosovo est XK. Une personne sans pays a pour nationalité XXA (apatride), XXB ou XXC (réfugiée), comme sur son titre de voyage.";
        Activity = "invalid_activity", "This code is not in NAF rév. 2. Take the one of your INSEE notice: four digits and a letter, as 62.01Z.", "Ce code n'est pas dans la NAF rév. 2. Reprenez celui de votre avis INSEE : quatre chiffres et une lettre, par exemple 62.01Z.";
        Share = "invalid_share", "A share is between 0 and 100 percent, with at most four decimals.", "Une part est comprise entre 0 et 100 %, avec au plus quatre décimales.";
        PostalCode = "invalid_postal_code", "This is not a postal code of that country. In France it has five digits, as 75011; leave it empty only where there are none.", "Ce n'est pas un code postal de ce pays. En France il comporte cinq chiffres, par exemple 75011 ; laissez-le vide seulement là où il n'y en a pas.";
        Address = "invalid_address", "An address needs a street line and a city, each of at most 120 characters.", "Une adresse comporte une ligne de rue et une ville, d'au plus 120 caractères chacune.";
        PasswordTooShort = "password_too_short", "A password has at least 12 characters.", "Un mot de passe comporte au moins 12 caractères.";
        PasswordTooLong = "password_too_long", "A password has at most 128 characters.", "Un mot de passe comporte au plus 128 caractères.";
        PasswordTooWeak = "password_too_weak", "This password is too easy to guess. A few unrelated words make a good one.", "Ce mot de passe est trop facile à deviner. Quelques mots sans rapport en font un bon.";
        Text = "invalid_text", "This text is empty, too long or holds control characters.", "Ce texte est vide, trop long ou contient des caractères de contrôle.";
        Website = "invalid_website", "This is not the public address of a page with https. Write it as https://example.com.", "Ce n'est pas l'adresse publique d'une page en https. Écrivez-la sous la forme https://exemple.fr.";
        AngleBrackets = "text_holds_angle_brackets", "Write this without the signs < and >.", "Écrivez ceci sans les signes < et >.";
        HiddenCharacters = "text_holds_hidden_characters", "This holds characters that cannot be seen or that turn the reading direction, perhaps from where it was copied. Delete it and type it in.", "Ceci contient des caractères invisibles ou qui inversent le sens de lecture, venus peut-être d'un copier-coller. Effacez et saisissez au clavier.";
        LookAlikes = "text_holds_look_alikes", "This holds letters that pass for others: of two alphabets in one word, or mathematical ones. Type it in with one keyboard.", "Ceci contient des lettres qui passent pour d'autres : de deux alphabets dans un même mot, ou mathématiques. Saisissez-le avec un seul clavier.";
        TextHoldsCardNumber = "text_holds_card_number", "This text seems to hold a card number. Remove it: card numbers are never stored.", "Ce texte semble contenir un numéro de carte. Retirez-le : les numéros de carte ne sont jamais conservés.";
        Code = "unknown_value", "This value is not in the list of possible ones.", "Cette valeur ne figure pas dans la liste des valeurs possibles.";
        Id = "invalid_id", "This is not an id of that kind.", "Ce n'est pas un identifiant de cette sorte.";
    }
}

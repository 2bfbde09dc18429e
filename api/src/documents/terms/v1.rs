//! Version 1 of the general terms, as far as the source text settles them. Never changed: contracts
//! carry it.

pub const TERMS: &[(&str, &str)] = &[
    (
        "Article 1. Objet",
        "L'Établissement met à la disposition du Client les services souscrits, qui permettent \
         d'encaisser des paiements. Un seul Dossier Client donne accès à l'ensemble des services.",
    ),
    (
        "Article 2. Vérifications",
        "La collecte des informations et des pièces justificatives permet à l'Établissement de \
         respecter ses obligations en matière de lutte contre le blanchiment de capitaux et le \
         financement du terrorisme (articles L561-1 et suivants du code monétaire et financier). \
         Les services s'ouvrent à la validation du Dossier Client.",
    ),
    (
        "Article 3. Documents complémentaires",
        "L'Établissement peut demander des documents complémentaires. À défaut d'envoi dans les \
         trente jours, le compte est désactivé ; il peut être réactivé à la réception des documents.",
    ),
    (
        "Article 4. Durée et résiliation",
        "Le contrat est conclu sans engagement de durée. Le Client peut le résilier à tout moment et \
         sans frais, uniquement depuis son Espace Client, moyennant un préavis d'un mois.",
    ),
    (
        "Article 5. Sécurité",
        "Le Client garde ses clés et ses codes secrets. Aucune donnée de carte n'est conservée par \
         le Client ni par l'Établissement au-delà de ce que permet la norme PCI DSS.",
    ),
    (
        "Article 6. Données personnelles",
        "Les données sont conservées cinq ans après la fin de la relation d'affaires (article \
         L561-12 du code monétaire et financier), puis effacées.",
    ),
];

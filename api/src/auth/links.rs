//! Tokens in links: derived from the link's id, so that nothing secret is stored and a message
//! can be made again.
//!
//! `base64url(subject ‖ id ‖ first 16 bytes of HMAC(secret, purpose ‖ subject ‖ id))`. Whether a
//! link still counts, the domain says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{
    BankAccountChangeId, ContactChangeId, ContractId, Id, LinkId, MerchantId, PersonId, StaffId,
    SubjectId, UserId,
};
use store::seal::DataKey;
use store::vault::mac;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// What a link is for: a token for one purpose is none for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Activation,
    PasswordReset,
    StaffInvitation,
    Signing,
    /// To cancel the change of a bank account.
    BankAccountChange,
    /// To prove a new login e-mail.
    NewEmail,
    /// To cancel the change of a login e-mail or of a mobile.
    ContactChange,
    /// A device from which somebody has signed in.
    Device,
}

impl Purpose {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Activation => b"activation",
            Self::PasswordReset => b"password_reset",
            Self::StaffInvitation => b"staff_invitation",
            Self::Signing => b"signing",
            Self::BankAccountChange => b"bank_account_change",
            Self::NewEmail => b"new_email",
            Self::ContactChange => b"contact_change",
            Self::Device => b"device",
        }
    }
}

const MAC_BYTES: usize = 16;

/// Makes and reads tokens.
pub struct Links {
    secret: DataKey,
}

impl Links {
    pub fn new(secret: DataKey) -> Self {
        Self { secret }
    }

    pub fn activation(&self, user: UserId, link: LinkId) -> String {
        self.token(Purpose::Activation, &[user.uuid(), link.uuid()])
    }

    pub fn password_reset(&self, user: UserId, link: LinkId) -> String {
        self.token(Purpose::PasswordReset, &[user.uuid(), link.uuid()])
    }

    pub fn staff_invitation(&self, staff: StaffId, link: LinkId) -> String {
        self.token(Purpose::StaffInvitation, &[staff.uuid(), link.uuid()])
    }

    pub fn signing(&self, merchant: MerchantId, contract: ContractId, signer: PersonId) -> String {
        self.token(Purpose::Signing, &[merchant.uuid(), contract.uuid(), signer.uuid()])
    }

    pub fn bank_account_change(&self, merchant: MerchantId, change: BankAccountChangeId) -> String {
        self.token(Purpose::BankAccountChange, &[merchant.uuid(), change.uuid()])
    }

    pub fn read_bank_account_change(
        &self,
        token: &str,
    ) -> Option<(MerchantId, BankAccountChangeId)> {
        let [merchant, change] = self.read(Purpose::BankAccountChange, token)?;
        Some((MerchantId::from_uuid(merchant), BankAccountChangeId::from_uuid(change)))
    }

    pub fn new_email(&self, user: UserId, change: ContactChangeId) -> String {
        self.token(Purpose::NewEmail, &[user.uuid(), change.uuid()])
    }

    pub fn read_new_email(&self, token: &str) -> Option<(UserId, ContactChangeId)> {
        let [user, change] = self.read(Purpose::NewEmail, token)?;
        Some((UserId::from_uuid(user), ContactChangeId::from_uuid(change)))
    }

    pub fn contact_change(&self, user: UserId, change: ContactChangeId) -> String {
        self.token(Purpose::ContactChange, &[user.uuid(), change.uuid()])
    }

    pub fn read_contact_change(&self, token: &str) -> Option<(UserId, ContactChangeId)> {
        let [user, change] = self.read(Purpose::ContactChange, token)?;
        Some((UserId::from_uuid(user), ContactChangeId::from_uuid(change)))
    }

    pub fn device(&self, subject: SubjectId, device: LinkId) -> String {
        self.token(Purpose::Device, &[subject.uuid(), device.uuid()])
    }

    /// The device, if somebody has signed in from it to that account.
    pub fn read_device(&self, subject: SubjectId, token: &str) -> Option<LinkId> {
        let [of, device] = self.read(Purpose::Device, token)?;
        (of == subject.uuid()).then_some(LinkId::from_uuid(device))
    }

    pub fn read_user(&self, purpose: Purpose, token: &str) -> Option<(UserId, LinkId)> {
        let [user, link] = self.read(purpose, token)?;
        Some((UserId::from_uuid(user), LinkId::from_uuid(link)))
    }

    pub fn read_staff_invitation(&self, token: &str) -> Option<(StaffId, LinkId)> {
        let [staff, link] = self.read(Purpose::StaffInvitation, token)?;
        Some((StaffId::from_uuid(staff), LinkId::from_uuid(link)))
    }

    pub fn read_signing(&self, token: &str) -> Option<(MerchantId, ContractId, PersonId)> {
        let [merchant, contract, signer] = self.read(Purpose::Signing, token)?;
        Some((
            MerchantId::from_uuid(merchant),
            ContractId::from_uuid(contract),
            PersonId::from_uuid(signer),
        ))
    }

    fn token(&self, purpose: Purpose, ids: &[Uuid]) -> String {
        let mut bytes: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
        let mac = mac(&self.secret, &[purpose.name(), &bytes]);
        bytes.extend(mac.iter().take(MAC_BYTES));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read<const N: usize>(&self, purpose: Purpose, token: &str) -> Option<[Uuid; N]> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (ids, given) = bytes.split_at_checked(N * 16)?;
        let expected = mac(&self.secret, &[purpose.name(), ids]);
        let expected = expected.get(..MAC_BYTES)?;
        if !bool::from(expected.ct_eq(given)) {
            return None;
        }
        let ids: Vec<Uuid> =
            ids.chunks_exact(16).filter_map(|id| Uuid::from_slice(id).ok()).collect();
        ids.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_only_whole_and_for_its_purpose() {
        let links = Links::new(DataKey::new([1; 32]));
        let (user, link) = (UserId::from_uuid(Uuid::from_u128(1)), LinkId::from_uuid(Uuid::max()));
        let token = links.activation(user, link);
        assert_eq!(links.read_user(Purpose::Activation, &token), Some((user, link)));
        assert_eq!(links.read_user(Purpose::PasswordReset, &token), None);
        assert_eq!(links.read_staff_invitation(&token), None);
        assert_eq!(links.read_signing(&token), None);
        assert_eq!(links.read_bank_account_change(&token), None);
        assert_eq!(links.read_new_email(&token), None);
        assert_eq!(links.read_contact_change(&token), None);
        let change = ContactChangeId::from_u128(3);
        assert_eq!(links.read_contact_change(&links.new_email(user, change)), None);
        assert_eq!(links.read_new_email(&links.contact_change(user, change)), None);
        assert_eq!(links.read_new_email(&links.new_email(user, change)), Some((user, change)));
        for index in 0..token.len() {
            let mut other = token.clone();
            let letter = if &token[index..=index] == "A" { "B" } else { "A" };
            other.replace_range(index..=index, letter);
            assert_eq!(links.read_user(Purpose::Activation, &other), None, "{index}");
        }
        let others = Links::new(DataKey::new([2; 32]));
        assert_eq!(others.read_user(Purpose::Activation, &token), None);
    }
}
